"""One analyzer for index and query: text becomes words with positions, exact offsets and stems.

A *word* is folded (case, accents, apostrophes, compatibility forms) and otherwise as written; its *stem* comes
from the Snowball stemmer of its script, of an Arabic one from `arabic`. A hyphenated compound gives its parts at
successive positions and the joined form at the position of the first; a designation (S-400, Su-24M2, 3M-14T) is one
word, without its hyphen, so that its bare number never matches. With a blank or a dash, which mean other things, too,
its letters stay a word as well. What an apostrophe parts is a word where a language parts words so (l'armée, İdlib'de),
and no more than a letter elsewhere (Nu'man). In scripts without spaces between words every two letters side by side are
a word, and so is each letter; where such a script meets another, a word ends.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import Stemmer
from whoosh.lang.stopwords import stoplists

from searchapp.engines.whoosh import arabic
from searchapp.engines.whoosh.folding import fold, plain
from searchapp.signs import CASE_ENDINGS, ELISIONS, UNSPACED

STEMMER_OF_LANGUAGE = {
    "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch", "no": "norwegian",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
LANGUAGE_OF_SCRIPT = (
    ("\u0370", "\u03ff", "el"),
    ("\u0400", "\u04ff", "ru"),
    ("\u0530", "\u058f", "hy"),
    ("\u0600", "\u06ff", "ar"),
)
"""Scripts that tell their language well enough, whatever the language of the document."""

EXTRA_STOP_WORDS = {
    "en": """according across also although among another anyone anything around became become becomes been cannot
    could either else ever every everyone everything has however indeed instead like many may might moreover much must
    neither never nevertheless nobody none nor nothing often otherwise per perhaps rather said says shall since somebody
    someone something still than therefore thereby though thus together toward towards unless upon us via well were
    whatever whenever whereas wherever whether whichever whoever whose within without would yet""",
}
"""Function words that Whoosh's lists leave out, separated by spaces."""


JOIN, DASH_JOIN = "\ue000", "\ue001"
"""Stand for the space or the dash in a designation that is written with one (Su 25, Su–25); no text keeps them."""
WORD = rf"[^\W_{UNSPACED}]"
LETTER = rf"[^\W\d_{UNSPACED}]"
CHUNK = re.compile(
    rf"(?<!{WORD})(?:{LETTER}\.)+(?:{LETTER}(?!{WORD})|(?<=\w\.\w\.))"
    rf"|(?:(?!\W)[{UNSPACED}])+"
    rf"|{WORD}+(?:(?:[-'{JOIN}{DASH_JOIN}]|(?<=\d)\.(?=\d)|(?<=\d)[,\u2009](?=\d{{3}}(?!\d))){WORD}+)*"
)
"""Abbreviations (U.S.), and runs of letters and figures with what joins them; those of one kind of script each."""
GROUPED = re.compile(r"\d{1,3}(?:[,\u2009]\d{3})+(?:\.\d+)?")
DESIGNATION = re.compile(
    r"(?:(?P<letters>[a-z]{1,6})-?(?P<number>\d{1,4}(?:\.\d{1,2})?)(?P<tail>[a-z]{0,5}\d{0,2}[a-z]{0,3}(?:-\d{1,2}[a-z]{0,3})?)"
    r"|\d{1,2}[a-z]{1,2}-?\d{1,3}[a-z]{0,3})"
)
_NUMBER = r"(?=(\d{1,4}[A-Za-z]{0,5}\d{0,2})(?![-\w,.]\w|'(?!s\b)\w|\w))"
SPACED = re.compile(rf"([A-Z](?<![\w.-].)(?<!\w'.)[A-Za-z]{{0,3}})[ \u2009]{_NUMBER}")
"""It begins with its first letter, by which the places to try are found; what stands before that is asked then: an
apostrophe may, if it opens a quotation."""
DASHED = re.compile(rf"(?<![\w.–—-])(?<!\w')([A-Za-z]{{1,6}})[–—]{_NUMBER}")
CONSUMING_LETTERS = 2
"""After more letters the number may be one of its own (USD 500), after a dash if not just a capital stands before it
(UN—15 of them, 5 m–10 m): it stays a word as well."""
YEAR = re.compile(r"(?:1[89]|20)\d\d")
PAIRED = re.compile(f"[{UNSPACED}]")
"""A letter of a text that is searched by pairs of letters."""
QUIET_LETTERS = (2, 4, 6)
"""How many letters a designation without a suffix may begin with, by loudness: mid-25, Yak-130, COVID-19."""
ELIDED = re.compile(rf"(?:{ELISIONS}|o)'(?=\w{{3}})")
ENDED = re.compile(rf"(\w{{3,}})'(?:{CASE_ENDINGS})")
"""What an apostrophe parts from a word of three letters or more: what was shortened before it, an ending behind it."""
KEPT_CHUNKS, KEPT_CHUNK = 100_000, 40
"""How many different chunks of text are remembered with their terms, and how long they may be: what strangers write
and ask must not fill the memory."""
MONTHS = frozenset({"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"})


class Token(NamedTuple):
    """One word of a text."""

    word: str
    """Folded, as written."""
    stem: str
    position: int
    width: int
    """How many positions it covers: more than one for the joined form of a compound."""
    start: int
    """Offset of the first character in the text."""
    end: int


class Term(NamedTuple):
    """A word of a chunk before it has its place in a text."""

    word: str
    stem: str
    position: int
    width: int
    start: int
    end: int


def stop_words(language: str) -> frozenset[str]:
    """Words ignored in matching and ranking unless nothing else was typed. One-letter words are kept out:
    a list with s, t, d or m in it destroys spaced designations."""
    listed = [*stoplists.get(language, ()), *EXTRA_STOP_WORDS.get(language, "").split()]
    return frozenset(fold(word) for word in listed if len(word) > 1 or word in {"a", "i"})


class Analyzer:
    """Turns text into words. One per language; safe to share between threads."""

    def __init__(self, language: str = "en") -> None:
        self.language = language
        self.stop_words = stop_words(language)
        self._local = threading.local()
        self._known: dict[str, tuple[Term, ...]] = {}

    def stem(self, word: str) -> str:
        """Stem of a folded word; numbers, designations and words of unknown scripts are their own stem."""
        if len(word) < 3 or not word.isalpha():
            return word
        language = self.language if word.isascii() else _language_of(word[0]) or self.language
        if language == "ar":
            return arabic.stem(word)
        try:
            return str(self._local.stemmers[language].stemWord(word))
        except (AttributeError, KeyError):
            return str(self._stemmer(language).stemWord(word)) if language in STEMMER_OF_LANGUAGE else word

    def _stemmer(self, language: str) -> Stemmer.Stemmer:
        """A stemmer for this thread. Without its cache: most words come once, and clearing it costs eighty times as
        much as stemming."""
        stemmers = self._local.__dict__.setdefault("stemmers", {})
        stemmers[language] = Stemmer.Stemmer(STEMMER_OF_LANGUAGE[language], 0)
        return stemmers[language]

    def tokens(self, text: str) -> list[Token]:
        """The words of a text in order of position; those of a compound share or follow its first position."""
        prepared, (starts, ends) = plain(text)
        found: list[Token] = []
        position = 0
        for match in CHUNK.finditer(self.joined(prepared)):
            start, end = match.span()
            terms = self.terms(match[0])
            for term in terms:
                # A lone word reaches to the end of its chunk even where folding changed its length.
                last = end if len(terms) == 1 else start + term.end
                place = position + term.position
                found.append(Token(term.word, term.stem, place, term.width, starts[start + term.start], ends[last - 1]))
            position += positions(terms)
        return found

    def pieces(self, text: str) -> list[str]:
        """A plain text cut at white space: the chunks of its pieces, one after the other, are those of the text.

        What indexing needs of a text: the same pieces come again and again, and each has to be read only once.
        """
        prepared = self.joined(plain(text)[0])
        return prepared.split(" ") if "\u2009" in prepared else prepared.split()  # a thin space may be in a number

    def terms(self, chunk: str) -> tuple[Term, ...]:
        """The words of one plain chunk; what stands around it makes no difference."""
        if (terms := self._known.get(chunk)) is None:
            terms = self._read(chunk)
            if len(chunk) <= KEPT_CHUNK and len(self._known) < KEPT_CHUNKS:
                self._known[chunk] = terms
        return terms

    def joined(self, prepared: str) -> str:
        """A plain text in which the designations written with a space (Su 25, S 400) are one chunk each."""
        if "–" in prepared or "—" in prepared:
            prepared = DASHED.sub(self._join_dashed, prepared)
        return SPACED.sub(self._join, prepared) if SPACED.search(prepared) else prepared

    def _join(self, match: re.Match[str]) -> str:
        letters = match[1].lower()
        capitals = sum(c.isupper() for c in match[1])
        ordinary = (
            letters in self.stop_words or letters in MONTHS or (len(letters) > CONSUMING_LETTERS and capitals < 2)
        )
        return match[0] if ordinary or YEAR.fullmatch(match[2]) else match[1] + JOIN

    def _join_dashed(self, match: re.Match[str]) -> str:
        letters, number = match.groups()
        known = self._designation(f"{letters}-{number}".lower(), _loudness(letters), 2)
        return letters + DASH_JOIN if known else match[0]

    def phrase(self, text: str) -> list[Token]:
        """One word for each position of a text, parts rather than joined compounds: what a phrase is made of."""
        chosen: dict[int, Token] = {}
        for token in self.tokens(text):
            best = chosen.get(token.position)
            if token.width == 1 and (best is None or token.end - token.start > best.end - best.start):
                chosen[token.position] = token
        return [chosen[position] for position in sorted(chosen)]

    def _read(self, written: str) -> tuple[Term, ...]:
        chunk = written.casefold()
        if chunk.isalpha() and (chunk.isascii() or not PAIRED.match(chunk)):  # most are just a word
            return (Term(chunk, self.stem(chunk), 0, 1, 0, len(chunk)),)
        return tuple(self._terms(written))

    def _terms(self, written: str) -> Iterator[Term]:
        chunk = written.casefold()
        if JOIN in chunk or DASH_JOIN in chunk:
            yield from self._spaced(chunk, capital=written[0].isupper())
            return
        if PAIRED.match(chunk):
            yield from self._pairs(chunk)
            return
        if chunk[1:2] == "." and not chunk[0].isdigit():
            word = chunk.replace(".", "")
            yield Term(word, word, 0, 1, 0, len(chunk))
            return
        if chunk.isdigit() or GROUPED.fullmatch(chunk):
            number = chunk.replace(",", "").replace("\u2009", "")
            yield Term(number, number, 0, 1, 0, len(chunk))
            return
        chunk = chunk.removesuffix("'s")
        parts = list(self._parts(chunk, _loudness(written)))
        if len(parts) > 1:
            joined = "".join(word for word, _, _, _ in parts)
            yield Term(joined, self.stem(joined), 0, len(parts), 0, len(chunk))
        for position, (word, start, end, pieces) in enumerate(parts):
            yield Term(word, self.stem(word), position, 1, start, end)
            for piece in pieces:
                yield Term(piece, self.stem(piece), position, 1, start, end)

    def _spaced(self, chunk: str, *, capital: bool) -> Iterator[Term]:
        """A designation written with a space or a dash: its letters, and both joined at the same position."""
        dashed = DASH_JOIN in chunk
        letters, number = chunk.removesuffix("'s").split(DASH_JOIN if dashed else JOIN)
        behind = len(letters) + 1
        yield Term(letters, self.stem(letters), 0, 1, 0, len(letters))
        yield Term(letters + number, letters + number, 0, 1, 0, behind + len(number))
        if len(letters) > (capital if dashed else CONSUMING_LETTERS):
            yield Term(number, number, int(not dashed), 1, behind, behind + len(number))

    def _parts(self, chunk: str, loudness: int) -> Iterator[tuple[str, int, int, tuple[str, ...]]]:
        """Parts of a compound as (word, start, end, pieces between apostrophes); designations stay whole."""
        raw = chunk.split("-")
        starts = [0]
        for part in raw:
            starts.append(starts[-1] + len(part) + 1)
        i = 0
        while i < len(raw):
            j = next((j for j in (i + 3, i + 2, i + 1) if self._designation("-".join(raw[i:j]), loudness, j - i)), 0)
            if j:
                j = min(j, len(raw))
                word = re.sub(r"[-.]", "", "-".join(raw[i:j]))
                yield word, starts[i], starts[j] - 1, ()
                i = j
                continue
            part = raw[i]
            if part:
                yield self._part(part, starts[i])
            i += 1

    @staticmethod
    def _part(part: str, start: int) -> tuple[str, int, int, tuple[str, ...]]:
        if GROUPED.fullmatch(part):
            return part.replace(",", "").replace("\u2009", ""), start, start + len(part), ()
        pieces: tuple[str, ...] = ()
        if "'" in part:
            elided = ELIDED.match(part)
            rest = part[elided.end() :] if elided else part
            ended = ENDED.fullmatch(rest)
            rest = ended[1] if ended else rest
            pieces = (rest.replace("'", ""),) if elided or ended else ()
        return part.replace("'", ""), start, start + len(part), pieces

    def _designation(self, text: str, loudness: int, parts: int) -> bool:
        """Whether a text of so many hyphened parts names a type of weapon, road, ... rather than words and numbers."""
        match = DESIGNATION.fullmatch(text)
        if not match or text.count("-") != parts - 1:
            return False
        letters = match["letters"]
        if letters is None or parts == 1:
            return True
        if letters in self.stop_words or (YEAR.fullmatch(match["number"]) and not match["tail"] and len(letters) > 1):
            return False
        return len(letters) <= 2 or bool(match["tail"]) or len(letters) <= QUIET_LETTERS[loudness]

    @staticmethod
    def _pairs(chunk: str) -> Iterator[Term]:
        """Overlapping pairs of letters, for there are no spaces to find words by; and each letter, at the position of
        the pair that it begins, the last one at that of the last pair."""
        last = max(len(chunk) - 2, 0)
        for i, letter in enumerate(chunk):
            if i + 1 < len(chunk):
                yield Term(chunk[i : i + 2], chunk[i : i + 2], i, 1, i, i + 2)
            yield Term(letter, letter, min(i, last), 1, i, i + 1)


def positions(terms: Sequence[Term]) -> int:
    """How many positions the words of a chunk take up."""
    return max(term.position for term in terms) + 1 if len(terms) > 1 else len(terms)


def _loudness(written: str) -> int:
    """How a chunk is capitalised: 2 with capitals throughout its letters, 1 with a first capital, else 0."""
    if not written[:1].isupper():
        return 0
    return 2 if written[:4].isupper() else 1


def _language_of(letter: str) -> str:
    if letter < "\u0370":
        return ""
    return next((language for first, last, language in LANGUAGE_OF_SCRIPT if first <= letter <= last), "")
