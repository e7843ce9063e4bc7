"""The values of a facet and what a click on each would give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from whoosh.query import Query as Node

from searchapp.engines.whoosh.arrays import Ints
from searchapp.engines.whoosh.matching import Eligible, Matcher
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.model import UNDATED, Facet, FacetOrder, FacetValue, Query
from searchapp.naming import natural, told_apart

KEPT_VALUES = 20_000
"""Values with their counts that are kept: a corpus has thousands of documents, most with the same few counts."""


class Counter:
    """Counts one facet of one snapshot."""

    def __init__(self, snapshot: Snapshot, matcher: Matcher, facet: Facet) -> None:
        self._matcher = matcher
        self.facet: Facet = facet
        self._groups = matcher.pairs[facet]
        pairs = self._groups.pairs
        one_each = np.array_equal(pairs.entry, np.arange(snapshot.entries))
        self._single = one_each and bool(np.diff(pairs.first)[snapshot.body].all())
        """Whether every passage of an entry has the one value of its entry; of an actor, most passages have none."""
        self._values = list(snapshot.fields[facet].terms)
        labels = _labels(snapshot, facet, self._values)
        self._shown = [(value, labels.get(value, ""), _group(snapshot, facet, value)) for value in self._values]
        self._kept: dict[int, FacetValue] = {}
        self._step = snapshot.entries + 1
        names = [label or value for value, label, _ in self._shown]
        by_name = sorted(range(len(names)), key=lambda i: (natural(names[i]), names[i], self._values[i]))
        self._name_rank = np.empty(len(by_name), np.int64)
        self._name_rank[by_name] = np.arange(len(by_name))

    def count(self, query: Query, tree: Node, eligible: Eligible, entries: Ints) -> Ints:
        """[values] what each value counts; the facet's own selection is left out.

        An excluded value counts what it would give if the exclusions of its facet were taken back. `entries` are
        those that the whole query matches.
        """
        if not query.filters:
            return self._counts(tree, eligible, entries)
        chosen, excluded = query.values(self.facet), query.values(self.facet, exclude=True)
        passages = self._matcher.eligible(query, leave_out=self.facet) if chosen else eligible
        counts = self._counts(tree, passages, None if chosen else entries)
        if excluded:
            back = query
            for own in (f for f in query.filters if f.exclude and f.facet == self.facet):
                back = back.toggle(own)
            before = self._counts(tree, self._matcher.eligible(back, leave_out=self.facet), None)
            for number in self._numbers(excluded):
                counts[number] = before[number]
        return counts

    def _counts(self, tree: Node, eligible: Eligible, entries: Ints | None) -> Ints:
        if self._single and entries is not None:
            # Where each entry has exactly one value, a click on it takes no passage from the entries that match.
            return np.bincount(self._groups.pairs.value.take(entries), minlength=len(self._values))
        return self._groups.counts(self._matcher.match(tree, eligible, self._groups))

    def _numbers(self, values: tuple[str, ...]) -> list[int]:
        return [self._values.index(value) for value in values if value in self._values]

    def values(self, query: Query, counts: Ints) -> tuple[FacetValue, ...]:
        """Every value with a count, and every selected or excluded one.

        Years come in order, 'undated' last; other values by count, then by name, or by name alone.
        """
        listed = self._listed(counts, query.facet_order)
        if not query.filters:
            return tuple(listed)
        chosen, excluded = query.values(self.facet), query.values(self.facet, exclude=True)
        if not chosen and not excluded:
            return tuple(listed)
        return tuple(self._with_state(listed, chosen, excluded, query.facet_order))

    def _listed(self, counts: Ints, order: FacetOrder) -> list[FacetValue]:
        present = counts.nonzero()[0]
        if self.facet != "year":  # the digits of years sort as they count, and 'undated' after them
            key = self._name_rank[present]
            if order == "count":
                key = key - counts[present] * len(counts)
            present = present[key.argsort()]
        keys = (present * self._step + counts[present]).tolist()
        kept = self._kept
        return [kept.get(key) or self._made(key) for key in keys]

    def _made(self, key: int) -> FacetValue:
        number, count = divmod(key, self._step)
        value, label, group = self._shown[number]
        if len(self._kept) >= KEPT_VALUES:
            self._kept.clear()
        self._kept[key] = made = FacetValue(value, count, label=label, group=group)
        return made

    def _with_state(
        self, listed: list[FacetValue], chosen: tuple[str, ...], excluded: tuple[str, ...], order: FacetOrder
    ) -> list[FacetValue]:
        """The listed values told apart by whether they are selected or excluded; those without a count added."""
        missing = {*chosen, *excluded}
        for place, value in enumerate(listed):
            if value.value in missing:
                missing.remove(value.value)
                listed[place] = replace(value, selected=value.value in chosen, excluded=value.value in excluded)
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
    """The facets of one answer: everything is counted, and made a value when it is first looked at.

    A corpus has as many values of its facet of documents as it has documents, and not every answer shows them.
    """

    def __init__(self, query: Query, counts: Mapping[Facet, tuple[Counter, Ints]]) -> None:
        self._query = query
        self._counts = counts
        self._made: dict[Facet, tuple[FacetValue, ...]] = {}

    def __getitem__(self, facet: Facet) -> tuple[FacetValue, ...]:
        if facet not in self._made:
            counter, counts = self._counts[facet]
            self._made[facet] = counter.values(self._query, counts)
        return self._made[facet]

    def __iter__(self) -> Iterator[Facet]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)


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
