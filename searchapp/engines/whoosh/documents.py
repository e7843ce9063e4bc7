"""What a search finds in one document, all of it at once."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

import numpy as np

from searchapp.engines.whoosh.columns import Mask
from searchapp.engines.whoosh.finding import Finders
from searchapp.engines.whoosh.matching import Matcher
from searchapp.engines.whoosh.planning import Plan
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.snippets import Marker, marks
from searchapp.engines.whoosh.tree import ranking_leaves
from searchapp.model import Filter, Found, Outline, Query


def reading(
    finders: Finders, matcher: Matcher, plan: Plan, query: Query, outline: Outline, shown: Container[str] | None
) -> Mapping[str, Found]:
    """The evidence of every entry of a document, by entry id, and the marks of those shown; of all if None."""
    snapshot = finders.snapshot
    evidence = _evidence(snapshot, matcher, plan, query, outline.ref.path)
    marker = Marker(finders, ranking_leaves(plan.tree))
    found = {}
    for entry_id in outline.entries:
        number = snapshot.number(entry_id)
        if number >= 0:
            start = int(snapshot.first[number])
            span = slice(start, int(snapshot.first[number + 1]))
            places = tuple(np.flatnonzero(evidence[span]).tolist())
            if shown is None or entry_id in shown:
                entry = snapshot.entry(number)
                found[entry_id] = Found(places, tuple(map(marks, marker.passages(entry, number))))
            else:
                found[entry_id] = Found(places, ())
    return found


def _evidence(snapshot: Snapshot, matcher: Matcher, plan: Plan, query: Query, path: str) -> Mask:
    """[passages] whether a passage of the document is evidence."""
    here = frozenset(what for what in query.filters if what.facet != "document") | {Filter("document", path)}
    eligible = matcher.eligible(replace(query, filters=here))
    matched = matcher.match(plan.tree, eligible, matcher.entries)
    mask: Mask = matcher.evidence(plan.tree, eligible).mask & matched[snapshot.entry_of]
    return mask
