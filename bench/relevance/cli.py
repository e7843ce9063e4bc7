"""The command line of the bench of relevance."""

from __future__ import annotations

import importlib.metadata
import json
import sqlite3
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bench.relevance.contenders import CONTENDERS, Altered
from bench.relevance.judged import BadCollection, Judged, read_all
from bench.relevance.measures import MEASURES, Figures, mean, measure

Outcome = Mapping[str, Mapping[str, Figures]]
"""Engine -> collection -> figures."""


@click.command(name="python -m bench.relevance")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--engine", "engines", multiple=True, type=click.Choice(list(CONTENDERS)), help="Only these; repeatable.")
@click.option("--json", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures here, too.")
def main(folder: Path, engines: tuple[str, ...], target: Path | None) -> None:
    """Measure how searchapp and its peers rank the judged collections in FOLDER: same documents, same queries."""
    console = Console(width=None if Console().is_terminal else 160)
    try:
        collections = read_all(folder)
        with console.status("…") as status:
            outcome: dict[str, dict[str, Figures]] = {}
            for engine in engines or tuple(CONTENDERS):
                for one in collections:
                    status.update(f"{engine}: {one.name} …")
                    outcome.setdefault(engine, {})[one.name] = figures(engine, one)
    except (BadCollection, Altered) as error:
        raise click.ClickException(str(error)) from error
    for name in MEASURES:
        console.print(table(name, outcome))
    if target:
        sizes = {one.name: {"documents": len(one.texts), "queries": len(one.queries)} for one in collections}
        means = {engine: mean(each.values()) for engine, each in outcome.items()}
        whole = {"environment": _environment(), "collections": sizes, "figures": outcome, "means": means}
        target.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def figures(engine: str, collection: Judged) -> Figures:
    """Index a collection with an engine, ask it everything, and measure what comes back."""
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        return measure(collection, CONTENDERS[engine](collection, Path(scratch)))


def table(name: str, outcome: Outcome) -> Table:
    """One measure: engines down, collections and their mean across; the best of each column in bold."""
    rows = {
        engine: [*(one[name] for one in each.values()), mean(each.values())[name]] for engine, each in outcome.items()
    }
    best = [max(column) for column in zip(*rows.values(), strict=True)]
    found = Table(title=name, title_justify="left")
    found.add_column("")
    for collection in (*next(iter(outcome.values())), "mean"):
        found.add_column(collection, justify="right")
    for engine, values in rows.items():
        cells = (f"{value:.4f}" for value in values)
        found.add_row(
            engine,
            *(
                f"[bold]{cell}[/]" if value == top else cell
                for cell, value, top in zip(cells, values, best, strict=True)
            ),
        )
    return found


def _environment() -> dict[str, str]:
    libraries = ("searchapp", "tantivy", "bm25s", "ir_measures")
    return {"SQLite": sqlite3.sqlite_version} | {name: importlib.metadata.version(name) for name in libraries}
