"""One search on one snapshot: from a Query to Results."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from whoosh.query import And

from searchapp.bounded import unowned
from searchapp.engines.whoosh.arrays import Floats, Ints, Mask
from searchapp.engines.whoosh.counting import Counted, Counter, Search
from searchapp.engines.whoosh.documents import reading
from searchapp.engines.whoosh.explaining import Explainer
from searchapp.engines.whoosh.finding import Finders
from searchapp.engines.whoosh.hits import HitMaker
from searchapp.engines.whoosh.leaves import Leaves
from searchapp.engines.whoosh.matching import Eligible, Matcher
from searchapp.engines.whoosh.planning import Plan, Planner
from searchapp.engines.whoosh.ranking import Ranker
from searchapp.engines.whoosh.similar import similar
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.subset import Subset
from searchapp.engines.whoosh.suggesting import Suggester
from searchapp.engines.whoosh.timeline import timeline
from searchapp.engines.whoosh.tree import has_inner_exclusions
from searchapp.model import (
    FACETS,
    Facet,
    Found,
    Hit,
    Note,
    Outline,
    Query,
    Range,
    Reason,
    Results,
    Similar,
    Timeline,
)


class Searcher:
    """Searches one snapshot; any number of threads may share it."""

    def __init__(self, snapshot: Snapshot, generation: str) -> None:
        self._snapshot = snapshot
        self._generation = generation
        self._leaves = Leaves(snapshot)
        self._matcher = Matcher(snapshot, self._leaves)
        self._ranker = Ranker(snapshot, self._leaves)
        self._finders = Finders(snapshot, self._leaves)
        self._facets = {facet: Counter(snapshot, self._matcher, facet) for facet in FACETS}
        self._shown_facets = [facet for facet in FACETS if facet != "place" or snapshot.fields[facet].terms]
        self._plan = Planner(self._finders, self._matcher).plan
        self.suggest = Suggester(self._finders, unowned(self._total)).suggest

    def search(self, query: Query) -> Results:
        """The answer to a query."""
        started = time.perf_counter()
        plan = self._plan(query.q, query.match, query.exact)
        eligible = self._matcher.eligible(query)
        matched = self._matcher.match(plan.tree, eligible, self._matcher.entries)
        entries = matched.numbers
        full = None if plan.full is None else self._matcher.match(plan.full, eligible, self._matcher.entries).mask
        hits = self._hits(query, plan, entries, full, eligible)
        counters = {facet: self._facets[facet] for facet in self._offered_facets(query)}
        total = len(entries)
        any_matches = self._any_matches(plan, eligible, total)
        found = Subset(matched.size, few=entries)  # whose numbers are known by now, however many they are
        if isinstance(plan.tree, And):  # most of what holds one of several words is in no entry that holds them all
            eligible = eligible.within(matched, self._snapshot.entry_of)
        return Results(
            query=query,
            total=total,
            full_matches=total if full is None else int(np.count_nonzero(full[entries])),
            any_matches=any_matches,
            took_ms=round((time.perf_counter() - started) * 1000, 3),
            hits=hits,
            facets=Counted(Search(query, query.selected(), plan.tree, eligible, found), counters),
            notes=tuple(self._offered(note, change, query) for note, change in plan.notes),
            suggestion=plan.suggestion,
            generation=self._generation,
        )

    def reading(self, query: Query, outline: Outline, lines: Range | None) -> Mapping[str, Found]:
        """What a query finds in a document, by entry id, with marks in some lines or all."""
        plan = self._plan(query.q, query.match, query.exact)
        return reading(self._finders, self._matcher, plan, query, outline, lines)

    def similar(self, number: int, limit: int) -> tuple[Similar, ...]:
        """The entries most like one."""
        return similar(self._snapshot, self._leaves, self._ranker, number, limit)

    def _total(self, q: str) -> int:
        """How many entries hold all of a text, without any of a plan's second thoughts."""
        tree = self._snapshot.parser.parse(q, exact=False).all
        return len(self._matcher.match(tree, self._matcher.everything, self._matcher.entries))

    def _offered_facets(self, query: Query) -> list[Facet]:
        """All facets; that of places only where the corpus names some, or the query asks for one."""
        if not query.filters:
            return self._shown_facets
        asked = {what.facet for what in query.filters}
        return [facet for facet in FACETS if facet in self._shown_facets or facet in asked]

    def _any_matches(self, plan: Plan, eligible: Eligible, total: int) -> int:
        if plan.tree == plan.parsed.any:
            return total
        return len(self._matcher.match(plan.parsed.any, eligible, self._matcher.entries))

    @staticmethod
    def _offered(note: Note, change: Mapping[str, Any], query: Query) -> Note:
        if not change:
            return note
        offer = replace(query, page=1, **change)
        offer = replace(offer, filters=query.filters | offer.filters)
        if any(replace(what, exclude=not what.exclude) in query.filters for what in change.get("filters", ())):
            return note  # what is asked for cannot be left out as well
        if query.date_from and offer.date_from:
            offer = replace(offer, date_from=max(query.date_from, offer.date_from))
        if query.date_to and offer.date_to:
            offer = replace(offer, date_to=min(query.date_to, offer.date_to))
        if offer.date_from and offer.date_to and offer.date_from > offer.date_to:
            return note
        return replace(note, offer=offer)

    def timeline(self, query: Query) -> Timeline:
        """When the evidence of a query happened."""
        plan = self._plan(query.q, query.match, query.exact)
        return timeline(self._snapshot, self._matcher, plan, query, self._generation)

    # -- the page --

    def _hits(self, query: Query, plan: Plan, entries: Ints, full: Mask | None, eligible: Eligible) -> tuple[Hit, ...]:
        remaining = self._matcher.remaining(plan.tree, eligible)
        ranked = self._ranker.ranked(plan.tree)
        last = query.page * query.per_page
        tier = full if plan.first else self._rarity(plan, query, remaining)
        if remaining.whole and tier is None and query.sort == "relevance":
            entries = self._ranker.best(ranked, entries, last)
        scores = self._ranker.scores(ranked, remaining, entries)
        # Most often a passage is evidence if it holds a word, which is quicker to see for the page alone.
        inner = has_inner_exclusions(plan.tree)
        evidence = self._matcher.evidence(plan.tree, eligible) if inner or query.sort != "relevance" else remaining
        page = self._ranker.order(scores, tier, query.sort, evidence, last)[last - query.per_page : last]
        if not len(page):
            return ()
        maker = HitMaker(self._finders, query, plan, evidence, scores, known=inner)
        explain: Callable[[int], tuple[Reason, ...]] = _unexplained
        if query.explain:
            explain = Explainer(self._snapshot, self._leaves, self._ranker, plan, remaining, page).reasons
        return maker.hits(page, full, explain)

    def _rarity(self, plan: Plan, query: Query, eligible: Eligible) -> Floats | None:
        """[entries] what decides before the score where a short query was widened; None where nothing does."""
        if not plan.by_rarity or query.sort != "relevance":
            return None
        match, everything, entries = self._matcher.match, self._matcher.everything, self._matcher.entries
        holders = [len(match(clause, everything, entries)) for clause in plan.by_rarity]
        held = [match(clause, eligible, entries).mask for clause in plan.by_rarity]
        return self._ranker.rarity(list(zip(held, holders, strict=True)))


def _unexplained(_: int) -> tuple[Reason, ...]:
    return ()
