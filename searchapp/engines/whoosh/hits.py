"""The results of one page: each entry with its best evidence, cut to snippets and marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from whoosh.query import Query as Node

from searchapp.engines.whoosh.columns import Floats, Ints, Mask
from searchapp.engines.whoosh.leaves import Leaves
from searchapp.engines.whoosh.matching import Eligible
from searchapp.engines.whoosh.planning import Plan
from searchapp.engines.whoosh.ranking import evidence_order
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.snippets import Found, Marker, marks, window
from searchapp.engines.whoosh.tree import deciding_leaves, ranking_leaves
from searchapp.model import Evidence, Hit, Passage, Query, Range, Reason


class HitMaker:
    """Makes the hits of one answer. `scores` are those of entries and of passages (Ranker.scores)."""

    def __init__(
        self,
        snapshot: Snapshot,
        leaves: Leaves,
        query: Query,
        plan: Plan,
        eligible: Eligible,
        scores: tuple[Floats, Floats],
        *,
        known: bool = False,
    ) -> None:
        """`known` says that every passage of `eligible` is evidence; else those are that hold a leaf."""
        self._snapshot = snapshot
        self._leaves = [leaves.leaf(node) for node in _distinct(plan.tree)]
        ranking = list(ranking_leaves(plan.tree))
        self._marker = Marker(leaves, ranking) if ranking else None
        self._query = query
        self._eligible = eligible
        self._known = known
        self._entry_scores, self._passage_scores = scores

    def hit(self, number: int, *, full: bool, reasons: tuple[Reason, ...]) -> Hit:
        """The hit for the entry with this number."""
        entry = self._snapshot.entry(number)
        passages, count = self._evidence(number)
        shown = [entry.passages[ordinal] for ordinal in self._snapshot.ordinal[passages].tolist()]
        return Hit(
            entry=entry,
            score=round(float(self._entry_scores[number]), 6),
            full=full,
            title_marks=self._marks(entry.passages[0]),
            evidence=count,
            passages=tuple(self._snippet(passage) for passage in shown),
            reasons=reasons,
        )

    def _evidence(self, number: int) -> tuple[Ints, int]:
        """Numbers of the entry's best passages, as many as asked for, and how many are evidence in all."""
        start, end = int(self._snapshot.first[number]), int(self._snapshot.first[number + 1])
        passages = start + np.flatnonzero(self._eligible.mask[start:end])
        if not self._leaves:
            return passages[: self._query.passages], len(passages)
        held, own = self._held(number, passages)
        order, count = evidence_order(held, own, self._passage_scores[passages])
        count = len(passages) if self._known else count
        return passages[order[: min(count, self._query.passages)]], count

    def _held(self, entry: int, passages: Ints) -> tuple[list[Mask], list[Mask]]:
        """For each leaf [passages] whether a passage holds it, with its headings and by itself."""
        held, own = [], []
        for leaf in self._leaves:
            by_itself = _contains(leaf.own, passages)
            lifted = bool(_contains(leaf.lifted, np.array([entry]))[0])
            own.append(by_itself)
            held.append(by_itself | lifted)
        return held, own

    def _marks(self, passage: Passage) -> tuple[Range, ...]:
        return marks(self._found(passage))

    def _snippet(self, passage: Passage) -> Evidence:
        text, marked = window(passage.text, self._found(passage))
        return Evidence(text, marked, passage)

    def _found(self, passage: Passage) -> list[Found]:
        """What the query's words match in a passage; without words no text is looked at."""
        return self._marker.find(passage, self._snapshot.tokens(passage.text)) if self._marker else []


def _distinct(tree: Node) -> Sequence[Node]:
    return list(dict.fromkeys(deciding_leaves(tree)))


def _contains(sorted_numbers: Ints, wanted: Ints) -> Mask:
    """[wanted] whether a number is among the sorted ones."""
    at = np.searchsorted(sorted_numbers, wanted)
    found = np.zeros(len(wanted), bool)
    inside = at < len(sorted_numbers)
    found[inside] = sorted_numbers[at[inside]] == wanted[inside]
    return found
