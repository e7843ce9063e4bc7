"""Who: names in text, in queries and in tags."""

from __future__ import annotations

import pickle
import time
from itertools import pairwise
from pathlib import Path

import pytest
from fixture_files import Case, cases
from hypothesis import given, settings
from hypothesis import strategies as st

from searchapp.corpus import read_gazetteer
from searchapp.model import DocumentRef, Entry, Gazetteer, Name, Passage
from searchapp.spellings import fold
from searchapp.splitting.actors import Names

FIXTURES = Path(__file__).parent / "fixtures" / "actors"
GAZETTEER, PROBLEMS = read_gazetteer(FIXTURES)
NAMES = Names(GAZETTEER)


def found(text: str, names: Names = NAMES) -> str:
    return "".join(f"{text[m.start : m.end]} = {m.name}\n" for m in names.find(text))


def entry(*texts: str) -> Entry:
    passages = (Passage("title", texts[0], (1, 1)), *(Passage("paragraph", text, (1, 1)) for text in texts[1:]))
    return Entry("id", "section", texts[0], (), DocumentRef("document.md", ""), "", (1, 1), passages)


def test_the_gazetteer_of_these_tests_is_sound() -> None:
    """The cases are about matching, not about a broken file."""
    assert PROBLEMS == ()
    assert len(GAZETTEER.names) == 29


@pytest.mark.parametrize("case", cases(FIXTURES / "find.txt"), ids=str)
def test_a_text_names_these(case: Case) -> None:
    """Each rule of matching finds what it should, where it stands, and nothing else."""
    assert found(case.input.rstrip("\n")) == case.expected


def test_every_passage_has_its_own_names_and_those_of_the_tags() -> None:
    """Mentions come first, then what the tags name; places are no actors."""
    title, body = NAMES.tag(entry("Talks in Iran", "ISIS left Hmeimim."), ["Russia", "Daraa", "Ceasefire"]).passages
    assert (title.actors, title.places) == (("Iran", "Russia"), ("Daraa",))
    assert (body.actors, body.places) == (("ISIL", "Russia"), ("Khmeimim", "Daraa"))
    assert [(body.text[m.start : m.end], m.name) for m in body.mentions] == [("ISIS", "ISIL"), ("Hmeimim", "Khmeimim")]


def test_tags_that_name_nobody_stay_topics_in_their_order() -> None:
    """A tag becomes an actor or place through the gazetteer only, and each topic is kept once."""
    tagged = NAMES.tag(entry("A title"), ["War in Syria", "daesh", "Airports", "War in Syria", "us"])
    assert tagged.tags == ("War in Syria", "Airports", "us")
    assert tagged.actors == ("ISIL",)


def test_a_name_is_listed_once_however_often_it_is_mentioned() -> None:
    """Actors are counted by passage, not by mention."""
    (title,) = NAMES.tag(entry("ISIL, ISIS and Daesh"), ["Islamic State"]).passages
    assert title.actors == ("ISIL",)
    assert len(title.mentions) == 3


def test_lookup_asks_what_a_text_as_a_whole_is_called() -> None:
    """Any spelling is good enough, part of a spelling is not, and cased aliases keep to their case."""
    assert [name.name for name in NAMES.lookup(" deir ez zor ")] == ["Deir ez-Zor"]
    assert [name.name for name in NAMES.lookup("IS")] == ["ISIL"]
    assert [NAMES.lookup(text) for text in ("is", "Deir", "Russia and Iran", "", "ISIS River")] == [()] * 5


def test_lookup_gives_every_name_that_shares_a_spelling_and_text_the_first() -> None:
    """Where a gazetteer is ambiguous, its order decides."""
    army, corps = Name("First Army", "military", ("the 1st",)), Name("First Corps", "military", ("The 1st",))
    names = Names(Gazetteer((army, corps)))
    assert [name.name for name in names.lookup("the 1st")] == ["First Army", "First Corps"]
    assert found("the 1st", names) == "the 1st = First Army\n"


def test_a_tag_may_be_written_in_any_way_that_a_text_may() -> None:
    """Full stops in an acronym, and a sign without width for a blank."""
    tags = ["F.S.A.", "I.S.I.S", "حزب\u200cالله", "f.s.a.", "R.T."]
    assert [[name.name for name in NAMES.lookup(tag)] for tag in tags] == [
        ["Free Syrian Army"], ["ISIL"], ["Hezbollah"], [], []
    ]  # fmt: skip


def test_what_the_gazetteer_says_of_an_abbreviation_counts_before_what_follows_from_it() -> None:
    """A name that lists it with full stops has it, whatever its letters are to another, earlier or later."""
    army, award = Name("Army", "military", ("SAA",)), Name("Award", "prize", ("S.A.A.",))
    for names in (Names(Gazetteer((army, award))), Names(Gazetteer((award, army)))):
        assert found("SAA, S.A.A. S.A.A", names) == "SAA = Army\nS.A.A. = Award\nS.A.A = Army\n"


def test_an_alias_that_asks_for_its_case_wins_over_one_that_does_not() -> None:
    """In capitals `US` is the state even where some other name has `us` in any case."""
    names = Names(Gazetteer((Name("Us, a film", "film", ("us",)), Name("United States", "state", cased=("US",)))))
    assert found("us and US", names) == "us = Us, a film\nUS = United States\n"


def test_without_a_gazetteer_nobody_is_named() -> None:
    """A corpus need not have one."""
    names = Names(Gazetteer())
    assert names.find("Russia") == ()
    assert names.lookup("Russia") == ()
    assert names.tag(entry("Russia"), ["Iran"]).tags == ("Iran",)


def test_names_survive_the_way_to_another_process() -> None:
    """Worker processes find the same names."""
    again = pickle.loads(pickle.dumps(NAMES))  # noqa: S301 - what this test itself has pickled
    assert again.find("pro-Assad ISIL fighters") == NAMES.find("pro-Assad ISIL fighters") != ()


PIECES = """
Russia ISIL IS is US us U.S. US$ Assad al-Assad Bassel Airport regime Free Syrian Army Arab ISIS Hunters River Erdoğan İ
ı Demirtaş Deir ez-Zor ez Zor - – ' ’ 's Ma'arrat al-Nu'man Dara a ß ﬁ … \u0301 \u00ad \u0640 . 4 х Хмеймим رُوسيا
USSR S. حزب الله \u200c
"""
WORDS = st.lists(st.sampled_from(PIECES.split()))
TEXTS = st.one_of(st.text(), WORDS.map(" ".join), WORDS.map("".join))
SPELLINGS = {fold(form) for name in GAZETTEER.names for form in (name.name, *name.aliases, *name.cased)}


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_mentions_lie_in_the_text_in_order_apart_and_spell_a_name(text: str) -> None:
    """Whatever the text, a mention is a whole word of it that the gazetteer holds."""
    mentions = NAMES.find(text)
    assert all(0 <= m.start < m.end <= len(text) for m in mentions)
    assert all(before.end <= after.start for before, after in pairwise(mentions))
    for mention in mentions:
        written = text[mention.start : mention.end]
        forms = {fold(written), fold(written.replace("\u200c", " ")), fold(written.replace(".", ""))}
        assert not SPELLINGS.isdisjoint(forms)
        assert not fold(text[: mention.start])[-1:].isalnum()
        assert not fold(text[mention.end :])[:1].isalnum()


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    """Folded forms can be compared with one another."""
    assert fold(fold(text)) == fold(text)


@given(st.sampled_from([form for name in GAZETTEER.names for form in (name.name, *name.aliases, *name.cased)]), TEXTS)
@settings(max_examples=150, deadline=None)
def test_every_spelling_is_found_where_it_stands_alone(form: str, text: str) -> None:
    """No other text around it hides a name from its own sentence."""
    assert any(m.start == 0 and m.end >= len(form) for m in NAMES.find(f"{form}; {text}"))


def test_long_rows_of_names_cost_no_more_than_their_length() -> None:
    """A table of ten thousand names is tagged in the time of ten thousand names."""
    begin = time.perf_counter()
    assert len(NAMES.find("Erdoğan’s Syrian Army, " * 5000)) == 10_000
    assert time.perf_counter() - begin < 5
