"""The page in a real browser, on the real server, the seeds and the shipped engine; with JavaScript and without."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from running import Searchapp

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PAGES = ("/", "/search?q=hospital", "/search?q=hospital&year=1901", "/doc/001_69d70ffd968491bc.txt?q=hospital")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason=f"no Chromium found: none of {', '.join(NAMES)}, no CHROMIUM"),
]


@dataclass
class Visitor:
    """A browser window on the site, and what it should not have seen."""

    page: Page
    base: str
    elsewhere: list[str] = field(default_factory=list)
    """Requests to other hosts."""
    errors: list[str] = field(default_factory=list)
    """Messages of the console, and exceptions."""

    def go(self, path: str) -> None:
        """Open a page of the site."""
        self.page.goto(self.base + path)

    @property
    def path(self) -> str:
        """Path, arguments and fragment of the present page."""
        return self.page.url.removeprefix(self.base)


@pytest.fixture(scope="module")
def base(seed_app: Searchapp) -> Iterator[str]:
    with seed_app.serving() as server:
        yield server.url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


def visit(chromium: Browser, base: str, *, script: bool = True, width: int = 1280) -> Iterator[Visitor]:
    context = chromium.new_context(java_script_enabled=script, viewport={"width": width, "height": 900})
    context.set_default_timeout(10_000)
    visitor = Visitor(context.new_page(), base)
    host = urlsplit(base).netloc
    visitor.page.on(
        "request", lambda sent: visitor.elsewhere.append(sent.url) if urlsplit(sent.url).netloc != host else None
    )
    visitor.page.on("console", lambda said: visitor.errors.append(said.text))
    visitor.page.on("pageerror", lambda error: visitor.errors.append(str(error)))
    yield visitor
    context.close()
    assert visitor.elsewhere == []
    assert visitor.errors == []


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def visitor(request: pytest.FixtureRequest, chromium: Browser, base: str) -> Iterator[Visitor]:
    yield from visit(chromium, base, script=request.param)


@pytest.fixture
def with_script(chromium: Browser, base: str) -> Iterator[Visitor]:
    yield from visit(chromium, base)


def total(page: Page) -> int:
    """The number of entries that the sentence states."""
    found = re.match(r"(?:All )?([\d,]+|No) ", page.locator(".count strong").inner_text())
    assert found
    return 0 if found[1] == "No" else int(found[1].replace(",", ""))


def test_a_search_from_start_to_passage(visitor: Visitor) -> None:
    """One can search, narrow by year and actor, take a filter back, open a passage, and come back to the results."""
    visitor.go("/")
    page = visitor.page
    page.get_by_role("searchbox", name="Search the collection").fill("hospital")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("searchbox", name="Search the collection")).to_have_value("hospital")
    assert visitor.path == "/search?q=hospital"
    everything = total(page)

    year = page.locator(".years a").filter(has_text="2016")
    promised = int(re.findall(r"\d+", year.locator("> span").inner_text())[0])
    year.click()
    expect(page.locator(".chip")).to_have_count(1)
    assert 0 < total(page) == promised <= everything

    actor = page.locator(".facet .f:not(.is-on)").first
    name = actor.locator("i").inner_text()
    promised = int(re.findall(r"\d+", actor.locator("b").inner_text())[0])
    actor.locator("a").first.click()
    expect(page.locator(".chip")).to_have_count(2)
    assert total(page) == promised
    narrowed = visitor.path

    page.get_by_role("link", name="Remove year: 2016").click()
    expect(page.locator(".chip")).to_have_count(1)
    assert total(page) >= promised
    page.go_back()
    expect(page.locator(".chip")).to_have_count(2)
    assert visitor.path == narrowed
    expect(page.get_by_role("link", name=f"Remove actor: {name}")).to_be_visible()

    passage = page.locator(".ev").first
    words = passage.locator("mark").first.inner_text()
    link = passage.locator("a.line")
    line = link.inner_text().removeprefix("line ")
    link.click()
    target = page.locator(f"#L{line}")
    expect(target).to_be_in_viewport()
    expect(target.locator("mark").first).to_have_text(words)
    assert "is-hit" in (target.get_attribute("class") or "")
    page.go_back()
    assert visitor.path == narrowed
    expect(page.locator(".chip")).to_have_count(2)


def test_range_of_dates(visitor: Visitor) -> None:
    """A year typed as a limit narrows the search, and its chip takes it back."""
    visitor.go("/search?q=hospital")
    before = total(visitor.page)
    visitor.page.get_by_label("From", exact=True).fill("2019")
    visitor.page.get_by_role("button", name="Set").click()
    expect(visitor.page.locator(".chip")).to_contain_text("2019 or later")
    assert visitor.path == "/search?q=hospital&from=2019-01-01"
    assert 0 < total(visitor.page) < before
    visitor.page.get_by_role("link", name="Remove date of event").click()
    assert visitor.path == "/search?q=hospital"


def test_zero_hits_and_out_again(visitor: Visitor) -> None:
    """A search that finds nothing offers one that does, with the count that it gives."""
    visitor.go("/search?q=hospital&year=1901")
    assert total(visitor.page) == 0
    way = visitor.page.locator(".gives li").first
    promised = int(re.findall(r"\d+", way.locator("span").inner_text())[0])
    way.locator("a").click()
    assert total(visitor.page) == promised > 0


def test_keyboard_first(visitor: Visitor) -> None:
    """The start page has its cursor in the box; the first Tab of another page offers to skip to the content."""
    visitor.go("/")
    expect(visitor.page.get_by_role("searchbox")).to_be_focused()
    visitor.go("/search?q=hospital")
    visitor.page.keyboard.press("Tab")
    expect(visitor.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(visitor.page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()


def test_narrow_screen(chromium: Browser, base: str) -> None:
    """At 390 px nothing overflows sideways, and the filters are a sheet that opens without a script."""
    for visitor in visit(chromium, base, script=False, width=390):
        visitor.go("/search?q=hospital")
        filters = visitor.page.get_by_role("complementary", name="Filters")
        expect(filters).to_be_hidden()
        visitor.page.get_by_role("button", name="Filters").click()
        expect(filters).to_be_visible()
        filters.get_by_role("button", name="Show").click()
        expect(filters).to_be_hidden()
    for visitor in visit(chromium, base, width=390):
        for path in PAGES:
            visitor.go(path)
            assert visitor.page.evaluate("document.documentElement.scrollWidth") == 390, path


def test_filter_as_you_type(with_script: Visitor) -> None:
    """With script, a long list has a box that shows only the names that hold what is typed, wherever they are."""
    with_script.go("/search?q=russia")
    page = with_script.page
    hidden = page.locator(".facet[data-find='Find an actor'] details .f").first
    name = hidden.locator("i").text_content() or ""
    expect(hidden).to_be_hidden()
    page.get_by_label("Find an actor in this list").fill(name.upper())
    expect(hidden).to_be_visible()
    expect(page.locator(".facet[data-find='Find an actor'] .f:visible").first).to_contain_text(name)
    page.get_by_label("Find an actor in this list").fill("no such name")
    expect(page.get_by_text("None in this list.")).to_be_visible()
    page.get_by_label("Find an actor in this list").fill("")
    expect(hidden).to_be_hidden()


def test_slash_reaches_the_box(with_script: Visitor) -> None:
    """With script, '/' puts the cursor into the search box, and can still be typed there."""
    with_script.go("/search?q=hospital")
    box = with_script.page.get_by_role("searchbox", name="Search the collection")
    with_script.page.keyboard.press("/")
    expect(box).to_be_focused()
    with_script.page.keyboard.press("ArrowRight")
    with_script.page.keyboard.press("/")
    expect(box).to_have_value("hospital/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(chromium: Browser, base: str, scheme: str) -> None:
    """Text stands out from its ground by 4.5 to 1 or more on every page, in light and in dark."""
    for visitor in visit(chromium, base):
        visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for path in PAGES:
            visitor.go(path)
            assert visitor.page.evaluate(CONTRAST) == [], path


CONTRAST = """() => {
  const parse = (css) => (css.match(/[\\d.]+/g) || []).map(Number);
  const light = (rgb) => { const [r, g, b] = rgb.map((v) => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (element) => { for (let at = element; at; at = at.parentElement) {
    const colour = parse(getComputedStyle(at).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour.slice(0, 3); } return [255, 255, 255]; };
  const poor = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !element.checkVisibility() || element.closest("svg, .skip")) continue;
    const [a, b] = [parse(getComputedStyle(element).color).slice(0, 3), ground(element)].map(light);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...poor];
}"""
