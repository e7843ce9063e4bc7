"""The signs between and around typed words, none of which is part of what is asked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from searchapp.engines.whoosh.folding import fold
from searchapp.model import Range

PARTING = re.compile(r"[/\\|&+=<>;:!?…–—―→•・\[\]{}،؛؟、。，；：／｜！？]+")
"""Signs that stand between two words; no full stop, which is in hosts and abbreviations."""


def is_word(text: str) -> bool:
    """Whether what stands before or behind a sign is a word of its own; numbers and single letters stay with it."""
    return len(text) > 1 and any(map(str.isalpha, text))


def parted(text: str, start: int, end: int) -> Iterator[Range]:
    """What stands between the signs that part words, each without the signs around it."""
    at = start
    for sign in (*PARTING.finditer(text, start, end), None):
        first, last = at, sign.start() if sign else end
        while first < last and _is_sign(text[first]):
            first += 1
        while first < last and _is_sign(text[last - 1]):
            last -= 1
        if first < last:
            yield first, last
        at = sign.end() if sign else end


def _is_sign(char: str) -> bool:
    """Whether a character is none of a word, nor read as one (№)."""
    return unicodedata.category(char)[0] in "CPSZ" and not any(map(str.isalnum, fold(char)))
