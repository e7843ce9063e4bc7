"""Plain words side by side: names and dates among them first, then word by word, joined with neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice

from whoosh.query import Or
from whoosh.query import Query as Node

from searchapp.engines.whoosh.parting import PARTING, is_word, parted
from searchapp.engines.whoosh.tree import Within, all_of, weakened
from searchapp.engines.whoosh.tuning import LOOSE_BOOST, NAME_BOOST
from searchapp.engines.whoosh.wording import MAX_PHRASE, Wording
from searchapp.model import Range
from searchapp.signs import APOSTROPHES, DASHES
from searchapp.splitting.dating.between import AND, BETWEEN
from searchapp.splitting.dating.scan import Scan
from searchapp.splitting.dating.text import TypedDate, parse_typed

MAX_TERMS = 64

WORD = re.compile(r"\S+")
BESIDE = re.compile(rf"\s+|[{DASHES}]")
"""Between two words that may be one."""
LETTERS = re.compile(r"[^\W\d_]+(?=\W?\d)")
"""Of a designation, what a number behind it shares with it (S-300/400)."""
LISTED = re.compile(r"\W*(?:\w+\W+){0,2}")
"""Between two dates of a list: 24 and the 25 November."""
LONGEST_BETWEEN = 16


@dataclass(frozen=True, slots=True)
class Alias:
    """A typed run that is a name of the gazetteer."""

    typed: str
    name: str
    literal: Node
    named: Node


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A name that was typed to be left out, which leaves out that spelling."""

    typed: str
    start: int
    end: int
    """Range of the query, the minus or the NOT included."""
    name: str
    literal: Node
    named: Node


@dataclass(frozen=True, slots=True)
class Typed:
    """A plain word of the query, or one in quotes, for suggestions."""

    text: str
    start: int
    end: int
    node: Node
    phrase: Node | None = None
    """The quoted phrase that it stands in."""


@dataclass(frozen=True, slots=True)
class TypedSpan:
    """A date of the query, or several in a list that say their month or year once."""

    text: str
    start: int
    end: int
    within: tuple[Within, ...]


@dataclass(slots=True)
class State:
    """What is gathered while one query is read."""

    keep_stop_words: bool
    excluding: bool = False
    """Whether what is read is left out, which is as it is typed: without other names and without dates."""
    terms: int = 0
    fuzzy: int = 0
    words: int = 0
    stopped: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    capped: list[tuple[str, int]] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    dates: list[TypedSpan] = field(default_factory=list)
    typed: list[Typed] = field(default_factory=list)
    phrases: list[tuple[str, Node]] = field(default_factory=list)

    def leave_out(self, name: LeftOut) -> None:
        """Note once that a name is left out as it is typed."""
        if all((name.typed, name.name) != (other.typed, other.name) for other in self.left_out):
            self.left_out.append(name)

    def cap(self, unit: str, most: int) -> None:
        """Note once that more than so many were typed."""
        if (unit, most) not in self.capped:
            self.capped.append((unit, most))


Piece = tuple[int, int, Node | None]
"""Where a name, a date or a plain word of a query begins and ends, and what it asks for; None for a word."""


class Runs:
    """Reads the runs of plain words of one query."""

    def __init__(self, wording: Wording, text: str, state: State, *, exact: bool) -> None:
        self._wording, self._text, self._state, self._exact = wording, text, state, exact
        self._leaving: dict[int, LeftOut] = {}
        """By the start of each: names that are left out, if they are read at all."""

    def nodes(self, run: list[re.Match[str]]) -> Iterator[Node]:
        """What a run of lexemes asks for."""
        words = [lexeme.span("word") for lexeme in run]
        start, end = words[0][0], words[-1][1]
        claims = [] if self._exact else sorted(self._claims(start, self._text[start:end]), key=lambda claim: claim[0])
        return self._nodes(self._pieces(words, claims))

    def quoted(self, start: int, end: int, phrase: Node) -> None:
        """Note the words of a phrase, for suggestions: where it is nowhere, one of them may be misspelt."""
        words = (part for word in WORD.finditer(self._text, start, end) for part in self.parts(*word.span()))
        for first, last in islice(words, MAX_PHRASE):
            text = self._text[first:last]
            node = None if self._wording.is_stop_word(text) else self._wording.word(text, exact=self._exact)
            if node is not None:
                self._state.typed.append(Typed(text, first, last, node, phrase))

    def _claims(self, start: int, text: str) -> list[Piece]:
        claims: list[Piece] = []
        for mention in self._wording.names(text):
            typed = text[mention.start : mention.end]
            literal = self._wording.phrase(typed, exact=False)
            if literal is not None:
                named = self._wording.named(mention.name)
                where = start + mention.start, start + mention.end
                if self._state.excluding:
                    self._leaving[where[0]] = LeftOut(typed, *where, mention.name, literal, named)
                    claims.append((*where, literal))
                    continue
                # Of IS and US the letters mean nothing: in the text they are mostly the words is and us.
                either = named if self._wording.is_stop_word(typed) else Or([literal, named])
                self._state.aliases.append(Alias(typed, mention.name, literal, named))
                claims.append((*where, either))
        for dates in self._dates(text):
            first, last = dates[0].span[0], dates[-1].span[1]
            between = BETWEEN.search(text, max(0, first - LONGEST_BETWEEN), first)
            if between and AND.search(text, first, last):
                first = between.start()
            if all(start + last <= a or start + first >= b for a, b, _ in claims):
                typed = text[first:last]
                asked = self._wording.phrase(typed, exact=False) if self._state.excluding else None
                claims.append((start + first, start + last, asked or self._dated(start + first, typed, dates)))
        return claims

    def _dates(self, text: str) -> Iterator[list[TypedDate]]:
        """The dates of a text, each by itself; one that has its month or year from the next (24 and 25 November 2015),
        together with that: either is meant."""
        years = self._wording.years()
        together: list[TypedDate] = []
        for span, same in groupby(parse_typed(text, years), lambda when: when.span):
            if together and not LISTED.fullmatch(text, together[-1].span[1], span[0]):
                yield together
                together = []
            together += same
            if parse_typed(text[slice(*span)], years):
                yield together
                together = []
        if together:
            yield together

    def _dated(self, start: int, typed: str, dates: Sequence[TypedDate]) -> Node:
        """A typed date: written so, or meant. Its words apart are many other dates; of a day, and of a part of a month
        or year, none is looked for."""
        within = [Within(when.start, when.end, boost=NAME_BOOST) for when in dates]
        if dates[0].full:
            self._state.dates.append(TypedSpan(typed, start, start + len(typed), tuple(within)))
        if not re.search(r"\s", typed):
            written = self._wording.word(typed, exact=False)
            return Or([*([written] if written else []), *within])
        apart = self._apart(typed) if all(when.start < when.end for when in dates) else []
        loose = [weakened(all_of(apart), LOOSE_BOOST)] if apart else []
        return Or([self._wording.phrase(typed, exact=False), *within, *loose])

    def _apart(self, typed: str) -> list[Node]:
        """The months and numbers of a typed date, unless other words say which part of these is meant."""
        tokens = [(token.start, token.end) for token in Scan(typed, typed=True).tokens]
        gaps = zip([0, *(end for _, end in tokens)], [*(start for start, _ in tokens), len(typed)], strict=True)
        others = " ".join(typed[end:start] for end, start in gaps)
        if not all(self._wording.is_stop_word(word) for word in re.findall(r"\w+", others)):
            return []
        words = [self._wording.word(typed[start:end], exact=False) for start, end in tokens]
        return [word for word in words if word is not None]

    def _nodes(self, pieces: Iterator[Piece]) -> Iterator[Node]:
        state, wording = self._state, self._wording
        waiting = next(pieces, None)
        previous: Range | None = None
        """Where the word before stands."""
        while waiting is not None:
            (start, end, claimed), waiting = waiting, next(pieces, None)
            if state.terms >= MAX_TERMS:
                state.cap("words", MAX_TERMS)
                return
            if claimed is not None:
                self._claimed(start, end)
                yield claimed
                continue
            state.terms += 1
            text = self._shared(previous, start, end) or self._text[start:end]
            following = self._beside(end, waiting)
            if waiting and waiting[2] is None and (joined := wording.joins(text, following)):
                text, end, waiting = joined, waiting[1], next(pieces, None)
                following = self._beside(end, waiting)
            elif wording.is_stop_word(text) and not state.keep_stop_words:
                state.stopped.append(text)
                state.terms -= 1  # it asks for nothing, so that it leaves room for the words that do
                continue
            node = wording.word(text, exact=self._exact)
            if node is not None and not self._exact:
                before = self._text[slice(*previous)] if previous and self._touch(previous[1], start) else ""
                node = self._with_neighbours(node, text, before, following)
            previous = start, end
            if node is not None:
                state.words += not wording.is_stop_word(text)
                state.typed.append(Typed(text, start, end, node))
                yield node

    def _claimed(self, start: int, end: int) -> None:
        """Count the words of a name or a date, and note it if it is a name that is left out."""
        words = self._text.count(" ", start, end) + 1
        self._state.terms += words
        self._state.words += words
        if left_out := self._leaving.get(start):
            self._state.leave_out(left_out)

    def _touch(self, end: int, start: int) -> bool:
        """Whether what ends and what begins there may be one word: a sign between two words parts them."""
        return BESIDE.fullmatch(self._text, end, start) is not None

    def _beside(self, end: int, waiting: Piece | None) -> str:
        """What is written beside a word that ends there; nothing behind a sign."""
        return self._text[waiting[0] : waiting[1]] if waiting and self._touch(end, waiting[0]) else ""

    def _shared(self, previous: Range | None, start: int, end: int) -> str:
        """The designation that a number is behind a sign (S-300/400); else nothing."""
        if previous is None or not PARTING.fullmatch(self._text, previous[1], start):
            return ""
        return self._second(self._text[slice(*previous)], self._text[start:end])

    def _second(self, first: str, number: str) -> str:
        letters = LETTERS.match(first)
        return self._wording.joins(letters[0], number) if letters and number.isdigit() else ""

    def _pieces(self, words: Sequence[Range], claims: Sequence[Piece]) -> Iterator[Piece]:
        """The words of a run cut at the names and dates in it, and at signs: one between two of these loses neither."""
        at, text = 0, self._text
        for first, last, node in (*claims, (len(text), len(text), None)):
            for word in words:
                start, end = max(word[0], at), min(word[1], first)
                if start < end and ((start, end) == word or text[start] not in APOSTROPHES):
                    yield from ((*part, None) for part in self.parts(start, end))
            if node is not None:
                yield first, last, node
            at = last

    def parts(self, start: int, end: int) -> Iterator[Range]:
        """What is typed without a space, cut at the signs between two words in it (Su-24/Su-34), those around it left
        out; numbers and single letters stay together (24/7, S/2015/912)."""
        kept: Range | None = None
        for part in parted(self._text, start, end):
            if kept is None or self._are_two(kept, part):
                yield from [kept] if kept else []
                kept = part
            else:
                kept = kept[0], part[1]
        yield from [kept] if kept else []

    def _are_two(self, one: Range, other: Range) -> bool:
        first, second = self._text[slice(*one)], self._text[slice(*other)]
        if not (is_word(first) and is_word(second)):
            return bool(self._second(first, second))
        return self._text[one[1] : other[0]] not in DASHES or not self._wording.are_one(first, second)

    def _with_neighbours(self, node: Node, text: str, previous: str, following: str) -> Node:
        """A word, or it and a neighbour written as one: either of the two is held by whoever has them joined."""
        pairs = [(previous, text)] if previous else []
        pairs += [(text, following)] if following else []
        joined = [other for pair in pairs if (other := self._wording.together(*pair)) is not None]
        return Or([node, *joined]) if joined else node
