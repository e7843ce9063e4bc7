"""Characters as words are compared by: without accents, case, and what keyboards and scripts write differently."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from searchapp.signs import APOSTROPHES, HYPHENS

Offsets = tuple[Sequence[int], Sequence[int]]
"""Where each folded character begins and ends in the text it was folded from."""

WRITTEN_FOR = {"ı": "i", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ى": "ي", "ة": "ه"}
"""Letters that Unicode does not decompose but that writers interchange with a plain one."""
READ_AS = {
    char: one
    for chars, one in (
        (APOSTROPHES, "'"),
        (HYPHENS, "-"),
        ("ـ\u00ad\u200b\u200c\u200d\u2060\ufeff", ""),  # tatweel, soft hyphen, characters without width
        ("\u00a0\u2009\u202f", "\u2009"),  # spaces that may stand in a number
        ("йЙ", "й"),  # a letter of its own, which the stemmer needs
        ("\ue000\ue001", " "),  # see analysis.JOIN
    )
    for char in chars
}
"""Characters for which another is read."""


@lru_cache(maxsize=8192)
def _plain(cluster: str) -> str:
    """A character, with the marks that combine with it, as a plain one in the same case.

    What comes out never changes its length when its case is folded.
    """
    composed = unicodedata.normalize("NFC", cluster)
    if composed in READ_AS:
        return READ_AS[composed]
    if "\uac00" <= composed <= "\ud7af":
        return composed
    kept = (c for c in unicodedata.normalize("NFKD", composed) if unicodedata.category(c) != "Mn")
    return "".join(_cased(READ_AS.get(c, c)) for c in kept)


def _cased(char: str) -> str:
    """A character in its case, unless the one in lower case is longer or written for another."""
    small = char.casefold()
    return char if len(small) == 1 and small not in WRITTEN_FOR else WRITTEN_FOR.get(small, small)


class _Plain(dict[int, str]):
    """What single characters are as plain ones, learned as they come; for str.translate."""

    def __missing__(self, code: int) -> str:
        self[code] = plain = _plain(chr(code))
        return plain


_PLAIN = _Plain()


@lru_cache(maxsize=8192)
def _is_simple(char: str) -> bool:
    """Whether a character is one other as a plain one, whatever stands around it."""
    return len(_plain(char)) == 1 and not unicodedata.combining(char)


def plain(text: str) -> tuple[str, Offsets]:
    """A text without accents and variants of characters, its case kept; and for each of its characters where in
    `text` that which it comes from begins and ends."""
    as_they_are = range(len(text)), range(1, len(text) + 1)
    if text.isascii():
        return text.replace("`", "'"), as_they_are
    if all(map(_is_simple, set(text))):
        return text.translate(_PLAIN), as_they_are
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    i, n = 0, len(text)
    while i < n:
        j = i + 1
        while j < n and unicodedata.combining(text[j]):
            j += 1
        piece = _plain(text[i:j])
        pieces.append(piece)
        starts.extend([i] * len(piece))
        ends.extend([j] * len(piece))
        i = j
    return "".join(pieces), (starts, ends)


def fold(text: str) -> str:
    """A text as its words are compared: plain and in lower case."""
    return plain(text)[0].casefold()
