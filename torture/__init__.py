"""Long runs that try to break the program: `make torture`, or `python -m torture SUBJECT…`.

Each subject is a module with a function `run(seed, share)` that yields figures as it measures them. `share` scales its
counts: 1.0 is what the figures are stated for, the tests run a small part. The same seed tries the same things. What
takes many steps takes them from `bounded`, so that a busy machine makes a run smaller, and not endless.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final, TypeVar

Item = TypeVar("Item")

LANES: Final = 2
"""Processes that share a long run: a fixed number, so that the same seed tries the same things everywhere."""
_until: ContextVar[float] = ContextVar("until", default=math.inf)
"""When the time of the present subject is over, by time.monotonic()."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Something that was measured, and what was asked of it."""

    what: str
    value: str
    asked: str = ""
    """The demand in words, such as '0' or '≤ 2 s'; empty where none is made."""
    holds: bool = True


Run = Callable[[int, float], Iterator[Figure]]


def none(what: str, found: list[str]) -> Figure:
    """A figure for what must not happen; the first cases are shown."""
    shown = f"{len(found):,}" + (f": {'; '.join(found[:3])}" if found else "")
    return Figure(what, shown, "0", not found)


def at_most(what: str, value: float, limit: float, unit: str) -> Figure:
    """A figure with an upper bound."""
    return Figure(what, f"{value:,.4g} {unit}", f"≤ {limit:,.4g} {unit}", value <= limit)


def counted(what: str, value: int) -> Figure:
    """How many were tried."""
    return Figure(what, f"{value:,}")


def part(whole: int, share: float) -> int:
    """How many of `whole` a run with this share does; at least one."""
    return max(1, math.ceil(whole * share))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let what is taken from `bounded` inside end after so long."""
    token = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def time_left() -> float:
    """Seconds until the time of the present subject is over; infinite where it has no bound."""
    return _until.get() - time.monotonic()


def bounded(items: Iterable[Item]) -> Iterator[Item]:
    """The items, until the time is over; the first in any case."""
    for number, item in enumerate(items):
        if number and time_left() <= 0:
            return
        yield item


def in_lanes(work: Callable[[Sequence[Item]], Any], items: Sequence[Item]) -> list[Any]:
    """What `work` returns in each of LANES forks of this process, each with its part of the items.

    Forked, so that what is imported and made here need not be again; what is returned must be picklable.
    """
    gc.freeze()  # the garbage collector of a fork need not look at what it has from here
    lanes = []
    for part_of in (items[lane::LANES] for lane in range(LANES)):
        if part_of:
            ours, theirs = get_context("fork").Pipe(duplex=False)
            process = get_context("fork").Process(target=_lane, args=(work, part_of, theirs))
            process.start()
            theirs.close()
            lanes.append((process, ours))
    try:
        return [ours.recv() for _, ours in lanes]
    finally:
        for process, ours in lanes:
            ours.close()
            process.join()


def _lane(work: Callable[[Sequence[Item]], Any], items: Sequence[Item], result: Connection) -> None:
    result.send(work(items))
