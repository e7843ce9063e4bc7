"""Ways to group passages: by entry, and by the values that a facet has in each entry."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from searchapp.engines.whoosh.arrays import Ints, ranges
from searchapp.engines.whoosh.columns import Pairs, Single
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.subset import Subset
from searchapp.model import Facet


class Groups(Protocol):
    """A way to group passages."""

    name: str
    """What tells it from the other ways; empty for one that is made for a single search."""
    size: int

    def of_passages(self, passages: Ints) -> Ints:
        """The groups that the passages belong to."""
        ...

    def of_entries(self, entries: Ints) -> Ints:
        """The groups of the passages of the entries."""
        ...


class EntryGroups:
    """Each entry is a group."""

    name = "entry"

    def __init__(self, snapshot: Snapshot) -> None:
        self.size = snapshot.entries
        self._entry_of = snapshot.entry_of

    def of_passages(self, passages: Ints) -> Ints:
        """[passages] the entry of each."""
        groups: Ints = self._entry_of[passages]
        return groups

    def of_entries(self, entries: Ints) -> Ints:
        """The entries themselves."""
        return entries


class ValueGroups(EntryGroups):
    """Each entry is a group, as it has one value of a facet."""

    def __init__(self, facet: Facet, snapshot: Snapshot, values: Single) -> None:
        super().__init__(snapshot)
        self.name = facet
        self._value = values.value
        self._values = len(snapshot.fields[facet].terms)

    def counts(self, found: Subset) -> Ints:
        """[values] how many of the groups have each value."""
        return np.bincount(self._value.take(found.numbers), minlength=self._values)


class PairGroups:
    """Each (entry, value) pair of a facet is a group; a last one stands for no value."""

    def __init__(self, facet: Facet, pairs: Pairs) -> None:
        self.name: str = facet
        self._pairs = pairs
        self._starts = pairs.starts.astype(np.int64)
        self._none = int(self._starts[-1])
        self.size = self._none + 1

    def of_passages(self, passages: Ints) -> Ints:
        """The pairs of each passage, in no order."""
        pairs = self._pairs.of.take(passages)
        several = (pairs > self._none).nonzero()[0]
        if not len(several):
            return pairs
        which = pairs[several] - self.size
        first, of_several = self._pairs.first_of_several, self._pairs.several
        begin, end = first.take(which), first.take(which + 1)
        pairs[several] = of_several.take(begin)
        return np.concatenate((pairs, of_several.take(ranges(begin + 1, end))))

    def of_entries(self, entries: Ints) -> Ints:
        """The pairs of each entry, one after the other."""
        first = self._pairs.first
        return self._pairs.of_entry.take(ranges(first.take(entries), first.take(entries + 1)))

    def counts(self, found: Subset) -> Ints:
        """[values] how many of the groups have each value."""
        if found.few is not None and len(found.few) < len(self._starts):
            values = self._starts.searchsorted(found.few, side="right") - 1
            return np.bincount(values, minlength=len(self._starts))[:-1]
        if found.few is not None:
            return np.diff(found.few.searchsorted(self._starts))
        counts: Ints = np.add.reduceat(np.bitwise_count(found.packed_bits), self._starts >> 3, dtype=np.int64)[:-1]
        return counts


def value_groups(facet: Facet, snapshot: Snapshot) -> ValueGroups | PairGroups:
    """The groups by which a facet is counted."""
    pairs = snapshot.pairs[facet]
    if isinstance(pairs, Single):
        return ValueGroups(facet, snapshot, pairs)
    return PairGroups(facet, pairs)
