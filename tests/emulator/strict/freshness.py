"""Eventual consistency: for a moment after its creation an object is unknown to the first reads."""

from __future__ import annotations

import time

from . import calls
from .settings import SETTINGS

_BORN: dict[tuple[str, ...], tuple[float, int]] = {}


def born(service: str, *name: str) -> None:
    """Notes a creation. What the test's own client creates is known everywhere at once."""
    if SETTINGS.stale_ms and service in SETTINGS.stale_services and not calls.arranging():
        _BORN[(service, *name)] = (time.monotonic() + SETTINGS.stale_ms / 1000, SETTINGS.stale_reads)


def hidden(service: str, *name: str) -> bool:
    """Whether the present call cannot see that object yet. A call that misses it misses it wherever it looks."""
    key = (service, *name)
    call = calls.current()
    if call is None or call.arranging or (call.write and not SETTINGS.stale_writes):
        return False
    if key not in call.misses and key in _BORN:
        until, reads = _BORN[key]
        call.misses[key] = reads > 0 and time.monotonic() < until
        _BORN[key] = (until, reads - 1)
    return call.misses.get(key, False)


def forget() -> None:
    """Drops all notes."""
    _BORN.clear()
