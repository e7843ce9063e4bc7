"""Some of many numbered things: the entries, or the pairs of a facet, that a part of a query finds.

Few are known by their numbers, many by a truth or a bit for each thing, so that a rare word costs what it holds and
not what the corpus holds. What is kept is kept as numbers or bits.

    numbers [2 5]     truths F F T F F T F F     bits 00100100 (a byte for eight things)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from searchapp.engines.whoosh.arrays import Ints, Mask, ascending, sought

SEEK, TEST = 4096, 128
"""So many times as many things as numbers: to look for these among others, or to test the bit of each, is quicker than
to make all the truths."""
MANY = 1 << 14
"""Things of which a few are better known by their numbers: of less, the truths are as soon made."""
FEW = 32
"""So many times as many things as some of them: the numbers of these take no more bytes than a bit for each thing."""


@dataclass(slots=True, eq=False)  # made by the dozen for a search, and made sooner than a frozen one
class Subset:
    """Some of `size` things, in one of three forms. Nothing in it changes."""

    size: int
    few: Ints | None = None
    """Their numbers, ascending."""
    truths: Mask | None = None
    """[size]"""
    bits: NDArray[np.uint8] | None = None
    """[size / 8, rounded up] as numpy packs truths."""

    @classmethod
    def of(cls, size: int, numbers: Ints) -> Subset:
        """The things with these numbers, which come in any order and more than once."""
        if size >= MANY and len(numbers) * FEW <= size:
            return cls(size, few=ascending(np.sort(numbers)))
        truths = np.zeros(size, bool)
        truths[numbers.astype(np.int64, copy=False)] = True  # of all widths, numpy takes this one quickest as an index
        return cls(size, truths=truths)

    @property
    def numbers(self) -> Ints:
        """Their numbers, ascending."""
        return self.mask.nonzero()[0] if self.few is None else self.few

    @property
    def mask(self) -> Mask:
        """[size] whether a thing is one of them; not to be written to."""
        if self.truths is not None:
            return self.truths
        if self.bits is not None:
            return np.unpackbits(self.bits, count=self.size).view(bool)
        mask = np.zeros(self.size, bool)
        mask[self.few] = True
        return mask

    def __len__(self) -> int:
        """How many they are."""
        if self.bits is not None:
            return int(np.bitwise_count(self.bits).sum())
        return int(np.count_nonzero(self.mask)) if self.few is None else len(self.few)

    def has(self, numbers: Ints) -> Mask:
        """[numbers] whether each is one of them."""
        if self.few is not None and len(numbers) * SEEK <= self.size:
            return sought(self.few, numbers)[1]
        if self.bits is not None and len(numbers) * TEST <= self.size:
            return (self.bits.take(numbers >> 3) << (numbers & 7).astype(np.uint8) & 128).astype(bool)
        return self.mask.take(numbers)

    @property
    def packed_bits(self) -> NDArray[np.uint8]:
        """[size / 8, rounded up] a bit for each thing; not to be written to."""
        return np.packbits(self.mask) if self.bits is None else self.bits

    def packed(self) -> Subset:
        """The same in the least bytes, to be kept."""
        if self.few is not None:
            return Subset(self.size, few=self.few.astype(np.int32))
        return Subset(self.size, bits=self.packed_bits)

    @property
    def bytes(self) -> int:
        """About what it takes in memory."""
        return 500 + sum(form.nbytes for form in (self.few, self.truths, self.bits) if form is not None)


def all_of(subsets: Sequence[Subset]) -> Subset:
    """What is in each of some subsets, one at least."""
    few = [one for one in subsets if one.few is not None]
    if few:
        least = min(few, key=len)
        numbers = least.numbers
        for other in subsets:
            numbers = numbers if other is least else numbers.compress(other.has(numbers))
        return Subset(least.size, few=numbers)
    return _each(subsets, np.bitwise_and)


def any_of(subsets: Sequence[Subset]) -> Subset:
    """What is in any of some subsets, one at least."""
    few = [one.numbers for one in subsets if one.few is not None]
    if len(few) == len(subsets):
        return Subset.of(subsets[0].size, np.concatenate(few)) if len(few) > 1 else subsets[0]
    many = _each([one for one in subsets if one.few is None], np.bitwise_or)
    if not few:
        return many
    mask = many.mask.copy()
    mask[np.concatenate(few)] = True
    return Subset(many.size, truths=mask)


def _each(subsets: Sequence[Subset], both: np.ufunc) -> Subset:
    """What `both` leaves of subsets that are many: of bits where all have them, else of truths."""
    size = subsets[0].size
    bits = [one.bits for one in subsets if one.bits is not None]
    if len(bits) == len(subsets):
        return Subset(size, bits=reduce(both, bits))
    return Subset(size, truths=reduce(both, [one.mask for one in subsets]))
