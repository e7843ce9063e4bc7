"""What a reader of rendered Markdown sees, found independently of searchapp: through HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> set[str]:
    """The words of a text."""
    return set(_WORD.findall(text))


def visible_words(markdown: str) -> set[str]:
    """The words that a browser would show for a Markdown text, of images the alternative text; raw HTML left out.

    Definitions of what is no address are shown as they are written, and rows with all their cells.
    """
    parser = MarkdownIt("commonmark", {"maxNesting": 50}).enable(["table", "strikethrough"])
    renderer: Any = parser.renderer
    renderer.rules["html_block"] = renderer.rules["html_inline"] = lambda *_: ""

    def image(tokens: Sequence[Token], index: int, _: object, env: dict[str, Any]) -> str:
        return f" {parser.renderInline(tokens[index].content, env)} "

    renderer.rules["image"] = image
    env: dict[str, Any] = {}
    reader = _Reader()
    reader.feed(parser.render(_without_definitions(parser, markdown), env))
    for cell in _further_cells(parser, _without_definitions(parser, markdown)):
        reader.feed(f" {parser.renderInline(cell, env)} ")
    reader.close()
    return words("".join(reader.parts))


def _without_definitions(parser: MarkdownIt, markdown: str) -> str:
    """The text with the definitions escaped whose targets are words."""
    env: dict[str, Any] = {}
    parser.parse(markdown, env)
    rows = re.split(r"\r\n?|\n", markdown)
    for found in (*env.get("references", {}).values(), *env.get("duplicate_refs", ())):
        if re.fullmatch(r"\w+", found["href"]):
            first, end = found["map"]
            rows[first] = rows[first].replace("[", "\\[", 1)
            rows[end - 1] += "\n"  # what follows stays a block of its own
    return "\n".join(rows)


def _further_cells(parser: MarkdownIt, markdown: str) -> Iterator[str]:
    """The cells of tables beyond the last one that the parser takes."""
    rows = re.split(r"\r\n?|\n", markdown)
    tokens = parser.parse(markdown)
    for place, token in enumerate(tokens):
        if token.type == "tr_open" and token.map:
            rest = rows[token.map[0]].replace("\\|", "\0")
            for number, cell in enumerate(tokens[place + 2 :: 3]):
                if cell.type != "inline":
                    break
                content = cell.content.replace("|", "\0")
                if not content and not number:
                    rest = rest.partition("|")[2]  # the one before an empty first cell
                rest = rest[rest.index(content) + len(content) :].partition("|")[2]
            yield from (cell.replace("\0", "|") for cell in rest.split("|"))


class _Reader(HTMLParser):
    _BLOCKS = frozenset(
        {"p", "li", "td", "th", "tr", "pre", "blockquote", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6"}
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.code = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # the library's signature
        self.code += tag == "code"
        if tag in self._BLOCKS:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag == "code"
        if tag in self._BLOCKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        # Text that was encoded twice is meant to be decoded; code is meant as it stands.
        self.parts.append(data if self.code else html.unescape(data))
