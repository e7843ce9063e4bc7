"""searchapp itself as a contender."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bench.asks import Ask
from bench.page import Page, PageHit
from searchapp.engine import Engine
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Collection, Evidence, Facet, Filter, Query, Results

COMPARED: Final[tuple[Facet, ...]] = ("year", "actor")
"""Facets that the peers count, too. Values of a facet are made when it is first looked at."""


class Ours:
    """The product's own engine on its own index, as its page calls it."""

    name = "searchapp"

    def build(self, collection: Collection, folder: Path) -> None:
        """Rebuild as `searchapp reindex` does."""
        folder.mkdir(parents=True, exist_ok=True)
        WhooshEngine(folder).rebuild(collection)

    def open(self, folder: Path) -> None:
        """Serve what was built there."""
        self.engine: Engine = WhooshEngine(folder, warm=True)

    def close(self) -> None:
        """Let go of the engine and what it holds."""
        del self.engine

    def search(self, ask: Ask) -> Results:
        """Everything that is compared. All facets are counted; of years and actors the values are made here."""
        results = self.engine.search(as_query(ask))
        for facet in COMPARED:
            _ = results.facets[facet]
        return results

    def page(self, ask: Ask) -> Page:
        """The same as a Page."""
        results = self.search(ask)
        hits = (
            PageHit(hit.entry.id, hit.entry.title, tuple(_marked(one) for one in hit.passages)) for hit in results.hits
        )
        return Page(
            total=results.total,
            hits=tuple(hits),
            years={value.value: value.count for value in results.facets["year"] if value.count},
            actors={value.value: value.count for value in results.facets["actor"] if value.count},
        )


def as_query(ask: Ask) -> Query:
    """The query as the search page would make it."""
    filters = {Filter("year", ask.year)} if ask.year else set()
    if ask.actor:
        filters.add(Filter("actor", ask.actor))
    return Query(q=ask.text, filters=frozenset(filters), match="any" if ask.any else "all")


def _marked(evidence: Evidence) -> str:
    parts, end = [], 0
    for start, stop in evidence.marks:
        parts += [evidence.text[end:start], "[[", evidence.text[start:stop], "]]"]
        end = stop
    return "".join((*parts, evidence.text[end:]))
