"""What leaves the site as a file or is read by other programs: exports, feed, OpenSearch, sitemap."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET  # of our own pages
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from running import Searchapp
from web_support import AIR_FORCE, ARTICLE, MemoryEngine, create_app, crowded, entry, on, said, sample, settings

from searchapp import settings as configuration
from searchapp.engines.whoosh import WhooshEngine
from searchapp.engines.whoosh.store import Outlines
from searchapp.model import Audit, Collection, Gazetteer, Hit, Outline, Query
from searchapp.web import export, feed

ENDINGS = ("csv", "jsonl", "ris", "bib")
EVIL = ("=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", " =1", "\u200b=1", "＝1", "\n@x")


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """The site over the sample."""
    return site(tmp_path, sample())


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[WhooshEngine, FlaskClient]:
    """A site on the real engine with more results than are made at once."""
    folder = tmp_path_factory.mktemp("large")
    engine = WhooshEngine(folder / "index")
    engine.rebuild(crowded(450))
    return engine, create_app(settings(folder), engine).test_client()


def site(folder: Path, collection: Collection) -> FlaskClient:
    """A site over a few entries."""
    return create_app(settings(folder), MemoryEngine(collection)).test_client()


def one(title: str, text: str) -> Collection:
    """A collection of one entry with one passage."""
    only = entry(ARTICLE, "only", title, 1, said(text, 3, on("2015-01-02"), actors=("=cmd()",)))
    outline = Outline(ARTICLE, (), (), (only.id,), "0" * 64, None, 9)
    return Collection((only,), (outline,), Gazetteer(), (), "One", "en", "d")


def rows(text: str) -> list[dict[str, str]]:
    """A CSV file as a reader of CSV has it."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def identities(client: FlaskClient, args: str) -> list[str]:
    """Ids of the results as the API has them, all pages."""
    return [hit["id"] for hit in json_of(client, f"/api/search?per_page=100&{args}")["results"]]


def json_of(client: FlaskClient, url: str) -> Any:
    """The JSON at an address."""
    return client.get(url).json


def test_csv_has_a_row_for_each_result(client: FlaskClient) -> None:
    """Rows stand in the order of the results; each has the passage that matches best, its date, and where it is."""
    found = rows(client.get("/export.csv?q=hospital").text)
    assert [row["id"] for row in found] == identities(client, "q=hospital")
    row = next(row for row in found if row["id"].endswith("march-may-2018"))
    assert row["quote"] == "A hospital was hit in March."
    assert (row["quote_date_start"], row["quote_date_end"], row["quote_date_origin"]) == (
        "2018-03-01",
        "2018-03-31",
        "completed",
    )
    assert (row["quote_lines"], row["quote_actors"], row["heading_path"]) == ("14", AIR_FORCE, "Operations")


def test_csv_says_all_dates_of_a_quotation(tmp_path: Path) -> None:
    """A passage of several dates has each of them, the best first, days as days and months as their first and last."""
    march = on("2011-03-01", "2011-03-31")
    both = said("Protests in March 2011; a hospital was hit on 30 September 2015.", 2, on("2015-09-30"), march)
    only = entry(ARTICLE, "only", "An entry", 1, both, said("Undated.", 3))
    client = site(tmp_path, Collection((only,), sample().outlines, Gazetteer(), (), "Test", "en", "d"))
    (row,) = rows(client.get("/export.csv?q=hospital").text)
    assert (row["quote_date_start"], row["quote_date_end"]) == ("2015-09-30", "2015-09-30")
    assert row["quote_dates"] == "2015-09-30; 2011-03-01/2011-03-31"
    (row,) = rows(client.get("/export.csv?q=undated").text)
    assert (row["quote_date_start"], row["quote_dates"]) == ("", "")


def test_jsonl_has_the_results_of_the_api(client: FlaskClient) -> None:
    """Each line is a result of /api/search with the same fields, and more."""
    lines = [json.loads(line) for line in client.get("/export.jsonl?q=hospital&passages=2").text.splitlines()]
    found = json_of(client, "/api/search?q=hospital&passages=2")["results"]
    assert [{key: line[key] for key in hit} for line, hit in zip(lines, found, strict=True)] == found
    assert [line["rank"] for line in lines] == [1, 2, 3]


def test_ris_is_read_by_a_library(client: FlaskClient) -> None:
    """As many records as results, each with the quote and its event date."""
    records = rispy.loads(client.get("/export.ris?q=hospital").text)
    assert len(records) == len(identities(client, "q=hospital")) > 1
    assert any(record["abstract"] == "A hospital was hit in March." for record in records)
    assert all(any("Event date: " in note for note in record["notes"]) for record in records)


def test_bibtex_is_read_by_a_library(client: FlaskClient) -> None:
    """As many entries as results, under keys of their own."""
    library = parse_string(client.get("/export.bib?q=hospital").text)
    assert not library.failed_blocks
    assert len(library.entries_dict) == len(library.entries) == len(identities(client, "q=hospital")) > 1


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_export_says_what_it_is_of(client: FlaskClient, ending: str) -> None:
    """Every record holds the address of its search and the digest of the generation; so does the answer's head."""
    answer = client.get(f"/export.{ending}?q=hospital&not_year=undated")
    digest = json_of(client, "/api/corpus")["digest"]
    text = answer.text.replace(r"\_", "_").replace(r"\&", "&").replace("\n\n", "\n")
    results = len(identities(client, "q=hospital&not_year=undated"))
    assert results > 1
    assert text.count("http://localhost/search?q=hospital&not_year=undated") == results
    assert text.count(digest) == results
    assert answer.headers["X-Generation"] == f"gen-1 {digest}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="hospital.{ending}"'


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_export_holds_all_results(large: tuple[WhooshEngine, FlaskClient], ending: str) -> None:
    """More results than a page of any size can have are all there, each once, filters applied."""
    _, client = large
    text = client.get(
        f"/export.{ending}?q=spoke&not_actor=Actor+7+of+the+very+very+very+very+very+very+very+long+names&page=3"
    ).text
    pattern = {"csv": r"^\d+,crowd\.md/", "jsonl": r'^\{"rank"', "ris": r"^TY  -", "bib": r"^@misc\{"}[ending]
    assert len(re.findall(pattern, text, re.MULTILINE)) == 449


def test_an_export_is_of_one_generation(tmp_path: Path) -> None:
    """Results go on as they began when the index changes while they are taken."""
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild(crowded(450))
    audit, hits = engine.every(Query())
    first = next(hits)
    engine.rebuild(sample())
    assert engine.search(Query()).total == 4
    rest = list(hits)
    assert len({hit.entry.id for hit in [first, *rest]}) == audit.status.entries == 450


def test_an_export_is_sent_while_it_is_made(tmp_path: Path) -> None:
    """The first record is on its way before the second result is made."""
    made = []

    class Counting(MemoryEngine):
        def every(self, query: Query) -> tuple[Audit, Iterator[Hit]]:
            audit, hits = super().every(query)
            return audit, (made.append(hit) or hit for hit in hits)  # type: ignore[func-returns-value]  # append gives None on purpose

    answer = create_app(settings(tmp_path), Counting(sample())).test_client().get("/export.jsonl", buffered=False)
    lines = iter(answer.response)
    next(lines)
    assert len(made) == 1
    next(lines)
    assert len(made) == 2
    answer.close()


@pytest.mark.parametrize("text", EVIL)
def test_no_cell_is_a_formula(tmp_path: Path, text: str) -> None:
    """A title, a passage or a name that a spreadsheet would compute has an apostrophe before it."""
    found = rows(site(tmp_path, one(text, f"{text} was said.")).get("/export.csv").text)
    assert [found[0][name][0] for name in ("title", "quote", "actors", "quote_actors")] == ["'"] * 4


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20))
def test_cells_keep_their_text(text: str) -> None:
    """A cell is the text, or an apostrophe and the text; it never begins with a sign that starts a formula."""
    cell = export._cell(text)  # noqa: SLF001 - one rule, tried on any text
    assert cell in (text, f"'{text}")
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))


def test_an_export_of_nothing(client: FlaskClient) -> None:
    """A search that finds nothing is exported as a head without rows, or nothing; not as an error."""
    assert rows(client.get("/export.csv?q=zeppelin").text) == []
    assert client.get("/export.csv?q=zeppelin").text.startswith("rank,id,kind,title,")
    assert [client.get(f"/export.{ending}?q=zeppelin").text for ending in ENDINGS[1:]] == ["", "", ""]


@pytest.mark.parametrize(
    ("url", "status"),
    [("/export.csv?page=0", 400), ("/export.csv?qq=x", 400), ("/feed.atom?year=15", 400), ("/export.xls", 404)],
)
def test_what_cannot_be_exported(client: FlaskClient, url: str, status: int) -> None:
    """Parameters are those of the API and as strict; an unknown format is not found."""
    assert client.get(url).status_code == status


@pytest.mark.parametrize("args", ["", "?q=hospital", "?q=zeppelin", "?q=hospital&year=2018&sort=newest"])
def test_the_feed_is_valid(client: FlaskClient, args: str) -> None:
    """A feed library reads it without complaint; it has the results in order, with absolute addresses."""
    parsed = feedparser.parse(client.get(f"/feed.atom{args}").data)
    assert not parsed.bozo
    assert parsed.version == "atom10"
    assert parsed.feed.id == parsed.feed.link == f"http://localhost/search{args}"
    ids = [urlsplit(item.id).path.removeprefix("/entry/") for item in parsed.entries]
    assert ids == identities(client, args.removeprefix("?"))
    assert all(item.updated and item.link.startswith("http://localhost/entry/") for item in parsed.entries)


def test_the_feed_tells_when_something_happened(client: FlaskClient) -> None:
    """An item says the event date of its passage, and where that comes from; its actors are its categories."""
    items = feedparser.parse(client.get("/feed.atom?q=hospital&year=2018").data).entries
    assert items[0].summary == "Mar 2018 (year from context): A hospital was hit in March."
    assert AIR_FORCE in [tag.term for tag in items[0].tags]


def test_a_long_feed_has_parts(large: tuple[WhooshEngine, FlaskClient]) -> None:
    """Further parts of a feed are found by its links, and all of them together are the results."""
    _, client = large
    url, seen = "/feed.atom?q=spoke", []
    while url:
        parsed = feedparser.parse(client.get(url).data)
        seen += [item.id for item in parsed.entries]
        url = next((link.href.removeprefix("http://localhost") for link in parsed.feed.links if link.rel == "next"), "")
    assert len(seen) == len(set(seen)) == 450


@pytest.mark.parametrize("text", ["\x00\x0b\x1f", "\ufffe\uffff", "<b>&amp;", "]]>"])
def test_any_text_fits_in_a_feed(tmp_path: Path, text: str) -> None:
    """What XML cannot hold is left out; all else is there as written."""
    data = site(tmp_path, one(f"A{text}Z", f"B{text}Z")).get("/feed.atom").data
    ET.fromstring(data)  # noqa: S314 - our own page
    shown = re.sub("[\x00-\x1f\ufffe\uffff]", "", text)
    assert feed._clean(text) == shown  # noqa: SLF001 - one rule, tried on any text
    assert f"B{shown}Z".replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode() in data


def test_opensearch_describes_the_search(client: FlaskClient) -> None:
    """A browser finds the description from any page, and in it an address where words can be put in."""
    assert 'href="/opensearch.xml"' in client.get("/").text
    answer = client.get("/opensearch.xml")
    assert answer.mimetype == "application/opensearchdescription+xml"
    names = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
    root = ET.fromstring(answer.data)  # noqa: S314 - our own page
    assert len(root.findtext("o:ShortName", "", names)) in range(1, 17)
    templates = {url.get("type"): url.get("template", "") for url in root.findall("o:Url", names)}
    for kind in ("text/html", "application/atom+xml"):
        address = templates[kind].replace("{searchTerms}", "hospital").removeprefix("http://localhost")
        assert client.get(address).mimetype == kind


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("Field notes", "Field notes"),
        ("Russia’s intervention in Syria", "Russia"),
        ("Notes from the field, 2015", "Notes from the"),
        ("Archive (Aleppo)", "Archive (Aleppo)"),
        ("Archive – Aleppo and Idlib", "Archive – Aleppo"),
        ("Documents – the north", "Documents – the"),
        ("Донаучноисторическое", "Донаучноисториче"),
    ],
)
def test_a_short_name_ends_with_a_word(title: str, short: str) -> None:
    """A browser has room for 16 characters of a name: it is cut between words, in a word only where there is one."""
    assert feed.short_name(title) == short


@pytest.mark.parametrize(
    ("url", "status", "parameter"),
    [
        ("/export.csv?page=0", 400, "page"),
        ("/export.pdf", 404, None),
        ("/export.ris?colour=red", 400, "colour"),
        ("/feed.atom?from=x", 400, "from"),
        ("/sitemap.xml?part=9", 404, None),
        ("/cite/nothing.ris", 404, None),
        ("/cite/notes/article.md/march-may-2018.json?passage=99", 400, "passage"),
    ],
)
def test_errors_of_files_are_for_programs(client: FlaskClient, url: str, status: int, parameter: str | None) -> None:
    """What asks for a file, a feed or a reference is told what is wrong as by the API."""
    answer = client.get(url)
    assert (answer.status_code, answer.mimetype) == (status, "application/json")
    error = answer.get_json()["error"]
    assert error["parameter"] == parameter
    assert error["message"].endswith(".")


def test_the_sitemap_lists_what_is_there(client: FlaskClient) -> None:
    """robots.txt leads to the sitemap; start, audit, documents and entries are in it, and each is there."""
    assert "Sitemap: http://localhost/sitemap.xml" in client.get("/robots.txt").text
    addresses = located(client.get("/sitemap.xml").data)
    assert len(addresses) == len(set(addresses)) == 2 + 2 + 4
    assert [address for address in addresses if client.get(address).status_code != 200] == []


def test_a_large_sitemap_has_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More addresses than a sitemap may list are in parts, which an index lists."""
    whole = located(create_app(settings(tmp_path), MemoryEngine(sample())).test_client().get("/sitemap.xml").data)
    monkeypatch.setattr(feed, "MOST_ADDRESSES", 3)
    client = create_app(settings(tmp_path), MemoryEngine(sample())).test_client()
    parts = located(client.get("/sitemap.xml").data)
    assert len(parts) == 3
    assert [address for part in parts for address in located(client.get(part).data)] == whole
    assert client.get("/sitemap.xml?part=4").status_code == client.get("/sitemap.xml?part=x").status_code == 404


def located(data: bytes) -> list[str]:
    """The addresses of a sitemap, without the host."""
    root = ET.fromstring(data)  # noqa: S314 - our own page
    return [(found.text or "").removeprefix("http://localhost") for found in root.iter() if found.tag.endswith("}loc")]


def test_the_page_offers_them(client: FlaskClient) -> None:
    """Under the results stands each format of this search, and the feed, from whatever page of it."""
    page = client.get("/search?q=hospital&page=2&per_page=2").text
    for ending in ENDINGS:
        assert f'href="/export.{ending}?q=hospital&amp;per_page=2"' in page
    assert page.count('href="/feed.atom?q=hospital&amp;per_page=2"') == 2
    assert "/export." not in client.get("/search?q=zeppelin").text


def test_a_browser_can_take_up_a_site_without_an_index(tmp_path: Path) -> None:
    """What a browser is told of the search does not need an index; without a title, it is called as its folder is."""
    given = settings(tmp_path)
    app = create_app(replace(given, collection=replace(given.collection, title="")), MemoryEngine(None))
    answer = app.test_client().get("/opensearch.xml")
    assert answer.status_code == 200
    assert f"<ShortName>{tmp_path.name[:16]}" in answer.text


@pytest.mark.parametrize("path", ["/feed.atom", "/export.csv", "/export.jsonl", "/export.ris", "/export.bib"])
def test_no_more_documents_are_read_than_are_told(tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told of the documents of three results is read for those, not for all that a corpus has."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number in range(40):
        (corpus / f"{number}.md").write_text(f"# Report {number}\n\nA {'hospital' if number < 3 else 'school'}.\n")
    built = Searchapp(corpus, tmp_path / "index")
    assert built.run("reindex").returncode == 0
    client = create_app(configuration.load(corpus, built.index, {}), WhooshEngine(built.index)).test_client()
    read: list[str] = []
    whole = Outlines.__getitem__

    def noted(outlines: Outlines, of: str) -> Outline:
        read.append(of)
        return whole(outlines, of)

    monkeypatch.setattr(Outlines, "__getitem__", noted)
    answer = client.get(f"{path}?q=hospital", buffered=True)
    assert "Report 2" in answer.text
    assert sorted(read) == ["0.md", "1.md", "2.md"]
