"""The bench of relevance: what is judged is what was indexed, and better answers get better figures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

pytest.importorskip("tantivy", reason="the bench's peers are not installed; `make bench` installs them")
pytest.importorskip("bm25s", reason="the bench's peers are not installed; `make bench` installs them")
pytest.importorskip("ir_measures", reason="the bench's peers are not installed; `make bench` installs them")

from bench.relevance import contenders
from bench.relevance.cli import main
from bench.relevance.contenders import CONTENDERS, OURS, Altered
from bench.relevance.judged import BadCollection, Judged, read, read_all, write_markdown
from bench.relevance.measures import mean, measure

DOCUMENTS = (
    ("a", "Lenses", "the *crystalline* lens of a fish; # not a heading\n\n1. not a list"),
    ("b", "", "electron microscopy (of lungs) & <b>bronchi</b>: see [1], `x_y` and ![c](d.png)"),
    ("c", "Growth of lenses: “a view”", "growth, in 3 steps - each - slower ~ than the last, a crystalline one"),
    ("d", "Libraries", "how librarians catalogue what nobody reads"),
)
QUERIES = {"1": "Which fish has a crystalline lens?", "2": "electron microscopy of the bronchi", "3": "unjudged"}
GRADES = "query-id\tcorpus-id\tscore\n1\ta\t1\n1\tc\t1\n2\tb\t1\n2\td\t0\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one made-up collection."""
    place = tmp_path / "ir" / "made-up"
    place.mkdir(parents=True)
    documents = [json.dumps({"id": id_, "title": title, "text": text}) for id_, title, text in DOCUMENTS]
    (place / "corpus.jsonl").write_text("\n".join(documents) + "\n", encoding="utf-8")
    queries = [json.dumps({"id": id_, "text": text}) for id_, text in QUERIES.items()]
    (place / "queries.jsonl").write_text("\n".join(queries) + "\n", encoding="utf-8")
    (place / "qrels.tsv").write_text(GRADES, encoding="utf-8")
    return place.parent


@pytest.fixture
def collection(folder: Path) -> Judged:
    """The made-up collection, read."""
    (found,) = read_all(folder)
    return found


def test_only_judged_queries_are_asked(collection: Judged) -> None:
    """A query for which nothing is known to be relevant says nothing about an engine."""
    assert set(collection.queries) == {"1", "2"}


@pytest.mark.parametrize("engine", CONTENDERS)
def test_every_engine_answers(engine: str, collection: Judged, tmp_path: Path) -> None:
    """Each engine gives ids of the collection, and puts what holds all the words first."""
    run = CONTENDERS[engine](collection, tmp_path)
    assert run["1"][0] == "a"
    assert run["2"][0] == "b"
    assert set(run["1"]) <= {id_ for id_, _, _ in DOCUMENTS}


@pytest.mark.parametrize("cut", [0, 2])
def test_markdown_reads_as_the_text_it_was(cut: int, collection: Judged, tmp_path: Path) -> None:
    """What Markdown would eat arrives in the index, in one entry for each document, whole or in passages."""
    contenders._check(collection, contenders._taken(collection, tmp_path, cut))  # noqa: SLF001  # what ours() relies on


def test_a_document_read_differently_is_found_out(collection: Judged, tmp_path: Path) -> None:
    """A figure is never given for other text than the collection's."""
    taken = contenders._taken(collection, tmp_path, 0)  # noqa: SLF001  # one step of a run that takes minutes
    other = replace(collection, texts=(replace(collection.texts[0], body="else"), *collection.texts[1:]))
    with pytest.raises(Altered, match="document a "):
        contenders._check(other, taken)  # noqa: SLF001  # the same


def test_figures_follow_the_order(collection: Judged) -> None:
    """The perfect run has 1 everywhere; a late or missing document costs."""
    perfect = measure(collection, {"1": ["a", "c"], "2": ["b", "d"]})
    late = measure(collection, {"1": ["d", "a", "c"], "2": ["d", "b"]})
    missing = measure(collection, {"1": ["a"], "2": []})
    assert set(perfect.values()) == {1.0}
    assert late["nDCG@10"] < 1
    assert late["MAP"] < 1
    assert late["recall@100"] == 1
    assert missing["recall@100"] == pytest.approx(0.25)
    assert mean([perfect, missing])["recall@100"] == pytest.approx(0.625)


def test_a_broken_collection_is_named(folder: Path) -> None:
    """Errors say which file is meant."""
    (folder / "made-up" / "qrels.tsv").write_text("head\n1 a 1\n", encoding="utf-8")
    with pytest.raises(BadCollection, match=r"qrels\.tsv:2"):
        read(folder / "made-up")
    (folder / "made-up" / "queries.jsonl").unlink()
    with pytest.raises(BadCollection, match="no folder in it"):
        read_all(folder)


def test_the_command_prints_and_writes_the_same_figures(folder: Path, tmp_path: Path) -> None:
    """A table for each measure, and all figures as JSON."""
    target = tmp_path / "figures.json"
    result = CliRunner().invoke(main, [str(folder), "--engine", OURS, "--json", str(target)])
    assert result.exit_code == 0, result.output
    figures = json.loads(target.read_text(encoding="utf-8"))
    assert f"{figures['means'][OURS]['nDCG@10']:.4f}" in result.output
    assert set(figures["figures"][OURS]) == {"made-up"}


def test_markdown_files_have_their_title_in_the_front_matter(collection: Judged, tmp_path: Path) -> None:
    """A document is written as its author would, not as a heading of our own making."""
    write_markdown(collection, tmp_path)
    assert (tmp_path / "d000000.md").read_text(encoding="utf-8").startswith('---\ntitle: "Lenses"\n---\n')
    assert not (tmp_path / "d000001.md").read_text(encoding="utf-8").startswith("---")
