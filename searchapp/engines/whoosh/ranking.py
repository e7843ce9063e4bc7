"""How results are ordered: BM25 over the entry, and a share of the BM25 of its best passage.

BM25 as in Robertson and Zaragoza, The Probabilistic Relevance Framework (2009). A word weighs as much as it is rare,
and as much as it comes back where it is: `weight` says how.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from whoosh.query import Query as Node

from searchapp.engines.whoosh.columns import PATH, Floats, Ints, Mask, gather
from searchapp.engines.whoosh.leaves import Leaf, Leaves
from searchapp.engines.whoosh.matching import Eligible
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.tree import ranking_leaves
from searchapp.engines.whoosh.tuning import K1, MOST_RECURRENCE, PASSAGE_SHARE, B
from searchapp.model import Sort


class Ranker:
    """Scores and orders the entries of one snapshot."""

    def __init__(self, snapshot: Snapshot, leaves: Leaves) -> None:
        self._snapshot = snapshot
        self._leaves = leaves
        lengths = snapshot.entry_lengths
        self._entry_norms = _norms(lengths)
        title_lengths = snapshot.lengths[snapshot.title_of] if snapshot.entries else lengths
        self._numbers: Ints = np.arange(snapshot.passages)
        self._sizes: Ints = np.diff(snapshot.first)
        self._own_title: Mask = snapshot.title_of[snapshot.entry_of] == self._numbers
        per_passage = snapshot.lengths + np.where(self._own_title, 0, title_lengths[snapshot.entry_of])
        self._passage_norms = _norms(per_passage)
        self._path: Mask = (snapshot.roles & PATH) > 0

    def scores(self, tree: Node, eligible: Eligible) -> tuple[Floats, Floats]:
        """Scores of all entries [entries] and of all passages [passages] for the tree's leaves.

        Only eligible passages and headings count; weights and lengths are those of the whole.
        """
        snapshot = self._snapshot
        entry_scores = np.zeros(snapshot.entries)
        passage_scores = np.zeros(snapshot.passages)
        for node, boost in ranking_leaves(tree):
            leaf = self._leaves.leaf(node)
            passages, counts = leaf.passages, leaf.counts * snapshot.weights[leaf.passages]
            scale = boost * (K1 + 1) * weight(snapshot.entries, leaf.entries, float(counts.sum()))
            if eligible.mask is not snapshot.body:
                counted = eligible.mask[passages] | snapshot.lifting[passages]
                passages, counts = passages[counted], counts[counted]
            if not len(passages):
                continue
            entries, occurrences = _by_group(np.add, snapshot.entry_of[passages], counts)
            entry_scores[entries] += scale * occurrences / (occurrences + self._entry_norms[entries])
            passages, occurrences = self._with_titles(leaf, passages, counts)
            passage_scores[passages] += scale * occurrences / (occurrences + self._passage_norms[passages])
        scored = np.flatnonzero(passage_scores)
        passage_scores[scored[~eligible.mask[scored]]] = 0
        if len(scored):
            entries, best = _by_group(np.maximum, snapshot.entry_of[scored], passage_scores[scored])
            entry_scores[entries] += PASSAGE_SHARE * best
        return entry_scores, passage_scores

    def _with_titles(self, leaf: Leaf, passages: Ints, counts: Floats) -> tuple[Ints, Floats]:
        """Passages that hold a leaf by themselves or by the title of their entry, and the occurrences in both."""
        if not len(leaf.lifted):
            return passages, counts
        snapshot = self._snapshot
        own = ~self._path[passages]
        passages, counts = passages[own], counts[own]
        at_title = self._own_title[passages]
        titles = passages[at_title]
        titled = snapshot.entry_of[titles]
        under = gather(snapshot.first, self._numbers, titled)
        both = np.zeros(snapshot.passages)
        both[under] = np.repeat(counts[at_title], self._sizes[titled])
        both[titles] = 0
        both[passages] += counts
        apart = np.ones(snapshot.entries, bool)
        apart[titled] = False
        held: Ints = np.concatenate((under, passages[apart[snapshot.entry_of[passages]]]))
        return held, both[held]

    def rarity(self, clauses: Sequence[tuple[Mask, int]]) -> Floats:
        """[entries] how rare what an entry holds is: the inverse document frequencies of its clauses, added up.

        A clause comes as [entries] whether an entry holds it, and the number of entries that hold it anywhere.
        """
        entries = self._snapshot.entries
        total = np.zeros(entries)
        for held, holders in clauses:
            total += held * _idf(entries, holders)
        return total

    def order(self, matched: Mask, tier: Floats | Mask | None, scores: Floats, sort: Sort, eligible: Eligible) -> Ints:
        """The matched entries in the order asked for: by `tier` [entries] first if given, the highest on top; ties by
        entry id.

        `eligible` holds the passages that matched: their dates decide newest and oldest, undated last.
        """
        entries = np.flatnonzero(matched)
        keys: list[Floats | Ints | Mask] = [self._snapshot.id_rank[entries], -np.round(scores[entries], 9)]
        if sort != "relevance":
            days = self._days(eligible, newest=sort == "newest")[entries]
            keys.append(np.where(days == 0, 1 << 40, -days if sort == "newest" else days))
        if tier is not None:
            keys.append(-np.round(tier[entries].astype(np.float64), 9))
        ordered: Ints = entries[np.lexsort(keys)]
        return ordered

    def _days(self, eligible: Eligible, *, newest: bool) -> Ints:
        """[entries] last or first day of the passages' best dates; 0 for undated."""
        snapshot = self._snapshot
        dated = eligible.mask & (np.diff(snapshot.first_date) > 0)
        best = np.zeros(snapshot.passages, np.int64)
        best[dated] = snapshot.dates[snapshot.first_date[:-1][dated], int(newest)]
        if not snapshot.entries:
            return best
        if newest:
            latest: Ints = np.maximum.reduceat(best, snapshot.title_of)
            return latest
        best[~dated] = 1 << 40
        earliest = np.minimum.reduceat(best, snapshot.title_of)
        return np.where(earliest == 1 << 40, 0, earliest)


def evidence_order(held: Sequence[Mask], own: Sequence[Mask], scores: Floats) -> tuple[Ints, int]:
    """Order of an entry's passages as evidence, best first, and how many of them are evidence.

    `held` and `own` say for each leaf [passages] whether a passage holds it, with its headings or by itself. Most
    leaves held come first, then most held by itself, then the score, then the place in the document.
    """
    holding = np.sum(held, axis=0)
    by_itself = np.sum(own, axis=0)
    order = np.lexsort((np.arange(len(holding)), -np.round(scores, 9), -by_itself, -holding))
    return order, int(np.count_nonzero(holding))


def weight(entries: int, holding: int, occurrences: float) -> float:
    """What a word counts that `holding` of all entries hold, with so many weighted occurrences in all of them.

    Its inverse document frequency, log(1 + (N - n + .5) / (n + .5)), which is never negative: the mean of that by the
    entries that hold it and that by those which would if its occurrences had fallen at random, N (1 - e^(-F/N)).
    Times F / n, how often it occurs where it does: a word that comes back says what an entry is about. Both are from
    Amati and van Rijsbergen, Probabilistic Models of Information Retrieval (2002), there I(n_e) and B.
    """
    if not holding:
        return 0.0
    expected = entries * -math.expm1(-occurrences / entries)
    rarity = (_idf(entries, holding) + _idf(entries, expected)) / 2
    return rarity * min(occurrences / holding, MOST_RECURRENCE)


def _idf(entries: int, holding: float) -> float:
    return math.log1p((entries - holding + 0.5) / (holding + 0.5))


def _by_group(reduce: np.ufunc, groups: Ints, values: Floats) -> tuple[Ints, Floats]:
    """The different numbers among ascending `groups`, at least one, and the values of each brought together."""
    starts = np.flatnonzero(np.concatenate(([True], groups[1:] != groups[:-1])))
    return groups[starts], reduce.reduceat(values, starts)


def _norms(lengths: Floats) -> Floats:
    average = lengths.mean() if len(lengths) else 0.0
    return K1 * (1 - B + B * lengths / (average or 1.0))
