"""One AWS call as the wire shows it: which service, which action, what it says. And the record of all of them."""

from __future__ import annotations

import contextvars
import dataclasses
import json
import re
import threading
import time
from typing import Any
from urllib.parse import parse_qsl

#: Set by the test's own client. Such a call arranges or looks; it is not part of what is being tested, so it is
#: neither recorded nor disturbed, and it sees everything at once.
ARRANGE_HEADER = "HTTP_X_STRICT_ARRANGE"

_READS = ("Describe", "Get", "List", "Head", "BatchGet", "BatchCheck", "AssumeRole", "Simulate", "Decode")
_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/[^/]+/(?P<region>[^/]*)/(?P<service>[^/]+)/aws4_request")


@dataclasses.dataclass
class Call:
    """What arrived. `protocol` is one of `json`, `ec2`, `query`, `s3`: it decides the shape of an error."""

    service: str
    action: str
    region: str
    protocol: str
    write: bool
    params: dict[str, Any]
    agent: str
    access_key: str
    arranging: bool
    #: Which fresh objects this call has looked for, and whether it missed them: kept by `freshness`.
    misses: dict[tuple[str, ...], bool] = dataclasses.field(default_factory=dict)

    def mentions(self, text: str) -> bool:
        """Whether the text stands anywhere in the parameters."""
        return text in json.dumps(self.params)


_CURRENT: contextvars.ContextVar[Call | None] = contextvars.ContextVar("call", default=None)


def current() -> Call | None:
    """The call this thread is answering."""
    return _CURRENT.get()


def set_current(call: Call | None) -> None:
    """Says which call this thread is answering."""
    _CURRENT.set(call)


def arranging() -> bool:
    """Whether the test's own client speaks (or nobody: moto at work on its own)."""
    call = _CURRENT.get()
    return call is None or call.arranging


def parse(environ: dict[str, Any], body: bytes) -> Call:
    """Reads a request. Nothing is refused here: moto answers what it does not understand."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    service = scope["service"] if scope else ""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    params: dict[str, Any] = {}
    if target:
        protocol, action = "json", target.rpartition(".")[2]
        params = json.loads(body or b"{}")
    elif environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        params = dict(parse_qsl(body.decode(), keep_blank_values=True))
        action = params.pop("Action", "")
        params.pop("Version", None)
        service = service or "sts"
        protocol = "ec2" if service == "ec2" else "query"
    else:
        protocol, action = "s3", _s3_action(environ)
        params = {"path": environ.get("PATH_INFO", "")}
    return Call(
        service=service,
        action=action,
        region=scope["region"] if scope else "",
        protocol=protocol,
        write=not action.startswith(_READS),
        params=params,
        agent=environ.get("HTTP_USER_AGENT", ""),
        access_key=scope["key"] if scope else "",
        arranging=ARRANGE_HEADER in environ,
    )


def _s3_action(environ: dict[str, Any]) -> str:
    method = environ.get("REQUEST_METHOD", "GET")
    if environ.get("PATH_INFO", "/").strip("/").count("/"):
        return f"{method.capitalize()}Object"
    return {"GET": "ListObjects", "HEAD": "HeadBucket", "PUT": "CreateBucket"}.get(
        method, f"{method.capitalize()}Bucket"
    )


class Record:
    """Every call since the last clearing, in the order of arrival."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[dict[str, Any]] = []
        self._since = time.monotonic()

    def clear(self) -> None:
        """Forgets all calls; times count from now."""
        with self._lock:
            self._entries = []
            self._since = time.monotonic()

    def started(self, call: Call) -> dict[str, Any]:
        """Notes an arrival; the entry is completed by `ended`."""
        entry = dataclasses.asdict(call)
        for internal in ("arranging", "misses", "protocol"):
            del entry[internal]
        entry.update(started_ms=self._now(), ended_ms=None, status=None, error=None)
        with self._lock:
            self._entries.append(entry)
        return entry

    def ended(self, entry: dict[str, Any], status: int | None, error: str | None) -> None:
        """Notes the answer; a status of None is a connection cut without one."""
        entry.update(ended_ms=self._now(), status=status, error=error)

    def entries(self) -> list[dict[str, Any]]:
        """A copy, fit for JSON."""
        with self._lock:
            return [dict(entry) for entry in self._entries]

    def _now(self) -> int:
        return round((time.monotonic() - self._since) * 1000)
