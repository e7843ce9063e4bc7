"""A small, real engine in memory and a few entries, for tests of the web layer alone; and the browser of the others.

The engine knows words, filters, facets and marks, in plain Python; no ranking, no stems. The pages are also tested on
the engine that is shipped: see test_browser.py.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from in_memory import InMemory
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from playwright.sync_api import Browser, expect, sync_playwright
from reference_timeline import timeline

from searchapp import audit
from searchapp.engine import Engine
from searchapp.model import (
    FACETS,
    UNDATED,
    Audit,
    Collection,
    DocumentRef,
    Entry,
    EventDate,
    Evidence,
    Facet,
    FacetValue,
    Filter,
    Found,
    Gazetteer,
    Heading,
    Hit,
    IndexUnusable,
    Name,
    Note,
    Origin,
    Outline,
    Passage,
    PassageKind,
    Problem,
    Query,
    Range,
    Results,
    Similar,
    Source,
    Span,
    Status,
    Suggestion,
    Timeline,
)
from searchapp.settings import CorpusSettings, Settings
from searchapp.web import application, speaking

CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",  # this and the next two: a new window takes two thirds of the processor time
    "--renderer-process-limit=1",
    "--disable-site-isolation-trials",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=20_000)  # what a busy machine may take; a page that is right is so at once
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason=f"no Chromium found: none of {', '.join(CHROMIUM_NAMES)}, no CHROMIUM"
)


class _Compiled(BytecodeCache):
    """Templates as they were compiled for the applications before."""

    def __init__(self) -> None:
        self._by_key: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._by_key:
            bucket.bytecode_from_string(self._by_key[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._by_key[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def create_app(settings: Settings, engine: Engine, translations: Path = speaking.FOLDER) -> Flask:
    """The application; tests make hundreds, and compiling its templates takes longer than most of them."""
    app = application.create_app(settings, engine, translations)
    app.jinja_env.bytecode_cache = _COMPILED
    return app


@contextmanager
def browser() -> Iterator[Browser]:
    """The system's Chromium, which asks nothing of anybody by itself. Most tests take the fixture `chromium`."""
    with (
        sync_playwright() as playwright,
        closing(playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)) as launched,
    ):
        yield launched


class MemoryEngine(InMemory):
    """Engine over the entries of a collection. Nothing is widened; notes and suggestions are those given."""

    def __init__(self, collection: Collection | None) -> None:
        self.collection = collection
        self.warnings: tuple[str, ...] = ()
        self.notes: tuple[Note, ...] = ()
        self.suggestion = ""
        self.any_matches = 0

    def is_current(self, digest: str) -> bool:
        return self._open.digest == digest

    def keep(self, collection: Collection) -> Status:
        self.collection = collection
        return self.status()

    def search(self, query: Query) -> Results:
        found = [(entry, self._evidence(query, entry)) for entry in self._open.entries]
        matching = [(entry, passages) for entry, passages in found if passages]
        start = (query.page - 1) * query.per_page
        hits = tuple(
            Hit(
                entry,
                score=float(len(passages)),
                full=True,
                title_marks=_marks(query, entry.title),
                evidence=len(passages),
                passages=tuple(Evidence(p.text, _marks(query, p.text), p) for p in passages[: query.passages]),
            )
            for entry, passages in matching[start : start + query.per_page]
        )
        places = any(p.places for entry in self._open.entries for p in entry.body) or query.values("place")
        facets = {facet: self._facet(query, facet) for facet in FACETS if facet != "place" or places}
        total = len(matching)
        results = Results(query, total, total, 0.5, hits, facets, self.notes, self.suggestion, generation="gen-1")
        return replace(results, any_matches=self.any_matches)

    def entry(self, entry_id: str) -> Entry | None:
        return next((entry for entry in self._open.entries if entry.id == entry_id), None)

    def document(self, path: str) -> Outline | None:
        return next((outline for outline in self._open.outlines if outline.ref.path == path), None)

    def documents(self) -> tuple[DocumentRef, ...]:
        return tuple(outline.ref for outline in self._open.outlines)

    def marks(self, query: Query, entry_id: str) -> tuple[tuple[Range, ...], ...]:
        entry = self.entry(entry_id)
        return tuple(_marks(query, passage.text) for passage in entry.passages) if entry else ()

    def timeline(self, query: Query) -> Timeline:
        return timeline(self.search, query)

    def reading(self, query: Query, path: str, lines: Range | None = None) -> Mapping[str, Found]:
        outline = self.document(path)
        entries = [e for e in self._open.entries if outline and e.id in outline.entries]
        del lines  # the documents here are short
        return {e.id: Found(self._places(query, e, path), self.marks(query, e.id)) for e in entries}

    def _places(self, query: Query, entry: Entry, path: str) -> tuple[int, ...]:
        kept = frozenset(what for what in query.filters if what.facet != "document")
        found = self._evidence(replace(query, filters=kept), entry) if entry.document.path == path else []
        return tuple(place for place, passage in enumerate(entry.passages) if passage in found)

    def similar(self, entry_id: str, limit: int = 5) -> tuple[Similar, ...]:
        others = [entry for entry in self._open.entries if entry.id != entry_id] if self.entry(entry_id) else []
        return tuple(Similar(entry, ("hospital",)) for entry in others[:limit])

    def suggest(self, text: str, limit: int = 10) -> tuple[Suggestion, ...]:
        names = [name for name in self._open.gazetteer.names if text and name.name.lower().startswith(text.lower())]
        return tuple(Suggestion("actor", name.name, name.name, 1, group=name.type) for name in names[:limit])

    def every(self, query: Query) -> tuple[Audit, Iterator[Hit]]:
        return self.audit(), iter(self.search(replace(query, page=1, per_page=10**6)).hits)

    def audit(self) -> Audit:
        return Audit(self.status(), {one.ref.path: one for one in self._open.outlines}, audit.count(self._open))

    def check(self) -> Status:
        return self.status()

    def status(self) -> Status:
        entries = self._open.entries
        origins = Counter(p.date.origin if p.date else UNDATED for entry in entries for p in entry.body)
        years = [int(year) for entry in entries for year in entry.years if year != UNDATED]
        return Status(
            generation="gen-1",
            digest=self._open.digest,
            built="2026-11-20T07:41:00+00:00",
            title=self._open.title,
            description=self._open.description,
            language=self._open.language,
            examples=self._open.examples,
            documents=len(self._open.outlines),
            entries=len(entries),
            sections=sum(entry.kind == "section" for entry in entries),
            news=sum(entry.kind == "news" for entry in entries),
            passages=sum(len(entry.body) for entry in entries),
            actors=len({actor for entry in entries for actor in entry.actors}),
            origins=origins,
            years=(min(years), max(years)) if years else None,
            problems=self._open.problems,
            warnings=self.warnings,
        )

    @property
    def _open(self) -> Collection:
        if self.collection is None:
            raise IndexUnusable("There is no index yet; build one with: searchapp reindex")
        return self.collection

    def _evidence(self, query: Query, entry: Entry) -> list[Passage]:
        kept = [p for p in entry.body if all(self._holds(query, facet, entry, p) for facet in FACETS)]
        kept = [p for p in kept if _in_range(query, p)]
        words = _words(query.q)
        need = any if query.match == "any" else all
        if not words:
            return kept
        texts = [entry.title, *(p.text for p in kept)]
        if not kept or not need(any(word in _words(text) for text in texts) for word in words):
            return []
        return [p for p in kept if _marks(query, p.text)] or kept[:1]

    @staticmethod
    def _holds(query: Query, facet: Facet, entry: Entry, passage: Passage) -> bool:
        values = set(_values(facet, entry, passage))
        wanted = set(query.values(facet))
        return (not wanted or bool(values & wanted)) and not values & set(query.values(facet, exclude=True))

    def _facet(self, query: Query, facet: Facet) -> tuple[FacetValue, ...]:
        free = frozenset(f for f in query.filters if f.facet != facet or f.exclude)
        holding: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in self._open.entries:
            for value in {value for passage in entry.body for value in _values(facet, entry, passage)}:
                holding[value].append(entry)
        counts: Counter[str] = Counter()
        for value, entries in holding.items():
            click = replace(query, filters=free | {Filter(facet, value)})
            counts[value] = sum(bool(self._evidence(click, entry)) for entry in entries)
        counts = +counts
        used = {f.value for f in query.filters if f.facet == facet}
        order = sorted(counts.keys() | used, key=lambda v: (v == UNDATED, v if facet == "year" else (-counts[v], v)))
        types = {name.name: name.type for name in self._open.gazetteer.names}
        titles = {outline.ref.path: outline.ref.title for outline in self._open.outlines}
        labels = titles if facet == "document" else {}
        return tuple(
            FacetValue(
                value,
                counts[value],
                selected=Filter(facet, value) in query.filters,
                excluded=Filter(facet, value, exclude=True) in query.filters,
                label=labels.get(value, ""),
                group=types.get(value, "") if facet in ("actor", "place") else "",
            )
            for value in order
        )


def _values(facet: Facet, entry: Entry, passage: Passage) -> Sequence[str]:
    return {
        "year": passage.years,
        "actor": passage.actors,
        "place": passage.places,
        "kind": (entry.kind,),
        "document": (entry.document.path,),
    }[facet]


def _in_range(query: Query, passage: Passage) -> bool:
    if query.date_from is None and query.date_to is None:
        return True
    first, last = query.date_from or date.min, query.date_to or date.max
    return any(when.end >= first and when.start <= last for when in passage.dates)


def _words(text: str) -> list[str]:
    return [word.rstrip("s") for word in re.findall(r"\w+", text.lower())]


def _marks(query: Query, text: str) -> tuple[Range, ...]:
    words = set(_words(query.q))
    return tuple(m.span() for m in re.finditer(r"\w+", text) if m[0].lower().rstrip("s") in words)


# --- A few entries --------------------------------------------------------------------------------

ARTICLE = DocumentRef("notes/article.md", "The campaign, an overview")
DAY = DocumentRef("news 25.md", "News, 25 November 2015")
AIR_FORCE, CROSS, ROW = "Air Force", "Red Cross", "Coalition & <Allies>"
SCRIPT = "<script>alert(1)</script>"


def on(start: str, end: str = "", origin: Origin = "stated") -> EventDate:
    return EventDate(date.fromisoformat(start), date.fromisoformat(end or start), origin)


def said(
    text: str,
    line: int,
    *dates: EventDate,
    kind: PassageKind = "paragraph",
    actors: tuple[str, ...] = (),
    spans: tuple[Span, ...] = (),
) -> Passage:
    return Passage(kind, text, (line, line), spans=spans, dates=dates, actors=actors)


def entry(ref: DocumentRef, anchor: str, title: str, line: int, *passages: Passage, **more: Any) -> Entry:
    last = max([line, *(p.lines[1] for p in passages)])
    whole = Entry(
        id=f"{ref.path}/{anchor}",
        kind="section",
        title=title,
        heading_path=(),
        document=ref,
        anchor=anchor,
        lines=(line, last),
        passages=(said(title, line, kind="title"), *passages),
    )
    return replace(whole, **more)


def sample() -> Collection:
    opening = entry(
        ARTICLE,
        "opening",
        ARTICLE.title,
        5,
        said(
            "An aid worker saw the hospital.",
            7,
            spans=(Span(3, 13, "link", "https://example.org/a?b=1&c=2"), Span(22, 30, "link", "javascript:alert(1)")),
        ),
    )
    spring = entry(
        ARTICLE,
        "march-may-2018",
        "March – May 2018",
        12,
        said("A hospital was hit in March.", 14, on("2018-03-01", "2018-03-31", "completed"), actors=(AIR_FORCE,)),
        said(
            "Hospitals reopened in late May 2018.",
            16,
            replace(on("2018-05-21", "2018-05-31"), rough=True),
            actors=(CROSS,),
        ),
        said("Nothing was reported.", 16, on("2018-03-01", "2018-05-31", "heading")),
        said("Hospital\tBeds\nNorth\t40\nSouth\t12", 20, kind="table"),
        said("if bombs > 0:\n    run()", 25, kind="code"),
        said("استهدفت الطائرات المستشفى في إدلب", 30, on("2019-01-01", "2019-12-31"), actors=(ROW,), kind="caption"),
        heading_path=("Operations",),
        date=on("2018-03-01", "2018-05-31", "heading"),
    )
    item = entry(
        DAY,
        "item-1",
        f"Air base shelled near the hospital {SCRIPT}",
        3,
        said("The air base will be reinforced.", 5, on("2015-11-25", origin="item"), actors=(AIR_FORCE,)),
        id="news/2015/11/25/air-base",
        kind="news",
        date=on("2015-11-25", origin="item"),
        tags=("Air bases",),
        sources=(Source("Daily <b>", "https://example.org/x"), Source("Wire", "javascript:alert(2)")),
    )
    long = entry(
        DAY,
        "item-2",
        "A very long headline about an airlift " + "that goes on and on " * 20 + "until a clinic is named at its end",
        9,
        id="news/2016/01/09/airlift",
        kind="news",
        date=on("2016-01-09", origin="item"),
    )
    return Collection(
        entries=(opening, spring, _dated(item), _dated(long)),
        outlines=(
            _outline(
                ARTICLE,
                (
                    Heading(0, ARTICLE.title, "opening", 5, opening.id),
                    Heading(2, "Operations", "operations", 10, None),
                    Heading(3, spring.title, spring.anchor, 12, spring.id),
                ),
                (opening.id, spring.id, item.id),
            ),
            _outline(DAY, (Heading(1, item.title, item.anchor, 3, item.id),), (item.id, long.id)),
        ),
        gazetteer=Gazetteer((Name(AIR_FORCE, "military"), Name(CROSS, "organisation"), Name(ROW, "militia & co"))),
        problems=(Problem("notes/article.md", 9, "template residue left out"),),
        title="Test collection",
        language="en",
        digest="d" * 64,
        examples=("hospital", '"air base"'),
    )


def _dated(item: Entry) -> Entry:
    title = replace(item.passages[0], dates=(item.date,) if item.date else ())
    return replace(item, passages=(title, *item.passages[1:]))


def _outline(ref: DocumentRef, headings: tuple[Heading, ...], entries: tuple[str, ...]) -> Outline:
    return Outline(ref, (("author", "A. Nonymous"), ("note", SCRIPT)), headings, entries, "0" * 64, None, 40)


def crowded(actors: int = 300) -> Collection:
    """One document in which many actors of several types are named, under names of any length."""
    types = ("state", "armed group", "person", "media", "")
    names = tuple(Name(f"Actor {n} of the {'very ' * (n % 9)}long names", types[n % 5]) for n in range(actors))
    ref = DocumentRef("crowd.md", "A crowd")
    entries = tuple(
        entry(ref, f"s{n}", f"Section {n}", n * 10 + 1, said(f"{name.name} spoke.", n * 10 + 3, actors=(name.name,)))
        for n, name in enumerate(names)
    )
    headings = tuple(Heading(2, e.title, e.anchor, e.lines[0], e.id) for e in entries)
    outline = Outline(ref, (), headings, tuple(e.id for e in entries), "1" * 64, None, 9999)
    return Collection(entries, (outline,), Gazetteer(names), (), "Crowd", "en", "c" * 64)


def settings(folder: Path, **more: Any) -> Settings:
    examples = ("hospital", '"air base"')
    return Settings(folder, folder / "index", CorpusSettings(title="Test collection", examples=examples, **more))
