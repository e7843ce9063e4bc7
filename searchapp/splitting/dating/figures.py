"""Readers of dates in figures: 30.09.2015, 041630Z MAR 16, 2015年9月30日; and of those that may be one of two days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from searchapp.model import Range
from searchapp.signs import DASHES
from searchapp.splitting.dating import words
from searchapp.splitting.dating.between import NUMBERED
from searchapp.splitting.dating.days import LAST, Day, Stated, year_of
from searchapp.splitting.dating.scan import Reading, Scan

_ON = re.compile(r"(?<![^\W_])(?:on|dated|am|vom|zum|den|bis|seit|le|du|el|от|с|до|від|з)\s+$", re.IGNORECASE)
_SHARED = re.compile(rf"(?<![\w.,:/-])(\d\d?)(?:\.(\d\d?))?(?:\.\s?[{DASHES}]\s?|[{DASHES}]|\.?\s+bis\s+(?:zum\s+)?)$")
"""Before a day in figures, an earlier one of its month or year: 28-29.02.2016, 30.09.–04.10.2015."""


def numeric(scan: Scan, i: int) -> Reading | None:
    """2015-09-30, 2015/09/30, 30.09.2015; with slashes or hyphens day and month must be told apart by their size."""
    parts = scan.tokens[i : i + 3]
    if len(parts) < 3 or not all(part.digits for part in parts):
        return None
    a, b, c = parts
    mark = scan.text[a.end : b.start]
    if mark not in ("-", "/", ".") or scan.text[b.end : c.start] != mark:
        return None
    opening = _opening(scan, a.start) if mark == "." else None
    if a.dashed and not opening:
        return None
    in_path = scan.text[max(0, a.start - 1) : a.start] == "/"
    if in_path or (scan.text[c.end : c.end + 1] == mark and scan.text[c.end + 1 : c.end + 2].isdecimal()):
        return [], i + 3
    when = _day(scan, i, mark)
    if when is None:
        return ([], i + 3) if 4 in (a.digits, c.digits) or (a.start, c.end) in scan.unread else None
    return _interval(scan, i, mark, _opened(opening, Stated(a.start, c.end, when, when)))


def _day(scan: Scan, i: int, mark: str) -> Day | None:
    """The day that three numbers are; None where they are none, or may be one of two, which the scan is told."""
    a, b, c = scan.tokens[i : i + 3]
    if a.digits == 4 and max(b.digits, c.digits) <= 2:
        year, month, day = a.number, b.number, c.number
    elif c.digits == 4 and max(a.digits, b.digits) <= 2:
        year = c.number
        day, month = (b.number, a.number) if b.number > 12 and mark != "." else (a.number, b.number)
        if mark != "." and 0 < day <= 12 and 0 < month <= 12 and day != month:
            scan.unread.add((a.start, c.end))
            return None
    else:
        if _may_be_day(scan, i, mark):
            scan.unread.add((a.start, c.end))
        return None
    return Day(year, month, day) if 1800 <= year <= 2099 and 1 <= month <= 12 and 1 <= day <= 31 else None


def _may_be_day(scan: Scan, i: int, mark: str) -> bool:
    """Whether three numbers may be a day of a year in two figures: 04.03.16, 4/3/16. With points or hyphens, numbers of
    one figure are those of a section or a release, unless a word says that it is a day."""
    parts = scan.tokens[i : i + 3]
    if max(part.digits for part in parts) > 2 or parts[2].digits != 2:
        return False
    if mark != "/" and min(part.digits for part in parts) < 2 and not scan.before(parts[0].start, _ON):
        return False
    if mark == "-" and not (scan.before(parts[0].start, _ON) or _is_alone(scan.text, parts[0].start, parts[2].end)):
        return False
    low, high = sorted(part.number for part in parts[:2])
    return (0 < low <= 12 and high <= 31) or (mark == "-" and 0 < parts[1].number <= 12 and parts[2].number <= 31)


def _is_alone(text: str, start: int, end: int) -> bool:
    """Whether figures are all of a line or cell, or stand first in it: in a sentence they may be any number."""
    return text[start - 1 : start] in ("", "\n", "\t", "[", "(") and text[end : end + 1] in (
        "",
        "\n",
        "\t",
        " ",
        ",",
        ":",
        "]",
        ")",
    )


def _opening(scan: Scan, start: int) -> re.Match[str] | None:
    found = scan.before(start, _SHARED)
    if found is None or found.start() < scan.taken or scan.before(found.start(), NUMBERED):
        return None
    return found


def _opened(opening: re.Match[str] | None, when: Stated) -> Stated:
    """The date with an earlier day before it, which shares its month or its year."""
    last = when.first
    if opening is None or last.year is None:
        return when
    first = replace(last, day=int(opening[1]), month=int(opening[2] or last.month))
    if (first.month, first.day) > (last.month, last.day) and opening[2]:
        first = replace(first, year=last.year - 1)
    whole = Stated(opening.start(), when.end, first, last)
    return whole if first.month in range(1, 13) and first.day > 0 and first != last and whole.days() else when


def _interval(scan: Scan, i: int, mark: str, when: Stated) -> Reading:
    """The date and what follows it: 30.09.2015–04.10.2015 is a range, and so is 2015-09-30/2015-10-04, as ISO 8601 has
    it, but where it may be a path."""
    following = scan.tokens[i + 3 : i + 6]
    if len(following) < 3 or following[0].start != when.end + 1 or scan.text[when.end] not in f"/{DASHES}":
        return [when], i + 3
    following[0].dashed = False
    if mark != "-" or scan.text[when.end] != "/" or scan.text[following[2].end : following[2].end + 1] in ("/", "-"):
        return [when], i + 3
    last = _day(scan, i + 3, mark) if following[0].digits == 4 else None
    whole = replace(when, end=following[2].end, last=last) if last else when
    return ([whole], i + 6) if last and whole.days() else ([when], i + 3)


# --- What is no row of tokens -----------------------------------------------------------------------

_MONTHS = {name[:3].upper(): month for month, name in enumerate(words.ENGLISH.split("|"), 1)}
_MILITARY = re.compile(
    r"(?<![\w.,])(?=\d\d?[^\W\d]|\d{6}(?!\d))(?P<day>\d\d?)(?:(?P<time>\d{4})(?:[A-Za-z]\s?|\s[A-Z]\s|\s(?=[A-Z]{3})|))?"
    rf"(?P<month>(?i:{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in words.ENGLISH.split('|'))}))"
    r"(?(time)\s?)(?P<year>\d{4}|\d\d)?(?![^\W_])"
)
"""A date-time group: day, time in hours and minutes, letter of its zone, month, year; also the day alone, unspaced."""
_EIGHT = re.compile(r"(?<![\w.,/+-])(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?![\w/-]|[.,]\d)")
"""20160304: a day, or the number of a document that only looks like one."""
_GROUPED = re.compile(r"\d(?:\d{5}|[A-Za-z]{3})")
"""What neither of these is without; most texts are."""


def _military(text: str, unread: set[Range]) -> Iterator[Stated]:
    for match in _MILITARY.finditer(text):
        if not (match["time"] or match["year"]):
            continue
        time, figures = int(match["time"] or 0), match["year"]
        year = year_of(int(figures)) if figures and len(figures) == 2 else int(figures or 0)
        when = Day(year or None, _MONTHS[match["month"][:3].upper()], int(match["day"]))
        plausible = time < 2400 and time % 100 < 60 and (not figures or 1800 <= (year or 0) <= 2099)
        if plausible and 1 <= when.day <= 31 and when.on(2000):
            yield Stated(*match.span(), when, when)
        else:
            unread.add(match.span())


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


def marked(scan: Scan) -> list[Stated]:
    """The dates that are told by their form alone. The scan is told which others may be some."""
    found: list[Stated] = []
    if _GROUPED.search(scan.text):
        eights = (match.span() for match in _EIGHT.finditer(scan.text))
        scan.unread.update(at for at in eights if scan.before(at[0], _ON) or _is_alone(scan.text, *at))
        found += _military(scan.text, scan.unread)
    if not scan.text.isascii() and any(mark in scan.text for mark in _EASTERN_MARKS):
        found += _eastern(scan.text)
    return found
