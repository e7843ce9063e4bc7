"""Markdown becomes a flat list of blocks: headings and passages in the order that a reader meets them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from searchapp.model import PassageKind, Range, Span, SpanKind
from searchapp.splitting.text import Text, caption, clean, urls_in

MAX_NESTING = 50
"""Depth of Markdown nesting; what is nested deeper is taken as plain text."""
MAX_NESTED_IMAGES = 4
WRAPPED = 120
"""Longest line, in characters, of text that may have been wrapped by hand."""


BlockKind = PassageKind | Literal["heading"]
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


def parse(body: str, first_line: int = 1, *, mdx: bool = False) -> list[Block]:
    """The blocks of a Markdown text with '\\n' line ends. Raw HTML is left out. Never raises.

    `first_line` is the number of the text's first line. With `mdx`, top-level import and export statements are left
    out too.
    """
    tokens = _MARKDOWN.parse(body)
    walk = _Walk(_NEW_LINE.sub("\n", body).split("\n"), first_line - 1, mdx=mdx)
    for index, token in enumerate(tokens):
        walk.take(tokens, index, token)
    return walk.blocks


# --- The parser -----------------------------------------------------------------------------------------


class _Markdown(MarkdownIt):
    """Links keep their targets as written; whether one is safe is asked when a span is made of it."""

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802  # the library's names
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802  # the library's name
        return url


def _parser() -> _Markdown:
    parser = _Markdown("commonmark", {"maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    rules = parser.inline.ruler
    for name, rule in zip(rules.get_active_rules(), rules.getRules(""), strict=True):
        if name != "text":
            rules.at(name, _placed(_bounded(rule) if name == "image" else rule))
    return parser


_InlineRule = Callable[[StateInline, bool], bool]


def _placed(rule: _InlineRule) -> _InlineRule:
    """The rule, noting in the tokens it makes which characters of the block's source they come from."""

    def run(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.tokens)
        done = rule(state, silent)
        if done and not silent:
            for token in state.tokens[known:]:
                token.meta.setdefault("source", (start, state.pos))
        return done

    return run


def _bounded(rule: _InlineRule) -> _InlineRule:
    """The image rule for a bounded depth: alternative texts are parsed within each other, by recursion."""

    def run(state: StateInline, silent: bool) -> bool:
        depth = state.env.get("images", 0)
        if depth >= MAX_NESTED_IMAGES:
            return False
        state.env["images"] = depth + 1
        try:
            return rule(state, silent)
        finally:
            state.env["images"] = depth

    return run


_MARKDOWN = _parser()
_PLAIN = MarkdownIt("commonmark")


# --- Blocks ---------------------------------------------------------------------------------------------


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
    heading: Token | None = None
    table: Token | None = None
    rows: list[list[str]] = field(default_factory=list)

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
            self.blocks.append(Block(kind, text.text, self._real(lines), text.spans, level, item, urls))

    def _real(self, lines: Range) -> Range:
        """The lines in the file, without blank ones at the end."""
        first, last = lines
        while last > first and not self.source[last - 1].strip():
            last -= 1
        return first + self.offset, last + self.offset

    def _kind(self) -> PassageKind:
        return self.containers[-1] if self.containers else "paragraph"

    def _blockquote_open(self, _: Token) -> None:
        self.containers.append("quote")

    def _blockquote_close(self, _: Token) -> None:
        self.containers.pop()

    def _list_item_open(self, _: Token) -> None:
        self.containers.append("item")
        self.items += not self.depth
        self.depth += 1

    def _list_item_close(self, _: Token) -> None:
        self.containers.pop()
        self.depth -= 1

    def _heading_open(self, token: Token) -> None:
        # A heading in a quote or a list belongs to that, and opens no section.
        self.heading = None if self.containers else token

    def _fence(self, token: Token) -> None:
        self._add("code", Text(_code(token.content)), _lines(token))

    _code_block = _fence

    def _table_open(self, token: Token) -> None:
        self.table, self.rows = token, []

    def _tr_open(self, _: Token) -> None:
        self.rows.append([])

    def _table_close(self, _: Token) -> None:
        if self.table is not None and any(cell for row in self.rows for cell in row):
            text = "\n".join("\t".join(row).rstrip("\t") for row in self.rows)
            self._add("table", Text(text.strip("\n")), _lines(self.table))
        self.table = None

    def _too_deep(self, token: Token) -> None:
        first, last = _lines(token)
        text = " ".join(line.lstrip(" \t>-+*") for line in self.source[first - 1 : last])
        self._add(self._kind(), clean(text), (first, last))

    def _inline(self, token: Token) -> None:
        if self.table is not None:
            self.rows[-1].append(" ".join(run.text.text for run in _runs(token, self._breaks(token)) if run.text))
        elif self.heading is not None:
            self._take_heading(self.heading, token)
            self.heading = None
        elif not (self.mdx and not self.containers and token.content.startswith(("import ", "export "))):
            for number, run in enumerate(_runs(token, self._breaks(token))):
                kind: PassageKind = "paragraph" if run.lazy and number else self._kind()
                self._add("caption" if run.image else kind, run.text, run.lines, urls=run.urls)

    def _take_heading(self, heading: Token, token: Token) -> None:
        """A heading is its text; images in it are captions below it, unless there is nothing else."""
        runs = [run for run in _runs(token, frozenset()) if run.text]
        words = [run for run in runs if not run.image] or runs
        spans, text = [], ""
        for run in words:
            text += " " if text else ""
            spans += [_shifted(span, len(text)) for span in run.text.spans]
            text += run.text.text
        self._add("heading", Text(text, tuple(spans)), _lines(heading), int(heading.tag[1]))
        for run in runs:
            if run not in words:
                self._add("caption", run.text, run.lines)

    def _breaks(self, token: Token) -> frozenset[int]:
        """Lines that Markdown joins to a list item though they were written as a line of their own.

        Such a line isn't indented, and follows a finished sentence on a line too long to have been wrapped by hand.
        """
        first, last = _lines(token)
        if self._kind() != "item" or first == last:
            return frozenset()
        return frozenset(
            line
            for line in range(first + 1, last + 1)
            if not self.source[line - 1][:1].isspace() and _is_finished(self.source[line - 2])
        )


def _is_finished(line: str) -> bool:
    return len(line) > WRAPPED and line.rstrip().endswith((".", "!", "?", "…", '"', "”", "»", ")"))


def _lines(token: Token) -> Range:
    first, end = token.map or (0, 1)
    return first + 1, max(first + 1, end)


def _code(content: str) -> str:
    return "\n".join(line.rstrip() for line in content.expandtabs(4).split("\n")).strip("\n")


def _shifted(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by, span.kind, span.href)


# --- Text in blocks -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Run:
    """A part of a block that is a passage of its own: an image's alternative text, or the text between images."""

    text: Text
    lines: Range
    image: bool = False
    lazy: bool = False
    """Whether it begins with a line that Markdown joins to the one before."""
    urls: tuple[str, ...] = ()
    """Link targets, when there is no text."""
    written: tuple[int, ...] = ()
    """Lines with text on them."""


_SPANS: dict[str, SpanKind] = {"link_open": "link", "em_open": "em", "strong_open": "strong"}
_CLOSES = {"link_close": "link", "em_close": "em", "strong_close": "strong"}


class _Runs:
    """Gathers the runs of one inline token."""

    def __init__(self, token: Token, breaks: frozenset[int], written: frozenset[int] | None) -> None:
        self.source = token.content
        self.line = _lines(token)[0]
        self.breaks = breaks
        self.written = written
        """Lines with text on them: an image there is in the text, others stand between texts. None: not known yet."""
        self.at = 0
        self.done: list[Run] = []
        self.captions: list[Run] = []
        """Of the images in the current run."""
        self.open: list[tuple[SpanKind, int, str]] = []
        self._start(lazy=False)

    def _start(self, *, lazy: bool) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.spans: list[Span] = []
        self.lines: list[int] = []
        self.lazy = lazy
        self.open = [(kind, 0, href) for kind, _, href in self.open]

    def go_to(self, position: int) -> None:
        """Move on to a place in the source."""
        if position > self.at:
            self.line += self.source.count("\n", self.at, position)
            self.at = position

    def put(self, text: str) -> None:
        """Text on the current line."""
        self.parts.append(text)
        self.length += len(text)
        if text and not text.isspace():
            self.lines.append(self.line)

    def finish(self, *, lazy: bool = False) -> None:
        """The run is complete; the next begins."""
        spans = [*self.spans, *(Span(start, self.length, kind, href) for kind, start, href in self.open)]
        raw = "".join(self.parts)
        spans = sorted(_safe(spans), key=lambda span: (span.start, -span.end))
        text = clean(raw, spans)
        if self.lines:
            targets = [span.href for span in spans if span.kind == "link"] or urls_in(raw)
            urls = () if text else tuple(dict.fromkeys(targets))
            self.done.append(
                Run(text, (self.lines[0], self.lines[-1]), lazy=self.lazy, urls=urls, written=tuple(self.lines))
            )
        self.done += self.captions
        self.captions = []
        self._start(lazy=lazy)

    def image(self, token: Token) -> None:
        """An image on lines of its own parts the text before it from the text after it."""
        first = self.line
        self.go_to(_place(token)[1])
        if self.written is None:
            return
        found = Run(caption(clean(_plain(token.children or ()))), (first, self.line), image=True)
        if self.written.isdisjoint(range(first, self.line + 1)):
            self.finish()
            self.done.append(found)
        else:
            self.put(" ")
            self.captions.append(found)

    def break_line(self) -> None:
        """The source goes on on the next line."""
        if self.line in self.breaks:
            self.finish(lazy=True)
        else:
            self.put(" ")


def _runs(token: Token, breaks: frozenset[int]) -> list[Run]:
    written: frozenset[int] = frozenset()
    if any(child.type == "image" for child in token.children or ()):
        texts = _gathered(token, breaks, None)
        written = frozenset(line for run in texts if run.text for line in run.written)
    return _gathered(token, breaks, written)


def _gathered(token: Token, breaks: frozenset[int], written: frozenset[int] | None) -> list[Run]:
    runs = _Runs(token, breaks, written)
    for child in token.children or ():
        first, last = _place(child)
        runs.go_to(first)
        if child.type == "image":
            runs.image(child)
        elif child.type in _SPANS:
            runs.open.append((_SPANS[child.type], runs.length, str(child.attrs.get("href", ""))))
        elif child.type in _CLOSES:
            runs.go_to(last)
            _close(runs, _CLOSES[child.type])
        elif child.type == "code_inline":
            start = runs.length
            runs.put(child.content)
            runs.go_to(last)
            runs.put("")
            runs.lines.append(runs.line)
            runs.spans.append(Span(start, runs.length, "code"))
        elif child.type in ("softbreak", "hardbreak"):
            runs.go_to(last)
            runs.break_line()
        elif child.type == "html_inline":
            runs.go_to(last)
            runs.put(" " if child.content[:3].lower() == "<br" else "")
        else:
            runs.put(child.content)
    runs.finish()
    return runs.done


def _place(token: Token) -> Range:
    """The characters of the source that a token comes from; (0, 0) where unknown, as for text."""
    start, end = token.meta.get("source", (0, 0)) if token.type not in ("text", "text_special") else (0, 0)
    return start, end


def _close(runs: _Runs, kind: str) -> None:
    for index in range(len(runs.open) - 1, -1, -1):
        if runs.open[index][0] == kind:
            opened, start, href = runs.open.pop(index)
            runs.spans.append(Span(start, runs.length, opened, href))
            return


def _safe(spans: Sequence[Span]) -> Iterator[Span]:
    return (span for span in spans if span.kind != "link" or _PLAIN.validateLink(span.href))


def _plain(tokens: Sequence[Token]) -> str:
    """The text of an image's alternative text, of the images in it as well."""
    parts = []
    for token in tokens:
        if token.type == "image":
            parts.append(_plain(token.children or ()))
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type != "html_inline":
            parts.append(token.content)
    return "".join(parts)
