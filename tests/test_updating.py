"""What a build takes over from the index that there is: the next generation is as if everything were taken apart."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as configured
from hypothesis import strategies as st
from running import Searchapp

from searchapp import confined, corpus, settings, splitting
from searchapp.engines.whoosh import WhooshEngine
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.model import BuildReport, Collection, Query, WholeNeeded
from searchapp.settings import Settings

ACTORS = """
[[actor]]
name = "Russia"
type = "state"
aliases = ["Moscow"]
[[actor]]
name = "Turkey"
type = "state"
[[place]]
name = "Idlib"
type = "city"
"""
ITEM = "### [2015-11-9](/news/2015/11/9/index.md)\n\n# A jet is *down*\n\nSummary of {}.\n"
MENTION = "### Related:\n\n1. [A jet is down ](/news/2015/11/9/a-jet-is-down.md) _Context: Turkey_\n"
TEXTS = (
    "# Camps\n\nOn 3 May 2016 Russia bombed Idlib. It bombs again.\n\n## After\n\nBombing went on.\n\n- one\n- two\n",
    "# Talks\n\n| day | who |\n|---|---|\n| 4 June 2017 | Turkey |\n\n![A tank of Moscow](a.png)\n",
    "---\nlang: ru\n---\n# Россия\n\nБомбы упали 5 марта 2018 года. Turkey bombs.\n",
    "---\ntitle: Only a title\ndate: 2019-01-02\n---\nText of that day, over Heis-en and S-400.\n",
    "---\nbroken: [\n---\n# Broken\n\nStill read. <div>\n<p>hidden</p>\n</div>\n",
    "# Heading\n\n## Heading\n\n# Heading\n",
    "",
    "\n".join(f"- {number} zebras" for number in range(850)),
    "# Bombed bombing bombs\n\nbombed " + "bombs and convoys " * 300 + "\n",
    ITEM.format("a page"),
    "# Elsewhere\n\nText.\n\n" + ITEM.format("another"),
    MENTION,
    "### [2015-11-10](/news/2015/11/10/index.md)\n\n# Another day\n\n" + MENTION.replace("Turkey", "Russia"),
)
PATHS = tuple(f"{folder}{name}.md" for folder in ("", "b/") for name in "acegikmoq")
FILES = st.sampled_from([None, *TEXTS])
STEPS = st.lists(st.dictionaries(st.sampled_from(PATHS), FILES, min_size=1, max_size=3), min_size=1, max_size=4)
FEW = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(TEXTS), min_size=8)


@pytest.fixture(scope="module", autouse=True)
def children() -> Iterator[None]:
    """Those that take documents apart, started once."""
    with confined.kept():
        yield


@pytest.fixture
def place(tmp_path: Path) -> Settings:
    """A corpus of nine documents, each text of which is in it once."""
    put(tmp_path, dict(zip(PATHS, TEXTS[:9], strict=False)))
    return settings.load(tmp_path / "corpus", tmp_path / "index", {})


def put(folder: Path, files: Mapping[str, str | None]) -> None:
    """Write files of a corpus, or take them out of it."""
    (folder / "corpus" / "b").mkdir(parents=True, exist_ok=True)
    (folder / "corpus" / "actors.toml").write_text(ACTORS)
    for path, text in files.items():
        if text is None:
            (folder / "corpus" / path).unlink(missing_ok=True)
        else:
            (folder / "corpus" / path).write_text(text)


def taken_apart(engine: WhooshEngine, given: Settings) -> Collection:
    """What there is to build after what the engine holds, as the command finds it."""
    also: frozenset[str] = frozenset()
    while True:
        held = partial(without, engine.held, also)
        collection = splitting.collect(corpus.read(given, None, held), given.collection, given.title)
        more = engine.companions(collection)
        assert not (also and more)
        if not more:
            return collection
        also = more


def without(held: corpus.Held, paths: frozenset[str], basis: str) -> Mapping[str, str]:
    """What is held but for some paths."""
    return {path: sha256 for path, sha256 in held(basis).items() if path not in paths}


def update(engine: WhooshEngine, given: Settings) -> tuple[BuildReport, bool]:
    """Build what the corpus is now, and whether anything was taken over."""
    collection = taken_apart(engine, given)
    try:
        return engine.rebuild(collection), bool(collection.kept)
    except WholeNeeded:
        return engine.rebuild(splitting.collect(corpus.read(given), given.collection, given.title)), False


def whole(folder: Path, given: Settings) -> Path:
    """The folder of an index of all that the corpus holds, taken apart at once."""
    index = folder / "whole"
    WhooshEngine(index).rebuild(splitting.collect(corpus.read(given), given.collection, given.title))
    return index


def generation(index: Path) -> Path:
    """The folder that CURRENT names."""
    return index / (index / "CURRENT").read_text().split()[0]


def facts(index: Path) -> dict[str, Any]:
    """What the manifest says of what is served; `updated` is how it came to be so."""
    told: dict[str, Any] = json.loads((generation(index) / "MANIFEST").read_text())["facts"]
    return {key: value for key, value in told.items() if key != "updated"}


def assert_same(ours: Path, whole: Path) -> None:
    """Two indexes hold the same: every file, byte for byte; where their compression may differ, every value."""
    one, other = generation(ours), generation(whole)
    plain = [path.name for path in other.iterdir() if not path.name.startswith(("MANIFEST", "entries.", "outlines."))]
    assert {path.name for path in one.iterdir()} == {path.name for path in other.iterdir()}
    assert [name for name in plain if (one / name).read_bytes() != (other / name).read_bytes()] == []
    a, b = Snapshot(one, ["en"]), Snapshot(other, ["en"])
    assert [a.entry(number) for number in range(a.entries)] == [b.entry(number) for number in range(b.entries)]
    assert dict(a.outlines) == dict(b.outlines)
    assert facts(ours) == facts(whole)


@configured(max_examples=30)
@given(files=FEW, steps=STEPS)
def test_an_update_gives_what_a_whole_build_gives(
    tmp_path_factory: pytest.TempPathFactory, files: Mapping[str, str], steps: list[Mapping[str, str | None]]
) -> None:
    """Documents come, change and go, a few at a time: the index is to the byte that of a build of everything."""
    folder = tmp_path_factory.mktemp("updates")
    put(folder, files)
    given = settings.load(folder / "corpus", folder / "index", {})
    engine = WhooshEngine(given.index)
    update(engine, given)
    for changes in steps:
        put(folder, changes)
        report, _ = update(engine, given)
        assert_same(folder / "index", whole(folder, given))
        other = WhooshEngine(folder / "whole").audit()
        assert (report.status.problems, engine.audit().counts) == (other.status.problems, other.counts)
        actors = [
            (each.name.name, each.entries) for each in other.counts.names if each.entries and not each.name.is_place
        ]
        assert report.top_actors == tuple(sorted(actors, key=lambda actor: (-actor[1], actor[0]))[:10])
        assert engine.is_current(corpus.digest(given))


def test_only_what_changed_is_read(tmp_path: Path, place: Settings) -> None:
    """One document is edited, one comes and one goes: two are read, and found; what is gone is not."""
    engine = WhooshEngine(place.index)
    update(engine, place)
    put(tmp_path, {"b/q.md": "A new walrus.\n", "c.md": TEXTS[1] + "\nAn old walrus.\n", "g.md": None})
    assert [document.path for document in corpus.read(place, None, engine.held).documents] == ["b/q.md", "c.md"]
    report, taken_over = update(engine, place)
    assert taken_over
    assert {hit.entry.document.path for hit in engine.search(Query(q="walrus")).hits} == {"b/q.md", "c.md"}
    assert not engine.search(Query(q="S-400")).total
    assert {problem.path for problem in report.status.problems} == {"i.md", "m.md"}


def test_the_language_of_the_corpus_cannot_go(tmp_path: Path, place: Settings) -> None:
    """A document that says that it is in the language of the corpus goes, and the others are taken over."""
    put(tmp_path, {"a.md": "---\nlang: en\n---\nEnglish.\n"})
    engine = WhooshEngine(place.index)
    update(engine, place)
    put(tmp_path, {"a.md": None})
    assert update(engine, place)[1]


def test_nothing_changed_is_an_update_too(tmp_path: Path, place: Settings) -> None:
    """A document that is taken away and put back leaves an index as it was; one of nothing but what is kept, too."""
    engine = WhooshEngine(place.index)
    update(engine, place)
    put(tmp_path, {"c.md": None})
    assert update(engine, place)[1]
    put(tmp_path, {"c.md": TEXTS[1]})
    assert update(engine, place)[1]
    assert update(engine, place)[1]
    assert_same(place.index, whole(tmp_path, place))


BEFORE = dict(zip(PATHS, TEXTS[:9], strict=False))
Case = tuple[Mapping[str, str], Mapping[str, str | None]]
"""What the corpus is at first, and what changes."""
TOGETHER: dict[str, Case] = {
    "another document changes": (BEFORE | {"b/a.md": TEXTS[9], "b/c.md": TEXTS[11]}, {"a.md": "New."}),
    "who mentions it comes": (BEFORE | {"b/c.md": TEXTS[9]}, {"b/a.md": TEXTS[11]}),
    "who mentions it goes": (BEFORE | {"b/a.md": TEXTS[11], "b/c.md": TEXTS[9]}, {"b/a.md": None}),
    "who tells it goes": (BEFORE | {"b/a.md": TEXTS[11], "b/c.md": TEXTS[9]}, {"b/c.md": None}),
    "both come": (BEFORE, {"a.md": TEXTS[11], "b/a.md": TEXTS[9]}),
    "one of three changes": (
        BEFORE | {"b/a.md": TEXTS[12], "b/c.md": TEXTS[9], "b/e.md": TEXTS[11]},
        {"b/e.md": TEXTS[11].replace("Turkey", "Russia")},
    ),
    "a document begins with what another tells": (
        BEFORE | {"a.md": TEXTS[11], "b/c.md": TEXTS[9] + "\n# Section\n\nText.\n"},
        {"a.md": "No more."},
    ),
}


@pytest.mark.parametrize("case", TOGETHER.values(), ids=list(TOGETHER))
def test_what_several_documents_tell(tmp_path: Path, place: Settings, case: Case) -> None:
    """A news item is put together from all who tell it, and stands where it is told first."""
    before, changes = case
    put(tmp_path, before)
    engine = WhooshEngine(place.index)
    update(engine, place)
    put(tmp_path, changes)
    assert update(engine, place)[1]
    assert_same(place.index, whole(tmp_path, place))


WHOLE: dict[str, Case] = {
    "a language gone": (BEFORE, {"e.md": "English."}),
    "most of it new": (BEFORE, dict.fromkeys(PATHS[:8], "# New\n\nText.\n\n## More\n\nText.\n")),
}


@pytest.mark.parametrize("case", WHOLE.values(), ids=list(WHOLE))
def test_what_cannot_be_taken_over(tmp_path: Path, place: Settings, case: Case) -> None:
    """What the index holds for all its entries together may be too much or too old: everything is taken apart."""
    before, changes = case
    put(tmp_path, before)
    engine = WhooshEngine(place.index)
    update(engine, place)
    put(tmp_path, changes)
    assert not update(engine, place)[1]
    assert_same(place.index, whole(tmp_path, place))


def test_those_who_tell_the_same_have_to_be_read(tmp_path: Path, place: Settings) -> None:
    """A build from fewer documents than it needs is refused."""
    put(tmp_path, BEFORE | {"b/c.md": TEXTS[9]})
    engine = WhooshEngine(place.index)
    update(engine, place)
    put(tmp_path, {"b/a.md": TEXTS[11]})
    collection = splitting.collect(corpus.read(place, None, engine.held), place.collection, place.title)
    assert engine.companions(collection) == {"b/c.md"}
    with pytest.raises(WholeNeeded, match="not read tell the same"):
        engine.rebuild(collection)


OTHER_RULES: dict[str, Mapping[str, str]] = {
    "names": {"actors.toml": ACTORS + '[[actor]]\nname = "Iran"\ntype = "state"\n'},
    "settings": {"searchapp.toml": 'language = "de"\n'},
}


@pytest.mark.parametrize("changes", OTHER_RULES.values(), ids=list(OTHER_RULES))
def test_other_rules_keep_nothing(tmp_path: Path, place: Settings, changes: Mapping[str, str]) -> None:
    """Other names or settings change what comes of any document."""
    engine = WhooshEngine(place.index)
    update(engine, place)
    for name, text in changes.items():
        (tmp_path / "corpus" / name).write_text(text)
    again = settings.load(place.corpus, place.index, {})
    assert not corpus.read(again, None, engine.held).kept


def test_nothing_is_taken_from_a_damaged_index(place: Settings) -> None:
    """Of an index that is not as it was written nothing is kept, nor of the one that stands in for it."""
    engine = WhooshEngine(place.index)
    update(engine, place)
    update(engine, place)
    damaged = generation(place.index) / "entries.z"
    damaged.write_bytes(b"x" + damaged.read_bytes()[1:])
    other = WhooshEngine(place.index)
    assert other.status().warnings
    assert not corpus.read(place, None, other.held).kept
    damaged.write_bytes(damaged.read_bytes()[1:])
    assert not update(other, place)[1]


def test_another_build_in_between(tmp_path: Path, place: Settings) -> None:
    """What was to be kept has gone by the time of the build: it says so, and changes nothing."""
    engine = WhooshEngine(place.index)
    update(engine, place)
    put(tmp_path, {"a.md": "New."})
    collection = taken_apart(engine, place)
    put(tmp_path, {"c.md": "Newer."})
    update(WhooshEngine(place.index), place)
    seen = (place.index / "CURRENT").read_text()
    with pytest.raises(WholeNeeded, match="not there any more"):
        engine.rebuild(collection)
    assert (place.index / "CURRENT").read_text() == seen
    (place.index / "CURRENT").unlink()
    with pytest.raises(WholeNeeded):
        WhooshEngine(tmp_path / "none").rebuild(collection)


def test_the_command_updates(tmp_path: Path, place: Settings) -> None:
    """`reindex` after an edit finds it, repeats what is wrong with documents that it did not read, and ends with 1."""
    app = Searchapp(place.corpus, place.index)
    assert app.run("reindex").returncode == 1
    put(tmp_path, {"a.md": TEXTS[0] + "\nA walrus.\n"})
    done = app.run("reindex", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["kept"] == 8
    assert {problem["path"] for problem in told["problems"]} == {"i.md", "m.md"}
    assert "walrus" in app.run("search", "walrus").stdout
    assert json.loads((generation(place.index) / "MANIFEST").read_text())["facts"]["updated"] == 2
    app.run("reindex", "--full")
    assert json.loads((generation(place.index) / "MANIFEST").read_text())["facts"]["updated"] == 0
