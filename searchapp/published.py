"""When a document was published: what its file name and its front matter say, and never a guess."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePosixPath

from searchapp.splitting.dating.text import parse_typed

_KEYS = (
    "date",
    "pubdate",
    "published",
    "publishdate",
    "publishedat",
    "datepublished",
    "publicationdate",
    "reportdate",
    "datetime",
    "created",
    "createdat",
)
"""Front matter keys of a publication date, best first; compared in lower case without '_' and '-'."""
_SWITCHES = ("", "yes", "no", "on", "off")
"""Besides booleans what `published` holds on a site that says by it whether there is a page."""
_LONGEST = 80
"""Characters of a value that may be a date with its time."""
_DIGITS = 18
"""Of a whole number that is shown as it stands."""

_DATED_NAME = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?![0-9])")
_DATED_PATH = re.compile(r"/?(?:[^/]+/)*?(\d{4})/(\d{1,2})/(\d{1,2})(?:/|\Z)")
_YEAR = r"(?:18|19|20)[0-9]{2}"
_IN_NAME = re.compile(
    r"(?<![^\W_])(?<![0-9][-.])"
    rf"(?:(?:19|20)[0-9]{{6}}|{_YEAR}([-_.])[0-9]{{1,2}}\1[0-9]{{1,2}}|[0-9]{{1,2}}([-_.])[0-9]{{1,2}}\2{_YEAR})"
    r"(?![^\W_]|[-.][0-9])"
)
"""A day in figures: 20160227, 2016-02-27, 27.02.2016, each with another of these signs."""
_DAY_BEFORE = re.compile(r"(?<![^\W_])[0-9]{1,2}[\W_]{1,3}(?:\w{1,3}[\W_]{1,3})?\Z")
"""Before a day in figures, what may be the first of some days: 27 - 28.02.2016."""
_IN_FOLDERS = re.compile(rf"(?:.*/)?({_YEAR})/([0-9]{{2}})/([0-9]{{2}})(?:/|\Z)", re.DOTALL)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?=\Z|[T\s])")
_EITHER_WAY = re.compile(r"(?:0?[1-9]|1[0-2])([/-])(?:0?[1-9]|1[0-2])\1\d{4}(?!\d)")
_WEEKDAY = re.compile(r"(?:[^\W\d_]+\.?,\s*)?")
_TIME = re.compile(
    r"(?:\s*(?:г|года|р|року)\b\.?)?"
    r"(?:(?:T|,?\s+(?:at\s+)?)\d{1,2}:?\d{2}(?::?\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?m\.?)?"
    r"\s*(?:[A-Z]{1,5})?(?:[+-]\d{1,2}(?::?\d{2})?)?(?:\s*\([A-Z]{1,5}\))?)?",
    re.IGNORECASE,
)
"""What may stand after a day: the word for a year that Russian and Ukrainian put there, and a time with its zone."""


@dataclass(frozen=True, slots=True)
class Published:
    """The publication date of a document, and what of its front matter could not be one."""

    when: date | None
    in_name: bool = False
    """Whether the file name says it."""
    unused: tuple[tuple[str, str], ...] = ()
    """Keys of the front matter whose value should have said it, each with why it does not."""


def published(path: str, metadata: Mapping[str, object]) -> Published:
    """When the document was published.

    A date that a file name begins with comes first: it is what such a site is ordered by. Then the first key with a
    day that can't be misread counts, then a date in the front matter's `path`, then the only one in the file name, then
    that of its folders. What comes after the one that counts is not looked at; what comes before it is told as unused,
    but for lists and tables: those hold an event's date beside another key.
    """
    place = PurePosixPath(path)
    if named := _date_in(_DATED_NAME, place.stem):
        return Published(named, in_name=True)
    keys = {re.sub("[_-]", "", key).casefold(): key for key in reversed(list(metadata))}
    unused: list[tuple[str, str]] = []
    for key in (keys[name] for name in _KEYS if name in keys):
        found = _read(metadata[key])
        if isinstance(found, date):
            plain = ((key, why) for key, why in unused if not isinstance(metadata[key], (list, dict)))
            return Published(found, unused=tuple(plain))
        if found:
            unused.append((key, found))
    where = metadata[keys["path"]] if "path" in keys else None
    when = _date_in(_DATED_PATH, where) if isinstance(where, str) else None
    if when is None and (named := _only_day(place.stem)):
        return Published(named, in_name=True, unused=tuple(unused))
    return Published(when or _date_in(_IN_FOLDERS, f"{place.parent}/{place.stem}"), unused=tuple(unused))


def _only_day(name: str) -> date | None:
    """The one day that a file name says in figures; of several, or one that may be two, none."""
    days: set[date | str] = set()
    for found in _IN_NAME.finditer(name):
        text = found[0].replace("_", "-")
        if text.isdecimal():
            text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
        elif not text[:4].isdecimal() and _DAY_BEFORE.search(name, 0, found.start()):
            return None
        days.add(_day(text))
    only = days.pop() if len(days) == 1 else None
    return only if isinstance(only, date) else None


def _read(value: object) -> date | str:
    """The day that a value is, or why it is none; empty for a value that does not mean to say one."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if value is None or isinstance(value, bool) or (isinstance(value, str) and value.strip().casefold() in _SWITCHES):
        return ""
    if isinstance(value, int) and 0 <= value < 10**_DIGITS:
        value = str(value)
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return _day(text) if 0 < len(text) <= _LONGEST else "is not a day"


def _day(text: str) -> date | str:
    if (iso := _ISO.match(text)) and _TIME.fullmatch(text, iso.end()):
        return _date_in(_ISO, text) or f"“{text}” is not a day of the calendar"
    if _EITHER_WAY.match(text) and not parse_typed(text):
        return f"“{text}” may be either of two days"
    found = parse_typed(text)
    if len(found) != 1 or not _is_all(text, *found[0].span):
        return f"“{text}” cannot be read as a day"
    return found[0].start if found[0].start == found[0].end else f"“{text}” is not a whole day"


def _is_all(text: str, start: int, end: int) -> bool:
    """Whether nothing stands around a date but its day of the week and its time."""
    return bool(_WEEKDAY.fullmatch(text, 0, start) and _TIME.fullmatch(text, end))


def _date_in(pattern: re.Pattern[str], text: str) -> date | None:
    found = pattern.match(text)
    if not found:
        return None
    try:
        return date(*(int(group) for group in found.groups()))
    except ValueError:
        return None
