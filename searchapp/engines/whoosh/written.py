"""How the documents write a word of the index."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from whoosh.query import Term

from searchapp.engines.whoosh.finding import Finders
from searchapp.engines.whoosh.snippets import Marker

SEEN = 3
"""Passages that are looked into."""


def as_written(finders: Finders, word: str) -> str:
    """A word as the documents write it, without a capital where it also stands without one."""
    field = finders.snapshot.fields["word"]
    passages = field.postings(field.number(word))[0][:SEEN].tolist()
    first = ""
    for form in (form for number in passages for form in _forms(finders, number, word)):
        if form[0].islower():
            return form
        first = first or form
    return first or word


def _forms(finders: Finders, number: int, word: str) -> Iterable[str]:
    snapshot = finders.snapshot
    entry = snapshot.entry(int(snapshot.entry_of[number]))
    ordinal = number - int(snapshot.first[snapshot.entry_of[number]])
    if ordinal >= len(entry.passages):  # the headings above an entry, which are no passage of it
        return ()
    passage = entry.passages[ordinal]
    marker = Marker(finders, [(Term("word", word), 1.0)])
    (found,) = marker.find([(entry, passage)], marker.counts(np.array([number])))
    return (passage.text[start:end] for start, end, _ in found)
