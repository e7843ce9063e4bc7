"""A seeded generator of a Markdown corpus: the same seed gives the same bytes on every machine.

Only `Random.random()` is drawn from, the one method whose sequence Python promises to keep, and all
weights are whole numbers, so that no rounding of a mathematics library can change a pick.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final, TypeVar

T = TypeVar("T")

LEMMAS: Final = 15_000
"""Each with four written forms: a vocabulary of 60,000 types, besides an open tail of rarer words."""
SLOTS: Final = 1 << 22
"""Size of the table that words are drawn from; the rarest form has one slot."""
FORMS: Final = (("", 70), ("s", 15), ("ed", 8), ("ing", 7))
ACTORS: Final = 200
PHRASES: Final = 400
FIRST_YEAR, LAST_YEAR = 2011, 2023

_FUNCTION_WORDS: Final = """
the of and in to a that was for on by with is as at from were had his it which be an are has this but not their its
they after or who been also he have would against two between said more first during into when about over other than
before under one some all while there
"""
FUNCTION_WORDS: Final = tuple(_FUNCTION_WORDS.split())
_MONTHS: Final = "January February March April May June July August September October November December"
MONTHS: Final = tuple(_MONTHS.split())
TYPES: Final = (
    ("armed group", ("Front", "Brigade", "Column", "Battalion")),
    ("military", ("Command", "Garrison")),
    ("organisation", ("Observatory", "Council", "Committee", "Party")),
    ("media", ("Agency", "Gazette")),
    ("state", ("Republic", "Federation")),
    ("person", ()),
)
ONSETS: Final[tuple[str, ...]] = (*"bdfghjklmnprstvz", "br", "dr", "gr", "kr", "pl", "sk", "st", "tr")
VOWELS: Final = tuple("aouie")
LAST_VOWELS: Final = tuple("aou")
CODAS: Final = tuple("bdgkmnp")


@dataclass(frozen=True, slots=True)
class Actor:
    """A name of the generated gazetteer."""

    name: str
    type: str
    acronym: str
    """An alias that counts only in capitals, or empty."""


class Dice:
    """Everything that is drawn, from one seeded sequence of floats."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed).random

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1."""
        return int(self.random() * n)

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high."""
        return low + self.below(high - low + 1)

    def chance(self, percent: float) -> bool:
        """True in so many of a hundred cases."""
        return self.random() * 100 < percent

    def pick(self, values: tuple[T, ...] | list[T]) -> T:
        """One of the values, each as likely."""
        return values[int(self.random() * len(values))]

    def word(self, syllables: int) -> str:
        """A pronounceable word that ends in a way that stemmers leave alone."""
        stem = "".join(self.pick(ONSETS) + self.pick(VOWELS) for _ in range(syllables - 1))
        return stem + self.pick(ONSETS) + self.pick(LAST_VOWELS) + self.pick(CODAS)


def slots(values: list[tuple[T, int]], size: int) -> list[T]:
    """A table of about `size` slots in which each value has its share by weight, and one slot at least."""
    total = sum(weight for _, weight in values)
    return [slot for value, weight in values for slot in [value] * max(1, weight * size // total)]


def zipf(rank: int) -> int:
    """Weight of the word of a rank, from 0 (Zipf and Mandelbrot, exponent 1), as a whole number."""
    return 10**12 // (rank + 3)


class Language:
    """The words, phrases and actors of a corpus, and sentences made of them."""

    def __init__(self, seed: int) -> None:
        self.dice = Dice(seed)
        self.rare: list[str] = []
        self.lemmas = self._distinct(LEMMAS)
        self.words = slots(self._weighted_words(), SLOTS)
        self.actors = self._actors()
        self.actor_slots = slots([(actor, zipf(rank)) for rank, actor in enumerate(self.actors)], 1 << 14)
        phrases = [" ".join(self.topic() for _ in range(self.dice.between(2, 4))) for _ in range(PHRASES)]
        self.phrase_slots = slots([(phrase, zipf(rank)) for rank, phrase in enumerate(phrases)], 1 << 14)

    def topic(self) -> str:
        """A word that an entry can be about: neither among the most frequent nor among the rarest."""
        return self.lemmas[30 + self.dice.below(6000)]

    def rarity(self) -> str:
        """A word that is in one entry or in a few, as names and misspellings are."""
        if not self.rare or self.dice.chance(60):
            self.rare.append(self.dice.word(4))
            return self.rare[-1]
        return self.dice.pick(self.rare)

    def _distinct(self, count: int) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < count:
            word = self.dice.word(2 if len(found) < 2000 else 3)
            if len(word) > 3:
                found[word] = None
        return list(found)

    def _weighted_words(self) -> list[tuple[str, int]]:
        rank = len(FUNCTION_WORDS)
        words = [(word, zipf(place)) for place, word in enumerate(FUNCTION_WORDS)]
        for place, lemma in enumerate(self.lemmas):
            words += [(lemma + ending, zipf(rank + place) * share // 100) for ending, share in FORMS]
        return words

    def _actors(self) -> list[Actor]:
        names: dict[str, Actor] = {}
        acronyms: set[str] = set()
        while len(names) < ACTORS:
            kind, nouns = self.dice.pick(TYPES)
            first, second = self.dice.word(3).capitalize(), self.dice.word(2).capitalize()
            name = f"{first} {second} {self.dice.pick(nouns)}" if nouns else f"{first} {second}"
            acronym = "".join(part[0] for part in name.split()) + self.dice.pick(CODAS).upper() if nouns else ""
            acronym = "" if acronym in acronyms else acronym
            acronyms.add(acronym)
            names[name] = Actor(name, kind, acronym)
        return list(names.values())


@dataclass(frozen=True, slots=True)
class Subject:
    """What one entry is about: its words and actors come up again and again, and it has a time."""

    words: tuple[str, ...]
    actors: tuple[Actor, ...]
    year: int
    month: int


class Writer:
    """Documents with front matter, nested and dated headings, paragraphs, lists and links."""

    def __init__(self, seed: int) -> None:
        self.language = Language(seed)
        self.dice = self.language.dice

    def document(self, number: int, sections: int) -> Iterator[str]:
        """The blocks of one document with so many sections that have text."""
        dice = self.dice
        title = self._capitals(dice.between(2, 5))
        tags = ", ".join(self.language.topic() for _ in range(dice.between(1, 4)))
        published = f"{dice.between(2016, 2024)}-{dice.between(1, 12):02d}-{dice.between(1, 28):02d}"
        yield f"---\ntitle: {title}\nauthor: Desk {number % 17}\npubDate: {published}\ntags: [{tags}]\n---"
        deep = False
        for _ in range(sections):
            subject = self._subject()
            if dice.chance(20):
                deep = not deep
                if deep:
                    yield f"## {self._capitals(2)}"
            yield f"{'###' if deep else '##'} {self._heading(subject)}"
            yield from self._section(subject)

    def _section(self, subject: Subject) -> Iterator[str]:
        count, dice = self.dice.between(3, 8), self.dice
        listed = dice.between(2, 3) if count > 4 and dice.chance(25) else 0
        for _ in range(count - listed):
            yield self._passage(subject)
        if listed:
            yield "\n".join(f"* {self._passage(subject)}" for _ in range(listed))

    def _subject(self) -> Subject:
        dice, language = self.dice, self.language
        words = tuple(language.topic() for _ in range(12))
        actors = tuple(dice.pick(language.actor_slots) for _ in range(dice.between(1, 4)))
        return Subject(words, actors, dice.between(FIRST_YEAR, LAST_YEAR), dice.below(12))

    def _heading(self, subject: Subject) -> str:
        month, draw = MONTHS[subject.month], self.dice.below(100)
        if draw < 12:
            return f"{month} {subject.year}"
        if draw < 20 and subject.month < 11:
            return f"{month}–{MONTHS[subject.month + 1]} {subject.year}"
        if draw < 30:
            return f"{self._capitals(2)}, {month} {subject.year}"
        words = " ".join(self.dice.pick(subject.words) for _ in range(self.dice.between(1, 4)))
        return words.capitalize()

    def _passage(self, subject: Subject) -> str:
        """One paragraph on one line, of 30 to 120 words."""
        left, sentences = self.dice.between(30, 120), []
        while left > 0:
            length = min(left, self.dice.between(8, 24))
            left -= length if left - length > 5 else left
            sentences.append(self._sentence(subject, length))
        return " ".join(sentences)

    def _sentence(self, subject: Subject, length: int) -> str:
        dice = self.dice
        words = [self._word(subject) for _ in range(length)]
        if dice.chance(12):
            words.insert(dice.below(length), dice.pick(self.language.phrase_slots))
        if dice.chance(22):
            words.insert(dice.below(length), self._actor(subject))
        if dice.chance(4):
            words[-1] = f"[{words[-1]}](https://example.org/{dice.below(10**6)})"
        if length > 12 and dice.chance(50):
            words[length // 2] += ","
        text = " ".join(words)
        text = f"{self._date(subject)} {text}" if dice.chance(12) else text[0].upper() + text[1:]
        return text + "."

    def _word(self, subject: Subject) -> str:
        draw = self.dice.random()
        if draw < 0.08:
            return self.dice.pick(subject.words)
        if draw < 0.086:
            return self.language.rarity()
        return self.dice.pick(self.language.words)

    def _actor(self, subject: Subject) -> str:
        actor = self.dice.pick(subject.actors) if self.dice.chance(80) else self.dice.pick(self.language.actor_slots)
        return actor.acronym if actor.acronym and self.dice.chance(25) else actor.name

    def _date(self, subject: Subject) -> str:
        dice = self.dice
        year = subject.year if dice.chance(80) else dice.between(FIRST_YEAR, LAST_YEAR)
        month, day = MONTHS[dice.below(12)], dice.between(1, 28)
        forms = (f"On {day} {month} {year},", f"In {month} {year},", f"On {month} {day}, {year},", f"On {day} {month},")
        return dice.pick(forms)

    def _capitals(self, count: int) -> str:
        return " ".join(self.language.topic().capitalize() for _ in range(count))


def write_corpus(folder: Path, entries: int, seed: int) -> None:
    """Write documents with `entries` sections in all, actors.toml and searchapp.toml to an empty folder.

    A larger corpus of the same seed starts with the documents of a smaller one, but for its last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    writer = Writer(seed)
    _write(folder / "searchapp.toml", 'title = "Generated corpus"\nlanguage = "en"\ndates = "events"\n')
    _write(folder / "actors.toml", "\n".join(_toml(actor) for actor in writer.language.actors))
    number = 0
    while entries > 0:
        sections = min(entries, writer.dice.between(4, 16))
        _write(
            folder / f"{number // 100:03d}" / f"{number:06d}.md", "\n\n".join(writer.document(number, sections)) + "\n"
        )
        entries -= sections
        number += 1


def _toml(actor: Actor) -> str:
    cased = f'cased = ["{actor.acronym}"]\n' if actor.acronym else ""
    return f'[[actor]]\nname = "{actor.name}"\ntype = "{actor.type}"\n{cased}'


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode("utf-8"))
