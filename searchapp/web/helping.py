"""The search help: how the query language is typed, shown on words of this corpus, each example tried before."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Final

from searchapp.engine import Engine
from searchapp.model import QUOTES, Query
from searchapp.web import urls
from searchapp.web.languages import N_
from searchapp.web.words import OPERATORS

SHORTEST: Final = 4
"""Letters of a word that is good enough to show something on."""
TRIES: Final = 6
"""Examples of one kind that are tried before its form alone is shown."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to type a search."""

    typed: str
    """An example that finds something in this corpus, or the form alone."""
    url: str
    """Where the example leads; empty for the form alone."""
    says: str


@dataclass(frozen=True, slots=True)
class _Material:
    """What examples are made of."""

    examples: Sequence[str]
    words: Sequence[str]
    dates: Sequence[str]

    def plain(self) -> Iterator[str]:
        """Two words side by side."""
        yield from (e for e in self.examples if not OPERATORS.search(e) and len(e.split()) > 1)
        yield from (f"{self.words[0]} {other}" for other in self.words[1:])

    def having(self, pattern: str) -> Iterator[str]:
        """Examples of the corpus with an operator."""
        return (example for example in self.examples if re.search(pattern, example))

    def either(self) -> Iterator[str]:
        """One word or another."""
        yield from self.having(r"\bOR\b")
        yield from (f"{self.words[0]} OR {other}" for other in self.words[1:])


FORMS: Final[tuple[tuple[str, str, Callable[[_Material], Iterator[str]]], ...]] = (
    (N_("one another"), N_("both words, in one entry; forms of a word are found too"), _Material.plain),
    (
        N_('"one after another"'),
        N_("these words in this order, in one passage"),
        lambda made: made.having(f"[{QUOTES}]"),
    ),
    (N_("one OR another"), N_("either word; brackets group"), _Material.either),
    (
        N_("one -another"),
        N_("passages with the first word and without the second; NOT does the same"),
        lambda made: (f"{made.words[0]} -{other}" for other in made.words[1:]),
    ),
    (
        N_("beginning*"),
        N_("words that begin so (three letters or more)"),
        lambda made: (f"{word[: max(SHORTEST, len(word) // 2)]}*" for word in made.words if len(word) > SHORTEST),
    ),
    (
        N_("spelling~"),
        N_("spellings one letter away"),
        lambda made: (f"{word}~" for word in sorted(made.words[:8], key=lambda word: (word[0].islower(), -len(word)))),
    ),
    (N_("30 September 2015"), N_("passages with that date, however it is written"), lambda made: iter(made.dates)),
)
"""The form, what it does, and examples of it, best first."""


class Help:
    """The ways to search one corpus, made once a generation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._made: tuple[str, tuple[Way, ...]] | None = None

    def __call__(self) -> tuple[Way, ...]:
        digest = self._engine.status().digest
        with self._lock:
            if self._made is None or self._made[0] != digest:
                material = self._material()
                self._made = (digest, tuple(self._way(form, says, make(material)) for form, says, make in FORMS))
            return self._made[1]

    def _material(self) -> _Material:
        examples = [example.strip() for example in self._engine.status().examples if example.strip()]
        results = self._engine.search(Query(q=examples[0] if examples else "", passages=10))
        names = [value.value for value in results.facets.get("actor", ())[:TRIES]]
        found = [word for text in (*examples, *names) for word in OPERATORS.sub(" ", text).split()]
        words = dict.fromkeys(word for word in found if word.isalpha() and len(word) >= SHORTEST)
        dates = [when.start for hit in results.hits for found in hit.passages for when in found.passage.dates
                 if when.precision == "day" and when.span]  # fmt: skip
        # An index that is all but empty still has a help: a word that nothing holds makes no example.
        return _Material(
            examples,
            list(words) or ["word"],
            [f"{day.day} {month_name[day.month]} {day.year}" for day in dict.fromkeys(dates)],
        )

    def _way(self, form: str, says: str, examples: Iterator[str]) -> Way:
        for _, example in zip(range(TRIES), examples, strict=False):
            results = self._engine.search(Query(q=example, per_page=1, passages=1))
            if results.full_matches and not any(note.code in ("widened", "suggested") for note in results.notes):
                return Way(example, urls.search_url(Query(q=example)), says)
        return Way(form, "", says)
