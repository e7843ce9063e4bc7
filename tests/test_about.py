"""The audit of an index: what is counted at the build, and the page and the API that tell it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from running import Searchapp
from web_support import ARTICLE, MemoryEngine, create_app, entry, sample, settings

from searchapp import audit
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Collection, Entry, Filter, Gazetteer, Hit, Name, NameCounts, Passage, Problem, Query
from searchapp.splitting.actors import Names

NAMES = Gazetteer(
    (
        Name("Islamic State", "armed group", ("ISIL", "Daesh", "daesh"), ("IS",), ("ISIL Hunters",)),
        Name("ISIL Hunters", "militia"),
        Name("Red Cross", "organisation"),
        Name("Nobody", "person"),
        Name("Khmeimim", "air base", ("Hmeimim", "Хмеймим"), is_place=True),
    )
)


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """The site over the sample."""
    return create_app(settings(tmp_path), MemoryEngine(sample())).test_client()


@pytest.fixture(scope="module")
def seeds_engine(seed_app: Searchapp) -> WhooshEngine:
    """The engine on the seeds."""
    return WhooshEngine(seed_app.index)


def tagged(title: str, *texts: str, tags: tuple[str, ...] = ()) -> Entry:
    """An entry in which the gazetteer's names were found."""
    passages = tuple(Passage("paragraph", text, (n, n)) for n, text in enumerate(texts, 3))
    return Names(NAMES).tag(entry(ARTICLE, title, title, 1, *passages), tags)


def counted(*entries: Entry) -> dict[str, NameCounts]:
    """What is counted of each name."""
    collection = Collection(entries, (), NAMES, (), "Test", "en", "d")
    return {found.name.name: found for found in audit.count(collection).names}


def test_each_spelling_is_counted_where_it_occurs() -> None:
    """Spellings count as they are written, in titles too; one that folds like another is listed once, masks never."""
    found = counted(
        tagged("Daesh", "ISIL and IS fought at Хмеймим.", "DAESH withdrew; what is left?", "The ISIL Hunters stayed."),
        tagged("Later", "The Islamic State’s men.", "Nothing."),
    )
    assert found["Islamic State"].spellings == (("Islamic State", 1), ("ISIL", 1), ("Daesh", 2), ("IS", 1))
    assert (found["Islamic State"].entries, found["Islamic State"].passages) == (2, 3)
    assert found["Khmeimim"].spellings == (("Khmeimim", 0), ("Hmeimim", 0), ("Хмеймим", 1))
    assert found["ISIL Hunters"].spellings == (("ISIL Hunters", 1),)


def test_a_name_known_by_a_tag_occurs_in_no_text() -> None:
    """A tag names its entry's passages, but no spelling was read in a text."""
    found = counted(tagged("One", "Aid came.", "More aid came.", tags=("Red Cross",)))["Red Cross"]
    assert (found.entries, found.passages, found.spellings) == (1, 2, (("Red Cross", 0),))


def test_the_counts_of_a_document_are_those_of_a_search(seeds_engine: WhooshEngine) -> None:
    """In the seeds: passages, undated ones and those with an actor are as many as searching each document finds."""
    found = seeds_engine.audit()
    assert len(found.counts.documents) == 4
    for counts in found.counts.documents:
        here = Filter("document", counts.path)
        passages = [e.passage for hit in hits(seeds_engine, here) for e in hit.passages]
        undated = [e for hit in hits(seeds_engine, here, Filter("year", "undated")) for e in hit.passages]
        assert (counts.passages, counts.dated) == (len(passages), len(passages) - len(undated))
        assert counts.named == sum(bool(passage.actors) for passage in passages)
        kinds = [hit.entry.kind for hit in hits(seeds_engine, here)]
        assert (counts.sections, counts.news) == (kinds.count("section"), kinds.count("news"))


def test_the_entries_of_a_name_are_those_of_its_facet(seeds_engine: WhooshEngine) -> None:
    """In the seeds: a name is in as many entries as its facet says, and one that is in none is in no facet."""
    facets = seeds_engine.search(Query()).facets
    counts = {value.value: value.count for facet in ("actor", "place") for value in facets[facet]}
    names = seeds_engine.audit().counts.names
    assert {found.name.name: found.entries for found in names if found.entries} == counts
    assert len(names) > len(counts)


def hits(engine: WhooshEngine, *filters: Filter) -> tuple[Hit, ...]:
    """All that some filters find, with all evidence."""
    return engine.search(Query(filters=frozenset(filters), per_page=1000, passages=1000)).hits


def test_the_page_tells_everything(client: FlaskClient) -> None:
    """Documents, dating, names, problems and the index's digest are on the page, and the page is in the menu."""
    page = client.get("/about").text
    assert re.findall(r"<h2[^>]*>([^<]+)", page)[:5] == [
        "Documents",
        "How entries were dated",
        "Names and the gazetteer",
        "Problems",
        "Index",
    ]
    assert "template residue left out" in page
    corpus = client.get("/api/corpus").json
    assert corpus is not None
    assert corpus["digest"] in page
    assert "3 actors are known by 3 spellings. 3 spellings never occur." in page
    assert 'href="/about"' in client.get("/search").text
    assert 'href="/about#dates"' in client.get("/").text


def test_links_of_the_page_find_what_they_say(client: FlaskClient) -> None:
    """Each link to a search finds something."""
    links = set(re.findall(r'href="(/search\?[^"]+)"', client.get("/about").text))
    assert len(links) >= 3
    assert [link for link in links if "<strong>No " in client.get(link.replace("&amp;", "&")).text] == []


def test_the_api_tells_the_same(client: FlaskClient) -> None:
    """/api/corpus has the counts of each document and each name, with the count of each spelling."""
    found = client.get("/api/corpus").json
    assert found is not None
    assert [row["passages"] for row in found["documents"]] == [7, 3]
    assert sum(row["dated"] for row in found["documents"]) == sum(
        count for origin, count in found["dated"].items() if origin != "undated"
    )
    assert found["names"][0] == {
        "name": "Air Force",
        "type": "military",
        "is_place": False,
        "entries": 2,
        "passages": 2,
        "spellings": [{"spelling": "Air Force", "count": 0}],
    }


def test_what_documents_say_is_text(tmp_path: Path) -> None:
    """Names of files and messages of problems are shown as written, never as HTML."""
    evil = "<script>alert(1)</script>"
    collection = replace(sample(), problems=(Problem(evil, None, evil),))
    page = create_app(settings(tmp_path), MemoryEngine(collection)).test_client().get("/about").text
    assert evil not in page
    assert "&lt;script&gt;alert(1)" in page


def test_without_gazetteer_and_problems(tmp_path: Path) -> None:
    """A plain corpus has no empty tables: it says that it has no gazetteer, and that nothing went wrong."""
    collection = replace(sample(), gazetteer=Gazetteer(), problems=())
    page = create_app(settings(tmp_path), MemoryEngine(collection)).test_client().get("/about").text
    assert "no gazetteer" in page
    assert "None: every file could be used" in page
