"""Readers of single dates: each looks at the tokens from one on and takes those that make a date it knows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from searchapp.splitting import date_words as words
from searchapp.splitting.date_scan import (
    ALONE,
    AND,
    BETWEEN,
    COMMA,
    COUNTED,
    DASH,
    DASHES,
    LAST,
    NEEDS_NUMBER,
    NEEDS_PREPOSITION,
    NEEDS_YEAR,
    RANGE,
    Day,
    Scan,
    Stated,
    Token,
    either,
)

_BEFORE_MONTH = re.compile(rf"{either(words.PREPOSITIONS)}[{DASHES}\s]+$", re.IGNORECASE)
_BEFORE_YEAR = re.compile(rf"({either(words.YEAR_MARKS)})\s+$", re.IGNORECASE)
_MONTH_NOT_DAY = re.compile(r"(?<![^\W_])(?:in|during|throughout|of|late|early)\s+$", re.IGNORECASE)
_DETERMINER = re.compile(rf"(?:{either(words.DETERMINERS)}|['’]s?)\s+$", re.IGNORECASE)
_DAY_BEFORE = re.compile(rf"(?:{either(words.DETERMINERS + '|on')}|['’]s?)\s+$", re.IGNORECASE)
_NO_YEAR_BEFORE = re.compile(
    r"(?<![^\W_])(?:pp?\.|pages?|resolutions?|nos?\.|nr\.|flight|article|route)\s*$", re.IGNORECASE
)
_COUNTED_EVENT = re.compile(rf"\s(?:{words.COUNTED_EVENTS})(?![^\W_])", re.IGNORECASE)
_COUNTED_SOON = re.compile(rf"(?:\s(?!{words.NO_ADJECTIVE}\s)[\w'’-]+)?\s(?:{words.COUNTED})(?![^\W_])", re.IGNORECASE)
_PLURAL = re.compile(
    r"\s(?!(?:was|has|does|its|this|always|perhaps|besides)\s)[a-z][a-z-]+(?<!s)(?<!i)(?<!u)s(?![^\W_])"
)
_EVENT = re.compile(rf"\s(?!(?:{words.NOT_EVENTS})(?![^\W_]))[^\W\d_]", re.IGNORECASE)
_SUFFIX = re.compile(rf"\s*(?:{words.YEAR_SUFFIXES})(?![^\W_])", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s\s")
_NAMED = re.compile(rf"\s(?:{words.NAMED})(?![^\W_])")
_SEPTEMBER_11 = re.compile(r"\s(?:terror\w*\s)?attack")
_CELL_END = re.compile(r"\s*(?:[\t\n:]|$)|\s[–—]\s|\s(?:in|was|saw|began|brought|marked|ended)\s")
_SLASH = re.compile("/")
_CLOSED = re.compile(r"[\])]")
_ENDED = re.compile(r"[\]);]|\.?\s*$|\.\s")

_DAY_MONTH = re.compile(r"\.?(?:(?:\s+(?:of|de|del)(?:\s+the)?)?\s+|-)|")
_MONTH_DAY = re.compile(r"\.?(?:\s+the)?\s+")


_LONGEST_LIST = 8
"""Days that may share one month: more numbers in a row are figures."""

_Reading = tuple[list[Stated], int]
"""Dates found and the token to go on with."""


def _numeric(scan: Scan, i: int) -> _Reading | None:
    """2015-09-30, 2015/09/30, 30.09.2015; with slashes or hyphens day and month must be told apart by their size."""
    parts = scan.tokens[i : i + 3]
    if len(parts) < 3 or parts[0].dashed:
        return None
    a, b, c = parts
    mark = scan.text[a.end : b.start]
    if mark not in ("-", "/", ".") or scan.text[b.end : c.start] != mark:
        return None
    in_path = scan.text[max(0, a.start - 1) : a.start] == "/"
    if in_path or (scan.text[c.end : c.end + 1] == mark and scan.text[c.end + 1 : c.end + 2].isdecimal()):
        return [], i + 3
    if a.digits == 4 and max(b.digits, c.digits) <= 2:
        year, month, day = a, b.number, c.number
    elif c.digits == 4 and max(a.digits, b.digits) <= 2:
        year = c
        day, month = (b.number, a.number) if b.number > 12 and mark != "." else (a.number, b.number)
        if mark != "." and day <= 12 and day != month:
            return [], i + 3
    else:
        return None
    if not (1800 <= year.number <= 2099 and 1 <= month <= 12 and 1 <= day <= 31):
        return [], i + 3
    when = Day(year.number, month, day)
    return [Stated(a.start, c.end, when, when)], i + 3


def _year_month(scan: Scan, i: int) -> _Reading | None:
    """2015-09, where nothing marks it as two years."""
    year, month = scan.tokens[i], scan.at(i + 1)
    if not year.is_year or month is None or month.digits != 2 or not 1 <= month.number <= 12 or year.dashed:
        return None
    if scan.text[year.end : month.start] != "-" or scan.text[month.end : month.end + 1] in {"-", "/"}:
        return None
    if scan.before(year.start, _BEFORE_YEAR) or scan.before(year.start, _DETERMINER):
        return None
    return [_month_of(year.start, month.end, month.number, year.number)], i + 2


def _day_month(scan: Scan, i: int, more: int = _LONGEST_LIST) -> _Reading | None:
    """30 September, 30th of September 2015, 1–3 October 2015, 27, 28 and 29 May."""
    token, following = scan.tokens[i], scan.at(i + 1)
    if not token.is_day or following is None:
        return None
    if following.month and scan.gap(i, _DAY_MONTH):
        year = scan.year(i + 1)
        end = year.end if year else following.end
        if not year and (following.strength == NEEDS_YEAR or _is_named(scan, following.month, token.number, end)):
            return [], i + 2
        when = Day(year.number if year else None, following.month, token.number)
        return [Stated(token.start, end, when, when)], i + (3 if year else 2)
    return _more_days(scan, i, more) if more else None


def _more_days(scan: Scan, i: int, more: int) -> _Reading | None:
    """A day that shares the month of the days after it: a range or a list."""
    token, following = scan.tokens[i], scan.tokens[i + 1]
    ranged, listed = scan.gap(i, _SLASH) or scan.gap(i, RANGE), scan.gap(i, AND)
    listed = listed or (scan.gap(i, COMMA) and (scan.gap(i + 1, AND) or scan.gap(i + 1, COMMA)))
    ranged = ranged or (listed and scan.before(token.start, BETWEEN) is not None)
    if not (ranged or listed) or following.digits == 0:
        return None
    following.dashed = following.dashed and not ranged
    rest = _day_month(scan, i + 1, more - 1)
    if rest is None or not rest[0]:
        return None
    first = replace(rest[0][0].first, day=token.number)
    if ranged:
        joined = replace(rest[0][0], start=token.start, first=first)
        return [joined, *rest[0][1:]], rest[1]
    return [Stated(token.start, token.end, first, first), *rest[0]], rest[1]


def _month_day(scan: Scan, i: int) -> _Reading | None:
    """September 30, September 30th, 2015, October 1–3, 2015."""
    month, token = scan.tokens[i], scan.at(i + 1)
    if not month.month or token is None or not token.is_day or not scan.gap(i, _MONTH_DAY):
        return None
    last, j = token, i + 1
    other = scan.at(j + 1)
    if other is not None and scan.gap(j, DASH):
        other.dashed = False
    if other is not None and other.is_day and (scan.gap(j, DASH) or scan.gap(j, AND)) and not _opens_date(scan, j + 1):
        last, j = other, j + 1
    year = scan.year(j)
    end = year.end if year else last.end
    if not year:
        if not token.ordinal and _is_count(scan, month, end):
            return None
        if month.strength == NEEDS_YEAR or _is_named(scan, month.month, token.number, end):
            return [], j + 1
    return _days_of(scan, month, (token, last), year, end), j + (2 if year else 1)


def _is_count(scan: Scan, month: Token, end: int) -> bool:
    """Whether the number after a month counts something: `in September 15 people`, but `the November 13 strikes`."""
    if scan.before(month.start, _MONTH_NOT_DAY):
        return True
    return scan.after(end, COUNTED) and not scan.before(month.start, _DAY_BEFORE)


def _opens_date(scan: Scan, i: int) -> bool:
    """Whether the number at i belongs to a month after it, or counts something."""
    following = scan.at(i + 1)
    if following is not None and following.month and scan.gap(i, _DAY_MONTH):
        return True
    return scan.after(scan.tokens[i].end, COUNTED)


def _days_of(scan: Scan, month: Token, days: tuple[Token, Token], year: Token | None, end: int) -> list[Stated]:
    number = year.number if year else None
    first, last = (Day(number, month.month, token.number) for token in days)
    between = scan.text[days[0].end : days[1].start]
    if first != last and AND.fullmatch(between) and not scan.before(month.start, BETWEEN):
        return [Stated(month.start, days[0].end, first, first), Stated(days[1].start, end, last, last)]
    return [Stated(month.start, end, first, last)]


def _is_named(scan: Scan, month: int, day: int, end: int) -> bool:
    """Whether day and month are part of a proper name whose year is another: the attacks of 2001, the October War."""
    return scan.after(end, _NAMED) or ((month, day) == (9, 11) and scan.after(end, _SEPTEMBER_11))


def _month(scan: Scan, i: int) -> _Reading | None:
    """September 2015, early October, May to September."""
    token = scan.tokens[i]
    if not token.month:
        return None
    year = scan.year(i)
    part, start = scan.part(token.start)
    if not year and (_is_named(scan, token.month, 0, token.end) or not _is_month(scan, i, part is not None)):
        return None
    days = part[0] if part else None
    if days is None:
        start = token.start
    end = year.end if year else token.end
    when = _month_of(start, end, token.month, year.number if year else None, days or (1, LAST))
    return [when], i + (2 if year else 1)


def _is_month(scan: Scan, i: int, in_part: bool) -> bool:
    """Whether the name of a month without a number means the month."""
    token = scan.tokens[i]
    if token.strength == ALONE or in_part:
        return token.strength >= NEEDS_PREPOSITION
    if len(scan.text) < 32 and scan.text.strip(" :.") == scan.text[token.start : token.end]:
        return token.strength >= NEEDS_NUMBER
    before, after = scan.at(i - 1), scan.at(i + 1)
    linked = (before is not None and before.month and _linked(scan, i - 1)) or (
        after is not None and after.month and _linked(scan, i)
    )
    if linked:
        return token.strength >= NEEDS_NUMBER
    return token.strength == NEEDS_PREPOSITION and scan.before(token.start, _BEFORE_MONTH) is not None


def _linked(scan: Scan, i: int) -> bool:
    return scan.gap(i, RANGE) or scan.gap(i, AND)


def _month_of(start: int, end: int, month: int, year: int | None, days: tuple[int, int] = (1, LAST)) -> Stated:
    first, last = days
    return Stated(start, end, Day(year, month, first), Day(year, month, LAST if last == 31 else last))


def _year(scan: Scan, i: int) -> _Reading | None:
    """In 2016, mid-2019, summer of 2017, winter 2015–16, (1999–2000), the 2022 invasion."""
    token = scan.tokens[i]
    if not token.is_year:
        return None
    part, start = scan.part(token.start)
    if part is None and token.dashed:
        return None
    until = _second_year(scan, i)
    if token.slashed and until is None:
        return None
    end = until[1] if until else token.end
    if part is None and not _marked_as_year(scan, i, end, ranged=until is not None):
        return None
    scan.years.add(i)
    first, last = part[1] if part and part[1] else (1, 12)
    second = token.number + 1 if last < first else token.number
    if until and part is None:
        second = until[0]
    when = Stated(start, end, Day(token.number, first, 1), Day(second, last, LAST))
    return [when], i + (2 if until else 1)


def _second_year(scan: Scan, i: int) -> tuple[int, int] | None:
    """The year after a dash and where it ends: 2015–2017, 2015–16, 2015/16."""
    token, following = scan.tokens[i], scan.at(i + 1)
    if following is None or not (scan.gap(i, DASH) or scan.text[token.end : following.start] == "/"):
        return None
    number = following.number
    if following.digits == 2:
        number += token.number - token.number % 100
    elif following.digits != 4:
        return None
    return (number, following.end) if token.number < number <= 2099 else None


def _marked_as_year(scan: Scan, i: int, end: int, *, ranged: bool = False) -> bool:
    start = scan.tokens[i].start
    if scan.before(start, _NO_YEAR_BEFORE):
        return False
    if scan.before(start, _DETERMINER) and scan.after(end, _COUNTED_EVENT):
        return scan.tokens[i].number % 50 != 0
    if scan.after(end, COUNTED):
        return False
    if scan.typed or ranged or scan.after(end, _SUFFIX) or _set_apart(scan, start, end):
        return True
    if scan.after(end, _POSSESSIVE):
        return scan.tokens[i].number % 10 != 0
    mark = scan.before(start, _BEFORE_YEAR)
    if mark:
        weak = mark[1].lower() in words.WEAK_MARKS
        return not (weak and (scan.after(end, _PLURAL) or scan.after(end, _COUNTED_SOON)))
    if scan.before(start, _DETERMINER):
        counts = scan.tokens[i].number % 50 == 0 and scan.after(end, _PLURAL)
        return scan.after(end, _EVENT) and not counts
    return _follows_year(scan, i)


def _set_apart(scan: Scan, start: int, end: int) -> bool:
    """Whether a year stands alone in a text, a row's first cell or brackets, or opens a line of a chronology."""
    before = scan.text[max(0, start - 2) : start].rstrip(" ")[-1:]
    if before in {"", "\n"}:
        return scan.after(end, _CELL_END)
    return (before in {"(", "["} and scan.after(end, _CLOSED)) or (before == "," and scan.after(end, _ENDED))


def _follows_year(scan: Scan, i: int) -> bool:
    """Whether a year goes on a list of years: in 2013, 2014 and 2015."""
    return i - 1 in scan.years and (scan.gap(i - 1, AND) or scan.gap(i - 1, COMMA))


_READERS: tuple[Callable[[Scan, int], _Reading | None], ...] = (
    _numeric,
    _year_month,
    _day_month,
    _month_day,
    _month,
    _year,
)


def read(scan: Scan) -> list[Stated]:
    found: list[Stated] = []
    i = 0
    while i < len(scan.tokens):
        reading = next((r for read in _READERS if (r := read(scan, i)) is not None), ([], i + 1))
        found += reading[0]
        i = reading[1]
    return found
