"""The engine against the reference: match sets, totals, facet counts, evidence and order, for random searches."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reference import Reference

from searchapp.engines.whoosh import WhooshEngine, subset
from searchapp.model import (
    FACETS,
    Collection,
    DocumentRef,
    Entry,
    EventDate,
    Filter,
    Gazetteer,
    Mention,
    Name,
    Outline,
    Passage,
    PassageKind,
    Query,
    Results,
)
from searchapp.splitting.actors import Names

WORDS = (
    "hospital hospitals bombing bombed idlib aleppo the of and not to be ceasefire air base airbase al-Nusra nusra "
    "S-400 s400 Su-24 Su-24M 400 2,000 civilian civilians strike strikes Islamic State Daesh ISIL Hmeimim Khmeimim "
    "November 24 2015 May Ma'arrat pro-Assad Assad Хмеймим авиагруппы 東京タワー"
).split()
NAMES = Gazetteer(
    (
        Name("Islamic State", "armed group", ("ISIL", "Daesh"), ("IS",)),
        Name("al-Nusra Front", "armed group", ("al-Nusra", "Nusra")),
        Name("Bashar al-Assad", "person", ("Assad",)),
        Name("Khmeimim", "air base", ("Hmeimim", "Хмеймим"), is_place=True),
        Name("Idlib", "city", is_place=True),
    )
)
FINDER = Names(NAMES)
DAYS = st.integers(0, 1200).map(lambda n: date(2014, 6, 1) + timedelta(days=n))
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""Shrinking a whole collection takes minutes; who looks into a failure adds Phase.shrink."""
Value = TypeVar("Value")


@cache
def among(*values: Value) -> st.SearchStrategy[Value]:
    """Kept: making one anew for each draw takes longer than the draw."""
    return st.sampled_from(values)


@cache
def texts(minimum: int, maximum: int) -> st.SearchStrategy[str]:
    return st.lists(among(*WORDS), min_size=minimum, max_size=maximum).map(" ".join)


STARTS = st.lists(DAYS, max_size=2, unique=True)
PLACES = {name.name for name in NAMES.names if name.is_place}
MORE_ACTORS = st.lists(among("Russia", "Syria"), max_size=1)


@st.composite
def dates(draw: st.DrawFn) -> tuple[EventDate, ...]:
    return tuple(EventDate(d, d + timedelta(days=draw(among(0, 0, 29, 400))), "stated") for d in draw(STARTS))


DATES = dates()


@cache
@st.composite
def passages(draw: st.DrawFn, text: st.SearchStrategy[str], *kinds: PassageKind) -> Passage:
    written = draw(text)
    found = FINDER.find(written)
    names = list(dict.fromkeys(m.name for m in found))
    actors = [name for name in names if name not in PLACES] + draw(MORE_ACTORS)
    return Passage(
        draw(among(*kinds)), written, (1, 1), (), draw(DATES), tuple(Mention(*_fields(m)) for m in found),
        tuple(actors), tuple(name for name in names if name in PLACES),
    )  # fmt: skip


def _fields(mention: Mention) -> tuple[int, int, str]:
    return mention.start, mention.end, mention.name


TITLES = passages(texts(1, 4), "title")
BODIES = st.lists(passages(texts(1, 9), "paragraph", "item", "caption"), max_size=4)
PATHS = st.lists(texts(1, 2), max_size=2)


@cache
@st.composite
def entries(draw: st.DrawFn, number: int) -> Entry:
    kind = draw(among("section", "section", "news"))
    title, body, path = draw(TITLES), draw(BODIES), draw(PATHS)
    ref = draw(among(DocumentRef("a.md", "A"), DocumentRef("b.md", "B")))
    return Entry(
        f"{ref.path}/{number:02}", "news" if kind == "news" else "section", title.text, tuple(path), ref,
        f"s{number}", (1, 1), (title, *body),
    )  # fmt: skip


@st.composite
def collections(draw: st.DrawFn) -> Collection:
    found = tuple(draw(entries(number)) for number in range(draw(st.integers(0, 9))))
    outlines = tuple(
        Outline(DocumentRef(p, p.upper()), (), (), tuple(e.id for e in found if e.document.path == p), "", None, 1)
        for p in ("a.md", "b.md")
    )
    return Collection(found, outlines, NAMES, (), "Generated", "en", "digest")


def operand() -> st.SearchStrategy[str]:
    word = among(*WORDS)
    return st.one_of(
        word,
        word,
        texts(2, 3).map(lambda t: f'"{t}"'),
        word.map(lambda w: w[:4] + "*"),
        word.map(lambda w: w + "~"),
        word.map(lambda w: "-" + w),
        st.tuples(word, word).map(lambda t: f"{t[0]} OR {t[1]}"),
        st.tuples(word, word).map(lambda t: f"({t[0]} {t[1]}) OR NOT {t[0]}"),
        among("Nov 2015", "24 November 2015", "24 and 25 November 2015", "2016", "between 2015 and 2016"),
        among("s 400", "su 24", "NOT", "(", '"', "Assad's", "S-400/Su-24", "Idlib–Aleppo", "air-bases"),
    )


VALUES: dict[str, tuple[str, ...]] = {
    "year": ("2014", "2015", "2016", "undated", "1999"),
    "actor": ("Islamic State", "Russia", "Syria", "al-Nusra Front", "Nobody"),
    "place": ("Khmeimim", "Idlib", "Nowhere"),
    "kind": ("section", "news"),
    "document": ("a.md", "b.md"),
}
OPERANDS = st.lists(operand(), max_size=5)
CHOSEN = st.lists(among(*FACETS), max_size=3)
BOUNDS = st.none() | DAYS


@st.composite
def queries(draw: st.DrawFn) -> Query:
    chosen = [Filter(facet, draw(among(*VALUES[facet])), draw(st.booleans())) for facet in draw(CHOSEN)]
    return Query(
        q=" ".join(draw(OPERANDS)),
        filters=frozenset(chosen),
        date_from=draw(BOUNDS),
        date_to=draw(BOUNDS),
        match=draw(among("all", "all", "any")),
        exact=draw(st.sampled_from((False, False, True))),
        sort=draw(among("relevance", "newest", "oldest")),
        per_page=20,
        passages=draw(st.integers(1, 4)),
        facet_order=draw(among("count", "name")),
    )


@contextmanager
def engine_on(collection: Collection) -> Iterator[WhooshEngine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = WhooshEngine(Path(folder) / "index")
        engine.rebuild(collection)
        yield engine


def told(results: Results) -> dict[str, object]:
    """What two engines must agree on. Their snippets may differ, the passages they come from may not."""
    return {
        "total": results.total,
        "full": results.full_matches,
        "any": results.any_matches,
        "facets": {
            facet: [(v.value, v.count, v.selected, v.excluded) for v in values]
            for facet, values in results.facets.items()
        },
        "order": [(hit.entry.id, hit.full) for hit in results.hits],
        "evidence": {h.entry.id: (h.evidence, [e.passage for e in h.passages]) for h in results.hits},
        "title marks": [hit.title_marks for hit in results.hits],
    }


FORMS: tuple[dict[str, Any], ...] = (
    {"MANY": subset.MANY},
    {"MANY": 1, "FEW": 1, "SEEK": 0, "TEST": 0},
    {"MANY": 1, "FEW": 4, "SEEK": 2, "TEST": 2},
)
"""When numbers, bits and truths are taken: as it is, and as it were if a corpus of a few entries were a large one."""


@pytest.mark.long(55)
@settings(max_examples=100, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_engine_agrees_with_the_slow_reference(data: st.DataObject) -> None:
    """On a random collection, twenty random searches give what plain Python over the passages gives, in whichever form
    the engine knows what it finds."""
    collection = data.draw(collections())
    reference = Reference()
    reference.rebuild(collection)
    with engine_on(collection) as engine, patch.multiple(subset, **data.draw(st.sampled_from(FORMS))):
        for asked in data.draw(st.lists(queries(), min_size=20, max_size=20)):
            ours = engine.search(asked)
            suggested = any(note.code == "suggested" for note in ours.notes)  # spelling is the engine's alone
            query = replace(asked, q=ours.suggestion) if suggested else asked
            theirs = reference.search(query)
            assert told(ours) == told(theirs)
            for hit in ours.hits:
                read = engine.reading(query, hit.entry.document.path)[hit.entry.id]
                assert read.marks == reference.marks(query, hit.entry.id)
