"""Long runs that try to break the program: `make torture`, or `python -m torture SUBJECT…`.

Each subject is a module with a function `run(seed, share)` that yields figures as it measures them. `share` scales its
counts: 1.0 is what the figures are stated for, the tests run a small part. The same seed tries the same things.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass


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
