"""Readers of single dates: each looks at the tokens from one on and takes those that make a date it knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from searchapp.signs import DASHES
from searchapp.splitting import date_words as words
from searchapp.splitting.date_scan import (
    ALONE,
    AND,
    APART,
    BETWEEN,
    COMMA,
    COUNTED,
    DASH,
    LAST,
    NEEDS_NUMBER,
    NEEDS_PREPOSITION,
    NEEDS_YEAR,
    NUMBERED,
    RANGE,
    Day,
    Reading,
    Scan,
    Stated,
    Token,
    either,
    month_of,
)
from searchapp.splitting.date_years import bare_year, second_year, year_and_month

_BEFORE_MONTH = re.compile(rf"{either(words.PREPOSITIONS)}[{DASHES}\s]+$", re.IGNORECASE)
_MONTH_NOT_DAY = re.compile(r"(?<![^\W_])(?:in|during|throughout|of|late|early)\s+$", re.IGNORECASE)
_DAY_BEFORE = re.compile(rf"(?:{either(words.DETERMINERS + '|on')}|['’]s?)\s+$", re.IGNORECASE)
_NAMED = re.compile(rf"\s(?:{words.NAMED})(?![^\W_])")
_NAMED_BEFORE = re.compile(rf"{either(words.NAMED_BEFORE)}\s$")
_SEPTEMBER_11 = re.compile(r"\s(?:terror\w*\s)?attack")
_SLASH = re.compile("/")

_DAY_MONTH = re.compile(r"\.?(?:(?:\s+(?:of|de|del)(?:\s+the)?)?\s+|-)|")
_MONTH_DAY = re.compile(r"\.?(?:\s+the)?\s+")


_POINTED_RANGE = re.compile(rf"\.\s?[{DASHES}]\s?|\.\s+bis\s+(?:zum\s+)?")
_POINTED_AND = re.compile(r"\.\s+(?:und|oder)\s+")
_POINTED_COMMA = re.compile(r"\.,\s+")
_NO_DAYS = re.compile(r"\s?[ap]\.?m\b|\s(?:were|was|had|have|of|others?|more)\b")
"""After a list of numbers that are no days: `On May 5, 10 and 15 were killed`."""
_OF_UNITS = re.compile(r"\s[A-Z]")
"""After the last of some ordinals that are no days: `3rd and 4th Divisions`."""

_LONGEST_LIST = 8
"""Days that may share one month: more numbers in a row are figures."""


def _numeric(scan: Scan, i: int) -> Reading | None:
    """2015-09-30, 2015/09/30, 30.09.2015; with slashes or hyphens day and month must be told apart by their size."""
    parts = scan.tokens[i : i + 3]
    if len(parts) < 3 or parts[0].dashed or not all(part.digits for part in parts):
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


def _day_month(scan: Scan, i: int, more: int = _LONGEST_LIST) -> Reading | None:
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


def _more_days(scan: Scan, i: int, more: int) -> Reading | None:
    """A day that shares the month of the days after it: a range or a list."""
    token, following = scan.tokens[i], scan.tokens[i + 1]
    pointed = scan.text[following.end : following.end + 1] == "."  # 5. bis 7. Juni
    ranged = scan.gap(i, _SLASH) or scan.gap(i, RANGE) or (pointed and scan.gap(i, _POINTED_RANGE))
    listed = scan.gap(i, AND) or (pointed and scan.gap(i, _POINTED_AND))
    listed = listed or (scan.gap(i, COMMA) and (scan.gap(i + 1, AND) or scan.gap(i + 1, COMMA)))
    listed = (listed or (pointed and scan.gap(i, _POINTED_COMMA))) and token.number < following.number
    ranged = ranged or (listed and scan.before(token.start, BETWEEN) is not None)
    if not (ranged or listed) or following.digits == 0:
        return None
    following.dashed = following.dashed and not ranged
    if scan.gap(i, APART) and scan.before(token.start, NUMBERED):
        return None
    rest = _day_month(scan, i + 1, more - 1)
    if rest is None or not rest[0]:
        return None
    first = replace(rest[0][0].first, day=token.number)
    if ranged:
        joined = replace(rest[0][0], start=token.start, first=first)
        return [joined, *rest[0][1:]], rest[1]
    return [Stated(token.start, token.end, first, first), *rest[0]], rest[1]


def _month_day(scan: Scan, i: int) -> Reading | None:
    """September 30, September 30th, 2015, October 1–3, 2015, October 1, 2 and 3."""
    month, token = scan.tokens[i], scan.at(i + 1)
    if not month.month or token is None or not token.is_day or not scan.gap(i, _MONTH_DAY):
        return None
    j = _last_day(scan, i + 1)
    year = scan.year(j)
    end = year.end if year else scan.tokens[j].end
    if not year:
        if not token.ordinal and _is_count(scan, month, end):
            return None
        if month.strength == NEEDS_YEAR or _is_named(scan, month.month, token.number, end):
            return [], j + 1
    return _days_of(scan, month, scan.tokens[i + 1 : j + 1], year, end), j + (2 if year else 1)


def _last_day(scan: Scan, i: int) -> int:
    """The last of the days that share the month before day i: of a range, or of a list that ends with `and`."""
    other = scan.at(i + 1)
    if other is not None and scan.gap(i, DASH):
        other.dashed = False
        return i + 1 if other.is_day and not _opens_date(scan, i + 1) else i
    for last in range(i + 1, min(i + _LONGEST_LIST, len(scan.tokens))):
        if not scan.tokens[last].is_day or not (scan.gap(last - 1, AND) or scan.gap(last - 1, COMMA)):
            break
        if last > i + 1 and scan.tokens[last].number <= scan.tokens[last - 1].number:
            break
        if scan.gap(last - 1, AND):
            return i if _opens_date(scan, last) or (last > i + 1 and _are_no_days(scan, last)) else last
    return i


def _are_no_days(scan: Scan, last: int) -> bool:
    """Whether what seems to be a list of days is one of other numbers."""
    token = scan.tokens[last]
    return scan.after(token.end, _NO_DAYS) or (token.ordinal and scan.after(token.end, _OF_UNITS))


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


def _days_of(scan: Scan, month: Token, tokens: Sequence[Token], year: Token | None, end: int) -> list[Stated]:
    days = [Day(year.number if year else None, month.month, token.number) for token in tokens]
    ranged = len(days) == 2 and (
        DASH.fullmatch(scan.text, tokens[0].end, tokens[1].start) or scan.before(month.start, BETWEEN)
    )
    if ranged or len(days) == 1:
        return [Stated(month.start, end, days[0], days[-1])]
    starts = [month.start, *(token.start for token in tokens[1:])]
    ends = [*(token.end for token in tokens[:-1]), end]
    return [Stated(start, end, day, day) for start, end, day in zip(starts, ends, days, strict=True)]


def _is_named(scan: Scan, month: int, day: int, end: int) -> bool:
    """Whether day and month are part of a proper name whose year is another: the attacks of 2001, the October War."""
    return scan.after(end, _NAMED) or ((month, day) == (9, 11) and scan.after(end, _SEPTEMBER_11))


def _month(scan: Scan, i: int) -> Reading | None:
    """September 2015, early October, May to September, January 2014–2015."""
    token = scan.tokens[i]
    if not token.month:
        return None
    year = scan.year(i)
    part, start = scan.part(token.start)
    if not year and not _is_month(scan, i, part is not None):
        return None
    days = part[0] if part else None
    if days is None:
        start = token.start
    end = year.end if year else token.end
    when = month_of(start, end, token.month, year.number if year else None, days or (1, LAST))
    if year and (until := second_year(scan, i + 1, digits=(4,))):
        return [replace(when, end=until[1], last=Day(until[0], 12, LAST))], i + 3
    return [when], i + (2 if year else 1)


def _is_month(scan: Scan, i: int, in_part: bool) -> bool:
    """Whether the name of a month without a number means the month."""
    token = scan.tokens[i]
    if scan.before(token.start, _NAMED_BEFORE) or _is_named(scan, token.month, 0, token.end):
        return False
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


_EASTERN = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s?[年년](?!\s?[前間间来來代전간대동])(?:\s?(?P<month>\d{1,2})\s?[月월](?:\s?(?P<day>\d{1,2})\s?[日号號일])?)?"
    r"|(?<!\d)(?P<month_alone>\d{1,2})\s?[月월](?:\s?(?P<day_alone>\d{1,2})\s?[日号號일]|(?![^\W份初中底末上下以に의에]))"
)
"""Years, months, days as Chinese, Japanese and Korean mark them; no decade, and not so many years ago (`2000年前`)."""
_EASTERN_MARKS = "年月년월"


def _eastern(text: str) -> Iterator[Stated]:
    """2015年9月30日, 2015년 9월, 9月30日."""
    for match in _EASTERN.finditer(text):
        year = int(match["year"]) if match["year"] else None
        month, day = int(match["month"] or match["month_alone"] or 0), int(match["day"] or match["day_alone"] or 0)
        if year is not None and not month:
            first, last = Day(year, 1, 1), Day(year, 12, LAST)
        else:
            first, last = Day(year, month, day or 1), Day(year, month, day or LAST)
        if (year is None or 1800 <= year <= 2099) and month <= 12 and day <= 31 and (month or not match["month_alone"]):
            yield Stated(*match.span(), first, last)


_READERS: tuple[Callable[[Scan, int], Reading | None], ...] = (
    _numeric,
    year_and_month,
    _day_month,
    _month_day,
    _month,
    bare_year,
)


def read(scan: Scan) -> list[Stated]:
    found: list[Stated] = []
    i = 0
    while i < len(scan.tokens):
        reading = next((r for read in _READERS if (r := read(scan, i)) is not None), ([], i + 1))
        found += reading[0]
        i = reading[1]
    if not scan.text.isascii() and any(mark in scan.text for mark in _EASTERN_MARKS):
        marked = list(_eastern(scan.text))
        found = [when for when in found if all(when.end <= one.start or one.end <= when.start for one in marked)]
        found = sorted([*found, *marked], key=lambda when: when.start)
    return found
