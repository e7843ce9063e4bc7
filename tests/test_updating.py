"""What a build takes over from the index that there is: the next generation is as if everything were taken apart."""

from __future__ import annotations

import errno
import json
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as configured
from hypothesis import strategies as st
from running import Searchapp

from searchapp import confined, corpus, indexing, settings, splitting
from searchapp.engines.whoosh import WhooshEngine, build, merging, store, updating
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.model import BuildReport, Collection, Entry, IndexUnusable, MoreNeeded, NothingToIndex, Query
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
OTHER = "1. [Talks ](/news/2015/12/1/talks.md) _Context: Russia_\n"
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
    for inside in ("b", "many"):
        (folder / "corpus" / inside).mkdir(parents=True, exist_ok=True)
    (folder / "corpus" / "actors.toml").write_text(ACTORS)
    for path, text in files.items():
        if text is None:
            (folder / "corpus" / path).unlink(missing_ok=True)
        else:
            (folder / "corpus" / path).write_text(text)


def kept_by(engine: WhooshEngine, given: Settings) -> int:
    """Build what the corpus is now; of how many documents everything was taken over."""
    return indexing.build(engine, given).kept


def whole(folder: Path, given: Settings) -> Path:
    """The folder of an index of all that the corpus holds, taken apart at once."""
    indexing.build(WhooshEngine(folder / "whole"), given, full=True)
    return folder / "whole"


def generation(index: Path) -> Path:
    """The folder that CURRENT names."""
    return index / (index / "CURRENT").read_text().split()[0]


def facts(index: Path) -> dict[str, Any]:
    """What the manifest says of what is served; `updated` is how it came to be so."""
    told: dict[str, Any] = json.loads((generation(index) / "MANIFEST").read_text())["facts"]
    return {key: value for key, value in told.items() if key != "updated"}


def updated(index: Path) -> int:
    """How many entries came by updates, as the manifest says."""
    return int(json.loads((generation(index) / "MANIFEST").read_text())["facts"]["updated"])


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


@pytest.mark.long(20)
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
    indexing.build(engine, given)
    for changes in steps:
        put(folder, changes)
        report = indexing.build(engine, given, full=False)
        assert_same(folder / "index", whole(folder, given))
        other = WhooshEngine(folder / "whole").audit()
        assert (report.status.problems, engine.audit().counts) == (other.status.problems, other.counts)
        actors = [
            (each.name.name, each.entries) for each in other.counts.names if each.entries and not each.name.is_place
        ]
        assert report.top_actors == tuple(sorted(actors, key=lambda actor: (-actor[1], actor[0]))[:10])
        assert engine.is_current(corpus.digest(given))


def test_only_what_changed_is_read(tmp_path: Path, place: Settings) -> None:
    """One document is edited, one comes and one goes: these are read, and found; what is gone is not."""
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    put(tmp_path, {"b/q.md": "A new walrus.\n", "c.md": TEXTS[1] + "\nAn old walrus.\n", "g.md": None})
    # m.md holds no text: a problem of no line may be one of the moment.
    assert [one.path for one in corpus.read(place, None, engine.held).documents] == ["b/q.md", "c.md", "m.md"]
    steps: list[tuple[str, int, int]] = []
    report = indexing.build(engine, place, lambda *step: steps.append(step))
    assert report.kept == 6
    assert ("reading", 9, 9) in steps
    assert {hit.entry.document.path for hit in engine.search(Query(q="walrus")).hits} == {"b/q.md", "c.md"}
    assert not engine.search(Query(q="S-400")).total
    assert {problem.path for problem in report.status.problems} == {"i.md", "m.md"}


def test_many_entries_have_a_dictionary(tmp_path: Path, place: Settings) -> None:
    """What entries have in common is found at a build of all; an update compresses with the same, and can be read."""
    put(tmp_path, {f"many/{number}.md": f"# Report {number}\n\nRussia bombed Idlib.\n" for number in range(150)})
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    dictionary = (generation(place.index) / "entries.dict").read_bytes()
    assert dictionary
    put(tmp_path, {"many/33.md": "# A walrus\n\n" + "Words of its own. " * 50})
    assert kept_by(engine, place)
    assert (generation(place.index) / "entries.dict").read_bytes() == dictionary
    assert_same(place.index, whole(tmp_path, place))


def test_what_was_written_anew_is_read_back(tmp_path: Path, place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry that was not written as it should be is noticed before anything is served."""
    put(tmp_path, {f"many/{number}.md": f"# Report {number}\n\nText.\n" for number in range(150)})
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    put(tmp_path, {"many/33.md": "# A walrus\n\nText.\n"})
    seen = (place.index / "CURRENT").read_text()
    wrong: Callable[[Entry | int], Entry | int] = lambda one: one if isinstance(one, int) else replace(one, id="x")  # noqa: E731
    monkeypatch.setattr(build, "_without_parts", wrong)
    with pytest.raises(IndexUnusable, match="stands where"):
        indexing.build(engine, place)
    assert (place.index / "CURRENT").read_text() == seen


def test_counts_grow_beyond_their_width(tmp_path: Path, place: Settings) -> None:
    """A word stands in a new document 70,000 times, where none stood 256 times before."""
    put(tmp_path, dict.fromkeys(PATHS) | {"a.md": "bomb bomb\n", "c.md": "Talks.\n", "e.md": "More talks.\n"})
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    put(tmp_path, {"g.md": "bomb " * 70_000})
    assert kept_by(engine, place) == 3
    assert_same(place.index, whole(tmp_path, place))


def test_a_language_comes_and_stays(tmp_path: Path, place: Settings) -> None:
    """A document in another language comes, and one is edited: the others are taken over."""
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    put(tmp_path, {"b/a.md": "---\nlang: fr\n---\nLes bombardements.\n"})
    assert kept_by(engine, place)
    assert facts(place.index)["languages"] == ["en", "fr", "ru"]
    put(tmp_path, {"e.md": TEXTS[2] + "\nЕщё бомбы.\n"})
    assert kept_by(engine, place)
    assert_same(place.index, whole(tmp_path, place))


def test_updates_add_up(tmp_path: Path, place: Settings) -> None:
    """Once updates have put in as many entries as they leave alone, all are compressed anew, as by a build of all."""
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    entries = engine.status().entries
    seen = []
    for updates in range(1, entries):
        put(tmp_path, {"a.md": TEXTS[0] + "\nMore.\n" * updates})
        assert kept_by(engine, place)
        seen.append(updated(place.index))
        if not seen[-1]:
            break
    assert seen == [*range(2, entries - 1, 2), 0]
    other = generation(whole(tmp_path, place))
    for name in ("entries.z", "entries.dict", "outlines.z", "outlines.dict"):
        assert (generation(place.index) / name).read_bytes() == (other / name).read_bytes()


def test_what_was_unpacked_for_nothing_is_let_go(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all documents have changed, and where a build reads everything after all."""
    served = []

    def noted(snapshot: Snapshot) -> merging.Columns:
        served.append(weakref.ref(snapshot))
        return merging.unpacked(snapshot)

    monkeypatch.setattr(updating, "unpacked", noted)
    engine = WhooshEngine(place.index)
    kept_by(engine, place)
    for change in ("Three", "Four"):
        put(place.corpus.parent, {path: f"# {path}\n\n{change}.\n" for path in PATHS[:9]})
        assert kept_by(engine, place) == 0
        assert engine.search(Query(change)).total > 1
        assert [one() for one in served] == [None] * len(served)
    assert len(served) == 2


def test_an_error_beside_is_told_at_once(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes wrong as entries are written ends the build before all words are read; and the other way round."""
    put(place.corpus.parent, {"a.md": "".join(f"# H{n}\n\nText {n}.\n\n" for n in range(3000))})
    written, read = [], []

    def noted(*told: Any) -> None:
        read.append(told)
        time.sleep(0.0005)

    def full(*_: object) -> list[bytes]:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(store, "packed", full)
        with pytest.raises(IndexUnusable, match="No space left"):
            indexing.build(WhooshEngine(place.index), place, noted)
    assert max(done for what, done, _ in read if what == "indexing") < 3000

    def interrupted(what: str, *_: int) -> None:
        if what == "indexing":
            raise KeyboardInterrupt

    pack = store.packed

    def slow(*args: Any) -> list[bytes]:
        time.sleep(0.05)
        written.append(args)
        return pack(*args)

    monkeypatch.setattr(store, "packed", slow)
    with pytest.raises(KeyboardInterrupt):
        indexing.build(WhooshEngine(place.index), place, interrupted)
    assert len(written) < 3000 // store.AT_ONCE


def test_a_document_goes(tmp_path: Path, place: Settings) -> None:
    """All others are taken over without one being read, though it said that it is in the language of the corpus."""
    put(tmp_path, {"a.md": "---\nlang: en\n---\nEnglish.\n", "m.md": "Text.\n"})
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    put(tmp_path, {"a.md": None})
    steps: list[tuple[str, int, int]] = []
    assert indexing.build(engine, place, lambda *step: steps.append(step)).kept == 8
    assert steps == [("reading", 8, 8)]


def test_nothing_changed_is_an_update_too(tmp_path: Path, place: Settings) -> None:
    """A document that is taken away and put back leaves an index as it was; one of nothing but what is kept, too."""
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    put(tmp_path, {"c.md": None})
    assert kept_by(engine, place) == 7
    put(tmp_path, {"c.md": TEXTS[1]})
    assert kept_by(engine, place) == 7
    assert kept_by(engine, place) == 8
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
    "what a document began with is told by another now": (
        BEFORE | {"b/a.md": "---\ntitle: Its own\n---\n" + MENTION + "\n# Section\n\nText.\n"},
        {"b/c.md": TEXTS[9]},
    ),
    "what one tells leads on to another": (
        BEFORE | {"b/a.md": MENTION, "b/c.md": MENTION + OTHER, "b/e.md": OTHER.replace("Russia", "Turkey")},
        {"b/a.md": MENTION.replace("Turkey", "Russia")},
    ),
}


@pytest.mark.parametrize("case", TOGETHER.values(), ids=list(TOGETHER))
def test_what_several_documents_tell(tmp_path: Path, place: Settings, case: Case) -> None:
    """A news item is put together from all who tell it, and stands where it is told first."""
    before, changes = case
    put(tmp_path, before)
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    put(tmp_path, changes)
    assert kept_by(engine, place)
    assert_same(place.index, whole(tmp_path, place))


def test_a_language_that_may_have_gone(tmp_path: Path, place: Settings) -> None:
    """The only document in a language is in another now: everything is taken apart."""
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    put(tmp_path, {"e.md": "English."})
    assert not kept_by(engine, place)
    assert_same(place.index, whole(tmp_path, place))


def test_most_of_it_new(tmp_path: Path, place: Settings) -> None:
    """More comes than there was: what there was is taken over, and compressed with what is new."""
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    put(tmp_path, {f"many/{number}.md": f"# Report {number}\n\nText.\n" for number in range(150)})
    assert kept_by(engine, place) == 8
    assert updated(place.index) == 0
    assert_same(place.index, whole(tmp_path, place))


def taken_apart(engine: WhooshEngine, given: Settings) -> Collection:
    """What there is to build after what the engine holds, and without looking who else tells it."""
    return splitting.collect(corpus.read(given, None, engine.held), given.collection, given.title)


def test_those_who_tell_the_same_have_to_be_read(tmp_path: Path, place: Settings) -> None:
    """A build from fewer documents than it needs is refused."""
    put(tmp_path, BEFORE | {"b/c.md": TEXTS[9]})
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    put(tmp_path, {"b/a.md": TEXTS[11]})
    with pytest.raises(MoreNeeded, match="not read tell the same") as refused:
        engine.rebuild(taken_apart(engine, place))
    assert refused.value.documents == {"b/c.md"}


def test_a_note_is_of_its_moment(place: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """That a file changed while it was read is told once, even if nothing else has changed by then or afterwards."""
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    read = corpus._whole  # noqa: SLF001  # no file changes when it is asked to

    def changing(folder: Path, path: str) -> object:
        return replace(read(folder, path), note="changed" if path == "a.md" else "")

    monkeypatch.setattr(corpus, "_whole", changing)
    assert "a.md" in {problem.path for problem in indexing.build(engine, place).status.problems}
    monkeypatch.undo()
    assert "a.md" not in {problem.path for problem in indexing.build(engine, place).status.problems}


@pytest.mark.parametrize("module", ["corpus", "build"])
def test_another_release_of_a_library_is_another_rule(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a library reads or stems otherwise must not stand beside what it read before."""
    rules = corpus._rules if module == "corpus" else build.rules  # noqa: SLF001  # a digest that others go into
    before = rules()
    monkeypatch.setattr(corpus, "version", lambda library: f"another {library}")
    rules.cache_clear()
    try:
        assert rules() != before
    finally:
        rules.cache_clear()


OTHER_RULES: dict[str, Mapping[str, str]] = {
    "names": {"actors.toml": ACTORS + '[[actor]]\nname = "Iran"\ntype = "state"\n'},
    "settings": {"searchapp.toml": 'language = "de"\n'},
}


@pytest.mark.parametrize("changes", OTHER_RULES.values(), ids=list(OTHER_RULES))
def test_other_rules_keep_nothing(tmp_path: Path, place: Settings, changes: Mapping[str, str]) -> None:
    """Other names or settings change what comes of any document."""
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    for name, text in changes.items():
        (tmp_path / "corpus" / name).write_text(text)
    again = settings.load(place.corpus, place.index, {})
    assert not corpus.read(again, None, engine.held).kept


def test_nothing_is_taken_from_a_damaged_index(place: Settings) -> None:
    """Of an index that is not as it was written nothing is kept, nor of the one that stands in for it."""
    engine = WhooshEngine(place.index)
    indexing.build(engine, place)
    indexing.build(engine, place)
    collection = taken_apart(engine, place)
    damaged = generation(place.index) / "entries.z"
    damaged.write_bytes(b"x" + damaged.read_bytes()[1:])
    other = WhooshEngine(place.index)
    assert other.status().warnings
    assert not corpus.read(place, None, other.held).kept
    with pytest.raises(MoreNeeded, match="broken"):
        other.rebuild(collection)
    assert not kept_by(other, place)
    assert not other.status().warnings


class Interrupted(WhooshEngine):
    """An engine beside which something happens once, after documents were read."""

    meanwhile: Callable[[], object]

    def rebuild(self, *args: Any, **kwargs: Any) -> BuildReport:
        """Build from what was read before it happened."""
        happens, self.meanwhile = self.meanwhile, lambda: None
        happens()
        return super().rebuild(*args, **kwargs)


def test_another_build_in_between(tmp_path: Path, place: Settings) -> None:
    """What was to be kept has gone by the time of the build: the corpus is read again."""
    engine = Interrupted(place.index)
    indexing.build(WhooshEngine(place.index), place)
    put(tmp_path, {"a.md": "A walrus."})

    def meanwhile() -> None:
        put(tmp_path, {"c.md": None})
        indexing.build(WhooshEngine(place.index), place)
        put(tmp_path, {"c.md": "Newer."})

    engine.meanwhile = meanwhile
    indexing.build(engine, place)
    assert {hit.entry.document.path for hit in engine.search(Query(q="walrus OR newer")).hits} == {"a.md", "c.md"}
    collection = taken_apart(engine, place)
    put(tmp_path, {"c.md": "Newest."})
    indexing.build(WhooshEngine(place.index), place)
    with pytest.raises(MoreNeeded, match="not there any more") as refused:
        engine.rebuild(collection)
    assert not refused.value.documents
    with pytest.raises(MoreNeeded, match="no index"):
        WhooshEngine(tmp_path / "none").rebuild(collection)


@pytest.mark.parametrize("full", [False, True])
def test_who_is_overtaken_reads_again(tmp_path: Path, place: Settings, full: bool) -> None:
    """A build that read the corpus before another one was published does not take back what that has found."""
    indexing.build(WhooshEngine(place.index), place)
    put(tmp_path, {"a.md": "A zebu."})

    def meanwhile() -> None:
        put(tmp_path, {"c.md": "A walrus."})
        indexing.build(WhooshEngine(place.index), place)

    engine = Interrupted(place.index)
    engine.meanwhile = meanwhile
    indexing.build(engine, place, full=full)
    assert engine.search(Query(q="walrus zebu", match="any")).total == 2
    assert_same(place.index, whole(tmp_path, place))


def test_an_index_is_not_emptied_in_between(tmp_path: Path, place: Settings) -> None:
    """The folder is emptied after it was read: what is served stays."""
    put(tmp_path, BEFORE | {"b/c.md": TEXTS[9]})
    engine = Interrupted(place.index)
    indexing.build(WhooshEngine(place.index), place)
    put(tmp_path, {"b/a.md": TEXTS[11]})
    engine.meanwhile = lambda: put(tmp_path, dict.fromkeys(PATHS))
    with pytest.raises(NothingToIndex):
        indexing.build(engine, place)
    assert engine.status().documents == 10


def test_the_command_updates(tmp_path: Path, place: Settings) -> None:
    """`reindex` after an edit finds it, repeats what is wrong with documents that it did not read, and ends with 1."""
    app = Searchapp(place.corpus, place.index)
    assert app.run("reindex").returncode == 1
    put(tmp_path, {"a.md": TEXTS[0] + "\nA walrus.\n"})
    done = app.run("reindex", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert told["kept"] == 7
    assert {problem["path"] for problem in told["problems"]} == {"i.md", "m.md"}
    assert "walrus" in app.run("search", "walrus").stdout
    put(tmp_path, {"o.md": None})
    assert "7 as they were" in app.run("reindex").stdout
    full, unchanged = app.json("reindex", "--full"), app.json("reindex")
    assert (full["changed"], full["kept"], unchanged["changed"], unchanged["kept"]) == (True, 0, False, 8)
    assert unchanged["top_actors"] == full["top_actors"] != []
