"""What one typed word, phrase or name asks for: the leaves of a query tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from typing import Protocol

from whoosh.query import AndMaybe, Or, Phrase, Term
from whoosh.query import Query as Node

from searchapp import deadline
from searchapp.engines.whoosh.analysis import Analyzer, Token
from searchapp.engines.whoosh.folding import fold
from searchapp.engines.whoosh.tree import Synonyms, merged
from searchapp.engines.whoosh.tuning import JOINED_BOOST, NAME_BOOST, PART_BOOST
from searchapp.model import Mention
from searchapp.signs import DASHES, HYPHENS
from searchapp.splitting.actors import Names, glued

MAX_PHRASE = 8
MAX_YEARS = 50
"""Of so many, a typed day without a year is looked for in each; of more, it is only looked for as written."""
MIN_PART = 3
"""Letters that each half of a word has at least, when it is tried in two words; of two typed apart, the first may have
fewer (de escalation)."""

JOINED = re.compile(rf"[^{DASHES}\s][{DASHES}]\w")
APART = re.compile(rf"[{DASHES}\s]")
HYPHENATED = str.maketrans(dict.fromkeys(DASHES, "-"))
FORM_AFTER_NUMBER = re.compile(r"[a-z][a-z0-9]{0,4}")
FORM_AFTER_LETTER = re.compile(r"\d[a-z0-9]{0,3}|s")
MEASURE = re.compile(r"(\d[\d.,]*)(mm|cm|km|kg|kt|lb|m|g|t)")
CALIBRE = re.compile(r"(\d+)[.,](\d+)[x×](\d+)")


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

    def years(self) -> Sequence[int]:
        """The years of all dates, in order."""
        ...


class Wording:
    """Makes leaves for one generation. `analyzers` are those of the languages in the index, the corpus's first."""

    def __init__(
        self, analyzers: Sequence[Analyzer], names: Names, places: frozenset[str], vocabulary: Vocabulary
    ) -> None:
        self._analyzers = analyzers
        self._places = places
        self._names = names
        self._vocabulary = vocabulary
        known = [names.names[place] for place in places]
        spellings = [fold(spelling) for name in known for spelling in (name.name, *name.aliases)]
        self._stems_of_places = frozenset(analyzers[0].stem(word) for word in spellings if word.isascii())

    def too_long(self, phrase: str) -> bool:
        """Whether a phrase has more words than are searched."""
        return len(self._analyzers[0].phrase(phrase)) > MAX_PHRASE

    def word(self, text: str, *, exact: bool) -> Node | None:
        """The node of one written word, or None when there is nothing in it to search."""
        deadline.check()
        text = text.translate(HYPHENATED)  # S–400 is what a word processor makes of S-400
        tokens = self._analyzers[0].tokens(text)
        if not tokens:
            return None
        if max(token.position for token in tokens) > 0:
            return self._compound(text, tokens, exact=exact)
        token = self._analyzers[0].phrase(text)[0]
        if exact:
            return Term("word", token.word)
        if any(c.isdigit() for c in token.word) and not token.word.isdigit():
            return merged([*self._designation(token.word), *self._otherwise(text)])
        if token.stem in self._stems_of_places and not self._vocabulary.has(token.word):
            return Term("word", token.word)  # a place has no plural: Hamas is not Hama
        return merged([*(Term("stem", stem) for stem in self._stems(text)), *self._apart(token.word)])

    def together(self, first: str, second: str) -> Node | None:
        """The node of two typed words that the corpus writes as one (air base, airbase; 220 mm, 220mm)."""
        joined = "".join(fold(first + second).split("-"))
        halves = joined.isalpha() and self._is_half(first, MIN_PART - 1) and self._is_half(second)
        if not (halves or MEASURE.fullmatch(joined)) or not self._vocabulary.has(joined):
            return None
        return Term("stem", self._analyzers[0].stem(joined), boost=JOINED_BOOST)

    def _is_half(self, word: str, least: int = MIN_PART) -> bool:
        """Whether a word may be one of the two that another is made of; 'notable' is not 'not able'."""
        return len(word) >= least and not self.is_stop_word(word)

    def _apart(self, word: str) -> Iterator[Node]:
        """A typed word as two words side by side (airbase, air base), where the corpus writes them so."""
        if word.isalpha():
            for cut in range(MIN_PART, len(word) - MIN_PART + 1):
                if not (self._vocabulary.has(word[:cut]) and self._is_half(word[:cut]) and self._is_half(word[cut:])):
                    continue
                first, second = self._analyzers[0].stem(word[:cut]), self._analyzers[0].stem(word[cut:])
                if self._vocabulary.adjacent(first, second):
                    yield Phrase("stem", [first, second])

    def phrase(self, text: str, *, exact: bool) -> Node | None:
        """The node of words in this order, or None when there are none."""
        tokens = self._analyzers[0].phrase(text)[:MAX_PHRASE]
        if len(tokens) < 2:
            return self.word(text, exact=exact) if tokens else None
        if exact:
            return Phrase("word", [token.word for token in tokens])
        runs = {tuple(t.stem for t in analyzer.phrase(text)[:MAX_PHRASE]): None for analyzer in self._analyzers}
        return merged([Phrase("stem", list(run)) for run in runs])

    def is_stop_word(self, text: str) -> bool:
        """Whether a typed word neither matches nor ranks while there are others."""
        folded = fold(text).strip("'.,;:!?-…")
        return folded in self._analyzers[0].stop_words or (len(folded) == 1 and folded.isascii() and folded.isalpha())

    def joins(self, letters: str, number: str) -> str:
        """What two typed words make, where the index has it: a designation (s 400), a number (28 000); else nothing."""
        joined = fold(letters + number).replace(".", "")
        grouped = letters.isdigit() and len(letters) <= 3 and len(number) == 3 and number.isdigit()
        named = letters.isalpha() and len(letters) <= 4 and number[:1].isdigit() and joined.isalnum()
        known = (grouped or named) and (self._vocabulary.has(joined) or any(self._forms(joined)))
        return joined if known and not self.is_word(letters) else ""

    def is_word(self, letters: str) -> bool:
        """Whether letters before a number are an ordinary word (in 2015)."""
        return len(letters) > 1 and fold(letters) in self._analyzers[0].stop_words

    def names(self, text: str) -> Iterator[Mention]:
        """Runs of a plain text that are names: not inside a compound (pro-Assad), a stop word (is) only in capitals."""
        found = self._names.find(text)
        joints = {mention.end for mention in found} & {mention.start - 1 for mention in found}
        """Signs between two names."""
        for mention in found:
            typed = text[mention.start : mention.end]
            in_compound = any(self._binds(text, at, joints) for at in (mention.start - 1, mention.end))
            if not in_compound and (typed.isupper() or not self.is_stop_word(typed)):
                yield Mention(mention.start - glued(text, mention.start, mention.end), mention.end, mention.name)

    def _binds(self, text: str, at: int, joints: Set[int]) -> bool:
        """Whether a sign makes one word of what is around it: a hyphen does; a dash, and a hyphen between two names,
        only where the documents have the two side by side (Aleppo–Damascus)."""
        if at < 1 or not JOINED.match(text, at - 1):
            return False
        parts = at in joints or text[at] not in HYPHENS
        return not parts or self.are_one(APART.split(text[:at])[-1], APART.split(text[at + 1 :], maxsplit=1)[0])

    def are_one(self, first: str, second: str) -> bool:
        """Whether two words that a dash joins stand side by side in the documents; else each is asked for."""
        deadline.check()
        before, after = self._analyzers[0].phrase(first)[-1:], self._analyzers[0].phrase(second)[:1]
        return any(self._vocabulary.adjacent(a.stem, b.stem) for a, b in zip(before, after, strict=False))

    def years(self) -> Sequence[int]:
        """The years that a date without one may be of; none where there are too many to look into each."""
        years = self._vocabulary.years()
        return years if len(years) <= MAX_YEARS else ()

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

    def _designation(self, base: str) -> list[Node]:
        return [Term("word", word) for word in (base, *self._forms(base))]

    def _otherwise(self, text: str) -> list[Node]:
        """How else what is typed with figures is written, as far as its analysis tells these apart."""
        letters = text.partition("-")[0]
        forms = () if self.is_stop_word(letters) else otherwise(fold(text))  # letters alone stand before any number
        runs = {tuple(token.stem for token in self._analyzers[0].phrase(form)[:MAX_PHRASE]): None for form in forms}
        return [Phrase("stem", list(run)) if len(run) > 1 else Term("stem", run[0]) for run in runs]

    def _compound(self, text: str, tokens: Sequence[Token], *, exact: bool) -> Node:
        parts = self._analyzers[0].phrase(text)
        whole = [token.word for token in tokens if token.width == len(parts)]
        forms: list[Node] = []
        for word in whole:
            stems = {analyzer.stem(word): None for analyzer in self._analyzers}
            forms += [Term("word", word)] if exact else [Term("stem", stem) for stem in stems]
            forms += [Term("word", form) for form in self._forms(word)]
        apart = self.phrase(text, exact=exact)
        forms += apart.subqueries if isinstance(apart, Synonyms) else [apart]
        forms += [] if exact else [form for form in self._otherwise(text) if form not in forms]
        ranking = [Term("stem", p.stem, boost=PART_BOOST) for p in parts if len(p.word) > 2]
        match = merged(forms)
        return AndMaybe(match, Or(ranking)) if ranking and whole and not exact else match


def otherwise(word: str) -> Iterator[str]:
    """Other writings of a folded word with figures: ofab-250 is ofab 250, 220mm is 220 mm, 7.62x51 is 7,62×51."""
    if "-" in word and any(map(str.isdigit, word)):
        yield word.replace("-", " ")
    if measure := MEASURE.fullmatch(word):
        yield " ".join(measure.groups())
    if calibre := CALIBRE.fullmatch(word):
        whole, part, length = calibre.groups()
        yield from (f"{whole}{point}{part}{times}{length}" for point in ".," for times in "x×")
