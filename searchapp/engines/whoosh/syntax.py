"""The query language: what is typed in the box becomes a tree of Whoosh queries.

Words, "phrases", OR, NOT or -word, parentheses, prefix* and word~. OR binds tighter than standing side by side,
so `hospital cluster OR phosphorus` asks for a hospital and one of the others. Nothing typed is an error: what
cannot be read is searched as plain words, and a note says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from whoosh.query import FuzzyTerm, Not, NullQuery, Or, Prefix
from whoosh.query import Query as Node

from searchapp.engines.whoosh.analysis import fold
from searchapp.engines.whoosh.tree import Within, all_of, any_of, either, wanted, weakened
from searchapp.engines.whoosh.tuning import LOOSE_BOOST, NAME_BOOST
from searchapp.engines.whoosh.wording import MAX_PHRASE, Wording
from searchapp.model import QUOTES, Note
from searchapp.splitting.date_text import parse_typed, typed_without_year
from searchapp.splitting.signs import APOSTROPHES, DASHES

MAX_LENGTH = 1000
MAX_TERMS = 64
MAX_DEPTH = 10
MAX_FUZZY = 2
MIN_PREFIX = 3

LEXEME = re.compile(
    rf"""(?P<minus>(?<![^\s(])[-−–](?=[^{DASHES}\s]))?
    (?: [{QUOTES}](?P<phrase>[^{QUOTES}]*)(?P<close>[{QUOTES}]?)
      | (?P<open>\() | (?P<shut>\))
      | (?P<word>(?:[^\s(){QUOTES},;]|(?<=\d),(?=\d))+[,;]*) )""",
    re.VERBOSE,
)


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


@dataclass(frozen=True, slots=True)
class Parsed:
    """A query as a tree. `all` asks for every word, `any` for one of them; exclusions are in both."""

    text: str
    """What was read: without control characters and what is too long."""
    all: Node
    any: Node
    words: int
    """Plain words, stop words not counted."""
    clauses: tuple[Node, ...] = ()
    """What stands side by side in the query, exclusions left out."""
    stopped: tuple[str, ...] = ()
    """Stop words that were left out."""
    notes: tuple[Note, ...] = ()
    aliases: tuple[Alias, ...] = ()
    dates: tuple[TypedSpan, ...] = ()
    typed: tuple[Typed, ...] = ()
    phrases: tuple[tuple[str, Node], ...] = ()
    """Quoted phrases as typed, and the node of each."""


@dataclass(slots=True)
class _State:
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


class Parser:
    """Reads queries for one generation."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def parse(self, text: str, *, exact: bool = False) -> Parsed:
        """The tree of a query; `exact` searches words as written, without aliases and dates. Never raises."""
        clean = _clean(text)
        cut = clean[:MAX_LENGTH]
        for keep in (False, True):
            state = _State(keep)
            if len(cut) < len(clean):
                state.capped.append(("characters", MAX_LENGTH))
            lexemes = list(LEXEME.finditer(cut))
            nodes = _Reader(self._wording, cut, lexemes, state, exact=exact).group(0)
            if wanted(nodes) or not state.stopped:
                break
        if clean and not nodes:
            state.ignored.append(clean[:40])
            return Parsed(cut, NullQuery, NullQuery, 0, notes=tuple(_notes(state)))
        return Parsed(
            text=cut,
            all=all_of(nodes),
            any=any_of(nodes),
            words=state.words,
            clauses=tuple(wanted(nodes)),
            stopped=tuple(dict.fromkeys(state.stopped)),
            notes=tuple(_notes(state)),
            aliases=tuple(state.aliases),
            dates=tuple(state.dates),
            typed=tuple(state.typed),
            phrases=tuple(state.phrases),
        )


class _Reader:
    """Reads the lexemes of one query, once, from left to right."""

    def __init__(
        self, wording: Wording, text: str, lexemes: Sequence[re.Match[str]], state: _State, *, exact: bool
    ) -> None:
        self._wording, self._text, self._lexemes, self._state, self._exact = wording, text, lexemes, state, exact
        self._at = 0

    def group(self, depth: int) -> list[Node]:
        """The nodes side by side up to the closing parenthesis or the end."""
        items: list[Node | str] = []
        run: list[re.Match[str]] = []
        negate = closed = False
        while self._at < len(self._lexemes):
            lexeme = self._lexemes[self._at]
            self._at += 1
            word = lexeme["word"]
            if lexeme["shut"]:
                if depth:
                    closed = True
                    break
                self._state.ignored.append(")")
                continue
            if word in ("AND", "OR", "NOT"):
                self._flush(run, items)
                negate = negate or word == "NOT"
                items += ["OR"] if word == "OR" else []
                continue
            minus = bool(lexeme["minus"]) or negate
            if word and not minus and word[-1] not in "*~":
                run.append(lexeme)
                continue
            self._flush(run, items)
            node = self._operand(lexeme, depth)
            if node is not None:
                items.append(Not(node) if minus else node)
            negate = False
        self._flush(run, items)
        if negate:
            self._state.ignored.append("NOT")
        if depth and not closed:
            self._state.ignored.append("(")
        return self._joined(items)

    def _joined(self, items: list[Node | str]) -> list[Node]:
        """Bind the operands of OR together; an OR without two of them is ignored."""
        nodes: list[Node] = []
        pending = False
        for item in items:
            if item == "OR":
                if not nodes or pending:
                    self._state.ignored.append("OR")
                pending = bool(nodes)
            elif pending:
                nodes.append(either([nodes.pop(), item]))
                pending = False
            else:
                nodes.append(item)
        if pending:
            self._state.ignored.append("OR")
        return nodes

    def _operand(self, lexeme: re.Match[str], depth: int) -> Node | None:
        state, wording = self._state, self._wording
        if lexeme["open"]:
            if depth + 1 >= MAX_DEPTH:
                state.ignored.append("(")
                return None
            inner = self.group(depth + 1)
            return all_of(inner) if inner else None
        state.terms += 1
        if state.terms > MAX_TERMS:
            _once(state.capped, ("words", MAX_TERMS))
            return None
        if (phrase := lexeme["phrase"]) is not None:
            if not lexeme["close"]:
                state.ignored.append('"')
            if wording.too_long(phrase):
                _once(state.capped, ("phrase", MAX_PHRASE))
            node = wording.phrase(phrase, exact=self._exact)
            state.phrases += [(phrase.strip(), node)] if node is not None else []
            return node
        word = lexeme["word"]
        return self._wild(word) if word[-1] in "*~" else wording.word(word, exact=self._exact)

    def _wild(self, written: str) -> Node | None:
        state = self._state
        stem = written.rstrip("*~")
        folded = re.sub(r"[\W_]", "", fold(stem))
        if written.endswith("*") and "*" not in stem and len(folded) >= MIN_PREFIX:
            return Prefix("word", folded)
        if written.endswith("~") and folded and state.fuzzy < MAX_FUZZY:
            state.fuzzy += 1
            return FuzzyTerm("word", folded, maxdist=1, prefixlength=0)
        state.ignored.append(written[-1])
        return self._wording.word(stem, exact=self._exact)

    def _flush(self, run: list[re.Match[str]], items: list[Node | str]) -> None:
        """Turn a run of plain words into nodes: names and dates first, longest first, then word by word."""
        if run:
            start, end = run[0].start("word"), run[-1].end("word")
            claimed = [] if self._exact else self._claims(start, self._text[start:end])
            items.extend(self._plain(run, claimed))
            run.clear()

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
                _once(state.capped, ("words", MAX_TERMS))
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


def _clean(text: str) -> str:
    """Without surrogates and control characters, which no document holds."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text).strip()


def _once(limits: list[tuple[str, int]], limit: tuple[str, int]) -> None:
    if limit not in limits:
        limits.append(limit)


def _notes(state: _State) -> Iterator[Note]:
    for unit, most in state.capped:
        yield Note("capped", (unit, str(most)))
    if state.ignored:
        yield Note("ignored", tuple(dict.fromkeys(state.ignored)))
