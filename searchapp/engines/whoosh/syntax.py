"""The query language: what is typed in the box becomes a tree of Whoosh queries.

Words, "phrases", OR, NOT or -word, parentheses, prefix* and word~. OR binds tighter than standing side by side,
so `hospital cluster OR phosphorus` asks for a hospital and one of the others. Nothing typed is an error: what
cannot be read is searched as plain words, and a note says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from whoosh.query import FuzzyTerm, Not, NullQuery, Prefix
from whoosh.query import Query as Node

from searchapp.engines.whoosh.folding import fold
from searchapp.engines.whoosh.runs import MAX_TERMS, Alias, LeftOut, Runs, State, Typed, TypedSpan
from searchapp.engines.whoosh.tree import all_of, any_of, either, wanted
from searchapp.engines.whoosh.wording import MAX_PHRASE, Wording
from searchapp.model import QUOTES, Note
from searchapp.signs import DASHES, HYPHENS

MAX_LENGTH = 1000
MAX_DEPTH = 10
MAX_FUZZY = 2
MIN_PREFIX = 3

LEXEME = re.compile(
    rf"""(?P<minus>(?<![^\s(])[{HYPHENS}–](?=[^{DASHES}\s]))?
    (?: [{QUOTES}](?P<phrase>[^{QUOTES}]*)(?P<close>[{QUOTES}]?)
      | (?P<open>\() | (?P<shut>\))
      | (?P<word>(?:[^\s(){QUOTES},;]|(?<=\d),(?=\d))+) )""",
    re.VERBOSE,
)
WILD = re.compile(r"\*|(?<=\w)~")
"""In quotes, what would stand for other letters behind a word: a phrase is as it is written."""


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
    left_out: tuple[LeftOut, ...] = ()
    """Names behind a minus or NOT."""
    dates: tuple[TypedSpan, ...] = ()
    typed: tuple[Typed, ...] = ()
    phrases: tuple[tuple[str, Node], ...] = ()
    """Quoted phrases as typed, and the node of each."""


class Parser:
    """Reads queries for one generation."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording

    def parse(self, text: str, *, exact: bool = False) -> Parsed:
        """The tree of a query; `exact` searches words as written, without aliases and dates. Never raises."""
        clean = _clean(text)
        cut = clean[:MAX_LENGTH]
        for keep in (False, True):
            state = State(keep)
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
            left_out=tuple(state.left_out),
            dates=tuple(state.dates),
            typed=tuple(state.typed),
            phrases=tuple(state.phrases),
        )


@dataclass(frozen=True, slots=True)
class _About:
    """What stands in brackets, before it is read."""

    asks: bool
    """Whether it asks for more than stop words."""
    excludes: bool
    end: int
    """Number of the lexeme that follows."""


class _Reader:
    """Reads the lexemes of one query, once, from left to right."""

    def __init__(
        self, wording: Wording, text: str, lexemes: Sequence[re.Match[str]], state: State, *, exact: bool
    ) -> None:
        self._wording, self._text, self._lexemes, self._state, self._exact = wording, text, lexemes, state, exact
        self._runs = Runs(wording, text, state, exact=exact)
        self._at = 0

    def group(self, depth: int) -> list[Node]:
        """The nodes side by side up to the closing parenthesis or the end."""
        items: list[Node | str] = []
        run: list[re.Match[str]] = []
        negated: re.Match[str] | None = None
        """A NOT whose operand is to come."""
        closed = False
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
                negated = negated or (lexeme if word == "NOT" else None)
                items += ["OR"] if word == "OR" else []
                continue
            minus = negated or (lexeme if lexeme["minus"] else None)
            if word and word[0] == "*" != word:
                self._state.ignored.append("*")
            if word and not minus and word[-1] not in "*~":
                run.append(lexeme)
                continue
            self._flush(run, items)
            node = self._operand(lexeme, depth, excluding=minus is not None)
            if node is not None:
                items.append(self._left_out(lexeme, node, minus.start()) if minus else node)
            negated = None
        self._flush(run, items)
        if negated:
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

    def _left_out(self, lexeme: re.Match[str], node: Node, start: int) -> Node:
        """What leaves out a node; `start` is where its minus or its NOT stands."""
        if not self._state.excluding:  # else it is asked for
            self._note_name(lexeme, node, start)
        return Not(node)

    def _note_name(self, lexeme: re.Match[str], node: Node, start: int) -> None:
        """Note that a word or phrase is left out, if all of it is a name."""
        typed = (lexeme["phrase"] or lexeme["word"] or "").strip(" ,;:?!…")
        for mention in () if self._exact else self._wording.names(typed):
            if (mention.start, mention.end) == (0, len(typed)):
                named = self._wording.named(mention.name)
                self._state.leave_out(LeftOut(typed, start, lexeme.end(), mention.name, node, named))

    def _in_brackets(self, depth: int, *, excluding: bool) -> list[Node]:
        """The nodes of the group that begins here. Where something is excluded, the group or what is in it, stop words
        beside which nothing else stands are what is meant; else they are no more than those around it."""
        state = self._state
        before = state.keep_stop_words, state.excluding
        about = self._about(self._at, depth)
        if excluding or about.excludes:
            state.keep_stop_words = not about.asks
        state.excluding ^= excluding
        nodes = self.group(depth)
        state.keep_stop_words, state.excluding = before
        return nodes

    def _about(self, at: int, depth: int) -> _About:
        """What stands in the group that begins with a lexeme."""
        asks = excludes = minus = False
        while at < len(self._lexemes) and not self._lexemes[at]["shut"]:
            lexeme, word = self._lexemes[at], self._lexemes[at]["word"]
            at += 1
            if word in ("AND", "OR"):
                continue
            minus = minus or bool(lexeme["minus"]) or word == "NOT"
            if word == "NOT":
                continue
            inner = self._about(at, depth + 1) if lexeme["open"] and depth + 1 < MAX_DEPTH else None
            at = inner.end if inner else at
            excludes = excludes or minus or (inner is not None and inner.excludes)
            asks = asks or (not minus and (inner.asks or inner.excludes if inner else not self._is_stopped(lexeme)))
            minus = False
        return _About(asks, excludes, at + 1)

    def _is_stopped(self, lexeme: re.Match[str]) -> bool:
        """Whether nothing is asked for by a word, unless it stands alone."""
        word = lexeme["word"]
        if not word or not self._wording.is_stop_word(word):
            return bool(lexeme["open"])
        return self._exact or not any(self._wording.names(word))

    def _operand(self, lexeme: re.Match[str], depth: int, *, excluding: bool) -> Node | None:
        state, wording = self._state, self._wording
        if lexeme["open"]:
            if depth + 1 >= MAX_DEPTH:
                state.ignored.append("(")
                return None
            inner = self._in_brackets(depth + 1, excluding=excluding)
            return all_of(inner) if inner else None
        state.terms += 1
        if state.terms > MAX_TERMS:
            state.cap("words", MAX_TERMS)
            return None
        if (phrase := lexeme["phrase"]) is not None:
            return self._phrase(lexeme, phrase, excluding=excluding)
        word = lexeme["word"]
        if word[-1] in "*~":
            return self._wild(word)
        parts = [self._text[slice(*part)] for part in self._runs.parts(*lexeme.span("word"))]
        room = MAX_TERMS - state.terms + 1
        if len(parts) > room:
            state.cap("words", MAX_TERMS)
            del parts[room:]
        state.terms += max(len(parts) - 1, 0)
        nodes = [node for part in parts if (node := wording.word(part, exact=self._exact)) is not None]
        return either(nodes) if len(nodes) > 1 else next(iter(nodes), None)

    def _phrase(self, lexeme: re.Match[str], phrase: str, *, excluding: bool) -> Node | None:
        """A phrase; one without a closing quote reaches to the end, as in other search boxes."""
        state, wording = self._state, self._wording
        state.ignored += [sign[0] for sign in WILD.finditer(phrase)]
        if wording.too_long(phrase):
            state.cap("phrase", MAX_PHRASE)
        node = wording.phrase(phrase, exact=self._exact)
        if node is None:
            state.ignored += [] if lexeme["close"] else ['"']
            return None
        state.phrases.append((phrase.strip(), node))
        if not excluding and state.excluding:
            self._note_name(lexeme, node, lexeme.start())
        elif not excluding:
            self._runs.quoted(*lexeme.span("phrase"), node)
        return node

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
        """Turn a run of plain words into nodes."""
        if run:
            items.extend(self._runs.nodes(run))
            run.clear()


def _clean(text: str) -> str:
    """Without surrogates and control characters, which no document holds."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text).strip()


def _notes(state: State) -> Iterator[Note]:
    for unit, most in state.capped:
        yield Note("capped", (unit, str(most)))
    if state.ignored:
        yield Note("ignored", tuple(dict.fromkeys(state.ignored)))
