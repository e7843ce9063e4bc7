"""A made-up translation of the interface, and what a page says outside of it.

Every text of the interface is put between ⟦ and ⟧. On a corpus without a Latin letter, a Latin letter outside of these
is a text that no translator ever sees.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALE = "eo"
"""A language that Babel knows months and numbers of, and that nobody has translated the interface into."""
OPEN, CLOSE = "⟦", "⟧"
ATTRIBUTES = ("aria-label", "title", "placeholder", "alt", "data-find", "data-place", "data-all")
FOREIGN = ("code", "kbd", "pre", "script", "style")
"""What is typed or read by programs is no language of the interface."""
VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "rect", "line", "path"})
NAMES = re.compile(r"\b(?:CSV|JSON Lines|RIS|BibTeX|CSL-JSON|OR|[^\s/]+\.(?:md|txt|toml))\b")
"""Names of formats and files, and the operator of the query language."""
LETTERS = re.compile(r"[A-Za-z][A-Za-z ’,.]*")


def extracted(root: Path, folder: Path) -> Catalog:
    """All texts of the interface, found as `make translation` finds them."""
    pot = folder / "messages.pot"
    mapping = str(root / "pyproject.toml")
    command = ["pybabel", "--quiet", "extract", "--mapping", mapping, "--output", str(pot), str(root)]
    CommandLineInterface().run(command)  # type: ignore[no-untyped-call] # Babel types its catalogues, not its command
    with pot.open("rb") as file:
        return read_po(file)


def translated(messages: Catalog, folder: Path) -> Path:
    """A folder of catalogues with the made-up one."""
    catalogue = Catalog(locale=LOCALE)
    for message in messages:
        if isinstance(message.id, str) and message.id:
            catalogue.add(message.id, f"{OPEN}{message.id}{CLOSE}")
        elif message.id:
            catalogue.add(message.id, tuple(f"{OPEN}{form}{CLOSE}" for form in message.id))
    path = folder / LOCALE / "LC_MESSAGES" / "messages.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, catalogue)
    return folder


def left_out(html: str) -> list[str]:
    """The pieces of a page in Latin letters that stand outside of a translation."""
    page = _Page()
    page.feed(html)
    page.close()
    assert page.depth == 0, "a translation was cut"
    return page.found


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.depth = 0
        self.open: list[bool] = []
        """Whether each element that is open is in another language than the page."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ATTRIBUTES:
            self.check(given.get(name) or "")
        if given.get("name") == "description":
            self.check(given.get("content") or "")
        for text in json.loads(given.get("data-words") or "{}").values():
            self.check(text)
        if tag not in VOID:
            is_foreign = (
                tag in FOREIGN or given.get("lang", LOCALE) == "en" or "file" in (given.get("class") or "").split()
            )
            self.open.append(is_foreign or bool(self.open and self.open[-1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open or not self.open[-1]:
            self.depth = self.read(data, self.depth)

    def check(self, text: str) -> None:
        assert self.read(text, 0) == 0, text

    def read(self, text: str, depth: int) -> int:
        outside = []
        for char in NAMES.sub(" ", text):
            depth += (char == OPEN) - (char == CLOSE)
            outside.append("|" if depth or char == CLOSE else char)
        self.found += [piece.strip() for piece in LETTERS.findall("".join(outside))]
        return depth
