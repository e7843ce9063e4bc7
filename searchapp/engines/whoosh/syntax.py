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
from datetime import date
from typing import Protocol

from whoosh.query import And, AndMaybe, Every, FuzzyTerm, Not, NullQuery, Or, Phrase, Prefix, Term
from whoosh.query import Query as Node

from searchapp.engines.whoosh.analysis import HYPHENS, Analyzer, Token, fold
from searchapp.engines.whoosh.tuning import NAME_BOOST, PART_BOOST
from searchapp.model import Mention, Note
from searchapp.splitting.actors import Names
from searchapp.splitting.date_text import parse_typed

MAX_LENGTH = 1000
MAX_TERMS = 64
MAX_DEPTH = 10
MAX_PHRASE = 8
MAX_FUZZY = 2
MIN_PREFIX = 3
MIN_PART = 3
"""Letters that each half of a word has at least, when it is tried in two words."""

LEXEME = re.compile(
    r"""(?P<minus>(?<![^\s(])-(?=[^\s-]))?
    (?: ["“”„«»″](?P<phrase>[^"“”„«»″]*)(?P<close>["“”„«»″]?)
      | (?P<open>\() | (?P<shut>\))
      | (?P<word>[^\s()"“”„«»″]+) )""",
    re.VERBOSE,
)
JOINERS = tuple(HYPHENS)
JOINED_TO = re.compile(rf"[{re.escape(''.join(HYPHENS))}]\w")
FORM_AFTER_NUMBER = re.compile(r"[a-z][a-z0-9]{0,4}")
FORM_AFTER_LETTER = re.compile(r"\d[a-z0-9]{0,3}|s")


class Synonyms(Or):  # type: ignore[misc]  # Whoosh has no types
    """Forms of one word (joined and apart, base and suffixed): one leaf, whichever of them is there."""


@dataclass(frozen=True)
class Within(Node):  # type: ignore[misc]
    """Passages with a date that lies within a span of days, both ends included."""

    start: date
    end: date
    boost: float = 1.0


class Vocabulary(Protocol):
    """What the parser asks of the index."""

    def has(self, word: str) -> bool:
        """Whether a word, as written, occurs."""
        ...

    def beginning(self, prefix: str) -> Sequence[str]:
        """The words that begin with `prefix`."""
        ...

    def adjacent(self, first: str, second: str) -> bool:
        """Whether two stems stand side by side somewhere."""
        ...


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
class Parsed:
    """A query as a tree. `all` asks for every word, `any` for one of them; exclusions are in both."""

    text: str
    """What was read: without control characters and what is too long."""
    all: Node
    any: Node
    words: int
    """Plain words, stop words not counted."""
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
    capped: list[str] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    dates: list[TypedSpan] = field(default_factory=list)
    typed: list[Typed] = field(default_factory=list)
    phrases: list[tuple[str, Node]] = field(default_factory=list)


class Parser:
    """Reads queries for one generation. `analyzers` are those of the languages in the index, the corpus's first."""

    def __init__(
        self, analyzers: Sequence[Analyzer], names: Names, places: frozenset[str], vocabulary: Vocabulary
    ) -> None:
        self._analyzers = analyzers
        self._places = places
        self._names = names
        self._vocabulary = vocabulary

    def parse(self, text: str, *, exact: bool = False) -> Parsed:
        """The tree of a query; `exact` searches words as written, without aliases and dates. Never raises."""
        clean = _clean(text)
        cut = clean[:MAX_LENGTH]
        for keep in (False, True):
            state = _State(keep)
            if len(cut) < len(clean):
                state.capped.append(f"only the first {MAX_LENGTH} characters of the query were searched")
            lexemes = list(LEXEME.finditer(cut))
            nodes = _Reader(self, cut, lexemes, state, exact=exact).group(0)
            if _positive(nodes) or not state.stopped:
                break
        if clean and not nodes:
            state.ignored.append(clean[:40])
            return Parsed(cut, NullQuery, NullQuery, 0, notes=tuple(_notes(state)))
        return Parsed(
            cut, _all(nodes), _any(nodes), state.words, tuple(dict.fromkeys(state.stopped)), tuple(_notes(state)),
            tuple(state.aliases), tuple(state.dates), tuple(state.typed), tuple(state.phrases),
        )  # fmt: skip

    # -- leaves --

    def word(self, text: str, *, exact: bool) -> Node | None:
        """The node of one written word, or None when there is nothing in it to search."""
        tokens = self._analyzers[0].tokens(text)
        if not tokens:
            return None
        if max(token.position for token in tokens) > 0:
            return self._compound(text, tokens, exact=exact)
        token = self._analyzers[0].phrase(text)[0]
        if exact:
            return Term("word", token.word)
        if any(c.isdigit() for c in token.word) and not token.word.isdigit():
            return self._designation(token.word)
        return _merged([*(Term("stem", stem) for stem in self._stems(text)), *self._apart(token.word)])

    def together(self, first: str, second: str) -> Node | None:
        """The node of two typed words written as one (air base, airbase), where the corpus writes them so."""
        joined = "".join(fold(first + second)[0].split("-"))
        if (
            not self._is_half(first)
            or not self._is_half(second)
            or not joined.isalpha()
            or not self._vocabulary.has(joined)
        ):
            return None
        return Term("stem", self._analyzers[0].stem(joined))

    def _is_half(self, word: str) -> bool:
        """Whether a word may be one of the two that another is made of; 'notable' is not 'not able'."""
        return len(word) >= MIN_PART and not self.is_stop_word(word)

    def _apart(self, word: str) -> Iterator[Node]:
        """A typed word as two words side by side (airbase, air base), where the corpus writes them so."""
        if word.isalpha():
            for cut in range(MIN_PART, len(word) - MIN_PART + 1):
                first, second = self._analyzers[0].stem(word[:cut]), self._analyzers[0].stem(word[cut:])
                halves = self._is_half(word[:cut]) and self._is_half(word[cut:]) and self._vocabulary.has(word[:cut])
                if halves and self._vocabulary.adjacent(first, second):
                    yield Phrase("stem", [first, second])

    def phrase(self, text: str, *, exact: bool) -> Node | None:
        """The node of words in this order, or None when there are none."""
        tokens = self._analyzers[0].phrase(text)[:MAX_PHRASE]
        if len(tokens) < 2:
            return self.word(text, exact=exact) if tokens else None
        if exact:
            return Phrase("word", [token.word for token in tokens])
        runs = {tuple(t.stem for t in analyzer.phrase(text)[:MAX_PHRASE]): None for analyzer in self._analyzers}
        return _merged([Phrase("stem", list(run)) for run in runs])

    def is_stop_word(self, text: str) -> bool:
        """Whether a typed word neither matches nor ranks while there are others."""
        folded = fold(text)[0].strip("'.,;:!?-…")
        return folded in self._analyzers[0].stop_words or (len(folded) == 1 and folded.isascii() and folded.isalpha())

    def joins(self, letters: str, number: str) -> str:
        """What two typed words make, where the index has it: a designation (s 400), a number (28 000); else nothing."""
        joined = fold(letters + number)[0].replace(".", "")
        grouped = letters.isdigit() and len(letters) <= 3 and len(number) == 3 and number.isdigit()
        named = letters.isalpha() and len(letters) <= 4 and number[:1].isdigit() and joined.isalnum()
        known = (grouped or named) and (self._vocabulary.has(joined) or any(self._forms(joined)))
        return joined if known and not self.is_word(letters) else ""

    def is_word(self, letters: str) -> bool:
        """Whether letters before a number are an ordinary word (in 2015)."""
        return len(letters) > 1 and fold(letters)[0] in self._analyzers[0].stop_words

    def names(self, text: str) -> Iterator[Mention]:
        """Runs of a plain text that are names: not inside a compound (pro-Assad), a stop word (is) only in capitals."""
        for mention in self._names.find(text):
            typed = text[mention.start : mention.end]
            in_compound = text[: mention.start].endswith(JOINERS) or JOINED_TO.match(text, mention.end)
            if not in_compound and (typed.isupper() or not self.is_stop_word(typed)):
                yield mention

    def named(self, name: str) -> Node:
        """The node of an actor or a place of the gazetteer."""
        return Term("place" if name in self._places else "actor", name, boost=NAME_BOOST)

    def _stems(self, text: str) -> list[str]:
        return list(dict.fromkeys(analyzer.phrase(text)[0].stem for analyzer in self._analyzers))

    def _forms(self, base: str) -> Iterator[str]:
        """Suffixed and plural forms of a designation: su24 has su24m and su24s, tu22m has tu22m3."""
        form = FORM_AFTER_NUMBER if base[-1:].isdigit() else FORM_AFTER_LETTER
        if any(c.isdigit() for c in base):
            yield from (word for word in self._vocabulary.beginning(base) if form.fullmatch(word, len(base)))

    def _designation(self, base: str) -> Node:
        return _merged([Term("word", word) for word in (base, *self._forms(base))])

    def _compound(self, text: str, tokens: Sequence[Token], *, exact: bool) -> Node:
        parts = self._analyzers[0].phrase(text)
        whole = [token.word for token in tokens if token.width == len(parts)]
        forms: list[Node] = [Term("word", word) for word in whole]
        for word in whole:
            forms += [Term("word", form) for form in self._forms(word)]
        apart = self.phrase(text, exact=exact)
        forms += apart.subqueries if isinstance(apart, Synonyms) else [apart]
        ranking = [Term("stem", p.stem, boost=PART_BOOST) for p in parts if len(p.word) > 2]
        match = _merged(forms)
        return AndMaybe(match, Or(ranking)) if ranking and whole and not exact else match


class _Reader:
    """Reads the lexemes of one query, once, from left to right."""

    def __init__(
        self, parser: Parser, text: str, lexemes: Sequence[re.Match[str]], state: _State, *, exact: bool
    ) -> None:
        self._parser, self._text, self._lexemes, self._state, self._exact = parser, text, lexemes, state, exact
        self._at = 0

    def group(self, depth: int) -> list[Node]:
        """The nodes side by side up to the closing parenthesis or the end."""
        items: list[Node | str] = []
        run: list[re.Match[str]] = []
        negate = False
        while self._at < len(self._lexemes):
            lexeme = self._lexemes[self._at]
            self._at += 1
            word = lexeme["word"]
            if lexeme["shut"]:
                if depth:
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
        if depth and (self._at == len(self._lexemes)) and not self._closed():
            self._state.ignored.append("(")
        return self._joined(items)

    def _closed(self) -> bool:
        return bool(self._lexemes and self._lexemes[-1]["shut"])

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
                left = nodes.pop()
                options = list(left.subqueries) if type(left) is Or and getattr(left, "typed_or", False) else [left]
                nodes.append(_typed_or([*options, item]))
                pending = False
            else:
                nodes.append(item)
        if pending:
            self._state.ignored.append("OR")
        return nodes

    def _operand(self, lexeme: re.Match[str], depth: int) -> Node | None:
        state, parser = self._state, self._parser
        if lexeme["open"]:
            if depth + 1 >= MAX_DEPTH:
                state.ignored.append("(")
                return None
            inner = self.group(depth + 1)
            return _all(inner) if inner else None
        state.terms += 1
        if state.terms > MAX_TERMS:
            _once(state.capped, f"only the first {MAX_TERMS} words of the query were searched")
            return None
        if (phrase := lexeme["phrase"]) is not None:
            if not lexeme["close"]:
                state.ignored.append('"')
            if len(parser._analyzers[0].phrase(phrase)) > MAX_PHRASE:  # noqa: SLF001  # one module, two halves
                _once(state.capped, f"only the first {MAX_PHRASE} words of a phrase were searched")
            node = parser.phrase(phrase, exact=self._exact)
            state.phrases += [(phrase.strip(), node)] if node is not None else []
            return node
        word = lexeme["word"]
        return self._wild(word) if word[-1] in "*~" else parser.word(word, exact=self._exact)

    def _wild(self, written: str) -> Node | None:
        state = self._state
        stem = written.rstrip("*~")
        folded = re.sub(r"[\W_]", "", fold(stem)[0])
        if written.endswith("*") and "*" not in stem and len(folded) >= MIN_PREFIX:
            return Prefix("word", folded)
        if written.endswith("~") and folded and state.fuzzy < MAX_FUZZY:
            state.fuzzy += 1
            return FuzzyTerm("word", folded, maxdist=1, prefixlength=0)
        state.ignored.append(written[-1])
        return self._parser.word(stem, exact=self._exact)

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
        for mention in self._parser.names(text):
            typed = text[mention.start : mention.end]
            literal = self._parser.phrase(typed, exact=False)
            if literal is not None:
                named = self._parser.named(mention.name)
                # Of IS and US the letters mean nothing: in the text they are mostly the words is and us.
                either = named if self._parser.is_stop_word(typed) else Or([literal, named])
                state.aliases.append(Alias(typed, mention.name, literal, named))
                claims.append((start + mention.start, start + mention.end, either))
        for when in parse_typed(text):
            first, last = start + when.span[0], start + when.span[1]
            if all(last <= a or first >= b for a, b, _ in claims):
                typed = text[when.span[0] : when.span[1]]
                within = Within(when.start, when.end, boost=NAME_BOOST)
                words = [self._parser.word(word, exact=False) for word in typed.split()]
                literal = _all([word for word in words if word is not None])
                state.dates.append(TypedSpan(typed, first, last, within))
                claims.append((first, last, Or([literal, within])))
        return sorted(claims, key=lambda claim: claim[0])

    def _plain(self, run: list[re.Match[str]], claims: list[tuple[int, int, Node]]) -> Iterator[Node]:
        state, parser = self._state, self._parser
        words = iter(run)
        waiting: re.Match[str] | None = next(words, None)
        previous = ""
        while waiting is not None:
            lexeme, waiting = waiting, next(words, None)
            if state.terms >= MAX_TERMS:
                _once(state.capped, f"only the first {MAX_TERMS} words of the query were searched")
                return
            state.terms += 1
            claim = next((c for c in claims if c[0] < lexeme.end("word") and lexeme.start("word") < c[1]), None)
            if claim:
                while waiting is not None and waiting.start("word") < claim[1]:
                    state.terms += 1
                    state.words += 1
                    waiting = next(words, None)
                state.words += 1
                yield claim[2]
                continue
            text = lexeme["word"]
            if waiting is not None and (joined := parser.joins(text, waiting["word"])):
                text, waiting = joined, next(words, None)
            elif parser.is_stop_word(text) and not state.keep_stop_words:
                state.stopped.append(text)
                continue
            node = parser.word(text, exact=self._exact)
            if node is not None and not self._exact:
                node = self._with_neighbours(node, text, previous, waiting)
            previous = text
            if node is not None:
                state.words += not parser.is_stop_word(text)
                state.typed.append(Typed(text, lexeme.start("word"), lexeme.end("word"), node))
                yield node

    def _with_neighbours(self, node: Node, text: str, previous: str, waiting: re.Match[str] | None) -> Node:
        """A word, or it and a neighbour written as one: either of the two is held by whoever has them joined."""
        before = self._parser.together(previous, text) if previous else None
        after = self._parser.together(text, waiting["word"]) if waiting is not None else None
        joined = [other for other in (before, after) if other is not None]
        return Or([node, *joined]) if joined else node


def ranking_leaves(node: Node, boost: float = 1.0) -> Iterator[tuple[Node, float]]:
    """The leaves that rank, each with its weight; nothing under a NOT."""
    if isinstance(node, Not | Every) or node is NullQuery:
        return
    if isinstance(node, AndMaybe):
        yield from ranking_leaves(node.a, boost)
        yield from ranking_leaves(node.b, boost)
    elif isinstance(node, And | Or) and not isinstance(node, Synonyms):
        for child in node.subqueries:
            yield from ranking_leaves(child, boost)
    else:
        yield node, boost * node.boost


def deciding_leaves(node: Node) -> Iterator[Node]:
    """The leaves that decide a match: without those that only help to rank."""
    if isinstance(node, AndMaybe):
        yield from deciding_leaves(node.a)
    elif isinstance(node, And | Or) and not isinstance(node, Synonyms):
        for child in node.subqueries:
            yield from deciding_leaves(child)
    elif not isinstance(node, Not | Every) and node is not NullQuery:
        yield node


def _typed_or(options: list[Node]) -> Node:
    node = Or(options)
    node.typed_or = True
    return node


def _merged(forms: list[Node]) -> Node:
    unique = list(dict.fromkeys(forms))
    return unique[0] if len(unique) == 1 else Synonyms(unique)


def _positive(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in nodes if not isinstance(node, Not)]


def _all(nodes: list[Node]) -> Node:
    if not nodes:
        return Every()
    return nodes[0] if len(nodes) == 1 else And(nodes)


def _any(nodes: list[Node]) -> Node:
    wanted = _positive(nodes)
    excluded = [node for node in nodes if isinstance(node, Not)]
    return _all([*([Or(wanted)] if len(wanted) > 1 else wanted), *excluded])


def _clean(text: str) -> str:
    """Without surrogates and control characters, which no document holds."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text).strip()


def _once(messages: list[str], message: str) -> None:
    if message not in messages:
        messages.append(message)


def _notes(state: _State) -> Iterator[Note]:
    for message in state.capped:
        yield Note("capped", f"The query was too long: {message}.")
    if state.ignored:
        what = tuple(dict.fromkeys(state.ignored))
        yield Note("ignored", f"Part of the query could not be read and was ignored: {' '.join(what)}", what)
