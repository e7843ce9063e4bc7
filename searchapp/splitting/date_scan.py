"""The tokens of a text that a date can be made of, numbers and names of months, and what stands around them."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import ahocorasick

from searchapp.model import Range
from searchapp.signs import APOSTROPHES, DASHES
from searchapp.splitting import date_words as words

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


NEEDS_YEAR, NEEDS_NUMBER, NEEDS_PREPOSITION, ALONE = range(4)


@dataclass(slots=True)
class Token:
    start: int
    end: int
    number: int = -1
    digits: int = 0
    month: int = 0
    strength: int = ALONE
    """What the name of a month needs beside it."""
    ordinal: bool = False
    bound: bool = False
    """Part of a longer figure: of a numeric date, or of none."""
    slashed: bool = False
    """Beside a slash and another figure: `14/15 July`, `2015/16`, but also `24/7`."""
    dashed: bool = False
    """Tied by a hyphen to what comes before: `mid-2019`, but also `T-90`."""
    clock: bool = False
    """Hours and minutes: `2015 hrs`."""

    @property
    def is_year(self) -> bool:
        return self.digits == 4 and 1800 <= self.number <= 2099 and not (self.bound or self.clock)

    @property
    def may_be_clock(self) -> bool:
        return self.digits == 4 and self.number < 2400 and self.number % 100 < 60

    @property
    def is_day(self) -> bool:
        return 0 < self.digits <= 2 and 1 <= self.number <= 31 and not (self.bound or self.slashed or self.dashed)


def _month_words() -> Iterator[tuple[str, int, int]]:
    """Every spelling with its month and what it needs; later ones win."""
    for table, strength in ((words.SHORT_MONTHS, NEEDS_NUMBER), (words.OTHER_MONTHS, NEEDS_PREPOSITION)):
        for language in table:
            for month, forms in enumerate(language.split(", "), 1):
                for form in filter(None, forms.split("|")):
                    lowered = NEEDS_YEAR if form.isascii() and strength == NEEDS_NUMBER else strength
                    yield form, month, lowered
                    yield form.capitalize(), month, strength
                    yield form.upper(), month, NEEDS_NUMBER
    for month, name in enumerate(words.ENGLISH.split("|"), 1):
        yield name.lower(), month, NEEDS_YEAR
        yield name.upper(), month, NEEDS_NUMBER
        yield name, month, NEEDS_PREPOSITION if name in words.ENGLISH_AMBIGUOUS else ALONE


def _automaton(*, ascii_only: bool) -> ahocorasick.Automaton:
    automaton = ahocorasick.Automaton()
    for word, month, strength in _month_words():
        if word.isascii() or not ascii_only:
            automaton.add_word(word, (len(word), month, strength, word))
    automaton.make_automaton()
    return automaton


_MONTHS = _automaton(ascii_only=False)
_ASCII_MONTHS = _automaton(ascii_only=True)
"""Half the first letters, half the time."""
_NUMBER = re.compile(r"\d(?:\d{0,2}(?:,\d{3})+(?!\d)|\d*)")
_FIGURES = re.compile(r"\d{4}|\d[./-]\d\d?[./-]\d\d|\d[A-Za-z]{3}|\d\s?[月월]")
"""What no date is without that has no name of a month apart."""
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|º|ª)(?![^\W_])", re.IGNORECASE)
_TIED_AFTER = re.compile(r"[:.]\d|,\d(?!\d{3}(?!\d))|\s?%")
_HOURS = re.compile(
    r"\s?(?:hrs?|hours|(?-i:h)|Uhr|local\s+time)(?![^\W_])(?!\s+(?:later|earlier|before|after|ago|of)(?![^\W_]))",
    re.IGNORECASE,
)
_ZONE = re.compile(r"\s?(?:GMT|UTC|Z|CES?T|EES?T|MSK)(?![\w-])")
_TIME_BEFORE = re.compile(r"\d[:.]\d\d")
"""The zone after a date is that of a time before it: `10:30, 4 March 2016 GMT`."""


def _tokens(text: str, months: list[Token]) -> list[Token]:
    found = [*months, *_numbers(text, {token.start for token in months})]
    found.sort(key=lambda token: token.start)
    for one, other, month in zip(found, found[1:], found[2:], strict=False):
        if month.month and one.slashed and text[one.end : other.start] == "/" and other.end + 1 == month.start:
            one.slashed = other.slashed = text[max(0, one.start - 1) : one.start] == "/"
        if month.month and other.dashed and (one.month or one.is_year):  # 30 September–4 October
            other.dashed = DAY_MONTH.fullmatch(text, other.end, month.start) is None
    for one, other in reversed(list(pairwise(found))):
        if other.clock and one.may_be_clock:  # from 1900 to 2000 hrs
            one.clock |= any(between.fullmatch(text, one.end, other.start) for between in (RANGE, AND))
    return found


def _months(text: str, typed: bool) -> Iterator[Token]:
    for final, (length, month, strength, word) in (_ASCII_MONTHS if text.isascii() else _MONTHS).iter(text):
        start, end = final + 1 - length, final + 1
        before = text[start - 1] if start else " "
        if (before.isalnum() and not before.isdecimal()) or text[end : end + 1].isalnum():
            continue
        if typed or word not in words.ENGLISH_VERBS:
            yield Token(start, end, month=month, strength=max(strength, NEEDS_NUMBER) if typed else strength)


def month_at_start(text: str) -> tuple[int, int]:
    """The month with whose name a text begins, and where the name ends; 0 and 0 for none."""
    names = (token for token in _months(text[:24], typed=False) if token.start == 0)
    longest = max(names, key=lambda token: token.end, default=Token(0, 0))
    return longest.month, longest.end


def _numbers(text: str, months: Container[int]) -> Iterator[Token]:
    """Numbers of up to four digits that stand alone, or right before a month (`28Nov`)."""
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if end - start > 4:
            continue
        before = text[start - 1] if start else " "
        ordinal = _ORDINAL.match(text, end)
        after = text[end : end + 2]
        timed = after[:1] == "T" and after[1:].isdecimal()
        glued = after[:1].isalnum() and not (ordinal or timed or end in months)
        if before.isalnum() or before in "_$€£¥#№+" or glued:
            continue
        behind = text[start - 2] if start > 1 else " "
        token = Token(start, ordinal.end() if ordinal else end, int(match[0]), end - start, ordinal=bool(ordinal))
        tied_before = behind.isdecimal() and (before in ".:" or (before == "," and end - start < 4))
        token.bound = bool(tied_before or _TIED_AFTER.match(text, end))
        token.slashed = (before == "/" and behind.isdecimal()) or (after[:1] == "/" and after[1:].isdecimal())
        token.dashed = before in DASHES and behind.isalnum()
        token.clock = token.may_be_clock and _is_clock(text, start, end)
        yield token


def _is_clock(text: str, start: int, end: int) -> bool:
    """Whether what follows four figures makes them hours and minutes."""
    if _HOURS.match(text, end):
        return True
    return _ZONE.match(text, end) is not None and not _TIME_BEFORE.search(text, max(0, start - 32), start)


def either(alternatives: str) -> str:
    """Alternatives as a group that begins at a word, the longest first; plain words, or patterns."""
    return r"(?<![^\W_])(?:" + "|".join(sorted(alternatives.split("|"), key=len, reverse=True)) + ")"


_PART_OF = {form: part for forms, part in words.PARTS for form in forms.split("|")}
_PART = re.compile(
    rf"({either('|'.join(_PART_OF))})(?:\s+(?:of|de|del|des|du|von)(?:\s+(?:the|year|the\s+year))?)?[{DASHES}\s]+$",
    re.IGNORECASE,
)
COUNTED = re.compile(rf"[{DASHES}\s](?:{words.COUNTED})(?![^\W_])", re.IGNORECASE)
COUNTED_SOON = re.compile(rf"(?:\s(?!{words.NO_ADJECTIVE}\s)[\w'’-]+)?\s(?:{words.COUNTED})(?![^\W_])", re.IGNORECASE)
DAY_MONTH = re.compile(r"\.?(?:(?:\s+(?:of|de|del)(?:\s+the)?)?\s+|[-/])|")
_TO_YEAR = re.compile(r"\.?(?:,?\s+(?:(?:of|de|del)\s+(?:the\s+year\s+)?)?|[-/,])")
_TO_BRACKET = re.compile(r"\.?,?\s*[(\[]")
_CLOSED = re.compile(r"[)\]]")
_TO_SHORT_YEAR = re.compile(rf"\.?,?\s*[{APOSTROPHES}]")
_SPACE = re.compile(r"\.?\s+")
_NO_SHORT_YEAR = re.compile(rf"[{DASHES}][^\W\d]|\s?(?:hrs?|hours?|h|heures?|Uhr|час\w*|год\w*|[ap]\.?m)(?![^\W_])")
_SET_APART = re.compile(rf"\s*(?:[:.;)\]\t\n]|$)|\s+[{DASHES}]\s")
DASH = re.compile(rf"\s*[{DASHES}]\s*")
RANGE = re.compile(
    rf"\s*(?:[{DASHES}～〜至到]|から|부터)\s*|\s+(?:and\s+)?(?:up\s+)?(?:to|until|till|through|bis|au|jusqu'au|al|hasta|по|до|إلى|حتى)\s+(?:the\s+)?"
)
AND = re.compile(r",?\s+(?:and|or|&|et|und|y|и|و)\s+(?:the\s+)?")
COMMA = re.compile(r",\s+")
BETWEEN = re.compile(r"(?<![^\W_])(?:between|entre|zwischen|между|بين)\s+(?:the\s+|dem\s+)?$", re.IGNORECASE)

NUMBERED = re.compile(
    r"(?<![^\W_])(?:incident|case|event|strike|airstrike|raid|attack|item|entry|record|report|document|exhibit|annex|figure"
    r"|table|chapter|part|section|phase|group|sample|witness|victim|site|point|note|step|stage|round|session|volume|issue"
    r"|number|no|nr|num|vorfall|fall|cas|caso|случай|инцидент|حادث|حادثة)\.?\s*[#№]?\s*$|[#№]\s*$",
    re.IGNORECASE,
)
"""What is numbered by the number after it, as in a log: "Incident 1 – 3 January" is of the 3rd."""
APART = re.compile(rf"\s+[{DASHES}]\s+|\s*—\s*")


class Scan:
    """The tokens of one text and questions about what lies between and around them."""

    __slots__ = ("dateless", "taken", "text", "timed", "tokens", "typed", "unread", "years")

    def __init__(self, text: str, *, typed: bool = False, timed: bool = False) -> None:
        self.text = text
        self.typed = typed
        self.timed = timed
        """Whether a bare number that may be hours and minutes is a time."""
        months = list(_months(text, typed))
        self.dateless = not months and not _FIGURES.search(text)
        self.tokens = [] if self.dateless else _tokens(text, months)
        self.years: set[int] = set()
        """Tokens that have been read as years."""
        self.taken = 0
        """Where the last date ends that has been read."""
        self.unread: set[Range] = set()
        """Where a date stands that may be one of several."""

    def at(self, i: int) -> Token | None:
        return self.tokens[i] if 0 <= i < len(self.tokens) else None

    def gap(self, i: int, pattern: re.Pattern[str]) -> bool:
        """Whether token i is followed by another, with text of this form between them."""
        if i + 1 >= len(self.tokens):
            return False
        start, end = self.tokens[i].end, self.tokens[i + 1].start
        return end - start < 24 and pattern.fullmatch(self.text, start, end) is not None

    def before(self, start: int, pattern: re.Pattern[str]) -> re.Match[str] | None:
        return pattern.search(self.text, max(0, start - 32), start)

    def after(self, end: int, pattern: re.Pattern[str]) -> bool:
        return pattern.match(self.text, end) is not None

    def part(self, start: int) -> tuple[words.Part | None, int]:
        """What part of a month or year the words before it say, and where they begin."""
        found = self.before(start, _PART)
        return (_PART_OF[" ".join(found[1].lower().split())], found.start()) if found else (None, start)

    def year(self, i: int) -> Token | None:
        """The year that follows token i, a month or a day; one of two figures as the year that it means."""
        token = self.at(i + 1)
        if token is None or not token.is_year:
            return self._short_year(i)
        if self.gap(i, _TO_BRACKET) and self.after(token.end, _CLOSED):
            return replace(token, end=token.end + 1)
        counts = token.number % 100 == 0 and self.after(token.end, COUNTED)
        return token if self.gap(i, _TO_YEAR) and not counts else None

    def _short_year(self, i: int) -> Token | None:
        """4-Mar-16, 4 March '16; where someone types it, 4 March 16."""
        if not self._is_short(i + 1):
            return None
        token = self.tokens[i + 1]
        year = year_of(token.number)
        written = self._marks_year(i) or (self.typed and self.gap(i, _SPACE) and not self._counts(token))
        return replace(token, number=year, digits=4) if year and written else None

    def unclear(self, i: int, between: re.Pattern[str] = _SPACE) -> bool:
        """Whether what follows token i, a month or a day, may be a year that cannot be told: 4 Mar 16 strike."""
        if not self._is_short(i + 1):
            return False
        token = self.tokens[i + 1]
        apart = self.gap(i, COMMA) and self.after(token.end, _SET_APART)
        return self._marks_year(i) or ((apart or self.gap(i, between)) and not (token.bound or self._counts(token)))

    def _is_short(self, i: int) -> bool:
        """Whether a number has two figures, and is not the day of another date."""
        token, month = self.at(i), self.at(i + 1)
        if token is None or token.digits != 2 or token.ordinal:
            return False
        return month is None or not month.month or not self.gap(i, DAY_MONTH)

    def _counts(self, token: Token) -> bool:
        return self.after(token.end, COUNTED_SOON) or self.after(token.end, _NO_SHORT_YEAR)

    def _marks_year(self, i: int) -> bool:
        """Whether what stands before the number after token i makes it a year: an apostrophe, or that sign which stands
        between day and month as well."""
        if self.gap(i, _TO_SHORT_YEAR):
            return True
        day, month, year = self.at(i - 1), self.tokens[i], self.tokens[i + 1]
        if day is None or not (day.is_day and month.month):
            return False
        return self.text[day.end : month.start] == self.text[month.end : year.start] in ("-", "/")


def year_of(number: int) -> int | None:
    """The year that two figures mean, where all agree: 1969 to 1999, 2000 to 2029. None for 30 to 68, which are of this
    century for POSIX (strptime, %y), and of the last one for spreadsheets."""
    if number >= 69:
        return 1900 + number
    return 2000 + number if number < 30 else None


Reading = tuple[list[Stated], int]
"""Dates found and the token to go on with."""


def month_of(start: int, end: int, month: int, year: int | None, days: tuple[int, int] = (1, LAST)) -> Stated:
    """A month, or the part of it from one day to another, as the characters from start to end state it."""
    first, last = days
    return Stated(start, end, Day(year, month, first), Day(year, month, LAST if last == 31 else last))
