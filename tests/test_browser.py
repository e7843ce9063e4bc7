"""The page in a real browser, on the real server, the seeds and the shipped engine; with JavaScript and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
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


def visit(chromium: Browser, base: str, *, script: bool = True, width: int = 1280) -> Iterator[Visitor]:
    context = chromium.new_context(java_script_enabled=script, viewport={"width": width, "height": 900})
    context.set_default_timeout(30_000)
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
    expect(page.locator(".facet[data-find='Find an actor'] [role=status]")).to_have_text(re.compile(r"^\d+ found$"))
    expect(page.locator(".facet[data-find='Find an actor'] summary:visible")).to_have_count(0)
    page.get_by_label("Find an actor in this list").fill("no such name")
    expect(page.get_by_text("None in this list.")).to_be_visible()
    page.get_by_label("Find an actor in this list").fill("")
    expect(hidden).to_be_hidden()
    page.locator(".facet[data-find='Find an actor'] summary").first.click()
    page.get_by_label("Find an actor in this list").fill(name)
    page.get_by_label("Find an actor in this list").fill("")
    expect(hidden).to_be_visible()


def test_skipping_leads_to_the_results(visitor: Visitor) -> None:
    """On a page of results one skips the filters, too: the next stop is among the results."""
    visitor.go("/search?q=hospital")
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    visitor.page.keyboard.press("Tab")
    assert visitor.page.evaluate("document.querySelector('.found').contains(document.activeElement)")


def test_a_filter_keeps_the_place(with_script: Visitor) -> None:
    """A row that is clicked has the focus on the page that follows, where it stood; so has its "not"."""
    with_script.go("/search?q=russia")
    page = with_script.page
    row = page.locator(".facet[data-find='Find an actor'] .f:visible").nth(12)
    for link in (row.locator("a").first, row.locator(".not")):
        name = row.locator("i").inner_text()
        link.scroll_into_view_if_needed()
        before = link.evaluate("one => one.getBoundingClientRect().top")
        link.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".chip", has_text=name)).to_have_count(1)
        page.wait_for_load_state()  # its script has run
        row = page.locator(".facet[data-find='Find an actor'] .f", has=page.get_by_text(name, exact=True))
        assert row.evaluate("one => one.contains(document.activeElement)")
        assert abs(page.evaluate("document.activeElement.getBoundingClientRect().top") - before) < 2
    page.reload()
    assert not row.evaluate("one => one.contains(document.activeElement)")


def test_the_sheet_stays_open(chromium: Browser, base: str) -> None:
    """On a phone several filters can be tapped one after the other: the sheet is still there, at the row."""
    for visitor in visit(chromium, base, width=390):
        visitor.go("/search?q=russia")
        page = visitor.page
        sheet = page.get_by_role("complementary", name="Filters")
        page.get_by_role("button", name="Filters").click()
        for year in ("2015", "2016"):
            sheet.locator(".y", has_text=year).click()
            page.wait_for_url(f"**year={year}*")
            expect(sheet).to_be_visible()
            assert sheet.locator(".y", has_text=year).evaluate("one => one === document.activeElement")
        sheet.get_by_role("button", name="Show").click()
        expect(sheet).to_be_hidden()
        visitor.go("/search?q=russia&year=2015")
        expect(sheet).to_be_hidden()


@pytest.mark.parametrize("script", [True, False])
def test_nothing_behind_the_sheet_is_reached(chromium: Browser, base: str, script: bool) -> None:
    """While the filters cover a phone, the keyboard reaches nothing else; closed, they give the focus back."""
    for visitor in visit(chromium, base, script=script, width=390):
        visitor.go("/search?q=hospital")
        page = visitor.page
        page.get_by_role("button", name="Filters").click()
        assert page.locator(":is(a, button, input, summary):visible").count() > 20
        behind = page.locator("body :is(a, button, input, summary):not(#filters *)")
        assert [one for one in behind.all() if one.is_visible()] == []
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("button", name="Filters")).to_be_focused()


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
    page.get_by_role("option", name="Idlib").first.click()
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
    """'?' shows the keys, with the focus on what shuts them, and Esc hides them, in an empty box too; after words it is
    a character."""
    with_script.go("/search?q=hospital")
    shown = with_script.page.get_by_role("dialog", name="Keys")
    with_script.page.keyboard.press("?")
    expect(shown.get_by_role("button", name="Close")).to_be_focused()
    with_script.page.keyboard.press("Escape")
    expect(shown).to_be_hidden()
    box = with_script.page.get_by_role("combobox")
    box.press("End")
    box.press("?")
    expect(box).to_have_value("hospital?")
    with_script.go("/")
    expect(box).to_be_focused()
    with_script.page.keyboard.press("?")
    expect(shown).to_be_visible()
    expect(box).to_have_value("")


@pytest.mark.parametrize("kept", [True, False], ids=["storage", "no-storage"])
def test_keys_of_one_character_are_turned_off(with_script: Visitor, kept: bool) -> None:
    """The list of keys turns those of one character off and on again, for later pages too if anything may be kept."""
    if not kept:
        with_script.page.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } })"
        )
    with_script.go(ARTICLE)
    page = with_script.page
    box = page.get_by_role("combobox")
    page.get_by_role("button", name="Keys").click()
    page.get_by_role("dialog", name="Keys").get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    for key in "/n?":
        page.keyboard.press(key)
    expect(box).not_to_be_focused()
    assert with_script.path == ARTICLE
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.reload()
    page.keyboard.press("/")
    if kept:
        expect(box).not_to_be_focused()
    else:
        expect(box).to_be_focused()


def test_a_reference_beside_each_passage(visitor: Visitor) -> None:
    """Beside each passage stands its reference, seen without a pointer; without script it leads to its page."""
    visitor.go(ARTICLE)
    page = visitor.page
    plain = page.locator(".p:not(.is-hit)", has=page.locator(".cite")).first.locator(".cite")
    page.mouse.move(0, 0)
    for cite in (page.locator(".p.is-hit .cite").first, plain):
        expect(cite).to_have_css("opacity", "1")
        expect(cite).to_be_visible()
    address = plain.get_attribute("href")
    assert address
    visitor.go(address)
    expect(page.get_by_role("heading", name="Plain text")).to_be_visible()


def test_no_passage_is_passed_before_the_first_step(with_script: Visitor) -> None:
    """A document whose first hits are in the window at once counts none as visited: the first step goes to the first,
    and is said."""
    with_script.go("/doc/003_041a935d91e2c885.txt?q=Syria")
    page = with_script.page
    hits, position = page.locator(".p.is-hit"), page.locator(".step .pos")
    count = hits.count()
    assert count > 2
    expect(position).to_have_text(f"{count} passages")
    expect(page.locator(".step").get_by_role("status")).to_have_text("")
    page.keyboard.press("n")
    expect(position).to_have_text(f"Passage 1 of {count}")
    expect(page.locator(".step").get_by_role("status")).to_have_text(f"Passage 1 of {count}")
    assert with_script.path.endswith(f"#{hits.nth(0).get_attribute('id')}")


def test_the_line_of_a_result_is_its_link(with_script: Visitor) -> None:
    """On a phone, too, all of the link can be clicked: the date beside it covers none of it."""
    with_script.page.set_viewport_size({"width": 390, "height": 844})
    with_script.go("/search?q=airstrikes&year=2016&actor=Russia")
    with_script.page.locator(".entry > a.line").first.click(timeout=5_000)
    assert re.search("^/doc/.*#L21$", with_script.path)


def test_the_map_leads_to_passages(with_script: Visitor) -> None:
    """A mark of the map beside a document is clicked to go to its passage, and the present one's is another colour."""
    with_script.go(ARTICLE)
    page = with_script.page
    marks, hits = page.locator(".map a"), page.locator(".p.is-hit")
    marks.nth(1).click()
    expect(hits.nth(1)).to_be_in_viewport()
    expect(page.locator(".step .pos")).to_have_text(re.compile("^Passage 2 of"))
    assert len({marks.nth(n).evaluate("one => getComputedStyle(one).fill") for n in (0, 1)}) == 2


def test_the_present_passage_without_our_colours(with_script: Visitor) -> None:
    """Where the system's colours are forced, the present passage is still told from the others that match."""
    with_script.page.emulate_media(forced_colors="active")
    with_script.go(f"{ARTICLE}#L357")
    expect(with_script.page.locator("#L357")).to_have_css("outline-style", "solid")
    expect(with_script.page.locator(".p.is-hit").first).to_have_css("outline-style", "none")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_contents_of_a_document_on_a_phone(chromium: Browser, base: str, script: bool) -> None:
    """An entry of the contents shows its section: the sheet closes, or without script leaves room for it."""
    for visitor in visit(chromium, base, script=script, width=390):
        visitor.go(ARTICLE)
        sheet = visitor.page.get_by_role("complementary", name="Contents")
        expect(sheet).to_be_hidden()
        visitor.page.get_by_role("button", name="Contents").click()
        assert sheet.inner_text().count("Contents") == 1
        sheet.get_by_role("link", name="Reactions").click()
        heading = visitor.page.get_by_role("heading", name="Reactions")
        expect(heading).to_be_in_viewport()
        if script:
            expect(sheet).to_be_hidden()
            continue
        above, below = heading.bounding_box(), sheet.bounding_box()
        assert above
        assert below
        assert above["y"] + above["height"] < below["y"]
        sheet.get_by_role("button", name="Close").click()
        expect(sheet).to_be_hidden()


@pytest.mark.parametrize("width", [320, 390])
def test_a_passage_is_clear_of_the_bar(chromium: Browser, base: str, width: int) -> None:
    """On a phone the bar has two rows at most, and the passage that one steps to starts below it."""
    for visitor in visit(chromium, base, width=width):
        visitor.go(ARTICLE)
        for _ in range(3):
            visitor.page.get_by_role("link", name="Next", exact=True).first.click()
        bar, date = (visitor.page.locator(one).bounding_box() for one in (".step", ".p:target .when"))
        assert bar
        assert date
        assert bar["height"] <= 84
        assert bar["y"] + bar["height"] <= date["y"] < 450


def test_actors_of_a_passage_on_a_phone_and_on_paper(chromium: Browser, base: str) -> None:
    """On a phone the actors stand below their passage, six and how many more; on paper all of them."""
    for visitor in visit(chromium, base, width=390):
        visitor.go(ARTICLE)
        page = visitor.page
        crowd = page.locator(".p", has=page.locator(".tags .rest")).first
        text, tags = crowd.locator(".passage").bounding_box(), crowd.locator(".tags").bounding_box()
        assert text
        assert tags
        assert tags["y"] >= text["y"] + text["height"]
        names = crowd.locator(".tags a")
        assert sum(name.is_visible() for name in names.all()) == 6
        expect(crowd.get_by_text(f"and {names.count() - 6} more")).to_be_visible()
        page.emulate_media(media="print")
        assert all(name.is_visible() for name in names.all())


def test_from_hit_to_hit(with_script: Visitor) -> None:
    """n and p go from hit to hit and the bar says which; Back then is the list of results, at the same place."""
    with_script.go("/search?q=hospital")
    page = with_script.page
    page.locator(".entry h2 a").nth(2).click()
    page.wait_for_url("**/doc/**")  # all of it: what is counted below does not wait
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
    side = visitor.page.locator(".p .dates").first
    switch = visitor.page.get_by_label("Dates and actors beside the text")
    expect(side).to_be_visible()
    switch.uncheck()
    expect(side).to_be_hidden()
    switch.check()
    expect(side).to_be_visible()


def test_a_hidden_margin_stays_hidden(with_script: Visitor) -> None:
    """Whether dates and actors are beside the text is kept for the next document."""
    with_script.go(ARTICLE)
    with_script.page.get_by_label("Dates and actors beside the text").uncheck()
    with_script.go("/doc/003_041a935d91e2c885.txt")
    expect(with_script.page.get_by_label("Dates and actors beside the text")).not_to_be_checked()
    expect(with_script.page.locator(".p .when").first).to_be_hidden()


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


def test_a_format_is_copied_or_opened(chromium: Browser, base: str) -> None:
    """On the page of a reference a button copies a format as it is shown; its link opens it or is a download."""
    for visitor in visit(chromium, base):
        visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        visitor.go(f"/cite/{SECTION}?passage=3")
        section = visitor.page.locator(".sec", has=visitor.page.get_by_role("heading", name="BibTeX"))
        section.get_by_role("button", name="Copy").click()
        expect(section.get_by_role("status")).to_contain_text("Copied")
        copied = visitor.page.evaluate("navigator.clipboard.readText()")
        assert copied == section.locator("pre").text_content()
        with visitor.page.expect_download() as saved:
            section.get_by_role("link", name="Download").click()
        assert saved.value.suggested_filename.endswith(".bib")
        visitor.page.get_by_role("link", name="Open Plain text").click()
        visitor.page.wait_for_url("**.txt?passage=3")


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
    for gone in (".searchbar", ".step", "#_contents", ".map", ".tools", ".foot .acts"):
        expect(with_script.page.locator(gone).first).to_be_hidden()
    expect(with_script.page.get_by_text(with_script.base + ARTICLE)).to_be_visible()
    expect(with_script.page.get_by_text("generation 1")).to_be_visible()
    expect(with_script.page.locator(".p .passage").first).to_be_visible()
    expect(with_script.page.locator(".p .when").first).to_be_visible()


def test_paper_has_no_form(with_script: Visitor) -> None:
    """The start page is printed without its search box."""
    with_script.go("/")
    with_script.page.emulate_media(media="print")
    expect(with_script.page.locator("#_q")).to_be_hidden()


def test_lists_and_tables_of_a_document(chromium: Browser, tmp_path: Path) -> None:
    """Items are a list, with the numbers of the document and as deep as there; a wide table has all the room, a step
    goes to the word in it, and paper shows it whole."""
    app = Searchapp.indexed(tmp_path, lambda folder: (folder / "a.md").write_text(LISTS))
    with app.serving() as server:
        for visitor in visit(chromium, server.url, width=390):
            page = visitor.page
            visitor.go("/doc/a.md?q=hospital")
            items = page.get_by_role("listitem").filter(has=page.locator(".passage"))
            marker = "one => getComputedStyle(one.querySelector('.passage'), '::before').content"
            assert [item.evaluate(marker) for item in items.all()] == ['"3."', '"•"', "none", '"4."']
            assert [item.get_attribute("aria-level") for item in items.all()] == ["1", "2", "1", "1"]
            starts = [item.locator(".passage").evaluate("one => one.offsetLeft") for item in items.all()]
            assert starts[0] == starts[2] == starts[3] < starts[1]
            page.keyboard.press("n")
            expect(page.locator("td mark")).to_be_in_viewport(ratio=1)
            page.set_viewport_size({"width": 1600, "height": 900})
            wide, article = page.locator(".tablebox").bounding_box(), page.locator("article").bounding_box()
            assert wide
            assert article
            assert wide["width"] > article["width"] - 120
            page.set_viewport_size({"width": 640, "height": 900})
            page.emulate_media(media="print")
            assert page.evaluate("document.querySelector('td:last-child').getBoundingClientRect().right <= innerWidth")


LISTS = (
    "# A list\n\n3. Third\n   - in it\n\n   More of the third.\n4. Fourth\n\n"
    f"{'| Column ' * 12}|\n{'|---' * 12}|\n{'| some words here ' * 11}| hospital |\n"
)


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
