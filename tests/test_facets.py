"""Facets: the count of a value is what a click on it gives; how values are ordered, left out and taken back."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from running import Searchapp
from test_engine_agreement import collections, engine_on, queries
from web_support import CROSS, MemoryEngine, create_app, crowded, entry, said, sample, settings
from werkzeug.datastructures import MultiDict

from searchapp import settings as configuration
from searchapp.engine import Engine
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import FACETS, Facet, FacetValue, Filter, Gazetteer, Name, Query
from searchapp.naming import natural, told_apart
from searchapp.web import facets, urls

WORDS = (
    "",
    "hospital",
    "ceasefire -Aleppo",
    '"Islamic State"',
    "airstrike Idlib",
    "truce OR ceasefire",
    "Khmeimim base",
)


@pytest.fixture(scope="module")
def engine(seed_app: Searchapp) -> WhooshEngine:
    """The engine on the seeds."""
    return WhooshEngine(seed_app.index)


@pytest.fixture(scope="module")
def client(seed_app: Searchapp, seeds: Path, engine: WhooshEngine) -> FlaskClient:
    """The site on the seeds."""
    return create_app(configuration.load(seeds, seed_app.index), engine).test_client()


def clicked(query: Query, facet: Facet, value: FacetValue) -> Query:
    """The search that a count speaks of: the value in place of what is selected in its facet, alone.

    What is excluded in the facet stays so; of an excluded value the count says what it would give if nothing were.
    """
    others = {what for what in query.filters if what.facet != facet or (what.exclude and not value.excluded)}
    return replace(query, filters=frozenset({*others, Filter(facet, value.value)}), page=1)


def wrong(engine: Engine, query: Query) -> Iterator[tuple[Facet, str, int, int]]:
    """Values whose count is not what a click gives: facet, value, count, found."""
    for facet, values in engine.search(query).facets.items():
        for value in values:
            found = engine.search(replace(clicked(query, facet, value), per_page=1, passages=1)).total
            if found != value.count:
                yield facet, value.value, value.count, found


@pytest.mark.long(10)
@examples(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_every_value_gives_what_it_says(data: st.DataObject) -> None:
    """On random collections in random states, every value of every facet is clicked."""
    with engine_on(data.draw(collections())) as engine:
        for query in data.draw(st.lists(queries(), min_size=4, max_size=4)):
            assert list(wrong(engine, query)) == []


@pytest.mark.parametrize("seed", range(5))
def test_every_value_gives_what_it_says_on_the_seeds(engine: WhooshEngine, seed: int) -> None:
    """In states that a reader clicked together on the seeds, every value of every facet is clicked."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    query = Query(chance.choice(WORDS))
    for _ in range(chance.randrange(1, 4)):
        found = engine.search(query).facets
        facet = chance.choice(FACETS)
        if found[facet]:
            query = query.toggle(Filter(facet, chance.choice(found[facet]).value, exclude=chance.random() < 0.3))
    assert list(wrong(engine, query)) == []


def test_links_of_the_page_give_what_they_say(client: FlaskClient) -> None:
    """Each row of the column that is not in use leads to a page that says as many entries as the row."""
    page = client.get("/search?not_actor=Turkey").text
    column = page.partition('id="filters"')[2].partition("</aside>")[0]
    rows = re.findall(r'<li[^>]*><a(?: class="y[^"]*")? href="([^"]+)"[^>]*><i>.*?</i> <(?:b|span)>([\d,]+)', column)
    assert len(rows) > 40
    for link, count in random.Random(1).sample(rows, 40):  # noqa: S311 - no secret
        if "Turkey" in link.replace("not_actor=Turkey", ""):
            continue
        lead = re.search(r"<strong>([\d,]+) ", client.get(unescape(link)).text)
        assert lead is not None
        assert lead[1] == count, link


def test_not_leaves_out_and_undo_takes_back(client: FlaskClient) -> None:
    """The link beside a value leaves it out; the chip is struck and says Not; undo is where one was."""
    page = client.get("/search?q=ceasefire").text
    link = re.search(r'<a class="not" href="([^"]+)">not<span class="vh"> Turkey \(exclude\)', page)
    assert link is not None
    without = client.get(unescape(link[1])).text
    assert re.search(r'<li class="chip is-not"><span>Not actor: <b><bdi>Turkey</bdi></b></span>', without)
    back = re.search(r'<a class="not" href="([^"]+)">undo', without)
    assert back is not None
    assert unescape(back[1]) == "/search?q=ceasefire"
    assert 'href="/search?q=ceasefire">Remove all filters' in without


def test_years_can_be_left_out(client: FlaskClient) -> None:
    """One click away stands a list of the years, each with a link that leaves it out; undated as well."""
    page = client.get("/search").text
    outs = re.search(r'<ul class="outs">(.*?)</ul>', page, re.DOTALL)
    assert outs is not None
    years = re.findall(r"<i>([^<]+)</i>", page.partition('<ol class="years">')[2].partition("</ol>")[0])
    assert re.findall(r"not <i>(\w+)</i></a>", outs[1]) == years
    assert "undated" in years
    without = client.get("/search?not_year=2016").text
    assert re.search(r'<a href="/search" class="is-not">undo', without)
    assert "<summary>Leave years out</summary>" in without
    assert "<details open><summary>Leave years out" in without


def test_places_are_a_facet_where_there_are_some(client: FlaskClient, tmp_path: Path) -> None:
    """A corpus that names places has them beside its actors; one that does not has no such facet, unless asked."""
    assert "<h2>Places " in client.get("/search").text
    found = client.get("/api/search?place=Idlib").json
    assert found is not None
    assert {"value": "Idlib", "selected": True}.items() <= next(
        value for value in found["facets"]["place"] if value["selected"]
    ).items()
    plain = create_app(settings(tmp_path), MemoryEngine(sample())).test_client()
    assert "<h2>Places " not in plain.get("/search").text
    plain_facets = plain.get("/api/search").json
    assert plain_facets is not None
    assert list(plain_facets["facets"]) == ["year", "actor", "kind", "document"]
    asked = plain.get("/api/search?place=Idlib").json
    assert asked is not None
    assert (asked["total"], asked["facets"]["place"]) == (0, [{"value": "Idlib", "count": 0, "selected": True}])


def test_the_sentence_names_places(client: FlaskClient) -> None:
    """What was found says the place that was asked for, and the one that was left out."""
    page = client.get("/search?actor=Russia&place=Idlib&not_place=Aleppo").text
    assert "that names Russia and the place Idlib but not the place Aleppo" in unescape(page)


def test_a_place_cuts_an_entry_down_to_its_passages(engine: WhooshEngine) -> None:
    """With a place selected, all evidence names it; with it excluded, none does."""
    for exclude in (False, True):
        query = Query("ceasefire", frozenset({Filter("place", "Aleppo", exclude)}), per_page=100, passages=50)
        evidence = [found.passage for hit in engine.search(query).hits for found in hit.passages]
        assert evidence
        assert all(("Aleppo" in passage.places) != exclude for passage in evidence)


@pytest.mark.parametrize("facet", ["actor", "place", "document"])
def test_values_can_stand_by_name(engine: WhooshEngine, facet: Facet) -> None:
    """By name, the same values with the same counts stand from A to Z; years always stand in their order."""
    by_count = engine.search(Query("ceasefire")).facets
    by_name = engine.search(Query("ceasefire", facet_order="name")).facets
    names = [(value.label or value.value).casefold() for value in by_name[facet]]
    assert names == sorted(names)
    assert [value.count for value in by_count[facet]] == sorted((v.count for v in by_name[facet]), reverse=True)
    assert set(by_count[facet]) == set(by_name[facet])
    assert by_count["year"] == by_name["year"]


@pytest.mark.parametrize(
    ("titles", "labels"),
    [
        ({"a.md": "One", "b/a.md": "Two"}, ["One", "Two"]),
        ({"a.md": "One", "b/a.md": "One", "c.md": "Two"}, ["One (a.md)", "One (b/a.md)", "Two"]),
        ({"a/x.md": "One", "b/x.md": "One"}, ["One (a)", "One (b)"]),
        ({"in/a/x.md": "One", "in/b/c/x.md": "One"}, ["One (a)", "One (b/c)"]),
        ({"in/a/x.md": "One", "in/a/y.md": "One"}, ["One (x.md)", "One (y.md)"]),
        (
            {"in/a/x.md": "One", "in/a/y.md": "One", "in/b/x.md": "One"},
            ["One (a/x.md)", "One (a/y.md)", "One (b/x.md)"],
        ),
        ({"in/a/x.md": "One", "in/ab/x.md": "One"}, ["One (a)", "One (ab)"]),
        ({"a.md": "", "b.md": ""}, ["", ""]),
    ],
)
def test_equal_titles_are_told_apart(titles: dict[str, str], labels: list[str]) -> None:
    """A title that one document has is its label; those that share one are told apart by as little as does it."""
    assert [told_apart(titles)[path] for path in titles] == labels
    backwards = dict(reversed(titles.items()))
    assert [told_apart(backwards)[path] for path in titles] == labels


@given(st.lists(st.integers(0, 10**8), unique=True), st.sampled_from(("", "Report ", "Brigade no. ")))
def test_names_with_numbers_stand_in_their_order(numbers: list[int], word: str) -> None:
    """What differs by a number is in the order of the number, whatever its digits."""
    names = [f"{word}{number} of 2016" for number in numbers]
    assert sorted(names, key=natural) == [f"{word}{number} of 2016" for number in sorted(numbers)]


def test_documents_of_one_title_can_be_chosen_between(tmp_path: Path) -> None:
    """Page and API name the folders of two documents with the same title; the path is still what is asked for."""

    def fill(corpus: Path) -> None:
        for folder in ("north", "south"):
            (corpus / folder).mkdir()
            (corpus / folder / "day.md").write_text("# 15 June 2026\n\nA truce.\n")

    app = Searchapp.indexed(tmp_path, fill)
    client = create_app(configuration.load(app.corpus, app.index), WhooshEngine(app.index)).test_client()
    listed = client.get("/api/search?q=truce").json["facets"]["document"]  # type: ignore[index]
    assert [(value["value"], value["label"]) for value in listed] == [
        ("north/day.md", "15 June 2026 (north)"),
        ("south/day.md", "15 June 2026 (south)"),
    ]
    page = client.get("/search?q=truce&document=south/day.md").text
    assert "15 June 2026 (north)" in page
    assert page.count("<bdi>15 June 2026 (south)</bdi>") == 3, "in the facet, the chip and the result"
    assert "<bdi>15 June 2026 (south)</bdi>" in client.get("/").text


def test_a_to_z_is_a_link(tmp_path: Path) -> None:
    """A long list offers all of it by name, in one list without types, and from there the way back."""
    client = create_app(settings(tmp_path), MemoryEngine(crowded(40))).test_client()
    page = client.get("/search?q=spoke").text
    assert '<a href="/search?q=spoke&amp;facet_order=name">All 40 actors, A to Z</a>' in page
    assert "<h3>Armed groups</h3>" in page
    listed = client.get("/search?q=spoke&facet_order=name").text
    assert "<h3>Armed groups</h3>" not in listed
    assert '<a href="/search?q=spoke">Actors by type, most entries first</a>' in listed
    assert listed.count('class="not"') == 40 + 1  # and the one document


def test_what_is_in_use_is_listed_by_name_too(tmp_path: Path) -> None:
    """A list that is cut off by name keeps the values in use, and says how many others it does not show."""
    client = create_app(settings(tmp_path), MemoryEngine(crowded(402))).test_client()
    last = crowded(402).gazetteer.names[399].name
    page = client.get("/search", query_string={"not_actor": last, "facet_order": "name"}).text
    listed = re.findall(r'<li class="f[^"]*"><a href="[^"]*"[^>]*>.*?<bdi>(Actor[^<]*)</bdi>', page)
    assert last in listed
    assert len(listed) == 301
    assert "and 101 more: narrow the search to see them" in page


def test_types_that_are_one_heading_are_one_group(tmp_path: Path) -> None:
    """Types that differ in case stand under one heading; headings are in the order of letters, not of capitals."""
    names = tuple(Name(f"Actor {n}", kind) for n, kind in enumerate(("clan", "Clan", "Zoo", "state", "NGO")))
    site = crowded(1)
    entries = tuple(
        entry(site.outlines[0].ref, f"s{n}", f"S {n}", n * 9 + 1, said("They spoke.", n * 9 + 3, actors=(name.name,)))
        for n, name in enumerate(names)
    )
    client = create_app(
        settings(tmp_path), MemoryEngine(replace(site, entries=entries, gazetteer=Gazetteer(names)))
    ).test_client()
    for path in ("/", "/search?q=spoke"):
        assert re.findall("<h3>([^<]*)</h3>", client.get(path).text) == ["States", "Clan", "NGO", "Zoo"]


def test_the_order_goes_with_the_search(client: FlaskClient) -> None:
    """The order is part of the address: forms, pages and rows keep it."""
    page = client.get("/search?q=ceasefire&facet_order=name").text
    assert '<input type="hidden" name="facet_order" value="name">' in page
    links = [unescape(link) for link in re.findall(r'<li class="f[^"]*"><a href="([^"]+)"', page)]
    assert links
    assert all("facet_order=name" in link for link in links)


@pytest.mark.parametrize("exclude", [False, True])
def test_a_row_toggles(exclude: bool) -> None:
    """Following a row, and the same row again, leads back; a value is never both asked for and left out."""
    engine = MemoryEngine(sample())
    start = Query("hospital", frozenset({Filter("actor", CROSS, not exclude)}))
    there = follow(engine, start, exclude=exclude)
    assert there.filters == frozenset({Filter("actor", CROSS, exclude)})
    assert follow(engine, there, exclude=exclude).filters == frozenset()


def follow(engine: MemoryEngine, query: Query, *, exclude: bool) -> Query:
    """The search behind the row of an actor, or behind its "not"."""
    rail = facets.rail(engine.search(query))
    row = next(row for group in rail.actors for row in (*group.top, *group.rest) if row.value == CROSS)
    args = (row.not_url if exclude else row.url).partition("?")[2]
    return urls.parse(MultiDict(parse_qsl(args)))
