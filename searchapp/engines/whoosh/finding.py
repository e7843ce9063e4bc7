"""Where the words of a query stand in a text, without analysing all of it.

To take a passage apart costs a hundred times as much as to look for a word in it. So the written forms of a word are
looked for, and what stands there is read as the analyzer reads it. That finds all but what is written in a way of its
own (cease-fire for ceasefire); but the index knows how often a passage holds a word, so it shows where something is
missing, and there the whole text is analysed after all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from os.path import commonprefix
from typing import NamedTuple

from whoosh.query import FuzzyTerm, Phrase, Prefix, Term
from whoosh.query import Query as Node

from searchapp import deadline
from searchapp.engines.whoosh.analysis import CHUNK, CJK, Analyzer, plain
from searchapp.engines.whoosh.analysis import Term as Word
from searchapp.engines.whoosh.leaves import Leaves
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.model import Range

MOST_FORMS = 40
SHORTEST = 2
"""Letters of a form that is looked for; a single one is in every word."""
KEPT = 512
_RUN = re.compile(r"[^\W_]+")
_NEXT = re.compile(r"([\W_]+)([^\W_]+)")
_JOINED = re.compile(r"(?<=[^\W_])[-'](?=[^\W_])")
_JOINERS = ("-", "'")
_JOINERS_OF_FEW = ("-", "'", ".", ",", "\u2009")
"""What may join letters; and what may also join figures, or letters that stand alone."""

Folded = tuple[str, str]
"""A plain text and the same in lower case, letter by letter in the places of the text that they are of."""


def folded(text: str) -> Folded | None:
    """A text in which finders look; None for one whose letters are not in their places when it is plain."""
    if text.isascii():
        prepared = text.replace("`", "'")
        return prepared, prepared.lower()
    prepared, (starts, _) = plain(text)
    return (prepared, prepared.casefold()) if isinstance(starts, range) else None


class _Seen(NamedTuple):
    """What was found in a text."""

    ranges: list[Range]
    chunks: dict[int, int]
    """Where the chunks that were read begin, and how many of their places hold something."""


class Finder(NamedTuple):
    """Finds one word, beginning or phrase of a query."""

    analyzer: Analyzer
    node: Node
    beginnings: tuple[str, ...]
    """What its forms begin with: what is looked for."""
    forms: frozenset[str] | None
    """What stands there; None for all that begins so."""
    followed_by: tuple[frozenset[str], ...] = ()
    """Forms of the further words of a phrase."""
    numeric: bool = False
    """Whether there are figures among them."""

    def find(self, text: Folded, expected: int) -> list[Range] | None:
        """Where it stands in a text; None if that is not as often as expected."""
        if self.numeric and self.analyzer.joined(text[0]) != text[0]:  # some letters and figures are one word
            return None
        seen = _Seen([], {})
        count = 0
        for beginning in self.beginnings:
            at = text[1].find(beginning)
            while at >= 0:
                end = self._end(text[1], at)
                if end > 0:
                    seen.ranges.append((at, end))
                    count += 1
                elif end < 0:
                    end = self._read(text[0], at, seen)
                at = text[1].find(beginning, max(end, at + 1))
        if count + sum(seen.chunks.values()) != expected and not self.followed_by:
            for joiner in _JOINED.finditer(text[0]):
                self._read(text[0], joiner.start(), seen)
        return seen.ranges if count + sum(seen.chunks.values()) == expected else None

    def _end(self, text: str, at: int) -> int:
        """Where it ends if it begins here; 0 if it doesn't, -1 if that takes reading what it is joined with."""
        if at and text[at - 1].isalnum():
            return 0
        end = _RUN.match(text, at).end()  # type: ignore[union-attr]  # a beginning is of letters and figures
        word = last = text[at:end]
        if self.forms is None:
            if not word.isascii() and CJK.search(word):
                return -1
        elif word not in self.forms:
            return 0
        for forms in self.followed_by:
            run = _NEXT.match(text, end)
            if run is None or run[2] not in forms or run[1] in _JOINERS_OF_FEW:
                return 0
            last, end = run[2], run.end()
        before = at > 1 and text[at - 1] in _joiners(word) and text[at - 2].isalnum()
        after = text[end : end + 1] in _joiners(last) and text[end + 1 : end + 2].isalnum()
        return -1 if before or after else end

    def _read(self, prepared: str, at: int, seen: _Seen) -> int:
        """Read the chunk at a place and note what it holds; where it ends."""
        start = prepared.rfind(" ", 0, at) + 1
        chunk = next(match for match in CHUNK.finditer(prepared, start) if match.end() > at)
        if self.followed_by or chunk.start() in seen.chunks:
            return chunk.end()
        terms = self.analyzer.terms(chunk[0])
        held = [term for term in terms if self._is(term)]
        for term in held:
            last = chunk.end() if len(terms) == 1 else chunk.start() + term.end
            seen.ranges.append((chunk.start() + term.start, last))
        by_stem = isinstance(self.node, Term) and self.node.fieldname == "stem"
        seen.chunks[chunk.start()] = len({(term.position, "" if by_stem else term.word) for term in held})
        return chunk.end()

    def _is(self, word: Word) -> bool:
        if isinstance(self.node, Term) and self.node.fieldname == "stem":
            return bool(word.stem == self.node.text)
        return word.word in self.forms if self.forms is not None else word.word.startswith(self.beginnings)


class Finders:
    """The finders of one snapshot."""

    def __init__(self, snapshot: Snapshot, leaves: Leaves) -> None:
        self.snapshot = snapshot
        self.leaves = leaves
        self._analyzer = snapshot.analyzers[0]
        self.finder = lru_cache(maxsize=KEPT)(self._finder)

    def _finder(self, node: Node) -> Finder | None:
        """What finds a node in texts of the language of the corpus; None if only their analysis does."""
        deadline.check()
        if isinstance(node, Prefix):
            numeric = not node.text.isalpha()
            return Finder(self._analyzer, node, (node.text,), None, (), numeric) if _is_plain(node.text) else None
        if isinstance(node, Phrase):
            words = [frozenset(self._forms(node.fieldname, word)) for word in node.words]
            return self._made(node, words[0], tuple(words[1:])) if all(words) else None
        if isinstance(node, FuzzyTerm):
            return self._made(node, frozenset(filter(_is_plain, self.leaves.expand(node))), ())
        return self._made(node, frozenset(self._forms(node.fieldname, node.text)), ())

    def _made(self, node: Node, forms: frozenset[str], followed_by: tuple[frozenset[str], ...]) -> Finder | None:
        if not 0 < len(forms) <= MOST_FORMS or min(map(len, forms)) < SHORTEST:
            return None
        numeric = not all(form.isalpha() for some in (forms, *followed_by) for form in some)
        beginnings: list[str] = []
        common = commonprefix(list(forms))  # noqa: RUF071  # these are words, no paths
        for form in [common] if len(common) > SHORTEST else sorted(forms):
            if not beginnings or not form.startswith(beginnings[-1]):
                beginnings.append(form)
        return Finder(self._analyzer, node, tuple(beginnings), forms, followed_by, numeric)

    def _forms(self, name: str, text: str) -> Iterator[str]:
        """The words of the corpus that are letters and figures alone and are, in its language, of a stem."""
        if name == "word":
            yield from filter(_is_plain, [text])
            return
        for word in self.snapshot.words.of_stem(text):
            if _is_plain(word) and self._analyzer.stem(word) == text:
                yield word


def _is_plain(word: str) -> bool:
    """Whether a word stands in texts as it is: in letters and figures, one after the other."""
    return word.isalnum() and (word.isascii() or not CJK.search(word))


def _joiners(word: str) -> tuple[str, ...]:
    return _JOINERS if len(word) > 1 and word.isalpha() else _JOINERS_OF_FEW
