"""Finders find in a text what its analysis finds, or say that they don't."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import Searchapp
from whoosh.query import FuzzyTerm, Phrase, Prefix, Term
from whoosh.query import Query as Node

from searchapp import deadline
from searchapp.engines.whoosh import WhooshEngine
from searchapp.engines.whoosh.analysis import Token
from searchapp.engines.whoosh.finding import Finder, Finders, Folded, folded
from searchapp.engines.whoosh.leaves import Leaves
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.snippets import Marker
from searchapp.model import Collection, DocumentRef, Entry, Gazetteer, Outline, Passage, Query, Range

PIECES = (
    "bomb bombs bombed Bombing bomb's bombs' 'bomb' bomb-maker cease-fire ceasefire Cease-Fire’s anti-bomb U.S. us "
    "a.b. a b Su-25 Su 25 su air-base airbase air base S-400 400 2,000 2000 2.5 5 25-5 25th l'air l’air Ma`arrat "
    "ma'arrat naïve ﬁre fire ı İdlib idlib 東京タワー 東京bomb Россия россии re-re-bomb bomb-bombs _bomb_ bomb_fire "
    "bomb.fire bomb,fire (bomb) 3bomb bomb3 USD 500 3M-14T 1,5 Su–25 Bomb—25 bomb–25s S–400 bomb–fire l'bomb bomb'un"
).split()


def built(passages: tuple[Passage, ...], index: Path) -> None:
    """An index of one entry with these passages."""
    ref = DocumentRef("a.md", "A")
    entry = Entry("a.md/s", "section", "T", (), ref, "s", (1, 1), (Passage("title", "T", (1, 1)), *passages))
    outline = Outline(ref, (), (), (entry.id,), "", None, 1)
    WhooshEngine(index).rebuild(Collection((entry,), (outline,), Gazetteer(), (), "Odd", "en", "digest"))


def opened(index: Path) -> tuple[Snapshot, Finders]:
    """What the engine serves from an index."""
    snapshot = Snapshot(index / WhooshEngine(index).status().generation, ["en"])
    return snapshot, Finders(snapshot, Leaves(snapshot))


def analysed(tokens: list[Token], node: Node, words: list[str]) -> list[Range]:
    """Where a node stands, by all the words of a text."""
    if isinstance(node, Phrase):
        at = {(token.stem, token.position): token for token in tokens}
        runs = [[at.get((word, t.position + i)) for i, word in enumerate(node.words)] for t in tokens]
        pairs = zip(tokens, runs, strict=True)
        return sorted((t.start, run[-1].end) for t, run in pairs if t.stem == node.words[0] and all(run) and run[-1])
    if isinstance(node, Prefix):
        return sorted((t.start, t.end) for t in tokens if t.word.startswith(node.text))
    if isinstance(node, FuzzyTerm):
        return sorted((t.start, t.end) for t in tokens if t.word in words)
    return sorted((t.start, t.end) for t in tokens if getattr(t, node.fieldname) == node.text)


def nodes(tokens: list[Token]) -> list[Node]:
    """Words, stems, beginnings, spellings and phrases of a text."""
    stems = {token.position: token.stem for token in tokens}
    phrases = [Phrase("stem", [stems[i], stems[i + 1]]) for i in stems if i + 1 in stems]
    found = [Term(name, getattr(token, name)) for token in tokens for name in ("stem", "word")]
    prefixes = [Prefix("word", token.word[:3]) for token in tokens if len(token.word) >= 3]
    fuzzy = [FuzzyTerm("word", token.word, maxdist=1, prefixlength=0) for token in tokens[:1]]
    return list(dict.fromkeys([*found, *phrases, *prefixes, *fuzzy]))


def sought(finder: Finder, text: Folded, count: int) -> Sequence[Range] | None:
    """Where a finder finds a node in a text; None where it gives up."""
    ranges = finder.apart(text[1])
    return ranges if len(ranges) == count else finder.read(text, count)


def compared(snapshot: Snapshot, finders: Finders, number: int) -> tuple[int, int]:
    """Check all that is in an entry; how often a finder gave up, and how often it was asked."""
    gave_up = asked = 0
    entry = snapshot.entry(number)
    numbers = snapshot.first[number] + np.arange(len(entry.passages))
    tokens = [snapshot.tokens(passage.text) for passage in entry.passages]
    for node in dict.fromkeys(node for of_passage in tokens for node in nodes(of_passage)):
        marker, finder = Marker(finders, [(node, 1.0)]), finders.finder(node)
        (counts,) = marker.counts(numbers)
        marked = marker.find([(entry, passage) for passage in entry.passages], [counts])
        words = list(finders.leaves.expand(node)) if isinstance(node, FuzzyTerm) else []
        for passage, places, count, of_passage in zip(entry.passages, marked, counts, tokens, strict=True):
            expected = analysed(of_passage, node, words)
            assert [(start, end) for start, end, _ in places] == expected, (node, passage.text)
            if count:
                text = folded(passage.text)
                asked += 1
                gave_up += not finder or not text or sought(finder, text, count) is None
    return gave_up, asked


def test_in_real_texts_nearly_all_is_found(seed_app: Searchapp) -> None:
    """In the seeds, words, beginnings and phrases are found where analysis finds them; few need it."""
    snapshot, finders = opened(seed_app.index)
    counted = [compared(snapshot, finders, number) for number in range(0, snapshot.entries, 30)]
    assert sum(asked for _, asked in counted) > 400
    assert sum(gave_up for gave_up, _ in counted) < 0.2 * sum(asked for _, asked in counted)


@pytest.mark.parametrize("node", [Term("stem", "bomb"), Prefix("word", "bom"), Phrase("word", ["bomb", "bomb"])])
@pytest.mark.parametrize("text", ["(bomb" * 40_000 + " bomb", "bomb" * 50_000 + " bomb", "(bomb, bomb" * 20_000])
def test_a_text_without_blanks_takes_no_longer_for_it(seed_app: Searchapp, node: Node, text: str) -> None:
    """Where a word may begin anywhere, no more is looked at each time than a word is long."""
    _, finders = opened(seed_app.index)
    inside, short, finder = folded(text), folded("a bomb, bomb (bomb) xbomb"), finders.finder(node)
    assert finder
    assert inside
    assert short
    started = time.monotonic()
    with deadline.within(1.0), suppress(deadline.OutOfTime):
        sought(finder, inside, 1)
    assert time.monotonic() - started < 1.2
    with deadline.within(1.0):
        assert len(sought(finder, short, expected(node)) or ()) == expected(node)


def marked(texts: list[str], node: Node, index: Path) -> list[list[str]]:
    """What is marked in the passages of one entry."""
    built(tuple(Passage("paragraph", text, (1, 1)) for text in texts), index)
    snapshot, finders = opened(index)
    entry = snapshot.entry(0)
    marker = Marker(finders, [(node, 1.0)])
    shown = [(entry, passage) for passage in entry.passages[1:]]
    found = marker.find(shown, marker.counts(snapshot.first[0] + 1 + np.arange(len(shown))))
    return [
        [passage.text[start:end] for start, end, _ in places] for (_, passage), places in zip(shown, found, strict=True)
    ]


def test_no_phrase_reaches_from_one_passage_into_the_next(tmp_path: Path) -> None:
    """All passages of a page are gone through as one text."""
    phrase = Phrase("word", ["bomb", "fire"])
    assert marked(["A bomb", "fire, a bomb fire", "and bomb"], phrase, tmp_path) == [[], ["bomb fire"], []]


def test_forms_without_a_common_beginning_are_marked_in_each_passage(tmp_path: Path) -> None:
    """They are looked for one after the other."""
    near = FuzzyTerm("word", "bombs", maxdist=1, prefixlength=0)
    assert marked(["Tombs and bombs", "bombs, tombs, bombs"], near, tmp_path) == [
        ["Tombs", "bombs"],
        ["bombs", "tombs", "bombs"],
    ]


@pytest.mark.parametrize(
    "node", [Term("stem", "bomb"), Prefix("word", "bom"), FuzzyTerm("word", "bombs", maxdist=1, prefixlength=0)]
)
def test_time_is_looked_at_while_texts_are_gone_through(seed_app: Searchapp, node: Node) -> None:
    """A page may have thousands of passages."""
    _, finders = opened(seed_app.index)
    finder = finders.finder(node)
    assert finder
    with deadline.within(0), pytest.raises(deadline.OutOfTime):
        finder.apart("a bomb")


def test_time_is_looked_at_while_texts_are_folded(seed_app: Searchapp) -> None:
    """Which takes longest where letters and their accents are apart."""
    snapshot, finders = opened(seed_app.index)
    passage = Passage("paragraph", "La bombe a e\u0301te\u0301 la\u0302che\u0301e. " * 2_000, (1, 1))
    marker = Marker(finders, [(Term("stem", "bomb"), 1.0)])
    started = time.monotonic()
    with deadline.within(0.1), pytest.raises(deadline.OutOfTime):
        marker.find([(snapshot.entry(0), passage)] * 300, [[1] * 300])
    assert time.monotonic() - started < 1.5


def expected(node: Node) -> int:
    """How often a text of three bombs, the first two side by side, holds it."""
    return 1 if isinstance(node, Phrase) else 3


@pytest.mark.parametrize(
    ("q", "marked"),
    [
        ("Haus", ["Häuser"]),
        ("Straße", ["Straßen"]),
        ("meldete", ["meldeten"]),
        ("مدرسة", ["المدرسة"]),
        ("القوات", ["قوات"]),
        ("houses", ["house"]),
    ],
)
def test_a_document_of_another_language_is_marked_in_it(tmp_path: Path, q: str, marked: list[str]) -> None:
    """What finds an entry in the language of its document is marked there."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    german = "Zeugen meldeten, dass Häuser und Straßen brannten."
    (corpus / "de.md").write_text(f"---\nlang: de\n---\n# Bericht\n\n{german}\n")
    (corpus / "ar.md").write_text("# تقرير\n\nقصفت قوات المدرسة أمس.\n")
    (corpus / "en.md").write_text("# Report\n\nA house burnt.\n")
    app = Searchapp(corpus, tmp_path / "index")
    assert app.run("reindex").returncode == 0
    (hit,) = WhooshEngine(app.index).search(Query(q)).hits
    (shown,) = hit.passages
    assert [shown.text[start:end] for start, end in shown.marks] == marked


@pytest.fixture(scope="module")
def odd_app(tmp_path_factory: pytest.TempPathFactory) -> Searchapp:
    def write(corpus: Path) -> None:
        (corpus / "a.md").write_text(
            "# Report\n\nSu–24 jets and S–400 launchers, a MiG–29 — and COVID–19.\n\n"
            "From 2015–2016, pp. 3–4, Russia–Turkey talks, a word—word.\n\n"
            "The U.S.S.R. collapsed in 1991; the S.O.H.R. counts.\n\n"
            "Ma'arrat al-Nu'man; l'armée; Putin'in.\n"
        )
        (corpus / "actors.toml").write_text(
            '[[actor]]\nname = "United States"\ntype = "state"\naliases = ["U.S.", "U.S"]\n'
            '[[actor]]\nname = "Soviet Union"\ntype = "state"\naliases = ["USSR"]\n'
            '[[actor]]\nname = "Observatory"\ntype = "organisation"\naliases = ["SOHR"]\n'
        )

    return Searchapp.indexed(tmp_path_factory.mktemp("odd"), write)


@pytest.mark.parametrize(
    ("q", "marked"),
    [
        ("S-400", ["S–400"]),
        ("S–400", ["S–400"]),
        ("s–400", ["S–400"]),
        ("s 400", ["S–400"]),
        ("mig29", ["MiG–29"]),
        ("MiG–29", ["MiG–29"]),
        ('"Su-24 jets"', ["Su–24 jets"]),
        ("covid-19", ["COVID–19"]),
        ("400", []),
        ("2016", ["2016"]),
        ("turkey", ["Turkey"]),
        ("U.S.S.R.", ["U.S.S.R."]),
        ("ussr", ["U.S.S.R."]),
        ("Soviet Union", ["U.S.S.R."]),
        ("U.S.", []),
        ("SOHR", ["S.O.H.R."]),
        ("S.O.H.R", ["S.O.H.R."]),
        ("Observatory", ["S.O.H.R."]),
        ("man", []),
        ("manned", []),
        ("nu'man", ["Nu'man"]),
        ("numan", ["Nu'man"]),
        ("armée", ["l'armée"]),
        ("putin", ["Putin'in"]),
    ],
)
def test_a_name_is_found_and_marked_however_it_is_joined(odd_app: Searchapp, q: str, marked: list[str]) -> None:
    """Dashes, full stops and apostrophes belong to a word or part words, in texts and in queries alike."""
    hits = WhooshEngine(odd_app.index).search(Query(q)).hits
    shown = [passage.text[start:end] for hit in hits for passage in hit.passages for start, end in passage.marks]
    assert shown == marked


@pytest.mark.long(15)
def test_in_odd_texts_nothing_wrong_is_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    """However words are joined, cut, quoted and accented, what is found is what analysis finds."""

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map(" ".join), min_size=1, max_size=4))
    def agree(texts: list[str]) -> None:
        index = tmp_path_factory.mktemp("odd")
        built(tuple(Passage("paragraph", text, (1, 1)) for text in texts), index)
        compared(*opened(index), 0)

    agree()
