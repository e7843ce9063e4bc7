"""Years for dates that a text gives without one.

The year is the one that brings the date closest to what completes it; the earlier year if two do. But it is no year
before that of what completes it, unless the date is then less than a month away (`on 3 January 2016 ..., on 28
December`), or else would lie more than a month after the text was published: who goes back further says the year. A
report of one day (a day's heading, a news item, a dated file) tells what has happened: a date that would begin more
than a month after its day is of the year before. A month, because what is just ahead is told without a word that says
so (`the vote on 20 October`), while from further ahead than that nearly everything told so is past. Words close to the
date change this: after `since` or `last`, only a week is left, for reports that are dated by their first day, and what
goes by another date may be of any year before it; `will`, `planned for`, `by` or `next` let it lie ahead, where it is
then looked for first. Where such words leave a doubt (`those killed on 11 October will be buried`), the year before is
taken; what is told in the present (`expires on 30 April`) has no date if that makes two years of it. A report that
already goes by a date further ahead tells of more than its day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from enum import Enum

from searchapp.splitting.dating import words
from searchapp.splitting.dating.between import AND, COMMA, RANGE, either
from searchapp.splitting.dating.days import Stated

Days = tuple[date, date]
"""First and last day of a span."""

NEAR = 20
"""Dates to either side that may complete one; a long table would cost its square otherwise."""
_MONTH_LONG = 31
_WEEK = 7


class _Tense(Enum):
    PAST = "past"
    OPEN = "open"
    DOUBTFUL = "doubtful"
    AHEAD = "ahead"


def nearest(
    when: Stated, given: Days, day: date | None, text: str, others: Sequence[Stated], told: date | None = None
) -> Days | None:
    """The date in the year that brings it closest to `given`; None when there is none that may be.

    `day` is the day of the report that the text belongs to, if it belongs to one, `told` that of its publication, if
    it is known; `others` are the dates around it.
    """
    candidates = around(when, given)
    tense = _tense(when, text, others)
    if day is None or (given[0] - day).days > _MONTH_LONG:
        if tense is _Tense.PAST:
            return closest([days for days in candidates if (days[0] - given[0]).days <= _WEEK] or candidates, given)
        found = closest(_of_its_year(candidates, given), given)
        return closest(candidates, given) if tense is _Tense.OPEN and _is_late(found, given, told) else found
    ahead = closest([days for days in candidates if (day - days[1]).days <= _MONTH_LONG] or candidates, given)
    if tense is _Tense.AHEAD:
        return ahead
    most = _WEEK if tense is _Tense.PAST else _MONTH_LONG
    found = closest(_of_its_year([days for days in candidates if (days[0] - day).days <= most], given), given)
    return None if tense is _Tense.DOUBTFUL and found != ahead else found


def _is_late(found: Days | None, given: Days, told: date | None) -> bool:
    """Whether a date lies after the text was published, which tells of no such days otherwise."""
    if told is None or found is None or (given[0] - told).days > _MONTH_LONG:
        return False
    return (found[0] - told).days > _MONTH_LONG


def _of_its_year(candidates: list[Days], given: Days) -> list[Days]:
    """Without those of an earlier year, unless they are less than a month away or there is no other."""
    kept = [d for d in candidates if d[1].year >= given[0].year or (given[0] - d[1]).days <= _MONTH_LONG]
    return kept or candidates


def within(when: Stated, span: Days) -> Iterator[Days]:
    """The date in each year in which it touches a span."""
    for days in around(when, span):
        if days[0] <= span[1] and days[1] >= span[0]:
            yield days


def around(when: Stated, near: Days) -> list[Days]:
    """The date in each year that could bring it closest to a span."""
    years = range(max(1, near[0].year - 1), min(near[1].year + 1, 9998) + 1)
    return [days for year in years if (days := when.days(year))]


def closest(candidates: Iterable[Days], near: Days) -> Days | None:
    """The candidate closest to a span; the earlier if two are."""
    return min(candidates, key=lambda days: (_apart(days, near), days[0]), default=None)


def _apart(one: Days, other: Days) -> int:
    """Days between two spans; 0 when they touch."""
    return max(0, (one[0] - other[1]).days, (other[0] - one[1]).days)


# --- What the same text says ------------------------------------------------------------------------

_BACKGROUND = re.compile(rf"\b(?:{words.BACKGROUND})\s+$", re.IGNORECASE)
_BORN = re.compile(rf"{either(words.BORN)}(?:\W+(?:on|in|at|of|am|le|el|the|date|\w+day))*\W*$", re.IGNORECASE)


def is_of_a_life(start: int, text: str) -> bool:
    """Whether the date that starts there is that of a birth, by what stands before it."""
    return _BORN.search(text, max(0, start - 32), start) is not None


def context(when: Stated, text: str, found: Iterable[Stated]) -> tuple[Days | None, Days | None]:
    """The full date of the same text that a partial one goes by, and a year after it, for want of any other."""
    exact: list[tuple[bool, int, Days]] = []
    before: list[tuple[bool, int, Days]] = []
    after: list[tuple[bool, int, Days]] = []
    for other in found:
        days = other.days() if other.full else None
        if days is None or is_of_a_life(other.start, text):
            continue
        item = (other.start > when.start, abs(other.start - when.start), days)
        if (days[1] - days[0]).days <= _MONTH_LONG:
            exact.append(item)
        elif not _BACKGROUND.search(text, max(0, other.start - 16), other.start):
            (after if item[0] else before).append(item)
    near = min(exact, default=None) or min(before, default=None)
    later = min(after, default=None)
    return near[2] if near else None, later[2] if later else None


# --- Whether it lies ahead --------------------------------------------------------------------------

_REACH = 160
"""Characters to either side in which a word is looked for."""
_SENTENCE_END = re.compile(r"(?:(?<=[^\W_]{3})|(?<=[)\]»”\"]))[.!?؟…]+\s+(?![a-z])|[\n\t]")
_PAST = re.compile(
    rf"{either(words.SINCE)}(?![^\W_])[^,،;؛:]{{0,60}}$|{either(words.LAST_BEFORE)}\s+(?:\S+\s+)?$", re.IGNORECASE
)
_PAST_AFTER = re.compile(rf"\W{{0,2}}{either(words.LAST_AFTER)}(?![^\W_])", re.IGNORECASE)
_AHEAD = re.compile(rf"(?:{either(words.AHEAD)}|['’]ll)(?![^\W_])")
_NEXT = re.compile(rf"{either(words.NEXT_BEFORE)}\s+$", re.IGNORECASE)
_NEXT_AFTER = re.compile(rf"\W{{0,2}}{either(words.NEXT_AFTER)}(?![^\W_])", re.IGNORECASE)
_DEADLINE = re.compile(rf"{either(words.DEADLINE)}\s+(?:(?:the|[^\W\d_]+day),?\s+)*$", re.IGNORECASE)
_PERHAPS_AHEAD = re.compile(rf"{either(words.PERHAPS_AHEAD)}(?![^\W_])")
_INTENDED = re.compile(rf"{either(words.INTENDED)}(?![^\W_])")
_HAPPENED = re.compile(rf"{either(words.HAPPENED)}(?![^\W_])", re.IGNORECASE)
_TO_BE = re.compile(r"^\s+(?:[a-z]+\s+)?(?:be|have)\s+(?:[a-z]+ly\s+)?[a-z]+")
"""What is to be done is told with the words for what is done: `will not be formally held on`."""
_OPENING = re.compile(r"\W*(?:[^\W\d_]+\W+){0,2}")
"""At most two words before a date, as in `On Monday, 20 December, they will meet`."""


def _tense(when: Stated, text: str, others: Sequence[Stated]) -> _Tense:
    before, after = _sentence(when, text, others)
    if _PAST.search(before) or _PAST_AFTER.match(after):
        return _Tense.PAST
    if _NEXT.search(before) or _NEXT_AFTER.match(after) or _announced(_AHEAD, before):
        return _Tense.AHEAD
    if _DEADLINE.search(before) and _announced(_INTENDED, before):
        return _Tense.AHEAD
    opens = _OPENING.fullmatch(before)
    if opens and _announces(_AHEAD, after):
        return _Tense.AHEAD
    doubtful = _announced(_PERHAPS_AHEAD, before) or (opens and _announces(_PERHAPS_AHEAD, after))
    return _Tense.DOUBTFUL if doubtful else _Tense.OPEN


def _announced(ahead: re.Pattern[str], before: str) -> bool:
    """Whether the words before a date look ahead, and none of what has happened comes after that."""
    last = max((match.end() for match in ahead.finditer(before)), default=None)
    return last is not None and not _HAPPENED.search(_TO_BE.sub("", before[last:]))


def _announces(ahead: re.Pattern[str], after: str) -> bool:
    """Whether the words after a date that opens its sentence look ahead, and none of what has happened comes before."""
    first = ahead.search(after)
    return first is not None and not _HAPPENED.search(after, 0, first.start())


def _sentence(when: Stated, text: str, others: Sequence[Stated]) -> tuple[str, str]:
    """The words of its sentence before a date and after it, up to the next dates that do not share a list with it."""
    start, floor = when.start, 0
    for other in reversed([other for other in others if other.end <= when.start]):
        if not _is_list(text, other.end, start):
            floor = other.end
            break
        start = other.start
    end, ceiling = when.end, len(text)
    for other in (other for other in others if other.start >= when.end):
        if not _is_list(text, end, other.start):
            ceiling = other.start
            break
        end = other.end
    before = text[max(floor, start - _REACH) : start]
    after = text[end : min(ceiling, end + _REACH)]
    return _SENTENCE_END.split(before)[-1], _SENTENCE_END.split(after, maxsplit=1)[0]


def _is_list(text: str, start: int, end: int) -> bool:
    return any(pattern.fullmatch(text, start, end) for pattern in (AND, COMMA, RANGE))
