"""What matched in a passage, as ranges of its text, and the window of it that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from whoosh.query import FuzzyTerm, Phrase, Prefix, Term
from whoosh.query import Query as Node

from searchapp.engines.whoosh.analysis import Token
from searchapp.engines.whoosh.leaves import Leaves
from searchapp.engines.whoosh.syntax import Synonyms, Within
from searchapp.model import Passage, Range

SNIPPET = 300
"""Characters of a snippet, marks of omission included."""
ELLIPSIS = "…"


class Marker:
    """Finds what the leaves of a query match in a text."""

    def __init__(self, leaves: Leaves, nodes: Iterable[Node]) -> None:
        self._terms: dict[str, set[str]] = {"stem": set(), "word": set()}
        self._prefixes: list[str] = []
        self._phrases: list[tuple[str, tuple[str, ...]]] = []
        self._names: set[str] = set()
        self._spans: list[Within] = []
        for node in nodes:
            self._take(leaves, node)

    def _take(self, leaves: Leaves, node: Node) -> None:
        if isinstance(node, Synonyms):
            for child in node.subqueries:
                self._take(leaves, child)
        elif isinstance(node, Phrase):
            self._phrases.append((node.fieldname, tuple(node.words)))
        elif isinstance(node, Prefix):
            self._prefixes.append(node.text)
        elif isinstance(node, FuzzyTerm):
            self._terms[node.fieldname].update(leaves.expand(node))
        elif isinstance(node, Within):
            self._spans.append(node)
        elif isinstance(node, Term) and node.fieldname in self._terms:
            self._terms[node.fieldname].add(node.text)
        elif isinstance(node, Term):
            self._names.add(node.text)

    def marks(self, passage: Passage, tokens: Sequence[Token]) -> tuple[Range, ...]:
        """Ranges of the passage's text that match, in order, merged where they touch or overlap."""
        found = [(m.start, m.end) for m in passage.mentions if m.name in self._names]
        found += [when.span for when in passage.dates if when.span and self._dated(when.start, when.end)]
        found += self._words(tokens)
        for name, words in self._phrases:
            found += _phrase(tokens, name, words)
        return tuple(_merged(found))

    def _dated(self, start: object, end: object) -> bool:
        return any(node.start <= start and end <= node.end for node in self._spans)  # type: ignore[operator]  # dates

    def _words(self, tokens: Sequence[Token]) -> Iterator[Range]:
        stems, words, prefixes = self._terms["stem"], self._terms["word"], tuple(self._prefixes)
        for token in tokens:
            if token.stem in stems or token.word in words or (prefixes and token.word.startswith(prefixes)):
                yield token.start, token.end


def _phrase(tokens: Sequence[Token], name: str, words: Sequence[str]) -> Iterator[Range]:
    """Where the words stand one after the other: from the first to the last of them, as one range."""
    places: dict[tuple[str, int], Token] = {(getattr(token, name), token.position): token for token in tokens}
    for token in tokens:
        if getattr(token, name) == words[0]:
            run = [places.get((word, token.position + i)) for i, word in enumerate(words)]
            if all(run):
                last = run[-1]
                assert last is not None  # noqa: S101  # all of the run are there
                yield token.start, last.end


def _merged(ranges: Iterable[Range]) -> Iterator[Range]:
    current: Range | None = None
    for start, end in sorted(ranges):
        if current and start <= current[1]:
            current = (current[0], max(current[1], end))
            continue
        if current:
            yield current
        current = (start, end)
    if current:
        yield current


def window(text: str, marks: Sequence[Range], limit: int = SNIPPET) -> tuple[str, tuple[Range, ...]]:
    """The densest part of a text, cut at words, at most `limit` characters long, and the marks in it."""
    if len(text) <= limit:
        return text, tuple(marks)
    room = limit - 2 * (len(ELLIPSIS) + 1)
    start, end = _densest(marks, room)
    start, end = _at_words(text, *_widened(start, end, room, len(text)))
    before, after = f"{ELLIPSIS} " if start else "", f" {ELLIPSIS}" if end < len(text) else ""
    shift = len(before) - start
    kept = ((max(a, start), min(b, end)) for a, b in marks if a < end and b > start)
    return before + text[start:end] + after, tuple((a + shift, b + shift) for a, b in kept)


def _densest(marks: Sequence[Range], room: int) -> Range:
    """The run of marks that fits into the room and covers most; the earliest of equals."""
    best, best_size = (0, 0), 0
    for i, (start, _) in enumerate(marks):
        inside = [mark for mark in marks[i:] if mark[1] - start <= room]
        size = sum(end - begin for begin, end in inside)
        if size > best_size:
            best, best_size = (start, inside[-1][1]), size
    if not best_size and marks:  # a single mark longer than the room
        return marks[0][0], marks[0][0] + room
    return best


def _widened(start: int, end: int, room: int, length: int) -> Range:
    """Use up the room around a range, a third of it before, the rest after."""
    spare = max(room - (end - start), 0)
    start = max(0, start - spare // 3)
    end = min(length, start + room)
    return max(0, end - room), end


def _at_words(text: str, start: int, end: int) -> Range:
    """Move the ends inwards to spaces where there are any near."""
    if start and not text[start - 1].isspace():
        space = text.find(" ", start, start + 40)
        start = space + 1 if space >= 0 else start
    if end < len(text) and not text[end].isspace():
        space = text.rfind(" ", max(start, end - 40), end)
        end = space if space > start else end
    return start, end
