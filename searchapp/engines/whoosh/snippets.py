"""What matched in a passage, as ranges of its text, and the window of it that is shown."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from whoosh.query import FuzzyTerm, Phrase, Prefix, Term
from whoosh.query import Query as Node

from searchapp import deadline
from searchapp.engines.whoosh.analysis import Token
from searchapp.engines.whoosh.arrays import Ints
from searchapp.engines.whoosh.finding import Finders, Folded, folded
from searchapp.engines.whoosh.leaves import MAX_EXPANSIONS
from searchapp.engines.whoosh.tree import Synonyms, Within
from searchapp.model import Entry, Passage, Range

SNIPPET = 300
"""Characters of a snippet, marks of omission included."""
_OMITTED_BEFORE, _OMITTED_AFTER = "… ", " …"
ROOM = SNIPPET - len(_OMITTED_BEFORE + _OMITTED_AFTER)
"""Those that are left for the text."""


Place = tuple[int, int, int]
"""Where one leaf of the query matches: start, end, and the number of the leaf in the order of the query."""


class Marker:
    """Finds what the leaves of a query match in the passages of entries."""

    def __init__(self, finders: Finders, weighted: Iterable[tuple[Node, float]]) -> None:
        self._snapshot = finders.snapshot
        self._leaves = finders.leaves
        self._terms: dict[str, dict[str, list[int]]] = {"stem": {}, "word": {}}
        self._prefixes: list[tuple[str, int]] = []
        self._phrases: list[tuple[str, tuple[str, ...], int]] = []
        self._names: dict[str, int] = {}
        self._spans: list[tuple[Within, int]] = []
        self.weights: list[float] = []
        """What each leaf counts in ranking: less for a name or a date that stands for a typed word."""
        self.nodes: list[Node] = []
        """What is looked for in texts."""
        self._leaf_of: list[int] = []
        """The leaf that each of these is, or is a part of."""
        self._counted = True
        """Whether the index says of each of these how often a passage holds it."""
        for node, weight in weighted:
            self._take(node, len(self.weights))
            self.weights.append(weight)
        self._finders = [(finders.finder(node), leaf) for node, leaf in zip(self.nodes, self._leaf_of, strict=True)]

    def _take(self, node: Node, leaf: int) -> None:
        if isinstance(node, Synonyms):
            for child in node.subqueries:
                self._take(child, leaf)
            return
        if isinstance(node, Within):
            self._spans.append((node, leaf))
            return
        if isinstance(node, Term) and node.fieldname not in self._terms:
            self._names[node.text] = leaf
            return
        self.nodes.append(node)
        self._leaf_of.append(leaf)
        if isinstance(node, Phrase):
            self._phrases.append((node.fieldname, tuple(node.words), leaf))
        elif isinstance(node, Prefix):
            self._prefixes.append((node.text, leaf))
            self._counted &= len(self._leaves.expand(node)) < MAX_EXPANSIONS
        else:
            for word in self._leaves.expand(node) if isinstance(node, FuzzyTerm) else (node.text,):
                self._terms[node.fieldname].setdefault(word, []).append(leaf)

    def counts(self, passages: Ints) -> list[list[int]]:
        """[nodes][passages] how often each of the passages with these numbers holds each of the nodes."""
        return [self._leaves.leaf(node).counts_in(passages).tolist() for node in self.nodes]

    def find(self, passages: Sequence[tuple[Entry, Passage]], counts: Sequence[Sequence[int]]) -> list[list[Place]]:
        """Every place that matches in each of some passages of entries, in order; `counts` are those of these."""
        marked: list[list[Place]] = []
        for (entry, passage), found in zip(passages, self._in_texts(passages, counts), strict=True):
            places = [*self._slowly(passage.text, entry.lang)] if found is None else found
            if self._names:
                places += [(m.start, m.end, self._names[m.name]) for m in passage.mentions if m.name in self._names]
            if self._spans:
                places += self._dates(passage)
            if len(places) > 1:
                places.sort()
            marked.append(places)
        return marked

    def _dates(self, passage: Passage) -> Iterator[Place]:
        for when in passage.dates:
            if when.span:
                for node, leaf in self._spans:
                    if node.start <= when.start and when.end <= node.end:
                        yield *when.span, leaf

    def _in_texts(
        self, passages: Sequence[tuple[Entry, Passage]], counts: Sequence[Sequence[int]]
    ) -> list[list[Place] | None]:
        """What is in each of the texts, found without analysing it; None where that is not as much as the index says.

        All are gone through at once: a page has thirty, and to begin takes longer than to look.
        """
        if not self._counted:
            return [None] * len(passages)
        found: list[list[Place] | None] = [[] for _ in passages]
        asked = [n for n, of_passage in enumerate(zip(*counts, strict=True)) if any(of_passage)]
        texts = _Texts([passages[n] for n in asked], self._snapshot.language)
        for (finder, leaf), of_node in zip(self._finders, counts, strict=True):
            ranges = finder.apart(texts.small) if finder else ()
            for n, start, end in zip(asked, texts.starts, texts.ends, strict=True):
                count, places = of_node[n], found[n]
                if not count or places is None:
                    continue
                inside = ranges[bisect_left(ranges, (start,)) : bisect_left(ranges, (end,))]
                if len(inside) == count:
                    places += [(first - start, last - start, leaf) for first, last in inside]
                elif finder and (read := finder.read(texts.part(start, end), count)) is not None:
                    places += [(first, last, leaf) for first, last in read]
                else:
                    found[n] = None
        return found

    def _slowly(self, text: str, language: str) -> Iterator[Place]:
        """What of a text in a language matches, by all of its words."""
        tokens = self._snapshot.tokens(text, language)
        yield from self._words(tokens)
        for name, words, leaf in self._phrases:
            for start, end in _phrase(tokens, name, words):
                yield start, end, leaf

    def _words(self, tokens: Sequence[Token]) -> Iterator[Place]:
        deadline.check()
        stems, words = self._terms["stem"], self._terms["word"]
        for token in tokens:
            if not self._prefixes and token.stem not in stems and token.word not in words:
                continue
            for leaf in (*stems.get(token.stem, ()), *words.get(token.word, ())):
                yield token.start, token.end, leaf
            for prefix, leaf in self._prefixes:
                if token.word.startswith(prefix):
                    yield token.start, token.end, leaf


class _Texts:
    """The texts of some passages, folded, one after the other with a line break between."""

    def __init__(self, passages: Sequence[tuple[Entry, Passage]], language: str) -> None:
        """Nothing stands for a text of another language, nor for one whose letters are not in their places."""
        same = ("", language)
        texts = [
            (folded(passage.text) if entry.lang in same else None) or ("", "")
            for entry, passage in deadline.each(passages)
        ]
        self._prepared, self.small = "\n".join([one for one, _ in texts]), "\n".join([one for _, one in texts])
        self.starts: list[int] = []
        self.ends: list[int] = []
        """Where each of them is."""
        start = 0
        for text, _ in texts:
            self.starts.append(start)
            end = start + len(text)
            self.ends.append(end)
            start = end + 1

    def part(self, start: int, end: int) -> Folded:
        """A part of them."""
        return self._prepared[start:end], self.small[start:end]


def _phrase(tokens: Sequence[Token], name: str, words: Sequence[str]) -> Iterator[Range]:
    """Where the words stand one after the other: from the first to the last of them, as one range."""
    places: dict[tuple[str, int], Token] = {(getattr(token, name), token.position): token for token in tokens}
    deadline.check()
    for token in tokens:
        if getattr(token, name) == words[0]:
            run = [places.get((word, token.position + i)) for i, word in enumerate(words)]
            if all(run):
                last = run[-1]
                assert last is not None  # noqa: S101  # all of the run are there
                yield token.start, last.end


def marks(found: Sequence[Place]) -> tuple[Range, ...]:
    """What matched, as ranges in order, merged where they touch or overlap; `found` is in order."""
    if len(found) == 1:
        return (found[0][:2],)
    merged: list[Range] = []
    last = -1
    for start, end, _ in found:
        if start > last:
            merged.append((start, end))
            last = end
        elif end > last:
            merged[-1] = merged[-1][0], end
            last = end
    return tuple(merged)


def window(text: str, found: Sequence[Place], weights: Sequence[float]) -> tuple[str, tuple[Range, ...]]:
    """The part of a text that shows most of the query, cut at words, at most SNIPPET characters, and its marks.

    `found` is in order, `weights` are those of the leaves.
    """
    marked, length = marks(found), len(text)
    if length <= SNIPPET:
        return text, marked
    if not marked:
        start, end = 0, 0
    elif marked[-1][1] - marked[0][0] <= ROOM:  # nothing shows more than all of them
        start, end = marked[0][0], marked[-1][1]
    else:
        start, end = _densest(found, weights)
    start, end = _at_words(text, *_widened(start, end, length))
    before, after = _OMITTED_BEFORE if start else "", _OMITTED_AFTER if end < length else ""
    shift = len(before) - start
    kept = [(max(a, start) + shift, min(b, end) + shift) for a, b in marked if a < end and b > start]
    return before + text[start:end] + after, tuple(kept)


def _densest(found: Sequence[Place], weights: Sequence[float]) -> Range:
    """The run of places that fits into the room and shows the most leaves, then the most places; the earliest.

    A run begins with each place in turn. Those that end within its room come, once each, and the place before leaves: a
    passage of one letter after the other has as many places as letters.
    """
    coming = sorted(range(len(found)), key=lambda number: found[number][1], reverse=True)
    places, inside, shown, stale = [0] * len(weights), 0, 0.0, False
    best, best_value = (0, 0), (0.0, 0)
    for first, (start, end, leaf) in enumerate(found):
        deadline.check()
        limit = start + ROOM
        while coming and found[coming[-1]][1] <= limit:
            number = coming.pop()
            if number >= first:
                places[found[number][2]] += 1
                inside, stale = inside + 1, True
        if stale:
            shown = sum(weight for weight, count in zip(weights, places, strict=True) if count)
        value = (shown, inside) if inside else (weights[leaf], 1)  # which is longer than the room
        if value > best_value:
            best, best_value = (start, _last(found[first:], limit)), value
        if end <= limit:
            places[leaf] -= 1
            inside -= 1
        stale = not places[leaf]
    return best


def _last(found: Sequence[Place], limit: int) -> int:
    """Where the last of the places that end by a character ends; that character where none does."""
    begun = takewhile(lambda place: place[0] <= limit, found)
    return max((end for _, end, _ in begun if end <= limit), default=limit)


def _widened(start: int, end: int, length: int) -> Range:
    """Use up the room around a range, a third of it before, the rest after."""
    start = max(0, start - max(ROOM - (end - start), 0) // 3)
    end = min(length, start + ROOM)
    return max(0, end - ROOM), end


def _at_words(text: str, start: int, end: int) -> Range:
    """Move the ends inwards to spaces where there are any near."""
    if start and not text[start - 1].isspace():
        space = text.find(" ", start, start + 40)
        start = space + 1 if space >= 0 else start
    if end < len(text) and not text[end].isspace():
        space = text.rfind(" ", max(start, end - 40), end)
        end = space if space > start else end
    return start, end
