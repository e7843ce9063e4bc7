"""Entries on disk: whatever is written comes back as it was, many or few, alike or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.engines.whoosh import store
from searchapp.model import DocumentRef, Outline


@dataclass(frozen=True, slots=True)
class Part:
    """A value in a value, with one field only."""

    name: str


@dataclass(frozen=True, slots=True)
class Value:
    """What an entry is made of."""

    text: str
    day: date | None
    parts: tuple[Part, ...]
    pair: tuple[int, int]


VALUES = st.builds(
    Value,
    st.text(),
    st.none() | st.dates(),
    st.lists(st.builds(Part, st.text())).map(tuple),
    st.tuples(st.integers(), st.integers()),
)


def written(folder: Path, values: list[Value]) -> list[Value]:
    """The values after they have been on disk."""
    store.write(folder, "values", values)
    reader = store.Reader(folder, "values", Value)
    return [reader[number] for number in range(len(reader))]


@given(st.lists(VALUES, max_size=5))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, values: list[Value]) -> None:
    """Any value comes back equal, with dates, nested values and text of any script."""
    assert written(tmp_path_factory.mktemp("store"), values) == values


@pytest.mark.parametrize("count", [0, 1, store.FEWEST - 1, store.FEWEST, 3 * store.SAMPLES])
@pytest.mark.parametrize("text", ["", "a", "The same sentence in every one of them. " * 20, "{0:x}" * 9])
def test_any_number_of_values_can_be_written(tmp_path: Path, count: int, text: str) -> None:
    """Few values, many, values with nothing in common and values with nothing else: with a dictionary or without."""
    values = [Value(text.format(number**9), None, (), (number, 0)) for number in range(count)]
    assert written(tmp_path, values) == values


def test_what_values_have_in_common_is_stored_once(tmp_path: Path) -> None:
    """Many values that share most of their text take a small part of it, though each can be read alone."""
    values = [Value("What all of them say, at some length, again. " * 10, None, (), (n, n)) for n in range(2000)]
    assert written(tmp_path, values) == values
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 2000 * 450 / 8


def test_outlines_are_found_by_path(tmp_path: Path) -> None:
    """They stand by path, whatever order they were written in; one is read by its path, an unknown one is not there."""
    written = [
        Outline(DocumentRef(path, path.title()), (), (), (), "0" * 64, None, 3) for path in ("b.md", "ä.md", "a.md")
    ]
    store.write_outlines(tmp_path, written)
    outlines = store.Outlines(tmp_path)
    assert (list(outlines), len(outlines)) == (["a.md", "b.md", "ä.md"], 3)
    assert list(outlines.refs.values()) == [outline.ref for outline in outlines.values()]
    assert outlines["ä.md"] == written[1]
    assert outlines.get("c.md") is None
