"""What may be meant by what is being typed: names of the gazetteer, headings, and words that occur.

Only the end of the text is completed; what stands before it stays as it is. Nothing is offered that finds nothing.
"""

from __future__ import annotations

import heapq
import re
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from itertools import chain
from typing import Final

import numpy as np

from searchapp.engines.whoosh.analysis import PAIRED
from searchapp.engines.whoosh.finding import Finders
from searchapp.engines.whoosh.folding import fold
from searchapp.engines.whoosh.written import as_written
from searchapp.model import QUOTES, Suggestion, SuggestionKind

SHARES: Final[dict[SuggestionKind, int]] = {"actor": 3, "place": 2, "word": 3, "heading": 2}
"""In the order of the list; what one kind leaves free the others take."""
NAMED: Final[tuple[SuggestionKind, ...]] = ("actor", "place", "heading")
SHORTEST: Final = 2
"""Letters before anything is suggested; one will do in scripts that write words with one."""
LONGEST_RUN: Final = 6
"""Words at the end of the text that are tried as the beginning of one name."""
LONGEST_HEADING: Final = 8
"""Words of a phrase; a longer heading could not be searched as one."""
TRIED_NAMES: Final = 12
TRIED_WORDS: Final = 60
"""Of the words with a beginning, the most frequent, from which forms of one word are made one."""

_BEFORE = re.compile(rf"(?s)(.*(?:[{QUOTES}()]|(?:^|\s)(?:OR|NOT|AND)\s|(?:^|[\s(])-(?=\w)))?(.*)")
_LEAVES_OUT = re.compile(r"(?:-|(?:^|[\s(])NOT\s+)$")
"""What leaves out only the word that follows."""
_QUOTE = re.compile(f"[{QUOTES}]")
_PART = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Item:
    """Something with a name that can be suggested."""

    kind: SuggestionKind
    value: str
    group: str
    size: int
    """How often it occurs: what comes first when many fit."""


class _Keys:
    """Every way to begin to type an item, with its first word or a later one, in the order of what is typed then.

    Only where each begins is kept: written out, they took a tenth of the memory of a server of many documents.
    """

    def __init__(self, spelled: Iterable[tuple[_Item, str]], stop_words: Container[str]) -> None:
        pairs = list(spelled)
        self._items, self._spellings = [item for item, _ in pairs], [spelling for _, spelling in pairs]
        keys = sorted(
            (_joined(parts[place:]), item.value, number, place)
            for number, (item, spelling) in enumerate(pairs)
            for parts in [_parts(spelling)]
            for place, part in enumerate(parts)
            if place == 0 or part not in stop_words
        )
        self._of = array("I", (number for _, _, number, _ in keys))
        self._place = array("H", (place for _, _, _, place in keys))

    def beginning(self, prefix: str) -> range:
        """Those that a text begins."""
        every = range(len(self._of))
        low, high = (bisect_left(every, edge, key=self._text) for edge in (prefix, prefix + "\U0010ffff"))
        return every[low:high]

    def item(self, key: int) -> _Item:
        """What is typed then."""
        return self._items[self._of[key]]

    def spelling(self, key: int) -> str:
        """Which spelling of it."""
        return self._spellings[self._of[key]]

    def rank(self, key: int) -> tuple[bool, int, str]:
        """The least first: what begins with its first word, what occurs most."""
        item = self.item(key)
        return self._place[key] > 0, -item.size, item.value

    def _text(self, key: int) -> str:
        return _joined(_parts(self.spelling(key))[self._place[key] :])


@dataclass(frozen=True, slots=True)
class _Candidate:
    """An item that fits, and the text that it would be put behind."""

    item: _Item
    before: str
    alias: str = ""


class Suggester:
    """Suggests from the snapshot of finders. `count` says how many entries a search for a text finds."""

    def __init__(self, finders: Finders, count: Callable[[str], int]) -> None:
        self._snapshot = finders.snapshot
        self._count = lru_cache(maxsize=4096)(count)
        self._written = lru_cache(maxsize=4096)(partial(as_written, finders))

    def suggest(self, text: str, limit: int) -> tuple[Suggestion, ...]:
        """Suggestions grouped by kind, at most `limit`."""
        found = _BEFORE.fullmatch(text)
        head, rest = (found[1] or "", found[2]) if found else ("", text)
        if rest.rstrip().endswith(("*", "~")):
            return ()
        quoted = len(_QUOTE.findall(head)) % 2 == 1
        lists: dict[SuggestionKind, list[_Candidate]] = {kind: [] for kind in SHARES}
        seen: set[str] = set()
        for candidate in self._fitting(head, rest, quoted=quoted):
            name = _joined(_parts(candidate.item.value))
            if name not in seen and len(lists[candidate.item.kind]) < limit:
                seen.add(name)
                lists[candidate.item.kind].append(candidate)
        made = (self._made(candidate, quoted=quoted) for candidate in _shared_out(lists, limit))
        return tuple(one for one in made if one.count and one.q.casefold() != text.strip().casefold())

    def _fitting(self, head: str, rest: str, *, quoted: bool) -> Iterator[_Candidate]:
        """All that fits, names before words, those that take up more of what was typed first."""
        starts = [part.start() for part in re.finditer(r"\S+", rest)][-LONGEST_RUN:]
        for start in starts[:1] if quoted else starts:
            yield from self._named(head + rest[:start], rest[start:])
        if starts and not rest[-1].isspace():
            yield from self._words(head + rest[: starts[-1]], rest[starts[-1] :])

    def _made(self, candidate: _Candidate, *, quoted: bool) -> Suggestion:
        item = candidate.item
        value = self._written(item.value) if item.kind == "word" else item.value
        count = self._count(f'"{_plain(value)}"' if item.kind == "heading" else _plain(value))
        in_box = value if item.kind == "word" else _in_box(item, candidate.before, quoted=quoted)
        return Suggestion(item.kind, value, candidate.before + in_box, count, candidate.alias, item.group)

    # -- names and headings --

    def _named(self, before: str, typed: str) -> Iterator[_Candidate]:
        prefix = _joined(_parts(typed)) + (" " if typed[-1].isspace() else "")
        if not _long_enough(prefix):
            return
        keys = self._keys
        fitting: dict[SuggestionKind, list[int]] = {kind: [] for kind in NAMED}
        for key in keys.beginning(prefix):
            fitting[keys.item(key).kind].append(key)
        for kind, found in fitting.items():
            for key in heapq.nsmallest(TRIED_NAMES, found, key=keys.rank):
                item, spelling = keys.item(key), keys.spelling(key)
                other = kind != "heading" and _parts(spelling) != _parts(item.value)
                yield _Candidate(item, before, spelling if other else "")

    @cached_property
    def _keys(self) -> _Keys:
        return _Keys(chain(self._names(), self._headings()), self._snapshot.analyzers[0].stop_words)

    def _names(self) -> Iterator[tuple[_Item, str]]:
        for name in self._snapshot.names.values():
            kind: SuggestionKind = "place" if name.is_place else "actor"
            field = self._snapshot.fields[kind]
            number = field.number(name.name)
            if number >= 0:
                item = _Item(kind, name.name, name.type, field.size(number))
                for spelling in dict.fromkeys((name.name, *name.aliases, *name.cased)):
                    yield item, spelling

    def _headings(self) -> Iterator[tuple[_Item, str]]:
        titles = Counter(heading.title for outline in self._snapshot.outlines.values() for heading in outline.headings)
        for title, size in titles.items():
            if 0 < len(_parts(title)) <= LONGEST_HEADING:
                yield _Item("heading", title, "", size), title

    # -- words --

    def _words(self, before: str, typed: str) -> Iterator[_Candidate]:
        """The most frequent words that begin as typed, one for each stem."""
        prefix = "".join(_parts(typed))
        if not _long_enough(prefix):
            return
        snapshot = self._snapshot
        field = snapshot.fields["word"]
        span = field.range(prefix)
        sizes = field.sizes[span.start : span.stop]
        stems: set[str] = set()
        for at in np.argsort(-sizes, kind="stable")[:TRIED_WORDS].tolist():
            word = field.terms[span.start + at]
            stem = next((token.stem for token in snapshot.tokens(word)), word)
            if stem not in stems and word not in snapshot.analyzers[0].stop_words and not word.isdecimal():
                stems.add(stem)
                yield _Candidate(_Item("word", word, "", int(sizes[at])), before)


def _shared_out(lists: dict[SuggestionKind, list[_Candidate]], limit: int) -> Iterator[_Candidate]:
    """Each kind's share, and what is left free to the kinds in their order."""
    taken = {kind: min(len(lists[kind]), share) for kind, share in SHARES.items()}
    for kind, found in lists.items():
        free = limit - sum(taken.values())
        taken[kind] += max(0, min(free, len(found) - taken[kind]))
    for kind, found in lists.items():
        yield from found[: taken[kind]]


def _in_box(item: _Item, before: str, *, quoted: bool) -> str:
    """How an item is typed: a heading as a phrase, and a name of several words where only a phrase is one thing."""
    text = _plain(item.value)
    if quoted:
        return f'{text}"'
    as_phrase = item.kind == "heading" or (" " in text and _LEAVES_OUT.search(before) is not None)
    return f'"{text}"' if as_phrase else text


def _plain(text: str) -> str:
    """A text without what the query language would read as its own."""
    return " ".join(re.sub(f"[{QUOTES}()*~]", " ", text).split())


def _parts(text: str) -> list[str]:
    return _PART.findall(fold(text).replace("'", ""))


def _joined(parts: Sequence[str]) -> str:
    return " ".join(parts)


def _long_enough(prefix: str) -> bool:
    return len(prefix.strip()) >= SHORTEST or bool(PAIRED.search(prefix))
