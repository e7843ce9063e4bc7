"""Suggestions for words that the corpus does not have, from its own words and from the names of its gazetteer.

Names come out of other scripts in many spellings, so besides the letters a *sound* is compared, in which the usual
ways to transliterate one letter are one: kh and h, q and k, gh and g, ou and u, -iyya and -iyah, doubled letters.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise, takewhile
from typing import NamedTuple

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from searchapp import deadline
from searchapp.engines.whoosh.finding import Finders
from searchapp.engines.whoosh.folding import fold
from searchapp.engines.whoosh.nearby import Nearby
from searchapp.engines.whoosh.runs import BESIDE, Typed
from searchapp.engines.whoosh.syntax import Parsed
from searchapp.engines.whoosh.tree import deciding_leaves
from searchapp.engines.whoosh.written import as_written

SHORTEST = 4
"""Shorter words are one letter away from too many others."""
EDITS = ((5, 1), (9, 2), (40, 3))
"""Up to so many letters, so many edits; what is longer is no misspelt word."""
SOUND_COST = 0.5
"""Two spellings of one sound are nearer than one edit."""
FIRST_COST = 0.5
"""A first letter is seldom mistyped."""
SURE = 5
"""One edit for so many letters is a slip; more of it may be another word, which is suggested but not searched."""
ONE = re.compile(r"[\w.-]+")
"""A designation by itself."""
MAX_CORRECTED = 8
"""A query with more than these misspelt is looked through no further."""
MOST_NEAR = 50
"""Words that are weighed against each other."""
LONGEST_NAME = 4
"""Words of a name that are compared as a whole."""

ARTICLES = frozenset("al el ad adh an ar as ash at az ed ez es esh ul".split())
SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"iyy?[ae]h?$|ia$", "ia"),
        (r"kh|ch(?=[aou])", "h"),
        (r"gh", "g"),
        (r"dh", "d"),
        (r"th", "t"),
        (r"ph|ff?$", "v"),
        (r"[qck]+", "k"),
        (r"w", "v"),
        (r"ou|oo|o", "u"),
        (r"e[iy]|a[iy]|ee|[eyj]", "i"),
        (r"(?<=[aeiou])h$", ""),
        (r"(.)\1+", r"\1"),
    )
)
"""Rewritten one after the other; what comes out is compared and never shown."""


def sound(word: str) -> str:
    """What is left of a folded word when the usual variants of transliteration are made one."""
    for pattern, replacement in SOUNDS:
        word = pattern.sub(replacement, word)
    return word


class Near(NamedTuple):
    """A word or a name that was probably meant."""

    word: str
    sure: bool
    """Whether it is near enough to be searched for without asking."""


class Suggested(NamedTuple):
    """A query that was probably meant."""

    q: str
    whole: bool
    """Whether all words of the query are replaced."""
    sure: bool


class _Sounds:
    """Words by what they sound like: sounds in order, and the words in that of their sounds."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        said = [sound(word) for word in words]
        sounds = sorted(set(said))
        number = {each: at for at, each in enumerate(sounds)}
        of_word = np.array([number[each] for each in said], np.int32)
        self.nearby = Nearby(sounds)
        self._order = of_word.argsort(kind="stable").astype(np.int32)
        self._first = np.searchsorted(of_word[self._order], np.arange(len(sounds) + 1)).astype(np.int32)

    def words(self, sound: str) -> Iterator[str]:
        """The words with one of the sounds."""
        at = bisect_left(self.nearby.words, sound)
        for number in self._order[self._first[at] : self._first[at + 1]].tolist():
            yield self._words[number]


class Speller:
    """Finds what was probably meant by a word without hits. A word that occurs is never corrected."""

    def __init__(self, finders: Finders) -> None:
        self._finders = finders
        self._snapshot = finders.snapshot
        self._leaves = finders.leaves

    def unknown(self, parsed: Parsed) -> list[Typed]:
        """The words of a query that no entry holds; of a phrase that one holds, none."""
        return [typed for typed in parsed.typed if not self._occurs(typed)]

    def suggestion(self, parsed: Parsed) -> Suggested | None:
        """The query with what occurs nowhere replaced by the nearest that does; None when nothing is near enough."""
        better = parsed.text
        replacements = list(self._replacements(parsed))
        for start, end, near in reversed(replacements):
            better = better[:start] + near.word + better[end:]
        covered = sum(any(a <= t.start and t.end <= b for a, b, _ in replacements) for t in parsed.typed)
        whole = covered == len(parsed.typed) and not parsed.aliases and not parsed.dates
        sure = all(near.sure for _, _, near in replacements)
        return Suggested(better, whole, sure) if better != parsed.text else None

    def _replacements(self, parsed: Parsed) -> Iterator[tuple[int, int, Near]]:
        """What to put in whose place, in the order of the query: whole names before single words."""
        typed = list(parsed.typed)
        at = tried = 0
        while at < len(typed) and tried < MAX_CORRECTED:
            deadline.check()
            run = self._name_at(parsed.text, typed[at : at + LONGEST_NAME])
            if run:
                length, name = run
                yield typed[at].start, typed[at + length - 1].end, Near(name, sure=typed[at].phrase is None)
                at += length
                continue
            if not self._occurs(typed[at]):
                tried += 1
                if near := self.nearest(typed[at].text):
                    # What stands in quotes is meant as it is typed: another spelling is offered, not searched.
                    sure = near.sure and typed[at].phrase is None
                    yield typed[at].start, typed[at].end, near._replace(sure=sure)
            at += 1

    def _occurs(self, typed: Typed) -> bool:
        nodes = (typed.node, *([typed.phrase] if typed.phrase is not None else []))
        return any(len(self._leaves.leaf(node).entries) for each in nodes for node in deciding_leaves(each))

    def _name_at(self, text: str, typed: Sequence[Typed]) -> tuple[int, str] | None:
        """The longest run of words that sounds like a name, nothing between them, one of them unknown: its length and
        the name."""
        beside = takewhile(lambda two: BESIDE.fullmatch(text, two[0].end, two[1].start), pairwise(typed))
        for length in range(1 + sum(1 for _ in beside), 1, -1):
            run = typed[:length]
            if any(not self._occurs(word) for word in run):
                said = _name_sound(" ".join(word.text for word in run))
                if said in self._names:
                    return length, self._names[said]
        return None

    @cached_property
    def _names(self) -> dict[str, str]:
        """Names that occur, by the sound of each of their spellings; a sound that two names share means neither."""
        by_sound: dict[str, set[str]] = defaultdict(set)
        for name in self._snapshot.names.values():
            field = self._snapshot.fields["place" if name.is_place else "actor"]
            if field.number(name.name) >= 0:
                for spelling in (name.name, *name.aliases):
                    by_sound[_name_sound(spelling)].add(name.name)
        return {
            said: next(iter(names)) for said, names in by_sound.items() if len(names) == 1 and len(said) >= SHORTEST
        }

    @cached_property
    def _words(self) -> Nearby:
        """Words that may be suggested: those of the corpus, and spellings of names that occur."""
        words = {word for word in self._snapshot.fields["word"].terms if len(word) >= SHORTEST and word.isalpha()}
        for name in self._snapshot.names.values():
            words.update(
                w
                for w in (_letters(spelling) for spelling in name.aliases if " " not in spelling)
                if len(w) >= SHORTEST
            )
        return Nearby(sorted(words))

    @cached_property
    def _written(self) -> dict[str, tuple[str, str]]:
        """The name that is meant by a spelling of one word, and how that is written."""
        names = self._snapshot.names.values()
        return {_letters(spelling): (name.name, fold(spelling)) for name in names for spelling in name.aliases}

    @cached_property
    def _sounds(self) -> _Sounds:
        return _Sounds(self._words.words)

    def nearest(self, word: str) -> Near | None:
        """The nearest word, by letters or by sound, the more frequent of equals; None when none is near enough."""
        written = _letters(word)
        if any(c.isdigit() for c in written):
            base = self._base_of(word)
            return Near(base, sure=True) if base else None
        if not SHORTEST <= len(written) <= EDITS[-1][0] or not written.isalpha():
            return None
        limit = next(edits for longest, edits in EDITS if len(written) <= longest)
        costs: dict[str, float] = {}
        for near, distance in _within(written, limit, self._words):
            costs[near] = distance + (FIRST_COST if near[0] != written[0] else 0.0)
        said = sound(written)
        for near_sound, distance in _within(said, 1, self._sounds.nearby):
            if len(said) >= SHORTEST - 1 and (not distance or len(said) > 5):
                for near in self._sounds.words(near_sound):
                    cost = distance * 1.25 + SOUND_COST
                    costs[near] = min(cost, costs.get(near, cost))
        nearest = min(costs, key=lambda near: (costs[near], -self._frequency(near), near), default="")
        if not nearest:
            return None
        stem = self._snapshot.analyzers[0].stem
        # Of one stem, and yet it is not found by that: the parser knows that it is another word.
        sure = costs[nearest] <= max(1, len(written) / SURE) and stem(written) != stem(nearest)
        name, spelling = self._written.get(nearest, ("", ""))
        if self._snapshot.has(nearest):
            return Near(spelling or fold(as_written(self._finders, nearest)), sure)
        # A spelling that only the gazetteer has would find its name but be no word of the corpus: the name itself is,
        # unless it is in another script, which replaces no word.
        if _script(name) != _script(written):
            return Near(spelling, sure) if sure else None
        return Near(name, sure)

    def _base_of(self, designation: str) -> str:
        """The longest beginning of a typed designation that occurs and has a number (Su-24 of Su-24M); else ''. Of two
        (S-300/999) none: the other would be lost."""
        for end in range(len(designation) - 1 if ONE.fullmatch(designation) else 0, 1, -1):
            base = _letters(designation[:end])
            if base[-1:].isdigit() and base[:1].isalpha() and self._snapshot.has(base):
                return designation[:end]
        return ""

    def _frequency(self, word: str) -> int:
        """In how many passages a word stands."""
        field = self._snapshot.fields["word"]
        number = field.number(word)
        return field.size(number) if number >= 0 else 0


def _within(word: str, edits: int, words: Nearby) -> Iterator[tuple[str, float]]:
    """The nearest of the words that so many edits make of one, and how many."""
    some = words(word, edits)
    for near, distance, _ in extract(word, some, scorer=OSA.distance, score_cutoff=edits, limit=MOST_NEAR):
        yield near, distance


def _letters(text: str) -> str:
    """A folded text without what joins its parts."""
    return "".join(c for c in fold(text) if c.isalnum())


def _script(text: str) -> str:
    return next((unicodedata.name(char, "").partition(" ")[0] for char in text if char.isalpha()), "")


def _name_sound(text: str) -> str:
    """The sound of a name of several words, without its articles."""
    words = [word for word in re.split(r"[\s-]+", fold(text).replace("'", "")) if word]
    kept = [word for word in words if word not in ARTICLES] or words
    return sound("".join(c for word in kept for c in word if c.isalnum()))
