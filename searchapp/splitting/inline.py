"""Inline Markdown becomes runs of clean text: a paragraph's own, and those of the images in it, with their lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from searchapp.model import Range, Span, SpanKind
from searchapp.splitting.text import Text, caption, clean, urls_in

_PLAIN = MarkdownIt("commonmark")


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
        self.line = lines(token)[0]
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
            targets = [] if text else [span.href for span in spans if span.kind == "link"] or urls_in(raw)
            urls = tuple(dict.fromkeys(targets))
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


def runs(token: Token, breaks: frozenset[int]) -> list[Run]:
    """The runs of an inline token, in order; `breaks` are lines that begin a run of their own."""
    written: frozenset[int] = frozenset()
    if any(child.type == "image" for child in token.children or ()):
        texts = _gathered(token, breaks, None)
        written = frozenset(line for run in texts if run.text for line in run.written)
    return _gathered(token, breaks, written)


def _gathered(token: Token, breaks: frozenset[int], written: frozenset[int] | None) -> list[Run]:
    found = _Runs(token, breaks, written)
    for child in token.children or ():
        first, last = _place(child)
        found.go_to(first)
        if child.type == "image":
            found.image(child)
        elif child.type in _SPANS:
            found.open.append((_SPANS[child.type], found.length, str(child.attrs.get("href", ""))))
        elif child.type in _CLOSES:
            found.go_to(last)
            _close(found, _CLOSES[child.type])
        elif child.type == "code_inline":
            start = found.length
            found.put(child.content)
            found.go_to(last)
            found.put("")
            found.lines.append(found.line)
            found.spans.append(Span(start, found.length, "code"))
        elif child.type in ("softbreak", "hardbreak"):
            found.go_to(last)
            found.break_line()
        elif child.type == "html_inline":
            found.go_to(last)
            found.put(" " if child.content[:3].lower() == "<br" else "")
        else:
            found.put(child.content)
    found.finish()
    return found.done


def lines(token: Token) -> Range:
    """First and last line of a token in the source, 1-based."""
    first, end = token.map or (0, 1)
    return first + 1, max(first + 1, end)


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
