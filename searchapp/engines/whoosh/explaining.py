"""Why an entry was found: what of the query it holds, where, and how much of its score that makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from whoosh.query import FuzzyTerm, Phrase, Prefix, Term
from whoosh.query import Query as Node

from searchapp.engines.whoosh.arrays import Ints
from searchapp.engines.whoosh.columns import PATH, TITLE
from searchapp.engines.whoosh.leaves import Leaves
from searchapp.engines.whoosh.matching import Eligible
from searchapp.engines.whoosh.planning import Plan
from searchapp.engines.whoosh.ranking import Ranker
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.tree import Within, ranking_leaves
from searchapp.model import Reason, ReasonKind


class Explainer:
    """Explains hits of one plan."""

    def __init__(
        self, snapshot: Snapshot, leaves: Leaves, ranker: Ranker, plan: Plan, eligible: Eligible, entries: Ints
    ) -> None:
        """`entries` are the numbers of those that may have to be explained."""
        self._snapshot = snapshot
        self._leaves = leaves
        self._eligible = eligible
        self._names = _labels(plan)
        weighted = [(node, boost) for node, boost in ranking_leaves(plan.tree) if len(leaves.leaf(node).entries)]
        self._nodes = list(dict.fromkeys(node for node, _ in weighted))
        entries = np.sort(entries)
        scores = {
            node: ranker.scores(ranker.ranked(node), eligible, entries).of_entries.tolist() for node in self._nodes
        }
        self._scores = {node: dict(zip(entries.tolist(), scores[node], strict=True)) for node in self._nodes}

    def reasons(self, entry: int) -> tuple[Reason, ...]:
        """Why the entry with this number was found, the weightiest reason first."""
        held = [node for node in self._nodes if self._places(node, entry).any()]
        total = sum(self._scores[node][entry] for node in held) or 1.0
        reasons = [self._reason(node, entry, self._scores[node][entry] / total) for node in held]
        return tuple(sorted(reasons, key=lambda reason: (-reason.share, reason.what)))

    def _places(self, node: Node, entry: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """[passages of the entry] whether each holds the leaf, title and heading path included."""
        start, end = int(self._snapshot.first[entry]), int(self._snapshot.first[entry + 1])
        held = np.zeros(end - start, bool)
        passages = self._leaves.leaf(node).passages
        inside = passages[np.searchsorted(passages, start) : np.searchsorted(passages, end)]
        held[inside - start] = True
        return held

    def _reason(self, node: Node, entry: int, share: float) -> Reason:
        start, end = int(self._snapshot.first[entry]), int(self._snapshot.first[entry + 1])
        held, roles = self._places(node, entry), self._snapshot.roles[start:end]
        what, kind = self._names.get(node) or _described(node)
        return Reason(
            what=what,
            kind=kind,
            in_title=bool((held & ((roles & TITLE) > 0)).any()),
            in_path=bool((held & ((roles & PATH) > 0)).any()),
            passages=int(np.count_nonzero(held & self._eligible.mask[start:end])),
            share=round(share, 3),
        )


def _labels(plan: Plan) -> Mapping[Node, tuple[str, ReasonKind]]:
    """What the leaves of a plan were typed as."""
    labels: dict[Node, tuple[str, ReasonKind]] = {node: (text, "phrase") for text, node in plan.parsed.phrases}
    for typed in plan.parsed.typed:
        for node, _ in ranking_leaves(typed.node):
            labels.setdefault(node, (typed.text, "word"))
    for alias in plan.parsed.aliases:
        for node, _ in ranking_leaves(alias.literal):
            labels[node] = (alias.typed, "phrase" if isinstance(node, Phrase) else "word")
        labels[alias.named] = (alias.name, "name")
    for when in plan.parsed.dates:
        labels.update((within, (when.text, "date")) for within in when.within)
    return labels


def _described(node: Node) -> tuple[str, ReasonKind]:
    """A leaf that stands for itself: phrases, beginnings and what operators were put to."""
    words: Sequence[str]
    if isinstance(node, Phrase):
        words = node.words
        return " ".join(words), "phrase"
    if isinstance(node, Prefix):
        return node.text, "beginning"
    if isinstance(node, FuzzyTerm):
        return node.text, "spelling"
    if isinstance(node, Within):
        return f"{node.start.isoformat()} to {node.end.isoformat()}", "date"
    if isinstance(node, Term):
        return node.text, "name" if node.fieldname in ("actor", "place") else "word"
    return _described(node.subqueries[0])
