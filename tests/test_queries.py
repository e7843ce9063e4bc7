"""What is typed with other signs and in other forms asks the same; what is said of a query is true. On the seeds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import Searchapp

from searchapp.engines.whoosh import WhooshEngine
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.model import Query, Results


@pytest.fixture(scope="module")
def engine(seed_app: Searchapp) -> WhooshEngine:
    """The engine on the seeds."""
    return WhooshEngine(seed_app.index)


@pytest.fixture(scope="module")
def snapshot(seed_app: Searchapp, engine: WhooshEngine) -> Snapshot:
    """The generation that it serves."""
    return Snapshot(seed_app.index / engine.status().generation, ["en"])


def told(results: Results) -> tuple[int, int, dict[str, float]]:
    """What two spellings of a query must have in common."""
    return results.total, results.full_matches, {hit.entry.id: hit.score for hit in results.hits}


def marked(results: Results) -> set[str]:
    """The texts that are marked in what was found, in lower case."""
    found = [evidence for hit in results.hits for evidence in hit.passages]
    return {evidence.text[a:b].lower() for evidence in found for a, b in evidence.marks}


def notes(results: Results, code: str) -> list[tuple[str, ...]]:
    """The terms of the notes of a kind."""
    return [note.terms for note in results.notes if note.code == code]


SAME: tuple[tuple[str, str], ...] = (
    ("Su 24, Su 34", "Su-24 Su-34"),
    ("Su 24?", "Su-24"),
    ("What is the Su 24?", "Su-24"),
    ("S 400; S 300", "S-400 S-300"),
    ("F 16;", "F-16"),
    ("S–400", "S-400"),
    ("19 160, 71 000", "19,160 71,000"),
    ("civilians, hospital.", "civilians hospital"),
    ("“hospital”, Idlib", '"hospital" Idlib'),
    ("hosp*, Idlib", "hosp* Idlib"),
    ("Su-24/Su-34", "Su-24 Su-34"),
    ("F-16|Su-24", "F-16 Su-24"),
    ("S-300/S-400", "S-300 S-400"),
    ("S-300/400", "S-300 S-400"),
    ("MiG-29K/Su-33", "MiG-29K Su-33"),
    ("S-300–400", "S-300 S-400"),
    ("S-300;400", "S-300 S-400"),
    ("M4/M5", "M4 M5"),
    ("hospital/bombing", "hospital bombing"),
    ("hospital…bombing", "hospital bombing"),
    ("and/or", "and or"),
    ("Russia–Turkey", "Russia Turkey"),
    ("Russia—Turkey", "Russia Turkey"),
    ("Russia-Turkey", "Russia Turkey"),
    ("Putin–Erdogan", "Putin Erdogan"),
    ("ISIS–al-Nusra", "ISIS al-Nusra"),
    ("hospital–Idlib", "hospital Idlib"),
    ("Russia -Su-24/Su-34?", "Russia -Su-24 -Su-34"),
    ('"cruise missiles', '"cruise missiles"'),
    ('"cruise * missiles"', '"cruise missiles"'),
)


@pytest.mark.parametrize(("typed", "meant"), SAME, ids=[typed for typed, _ in SAME])
def test_signs_between_words_are_no_part_of_them(engine: WhooshEngine, typed: str, meant: str) -> None:
    """Whatever stands between or behind words, each of them is asked for."""
    expected = told(engine.search(Query(meant)))
    assert told(engine.search(Query(typed))) == expected
    assert expected[0] > 0


@given(st.sampled_from(("Su 24", "s 400", "19 160", "al-Nusra", "U.S.", "Idlib hospital", "cease-fire")), st.data())
def test_no_sign_at_the_end_of_a_word_counts(snapshot: Snapshot, words: str, data: st.DataObject) -> None:
    """A query is the same tree with signs around it."""
    signs = st.text("?!.,;:…/|&]}", max_size=3)
    typed = data.draw(signs) + words + data.draw(signs)
    assert snapshot.parser.parse(typed).all == snapshot.parser.parse(words).all


@pytest.mark.parametrize("words", ["Jabhat-al-Nusra", "pro-Assad", "Aleppo–Damascus", "24/7", "S/2015/912", "AT&T"])
def test_what_a_sign_joins_stays_one(snapshot: Snapshot, words: str) -> None:
    """A name, a compound, what the documents have side by side and what is no two words are not taken apart."""
    assert len(snapshot.parser.parse(words).clauses) == 1


def test_a_sign_between_letters_and_a_number_parts_them(engine: WhooshEngine) -> None:
    """“S, 400” is no S-400."""
    assert "s-400" in marked(engine.search(Query("S 400")))
    assert "s-400" not in marked(engine.search(Query("S, 400")))


FORMS = (
    ("airstrike", "airstrikes", "air-strike", "air-strikes"),
    ("warplane", "warplanes", "war-plane", "war-planes"),
)


@pytest.mark.parametrize("forms", FORMS, ids=[forms[0] for forms in FORMS])
def test_a_compound_is_found_in_any_form(engine: WhooshEngine, forms: tuple[str, ...]) -> None:
    """Singular or plural, joined or with a hyphen: the same entries are found."""
    totals = {form: engine.search(Query(form)).total for form in forms}
    assert len(set(totals.values())) == 1, totals


UNKNOWN: tuple[tuple[str, str, str], ...] = (
    ("hopsital;Idlib", "hopsital", "hospital;Idlib"),
    ("hopsital/Idlib", "hopsital", "hospital/Idlib"),
    ("hospital&amp;Idlib", "amp", ""),
    ("T-90/T-72", "T-72", ""),
    ("S-300/999", "S-300/999", ""),
    ("S-300,999", "S-300,999", ""),
    ('"hopsital"', "hopsital", '"hospital"'),
    ('"hopsital" Idlib', "hopsital", '"hospital" Idlib'),
    ('"hopsital bombing" Idlib', "hopsital", '"hospital bombing" Idlib'),
    ("القوات الجوية", "القوات الجوية", ""),
    ("Bachar el-Assad", "Bachar el-Assad", "bashar al-assad"),
)


@pytest.mark.parametrize(("q", "unknown", "suggestion"), UNKNOWN, ids=[q for q, *_ in UNKNOWN])
def test_help_with_what_is_in_no_document(engine: WhooshEngine, q: str, unknown: str, suggestion: str) -> None:
    """The note names the words without their signs; a suggestion keeps the signs, the script and the usual writing."""
    results = engine.search(Query(q))
    assert [" ".join(terms) for terms in notes(results, "unknown")] == [unknown]
    assert results.suggestion == suggestion
    assert not notes(results, "suggested"), "nothing else is shown in place of it"


def test_a_phrase_that_is_found_needs_no_help(engine: WhooshEngine) -> None:
    """Words that are only found together (F 16) are not told to be missing."""
    results = engine.search(Query('"F 16" "cruise missiles"'))
    assert (results.suggestion, notes(results, "unknown")) == ("", [])


def test_an_open_quotation_is_not_ignored(engine: WhooshEngine) -> None:
    """A phrase without its end is searched to the end of the box; only quotes of nothing are ignored, and told."""
    assert not notes(engine.search(Query('"zone safe')), "ignored")
    assert notes(engine.search(Query('hospital"')), "ignored") == [('"',)]


@pytest.mark.parametrize("q", ['"cruise mis*"', '"Su-2*"', '"cruise * missiles"', '-"mis*" Russia'])
def test_a_star_in_quotes_is_told(engine: WhooshEngine, q: str) -> None:
    """A phrase is as it is written: what a * would stand for in it is not searched, and the page says so."""
    assert notes(engine.search(Query(q)), "ignored") == [("*",)]


DATES: tuple[tuple[str, str, str], ...] = (
    ("24 and 25 November 2015", "24-25 November 2015", "24 and 25 November 2015"),
    ("March and April 2016", "March to April 2016", "March and April 2016"),
    ("between 2016 and 2018", "2016 to 2018", "between 2016 and 2018"),
)


@pytest.mark.parametrize(("typed", "span", "said"), DATES, ids=[typed for typed, *_ in DATES])
def test_dates_in_a_list_are_one(engine: WhooshEngine, typed: str, span: str, said: str) -> None:
    """Days or months that say their year once are either of them; the note says all of it, and leads to the span."""
    results, expected = engine.search(Query(typed)), engine.search(Query(span))
    assert {hit.entry.id for hit in results.hits} == {hit.entry.id for hit in expected.hits} != set()
    assert results.full_matches == results.total
    assert notes(results, "date") == [(said,)]
    offers = [note.offer for one in (results, expected) for note in one.notes if note.code == "date"]
    assert offers[0] == offers[1] is not None


def test_a_list_with_a_gap_offers_no_span(engine: WhooshEngine) -> None:
    """From March to October is more than March and October."""
    [note] = [note for note in engine.search(Query("March and October 2016")).notes if note.code == "date"]
    assert note.offer is None


@pytest.mark.parametrize("q", ["first half of 2015", "2016 to 2018", "between 2016 and 2018", "the end of May 2016"])
def test_a_date_marks_no_other_words(engine: WhooshEngine, q: str) -> None:
    """Of a typed date only numbers and months are looked for apart."""
    words = marked(engine.search(Query(q, per_page=50, passages=50)))
    assert not words & {"of", "to", "and", "between", "first", "half", "the", "end"}


def test_what_is_left_out_in_one_word_counts_as_words(engine: WhooshEngine) -> None:
    """No more are looked for than in a query of words apart."""
    q = "-" + "/".join(first + second for first in "abcdefghij" for second in "klmnopqrst")
    assert notes(engine.search(Query(q)), "capped") == [("words", "64")]


def test_a_hyphen_of_any_kind_leaves_out(engine: WhooshEngine) -> None:
    """U+2011 stands where a word processor put it."""
    assert engine.search(Query("\u2011hospital")).total == engine.search(Query("-hospital")).total
