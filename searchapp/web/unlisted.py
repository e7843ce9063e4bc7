"""Filters by names that the collection does not have: what may have been meant, as notes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import extractOne

from searchapp.engine import Engine
from searchapp.model import Facet, Filter, Note, Query, Results

LIKE: Final = 0.8
"""How alike two names are, from 0 to 1, of which one may be meant by the other."""
MOST: Final = 5
"""Names that are told as unknown; each is compared with all that are known."""
_NAMED: Final[tuple[Facet, ...]] = ("actor", "place", "document")


def with_unlisted(engine: Engine, results: Results) -> Results:
    """The results, with a note for each selected or excluded name that is none of the collection's."""
    query = results.query
    wanted = [what for what in sorted(query.filters) if what.facet in _NAMED and not _is_listed(what, results)]
    if not wanted:
        return results
    told = wanted[:MOST]
    known = {facet: dict(_spellings(engine, facet)) for facet in {what.facet for what in told}}
    notes = tuple(_note(query, what, known[what.facet]) for what in told)
    return replace(results, notes=(*(note for note in notes if note), *results.notes))


def _is_listed(what: Filter, results: Results) -> bool:
    return any(value.count and value.value == what.value for value in results.facets.get(what.facet, ()))


def _note(query: Query, what: Filter, spellings: dict[str, str]) -> Note | None:
    """`spellings`: what each way to write a name, folded, means."""
    if what.value in spellings.values():
        return None
    meant = spellings.get(_nearest(what.value.casefold(), spellings), "")
    offer = replace(query, filters=query.filters - {what} | {replace(what, value=meant)}, page=1) if meant else None
    return Note("unlisted", (what.facet, what.value, *([meant] if meant else [])), offer)


def _nearest(text: str, spellings: Collection[str]) -> str:
    """The same spelling, or the shortest that goes on after a word, or the one most like it; empty for none."""
    if longer := [spelling for spelling in spellings if f"{spelling} ".startswith(f"{text} ")]:
        return min(longer, key=len)
    found = extractOne(text, list(spellings), scorer=JaroWinkler.normalized_similarity, score_cutoff=LIKE)
    return found[0] if found else ""


def _spellings(engine: Engine, facet: Facet) -> Iterator[tuple[str, str]]:
    if facet == "document":
        for ref in engine.documents():
            yield from ((text.casefold(), ref.path) for text in (ref.path, ref.title))
        return
    for found in engine.audit().counts.names:
        name = found.name
        if name.is_place == (facet == "place"):
            yield from ((text.casefold(), name.name) for text in (*name.cased, *name.aliases, name.name))
