"""When what a search finds happened: its evidence counted by day, month, year or more, over the column of dates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np

from searchapp.engines.whoosh.columns import Ints, Mask, gather
from searchapp.engines.whoosh.matching import Matcher
from searchapp.engines.whoosh.planning import Plan
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.model import Bucket, Query, Timeline, TimeUnit

EPOCH: Final = date(1970, 1, 1).toordinal()
MOST: Final[dict[TimeUnit, int]] = {"day": 62, "month": 300, "year": 240, "decade": 240, "century": 100}
"""How many buckets of a unit a chart can show; the first unit that suffices for a span is taken."""
WHOLE: Final[dict[TimeUnit, tuple[TimeUnit, int]]] = {
    "day": ("month", 1),
    "month": ("year", 1),
    "year": ("year", 10),
    "decade": ("year", 100),
    "century": ("year", 1000),
}
"""A chart opens and closes with whole months, years, decades, ...: (unit, how many of it)."""
SHORTEST: Final[dict[TimeUnit, int]] = {"day": 1, "month": 28, "year": 365, "decade": 3652, "century": 36524}
"""Days of the shortest bucket of a unit."""
YEARS: Final[dict[TimeUnit, int]] = {"year": 1, "decade": 10, "century": 100}
LAST: Final = date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Rows:
    """The dates of some passages."""

    passage: Ints
    """[rows] place of the passage among them, ascending."""
    first: Ints
    """[rows] first day, as a proleptic ordinal."""
    last: Ints


def timeline(snapshot: Snapshot, matcher: Matcher, plan: Plan, query: Query, generation: str) -> Timeline:
    """The evidence of a query by when it happened; the query's own range of days is left out, as in a facet."""
    evidence = np.flatnonzero(_evidence(snapshot, matcher, plan, query))
    rows = _rows(snapshot, evidence)
    dated = _passages(rows.passage)
    found = Timeline(query, "year", (), len(evidence), len(evidence) - dated, 0, generation)
    if not dated:
        return found
    unit, first, last = _window(query, int(rows.first.min()), int(rows.last.max()))
    inside = (rows.last >= first) & (rows.first <= last)
    if not inside.any():
        free = replace(query, date_from=None, date_to=None)
        unit, first, last = _window(free, int(rows.first.min()), int(rows.last.max()))
        inside = np.ones(len(rows.first), bool)
    starts = _starts(unit, first, last)
    counts = _counts(rows, inside, starts)
    ends = np.append(starts[1:] - 1, last)
    days = [(date.fromordinal(a), date.fromordinal(b)) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
    return replace(
        found,
        unit=unit,
        buckets=tuple(Bucket(a, b, count) for (a, b), count in zip(days, counts.tolist(), strict=True)),
        outside=dated - _passages(rows.passage[inside]),
    )


def _evidence(snapshot: Snapshot, matcher: Matcher, plan: Plan, query: Query) -> Mask:
    """[passages] whether a passage is evidence of an entry that matches."""
    eligible = matcher.eligible(replace(query, date_from=None, date_to=None))
    matched = matcher.match(plan.tree, eligible, matcher.entries)
    mask: Mask = matcher.evidence(plan.tree, eligible).mask & matched[snapshot.entry_of]
    return mask


def _rows(snapshot: Snapshot, passages: Ints) -> Rows:
    counts = snapshot.first_date[passages + 1] - snapshot.first_date[passages]
    dates = gather(snapshot.first_date, np.arange(len(snapshot.dates)), passages)
    days = snapshot.dates[dates].astype(np.int64)
    return Rows(np.repeat(np.arange(len(passages)), counts), days[:, 0], days[:, 1])


def _passages(ascending: Ints) -> int:
    """How many different numbers there are."""
    return int(np.count_nonzero(np.diff(ascending))) + 1 if len(ascending) else 0


def _window(query: Query, first: int, last: int) -> tuple[TimeUnit, int, int]:
    """Unit, first and last day of the chart of what happened from `first` to `last`.

    All of it; but where the range that is asked for can be shown by a finer unit than the whole, that range with as
    much before and after it as there is room for, up to its own length; nothing may happen there, and then the whole
    is shown after all.
    """
    unit = _unit(first, last)
    start = max(first, query.date_from.toordinal()) if query.date_from else first
    end = min(last, query.date_to.toordinal()) if query.date_to else last
    if start <= end and tuple(MOST).index(_unit(start, end)) < tuple(MOST).index(unit):
        unit = _unit(start, end)
        room = (MOST[unit] - _size(unit, start, end)) // 2 * SHORTEST[unit]
        around = min(end - start + 1, room)
        first, last = max(first, start - around), min(last, end + around)
    whole, count = WHOLE[unit]
    return unit, *_widened(first, last, whole, count)


def _unit(first: int, last: int) -> TimeUnit:
    return next((unit for unit, most in MOST.items() if _size(unit, first, last) <= most), "century")


def _size(unit: TimeUnit, first: int, last: int) -> int:
    """How many buckets hold the days from `first` to `last`."""
    return last - first + 1 if unit == "day" else _number(unit, last) - _number(unit, first) + 1


def _widened(first: int, last: int, unit: TimeUnit, count: int) -> tuple[int, int]:
    """The whole months, years, decades, ... that hold two days."""
    opens, closes = (_number(unit, day) // count * count for day in (first, last))
    return max(1, _first_day(unit, opens)), min(LAST, _first_day(unit, closes + count) - 1)


def _number(unit: TimeUnit, day: int) -> int:
    """Number of the month, year, decade or century that a day is in; months are counted from the year 0."""
    when = date.fromordinal(day)
    return when.year * 12 + when.month - 1 if unit == "month" else when.year // YEARS[unit]


def _first_day(unit: TimeUnit, number: int) -> int:
    """The day, as an ordinal, on which a numbered month or year begins; it may lie outside of what `date` holds."""
    months = number if unit == "month" else number * YEARS[unit] * 12
    day = np.datetime64("0000-01", "M") + np.timedelta64(months, "M")
    return int(day.astype("datetime64[D]").astype(np.int64)) + EPOCH


def _starts(unit: TimeUnit, first: int, last: int) -> Ints:
    """The first day of each bucket from the one that holds `first` to the one that holds `last`."""
    if unit == "day":
        return np.arange(first, last + 1)
    step = 1 if unit == "month" else YEARS[unit] * 12
    numbers = np.arange(_number(unit, first), _number(unit, last) + 1) * step
    months = np.datetime64("0000-01", "M") + numbers.astype("timedelta64[M]")
    days: Ints = months.astype("datetime64[D]").astype(np.int64) + EPOCH
    return np.maximum(days, 1)


def _counts(rows: Rows, inside: Mask, starts: Ints) -> Ints:
    """[buckets] how many passages have a date in it; each counts once a bucket, a span in all that it covers.

    A run of buckets is a step up and a step down.
    """
    width = len(starts) + 1
    passage = rows.passage[inside]
    low = np.maximum(np.searchsorted(starts, rows.first[inside], side="right") - 1, 0)
    high = np.searchsorted(starts, rows.last[inside], side="right") - 1
    steps = np.zeros(width, np.int64)
    same = np.concatenate(([False], passage[1:] == passage[:-1], [False]))  # as the one before, as the one after
    shared = (same[:-1] | same[1:])[: len(passage)]
    for opens, closes in ((low[~shared], high[~shared]), _runs(passage[shared], low[shared], high[shared], width)):
        steps += np.bincount(opens, minlength=width)
        steps -= np.bincount(closes + 1, minlength=width)
    counts: Ints = np.cumsum(steps)[:-1]
    return counts


def _runs(passage: Ints, low: Ints, high: Ints, width: int) -> tuple[Ints, Ints]:
    """First and last bucket of runs that do not overlap within a passage, from spans that may."""
    offset = passage * width  # passages one after the other: none runs into the next
    order = np.lexsort((low, offset))
    low, high, offset = low[order] + offset[order], high[order] + offset[order], offset[order]
    reached = np.concatenate((np.full(1, -1), np.maximum.accumulate(high)[:-1]))
    low = np.maximum(low, reached + 1)
    fresh = low <= high
    return low[fresh] - offset[fresh], high[fresh] - offset[fresh]
