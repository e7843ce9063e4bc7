"""The only tokens that a date can be made of: numbers and names of months."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import ahocorasick

from searchapp.signs import DASHES
from searchapp.splitting.dating import words
from searchapp.splitting.dating.between import AND, DAY_MONTH, RANGE

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
                    yield form.replace("i", "İ").upper(), month, NEEDS_NUMBER  # Turkish
                    yield form.upper(), month, NEEDS_NUMBER
                    yield form.capitalize(), month, strength
                    yield form, month, lowered  # last, as Arabic has no capitals
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
_FIGURES = re.compile(r"\d(?:\d{3}|[./-]\d\d?[./-]\d\d|[A-Za-z]{3}|\s?[月월])")
"""What no date is without that has no name of a month apart; it begins with the figure, which `re` finds at once."""
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|º|ª)(?![^\W_])", re.IGNORECASE)
_TIED_AFTER = re.compile(r"[:.]\d|,\d(?!\d{3}(?!\d))|\s?%")
_HOURS = re.compile(
    rf"\s?(?:{words.HOURS}|local\s+time)(?![^\W_])(?!\s+(?:later|earlier|before|after|ago|of)(?![^\W_]))",
    re.IGNORECASE,
)
_BARE_ZONE = re.compile(r"\s(?:GMT|UTC|CES?T|EES?T|MSK|local\s+time)(?![\w-])")
"""After a day, month and year it says where it was that day: 5 October 2015 UTC."""
_HOURS_ONLY = 2030
"""From here on it is sooner half past eight in the evening than a year."""
_ZONE = re.compile(r"\s?(?:GMT|UTC|Z|CES?T|EES?T|MSK)(?![\w-])")
_TIME_BEFORE = re.compile(r"\d[:.]\d\d")
"""The zone after a date is that of a time before it: `10:30, 4 March 2016 GMT`."""


def tokens(text: str, *, typed: bool) -> list[Token] | None:
    """The tokens of a text, in order; None if it holds no date. What is typed may have months without a capital."""
    found = list(_once(text, _months(text, typed)))
    if not found and not _FIGURES.search(text):
        return None
    found += list(_numbers(text, {token.start for token in found}))
    found.sort(key=lambda token: token.start)
    for one, other, month in reversed(list(zip(found, found[1:], found[2:], strict=False))):
        if one.slashed and text[one.end : other.start] == "/" and _pairs(text, other, month):
            one.slashed = other.slashed = text[max(0, one.start - 1) : one.start] == "/"
        if month.month and other.dashed and (one.month or one.is_year):  # 30 September–4 October
            other.dashed = DAY_MONTH.fullmatch(text, other.end, month.start) is None
    for one, other in reversed(list(pairwise(found))):
        if one.month and other.clock and other.number < _HOURS_ONLY and _BARE_ZONE.match(text, other.end):
            other.clock = False
        if other.clock and one.may_be_clock:  # from 1900 to 2000 hrs
            one.clock |= any(between.fullmatch(text, one.end, other.start) for between in (RANGE, AND))
    return found


def _pairs(text: str, second: Token, following: Token) -> bool:
    """Whether the second figure beside a slash ends a pair of days: 14/15 July, 14/15 and 17/18 July."""
    if following.month:
        return second.end + 1 == following.start
    paired = text.startswith("/", following.end) and not following.slashed
    return paired and AND.fullmatch(text, second.end, following.start) is not None


def _months(text: str, typed: bool) -> Iterator[Token]:
    for final, (length, month, strength, word) in (_ASCII_MONTHS if text.isascii() else _MONTHS).iter(text):
        start, end = final + 1 - length, final + 1
        before = _before(text, start)
        if (before.isalnum() and not before.isdecimal()) or text[end : end + 1].isalnum():
            continue
        if typed or word not in words.ENGLISH_VERBS:
            yield Token(start, end, month=month, strength=max(strength, NEEDS_NUMBER) if typed else strength)


def _once(text: str, months: Iterable[Token]) -> Iterator[Token]:
    """One token for a month that is called by two of its names: شباط/فبراير, شباط (فبراير)."""
    last: Token | None = None
    for token in months:
        between = text[last.end : token.start].strip() if last and last.month == token.month else ""
        closed = between == "(" and text[token.end : token.end + 1] == ")"
        if last and (closed or between == "/"):
            last.end, last.strength = token.end + closed, ALONE
            continue
        if last:
            yield last
        last = token
    if last:
        yield last


def month_in(text: str) -> int:
    """The first month that a text names; 0 for none."""
    return next((token.month for token in _months(text, typed=False)), 0)


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
        before = _before(text, start)
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


def _before(text: str, start: int) -> str:
    """The character before a token, as if a blank stood after the Arabic `and`, which is written together with it."""
    before = text[start - 1] if start else " "
    return " " if before == "و" and not text[max(0, start - 2) : start - 1].isalnum() else before


def _is_clock(text: str, start: int, end: int) -> bool:
    """Whether what follows four figures makes them hours and minutes."""
    if _HOURS.match(text, end):
        return True
    return _ZONE.match(text, end) is not None and not _TIME_BEFORE.search(text, max(0, start - 32), start)
