"""The bench: the same corpus from the same seed, the same questions to every engine, pages that can be compared."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, cast

import pytest

pytest.importorskip("datasette", reason="the bench's peers are not installed; `make bench` installs them")
pytest.importorskip("tantivy", reason="the bench's peers are not installed; `make bench` installs them")

from bench import serving, stages
from bench.asks import CLASSES, Ask, draw
from bench.fts5 import Fts5, match_text
from bench.generate import write_corpus
from bench.ours import as_query
from bench.page import Contender, Page
from bench.report import summarise
from searchapp import corpus as reading
from searchapp import settings, splitting
from searchapp.model import Collection, Filter, Query

ROOT = Path(__file__).parent.parent
ENTRIES = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small generated corpus."""
    folder = tmp_path_factory.mktemp("generated")
    write_corpus(folder, ENTRIES, seed=3)
    return folder


@pytest.fixture(scope="module")
def collection(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """The corpus, taken apart by the product."""
    setup = settings.load(folder, tmp_path_factory.mktemp("unused"), {})
    return splitting.collect(reading.read(setup), setup.collection, setup.title)


@pytest.fixture(scope="module")
def asks(collection: Collection) -> tuple[Ask, ...]:
    """Two queries of each class."""
    return draw(collection, tuple(CLASSES), 2, seed=3)


@pytest.fixture(scope="module")
def folders(collection: Collection, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An index of each engine that answers."""
    base = tmp_path_factory.mktemp("built")
    found = {name: base / name for name in stages.RACERS}
    for name, place in found.items():
        stages.contender(name).build(collection, place)
    return found


def digest(folder: Path) -> str:
    """SHA-256 of all names and bytes in a folder."""
    found = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        found.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def test_a_seed_gives_the_same_bytes_in_another_process(folder: Path, tmp_path: Path) -> None:
    """The corpus depends on its seed alone: not on the order of hashes, not on what ran before."""
    code = f"import pathlib, bench.generate as g; g.write_corpus(pathlib.Path({str(tmp_path)!r}), {ENTRIES}, 3)"
    env = os.environ | {"PYTHONHASHSEED": "12345"}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=env)
    assert digest(tmp_path) == digest(folder)


def test_another_seed_gives_another_corpus(folder: Path, tmp_path: Path) -> None:
    """The seed is used."""
    write_corpus(tmp_path, ENTRIES, seed=4)
    assert digest(tmp_path) != digest(folder)


def test_the_corpus_has_as_many_entries_as_asked_for(collection: Collection) -> None:
    """The product's splitter finds in the generated corpus what the generator meant, actors and years included."""
    assert len(collection.entries) == ENTRIES
    assert not collection.problems
    assert len(collection.gazetteer.names) == 200
    assert all(3 <= len(entry.body) <= 8 for entry in collection.entries)
    assert len({year for entry in collection.entries for year in entry.years}) > 5
    assert sum(bool(entry.actors) for entry in collection.entries) > ENTRIES * 0.8


def test_queries_are_drawn_by_the_seed(collection: Collection, asks: tuple[Ask, ...]) -> None:
    """The same seed draws the same queries, two of each class, and another seed others."""
    assert draw(collection, tuple(CLASSES), 2, seed=3) == asks
    assert draw(collection, tuple(CLASSES), 2, seed=4) != asks
    assert [ask.kind for ask in asks] == [kind for kind in CLASSES for _ in range(2)]


@pytest.mark.parametrize(
    ("ask", "query", "match"),
    [
        (Ask("two", ("one", "other")), Query("one other"), '"one" AND "other"'),
        (Ask("any", ("one", "other"), any=True), Query("one other", match="any"), '"one" OR "other"'),
        (Ask("phrase", ("one", "other"), phrase=True), Query('"one other"'), '"one other"'),
        (Ask("prefix", ("oth",), prefix=True), Query("oth*"), '"oth"*'),
        (
            Ask("filtered", ("one",), year="2015", actor="A B"),
            Query("one", frozenset({Filter("year", "2015"), Filter("actor", "A B")})),
            '"one"',
        ),
    ],
)
def test_engines_are_asked_the_same(ask: Ask, query: Query, match: str) -> None:
    """A query says the same in the words of searchapp and of FTS5."""
    assert as_query(ask) == query
    assert match_text(ask) == match


def test_engines_give_the_same_page(folders: dict[str, Path], asks: tuple[Ask, ...]) -> None:
    """All three engines find as many entries for every query, fill the page and mark what matched."""
    laps = stages.race(folders, asks, repeat=1)
    rows, doubts = summarise(laps)
    assert not doubts
    assert [row.kind for row in rows] == list(CLASSES)
    assert all(share == 1 for row in rows for share in row.agreement.values())
    assert all(lap.page.total and len(lap.ms) == 1 and lap.ms[0] > 0 for lap in laps)


def test_filtered_pages_agree_on_facets(folders: dict[str, Path], asks: tuple[Ask, ...]) -> None:
    """With filters the peers count facets as exactly as searchapp does."""
    for ask in (ask for ask in asks if ask.kind == "filtered"):
        pages = [lap.page for lap in stages.race(folders, (ask,), repeat=1)]
        assert all(page.years == pages[0].years and page.actors == pages[0].actors for page in pages)


def test_a_page_without_results_is_doubted(folders: dict[str, Path], asks: tuple[Ask, ...]) -> None:
    """An engine that answers quickly with nothing is found out."""
    laps = stages.race(folders, asks, repeat=1)
    empty = [
        stages.Lap(lap.ask, lap.engine, Page(0, (), {}, {}), lap.ms) if lap.engine == stages.OURS else lap
        for lap in laps
    ]
    _, doubts = summarise(empty)
    assert {doubt.kind for doubt in doubts} >= {"common", "five-any"}


def test_a_phrase_stays_inside_a_passage(collection: Collection, folders: dict[str, Path]) -> None:
    """No engine finds the last word of a passage followed by the first of the next."""
    entry = next(entry for entry in collection.entries if len(entry.body) > 3)
    last, first = entry.body[0].text.split()[-1], entry.body[1].text.split()[0]
    ask = Ask("phrase", (last.strip(".").lower(), first.strip(",").lower()), phrase=True)
    engines: list[Contender] = [stages.contender(name) for name in folders if name != stages.OURS]
    for engine in engines:
        engine.open(folders[engine.name])
        assert entry.id not in {hit.entry for hit in engine.page(ask).hits}
        engine.close()


def test_memory_is_that_of_the_process_itself() -> None:
    """A child's peak does not start from what its parent holds."""
    ballast = bytearray(200_000_000)
    ballast[::4096] = b"x" * len(ballast[::4096])
    assert stages.in_child(stages.peak_bytes) < len(ballast) < stages.peak_bytes()


def test_fts5_keeps_undated_passages_apart(collection: Collection, folders: dict[str, Path]) -> None:
    """Undated is a year of its own in the peers, too."""
    word = next(word for entry in collection.entries if "undated" in entry.years for word in entry.body[0].text.split())
    engine = Fts5()
    engine.open(folders["fts5"])
    assert "undated" in engine.page(Ask("one", (word.strip(",.").lower(),))).years
    engine.close()


def test_both_servers_answer_the_same_questions(
    collection: Collection, folders: dict[str, Path], tmp_path: Path
) -> None:
    """Datasette, as it is set up here, finds as many entries for words as searchapp does, and counts both facets; with
    a year it finds entries of that year only."""
    database = tmp_path / "bench.db"
    serving.write_database(collection, database)
    ours = stages.contender("searchapp")
    ours.open(folders["searchapp"])
    year = collection.entries[0].passages[-1].years[0]
    with serving.datasette(database) as port:
        for ask in draw(collection, ("common", "two"), 3, seed=4):
            found, of_year = (told(port, serving.Question(ask.text, asked)) for asked in ("", year))
            total = found["filtered_table_rows_count"]
            assert 0 < total == ours.page(ask).total
            assert len(found["rows"]) == min(10, total)
            assert found["facet_results"].keys() == {"years", "actors"}
            at = of_year["columns"].index("years")
            assert all(year in json.loads(row[at]) for row in of_year["rows"])
    ours.close()


def told(port: int, question: serving.Question) -> dict[str, Any]:
    """What Datasette says to a question, as data."""
    path = question.datasette().replace("entry?", "entry.json?")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        return cast("dict[str, Any]", json.load(answer))
