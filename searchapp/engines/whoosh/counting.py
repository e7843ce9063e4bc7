"""The values of a facet and what a click on each would give."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from whoosh.query import Query as Node

from searchapp.engines.whoosh.columns import Ints, Mask
from searchapp.engines.whoosh.matching import Eligible, Matcher
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.model import UNDATED, Facet, FacetOrder, FacetValue, Query

KEPT_VALUES = 20_000
"""Values with their counts that are kept: a corpus has thousands of documents, most with the same few counts."""
KIND_LABELS = {"section": "Section", "news": "News item"}


class Counter:
    """Counts one facet of one snapshot."""

    def __init__(self, snapshot: Snapshot, matcher: Matcher, facet: Facet) -> None:
        self._matcher = matcher
        self._facet: Facet = facet
        self._pairs = matcher.pairs[facet]
        one_each = np.array_equal(self._pairs.pairs.entry, np.arange(snapshot.entries))
        self._single = one_each and bool(np.diff(self._pairs.pairs.first)[snapshot.body].all())
        """Whether every passage of an entry has the one value of its entry; of an actor, most passages have none."""
        self._values = list(snapshot.fields[facet].terms)
        self._shown = [
            (value, _label(snapshot, facet, value), _group(snapshot, facet, value)) for value in self._values
        ]
        self._value = lru_cache(maxsize=KEPT_VALUES)(self._made)
        names = [label or value for value, label, _ in self._shown]
        by_name = sorted(range(len(names)), key=lambda i: (names[i].casefold(), names[i], self._values[i]))
        self._name_rank = np.empty(len(by_name), np.int64)
        self._name_rank[by_name] = np.arange(len(by_name))

    def count(self, query: Query, tree: Node, eligible: Eligible, matched: Mask) -> tuple[FacetValue, ...]:
        """Every value with a count, and every selected or excluded one; the facet's own selection is left out.

        Years come in order, 'undated' last; other values by count, then by name, or by name alone. An excluded
        value counts what it would give if the exclusions of its facet were taken back. `matched` says [entries] which
        entries the whole query matches.
        """
        chosen, excluded = query.values(self._facet), query.values(self._facet, exclude=True)
        passages = self._matcher.eligible(query, leave_out=self._facet) if chosen else eligible
        # Where each entry has exactly one value, a click on it takes no passage from the entries that match.
        counts = self._of_entries(matched) if self._single and not chosen else self._counts(tree, passages)
        if not chosen and not excluded:
            return tuple(self._listed(counts, query.facet_order))
        if excluded:
            back = query
            for own in (f for f in query.filters if f.exclude and f.facet == self._facet):
                back = back.toggle(own)
            before = self._counts(tree, self._matcher.eligible(back, leave_out=self._facet))
            for number in self._numbers(excluded):
                counts[number] = before[number]
        return tuple(self._with_state(counts, chosen, excluded, query.facet_order))

    def _counts(self, tree: Node, eligible: Eligible) -> Ints:
        matched = self._matcher.match(tree, eligible, self._pairs)
        return np.bincount(self._pairs.pairs.value[matched], minlength=len(self._values))

    def _of_entries(self, matched: Mask) -> Ints:
        return np.bincount(self._pairs.pairs.value[matched], minlength=len(self._values))

    def _numbers(self, values: tuple[str, ...]) -> list[int]:
        return [self._values.index(value) for value in values if value in self._values]

    def _listed(self, counts: Ints, order: FacetOrder) -> Iterator[FacetValue]:
        present = np.flatnonzero(counts)
        if self._facet == "year":
            ordered = present  # the digits of years sort as they count, and 'undated' after them
        elif order == "name":
            ordered = present[np.argsort(self._name_rank[present])]
        else:
            ordered = present[np.lexsort((self._name_rank[present], -counts[present]))]
        yield from map(self._value, ordered.tolist(), counts[ordered].tolist())

    def _made(self, number: int, count: int) -> FacetValue:
        value, label, group = self._shown[number]
        return FacetValue(value, count, label=label, group=group)

    def _with_state(
        self, counts: Ints, chosen: tuple[str, ...], excluded: tuple[str, ...], order: FacetOrder
    ) -> list[FacetValue]:
        """The listed values told apart by whether they are selected or excluded; those without a count added."""
        listed = {value.value: value for value in self._listed(counts, order)}
        shown = {value: (label, group) for value, label, group in self._shown}
        values = []
        for name in dict.fromkeys((*listed, *chosen, *excluded)):
            label, group = shown.get(name, ("", ""))
            count = listed[name].count if name in listed else 0
            values.append(FacetValue(name, count, name in chosen, name in excluded, label, group))
        if self._facet == "year":
            return sorted(values, key=lambda value: (value.value == UNDATED, value.value))
        names = {value.value: (_name(value).casefold(), _name(value), value.value) for value in values}
        return sorted(values, key=lambda value: (-value.count if order == "count" else 0, names[value.value]))


def _name(value: FacetValue) -> str:
    return value.label or value.value


def _label(snapshot: Snapshot, facet: Facet, value: str) -> str:
    if facet == "document":
        outline = snapshot.outlines.get(value)
        return outline.ref.title if outline else ""
    return KIND_LABELS.get(value, "") if facet == "kind" else ""


def _group(snapshot: Snapshot, facet: Facet, value: str) -> str:
    known = snapshot.names.get(value) if facet in ("actor", "place") else None
    return known.type if known else ""
