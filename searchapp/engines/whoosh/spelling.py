"""Suggestions for words that the corpus does not have, from its own words and names."""

from __future__ import annotations

from functools import cached_property

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from searchapp.engines.whoosh.analysis import fold
from searchapp.engines.whoosh.leaves import Leaves
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.syntax import Parsed, deciding_leaves

SHORTEST = 4
"""Shorter words are one letter away from too many others."""


class Speller:
    """Finds the word that was probably meant."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def _words(self) -> list[str]:
        """Words of the vocabulary that may be suggested."""
        return [word for word in self._snapshot.fields["word"].terms if len(word) >= SHORTEST and word.isalpha()]

    def suggestion(self, q: str, parsed: Parsed, leaves: Leaves) -> str:
        """The query with each plain word that occurs nowhere replaced by the nearest that does; '' if none is near."""
        better = q
        for typed in reversed(parsed.typed):
            known = any(leaves.leaf(node).entries for node in deciding_leaves(typed.node))
            if not known and (near := self.nearest(typed.text)):
                better = better[: typed.start] + near + better[typed.end :]
        return better if better != q else ""

    def nearest(self, word: str) -> str:
        """The nearest word of the vocabulary, the more frequent of equals; '' when none is near enough."""
        folded = "".join(c for c in fold(word)[0] if c.isalnum())
        if len(folded) < SHORTEST:
            return ""
        limit = 1 if len(folded) < 6 else 2
        near = extract(folded, self._words, scorer=OSA.distance, score_cutoff=limit, limit=20)
        field = self._snapshot.fields["word"]
        ranked = sorted(near, key=lambda hit: (hit[1], -len(field.postings(field.number(hit[0]))[0]), hit[0]))
        return str(ranked[0][0]) if ranked else ""
