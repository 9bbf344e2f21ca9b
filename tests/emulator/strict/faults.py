"""Trouble on order: calls that are refused, delayed, cut off, or answered and the answer lost."""

from __future__ import annotations

import dataclasses
import threading
from typing import Any

from . import answers
from .calls import Call

#: What a fault can do besides the errors of `answers.KINDS`.
#: `error`: any code (`code`, `status`, `message`). `latency`: later by `seconds`. `hang`: no answer for `seconds`, then
#: the connection is cut. `reset`: cut before the call is applied. `lost_answer`: applied, then cut.
#: `truncated`: applied, and half of the answer's body sent as if it were all.
KINDS = answers.KINDS | {"error", "latency", "hang", "reset", "lost_answer", "truncated"}


@dataclasses.dataclass
class Fault:
    """Which calls (`action` or "*", and optionally service, region, a text in the parameters), and what happens.

    The first `after` matching calls pass, then `times` calls are hit; a `times` of zero hits all.
    """

    kind: str
    action: str = "*"
    service: str | None = None
    region: str | None = None
    mentions: str | None = None
    after: int = 0
    times: int = 1
    seconds: float = 30.0
    code: str = "InternalFailure"
    status: int = 500
    message: str = "ordered by the test"
    passed: int = 0
    hits: int = 0

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Fault:
        """Reads an order; what it says wrongly is a `ValueError`."""
        orderable = {field.name for field in dataclasses.fields(cls)} - {"passed", "hits"}
        unknown = set(value) - orderable
        if unknown:
            raise ValueError(f"no fault field {sorted(unknown)}; there are {sorted(orderable)}")
        if value.get("kind") not in KINDS:
            raise ValueError(f"no fault kind {value.get('kind')!r}; there are {sorted(KINDS)}")
        return cls(**value)

    def takes(self, call: Call) -> bool:
        """Whether this call is to be hit now; counts it either way."""
        if self.action not in ("*", call.action) or self.service not in (None, call.service):
            return False
        if self.region not in (None, call.region) or (self.mentions and not call.mentions(self.mentions)):
            return False
        if self.times and self.hits >= self.times:
            return False
        if self.passed < self.after:
            self.passed += 1
            return False
        self.hits += 1
        return True

    def error(self, call: Call) -> answers.Answer | None:
        """The error this fault answers with, if it is of that sort."""
        if self.kind in answers.KINDS:
            return answers.trouble(call, self.kind)
        if self.kind == "error":
            return answers.error(call, self.status, self.code, self.message)
        return None


class Faults:
    """The faults on order. The first that takes a call has it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Adds one behind those already there."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Drops all."""
        with self._lock:
            self._faults = []

    def take(self, call: Call) -> Fault | None:
        """The fault that hits this call."""
        with self._lock:
            return next((fault for fault in self._faults if fault.takes(call)), None)

    def state(self) -> list[dict[str, Any]]:
        """What is on order and how often each has hit."""
        with self._lock:
            return [dataclasses.asdict(fault) for fault in self._faults]
