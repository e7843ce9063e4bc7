"""Words as forms of stems: the postings of a word are those of its stem, less the other forms.

    stems   bomb            Field: passages 3 3 7, places 0 4 2
    forms   0=bombed 1=bombs    form of each occurrence: 0 1 0
    words   bombed -> (bomb, 0), bombs -> (bomb, 1)

A word that is the only form of its stem, as most are, costs nothing but its row.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from searchapp.engines.whoosh import columns
from searchapp.engines.whoosh.analysis import Analyzer, positions
from searchapp.engines.whoosh.columns import Field, Ints, narrow


@dataclass(frozen=True, slots=True)
class Forms:
    """Which passages hold which word, through the field of stems. Used like a Field."""

    stems: Field
    terms: Sequence[str]
    """The words, sorted by code point; the index of a word is its number."""
    first_row: Ints
    """[words + 1] where the rows of a word start: one for each stem that it has in some language."""
    stem: Ints
    """[rows] number of the stem."""
    form: Ints
    """[rows] which of the stem's forms the word is."""
    only: Ints
    """[rows] 1 where the stem has no other form."""
    form_at: Ints
    """[occurrences of the stems] which form stands there."""
    sizes: Ints
    """[words] how many passages hold a word."""

    def number(self, term: str) -> int:
        """Number of a word, or -1."""
        at = bisect_left(self.terms, term)
        return at if at < len(self.terms) and self.terms[at] == term else -1

    def range(self, prefix: str) -> range:
        """Numbers of the words that begin with `prefix`."""
        return range(bisect_left(self.terms, prefix), bisect_left(self.terms, prefix + "\U0010ffff"))

    def postings(self, number: int) -> tuple[Ints, Ints]:
        """Passages that hold a word and how often."""
        rows = range(int(self.first_row[number]), int(self.first_row[number + 1]))
        if len(rows) == 1 and self.only[rows[0]]:
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
        if self.only[row]:
            return passages, places
        assert self.stems.first_place is not None  # noqa: S101  # stems have places
        here = slice(int(self.stems.first_place[stem]), int(self.stems.first_place[stem + 1]))
        ours = self.form_at[here] == self.form[row]
        return passages[ours], places[ours]


class TextBuilder:
    """Collects the chunks of passages, one after the other, and turns them into stems and their forms.

    A chunk of text is read once, when it is first met; afterwards it is a number. What comes of all chunks of all
    passages is worked out at the end, in arrays.
    """

    def __init__(self) -> None:
        self._numbers: dict[Analyzer, _Numbers] = {}
        self._read = _Read()
        self._chunks = array("I")
        self._lengths = array("I")

    def add(self, analyzer: Analyzer, text: str) -> None:
        """Take in the next passage."""
        if analyzer not in self._numbers:
            self._numbers[analyzer] = _Numbers(analyzer, self._read)
        before = len(self._chunks)
        self._chunks.extend(map(self._numbers[analyzer].__getitem__, analyzer.chunks(text)))
        self._lengths.append(len(self._chunks) - before)

    def lengths(self) -> Ints:
        """[passages] words that are no stop words."""
        counted = np.frombuffer(self._read.counted, np.uint32)[np.frombuffer(self._chunks, np.uint32)]
        return np.bincount(self._passages(), weights=counted, minlength=len(self._lengths)).astype(np.int32)

    def _passages(self) -> Ints:
        """[chunks] the passage of each."""
        return np.repeat(np.arange(len(self._lengths)), np.frombuffer(self._lengths, np.uint32))

    def _occurrences(self) -> tuple[Ints, Ints, Ints]:
        """Row, passage and position of every word of every chunk, in order."""
        chunks, passages = np.frombuffer(self._chunks, np.uint32), self._passages()
        widths: Ints = np.frombuffer(self._read.widths, np.uint32)[chunks].astype(np.int64)
        ends = np.cumsum(widths)
        first_chunk = np.cumsum(np.frombuffer(self._lengths, np.uint32)) - np.frombuffer(self._lengths, np.uint32)
        base = np.append(0, ends)[first_chunk]
        starts = ends - widths - base[passages]
        first = np.frombuffer(self._read.first, np.uint32)
        words: Ints = np.diff(first.astype(np.int64))[chunks]
        rows = columns.gather(first, np.frombuffer(self._read.rows, np.uint32), chunks)
        within = columns.gather(first, np.frombuffer(self._read.positions, np.uint32), chunks)
        return rows, np.repeat(passages, words).astype(np.int32), np.repeat(starts, words) + within

    def build(self) -> tuple[Field, Forms]:
        """The field of stems and that of words. Where two forms of a stem share a place, the first is kept."""
        known = self._read.numbers
        stems = sorted({stem for stem, _ in known})
        words = sorted({word for _, word in known})
        number_of_stem = {stem: number for number, stem in enumerate(stems)}
        by_word = sorted(known, key=lambda row: (row[1], row[0]))
        stem, form, only = _numbered(by_word, number_of_stem)
        row_of = np.empty(len(by_word), np.int64)
        row_of[[known[row] for row in by_word]] = np.arange(len(by_word))
        noted, passages, places = self._occurrences()
        rows = row_of[noted]
        order = np.argsort(stem[rows].astype(np.int32), kind="stable")  # passages and places are in order already
        rows, passages, places = rows[order], passages[order], places[order]
        field, kept = columns.field_of(stems, stem[rows], passages, places)
        first_row = np.searchsorted(_word_numbers(by_word, words), np.arange(len(words) + 1)).astype(np.int32)
        sizes = _sizes(first_row, rows[kept], passages[kept], len(words))
        form_at = narrow(form[rows[kept]])
        return field, Forms(field, words, first_row, stem.astype(np.int32), narrow(form), only, form_at, sizes)


class _Read:
    """What was read of chunks so far: for each its words, as rows of (stem, word), and where they stand."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[str, str], int] = {}
        self.first = array("I", [0])
        self.rows = array("I")
        self.positions = array("I")
        self.widths = array("I")
        self.counted = array("I")

    def note(self, analyzer: Analyzer, chunk: str) -> int:
        """Read a chunk; its number."""
        terms = analyzer.terms(chunk)
        for term in terms:
            self.rows.append(self.numbers.setdefault((term.stem, term.word), len(self.numbers)))
            self.positions.append(term.position)
        self.first.append(len(self.rows))
        self.widths.append(positions(terms))
        self.counted.append(sum(term.width == 1 and term.word not in analyzer.stop_words for term in terms))
        return len(self.widths) - 1


class _Numbers(dict[str, int]):
    """The numbers of the chunks that one analyzer has met."""

    def __init__(self, analyzer: Analyzer, read: _Read) -> None:
        super().__init__()
        self._analyzer, self._read = analyzer, read

    def __missing__(self, chunk: str) -> int:
        self[chunk] = number = self._read.note(self._analyzer, chunk)
        return number


def _numbered(rows: Sequence[tuple[str, str]], number_of_stem: dict[str, int]) -> tuple[Ints, Ints, Ints]:
    """For each row the number of its stem, which form of the stem it is, and whether it is the only one."""
    counts = np.zeros(len(number_of_stem), np.int32)
    stem, form = np.empty(len(rows), np.int64), np.empty(len(rows), np.int32)
    for at, (name, _) in enumerate(rows):
        stem[at] = number_of_stem[name]
        form[at] = counts[stem[at]]
        counts[stem[at]] += 1
    return stem, form, (counts[stem] == 1).astype(np.uint8)


def _word_numbers(rows: Sequence[tuple[str, str]], words: Sequence[str]) -> Ints:
    number = {word: at for at, word in enumerate(words)}
    return np.array([number[word] for _, word in rows], np.int64)


def _sizes(first_row: Ints, rows: Ints, passages: Ints, words: int) -> Ints:
    """[words] how many passages hold each word."""
    word = np.searchsorted(first_row, rows, side="right") - 1
    width = int(passages.max(initial=0)) + 1
    held = np.sort(word.astype(np.int64) * width + passages)
    fresh = np.append(True, held[1:] != held[:-1])[: len(held)]
    return np.bincount(held[fresh] // width, minlength=words).astype(np.int32)


COLUMNS = ("first_row", "stem", "form", "only", "form_at", "sizes")


def save_text(folder: Path, stems: Field, words: Forms) -> None:
    """Write the columns of the stems and of the words."""
    columns.save_field(folder, "stem", stems)
    columns.save_terms(folder, "word", words.terms)
    columns.save(folder, ((f"word.{column}", getattr(words, column)) for column in COLUMNS))


def load_fields(folder: Path, values: Sequence[str]) -> dict[str, Field | Forms]:
    """Every field of a generation: 'stem' and 'word', and those of the named values."""
    stems = columns.load_field(folder, "stem", with_places=True)
    word = (columns.load(folder, f"word.{column}") for column in COLUMNS)
    fields: dict[str, Field | Forms] = {"stem": stems, "word": Forms(stems, columns.load_terms(folder, "word"), *word)}
    return fields | {name: columns.load_field(folder, name, with_places=False) for name in values}
