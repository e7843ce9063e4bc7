"""Markdown becomes a flat list of blocks: headings and passages in the order that a reader meets them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from markdown_it.token import Token

from searchapp.model import PassageKind, Range, Span
from searchapp.splitting import parser
from searchapp.splitting.day_items import DAY, logged, mark_days
from searchapp.splitting.inline import lines, runs
from searchapp.splitting.parser import MAX_NESTING
from searchapp.splitting.text import Text, clean, decoded

WRAPPED = 120
"""Longest line, in characters, of text that may have been wrapped by hand."""
BULLET = "•"
BlockKind = PassageKind | Literal["heading"]
_HTML = re.compile(
    r"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|<(script|style)\b.*?(?:</\1|\Z)"
    r"""|<(?:"[^"<]*"|'[^'<]*'|[^<>"'])*>|<[^<>]*>|https?://[^\s<>]+""",
    re.DOTALL | re.IGNORECASE,
)
"""What of HTML nobody reads, and addresses."""
_ATTRIBUTE = r"""(?:[#.][^\W\d][\w:.-]*|[^\W\d][\w:.-]*=(?:"[^"{}]*"|[^\s"{}]+))"""
_ATTRIBUTES = re.compile(rf"\s*\{{\s*{_ATTRIBUTE}(?:\s+{_ATTRIBUTE})*\s*\}}\Z")
"""After a heading, its id, classes and the like: {#idlib .unnumbered}."""
_NEW_LINE = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading or a passage."""

    kind: BlockKind
    text: str
    lines: Range
    """First and last line in the file, 1-based, inclusive."""
    spans: tuple[Span, ...] = ()
    level: int = 0
    """1 to 6 for a heading, else 0."""
    item: int = 0
    """Number of the outermost list item that it is in, counted through the document from 1; 0 outside lists."""
    urls: tuple[str, ...] = ()
    """Link targets of a block that has no other text; such a block is no passage, but may name a source."""
    depth: int = 0
    marker: str = ""
    """As those of a passage."""
    until: int = 0
    """Last line of the list item that it begins; 0 where it begins none."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text as blocks, and what is none."""

    blocks: list[Block]
    hidden: list[int]
    """First lines of the blocks of HTML that hold words."""


def parse(body: str, first_line: int = 1, *, mdx: bool = False) -> Parsed:
    """The blocks of a Markdown text with '\\n' line ends. Raw HTML is left out. Never raises.

    `first_line` is the number of the text's first line. With `mdx`, top-level import and export statements are left
    out too.
    """
    tokens = parser.tokens(body, mdx=mdx)
    mark_days(tokens)
    walk = _Walk(_NEW_LINE.sub("\n", body).split("\n"), first_line - 1, mdx=mdx)
    for index, token in enumerate(tokens):
        walk.take(tokens, index, token)
    return Parsed(walk.blocks, walk.hidden)


@dataclass(slots=True)
class _Walk:
    """What is open while the tokens go by."""

    source: list[str]
    offset: int
    """How many lines of the file come before the source."""
    mdx: bool
    blocks: list[Block] = field(default_factory=list)
    containers: list[PassageKind] = field(default_factory=list)
    items: int = 0
    depth: int = 0
    """How many list items are open."""
    numbers: list[int | None] = field(default_factory=list)
    """The number of the next item of each list that is open; None where items have none."""
    marker: str = ""
    until: int = 0
    day: str = ""
    """Those of an item of which nothing has been met yet; the day is a number that belongs to its text."""
    heading: Token | None = None
    table: Token | None = None
    rows: list[list[str]] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)

    def take(self, tokens: Sequence[Token], index: int, token: Token) -> None:
        """Take the next token."""
        rule = getattr(self, f"_{token.type}", None)
        if rule is not None:
            rule(token)
        if token.nesting == 1 and token.level >= MAX_NESTING - 1 and tokens[index + 1].nesting == -1:
            self._too_deep(token)

    def _add(self, kind: BlockKind, text: Text, lines: Range, level: int = 0, urls: tuple[str, ...] = ()) -> None:
        if text or urls:
            item = self.items if self.depth else 0
            depth = 0 if kind == "paragraph" else len(self.containers)
            marker, until = (self.marker, self.until) if kind == "item" and self.marker else ("", 0)
            text = _after(self.day, text) if marker else text
            self.marker = self.day = ""
            real = self._real(lines)
            self.blocks.append(Block(kind, text.text, real, text.spans, level, item, urls, depth, marker, until))

    def _real(self, lines: Range) -> Range:
        """The lines in the file, without blank ones at the end."""
        first, last = lines
        while last > first and not self.source[last - 1].strip():
            last -= 1
        return first + self.offset, last + self.offset

    def _kind(self) -> PassageKind:
        return self.containers[-1] if self.containers else "paragraph"

    def _html_block(self, token: Token) -> None:
        if any(c.isalnum() for c in decoded(_HTML.sub(" ", token.content))):
            self.hidden.append(self._real(lines(token))[0])

    def _blockquote_open(self, _: Token) -> None:
        self.containers.append("quote")

    def _blockquote_close(self, _: Token) -> None:
        self.containers.pop()

    def _bullet_list_open(self, _: Token) -> None:
        self.numbers.append(None)

    def _ordered_list_open(self, token: Token) -> None:
        self.numbers.append(int(token.attrGet("start") or 0) if "start" in token.attrs else 1)

    def _bullet_list_close(self, _: Token) -> None:
        self.numbers.pop()

    _ordered_list_close = _bullet_list_close

    def _list_item_open(self, token: Token) -> None:
        number = self.numbers[-1]
        if number is not None:
            self.numbers[-1] = number + 1
        self.day = token.meta.get(DAY, "")
        self.marker = BULLET if number is None or self.day else f"{number}."
        self.until = self._real(lines(token))[1]
        self.containers.append("item")
        self.items += not self.depth
        self.depth += 1

    def _list_item_close(self, _: Token) -> None:
        self.marker = self.day = ""
        self.containers.pop()
        self.depth -= 1

    def _heading_open(self, token: Token) -> None:
        # A heading in a quote or a list belongs to that, and opens no section.
        self.heading = None if self.containers else token

    def _fence(self, token: Token) -> None:
        self._add("code", Text(_code(token.content)), lines(token))

    _code_block = _fence

    def _table_open(self, token: Token) -> None:
        self.table, self.rows = token, []

    def _tr_open(self, _: Token) -> None:
        self.rows.append([])

    def _table_close(self, _: Token) -> None:
        if self.table is not None and any(cell for row in self.rows for cell in row):
            text = "\n".join("\t".join(row).rstrip("\t") for row in self.rows)
            self._add("table", Text(text.strip("\n")), lines(self.table))
        self.table = None

    def _too_deep(self, token: Token) -> None:
        first, last = lines(token)
        text = " ".join(line.lstrip(" \t>-+*") for line in self.source[first - 1 : last])
        self._add(self._kind(), clean(text), (first, last))

    def _inline(self, token: Token) -> None:
        if self.table is not None:
            self.rows[-1].append(" ".join(run.text.text for run in runs(token, self._breaks(token)) if run.text))
        elif self.heading is not None:
            self._take_heading(self.heading, token)
            self.heading = None
        elif not (self.mdx and not self.containers and token.content.startswith(("import ", "export "))):
            for number, run in enumerate(runs(token, self._breaks(token))):
                kind: PassageKind = "paragraph" if run.lazy and number else self._kind()
                self._add("caption" if run.image else kind, run.text, run.lines, urls=run.urls)

    def _take_heading(self, heading: Token, token: Token) -> None:
        """A heading is its text; images in it are captions below it, unless there is nothing else."""
        found = [run for run in runs(token, frozenset()) if run.text]
        words = [run for run in found if not run.image] or found
        spans: list[Span] = []
        text = ""
        for run in words:
            text += " " if text else ""
            spans += _after(text, run.text).spans
            text += run.text.text
        whole = Text(text, tuple(spans))
        end = len(_ATTRIBUTES.sub("", text))
        is_code = any(span.kind == "code" and span.end > end for span in spans)
        title = whole if is_code else whole.cut(0, end) or whole
        self._add("heading", title, lines(heading), int(heading.tag[1]))
        for run in found:
            if run not in words:
                self._add("caption", run.text, run.lines)

    def _breaks(self, token: Token) -> frozenset[int]:
        """Lines that Markdown joins to the one before though they were written as a line of their own.

        In a list item such a line isn't indented, and follows a finished sentence on a line too long to have been
        wrapped by hand; elsewhere it is one of a log.
        """
        first, last = lines(token)
        if first == last:
            return frozenset()
        if self._kind() != "item":
            return frozenset(first + number for number in logged(self.source[first - 1 : last]) if number)
        return frozenset(
            line
            for line in range(first + 1, last + 1)
            if not self.source[line - 1][:1].isspace() and _is_finished(self.source[line - 2])
        )


def _is_finished(line: str) -> bool:
    return len(line) > WRAPPED and line.rstrip().endswith((".", "!", "?", "…", '"', "”", "»", ")"))


def _code(content: str) -> str:
    return "\n".join(line.rstrip() for line in content.expandtabs(4).split("\n")).strip("\n")


def _after(before: str, text: Text) -> Text:
    """The text with another before it."""
    by = len(before)
    spans = (Span(span.start + by, span.end + by, span.kind, span.href) for span in text.spans)
    return Text(before + text.text, tuple(spans)) if by else text
