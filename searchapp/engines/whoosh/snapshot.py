"""One generation, opened: an immutable snapshot that any number of threads may search."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from weakref import proxy

import numpy as np

from searchapp.bounded import Cache, unowned
from searchapp.engines.whoosh import arrays, columns, store
from searchapp.engines.whoosh.analysis import Analyzer, Token
from searchapp.engines.whoosh.arrays import Floats, Ints, Mask, paired
from searchapp.engines.whoosh.columns import BODY, CAPTION, TITLE, Field, Pairs, Single
from searchapp.engines.whoosh.forms import Forms, load_fields
from searchapp.engines.whoosh.syntax import Parser
from searchapp.engines.whoosh.tuning import CAPTION_WEIGHT, PATH_WEIGHT, TITLE_WEIGHT
from searchapp.engines.whoosh.wording import Wording
from searchapp.model import FACETS, UNDATED, Counts, Entry, Facet, Gazetteer, Name, Problem
from searchapp.splitting.actors import Names

KEPT_ENTRY_BYTES = 16 << 20
KEPT_TOKEN_BYTES = 4 << 20
"""Of entries that were decoded and texts that were analysed, in each process."""


_ROLES = np.arange(16)
WEIGHTS: Floats = np.select(
    [_ROLES & CAPTION > 0, _ROLES & TITLE > 0, _ROLES & BODY > 0], [CAPTION_WEIGHT, TITLE_WEIGHT, 1.0], PATH_WEIGHT
)
"""[roles] what an occurrence in a passage of a role counts."""


class Snapshot:
    """The columns, entries and names of a generation. Nothing in it changes after it is opened, and no file of it is
    opened later: its folder may go."""

    def __init__(self, folder: Path, languages: Sequence[str]) -> None:
        self.folder = folder
        self.first: Ints = arrays.load(folder, "first")
        """[entries + 1] where the passages of an entry start."""
        self.entry_of: Ints = arrays.load(folder, "entry_of")
        self.id_rank: Ints = arrays.load(folder, "id_rank")
        """[entries] place of the entry among all ids in order: what ties are broken by."""
        self.roles: Ints = arrays.load(folder, "roles")
        self.plain_lengths: Ints = arrays.load(folder, "lengths")
        """[passages] words without stop words."""
        self.dates: Ints = arrays.load(folder, "dates")
        """[dates, 2] first and last day, as proleptic ordinals."""
        self.first_date: Ints = arrays.load(folder, "first_date")
        """[passages + 1] where the dates of a passage start; best evidence first."""
        self.fields: Mapping[str, Field | Forms] = load_fields(folder, FACETS)
        self.pairs: Mapping[Facet, Pairs | Single] = {facet: columns.load_pairs(folder, facet) for facet in FACETS}
        self.body: Mask = (self.roles & BODY) > 0
        self.lifting: Mask = (self.roles & BODY) != BODY
        """Headings: what they hold, every passage of the entry counts as holding."""
        self.lifting |= (self.roles & TITLE) > 0
        self.stored = store.Reader(folder, "entries", Entry)
        self.outlines = store.Outlines(folder)
        self._counts = store.Reader(folder, "counts", Counts)
        self._problems = store.Reader(folder, "problems", tuple[Problem, ...])
        self._ids = store.Ids(folder)
        self._by_id: Ints = arrays.load(folder, "by_id")
        """[entries] their numbers in the order of their ids."""
        listed = json.loads((folder / "names.json").read_text(encoding="utf-8"))
        self.names: Mapping[str, Name] = {raw["name"]: _name(raw) for raw in listed}
        places = frozenset(name.name for name in self.names.values() if name.is_place)
        self.language = languages[0]
        """Of the corpus; an entry may be in another."""
        self.analyzers = [Analyzer(language) for language in languages]
        names = Names(Gazetteer(tuple(self.names.values())))
        self.parser = Parser(Wording(self.analyzers, names, places, proxy(self)))
        self.entry: Callable[[int], Entry] = Cache(unowned(self._entry), _entry_bytes, KEPT_ENTRY_BYTES)
        self._kept_tokens: Callable[[tuple[str, str]], list[Token]] = Cache(
            unowned(self._tokens), _token_bytes, KEPT_TOKEN_BYTES
        )

    # -- sizes and weights --

    @property
    def entries(self) -> int:
        """Number of entries."""
        return len(self.first) - 1

    @property
    def passages(self) -> int:
        """Number of passages, titles and heading paths included."""
        return len(self.entry_of)

    def weights(self, passages: Ints) -> Floats:
        """[passages] what an occurrence in each counts."""
        return WEIGHTS.take(self.roles.take(passages))

    def lengths(self) -> Floats:
        """[all passages] words without stop words, weighted."""
        weighted: Floats = self.plain_lengths * WEIGHTS.take(self.roles)
        return weighted

    @cached_property
    def words_in_all(self) -> int:
        """The weighted words of all passages."""
        return int(self.lengths().sum())

    def entry_lengths(self) -> Floats:
        """[entries] the weighted words of its passages."""
        return np.bincount(self.entry_of, weights=self.lengths(), minlength=self.entries).astype(np.float64)

    @cached_property
    def title_of(self) -> Ints:
        """[entries] number of the title passage."""
        return self.first[:-1]

    @cached_property
    def best_day(self) -> Ints:
        """[passages] the first day of its best date, as a proleptic ordinal; 0 for an undated one."""
        days = np.zeros(self.passages, np.int32)
        dated = np.diff(self.first_date) > 0
        days[dated] = self.dates[self.first_date[:-1][dated], 0]
        return days

    # -- content --

    def _entry(self, number: int) -> Entry:
        entry = self.stored[number]
        ref = self.outlines.refs[entry.document.path]
        return replace(entry, document=ref) if ref.parts else entry  # where it is cut is written once

    def number(self, entry_id: str) -> int:
        """Number of the entry with this id, or -1."""
        place = self._ids.place(entry_id)
        return int(self._by_id[place]) if place >= 0 else -1

    def entry_id(self, number: int) -> str:
        """Id of the entry with this number."""
        return self._ids[int(self.id_rank[number])].decode()

    def ids(self) -> list[tuple[str, int]]:
        """The ids of all entries in order, each with the number of its entry."""
        return [(self._ids[place].decode(), number) for place, number in enumerate(self._by_id.tolist())]

    @cached_property
    def counts(self) -> Counts:
        """What was counted when it was built."""
        return self._counts[0]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What in the corpus could not be used as written."""
        return self._problems[0]

    @property
    def words(self) -> Forms:
        """The field of words."""
        words = self.fields["word"]
        assert isinstance(words, Forms)  # noqa: S101  # load_fields makes it
        return words

    def tokens(self, text: str, language: str = "") -> list[Token]:
        """The words of a text in one of the languages of the index, most often that of the corpus."""
        return self._kept_tokens((text, language or self.language))

    def _tokens(self, asked: tuple[str, str]) -> list[Token]:
        text, language = asked
        return next((one for one in self.analyzers if one.language == language), self.analyzers[0]).tokens(text)

    # -- the vocabulary, for the parser --

    def has(self, word: str) -> bool:
        """Whether a word, as written, occurs."""
        return self.fields["word"].number(word) >= 0

    def beginning(self, prefix: str) -> Sequence[str]:
        """The words that begin with `prefix`, in order."""
        span = self.fields["word"].range(prefix)
        return self.fields["word"].terms[span.start : span.stop]

    def years(self) -> Sequence[int]:
        """The years of all dates, in order."""
        return [int(year) for year in self.fields["year"].terms if year != UNDATED]

    def adjacent(self, first: str, second: str) -> bool:
        """Whether two stems stand side by side in some passage."""
        field = self.fields["stem"]
        numbers = field.number(first), field.number(second)
        if min(numbers) < 0:
            return False
        one, other = (paired(*field.occurrences(number)) for number in numbers)
        return bool(np.isin(one + 1, other, assume_unique=True).any())


def _name(raw: Mapping[str, object]) -> Name:
    """A Name from its JSON, lists made tuples again."""
    return Name(**{key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()})  # type: ignore[arg-type]  # written by asdict


def _entry_bytes(entry: Entry) -> int:
    """About what a decoded entry takes."""
    parts = sum(len(p.spans) + len(p.dates) + len(p.mentions) for p in entry.passages)
    return 1000 + 700 * len(entry.passages) + 250 * parts + sum(2 * len(p.text) for p in entry.passages)


def _token_bytes(tokens: list[Token]) -> int:
    return 500 + 300 * len(tokens)
