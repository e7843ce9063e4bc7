"""The timeline as the page draws it: bars, the range in use, years that select a range, and a table of the same."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

from searchapp.model import UNDATED, Bucket, Query, Results, Timeline, TimeUnit
from searchapp.web.dates import bound_words, bounds, range_words
from searchapp.web.languages import N_, month, ngettext, number
from searchapp.web.languages import gettext as _
from searchapp.web.sentences import asks
from searchapp.web.urls import ranging, search_url
from searchapp.web.words import counted

TOP: Final = 30
"""Pixels above the highest bar: one line for the limits of the range, one for the largest count."""
TALLEST: Final = 60
LOWEST: Final = 2
MOST_TICKS: Final = 10
MONTHLY: Final = 12
"""Months of a chart up to which each has a tick; up to twice as many, each quarter."""
LETTER: Final = 1.8
"""Width of a letter of a label, in percent of the narrowest chart."""
GAPS: Final = 7
"""What two labels need besides their letters, in percent."""
TICK_YEARS: Final[dict[TimeUnit, int]] = {"month": 1, "year": 10, "decade": 100, "century": 1000}
Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bucket that holds something; x and width in percent, y and height in pixels."""

    x: float
    width: float
    y: float
    height: float
    inside: bool
    """Whether it is in the range that is in use, or there is none."""


@dataclass(frozen=True, slots=True)
class Label:
    """A text in the chart, at x percent."""

    x: float
    text: str
    anchor: Anchor


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


@dataclass(frozen=True, slots=True)
class Row:
    """A bucket in the table."""

    text: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that the timeline shows."""

    caption: str
    spoken: str
    """The picture in a sentence or two."""
    unit: TimeUnit
    unit_title: str
    """'Month of the event'."""
    bars: tuple[Bar, ...]
    peak: Label
    band: tuple[float, float] | None
    """Where the range in use begins and how wide it is, in percent."""
    limits: tuple[float, ...]
    labels: tuple[Label, ...]
    months: tuple[Tick, ...]
    """Months or quarters above the years of a chart of a few years; else empty."""
    ticks: tuple[Tick, ...]
    rows: tuple[Row, ...]
    clear_url: str
    """The search without its range; empty where it has none."""
    base_url: str
    """The search without its range, for the script, as what follows: values of the buckets, one after the other."""
    counts: str
    first: str
    """'2015-01 2015-02 …', as an address has the first day; `last` the last one."""
    last: str
    names: str
    """'Jan 2015|Feb 2015|…' where the buckets are months or days; else empty."""


def chart(line: Timeline, results: Results) -> Chart | None:
    """The chart of a timeline; None where there is nothing to compare."""
    filled = [found for found in line.buckets if found.count]
    ranged = bool(line.query.date_from or line.query.date_to)
    if not filled or (len(filled) == 1 and not ranged):
        return None
    line = _to_the_last_year(line)
    query = line.query.on_page(1)
    band = _band(line)
    free = replace(query, date_from=None, date_to=None)
    url = ranging(query)
    edges = [bounds(found.start, found.end) for found in line.buckets]
    return Chart(
        caption=_caption(line),
        spoken=_spoken(line, filled),
        unit=line.unit,
        unit_title=_(UNITS[line.unit]),
        bars=_bars(line),
        peak=_peak(line, filled),
        band=(band[0], round(band[1] - band[0], 3)) if band else None,
        limits=_limits(line, band),
        labels=_labels(query, band),
        months=_ticks(line, query, {}, _months(line)),
        ticks=_ticks(line, query, _years(query, results) if line.unit == "month" else {}, _spans(line)),
        rows=tuple(Row(range_words(b.start, b.end), b.count, url(b.start, b.end)) for b in filled),
        clear_url=search_url(free) if ranged else "",
        base_url=search_url(free),
        counts=" ".join(str(found.count) for found in line.buckets),
        first=" ".join(first for first, _last in edges),
        last=" ".join(last for _first, last in edges),
        names="|".join(bound_words(first, short=True) for first, _last in edges) if "-" in edges[0][0] else "",
    )


def _to_the_last_year(line: Timeline) -> Timeline:
    """A chart of years without those after the last that holds anything, where its decades are wide enough to see."""
    if line.unit != "year" or len(line.buckets) > TICK_YEARS[line.unit] * MOST_TICKS:
        return line
    last = max(place for place, found in enumerate(line.buckets) if found.count)
    return replace(line, buckets=line.buckets[: last + 1])


# --- What is drawn --------------------------------------------------------------------------------


def _bars(line: Timeline) -> tuple[Bar, ...]:
    width = 100 / len(line.buckets)
    gap = 0.12 * width  # so that neighbours can be told apart
    inner = _percent(width - 2 * gap)
    largest = max(found.count for found in line.buckets)
    bars = []
    for place, found in enumerate(line.buckets):
        if found.count:
            height = max(LOWEST, round(TALLEST * found.count / largest, 1))
            inside = _overlaps(line.query, found.start, found.end)
            bars.append(Bar(_percent(place * width + gap), inner, _below(height), height, inside))
    return tuple(bars)


def _below(height: float) -> float:
    return round(TOP + TALLEST - height, 1)


def _percent(share: float) -> float:
    return round(share, 3)


def _peak(line: Timeline, filled: list[Bucket]) -> Label:
    highest = max(filled, key=lambda found: found.count)
    x = _percent((line.buckets.index(highest) + 0.5) * 100 / len(line.buckets))
    return Label(x, number(highest.count), "start" if x < 3 else "end" if x > 97 else "middle")


def _band(line: Timeline) -> tuple[float, float] | None:
    """The range in use, in percent of the width; None where there is none, or it lies outside of the chart."""
    query = line.query
    if not (query.date_from or query.date_to) or not _overlaps(query, line.buckets[0].start, line.buckets[-1].end):
        return None
    start = _place(line, query.date_from, after=False) if query.date_from else 0.0
    end = _place(line, query.date_to, after=True) if query.date_to else 100.0
    return start, end


def _place(line: Timeline, day: date, *, after: bool) -> float:
    """Where a day begins, or ends, in percent of the width; outside of the chart, its edge."""
    if day < line.buckets[0].start:
        return 0.0
    for place, found in enumerate(line.buckets):
        if day <= found.end:
            days = (found.end - found.start).days + 1
            inside = ((day - found.start).days + after) / days
            return _percent(100 * (place + inside) / len(line.buckets))
    return 100.0


def _limits(line: Timeline, band: tuple[float, float] | None) -> tuple[float, ...]:
    if band is None:
        return ()
    asked = (line.query.date_from, line.query.date_to)
    return tuple(x for x, limit in zip(band, asked, strict=True) if limit)


def _labels(query: Query, band: tuple[float, float] | None) -> tuple[Label, ...]:
    """The limits in words, inside of a wide range and beside a narrow one."""
    if band is None:
        return ()
    start, end = band
    if query.date_from and query.date_to:
        left, right = (bound_words(text, short=True) for text in bounds(query.date_from, query.date_to))
        if end - start >= LETTER * len(left + right) + GAPS:
            return Label(start, left, "start"), Label(end, right, "end")
    text = range_words(query.date_from, query.date_to, short=True)
    if not query.date_to or not query.date_from:
        return (Label(start if query.date_from else end, text, "start" if _has_room(query, band) else "end"),)
    return (Label(end, text, "start") if 100 - end >= start else Label(start, text, "end"),)


def _has_room(query: Query, band: tuple[float, float]) -> bool:
    """Whether there is more room after an only limit than before it."""
    return (band[0] if query.date_from else band[1]) <= 50


# --- What is under it -----------------------------------------------------------------------------


def _ticks(
    line: Timeline, query: Query, counted_years: dict[str, int], spans: list[tuple[date, date, int]]
) -> tuple[Tick, ...]:
    ticks = []
    for start, end, parts in spans:
        passages = sum(found.count for found in line.buckets if found.start >= start and found.end <= end)
        selected = (query.date_from, query.date_to) == (start, end)
        whole_year = (start.month, start.day, end.month) == (1, 1, 12) and start.year == end.year
        finds = counted_years.get(f"{start.year:04d}", 0) if whole_year and counted_years else passages
        url = search_url(replace(query, date_from=None, date_to=None)) if selected else ranging(query)(start, end)
        text, rest = _tick_words(line.unit, start, end)
        inside = bool(query.date_from or query.date_to) and _overlaps(query, start, end)
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
    return spans


def _years(query: Query, results: Results) -> dict[str, int]:
    """Entries by year, where a click on a year gives what the year's facet says."""
    if query.values("year") or query.values("year", exclude=True) or query.date_from or query.date_to:
        return {}
    return {value.value: value.count for value in results.facets.get("year", ()) if value.value != UNDATED}


def _overlaps(query: Query, start: date, end: date) -> bool:
    """Whether some days are, in part at least, in the range in use; without a range all are."""
    return (query.date_from is None or end >= query.date_from) and (query.date_to is None or start <= query.date_to)


# --- Words ----------------------------------------------------------------------------------------


def _caption(line: Timeline) -> str:
    parts = [_(_CAPTIONS[asks(line.query)][line.unit])]
    if line.undated:
        parts.append(ngettext("%(count)s more is undated", "%(count)s more are undated", line.undated))
    if line.outside:
        parts.append(
            ngettext("%(count)s more is further away in time", "%(count)s more are further away in time", line.outside)
        )
    return "; ".join(parts)


_CAPTIONS: Final[dict[bool, dict[TimeUnit, str]]] = {
    True: {
        "day": N_("Matching passages by day of the event"),
        "month": N_("Matching passages by month of the event"),
        "year": N_("Matching passages by year of the event"),
        "decade": N_("Matching passages by decade of the event"),
        "century": N_("Matching passages by century of the event"),
    },
    False: {
        "day": N_("Passages by day of the event"),
        "month": N_("Passages by month of the event"),
        "year": N_("Passages by year of the event"),
        "decade": N_("Passages by decade of the event"),
        "century": N_("Passages by century of the event"),
    },
}
UNITS: Final[dict[TimeUnit, str]] = {
    "day": N_("Day of the event"),
    "month": N_("Month of the event"),
    "year": N_("Year of the event"),
    "decade": N_("Decade of the event"),
    "century": N_("Century of the event"),
}


def _spoken(line: Timeline, filled: list[Bucket]) -> str:
    highest = max(filled, key=lambda found: found.count)
    dated = counted(line.passages - line.undated - line.outside, "passage")
    span = range_words(filled[0].start, filled[-1].end)
    limits = range_words(line.query.date_from, line.query.date_to)
    parts = {"passages": dated, "span": span, "most": range_words(highest.start, highest.end)}
    said = [_("%(passages)s dated %(span)s; most in %(most)s (%(count)s).", count=number(highest.count), **parts)]
    if limits:
        said.append(_("Selected: %(range)s.", range=limits))
    return " ".join([*said, _("The table lists the counts.")])
