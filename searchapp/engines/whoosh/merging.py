"""The columns of a generation before they are packed, and how those of the one before become those of the next.

What did not change is not read again: its passages are numbered anew, and what is new is put between them.

    before     entries 0 1 2 3     kept 0 1 3, entry 2 was edited
    new        entries 0           what was read
    from_old   1 1 0 1             of each entry of the next one whether it is from before
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import TypeVar, cast

import numpy as np

from searchapp.engines.whoosh.arrays import Ints, Mask, Spans, narrow, paired, save
from searchapp.engines.whoosh.columns import BODY, Field, Postings, pair_up, save_field, save_pairs, save_terms
from searchapp.engines.whoosh.forms import Rows, Spelled, rows_of, save_text
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.model import FACETS, Facet

Key = TypeVar("Key", bound=str | Spelled)


@dataclass(frozen=True, slots=True)
class Columns:
    """What is counted and scored, of all passages."""

    first: Ints
    """[entries + 1] where the passages of an entry start."""
    roles: Ints
    lengths: Ints
    dated: Ints
    """[passages] TITLE, PATH, BODY, CAPTION; words; how many dates it has."""
    dates: Ints
    """[dates, 2] first and last day, those of a passage together."""
    stems: Postings
    words: Rows
    values: Mapping[Facet, Postings]
    """Of each facet, which passages have which value."""

    def save(self, folder: Path) -> None:
        """Write every column."""
        entries = len(self.first) - 1
        entry_of = np.repeat(np.arange(entries, dtype=np.int32), np.diff(self.first))
        passages = (
            ("first", self.first.astype(np.int32)),
            ("entry_of", entry_of),
            ("roles", self.roles.astype(np.uint8)),
            ("lengths", narrow(self.lengths)),
            ("dates", self.dates.astype(np.int32)),
            ("first_date", np.append(0, np.cumsum(self.dated)).astype(np.int32)),
        )
        save(folder, passages)
        save_text(folder, self.stems, self.words)
        for facet, values in self.values.items():
            save_terms(folder, facet, values.terms)
            save_field(folder, facet, values)
            save_pairs(folder, facet, pair_up(values, entry_of, (self.roles & BODY) > 0))


def unpacked(snapshot: Snapshot) -> Columns:
    """The columns of a generation."""
    stems = snapshot.words.stems.unpacked()
    return Columns(
        first=snapshot.first,
        roles=snapshot.roles,
        lengths=snapshot.plain_lengths,
        dated=np.diff(snapshot.first_date),
        dates=snapshot.dates,
        stems=stems,
        words=snapshot.words.unpacked(stems),
        values={facet: cast(Field, snapshot.fields[facet]).unpacked() for facet in FACETS},
    )


def merged(old: Columns, kept: Ints, new: Columns, from_old: Mask) -> Columns:
    """The columns of some entries of `old`, by their numbers, ascending, and of all of `new`, both in their order.

    `from_old` [entries of the result] says which are from `old`.
    """
    sizes = np.empty(len(from_old), np.int64)
    sizes[from_old] = np.diff(old.first)[kept]
    sizes[~from_old] = np.diff(new.first)
    first = np.append(0, np.cumsum(sizes))
    theirs = Spans(old.first, kept).numbers()
    places = Spans(first, np.flatnonzero(from_old)).numbers(), Spans(first, np.flatnonzero(~from_old)).numbers()
    here = np.full(len(old.roles), -1, np.int32)
    here[theirs] = places[0]

    def woven(ours: Ints, fresh: Ints) -> Ints:
        column = np.empty(len(theirs) + len(fresh), np.result_type(ours, fresh))
        column[places[0]], column[places[1]] = ours[theirs], fresh
        return column

    dated = woven(old.dated, new.dated)
    first_date = np.append(0, np.cumsum(dated))
    dates = np.empty((int(first_date[-1]), 2), np.int32)
    dates[Spans(first_date, places[0]).numbers()] = old.dates[Spans(_starts(old.dated), theirs).numbers()]
    dates[Spans(first_date, places[1]).numbers()] = new.dates
    stems, words = _text(old, new, here, places[1])
    return Columns(
        first=first,
        roles=woven(old.roles, new.roles),
        lengths=woven(old.lengths, new.lengths),
        dated=dated,
        dates=dates,
        stems=stems,
        words=words,
        values={facet: _Merging(old.values[facet], new.values[facet], here, places[1]).postings() for facet in FACETS},
    )


def _starts(sizes: Ints) -> Ints:
    """[sizes + 1] where each begins, and the end."""
    return np.append(0, np.cumsum(sizes, dtype=np.int64))


class _Merging:
    """How the postings of two fields are put together."""

    def __init__(self, old: Postings, new: Postings, here: Ints, there: Ints) -> None:
        """`here` and `there` say which passage of the result one of theirs is, -1 if it is none."""
        self._terms, (ours, fresh) = _united(old.terms, new.terms)
        term, passages = np.repeat(ours, old.sizes), here[old.passages]
        self.kept: Mask = passages >= 0
        """[postings of old]"""
        term, self._passages = term[self.kept], passages[self.kept]
        added, self._added = np.repeat(fresh, new.sizes), there[new.passages].astype(np.int32)
        self.at: Ints = np.searchsorted(paired(term, self._passages), paired(added, self._added))
        """[postings of new] before which of those that are kept it comes."""
        self._sizes = np.bincount(term, minlength=len(self._terms)) + np.bincount(added, minlength=len(self._terms))

    def postings(self, counts: Ints | None = None, places: Ints | None = None) -> Postings:
        """The postings of the result, those of terms that nothing has any more left out."""
        used = self._sizes > 0
        terms = list(compress(self._terms, used))
        return Postings(terms, self._sizes[used], _inserted(self._passages, self.at, self._added), counts, places)


def _inserted(numbers: Ints, at: Ints, fresh: Ints) -> Ints:
    """Numbers with others put before those at some places; numpy would cut these to the width of the first."""
    return np.insert(numbers.astype(np.result_type(numbers, fresh), copy=False), at, fresh)


def _united(old: Sequence[Key], new: Sequence[Key]) -> tuple[list[Key], tuple[Ints, Ints]]:
    """Sorted terms in one, and the numbers of both there."""
    places = [bisect_left(old, term) for term in new]
    fresh = np.array([at == len(old) or old[at] != term for at, term in zip(places, new, strict=True)], bool)
    at = np.array(places, np.int64)
    before = at[fresh]
    terms: list[Key] = []
    for begin, end, term in zip([0, *before.tolist()], before.tolist(), compress(new, fresh), strict=False):
        terms += old[begin:end]
        terms.append(term)
    terms += old[before[-1] if len(before) else 0 :]
    ours = np.arange(len(old), dtype=np.int32) + before.searchsorted(np.arange(len(old)), "right").astype(np.int32)
    return terms, (ours, (at + np.cumsum(fresh) - fresh).astype(np.int32))


def _text(old: Columns, new: Columns, here: Ints, there: Ints) -> tuple[Postings, Rows]:
    """The stems of the result and the words in them."""
    merging = _Merging(old.stems, new.stems, here, there)
    ours, theirs = cast(Ints, old.stems.counts), cast(Ints, new.stems.counts)
    standing = np.repeat(merging.kept, ours)
    at = np.repeat(_starts(ours[merging.kept])[merging.at], theirs)

    def put(before: Ints, fresh: Ints) -> Ints:
        return _inserted(before[standing], at, fresh)

    counts = _inserted(ours[merging.kept], merging.at, theirs)
    stems = merging.postings(counts, put(cast(Ints, old.stems.places), cast(Ints, new.stems.places)))
    spelled, (row_of, fresh) = _united(old.words.spelled(old.stems.terms), new.words.spelled(new.stems.terms))
    words, (word_of, words_fresh) = _united(old.words.words, new.words.words)
    stood = old.words.standing(old.stems.occurrences)
    rows = put(row_of[stood], fresh[new.words.standing(new.stems.occurrences)])
    sizes = np.zeros(len(words), np.int32)
    sizes[word_of] = old.words.sizes
    gone = paired(
        np.repeat(word_of, np.diff(old.words.first_row))[stood[~standing]],
        np.repeat(old.stems.passages[~merging.kept], ours[~merging.kept]),
    )
    sizes -= np.bincount(np.unique(gone) >> 32, minlength=len(sizes)).astype(np.int32)
    sizes[words_fresh] += new.words.sizes
    return stems, rows_of(spelled, rows, stems, sizes)
