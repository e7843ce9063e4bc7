"""The columns of a generation: numpy arrays, one file each, memory-mapped by readers.

Passages are numbered in the order of their entries, so the passages of an entry are a range; the last one of an
entry may be a pseudo-passage that holds its heading path. A field maps each of its terms to the passages that
hold it; facets are fields too, with their values as terms.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from searchapp.engines.whoosh.arrays import Ints, Mask, changes, load, narrow, save
from searchapp.engines.whoosh.packing import Bits, Gaps, Runs, save_bits, save_gaps, save_runs

TITLE, PATH, BODY, CAPTION = 1, 2, 4, 8
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
class Postings:
    """Which passages hold which term, how often and where, as a build has it."""

    terms: Sequence[str]
    sizes: Ints
    """[terms] how many passages hold a term, one at least."""
    passages: Ints
    """[postings] passage numbers, ascending within a term."""
    counts: Ints | None = None
    """[postings] occurrences in the passage; None where each is one (facets)."""
    places: Ints | None = None
    """[occurrences] word positions, ascending within a posting."""

    @property
    def occurrences(self) -> Ints:
        """[terms] how often a term stands in all passages. Only where there are counts."""
        assert self.counts is not None  # noqa: S101  # only stems are asked
        totals: Ints = np.add.reduceat(self.counts, np.cumsum(self.sizes) - self.sizes, dtype=np.int64)
        return totals


@dataclass(frozen=True, slots=True)
class Field(Vocabulary):
    """Which passages hold which term, how often and where, as a search reads it."""

    sizes: Ints
    """[terms] how many passages hold a term."""
    passages: Gaps
    first_place: Ints | None
    """[terms + 1] where the occurrences of a term start; None where each passage has one (facets)."""
    begins: Bits | None
    """[occurrences] 1 for the first one in a passage."""
    places: Runs | None
    """Of each term, the word positions of its occurrences, ascending within a passage."""

    def size(self, number: int) -> int:
        """How many passages hold a term."""
        return int(self.sizes[number])

    def total(self, number: int) -> int:
        """How often a term occurs."""
        begin, end = self.span(number)
        return end - begin

    def span(self, number: int) -> tuple[int, int]:
        """Where the occurrences of a term start and end among all; of a facet's value, how many there are from 0."""
        if self.first_place is None:
            return 0, self.size(number)
        return int(self.first_place[number]), int(self.first_place[number + 1])

    def postings(self, number: int) -> tuple[Ints, Ints]:
        """Passages and counts of a term."""
        size, (begin, end) = self.size(number), self.span(number)
        passages = self.passages.of(number, size)
        if self.begins is None or end - begin == size:
            return passages, np.ones(size, np.int32)
        return passages, np.diff(self.begins.of(begin, end).nonzero()[0], append=end - begin).astype(np.int32)

    def occurrences(self, number: int) -> tuple[Ints, Ints]:
        """Passage and position of every occurrence of a term, in order. Only for fields with places."""
        passages, counts = self.postings(number)
        assert self.places is not None  # noqa: S101  # only stems are asked
        return passages.repeat(counts), self.places.of(number, self.total(number))

    def unpacked(self) -> Postings:
        """All of it, as a build has it."""
        passages = self.passages.all(self.sizes)
        if self.first_place is None or self.begins is None or self.places is None:
            return Postings(self.terms, self.sizes, passages)
        heads = np.flatnonzero(self.begins.of(0, int(self.first_place[-1])))
        heads = np.append(heads.astype(self.first_place.dtype), self.first_place[-1:])
        counts = narrow(heads[1:] - heads[:-1])
        return Postings(self.terms, self.sizes, passages, counts, self.places.all(np.diff(self.first_place)))


class FieldBuilder:
    """Collects which passage has which value, in the order of passages, and turns that into Postings."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._terms = array("I")
        self._passages = array("I")

    def add(self, term: str, passage: int) -> None:
        """Note that a passage has a value; twice counts once."""
        self._terms.append(self._numbers.setdefault(term, len(self._numbers)))
        self._passages.append(passage)

    def build(self) -> Postings:
        """The Postings."""
        names = sorted(self._numbers)
        rank = np.empty(len(names), np.int64)
        rank[[self._numbers[name] for name in names]] = np.arange(len(names))
        terms = rank[np.frombuffer(self._terms, np.uint32)] if names else np.empty(0, np.int64)
        passages = np.frombuffer(self._passages, np.uint32).astype(np.int32)
        order = np.lexsort((passages, terms))
        return postings_of(names, terms[order], passages[order], None)[0]


def postings_of(names: Sequence[str], terms: Ints, passages: Ints, places: Ints | None) -> tuple[Postings, Mask]:
    """The Postings of occurrences that are sorted by term, passage and place; and which of them were not repeats."""
    keys = (terms, passages) if places is None else (terms, passages, places)
    kept = changes(*keys)
    terms, passages = terms[kept], passages[kept]
    heads = np.flatnonzero(changes(terms, passages))
    sizes = np.bincount(terms[heads], minlength=len(names))
    if places is None:
        return Postings(names, sizes, passages), kept
    counts = narrow(np.diff(np.append(heads, len(terms))))
    return Postings(names, sizes, passages[heads], counts, narrow(places[kept])), kept


@dataclass(frozen=True, slots=True)
class Single:
    """A facet of which each entry has one value, and all of its text has that."""

    value: Ints
    """[entries] number of the value in the facet's Field."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The (entry, value) pairs of a facet: what its counts count. Numbered by value, then by entry; those of a value
    begin at a multiple of eight, so that they are bytes of a bit for each.

    entry 0: A B   entry 1: A          pairs: 0 is 0 A, 1 is 1 A, 8 is 0 B; 16 stands for no value
    starts     where those of a value start                                        0 8 16
    of         the pair of each passage, here of A, none, A and B, A               0 16 17 1
    several    those of a passage with several: 17 is the first of these           0 8
    of_entry   the pairs of each entry, one after the other, from `first` on       0 8 1
    """

    starts: Ints
    """[values + 1], of which no two are equal: each value has a pair."""
    of: Ints
    """[passages]"""
    first_of_several: Ints
    """[passages with several + 1] where theirs start in `several`."""
    several: Ints
    """[pairs of the passages with several]"""
    first: Ints
    """[entries + 1]"""
    of_entry: Ints
    """[pairs]"""


def pair_up(field: Postings, entry_of: Ints, body: Mask) -> Pairs | Single:
    """The pairs of a facet, from which passages hold which value, which entry a passage belongs to, and whether it is
    text of that."""
    values = np.repeat(np.arange(len(field.terms)), field.sizes)
    passages = field.passages.astype(np.int64)
    heads = changes(values, entry_of[passages])  # passages are in the order of their entries
    entry, value = entry_of[passages[heads]], values[heads]
    entries = int(entry_of[-1]) + 1 if len(entry_of) else 0
    order = np.argsort(passages, kind="stable")
    if np.array_equal(np.sort(entry), np.arange(entries)) and np.array_equal(passages[order], np.flatnonzero(body)):
        return Single(narrow(value[np.argsort(entry)]))
    sizes = np.bincount(value, minlength=len(field.terms))
    starts = np.append(0, np.cumsum(-(-sizes // 8) * 8))
    numbers = starts[value] + np.arange(len(value)) - (np.cumsum(sizes) - sizes)[value]
    pairs = numbers[np.cumsum(heads) - 1][order]
    many = np.bincount(passages, minlength=len(entry_of))
    of = np.full(len(entry_of), starts[-1])
    of[passages[order]] = pairs
    several = np.flatnonzero(many > 1)
    of[several] = starts[-1] + 1 + np.arange(len(several))
    by_entry = np.argsort(entry, kind="stable")
    return Pairs(
        starts=narrow(starts),
        of=narrow(of),
        first_of_several=narrow(np.append(0, np.cumsum(many[several]))),
        several=narrow(pairs[many[passages[order]] > 1]),
        first=np.searchsorted(entry[by_entry], np.arange(entries + 1)).astype(np.int32),
        of_entry=narrow(numbers[by_entry]),
    )


# --- Files ----------------------------------------------------------------------------------------


def save_terms(folder: Path, name: str, terms: Sequence[str]) -> None:
    """Write sorted terms, as a JSON list: a name may hold any character."""
    (folder / f"{name}.terms.json").write_text(json.dumps(terms, ensure_ascii=False), encoding="utf-8")


def load_terms(folder: Path, name: str) -> list[str]:
    """The terms written by save_terms."""
    terms: list[str] = json.loads((folder / f"{name}.terms.json").read_text(encoding="utf-8"))
    return terms


def save_field(folder: Path, name: str, field: Postings) -> None:
    """Write the columns of a field, all but its terms."""
    save(folder, [(f"{name}.sizes", narrow(field.sizes))])
    save_gaps(folder, f"{name}.passages", field.sizes, field.passages)
    if field.counts is not None and field.places is not None:
        occurrences = field.occurrences
        begins = np.zeros(len(field.places), bool)
        begins[np.cumsum(field.counts, dtype=np.int64) - field.counts] = True
        save_bits(folder, f"{name}.begins", begins)
        save(folder, [(f"{name}.first_place", narrow(np.append(0, np.cumsum(occurrences))))])
        save_runs(folder, f"{name}.places", occurrences, field.places)


def load_field(folder: Path, name: str, terms: Sequence[str], *, with_places: bool) -> Field:
    """The field written by save_field, of these terms."""
    sizes = load(folder, f"{name}.sizes").astype(np.int32)
    passages = Gaps(folder, f"{name}.passages", sizes)
    if not with_places:
        return Field(terms, sizes, passages, None, None, None)
    first_place = load(folder, f"{name}.first_place")
    places = Runs(folder, f"{name}.places", np.diff(first_place))
    return Field(terms, sizes, passages, first_place, Bits(folder, f"{name}.begins"), places)


def save_pairs(folder: Path, name: str, pairs: Pairs | Single) -> None:
    """Write the columns of a facet's pairs."""
    save(folder, ((f"{name}.pairs.{column.name}", getattr(pairs, column.name)) for column in fields(pairs)))


def load_pairs(folder: Path, name: str) -> Pairs | Single:
    """The pairs written by save_pairs."""
    single = f"{name}.pairs.value"
    if (folder / f"{single}.npy").exists():
        return Single(load(folder, single))
    return Pairs(**{column.name: load(folder, f"{name}.pairs.{column.name}") for column in fields(Pairs)})
