"""The names of a corpus: actors.toml, read with care. Everything wrong in it is told, everything right is used."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from searchapp.front_matter import TOO_LONG, toml_error
from searchapp.model import Gazetteer, Name, Problem, SearchAppError
from searchapp.settings import GAZETTEER_FILE
from searchapp.spellings import fold, fold_cased

_KEYS = frozenset({"name", "type", "aliases", "cased", "masks"})
_TABLES = ("actor", "place")
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*(actor|place)[ \t]*\]\]", re.MULTILINE)


class BadGazetteer(SearchAppError):
    """A file that states names, none of which can be used: an index without any would be a loss; nothing is built."""

    def __init__(self, path: Path, first: Problem) -> None:
        where = path if first.line is None else f"{path}:{first.line}"
        super().__init__(
            f"{where}: {first.message}; no name can be used, so nothing was built: mend the file, or remove it"
        )


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    problems: list[Problem] = field(default_factory=list)
    names: dict[str, Name] = field(default_factory=dict)
    """By folded canonical name."""
    taken: dict[tuple[bool, str], str] = field(default_factory=dict)
    """(counts only in this case, folded alias) -> canonical name."""

    def problem(self, line: int | None, message: str) -> None:
        self.problems.append(Problem(GAZETTEER_FILE, line, message))


def parse(raw: bytes) -> tuple[Gazetteer, tuple[Problem, ...]]:
    """The gazetteer that the bytes of an actors.toml state, and what in them could not be used. Never raises."""
    reading = _Reading()
    digest = hashlib.sha256(raw).hexdigest()
    try:
        text = raw.decode("utf-8-sig")
        tables = tomllib.loads(text)
    except UnicodeDecodeError as error:
        reading.problem(raw.count(b"\n", 0, error.start) + 1, "not UTF-8")
    except tomllib.TOMLDecodeError as error:
        message, line = toml_error(error)
        reading.problem(line or None, message)
    except ValueError:
        reading.problem(None, TOO_LONG)
    except RecursionError:
        reading.problem(None, "nested too deeply")
    else:
        _read(reading, tables, text)
    return Gazetteer(tuple(reading.names.values()), digest), tuple(reading.problems)


def _read(reading: _Reading, tables: Mapping[str, object], text: str) -> None:
    for key in sorted(tables.keys() - set(_TABLES)):
        reading.problem(None, f"{key!r} is no table of the gazetteer; expected [[actor]] or [[place]]")
    rows = [row for kind in _TABLES for row in _rows(reading, tables, kind, text)]
    named = [(row, name) for row in rows if (name := _name(reading, row))]
    for row, name in named:
        reading.names[fold(name.name)] = name
        reading.taken[False, fold(name.name)] = name.name
        row.name = name
    for row, name in named:
        reading.names[fold(name.name)] = _with_aliases(reading, row, name)


@dataclass(slots=True)
class _Row:
    """One [[actor]] or [[place]]."""

    kind: str
    line: int | None
    table: Mapping[str, object]
    name: Name | None = None


def _rows(reading: _Reading, tables: Mapping[str, object], kind: str, text: str) -> Iterator[_Row]:
    value = tables.get(kind, [])
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        reading.problem(None, f"{kind}: expected [[{kind}]] tables")
        return
    lines = [text.count("\n", 0, found.start(1)) + 1 for found in _HEADER.finditer(text) if found[1] == kind]
    known = len(lines) == len(value)
    for number, row in enumerate(value):
        yield _Row(kind, lines[number] if known else None, row)


def _name(reading: _Reading, row: _Row) -> Name | None:
    """The row's name and type, or None (and a problem) when they can't be used."""
    values = {key: row.table.get(key) for key in ("name", "type")}
    for key, value in values.items():
        if not isinstance(value, str) or not value.strip():
            found = "nothing" if value is None else repr(value)
            reading.problem(row.line, f"{row.kind}: {key}: expected a text, found {found}; the {row.kind} is not used")
            return None
    name, kind = (" ".join(str(value).split()) for value in values.values())
    if fold(name) in reading.names or (False, fold(name)) in reading.taken:
        reading.problem(row.line, f"{name!r} is there twice; the second is not used")
        return None
    reading.taken[False, fold(name)] = name
    for key in sorted(row.table.keys() - _KEYS):
        reading.problem(row.line, f"{name!r}: unknown key {key!r}")
    return Name(name, kind, is_place=row.kind == "place")


def _with_aliases(reading: _Reading, row: _Row, name: Name) -> Name:
    return Name(
        name.name,
        name.type,
        aliases=_free(reading, row, name, "aliases"),
        cased=_free(reading, row, name, "cased"),
        masks=tuple(dict.fromkeys(_texts(reading, row, name, "masks"))),
        is_place=name.is_place,
    )


def _free(reading: _Reading, row: _Row, name: Name, key: str) -> tuple[str, ...]:
    """The aliases under `key` that no other name has."""
    found: list[str] = []
    cased = key == "cased"
    for alias in _texts(reading, row, name, key):
        spelling = (cased, fold_cased(alias) if cased else fold(alias))
        owner = reading.taken.setdefault(spelling, name.name)
        if owner != name.name:
            reading.problem(row.line, f"{name.name!r}: {alias!r} already stands for {owner!r}; it is used for that one")
        elif alias not in (name.name, *found):
            found.append(alias)
    return tuple(found)


def _texts(reading: _Reading, row: _Row, name: Name, key: str) -> list[str]:
    values = row.table.get(key, [])
    if not isinstance(values, list):
        reading.problem(row.line, f"{name.name!r}: {key}: expected a list of texts, found {values!r}")
        return []
    good = [" ".join(value.split()) for value in values if isinstance(value, str) and value.strip()]
    if len(good) < len(values):
        bad = next(value for value in values if not isinstance(value, str) or not value.strip())
        reading.problem(row.line, f"{name.name!r}: {key}: expected texts, found {bad!r}")
    return good
