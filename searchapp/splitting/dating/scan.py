"""The tokens of a text and what stands around them, for those who read dates."""

from __future__ import annotations

import re
from dataclasses import replace

from searchapp.model import Range
from searchapp.signs import APOSTROPHES, DASHES
from searchapp.splitting.dating import words
from searchapp.splitting.dating.between import COMMA, DAY_MONTH, either
from searchapp.splitting.dating.days import Stated, year_of
from searchapp.splitting.dating.tokens import Token, tokens

_PART_OF = {form: part for forms, part in words.PARTS for form in forms.split("|")}
_PART = re.compile(
    rf"({either('|'.join(_PART_OF))})(?:\s+(?:of|de|del|des|du|von)(?:\s+(?:the|year|the\s+year))?)?[{DASHES}\s]+$",
    re.IGNORECASE,
)
COUNTED = re.compile(rf"[{DASHES}\s](?:{words.COUNTED})(?![^\W_])", re.IGNORECASE)
COUNTED_SOON = re.compile(rf"(?:\s(?!{words.NO_ADJECTIVE}\s)[\w'’-]+)?\s(?:{words.COUNTED})(?![^\W_])", re.IGNORECASE)
_TO_YEAR = re.compile(r"\.?(?:,?\s+(?:(?:of|de|del)\s+(?:the\s+year\s+)?|(?:من\s+)?(?:ال|ل)?(?:عام|سنة)\s+)?|[-/,])")
_TO_BRACKET = re.compile(r"\.?,?\s*[(\[]")
_CLOSED = re.compile(r"[)\]]")
_TO_SHORT_YEAR = re.compile(rf"\.?,?\s*[{APOSTROPHES}]")
_SPACE = re.compile(r"\.?\s+")
_NO_SHORT_YEAR = re.compile(rf"[{DASHES}][^\W\d]|\s?(?:{words.HOURS}|год\w*|[ap]\.?m)(?![^\W_])")
_SET_APART = re.compile(rf"\s*(?:[:.;)\]\t\n]|$)|\s+[{DASHES}]\s")


Reading = tuple[list[Stated], int]
"""Dates found and the token to go on with."""


class Scan:
    """The tokens of one text and questions about what lies between and around them."""

    __slots__ = ("dateless", "taken", "text", "timed", "tokens", "typed", "unread", "years")

    def __init__(self, text: str, *, typed: bool = False, timed: bool = False) -> None:
        self.text = text
        self.typed = typed
        self.timed = timed
        """Whether a bare number that may be hours and minutes is a time."""
        found = tokens(text, typed=typed)
        self.dateless = found is None
        """Whether it can hold no date at all."""
        self.tokens = found or []
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
            return not self._counts(self.tokens[i + 1])  # else it opens a quotation: on 4 March '20 people died'
        day, month, year = self.at(i - 1), self.tokens[i], self.tokens[i + 1]
        if day is None or not (day.is_day and month.month):
            return False
        return self.text[day.end : month.start] == self.text[month.end : year.start] in ("-", "/")
