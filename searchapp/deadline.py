"""How long an answer may take. Whoever loops over what others typed or wrote asks `check` as it goes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

from searchapp.model import SearchAppError

TOO_SLOW: Final = "This search takes longer than a search may. Fewer or rarer words, or a filter, make it quick."
_NEVER: Final = float("inf")
_until: ContextVar[float] = ContextVar("until", default=_NEVER)
"""When the time of the present request is over, by time.monotonic()."""

T = TypeVar("T")


class OutOfTime(SearchAppError):
    """An answer took longer than it may. Translated to 503 at the edge."""


@contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """Let what is done inside, in this thread, take at most so long; None sets no limit. An outer limit holds too."""
    until = _NEVER if seconds is None else time.monotonic() + seconds
    token = _until.set(min(until, _until.get()))
    try:
        yield
    finally:
        _until.reset(token)


@contextmanager
def uncounted() -> Iterator[None]:
    """Let what is done inside take as long as it takes, as opening an index may: it is nobody's search."""
    until, started = _until.get(), time.monotonic()
    token = _until.set(_NEVER)
    try:
        yield
    finally:
        _until.reset(token)
        _until.set(until + time.monotonic() - started)


def check(said: str = TOO_SLOW) -> None:
    """Raise OutOfTime, with what is said to the reader, once the time is over.

    Cheap enough for every step that takes a tenth of a millisecond.
    """
    if time.monotonic() > _until.get():
        raise OutOfTime(said)


def each(items: Iterable[T], said: str = TOO_SLOW) -> Iterator[T]:
    """The items, with a `check` before each."""
    for item in items:
        check(said)
        yield item
