"""Words as forms of stems: the postings of a word are those of its stem, less the other forms.

    stems   bomb            Field: passages 3 3 7, places 0 4 2
    forms   0=bombed 1=bombs    form of each occurrence: 0 1 0
    words   bombed -> (bomb, 0), bombs -> (bomb, 1)

A word that is the only form of its stem, as most are, costs nothing but its row.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import cast

import numpy as np

from searchapp.engines.whoosh import columns
from searchapp.engines.whoosh.analysis import CHUNK, Analyzer, positions
from searchapp.engines.whoosh.arrays import Ints, load, narrow, save
from searchapp.engines.whoosh.columns import Field, Postings, Vocabulary
from searchapp.engines.whoosh.packing import Planes, save_planes

Spelled = tuple[str, str]
"""A word and its stem."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Which words are which forms of which stems, as a build has it."""

    words: Sequence[str]
    first_row: Ints
    """[words + 1] where the rows of a word start: one for each stem that it has in some language."""
    stem: Ints
    """[rows] number of the stem."""
    form: Ints
    """[rows] which of the stem's forms the word is."""
    forms: Ints
    """[stems] how many forms a stem has."""
    form_at: Ints
    """[occurrences of the stems] which form stands there."""
    sizes: Ints
    """[words] how many passages hold a word."""

    def spelled(self, stems: Sequence[str]) -> list[Spelled]:
        """[rows] the word and its stem, in order."""
        words = (
            word for word, many in zip(self.words, np.diff(self.first_row).tolist(), strict=True) for _ in range(many)
        )
        return list(zip(words, map(stems.__getitem__, self.stem.tolist()), strict=True))

    def standing(self, occurrences: Ints) -> Ints:
        """[occurrences of the stems] which row stands there; `occurrences` [stems] says how many a stem has."""
        forms = self.forms.astype(np.int32)
        at: Ints = np.repeat(np.cumsum(forms, dtype=np.int32) - forms, occurrences)
        at += self.form_at
        return np.argsort(self.stem, kind="stable").astype(np.int32)[at]


@dataclass(frozen=True, slots=True)
class Forms(Vocabulary):
    """Which passages hold which word, through the field of stems; its terms are words. Used like a Field."""

    stems: Field
    form_at: Planes
    """[occurrences of each stem] which form stands there."""
    first_row: Ints
    stem: Ints
    form: Ints
    forms: Ints
    sizes: Ints
    """As Rows has them."""

    def unpacked(self, stems: Postings) -> Rows:
        """All of it, as a build has it; `stems` are the stems, unpacked."""
        form_at = self.form_at.all(stems.occurrences)
        return Rows(self.terms, self.first_row, self.stem, self.form, self.forms, form_at, self.sizes)

    def of_stem(self, stem: str) -> Sequence[str]:
        """The words that have a stem, in some language."""
        rows = (self.stem == self.stems.number(stem)).nonzero()[0].astype(self.first_row.dtype)  # else numpy widens all
        return [self.terms[number] for number in (self.first_row.searchsorted(rows, "right") - 1).tolist()]

    def size(self, number: int) -> int:
        """How many passages hold a word."""
        return int(self.sizes[number])

    def postings(self, number: int) -> tuple[Ints, Ints]:
        """Passages that hold a word and how often."""
        rows = range(int(self.first_row[number]), int(self.first_row[number + 1]))
        if len(rows) == 1 and self.forms[self.stem[rows[0]]] == 1:
            return self.stems.postings(int(self.stem[rows[0]]))
        passages, counts = np.unique(self.occurrences(number)[0], return_counts=True)
        return passages, counts

    def occurrences(self, number: int) -> tuple[Ints, Ints]:
        """Passage and position of every occurrence of a word, in order."""
        rows = range(int(self.first_row[number]), int(self.first_row[number + 1]))
        found = [self._occurrences(row) for row in rows]
        if len(found) == 1:
            return found[0]
        passages, places = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.lexsort((places, passages))
        return passages[order], places[order]

    def _occurrences(self, row: int) -> tuple[Ints, Ints]:
        stem = int(self.stem[row])
        passages, places = self.stems.occurrences(stem)
        if self.forms[stem] == 1:
            return passages, places
        ours = self.form_at.equal(stem, len(places), int(self.form[row]))
        return passages[ours], places[ours]


class TextBuilder:
    """Collects the pieces of passages, one after the other, and turns them into stems and their forms.

    A piece of text is read once, when it is first met; afterwards it is a number. What comes of all pieces of all
    passages is worked out at the end, in arrays.
    """

    def __init__(self) -> None:
        self._numbers: dict[Analyzer, _Numbers] = {}
        self._read = _Read()
        self._pieces = array("I")
        self._lengths = array("I")

    def add(self, analyzer: Analyzer, text: str) -> None:
        """Take in the next passage."""
        if analyzer not in self._numbers:
            self._numbers[analyzer] = _Numbers(analyzer, self._read)
        before = len(self._pieces)
        self._pieces.extend(map(self._numbers[analyzer].__getitem__, analyzer.pieces(text)))
        self._lengths.append(len(self._pieces) - before)

    def lengths(self) -> Ints:
        """[passages] words that are no stop words."""
        counted = np.frombuffer(self._read.counted, np.uint32)[np.frombuffer(self._pieces, np.uint32)]
        return np.bincount(self._passages(), weights=counted, minlength=len(self._lengths)).astype(np.int32)

    def _passages(self) -> Ints:
        """[pieces] the passage of each."""
        return np.repeat(np.arange(len(self._lengths), dtype=np.int32), np.frombuffer(self._lengths, np.uint32))

    def _occurrences(self) -> tuple[Ints, Ints, Ints]:
        """Row, passage and position of every word of every piece, in order."""
        pieces, passages = np.frombuffer(self._pieces, np.uint32), self._passages()
        lengths = np.frombuffer(self._lengths, np.uint32)
        ends = np.append(0, np.cumsum(np.frombuffer(self._read.widths, np.uint32)[pieces], dtype=np.int64))
        starts = (ends[:-1] - np.repeat(ends[np.cumsum(lengths) - lengths], lengths)).astype(np.int32)
        first = np.frombuffer(self._read.first, np.uint32)
        words = np.diff(first)[pieces]
        # Where the words of each piece are noted: the first of them, and then on from there.
        at = np.repeat(first[pieces] - (np.cumsum(words, dtype=np.uint32) - words), words)
        at += np.arange(len(at), dtype=np.uint32)
        places = np.repeat(starts, words)
        places += np.frombuffer(self._read.positions, np.int32)[at]
        return np.frombuffer(self._read.rows, np.uint32)[at], np.repeat(passages, words), places

    def build(self) -> tuple[Postings, Rows]:
        """The field of stems and the words in it. Where two forms of a stem share a place, the first is kept."""
        known = self._read.numbers
        stems = sorted({stem for _, stem in known})
        number_of_stem = {stem: number for number, stem in enumerate(stems)}
        spelled = sorted(known)
        row_of = np.empty(len(spelled), np.int32)
        row_of[[known[each] for each in spelled]] = np.arange(len(spelled))
        stem = np.array([number_of_stem[name] for _, name in spelled], np.int32)
        noted, passages, places = self._occurrences()
        rows = row_of[noted]
        order = _in_order(stem[rows])  # passages and places are in order already
        rows, passages, places = rows[order], passages[order], places[order]
        field, kept = columns.postings_of(stems, stem[rows], passages, places)
        sizes = _sizes(words_of(spelled)[1], rows[kept], passages[kept], field)
        return field, rows_of(spelled, rows[kept], field, sizes)


class _Read:
    """What was read of pieces so far: for each its words, as rows of (word, stem), and where they stand."""

    def __init__(self) -> None:
        self.numbers: dict[Spelled, int] = {}
        self.first = array("I", [0])
        self.rows = array("I")
        self.positions = array("I")
        self.widths = array("I")
        self.counted = array("I")

    def note(self, analyzer: Analyzer, piece: str) -> int:
        """Read a piece; its number."""
        width = counted = 0
        numbers = self.numbers
        for chunk in CHUNK.findall(piece):
            terms = analyzer.terms(chunk)
            for word, stem, position, covers, _, _ in terms:
                self.rows.append(numbers.setdefault((word, stem), len(numbers)))
                self.positions.append(width + position)
                counted += covers == 1 and word not in analyzer.stop_words
            width += positions(terms)
        self.first.append(len(self.rows))
        self.widths.append(width)
        self.counted.append(counted)
        return len(self.widths) - 1


class _Numbers(dict[str, int]):
    """The numbers of the pieces that one analyzer has met."""

    def __init__(self, analyzer: Analyzer, read: _Read) -> None:
        super().__init__()
        self._analyzer, self._read = analyzer, read

    def __missing__(self, piece: str) -> int:
        self[piece] = number = self._read.note(self._analyzer, piece)
        return number


def _in_order(keys: Ints) -> Ints:
    """What sorts numbers below 2**32, equal ones as they are: by sixteen bits at a time, which takes linear time."""
    order = np.argsort(keys.astype(np.uint16), kind="stable")
    if keys.max(initial=0) < 1 << 16:
        return order
    return order[np.argsort((keys >> 16).astype(np.uint16)[order], kind="stable")]


def rows_of(spelled: Sequence[Spelled], rows: Ints, stems: Postings, sizes: Ints) -> Rows:
    """Rows of sorted words with their stems; `rows` [occurrences of the stems] says which of them stands there, `sizes`
    [words] how many passages hold each word. Words that stand nowhere are left out.
    """
    used = np.zeros(len(spelled), bool)
    used[rows] = True
    if not used.all():
        spelled, rows = list(compress(spelled, used)), (np.cumsum(used) - 1)[rows]
    number = {term: at for at, term in enumerate(stems.terms)}
    stem = np.array([number[name] for _, name in spelled], np.int32)
    order = np.argsort(stem, kind="stable")
    forms = np.bincount(stem, minlength=len(number))
    form = np.empty(len(stem), np.int32)
    form[order] = np.arange(len(stem)) - np.repeat(np.cumsum(forms) - forms, forms)
    words, first_row = words_of(spelled)
    return Rows(words, first_row, stem, narrow(form), narrow(forms), narrow(form)[rows], sizes[sizes > 0])


def words_of(spelled: Sequence[Spelled]) -> tuple[list[str], Ints]:
    """The words of sorted rows, and [words + 1] where the rows of each start."""
    words = [word for word, _ in spelled]
    fresh = [at for at, word in enumerate(words) if not at or word != words[at - 1]]
    return [words[at] for at in fresh], np.array([*fresh, len(words)], np.int32)


def _sizes(first_row: Ints, rows: Ints, passages: Ints, stems: Postings) -> Ints:
    """[words] how many passages hold each word; `rows` and `passages` [occurrences].

    Where a stem stands in a passage once, that is one for its word; only where words can meet are they compared.
    """
    assert stems.counts is not None  # noqa: S101  # stems have counts
    several = np.diff(first_row) > 1
    word = np.repeat(np.arange(len(several), dtype=np.int32), np.diff(first_row))[rows]
    meeting = np.repeat(stems.counts > 1, stems.counts) | several[word]
    width = int(passages.max(initial=0)) + 1
    held = np.sort(word[meeting].astype(np.int64) * width + passages[meeting])
    fresh = np.append(True, held[1:] != held[:-1])[: len(held)]
    sizes = np.bincount(word[~meeting], minlength=len(several))
    return (sizes + np.bincount(held[fresh] // width, minlength=len(several))).astype(np.int32)


COLUMNS = ("first_row", "stem", "form", "forms", "sizes")


def save_text(folder: Path, stems: Postings, rows: Rows) -> None:
    """Write the columns of the stems and of the words."""
    number = {word: at for at, word in enumerate(rows.words)}
    same = np.array([number.get(stem, len(number)) for stem in stems.terms], np.int64)
    save(folder, [("stem.word", narrow(same))])
    columns.save_terms(folder, "stem", [stem for stem in stems.terms if stem not in number])
    columns.save_terms(folder, "word", rows.words)
    columns.save_field(folder, "stem", stems)
    save(folder, ((f"word.{column}", getattr(rows, column)) for column in COLUMNS))
    save_planes(folder, "word.form_at", stems.occurrences, rows.form_at, rows.forms - 1)


def load_fields(folder: Path, values: Sequence[str]) -> dict[str, Field | Forms]:
    """Every field of a generation: 'stem' and 'word', and those of the named values."""
    written = columns.load_terms(folder, "word")
    stems = columns.load_field(folder, "stem", _stems(folder, written), with_places=True)
    word = {column: load(folder, f"word.{column}") for column in COLUMNS}
    form_at = Planes(folder, "word.form_at", np.diff(cast(Ints, stems.first_place)))
    words = Forms(written, stems, form_at, **word)
    fields: dict[str, Field | Forms] = {"stem": stems, "word": words}
    terms = {name: columns.load_terms(folder, name) for name in values}
    return fields | {name: columns.load_field(folder, name, terms[name], with_places=False) for name in values}


def _stems(folder: Path, words: Sequence[str]) -> list[str]:
    """The stems, most of which are words: these are the same objects, which saves the memory of the others."""
    same = load(folder, "stem.word")
    stems = np.empty(len(same), object)
    known = same < len(words)
    stems[known] = np.array(words, object)[same[known]]
    stems[~known] = columns.load_terms(folder, "stem")
    terms: list[str] = stems.tolist()
    return terms
