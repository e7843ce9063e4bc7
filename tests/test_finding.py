"""Finders find in a text what its analysis finds, or say that they don't."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

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
from searchapp.model import Collection, DocumentRef, Entry, Gazetteer, Outline, Passage, Query, Range

PIECES = (
    "bomb bombs bombed Bombing bomb's bombs' 'bomb' bomb-maker cease-fire ceasefire Cease-Fire’s anti-bomb U.S. us "
    "a.b. a b Su-25 Su 25 su air-base airbase air base S-400 400 2,000 2000 2.5 5 25-5 25th l'air l’air Ma`arrat "
    "ma'arrat naïve ﬁre fire ı İdlib idlib 東京タワー 東京bomb Россия россии re-re-bomb bomb-bombs _bomb_ bomb_fire "
    "bomb.fire bomb,fire (bomb) 3bomb bomb3 USD 500 3M-14T 1,5"
).split()


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
    """Where a finder finds a node in a text, as Marker asks it; None where it gives up."""
    ranges = finder.apart(text[1])
    return ranges if len(ranges) == count else finder.read(text, count)


def compared(snapshot: Snapshot, finders: Finders, number: int) -> tuple[int, int]:
    """Check all that is in an entry; how often a finder gave up, and how often it was asked."""
    gave_up = asked = 0
    for ordinal, passage in enumerate(snapshot.entry(number).passages):
        tokens, text = snapshot.tokens(passage.text), folded(passage.text)
        for node in nodes(tokens):
            leaf = finders.leaves.leaf(node)
            count = int(leaf.counts_in(snapshot.first[number : number + 1] + ordinal)[0])
            finder = finders.finder(node)
            found = sought(finder, text, count) if finder and text else None
            words = list(finders.leaves.expand(node)) if isinstance(node, FuzzyTerm) else []
            asked += 1
            gave_up += found is None
            assert found is None or sorted(found) == analysed(tokens, node, words), (node, passage.text)
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
    """Where a word may begin anywhere, no more is looked at each time than a word is long, and time is looked at."""
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


@pytest.mark.long(15)
def test_in_odd_texts_nothing_wrong_is_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    """However words are joined, cut, quoted and accented, what is found is what analysis finds."""

    @settings(max_examples=50, deadline=None)
    @given(st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=12).map(" ".join), min_size=1, max_size=4))
    def agree(texts: list[str]) -> None:
        index = tmp_path_factory.mktemp("odd")
        ref = DocumentRef("a.md", "A")
        passages = (Passage("title", "T", (1, 1)), *(Passage("paragraph", text, (1, 1)) for text in texts))
        entry = Entry("a.md/s", "section", "T", (), ref, "s", (1, 1), passages)
        outline = Outline(ref, (), (), (entry.id,), "", None, 1)
        WhooshEngine(index).rebuild(Collection((entry,), (outline,), Gazetteer(), (), "Odd", "en", "digest"))
        compared(*opened(index), 0)

    agree()
