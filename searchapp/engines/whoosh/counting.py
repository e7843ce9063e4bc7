"""The values of a facet and what a click on each would give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from whoosh.query import Query as Node

from searchapp.engines.whoosh.arrays import Ints
from searchapp.engines.whoosh.groups import ValueGroups
from searchapp.engines.whoosh.matching import Eligible, Matcher
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.subset import Subset
from searchapp.model import UNDATED, Facet, FacetOrder, FacetValue, Query
from searchapp.naming import natural, told_apart

KEPT_VALUES = 20_000
"""Values with their counts that are kept: a corpus has thousands of documents, most with the same few counts."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked, and what is found by all of it."""

    query: Query
    """As it was asked."""
    selected: Mapping[tuple[Facet, bool], tuple[str, ...]]
    """Its filters (Query.selected)."""
    tree: Node
    """What entries must match."""
    eligible: Eligible
    """The passages that satisfy the filters."""
    entries: Subset
    """All that match the tree in these."""


class Counter:
    """Counts one facet of one snapshot."""

    def __init__(self, snapshot: Snapshot, matcher: Matcher, facet: Facet) -> None:
        self._matcher = matcher
        self.facet: Facet = facet
        self._groups = matcher.pairs[facet]
        self._field = snapshot.fields[facet]
        self._values = list(self._field.terms)
        labels = _labels(snapshot, facet, self._values)
        self._shown = [(value, labels.get(value, ""), _group(snapshot, facet, value)) for value in self._values]
        self._kept: dict[int, FacetValue] = {}
        self._step = snapshot.entries + 1
        names = [label or value for value, label, _ in self._shown]
        by_name = sorted(range(len(names)), key=lambda i: (natural(names[i]), names[i], self._values[i]))
        self._name_rank = np.empty(len(by_name), np.int64)
        self._name_rank[by_name] = np.arange(len(by_name))

    def _count(self, found: Search) -> Ints:
        """[values] what each value counts; the facet's own selection is left out.

        An excluded value counts what it would give if the exclusions of its facet were taken back.
        """
        if self.facet in found.eligible.chosen:
            counts = self._counts(found.tree, self._matcher.without_selection(found.eligible, self.facet), None)
        else:
            counts = self._counts(found.tree, found.eligible, found.entries)
        if excluded := found.selected.get((self.facet, True)):
            others = frozenset(what for what in found.query.filters if what.facet != self.facet)
            before = self._counts(found.tree, self._matcher.eligible(replace(found.query, filters=others)), None)
            for number in self._numbers(excluded):
                counts[number] = before[number]
        return counts

    def _counts(self, tree: Node, eligible: Eligible, entries: Subset | None) -> Ints:
        if entries is not None and isinstance(self._groups, ValueGroups):
            return self._groups.counts(entries)  # a click on a value takes no passage from the entries that match
        return self._groups.counts(self._matcher.match(tree, eligible, self._groups))

    def _numbers(self, values: tuple[str, ...]) -> list[int]:
        return [number for value in values if (number := self._field.number(value)) >= 0]

    def values(self, found: Search) -> tuple[FacetValue, ...]:
        """Every value with a count, and every selected or excluded one.

        Years come in order, 'undated' last; other values by count, then by name, or by name alone.
        """
        counts, order = self._count(found), found.query.facet_order
        numbers = self._present(counts, order)
        kept = self._kept
        listed = [kept.get(key) or self._made(key) for key in (numbers * self._step + counts[numbers]).tolist()]
        chosen, excluded = (found.selected.get((self.facet, out), ()) for out in (False, True))
        if not chosen and not excluded:
            return tuple(listed)
        return tuple(self._with_state(numbers.tolist(), listed, chosen, excluded, order))

    def _present(self, counts: Ints, order: FacetOrder) -> Ints:
        """The numbers of the values that have a count, in their order."""
        present: Ints = counts.nonzero()[0]
        if self.facet != "year":  # the digits of years sort as they count, and 'undated' after them
            key = self._name_rank[present]
            if order == "count":
                key = key - counts[present] * len(counts)
            present = present[key.argsort()]
        return present

    def _made(self, key: int) -> FacetValue:
        number, count = divmod(key, self._step)
        value, label, group = self._shown[number]
        if len(self._kept) >= KEPT_VALUES:
            self._kept.clear()
        self._kept[key] = made = FacetValue(value, count, label=label, group=group)
        return made

    def _with_state(
        self,
        numbers: list[int],
        listed: list[FacetValue],
        chosen: tuple[str, ...],
        excluded: tuple[str, ...],
        order: FacetOrder,
    ) -> list[FacetValue]:
        """The listed values, with these numbers, told apart by whether they are selected or excluded; those without a
        count added.
        """
        missing = {*chosen, *excluded}
        for number in self._numbers((*chosen, *excluded)):
            if number in numbers:
                place, (name, label, group) = numbers.index(number), self._shown[number]
                missing.discard(name)
                state = name in chosen, name in excluded
                listed[place] = FacetValue(name, listed[place].count, *state, label=label, group=group)
        if not missing:
            return listed
        shown = {value: (label, group) for value, label, group in self._shown}
        listed += [
            FacetValue(name, 0, name in chosen, name in excluded, *shown.get(name, ("", ""))) for name in missing
        ]
        if self.facet == "year":
            return sorted(listed, key=lambda value: (value.value == UNDATED, value.value))
        names = {value.value: (natural(_name(value)), _name(value), value.value) for value in listed}
        return sorted(listed, key=lambda value: (-value.count if order == "count" else 0, names[value.value]))


class Counted(Mapping[Facet, tuple[FacetValue, ...]]):
    """The facets of one answer, each counted when it is first looked at.

    A corpus has as many values of its facet of documents as it has documents, and not every answer shows them.
    """

    def __init__(self, found: Search, counters: Mapping[Facet, Counter]) -> None:
        self._found = found
        self._counters = counters
        self._made: dict[Facet, tuple[FacetValue, ...]] = {}

    def __getitem__(self, facet: Facet) -> tuple[FacetValue, ...]:
        if facet not in self._made:
            self._made[facet] = self._counters[facet].values(self._found)
        return self._made[facet]

    def __iter__(self) -> Iterator[Facet]:
        return iter(self._counters)

    def __len__(self) -> int:
        return len(self._counters)


def _name(value: FacetValue) -> str:
    return value.label or value.value


def _labels(snapshot: Snapshot, facet: Facet, values: Sequence[str]) -> Mapping[str, str]:
    if facet == "document":
        refs = snapshot.outlines.refs
        return told_apart({path: refs[path].title for path in values if path in refs})
    return {}


def _group(snapshot: Snapshot, facet: Facet, value: str) -> str:
    known = snapshot.names.get(value) if facet in ("actor", "place") else None
    return known.type if known else ""
