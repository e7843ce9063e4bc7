"""Readers of years: a bare number is one only where language marks it so."""

from __future__ import annotations

import re

from searchapp.splitting import date_words as words
from searchapp.splitting.date_scan import (
    AND,
    COMMA,
    COUNTED,
    DASH,
    LAST,
    Day,
    Reading,
    Scan,
    Stated,
    either,
    month_of,
)

_BEFORE_YEAR = re.compile(rf"({either(words.YEAR_MARKS)})\s+$", re.IGNORECASE)
_DETERMINER = re.compile(rf"(?:{either(words.DETERMINERS)}|['’]s?)\s+$", re.IGNORECASE)
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
_CELL_END = re.compile(r"\s*(?:[\t\n:]|$)|\s[–—]\s|\s(?:in|was|saw|began|brought|marked|ended)\s")
_CLOSED = re.compile(r"[\])]")
_ENDED = re.compile(r"[\]);]|\.?\s*$|\.\s")


def year_and_month(scan: Scan, i: int) -> Reading | None:
    """2015-09, where nothing marks it as two years."""
    year, month = scan.tokens[i], scan.at(i + 1)
    if not year.is_year or month is None or month.digits != 2 or not 1 <= month.number <= 12 or year.dashed:
        return None
    if scan.text[year.end : month.start] != "-" or scan.text[month.end : month.end + 1] in {"-", "/"}:
        return None
    if scan.before(year.start, _BEFORE_YEAR) or scan.before(year.start, _DETERMINER):
        return None
    return [month_of(year.start, month.end, month.number, year.number)], i + 2


def bare_year(scan: Scan, i: int) -> Reading | None:
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
    if following.digits not in (2, 4) or not token.number < number <= 2099:
        return None
    if following.slashed and number != token.number + 1:
        return None
    return number, following.end


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
