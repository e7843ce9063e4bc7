"""One analyzer for index and query: text becomes words with positions, exact offsets and stems.

A *word* is folded (case, accents, apostrophes, compatibility forms) and otherwise as written; its *stem* comes
from the Snowball stemmer of its script. A hyphenated compound gives its parts at successive positions and the
joined form at the position of the first; a designation (S-400, Su-24M2, 3M-14T) is one word, without its hyphen,
so that its bare number never matches.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import Stemmer
from whoosh.lang.stopwords import stoplists

SINGLE_FOLDS = str.maketrans({"ı": "i", "ø": "o", "Ø": "o", "đ": "d", "ð": "d", "ł": "l", "Ł": "l", "ى": "ي", "ة": "ه"})
"""Letters that Unicode does not decompose but that writers interchange with a plain one."""
APOSTROPHES = frozenset("'’‘ʼʻʿʾ`´′＇")
HYPHENS = frozenset("-‐‑‒﹣－")
DROPPED = frozenset("ـ\u00ad\u200b\u200c\u200d\u2060\ufeff")
"""Tatweel, soft hyphen and characters without width: inside a word they are not read."""
SPACES_IN_NUMBERS = frozenset("\u00a0\u2009\u202f")

STEMMER_OF_LANGUAGE = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
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

Offsets = tuple[Sequence[int], Sequence[int]]
"""Where each folded character begins and ends in the text it was folded from."""

WORD = r"[^\W_]"
CHUNK = re.compile(
    rf"(?P<abbr>(?<!{WORD})(?:[^\W\d_]\.)+(?:[^\W\d_](?!{WORD})|(?<=\w\.\w\.)))"
    rf"|(?P<chunk>{WORD}+(?:(?:[-']|(?<=\d)\.(?=\d)|(?<=\d)[,\u2009](?=\d{{3}}(?!\d))){WORD}+)*)"
)
GROUPED = re.compile(r"\d{1,3}(?:[,\u2009]\d{3})+(?:\.\d+)?")
DESIGNATION = re.compile(
    r"(?:(?P<letters>[a-z]{1,6})-?(?P<number>\d{1,4}(?:\.\d{1,2})?)(?P<tail>[a-z]{0,5}\d{0,2}[a-z]{0,3}(?:-\d{1,2}[a-z]{0,3})?)"
    r"|\d{1,2}[a-z]{1,2}-?\d{1,3}[a-z]{0,3})"
)
SPACED = re.compile(r"[ \u2009](\d{1,4}[a-z]{0,5}\d{0,2})(?![-'\w,.]\w|\w)")
LETTERS_BEFORE_SPACE = 4
YEAR = re.compile(r"(?:1[89]|20)\d\d")
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
QUIET_LETTERS = (2, 4, 6)
"""How many letters a designation without a suffix may begin with, by loudness: mid-25, Yak-130, COVID-19."""
ENGLISH_TAILS = frozenset({"s", "t", "re", "ve", "ll", "d", "m"})
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


class Chunk(NamedTuple):
    """A run of letters and figures, with what joins them, and the words it is read as."""

    start: int
    """Offset of its first character in the folded text."""
    end: int
    terms: tuple[Term, ...]
    width: int
    """How many positions it takes up."""


def stop_words(language: str) -> frozenset[str]:
    """Words ignored in matching and ranking unless nothing else was typed. One-letter words are kept out:
    a list with s, t, d or m in it destroys spaced designations."""
    listed = [*stoplists.get(language, ()), *EXTRA_STOP_WORDS.get(language, "").split()]
    return frozenset(fold(word)[0] for word in listed if len(word) > 1 or word in {"a", "i"})


@lru_cache(maxsize=8192)
def _fold_cluster(cluster: str) -> str:
    composed = unicodedata.normalize("NFC", cluster)
    if composed in APOSTROPHES:
        return "'"
    if composed in HYPHENS:
        return "-"
    if composed in DROPPED:
        return ""
    if composed in SPACES_IN_NUMBERS:
        return "\u2009"
    if composed in "йЙ":  # a letter of its own, which the stemmer needs
        return "й"
    if "\uac00" <= composed <= "\ud7af":
        return composed
    parts = unicodedata.normalize("NFKD", composed)
    kept = "".join(c for c in parts if unicodedata.category(c) != "Mn" and c not in DROPPED)
    return kept.translate(SINGLE_FOLDS).casefold().translate(SINGLE_FOLDS)


class _Folds(dict[int, str]):
    """What single characters fold to, learned as they come; for str.translate."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_cluster(chr(code))
        return folded


_FOLDS = _Folds()


@lru_cache(maxsize=8192)
def _is_simple(char: str) -> bool:
    """Whether a character folds to one other, whatever stands around it."""
    return len(_fold_cluster(char)) == 1 and not unicodedata.combining(char)


def fold(text: str) -> tuple[str, Offsets]:
    """Folded text, and for each of its characters where in `text` that which it comes from begins and ends."""
    as_they_are = range(len(text)), range(1, len(text) + 1)
    if text.isascii():
        return text.lower().replace("`", "'"), as_they_are
    if all(map(_is_simple, set(text))):
        return text.translate(_FOLDS), as_they_are
    folded: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    i, n = 0, len(text)
    while i < n:
        j = i + 1
        while j < n and unicodedata.combining(text[j]):
            j += 1
        piece = _fold_cluster(text[i:j])
        folded.append(piece)
        starts.extend([i] * len(piece))
        ends.extend([j] * len(piece))
        i = j
    return "".join(folded), (starts, ends)


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
        language = _language_of(word[0]) or self.language
        if language not in STEMMER_OF_LANGUAGE:
            return word
        stemmers = self._local.__dict__.setdefault("stemmers", {})
        if language not in stemmers:
            stemmers[language] = Stemmer.Stemmer(STEMMER_OF_LANGUAGE[language], 20_000)
        return str(stemmers[language].stemWord(word))

    def tokens(self, text: str) -> list[Token]:
        """The words of a text in order of position; those of a compound share or follow its first position."""
        chunks, (starts, ends) = self.chunks(text)
        found: list[Token] = []
        position = 0
        for start, end, terms, width in chunks:
            whole = len(terms) == 1
            for term in terms:
                # A lone word reaches to the end of its chunk even where folding changed its length.
                first = starts[start if whole else start + term.start]
                last = ends[(end if whole else start + term.end) - 1]
                found.append(Token(term.word, term.stem, position + term.position, term.width, first, last))
            position += width
        return found

    def chunks(self, text: str) -> tuple[list[Chunk], Offsets]:
        """The chunks of a text in order, and where the characters of the folded text stand in it."""
        folded, offsets = fold(text)
        starts, ends = offsets
        known = self._known
        found: list[Chunk] = []
        skip = 0
        for match in CHUNK.finditer(folded):
            start, end = match.span()
            if start < skip:
                continue
            written = text[starts[start] : ends[end - 1]]
            if (terms := known.get(written)) is None:
                terms = self._read(match, written)
                if len(known) < KEPT_CHUNKS and len(written) <= KEPT_CHUNK:
                    known[written] = terms
            if len(written) <= LETTERS_BEFORE_SPACE and (joined := self._spaced(written, folded, start, end)):
                # After three letters the number may be one of its own (USD 500): it stays a word as well.
                skip = joined.end if len(written) <= 2 else end
                found.append(joined)
                continue
            found.append(Chunk(start, end, terms, max(term.position for term in terms) + 1 if terms[1:] else 1))
        return found, offsets

    def phrase(self, text: str) -> list[Token]:
        """One word for each position of a text, parts rather than joined compounds: what a phrase is made of."""
        chosen: dict[int, Token] = {}
        for token in self.tokens(text):
            best = chosen.get(token.position)
            if token.width == 1 and (best is None or token.end - token.start > best.end - best.start):
                chosen[token.position] = token
        return [chosen[position] for position in sorted(chosen)]

    def _read(self, match: re.Match[str], written: str) -> tuple[Term, ...]:
        """The words of one chunk, from how it is written alone."""
        if match["abbr"]:
            word = match["abbr"].replace(".", "")
            return (Term(word, word, 0, 1, 0, len(match["abbr"])),)
        return tuple(self._terms(match["chunk"], _loudness(written)))

    def _spaced(self, written: str, folded: str, start: int, end: int) -> Chunk | None:
        """A designation written with a space (Su 25, S 400): its letters, and both joined at the same position."""
        letters = folded[start:end]
        if not (written[0].isupper() and letters.isascii() and letters.isalpha()):
            return None
        number = SPACED.match(folded, end)
        capitals = sum(c.isupper() for c in written)
        ordinary = letters in self.stop_words or letters in MONTHS or (len(letters) > 2 and capitals < 2)
        if number is None or ordinary or YEAR.fullmatch(number[1]):
            return None
        joined = letters + number[1]
        first = Term(letters, self.stem(letters), 0, 1, 0, len(letters))
        return Chunk(start, number.end(), (first, Term(joined, joined, 0, 1, 0, number.end() - start)), 1)

    def _terms(self, chunk: str, loudness: int) -> Iterator[Term]:
        if chunk.isalpha():
            yield from self._cjk(chunk) if CJK.search(chunk) else (Term(chunk, self.stem(chunk), 0, 1, 0, len(chunk)),)
            return
        if chunk.isdigit() or GROUPED.fullmatch(chunk):
            number = chunk.replace(",", "").replace("\u2009", "")
            yield Term(number, number, 0, 1, 0, len(chunk))
            return
        chunk = chunk.removesuffix("'s")
        parts = list(self._parts(chunk, loudness))
        if len(parts) > 1:
            joined = "".join(word for word, _, _, _ in parts)
            yield Term(joined, self.stem(joined), 0, len(parts), 0, len(chunk))
        for position, (word, start, end, pieces) in enumerate(parts):
            yield Term(word, self.stem(word), position, 1, start, end)
            for piece in pieces:
                yield Term(piece, self.stem(piece), position, 1, start, end)

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
                yield self._plain(part, starts[i])
            i += 1

    @staticmethod
    def _plain(part: str, start: int) -> tuple[str, int, int, tuple[str, ...]]:
        if GROUPED.fullmatch(part):
            return part.replace(",", "").replace("\u2009", ""), start, start + len(part), ()
        split = part.split("'")
        spoken = len(split) > 1 and split[-1] not in ENGLISH_TAILS
        pieces = tuple(piece for piece in split if len(piece) > 2) if spoken else ()
        return "".join(split), start, start + len(part), pieces

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
    def _cjk(chunk: str) -> Iterator[Term]:
        """Overlapping pairs of characters: there are no spaces to find words by."""
        if len(chunk) == 1:
            yield Term(chunk, chunk, 0, 1, 0, 1)
        for i in range(len(chunk) - 1):
            pair = chunk[i : i + 2]
            yield Term(pair, pair, i, 1, i, i + 2)


def _loudness(written: str) -> int:
    """How a chunk is capitalised: 2 with capitals throughout its letters, 1 with a first capital, else 0."""
    if not written[:1].isupper():
        return 0
    return 2 if written[:4].isupper() else 1


def _language_of(letter: str) -> str:
    if letter < "\u0370":
        return ""
    return next((language for first, last, language in LANGUAGE_OF_SCRIPT if first <= letter <= last), "")
