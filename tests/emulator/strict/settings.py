"""How strict the emulator is. Every field can be changed while it runs: `POST /strict/settings`."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass
class Settings:
    """Times are milliseconds; zero switches the behaviour off."""

    #: How long a VPC endpoint stays `pending` or `deleting`. Minutes on AWS.
    endpoint_ms: int = 300
    #: How long the scan of an image takes. Up to minutes on AWS.
    scan_ms: int = 300
    #: Most items in one answer of a listing call. Zero: everything at once.
    page_size: int = 2
    #: How long the preview of a lifecycle policy takes. Seconds to minutes on AWS.
    preview_ms: int = 300
    #: How long an image takes from the archive storage class back to the standard one. Up to 20 minutes on AWS.
    restore_ms: int = 300
    #: For how long, and for how many reads, a fresh object is still unknown to reads that follow its creation.
    stale_ms: int = 500
    stale_reads: int = 1
    #: Whether writes to a fresh object can miss it as well.
    stale_writes: bool = False
    #: The services that are eventually consistent.
    stale_services: tuple[str, ...] = ("ec2", "ecr", "iam")

    def update(self, changes: dict[str, Any]) -> None:
        """Takes over the given fields; an unknown name or a value of another type is a `ValueError`."""
        fields = {field.name: field for field in dataclasses.fields(self)}
        for name, value in changes.items():
            if name not in fields:
                raise ValueError(f"no setting {name!r}; there are {', '.join(sorted(fields))}")
            if isinstance(value, list):
                value = tuple(value)
            expected = type(getattr(self, name))
            if type(value) is not expected:
                raise ValueError(f"setting {name!r} is {expected.__name__}, not {value!r}")
            setattr(self, name, value)

    def reset(self) -> None:
        """Back to what the emulator was started with."""
        for name, value in _AT_START.items():
            setattr(self, name, value)

    def keep(self) -> None:
        """Makes the present values those that `reset` returns to."""
        _AT_START.update(dataclasses.asdict(self))


SETTINGS = Settings()
_AT_START: dict[str, Any] = dataclasses.asdict(SETTINGS)
