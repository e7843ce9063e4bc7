"""Where the words of a query stand in a text, without analysing all of it.

To take a passage apart costs a hundred times as much as to look for a word in it. So the written forms of a word are
looked for, and what stands there is read as the analyzer reads it. That finds all but what is written in a way of its
own (cease-fire for ceasefire); but the index knows how often a passage holds a word, so it shows where something is
missing, and there the whole text is analysed after all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from os.path import commonprefix

from whoosh.query import FuzzyTerm, Phrase, Prefix, Term
from whoosh.query import Query as Node

from searchapp import deadline
from searchapp.bounded import unowned
from searchapp.engines.whoosh.analysis import CHUNK, LETTER, PAIRED, Analyzer
from searchapp.engines.whoosh.analysis import Term as Word
from searchapp.engines.whoosh.folding import plain
from searchapp.engines.whoosh.leaves import Leaves
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.model import Range

MOST_FORMS = 40
SHORTEST = 2
"""Letters of a form that is looked for; a single one is in every word."""
KEPT = 512
PIECE = 50_000
"""Characters that are gone through before time is looked at."""
_JOINED = re.compile(r"(?<=[^\W_])[-'](?=[^\W_])")
_BEFORE, _END = r'[^\s("]', r'(?![^\s.,;:!?)"])'
"""What a word that stands before does not certainly stand apart from; and that nothing of that kind follows."""

Folded = tuple[str, str]
"""A plain text and the same in lower case, letter by letter in the places of the text that they are of."""


def folded(text: str) -> Folded | None:
    """A text in which finders look; None for one whose letters are not in their places when it is plain."""
    if text.isascii():
        prepared = text.replace("`", "'")
        return prepared, prepared.lower()
    prepared, (starts, _) = plain(text)
    return (prepared, prepared.casefold()) if isinstance(starts, range) else None


class Finder:
    """Finds one word, beginning or phrase of a query."""

    def __init__(
        self, analyzer: Analyzer, node: Node, forms: frozenset[str] | None, followed_by: Sequence[frozenset[str]] = ()
    ) -> None:
        """`forms` are the written forms of the word, or of the first of a phrase; None for a beginning."""
        self._analyzer = analyzer
        self._node = node
        self._forms = forms
        common = commonprefix(list(forms)) if forms else node.text  # noqa: RUF071  # these are words, no paths
        self._beginnings: Sequence[str] = [common] if len(common) > SHORTEST else sorted(forms or ())
        self._followed_by = followed_by
        words = [form for some in (forms or {common}, *followed_by) for form in some]
        self._numeric = not all(word.isalpha() for word in words)
        self._patterns = [] if self._numeric else [self._pattern(beginning) for beginning in self._beginnings]

    def _pattern(self, beginning: str) -> re.Pattern[str]:
        """What matches it where it begins so and stands apart from other words.

        The beginning comes first, and what may not stand before it is asked then: `re` looks for letters that a
        pattern begins with ten times as fast as for anything else. All of it are letters, which need no escaping.
        """
        if self._forms is None:
            rest = rf"{LETTER}*+"
        else:
            whole = len(self._beginnings) > 1  # each of them is a form
            rest = "" if whole else _one_of(form[len(beginning) :] for form in self._forms)
        after = (rf"[,;:]? {_one_of(some)}{_END}" for some in self._followed_by)
        return re.compile("".join((rf"{beginning}(?<!{_BEFORE}{beginning}){rest}{_END}", *after)))

    def apart(self, small: str) -> Sequence[Range]:
        """Where it stands apart from other words, in a text in lower case or in several with a line break between; it
        may stand elsewhere besides."""
        ranges: list[Range] = []
        for pattern in self._patterns:
            for start, end in deadline.each(_pieces(small)):
                ranges += [match.span() for match in pattern.finditer(small, start, end)]
        return ranges if len(self._patterns) < 2 else sorted(ranges)

    def read(self, text: Folded, expected: int) -> Sequence[Range] | None:
        """Where it stands, by reading chunks of a text in which it may; None if that is not as often as expected."""
        prepared, small = text
        if self._followed_by or (self._numeric and self._analyzer.joined(prepared) != prepared):
            return None  # words that are read together may be more or less than their parts
        joined = (one.start() for one in _JOINED.finditer(prepared))
        return self._read(prepared, [*self._places(small), *joined], expected)

    def _places(self, small: str) -> Iterator[int]:
        """Where it may begin."""
        for beginning in self._beginnings:
            at = small.find(beginning)
            while at >= 0:
                yield at
                at = small.find(beginning, at + 1)

    def _read(self, prepared: str, places: list[int], expected: int) -> Sequence[Range] | None:
        """Where it stands in the chunks that these places are in."""
        ranges: list[Range] = []
        end = held = 0
        for place in sorted(places):
            if place >= end:
                deadline.check()
                start = max(prepared.rfind(" ", end, place) + 1, end)
                chunk = next(match for match in CHUNK.finditer(prepared, start) if match.end() > place)
                end = chunk.end()
                held += self._read_chunk(chunk, ranges)
        return ranges if held == expected else None

    def _read_chunk(self, chunk: re.Match[str], ranges: list[Range]) -> int:
        """Note where it stands in a chunk; at how many positions."""
        terms = self._analyzer.terms(chunk[0])
        held = [term for term in terms if self._is(term)]
        for term in held:
            last = chunk.end() if len(terms) == 1 else chunk.start() + term.end
            ranges.append((chunk.start() + term.start, last))
        by_stem = self._node.fieldname == "stem"
        return len({(term.position, "" if by_stem else term.word) for term in held})

    def _is(self, word: Word) -> bool:
        if isinstance(self._node, Term) and self._node.fieldname == "stem":
            return bool(word.stem == self._node.text)
        return word.word in self._forms if self._forms else word.word.startswith(self._beginnings[0])


def _pieces(text: str) -> Iterator[Range]:
    """A text in pieces that end with a line and take some tenths of a millisecond to go through."""
    start = 0
    while start < len(text):
        end = text.find("\n", start + PIECE)
        yield start, end if end >= 0 else len(text)
        start = end + 1 if end >= 0 else len(text)


def _one_of(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(words))})"


class Finders:
    """The finders of one snapshot."""

    def __init__(self, snapshot: Snapshot, leaves: Leaves) -> None:
        self.snapshot = snapshot
        self.leaves = leaves
        self._analyzer = snapshot.analyzers[0]
        self.finder = lru_cache(maxsize=KEPT)(unowned(self._finder))

    def _finder(self, node: Node) -> Finder | None:
        """What finds a node in texts of the language of the corpus; None if only their analysis does."""
        deadline.check()
        if isinstance(node, Prefix):
            return Finder(self._analyzer, node, None) if _is_plain(node.text) else None
        if isinstance(node, Phrase):
            first, *others = (frozenset(self._forms(node.fieldname, word)) for word in node.words)
            return self._made(node, first, others) if all(others) else None
        if isinstance(node, FuzzyTerm):
            return self._made(node, frozenset(filter(_is_plain, self.leaves.expand(node))), ())
        return self._made(node, frozenset(self._forms(node.fieldname, node.text)), ())

    def _made(self, node: Node, forms: frozenset[str], followed_by: Sequence[frozenset[str]]) -> Finder | None:
        if not 0 < len(forms) <= MOST_FORMS or min(map(len, forms)) < SHORTEST:
            return None
        return Finder(self._analyzer, node, forms, followed_by)

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
    return word.isalnum() and (word.isascii() or not PAIRED.search(word))
