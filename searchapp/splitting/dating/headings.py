"""What a heading, or a list item that stands for one, says of when its section happened."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from searchapp.model import EventDate, Passage
from searchapp.splitting.dating.between import RANGE
from searchapp.splitting.dating.completing import Days
from searchapp.splitting.dating.text import Stated, find_dates
from searchapp.splitting.dating.weekdays import WEEKDAY

_OPEN = re.compile(r"^\W*since\b|\b(?:present|now|today|ongoing|current)\W*$", re.IGNORECASE)
_FROM = re.compile(r"^\W*from\s+$", re.IGNORECASE)
_BOUND = re.compile(
    r"^\W*(?:(?:month|quarter|year|period)\s+(?:to|ending|ended|until)|until|till|by|to|bis|jusqu'au|hasta|до)\s+(?:the\s+)?$",
    re.IGNORECASE,
)
_WEEK = re.compile(
    r"(?:\bweek\s+(?:(?P<to>to|ending|ended|until)|of|from|commencing|beginning|starting)|\bwoche\s+(?:vom|ab)|"
    r"\bsemaine\s+du|\bsemana\s+del|\bнеделя\s+с|\bтиждень\s+з)\s+(?:\w+day,?\s+)?(?:the\s+)?$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_SIX_DAYS = timedelta(days=6)
_LAST_YEAR = re.compile(r"(?<![\w-])(?:19|20)\d\d(?=\W*$)")
_GENERIC = re.compile(
    r"\b(?:since|from|to|until|till|and|the|of|in|on|by|for|as|present|now|today|ongoing|current|week|month|year|day|part|"
    r"news|events?|timeline|chronology|updates?|daily|weekly|monthly|report|situation|situation report|sitrep|bulletin|"
    r"briefing|summary|log|diary|archive|incidents?|patrol|chronicle|chronik|chronologie|cronología|хроника|хроніка|"
    rf"digest)\b|{WEEKDAY}|[\W\d_]",
    re.IGNORECASE,
)
_AFTER_START = re.compile(rf"(?:\s*[,(]\s*{WEEKDAY}\)?)?(?:\s*[:–—]\s|\s-\s|\s*,\s)", re.IGNORECASE)
_BEFORE_END = re.compile(
    rf"(?:[:–—(\[]|\s-|,)\s*(?:(?:since|from|as\s+of|as\s+at|dated|stand)\s+)?(?:(?:the|le|der|den|el)\s+)?(?:{WEEKDAY},?\s+)?$",
    re.IGNORECASE,
)
_ONLY_WEEKDAY = re.compile(rf"\W*(?:{WEEKDAY}\W*(?:(?:the|le|der|den|el)\s+)?)?", re.IGNORECASE)
_REMARK = re.compile(
    r"\s*[(\[](?:to date|so far|continued|cont\.?|cont['’]d|ctd\.?|updated?|fortsetzung|suite|D[+-]\d+|part \w+)"
    r"[)\]]\W*$",
    re.IGNORECASE,
)
"""At the end of a heading, about the report and not about what it tells."""
_LONGEST_SET_APART = 366
"""Days. A longer span in a title is that of its subject, not of what each passage tells."""


def heading_date(title: str, *, timed: bool) -> Stated | None:
    """The date a heading gives to its section, several as the span around them; None when it only mentions them."""
    title = _REMARK.sub("", title)
    found = find_dates(title, timed=timed) or _year_of_report(title)
    if not found:
        return None
    if _is_only(title, found):
        return _whole(found)
    first, last = found[0], found[-1]
    if _ONLY_WEEKDAY.fullmatch(title, 0, first.start) and _AFTER_START.match(title, first.end):
        return first if _is_short(first) else None
    if not title[last.end :].strip(" )].") and _BEFORE_END.search(title[: last.start]):
        return last if _is_short(last) else None
    return None


def _year_of_report(title: str) -> Sequence[Stated]:
    """The year that ends a title of nothing besides but what reports are called: `Timeline 2015`."""
    year = _LAST_YEAR.search(title)
    if year is None or _GENERIC.sub("", title[: year.start()]):
        return ()
    at = year.start()
    return [replace(one, start=one.start + at, end=one.end + at) for one in find_dates(year[0])]


def span_of(text: str, when: Stated, days: Days) -> Days | None:
    """What a heading or an item that is only a date is about, by the words before it; None if that is only a bound."""
    before = text[: when.start]
    if _BOUND.search(before):
        return None
    if days[0] == days[1] and (week := _WEEK.search(before)):
        return (days[0] - _SIX_DAYS, days[0]) if week["to"] else (days[0], days[0] + _SIX_DAYS)
    return days


def says_days(text: str, days: Days) -> bool:
    """Whether a text says the days that a span begins and ends with, or that it is of one day or whole months: not so
    `mid-October`, which is the days from 11 to 20."""
    said = {int(number) for number in _NUMBER.findall(text)}
    whole = days[0].day == 1 and (days[1] + timedelta(days=1)).day == 1 if days[1] < date.max else days[0].day == 1
    return days[0] == days[1] or whole or {days[0].day, days[1].day} <= said


def dates_items(marker: str, text: str) -> bool:
    """Whether a list item with this marker and text is only a date, and dates what stands in it.

    One that is open at an end (`Since October 2020`) does not, nor one with a figure beside its date.
    """
    if not marker or _OPEN.search(text):
        return False
    found = find_dates(text)
    return bool(found) and _is_only(text, found) and not any(c.isdigit() for c in _without(text, found))


class DatedItems:
    """The list items that are open and only a date: headings, though they are written as items."""

    def __init__(self, ends: Mapping[int, int]) -> None:
        self._ends = ends
        self._open: list[tuple[int, Days]] = []

    def around(self, passage: Passage) -> Days | None:
        """The date of the innermost one that the next passage of a section stands in."""
        while self._open and self._open[-1][0] < passage.lines[0]:
            self._open.pop()
        # A paragraph that Markdown joins to an item, though it was written after the list, stands in none.
        return self._open[-1][1] if self._open and passage.kind != "paragraph" else None

    def open(self, passage: Passage, stated: Sequence[EventDate]) -> None:
        """Take in that passage, with the dates that it states."""
        if stated and dates_items(passage.marker, passage.text):
            found = find_dates(passage.text)
            days = min(when.start for when in stated), max(when.end for when in stated)
            whole = span_of(passage.text, found[0], days) if len(found) == 1 else days
            if whole:
                self._open.append((self._ends.get(passage.lines[0], 0), whole))


def is_open(title: str, when: Stated) -> bool:
    """Whether a heading goes on from its date, to no date that it says."""
    if _OPEN.search(title):
        return True
    return bool(_FROM.search(title[: when.start])) and not RANGE.search(title, when.start, when.end)


def _is_only(text: str, found: Sequence[Stated]) -> bool:
    """Whether a text says no more than the dates found in it and what reports are called."""
    return not _GENERIC.sub("", _without(text, found))


def _without(text: str, found: Sequence[Stated]) -> str:
    for when in reversed(found):
        text = text[: when.start] + " " + text[when.end :]
    return text


def _is_short(when: Stated) -> bool:
    days = when.days()
    return days is not None and (days[1] - days[0]).days < _LONGEST_SET_APART


def _whole(found: Sequence[Stated]) -> Stated | None:
    """The span around several dates of one heading; the first alone when not all say their year."""
    if len(found) == 1 or not all(when.full for when in found):
        return found[0]
    whole = Stated(found[0].start, found[-1].end, found[0].first, found[-1].last)
    return whole if whole.days() else found[0]
