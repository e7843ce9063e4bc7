"""Dates in words: spans, ranges and moments. Pure but for the reader's language."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final

from searchapp.model import UNDATED, EventDate, Query
from searchapp.web.languages import gettext as _
from searchapp.web.languages import month, tongue

NBSP: Final = "\u00a0"
KEPT: Final = 4096
"""Dates whose words are kept: a timeline has a hundred, the same ones for each search."""


def date_words(when: EventDate) -> str:
    """A span of days as exactly as it is written: '4 Sep 2015', '21–29 Feb 2016' or 'late Feb 2016', '2011 – 2013'."""
    return _date_words(when.start, when.end, when.rough, tongue().code)


@lru_cache(maxsize=KEPT)
def _date_words(start: date, end: date, rough: bool, _code: str) -> str:
    if start == end:
        return _of_year(_day(start), start)
    if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
        return _year(start) if start.year == end.year else _span(_year(start), _year(end))
    if (start.year, start.month) == (end.year, end.month):
        return _of_year(_within_month(start, end, rough), start)
    if (start.day, end.day) == (1, _days(end)):
        first, last = _month(start), _month(end)
    else:
        first, last = _edge(start, rough, opens=True), _edge(end, rough, opens=False)
    return _span(first if start.year == end.year else _of_year(first, start), _of_year(last, end))


def date_machine(when: EventDate) -> str:
    """For `<time datetime>`: '2015-09-04', '2016-02', '2016'; empty for what that cannot say."""
    form = {"day": 10, "month": 7, "year": 4}.get(when.precision)
    if form is None and (when.start.year, when.start.month) == (when.end.year, when.end.month):
        form = 7
    return when.start.isoformat()[:form] if form else ""


def bound(day: date | None, *, last: bool) -> str:
    """A limit of a range as shortly as it can be typed: '2016', '2016-02' or '2016-02-14'."""
    if day is None:
        return ""
    edge = _days(day) if last else 1
    if day.day != edge:
        return day.isoformat()
    return day.isoformat()[: 4 if day.month == (12 if last else 1) else 7]


@lru_cache(maxsize=KEPT)
def bounds(first: date | None, last: date | None) -> tuple[str, str]:
    """Both limits of a range, each as finely as the finer one: January to March 2018, not 2018 to March 2018."""
    left, right = bound(first, last=False), bound(last, last=True)
    if first and last:
        finer = max(len(left), len(right))
        left, right = first.isoformat()[:finer], last.isoformat()[:finer]
    return left, right


def range_words(first: date | None, last: date | None, *, short: bool = False) -> str:
    """'January 2016 to October 2019', '2016 or later', 'May 2016 or earlier'; 'Jan 2016 – Oct 2019' if `short`."""
    return _range_words(first, last, short, tongue().code)


@lru_cache(maxsize=KEPT)
def _range_words(first: date | None, last: date | None, short: bool, _code: str) -> str:
    left, right = bounds(first, last)
    words = [bound_words(text, short=short) for text in (left, right) if text]
    if left and right:
        if left == right:
            return words[0]
        return _span(*words) if short else _("%(first)s to %(last)s", first=words[0], last=words[1])
    if not words:
        return ""
    return _("%(date)s or later", date=words[0]) if left else _("%(date)s or earlier", date=words[0])


def shown_date(dates: Sequence[EventDate], query: Query) -> EventDate | None:
    """Of a passage's dates the one that the filters ask for, else the one with the best evidence."""
    years = set(query.values("year")) - {UNDATED}

    def asked(when: EventDate) -> bool:
        in_range = (query.date_from is None or when.end >= query.date_from) and (
            query.date_to is None or when.start <= query.date_to
        )
        return in_range and (not years or not years.isdisjoint(when.years))

    return next((when for when in dates if asked(when)), dates[0] if dates else None)


def moment(iso: str) -> str:
    """An ISO 8601 moment as a day in words: '20 November 2026'; what is no such moment stays as it is."""
    try:
        day = date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    return _of_year(_("%(day)s %(month)s", day=day.day, month=month(day.month)), day, digits=1)


def clock(iso: str) -> str:
    """The same with its time: '20 November 2026 at 07:41 UTC'."""
    day = moment(iso)
    return day if day == iso else _("%(day)s at %(time)s UTC", day=day, time=iso[11:16])


def _within_month(start: date, end: date, rough: bool) -> str:
    """'Feb', '4–9 Feb' or 'late Feb'."""
    if (start.day, end.day) == (1, _days(end)):
        return _month(start)
    third = _third(start, opens=True) if rough else ""
    if third and third == _third(end, opens=False):
        return third
    months = month(start.month, "abbreviated")
    return _("%(first)s–%(last)s %(month)s", first=start.day, last=end.day, month=months)


def _edge(day: date, rough: bool, *, opens: bool) -> str:
    """The first or last day of a span; of a rough one, the third of a month, or month, that it opens or closes."""
    if rough and day.day == (1 if opens else _days(day)):
        return _month(day)
    return (_third(day, opens=opens) if rough else "") or _day(day)


def _third(day: date, *, opens: bool) -> str:
    """'early Feb', 'mid Feb' or 'late Feb' for a day that opens or closes a third of its month; empty for any other."""
    edges = (1, 11, 21) if opens else (10, 20, _days(day))
    name = _month(day)
    if day.day == edges[0]:
        return _("early %(month)s", month=name)
    if day.day == edges[1]:
        return _("mid %(month)s", month=name)
    return _("late %(month)s", month=name) if day.day == edges[2] else ""


def _days(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _month(day: date) -> str:
    return month(day.month, "abbreviated", alone=True)


def _year(day: date) -> str:
    return f"{day.year:04d}"


def _day(day: date) -> str:
    return _("%(day)s %(month)s", day=day.day, month=month(day.month, "abbreviated"))


def _of_year(part: str, day: date, digits: int = 4) -> str:
    return _("%(day)s %(year)s", day=part, year=f"{day.year:0{digits}d}")


def _span(first: str, last: str) -> str:
    return _("%(first)s – %(last)s", first=first, last=last)


def bound_words(text: str, *, short: bool = False) -> str:
    """A limit as `bound` has it in words: '2016-02' -> 'February 2016', or 'Feb 2016' if `short`."""
    return _bound_words(text, short, tongue().code)


@lru_cache(maxsize=KEPT)
def _bound_words(text: str, short: bool, _code: str) -> str:
    year, *rest = text.split("-")
    if not rest:
        return year
    name = month(int(rest[0]), "abbreviated" if short else "wide", alone=len(rest) == 1)
    day = _("%(day)s %(month)s", day=int(rest[1]), month=name) if len(rest) == 2 else name
    return _("%(day)s %(year)s", day=day, year=year).replace(" ", NBSP)
