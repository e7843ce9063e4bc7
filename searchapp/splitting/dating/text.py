"""Dates as a text writes them: where they stand, and what they say with and without a year.

A text is cut into the only tokens a date can be made of, numbers and names of months. Readers look at the tokens and at
the few characters between them; ranges and lists are joined afterwards. Text without such tokens costs one scan.
The rules: a bare number is a year only where language marks it as one, `May` alone a month only after a preposition;
part of a decade, a time, a count, a designation or a proper name (`the October War`) is no date at all; nor is a day
that the calendar lacks. What may be one of several days is none, but it is known where it stands. An event's name that
begins with a year (`the 2022 invasion`) states that year.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from searchapp.model import Range
from searchapp.splitting.dating.between import AND, BETWEEN, COMMA, NIGHT, RANGE, SLASH
from searchapp.splitting.dating.days import LAST, Stated
from searchapp.splitting.dating.readers import read
from searchapp.splitting.dating.scan import Scan
from searchapp.splitting.dating.years import tells_times

__all__ = ["Stated", "TypedDate", "find_dates", "parse_typed", "tells_times", "unread"]


_FIGURES = re.compile(r"\d(?:\d|[./]\d)")
"""What none of them is without."""


@dataclass(frozen=True, slots=True)
class TypedDate:
    """A date in a query; `start` and `end` are its first and last day."""

    start: date
    end: date
    span: Range
    full: bool = True
    """Whether its year was typed; else it is a day in one of several years."""


def find_dates(text: str, *, timed: bool = False) -> tuple[Stated, ...]:
    """Every date that a text states, in order, not overlapping; never raises. A partial date exists in some year.

    With `timed` (see tells_times), a bare number that may be hours and minutes is no year.
    """
    return tuple(when for when in _join(text, read(Scan(text, timed=timed))) if when.days())


def unread(text: str) -> tuple[Range, ...]:
    """Where a date stands that is given no day, as it may be one of several, in order: 04/03/2016, 4 Mar 16."""
    if not _FIGURES.search(text):
        return ()
    scan = Scan(text)
    read(scan)
    return tuple(sorted(scan.unread))


def parse_typed(text: str, years: Sequence[int] = ()) -> tuple[TypedDate, ...]:
    """Dates with a year in what someone typed: any case, and a bare year needs no words around it. A day and month
    without a year (`1 October`) is that day in each of `years`."""
    found = []
    for when in _join(text, read(Scan(text, typed=True))):
        is_day = when.first == when.last
        in_years = [when.days()] if when.full else [when.days(year) for year in years if is_day]
        found += [TypedDate(*days, (when.start, when.end), full=when.full) for days in in_years if days]
    return tuple(found)


# --- Ranges and lists -----------------------------------------------------------------------------


def _join(text: str, found: Iterable[Stated]) -> list[Stated]:
    """Ranges become one date; in a list, a date without a year takes it from the next one."""
    joined: list[Stated] = []
    ranged = False
    for when in reversed(list(found)):
        following = joined[-1] if joined else None
        if following is None or following.start - when.end > 32:
            joined.append(when)
            ranged = False
            continue
        whole = None if ranged else _range(text, when, following)
        ranged = whole is not None
        if whole is not None:
            joined[-1] = whole
        else:
            joined.append(_listed(text, when, following))
    return joined[::-1]


def _range(text: str, first: Stated, second: Stated) -> Stated | None:
    gap = _gap(text, first, second)
    between = AND.fullmatch(text, *gap) and BETWEEN.search(text, max(0, first.start - 16), first.start)
    slashed = _are_months(first, second) and SLASH.fullmatch(text, *gap)  # March/April 2015
    if not (between or slashed or RANGE.fullmatch(text, *gap)):
        return None
    opening = _with_year_of(first, second)
    closing = second
    if first.full and not second.full:
        year = first.last.year or 0
        later = (second.first.month, second.first.day) < (first.last.month, first.last.day)
        closing = second.of(year + later)
    whole = Stated(first.start, second.end, opening.first, closing.last)
    return whole if whole.days() else None


def _listed(text: str, when: Stated, following: Stated) -> Stated:
    gap = _gap(text, when, following)
    alike = _are_months(when, following) or LAST not in (when.last.day, following.last.day)
    if AND.fullmatch(text, *gap) or NIGHT.fullmatch(text, *gap) or (alike and COMMA.fullmatch(text, *gap)):
        return _with_year_of(when, following)
    return when


def _are_months(one: Stated, other: Stated) -> bool:
    return one.last.day == other.last.day == LAST


def _gap(text: str, when: Stated, following: Stated) -> Range:
    """What stands between two dates, without the point of an abbreviation: `9 Feb. and 1 Mar. 2016`."""
    abbreviated = text[when.end - 1].isalpha() and text.startswith(".", when.end)
    return when.end + abbreviated, following.start


def _with_year_of(when: Stated, following: Stated) -> Stated:
    """A partial date in the year of the date after it, or in the one before if it would come later."""
    if when.full or following.first.year is None:
        return when
    later = (when.first.month, when.first.day) > (following.first.month, following.first.day)
    return when.of(following.first.year - later)
