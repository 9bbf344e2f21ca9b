"""How a method of moto is replaced by one of ours that may still call it, and how ours refuses."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from moto.core.exceptions import ServiceException


class Refused(ServiceException):
    """`Refused(code, message)`: the service answers with this error.

    moto looks up its own exceptions in the model of the service that their module belongs to; this one has none.
    """


def replaces(cls: type, name: str | None = None) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Puts the decorated function in the place of the method of the same name (or `name`) of `cls`.

    The function gets moto's own method as its first argument, then what the caller passed. A name that moto does not
    have fails at start: a new moto must not leave a rule silently unenforced.
    """

    def install(function: Callable[..., Any]) -> Callable[..., Any]:
        target = name or function.__name__
        original = getattr(cls, target)

        @functools.wraps(original)
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            return function(original, self, *args, **kwargs)

        setattr(cls, target, method)
        return function

    return install


def adds(cls: type) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Gives `cls` the decorated function as a method that moto lacks.

    A name that moto has fails at start: a new moto may do better by itself.
    """

    def install(function: Callable[..., Any]) -> Callable[..., Any]:
        if hasattr(cls, function.__name__):
            raise TypeError(f"{cls.__name__} has a {function.__name__} already: use `replaces`")
        setattr(cls, function.__name__, function)
        return function

    return install
