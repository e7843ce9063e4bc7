"""Ways to group passages: by entry, and by the values that a facet has in each entry."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from searchapp.engines.whoosh.arrays import Ints, ranges
from searchapp.engines.whoosh.snapshot import Snapshot
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


class PairGroups:
    """Each (entry, value) pair of a facet is a group; a last one stands for no value."""

    def __init__(self, facet: Facet, snapshot: Snapshot) -> None:
        self.name: str = facet
        self._pairs = snapshot.pairs[facet]
        self._none = len(self._pairs.value)
        self.size = self._none + 1
        self._values = len(snapshot.fields[facet].terms)
        self._entry_of = snapshot.entry_of
        self.single = self._pairs.whose is None
        """Whether every passage of an entry has the one value of its entry; of an actor, most passages have none."""

    def of_passages(self, passages: Ints) -> Ints:
        """The pairs of each passage, in no order."""
        whose = self._pairs.whose
        if whose is None:
            return self._entry_of.take(passages)
        pairs = whose.of.take(passages)
        several = (pairs > self._none).nonzero()[0]
        if not len(several):
            return pairs
        which = pairs[several] - self.size
        begin, end = whose.first_of_several.take(which), whose.first_of_several.take(which + 1)
        pairs[several] = whose.several.take(begin)
        return np.concatenate((pairs, whose.several.take(ranges(begin + 1, end))))

    def of_entries(self, entries: Ints) -> Ints:
        """The pairs of each entry, one after the other."""
        whose = self._pairs.whose
        return entries if whose is None else ranges(whose.first.take(entries), whose.first.take(entries + 1))

    def counts(self, matched: Ints) -> Ints:
        """[values] how many of some pairs, ascending, have each value."""
        if len(matched) and matched[-1] == self._none:
            matched = matched[:-1]
        return np.bincount(self._pairs.value.take(matched), minlength=self._values)
