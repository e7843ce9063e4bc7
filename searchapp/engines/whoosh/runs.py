"""Plain words side by side: names and dates among them first, then word by word, joined with neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from whoosh.query import Or
from whoosh.query import Query as Node

from searchapp.engines.whoosh.tree import Within, all_of, weakened
from searchapp.engines.whoosh.tuning import LOOSE_BOOST, NAME_BOOST
from searchapp.engines.whoosh.wording import Wording
from searchapp.model import Range
from searchapp.signs import APOSTROPHES
from searchapp.splitting.date_text import TypedDate, parse_typed

MAX_TERMS = 64


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
    """A plain word of the query, for suggestions."""

    text: str
    start: int
    end: int
    node: Node


@dataclass(frozen=True, slots=True)
class TypedSpan:
    """A date of the query."""

    text: str
    start: int
    end: int
    within: Within


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
        return self._nodes(_pieces(self._text, words, claims))

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
        for (first, last), same in groupby(parse_typed(text, self._wording.years()), lambda when: when.span):
            if all(start + last <= a or start + first >= b for a, b, _ in claims):
                typed = text[first:last]
                asked = self._wording.phrase(typed, exact=False) if self._state.excluding else None
                claims.append((start + first, start + last, asked or self._dated(start, typed, list(same))))
        return claims

    def _dated(self, start: int, typed: str, dates: Sequence[TypedDate]) -> Node:
        """A typed date: written so, or meant. Its words apart are many other dates; of a day, none is looked for."""
        within = [Within(when.start, when.end, boost=NAME_BOOST) for when in dates]
        if dates[0].full:
            first, last = dates[0].span
            self._state.dates.append(TypedSpan(typed, start + first, start + last, within[0]))
        words = [self._wording.word(word, exact=False) for word in typed.split()]
        literal = all_of([word for word in words if word is not None])
        if len(words) == 1:
            return Or([literal, *within])
        apart = [weakened(literal, LOOSE_BOOST)] if dates[0].start < dates[0].end else []
        return Or([self._wording.phrase(typed, exact=False), *within, *apart])

    def _nodes(self, pieces: Iterator[Piece]) -> Iterator[Node]:
        state, wording = self._state, self._wording
        waiting = next(pieces, None)
        previous = ""
        while waiting is not None:
            (start, end, claimed), waiting = waiting, next(pieces, None)
            text = self._text[start:end]
            if state.terms >= MAX_TERMS:
                state.cap("words", MAX_TERMS)
                return
            if claimed is not None:
                state.terms += text.count(" ") + 1
                state.words += text.count(" ") + 1
                if left_out := self._leaving.get(start):
                    state.leave_out(left_out)
                yield claimed
                continue
            state.terms += 1
            following = self._text[waiting[0] : waiting[1]] if waiting else ""
            if waiting and waiting[2] is None and (joined := wording.joins(text, following)):
                text, waiting = joined, next(pieces, None)
                following = self._text[waiting[0] : waiting[1]] if waiting else ""
            elif wording.is_stop_word(text) and not state.keep_stop_words:
                state.stopped.append(text)
                state.terms -= 1  # it asks for nothing, so that it leaves room for the words that do
                continue
            node = wording.word(text, exact=self._exact)
            if node is not None and not self._exact:
                node = self._with_neighbours(node, text, previous, following)
            previous = text
            if node is not None:
                state.words += not wording.is_stop_word(text)
                state.typed.append(Typed(text, start, end, node))
                yield node

    def _with_neighbours(self, node: Node, text: str, previous: str, following: str) -> Node:
        """A word, or it and a neighbour written as one: either of the two is held by whoever has them joined."""
        pairs = [(previous, text)] if previous else []
        pairs += [(text, following)] if following else []
        joined = [other for pair in pairs if (other := self._wording.together(*pair)) is not None]
        return Or([node, *joined]) if joined else node


def _pieces(text: str, words: Sequence[Range], claims: Sequence[Piece]) -> Iterator[Piece]:
    """The words of a run cut at the names and dates in it: a sign between two of these loses neither."""
    at = 0
    for first, last, node in (*claims, (len(text), len(text), None)):
        for word in words:
            start, end = max(word[0], at), min(word[1], first)
            if start < end and ((start, end) == word or text[start] not in APOSTROPHES):
                yield start, end, None
        if node is not None:
            yield first, last, node
        at = last
