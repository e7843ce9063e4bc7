"""Which entries match, and with which facet values: one evaluation for both.

A tree is evaluated over *groups* of passages. With entries as groups the answer is the list of results; with the
(entry, value) pairs of a facet it is what every value of the facet would give if it were clicked, for a click
leaves an entry only those of its passages that have the value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, reduce

import numpy as np
from whoosh.query import And, AndMaybe, Every, Not, NullQuery, Or
from whoosh.query import Query as Node

from searchapp import deadline
from searchapp.bounded import Cache, unowned
from searchapp.engines.whoosh.arrays import Ints, Mask, ranges
from searchapp.engines.whoosh.groups import EntryGroups, Groups, value_groups
from searchapp.engines.whoosh.leaves import Leaf, Leaves
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.subset import Subset, all_of, any_of
from searchapp.engines.whoosh.tree import Synonyms, is_leaf, wanted
from searchapp.model import FACETS, Facet, Query

KEPT_BYTES, KEPT_FILTERS = 16 << 20, 4 << 20
"""Of the groups that hold a leaf, and of the passages that have the values of a filter."""


class Eligible:
    """Passages that may match: text of entries that satisfies the filters."""

    def __init__(
        self,
        *masks: Mask,
        chosen: Mapping[Facet, Mask] | None = None,
        whole: bool = False,
        within: Callable[[Ints], Mask] | None = None,
    ) -> None:
        """Those in all of the masks [passages], of which `chosen` come of what is selected of a facet. `within` may say
        of passages that hold a leaf which of them are worth looking at.
        """
        self.others = masks
        self.chosen = chosen or {}
        self._masks = (*self.chosen.values(), *masks)
        self._within = within
        self.whole = whole
        """Whether they are all the text of all entries."""
        self._own: dict[int, tuple[Leaf, Ints]] = {}
        self._alive: dict[int, Subset] = {}

    @cached_property
    def mask(self) -> Mask:
        """[all passages] whether each may match."""
        return reduce(np.logical_and, self._masks)

    def of(self, passages: Ints) -> Mask:
        """[passages] whether each may match, without a look at the others."""
        return reduce(np.logical_and, [mask.take(passages) for mask in self._masks])

    def alive(self, groups: Groups) -> Subset:
        """The groups of which any passage may match."""
        key = id(groups)
        if key not in self._alive:
            self._alive[key] = Subset.of(groups.size, groups.of_passages(self.mask.nonzero()[0]))
        return self._alive[key]

    def own(self, leaf: Leaf) -> Ints:
        """Those of them that hold a leaf by themselves."""
        if (known := self._own.get(id(leaf))) is None:
            own = leaf.own
            for mask in self._masks:
                own = own.compress(mask.take(own))
            own = own if self._within is None else own[self._within(own)]
            known = self._own[id(leaf)] = leaf, own  # as long as the leaf is kept, no other has its id
        return known[1]

    def within(self, entries: Subset, entry_of: Ints) -> Eligible:
        """The same where all that is asked is known to be in some entries."""
        if self.whole:  # what holds each leaf is known
            return self
        mask = entries.mask
        return Eligible(*self.others, chosen=self.chosen, within=lambda passages: mask[entry_of.take(passages)])

    def without(self, mask: Mask) -> Eligible:
        """These passages less those of a mask."""
        return Eligible(*self._masks, ~mask)


class Matcher:
    """Evaluates trees on one snapshot."""

    def __init__(self, snapshot: Snapshot, leaves: Leaves) -> None:
        self._snapshot = snapshot
        self._leaves = leaves
        self.entries = EntryGroups(snapshot)
        self.pairs = {facet: value_groups(facet, snapshot) for facet in FACETS}
        self._groups: Mapping[str, Groups] = {one.name: one for one in (self.entries, *self.pairs.values())}
        self._whole: Callable[[tuple[str, Node]], Subset] = Cache(
            unowned(self._made_whole), lambda held: held.bytes, KEPT_BYTES
        )
        self._having: Callable[[tuple[Facet, tuple[str, ...]]], Subset] = Cache(
            unowned(self._having_made), lambda having: having.bytes, KEPT_FILTERS
        )
        self.everything = Eligible(snapshot.body, whole=True)

    def eligible(self, query: Query) -> Eligible:
        """The passages that satisfy the filters of a query."""
        if not query.filters and not query.date_from and not query.date_to:
            return self.everything
        chosen: dict[Facet, Mask] = {}
        others: list[Mask] = []
        for (facet, exclude), values in query.selected().items():
            having = self._having((facet, values)).mask
            if exclude:
                others.append(~having)
            else:
                chosen[facet] = having
        if query.date_from or query.date_to:
            others.append(self._dated(query))
        return self._made_eligible(chosen, others)

    def without_selection(self, eligible: Eligible, facet: Facet) -> Eligible:
        """The passages that satisfy the same filters but for what is selected of a facet."""
        return self._made_eligible({of: mask for of, mask in eligible.chosen.items() if of != facet}, eligible.others)

    def _made_eligible(self, chosen: Mapping[Facet, Mask], others: Sequence[Mask]) -> Eligible:
        if not chosen and not others:
            return self.everything
        # What has a value is text of an entry; what lacks one, or has a date, need not be.
        return Eligible(*(others if chosen else (self._snapshot.body, *others)), chosen=chosen)

    def _having_made(self, asked: tuple[Facet, tuple[str, ...]]) -> Subset:
        facet, values = asked
        field = self._snapshot.fields[facet]
        numbers = [number for value in values if (number := field.number(value)) >= 0]
        passages = [np.empty(0, np.int32), *(field.postings(number)[0] for number in numbers)]
        return Subset.of(self._snapshot.passages, np.concatenate(passages)).packed()

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

    def match(self, node: Node, eligible: Eligible, groups: Groups) -> Subset:
        """The groups whose eligible passages, with the titles of their entries, satisfy the tree."""
        if eligible.whole and node is not NullQuery and is_leaf(node):
            return self._whole((groups.name, node))
        if isinstance(node, AndMaybe):
            return self.match(node.a, eligible, groups)
        if isinstance(node, Not):
            return eligible.without(self.holds(node.query)).alive(groups)
        if isinstance(node, And):
            remaining = self.remaining(node, eligible)
            children = _once(wanted(node.subqueries), eligible)
            if not children:
                return remaining.alive(groups)
            return all_of([self.match(child, remaining, groups) for child in children])
        if isinstance(node, Every):
            return eligible.alive(groups)
        options = _once(node.subqueries, eligible) if isinstance(node, Or) and not is_leaf(node) else [node]
        found = [self.match(option, eligible, groups) for option in options if not is_leaf(option)]
        return any_of([*found, *self._holding(list(filter(is_leaf, options)), eligible, groups)])

    def _holding(self, nodes: Sequence[Node], eligible: Eligible, groups: Groups) -> list[Subset]:
        """The groups that hold one of some leaves, at once where that is less to do."""
        deadline.check()
        nodes = [node for node in nodes if node is not NullQuery]
        if eligible.whole and nodes:
            return [self._whole((groups.name, node)) for node in nodes]
        if not nodes:
            return [Subset(groups.size, few=np.empty(0, np.int32))]
        leaves = [self._leaves.leaf(node) for node in nodes]
        passages = [eligible.own(leaf) for leaf in leaves]
        lifted = np.concatenate([leaf.lifted for leaf in leaves])
        if len(lifted):
            first = self._snapshot.first
            under = ranges(first.take(lifted), first.take(lifted + 1))
            passages.append(under.compress(eligible.of(under)))
        return [Subset.of(groups.size, groups.of_passages(np.concatenate(passages)))]

    def _made_whole(self, asked: tuple[str, Node]) -> Subset:
        """The groups that hold a leaf, where all passages may match."""
        name, node = asked
        groups, leaf = self._groups[name], self._leaves.leaf(node)
        if groups is self.entries:
            held = leaf.entries
        else:
            held = np.concatenate((groups.of_passages(leaf.own), groups.of_entries(leaf.lifted)))
        return Subset.of(groups.size, held).packed()

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


def _once(nodes: Sequence[Node], eligible: Eligible) -> Sequence[Node]:
    """The nodes, each once, where to match one takes longer than to compare it: what was typed twice is asked once."""
    return nodes if eligible.whole else list(dict.fromkeys(nodes))
