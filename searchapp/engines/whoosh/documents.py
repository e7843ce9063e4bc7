"""What a search finds in one document, all of it at once."""

from __future__ import annotations

from collections.abc import Mapping
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


def reading(finders: Finders, matcher: Matcher, plan: Plan, query: Query, outline: Outline) -> Mapping[str, Found]:
    """The evidence and the marks of every entry of a document, by entry id."""
    snapshot = finders.snapshot
    evidence = _evidence(snapshot, matcher, plan, query, outline.ref.path)
    marker = Marker(finders, ranking_leaves(plan.tree))
    found = {}
    for entry_id in outline.entries:
        number = snapshot.number(entry_id)
        if number >= 0:
            start = int(snapshot.first[number])
            entry = snapshot.entry(number)
            span = slice(start, start + len(entry.passages))
            found[entry_id] = Found(
                tuple(np.flatnonzero(evidence[span]).tolist()), tuple(map(marks, marker.passages(entry, number)))
            )
    return found


def _evidence(snapshot: Snapshot, matcher: Matcher, plan: Plan, query: Query, path: str) -> Mask:
    """[passages] whether a passage of the document is evidence."""
    here = frozenset(what for what in query.filters if what.facet != "document") | {Filter("document", path)}
    eligible = matcher.eligible(replace(query, filters=here))
    matched = matcher.match(plan.tree, eligible, matcher.entries)
    mask: Mask = matcher.evidence(plan.tree, eligible).mask & matched[snapshot.entry_of]
    return mask
