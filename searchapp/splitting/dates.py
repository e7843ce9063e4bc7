"""When: every passage of a document gets the dates that there is evidence for, and no other.

Of a section's passage, best first: dates its text states in full; days and months it states, completed with a year;
else the span of the innermost heading that has one. A news item has its own date, then what its text states.

A date without a year is completed by the first of these that gives exactly one:
1. the innermost dated heading, when the date falls into its span in one year only;
2. a full date in the same passage: the nearest day or month before it, else after it, else the nearest year before it;
3. the same heading, when the date falls into its span in no year;
4. the publication date, only where it stands in the file's name and the corpus does not rule that out (`auto`);
5. the nearest earlier passage that states a date;
6. a year later in the same passage.
From 2 on, the year is the one that brings both dates closest together (inside the heading's span if it can be there),
the earlier year if two do. A year that only gives a background (`for the first time since 2012`) completes nothing.
Nothing to go by: no date. Words that only relate to another date (`the following day`) are never resolved.

A heading dates its section when it is only a date (`March 2016 – mid-October 2016`, `News, 25 November 2015`), or when
a date of at most a year is set apart at its start or end (`11 November: ...`, `... (May 2016)`); a heading that merely
mentions one (`Russian invasion of 2014: background`) dates nothing but itself. A document's title counts as its
outermost heading. `Since October 2020` and `July 2015 – present` run to the latest date that the section itself states.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from searchapp.model import ORIGINS, Entry, EventDate, Passage
from searchapp.settings import DatesMean
from searchapp.splitting.date_text import Stated, find_dates

Days = tuple[date, date]
"""First and last day of a span."""


def date_entries(
    entries: Sequence[Entry], *, published: date | None, dated_name: bool, mean: DatesMean
) -> tuple[Entry, ...]:
    """The entries of one document, all of them and in order, with the dates of every passage and entry.

    `published` is the document's publication date, `dated_name` whether it stands in the file's name. Under
    mean='published' it alone dates every passage of a section, and a news item keeps only its own date.
    """
    if mean == "published":
        return tuple(_published_only(entry, published) for entry in entries)
    fallback = published if mean == "auto" and dated_name else None
    dated = _Dating(entries, fallback).entries()
    if mean == "auto" and published and (dated_name or not any(p.dates for entry in dated for p in entry.passages)):
        when = EventDate(published, published, "published")
        dated = [_filled(entry, when) for entry in dated]
    return tuple(replace(entry, date=entry.date or _enclosing(entry)) for entry in dated)


def _published_only(entry: Entry, published: date | None) -> Entry:
    when = entry.date if entry.kind == "news" else None
    if when is None and published:
        when = EventDate(published, published, "published")
    dates = (when,) if when else ()
    return replace(entry, date=when, passages=tuple(replace(passage, dates=dates) for passage in entry.passages))


def _filled(entry: Entry, when: EventDate) -> Entry:
    passages = tuple(passage if passage.dates else replace(passage, dates=(when,)) for passage in entry.passages)
    return replace(entry, passages=passages)


def _enclosing(entry: Entry) -> EventDate | None:
    """The span of all dates of an entry's passages, with the best of their origins."""
    dates = [when for passage in entry.body for when in passage.dates]
    if not dates:
        return None
    origin = min((when.origin for when in dates), key=ORIGINS.index)
    return EventDate(min(when.start for when in dates), max(when.end for when in dates), origin)


# --- A document -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Dating:
    """The dating of one document, passage by passage, with what has been learned on the way."""

    source: Sequence[Entry]
    published: date | None
    """Completes dates and fills gaps; None where it may not."""
    earlier: Days | None = None
    """The nearest date before the passage at hand."""
    headings: dict[tuple[str, ...], Days | None] = field(default_factory=dict)
    """Their dates, by the whole path of headings from the document's title on."""

    def entries(self) -> list[Entry]:
        return [self._news(entry) if _is_item(entry) else self._section(entry) for entry in self.source]

    def _news(self, entry: Entry) -> Entry:
        own = entry.date
        if own is None:
            return entry
        passages = []
        for passage in entry.passages:
            stated = [_event(when, days) for when, days in _completed_by(passage.text, (own.start, own.end))]
            passages.append(_dated(passage, _once([own, *_in_order(stated)])))
        return replace(entry, passages=tuple(passages))

    def _section(self, entry: Entry) -> Entry:
        path = _path(entry)
        heading = self._innermost(path)
        own = self.headings.get(path)
        span = EventDate(*heading, "heading") if heading else None
        passages = []
        for passage in entry.passages:
            titled = passage.kind == "title" and own is not None
            stated = () if titled else self._stated(passage, heading)
            passages.append(_dated(passage, stated or ((span,) if span else ())))
            self._remember(stated)
        return replace(entry, passages=tuple(passages), date=EventDate(*own, "heading") if own else None)

    def _remember(self, dates: tuple[EventDate, ...]) -> None:
        """The last date in the order of the text; one of a day or a month if there is any."""
        if dates:
            exact = [when for when in dates if when.precision in ("day", "month")]
            last = max(exact or dates, key=lambda when: when.span or (0, 0))
            self.earlier = (last.start, last.end)

    def _stated(self, passage: Passage, heading: Days | None) -> tuple[EventDate, ...]:
        found = find_dates(passage.text)
        events = []
        for at, when in enumerate(found):
            near = found[max(0, at - _NEAR) : at + _NEAR]
            days = when.days() if when.full else self._complete(when, heading, *_context(when, passage.text, near))
            if days:
                events.append(_event(when, days))
        return _once(_in_order(events))

    def _complete(
        self, when: Stated, heading: Days | None, near: Days | None = None, later: Days | None = None
    ) -> Days | None:
        """The date with its year; `near` is the best full date of the same text, `later` one for want of any other."""
        inside = list(_within(when, heading)) if heading else []
        if len(inside) == 1:
            return inside[0]
        outside = heading if not inside else None
        published = (self.published, self.published) if self.published else None
        given = next(filter(None, (near, outside, published, self.earlier, later)), None)
        return _closest(inside or _around(when, given), given) if given else None

    # Headings

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
        when = _heading_date(title)
        if when is None:
            return None
        days = when.days() if when.full else self._complete(when, outer)
        if days is None:
            return None
        if _OPEN.search(title):
            latest = max((end for end in self._stated_ends(path) if end >= days[0]), default=days[1])
            days = (days[0], max(days[1], latest))
        return days

    def _stated_ends(self, path: tuple[str, ...]) -> Iterator[date]:
        """The last days of all full dates in the text under a heading."""
        for entry in self.source:
            if not _is_item(entry) and _path(entry)[: len(path)] == path:
                for passage in entry.passages:
                    if passage.kind != "title":
                        yield from (days[1] for when in find_dates(passage.text) if when.full and (days := when.days()))


def _dated(passage: Passage, dates: tuple[EventDate, ...]) -> Passage:
    """The passage with its dates. dataclasses.replace takes three times as long, and most passages have none."""
    if dates == passage.dates:
        return passage
    named = passage.mentions, passage.actors, passage.places
    return Passage(passage.kind, passage.text, passage.lines, passage.spans, dates, *named)


def _is_item(entry: Entry) -> bool:
    return entry.kind == "news" and entry.date is not None


def _path(entry: Entry) -> tuple[str, ...]:
    """Titles from the document's own down to the entry's."""
    path = (entry.document.title, *entry.heading_path)
    return path if path == (entry.title,) else (*path, entry.title)


# --- Years for dates without one --------------------------------------------------------------------


def _event(when: Stated, days: Days) -> EventDate:
    return EventDate(*days, "stated" if when.full else "completed", (when.start, when.end))


def _completed_by(text: str, near: Days) -> Iterator[tuple[Stated, Days]]:
    for when in find_dates(text):
        days = when.days() if when.full else _closest(_around(when, near), near)
        if days:
            yield when, days


_BACKGROUND = re.compile(r"\b(?:since|than|as in|like|unlike|compared (?:to|with)|(?:fall|rise) on)\s+$", re.IGNORECASE)
_MONTH_LONG = 31
_NEAR = 20
"""Dates to either side that may complete one; a long table would cost its square otherwise."""


def _context(when: Stated, text: str, found: Iterable[Stated]) -> tuple[Days | None, Days | None]:
    """The full date of the same text that a partial one goes by, and a year after it, for want of any other."""
    exact: list[tuple[bool, int, Days]] = []
    before: list[tuple[bool, int, Days]] = []
    after: list[tuple[bool, int, Days]] = []
    for other in found:
        days = other.days() if other.full else None
        if days is None:
            continue
        item = (other.start > when.start, abs(other.start - when.start), days)
        if (days[1] - days[0]).days <= _MONTH_LONG:
            exact.append(item)
        elif not _BACKGROUND.search(text, max(0, other.start - 16), other.start):
            (after if item[0] else before).append(item)
    near = min(exact, default=None) or min(before, default=None)
    later = min(after, default=None)
    return near[2] if near else None, later[2] if later else None


def _within(when: Stated, span: Days) -> Iterator[Days]:
    """The date in each year in which it touches a span."""
    for year in range(max(1, span[0].year - 1), span[1].year + 1):
        days = when.days(year)
        if days and days[0] <= span[1] and days[1] >= span[0]:
            yield days


def _around(when: Stated, near: Days) -> list[Days]:
    """The date in each year that could bring it closest to a span."""
    years = range(max(1, near[0].year - 1), min(near[1].year + 1, 9998) + 1)
    return [days for year in years if (days := when.days(year))]


def _closest(candidates: Iterable[Days], near: Days) -> Days | None:
    """The candidate closest to a span; the earlier if two are."""
    return min(candidates, key=lambda days: (_apart(days, near), days[0]), default=None)


def _apart(one: Days, other: Days) -> int:
    """Days between two spans; 0 when they touch."""
    return max(0, (one[0] - other[1]).days, (other[0] - one[1]).days)


def _in_order(dates: Iterable[EventDate]) -> list[EventDate]:
    """Best evidence first, then in the order of the text."""
    return sorted(dates, key=lambda when: ORIGINS.index(when.origin))


def _once(dates: Iterable[EventDate]) -> tuple[EventDate, ...]:
    """Each span of days once, the first with its origin."""
    kept: dict[Days, EventDate] = {}
    for when in dates:
        kept.setdefault((when.start, when.end), when)
    return tuple(kept.values())


# --- What a heading says ------------------------------------------------------------------------------

_OPEN = re.compile(r"^\W*since\b|\b(?:present|now|today|ongoing|current)\W*$", re.IGNORECASE)
_GENERIC = re.compile(
    r"\b(?:since|from|to|until|till|and|the|of|in|on|by|for|as|present|now|today|ongoing|current|week|month|year|day|part|"
    r"news|events?|timeline|chronology|updates?|daily|weekly|monthly|report|situation|situation report|sitrep|bulletin|"
    r"briefing|summary|log|diary|archive|"
    r"mon(?:day)?|tue(?:s|sday)?|wed(?:nesday)?|thu(?:rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b|[\W\d_]",
    re.IGNORECASE,
)
_AFTER_START = re.compile(r"\s*[:–—]\s|\s-\s|\s*,\s")
_BEFORE_END = re.compile(r"(?:[:–—(\[]|\s-|,)\s*(?:since\s+|from\s+)?$", re.IGNORECASE)
_LONGEST_SET_APART = 366
"""Days. A longer span in a title is that of its subject, not of what each passage tells."""


def _heading_date(title: str) -> Stated | None:
    """The date a heading gives to its section, several as the span around them; None when it only mentions them."""
    found = find_dates(title)
    if not found:
        return None
    rest = title
    for when in reversed(found):
        rest = rest[: when.start] + " " + rest[when.end :]
    if not _GENERIC.sub("", rest):
        return _whole(found)
    first, last = found[0], found[-1]
    if not title[: first.start].strip() and _AFTER_START.match(title, first.end):
        return first if _is_short(first) else None
    if not title[last.end :].strip(" )].") and _BEFORE_END.search(title[: last.start]):
        return last if _is_short(last) else None
    return None


def _is_short(when: Stated) -> bool:
    days = when.days()
    return days is not None and (days[1] - days[0]).days < _LONGEST_SET_APART


def _whole(found: Sequence[Stated]) -> Stated | None:
    """The span around several dates of one heading; the first alone when not all say their year."""
    if len(found) == 1 or not all(when.full for when in found):
        return found[0]
    whole = Stated(found[0].start, found[-1].end, found[0].first, found[-1].last)
    return whole if whole.days() else found[0]
