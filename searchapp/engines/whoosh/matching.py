"""Which entries match, and with which facet values: one evaluation for both.

A tree is evaluated over *groups* of passages. With entries as groups the answer is the list of results; with the
(entry, value) pairs of a facet it is what every value of the facet would give if it were clicked, for a click
leaves an entry only those of its passages that have the value.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, reduce
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from whoosh.query import And, AndMaybe, Every, Not, NullQuery, Or
from whoosh.query import Query as Node

from searchapp import deadline
from searchapp.bounded import Cache, unowned
from searchapp.engines.whoosh.arrays import Ints, Mask, ranges
from searchapp.engines.whoosh.columns import Pairs
from searchapp.engines.whoosh.leaves import Leaf, Leaves
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.tree import Synonyms, is_leaf, wanted
from searchapp.model import FACETS, Facet, Query

KEPT_BYTES = 16 << 20
"""Of masks that say which passages have the values of a filter, and as much of those that say what holds a leaf."""

Packed = NDArray[np.uint8]
"""A mask with a bit for each of its truths."""


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

    def __init__(self, facet: Facet, pairs: Pairs, values: int) -> None:
        self.name: str = facet
        self.size = len(pairs.entry) + 1
        self.pairs = pairs
        self._values = values

    def of_passages(self, passages: Ints) -> Ints:
        """The pairs of each passage, in no order."""
        several = passages[self._several[passages]]
        pairs = self._pair.take(passages)
        if not len(several):
            return pairs
        first = self.pairs.first
        others = self.pairs.of_passage.take(ranges(first.take(several) + 1, first.take(several + 1)))
        return np.concatenate((pairs, others))

    def of_entries(self, entries: Ints) -> Ints:
        """The pairs of each entry, one after the other."""
        first = self.pairs.first_of_entry
        return ranges(first.take(entries), first.take(entries + 1))

    def counts(self, matched: Mask) -> Ints:
        """[values] how many of the matched pairs have each value."""
        pairs = matched[:-1].nonzero()[0]
        return np.bincount(self.pairs.value.take(pairs), minlength=self._values)

    @cached_property
    def _pair(self) -> Ints:
        """[passages] the pair of a passage's first value."""
        first = self.pairs.first
        pair: Ints = np.append(self.pairs.of_passage, np.int32(self.size - 1)).take(first[:-1])
        pair[first[1:] == first[:-1]] = self.size - 1
        return pair

    @cached_property
    def _several(self) -> Mask:
        """[passages] whether a passage has more than one value."""
        return np.diff(self.pairs.first) > 1


class Eligible:
    """Passages that may match: text of entries that satisfies the filters."""

    def __init__(self, mask: Mask, *, whole: bool = False, within: Callable[[Ints], Mask] | None = None) -> None:
        """`within` may say of passages that hold a leaf which of them are worth looking at."""
        self.mask = mask
        self._within = within
        self.whole = whole
        """Whether they are all the text of all entries."""
        self._own: dict[int, tuple[Leaf, Ints]] = {}
        self._alive: dict[int, Mask] = {}

    @cached_property
    def passages(self) -> Ints:
        """Their numbers."""
        return np.flatnonzero(self.mask)

    def alive(self, groups: Groups) -> Mask:
        """[groups] whether any of a group's passages may match."""
        key = id(groups)
        if key not in self._alive:
            alive = np.zeros(groups.size, bool)
            alive[groups.of_passages(self.passages)] = True
            self._alive[key] = alive
        return self._alive[key]

    def own(self, leaf: Leaf) -> Ints:
        """Those of them that hold a leaf by themselves."""
        if (known := self._own.get(id(leaf))) is None:
            own = leaf.own.compress(self.mask.take(leaf.own))
            own = own if self._within is None else own[self._within(own)]
            known = self._own[id(leaf)] = leaf, own  # as long as the leaf is kept, no other has its id
        return known[1]

    def within(self, entries: Mask, entry_of: Ints) -> Eligible:
        """The same where all that is asked is known to be in some entries."""
        if self.whole:  # what holds each leaf is known
            return self
        return Eligible(self.mask, within=lambda passages: entries[entry_of.take(passages)])

    def without(self, mask: Mask) -> Eligible:
        """These passages less those of a mask."""
        return Eligible(self.mask & ~mask)


class Matcher:
    """Evaluates trees on one snapshot."""

    def __init__(self, snapshot: Snapshot, leaves: Leaves) -> None:
        self._snapshot = snapshot
        self._leaves = leaves
        self.entries = EntryGroups(snapshot)
        self.pairs = {
            facet: PairGroups(facet, snapshot.pairs[facet], len(snapshot.fields[facet].terms)) for facet in FACETS
        }
        self._groups: dict[str, Groups] = {self.entries.name: self.entries}
        self._groups |= {facet: self.pairs[facet] for facet in FACETS}
        self._whole: Callable[[tuple[str, Node]], Packed] = Cache(
            unowned(self._made_whole), lambda packed: 500 + packed.nbytes, KEPT_BYTES
        )
        self._having: Callable[[tuple[Facet, tuple[str, ...]]], Mask] = Cache(
            unowned(self._having_made), lambda mask: mask.nbytes, KEPT_BYTES
        )
        self.everything = Eligible(snapshot.body, whole=True)

    def eligible(self, query: Query, leave_out: Facet | None = None) -> Eligible:
        """The passages that satisfy the filters of a query; the selection of one facet may be left out."""
        if not query.filters and not query.date_from and not query.date_to:
            return self.everything
        chosen, others = [], []
        for (facet, exclude), values in query.selected().items():
            if exclude:
                others.append(~self._having((facet, values)))
            elif facet != leave_out:
                chosen.append(self._having((facet, values)))
        if query.date_from or query.date_to:
            others.append(self._dated(query))
        if not chosen and not others:
            return self.everything
        # What has a value is text of an entry; what lacks one, or has a date, need not be.
        return Eligible(reduce(np.logical_and, others, reduce(np.logical_and, chosen or [self._snapshot.body])))

    def _having_made(self, asked: tuple[Facet, tuple[str, ...]]) -> Mask:
        facet, values = asked
        field = self._snapshot.fields[facet]
        mask = np.zeros(self._snapshot.passages, bool)
        for value in values:
            if (number := field.number(value)) >= 0:
                mask[field.postings(number)[0].astype(np.int64)] = True
        return mask

    def _dated(self, query: Query) -> Mask:
        """Passages one of whose dates overlaps the range."""
        snapshot = self._snapshot
        overlaps = np.ones(len(snapshot.dates), bool)
        if query.date_from:
            overlaps &= snapshot.dates[:, 1] >= query.date_from.toordinal()
        if query.date_to:
            overlaps &= snapshot.dates[:, 0] <= query.date_to.toordinal()
        mask = np.zeros(snapshot.passages, bool)
        mask[np.searchsorted(snapshot.first_date, np.flatnonzero(overlaps), side="right") - 1] = True
        return mask

    def match(self, node: Node, eligible: Eligible, groups: Groups) -> Mask:
        """[groups] whether a group's eligible passages, with the titles of their entries, satisfy the tree."""
        if isinstance(node, AndMaybe):
            return self.match(node.a, eligible, groups)
        if isinstance(node, Not):
            return eligible.without(self.holds(node.query)).alive(groups)
        if isinstance(node, And):
            remaining = self.remaining(node, eligible)
            children = dict.fromkeys(wanted(node.subqueries))  # typed twice is asked once
            masks = [self.match(child, remaining, groups) for child in children]
            return reduce(np.logical_and, masks) if masks else remaining.alive(groups)
        if isinstance(node, Every):
            return eligible.alive(groups)
        options = list(dict.fromkeys(node.subqueries)) if isinstance(node, Or) and not is_leaf(node) else [node]
        masks = [self.match(option, eligible, groups) for option in options if not is_leaf(option)]
        return reduce(np.logical_or, masks, self._holding(list(filter(is_leaf, options)), eligible, groups))

    def _holding(self, nodes: Sequence[Node], eligible: Eligible, groups: Groups) -> Mask:
        """[groups] whether one of some leaves is held: all of them at once, since each step costs more than it does."""
        deadline.check()
        nodes = [node for node in nodes if node is not NullQuery]
        if eligible.whole and nodes:
            packed = reduce(np.bitwise_or, [self._whole((groups.name, node)) for node in nodes])
            return np.unpackbits(packed, count=groups.size).view(bool)
        held = np.zeros(groups.size, bool)
        if nodes:
            leaves = [self._leaves.leaf(node) for node in nodes]
            passages = [eligible.own(leaf) for leaf in leaves]
            lifted = np.concatenate([leaf.lifted for leaf in leaves])
            if len(lifted):
                first = self._snapshot.first
                under = ranges(first.take(lifted), first.take(lifted + 1))
                passages.append(under.compress(eligible.mask.take(under)))
            held[groups.of_passages(np.concatenate(passages)).astype(np.int64, copy=False)] = True
        return held

    def _made_whole(self, asked: tuple[str, Node]) -> Packed:
        """[groups, a bit for each] whether a leaf is held, where all passages may match."""
        name, node = asked
        groups, leaf = self._groups[name], self._leaves.leaf(node)
        held = np.zeros(groups.size, bool)
        if groups is self.entries:
            held[leaf.entries] = True
        else:
            held[groups.of_passages(leaf.own)] = True
            held[groups.of_entries(leaf.lifted)] = True
        return np.packbits(held)

    def remaining(self, node: Node, eligible: Eligible) -> Eligible:
        """The eligible passages that the exclusions of a tree leave."""
        exclusions = [node] if isinstance(node, Not) else node.subqueries if isinstance(node, And) else []
        for child in exclusions:
            if isinstance(child, Not):
                eligible = eligible.without(self.holds(child.query))
        return eligible

    def evidence(self, node: Node, eligible: Eligible) -> Eligible:
        """The eligible passages that hold one of the words, and that no exclusion beside it takes away."""
        if isinstance(node, AndMaybe):
            return self.evidence(node.a, eligible)
        if isinstance(node, Not | Every):
            return self.remaining(node, eligible)
        if isinstance(node, And):
            remaining = self.remaining(node, eligible)
            words = wanted(node.subqueries)
            return self._evidence_of_any(words, remaining) if words else remaining
        if isinstance(node, Or) and not isinstance(node, Synonyms):
            return self._evidence_of_any(node.subqueries, eligible)
        return self._evidence_of_any([node], eligible)

    def _evidence_of_any(self, nodes: Sequence[Node], eligible: Eligible) -> Eligible:
        deciding = [node.a if isinstance(node, AndMaybe) else node for node in nodes]
        mask = self._held_by_any(list(filter(is_leaf, deciding)))
        mask &= eligible.mask
        for node in deciding:
            if not is_leaf(node):
                mask |= self.evidence(node, eligible).mask
        return Eligible(mask)

    def _held_by_any(self, nodes: Sequence[Node]) -> Mask:
        """[passages] whether a passage, with the title of its entry, holds one of some leaves."""
        first = self._snapshot.first
        mask = np.zeros(self._snapshot.passages, bool)
        for node in nodes:
            deadline.check()
            if node is not NullQuery:
                leaf = self._leaves.leaf(node)
                mask[ranges(first.take(leaf.lifted), first.take(leaf.lifted + 1))] = True
                mask[leaf.own] = True
        return mask

    def holds(self, node: Node) -> Mask:
        """[passages] whether a passage, with the title of its entry, satisfies the tree by itself."""
        if isinstance(node, AndMaybe):
            return self.holds(node.a)
        if isinstance(node, Not):
            return ~self.holds(node.query)
        if isinstance(node, And | Or) and not isinstance(node, Synonyms):
            masks = [self.holds(child) for child in dict.fromkeys(node.subqueries)]
            both = np.logical_and if isinstance(node, And) else np.logical_or
            result: Mask = both.reduce(masks)
            return result
        if isinstance(node, Every):
            return np.ones(self._snapshot.passages, bool)
        return self._held_by_any([node])
