"""More like this: the words by which an entry stands out, and the other entries that hold them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

import numpy as np
from whoosh.classify import Bo1Model
from whoosh.query import Or, Term

from searchapp.engines.whoosh.leaves import Leaves
from searchapp.engines.whoosh.matching import Eligible
from searchapp.engines.whoosh.ranking import Ranker
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.model import Entry, Similar

KEY_TERMS: Final = 20
"""Words that stand for an entry; more of them add what half of a collection holds."""
LEAST_SHARED: Final = 3
"""Fewer words in common are chance."""
SHOWN_SHARED: Final = 5
LOOKED_AT: Final = 100_000
"""Characters of an entry: what is in one may be two million, and who asks waits."""


def similar(snapshot: Snapshot, leaves: Leaves, ranker: Ranker, number: int, limit: int) -> tuple[Similar, ...]:
    """The entries that hold most of an entry's key terms, by the engine's own ranking of a search for these."""
    entry = snapshot.entry(number)
    written = _words(snapshot, entry)
    terms = key_terms(snapshot, {stem: sum(forms.values()) for stem, forms in written.items()})
    if not terms:
        return ()
    nodes = {stem: Term("stem", stem, boost=weight) for stem, weight in terms.items()}
    holders = {stem: leaves.leaf(node).entries for stem, node in nodes.items()}
    shared = np.zeros(snapshot.entries, np.int64)
    for entries in holders.values():
        shared[entries] += 1
    alike = shared >= min(LEAST_SHARED, len(terms))
    alike[number] = False
    everything = Eligible(snapshot.body, whole=True)
    scores = ranker.scores(ranker.ranked(Or(list(nodes.values()))), everything, alike.nonzero()[0])
    best = ranker.order(scores, None, "relevance", everything, limit)[:limit]
    return tuple(
        Similar(
            snapshot.entry(other),
            tuple(
                max(written[stem], key=lambda form, stem=stem: (written[stem][form], form))  # type: ignore[misc]
                for stem in terms
                if other in holders[stem]
            )[:SHOWN_SHARED],
        )
        for other in best.tolist()
    )


def key_terms(snapshot: Snapshot, counts: Mapping[str, int]) -> dict[str, float]:
    """The stems that stand out of an entry with these counts, and their weights from 0 to 1, most telling first.

    Weighted by Whoosh's Bo1 model of query expansion (Amati, Probability Models for Information Retrieval Based on
    Divergence from Randomness, 2003): how unlikely so many occurrences are where all are dealt out at random. A word
    that no other entry holds finds nothing and is left out.
    """
    field = snapshot.words.stems
    model = Bo1Model(snapshot.entries, snapshot.words_in_all)
    total = sum(counts.values())
    weights = {}
    for stem, count in counts.items():
        at = field.number(stem)
        if at < 0:
            continue
        first, last = field.passages.ends(at, field.size(at))
        if snapshot.entry_of[first] != snapshot.entry_of[last]:
            weights[stem] = float(model.score(count, field.total(at), total))
    # Equal weights are equal to so many digits: the same sum in another order is no reason for another order of words.
    best = sorted(weights, key=lambda stem: (-round(weights[stem], 9), stem))[:KEY_TERMS]
    return {stem: weights[stem] / weights[best[0]] for stem in best}


def _words(snapshot: Snapshot, entry: Entry) -> Mapping[str, Counter[str]]:
    """The stems of an entry's words that say something, each with its forms as written and how often.

    Of the first `LOOKED_AT` characters, which tell what an entry is about as well as all of it.
    """
    left = LOOKED_AT
    stop_words = snapshot.analyzers[0].stop_words
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for passage in entry.passages:
        if left <= 0:
            break
        for token in snapshot.tokens(passage.text[:left], entry.lang):
            if token.width == 1 and len(token.word) > 2 and token.word not in stop_words and not token.word.isdecimal():
                written[token.stem][passage.text[token.start : token.end]] += 1
        left -= len(passage.text)
    return written
