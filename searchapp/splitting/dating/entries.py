"""When: every passage of a document gets the dates that there is evidence for, and no other.

Of a section's passage, best first: dates its text states in full; days and months it states, completed with a year;
else the span of the innermost heading that has one. A news item has its own date, then what its text states.

A date without a year is completed by the first of these that gives exactly one:
1. the innermost dated heading, when the date falls into its span in one year only; under one of a year or more, none
   if what comes before it in the passage would give another;
2. a full date in the same passage: the nearest day or month before it, else after it, else the nearest year before it;
3. the same heading, when the date falls into its span in no year;
4. the publication date, where it stands in the file's name or no text or heading states any date, unless the corpus
   rules that out (`auto`);
5. the nearest earlier passage that states a date;
6. a year later in the same passage.
From 2 on, the year is the one that brings both dates closest together (inside the heading's span if it can be there),
seldom an earlier one; but under the heading of a single day, in a news item and in a file dated by its name no date
lies more than a month after that day, unless its sentence says that it is ahead (see completing). A year that
only gives a background (`for the first time since 2012`) completes nothing.
Nothing to go by: no date. Words that only relate to another date (`the following day`) are never resolved. A passage
with a date that is not read (04/03/2016) takes none from elsewhere that it cannot be.

A heading dates its section when it is only a date (`March 2016 – mid-October 2016`, `News, 25 November 2015`), or when
a date of at most a year is set apart at its start or end (`11 November: ...`, `... (May 2016)`); a heading that merely
mentions one (`Russian invasion of 2014: background`) dates nothing but itself. A document's title counts as its
outermost heading; a file's name that stands in for a title is none. `Since October 2020` and `July 2015 – present` run
to the latest date that the section itself states. A list item that is only a date is a heading for what stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType

from searchapp.model import ORIGINS, Entry, EventDate, Origin, Passage
from searchapp.settings import DatesMean
from searchapp.splitting.dating.completing import NEAR, Days, around, closest, context, is_of_a_life, nearest, within
from searchapp.splitting.dating.headings import DatedItems, heading_date, is_open, says_days, span_of
from searchapp.splitting.dating.text import Stated, find_dates, tells_times, unread
from searchapp.splitting.dating.tokens import month_in
from searchapp.splitting.dating.weekdays import contradicted
from searchapp.splitting.sections import TOP

_EIGHT = re.compile(r"^(\d{4})(\d\d)(\d\d)$")
_YEAR_LONG = 364
"""Days."""
NO_ITEMS: Mapping[int, int] = MappingProxyType({})


def date_entries(
    entries: Sequence[Entry],
    *,
    published: date | None,
    dated_name: bool,
    mean: DatesMean,
    titled: bool = True,
    items: Mapping[int, int] = NO_ITEMS,
) -> tuple[Entry, ...]:
    """The entries of one document, all of them and in order, with the dates of every passage and entry.

    `published` is the document's publication date, `dated_name` whether it stands in the file's name, `titled` whether
    the document has a title besides that name: the name is no heading. `items` are the first and last lines of list
    items. Under mean='published' the publication date
    alone dates every passage of a section, and a news item keeps only its own date.
    """
    if mean == "published":
        return tuple(_published_only(entry, published) for entry in entries)
    fallback = published if mean == "auto" else None

    def dating(completing: date | None) -> list[Entry]:
        return _Dating(entries, completing, titled, items, fallback).entries()

    dated = dating(fallback if dated_name else None)
    nothing_else = not any(passage.dates for entry in dated for passage in entry.passages)
    if fallback and nothing_else and not dated_name:
        dated = dating(fallback)
    if fallback and (nothing_else or dated_name):
        when = EventDate(fallback, fallback, "published")
        dated = [_filled(entry, when) for entry in dated]
    return tuple(replace(entry, date=entry.date or _enclosing(entry)) for entry in dated)


def _published_only(entry: Entry, published: date | None) -> Entry:
    when = entry.date if entry.kind == "news" else None
    if when is None and published:
        when = EventDate(published, published, "published")
    dates = (when,) if when else ()
    return replace(entry, date=when, passages=tuple(replace(passage, dates=dates) for passage in entry.passages))


def _filled(entry: Entry, when: EventDate) -> Entry:
    return replace(
        entry, passages=tuple(_dated(passage, passage.dates or _taken(when, passage)) for passage in entry.passages)
    )


def _taken(when: EventDate | None, passage: Passage) -> tuple[EventDate, ...]:
    """The date that a passage without one of its own has from elsewhere; none if it has one that is not read, which may
    be no day of that."""
    if when is None or not all(_may_be_in(when, passage.text[slice(*where)]) for where in unread(passage.text)):
        return ()
    return (when,)


def _may_be_in(when: EventDate, figures: str) -> bool:
    """Whether a date that is not read (04/03/2016, 20160304, 4 Mar 16) may be a day of another."""
    if (when.end - when.start).days > _YEAR_LONG + 1:
        return True
    numbers = sorted(int(number) for number in re.findall(r"\d+", _EIGHT.sub(r"\1 \2 \3", figures)))
    days = [when.start + timedelta(days=n) for n in range((when.end - when.start).days + 1)]
    if month := month_in(figures):  # the last number may be a year, or count something
        return any(day.month == month and (day.day in numbers or len(numbers) == 1) for day in days)
    return any(numbers in (sorted((day.day, day.month, y)) for y in (day.year, day.year % 100)) for day in days)


def _enclosing(entry: Entry) -> EventDate | None:
    """The span of all dates of an entry's passages, with the best of their origins."""
    dates = [when for passage in entry.body for when in passage.dates]
    if not dates:
        return None
    origin = min((when.origin for when in dates), key=ORIGINS.index)
    return EventDate(min(when.start for when in dates), max(when.end for when in dates), origin, rough=len(dates) > 1)


# --- A document -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Dating:
    """The dating of one document, passage by passage, with what has been learned on the way."""

    source: Sequence[Entry]
    published: date | None
    """Completes dates and fills gaps; None where it may not."""
    titled: bool
    items: Mapping[int, int]
    told: date | None
    """When the document was published, where that may count."""
    earlier: Days | None = None
    """The nearest date before the passage at hand."""
    exact: set[Days] = field(default_factory=set)
    """Of the spans of headings, those of which one says the days."""
    headings: dict[tuple[str, ...], Days | None] = field(default_factory=dict)
    """Their dates, by the whole path of headings from the document's own title on."""

    def entries(self) -> list[Entry]:
        return [self._news(entry, own) if (own := _item_date(entry)) else self._section(entry) for entry in self.source]

    def _news(self, entry: Entry, own: EventDate) -> Entry:
        passages = []
        for passage in entry.passages:
            completed = _completed_by(passage.text, (own.start, own.end))
            stated = [_event(when, days, passage.text) for when, days in completed]
            passages.append(_dated(passage, _once([own, *_in_order(stated)])))
        return replace(entry, passages=tuple(passages))

    def _section(self, entry: Entry) -> Entry:
        path = self._path(entry)
        heading = self._innermost(path)
        own = self.headings.get(path)
        items = DatedItems(self.items)
        passages = []
        times = tells_times(passage.text for passage in entry.passages)
        for passage in entry.passages:
            above = items.around(passage) or heading
            told = passage.kind == "title" and (own is not None or not path)
            stated = () if told else self._stated(passage, above, times)
            passages.append(_dated(passage, stated or _taken(self._of_heading(above), passage)))
            items.open(passage, stated)
            self.exact |= {(when.start, when.end) for when in stated if passage.marker and not when.rough}
            self._remember(stated, passage.text)
        return replace(entry, passages=tuple(passages), date=self._of_heading(own))

    def _of_heading(self, days: Days | None) -> EventDate | None:
        return EventDate(*days, "heading", rough=days not in self.exact) if days else None

    def _remember(self, stated: Iterable[EventDate], text: str) -> None:
        """The last date in the order of the text; one of a day or a month if there is any."""
        dates = [when for when in stated if not (when.span and is_of_a_life(when.span[0], text))]
        if dates:
            exact = [when for when in dates if when.precision in ("day", "month")]
            last = max(exact or dates, key=lambda when: when.span or (0, 0))
            self.earlier = (last.start, last.end)

    def _stated(self, passage: Passage, heading: Days | None, times: bool) -> tuple[EventDate, ...]:
        found = find_dates(passage.text, timed=times and _day(heading) is not None)
        events = []
        for at, when in enumerate(found):
            days = when.days() if when.full else self._complete(when, heading, passage.text, _beside(found, at))
            if days and (when.full or not contradicted(when, days, passage.text)):
                events.append(_event(when, days, passage.text))
        return _once(_in_order(events))

    def _complete(self, when: Stated, heading: Days | None, text: str, beside: Sequence[Stated]) -> Days | None:
        """The date with its year; `beside` are the dates around it in the text that states it."""
        inside = list(within(when, heading)) if heading else []
        if heading and len(inside) == 1:
            before, _ = context(when, text, [other for other in beside if other.start < when.start])
            return (
                inside[0] if not before or _agree(inside[0], heading, closest(around(when, before), before)) else None
            )
        near, later = context(when, text, beside)
        outside = heading if not inside else None
        published = (self.published, self.published) if self.published else None
        given = next(filter(None, (near, outside, published, self.earlier, later)), None)
        if given is None:
            return None
        if inside:
            return closest(inside, given)
        return nearest(when, given, _day(heading or published), text, beside, self.told)

    # Headings

    def _path(self, entry: Entry) -> tuple[str, ...]:
        """Titles from the document's own down to the entry's; empty for the start of a document without one."""
        if not self.titled:
            return () if entry.anchor == TOP else (*entry.heading_path, entry.title)
        path = (entry.document.title, *entry.heading_path)
        return path if path == (entry.title,) else (*path, entry.title)

    def _innermost(self, path: tuple[str, ...]) -> Days | None:
        """The innermost dated heading of a path; each is read once, with what comes before it."""
        found: Days | None = None
        for depth in range(1, len(path) + 1):
            part = path[:depth]
            if part not in self.headings:
                self.headings[part] = self._read(part, found)
            found = self.headings[part] or found
        return found

    def _read(self, path: tuple[str, ...], outer: Days | None) -> Days | None:
        title = path[-1]
        when = heading_date(title, timed=_day(outer) is not None and tells_times([title]))
        if when is None:
            return None
        days = when.days() if when.full else self._complete(when, outer, title, ())
        days = span_of(title, when, days) if days else None
        if days is None:
            return None
        if says_days(title, days):
            self.exact.add(days)
        if is_open(title, when):
            latest = max((end for end in self._stated_ends(path) if end >= days[0]), default=days[1])
            days = (days[0], max(days[1], latest))
        return days

    def _stated_ends(self, path: tuple[str, ...]) -> Iterator[date]:
        """The last days of all full dates in the text under a heading."""
        for entry in self.source:
            if not _item_date(entry) and self._path(entry)[: len(path)] == path:
                for passage in entry.passages:
                    if passage.kind != "title":
                        yield from (days[1] for when in find_dates(passage.text) if when.full and (days := when.days()))


def _dated(passage: Passage, dates: tuple[EventDate, ...]) -> Passage:
    """The passage with its dates. dataclasses.replace takes three times as long, and most passages have none."""
    if dates == passage.dates:
        return passage
    named = passage.mentions, passage.actors, passage.places
    form = passage.depth, passage.marker
    return Passage(passage.kind, passage.text, passage.lines, passage.spans, dates, *named, *form)


def _item_date(entry: Entry) -> EventDate | None:
    return entry.date if entry.kind == "news" else None


# --- Years for dates without one --------------------------------------------------------------------


def _event(when: Stated, days: Days, text: str) -> EventDate:
    origin: Origin = "stated" if when.full else "completed"
    return EventDate(*days, origin, (when.start, when.end), not says_days(text[when.start : when.end], days))


def _completed_by(text: str, own: Days) -> Iterator[tuple[Stated, Days]]:
    found = find_dates(text)
    for at, when in enumerate(found):
        days = when.days() if when.full else nearest(when, own, _day(own), text, _beside(found, at))
        if days and (when.full or not contradicted(when, days, text)):
            yield when, days


def _beside(found: Sequence[Stated], at: int) -> Sequence[Stated]:
    return found[max(0, at - NEAR) : at + NEAR + 1]


def _agree(inside: Days, heading: Days, other: Days | None) -> bool:
    """Whether a date may be the one inside a heading's span, where the text goes by another that would make it `other`:
    a heading of a year has every day, which says little."""
    return inside == other or (heading[1] - heading[0]).days < _YEAR_LONG


def _day(span: Days | None) -> date | None:
    """The day that a span is; None for a longer one."""
    return span[0] if span and span[0] == span[1] else None


def _in_order(dates: Iterable[EventDate]) -> list[EventDate]:
    """Best evidence first, then in the order of the text."""
    return sorted(dates, key=lambda when: ORIGINS.index(when.origin))


def _once(dates: Iterable[EventDate]) -> tuple[EventDate, ...]:
    """Each span of days once, the first with its origin."""
    kept: dict[Days, EventDate] = {}
    for when in dates:
        kept.setdefault((when.start, when.end), when)
    return tuple(kept.values())
