"""The results of one page: each entry with its best evidence, cut to snippets and marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from searchapp.engines.whoosh.arrays import Ints, Mask, ranges, sought
from searchapp.engines.whoosh.finding import Finders
from searchapp.engines.whoosh.matching import Eligible
from searchapp.engines.whoosh.planning import Plan
from searchapp.engines.whoosh.ranking import Scores
from searchapp.engines.whoosh.snippets import Marker, marks, window
from searchapp.engines.whoosh.tree import deciding_leaves, ranking_leaves
from searchapp.model import Entry, Evidence, Hit, Passage, Query, Reason


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
        found, counts = self._evidence(page, places)
        titles = snapshot.first.take(page)
        shown = np.concatenate((titles, *found))
        ordinals = iter((shown[len(page) :] - titles.repeat([len(each) for each in found])).tolist())
        expected = iter(self._marker.expected(shown))
        title_counts = [next(expected) for _ in page]
        scores = self._scores.of_entries[places].tolist()
        hits = []
        for i, number in enumerate(page.tolist()):
            entry = snapshot.entry(number)
            hits.append(
                Hit(
                    entry=entry,
                    score=round(scores[i], 6),
                    full=full is None or bool(full[number]),
                    title_marks=marks(self._marker.find(entry, entry.passages[0], title_counts[i])),
                    evidence=counts[i],
                    passages=tuple(
                        [self._snippet(entry, entry.passages[next(ordinals)], next(expected)) for _ in found[i]]
                    ),
                    reasons=reasons(number),
                )
            )
        return tuple(hits)

    def _evidence(self, page: Ints, places: Ints) -> tuple[list[Ints], list[int]]:
        """For each entry of the page the numbers of its best passages, as many as asked for, and how many there are.

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
        bounds = list(pairwise(hit.searchsorted(np.arange(len(page) + 1)).tolist()))
        shown = [passages[start : min(start + self._query.passages, end)] for start, end in bounds]
        return shown, [end - start for start, end in bounds]

    def _snippet(self, entry: Entry, passage: Passage, expected: Sequence[int]) -> Evidence:
        found = self._marker.find(entry, passage, expected)
        return Evidence(*window(passage.text, found, self._marker.weights), passage)
