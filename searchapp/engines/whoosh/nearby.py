"""Many words, and which of them may be a few edits away from one: seen by their letters, before any is compared."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from searchapp.engines.whoosh.arrays import Ints


class Nearby:
    """Words that others are compared with.

    An edit takes away one letter, adds one, or does both. So of two words that are k edits apart, neither has more than
    k letters that the other lacks, and their lengths differ by at most k. That leaves one in a hundred to compare.
    """

    def __init__(self, words: Sequence[str]) -> None:
        """`words` in an order that is kept; none is empty."""
        self.words = words
        self._lengths = np.fromiter(map(len, words), np.int64, len(words))
        self._letters = _letters(words, self._lengths)

    def __call__(self, word: str, edits: int) -> list[str]:
        """Those that so many edits may make of a word, in order, and some that they do not."""
        near = (abs(self._lengths - len(word)) <= edits).nonzero()[0]
        theirs, ours = self._letters[near], _letters([word], np.array([len(word)]))
        differ = np.maximum(np.bitwise_count(theirs & ~ours), np.bitwise_count(ours & ~theirs))
        return [self.words[number] for number in near[differ <= edits].tolist()]


def _letters(words: Sequence[str], lengths: Ints) -> Ints:
    """[words] which letters a word has, a bit for each; letters may share one, which only hides a difference."""
    codes = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), np.uint32)
    bits = np.left_shift(np.uint64(1), codes.astype(np.uint64) & np.uint64(63))
    letters: Ints = np.bitwise_or.reduceat(bits, lengths.cumsum() - lengths) if len(words) else bits
    return letters
