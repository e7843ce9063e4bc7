"""The columns of a generation: numpy arrays, one file each, memory-mapped by readers.

Passages are numbered in the order of their entries, so the passages of an entry are a range; the last one of an
entry may be a pseudo-passage that holds its heading path. A field maps each of its terms to the passages that
hold it; facets are fields too, with their values as terms.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]
"""A vector of integers; the width differs by column."""
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

TITLE, PATH, BODY = 1, 2, 4
"""Bits of a passage's role. The headline of a news item is TITLE and BODY at once (Entry.body)."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms and their numbers."""

    terms: Sequence[str]
    """Sorted by code point; its index is the number of a term."""

    def number(self, term: str) -> int:
        """Number of a term, or -1."""
        at = bisect_left(self.terms, term)
        return at if at < len(self.terms) and self.terms[at] == term else -1

    def range(self, prefix: str) -> range:
        """Numbers of the terms that begin with `prefix`."""
        return range(bisect_left(self.terms, prefix), bisect_left(self.terms, prefix + "\U0010ffff"))


@dataclass(frozen=True, slots=True)
class Field(Vocabulary):
    """Which passages hold which term, how often and where."""

    first: Ints
    """[terms + 1] where the postings of a term start."""
    passages: Ints
    """[postings] passage numbers, ascending within a term."""
    counts: Ints | None
    """[postings] occurrences in the passage; None where each is one (facets)."""
    first_place: Ints | None
    """[terms + 1] where the places of a term start."""
    places: Ints | None
    """[occurrences] word positions, ascending within a posting."""

    @property
    def sizes(self) -> Ints:
        """[terms] how many passages hold a term."""
        return np.diff(self.first)

    def postings(self, number: int) -> tuple[Ints, Ints]:
        """Passages and counts of a term."""
        span = slice(int(self.first[number]), int(self.first[number + 1]))
        passages = self.passages[span]
        counts = np.ones(len(passages), np.int32) if self.counts is None else self.counts[span]
        return passages, counts

    def occurrences(self, number: int) -> tuple[Ints, Ints]:
        """Passage and position of every occurrence of a term, in order. Only for fields with places."""
        passages, counts = self.postings(number)
        if self.first_place is None or self.places is None:
            return passages, np.zeros(len(passages), np.int32)
        span = slice(int(self.first_place[number]), int(self.first_place[number + 1]))
        return np.repeat(passages, counts), self.places[span]


class FieldBuilder:
    """Collects which passage has which value, in the order of passages, and turns that into a Field."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._terms = array("I")
        self._passages = array("I")

    def add(self, term: str, passage: int) -> None:
        """Note that a passage has a value; twice counts once."""
        self._terms.append(self._numbers.setdefault(term, len(self._numbers)))
        self._passages.append(passage)

    def build(self) -> Field:
        """The Field."""
        names = sorted(self._numbers)
        rank = np.empty(len(names), np.int64)
        rank[[self._numbers[name] for name in names]] = np.arange(len(names))
        terms = rank[np.frombuffer(self._terms, np.uint32)] if names else np.empty(0, np.int64)
        passages = np.frombuffer(self._passages, np.uint32).astype(np.int32)
        order = np.lexsort((passages, terms))
        return field_of(names, terms[order], passages[order], None)[0]


def field_of(names: Sequence[str], terms: Ints, passages: Ints, places: Ints | None) -> tuple[Field, Mask]:
    """The Field of occurrences that are sorted by term, passage and place; and which of them were not repeats."""
    keys = (terms, passages) if places is None else (terms, passages, places)
    kept = _changes(*keys)
    terms, passages = terms[kept], passages[kept]
    heads = np.flatnonzero(_changes(terms, passages))
    bounds = np.arange(len(names) + 1)
    first = np.searchsorted(terms[heads], bounds).astype(np.int64)
    if places is None:
        return Field(names, first, passages, None, None, None), kept
    counts = narrow(np.diff(np.append(heads, len(terms))))
    first_place = np.searchsorted(terms, bounds).astype(np.int64)
    return Field(names, first, passages[heads], counts, first_place, narrow(places[kept])), kept


def narrow(values: Ints) -> Ints:
    """The same numbers, none of them negative, in as few bytes as they need."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


@dataclass(frozen=True, slots=True)
class Pairs:
    """The (entry, value) pairs of a facet: what its counts count. Sorted by entry, then value."""

    entry: Ints
    """[pairs]"""
    value: Ints
    """[pairs] number of the value in the facet's Field."""
    first_of_entry: Ints
    """[entries + 1] where the pairs of an entry start."""
    first: Ints
    """[passages + 1] where a passage's pairs start in `of_passage`."""
    of_passage: Ints
    """[values of passages] pair numbers."""


def pair_up(field: Field, entry_of: Ints, entries: int) -> Pairs:
    """The pairs of a facet, from which passages hold which value and which entry a passage belongs to."""
    values = np.repeat(np.arange(len(field.terms)), np.diff(field.first))
    passages = field.passages.astype(np.int64)
    width = max(len(field.terms), 1)
    keys = entry_of[passages].astype(np.int64) * width + values
    unique, inverse = np.unique(keys, return_inverse=True)
    entry = (unique // width).astype(np.int32)
    order = np.argsort(passages, kind="stable")
    return Pairs(
        entry,
        (unique % width).astype(np.int32),
        np.searchsorted(entry, np.arange(entries + 1)).astype(np.int32),
        np.searchsorted(passages[order], np.arange(len(entry_of) + 1)).astype(np.int32),
        inverse[order].astype(np.int32),
    )


def ranges(starts: Ints, ends: Ints) -> Ints:
    """The concatenation of the numbers from starts[i] to before ends[i] for every i."""
    starts = starts.astype(np.int64)
    lengths = ends - starts
    closes = np.cumsum(lengths)
    if not len(closes):
        return starts
    numbers: Ints = np.repeat(starts - closes + lengths, lengths) + np.arange(closes[-1])
    return numbers


def sought(numbers: Ints, wanted: Ints) -> tuple[Ints, Mask]:
    """[wanted] where each is among some ascending numbers, and whether it is; if not, the place says nothing."""
    if not len(numbers):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), bool)
    wanted = wanted.astype(numbers.dtype, copy=False)  # else numpy widens all of the numbers, each time
    at = numbers.searchsorted(wanted)
    at[at == len(numbers)] = 0
    return at, numbers[at] == wanted


def ascending(numbers: Ints) -> Ints:
    """The different ones among sorted numbers."""
    if len(numbers) < 2:
        return numbers
    fresh = np.empty(len(numbers), bool)
    fresh[0] = True
    np.not_equal(numbers[1:], numbers[:-1], out=fresh[1:])
    different: Ints = numbers[fresh]
    return different


class Spans:
    """Some of many ranges, one after the other, and what is in them numbered anew.

    first 0 4 6 9, which 0 2:   old 0 1 2 3 . . 6 7 8
                                new 0 1 2 3     4 5 6
    """

    def __init__(self, first: Ints, which: Ints) -> None:
        """`first` [ranges + 1] says where each range starts; `which` are the numbers of some."""
        begin = first.take(which).astype(np.int64)
        self.sizes: Ints = first.take(which + 1) - begin
        ends = self.sizes.cumsum()
        self.starts: Ints = ends - self.sizes
        """[which] where the range starts in the new numbers."""
        self.shift: Ints = begin - self.starts
        """[which] what makes an old number of a new one."""
        self.size = int(ends[-1]) if len(which) else 0

    def numbers(self) -> Ints:
        """[size] the old numbers."""
        old: Ints = self.shift.repeat(self.sizes)
        old += np.arange(self.size)
        return old


# --- Files ----------------------------------------------------------------------------------------


def save(folder: Path, arrays: Iterable[tuple[str, Ints | Floats | None]]) -> None:
    """Write each array to <name>.npy; None writes nothing."""
    for name, values in arrays:
        if values is not None:
            np.save(folder / f"{name}.npy", values, allow_pickle=False)


def load(folder: Path, name: str) -> Any:
    """Memory-map <name>.npy, as a plain array: slicing a numpy.memmap costs ten times as much."""
    return np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)


def save_terms(folder: Path, name: str, terms: Sequence[str]) -> None:
    """Write sorted terms, as a JSON list: a name may hold any character."""
    (folder / f"{name}.terms.json").write_text(json.dumps(terms, ensure_ascii=False), encoding="utf-8")


def load_terms(folder: Path, name: str) -> list[str]:
    """The terms written by save_terms."""
    terms: list[str] = json.loads((folder / f"{name}.terms.json").read_text(encoding="utf-8"))
    return terms


def save_field(folder: Path, name: str, field: Field) -> None:
    """Write the columns of a field."""
    save_terms(folder, name, field.terms)
    columns = ("first", "passages", "counts", "first_place", "places")
    save(folder, ((f"{name}.{column}", getattr(field, column)) for column in columns))


def load_field(folder: Path, name: str, *, with_places: bool) -> Field:
    """The field written by save_field."""
    optional = ("counts", "first_place", "places")
    return Field(
        load_terms(folder, name),
        load(folder, f"{name}.first"),
        load(folder, f"{name}.passages"),
        *(load(folder, f"{name}.{column}") if with_places else None for column in optional),
    )


def save_pairs(folder: Path, name: str, pairs: Pairs) -> None:
    """Write the columns of a facet's pairs."""
    save(folder, ((f"{name}.pairs.{column}", getattr(pairs, column)) for column in Pairs.__slots__))


def load_pairs(folder: Path, name: str) -> Pairs:
    """The pairs written by save_pairs."""
    return Pairs(*(load(folder, f"{name}.pairs.{column}") for column in Pairs.__slots__))


def _changes(*keys: Ints) -> Mask:
    """Where a run of equal keys begins."""
    changed = np.zeros(len(keys[0]), bool)
    changed[:1] = True
    for key in keys:
        changed[1:] |= key[1:] != key[:-1]
    return changed
