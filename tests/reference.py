"""An independent, slow search: plain Python over the passages, written from the semantics and not from the engine.

It shares the analyzer and the query parser with the engine (they say what was asked), and nothing that answers:
no columns, no postings, no numpy.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from in_memory import InMemory
from rapidfuzz.distance import Levenshtein
from reference_reading import reading, similar, suggest
from reference_timeline import timeline
from whoosh.query import And, AndMaybe, Every, FuzzyTerm, Not, NullQuery, Or, Phrase, Prefix, Term
from whoosh.query import Query as Node

from searchapp import audit
from searchapp.engines.whoosh.analysis import Analyzer, Token
from searchapp.engines.whoosh.syntax import Parser
from searchapp.engines.whoosh.tree import Synonyms, Within, deciding_leaves, ranking_leaves
from searchapp.engines.whoosh.wording import Wording
from searchapp.model import (
    FACETS,
    UNDATED,
    Audit,
    Collection,
    DocumentRef,
    Entry,
    Evidence,
    Facet,
    FacetValue,
    Hit,
    IndexUnusable,
    Outline,
    Passage,
    Query,
    Range,
    Results,
    Status,
    Timeline,
)
from searchapp.splitting.actors import Names


@dataclass
class Text:
    """A passage, or the heading path of an entry, with its words."""

    passage: Passage | None
    tokens: list[Token]
    weight: float
    length: float


class Reference(InMemory):
    """An Engine that answers queries by reading every passage every time. Its snippets are whole passages."""

    reading, similar, suggest = reading, similar, suggest

    collection: Collection

    def is_current(self, digest: str) -> bool:
        return self.check().digest == digest

    def keep(self, collection: Collection) -> Status:
        self.collection = collection
        self.analyzer = Analyzer(collection.language)
        self.titles = {e.id: self._text(e.passages[0], 2.0) for e in collection.entries}
        self.bodies = {e.id: [self._body(e, p) for p in e.body] for e in collection.entries}
        self.paths = {e.id: self._path(e) for e in collection.entries}
        opening: dict[str, Entry] = {}
        for entry in collection.entries:
            if opening.setdefault(entry.document.path, entry) is entry and entry.title != entry.document.title:
                self.paths[entry.id] = self._path(entry, entry.document.title)
        self.words = sorted({t.word for e in collection.entries for text in self._texts(e) for t in text.tokens})
        places = frozenset(name.name for name in collection.gazetteer.names if name.is_place)
        self.parser = Parser(Wording([self.analyzer], Names(collection.gazetteer), places, self))
        return self.check()

    def entry(self, entry_id: str) -> Entry | None:
        return next((entry for entry in self._ready().entries if entry.id == entry_id), None)

    def document(self, path: str) -> Outline | None:
        return next((outline for outline in self._ready().outlines if outline.ref.path == path), None)

    def documents(self) -> tuple[DocumentRef, ...]:
        return tuple(outline.ref for outline in self._outlines())

    def _outlines(self) -> tuple[Outline, ...]:
        return tuple(sorted(self._ready().outlines, key=lambda outline: outline.ref.path))

    def check(self) -> Status:
        entries = self._ready().entries
        passages = [passage for entry in entries for passage in entry.body]
        years = [d.year for p in passages for when in p.dates for d in (when.start, when.end)]
        return Status(
            generation="memory",
            digest=self.collection.digest,
            built="2026-01-01T00:00:00Z",
            title=self.collection.title,
            documents=len(self.collection.outlines),
            entries=len(entries),
            sections=sum(entry.kind == "section" for entry in entries),
            news=sum(entry.kind == "news" for entry in entries),
            passages=len(passages),
            actors=len({actor for passage in passages for actor in passage.actors}),
            origins=Counter(passage.date.origin if passage.date else UNDATED for passage in passages),
            years=(min(years), max(years)) if years else None,
            problems=self.collection.problems,
        )

    def every(self, query: Query) -> tuple[Audit, Iterator[Hit]]:
        return self.audit(), iter(self.search(replace(query, page=1, per_page=10**6)).hits)

    def audit(self) -> Audit:
        return Audit(self.check(), {one.ref.path: one for one in self._outlines()}, audit.count(self._ready()))

    def status(self) -> Status:
        return self.check()

    def _ready(self) -> Collection:
        if not hasattr(self, "collection"):
            raise IndexUnusable("nothing was built")
        return self.collection

    def has(self, word: str) -> bool:
        return word in self.words

    def beginning(self, prefix: str) -> Sequence[str]:
        return [word for word in self.words if word.startswith(prefix)]

    def years(self) -> Sequence[int]:
        return sorted({int(y) for e in self.collection.entries for p in e.passages for y in p.years if y != UNDATED})

    def adjacent(self, first: str, second: str) -> bool:
        texts = [{(t.stem, t.position) for t in x.tokens} for e in self.collection.entries for x in self._texts(e)]
        return any((second, place + 1) in there for there in texts for stem, place in there if stem == first)

    def _text(self, passage: Passage, weight: float) -> Text:
        tokens = self.analyzer.tokens(passage.text)
        weight = 0.5 if passage.kind == "caption" else weight
        return Text(passage, tokens, weight, weight * self._length(tokens))

    def _length(self, tokens: Iterable[Token]) -> int:
        return sum(1 for t in tokens if t.width == 1 and t.word not in self.analyzer.stop_words)

    def _body(self, entry: Entry, passage: Passage) -> Text:
        return self.titles[entry.id] if passage is entry.passages[0] else self._text(passage, 1.0)

    def _path(self, entry: Entry, *above: str) -> Text:
        tokens = self.analyzer.tokens(" / ".join((*above, *entry.heading_path)))
        return Text(None, tokens, 0.5, 0.5 * self._length(tokens))

    def _texts(self, entry: Entry) -> Iterator[Text]:
        yield self.titles[entry.id]
        yield from (text for text in self.bodies[entry.id] if text is not self.titles[entry.id])
        yield self.paths[entry.id]

    # -- what a text holds --

    def count(self, node: Node, text: Text) -> int:
        """How often a text holds a leaf."""
        passage = text.passage
        if isinstance(node, Synonyms):
            return sum(self.count(child, text) for child in node.subqueries)
        if isinstance(node, Term) and node.fieldname in ("actor", "place"):
            names = () if passage is None else passage.actors if node.fieldname == "actor" else passage.places
            return int(node.text in names)
        if isinstance(node, Within):
            dates = () if passage is None else passage.dates
            return int(any(node.start <= d.start and d.end <= node.end for d in dates))
        if isinstance(node, Phrase):
            return self._phrases(node, text.tokens)
        fits = self._fits(node)
        return len({(getattr(t, node.fieldname), t.position) for t in text.tokens if fits(getattr(t, node.fieldname))})

    @staticmethod
    def _fits(node: Node) -> Callable[[str], bool]:
        if isinstance(node, Prefix):
            return lambda word: word.startswith(node.text)
        if isinstance(node, FuzzyTerm):
            return lambda word: Levenshtein.distance(word, node.text) <= 1
        return lambda word: word == node.text

    @staticmethod
    def _phrases(node: Phrase, tokens: Sequence[Token]) -> int:
        there = {(getattr(t, node.fieldname), t.position) for t in tokens}
        starts = {t.position for t in tokens if getattr(t, node.fieldname) == node.words[0]}
        return sum(all((word, start + i) in there for i, word in enumerate(node.words)) for start in starts)

    def lifted(self, node: Node, entry: Entry) -> bool:
        """Whether the title or the heading path holds a leaf: then every passage counts as holding it."""
        title = self.titles[entry.id]
        own = self.count(node, title) if self._title_counts(node, entry) else 0
        return bool(own or self.count(node, self.paths[entry.id]))

    @staticmethod
    def _title_counts(node: Node, entry: Entry) -> bool:
        """A title's words always count; its names and dates only where it is text of its own."""
        by_value = isinstance(node, Within) or (isinstance(node, Term) and node.fieldname in ("actor", "place"))
        return not by_value or entry.passages[0] is entry.body[0]

    def holds(self, node: Node, text: Text, entry: Entry) -> bool:
        """Whether a passage, with its headings, satisfies a tree by itself."""
        if isinstance(node, AndMaybe):
            return self.holds(node.a, text, entry)
        if isinstance(node, Not):
            return not self.holds(node.query, text, entry)
        if isinstance(node, And):
            return all(self.holds(child, text, entry) for child in node.subqueries)
        if isinstance(node, Or) and not isinstance(node, Synonyms):
            return any(self.holds(child, text, entry) for child in node.subqueries)
        if isinstance(node, Every):
            return True
        return node is not NullQuery and (self.count(node, text) > 0 or self.lifted(node, entry))

    # -- what matches --

    def matches(self, node: Node, texts: list[Text], entry: Entry) -> bool:
        """Whether these passages of an entry, with its headings, satisfy a tree together."""
        if isinstance(node, AndMaybe):
            return self.matches(node.a, texts, entry)
        if isinstance(node, Not):
            return any(not self.holds(node.query, text, entry) for text in texts)
        if isinstance(node, And):
            left = self.remaining(node, texts, entry)
            wanted = [child for child in node.subqueries if not isinstance(child, Not)]
            return bool(left) and all(self.matches(child, left, entry) for child in wanted)
        if isinstance(node, Or) and not isinstance(node, Synonyms):
            return any(self.matches(child, texts, entry) for child in node.subqueries)
        return any(self.holds(node, text, entry) for text in texts)

    def remaining(self, node: Node, texts: list[Text], entry: Entry) -> list[Text]:
        children = node.subqueries if isinstance(node, And) else [node]
        unwanted = [child.query for child in children if isinstance(child, Not)]
        return [text for text in texts if not any(self.holds(u, text, entry) for u in unwanted)]

    def evidence(self, node: Node, texts: list[Text], entry: Entry) -> list[Text]:
        """Those of the passages that hold one of the words, as far as the exclusions beside it leave them."""
        if isinstance(node, AndMaybe):
            return self.evidence(node.a, texts, entry)
        if isinstance(node, And):
            left = self.remaining(node, texts, entry)
            words = [child for child in node.subqueries if not isinstance(child, Not)]
            return [t for t in left if not words or any(self.evidence(word, [t], entry) for word in words)]
        if isinstance(node, Or) and not isinstance(node, Synonyms):
            return [t for t in texts if any(self.evidence(child, [t], entry) for child in node.subqueries)]
        return [t for t in texts if self.holds(node, t, entry)]

    def eligible(self, query: Query, entry: Entry, leave_out: Facet | None = None) -> list[Text]:
        return [text for text in self.bodies[entry.id] if self._passes(query, entry, text.passage, leave_out)]

    def _passes(self, query: Query, entry: Entry, passage: Passage | None, leave_out: Facet | None) -> bool:
        assert passage is not None
        for facet in {what.facet for what in query.filters}:
            has = set(values(facet, entry, passage))
            if facet != leave_out and query.values(facet) and not has & set(query.values(facet)):
                return False
            if has & set(query.values(facet, exclude=True)):
                return False
        if query.date_from or query.date_to:
            return any(
                (not query.date_from or d.end >= query.date_from) and (not query.date_to or d.start <= query.date_to)
                for d in passage.dates
            )
        return True

    def search(self, query: Query) -> Results:
        parsed = self.parser.parse(query.q, exact=query.exact)
        tree, full, first = self._plan(query, parsed.all, parsed.any, parsed.words)
        found = {}
        for entry in self._ready().entries:
            texts = self.eligible(query, entry)
            if texts and self.matches(tree, texts, entry):
                found[entry.id] = (entry, self.matches(full, texts, entry), self.remaining(tree, texts, entry))
        scores = self._scores(tree, {i: left for i, (_, _, left) in found.items()})
        widened = query.match == "all" and tree is not parsed.all and not first
        rare = parsed.clauses if widened and len(parsed.clauses) <= 3 and query.sort == "relevance" else ()

        def place(i: str) -> tuple[object, ...]:
            entry, full, left = found[i]
            day, rarity = self._by_date(query, tree, entry, left), self._rarity(rare, entry, left)
            return first and not full, day, -rarity, -round(scores[i][0], 9), i

        order = sorted(found, key=place)
        page = order[(query.page - 1) * query.per_page : query.page * query.per_page]
        return Results(
            query,
            total=len(found),
            full_matches=sum(is_full for _, is_full, _ in found.values()),
            any_matches=self._count(query, parsed.any),
            took_ms=0.0,
            hits=tuple(self._hit(query, tree, *found[i], scores[i]) for i in page),
            facets={facet: self._facet(query, tree, facet) for facet in FACETS if self._is_offered(facet, query)},
        )

    def timeline(self, query: Query) -> Timeline:
        return timeline(self.search, query)

    def _is_offered(self, facet: Facet, query: Query) -> bool:
        named = any(passage.places for entry in self.collection.entries for passage in entry.body)
        return facet != "place" or named or any(f.facet == "place" for f in query.filters)

    def _count(self, query: Query, tree: Node) -> int:
        eligible = ((self.eligible(query, entry), entry) for entry in self.collection.entries)
        return sum(bool(texts) and self.matches(tree, texts, entry) for texts, entry in eligible)

    def _hit(
        self, query: Query, tree: Node, entry: Entry, full: bool, left: list[Text], scores: tuple[float, list[float]]
    ) -> Hit:
        count, best = self._evidence(query, tree, entry, left, scores[1])
        shown = tuple(Evidence(p.text, self._marks(tree, p), p) for p in best)
        return Hit(entry, scores[0], full, self._marks(tree, entry.passages[0]), count, shown)

    def marks(self, query: Query, entry_id: str) -> tuple[tuple[Range, ...], ...]:
        entry = self.entry(entry_id)
        parsed = self.parser.parse(query.q, exact=query.exact)
        tree = self._plan(query, parsed.all, parsed.any, parsed.words)[0]
        return tuple(self._marks(tree, passage) for passage in entry.passages) if entry else ()

    def _marks(self, tree: Node, passage: Passage) -> tuple[Range, ...]:
        """Every character that is part of a match, as ranges."""
        tokens = self.analyzer.tokens(passage.text)
        covered: set[int] = set()
        for leaf, _ in ranking_leaves(tree):
            for start, end in self._spans(leaf, passage, tokens):
                covered.update(range(start, end))
        starts = sorted(i for i in covered if i - 1 not in covered)
        ends = sorted(i + 1 for i in covered if i + 1 not in covered)
        return tuple(zip(starts, ends, strict=True))

    def _spans(self, node: Node, passage: Passage, tokens: Sequence[Token]) -> Iterator[Range]:
        if isinstance(node, Synonyms):
            for child in node.subqueries:
                yield from self._spans(child, passage, tokens)
        elif isinstance(node, Within):
            dates = [d for d in passage.dates if d.span and node.start <= d.start and d.end <= node.end]
            yield from (d.span for d in dates if d.span)
        elif isinstance(node, Phrase):
            at = {(getattr(t, node.fieldname), t.position): t for t in tokens}
            for (word, position), first in at.items():
                run = [at.get((w, position + i)) for i, w in enumerate(node.words)]
                if word == node.words[0] and all(run) and run[-1]:
                    yield first.start, run[-1].end
        elif isinstance(node, Term) and node.fieldname in ("actor", "place"):
            yield from ((m.start, m.end) for m in passage.mentions if m.name == node.text)
        else:
            fits = self._fits(node)
            yield from ((t.start, t.end) for t in tokens if fits(getattr(t, node.fieldname)))

    def _plan(self, query: Query, all_: Node, any_: Node, words: int) -> tuple[Node, Node, bool]:
        if query.match == "any":
            return any_, all_, False
        alone = [e for e in self.collection.entries if self.matches(all_, self.bodies[e.id], e)]
        widens = any(self.matches(any_, self.bodies[e.id], e) for e in self.collection.entries)
        if widens and not alone:
            return any_, all_, False
        if widens and words >= 4 and len(alone) < 3:
            return any_, all_, True
        return all_, all_, False

    def _rarity(self, clauses: Sequence[Node], entry: Entry, left: list[Text]) -> float:
        """How rare the clauses are that an entry holds."""
        entries, total = self.collection.entries, 0.0
        for clause in clauses:
            holders = sum(self.matches(clause, self.bodies[e.id], e) for e in entries)
            if self.matches(clause, left, entry):
                total += math.log1p((len(entries) - holders + 0.5) / (holders + 0.5))
        return round(total, 9)

    def _by_date(self, query: Query, tree: Node, entry: Entry, left: list[Text]) -> float:
        if query.sort == "relevance":
            return 0
        holding = self.evidence(tree, left, entry)
        best = [t.passage.date for t in holding if t.passage and t.passage.date]
        if not best:
            return math.inf
        if query.sort == "newest":
            return -max(d.start.toordinal() for d in best)
        return min(d.start.toordinal() for d in best)

    def _facet(self, query: Query, tree: Node, facet: Facet) -> tuple[FacetValue, ...]:
        counts: dict[str, int] = dict.fromkeys(query.values(facet), 0)
        excluded = query.values(facet, exclude=True)
        back = query
        for f in query.filters:
            back = back.toggle(f) if f.facet == facet and f.exclude else back
        for entry in self.collection.entries:
            for which, asked in ((False, query), (True, back)):
                texts = self.eligible(asked, entry, leave_out=facet)
                for value in {v for t in texts if t.passage for v in values(facet, entry, t.passage)}:
                    clicked = [t for t in texts if t.passage and value in values(facet, entry, t.passage)]
                    if (value in excluded) == which and self.matches(tree, clicked, entry):
                        counts[value] = counts.get(value, 0) + 1
        counts |= {value: counts.get(value, 0) for value in excluded}
        found = [FacetValue(v, n, v in query.values(facet), v in excluded) for v, n in counts.items()]
        if facet == "year":
            return tuple(sorted(found, key=lambda v: (v.value == UNDATED, v.value)))
        titles = {"section": "Section", "news": "News item"} if facet == "kind" else {}
        titles |= {o.ref.path: o.ref.title for o in self.collection.outlines if facet == "document"}
        names = {v.value: titles.get(v.value) or v.value for v in found}
        by_count = query.facet_order == "count"
        return tuple(sorted(found, key=lambda v: (-v.count if by_count else 0, _by_numbers(names[v.value]), v.value)))

    # -- evidence and scores --

    def _evidence(
        self, query: Query, tree: Node, entry: Entry, left: list[Text], scores: list[float]
    ) -> tuple[int, list[Passage]]:
        leaves = list(dict.fromkeys(deciding_leaves(tree)))
        evidence = self.evidence(tree, left, entry)
        if not leaves:
            return len(evidence), [t.passage for t in evidence[: query.passages] if t.passage]
        ranked = []
        for i, text in enumerate(left):
            if not any(text is found for found in evidence):
                continue
            holding = sum(self.holds(leaf, text, entry) for leaf in leaves)
            own = sum(self.count(leaf, text) > 0 for leaf in leaves)
            ranked.append((-holding, -own, -round(scores[i], 9), i))
        ranked.sort()
        shown = [left[i].passage for *_, i in ranked[: query.passages]]
        return len(ranked), [p for p in shown if p]

    def _scores(self, tree: Node, found: dict[str, list[Text]]) -> dict[str, tuple[float, list[float]]]:
        entries = self.collection.entries
        lengths = {e.id: sum(t.length for t in self._texts(e)) for e in entries}
        average = sum(lengths.values()) / max(len(lengths), 1) or 1.0
        whole = [self._with_title(e, t) for e in entries for t in self._texts(e) if t.passage or t.tokens]
        passage_average = sum(whole) / max(len(whole), 1) or 1.0
        totals = {i: (0.0, [0.0] * len(left)) for i, left in found.items()}
        for node, boost in ranking_leaves(tree):
            counts = [sum(self._counted(node, e, t) for t in self._texts(e)) for e in entries]
            idf = boost * weight(len(entries), sum(count > 0 for count in counts), sum(counts))
            for entry in entries:
                if entry.id not in found:
                    continue
                score, parts = totals[entry.id]
                title, left = self.titles[entry.id], found[entry.id]
                counted = [*left, *([] if title in left else [title]), self.paths[entry.id]]
                tf = sum(self._counted(node, entry, t) for t in counted)
                score += idf * bm25(tf, lengths[entry.id], average)
                for i, text in enumerate(left):
                    both = [text] if text is title else [text, title]
                    tf = sum(self._counted(node, entry, t) for t in both)
                    parts[i] += idf * bm25(tf, self._with_title(entry, text), passage_average)
                totals[entry.id] = (score, parts)
        return {i: (score + max(parts, default=0.0), parts) for i, (score, parts) in totals.items()}

    def _counted(self, node: Node, entry: Entry, text: Text) -> float:
        if text is self.titles[entry.id] and not self._title_counts(node, entry):
            return 0.0
        return self.count(node, text) * text.weight

    def _with_title(self, entry: Entry, text: Text) -> float:
        title = self.titles[entry.id]
        return text.length + (0 if text is title else title.length)


def _by_numbers(name: str) -> list[tuple[bool, int, str]]:
    """Runs of digits by what they count, before other text."""
    runs = groupby(name.casefold(), key=lambda c: c in "0123456789")
    parts = [(is_number, "".join(run)) for is_number, run in runs]
    return [(False, int(part), "") if is_number else (True, 0, part) for is_number, part in parts]


def weight(entries: int, holders: int, occurrences: float) -> float:
    """Rarity, as found and as chance would have it, times how often a word comes back."""
    by_chance = entries * (1 - math.exp(-occurrences / max(entries, 1)))
    rarity = [math.log(1 + (entries - n + 0.5) / (n + 0.5)) for n in (holders, by_chance)]
    return sum(rarity) / 2 * min(occurrences / max(holders, 1), 4)


def bm25(tf: float, length: float, average: float) -> float:
    return tf * 2.2 / (tf + 1.2 * (0.35 + 0.65 * length / average))


def values(facet: Facet, entry: Entry, passage: Passage) -> tuple[str, ...]:
    """The values of a passage in a facet."""
    if facet == "year":
        return passage.years
    others = {
        "actor": passage.actors,
        "place": passage.places,
        "kind": (entry.kind,),
        "document": (entry.document.path,),
    }
    return others[facet]
