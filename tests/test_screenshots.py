"""Pictures of every page type, to be looked at: they are made into build/screenshots; the README has three of them."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from running import Searchapp
from test_accessibility import ARTICLE, PAGES, Scheme, opened, resize
from web_support import needs_chromium

pytestmark = [pytest.mark.browser, needs_chromium]
SHAPES = {"desktop": 1280, "phone": 390}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
ALL: dict[str, tuple[Scheme, ...]] = dict.fromkeys(SHAPES, SCHEMES)
HALF: dict[str, tuple[Scheme, ...]] = {"desktop": ("light",), "phone": ("dark",)}
TALLEST = 1500
"""Pixels of a long page that are enough to judge it by."""
IN_README = {
    "search": "/search?q=hospital&from=2015&to=2019",
    "document": f"/doc/{ARTICLE}?q=hospital#L357",
    "about": "/about",
}
ODD = {
    "300 actors": "/search?q=spoke",
    "300 actors by name": "/search?facet_order=name",
    "many filters": "/search?q=spoke&" + "&".join(f"actor=Actor+{n}" for n in range(12)),
    "zero hits": "/search?q=zeppelin&actor=Actor+1&not_actor=Actor+2&from=1999",
    "no such actor": "/search?actor=Acttor+17",
    "an endless name": f"/search?actor={'x' * 900}&document={'y' * 900}",
    "long titles": "/search?q=headline&explain=1",
    "long title": "/doc/long.md?q=headline",
    "right to left": "/search?q=المستشفى",
    "right to left document": "/doc/rtl.md?q=المستشفى",
    "start of many years": "/",
}
"""Pages of a corpus that is as no corpus should be."""


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    """Where the pictures are; not a temporary folder, because they are looked at."""
    folder = root / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def odd_app(tmp_path_factory: pytest.TempPathFactory) -> Searchapp:
    """Three hundred actors, headlines without end, and two scripts that run from right to left."""
    corpus = tmp_path_factory.mktemp("odd") / "corpus"
    corpus.mkdir()
    types = ("state", "armed group", "person", "media", "organisation with a name of its own")
    names = [f"Actor {n}{' of the very long name' * (n % 4)}" for n in range(300)]
    rows = [f'[[actor]]\nname = "{name}"\ntype = "{types[n % 5]}"\n' for n, name in enumerate(names)]
    (corpus / "actors.toml").write_text("\n".join(rows))
    (corpus / "searchapp.toml").write_text('title = "A collection with a title that is a little longer than most"\n')
    text = "".join(f"\n## {1980 + n % 40}\n\n{name} spoke in {1980 + n % 40}.\n" for n, name in enumerate(names))
    (corpus / "crowd.md").write_text(f"# A crowd\n{text}")
    long = "headline that goes on and on without a stop " * 9
    (corpus / "long.md").write_text(f"# {long}\n\nA headline.\n\n## {long}\n\n{'Unbreakable' * 40} headline.\n")
    (corpus / "rtl.md").write_text(
        "---\nlang: ar\n---\n# تقرير عن المستشفى\n\nقصفت الطائرات المستشفى في حلب في 2016.\n\n## 2017\n\n"
        "A hospital, in English.\n\nהמטוסים הפציצו את בית החולים المستشفى.\n"
    )
    app = Searchapp(corpus, corpus.parent / "index")
    assert app.run("reindex").returncode == 0
    return app


def pictured(
    chromium: Browser, base: str, pages: dict[str, str], folder: Path, schemes: dict[str, tuple[Scheme, ...]]
) -> dict[str, tuple[int, int]]:
    """Take a picture of each page in each shape, which it must not be wider than; the width and height of each, in
    pixels, by its name."""
    sizes = {}
    page = opened(chromium, SHAPES["desktop"])
    for name, path in pages.items():
        page.goto(base + path, wait_until="load")
        for shape, width in SHAPES.items():
            resize(page, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} {shape}"
            height = min(TALLEST, max(900, int(page.evaluate("document.documentElement.scrollHeight"))))
            resize(page, width, height)
            for scheme in schemes[shape]:
                page.emulate_media(color_scheme=scheme)
                data = page.screenshot(path=folder / f"{name.replace(' ', '-')}-{shape}-{scheme}.png")
                sizes[f"{name} {shape} {scheme}"] = struct.unpack(">II", data[16:24])
    page.context.close()
    return sizes


@pytest.mark.long(25)
def test_pictures_of_each_page_type(chromium: Browser, base: str, folder: Path) -> None:
    """There is a picture of each page type on the seeds, wide and narrow, light and dark."""
    sizes = pictured(chromium, base, PAGES, folder, ALL)
    assert len(sizes) == len(PAGES) * len(SHAPES) * len(SCHEMES)
    assert {width for width, _ in sizes.values()} == {390, 1280}


@pytest.mark.long(15)
def test_pictures_of_odd_corpora(chromium: Browser, odd_app: Searchapp, folder: Path) -> None:
    """There is a picture of what strains a layout, and nothing of it is wider than the window."""
    with odd_app.serving() as server:
        sizes = pictured(chromium, server.url, ODD, folder, HALF)
    assert len(sizes) == len(ODD) * len(SHAPES)


def test_pictures_of_the_readme(chromium: Browser, base: str, folder: Path, root: Path) -> None:
    """Those of the README are taken anew, to be copied to docs/; the README shows these, and they are there."""
    page = opened(chromium, 1280)
    for name, path in IN_README.items():
        page.goto(base + path, wait_until="load")
        page.screenshot(path=folder / f"readme-{name}.png")
    page.context.close()
    shown = re.findall(r"!\[[^\]]{20,}\]\(docs/([\w-]+)\.png\)", (root / "README.md").read_text("utf-8"))
    assert shown == list(IN_README)
    assert all((root / "docs" / f"{name}.png").stat().st_size > 20_000 for name in shown)
