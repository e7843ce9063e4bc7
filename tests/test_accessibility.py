"""What the page promises to everyone, measured in a real browser: axe-core, widths, targets, weight, stillness."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page
from running import Searchapp
from web_support import needs_chromium

from searchapp import web

ARTICLE = "001_69d70ffd968491bc.txt"
SECTION = f"{ARTICLE}/reports-of-civilian-casualties-and-war-crimes"
RESULTS = "/search?q=hospital"
PAGES = {
    "start": "/",
    "results": f"{RESULTS}&explain=1",
    "filtered": f"{RESULTS}&year=2016&not_actor=Russia&from=2016-02",
    "zero hits": "/search?q=hospital&year=1901",
    "no such actor": "/search?actor=Rusia",
    "document": "/doc/003_041a935d91e2c885.txt?q=Russia",
    "article": f"/doc/{ARTICLE}?q=hospital",
    "entry": f"/entry/{SECTION}?q=hospital&at=1",
    "cite": f"/cite/{SECTION}?passage=3",
    "about": "/about",
    "api": "/api",
    "help": "/search?q=NOT",
    "400": "/search?q=hospital&page=0",
    "404": "/nothing",
}
Scheme = Literal["light", "dark"]
WIDTHS = (390, 1280)
PAGE_BYTES = 60 * 1024
SCRIPT_BYTES = 12 * 1024
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE_OPTIONS = {"resultTypes": ["violations"], "runOnly": STANDARDS}
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
COLOURS = {"resultTypes": ["violations"], "runOnly": COLOUR_RULES}
BUT_COLOURS = {**AXE_OPTIONS, "rules": {rule: {"enabled": False} for rule in COLOUR_RULES}}

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core as it comes with a package for tests."""
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8") + COLOURS_READ_ONCE


COLOURS_READ_ONCE = """;
(() => {
  const { Color } = axe.commons.color, read = Color.prototype.parseString, known = new Map();
  Color.prototype.parseString = function (text) {
    if (!known.has(text)) {
      const { r, g, b, alpha } = read.call(this, text);
      known.set(text, { r, g, b, alpha });
    }
    return Object.assign(this, known.get(text));
  };
})();
"""
"""A page has a dozen colours; axe reads the text of one anew for each place that has it, half of all its work."""


def opened(chromium: Browser, width: int, scheme: Scheme = "light", **more: Any) -> Page:
    """A window; the policy of our own pages would forbid axe, which is put in from outside."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True, **more
    )
    context.set_default_timeout(30_000)
    return context.new_page()


def resize(page: Page, width: int, height: int = 900) -> None:
    """Make the window of a page another, which then shows what it would if it had been opened so."""
    page.set_viewport_size({"width": width, "height": height})


def violations(page: Page, axe: str, options: object = None) -> list[str]:
    """What axe finds on the page as it stands: rule, place and reason. It is put in once."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    found = page.evaluate("options => axe.run(document, options)", options or AXE_OPTIONS)
    return [
        f"{rule['id']}: {node['target']}: {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


ONE_OF_EACH = {
    "report.md": """---
title: A report
author: Somebody
date: 2016-05-03
url: https://example.org/report
---
Some text before any heading, undated.

# First part

## In spring 2016

On 3 May 2016 a [hospital](https://example.org/a) was hit, *Russia* and **Syria** said; on 5 May, again.

- A hospital in Aleppo
  1. one
     - and a third level
  2. two, in June
- and `code`

> A witness said so.
>
> > Another had told him.

| hospital | beds |
|---|---|
| Aleppo | 3 |

```
a hospital, as it is
```

![A hospital in 2017](a.jpg)

قصفت الطائرات المستشفى في حلب في 2016.

## Empty

"""
    + f"## {'A heading that goes on ' * 8}\n",
    "day.md": """### [2016-01-5](/news/2016/01/5/index.md)

# A hospital is hit in Syria.

Russia said that it was not.

### Source:

1. [Agency](https://example.org/b)
2. State television

### Related:

1. [A hospital opens. ](/news/2016/01/9/a-hospital-opens.md) _Context: Russia, Syria_
2. [A report is published. ](/news/2015/12/9/a-report-is-published.md) _Context: Syria_
""",
    "broken.md": "---\ntitle: [a\n---\nA hospital.\n",
    "actors.toml": """actor = [
  {name = "Russia", type = "state", aliases = ["Never Said"]},
  {name = "Syria", type = "state"},
  {name = "Nobody", type = "person"},
]
place = [{name = "Aleppo", type = "city", aliases = ["حلب"]}]
""",
}
"""Every kind of passage, of name and of problem."""
PAGES_OF_EACH = {
    "about": "/about",
    "report": "/doc/report.md?q=hospital",
    "news": "/doc/day.md?q=hospital",
    "news item": "/entry/news/2016/01/05/a-hospital-is-hit-in-syria?q=hospital",
    "results": "/search?q=hospital&explain=1&place=Aleppo",
}
MANY_ALIKE = ("about", "article")
"""Pages of a thousand rows of a few kinds, whose colours are looked at where there is one of each."""


@pytest.fixture(scope="module")
def one_of_each(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a small site."""
    folder = tmp_path_factory.mktemp("each")
    app = Searchapp(folder / "corpus", folder / "index")
    app.corpus.mkdir()
    for name, text in ONE_OF_EACH.items():
        (app.corpus / name).write_text(text, encoding="utf-8")
    built = app.run("reindex")
    assert built.returncode == 1, built.stderr  # one has a problem
    with app.serving() as server:
        yield server.url


@pytest.mark.long(90)
def test_axe_finds_nothing(chromium: Browser, base: str, one_of_each: str, axe: str) -> None:
    """No page type has a violation of WCAG 2.2 AA or of axe's good practice, narrow or wide, with all that folds
    unfolded; nor, in the dark, one that is a matter of colours, the only thing that differs there."""
    page = opened(chromium, WIDTHS[0])
    addresses = {name: base + path for name, path in PAGES.items()}
    addresses |= {f"{name}, one of each": one_of_each + path for name, path in PAGES_OF_EACH.items()}
    found = {}
    for name, address in addresses.items():
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == {"400": 400, "404": 404}.get(name, 200), name
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        for width in WIDTHS:
            resize(page, width)
            page.emulate_media(color_scheme="light")
            said = violations(page, axe, BUT_COLOURS if name in MANY_ALIKE else AXE_OPTIONS)
            page.emulate_media(color_scheme="dark")
            said += violations(page, axe, COLOURS) if name not in MANY_ALIKE else []
            found[f"{name}, {width} px"] = said
    page.context.close()
    assert len(found) == len(WIDTHS) * (len(PAGES) + len(PAGES_OF_EACH))
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_opens(chromium: Browser, base: str, axe: str, scheme: Scheme) -> None:
    """The sheet of filters, the list of keys and the suggestions have no violation while they are open."""
    page = opened(chromium, 390, scheme)
    page.goto(base + RESULTS)
    page.get_by_role("button", name="Filters").click()
    found = violations(page, axe)
    page.goto(base + "/")
    page.get_by_role("combobox").press_sequentially("russ")
    page.get_by_role("option").first.wait_for()
    found += violations(page, axe)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keys").click()
    found += violations(page, axe)
    page.context.close()
    assert found == []


def test_axe_would_find_something(chromium: Browser, base: str, axe: str) -> None:
    """Text without contrast and a button without a name are found: an empty list of violations says something."""
    page = opened(chromium, 1280)
    page.goto(base + "/nothing")
    page.evaluate(
        """document.querySelector("main").insertAdjacentHTML("beforeend",
            '<p style="color:#ddd">pale text</p><button>')"""
    )
    found = " ".join(violations(page, axe))
    page.context.close()
    assert "color-contrast" in found
    assert "button-name" in found


def test_no_page_scrolls_sideways(chromium: Browser, base: str) -> None:
    """At 320 px, and at half a desktop's width, which is what zooming it to 200 % leaves, a page is read downwards."""
    page = opened(chromium, 320)
    wide = []
    for name, path in PAGES.items():
        page.goto(base + path)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        for width in (320, 640):
            resize(page, width)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                wide.append(f"{name}, {width} px")
    page.context.close()
    assert wide == []


@pytest.mark.parametrize("name", ["start", "results", "document", "entry"])
def test_a_window_made_another_is_one_that_was_opened_so(chromium: Browser, base: str, name: str) -> None:
    """What a page shows depends on how wide its window is, not on how wide it was: tests here load a page once."""
    page = opened(chromium, WIDTHS[0])
    shown = []
    for first in WIDTHS:
        resize(page, first)
        page.goto(base + PAGES[name])
        for width in WIDTHS:
            resize(page, width)
            shown.append((width, page.evaluate(PLACES)))
    page.context.close()
    assert len(shown[0][1]) > 100
    assert shown[0] == shown[2]
    assert shown[1] == shown[3]
    assert shown[0] != shown[1]


PLACES = """() => [...document.querySelectorAll("body *")].map((one) => {
  const { x, y, width, height } = one.getBoundingClientRect();
  return [one.outerHTML.length, one.checkVisibility(), x, y + scrollY, width, height];
})"""


@pytest.fixture(scope="module")
def long_story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a site of 41 years and a name without a blank."""

    def fill(corpus: Path) -> None:
        name = "Unbroken" * 12
        years = "\n\n".join(f"## Part {year}\n\n{name} met on 5 May {year}." for year in range(1980, 2021))
        (corpus / "a.md").write_text(f"# {name}\n\n{years}\n\n## Other\n\nNobody met.\n")
        (corpus / "actors.toml").write_text(f'[[actor]]\nname = "{name}"\ntype = "state"\n')

    with Searchapp.indexed(tmp_path_factory.mktemp("years"), fill).serving() as server:
        yield server.url


@pytest.mark.parametrize("width", [390, 768, 1000, 1280])
def test_every_year_is_in_sight(chromium: Browser, long_story: str, width: int) -> None:
    """With 41 years the start page cuts none off at the side, and 'undated' is seen; where years scroll, one is seen in
    part. Nor does a long name without a blank widen the page."""
    page = opened(chromium, width)
    page.goto(long_story)
    found = page.evaluate(YEARS)
    page.goto(f"{long_story}/search?year=undated")
    facet = page.evaluate(YEAR_FACET)
    page.context.close()
    assert found == {"outside": [], "undated": True, "cue": True, "wide": False}
    assert facet == {"cue": True, "gap": True}


YEARS = """() => {
  const list = document.querySelector(".ys"), box = list.getBoundingClientRect(), rows = [...list.children];
  const at = rows.map((one) => one.getBoundingClientRect());
  const last = at.at(-1), low = Math.min(box.bottom, last.top);
  const scrolls = list.scrollHeight > list.clientHeight + 1;
  return {
    outside: at.filter((one) => one.left < box.left - 1 || one.right > box.right + 1).map((one) => one.left),
    undated: last.bottom <= box.bottom + 1,
    cue: !scrolls || at.some((one) => one.top < low - 6 && one.bottom > low + 6),
    wide: document.documentElement.scrollWidth > innerWidth,
  };
}"""
YEAR_FACET = """() => {
  document.querySelector("#filters").togglePopover?.(true);
  const box = document.querySelector(".scroll:has(> .years)").getBoundingClientRect();
  const cells = [...document.querySelectorAll(".years li")].map((one) => one.getBoundingClientRect());
  const [name, count] = [...document.querySelectorAll(".years .is-un :is(i, span:not(.vh))")]
    .map((one) => one.getBoundingClientRect());
  const cell = document.querySelector(".years .is-un").getBoundingClientRect();
  return {
    cue: cells.at(-1).bottom < box.bottom
      || cells.some((one) => one.top < box.bottom - 6 && one.bottom > box.bottom + 6),
    gap: count.left - name.right > 3 && count.right < cell.right,
  };
}"""

SMALL_TARGETS = """() => {
  const at = (element) => element.getBoundingClientRect();
  const stop = "a[href], button, input, summary";
  const seen = [...document.querySelectorAll(stop)].filter((one) => one.checkVisibility() && at(one).width > 1
    && !one.closest(".skip"));
  const inText = (one) => one.matches("a") && getComputedStyle(one).display === "inline"
    && [...one.parentElement.childNodes].some((near) => near.nodeType === 3 && near.data.trim());
  const small = seen.filter((one) => (at(one).width < 24 || at(one).height < 24) && !inText(one));
  const middle = (one) => { const r = at(one); return [r.x + r.width / 2, r.y + r.height / 2]; };
  const gap = ([x, y], r) => Math.hypot(Math.max(r.left - x, 0, x - r.right), Math.max(r.top - y, 0, y - r.bottom));
  return small.filter((one) => !one.closest("label") && seen.some((other) => other !== one && !other.contains(one)
      && !one.contains(other) && gap(middle(one), at(other)) < 12))
    .map((one) => `${one.tagName}.${one.className} “${one.innerText.trim().slice(0, 30)}”`);
}"""
"""Targets under 24 by 24 px that a circle of that size around their middle does not keep apart from others; links in a
sentence are exempt (WCAG 2.2, 2.5.8)."""


@pytest.mark.parametrize("width", WIDTHS)
def test_targets_can_be_hit(chromium: Browser, base: str, width: int) -> None:
    """Everything that is clicked is 24 px wide and high, or stands apart from everything else."""
    page = opened(chromium, width)
    found = {}
    for name in ("start", "results", "zero hits", "entry", "cite", "api", "404"):
        page.goto(base + PAGES[name])
        found[name] = page.evaluate(SMALL_TARGETS)
    page.context.close()
    assert {name: small for name, small in found.items() if small} == {}


def test_the_focus_can_be_seen(chromium: Browser, base: str) -> None:
    """Each of the first stops of the Tab key has an outline of 2 px or more, and stands on the screen."""
    page = opened(chromium, 1280)
    page.goto(base + RESULTS)
    unseen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        unseen += page.evaluate(UNSEEN)
    page.context.close()
    assert unseen == []


UNSEEN = """() => {
  const one = document.activeElement, style = getComputedStyle(one), r = one.getBoundingClientRect();
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const there = r.bottom > 0 && r.top < innerHeight && r.width > 0;
  return outlined && there ? [] : [one.outerHTML.slice(0, 120)];
}"""


def test_nothing_moves_for_who_wants_no_motion(chromium: Browser, base: str) -> None:
    """With reduced motion, no animation, transition or smooth scrolling is left on any page type."""
    page = opened(chromium, 1280, reduced_motion="reduce")
    moving = {}
    for name, path in PAGES.items():
        page.goto(base + path)
        moving[name] = page.evaluate(MOVING)
    page.context.close()
    assert {name: found for name, found in moving.items() if found} == {}


MOVING = """() => [...document.querySelectorAll("*")].filter((one) => {
  const style = getComputedStyle(one);
  return style.scrollBehavior === "smooth" || style.animationName !== "none"
    || style.transitionDuration.split(",").some((time) => parseFloat(time) > 0);
}).map((one) => one.outerHTML.slice(0, 80))"""


def test_a_page_of_results_is_light(chromium: Browser, base: str) -> None:
    """A first visit to results costs 60 KB over the wire with all that it loads; our own scripts are 12 KB of it."""
    page = opened(chromium, 1280)
    page.goto(base + RESULTS, wait_until="networkidle")
    sizes = page.evaluate(
        """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
            .map((one) => [one.name, one.transferSize, one.decodedBodySize])"""
    )
    page.context.close()
    scripts = {name.partition("?")[0]: sent for name, sent, _ in sizes if ".js" in name}
    assert len(scripts) >= 1
    assert sum(scripts.values()) <= SCRIPT_BYTES
    assert sum(sent for _, sent, _ in sizes) <= PAGE_BYTES
    assert min(sent for _, sent, _ in sizes) > 0


def test_our_scripts_are_small() -> None:
    """All scripts together, as they are written, are 12 KB compressed at most, those of every page type counted."""
    scripts = (Path(web.__file__).parent / "static").glob("*.js")
    assert sum(len(gzip.compress(script.read_bytes())) for script in scripts) <= SCRIPT_BYTES


MOST_SHIFT = 0.001
SHIFTS = """window.shifted = 0;
new PerformanceObserver((list) => { for (const one of list.getEntries()) window.shifted += one.value; })
  .observe({ type: "layout-shift", buffered: true });"""


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_shifts_while_a_page_loads(chromium: Browser, base: str, width: int) -> None:
    """The layout of each page type stands as soon as it is painted: the sum of all layout shifts is 0.

    A machine that does other things may paint half a sentence, whose other half then begins a line: what shifts by the
    layout does so each time.
    """
    page = opened(chromium, width)
    page.add_init_script(SHIFTS)
    shifts = dict.fromkeys(PAGES, 1.0)
    for name, path in 3 * tuple(PAGES.items()):
        if shifts[name] > MOST_SHIFT:
            page.goto(base + path, wait_until="load")
            page.wait_for_timeout(150)
            shifts[name] = page.evaluate("window.shifted")
    page.context.close()
    assert {name: value for name, value in shifts.items() if value > MOST_SHIFT} == {}


def test_what_runs_from_right_to_left_says_so(chromium: Browser, tmp_path: Path) -> None:
    """An Arabic passage among English ones runs from right to left and names its script; the others are as before."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.md").write_text("---\nlang: ar\n---\n# تقرير\n\nقصفت الطائرات المستشفى في حلب.\n")
    (corpus / "b.md").write_text("# Report\n\nA hospital in Aleppo.\n\nقصفت الطائرات المستشفى في حلب.\n")
    app = Searchapp(corpus, tmp_path / "index")
    assert app.run("reindex").returncode == 0
    with app.serving() as server:
        page = opened(chromium, 390)
        page.goto(f"{server.url}/doc/a.md")
        arabic = page.evaluate(DIRECTIONS)
        page.goto(f"{server.url}/doc/b.md")
        mixed = page.evaluate(DIRECTIONS)
        page.goto(f"{server.url}/search?q=المستشفى")
        results = page.evaluate(DIRECTIONS)
        page.locator(".entry .acts a").first.click()
        page.wait_for_url("**/entry/**")  # all of it: `evaluate` does not wait
        entry = page.evaluate(DIRECTIONS)
        page.context.close()
    assert all(said == ["rtl", "ar"] for said in arabic.values())
    assert entry
    assert all(said in (["rtl", "ar"], ["rtl", "und-Arab"], ["ltr", "en"]) for said in entry.values())
    assert {tuple(said) for text, said in mixed.items() if "hospital" in text} == {("ltr", "en")}
    assert {tuple(said) for text, said in mixed.items() if "حلب" in text} == {("rtl", "und-Arab")}
    assert results
    assert all(said[0] == "rtl" for said in results.values())


DIRECTIONS = """() => Object.fromEntries([...document.querySelectorAll(".passage")].map((one) =>
  [one.innerText, [getComputedStyle(one).direction, one.closest("[lang]").lang]]))"""
