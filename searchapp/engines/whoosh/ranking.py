"""How results are ordered: BM25 over the entry, and half the BM25 of its best passage.

BM25 as in Robertson and Zaragoza, The Probabilistic Relevance Framework (2009), with the inverse document
frequency log(1 + (N - n + .5) / (n + .5)), which is never negative.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from whoosh.query import Query as Node

from searchapp.engines.whoosh.columns import PATH, Floats, Ints, Mask
from searchapp.engines.whoosh.leaves import Leaf, Leaves
from searchapp.engines.whoosh.matching import Eligible
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.syntax import ranking_leaves
from searchapp.engines.whoosh.tuning import K1, PASSAGE_SHARE, B
from searchapp.model import Sort


class Ranker:
    """Scores and orders the entries of one snapshot."""

    def __init__(self, snapshot: Snapshot, leaves: Leaves) -> None:
        self._snapshot = snapshot
        self._leaves = leaves
        lengths = snapshot.entry_lengths
        self._entry_norms = _norms(lengths)
        title_lengths = snapshot.lengths[snapshot.title_of] if snapshot.entries else lengths
        own_title = snapshot.title_of[snapshot.entry_of] == np.arange(snapshot.passages)
        per_passage = snapshot.lengths + np.where(own_title, 0, title_lengths[snapshot.entry_of])
        self._passage_norms = _norms(per_passage)
        self._own_title = own_title

    def scores(self, tree: Node, eligible: Eligible) -> tuple[Floats, Floats]:
        """Scores of all entries [entries] and of all passages [passages] for the tree's leaves.

        Only eligible passages and headings count; the lengths are those of the whole.
        """
        snapshot = self._snapshot
        entry_scores = np.zeros(snapshot.entries)
        passage_scores = np.zeros(snapshot.passages)
        for node, boost in ranking_leaves(tree):
            leaf = self._leaves.leaf(node)
            if not leaf.entries:
                continue
            idf = boost * np.log1p((snapshot.entries - leaf.entries + 0.5) / (leaf.entries + 0.5))
            counted = eligible.mask[leaf.passages] | snapshot.lifting[leaf.passages]
            passages = leaf.passages[counted]
            weighted = leaf.counts[counted] * snapshot.weights[passages]
            in_entry = np.bincount(snapshot.entry_of[passages], weights=weighted, minlength=snapshot.entries)
            entry_scores += idf * in_entry * (K1 + 1) / (in_entry + self._entry_norms)
            in_passage = self._in_passages(leaf, passages, weighted)
            passage_scores += idf * in_passage * (K1 + 1) / (in_passage + self._passage_norms)
        passage_scores[~eligible.mask] = 0
        if snapshot.entries:
            entry_scores += PASSAGE_SHARE * np.maximum.reduceat(passage_scores, snapshot.title_of)
        return entry_scores, passage_scores

    def _in_passages(self, leaf: Leaf, passages: Ints, weighted: Floats) -> Floats:
        """[passages] weighted occurrences in each passage together with the title of its entry."""
        snapshot = self._snapshot
        body = (snapshot.roles[passages] & PATH) == 0
        counts = np.zeros(snapshot.passages)
        counts[passages[body]] = weighted[body]
        if len(leaf.lifted):
            titles = counts[snapshot.title_of]
            counts += np.where(self._own_title, 0, titles[snapshot.entry_of])
        return counts

    def order(self, matched: Mask, full: Mask | None, scores: Floats, sort: Sort, eligible: Eligible) -> Ints:
        """The matched entries in the order asked for: full matches first if given; ties by entry id.

        `eligible` holds the passages that matched: their dates decide newest and oldest, undated last.
        """
        entries = np.flatnonzero(matched)
        keys: list[Floats | Ints | Mask] = [self._snapshot.id_rank[entries], -np.round(scores[entries], 9)]
        if sort != "relevance":
            days = self._days(eligible, newest=sort == "newest")[entries]
            keys.append(np.where(days == 0, 1 << 40, -days if sort == "newest" else days))
        if full is not None:
            keys.append(~full[entries])
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


def _norms(lengths: Floats) -> Floats:
    average = lengths.mean() if len(lengths) else 0.0
    return K1 * (1 - B + B * lengths / (average or 1.0))
