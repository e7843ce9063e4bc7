"""Readers of single dates: each looks at the tokens from one on and takes those that make a date it knows."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import replace

from searchapp.model import Range
from searchapp.signs import DASHES
from searchapp.splitting.dating import words
from searchapp.splitting.dating.between import (
    AND,
    APART,
    BETWEEN,
    COMMA,
    DAY_MONTH,
    NIGHT,
    NUMBERED,
    RANGE,
    SLASH,
    either,
)
from searchapp.splitting.dating.days import LAST, Day, Stated, month_of
from searchapp.splitting.dating.figures import marked, numeric
from searchapp.splitting.dating.rows import LONGEST_LIST, days_of, last_day
from searchapp.splitting.dating.scan import COUNTED, Reading, Scan
from searchapp.splitting.dating.tokens import ALONE, NEEDS_NUMBER, NEEDS_PREPOSITION, NEEDS_YEAR, Token
from searchapp.splitting.dating.years import (
    BEFORE_YEAR,
    NO_YEAR_BEFORE,
    bare_year,
    month_and_year,
    second_year,
    year_and_month,
)

_BEFORE_MONTH = re.compile(rf"{either(words.PREPOSITIONS)}[{DASHES}\s]+$", re.IGNORECASE)
_AFTER_MONTH = re.compile(rf"(?:{words.MONTH_SUFFIXES})(?![^\W_])")
_MONTH_NOT_DAY = re.compile(r"(?<![^\W_])(?:in|during|throughout|of|late|early)\s+$", re.IGNORECASE)
_DAY_BEFORE = re.compile(rf"(?:{either(words.DETERMINERS + '|on')}|['’]s?)\s+$", re.IGNORECASE)
_NAMED = re.compile(rf"\s(?:{words.NAMED})(?![^\W_])")
_NAMED_BEFORE = re.compile(rf"{either(words.NAMED_BEFORE)}\s$")
_SEPTEMBER_11 = re.compile(r"\s(?:terror\w*\s)?attack")
_DAYS_BEFORE = re.compile(r"(?<![^\W_])(?:on|of|le|les|el|los|am|den|от)\s+$|^\W*$", re.IGNORECASE)
"""Before a list of days, which other numbers are rarely after."""

_MONTH_DAY = re.compile(r"\.?(?:\s+the)?\s+|-")
_SPACES = re.compile(r"(?:\s+the)?\s+")
_YEAR_MONTH = re.compile(r",?\s+|-")
_HYPHEN = re.compile("-")

_POINTED_RANGE = re.compile(rf"\.\s?[{DASHES}/]\s?|\.\s+bis\s+(?:zum\s+)?")
_POINTED_AND = re.compile(r"\.\s+(?:und|oder)\s+(?:(?:am|dem|den)\s+)?")
_POINTED_COMMA = re.compile(r"\.,\s+")


def _year_first(scan: Scan, i: int) -> Reading | None:
    """2016 March 4, 2016-Mar-04, 2016 September."""
    year = scan.tokens[i]
    if not year.is_year or year.dashed or year.slashed or not scan.gap(i, _YEAR_MONTH):
        return None
    if scan.before(year.start, NO_YEAR_BEFORE) or (scan.gap(i, COMMA) and scan.before(year.start, BEFORE_YEAR)):
        return None
    day = scan.at(i + 2)
    if day is not None and scan.gap(i, _HYPHEN) and scan.gap(i + 1, _HYPHEN):
        day.dashed = False
    found, following = _month_day(scan, i + 1) or _month(scan, i + 1) or ([], i)
    if not found or any(when.full for when in found):
        return None
    first, *others = (when.of(year.number) for when in found)
    return [replace(first, start=year.start), *others], following


def _day_month(scan: Scan, i: int, more: int = LONGEST_LIST) -> Reading | None:
    """30 September, 30th of September 2015, 1–3 October 2015, 27, 28 and 29 May."""
    token, following = scan.tokens[i], scan.at(i + 1)
    if not token.is_day or following is None:
        return None
    if following.month and scan.gap(i, DAY_MONTH):
        year = scan.year(i + 1)
        if not year and scan.unclear(i + 1):
            return _unread(scan, i, i + 2)
        if not year and (more_days := _days_after(scan, i + 1)):
            return more_days
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
    ranged = scan.gap(i, SLASH) or scan.gap(i, RANGE) or (pointed and scan.gap(i, _POINTED_RANGE))
    ranged = ranged or (scan.gap(i, NIGHT) and following.number == token.number + 1)
    listed = scan.gap(i, AND) or (pointed and (scan.gap(i, _POINTED_AND) or scan.gap(i, _POINTED_COMMA)))
    listed = listed or _goes_on(scan, i)
    ranged = ranged or (listed and scan.before(token.start, BETWEEN) is not None)
    following.dashed = following.dashed and not ranged
    if not (ranged or listed) or following.number <= token.number:
        return None
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


def _goes_on(scan: Scan, i: int) -> bool:
    """Whether a comma after a day is that of a list: of more than two days, or of two in a row, `on 27, 28 April`."""
    if not scan.gap(i, COMMA):
        return False
    start, number = scan.tokens[i].start, scan.tokens[i].number
    if scan.before(start, NUMBERED):
        return False
    more = any(scan.gap(i + 1, between) for between in (AND, COMMA, RANGE, SLASH))
    return more or (scan.tokens[i + 1].number == number + 1 and scan.before(start, _DAYS_BEFORE) is not None)


def _days_after(scan: Scan, i: int) -> Reading | None:
    """15 February and 17–18, 2016: a day and month, which is token i, and more days of that month, with the year."""
    day = scan.at(i + 1)
    if day is None or not day.is_day or not scan.gap(i, AND):
        return None
    last = last_day(scan, i + 1)
    year = scan.year(last)
    if not year or not scan.gap(last, COMMA):
        return None
    found = days_of(scan, scan.tokens[i], [scan.tokens[i - 1], *scan.tokens[i + 1 : last + 1]], year)
    ends = [*(when.end for when in found[1:-1]), year.end]
    return [replace(when, end=end) for when, end in zip(found, [scan.tokens[i].end, *ends], strict=True)], last + 2


def _month_day(scan: Scan, i: int) -> Reading | None:
    """September 30, September 30th, 2015, October 1–3, 2015, October 1, 2 and 3."""
    month, token = scan.tokens[i], scan.at(i + 1)
    if scan.gap(i, _HYPHEN) and scan.gap(i + 1, _HYPHEN):  # Mar-04-2016
        scan.tokens[i + 1].dashed = scan.tokens[i + 2].digits != 4
    if not month.month or token is None or not token.is_day or not scan.gap(i, _MONTH_DAY):
        return None
    if _opens_sentence(scan, i):
        return None
    j = last_day(scan, i + 1)
    year = scan.year(j)
    if not year and scan.unclear(j):
        return _unread(scan, i, j + 1)
    end = year.end if year else scan.tokens[j].end
    if not year:
        if month.strength >= NEEDS_PREPOSITION and not scan.gap(i, _SPACES):  # no name in full has a point
            return None
        if not token.ordinal and _is_count(scan, month, end):
            return None
        if month.strength == NEEDS_YEAR or _is_named(scan, month.month, token.number, end):
            return [], j + 1
    found = days_of(scan, month, scan.tokens[i + 1 : j + 1], year)
    found[-1] = replace(found[-1], end=end)
    return [replace(found[0], start=month.start), *found[1:]], j + (2 if year else 1)


def _unread(scan: Scan, first: int, last: int) -> Reading:
    """No date from the first token to the last, but what may be one."""
    scan.unread.add((scan.tokens[first].start, scan.tokens[last].end))
    return [], last + 1


def _opens_sentence(scan: Scan, i: int) -> bool:
    """Whether the day after a month belongs to another month, behind a full stop: until April. 1–3 May 2022."""
    if scan.gap(i, _SPACES):
        return False
    return _day_month(scan, i + 1) is not None


def _is_count(scan: Scan, month: Token, end: int) -> bool:
    """Whether the number after a month counts something: `in September 15 people`, but `the November 13 strikes`."""
    if scan.before(month.start, _MONTH_NOT_DAY):
        return True
    return scan.after(end, COUNTED) and not scan.before(month.start, _DAY_BEFORE)


def _is_named(scan: Scan, month: int, day: int, end: int) -> bool:
    """Whether day and month are part of a proper name whose year is another: the attacks of 2001, the October War."""
    return scan.after(end, _NAMED) or ((month, day) == (9, 11) and scan.after(end, _SEPTEMBER_11))


def _month(scan: Scan, i: int) -> Reading | None:
    """September 2015, early October, May to September, January 2014–2015."""
    token = scan.tokens[i]
    if not token.month:
        return None
    year = scan.year(i)
    if not year and scan.unclear(i, _HYPHEN):  # Mar-16, which may be a day, too
        return _unread(scan, i, i + 1)
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
    marked = scan.before(token.start, _BEFORE_MONTH) is not None or scan.after(token.end, _AFTER_MONTH)
    return token.strength == NEEDS_PREPOSITION and marked


def _linked(scan: Scan, i: int) -> bool:
    return any(scan.gap(i, between) for between in (RANGE, AND, SLASH))


_READERS: tuple[Callable[[Scan, int], Reading | None], ...] = (
    numeric,
    year_and_month,
    month_and_year,
    _year_first,
    _day_month,
    _month_day,
    _month,
    bare_year,
)


def read(scan: Scan) -> list[Stated]:
    """The dates of a text, in order. The scan is told where others stand that cannot be read."""
    if scan.dateless:
        return []
    forms = marked(scan)
    scan.tokens = _outside(scan.tokens, sorted([*((when.start, when.end) for when in forms), *scan.unread]))
    found: list[Stated] = []
    i = 0
    while i < len(scan.tokens):
        reading = next((r for read in _READERS if (r := read(scan, i)) is not None), ([], i + 1))
        found += reading[0]
        i = reading[1]
        scan.taken = found[-1].end if found else 0
    found = sorted([*forms, *found], key=lambda when: when.start) if forms else found
    return _without_unclear(scan, found) if scan.unread else found


def _outside(tokens: list[Token], taken: list[Range]) -> list[Token]:
    """The tokens that lie in none of some ranges."""
    if not taken:
        return tokens
    starts = [start for start, _ in taken]
    before = (bisect_right(starts, token.start) - 1 for token in tokens)
    return [token for token, at in zip(tokens, before, strict=True) if at < 0 or taken[at][1] <= token.start]


def _without_unclear(scan: Scan, found: list[Stated]) -> list[Stated]:
    """Without the dates whose year is that of one that cannot be read: 30 Sep – 4 Oct 16."""
    unread = sorted(scan.unread)
    kept: list[Stated] = []
    for when in reversed(found):
        at = bisect_left(unread, (when.end, 0))
        if not when.full and at < len(unread) and _shares_year(scan.text, when.end, unread[at][0]):
            scan.unread.add((when.start, when.end))
            unread.insert(at, (when.start, when.end))
        else:
            kept.append(when)
    return kept[::-1]


def _shares_year(text: str, start: int, end: int) -> bool:
    start += text[start - 1].isalpha() and text.startswith(".", start)  # of an abbreviation
    return end - start < 24 and any(between.fullmatch(text, start, end) for between in (RANGE, AND, COMMA))
