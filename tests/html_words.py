"""What a reader of rendered Markdown sees, found independently of searchapp: through HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

_WORD = re.compile(r"[^\W_]+")


def words(text: str) -> set[str]:
    """The words of a text."""
    return set(_WORD.findall(text))


def visible_words(markdown: str) -> set[str]:
    """The words that a browser would show for a Markdown text, of images the alternative text; raw HTML left out."""
    parser = MarkdownIt("commonmark", {"maxNesting": 50}).enable(["table", "strikethrough"])
    renderer: Any = parser.renderer
    renderer.rules["html_block"] = renderer.rules["html_inline"] = lambda *_: ""

    def image(tokens: Sequence[Token], index: int, *_: object) -> str:
        return f" {parser.renderInline(tokens[index].content)} "

    renderer.rules["image"] = image
    reader = _Reader()
    reader.feed(parser.render(markdown))
    reader.close()
    return words("".join(reader.parts))


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
