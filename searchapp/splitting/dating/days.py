"""Days as texts state them, with or without a year."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date

LAST = 99
"""Day that stands for a month's last."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar, perhaps without its year."""

    year: int | None
    month: int
    day: int

    def on(self, year: int) -> date | None:
        """The day in its own year, else in `year`; None when the calendar lacks it."""
        year = self.year or year
        try:
            return date(year, self.month, monthrange(year, self.month)[1] if self.day == LAST else self.day)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Stated:
    """A date as a text states it: a day, a part of a month or year, or a range of these."""

    start: int
    end: int
    """Range of characters, half-open."""
    first: Day
    last: Day

    @property
    def full(self) -> bool:
        """Whether it says its year; if not, it is a day or a month that needs one."""
        return self.first.year is not None

    def days(self, year: int = 2000) -> tuple[date, date] | None:
        """First and last day; a partial date begins in `year`. None when it does not exist in that year."""
        first = self.first.on(year)
        wraps = self.last.year is None and (self.last.month, self.last.day) < (self.first.month, self.first.day)
        last = self.last.on(year + wraps)
        return (first, last) if first and last and first <= last else None

    def of(self, year: int) -> Stated:
        """The same of one year, or from that year into the next."""
        wraps = (self.last.month, self.last.day) < (self.first.month, self.first.day)
        return replace(self, first=replace(self.first, year=year), last=replace(self.last, year=year + wraps))


def month_of(start: int, end: int, month: int, year: int | None, days: tuple[int, int] = (1, LAST)) -> Stated:
    """A month, or the part of it from one day to another, as the characters from start to end state it."""
    first, last = days
    return Stated(start, end, Day(year, month, first), Day(year, month, LAST if last == 31 else last))


def year_of(number: int) -> int | None:
    """The year that two figures mean, where all agree: 1969 to 1999, 2000 to 2029. None for 30 to 68, which are of this
    century for POSIX (strptime, %y), and of the last one for spreadsheets."""
    if number >= 69:
        return 1900 + number
    return 2000 + number if number < 30 else None
