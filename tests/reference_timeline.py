"""When what a search finds happened, counted day by day: what `Engine.timeline` must give, in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

from searchapp.model import Bucket, Passage, Query, Results, Timeline, TimeUnit

DIGITS: dict[TimeUnit, int] = {"day": 10, "month": 7, "year": 4, "decade": 3, "century": 2}
"""Days of one bucket share so many characters of their ISO form."""
SHORTEST: dict[TimeUnit, int] = {"day": 1, "month": 28, "year": 365, "decade": 3652, "century": 36524}
MOST: dict[TimeUnit, int] = {"day": 62, "month": 300, "year": 240, "decade": 240, "century": 100}
ALIGNED: dict[TimeUnit, int] = {"day": 7, "month": 4, "year": 3, "decade": 2, "century": 1}
"""Characters shared by the days of what a chart opens and closes with as a whole."""


def timeline(search: Callable[[Query], Results], query: Query) -> Timeline:
    """The timeline of a query, of all the evidence that a search for it gives without its range of days.

    A bucket counts the evidence of the same search with the bucket's days as its range.
    """
    free = replace(query, date_from=None, date_to=None, page=1, per_page=10**6, passages=10**6)
    evidence = _evidence(search, free)
    dated = [passage for passage in evidence if passage.dates]
    line = Timeline(query, "year", (), len(evidence), len(evidence) - len(dated), 0)
    if not dated:
        return line
    first = min(when.start for passage in dated for when in passage.dates)
    last = max(when.end for passage in dated for when in passage.dates)
    unit = _unit(first, last)
    asked = max(first, query.date_from or first), min(last, query.date_to or last)
    if asked[0] <= asked[1] and DIGITS[_unit(*asked)] > DIGITS[unit]:
        unit = _unit(*asked)
        room = (MOST[unit] - len(_buckets(unit, *asked))) // 2 * SHORTEST[unit]
        around = timedelta(days=min((asked[1] - asked[0]).days + 1, room))
        first, last = _before(asked[0], around, first), _after(asked[1], around, last)
    while first > date.min and _key(first - timedelta(days=1), ALIGNED[unit]) == _key(first, ALIGNED[unit]):
        first -= timedelta(days=1)
    while last < date.max and _key(last + timedelta(days=1), ALIGNED[unit]) == _key(last, ALIGNED[unit]):
        last += timedelta(days=1)
    if not any(_touches(passage, first, last) for passage in dated):
        return replace(timeline(search, free), query=query)
    every = _evidence(search, replace(free, q=""))  # what the filters leave
    counts: dict[frozenset[int], int] = {frozenset(): 0}
    buckets = []
    for a, b in _buckets(unit, first, last):
        touched = frozenset(n for n, passage in enumerate(every) if _touches(passage, a, b))
        if touched not in counts:  # of the same passages the same is found
            counts[touched] = len(_evidence(search, replace(free, date_from=a, date_to=b)))
        buckets.append(Bucket(a, b, counts[touched]))
    outside = sum(not _touches(passage, first, last) for passage in dated)
    return replace(line, unit=unit, buckets=tuple(buckets), outside=outside)


def _evidence(search: Callable[[Query], Results], query: Query) -> Sequence[Passage]:
    return [found.passage for hit in search(query).hits for found in hit.passages]


def _before(day: date, span: timedelta, first: date) -> date:
    return first if day - first < span else day - span


def _after(day: date, span: timedelta, last: date) -> date:
    return last if last - day < span else day + span


def _unit(first: date, last: date) -> TimeUnit:
    return next(unit for unit, most in MOST.items() if len(_buckets(unit, first, last)) <= most)


def _buckets(unit: TimeUnit, first: date, last: date) -> Sequence[tuple[date, date]]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    grouped = [list(group) for _, group in groupby(days, key=lambda day: _key(day, DIGITS[unit]))]
    return [(group[0], group[-1]) for group in grouped]


def _key(day: date, digits: int) -> str:
    return day.isoformat()[:digits]


def _touches(passage: Passage, start: date, end: date) -> bool:
    return any(when.start <= end and when.end >= start for when in passage.dates)
