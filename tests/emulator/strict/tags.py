"""AWS's limits on tags: 50 to a resource, keys of 128 and values of 256 characters, nothing under `aws:`."""

from __future__ import annotations

from collections.abc import Iterable

LIMIT = 50


def too_many(present: Iterable[str], added: Iterable[str]) -> bool:
    """Whether a resource would have more tags than allowed."""
    return len(set(present) | set(added)) > LIMIT


def rejected(tags: dict[str, str]) -> str | None:
    """What is wrong with the tags, in a sentence; None if nothing is."""
    for key, value in tags.items():
        if key.lower().startswith("aws:"):
            return f"Tag keys starting with 'aws:' are reserved for internal use: '{key}'"
        if not 1 <= len(key) <= 128:
            return f"Tag key must have between 1 and 128 characters: '{key}'"
        if len(value or "") > 256:
            return f"Tag value of '{key}' must have at most 256 characters"
    return None
