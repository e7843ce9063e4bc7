"""The analyzer: one for index and query."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest
from fixture_files import Case, cases
from hypothesis import example, given
from hypothesis import strategies as st

from searchapp.engines.whoosh.analysis import CHUNK, Analyzer, Token, positions
from searchapp.engines.whoosh.folding import fold, plain

ANALYZER = Analyzer("en")
FIXTURES = Path(__file__).parent / "fixtures" / "analysis" / "words.txt"


def shown(tokens: list[Token]) -> str:
    lines = []
    for position, group in groupby(tokens, key=lambda token: token.position):
        words = (t.word if t.word == t.stem else f"{t.word}/{t.stem}" for t in group)
        lines.append(f"{position} {' '.join(words)}\n")
    return "".join(lines)


@pytest.mark.parametrize("case", cases(FIXTURES), ids=str)
def test_words_are_as_the_fixture_says(case: Case) -> None:
    """Each rule of the analyzer turns its example into the words shown."""
    assert shown(ANALYZER.tokens(case.input.rstrip("\n"))) == case.expected


@given(st.text())
def test_offsets_point_at_the_text(text: str) -> None:
    """For any text, every word has a range inside it, and folding keeps one range a character."""
    prepared, (starts, ends) = plain(text)
    assert len(starts) == len(ends) == len(prepared) == len(prepared.casefold())
    tokens = ANALYZER.tokens(text)
    assert all(0 <= token.start < token.end <= len(text) for token in tokens)
    positions = [token.position for token in ANALYZER.phrase(text)]
    assert positions == sorted(set(positions))


@given(st.text())
@example("29″30‴")
def test_a_word_is_found_by_what_it_folds_to(text: str) -> None:
    """Folding is idempotent, so a query typed in folded form meets the index."""
    assert fold(fold(text)) == fold(text)


AWKWARD = [
    *"S Su KAB -400 25CM 's U.S. 1,000 é Ω , . 25 000 50. – Su– —400 S–400".split(),
    *"\u2009 \u00a0 \u3000 \x85 \t \n ¨ \ue000 \ue001".split(" "),
]


@given(st.text() | st.lists(st.sampled_from(AWKWARD)).map(" ".join) | st.lists(st.sampled_from(AWKWARD)).map("".join))
def test_indexing_and_reading_see_the_same_words(text: str) -> None:
    """The chunks that are indexed, piece after piece, are the tokens that a reader's text is marked by."""
    indexed, position = [], 0
    for chunk in (chunk for piece in ANALYZER.pieces(text) for chunk in CHUNK.findall(piece)):
        terms = ANALYZER.terms(chunk)
        indexed += [(term.word, term.stem, position + term.position) for term in terms]
        position += positions(terms)
    assert indexed == [(token.word, token.stem, token.position) for token in ANALYZER.tokens(text)]


def test_marks_of_combined_characters_are_whole() -> None:
    """The range of a word written with combining marks covers the marks."""
    text = "Me\u0301decins, ro\u0308\u0301ot"
    assert [text[t.start : t.end] for t in ANALYZER.tokens(text)] == ["Me\u0301decins", "ro\u0308\u0301ot"]


def test_every_snowball_language_can_be_set() -> None:
    """A corpus in German is stemmed as German; an unknown language is not stemmed."""
    assert Analyzer("de").tokens("Häuser")[0].stem == Analyzer("de").tokens("Hauses")[0].stem
    assert Analyzer("xx").tokens("houses")[0].stem == "houses"
