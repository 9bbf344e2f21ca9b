"""The door in front of moto: records calls, applies faults, holds writes, and takes the test's orders.

Orders, all JSON (an order that says something wrongly gets a 400 with a sentence):

    GET  /strict/calls            every call since the last clearing: see `calls.Call`, plus status, error and times
    POST /strict/calls/reset      clear them
    GET  /strict/faults           the faults on order, with their hits
    POST /strict/faults           order one (an object) or several (an array): see `faults.Fault`
    POST /strict/faults/reset     drop them
    POST /strict/stop             stop at the n-th write: see `gate.Gate`
    GET  /strict/stop?wait=10     wait until that stop is reached: {"reached": true}
    POST /strict/release          let go what is held
    GET  /strict/settings         how strict: see `settings.Settings`
    POST /strict/settings         change some of it
    POST /strict/reset            an empty AWS, no calls, no faults, nothing held, settings as at the start
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import select
import socket
import struct
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import MotoRequestHandler

from . import answers, calls, freshness
from .answers import Answer
from .calls import Call, Record
from .faults import Fault, Faults
from .gate import ClientGone, Gate
from .settings import SETTINGS


class Handler(MotoRequestHandler):
    """What the server reads requests with."""

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
        """After a cut there is no next request on this connection."""
        self.close_connection = True


class Door:
    """The WSGI application that the server runs; moto's is behind it."""

    def __init__(self, moto: Callable[..., Iterable[bytes]]) -> None:
        self._moto = moto
        # moto's models are plain dictionaries: one call at a time.
        self._lock = threading.Lock()
        self._record = Record()
        self._faults = Faults()
        self._gate = Gate()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = _read(environ)
        path = environ.get("PATH_INFO", "")
        if path.startswith("/strict/"):
            answer: Answer | None = self._order(environ, path, body)
        elif path.startswith("/moto-api/"):
            answer = self._forward(environ, body)
            if path == "/moto-api/reset":
                self._forget()
        else:
            answer = self._call(environ, body)
        if answer is None:
            raise _cut(environ["werkzeug.socket"])
        status, headers, content = answer
        if environ["REQUEST_METHOD"] != "HEAD":
            headers = [header for header in headers if header[0].lower() != "content-length"]
            headers.append(("Content-Length", str(len(content))))
        start_response(f"{status} {HTTPStatus(status).phrase}", headers)
        return [content]

    # --- AWS calls ---------------------------------------------------------------------------------------------------

    def _call(self, environ: dict[str, Any], body: bytes) -> Answer | None:
        """One AWS call; None: the connection is to be cut."""
        call = calls.parse(environ, body)
        calls.set_current(call)
        if call.arranging:
            return self._apply(call, environ, body)
        entry = self._record.started(call)
        answer = self._disturbed(call, environ, body)
        self._record.ended(entry, answer and answer[0], answers.error_code(answer) if answer else "ConnectionCut")
        return answer

    def _disturbed(self, call: Call, environ: dict[str, Any], body: bytes) -> Answer | None:
        def gone() -> bool:
            return _gone(environ["werkzeug.socket"])

        fault = self._faults.take(call)
        if fault:
            if refusal := fault.error(call):
                return refusal
            if fault.kind in ("latency", "hang"):
                _sleep(fault.seconds, gone)
            if fault.kind in ("hang", "reset"):
                return None
        try:
            applied = self._gate.admit(call, gone)
        except ClientGone:
            return None
        answer = self._apply(call, environ, body)
        applied()
        if fault and fault.kind == "lost_answer":
            return None
        if fault and fault.kind == "truncated":
            status, headers, content = answer
            return status, headers, content[: len(content) // 2]
        return answer

    def _apply(self, call: Call, environ: dict[str, Any], body: bytes) -> Answer:
        try:
            return self._forward(environ, body)
        except Exception as problem:
            traceback.print_exc()
            return answers.error(call, 500, "InternalFailure", f"the emulator failed: {problem!r}")

    def _forward(self, environ: dict[str, Any], body: bytes) -> Answer:
        collected: list[Any] = []
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        with self._lock:
            chunks = self._moto(environ, lambda status, headers, *_: collected.extend((status, headers)))
            content = b"".join(chunks)
        status, headers = collected
        return int(status.split()[0]), headers, content

    # --- orders ------------------------------------------------------------------------------------------------------

    def _order(self, environ: dict[str, Any], path: str, body: bytes) -> Answer:
        order = f"{environ['REQUEST_METHOD']} {path.removeprefix('/strict/')}"
        query = parse_qs(environ.get("QUERY_STRING", ""))
        try:
            status, result = 200, self._obey(order, query, json.loads(body) if body else {})
        except (KeyError, TypeError, ValueError) as problem:
            status, result = 400, {"error": f"{order}: {problem}"}
        return status, [("Content-Type", "application/json")], json.dumps(result).encode()

    def _obey(self, order: str, query: dict[str, list[str]], value: Any) -> Any:
        match order:
            case "GET calls":
                return self._record.entries()
            case "POST calls/reset":
                self._record.clear()
            case "GET faults":
                return self._faults.state()
            case "POST faults":
                for fault in [Fault.from_json(item) for item in (value if isinstance(value, list) else [value])]:
                    self._faults.order(fault)
            case "POST faults/reset":
                self._faults.clear()
            case "POST stop":
                self._gate.stop_at(value)
            case "GET stop":
                return {"reached": self._gate.reached(float(query.get("wait", ["0"])[0]))}
            case "POST release":
                self._gate.release()
            case "GET settings":
                return dataclasses.asdict(SETTINGS)
            case "POST settings":
                SETTINGS.update(value)
            case "POST reset":
                self._forget()
                SETTINGS.reset()
                with self._lock:
                    moto_api_backend.reset()
            case _:
                raise KeyError("no such order; they are listed in tests/emulator/strict/control.py")
        return {}

    def _forget(self) -> None:
        self._gate.release()
        self._faults.clear()
        self._record.clear()
        freshness.forget()


def _read(environ: dict[str, Any]) -> bytes:
    """The whole body, before anything else: a client that is cut off must have sent its request."""
    stream = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH")
    if length:
        return stream.read(int(length))
    return stream.read() if environ.get("wsgi.input_terminated") else b""


def _gone(connection: socket.socket) -> bool:
    """Whether the client has closed its side."""
    try:
        readable, _, _ = select.select([connection], [], [], 0)
        return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True


def _sleep(seconds: float, gone: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not gone():
        time.sleep(min(left, 0.02))


def _cut(connection: socket.socket) -> ConnectionAbortedError:
    """Cuts the connection with a reset, at once; the server takes the error for a client that went away."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())
    return ConnectionAbortedError("cut by order")
