"""The pages as HTML, over a small engine: every state has a URL, every link leads somewhere, nothing is unescaped."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from web_support import AIR_FORCE, CROSS, SCRIPT, MemoryEngine, create_app, crowded, on, sample, settings

from searchapp import indexing
from searchapp import settings as configuration
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Collection, Filter, Gazetteer, Heading, Note, Query
from searchapp.web import facets, urls

VOID = {"meta", "link", "input", "rect", "br", "hr", "img"}


class Page(HTMLParser):
    """A page that is well-formed: what links, ids and text it has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.headings: list[int] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self._open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")
            if (tag, name) == ("a", "href"):
                self.links.append(value or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """All text, white space collapsed."""
        return " ".join(" ".join(self.words).split())


def client_of(collection: Collection | None, folder: Path) -> FlaskClient:
    return create_app(settings(folder), MemoryEngine(collection)).test_client()


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return client_of(sample(), tmp_path)


def get(client: FlaskClient, url: str, status: int = 200) -> Page:
    answer = client.get(url)
    assert answer.status_code == status, answer.text
    return sound(answer.text)


def sound(html: str) -> Page:
    """A page whose ids and headings are as they should be."""
    page = Page(html)
    assert len(page.ids) == len(set(page.ids)), "an id stands twice"
    assert page.headings.count(1) == 1
    return page


STATES = [
    "/",
    "/about",
    "/search",
    "/search?q=hospital",
    "/search?q=hospital&year=2018&actor=Air+Force&not_actor=Red+Cross&from=2016-01-01&sort=newest",
    "/search?q=hospital&year=2015&actor=Red+Cross",
    "/search?q=nothinglikeit",
    "/search?kind=news&page=2&per_page=1",
    "/search?page=9&per_page=1",
    "/doc/notes/article.md",
    "/doc/notes/article.md?q=hospital&year=2018",
    "/doc/news%2025.md",
    "/entry/notes/article.md/march-may-2018",
    "/entry/news/2015/11/25/air-base?q=hospital&at=2",
    "/cite/notes/article.md/march-may-2018?passage=2",
    "/api",
    "/search?q=hospital&actor=Air+Forse",
]


@pytest.fixture(scope="module")
def places() -> dict[str, list[str] | None]:
    """By address, the ids of a page that a link led to; None for a file. States share most of their links."""
    return {}


@pytest.mark.parametrize("url", STATES)
def test_no_dead_links(client: FlaskClient, places: dict[str, list[str] | None], url: str) -> None:
    """Every link of every kind of page leads to a page, and every fragment to a place on it."""
    page = get(client, url)
    assert page.links
    for link in set(page.links):
        parts = urlsplit(urljoin(url, link))
        if parts.scheme in ("http", "https"):
            continue
        address = f"{parts.path}?{parts.query}"
        if address not in places:
            answer = client.get(address)
            text = answer.get_data(as_text=True)  # to its end: a stream that is dropped keeps its request
            assert answer.status_code == 200, link
            is_page = answer.mimetype == "text/html"  # exports, feeds and citations are files
            places[address] = sound(text).ids if is_page else None
        ids = places[address]
        assert ids is None or not parts.fragment or unescape(parts.fragment).replace("%20", " ") in ids, link


@pytest.mark.parametrize("url", STATES)
def test_nothing_from_elsewhere(client: FlaskClient, url: str) -> None:
    """A page loads only what this server has, needs no style attribute and no inline script, and sets no cookie."""
    answer = client.get(url)
    page = Page(answer.text)
    loaded = [v for tag, name, v in page.attributes if name == "src" or (tag == "link" and name == "href")]
    own = [value for value in loaded if not value.startswith("http://localhost/")]
    assert own
    assert all(value.startswith("/") and not value.startswith("//") for value in own)
    assert not [name for _, name, _ in page.attributes if name == "style" or name.startswith("on")]
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("url", STATES)
def test_documents_say_nothing_in_html(client: FlaskClient, url: str) -> None:
    """A script in a title, in front matter or in a query is text, and no link leads to one."""
    html = client.get(url).text
    assert SCRIPT not in html
    assert 'href="javascript:' not in html


def test_query_is_escaped(client: FlaskClient) -> None:
    """What was typed stands in the box and the sentence as text."""
    html = client.get("/search", query_string={"q": f'"><{SCRIPT}', "actor": SCRIPT}).text
    assert SCRIPT not in html
    assert get(client, "/search?q=%22%3E%3Cb%3E").text


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("/search?q=a&match=all&from=&to=", "/search?q=a"),
        ("/search?year=2018&year=2015&q=a", "/search?q=a&year=2015&year=2018"),
        ("/search?q=a&utm_source=mail", "/search?q=a"),
        ("/search?from=2016&page=1", "/search?from=2016-01-01"),
        ("/?q=a", "/search?q=a"),
    ],
)
def test_one_url_for_a_state(client: FlaskClient, typed: str, canonical: str) -> None:
    """Another spelling of a state, such as a form sends, leads to its one URL."""
    answer = client.get(typed)
    assert (answer.status_code, answer.headers["Location"]) == (302, canonical)
    assert client.get(canonical).status_code == 200


def test_facet_links_are_toggles(client: FlaskClient) -> None:
    """A click on a value adds it and goes to the first page; on a selected one it removes it."""
    query = Query(q="hospital", page=2, per_page=1)
    page = get(client, urls.search_url(query))
    chosen = query.on_page(1).toggle(Filter("actor", AIR_FORCE))
    assert urls.search_url(chosen) in page.links
    after = get(client, urls.search_url(chosen))
    assert urls.search_url(query.on_page(1)) in after.links
    assert urls.search_url(chosen.toggle(Filter("actor", CROSS))) in after.links
    assert urls.search_url(chosen.toggle(Filter("year", "2018"))) in after.links


def test_exclude_and_undo(client: FlaskClient) -> None:
    """“not” excludes a value, replacing its selection; “undo” takes the exclusion back."""
    selected = Query(q="hospital").toggle(Filter("actor", AIR_FORCE))
    excluded = Query(q="hospital").toggle(Filter("actor", AIR_FORCE, exclude=True))
    assert urls.search_url(excluded) in get(client, urls.search_url(selected)).links
    page = get(client, urls.search_url(excluded))
    assert urls.search_url(Query(q="hospital")) in page.links
    assert f"undo excluding {AIR_FORCE}" in page.text


def test_counts_are_what_a_click_gives(client: FlaskClient) -> None:
    """The number beside a value that is not selected is the number of entries that its link finds."""
    html = client.get("/search?q=hospital").text
    rows = re.findall(r'<li class="f"><a href="([^"]+)"><i><bdi>[^<]*</bdi></i> <b>(\d+)<', html)
    assert len(rows) >= 5
    for link, count in rows:
        assert re.search(rf"<strong>{count} [a-z ]+</strong>", client.get(unescape(link)).text)


def test_forms_keep_the_rest(client: FlaskClient) -> None:
    """Each form changes what it shows and keeps the rest of the state, but not the page."""
    page = get(client, "/search?q=hospital&year=2018&actor=Air+Force&match=any&sort=newest&per_page=1")
    hidden = re.findall(
        r'<input type="hidden" name="(\w+)" value="([^"]*)"',
        client.get("/search?q=hospital&year=2018&match=any&sort=newest&per_page=5").text,
    )
    words_form = [("year", "2018"), ("sort", "newest"), ("per_page", "5")]
    dates_form = [("q", "hospital"), ("year", "2018"), ("match", "any"), ("sort", "newest"), ("per_page", "5")]
    assert hidden == words_form + dates_form
    assert ("input", "value", "hospital") in page.attributes


def test_sentence_and_chips(client: FlaskClient) -> None:
    """The state is said in words, and each filter is a chip whose link removes it."""
    url = "/search?q=hospital&year=2018&actor=Air+Force&not_actor=Red+Cross&from=2018-01-01&to=2018-12-31"
    page = get(client, url)
    assert "1 entry in 1 document holds “hospital” in a passage of 2018 dated 2018 that names Air Force" in page.text
    for spoken in (
        "Remove date of event: 2018",
        "Remove year: 2018",
        "Remove actor: Air Force",
        "Stop excluding actor: Red Cross",
    ):
        assert ("a", "aria-label", spoken) in page.attributes


def test_dates_say_where_they_are_from(client: FlaskClient) -> None:
    """Each passage has its date and its origin in words; undated is said, not left out."""
    text = get(client, "/search?q=hospital").text
    for words in (
        "Mar 2018 year from context",
        "late May 2018 stated in the text",
        "Mar – May 2018 from the heading",
        "25 Nov 2015 date of the item",
        "undated no certain date in the text",
    ):
        assert words in text


def test_evidence_leads_to_its_line(client: FlaskClient) -> None:
    """A passage links to its line in the document, which is there, marked, with the words of the search."""
    page = get(client, "/search?q=hospital")
    [link] = {link for link in page.links if link.endswith("#L14")}
    assert link == "/doc/notes/article.md?q=hospital&at=2#L14"
    html = client.get(link).text
    assert re.search(r'id="L14">.*?<mark>hospital</mark>', html, re.DOTALL)


def test_title_that_matches_is_its_own_evidence(client: FlaskClient) -> None:
    """A news item that matches by its headline has its marks and its line beside the headline, not a second time."""
    html = client.get("/search?q=shelled").text
    assert html.count("<mark>shelled</mark>") == 1
    assert "/doc/news%2025.md?q=shelled&at=1#L3" in Page(html).links


def test_long_title_is_cut_around_its_match(client: FlaskClient) -> None:
    """A headline of paragraph length is cut, and the word that matched is still in it."""
    html = client.get("/search?q=clinic").text
    assert "<mark>clinic</mark>" in html
    assert "… " in html


def test_document_is_whole(client: FlaskClient) -> None:
    """The view of a document has every passage of its entries, its headings and its front matter."""
    page = get(client, "/doc/notes/article.md")
    for entry in sample().entries[:2]:
        for passage in entry.body:
            assert " ".join(passage.text.split()) in page.text
    for words in ("Operations", "March – May 2018", "A. Nonymous"):
        assert words in page.text
    assert {"opening", "operations", "march-may-2018", "L7", "L14", "L16", "L16-2", "L30"} <= set(page.ids)


def test_document_links_only_out_and_safely(client: FlaskClient) -> None:
    """Links of the text lead out only by http, https or mailto, and tell nothing of where they were."""
    html = client.get("/doc/notes/article.md").text
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">aid worker</a>' in html


def test_document_table_and_code(client: FlaskClient) -> None:
    """Tables have rows and cells, the first row as headings; code keeps its lines."""
    html = client.get("/doc/notes/article.md").text
    assert "<th>Hospital</th><th>Beds</th>" in html
    assert "<td>North</td><td>40</td>" in html
    assert "<code>if bombs &gt; 0:\n    run()</code>" in html


def test_item_told_elsewhere(client: FlaskClient) -> None:
    """An item that another document tells in full is named and leads there."""
    page = get(client, "/doc/notes/article.md")
    assert "/doc/news%2025.md#item-1" in page.links
    assert "The air base will be reinforced." not in page.text


def test_hits_of_a_document_are_those_of_the_search(client: FlaskClient) -> None:
    """The document counts as matching exactly the passages that the search counts there, filters included."""
    page = get(client, "/doc/notes/article.md?q=hospital&year=2018")
    assert "2 passages with “hospital”" in page.text
    assert "/search?q=hospital&year=2018" in page.links
    assert "No matching passage" in get(client, "/doc/notes/article.md?q=nothinglikeit").text


def test_zero_hits_offer_ways_out(client: FlaskClient) -> None:
    """When nothing is found, each way out has the count that its link gives, and none of them is zero."""
    html = client.get("/search?q=hospital&year=2015&actor=Red+Cross").text
    ways = re.findall(r'<li><a href="([^"]+)">([^<]+)</a><span class="num">(\d+) ', html)
    assert {text for _, text, _ in ways} >= {"Any year, the rest kept", "“hospital” without any filter"}
    for link, _, count in ways:
        assert int(count) > 0
        assert re.search(f"<strong>(All )?{count} ", client.get(unescape(link)).text)
    assert "Remove actor: Red Cross" in html


def test_a_way_out_of_a_typed_date(tmp_path: Path) -> None:
    """Where nothing is of the typed date, what is of a longer time that holds it is offered first, with its count."""
    engine = MemoryEngine(sample())
    engine.notes = (Note("date", ("5 March 2018",), Query(q="hospital")),)
    page = create_app(settings(tmp_path), engine).test_client().get("/search?q=zeppelin").text
    (way, *_) = re.findall(r'<li><a href="([^"]+)">([^<]+)</a><span class="num">(\d+) ', page)
    assert way == ("/search?q=hospital", "Passages of a time with 5 March 2018 in it", "3")


def test_ways_out_of_spelling_and_strictness(tmp_path: Path) -> None:
    """Where words find nothing together, another spelling, any of them, or the filters alone are offered."""
    engine = MemoryEngine(sample())
    engine.suggestion = "hospital"
    client = create_app(settings(tmp_path), engine).test_client()
    page = get(client, "/search?q=hospitul+clinic&year=2018&from=2018-01-01&exact=1")
    for way in ("“hospital”, the filters kept", "“hospital” without any filter", "The same filters, without the words"):
        assert way in page.text
    assert "Any of the words, without any filter" in page.text
    assert "the rest kept" not in page.text, "these find nothing"
    assert "/search?q=hospital&year=2018&from=2018-01-01&exact=1" in page.links


def test_suggestion_never_leads_to_nothing(tmp_path: Path) -> None:
    """“Did you mean” keeps the filters where that finds something, drops them where it does not, or is left out."""
    engine = MemoryEngine(sample())
    engine.suggestion = "hospital"
    client = create_app(settings(tmp_path), engine).test_client()
    assert "/search?q=hospital&year=2018" in get(client, "/search?q=hospitul&year=2018").links
    assert "/search?q=hospital" in get(client, "/search?q=hospitul&year=1901").links
    engine.suggestion = "hospitel"
    assert "Did you mean" not in get(client, "/search?q=hospitul").text


def test_notes_of_the_engine(tmp_path: Path) -> None:
    """What the engine did beyond the letter is told; what it offers is one link, however many notes offer it."""
    engine = MemoryEngine(sample())
    offer = Query(q="hospital", exact=True)
    engine.notes = (
        Note("alias", ("Z", "X & Y"), offer=offer),
        Note("alias", ("X", "X", "Z"), offer=offer),
        Note("ignored", (")",)),
    )
    client = create_app(settings(tmp_path), engine).test_client()
    page = get(client, "/search?q=hospital")
    said = "Also searching every mention of X & Y. Also searching Z. Search only for the words as typed"
    assert f"{said} Part of the query could not be read and was ignored: )" in page.text
    assert page.links.count("/search?q=hospital&exact=1") == 1
    assert ("li", "class", "is-alert") in page.attributes


def test_words_taken_for_others(tmp_path: Path) -> None:
    """Where the engine searched other words than those typed, the sentence says which it found."""
    engine = MemoryEngine(sample())
    engine.notes = (Note("suggested", ("hospitel", "hospital")),)
    page = get(create_app(settings(tmp_path), engine).test_client(), "/search?q=hospitel")
    assert "holds “hospital”" in page.text
    assert ("input", "value", "hospitel") in page.attributes


def test_any_of_the_words_is_offered(tmp_path: Path) -> None:
    """Where any of the words would find more, the page says how many and leads there; not where it shows them."""
    engine = MemoryEngine(sample())
    words = "with any of the words"
    assert words not in get(create_app(settings(tmp_path), engine).test_client(), "/search?q=air+hospital").text
    engine.any_matches = 4
    client = create_app(settings(tmp_path), engine).test_client()
    page = get(client, "/search?q=air+hospital")
    assert f"4 {words}" in page.text
    assert "/search?q=air+hospital&match=any" in page.links
    assert words not in get(client, "/search?q=air+hospital&match=any").text


def test_unforeseen_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An error that nobody foresaw is logged and told in words, without what went wrong inside."""
    engine = MemoryEngine(sample())
    engine.search = None  # type: ignore[method-assign, assignment]  # a defect on purpose
    client = create_app(settings(tmp_path), engine).test_client()
    page = get(client, "/search?q=x", 500)
    assert "Something went wrong here" in page.text
    assert "NoneType" not in page.text
    answer = client.get("/api/search?q=x")
    assert answer.status_code == 500
    assert answer.json == {
        "error": {
            "code": "internal_error",
            "message": "The error has been logged. The same request may work again later.",
        }
        | {"parameter": None}
    }
    assert caplog.text.count("not callable") == 2


def test_sources_under_their_heading(tmp_path: Path) -> None:
    """Sources of an item stand under the heading without text that follows it, as in the file."""
    collection = sample()
    day = collection.outlines[1]
    with_heading = replace(day, headings=(*day.headings, Heading(3, "Source", "source", 7, None)))
    html = client_of(replace(collection, outlines=(with_heading,)), tmp_path).get("/doc/news%2025.md").text
    block = html.split('id="source"')[1].split("</section>")[0]
    assert '<a href="https://example.org/x" rel="noopener noreferrer nofollow">Daily &lt;b&gt;</a>, Wire' in block
    assert html.count("Wire") == 1


def test_title_is_said_once(tmp_path: Path) -> None:
    """A first heading that says the document's title again is the title: it is shown once, and its line is there."""
    collection = sample()
    article, day = collection.outlines
    first = replace(article.headings[0], level=1)
    client = client_of(
        replace(collection, outlines=(replace(article, headings=(first, *article.headings[1:])), day)), tmp_path
    )
    html = client.get("/doc/notes/article.md?q=campaign").text
    headings = re.findall(r'<h[1-6] class="(?:page-title|heading)".*?</h[1-6]>', html)
    assert headings == [
        '<h1 class="page-title" dir="auto" id="L5">The <mark>campaign</mark>, an overview</h1>',
        '<h2 class="heading" dir="auto"><span id="L10">Operations</span></h2>',
        '<h3 class="heading" dir="auto"><span id="L12">March – May 2018</span></h3>',
    ]
    assert "Opening text" in html


def test_many_dates_of_a_passage(tmp_path: Path) -> None:
    """A passage with many dates shows the first and counts the others; one origin is said once."""
    collection = sample()
    opening, *others = collection.entries
    days = tuple(on(f"2016-01-{day:02}") for day in range(1, 8))
    dated = replace(opening, passages=(opening.passages[0], replace(opening.passages[1], dates=days)))
    page = get(client_of(replace(collection, entries=(dated, *others)), tmp_path), "/doc/notes/article.md")
    assert "1 Jan 2016 2 Jan 2016 3 Jan 2016 and 4 more dates, stated in the text" in page.text


def test_robots(client: FlaskClient) -> None:
    """Crawlers are kept out of the maze of facet links."""
    assert "Disallow: /search" in client.get("/robots.txt").text


def test_page_after_the_last(client: FlaskClient) -> None:
    """A page after the last says so and leads back to the last."""
    page = get(client, "/search?q=hospital&page=7&per_page=2")
    assert "There is no page 7" in page.text
    assert "/search?q=hospital&page=2&per_page=2" in page.links


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        ("/search?q=hospital&page=0", 400, "“page” takes a number from 1 to 50"),
        ("/search?year=15", 400, "“year” takes a year of four digits"),
        ("/doc/notes/article.md?page=x", 400, "“page” takes a number"),
        ("/doc/none.md", 404, "There is no document “none.md”"),
        ("/doc/../../etc/passwd", 404, ""),
        ("/none", 404, "There is nothing at this address"),
    ],
)
def test_errors_in_words(client: FlaskClient, url: str, status: int, words: str) -> None:
    """An error is a page of the same design that says what is wrong, and the box keeps its words."""
    page = get(client, url, status)
    assert words in page.text
    assert "/search" in page.links
    assert ("q=hospital" in url) == (("input", "value", "hospital") in page.attributes)


def test_an_error_offers_the_rest_of_the_search(client: FlaskClient) -> None:
    """One click takes the wrong value away and nothing else; a date as a reader writes it is none."""
    page = get(client, "/doc/notes/article.md?q=hospital&actor=Russia&from=soon", 400)
    assert "/search?q=hospital&actor=Russia" in page.links
    assert client.get("/search?from=Feb 2016&to=1 May 2016").location == "/search?from=2016-02-01&to=2016-05-01"
    assert client.get("/search?from=2016-13").status_code == 400


@pytest.mark.parametrize(
    ("typed", "wrong", "said"),
    [
        ({"from": "soon", "to": "2016"}, ["from"], "“from” takes a date such as 2016"),
        ({"from": "2015", "to": "15/03/16"}, ["to"], "not “15/03/16”"),
        ({"from": "soon", "to": "later"}, ["from", "to"], "not “later”"),
        ({"from": "2018", "to": "2016"}, ["from", "to"], "The range starts on 2018-01-01 but ends on 2016-12-31"),
    ],
)
def test_a_wrong_date_is_told_in_its_field(
    client: FlaskClient, typed: dict[str, str], wrong: list[str], said: str
) -> None:
    """A date that cannot be read is an error beside its field, which keeps it; the rest of the search is done."""
    answer = client.get("/search", query_string={"q": "hospital", "actor": "Air Force", **typed})
    assert answer.status_code == 400
    page = sound(answer.text)
    assert page.text.count(said) == 2, "above the results and beside the field"
    assert ("a", "aria-label", "Remove actor: Air Force") in page.attributes
    for name, value in typed.items():
        [field] = re.findall(f'<input id="{name}"[^>]*>', answer.text)
        assert f'value="{value}"' in field
        assert ('aria-invalid="true" aria-describedby="range-wrong range-form"' in field) == (name in wrong)
    kept = {name: value for name, value in typed.items() if name not in wrong}
    rest = client.get("/search", query_string={"q": "hospital", "actor": "Air Force", **kept}, follow_redirects=True)
    assert answer.text.partition("<strong>")[2][:40] == rest.text.partition("<strong>")[2][:40]
    assert urlsplit(rest.request.url).query in {urlsplit(link).query for link in page.links}
    assert client.get("/api/search", query_string=typed).json["error"]["parameter"] == wrong[0]  # type: ignore[index]


def test_the_fields_say_what_the_chip_says(client: FlaskClient) -> None:
    """A month at the edge of a year is a month in the fields, too; only a page without any filter is Browse."""
    html = client.get("/search?from=2016-01-01&to=2016-01-31").text
    assert re.findall(r'name="(?:from|to)" value="([^"]*)" maxlength', html) == ["2016-01", "2016-01"]
    browse = 'href="/search" aria-current="page"'
    assert browse in client.get("/search").text
    assert browse not in client.get("/search?year=15").text


def test_titles_tell_searches_apart(client: FlaskClient) -> None:
    """A tab is named for the words and the first filters, those of a search without words too."""
    for url, words in {
        "/search": "Browse",
        "/search?year=2016": "2016",
        "/search?q=hospital&year=2016": "hospital, 2016",
        "/search?q=hospital&not_year=2016&from=2015": "hospital, 2015 or later, not 2016",
    }.items():
        assert f"<title>{words} – " in client.get(url, follow_redirects=True).text


def test_titles_and_descriptions_are_cut(client: FlaskClient) -> None:
    """However long the words and the names are, a title fits a tab's tooltip and a description a list of results."""
    long = {"q": "hospital " * 90, "actor": ["Air Force " * 90, "y" * 900], "year": ["2015", "2016"]}
    html = client.get("/search", query_string=long, follow_redirects=True).text
    [title], [description] = re.findall("<title>(.*?)</title>", html), re.findall('"description" content="(.*?)"', html)
    assert len(title) < 300
    assert len(description) < 310
    assert "hospital …, " in title


def test_a_word_that_is_nowhere_has_a_way_out(client: FlaskClient) -> None:
    """Where nothing can be narrowed there are no empty filters, but a link to all entries with their count."""
    html = client.get("/search?q=zzzz").text
    assert "Year of the event" not in html
    assert 'popovertarget="filters">' not in html
    assert '<a href="/search">All entries</a><span class="num">4 entries</span>' in html
    assert "Year of the event" in client.get("/search?q=zzzz&from=2015-01-01").text


def test_a_spelling_is_told_in_one_line(tmp_path: Path) -> None:
    """That a word is nowhere, and which one may be meant, is one note."""
    engine = MemoryEngine(sample())
    engine.suggestion = "hospital"
    engine.notes = (Note("unknown", ("hospitul",)),)
    page = create_app(settings(tmp_path), engine).test_client().get("/search?q=hospitul").text
    [notes] = re.findall(r'<ul class="notes">(.*?)</ul>', page, re.DOTALL)
    assert notes.count("<li") == 1
    assert re.search("is not a word of these documents. Did you mean <a ", notes)


def test_a_long_path_of_headings_is_cut(tmp_path: Path) -> None:
    """Of many headings the first and the last ones are shown, each as much as a line bears."""
    paths = {"opening": tuple(f"Heading {n}" for n in range(9)), "march-may-2018": ("word " * 90,)}
    entries = tuple(replace(entry, heading_path=paths.get(entry.anchor, ())) for entry in sample().entries)
    html = client_of(replace(sample(), entries=entries), tmp_path).get("/search").text
    [many, one] = [re.findall(r" › <bdi>(.*?)</bdi>", line) for line in re.findall('class="path">(.*)', html)[:2]]
    assert many == ["Heading 0", "…", "Heading 6", "Heading 7", "Heading 8"]
    assert len(one[0]) < 90
    assert one[0].endswith("word …")


def test_documents_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    """Day 2 comes before day 11, on the start page and in the audit; the former leads to the latter's list."""
    first, second = sample().outlines
    outlines = tuple(
        replace(second, ref=replace(second.ref, path=f"day {n}.md", title=f"Day {n}"), entries=()) for n in (1, 11, 2)
    )
    client = client_of(replace(sample(), outlines=(first, second, *outlines)), tmp_path)
    for url in ("/", "/about"):
        assert re.findall(r"<bdi>(Day \d+)</bdi>", client.get(url).text) == ["Day 1", "Day 2", "Day 11"]
    assert "documents" in get(client, "/about").ids


def test_documents_of_one_title_are_told_apart_in_the_audit(tmp_path: Path) -> None:
    """Two rows of the audit with the same words would leave an archivist to guess."""
    first, second = sample().outlines
    again = replace(second, ref=replace(second.ref, path="news 26.md"), entries=())
    page = client_of(replace(sample(), outlines=(first, second, again)), tmp_path).get("/about").text
    assert page.count(f"<bdi>{second.ref.title} (") == 2


def test_same_words_for_people_and_programs(client: FlaskClient) -> None:
    """The page and the API refuse a parameter in the same words."""
    message = client.get("/api/search?year=15").json["error"]["message"]  # type: ignore[index]  # JSON, so not None
    assert message in get(client, "/search?year=15", 400).text


def test_without_an_index(tmp_path: Path) -> None:
    """Without an index each page says what to do, with 503; files of the design are still served."""
    client = client_of(None, tmp_path)
    for url in ("/", "/search?q=x", "/doc/a.md"):
        assert "searchapp reindex" in get(client, url, 503).text
    with client.get("/static/style.css") as answer:
        assert answer.status_code == 200


def test_start_page(client: FlaskClient) -> None:
    """The start page has the box, what the corpus holds, years, actors, documents, examples and help."""
    page = get(client, "/")
    assert ("input", "autofocus", "") in page.attributes
    for link in ("/search?year=2015", "/search?actor=Air+Force", "/doc/news%2025.md", "/search?q=%22air+base%22"):
        assert link in page.links
    assert "help" in page.ids


def test_start_page_promises_no_actors_where_there_are_none(tmp_path: Path) -> None:
    """Without a gazetteer, or where it names nobody who is met."""
    assert "the actors it names" in client_of(sample(), tmp_path).get("/").text
    entries = tuple(
        replace(entry, passages=tuple(replace(passage, actors=()) for passage in entry.passages))
        for entry in sample().entries
    )
    page = client_of(replace(sample(), entries=entries, gazetteer=Gazetteer()), tmp_path).get("/").text
    assert "each passage with the date of what it tells, and a link" in page
    assert "the actors it names" not in page


def test_start_page_shows_gaps(client: FlaskClient) -> None:
    """Between two years of events that do not follow each other stands a gap, and only there."""
    strip = client.get("/").text.partition('<ol class="ys">')[2].partition("</ol>")[0]
    assert re.findall(r'is-gap|ys__y">(\w+)', strip) == ["2015", "2016", "", "2018", "2019", "undated"]


def test_start_page_follows_the_index(tmp_path: Path) -> None:
    """The start page is made anew when another generation is served."""
    engine = MemoryEngine(sample())
    client = create_app(settings(tmp_path), engine).test_client()
    assert "Red Cross" in get(client, "/").text
    engine.collection = crowded(3)
    assert "Red Cross" not in get(client, "/").text


def test_crowded_facet(tmp_path: Path) -> None:
    """Of 300 actors each type shows five and the selected ones; the rest are one click away, with counts."""
    client = client_of(crowded(), tmp_path)
    name = "Actor 299 of the very very long names"
    html = client.get("/search", query_string={"actor": name}).text
    assert "300 found" in html
    assert "All 60 armed groups" in html
    before_details = html.split("<h3>Others</h3>")[1].split("<details>")[0]
    assert before_details.count('<li class="f') == 6
    assert name in before_details
    assert html.count('<li class="f') == 301


def test_facet_of_thousands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list longer than a page can bear says how many values it leaves out."""
    monkeypatch.setattr(facets, "MOST_VALUES", 20)
    html = client_of(crowded(), tmp_path).get("/search").text
    assert html.count("and 35 with fewer entries") == 5
    assert "All 60 states" in html


def test_a_folded_list_of_documents_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how many more there are; the list from A to Z has them."""
    monkeypatch.setattr(facets, "MOST_FOLDED", 4)
    (tmp_path / "corpus").mkdir()
    for n in range(20):
        (tmp_path / "corpus" / f"d{n:02}.md").write_text(f"# Document {n}\n\nA hospital.\n")
    engine = WhooshEngine(tmp_path / "index")
    given = configuration.load(tmp_path / "corpus", tmp_path / "index", {})
    indexing.build(engine, given)
    client = create_app(given, engine).test_client()
    html = client.get("/search?q=hospital").text
    assert "All 20 documents" in html
    assert "and 11 with fewer entries" in html
    by_name = client.get("/search?q=hospital&facet_order=name").text
    assert all(f"Document {n}<" in by_name for n in range(20))


def test_language_of_the_documents(tmp_path: Path) -> None:
    """Passages carry the language of their document, else of the corpus, where that is not English as the page is."""
    entries = tuple(replace(entry, lang="ar" if entry.anchor == "opening" else "") for entry in sample().entries)
    client = client_of(replace(sample(), entries=entries, language="ru"), tmp_path)
    for url in ("/search?q=hospital", "/doc/notes/article.md"):
        html = client.get(url).text
        assert re.search(r'class="passage" dir="auto" lang="ar">An ', html)
        assert re.search(r'class="passage" dir="auto" lang="ru">A ', html)
    assert 'dir="auto" lang' not in client_of(sample(), tmp_path).get("/search?q=hospital").text


def test_titles_and_metadata(client: FlaskClient) -> None:
    """Each page has a title and a description of its own; result pages stay out of other search engines."""
    pages = {url: client.get(url).text for url in ("/", "/search?q=hospital", "/doc/notes/article.md")}
    titles = {re.findall("<title>(.*?)</title>", html)[0] for html in pages.values()}
    assert len(titles) == 3
    assert all(re.search('<meta name="description" content="[^"]{20,}">', html) for html in pages.values())
    noindex = [url for url, html in pages.items() if 'content="noindex' in html]
    assert noindex == ["/search?q=hospital"]
    assert '<link rel="canonical" href="http://localhost/search?q=hospital">' in pages["/search?q=hospital"]
    assert '<html lang="en">' in pages["/"]


def test_static_files_are_cached_by_content(client: FlaskClient) -> None:
    """A file of the design is cached for ever under the digest of its content, and checked under any other URL."""
    [link] = re.findall(r'href="(/static/style\.css\?v=\w+)"', client.get("/").text)
    with client.get(link) as known, client.get("/static/style.css?v=0") as other:
        assert "immutable" in known.headers["Cache-Control"]
        assert "immutable" not in other.headers["Cache-Control"]
    assert client.get("/search").headers["Cache-Control"] == "no-cache"


def test_right_to_left(client: FlaskClient) -> None:
    """The direction of a passage is taken from its own text, so nothing of ours may stand before it."""
    html = client.get("/doc/notes/article.md").text
    assert re.search(r'<p class="passage" dir="auto" lang="und-Arab">استهدفت', html)
