"""The results of one page: each entry with its best evidence, cut to snippets and marked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from searchapp.engines.whoosh.arrays import Ints, Mask, ranges, sought
from searchapp.engines.whoosh.finding import Finders
from searchapp.engines.whoosh.matching import Eligible
from searchapp.engines.whoosh.planning import Plan
from searchapp.engines.whoosh.ranking import Scores
from searchapp.engines.whoosh.snippets import Marker, marks, window
from searchapp.engines.whoosh.tree import deciding_leaves, ranking_leaves
from searchapp.model import Evidence, Hit, Query, Reason


class HitMaker:
    """Makes the hits of one answer: all of a page at once, because arrays of a few numbers cost what one costs."""

    def __init__(
        self, finders: Finders, query: Query, plan: Plan, eligible: Eligible, scores: Scores, *, known: bool = False
    ) -> None:
        """`known` says that every passage of `eligible` is evidence; else those are that hold a leaf."""
        self._snapshot = finders.snapshot
        self._leaves = [finders.leaves.leaf(node) for node in dict.fromkeys(deciding_leaves(plan.tree))]
        self._marker = Marker(finders, ranking_leaves(plan.tree))
        self._query = query
        self._eligible = eligible
        self._known = known
        self._scores = scores

    def hits(self, page: Ints, full: Mask | None, reasons: Callable[[int], tuple[Reason, ...]]) -> tuple[Hit, ...]:
        """The hits for the entries with these numbers; `full` [entries] says which hold all the words, if not all."""
        snapshot, places = self._snapshot, self._scores.entries.searchsorted(page)
        titles = snapshot.first.take(page)
        found, hit, evidence = self._evidence(page, places)
        hits, ordinals = hit.tolist(), (found - titles[hit]).tolist()
        entries = [snapshot.entry(number) for number in page.tolist()]
        shown = [(entry, entry.passages[0]) for entry in entries]
        shown += [(entries[n], entries[n].passages[ordinal]) for n, ordinal in zip(hits, ordinals, strict=True)]
        marked = self._marker.find(shown, self._marker.counts(np.concatenate((titles, found))))
        weights = self._marker.weights
        passages: list[list[Evidence]] = [[] for _ in entries]
        for n, (_, passage), marks_of in zip(hits, shown[len(entries) :], marked[len(entries) :], strict=True):
            passages[n].append(Evidence(*window(passage.text, marks_of, weights), passage))
        scores = self._scores.of_entries[places].round(6).tolist()
        wholly = [True] * len(entries) if full is None else full[page].tolist()
        return tuple(
            [
                Hit(
                    entry=entry,
                    score=scores[n],
                    full=wholly[n],
                    title_marks=marks(marked[n]),
                    evidence=evidence[n],
                    passages=tuple(passages[n]),
                    reasons=reasons(number),
                )
                for n, (number, entry) in enumerate(zip(page.tolist(), entries, strict=True))
            ]
        )

    def _evidence(self, page: Ints, places: Ints) -> tuple[Ints, Ints, list[int]]:
        """The numbers of the best passages of each entry of the page, as many as asked for; which entry each is of, by
        its place on the page; and for each entry how many there are.

        Passages that hold most of the leaves come first, by their headings or by themselves, then those that hold
        most by themselves, then by score, then in the order of the document.
        """
        spans = self._scores.spans
        begin, sizes = spans.starts[places], spans.sizes[places]
        new, hit = ranges(begin, begin + sizes), np.arange(len(page)).repeat(sizes)
        passages = new + spans.shift[places][hit]
        inside = self._eligible.of(passages).nonzero()[0]
        passages, hit = passages[inside], hit[inside]
        if self._leaves:
            # Sixteen bits hold all leaves that there can be, two for each of 64 words, and have negatives.
            own = [sought(leaf.own, passages)[1].astype(np.int16) for leaf in self._leaves]
            held = [
                one | sought(leaf.lifted, page)[1][hit] if len(leaf.lifted) else one
                for leaf, one in zip(self._leaves, own, strict=True)
            ]
            by_itself, holding = sum(own[1:], own[0]), sum(held[1:], held[0])
            scores = self._scores.of_passages[new[inside]]
            order = np.lexsort((-scores.round(9), -by_itself, -holding, hit))
            if not self._known:
                order = order[holding[order] > 0]
            passages, hit = passages[order], hit[order]
        bounds = hit.searchsorted(np.arange(len(page) + 1))
        best = np.arange(len(hit)) - bounds.take(hit) < self._query.passages
        return passages[best], hit[best], np.diff(bounds).tolist()
