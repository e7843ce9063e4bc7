"""What stands under the timeline: months, quarters, years and what is longer, as links that select them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from searchapp.model import UNDATED, Query, Results, Timeline, TimeUnit
from searchapp.web.dates import range_words
from searchapp.web.languages import gettext as _
from searchapp.web.languages import month
from searchapp.web.urls import ranging, search_url

MOST_TICKS: Final = 10
MONTHLY: Final = 12
"""Months of a chart up to which each has a tick; up to twice as many, each quarter."""
TICK_YEARS: Final[dict[TimeUnit, int]] = {"month": 1, "year": 10, "decade": 100, "century": 1000}


@dataclass(frozen=True, slots=True)
class Tick:
    """Some months or years under the chart; a link where passages are dated so, text elsewhere."""

    text: str
    rest: str
    """What it covers besides what is written, for a screen reader: 'to 2016'."""
    url: str
    parts: int
    """How wide it is beside the others: days, months, years or what else it has."""
    inside: bool
    selected: bool
    """Whether it is exactly the range in use; the link then removes that."""


def months(line: Timeline, query: Query) -> tuple[Tick, ...]:
    """Months or quarters, where the chart is of a year or two; else none."""
    return _ticks(line, query, {}, _months(line))


def years(line: Timeline, query: Query, results: Results) -> tuple[Tick, ...]:
    """What the chart is divided into besides: years of months, decades of years; of a chart of days, its months."""
    return _ticks(line, query, _entries(query, results) if line.unit == "month" else {}, _spans(line))


def _ticks(
    line: Timeline, query: Query, counted_years: dict[str, int], spans: list[tuple[date, date, int]]
) -> tuple[Tick, ...]:
    ticks = []
    opens, closes = [found.start for found in line.buckets], [found.end for found in line.buckets]
    for start, end, parts in spans:
        within = line.buckets[bisect_left(opens, start) : bisect_right(closes, end)]
        passages = sum(found.passages for found in within)
        selected = (query.date_from, query.date_to) == (start, end)
        whole_year = (start.month, start.day, end.month) == (1, 1, 12) and start.year == end.year
        finds = counted_years.get(f"{start.year:04d}", 0) if whole_year and counted_years else passages
        url = search_url(replace(query, date_from=None, date_to=None)) if selected else ranging(query)(start, end)
        text, rest = _tick_words(line.unit, start, end)
        inside = bool(query.date_from or query.date_to) and overlaps(query, start, end)
        ticks.append(Tick(text, rest, url if finds or selected else "", parts, inside, selected))
    return tuple(ticks)


def _tick_words(unit: TimeUnit, start: date, end: date) -> tuple[str, str]:
    """What is written, and what else is said."""
    if unit == "day":
        return range_words(start, end, short=True), ""
    if (start.month, end.month) != (1, 12):
        whole = range_words(start, end)
        return month(start.month, "abbreviated", alone=True), f"({whole})"
    return f"{start.year:04d}", _("to %(year)s", year=f"{end.year:04d}") if end.year > start.year else ""


def _months(line: Timeline) -> list[tuple[date, date, int]]:
    """The months or quarters of a chart of a year or two, as `_spans`; else none."""
    together = 1 if len(line.buckets) <= MONTHLY else 3
    if line.unit != "month" or len(line.buckets) > 2 * MONTHLY:
        return []
    runs = (line.buckets[place : place + together] for place in range(0, len(line.buckets), together))
    return [(run[0].start, run[-1].end, 1) for run in runs]


def _spans(line: Timeline) -> list[tuple[date, date, int]]:
    """First day, last day and width of each tick, at most MOST_TICKS of them."""
    first, last = line.buckets[0].start, line.buckets[-1].end
    if line.unit == "day":
        months = {(found.start.year, found.start.month) for found in line.buckets}
        return [(date(y, m, 1), date(y, m, monthrange(y, m)[1]), monthrange(y, m)[1]) for y, m in sorted(months)]
    step = TICK_YEARS[line.unit]
    opens = first.year // step * step
    kinds = (last.year - opens) // step + 1
    together = next(n for n in (1, 2, 5, 10) if -(-kinds // n) <= MOST_TICKS)
    spans = []
    for start in range(opens, last.year + 1, step * together):
        end = min(start + step * together - 1, last.year)
        # The last decade of a chart that ends with its last year is as wide as its years.
        parts = end - start + 1 if line.unit == "year" and together == 1 else (end - start) // step + 1
        spans.append((date(max(start, 1), 1, 1), date(end, 12, 31), parts))
    return _legible(spans)


def _legible(spans: list[tuple[date, date, int]]) -> list[tuple[date, date, int]]:
    """The same with the last as part of the one before it, where it has no room for its own four figures."""
    *others, (_start, end, parts) = spans
    if not others or parts * MOST_TICKS >= sum(width for _start, _end, width in spans):
        return spans
    first, _last, before = others.pop()
    return [*others, (first, end, before + parts)]


def _entries(query: Query, results: Results) -> dict[str, int]:
    """Entries by year, where a click on a year gives what the year's facet says."""
    if query.values("year") or query.values("year", exclude=True) or query.date_from or query.date_to:
        return {}
    return {value.value: value.count for value in results.facets.get("year", ()) if value.value != UNDATED}


def overlaps(query: Query, start: date, end: date) -> bool:
    """Whether some days are, in part at least, in the range in use; without a range all are."""
    return (query.date_from is None or end >= query.date_from) and (query.date_to is None or start <= query.date_to)
