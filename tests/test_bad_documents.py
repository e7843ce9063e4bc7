"""Documents from strangers: one bad file never stops the rest, is named with line and reason, and costs little."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from searchapp import corpus, splitting
from searchapp.confined import Limits
from searchapp.gazetteer import BadGazetteer
from searchapp.model import Collection, Corpus
from searchapp.settings import Settings, load_corpus_settings
from torture.bad_files import WORD, cases, write
from torture.documents import wrongs
from torture.fuzz import fuzzed
from torture.inputs import FUZZED

QUICK = Limits(seconds=1.0)
HEAVY = 5
"""How many of the files are tried that may reach a limit."""


def settings_of(folder: Path) -> Settings:
    """Settings of a corpus, with its index beside it."""
    return Settings(folder, folder.parent / "index", load_corpus_settings(folder))


def collected(folder: Path, limits: Limits | None = None, workers: int | None = None) -> tuple[Corpus, Collection]:
    """A corpus as it is read and taken apart."""
    settings = settings_of(folder)
    read = corpus.read(settings)
    return read, splitting.collect(read, settings.collection, "Title", limits=limits, workers=workers)


def test_a_hundred_bad_files_stop_nothing(tmp_path: Path) -> None:
    """Every bad file is told with its line and reason, all text that can be read is found, and the good files are."""
    heavy = [name for name, bad in cases().items() if bad.heavy]
    chosen = {name: bad for name, bad in cases().items() if name not in heavy[HEAVY:]}
    assert len(chosen) >= 60
    write(tmp_path / "corpus", chosen)
    _, found = collected(tmp_path / "corpus", QUICK)
    said = {(problem.path, problem.line, problem.message) for problem in found.problems}
    having = {e.document.path for e in found.entries if any(WORD in p.text for p in e.passages)}
    assert wrongs(chosen, said, having) == []
    assert {"a-good.md", "z-good.md"} <= having


def test_a_document_over_a_limit_is_left_out_and_told(tmp_path: Path) -> None:
    """A document that takes too long or too much memory is a problem with the limit; the one beside it is indexed."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "good.md").write_text("Text.\n")
    for limits, text, reason in (
        (Limits(seconds=0.5), "2015 " * 300_000, "0.5 s of processor time"),
        (Limits(memory=200 * 2**20), "a\n\n" * 200_000, "200 MB of memory"),
    ):
        (tmp_path / "corpus" / "bad.md").write_text(text)
        _, found = collected(tmp_path / "corpus", limits)
        (problem,) = found.problems
        assert (problem.path, problem.line) == ("bad.md", None)
        assert (
            problem.message == f"is not in the index: it {'took' if 'time' in reason else 'takes'} more than {reason}"
        )
        assert [entry.document.path for entry in found.entries] == ["good.md"]


def test_any_number_of_workers_gives_the_same(tmp_path: Path, seeds: Path) -> None:
    """One process or four: the same entries, outlines and problems, in the same order."""
    write(tmp_path, {name: bad for name, bad in cases().items() if not bad.heavy and b"node" not in name})
    for path in seeds.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    read, one = collected(tmp_path, workers=1)
    again, four = collected(tmp_path, workers=4)
    assert repr(read) == repr(again)  # there is a number in it that is none, and never equal
    assert one == four
    assert len(one.entries) > 60


def _append(path: Path) -> None:
    with path.open("a") as file:
        file.write(" and more")


def _rewrite(path: Path) -> None:
    path.write_text("Other text altogether.")


def _replace(path: Path) -> None:
    (path.parent / "new").write_text("A new file.")
    (path.parent / "new").rename(path)


CHANGED = "changed while it was being read; what is indexed is how it was after"
GONE = "was replaced or deleted while it was being read; what is indexed is how it was before"
CHANGES: dict[str, tuple[Callable[[Path], object], str, set[str]]] = {
    "grown": (_append, CHANGED, {"Old text. and more"}),
    "rewritten": (_rewrite, CHANGED, {"Other text altogether."}),
    "replaced": (_replace, GONE, {"Old text."}),
    "deleted": (Path.unlink, GONE, {"Old text."}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_while_it_is_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    """A document that changes between opening and end is indexed in one state, and the report says which."""
    path = tmp_path / "a.md"
    path.write_text("Old text.")
    action, message, texts = CHANGES[change]
    fstat, changes = os.fstat, [lambda: action(path)]

    def changing(descriptor: int) -> os.stat_result:
        status = fstat(descriptor)
        if changes and status.st_ino == path.stat().st_ino:
            changes.pop()()
        return status

    monkeypatch.setattr(os, "fstat", changing)
    read = corpus.read(settings_of(tmp_path))
    assert {document.body for document in read.documents} == texts
    assert [str(problem) for problem in read.problems] == [f"a.md: {message}"]


def test_a_document_that_goes_before_it_is_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was listed and is gone is a problem; the others are read."""
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text("Text.")
    opened = os.open

    def losing(path: Path, flags: int) -> int:
        (tmp_path / "b.md").unlink(missing_ok=True)
        return opened(path, flags)

    monkeypatch.setattr(os, "open", losing)
    read = corpus.read(settings_of(tmp_path))
    assert [document.path for document in read.documents] == ["a.md"]
    assert [str(problem) for problem in read.problems] == ["b.md: was deleted while the corpus was being read"]


def test_a_document_that_never_rests_gives_one_of_its_states(tmp_path: Path) -> None:
    """While another program writes a document again and again, what is read is whole: one state or no document."""
    path = tmp_path / "a.md"
    states = [letter * 200_000 for letter in "abc"]
    path.write_text(states[0])
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            for state in states:
                (tmp_path / "next").write_text(state)
                (tmp_path / "next").replace(path)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(10):
            for document in corpus.read(settings_of(tmp_path)).documents:
                assert document.body in states
    finally:
        over.set()
        writer.join()


def test_nothing_is_waited_for(tmp_path: Path) -> None:
    """A pipe in a document's place is a problem at once, in the gazetteer's a failure, not something to read from."""
    (tmp_path / "good.md").write_text("Text.")
    os.mkfifo(tmp_path / "a.md")
    started = time.monotonic()
    read = corpus.read(settings_of(tmp_path))
    assert [str(problem) for problem in read.problems] == ["a.md: is no regular file and was not read"]
    os.mkfifo(tmp_path / "actors.toml")
    with pytest.raises(BadGazetteer, match="is no regular file and was not read"):
        corpus.read(settings_of(tmp_path))
    assert time.monotonic() - started < 10


@pytest.mark.long(10)
def test_a_slice_of_the_generated_input_holds() -> None:
    """Front matter, splitting, dating, tagging and rendering take whatever is generated; the long run takes more."""
    for name in FUZZED:
        for figure in fuzzed(name, 0, 200):
            assert figure.holds, figure
