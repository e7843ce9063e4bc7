"""What is made of texts again and again, on every page, kept within bounds."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

LONGEST: Final = 100
"""Characters of a text for which it is kept: of what anyone types, no long ones."""
KEPT_HEADERS: Final = 256
"""What browsers say of themselves: most of them the same."""


def kept(most: int) -> Callable[[Callable[[str], str]], Callable[[str], str]]:
    """A function of a text that remembers what it gave for so many short ones."""

    def keeping(make: Callable[[str], str]) -> Callable[[str], str]:
        short = lru_cache(maxsize=most)(make)
        return lambda text: short(text) if len(text) <= LONGEST else make(text)

    return keeping
