"""Readers of years: a bare number is one only where language marks it so."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from searchapp.signs import DASHES
from searchapp.splitting.dating import words
from searchapp.splitting.dating.between import AND, APART, BETWEEN, COMMA, DASH, RANGE, SLASH, either
from searchapp.splitting.dating.days import LAST, Day, Stated, month_of
from searchapp.splitting.dating.scan import COUNTED, COUNTED_SOON, Reading, Scan

BEFORE_YEAR = re.compile(rf"({either(words.YEAR_MARKS)})\s+$", re.IGNORECASE)
_DETERMINER = re.compile(rf"(?:{either(words.DETERMINERS)}|['’]s?)\s+$", re.IGNORECASE)
NO_YEAR_BEFORE = re.compile(
    r"(?<![^\W_])(?:pp?\.|pages?|resolutions?|nos?\.|nr\.|flight|article|route)\s*$", re.IGNORECASE
)
_COUNTED_EVENT = re.compile(rf"\s(?:{words.COUNTED_EVENTS})(?![^\W_])", re.IGNORECASE)
_PLURAL = re.compile(
    r"\s(?!(?:was|has|does|its|this|always|perhaps|besides)\s)[a-z][a-z-]+(?<!s)(?<!i)(?<!u)s(?![^\W_])"
)
_PLURAL_NAME = re.compile(r"\s[A-Z][a-z]+(?<!s)(?<!i)(?<!u)s(?![^\W_])")
_EVENT = re.compile(rf"\s(?!(?:{words.NOT_EVENTS})(?![^\W_]))[^\W\d_]", re.IGNORECASE)
_SUFFIX = re.compile(rf"\s*(?:{words.YEAR_SUFFIXES})(?![^\W_])", re.IGNORECASE)
_FROM = re.compile(rf"{either('من')}\s+$")
_UP_TO = re.compile(r"['’]y?[ea]\s+(?:kadar|dek|değin)(?![^\W_])")
_OPENING = re.compile(rf"\W*(\d{{4}})(?:\s*[{DASHES}]\s*(\d{{4}}))?(?:\s?(?:{words.HOURS}|Z))?\s*[{DASHES}:](?!\d)")
_NO_TIME_BEFORE = re.compile(r"(?<![^\W_])(?:in|year|since|the)\s+$|\($", re.IGNORECASE)
_GOES_ON = re.compile(r"[-/]\d")
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
    if scan.before(year.start, BEFORE_YEAR) or scan.before(year.start, _DETERMINER):
        return None
    return [month_of(year.start, month.end, month.number, year.number)], i + 2


def month_and_year(scan: Scan, i: int) -> Reading | None:
    """Since 03/2012, where something marks it as a month: it may be the number of a document."""
    month, year = scan.tokens[i], scan.at(i + 1)
    if month.digits != 2 or not 1 <= month.number <= 12 or month.bound or year is None or not year.is_year:
        return None
    if scan.text[month.end : year.start] != "/" or scan.after(year.end, _GOES_ON):
        return None
    if not (scan.before(month.start, BEFORE_YEAR) or _set_apart(scan, month.start, year.end)):
        return None
    return [month_of(month.start, year.end, month.number, year.number)], i + 2


def bare_year(scan: Scan, i: int) -> Reading | None:
    """In 2016, mid-2019, summer of 2017, winter 2015–16, (1999–2000), the 2022 invasion."""
    token = scan.tokens[i]
    if not token.is_year:
        return None
    part, start = scan.part(token.start)
    if scan.timed and token.may_be_clock and part is None and not scan.before(token.start, _NO_TIME_BEFORE):
        return None
    if part is None and token.dashed:
        return None
    until = second_year(scan, i)
    if until is None and (token.slashed or _opens_figures(scan, i)):
        return None
    end = until[1] if until else token.end
    if part is None and not _marked_as_year(scan, i, until):
        return None
    scan.years.add(i)
    first, last = part[1] if part and part[1] else (1, 12)
    second = token.number + 1 if last < first else token.number
    if until and not (part and _is_tied(scan, i)):
        second, last = until[0], 12
    when = Stated(start, end, Day(token.number, first, 1), Day(second, last, LAST))
    return [when], i + (2 if until else 1)


def tells_times(texts: Iterable[str]) -> bool:
    """Whether those of some texts that begin with four figures and a colon or dash begin with a time: `1930: left`.

    A report of one day that does so means times by others, too.
    """
    openings = [figures for text in texts if (found := _OPENING.match(text)) for figures in found.groups() if figures]
    return bool(openings) and all(int(figures) < 2400 and int(figures[2:]) < 60 for figures in openings)


def second_year(scan: Scan, i: int, digits: Sequence[int] = (2, 4)) -> tuple[int, int] | None:
    """The year up to which year i runs and where it ends: 2015–2017, 2015–16, 2015/16, 2015 to 2017."""
    token, following = scan.tokens[i], scan.at(i + 1)
    if following is None or following.digits not in digits or not _runs_on(scan, i):
        return None
    if scan.after(following.end, _GOES_ON):
        return None
    number = following.number
    if following.digits == 2:
        if not _is_tied(scan, i):
            return None
        number += token.number - token.number % 100
    if not token.number < number <= 2099:
        return None
    if following.slashed and number != token.number + 1:
        return None
    return number, following.end


def _is_tied(scan: Scan, i: int) -> bool:
    """Whether a dash or a slash stands between a number and the next."""
    return scan.gap(i, DASH) or scan.gap(i, SLASH)


def _runs_on(scan: Scan, i: int) -> bool:
    """Whether a number is the first of a range."""
    between = scan.gap(i, AND) and scan.before(scan.tokens[i].start, BETWEEN) is not None
    return between or scan.gap(i, RANGE) or scan.gap(i, SLASH)


def _opens_figures(scan: Scan, i: int) -> bool:
    """Whether a number is the first of a range up to what is too large for a year: `2000–2500 km`."""
    following = scan.at(i + 1)
    if following is None or following.digits != 4 or following.number <= 2099:
        return False
    return _runs_on(scan, i) and not scan.gap(i, APART)


def _marked_as_year(scan: Scan, i: int, until: tuple[int, int] | None) -> bool:
    start, end = scan.tokens[i].start, until[1] if until else scan.tokens[i].end
    last = until[0] if until else scan.tokens[i].number
    tied = until is not None and (_is_tied(scan, i) or _is_enclosed(scan, i, until))
    # What is counted from one figure `to` another is given in round figures.
    may_count = until is None or tied or scan.tokens[i].number % 50 == last % 50 == 0
    if scan.before(start, NO_YEAR_BEFORE):
        return False
    if scan.before(start, _DETERMINER) and scan.after(end, _COUNTED_EVENT):
        return scan.tokens[i].number % 50 != 0
    if may_count and scan.after(end, COUNTED):
        return False
    if scan.typed or tied or scan.after(end, _SUFFIX) or _set_apart(scan, start, end):
        return True
    if scan.after(end, _POSSESSIVE):
        return scan.tokens[i].number % 10 != 0
    mark = scan.before(start, BEFORE_YEAR)
    if mark:
        weak = may_count and mark[1].lower() in words.WEAK_MARKS
        return not (
            weak and (scan.after(end, _PLURAL) or scan.after(end, COUNTED_SOON) or _counts_names(scan, last, end))
        )
    if scan.before(start, _DETERMINER):
        counts = scan.tokens[i].number % 50 == 0 and scan.after(end, _PLURAL)
        return scan.after(end, _EVENT) and not counts
    return _follows_year(scan, i)


def _is_enclosed(scan: Scan, i: int, until: tuple[int, int]) -> bool:
    """Whether a word before two figures or after them makes them years: من 2011 إلى 2015, 2011'den 2015'e kadar. What
    is counted is given in round figures."""
    if scan.tokens[i].number % 50 == until[0] % 50 == 0:
        return False
    return scan.before(scan.tokens[i].start, _FROM) is not None or scan.after(until[1], _UP_TO)


def _counts_names(scan: Scan, number: int, end: int) -> bool:
    """Whether a round number stands before a name of many: `between 1800 and 2000 Chechens`."""
    return number % 50 == 0 and scan.after(end, _PLURAL_NAME)


def _set_apart(scan: Scan, start: int, end: int) -> bool:
    """Whether a year stands alone in a text, a row's first cell or brackets, or opens a line of a chronology."""
    before = scan.text[max(0, start - 2) : start].rstrip(" ")[-1:]
    if before in {"", "\n"}:
        return scan.after(end, _CELL_END)
    return (before in {"(", "["} and scan.after(end, _CLOSED)) or (before == "," and scan.after(end, _ENDED))


def _follows_year(scan: Scan, i: int) -> bool:
    """Whether a year goes on a list of years: in 2013, 2014 and 2015."""
    return i - 1 in scan.years and (scan.gap(i - 1, AND) or scan.gap(i - 1, COMMA))
