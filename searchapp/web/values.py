"""Values of parameters, read one by one. What is not of its form is said in words, as BadParameter."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date
from typing import Final, TypeVar, cast, get_args

from searchapp.model import UNDATED, BadParameter, EntryKind, Facet
from searchapp.splitting.dating.text import parse_typed
from searchapp.web.languages import gettext as _
from searchapp.web.words import alternatives

MAX_WORDS: Final = 1000
"""Characters of the box; the engine cuts there and says so."""
MAX_VALUE: Final = 1000
"""Characters of one filter value."""
LONGEST_SAID: Final = 60
"""Characters of a wrong value that an error repeats."""

_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_YEAR = re.compile(r"[0-9]{4}")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
T = TypeVar("T")


def clean(text: str) -> str:
    """What may stand in the box, at its length, without what no text can hold."""
    return _UNUSABLE.sub("", text)[:MAX_WORDS]


def words(value: str) -> str:
    """What stands in the box."""
    # One character over the limit is kept: it tells the engine to say that it cut.
    return _UNUSABLE.sub("", value).strip()[: MAX_WORDS + 1].strip()


def year(name: str, value: str) -> str:
    """A year of four digits, or the value for undated passages."""
    if value != UNDATED and not _YEAR.fullmatch(value):
        message = _("“%(name)s” takes a year of four digits or “undated”, not “%(value)s”.", **_said(name, value))
        raise BadParameter(name, message)
    return value


def text(name: str, value: str) -> str:
    """A name or a path."""
    if _UNUSABLE.search(value):
        raise BadParameter(name, _("“%(name)s” has a character that no text can hold.", name=name))
    if len(value) > MAX_VALUE:
        message = _("“%(name)s” takes a text of at most %(count)s characters.", name=name, count=MAX_VALUE)
        raise BadParameter(name, message)
    return value


def kind(name: str, value: str) -> str:
    """A kind of entry."""
    return str(choice(name, get_args(EntryKind))(value))


OF_FACETS: Final[dict[Facet, Callable[[str, str], str]]] = {
    "year": year,
    "actor": text,
    "place": text,
    "kind": kind,
    "document": text,
}


def choice(name: str, allowed: Iterable[T]) -> Callable[[str], T]:
    """Reads one of a few values."""
    choices = tuple(allowed)

    def read(value: str) -> T:
        if value not in choices:
            allowed_words = alternatives([str(choice) for choice in choices])
            message = _("“%(name)s” takes %(choices)s, not “%(value)s”.", choices=allowed_words, **_said(name, value))
            raise BadParameter(name, message)
        return cast(T, value)

    return read


def number(name: str, largest: int) -> Callable[[str], int]:
    """Reads a number from 1 to `largest`."""

    def read(value: str) -> int:
        if not re.fullmatch("[0-9]{1,6}", value) or not 1 <= int(value) <= largest:
            said = {"largest": largest, **_said(name, value)}
            message = _("“%(name)s” takes a number from 1 to %(largest)s, not “%(value)s”.", **said)
            raise BadParameter(name, message)
        return int(value)

    return read


def flag(name: str) -> Callable[[str], bool]:
    """Reads 1 or 0."""
    read = choice(name, ("1", "0"))
    return lambda value: read(value) == "1"


def first_day(value: str) -> date:
    """The limit `from`: a day, or the first one of a month or year."""
    return _day("from", value, last=False)


def last_day(value: str) -> date:
    """The limit `to`: a day, or the last one of a month or year."""
    return _day("to", value, last=True)


def _day(name: str, value: str, *, last: bool) -> date:
    """A day, or the first or last one of a month or year; as the API says, or as a reader would write it."""
    found = _DATE.fullmatch(value.strip())
    written = parse_typed(value) if found is None else ()
    if len(written) == 1 and value[slice(*written[0].span)] == value.strip():
        return written[0].end if last else written[0].start
    try:
        if found is None:
            raise ValueError(value)
        year = int(found[1])
        month = int(found[2] or (12 if last else 1))
        return date(year, month, int(found[3] or (monthrange(year, month)[1] if last else 1)))
    except ValueError as error:
        message = _(
            "“%(name)s” takes a date such as 2016, 2016-02 or 2016-02-29, not “%(value)s”.", **_said(name, value)
        )
        raise BadParameter(name, message) from error


def _said(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value[:LONGEST_SAID]}
