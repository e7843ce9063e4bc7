"""When what a search finds happened: its evidence counted by day, month, year or more, over the column of dates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np

from searchapp.engines.whoosh.arrays import Ints, Mask, ranges
from searchapp.engines.whoosh.matching import Eligible, Matcher
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
KEPT_WINDOWS: Final = 64
"""Charts whose days are kept: those of one corpus are few, and three hundred days each."""
LAST: Final = date.max.toordinal()
CELLS: Final = 2**20
"""How many pairs of an entry and a bucket are looked at together: a byte each for every word of a query."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The dates of some passages."""

    passage: Ints
    """[rows] the passage, ascending."""
    first: Ints
    """[rows] first day, as a proleptic ordinal."""
    last: Ints


def timeline(snapshot: Snapshot, matcher: Matcher, plan: Plan, query: Query, generation: str) -> Timeline:
    """The evidence of a query by when it happened; the query's own range of days is left out, as in a facet.

    A bucket counts the passages that are evidence if it is clicked: words that only passages of different months hold
    find nothing in either.
    """
    free = replace(query, date_from=None, date_to=None)
    eligible = matcher.eligible(free)
    evidence = _evidence(snapshot, matcher, plan, eligible)
    rows = _rows(snapshot, evidence)
    dated = _passages(rows.passage)
    found = Timeline(query, "year", (), len(evidence), len(evidence) - dated, 0, generation)
    if not dated:
        return found
    unit, first, last = _window(query, int(rows.first.min()), int(rows.last.max()))
    inside = (rows.last >= first) & (rows.first <= last)
    if not inside.any():
        unit, first, last = _window(free, int(rows.first.min()), int(rows.last.max()))
        inside = np.ones(len(rows.first), bool)
    window = _Window.of(unit, first, last)
    runs = _runs(rows, inside, window.starts)
    alone = matcher.holds(plan.tree)[runs.passage]
    counts = runs.of(alone).counts()
    if not alone.all():
        counts += _together(snapshot, matcher, plan, eligible, runs, alone)
    return replace(
        found,
        unit=unit,
        buckets=tuple(map(Bucket, window.first_days, window.last_days, counts.tolist())),
        outside=dated - _passages(rows.passage[inside]),
    )


@dataclass(frozen=True, slots=True)
class _Window:
    """The buckets of a chart, which are the same for most searches."""

    starts: Ints
    """[buckets] first day, as a proleptic ordinal."""
    first_days: tuple[date, ...]
    last_days: tuple[date, ...]

    @staticmethod
    @lru_cache(maxsize=KEPT_WINDOWS)
    def of(unit: TimeUnit, first: int, last: int) -> _Window:
        """Those from the one that holds the day `first` to the one that ends with `last`."""
        starts = _starts(unit, first, last)
        ends = np.append(starts[1:] - 1, last)
        return _Window(
            starts, tuple(map(date.fromordinal, starts.tolist())), tuple(map(date.fromordinal, ends.tolist()))
        )


def _evidence(snapshot: Snapshot, matcher: Matcher, plan: Plan, eligible: Eligible) -> Ints:
    """The passages that are evidence of an entry that matches."""
    matched = matcher.match(plan.tree, eligible, matcher.entries)
    passages = np.flatnonzero(matcher.evidence(plan.tree, eligible).mask)
    evidence: Ints = passages[matched.has(snapshot.entry_of[passages])]
    return evidence


def _rows(snapshot: Snapshot, passages: Ints) -> Rows:
    starts, ends = snapshot.first_date[passages], snapshot.first_date[passages + 1]
    days = snapshot.dates[ranges(starts, ends)].astype(np.int64)
    return Rows(np.repeat(passages, ends - starts), days[:, 0], days[:, 1])


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


@dataclass(frozen=True, slots=True)
class Runs:
    """Which buckets some passages are dated in: runs of buckets, none of which overlap within a passage."""

    passage: Ints
    """[runs] the passage, ascending."""
    low: Ints
    """[runs] the first bucket."""
    high: Ints
    """[runs] the last bucket."""
    buckets: int

    def of(self, kept: Mask) -> Runs:
        """Those that [runs] are kept."""
        return Runs(self.passage[kept], self.low[kept], self.high[kept], self.buckets)

    def counts(self) -> Ints:
        """[buckets] how many passages are dated in it. A run is a step up and a step down."""
        steps = np.bincount(self.low, minlength=self.buckets + 1)
        steps -= np.bincount(self.high + 1, minlength=self.buckets + 1)
        counts: Ints = np.cumsum(steps)[:-1]
        return counts


def _runs(rows: Rows, inside: Mask, starts: Ints) -> Runs:
    """The runs of the rows that are inside of the chart; rows may overlap."""
    width = len(starts) + 1
    passage = rows.passage[inside]
    low = np.maximum(np.searchsorted(starts, rows.first[inside], side="right") - 1, 0) + passage * width
    high = np.searchsorted(starts, rows.last[inside], side="right") - 1 + passage * width
    order = np.argsort(low, kind="stable")  # passages one after the other: none runs into the next
    low, high, passage = low[order], high[order], passage[order]
    reached = np.concatenate((np.full(1, -1), np.maximum.accumulate(high)[:-1]))
    low = np.maximum(low, reached + 1)
    fresh = low <= high
    offset = passage[fresh] * width
    return Runs(passage[fresh], low[fresh] - offset, high[fresh] - offset, len(starts))


class BucketGroups:
    """The passages of an entry that share a bucket are a group: those that are left where the bucket is clicked."""

    name = ""

    def __init__(self, snapshot: Snapshot, entries: Ints, runs: Runs) -> None:
        """`runs` are of passages of `entries`, which ascend."""
        self.size = len(entries) * runs.buckets
        self._entries = entries
        self._runs = runs
        self._row = np.searchsorted(entries, snapshot.entry_of[runs.passage]) * runs.buckets

    def of_passages(self, passages: Ints) -> Ints:
        """The groups of each passage, one after the other."""
        sides = (np.searchsorted(self._runs.passage, passages, side=side) for side in ("left", "right"))
        return self.of_runs(ranges(*sides))

    def of_entries(self, entries: Ints) -> Ints:
        """The groups of each entry, one after the other."""
        row = np.flatnonzero(np.isin(self._entries, entries)) * self._runs.buckets
        return ranges(row, row + self._runs.buckets)

    def of_runs(self, which: Ints) -> Ints:
        """The groups of each run, one after the other."""
        row = self._row[which]
        return ranges(row + self._runs.low[which], row + self._runs.high[which] + 1)


def _together(snapshot: Snapshot, matcher: Matcher, plan: Plan, eligible: Eligible, runs: Runs, alone: Mask) -> Ints:
    """[buckets] how many passages are evidence where a bucket is clicked, of those that do not satisfy a query alone.

    The passages of their entry that share the bucket must do so together. `alone` says of which [runs] they do.
    """
    counts = np.zeros(runs.buckets, np.int64)
    entry = snapshot.entry_of[runs.passage]
    entries = np.unique(entry[~alone])
    at_once = max(1, CELLS // runs.buckets)
    for some in np.split(entries, range(at_once, len(entries), at_once)):
        inside = np.isin(entry, some)
        theirs = runs.of(inside)
        mask = np.zeros(snapshot.passages, bool)
        mask[theirs.passage] = True
        groups = BucketGroups(snapshot, some, theirs)
        matched = matcher.match(plan.tree, Eligible(mask & eligible.mask), groups)
        cells = groups.of_runs(np.flatnonzero(~alone[inside]))
        counts += np.bincount(cells[matched.has(cells)] % runs.buckets, minlength=runs.buckets)
    return counts
