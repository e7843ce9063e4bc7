"""Days and times at the start of lines, which Markdown reads otherwise: to it, `15. März 2016: …` is an item, and the
lines of a log or a chat are one paragraph."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from markdown_it.token import Token

from searchapp.splitting.dating import words
from searchapp.splitting.dating.tokens import month_at_start

_AFTER = re.compile(r"\.?(?:\s+(?:18|19|20)\d\d(?!\d)|\s*(?:[:(–—]|$)|\s-\s)")
"""After a month that is no other word: a year, or what sets a day apart from what is told of it."""
_SHORTEST = 4
"""Letters of a month that is no first name: 5. Jan Egeland."""
_DAY_AFTER = re.compile(r"\.?\s+\d\d?(?!\d)")
_ENGLISH = frozenset(words.ENGLISH.split("|"))
DAY = "day"
"""Key in the `meta` of a token that opens an item: the number that belongs to its text."""


_STAMP = re.compile(
    r"\s*[\[(]?(?:\d{1,4}([./-])\d\d?\1\d{1,4}(?!\d)|\d\d?:\d\d(?!\d)|(?:\d\d?(?:st|nd|rd|th|\.)?\s+)?(?=[^\W\d]))"
)


def logged(lines: Sequence[str]) -> list[int]:
    """Which of the lines of a paragraph begin an entry of a log: those with a day or a time first, if that is the first
    line and half of all; else none."""
    if len(lines) < 2 or not _is_stamped(lines[0]):
        return []
    stamped = [number for number, line in enumerate(lines) if _is_stamped(line)]
    return stamped if 2 * len(stamped) >= len(lines) and len(stamped) > 1 else []


def _is_stamped(line: str) -> bool:
    found = _STAMP.match(line)
    if found is None:
        return False
    if not line[found.end() : found.end() + 1].isalpha() or found[1]:
        return True
    rest = line[found.end() :]
    month, end = month_at_start(rest)
    return bool(month) and (found[0].strip() != "" or _DAY_AFTER.match(rest, end) is not None)


def mark_days(tokens: Sequence[Token]) -> None:
    """Tell the items of ordered lists that are days so.

    All of a list begin with the name of a month, and the numbers do not count the months: `1. April, 2. May`.
    """
    lists: list[list[int]] = []
    for index, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append([])
        elif token.type == "list_item_open":
            lists[-1].append(index)
        elif token.type == "bullet_list_close":
            lists.pop()
        elif token.type == "ordered_list_close":
            _mark(tokens, lists.pop())


def _mark(tokens: Sequence[Token], items: Sequence[int]) -> None:
    days = [_day(tokens, index) for index in items]
    if all(days) and not any(_counts(*one, *other) for one, other in pairwise(filter(None, days))):
        for index in items:
            tokens[index].meta[DAY] = f"{tokens[index].info}. "


def _day(tokens: Sequence[Token], index: int) -> tuple[int, int] | None:
    """The day and month with which an item begins."""
    item, text = tokens[index], tokens[index + 2]
    if item.markup != "." or text.type != "inline" or not 1 <= int(item.info) <= 31:
        return None
    month, end = month_at_start(text.content)
    name, is_first = text.content[:end], item.info == "1"
    if not month or (is_first and name in _ENGLISH):  # English has no point after a day, but lists have a first item
        return None
    doubtful = is_first or name in words.ENGLISH_AMBIGUOUS or len(name) < _SHORTEST
    return None if doubtful and not _AFTER.match(text.content, end) else (int(item.info), month)


def _counts(day: int, month: int, next_day: int, next_month: int) -> bool:
    """Whether an item and the next are numbered for their order."""
    return next_day == day or (next_month != month and next_day == day + 1)
