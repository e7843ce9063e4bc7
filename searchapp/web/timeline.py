"""The timeline as the page draws it: bars, the range in use, years that select a range, and a table of the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from searchapp.model import Bucket, Query, Results, Timeline, TimeUnit
from searchapp.web import ticks
from searchapp.web.dates import bound_words, bounds, range_words
from searchapp.web.languages import N_, ngettext, number
from searchapp.web.languages import gettext as _
from searchapp.web.sentences import asks
from searchapp.web.urls import ranging, search_url
from searchapp.web.words import counted

TOP: Final = 30
"""Pixels above the highest bar: one line for the limits of the range, one for the largest count."""
TALLEST: Final = 60
LOWEST: Final = 2
KEPT_WIDTHS: Final = 64
"""Numbers of buckets for which places are kept."""
LETTER: Final = 1.8
"""Width of a letter of a label, in percent of the narrowest chart."""
GAPS: Final = 7
"""What two labels need besides their letters, in percent."""
Anchor = Literal["start", "middle", "end"]


class Bar(NamedTuple):  # like a row made by the hundred, and made sooner than a frozen dataclass
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


class Row(NamedTuple):
    """A bucket in the table."""

    text: str
    passages: int
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
    months: tuple[ticks.Tick, ...]
    """Months or quarters above the years of a chart of a few years; else empty."""
    ticks: tuple[ticks.Tick, ...]
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
    filled = [found for found in line.buckets if found.passages]
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
        months=ticks.months(line, query),
        ticks=ticks.years(line, query, results),
        rows=tuple(Row(range_words(b.start, b.end), b.passages, url(b.start, b.end)) for b in filled),
        clear_url=search_url(free) if ranged else "",
        base_url=search_url(free),
        counts=" ".join(str(found.passages) for found in line.buckets),
        first=" ".join(first for first, _last in edges),
        last=" ".join(last for _first, last in edges),
        names="|".join(bound_words(first, short=True) for first, _last in edges) if "-" in edges[0][0] else "",
    )


def _to_the_last_year(line: Timeline) -> Timeline:
    """A chart of years without those after the last that holds anything, where its decades are wide enough to see."""
    if line.unit != "year" or len(line.buckets) > ticks.TICK_YEARS[line.unit] * ticks.MOST_TICKS:
        return line
    last = max(place for place, found in enumerate(line.buckets) if found.passages)
    return replace(line, buckets=line.buckets[: last + 1])


# --- What is drawn --------------------------------------------------------------------------------


def _bars(line: Timeline) -> tuple[Bar, ...]:
    lefts, width = _columns(len(line.buckets))
    scale = TALLEST / max(found.passages for found in line.buckets)
    bars = []
    for left, found in zip(lefts, line.buckets, strict=True):
        if found.passages:
            height = max(LOWEST, round(scale * found.passages, 1))
            inside = ticks.overlaps(line.query, found.start, found.end)
            bars.append(Bar(left, width, round(TOP + TALLEST - height, 1), height, inside))
    return tuple(bars)


@lru_cache(maxsize=KEPT_WIDTHS)
def _columns(buckets: int) -> tuple[tuple[float, ...], float]:
    """Where the bar of each bucket begins, and how wide it is, in percent."""
    width = 100 / buckets
    gap = 0.12 * width  # so that neighbours can be told apart
    return tuple(_percent(place * width + gap) for place in range(buckets)), _percent(width - 2 * gap)


def _percent(share: float) -> float:
    return round(share, 3)


def _peak(line: Timeline, filled: list[Bucket]) -> Label:
    highest = max(filled, key=lambda found: found.passages)
    x = _percent((line.buckets.index(highest) + 0.5) * 100 / len(line.buckets))
    return Label(x, number(highest.passages), "start" if x < 3 else "end" if x > 97 else "middle")


def _band(line: Timeline) -> tuple[float, float] | None:
    """The range in use, in percent of the width; None where there is none, or it lies outside of the chart."""
    query = line.query
    if not (query.date_from or query.date_to) or not ticks.overlaps(query, line.buckets[0].start, line.buckets[-1].end):
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


# --- Words ----------------------------------------------------------------------------------------


def _caption(line: Timeline) -> str:
    parts = [_(_CAPTIONS[asks(line.query)][line.unit])]
    if sum(found.passages for found in line.buckets) > line.passages - line.undated - line.outside:
        parts.append(_("passages of several dates count at each"))
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
    highest = max(filled, key=lambda found: found.passages)
    dated = counted(line.passages - line.undated - line.outside, "passage")
    span = range_words(filled[0].start, filled[-1].end)
    limits = range_words(line.query.date_from, line.query.date_to)
    parts = {"passages": dated, "span": span, "most": range_words(highest.start, highest.end)}
    said = [_("%(passages)s dated %(span)s; most in %(most)s (%(count)s).", count=number(highest.passages), **parts)]
    if limits:
        said.append(_("Selected: %(range)s.", range=limits))
    return " ".join([*said, _("The table lists the counts.")])
