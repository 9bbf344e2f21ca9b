"""The gate: stops the world before or after the n-th write, so that a test can kill a provider at just that point."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from typing import Any

from .calls import Call


class ClientGone(Exception):
    """The client left while its call was held, and so the call is not applied."""


@dataclasses.dataclass
class _Stop:
    write: int
    before: bool
    action: str
    alone: bool
    admitted: int = 0
    closed: bool = False
    reached: threading.Event = dataclasses.field(default_factory=threading.Event)
    released: threading.Event = dataclasses.field(default_factory=threading.Event)


class Gate:
    """From the n-th write on no other write is applied until the release; reads pass all the time.

    A stop that is `alone` holds that one write and nothing else: the rest of the world goes on, as for others at work in
    the same account.

    A held write whose client has gone by then is dropped: what was applied is exactly what the test asked for.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop: _Stop | None = None

    def stop_at(self, order: dict[str, Any]) -> None:
        """Orders a stop: `write` (from 1), `when` ("before" or "after"), the `action` that counts, and `alone`."""
        unknown = set(order) - {"write", "when", "action", "alone"}
        when, alone = order.get("when", "after"), order.get("alone", False)
        if unknown or when not in ("before", "after") or not isinstance(alone, bool):
            raise ValueError(f"a stop has write, when (before or after), action and alone, not {order!r}")
        self.release()
        with self._lock:
            self._stop = _Stop(int(order.get("write", 1)), when == "before", order.get("action", "*"), alone)

    def release(self) -> None:
        """Lets everything go; nothing is held any more."""
        with self._lock:
            stop, self._stop = self._stop, None
        if stop:
            stop.released.set()

    def reached(self, seconds: float) -> bool:
        """Waits until the stop is reached; false if the time is over first or there is none."""
        stop = self._stop
        return bool(stop and stop.reached.wait(seconds))

    def admit(self, call: Call, gone: Callable[[], bool]) -> Callable[[], None]:
        """To be called before a call is applied: returns when it may be. Call the result after it was applied."""
        with self._lock:
            stop = self._stop
            if stop is None or not call.write:
                return lambda: None
            the_one = False
            if not stop.closed and stop.action in ("*", call.action):
                stop.admitted += 1
                the_one = stop.closed = stop.admitted == stop.write
            held = (the_one and stop.before) or (stop.closed and not the_one and not stop.alone)
        if the_one and stop.before:
            stop.reached.set()
        if held:
            _hold(stop, gone)
        return (lambda: _hold_answer(stop, gone)) if the_one and not stop.before else lambda: None


def _hold(stop: _Stop, gone: Callable[[], bool]) -> None:
    while not stop.released.wait(0.02):
        if gone():
            raise ClientGone
    if gone():
        raise ClientGone


def _hold_answer(stop: _Stop, gone: Callable[[], bool]) -> None:
    stop.reached.set()
    while not stop.released.wait(0.02) and not gone():
        pass
