"""Plain words side by side: names and dates among them first, then word by word, joined with neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from whoosh.query import Or
from whoosh.query import Query as Node

from searchapp.engines.whoosh.tree import Within, all_of, weakened
from searchapp.engines.whoosh.tuning import LOOSE_BOOST, NAME_BOOST
from searchapp.engines.whoosh.wording import Wording
from searchapp.splitting.date_text import parse_typed, typed_without_year
from searchapp.splitting.signs import APOSTROPHES

MAX_TERMS = 64


@dataclass(frozen=True, slots=True)
class Alias:
    """A typed run that is a name of the gazetteer."""

    typed: str
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


@dataclass(frozen=True, slots=True)
class _Piece:
    """A plain word of a run, or a name or a date in it."""

    text: str
    start: int
    end: int
    node: Node | None = None
    """What a name or a date asks for."""


@dataclass(slots=True)
class State:
    """What is gathered while one query is read."""

    keep_stop_words: bool
    terms: int = 0
    fuzzy: int = 0
    words: int = 0
    stopped: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    capped: list[tuple[str, int]] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    dates: list[TypedSpan] = field(default_factory=list)
    typed: list[Typed] = field(default_factory=list)
    phrases: list[tuple[str, Node]] = field(default_factory=list)

    def cap(self, unit: str, most: int) -> None:
        """Note once that more than so many were typed."""
        if (unit, most) not in self.capped:
            self.capped.append((unit, most))


class Runs:
    """Reads the runs of plain words of one query."""

    def __init__(self, wording: Wording, text: str, state: State, *, exact: bool) -> None:
        self._wording, self._text, self._state, self._exact = wording, text, state, exact

    def nodes(self, run: list[re.Match[str]]) -> Iterator[Node]:
        """What a run of lexemes asks for."""
        start, end = run[0].start("word"), run[-1].end("word")
        yield from self._plain(run, [] if self._exact else self._claims(start, self._text[start:end]))

    def _claims(self, start: int, text: str) -> list[tuple[int, int, Node]]:
        state = self._state
        claims: list[tuple[int, int, Node]] = []
        for mention in self._wording.names(text):
            typed = text[mention.start : mention.end]
            literal = self._wording.phrase(typed, exact=False)
            if literal is not None:
                named = self._wording.named(mention.name)
                # Of IS and US the letters mean nothing: in the text they are mostly the words is and us.
                either = named if self._wording.is_stop_word(typed) else Or([literal, named])
                state.aliases.append(Alias(typed, mention.name, literal, named))
                claims.append((start + mention.start, start + mention.end, either))
        without_year = typed_without_year(text, self._wording.years())
        for dates in (*((when,) for when in parse_typed(text)), *without_year):
            span = dates[0].span
            first, last = start + span[0], start + span[1]
            if all(last <= a or first >= b for a, b, _ in claims):
                typed = text[slice(*span)]
                within = [Within(when.start, when.end, boost=NAME_BOOST) for when in dates]
                if dates not in without_year:
                    state.dates.append(TypedSpan(typed, first, last, within[0]))
                claims.append((first, last, self._dated(typed, within)))
        return sorted(claims, key=lambda claim: claim[0])

    def _dated(self, typed: str, within: Sequence[Within]) -> Node:
        """A typed date: written so, or meant. Its words apart are many other dates; of a day, none is looked for."""
        words = [self._wording.word(word, exact=False) for word in typed.split()]
        literal = all_of([word for word in words if word is not None])
        if len(words) == 1:
            return Or([literal, *within])
        apart = [weakened(literal, LOOSE_BOOST)] if within[0].start < within[0].end else []
        return Or([self._wording.phrase(typed, exact=False), *within, *apart])

    def _pieces(self, run: list[re.Match[str]], claims: list[tuple[int, int, Node]]) -> Iterator[_Piece]:
        """A run cut into the names and dates in it and the words around these."""
        at = 0
        for first, last, node in [*claims, (len(self._text), len(self._text), None)]:
            for lexeme in run:
                start, end = max(lexeme.start("word"), at), min(lexeme.end("word"), first)
                cut = (start, end) != lexeme.span("word")
                if start < end and not (cut and self._text[start] in APOSTROPHES):
                    yield _Piece(self._text[start:end], start, end)
            if node is not None:
                yield _Piece(self._text[first:last], first, last, node)
            at = last

    def _plain(self, run: list[re.Match[str]], claims: list[tuple[int, int, Node]]) -> Iterator[Node]:
        state, wording = self._state, self._wording
        pieces = self._pieces(run, claims)
        waiting = next(pieces, None)
        previous = ""
        while waiting is not None:
            piece, waiting = waiting, next(pieces, None)
            if state.terms >= MAX_TERMS:
                state.cap("words", MAX_TERMS)
                return
            if piece.node is not None:
                state.terms += piece.text.count(" ") + 1
                state.words += piece.text.count(" ") + 1
                yield piece.node
                continue
            state.terms += 1
            text = piece.text
            if waiting is not None and waiting.node is None and (joined := wording.joins(text, waiting.text)):
                text, waiting = joined, next(pieces, None)
            elif wording.is_stop_word(text) and not state.keep_stop_words:
                state.stopped.append(text)
                state.terms -= 1  # it asks for nothing, so that it leaves room for the words that do
                continue
            node = wording.word(text, exact=self._exact)
            if node is not None and not self._exact:
                node = self._with_neighbours(node, text, previous, waiting)
            previous = text
            if node is not None:
                state.words += not wording.is_stop_word(text)
                state.typed.append(Typed(text, piece.start, piece.end, node))
                yield node

    def _with_neighbours(self, node: Node, text: str, previous: str, waiting: _Piece | None) -> Node:
        """A word, or it and a neighbour written as one: either of the two is held by whoever has them joined."""
        before = self._wording.together(previous, text) if previous else None
        after = self._wording.together(text, waiting.text) if waiting is not None else None
        joined = [other for other in (before, after) if other is not None]
        return Or([node, *joined]) if joined else node
