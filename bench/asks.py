"""What is asked: queries drawn with a seed from the collection itself, in a form that favours no engine."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bench.generate import FUNCTION_WORDS, MONTHS, Dice
from searchapp.model import UNDATED, Collection, Entry, Passage


@dataclass(frozen=True, slots=True)
class Ask:
    """One query. Each engine says it in its own language."""

    kind: str
    """Its class, a key of CLASSES."""
    words: tuple[str, ...]
    """Lower-case words of a to z; of a prefix query, the one prefix."""
    any: bool = False
    """Whether an entry may hold any of the words instead of all."""
    phrase: bool = False
    prefix: bool = False
    year: str = ""
    """Filters; a query has both or neither."""
    actor: str = ""

    @property
    def text(self) -> str:
        """As typed into a search box."""
        joined = " ".join(self.words)
        return f'"{joined}"' if self.phrase else joined + "*" * self.prefix


class NothingToAsk(Exception):
    """The collection is too small or too uniform for a class of queries; the message names it."""


TRIES: Final = 20_000
WORD = re.compile(r"(?<![^\s(])[a-z]{4,}(?=[\s,.;:)])")
RUN = re.compile(r"(?<![^\s(])[a-z]{4,}(?: [a-z]{4,})+(?=[\s,.;:)])")
ENDING = re.compile(r"(?:s|ed|ing)$")
STEMMED: Final = tuple("aeiouysdg")
"""Last letters of a prefix that a stemmer might take for an ending; FTS5 stems prefixes, too."""
SAMPLE: Final = 4_000
"""Passages in which recurring phrases are looked for."""
COMMON = frozenset(FUNCTION_WORDS) | frozenset(month.lower() for month in MONTHS)


class Source:
    """A collection to draw words from, with the number of entries that each word is in."""

    def __init__(self, collection: Collection, seed: int, ignored: frozenset[str]) -> None:
        self.dice = Dice(seed)
        self.entries = [entry for entry in collection.entries if len(entry.passages) > 1]
        names = (name for name in collection.gazetteer.names)
        named = {part for name in names for form in (name.name, *name.aliases, *name.cased) for part in _parts(form)}
        self.skipped = COMMON | named | ignored
        self._frequency: dict[str, int] = defaultdict(int)
        for entry in self.entries:
            for word in {_base(word) for passage in entry.body for word in self.words(passage)}:
                self._frequency[word] += 1
        sample = (self.dice.pick(self.entry().body) for _ in range(SAMPLE))
        counted = Counter(run for passage in set(sample) for run in self.runs(passage))
        self.recurring = sorted(run for run, count in counted.items() if count > 1)

    def frequency(self, word: str) -> int:
        """Entries that hold the word in any of its regular forms."""
        return self._frequency[_base(word)]

    def runs(self, passage: Passage) -> list[tuple[str, ...]]:
        """Two or three words that follow each other and can be asked as a phrase."""
        runs = [run.split() for run in RUN.findall(passage.text)]
        phrases = (tuple(run[at : at + size]) for run in runs for size in (2, 3) for at in range(len(run) - size + 1))
        return [phrase for phrase in phrases if self.skipped.isdisjoint(phrase)]

    def words(self, passage: Passage) -> list[str]:
        """Words of a passage that can be asked: no names, no months, none of the most frequent."""
        return [word for word in WORD.findall(passage.text) if word not in self.skipped]

    def within(self, words: list[str], low: float, high: float) -> list[str]:
        """Those of the words that are in more than `low` and at most `high` of all entries (0 to 1)."""
        n = len(self.entries)
        return [word for word in dict.fromkeys(words) if low * n < self.frequency(word) <= high * n]

    def entry(self) -> Entry:
        """Any entry."""
        return self.dice.pick(self.entries)

    def some(self, words: list[str], count: int) -> tuple[str, ...]:
        """So many different words, in any order; fewer when there are not enough."""
        left = list(words)
        return tuple(left.pop(self.dice.below(len(left))) for _ in range(min(count, len(words))))

    def all_words(self) -> list[str]:
        """The words of any entry's passages."""
        return [word for passage in self.entry().body for word in self.words(passage)]


def _base(word: str) -> str:
    return ENDING.sub("", word)


def _parts(name: str) -> Iterator[str]:
    yield from re.findall(r"\w+", name.lower())


def _rare(source: Source) -> Ask | None:
    words = [word for word in source.all_words() if 2 <= source.frequency(word) <= 9]
    return Ask("rare", source.some(words, 1)) if words else None


def _common(source: Source) -> Ask | None:
    words = source.within(source.all_words(), 0.15, 0.6)
    return Ask("common", source.some(words, 1)) if words else None


def _two(source: Source) -> Ask | None:
    words = source.within(source.all_words(), 0.02, 0.4)
    return Ask("two", source.some(words, 2)) if len(words) > 1 else None


def _five(source: Source) -> Ask | None:
    words = source.within(source.all_words(), 0.005, 0.4)
    return Ask("five-any", source.some(words, 5), any=True) if len(words) > 4 else None


def _phrase(source: Source) -> Ask | None:
    runs = source.recurring if source.dice.chance(50) else source.runs(source.dice.pick(source.entry().body))
    return Ask("phrase", source.dice.pick(runs), phrase=True) if runs else None


def _prefix(source: Source) -> Ask | None:
    words = source.within([word for word in source.all_words() if len(word) > 5], 0.001, 0.2)
    prefix = source.dice.pick(words)[: source.dice.between(3, 5)] if words else ""
    return Ask("prefix", (prefix,), prefix=True) if prefix and not prefix.endswith(STEMMED) else None


def _filtered(source: Source) -> Ask | None:
    passage = source.dice.pick(source.entry().body)
    words = source.within(source.words(passage), 0.05, 0.6)
    years = [year for year in passage.years if year != UNDATED]
    if not (words and years and passage.actors):
        return None
    year, actor = source.dice.pick(years), source.dice.pick(passage.actors)
    return Ask("filtered", source.some(words, 1), year=year, actor=actor)


CLASSES: Final[dict[str, tuple[str, Callable[[Source], Ask | None]]]] = {
    "rare": ("a rare word", _rare),
    "common": ("a common word", _common),
    "two": ("two words", _two),
    "five-any": ("five words, any", _five),
    "phrase": ("a phrase", _phrase),
    "prefix": ("a prefix", _prefix),
    "filtered": ("a word, year and actor", _filtered),
}
"""Name of a class -> what it is called in the table, and how one query of it is drawn."""


def draw(collection: Collection, classes: tuple[str, ...], count: int, seed: int) -> tuple[Ask, ...]:
    """`count` different queries of each class. Raises NothingToAsk when the collection does not hold so many."""
    # Imported here, so that a process that serves a peer does not carry Whoosh.
    from searchapp.engines.whoosh.analysis import stop_words  # noqa: PLC0415

    source = Source(collection, seed, stop_words(collection.language))
    asks: dict[Ask, None] = {}
    for number, name in enumerate(CLASSES):
        if name in classes:
            source.dice = Dice(seed + number)
            asks.update(dict.fromkeys(_draw_class(source, name, count)))
    return tuple(asks)


def _draw_class(source: Source, name: str, count: int) -> list[Ask]:
    found: dict[Ask, None] = {}
    for _ in range(TRIES):
        ask = CLASSES[name][1](source)
        if ask is not None:
            found[ask] = None
        if len(found) == count:
            return list(found)
    raise NothingToAsk(f"{name}: only {len(found)} of {count} queries could be drawn")
