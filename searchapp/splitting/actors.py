"""Who and where: names of the gazetteer in running text, in tags and in queries.

Text and names are folded alike: case, accents and Arabic vowel signs fall away, curly apostrophes become straight,
hyphens and every kind of blank become a space; a name counts between whole words, and anywhere where its script has no
spaces between words. So `US-led`, `anti-ISIL` and `Assad’s` name their actor, and `Deir ez Zor` is `Deir ez-Zor`. An
abbreviation with full stops is one word: `U.S.S.R.` is `USSR`, and holds no `U.S.`. What Arabic writes with a name,
such as its and, is no letter of it. An alias listed as cased counts only letter by letter (`IS`, never `is`). The
longest match wins, each span counts once. A mask takes its span and names nobody, unless it is itself a spelling of
some other name. A plural or an adjective is a name only where the gazetteer says so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import ahocorasick

from searchapp.model import Entry, Gazetteer, Mention, Name, Passage
from searchapp.signs import CASE_ENDINGS, ELISIONS, LONGEST_ELISION, PROCLITICS, UNSPACED, WIDTHLESS
from searchapp.spellings import TATWEEL, also_written, fold, fold_cased, fold_with_map


@dataclass(slots=True)
class _Spelling:
    """What one folded spelling may stand for."""

    length: int
    names: list[str] = field(default_factory=list)
    """Names that it is in any case, in the order of the gazetteer."""
    cased: list[tuple[str, str]] = field(default_factory=list)
    """Names that it is only in exactly this writing: the writing, the name."""
    mask: bool = False

    def named(self, written: str) -> list[str]:
        """The names that a piece of text stands for, those that ask for its case first."""
        if not self.cased:
            return self.names
        exact = fold_cased(written)
        return [name for form, name in self.cased if form == exact] + self.names


class Names:
    """Finds names of a gazetteer. Read-only once made; pickled as its gazetteer and rebuilt."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self.names: Mapping[str, Name] = MappingProxyType({name.name: name for name in reversed(gazetteer.names)})
        """By canonical name; the first counts where the gazetteer repeats one."""
        self._spellings: dict[str, _Spelling] = {}
        for name in gazetteer.names:
            self._learn(name, (name.name, *name.aliases), name.cased, name.masks)
        listed = frozenset(self._spellings)
        for name in gazetteer.names:
            self._learn(
                name, *(_others(forms, listed) for forms in ((name.name, *name.aliases), name.cased, name.masks))
            )
        self._automaton = ahocorasick.Automaton()
        for form, spelling in self._spellings.items():
            self._automaton.add_word(form, spelling)
        if self._spellings:
            self._automaton.make_automaton()

    def __reduce__(self) -> tuple[type[Names], tuple[Gazetteer]]:
        return Names, (self._gazetteer,)

    def _learn(self, name: Name, aliases: Sequence[str], cased: Sequence[str], masks: Sequence[str]) -> None:
        for alias in cased:
            spelling = self._spelling(alias)
            if spelling:
                spelling.cased.append((fold_cased(alias.strip()), name.name))
        for alias in aliases:
            spelling = self._spelling(alias)
            if spelling and alias not in cased and name.name not in spelling.names:
                spelling.names.append(name.name)
        for mask in masks:
            spelling = self._spelling(mask)
            if spelling:
                spelling.mask = True

    def _spelling(self, form: str) -> _Spelling | None:
        folded = fold(form.strip()).strip()
        return self._spellings.setdefault(folded, _Spelling(len(folded))) if folded else None

    def find(self, text: str) -> tuple[Mention, ...]:
        """Names in a passage or a query, in order, not overlapping; offsets are those of `text`."""
        if not self._spellings:
            return ()
        matches = [*self._matches(text), *(self._matches_across(text) if WIDTHLESS in text else ())]
        return tuple(Mention(start, end, names[0]) for start, end, names in _longest(matches) if names)

    def _matches(self, text: str) -> Iterator[_Match]:
        """Every whole-word match: start and end in the text, and the names it stands for (none for a mask)."""
        folded, origin = fold_with_map(text)
        for final, spelling in self._automaton.iter(folded):
            start, end = final + 1 - spelling.length, final + 1
            if not _is_whole(folded, start, end):
                continue
            first, last = _unfolded(text, origin, start, end)
            names = spelling.named(text[first:last])
            if names or spelling.mask:
                yield first, last, names

    def _matches_across(self, text: str) -> Iterator[_Match]:
        """Those in which a sign without width is a blank; outside of them it is none: an ending may stand behind it."""
        for start, end, names in self._matches(text.replace(WIDTHLESS, " ")):
            if WIDTHLESS in text[start:end] and WIDTHLESS not in (text[start - 1 : start], text[end : end + 1]):
                yield start, end, names

    def lookup(self, text: str) -> tuple[Name, ...]:
        """The names that a text as a whole stands for; several where the gazetteer gives a spelling to several."""
        for form in (text.strip(), text.replace(WIDTHLESS, " ").strip()):
            if spelling := self._spellings.get(fold(form).strip()):
                return tuple(self.names[name] for name in dict.fromkeys(spelling.named(form)))
        return ()

    def tag(self, entry: Entry, tags: Iterable[str]) -> Entry:
        """The entry with the names in every passage filled in.

        `tags` are all tags of the item or document as written: those that are names count for every passage, the
        others become the entry's tags, in order, each once.
        """
        known: list[str] = []
        topics: list[str] = []
        for tag in tags:
            names = self.lookup(tag)
            if names:
                known.append(names[0].name)
            else:
                topics.append(tag)
        passages = tuple(self._tagged(passage, known) for passage in entry.passages)
        return replace(entry, passages=passages, tags=tuple(dict.fromkeys(topics)))

    def _tagged(self, passage: Passage, known: Sequence[str]) -> Passage:
        mentions = self.find(passage.text)
        names = dict.fromkeys([*(mention.name for mention in mentions), *known])
        actors = tuple(name for name in names if not self.names[name].is_place)
        places = tuple(name for name in names if self.names[name].is_place)
        # dataclasses.replace takes three times as long, and this is done for every passage.
        kept = passage.kind, passage.text, passage.lines, passage.spans, passage.dates
        return Passage(*kept, mentions, actors, places, passage.depth, passage.marker)


_Match = tuple[int, int, list[str]]

_UNSPACED = re.compile(f"[{UNSPACED}]")
_ELISION = re.compile(rf"(?<![^\W_])(?:{ELISIONS})'$")
_ENDING = re.compile(rf"'(?:s|{CASE_ENDINGS})?(?![^\W_])")
_IN_ABBREVIATION = re.compile(rf"(?<=[^\W\d_{UNSPACED}])(?<![^\W_].)\.[^\W\d_{UNSPACED}](?![^\W_])")
"""A full stop between letters that stand alone."""


def _others(forms: Iterable[str], listed: Set[str]) -> list[str]:
    """How else spellings are written, where that is nothing the gazetteer has itself."""
    return [other for form in forms for other in also_written(form) if fold(other.strip()).strip() not in listed]


def glued(text: str, start: int, end: int) -> int:
    """How many letters before a name are a word of its own that Arabic writes with it: 1 of وروسيا, else 0."""
    least = PROCLITICS.get(text[start - 1 : start])
    return int(least is not None and end - start >= least)


def _is_whole(folded: str, start: int, end: int) -> bool:
    """Whether a match stands between words: `Assad's` and `l'Iran` hold a name, `Dara'a` and `Ma'arrat` are words."""
    start -= glued(folded, start, end)
    before, after = folded[start - 1 : start] if start else "", folded[end : end + 1]
    if (before.isalnum() and _binds(before, folded[start])) or (after.isalnum() and _binds(after, folded[end - 1])):
        return False
    if "." in (before, after) and any(_IN_ABBREVIATION.match(folded, at) for at in (start - 1, end)):
        return False
    if before == "'" and folded[max(0, start - 2) : start - 1].isalnum():
        return _ELISION.search(folded, max(0, start - LONGEST_ELISION), start) is not None
    return after != "'" or _ENDING.match(folded, end) is not None


def _binds(beside: str, edge: str) -> bool:
    """Whether a letter beside this edge of a name makes another word: `U.S.` in `U.S.A.`, not `US$` in `US$13`."""
    if not (beside + edge).isascii() and (_UNSPACED.match(beside) or _UNSPACED.match(edge)):
        return False
    return edge.isalnum() or edge == "."


def _longest(matches: Iterable[_Match]) -> list[_Match]:
    """The longest matches that don't overlap, in order; of two as long, the first."""
    kept: list[_Match] = []
    taken: set[int] = set()
    for match in sorted(matches, key=lambda match: (match[0] - match[1], match[0])):
        start, end, _ = match
        if start not in taken and end - 1 not in taken:  # a longer one that overlaps holds one of its ends
            taken.update(range(start, end))
            kept.append(match)
    return sorted(kept, key=lambda match: match[0])


def _unfolded(text: str, origin: Sequence[int] | None, start: int, end: int) -> tuple[int, int]:
    """A range of the folded text in the text itself, with the signs that belong to its last letter."""
    if origin is None:
        return start, end
    last = origin[end - 1] + 1
    while last < len(text) and (text[last] == TATWEEL or unicodedata.category(text[last]) in {"Mn", "Me"}):
        last += 1
    return origin[start], last
