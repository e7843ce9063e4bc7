"""Queries that nobody should have to fear: of the grammar, of its edges, and of no grammar at all; from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

LONGEST: Final = 1_200
"""Characters; a little more than the engine reads, so that its cut is met as well."""
JOINS: Final = (" ", " ", " ", " OR ", " AND ", " NOT ", " -", "", "  ", "\t", "\n", "\u00a0", "-", "/", ".", "'")
WRAPS: Final = (
    "{}",
    "{}",
    '"{}"',
    "({}",
    "{})",
    "({})",
    "(({}))",
    '"{}',
    "{}*",
    "{}~",
    "*{}*",
    "-{}",
    "“{}”",
    "NOT ({})",
)
GRAMMAR: Final = (
    '"',
    "“",
    "”",
    "(",
    ")",
    "*",
    "~",
    "-",
    "OR",
    "AND",
    "NOT",
    "?",
    "[",
    "]",
    "{",
    "}",
    "^",
    ":",
    "/",
    "\\",
    "..",
    "+",
)
FIELDS: Final = (
    "word:",
    "stem:",
    "actor:",
    "year:[2011 TO 2020]",
    "*:*",
    "/a.*b/",
    "a^9999999999",
    "[a TO z]",
    "TO",
    "<a>",
)
DATES: Final = (
    "24 November 2015",
    "2015",
    "May 2016",
    "0001",
    "9999",
    "30 February 2016",
    "99999999999",
    "1 1 1",
    "2015-2016",
)
UNICODE: Final = (
    (0x20, 0x7F), (0, 0x20), (0x80, 0x250), (0x300, 0x370), (0x370, 0x700), (0x900, 0xE00), (0x1E00, 0x2100),
    (0x2000, 0x2070), (0x3040, 0xA000), (0xAC00, 0xD7B0), (0xD800, 0xE000), (0xFB00, 0xFE10), (0xFE00, 0x10000),
    (0x1F300, 0x1FA00), (0xE0000, 0xE0200), (0x10000, 0x110000),
)  # fmt: skip
"""Ranges of code points: controls, combining marks, right-to-left, surrogates, ligatures, tags and all the others."""


class Maker:
    """Draws queries from a seed and a vocabulary: the most frequent words of the index cost the most."""

    def __init__(self, seed: int, words: Sequence[str]) -> None:
        self._random = random.Random(seed)
        self._words = words
        self._kinds: tuple[Callable[[], str], ...] = (
            self._sentence, self._sentence, self._nested, self._wild, self._many, self._fields, self._dates,
            self._garbage, self._noise, self._long, self._misspelt, self._phrases,
        )  # fmt: skip

    def __iter__(self) -> Iterator[str]:
        while True:
            yield self._random.choice(self._kinds)()[:LONGEST]

    def _pick(self, most: int) -> range:
        return range(self._random.randint(1, most))

    def _word(self) -> str:
        draw = self._random.random()
        if draw < 0.6:
            # The square of a draw prefers the beginning of the list, where the frequent words are.
            return self._words[int(self._random.random() ** 2 * len(self._words))]
        if draw < 0.7:
            return "".join(self._random.choice("abcdefghijklmnopqrstuvwxyz0123456789-'") for _ in self._pick(12))
        return self._random.choice((*GRAMMAR, "the", "of", "a", "1", "s 400", "28 000", "US", "IS"))

    def _sentence(self) -> str:
        text = ""
        for _ in self._pick(12):
            text += self._random.choice(JOINS) + self._random.choice(WRAPS).format(self._word())
        return text

    def _nested(self) -> str:
        opened = self._random.choice(("(", "NOT (", "-(", "(a OR (", '("', "(x "))
        return opened * self._random.choice((3, 9, 11, 60, 400)) + self._sentence() + ")" * self._random.randint(0, 400)

    def _wild(self) -> str:
        stems = (self._word()[: self._random.randint(0, 4)] for _ in self._pick(70))
        return self._random.choice((" ", " OR ", " -")).join(
            stem + self._random.choice(("*", "~", "*", "**")) for stem in stems
        )

    def _many(self) -> str:
        return self._random.choice((" ", " OR ", " NOT ", " -", ",")).join(self._word() for _ in self._pick(200))

    def _fields(self) -> str:
        return " ".join(self._random.choice((*FIELDS, self._word())) for _ in self._pick(12))

    def _dates(self) -> str:
        return " ".join(self._random.choice((*DATES, self._word())) for _ in self._pick(40))

    def _garbage(self) -> str:
        return "".join(self._random.choice(GRAMMAR) for _ in self._pick(300))

    def _noise(self) -> str:
        ranges = self._random.sample(UNICODE, 3)
        return "".join(chr(self._random.randrange(*self._random.choice(ranges))) for _ in self._pick(200))

    def _long(self) -> str:
        return self._random.choice(("a", "ab", "9", "a1", "é", "-a", "a-", "a ", '"a', "s4 ", self._word())) * LONGEST

    def _misspelt(self) -> str:
        """Words of which no entry has one, so that each is looked up among those that sound alike."""
        words = (list(self._word()) for _ in self._pick(64))
        return " ".join("".join(self._random.sample(word, len(word))) + "q" for word in words)

    def _phrases(self) -> str:
        runs = (" ".join(self._word() for _ in self._pick(10)) for _ in self._pick(20))
        return self._random.choice((" ", " OR ", " -")).join(f'"{run}"' for run in runs)
