"""The page in a real browser, on the real server, the seeds and the shipped engine; with JavaScript and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from running import Searchapp
from web_support import needs_chromium

ARTICLE = "/doc/001_69d70ffd968491bc.txt?q=hospital"
SECTION = "001_69d70ffd968491bc.txt/reports-of-civilian-casualties-and-war-crimes"
PAGES = (
    "/",
    "/search?q=hospital",
    "/search?q=hospital&explain=1",
    "/search?q=hospital&year=1901",
    ARTICLE,
    f"/entry/{SECTION}?q=hospital&at=1",
    f"/cite/{SECTION}?passage=3",
)

pytestmark = [pytest.mark.browser, needs_chromium]


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
    page.get_by_label("Search the collection").fill("hospital")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_label("Search the collection")).to_have_value("hospital")
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
    expect(visitor.page.get_by_label("Search the collection")).to_be_focused()
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
    box = with_script.page.get_by_label("Search the collection")
    with_script.page.keyboard.press("/")
    expect(box).to_be_focused()
    with_script.page.keyboard.press("ArrowRight")
    with_script.page.keyboard.press("/")
    expect(box).to_have_value("hospital/")


def test_suggestions_by_keyboard(with_script: Visitor) -> None:
    """The box is a combobox: arrows choose, one Enter searches for what is chosen, Esc closes and then clears."""
    with_script.go("/search?q=hospital")
    page = with_script.page
    box = page.get_by_role("combobox", name="Search the collection")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.fill("")
    box.press_sequentially("amnesty int")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options.first).to_contain_text("Amnesty International")
    expect(box).to_have_attribute("aria-expanded", "true")
    assert box.get_attribute("aria-controls") == page.get_by_role("listbox").get_attribute("id")
    assert box.get_attribute("aria-activedescendant") is None
    box.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert box.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    box.press("Enter")
    page.wait_for_url("**/search?q=Amnesty+International")
    expect(box).to_have_value("Amnesty International")
    box.press("End")
    box.press_sequentially(" hosp")
    expect(options.first).to_be_visible()
    box.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("Amnesty International hosp")
    box.press("Escape")
    expect(box).to_have_value("")
    box.fill("hospital")
    box.press("Enter")
    page.wait_for_url("**/search?q=hospital")


def test_suggestions_by_pointer(with_script: Visitor) -> None:
    """A click on a suggestion searches for it, with what stood before it."""
    with_script.go("/")
    page = with_script.page
    box = page.get_by_role("combobox")
    box.press_sequentially("hospital idl")
    page.get_by_role("option").first.click()
    page.wait_for_url("**/search?q=hospital+Idlib")


def test_keys_are_told(visitor: Visitor) -> None:
    """A button shows the keys without script; with script '?' does, and Esc hides them."""
    visitor.go("/search?q=hospital")
    shown = visitor.page.get_by_role("dialog", name="Keys")
    expect(shown).to_be_hidden()
    visitor.page.get_by_role("button", name="Keys").click()
    expect(shown).to_be_visible()
    shown.get_by_role("button", name="Close").click()
    expect(shown).to_be_hidden()


def test_question_mark(with_script: Visitor) -> None:
    """'?' shows the keys and Esc hides them, in an empty box too; after words it is a character."""
    with_script.go("/search?q=hospital")
    with_script.page.keyboard.press("?")
    expect(with_script.page.get_by_role("dialog", name="Keys")).to_be_visible()
    with_script.page.keyboard.press("Escape")
    expect(with_script.page.get_by_role("dialog", name="Keys")).to_be_hidden()
    box = with_script.page.get_by_role("combobox")
    box.press("End")
    box.press("?")
    expect(box).to_have_value("hospital?")
    with_script.go("/")
    expect(box).to_be_focused()
    with_script.page.keyboard.press("?")
    expect(with_script.page.get_by_role("dialog", name="Keys")).to_be_visible()
    expect(box).to_have_value("")


def test_a_reference_beside_each_passage(visitor: Visitor) -> None:
    """Beside a matching passage stands its reference, beside any other once one points at it, follows its line or
    reaches it by keyboard; without script it leads to the page of the reference."""
    visitor.go(ARTICLE)
    page = visitor.page
    plain = page.locator(".p:not(.is-hit)", has=page.locator(".cite")).first
    cite = plain.locator(".cite")
    expect(page.locator(".p.is-hit .cite").first).to_have_css("opacity", "1")
    expect(cite).to_have_css("opacity", "0")
    plain.locator(".passage").hover()
    expect(cite).to_have_css("opacity", "1")
    page.mouse.move(0, 0)
    expect(cite).to_have_css("opacity", "0")
    plain.locator(".line").focus()
    page.keyboard.press("Tab")
    expect(cite).to_be_focused()
    expect(cite).to_have_css("opacity", "1")
    address = cite.get_attribute("href")
    assert address
    visitor.go(address)
    expect(page.get_by_role("heading", name="Plain text")).to_be_visible()


def test_from_hit_to_hit(with_script: Visitor) -> None:
    """n and p go from hit to hit and the bar says which; Back then is the list of results, at the same place."""
    with_script.go("/search?q=hospital")
    page = with_script.page
    page.locator(".entry h2 a").nth(2).click()
    position, hits = page.locator(".step .pos"), page.locator(".p.is-hit")
    count = hits.count()
    page.evaluate("scrollTo(0, 0)")
    expect(position).to_have_text(re.compile(rf"^({count} passages|Passage 1 of {count})$"))
    page.locator(f"#{hits.nth(3).get_attribute('id')} a.line").click()
    expect(position).to_have_text(f"Passage 4 of {count}")
    page.keyboard.press("n")
    expect(position).to_have_text(f"Passage 5 of {count}")
    expect(hits.nth(4)).to_be_in_viewport()
    page.keyboard.press("p")
    page.keyboard.press("p")
    expect(position).to_have_text(f"Passage 3 of {count}")
    page.get_by_role("link", name="Next", exact=True).first.click()
    expect(position).to_have_text(f"Passage 4 of {count}")
    page.get_by_role("link", name="Back to the results").click()
    assert with_script.path == "/search?q=hospital#r3"
    expect(page.locator("#r3")).to_be_in_viewport()


def test_from_hit_to_hit_without_script(chromium: Browser, base: str) -> None:
    """Without script the bar leads to the first hit, and each hit to the next one and back."""
    for visitor in visit(chromium, base, script=False):
        visitor.go(ARTICLE)
        page = visitor.page
        hits = page.locator(".p.is-hit")
        page.locator(".step").get_by_role("link", name="First").click()
        expect(hits.nth(0)).to_be_in_viewport()
        hits.nth(0).get_by_role("link", name="Next").click()
        assert visitor.path.endswith(f"#{hits.nth(1).get_attribute('id')}")
        expect(hits.nth(1)).to_be_in_viewport()
        hits.nth(1).get_by_role("link", name="Previous").click()
        assert visitor.path.endswith(f"#{hits.nth(0).get_attribute('id')}")


def test_margin_can_be_hidden(visitor: Visitor) -> None:
    """Dates and actors beside the text can be hidden and shown again, with and without script."""
    visitor.go(ARTICLE)
    side = visitor.page.locator(".p .side").first
    switch = visitor.page.get_by_label("Dates and actors beside the text")
    expect(side).to_be_visible()
    switch.uncheck()
    expect(side).to_be_hidden()
    switch.check()
    expect(side).to_be_visible()


def test_reference_is_copied(chromium: Browser, base: str) -> None:
    """With script, one click on Cite copies the reference in plain text, with the quote and its line."""
    for visitor in visit(chromium, base):
        visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        visitor.go(f"/entry/{SECTION}")
        visitor.page.locator(".p .cite").nth(2).click()
        expect(visitor.page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
        copied = visitor.page.evaluate("navigator.clipboard.readText()")
        line = visitor.page.locator(".p").nth(2).get_attribute("id") or ""
        assert copied.startswith("“In February 2016, Médecins Sans Frontières has said")
        assert f"line {line[1:]}." in copied
        assert "Event date: Feb 2016 (stated in the text)." in copied
        assert f"{base}/entry/{SECTION}#{line}" in copied


def test_reference_without_script(chromium: Browser, base: str) -> None:
    """Without script, Cite is a page with the reference in every format."""
    for visitor in visit(chromium, base, script=False):
        visitor.go(f"/entry/{SECTION}")
        visitor.page.locator(".p .cite").nth(2).click()
        for name in ("Plain text", "BibTeX", "RIS", "CSL-JSON"):
            expect(visitor.page.get_by_role("region", name=name)).to_contain_text("Médecins Sans Frontières")


def test_print(with_script: Visitor) -> None:
    """On paper a document has its passages, dates and lines, and nothing that can only be clicked."""
    with_script.go(ARTICLE)
    with_script.page.emulate_media(media="print")
    for gone in (".searchbar", ".step", "#contents", ".map", ".tools"):
        expect(with_script.page.locator(gone).first).to_be_hidden()
    expect(with_script.page.locator(".p .passage").first).to_be_visible()
    expect(with_script.page.locator(".p .when").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(chromium: Browser, base: str, scheme: str) -> None:
    """Text stands out from its ground by 4.5 to 1 or more on every page, in light and in dark."""
    for visitor in visit(chromium, base):
        visitor.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a literal by parametrize
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
