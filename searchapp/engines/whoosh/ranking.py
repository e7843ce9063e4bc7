"""How results are ordered: BM25 over the entry, and a share of the BM25 of its best passage.

BM25 as in Robertson and Zaragoza, The Probabilistic Relevance Framework (2009). A word weighs as much as it is rare,
and as much as it comes back where it is: `weight` says how.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from whoosh.query import Query as Node

from searchapp.bounded import Cache, unowned
from searchapp.engines.whoosh.arrays import Floats, Ints, Mask, Spans, ranges
from searchapp.engines.whoosh.leaves import Leaf, Leaves
from searchapp.engines.whoosh.matching import Eligible
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.tree import ranking_leaves
from searchapp.engines.whoosh.tuning import K1, MOST_RECURRENCE, PASSAGE_SHARE, B
from searchapp.model import Sort

KEPT_BYTES = 16 << 20
"""Of what leaves score by themselves."""
FEW = 16
"""So many times as many postings as entries: to look for the entries among them is quicker than to go through all."""
MANY = 32
"""So many times as many entries as are wanted: to find those that may be among them pays."""
MARGIN = 1e-5
"""Share by which bounds may be wrong, which are kept in half the width of scores."""

NEVER = 1 << 30
"""A day after all others."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What some entries and their passages score."""

    entries: Ints
    """[entries] their numbers, ascending."""
    spans: Spans
    """Their passages, numbered anew."""
    of_entries: Floats
    """[entries]"""
    of_passages: Floats
    """[passages] by their new numbers; 0 for one that is not eligible."""


class Ranked(NamedTuple):
    """A leaf that ranks."""

    node: Node
    """Its place in the tree."""
    leaf: Leaf
    """Where it is held."""
    scale: float
    """What its BM25 is multiplied by."""


class _Held(NamedTuple):
    """What some entries hold of a leaf."""

    places: Ints
    """[postings] place of the entry among them."""
    passages: Ints
    """[postings]"""
    occurrences: Any
    """[postings]"""

    def only(self, mask: Any) -> _Held:
        """The postings for which a mask [postings] is not zero."""
        kept = mask.nonzero()[0]
        return _Held(self.places[kept], self.passages[kept], self.occurrences[kept])


class Ranker:
    """Scores and orders the entries of one snapshot."""

    def __init__(self, snapshot: Snapshot, leaves: Leaves) -> None:
        self._snapshot = snapshot
        self._leaves = leaves
        lengths = snapshot.lengths()
        self._entry_norms = _norms(snapshot.entry_lengths())
        title_lengths = lengths[snapshot.title_of] if snapshot.entries else lengths
        own_title = snapshot.title_of[snapshot.entry_of] == np.arange(snapshot.passages)
        per_passage = lengths + np.where(own_title, 0, title_lengths[snapshot.entry_of])
        self._passage_norms = _norms(per_passage)
        self._parts: Callable[[Node], tuple[Floats, Floats]] = Cache(
            unowned(self._made_parts), lambda parts: 500 + parts[0].nbytes + parts[1].nbytes, KEPT_BYTES
        )

    def ranked(self, tree: Node) -> list[Ranked]:
        """The leaves of a tree that rank."""
        leaves = ((node, boost, self._leaves.leaf(node)) for node, boost in ranking_leaves(tree))
        return [Ranked(node, leaf, boost * self._scale(leaf)) for node, boost, leaf in leaves]

    def scores(self, ranked: Sequence[Ranked], eligible: Eligible, entries: Ints) -> Scores:
        """The scores of some entries, numbers in order, for some leaves.

        Only eligible passages and headings count; weights and lengths are those of the whole.
        """
        snapshot = self._snapshot
        spans = Spans(snapshot.first, entries)
        of_entries, of_passages = np.zeros(len(entries)), np.zeros(spans.size)
        if not len(entries):
            return Scores(entries, spans, of_entries, of_passages)
        norms = self._entry_norms[entries]
        scored: list[tuple[Ints, Ints]] = []
        for _, leaf, scale in ranked:
            held = self._held(leaf, entries, eligible)
            if not len(held.passages):
                continue
            occurrences = np.bincount(held.places, held.occurrences, len(entries))
            of_entries += scale * occurrences / (occurrences + norms)
            held, new = self._with_titles(held, spans, eligible)
            of_passages[new] += scale * held.occurrences / (held.occurrences + self._passage_norms[held.passages])
            scored.append((held.places, new))
        best = np.zeros(len(entries))
        for places, new in scored:
            np.maximum.at(best, places, of_passages[new])
        of_entries += PASSAGE_SHARE * best
        return Scores(entries, spans, of_entries, of_passages)

    def best(self, ranked: Sequence[Ranked], entries: Ints, first: int) -> Ints:
        """Those of the entries, where all passages are eligible, that may be among the `first` of them by score.

        The best passage of all leaves scores at least what that of one does, and at most what theirs do together.
        Who cannot reach what enough others reach for certain need not be scored.
        """
        if not ranked or len(entries) <= MANY * first:
            return entries
        if len(ranked) == 1:
            in_entry, in_passage = self._parts(ranked[0].node)
            if len(in_entry) == len(entries):  # what holds it is what matches, and weight is the same for all
                total = in_entry + in_passage
                return entries[total >= -_last_of(-total, first) * (1 - MARGIN)]
        size = self._snapshot.entries
        parts = [[one.scale * part for part in self._parts(one.node)] for one in ranked]
        held = [one.leaf.entries.astype(np.int64) for one in ranked]
        in_entries, in_passages = (
            np.bincount(np.concatenate(held), np.concatenate(part), size).take(entries)
            for part in zip(*parts, strict=True)
        )
        best = np.zeros(size, np.float32)
        for at, (_, part) in zip(held, parts, strict=True):
            best[at] = np.maximum(best.take(at), part)
        least, most = in_entries + best.take(entries), in_entries + in_passages
        return entries[most >= -_last_of(-least, first) * (1 - MARGIN)]

    def _made_parts(self, node: Node) -> tuple[Floats, Floats]:
        """[entries of a leaf] what it scores, but for its weight, in each entry and in the best passage of each."""
        leaf = self._leaves.leaf(node)
        snapshot = self._snapshot
        everything = Eligible(snapshot.body, whole=True)
        held = self._held(leaf, leaf.entries, everything)
        occurrences = np.bincount(held.places, held.occurrences, len(leaf.entries))
        held, _ = self._with_titles(held, Spans(snapshot.first, leaf.entries), everything)
        best = np.zeros(len(leaf.entries))
        np.maximum.at(best, held.places, held.occurrences / (held.occurrences + self._passage_norms[held.passages]))
        in_entry = occurrences / (occurrences + self._entry_norms[leaf.entries])
        return in_entry.astype(np.float32), (PASSAGE_SHARE * best).astype(np.float32)

    def _scale(self, leaf: Leaf) -> float:
        return (K1 + 1) * weight(self._snapshot.entries, len(leaf.entries), leaf.occurrences)

    def _held(self, leaf: Leaf, entries: Ints, eligible: Eligible) -> _Held:
        """What some entries hold of a leaf, in their eligible passages and headings."""
        snapshot = self._snapshot
        if len(entries) * FEW < len(leaf.passages):
            wanted = entries.astype(leaf.entry_of.dtype, copy=False)  # else numpy widens all of the postings
            starts, ends = leaf.entry_of.searchsorted(wanted), leaf.entry_of.searchsorted(wanted, "right")
            at = ranges(starts, ends)
            held = _Held(np.arange(len(entries)).repeat(ends - starts), leaf.passages[at], leaf.counts[at])
        else:
            rank = np.zeros(snapshot.entries, np.int64)
            rank[entries] = np.arange(1, len(entries) + 1)
            places = rank.take(leaf.entry_of)
            held = _Held(places - 1, leaf.passages, leaf.counts)
            if not places.all():
                held = held.only(places)
        if not eligible.whole:
            held = held.only(eligible.of(held.passages) | snapshot.lifting[held.passages])
        return _Held(held.places, held.passages, held.occurrences * snapshot.weights(held.passages))

    def _with_titles(self, held: _Held, spans: Spans, eligible: Eligible) -> tuple[_Held, Ints]:
        """The eligible passages that hold a leaf, by themselves or by the title of their entry, with the occurrences
        in both; and their new numbers."""
        new = held.passages - spans.shift[held.places]
        at_title = new == spans.starts[held.places]
        if at_title.any():
            titles = held.only(at_title)
            sizes, begin = spans.sizes[titles.places], spans.starts[titles.places]
            places = titles.places.repeat(sizes)
            under = ranges(begin, begin + sizes)
            both = np.zeros(spans.size)
            both[under] = titles.occurrences.repeat(sizes)
            both[begin] = 0
            both[new] += held.occurrences
            apart = np.ones(len(spans.starts), bool)
            apart[titles.places] = False
            others = apart[held.places].nonzero()[0]
            new = np.concatenate((under, new[others]))
            passages = np.concatenate((under + spans.shift[places], held.passages[others]))
            held = _Held(np.concatenate((places, held.places[others])), passages, both[new])
        body = eligible.of(held.passages)
        if body.all():
            return held, new
        return held.only(body), new[body]

    def rarity(self, clauses: Sequence[tuple[Mask, int]]) -> Floats:
        """[entries] how rare what an entry holds is: the inverse document frequencies of its clauses, added up.

        A clause comes as [entries] whether an entry holds it, and the number of entries that hold it anywhere.
        """
        entries = self._snapshot.entries
        total = np.zeros(entries)
        for held, holders in clauses:
            total += held * _idf(entries, holders)
        return total

    def order(
        self, scores: Scores, tier: Floats | Mask | None, sort: Sort, eligible: Eligible, first: int | None = None
    ) -> Ints:
        """The entries that were scored, or the `first` of them, in the order asked for: by `tier` [all entries]
        before the score if given, the highest on top; ties by entry id.

        `eligible` holds the passages that matched: their dates decide newest and oldest, undated last.
        """
        entries = scores.entries
        keys: list[Floats | Ints] = [self._snapshot.id_rank[entries], -np.round(scores.of_entries, 9)]
        if sort != "relevance":
            days = self._days(scores, eligible, newest=sort == "newest")
            keys.append(np.where(days == 0, NEVER, -days if sort == "newest" else days))
        if tier is not None:
            keys.append(-np.round(tier[entries].astype(np.float64), 9))
        if first is not None and 0 < first < len(entries):
            kept = (keys[-1] <= _last_of(keys[-1], first)).nonzero()[0]
            entries, keys = entries[kept], [key[kept] for key in keys]
        ordered: Ints = entries[np.lexsort(keys)]
        return ordered

    def _days(self, scores: Scores, eligible: Eligible, *, newest: bool) -> Ints:
        """[entries that were scored] latest or earliest first day of the passages' best dates; 0 for undated.

        Not the last day: a passage of a year would be newer than all days of that year.
        """
        passages = scores.spans.numbers()
        if not len(passages):
            return passages
        days = np.where(eligible.of(passages), self._snapshot.best_day[passages], 0)
        if newest:
            latest: Ints = np.maximum.reduceat(days, scores.spans.starts)
            return latest
        days[days == 0] = NEVER
        earliest = np.minimum.reduceat(days, scores.spans.starts)
        return np.where(earliest == NEVER, 0, earliest)


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


def _last_of(values: Floats | Ints, first: int) -> float:
    """A number that at least `first` of more values do not exceed, and not many more.

    Of the least values of many parts, the one at that place: to sort them all takes twenty times as long.
    """
    parts = np.minimum.reduceat(values, np.arange(0, len(values), max(1, len(values) // (8 * first))))
    return float(np.sort(parts)[first - 1])


def _norms(lengths: Floats) -> Floats:
    average = lengths.mean() if len(lengths) else 0.0
    return K1 * (1 - B + B * lengths / (average or 1.0))
