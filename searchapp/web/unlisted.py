"""Filters by names that the collection does not have: what may have been meant, as notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import extractOne

from searchapp.engine import Engine
from searchapp.model import Facet, Filter, Note, Query, Results

LIKE: Final = 0.8
"""How alike two names are, from 0 to 1, of which one may be meant by the other."""
_NAMED: Final[tuple[Facet, ...]] = ("actor", "place", "document")


def with_unlisted(engine: Engine, results: Results) -> Results:
    """The results, with a note for each selected or excluded name that is none of the collection's."""
    query = results.query
    listed = {(facet, value.value) for facet in _NAMED for value in results.facets.get(facet, ()) if value.count}
    wanted = [what for what in sorted(query.filters) if what.facet in _NAMED and (what.facet, what.value) not in listed]
    if not wanted:
        return results
    notes = tuple(_note(query, what, dict(_spellings(engine, what.facet))) for what in wanted)
    return replace(results, notes=(*(note for note in notes if note), *results.notes))


def _note(query: Query, what: Filter, spellings: dict[str, str]) -> Note | None:
    """`spellings`: what each way to write a name, folded, means."""
    if what.value in spellings.values():
        return None
    folded = what.value.casefold()
    near = extractOne(folded, spellings.keys(), scorer=JaroWinkler.normalized_similarity, score_cutoff=LIKE)
    meant = spellings.get(folded) or (spellings[near[0]] if near else "")
    message = f"There is no {what.facet} “{what.value}” here." + (f" Did you mean {meant}?" if meant else "")
    offer = replace(query, filters=query.filters - {what} | {replace(what, value=meant)}, page=1) if meant else None
    return Note("unlisted", message, (what.facet, what.value, *([meant] if meant else [])), offer)


def _spellings(engine: Engine, facet: Facet) -> Iterator[tuple[str, str]]:
    if facet == "document":
        for outline in engine.documents():
            yield from ((text.casefold(), outline.ref.path) for text in (outline.ref.path, outline.ref.title))
        return
    for found in engine.audit().counts.names:
        name = found.name
        if name.is_place == (facet == "place"):
            yield from ((text.casefold(), name.name) for text in (*name.cased, *name.aliases, name.name))
