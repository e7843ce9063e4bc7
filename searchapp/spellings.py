"""When two spellings of a name are one: folded, they are the same text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from searchapp.signs import APOSTROPHES, DASHES, WIDTHLESS

TATWEEL = "\u0640"
SHORTEST_ACRONYM = 3
"""Letters of one that is known with full stops, too: two with them are mostly somebody's initials."""
ARTICLE = re.compile(r"الل?(?=\w{3})")
"""The Arabic one before a word of three letters or more, with an L that this begins with."""


class _Folding(dict[int, str]):
    """Folded form of each character, for str.translate; learned as characters are met."""

    def __init__(self, *, keep_case: bool = False) -> None:
        super().__init__()
        self.keep_case = keep_case
        self.uneven: set[str] = set()
        """Characters whose folded form is not exactly one character long."""

    def __missing__(self, code: int) -> str:
        folded = self._fold(chr(code))
        if len(folded) != 1:
            self.uneven.add(chr(code))
        self[code] = folded
        return folded

    def _fold(self, char: str) -> str:
        if char in APOSTROPHES:
            return "'"
        if char in DASHES or (char.isspace() and char not in "\t\n"):
            return " "
        if char == TATWEEL or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
            return ""
        if char == "ı" and not self.keep_case:
            return "i"
        parts = unicodedata.normalize("NFKD", char) if char.isalnum() else unicodedata.normalize("NFD", char)
        plain = "".join(part for part in parts if unicodedata.category(part) != "Mn")
        return plain if self.keep_case else plain.casefold()


_FOLDED = _Folding()
_CASED = _Folding(keep_case=True)


def fold(text: str) -> str:
    """The form in which spellings are compared. Idempotent."""
    return text.translate(_FOLDED)


def fold_cased(text: str) -> str:
    """The same for spellings that count only in their case."""
    return text.translate(_CASED)


def also_written(spelling: str) -> Iterator[str]:
    """How else a spelling is written: an acronym with full stops, an Arabic article behind to, which takes its first
    letter, words that only a sign without width parts apart."""
    if len(spelling) >= SHORTEST_ACRONYM and spelling.isalpha() and spelling.isupper():
        dotted = ".".join(spelling)
        yield from (dotted, f"{dotted}.")
    if ARTICLE.match(spelling):
        yield ARTICLE.sub("لل", spelling, count=1)
    if WIDTHLESS in spelling:
        yield spelling.replace(WIDTHLESS, " ")


def fold_with_map(text: str) -> tuple[str, Sequence[int] | None]:
    """Folded text, and for each of its characters the position it comes from; None where positions are the same."""
    folded = text.translate(_FOLDED)
    if text.isascii() or _FOLDED.uneven.isdisjoint(text):
        return folded, None
    return folded, [at for at, char in enumerate(text) for _ in _FOLDED[ord(char)]]
