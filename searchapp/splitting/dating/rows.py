"""Days that share the month before them: October 1–3 and 5."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from searchapp.splitting.dating.between import AND, BETWEEN, COMMA, DASH, DAY_MONTH
from searchapp.splitting.dating.days import Day, Stated
from searchapp.splitting.dating.scan import COUNTED, Scan
from searchapp.splitting.dating.tokens import Token

LONGEST_LIST = 8
"""Days that may share one month: more numbers in a row are figures."""

_NO_DAYS = re.compile(r"\s?[ap]\.?m\b|\s(?:were|was|had|have|of|others?|more)\b")
"""After a list of numbers that are no days: `On May 5, 10 and 15 were killed`."""
_OF_UNITS = re.compile(r"\s[A-Z]")
"""After the last of some ordinals that are no days: `3rd and 4th Divisions`."""


def last_day(scan: Scan, i: int) -> int:
    """The last of the days that share the month before day i: of a range, or a list that ends with `and` or a year."""
    end = _end(scan, i)
    kept = last = i if end > i and _opens_date(scan, end) else end
    while last < i + LONGEST_LIST and _is_next(scan, i, last + 1):
        end = _end(scan, last + 1)
        if scan.gap(last, AND):
            no_days = _opens_date(scan, end) or (end > i + 1 and _are_no_days(scan, end))
            return kept if no_days else end
        last = end
    return last if scan.year(last) else kept


def _end(scan: Scan, i: int) -> int:
    """The day up to which day i runs, or day i."""
    other = scan.at(i + 1)
    if other is None or not scan.gap(i, DASH):
        return i
    other.dashed = False
    return i + 1 if other.is_day else i


def _is_next(scan: Scan, first: int, i: int) -> bool:
    """Whether the number at i may go on a list of days that begins with the first."""
    token = scan.at(i)
    if token is None or not token.is_day or not (scan.gap(i - 1, AND) or scan.gap(i - 1, COMMA)):
        return False
    return i == first + 1 or token.number > scan.tokens[i - 1].number


def _are_no_days(scan: Scan, last: int) -> bool:
    """Whether what seems to be a list of days is one of other numbers."""
    token = scan.tokens[last]
    return scan.after(token.end, _NO_DAYS) or (token.ordinal and scan.after(token.end, _OF_UNITS))


def _opens_date(scan: Scan, i: int) -> bool:
    """Whether the number at i belongs to a month after it, or counts something."""
    following = scan.at(i + 1)
    if following is not None and following.month and scan.gap(i, DAY_MONTH):
        return True
    return scan.after(scan.tokens[i].end, COUNTED)


def days_of(scan: Scan, month: Token, tokens: Sequence[Token], year: Token | None) -> list[Stated]:
    """The days and ranges that some numbers are, of one month."""
    found: list[Stated] = []
    between = len(tokens) == 2 and scan.before(month.start, BETWEEN) is not None
    for token in tokens:
        day = Day(year.number if year else None, month.month, token.number)
        if found and (between or DASH.fullmatch(scan.text, found[-1].end, token.start)):
            found[-1] = replace(found[-1], end=token.end, last=day)
        else:
            found.append(Stated(token.start, token.end, day, day))
    return found
