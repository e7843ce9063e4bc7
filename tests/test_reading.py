"""Reading: a document from hit to hit, an entry's page, references, why a result was found; and the search help."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import rispy
from flask.testing import FlaskClient
from running import Searchapp
from test_pages import Page, client_of, get
from web_support import SCRIPT, MemoryEngine, create_app, crowded, sample, settings

from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Filter, Query
from searchapp.settings import load
from searchapp.web.entries import look
from searchapp.web.helping import FORMS
from searchapp.web.reading import read

OWN_SCRIPT = 12 * 1024
SECTION = "notes/article.md/march-may-2018"
ITEM = "news/2015/11/25/air-base"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return client_of(sample(), tmp_path)


@pytest.fixture(scope="module")
def engine(seed_app: Searchapp) -> WhooshEngine:
    return WhooshEngine(seed_app.index)


@pytest.fixture(scope="module")
def seed_client(seed_app: Searchapp, engine: WhooshEngine) -> FlaskClient:
    return create_app(load(seed_app.corpus, seed_app.index), engine).test_client()


# --- A document -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "q", ["hospital", "russia", "air strikes -Aleppo", "24 November 2015", "Хмеймим", "(the OR of)"]
)
def test_steps_are_the_evidence(engine: WhooshEngine, q: str) -> None:
    """The passages stepped through are exactly the evidence that a search of the document counts, in its order."""
    for outline in engine.audit().outlines.values():
        view = read(engine, outline, Query(q))
        here = Query(q, frozenset({Filter("document", outline.ref.path)}), per_page=100)
        counts = {hit.entry.id: hit.evidence for hit in engine.search(here).hits}
        assert view.hits == sum(counts.values()) == sum(line.hits for line in view.contents)
        assert [step.number for step in view.steps.values()] == list(range(1, view.hits + 1))
        assert [step.at for step in view.steps.values()] == sorted(step.at for step in view.steps.values())
        ids = list(view.steps)
        assert [step.next for step in view.steps.values()] == [*ids[1:], ""][: len(ids)]
        assert [step.previous for step in view.steps.values()] == ["", *ids[:-1]][: len(ids)]


def test_filters_count_in_the_document(engine: WhooshEngine) -> None:
    """With a year chosen, only passages of that year are hits; the words are marked everywhere."""
    (outline,) = [one for one in engine.audit().outlines.values() if one.ref.path.startswith("001")]
    everywhere = read(engine, outline, Query("hospital"))
    of_a_year = read(engine, outline, Query("hospital", frozenset({Filter("year", "2019")})))
    assert 0 < of_a_year.hits < everywhere.hits
    marks = [sum(str(line.html).count("<mark>") for b in v.blocks for line in b.lines) for v in (everywhere, of_a_year)]
    assert marks[0] == marks[1]


def test_the_map_has_every_hit(seed_client: FlaskClient) -> None:
    """The map beside a document draws each hit once, and is hidden from those who cannot see it."""
    html = seed_client.get("/doc/001_69d70ffd968491bc.txt?q=hospital").text
    start = html.index('<svg class="map"')
    drawn = html[start : html.index("</svg>", start)]
    assert 'aria-hidden="true"' in drawn
    assert drawn.count("M0 ") == html.count(' is-hit"')


def test_headings_of_a_document_are_in_order(seed_client: FlaskClient) -> None:
    """The title of a document comes first of its headings, before that of its contents."""
    html = seed_client.get("/doc/001_69d70ffd968491bc.txt").text
    headings = re.findall(r"<h(\d)[^>]*>([^<]*)", html)
    assert headings[0][0] == "1"
    assert headings[1] == ("2", "Contents")


def test_no_passages_no_switch(tmp_path: Path) -> None:
    """A document without passages has no switch for what is beside them."""
    collection = sample()
    outlines = tuple(replace(one, entries=(), headings=()) for one in collection.outlines)
    html = client_of(replace(collection, outlines=outlines), tmp_path).get("/doc/notes/article.md").text
    assert 'id="_margin"' not in html


def test_no_search_no_steps(client: FlaskClient) -> None:
    """A document opened without a search has no bar, no map and no hits."""
    page = get(client, "/doc/notes/article.md")
    assert "data-steps" not in [name for _, name, _ in page.attributes]
    assert "map" not in [value for _, name, value in page.attributes if name == "class"]


def test_back_to_the_same_result(client: FlaskClient) -> None:
    """A result leads to its document and back to its own place among the results."""
    results = get(client, "/search?q=hospital")
    link = next(link for link in results.links if link.startswith("/doc/notes") and "at=2" in link)
    back = [link for link in get(client, link.partition("#")[0]).links if link.startswith("/search?q=hospital")]
    assert back == ["/search?q=hospital#r2"]
    assert "r2" in results.ids


# --- An entry -------------------------------------------------------------------------------------


def test_page_of_a_section(client: FlaskClient) -> None:
    """The page of a section has its title, date and origin, file and lines, actors, passages with lines, references."""
    page = get(client, f"/entry/{SECTION}")
    assert "Operations" in page.text
    assert "Mar – May 2018 from the heading" in page.text
    assert "notes/article.md , lines 12–30 · 6 passages" in page.text
    assert {"L12", "L14", "L16", "L16-2", "L20", "L25", "L30"} <= set(page.ids)
    assert "/search?actor=Red+Cross" in page.links
    assert [f"/cite/{SECTION}?passage={n}" in page.links for n in range(1, 7)] == [True] * 6
    assert "/doc/notes/article.md#march-may-2018" in page.links


def test_page_of_an_item_is_escaped(client: FlaskClient) -> None:
    """A news item has its headline once, its date, topics and sources; what cannot be followed is no link."""
    answer = client.get(f"/entry/{ITEM}")
    page = Page(answer.text)
    assert SCRIPT not in answer.text
    assert page.text.count("The air base will be reinforced.") == 1
    assert "25 Nov 2015 date of the item" in page.text
    assert "Air bases" in page.text
    assert "https://example.org/x" in page.links
    assert not [link for link in page.links if link.startswith("javascript")]


def test_neighbours_are_those_of_the_list(tmp_path: Path) -> None:
    """Previous and next follow the list of results over the ends of its pages, to its first and last entry."""
    engine = MemoryEngine(crowded(7))
    client = create_app(settings(tmp_path), engine).test_client()
    found = [hit.entry.id for hit in engine.search(Query("spoke", per_page=3)).hits]
    seen = list(found[:1])
    url = f"/entry/{found[0]}?q=spoke&per_page=3&at=1"
    while url:
        page = get(client, url)
        assert f"Result {len(seen)} of 7" in page.text
        assert f"/search?q=spoke{page_of(len(seen))}&per_page=3#r{len(seen)}" in page.links
        url = next((link for link in page.links if f"at={len(seen) + 1}" in link and link.startswith("/entry/")), "")
        seen += [urlsplit(url).path.removeprefix("/entry/")] if url else []
    everything = engine.search(Query("spoke", per_page=100)).hits
    assert seen == [hit.entry.id for hit in everything]


def page_of(place: int) -> str:
    page = (place - 1) // 3 + 1
    return f"&page={page}" if page > 1 else ""


def test_a_place_that_is_wrong_is_mended(tmp_path: Path) -> None:
    """A place in the results that is another's, or none at all, does no harm: the entry is looked for or left alone."""
    engine = MemoryEngine(crowded(7))
    entry = engine.search(Query("spoke")).hits[2].entry
    for place in (1, 999, 0):
        near = look(engine, entry, Query("spoke"), place).neighbours
        assert near is not None
        assert (near.place, near.total) == (3, 7)
    lost = look(engine, entry, Query("nothinglikeit"), 2).neighbours
    assert lost is not None
    assert (lost.place, lost.previous, lost.next) == (0, "", "")
    assert look(engine, entry, Query(), 0).neighbours is None
    client = create_app(settings(tmp_path), engine).test_client()
    assert client.get(f"/entry/{entry.id}?q=spoke&at=-1x").status_code == 200


def test_no_such_entry(client: FlaskClient) -> None:
    """An unknown entry is a 404 that says so, as page, reference and JSON."""
    for url in ("/entry/nowhere", "/cite/nowhere", "/cite/nowhere.bib", "/api/similar/nowhere"):
        answer = client.get(url)
        assert answer.status_code == 404, url
        assert "There is no entry" in answer.text, url


def test_more_like_this(engine: WhooshEngine) -> None:
    """On the seeds, what is like the section on civilian casualties shares its telling words, and never is itself."""
    entry_id = "001_69d70ffd968491bc.txt/reports-of-civilian-casualties-and-war-crimes"
    alike = engine.similar(entry_id, 5)
    assert len(alike) == 5
    assert entry_id not in [one.entry.id for one in alike]
    for one in alike:
        text = " ".join(passage.text for passage in one.entry.passages).casefold()
        assert one.shared
        assert sum(word.casefold().rstrip("s") in text for word in one.shared) >= len(one.shared) - 1
    assert engine.similar("nowhere") == ()


def test_similar_as_json(seed_client: FlaskClient) -> None:
    """The API gives the same entries, without their passages, and refuses a limit that is none."""
    found = seed_client.get("/api/similar/001_69d70ffd968491bc.txt/wagner-group-involvement?limit=2").get_json()
    assert len(found["similar"]) == 2
    assert all(one["shared"] and "passages" not in one for one in found["similar"])
    for wrong in ("0", "51", "x", "²"):
        answer = seed_client.get(f"/api/similar/001_69d70ffd968491bc.txt/top?limit={quote(wrong)}")
        assert answer.status_code == 400
        assert answer.get_json()["error"]["parameter"] == "limit"


# --- References -----------------------------------------------------------------------------------


def test_reference_files(client: FlaskClient) -> None:
    """Each format has an address and a media type, and says the same of the same passage."""
    quoted = "Hospitals reopened in late May 2018."
    texts = {}
    for ending, media in (
        ("txt", "text/plain"),
        ("bib", "application/x-bibtex"),
        ("ris", "application/x-research-info-systems"),
        ("json", "application/vnd.citationstyles.csl+json"),
    ):
        answer = client.get(f"/cite/{SECTION}.{ending}?passage=2")
        assert answer.content_type == f"{media}; charset=utf-8"
        texts[ending] = answer.text
        assert quoted in answer.text
        assert f"http://localhost/entry/{SECTION}" in answer.text
    assert rispy.loads(texts["ris"])[0]["abstract"] == quoted
    assert json.loads(texts["json"])[0]["custom"]["lines"] == [16, 16]


def test_reference_page_has_every_format(client: FlaskClient) -> None:
    """Without script the reference is a page that shows each format as it would be downloaded."""
    page = get(client, f"/cite/{SECTION}?passage=2")
    for ending in ("txt", "bib", "ris", "json"):
        assert f"/cite/{SECTION}.{ending}?passage=2" in page.links
        written = client.get(f"/cite/{SECTION}.{ending}?passage=2").text
        assert " ".join(written.split()) in page.text


def test_reference_to_a_whole_entry(client: FlaskClient) -> None:
    """Without a passage the reference is to all of the entry: its lines, its dates and what they rest on, no quote."""
    cited = client.get(f"/cite/{SECTION}.json").get_json(force=True)[0]
    assert cited["custom"]["lines"] == [12, 30]
    assert "quote" not in cited["custom"]
    assert "abstract" not in cited
    text = client.get(f"/cite/{SECTION}.txt").text
    assert text.startswith("“Operations › March – May 2018”, in: ")
    assert "lines 12–30" in text
    assert "Event date: Mar – May 2018 (from the heading)." in text
    assert text.endswith(f"/entry/{SECTION}\n")
    page = get(client, f"/entry/{SECTION}")
    assert {f"/cite/{SECTION}", f"/cite/{SECTION}.bib"} <= set(page.links)
    title = client.get(f"/cite/{SECTION}.json?passage=0").get_json(force=True)[0]
    assert title["custom"]["quote"] == "March – May 2018"
    assert title["id"] != cited["id"]


def test_the_dates_of_a_whole_section_say_so(seed_client: FlaskClient) -> None:
    """A section that is dated by its passages only is cited with the span of them."""
    section = "001_69d70ffd968491bc.txt/reports-of-civilian-casualties-and-war-crimes"
    text = seed_client.get(f"/cite/{section}.txt").text
    assert "lines 352–377" in text
    assert "(whole section)" in text
    assert "undated" not in text


@pytest.mark.parametrize("number", ["7", "-1", "x", "²", "1000000000"])
def test_no_such_passage(client: FlaskClient, number: str) -> None:
    """A passage that an entry does not have is a 400 that says which there are."""
    answer = client.get(f"/cite/{SECTION}?passage={quote(number)}")
    assert answer.status_code == 400
    assert "to 6" in answer.text


def test_permalink_leads_to_the_passage(seed_client: FlaskClient, engine: WhooshEngine) -> None:
    """The permalink of every passage of the seeds leads to a page that has its text at that address."""
    for outline in engine.audit().outlines.values():
        for entry_id in outline.entries[:6]:
            entry = engine.entry(entry_id)
            assert entry is not None
            page = Page(seed_client.get(f"/entry/{quote(entry_id)}").text)
            for number in range(len(entry.passages)):
                item = seed_client.get(f"/cite/{quote(entry_id)}.json?passage={number}").get_json(force=True)[0]
                where = urlsplit(item["custom"]["permalink"])
                assert where.path == f"/entry/{quote(entry_id)}"
                assert where.fragment in page.ids


# --- Why, suggestions, help -----------------------------------------------------------------------


def test_why_this_result(seed_client: FlaskClient) -> None:
    """One quiet link shows under each result what it was found by, and takes that back again."""
    plain = get(seed_client, "/search?q=hospital+Idlib")
    why = next(link for link in plain.links if "explain=1" in link)
    told = get(seed_client, why.partition("#")[0])
    assert "the word “hospital”: in" in told.text
    assert "% of the score" in told.text
    assert "/search?q=hospital+Idlib#r1" in told.links
    assert "% of the score" not in plain.text


def test_suggestions_as_json(seed_client: FlaskClient) -> None:
    """An alias in another script gives the canonical name with its type and count, and says how it was spelled."""
    found = seed_client.get("/api/suggest?q=" + quote("hospital Хмейм")).get_json()
    first = found["suggestions"][0]
    assert first["kind"] == "place"
    assert first["alias"] == "Хмеймим"
    assert first["q"] == f"hospital {first['value']}"
    assert first["count"] > 0


@pytest.mark.parametrize("q", ["medecins", "MÉDECINS", "frontieres", "sans fr"])
def test_any_word_in_any_case(seed_client: FlaskClient, q: str) -> None:
    """A name is found by the beginning of any of its words, whatever the case and the accents."""
    found = seed_client.get(f"/api/suggest?q={quote(q)}").get_json()["suggestions"]
    assert "Médecins Sans Frontières" in [one["value"] for one in found]


@pytest.mark.parametrize("q", ["ru", "islam", "hosp", '"cruise mis', "-alep", "reac", "al-n", "sept"])
def test_what_is_suggested_finds_what_it_says(seed_client: FlaskClient, engine: WhooshEngine, q: str) -> None:
    """Each suggestion is a search that finds something, as many entries as its count says where it is typed alone."""
    found = seed_client.get(f"/api/suggest?q={quote(q)}").get_json()["suggestions"]
    assert found
    for one in found:
        alone = f'"{one["value"]}"' if one["kind"] == "heading" else one["value"]
        assert engine.search(Query(alone)).total == one["count"] > 0, one


@pytest.mark.parametrize(
    ("q", "left_out"),
    [
        ("hospital NOT isla", "Islamic State"),
        ("hospital -isla", "Islamic State"),
        ("NOT  syrian a", "Syrian Army"),
        ("hospital (NOT syrian a", "Syrian Army"),
        ("NOT Syrian Dese", "Syrian Desert"),
    ],
)
def test_a_name_of_several_words_is_left_out_as_one(
    seed_client: FlaskClient, engine: WhooshEngine, q: str, left_out: str
) -> None:
    """Behind NOT as behind a minus, a suggested name leaves out what it is, not its first word alone."""
    found = seed_client.get(f"/api/suggest?q={quote(q)}").get_json()["suggestions"]
    (offered,) = (one["q"] for one in found if one["value"] == left_out)
    assert offered.endswith(f'"{left_out}"')
    without = engine.search(Query(offered))
    assert without.total
    assert not any(left_out in passage.text for hit in without.hits for passage in hit.passages)


def test_a_name_behind_something_else_is_as_it_is_written(seed_client: FlaskClient) -> None:
    """Where words stand side by side, several are one name; `knot` leaves out nothing."""
    for q in ("isla", "hospital isla", "hospital OR isla", "KNOT isla", "NOT hospital isla"):
        found = seed_client.get(f"/api/suggest?q={quote(q)}").get_json()["suggestions"]
        assert any(one["q"].endswith(" Islamic State") or one["q"] == "Islamic State" for one in found), q


@pytest.mark.parametrize("q", ["", " ", "x", "palm*", "Lavrov~", "zzzz", "\x00", "(", '"', "a" * 5000])
def test_nothing_to_suggest(seed_client: FlaskClient, q: str) -> None:
    """Nothing, or too little, or an operator: an empty list and no error."""
    answer = seed_client.get(f"/api/suggest?q={quote(q)}")
    assert (answer.status_code, answer.get_json()["suggestions"]) == (200, [])


def test_unknown_parameter_of_suggest(seed_client: FlaskClient) -> None:
    """A parameter that is not there is refused by its name."""
    answer = seed_client.get("/api/suggest?q=a&lang=en")
    assert (answer.status_code, answer.get_json()["error"]["parameter"]) == (400, "lang")


def test_help_on_the_seeds(seed_client: FlaskClient, engine: WhooshEngine) -> None:
    """On the seeds every line of the search help has an example, and each finds something as it is typed."""
    page = get(seed_client, "/")
    help_links = [link for link in page.links if link.startswith("/search?q=") and "&" not in link]
    asked = [parse_qs(urlsplit(link).query)["q"][0] for link in help_links][-len(FORMS) :]
    assert len(asked) == len(FORMS)
    for q in asked:
        results = engine.search(Query(q))
        assert results.full_matches > 0, q
        assert not [note for note in results.notes if note.code in ("widened", "suggested", "ignored", "capped")], q
    kinds = [" OR ", " -", "*", "~", '"']
    assert all(any(kind in q for q in asked) for kind in kinds)


def test_help_without_material(tmp_path: Path) -> None:
    """In a corpus that holds nothing to show it on, the help shows the forms alone, and links nowhere."""
    empty = replace(sample(), entries=(), outlines=())
    page = get(client_of(empty, tmp_path), "/search?q=nothinglikeit")
    assert "spelling~" in page.text
    assert not [link for link in page.links if link.startswith("/search?q=spelling")]


def test_script_is_small(root: Path) -> None:
    """All JavaScript of our own is at most 12 KB."""
    scripts = list((root / "searchapp" / "web" / "static").rglob("*.js"))
    assert scripts
    assert sum(script.stat().st_size for script in scripts) <= OWN_SCRIPT


def test_the_api_leads_to_references(client: FlaskClient) -> None:
    """Each passage of a result and of an entry says its number and the address of its reference."""
    passages = [p for hit in client.get("/api/search?q=hospital").get_json()["results"] for p in hit["passages"]]
    passages += client.get(f"/api/entries/{SECTION}").get_json()["passages"]
    assert len(passages) > 6
    for passage in passages:
        path, _, arguments = passage["cite"].partition("?")
        assert arguments in ("", f"passage={passage['number']}")
        quote = client.get(f"{path}.json?{arguments}").get_json(force=True)[0]["custom"]["quote"]
        assert quote == passage["text"]


def test_a_document_leads_to_references(client: FlaskClient) -> None:
    """In the view of a document each passage has the link to its reference, script or not."""
    page = client.get("/doc/notes/article.md?q=hospital").text
    found = re.findall(r'id="(L[\d-]+)">\s*<p class="ref">.*?class="cite" href="([^"]+)"', page)
    assert len(found) == 7
    for line, address in found:
        path, _, arguments = address.partition("?")
        assert f"#{line}" in client.get(f"{path}.txt?{arguments}").text


# --- A corpus of its own --------------------------------------------------------------------------

OWN = {
    "page.md": "# A page\n\n"
    + "\n\n".join(f"## {name}\n\nAbout {name}." for name in "Main Q Keys Keys-title Contents Letters Margin".split())
    + "\n\n## Elsewhere main\n\nMore.\n",
    "fr.md": "---\nlang: fr\n---\n# Un rapport\n\n## Vide\n\n## Plein\n\nUn hôpital.\n",
    "forged.md": '---\nurl: "https://example.org/a\\nER  - \\nTY  - BOOK\\nTI  - Forged"\n---\nA hospital.\n',
    "list.md": "---\nsource: [nobody, 'https://a.example/x', 'https://b.example']\ntags: [war]\n---\n# T\n\nHospital.",
    "talk.md": "12:30 <Ahmad> a strike, <Omar onload> heard.\n",
    "one/same.md": "# Same\n\nA hospital.\n",
    "two/same.md": "# Same\n\nA hospital.\n",
    "item.md": "### [2016-01-5](/news/2016/01/5/index.md)\n\n# A hospital is hit\n\n### Source:\n\n1. State television",
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The site on a corpus of odd headings, languages and front matter."""

    def fill(corpus: Path) -> None:
        for name, text in OWN.items():
            (corpus / name).parent.mkdir(exist_ok=True)
            (corpus / name).write_text(text, encoding="utf-8")

    app = Searchapp.indexed(tmp_path_factory.mktemp("own"), fill)
    return create_app(load(app.corpus, app.index), WhooshEngine(app.index)).test_client()


def test_headings_take_no_address_of_the_page(own: FlaskClient) -> None:
    """Whatever headings are called, each id is there once, and the page's own controls keep theirs."""
    for path in ("/doc/page.md", "/entry/page.md/keys", "/entry/page.md/elsewhere-main"):
        ids = re.findall(r'\bid="([^"]*)"', own.get(path).text)
        assert len(ids) == len(set(ids)), path
        assert {"_main", "_q", "_keys"} <= set(ids)
    assert {"main", "q", "keys", "contents", "margin"} <= set(re.findall(r'id="([^"]*)"', own.get("/doc/page.md").text))


def test_titles_say_the_language_of_their_document(own: FlaskClient) -> None:
    """The title of a document and a heading without text are in its language, too."""
    page = own.get("/doc/fr.md").text
    assert re.search(r'<h1[^>]* lang="fr"', page)
    assert len(re.findall(r'<h2[^>]* lang="fr"', page)) == 2


def test_text_in_the_form_of_a_tag_is_shown_as_text(own: FlaskClient) -> None:
    """A speaker in angle brackets is found and read, and is no element of the page."""
    for path in ("/doc/talk.md", "/entry/talk.md/top", "/search?q=strike"):
        page = own.get(path).text
        assert all(said in Page(page).text for said in ("12:30 <Ahmad> a", "<Omar onload> heard.")), path
        assert not re.search("<ahmad|<omar", page, re.IGNORECASE), path


def test_front_matter_forges_no_reference(own: FlaskClient) -> None:
    """A source that goes over lines begins no record of its own; of several, the first that is a link is named."""
    for path in ("/cite/forged.md/top.ris", "/export.ris?q=hospital&document=forged.md"):
        (record,) = rispy.loads(own.get(path).text)
        assert record["urls"] == ["https://example.org/a"]
    (record,) = rispy.loads(own.get("/export.ris?q=hospital&document=list.md").text)
    assert record["urls"] == ["https://a.example/x"]


def test_one_text_in_two_files_has_two_keys(own: FlaskClient) -> None:
    """The key of a reference is one for each passage of the collection."""
    keys = {own.get(f"/cite/{path}/same.json?passage=1").get_json()[0]["id"] for path in ("one/same.md", "two/same.md")}
    assert len(keys) == 2


def test_lists_of_an_entry_say_what_they_are(own: FlaskClient) -> None:
    """Sources have their label where there is nothing else; without actors and topics there is no list of them."""
    assert re.search(r"Source: State television", own.get("/entry/news/2016/01/05/a-hospital-is-hit").text)
    assert "Actors and topics" not in own.get("/entry/list.md/t").text


def test_what_is_wrong_is_told_without_words_too(own: FlaskClient) -> None:
    """A number that is none is an error, whatever else is asked."""
    assert own.get("/api/suggest?q=&limit=abc").status_code == 400


def test_passages_on_one_line_have_addresses_of_their_own(tmp_path: Path) -> None:
    """A paragraph and the caption of the picture in it begin on one line, and each is linked to where it stands: in the
    view of the document and on the entry's page, under a heading, without one, and in a news item."""
    line = "Ruins in the north. ![Ruins in the south](a.jpg)\n"

    def fill(corpus: Path) -> None:
        (corpus / "headed.md").write_text(f"# Homs\n\n{line}")
        (corpus / "titled.md").write_text(f"---\ntitle: Homs\n---\n{line}\n## Idlib\n\n{line}")
        (corpus / "news.md").write_text(
            f"### [2016-01-5](/news/2016/01/5/index.md)\n\n# Ruins are seen.\n\n{line}\n### Source:\n\n1. State TV\n"
        )

    app = Searchapp.indexed(tmp_path, fill)
    with app.serving() as server:
        hits = app.json("search", "ruins", "--passages", "50")["results"]
        for hit in hits:
            for found in hit["passages"]:
                path, _, address = found["url"].partition("#")
                for page in (path, f"/entry/{hit['id']}"):
                    (after,) = re.findall(f'id="{address}"(.*)', server.text(page), re.DOTALL)
                    seen = " ".join(re.sub("<[^>]*>", " ", ">" + after.partition("</main>")[0][:900]).split())
                    assert found["text"].split(".")[0] in seen[:120]
        whole = server.get(f"/api/entries/{hits[0]['id']}")["passages"]
    assert sum(len(hit["passages"]) for hit in hits) == 9
    assert {found["url"] for found in hits[0]["passages"]} <= {found["url"] for found in whole}
