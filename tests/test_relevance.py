"""Judged queries on the seeds: a researcher who types this must find that. The judgments are in relevance/."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from running import SHOWN_AT_THE_END, Searchapp

from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import FACETS, Filter, Passage, Query, Results

HERE = Path(__file__).parent
JUDGMENTS = HERE / "relevance" / "judgments.toml"
SEEDS = HERE.parent / "seeds"
PASSAGES = 50
LEAST = 10
"""Queries that a category must have before its rate says anything."""
FLOORS = {"phrases": 1.0, "exclusions": 1.0, "filters": 1.0, "nothing": 1.0}
"""What must never fail: a reader can tell that these are wrong."""
FLOOR = 0.8
"""For every other category, so that a bad one cannot hide in the whole."""
OVERALL = 0.97


@dataclass(frozen=True)
class Judged:
    """A query and what was judged of its answer; the fields are described at the head of judgments.toml."""

    q: str
    category: str
    year: list[str] = field(default_factory=list)
    actor: list[str] = field(default_factory=list)
    place: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    document: list[str] = field(default_factory=list)
    not_year: list[str] = field(default_factory=list)
    not_actor: list[str] = field(default_factory=list)
    not_place: list[str] = field(default_factory=list)
    not_kind: list[str] = field(default_factory=list)
    not_document: list[str] = field(default_factory=list)
    date_from: str = ""
    date_to: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    """match, exact, sort: as in Query."""
    first: list[str] = field(default_factory=list)
    must: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)
    nothing: bool = False
    suggestion: str = ""
    total: int | None = None
    why: str = ""

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Judged:
        """From a table of the file. Raises TypeError for a key that isn't described there."""
        renamed = {"from": "date_from", "to": "date_to"}
        options = {key: table[key] for key in ("match", "exact", "sort") if key in table}
        return cls(options=options, **{renamed.get(k, k): v for k, v in table.items() if k not in options})

    @property
    def query(self) -> Query:
        """As the API would ask it, with all the passages that it gives."""
        asked = [Filter(facet, value) for facet in FACETS for value in getattr(self, facet)]
        without = [Filter(facet, value, exclude=True) for facet in FACETS for value in getattr(self, f"not_{facet}")]
        return Query(
            q=self.q,
            filters=frozenset(asked + without),
            date_from=date.fromisoformat(self.date_from) if self.date_from else None,
            date_to=date.fromisoformat(self.date_to) if self.date_to else None,
            passages=PASSAGES,
            **self.options,
        )

    @property
    def named(self) -> list[str]:
        """Every passage that it names."""
        return [*self.first, *self.must, *self.never]

    def __str__(self) -> str:
        """What is asked, on one line."""
        query = self.query
        filters = " ".join(f"{'-' * f.exclude}{f.facet}={f.value}" for f in sorted(query.filters))
        dates = f"{self.date_from}..{self.date_to}" if self.date_from or self.date_to else ""
        options = " ".join(f"{key}={value}" for key, value in self.options.items())
        return "  ".join(part for part in (self.q or "(no words)", filters, dates, options) if part)


@dataclass(frozen=True)
class Answer:
    """The evidence of the first page, as the judgments name passages."""

    results: Results
    evidence: list[list[tuple[str, Passage]]]
    """By result, best first: the first three figures of the document, and the passage."""

    @classmethod
    def of(cls, results: Results) -> Answer:
        return cls(results, [[(hit.entry.document.path[:3], e.passage) for e in hit.passages] for hit in results.hits])

    def holds(self, name: str) -> bool:
        """Whether the passage is evidence of any result."""
        return any(is_passage(found, name) for result in self.evidence for found in result)

    def starts_with(self, names: list[str]) -> bool:
        """Whether the first evidence of the first result is one of the passages."""
        return bool(self.evidence and self.evidence[0]) and any(is_passage(self.evidence[0][0], n) for n in names)

    @property
    def top(self) -> str:
        """The first evidence of the first results, for whoever reads a miss."""
        shown = [f"{document}:{passage.lines[0]}" for result in self.evidence[:4] for document, passage in result[:1]]
        return f"{self.results.total} entries, {' '.join(shown) or 'nothing'}"


@dataclass(frozen=True)
class Score:
    """How the judged queries of the file went."""

    asked: Counter[str]
    missed: Mapping[str, list[str]]
    """By category: the queries with faults, and the faults."""

    def rate(self, category: str) -> float:
        return 1 - len(self.missed.get(category, ())) / self.asked[category]

    @property
    def overall(self) -> float:
        return 1 - sum(map(len, self.missed.values())) / self.asked.total()

    def report(self) -> Iterator[str]:
        """Rates by category, then every miss."""
        for category, count in self.asked.items():
            passed = count - len(self.missed.get(category, ()))
            yield f"  {category:<20}{passed:>4} of {count:>3}  {self.rate(category):>6.1%}"
        yield (
            f"  {'all':<20}{self.asked.total() - sum(map(len, self.missed.values())):>4} of {self.asked.total():>3}"
            + (f"  {self.overall:>6.1%}")
        )
        for category, misses in self.missed.items():
            yield from (f"  missed, {category}: {miss}" for miss in misses)


def is_passage(found: tuple[str, Passage], name: str) -> bool:
    """Whether the passage is the one that stands on the named line."""
    document, line = name.split(":")
    return found[0] == document and found[1].lines[0] <= int(line) <= found[1].lines[1]


def faults(judged: Judged, answer: Answer) -> Iterator[str]:
    """All that differs from the judgment, each in a few words."""
    total, suggestion = answer.results.total, answer.results.suggestion
    if judged.nothing and (total or answer.results.hits):
        yield "not nothing"
    if judged.total not in (None, total):
        yield f"{judged.total} entries expected"
    if judged.first and not answer.starts_with(judged.first):
        yield f"not first: {' or '.join(judged.first)}"
    if lost := [name for name in judged.must if not answer.holds(name)]:
        yield f"not found: {' '.join(lost)}"
    if wrong := [name for name in judged.never if answer.holds(name)]:
        yield f"found: {' '.join(wrong)}"
    if judged.suggestion and not any(word in suggestion.casefold() for word in judged.suggestion.split("|")):
        yield f"suggested {suggestion!r}, not {judged.suggestion}"


def grade(judged: list[Judged], search: Callable[[Query], Results]) -> Score:
    """Ask every query and compare."""
    missed: dict[str, list[str]] = {}
    for one in judged:
        answer = Answer.of(search(one.query))
        if wrong := "; ".join(faults(one, answer)):
            missed.setdefault(one.category, []).append(f"{one} – {wrong} (came: {answer.top})")
    return Score(Counter(one.category for one in judged), missed)


ALL = [Judged.of(table) for table in tomllib.loads(JUDGMENTS.read_text(encoding="utf-8"))["query"]]
CATEGORIES = list(dict.fromkeys(one.category for one in ALL))


@pytest.fixture(scope="module")
def score(seed_app: Searchapp) -> Score:
    """What the engine makes of the judged queries."""
    return grade(ALL, WhooshEngine(seed_app.index).search)


@pytest.mark.parametrize("category", CATEGORIES)
def test_judged_queries_of_a_category_find_what_they_must(score: Score, category: str) -> None:
    """Phrases, exclusions, filters and what must find nothing never fail; no other category falls far behind."""
    floor = FLOORS.get(category, FLOOR)
    missed = "\n".join(score.missed.get(category, ()))
    assert score.rate(category) >= floor, f"{category}: {score.rate(category):.1%} of {floor:.0%}\n{missed}"


def test_judged_queries_as_a_whole_find_what_they_must(
    score: Score, record_property: Callable[[str, object], None]
) -> None:
    """At least 97 of a hundred judged queries give every passage that they must, in its place."""
    record_property(SHOWN_AT_THE_END, "\n".join(("Judged queries on the seeds:", *score.report())))
    assert score.overall >= OVERALL, "\n".join(score.report())


def test_every_category_is_judged_often_enough() -> None:
    """A category has at least ten queries, and those that must never fail are among them."""
    counts = Counter(one.category for one in ALL)
    assert min(counts.values()) >= LEAST, counts
    assert set(FLOORS) <= set(counts)


def test_no_query_is_judged_twice() -> None:
    """Each judged search is another one."""
    twice = [query for query, times in Counter(one.query for one in ALL).items() if times > 1]
    assert not twice


def test_judgments_name_lines_with_text() -> None:
    """Each passage that a judgment names is a line of the seeds that is not empty."""
    lines = {path.name[:3]: path.read_text(encoding="utf-8").splitlines() for path in SEEDS.glob("0*.txt")}
    for one in ALL:
        for document, line in (name.split(":") for name in one.named):
            assert lines[document][int(line) - 1].strip(), f"{one}: {document}:{line}"


def test_judgments_do_not_contradict_themselves() -> None:
    """No passage must and must never be found; where nothing matches, nothing is asked for; all ask for something."""
    for one in ALL:
        assert not {*one.first, *one.must} & set(one.never), str(one)
        assert not (one.nothing and (one.named or one.total or one.suggestion)), str(one)
        assert one.nothing or one.named or one.total is not None, str(one)


def test_an_empty_answer_fails_every_judgment_that_asks_for_a_passage() -> None:
    """The grading is able to fail: an engine that finds nothing is right only about what must find nothing."""
    score = grade(ALL, lambda query: Results(query, total=0, full_matches=0, took_ms=0.0, hits=(), facets={}))
    asking = Counter(one.category for one in ALL if not one.nothing)
    assert {category: len(missed) for category, missed in score.missed.items()} == dict(asking)


def test_any_day_of_the_documents_is_found_by_its_date(seed_app: Searchapp) -> None:
    """However a day is written, what is shown first is of that day."""
    engine = WhooshEngine(seed_app.index)
    days = {
        when.start
        for hit in engine.search(Query(per_page=100)).hits
        for passage in hit.entry.passages
        for when in passage.dates
        if when.start == when.end
    }
    assert len(days) > 100
    wrong = []
    for day in days:
        for q in (f"{day:%-d %B %Y}", f"{day:%B %-d, %Y}", f"{day:%-d %b %Y}", day.isoformat(), f"{day:%-d %B}"):
            first = engine.search(Query(q=q)).hits[0].passages[0].passage
            same = {(when.start.month, when.start.day) for when in first.dates if when.start == when.end}
            if (day.month, day.day) not in same or (str(day.year) in q and day not in {d.start for d in first.dates}):
                wrong.append(q)
    assert wrong == []
