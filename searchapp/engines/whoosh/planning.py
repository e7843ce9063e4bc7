"""How a query is carried out. Decided by its words alone, before any filter, so that no click changes it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
from whoosh.query import Query as Node

from searchapp.bounded import Cache, unowned
from searchapp.engines.whoosh.finding import Finders
from searchapp.engines.whoosh.matching import Matcher
from searchapp.engines.whoosh.runs import Alias
from searchapp.engines.whoosh.spelling import Speller
from searchapp.engines.whoosh.syntax import Parsed
from searchapp.engines.whoosh.tuning import FEW_CLAUSES
from searchapp.model import Facet, Filter, Match, Note

EXTEND_WORDS = 4
EXTEND_BELOW = 3
"""From four plain words on, fewer than three full matches are followed by entries with any of the words."""
KEPT_BYTES = 4 << 20
"""Of plans: what was asked before is not read again."""

_OPERATORS = re.compile(r"[()]|(?<!\S)(?:OR|NOT)(?!\S)")

NoteWithOffer = tuple[Note, Mapping[str, Any]]
"""A note, and the fields of the query that its offer changes; empty for a note without one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a query asks of entries, and what the reader is told about it."""

    parsed: Parsed
    tree: Node
    """What entries must match."""
    notes: tuple[NoteWithOffer, ...]
    full: Node | None = None
    """What full matches must match where that is less than the tree gives; None when all are full."""
    first: bool = False
    """Whether full matches stand above the others."""
    by_rarity: tuple[Node, ...] = ()
    """Clauses of which the rarer ones decide the order before the score; none where the score decides alone."""
    suggestion: str = ""


class Planner:
    """Plans queries on one snapshot."""

    def __init__(self, finders: Finders, matcher: Matcher) -> None:
        self._snapshot = finders.snapshot
        self._leaves = finders.leaves
        self._matcher = matcher
        self._speller = Speller(finders)
        self._kept: Cache[tuple[str, Match, bool], Plan] = Cache(unowned(self._asked), _plan_bytes, KEPT_BYTES)

    def plan(self, q: str, match: Match, exact: bool) -> Plan:
        """The plan for what stands in the box and how it is to be matched."""
        return self._kept((q, match, exact))

    def _asked(self, asked: tuple[str, Match, bool]) -> Plan:
        return self._plan(*asked)

    def _plan(self, q: str, match: Match, exact: bool, *, guess: bool = True) -> Plan:
        """`guess`: whether another query may be taken in its place; what is taken is carried out as it is."""
        parsed = self._snapshot.parser.parse(q, exact=exact)
        suggested = self._speller.suggestion(parsed) if guess else None
        any_count = self._count(parsed.any)
        if suggested and suggested.sure and not exact and (suggested.whole or not any_count):
            return self._suggested(parsed, suggested.q, match, exact=exact)
        suggestion = suggested.q if suggested else ""
        notes = [*_plain(parsed.notes), *_plain(self._unknown(parsed)), *self._aliases(parsed), *self._dates(parsed)]
        notes += self._left_out(parsed)
        if match == "any":
            return Plan(parsed, parsed.any, tuple(notes), parsed.all, suggestion=suggestion)
        complete = self._count(parsed.all)
        widens = parsed.any != parsed.all and any_count > 0
        if not complete and widens:
            notes.insert(0, (Note("widened", tuple(parsed.stopped)), {}))
            few = parsed.clauses if len(parsed.clauses) <= FEW_CLAUSES else ()
            return Plan(parsed, parsed.any, tuple(notes), parsed.all, by_rarity=few, suggestion=suggestion)
        if parsed.words >= EXTEND_WORDS and complete < EXTEND_BELOW and widens:
            notes.insert(0, (Note("extended", tuple(parsed.stopped)), {}))
            return Plan(parsed, parsed.any, tuple(notes), parsed.all, first=True, suggestion=suggestion)
        return Plan(parsed, parsed.all, tuple(notes), suggestion=suggestion)

    def _suggested(self, typed: Parsed, suggestion: str, match: Match, *, exact: bool) -> Plan:
        """Nothing at all holds what was typed: show at once what was probably meant, and say so."""
        plan = self._plan(suggestion, match, exact, guess=False)
        of_typed = [note for note in typed.notes if note not in plan.parsed.notes]
        return Plan(
            plan.parsed,
            plan.tree,
            ((Note("suggested", (typed.text, suggestion)), {}), *_plain(of_typed), *plan.notes),
            plan.full,
            plan.first,
            plan.by_rarity,
            suggestion,
        )

    def _count(self, tree: Node) -> int:
        """How many entries match a tree on the whole corpus."""
        return len(self._matcher.match(tree, self._matcher.everything, self._matcher.entries))

    def _unknown(self, parsed: Parsed) -> list[Note]:
        words = list(dict.fromkeys(typed.text for typed in self._speller.unknown(parsed)))
        return [Note("unknown", tuple(words))] if words else []

    def _aliases(self, parsed: Parsed) -> list[NoteWithOffer]:
        """What was also searched, for every typed name that finds more by it than by its letters; and these alone,
        where they find anything."""
        notes: list[NoteWithOffer] = []
        for alias in dict.fromkeys(parsed.aliases):
            literal = self._matcher.holds(alias.literal)
            if np.any(~literal[self._leaves.leaf(alias.named).own]):
                others = self._other_spellings(alias)
                change = {"exact": True} if literal.any() else {}
                notes.append((Note("alias", (alias.typed, alias.name, *others)), change))
        return notes

    def _left_out(self, parsed: Parsed) -> list[NoteWithOffer]:
        """For every name of which only the typed spelling is left out: the filter that leaves out all of them."""
        notes: list[NoteWithOffer] = []
        for one in parsed.left_out:
            if np.any(~self._matcher.holds(one.literal)[self._leaves.leaf(one.named).own]):
                before, after = parsed.text[: one.start], parsed.text[one.end :]
                facet: Facet = "place" if self._snapshot.names[one.name].is_place else "actor"
                others = frozenset({Filter(facet, one.name, exclude=True)})
                alone = not _OPERATORS.search(before + after)
                change = {"q": _rest(before, after, parsed), "filters": others} if alone else {}
                notes.append((Note("left_out", (one.typed, one.name)), change))
        return notes

    def _other_spellings(self, alias: Alias) -> list[str]:
        known = self._snapshot.names.get(alias.name)
        spellings = (alias.name,) if known is None else (known.name, *known.cased, *known.aliases)
        return [name for name in spellings if name.casefold() != alias.typed.casefold()]

    def _dates(self, parsed: Parsed) -> list[NoteWithOffer]:
        """For every typed date that passages are of, or that is within a longer time that they are of: that such dates
        are searched too, and the filter that keeps these passages, where the query says the same without the date."""
        notes: list[NoteWithOffer] = []
        first, last = self._snapshot.dates.T
        for typed in parsed.dates:
            days = sorted((within.start.toordinal(), within.end.toordinal()) for within in typed.within)
            if not any(np.any((first <= end) & (last >= start)) for start, end in days):
                continue
            before, after = parsed.text[: typed.start], parsed.text[typed.end :]
            alone = not _OPERATORS.search(before + after) and not before.endswith("-")
            one_span = all(start <= end + 1 for (_, end), (start, _) in pairwise(days))
            start, end = date.fromordinal(days[0][0]), date.fromordinal(days[-1][1])
            dated = {"q": _rest(before, after, parsed), "date_from": start, "date_to": end}
            change = dated if alone and one_span else {}
            notes.append((Note("date", (typed.text,)), change))
        return notes


def _rest(before: str, after: str, parsed: Parsed) -> str:
    """What is left of a query without one of its parts; nothing where only stop words or signs are."""
    words = f"{before} {after}".split()
    stopped = {word.casefold() for word in parsed.stopped}
    asked = any(any(c.isalnum() for c in word) and word.casefold() not in stopped for word in words)
    return " ".join(words) if asked else ""


def _plan_bytes(plan: Plan) -> int:
    """About what a plan takes: 5,000 characters and so much for each node of its trees, which share theirs."""
    return 5_000 + 1_000 * _nodes(plan.parsed.all)


def _nodes(tree: Node) -> int:
    return 1 + sum(_nodes(child) for child in tree.children())


def _plain(notes: Iterable[Note]) -> list[NoteWithOffer]:
    return [(note, {}) for note in notes]
