"""Documents too long for one page: where they are cut, what each part shows, and that every link finds its part."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from running import Searchapp
from web_support import create_app, needs_chromium

from searchapp import indexing
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Filter, Outline, Query
from searchapp.settings import load
from searchapp.web.reading import View, read

MOST = 1_200
"""Passages and headings of a part."""
ALL = Query()
REPORT, TRANSCRIPT, MIXED, AROUND = "report.md", "transcript.txt", "mixed.md", "around.md"


def _report() -> Iterator[str]:
    yield "# A long report\n\nThe opening text.\n"
    for chapter in range(1, 40):
        yield f"## Chapter {chapter}\n"
        for number in range(chapter, chapter + 50):
            went = "fell" if number % 7 else "rose"
            yield f"In {1990 + chapter % 30}, number {number} of chapter {chapter} {went}.\n"


def _transcript() -> Iterator[str]:
    for number in range(2_900):
        yield f"Sentence {number} tells of {'a falcon' if number % 290 == 5 else 'nothing'} in {number}.\n"


def _mixed() -> Iterator[str]:
    """Sections of several parts, and two of one line each where a part begins."""
    yield "# Mixed\n"
    for number in range(5):
        yield f"## Section {number}\n\nA falcon, number {number}.\n"
    for part in range(3):
        yield f"### Long {part}\n"
        yield from (
            f"- Item {number} of {part}, {'falcon' if number % 400 == 0 else 'dove'}.\n" for number in range(1_500)
        )


def _around() -> Iterator[str]:
    """A long section in the middle of which a news item is mentioned, as an entry of its own."""
    yield "# Around\n"
    yield from (f"Paragraph {number} of a falcon.\n" for number in range(700))
    yield "- [A falcon was seen](/news/2016/3/4/seen.md)\n"
    yield from (f"Paragraph {number} of {'a falcon' if number % 50 else 'nothing'}.\n" for number in range(700, 1_700))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("long")


@pytest.fixture(scope="module")
def site(folder: Path) -> tuple[WhooshEngine, FlaskClient]:
    corpus = folder / "corpus"
    corpus.mkdir()
    for name, text in ((REPORT, _report()), (TRANSCRIPT, _transcript()), (MIXED, _mixed()), (AROUND, _around())):
        (corpus / name).write_text("\n".join(text))
    (corpus / "short.md").write_text("# Short\n\nOne falcon.\n")
    (corpus / "repeated.md").write_text(
        "# Repeated\n\n" + "The same again.\n\n" * 2_000 + "| a |\n|---|\n" + "| b |\n" * 2_000
    )
    settings = load(corpus, folder / "index")
    engine = WhooshEngine(settings.index)
    indexing.build(engine, settings)
    return engine, create_app(settings, engine).test_client()


def views(engine: WhooshEngine, path: str, query: Query = ALL) -> list[View]:
    outline = engine.document(path)
    assert outline
    return [read(engine, outline, query, part) for part in range(1, len(outline.ref.parts) + 2)]


def lines_of(engine: WhooshEngine, outline: Outline) -> list[int]:
    """Lines of all passages of a document, titles with text beneath them left out."""
    entries = [engine.entry(entry_id) for entry_id in outline.entries]
    return [passage.lines[0] for entry in entries if entry for passage in entry.passages[1:]]


@pytest.mark.parametrize("path", [REPORT, TRANSCRIPT, MIXED, AROUND])
def test_the_parts_are_the_document(site: tuple[WhooshEngine, FlaskClient], path: str) -> None:
    """Every passage stands in one part, in order; no part is much longer or shorter than the others."""
    engine, _ = site
    parts = views(engine, path)
    assert len(parts) > 1
    shown = [[line.line for block in view.blocks for line in block.lines] for view in parts]
    outline = parts[0].outline
    assert sorted(line for part in shown for line in part) == sorted(lines_of(engine, outline))
    assert shown == [sorted(part) for part in shown]
    assert max(map(len, shown)) <= MOST
    assert min(map(len, shown)) >= MOST / 4
    for view, lines in zip(parts, shown, strict=True):
        assert view.part
        assert view.part.lines[0] <= lines[0] <= lines[-1] <= view.part.lines[1]
    everything = [heading.title for heading in outline.headings if heading.level]
    begun = [b.title for view in parts for b in view.blocks if b.level and not b.continued and b.title_id]
    assert [t for t in map(str, begun) if "seen" not in t] == [t for t in everything if t != outline.ref.title]


def test_a_part_ends_where_a_heading_begins(site: tuple[WhooshEngine, FlaskClient]) -> None:
    """Where there are headings, no section is cut."""
    engine, _ = site
    parts = views(engine, REPORT)
    assert not any(block.continued for view in parts for block in view.blocks)
    assert {str(view.blocks[0].title)[:8] for view in parts[1:]} == {"Chapter "}


def test_the_rest_of_a_section_says_whose_it_is(site: tuple[WhooshEngine, FlaskClient]) -> None:
    engine, client = site
    view = next(view for view in views(engine, MIXED) if view.blocks[0].continued)
    assert view.part
    page = client.get(view.part.url).text
    assert f"{view.blocks[0].title}</span> <small>(continued)</small>" in page
    assert client.get(f"/doc/{TRANSCRIPT}?part=2").text.count("(continued)") == 0  # text under the document's own title


@pytest.mark.parametrize("path", [REPORT, TRANSCRIPT, MIXED, AROUND])
@pytest.mark.parametrize("q", ["falcon", "rose", "chapter 7", "dove"])
def test_hits_of_all_parts_are_those_of_the_document(site: tuple[WhooshEngine, FlaskClient], path: str, q: str) -> None:
    """What the list of parts says of each is what a reader meets there, and together what the search counts."""
    engine, _ = site
    parts = views(engine, path, Query(q))
    here = Query(q, frozenset({Filter("document", path)}), per_page=100)
    assert sum(view.hits for view in parts) == sum(hit.evidence for hit in engine.search(here).hits)
    matching = [(number, list(view.steps)) for number, view in enumerate(parts, start=1) if view.steps]
    for at, view in enumerate(parts, start=1):
        assert [part.hits for part in view.parts] == [other.hits for other in parts]
        assert view.hits == sum(line.hits for line in view.contents if not line.part)
        before, after = [steps for steps in matching if steps[0] < at], [steps for steps in matching if steps[0] > at]
        assert (view.before and (view.before.number, view.before.url.split("#")[1])) == (
            (before[-1][0], before[-1][1][-1]) if before else None
        )
        assert (view.after and (view.after.number, view.after.url.split("#")[1])) == (
            (after[0][0], after[0][1][0]) if after else None
        )


def test_every_link_into_a_document_leads_to_its_line(site: tuple[WhooshEngine, FlaskClient]) -> None:
    """From results, entries, the API and the table of contents."""
    _, client = site
    pages = ("/search?q=falcon&per_page=100&passages=50", f"/doc/{MIXED}?q=falcon", "/search?q=%22chapter+39%22")
    links = {link for page in pages for link in re.findall(r'href="(/doc/[^"]+)"', client.get(page).text)}
    for result in client.get("/api/search?q=falcon&passages=50&per_page=100").json["results"]:  # type: ignore[index]
        links |= {result["url"], *(passage["url"] for passage in result["passages"])}
    pointing = {link.replace("&amp;", "&") for link in links if "#" in link}
    assert any("part=3" in link for link in pointing)
    assert any("part=" not in link for link in pointing)
    anchors: dict[str, set[str]] = {}
    for link in pointing:
        address, anchor = urldefrag(link)
        anchors.setdefault(address, set()).add(anchor)
    for address, expected in anchors.items():
        assert expected - set(re.findall(r' id="([^"]+)"', client.get(address).text)) == set(), address


def test_an_entry_of_its_own_page_ends_where_it_is_too_long(site: tuple[WhooshEngine, FlaskClient]) -> None:
    """What is left leads into the document: to its first passage, or to the first one there that matches."""
    engine, client = site
    outline = engine.document(TRANSCRIPT)
    assert outline
    for q, number in (("", MOST - 1), ("falcon", 1_455)):
        page = client.get(f"/entry/{outline.entries[0]}", query_string={"q": q} if q else {}).text
        found = re.search(r'<a href="([^"]+)">1,701 more passages in the document</a>', page)
        assert found
        address, anchor = urldefrag(found[1].replace("&amp;", "&"))
        text = re.sub("<[^>]+>", "", client.get(address).text.split(f'id="{anchor}"')[1].split('class="passage"')[1])
        assert f"Sentence {number} " in text[:60]


@pytest.mark.parametrize("number", [5, MOST - 1, MOST, 2_900])
def test_a_permalink_leads_to_its_passage(site: tuple[WhooshEngine, FlaskClient], number: int) -> None:
    engine, client = site
    outline = engine.document(TRANSCRIPT)
    assert outline
    cited = client.get(f"/cite/{outline.entries[0]}.json?passage={number}").text
    permalink = next(link for link in re.findall(r'"http://localhost([^"]+)"', cited) if "#" in link)
    address, anchor = urldefrag(permalink)
    assert f' id="{anchor}"' in client.get(address).text


def test_a_part_without_a_heading_is_told_by_its_lines(site: tuple[WhooshEngine, FlaskClient]) -> None:
    engine, _ = site
    parts = views(engine, TRANSCRIPT)
    assert [line.title for line in parts[0].contents if line.part] == [
        f"lines {view.part.lines[0]}–{view.part.lines[1]}" for view in parts if view.part
    ]
    assert views(engine, REPORT)[1].contents[1].title.startswith("Chapter")


def test_next_goes_on_in_the_next_part(site: tuple[WhooshEngine, FlaskClient]) -> None:
    """Without a script, from the last passage of a part to the first one that matches after it, and back."""
    engine, client = site
    first, second = views(engine, TRANSCRIPT, Query("falcon"))[:2]
    assert first.after
    assert second.before
    pages = [client.get(f"/doc/{TRANSCRIPT}?q=falcon{part}").text.replace("&amp;", "&") for part in ("", "&part=2")]
    assert f'<a href="{first.after.url}">Next</a>' in pages[0]
    assert f'<a href="{second.before.url}">Previous</a>' in pages[1]
    assert f'data-after="{first.after.url}"' in pages[0]


@pytest.fixture(scope="module")
def address(folder: Path, site: object) -> Iterator[str]:
    del site  # it builds the index
    with Searchapp(folder / "corpus", folder / "index").serving() as server:
        yield server.url


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("width", [1280, 390])
def test_keys_go_on_in_the_next_part(address: str, chromium: Browser, width: int) -> None:
    """With a script: n after the last passage of a part, p before the first, and nothing of either is covered."""
    wrong: list[str] = []
    page = chromium.new_page(viewport={"width": width, "height": 800})
    page.on("pageerror", lambda error: wrong.append(error.message))
    page.goto(f"{address}/doc/{TRANSCRIPT}?q=falcon")
    for _ in range(page.locator(".p.is-hit").count() + 1):
        page.keyboard.press("n")
    page.wait_for_url("**part=2#*")
    expect(page.locator(".p.is-hit").first).to_be_in_viewport()
    expect(page.locator(".step .pos")).to_have_text(re.compile("^Passage 1 of .* in this part"))
    below = page.evaluate("document.querySelector('.step').getBoundingClientRect().bottom")
    assert page.locator(".p.is-hit .passage").first.bounding_box()["y"] >= below  # type: ignore[index]
    page.keyboard.press("p")
    page.wait_for_url(re.compile(r"falcon#"))
    expect(page.locator(".p.is-hit").last).to_be_in_viewport()
    assert not wrong
    page.close()


@pytest.mark.parametrize("part", ["0", "-1", "5", "x", "99999", "02", "1&part=1"])
def test_a_part_that_is_not_there_is_named(site: tuple[WhooshEngine, FlaskClient], part: str) -> None:
    _, client = site
    answer = client.get(f"/doc/{TRANSCRIPT}?part={part}")
    assert answer.status_code == 400
    assert "part" in answer.text


@pytest.mark.parametrize("path", ["short.md", "repeated.md"])
def test_a_document_of_few_passages_is_whole(site: tuple[WhooshEngine, FlaskClient], path: str) -> None:
    """However often it repeats them, and however long its tables are. Its page has one address."""
    engine, client = site
    (view,) = views(engine, path, Query("falcon"))
    assert not view.parts
    assert "part" not in client.get(f"/doc/{path}").text.split("<main")[1]
    for empty in ("", "1"):
        answer = client.get(f"/doc/{path}?q=falcon&part={empty}")
        assert (answer.status_code, answer.location) == (302, f"/doc/{path}?q=falcon")
    assert client.get(f"/doc/{path}?part=2").status_code == 400
