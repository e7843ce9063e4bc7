"""The leaves of a query tree: each becomes the passages that hold it and how often.

This is the one place that knows how postings are read; whatever is above works on the arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist
from whoosh.query import Phrase, Prefix, Term
from whoosh.query import Query as Node

from searchapp import deadline
from searchapp.bounded import Cache, unowned
from searchapp.engines.whoosh.arrays import Ints, ascending, narrow, paired, sought
from searchapp.engines.whoosh.nearby import Nearby
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.tree import Synonyms, Within

MAX_EXPANSIONS = 500
KEPT_BYTES = 56 << 20
"""Of leaves that were read; at 100,000 entries a frequent word takes one megabyte, and to read it again as long as all
else that a search does with it."""
KEPT_EXPANSIONS = 64


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where one leaf of a query is held."""

    passages: Ints
    """Passage numbers, ascending."""
    counts: Ints
    """How often each of them holds it."""
    entry_of: Ints
    """The entry of each of them."""
    own: Ints
    """Those of the passages that are text of an entry, not only a heading."""
    lifted: Ints
    """Entries whose title or heading path holds it: every passage of theirs counts as holding it."""
    entries: Ints
    """Entries that hold it anywhere."""
    occurrences: float
    """The weighted occurrences in all of them."""

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        arrays = (self.passages, self.counts, self.entry_of, self.own, self.lifted, self.entries)
        return 500 + sum(array.nbytes for array in arrays)

    def counts_in(self, passages: Ints) -> Ints:
        """[passages] how often each of them holds it."""
        if not len(self.passages):
            return np.zeros(len(passages), np.int32)
        at, held = sought(self.passages, passages)
        return np.where(held, self.counts[at], 0)


class Leaves:
    """The leaves of one snapshot, kept while they are asked for again."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.leaf: Callable[[Node], Leaf] = Cache(unowned(self._leaf), lambda leaf: leaf.bytes, KEPT_BYTES)
        self.expand = lru_cache(maxsize=KEPT_EXPANSIONS)(unowned(self._expand))

    def _leaf(self, node: Node) -> Leaf:
        deadline.check()
        snapshot = self._snapshot
        passages, counts = self._read(node)
        at = passages.astype(np.int64)  # of all widths, numpy takes this one quickest as an index
        passages = passages.astype(np.int32, copy=False)
        entry_of = snapshot.entry_of.take(at)
        own = passages[snapshot.body[at]]
        lifted = ascending(entry_of[snapshot.lifting[at]])
        occurrences = float(np.dot(counts, snapshot.weights(at)))
        return Leaf(passages, narrow(counts), entry_of, own, lifted, ascending(entry_of), occurrences)

    def _expand(self, node: Node) -> Sequence[str]:
        """The words of the vocabulary that a prefix or a fuzzy word stands for, the most frequent first if many."""
        field = self._snapshot.fields[node.fieldname]
        if isinstance(node, Prefix):
            words: Sequence[str] = self._snapshot.beginning(node.text)
        else:
            near = self._near(node.text, node.maxdist)
            distances = cdist([node.text], near, scorer=Levenshtein.distance, score_cutoff=node.maxdist)
            words = [near[i] for i in np.flatnonzero(distances[0] <= node.maxdist)] if near else []
        if len(words) > MAX_EXPANSIONS:
            sizes = {word: field.size(field.number(word)) for word in words}
            words = sorted(words, key=lambda word: (-sizes[word], word))[:MAX_EXPANSIONS]
        return words

    @cached_property
    def _near(self) -> Nearby:
        return Nearby(self._snapshot.fields["word"].terms)

    def _read(self, node: Node) -> tuple[Ints, Ints]:
        if isinstance(node, Term):
            return self._term(node)
        if isinstance(node, Phrase):
            return self._phrase(node)
        if isinstance(node, Synonyms):
            return _union([self._read(child) for child in node.subqueries])
        if isinstance(node, Within):
            return self._within(node)
        return self._union_of_terms(node.fieldname, self.expand(node))

    def _term(self, node: Term) -> tuple[Ints, Ints]:
        field = self._snapshot.fields[node.fieldname]
        number = field.number(node.text)
        return field.postings(number) if number >= 0 else _nothing()

    def _union_of_terms(self, name: str, words: Sequence[str]) -> tuple[Ints, Ints]:
        field = self._snapshot.fields[name]
        return _union([field.postings(field.number(word)) for word in words])

    def _phrase(self, node: Phrase) -> tuple[Ints, Ints]:
        """Passages where the words stand one after the other, found from the rarest word outwards."""
        field = self._snapshot.fields[node.fieldname]
        numbers = [field.number(word) for word in node.words]
        if min(numbers) < 0:
            return _nothing()
        sizes = field.sizes[numbers]
        keys: Ints | None = None
        for offset in sorted(range(len(numbers)), key=lambda i: sizes[i]):
            passages, places = field.occurrences(numbers[offset])
            starts = places.astype(np.int64) - offset
            found = paired(passages, starts)[starts >= 0]
            keys = found if keys is None else np.intersect1d(keys, found, assume_unique=True)
            if not len(keys):
                return _nothing()
        assert keys is not None  # noqa: S101  # a phrase has at least two words
        passages = ascending(keys >> 32)
        return passages, np.diff(np.append((keys >> 32).searchsorted(passages), len(keys)))

    def _within(self, node: Within) -> tuple[Ints, Ints]:
        snapshot = self._snapshot
        start, end = node.start.toordinal(), node.end.toordinal()
        inside = np.flatnonzero((snapshot.dates[:, 0] >= start) & (snapshot.dates[:, 1] <= end))
        passages = ascending(np.searchsorted(snapshot.first_date, inside, side="right") - 1)
        passages = passages[snapshot.body[passages]]
        return passages, np.ones(len(passages), np.int32)


def _nothing() -> tuple[Ints, Ints]:
    return np.empty(0, np.int32), np.empty(0, np.int32)


def _union(postings: Sequence[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    """All passages of several postings, with their counts added."""
    if len(postings) < 2:
        return postings[0] if postings else _nothing()
    passages = np.concatenate([p for p, _ in postings])
    counts = np.concatenate([c for _, c in postings])
    order = passages.argsort(kind="stable")
    passages = passages[order]
    kept = ascending(passages)
    return kept, np.add.reduceat(counts[order].astype(np.int32), passages.searchsorted(kept))
