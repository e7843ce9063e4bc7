"""What a search finds in one document, all of it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from searchapp.engines.whoosh.arrays import Mask
from searchapp.engines.whoosh.finding import Finders
from searchapp.engines.whoosh.matching import Matcher
from searchapp.engines.whoosh.planning import Plan
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.snippets import Marker, marks
from searchapp.engines.whoosh.tree import ranking_leaves
from searchapp.model import Filter, Found, Outline, Query, Range


def reading(
    finders: Finders, matcher: Matcher, plan: Plan, query: Query, outline: Outline, lines: Range | None
) -> Mapping[str, Found]:
    """The evidence in a document, by entry id, and the marks of what begins in some lines; in all if None."""
    snapshot = finders.snapshot
    places = _places(snapshot, _evidence(snapshot, matcher, plan, query, outline.ref.path))
    marker = Marker(finders, ranking_leaves(plan.tree))
    found = {snapshot.entry_id(number): Found(held, ()) for number, held in places.items()}
    for entry_id in outline.entries if lines is None else outline.reached(lines):
        number = snapshot.number(entry_id)
        if number >= 0:
            entry = snapshot.entry(number)
            inside = [n for n, one in enumerate(entry.passages) if not n or one.begins_in(lines)]
            shown: list[tuple[Range, ...]] = [()] * len(entry.passages)
            counts = marker.counts(int(snapshot.first[number]) + np.array(inside))
            marked = marker.find([(entry, entry.passages[n]) for n in inside], counts)
            for n, held in zip(inside, marked, strict=True):
                shown[n] = marks(held)
            found[entry_id] = Found(places.get(number, ()), tuple(shown))
    return found


def _places(snapshot: Snapshot, evidence: Mask) -> Mapping[int, tuple[int, ...]]:
    """The places of the evidence in its entries, by the numbers of these."""
    passages = evidence.nonzero()[0]
    entries = snapshot.entry_of[passages]
    numbers, begin = np.unique(entries, return_index=True)
    inside = np.split(passages - snapshot.first[entries], begin[1:])
    return {number: tuple(held.tolist()) for number, held in zip(numbers.tolist(), inside, strict=False)}


def _evidence(snapshot: Snapshot, matcher: Matcher, plan: Plan, query: Query, path: str) -> Mask:
    """[passages] whether a passage of the document is evidence."""
    here = frozenset(what for what in query.filters if what.facet != "document") | {Filter("document", path)}
    eligible = matcher.eligible(replace(query, filters=here))
    matched = matcher.match(plan.tree, eligible, matcher.entries)
    mask: Mask = matcher.evidence(plan.tree, eligible).mask & matched.mask[snapshot.entry_of]
    return mask
