"""Two servers, the same entries, the same client: pages a second, and how soon they are there.

    python -m bench.serving

Traffic goes to this machine only, for a bounded time. README.md says how each server is set up.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import click
from rich.console import Console
from rich.table import Table

from bench.generate import write_corpus
from bench.page import heading_text
from searchapp import corpus as reading
from searchapp import settings, splitting
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Collection
from torture.collection import words
from torture.load import ADDRESSES, CONNECTIONS, Seen, at_once, free_port, many, rows_once, serving, typed

DATABASE: Final = "bench"
TABLES: Final = """
CREATE TABLE entry (id INTEGER PRIMARY KEY, name TEXT, title TEXT, heading TEXT, text TEXT, years TEXT, actors TEXT);
CREATE VIRTUAL TABLE entry_fts USING fts5(title, heading, text, content="entry", content_rowid="id", tokenize='porter');
"""
"""Datasette finds the full-text search of a table by these quotes."""
FINISH: Final = (
    "INSERT INTO entry_fts(entry_fts) VALUES ('rebuild'); INSERT INTO entry_fts(entry_fts) VALUES ('optimize');"
)
SETTINGS: Final = {"suggest_facets": "off", "facet_time_limit_ms": "5000", "sql_time_limit_ms": "5000"}
YEARS: Final = range(2011, 2021)
START_SECONDS: Final = 60
WARM_SECONDS: Final = 300
"""Until all addresses that are known were asked once: Datasette answers some twenty a second."""
WHAT: Final = ("pages/s", "p50 ms", "p99 ms")


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks for: a page of results."""

    text: str
    """As typed into a search box."""
    year: str
    """A filter, or empty."""

    def ours(self) -> str:
        """Its address at searchapp."""
        return "/search?" + urlencode([("q", self.text), *([("year", self.year)] if self.year else [])])

    def datasette(self) -> str:
        """Its address at Datasette, with the same number of results and counts of the same two facets."""
        filters = [("years__arraycontains", self.year)] if self.year else []
        facets = [("_facet_array", "years"), ("_facet_array", "actors")]
        return f"/{DATABASE}/entry?" + urlencode([("_search", self.text), ("_size", "10"), *filters, *facets])


@dataclass(frozen=True, slots=True)
class Served:
    """What a server did."""

    name: str
    alone: Seen
    """One request after the other, none twice."""
    once: Seen
    """As many at once as there are connections, none twice."""
    again: Seen
    """The same for a number of addresses that were asked before."""


def questions(seed: int, vocabulary: Sequence[str], count: int) -> list[Question]:
    """What people type, a quarter of it with a year."""
    draw = random.Random(seed)
    texts = (typed(draw, vocabulary) for _ in range(count))
    return list(
        dict.fromkeys(Question(text, str(draw.choice(YEARS)) if draw.random() < 0.25 else "") for text in texts)
    )


def write_database(collection: Collection, path: Path) -> None:
    """The entries of a collection as Datasette likes them: one table, full-text search on it, lists as JSON."""
    base = sqlite3.connect(path)
    base.executescript(TABLES)
    base.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)", _rows(collection))
    base.executescript(FINISH)
    base.commit()
    base.close()


def _rows(collection: Collection) -> Iterator[tuple[int, str, str, str, str, str, str]]:
    for number, entry in enumerate(collection.entries, 1):
        years = sorted({year for passage in entry.body for year in passage.years})
        actors = sorted({actor for passage in entry.body for actor in passage.actors})
        text = "\n\n".join(passage.text for passage in entry.body)
        yield number, entry.id, entry.title, heading_text(entry), text, json.dumps(years), json.dumps(actors)


@contextmanager
def datasette(database: Path) -> Iterator[int]:
    """`datasette serve` on a database that does not change; its port."""
    port = free_port()
    options = [part for key, value in SETTINGS.items() for part in ("--setting", key, value)]
    command = [sys.executable, "-m", "datasette", "serve", "--immutable", str(database), "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _await(port)
            yield port
        finally:
            process.terminate()
            process.wait(60)


def _await(port: int) -> None:
    last = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/-/versions.json", timeout=5).close()
        except OSError:
            if time.monotonic() > last:
                raise
            time.sleep(0.1)
        else:
            return


def measured(name: str, port: int, address: Callable[[Question], str], seconds: float, vocabulary: list[str]) -> Served:
    """Ask a server that answers at a port."""
    known = [address(question) for question in questions(1, vocabulary, ADDRESSES)]
    others = [address(question) for question in questions(2, vocabulary, int(1_000 * seconds) + 2_000)]
    asyncio.run(many(port, known[:100], 4, 2))  # the first answers make what is made once
    alone = asyncio.run(at_once(port, rows_once(others[:1_000], 1), seconds / 4))
    once = asyncio.run(at_once(port, rows_once(others[1_000:], CONNECTIONS), seconds))
    asyncio.run(at_once(port, rows_once(known, CONNECTIONS), WARM_SECONDS))
    asyncio.run(many(port, known, CONNECTIONS, seconds))
    return Served(name, alone, once, asyncio.run(many(port, known, CONNECTIONS, seconds)))


def show(served: Sequence[Served], seconds: float, console: Console) -> None:
    """The table."""
    table = Table(title=f"{CONNECTIONS} connections, {seconds:g} s", title_justify="left")
    for column in (
        "",
        "alone: p50 ms",
        *(f"{which}: {what}" for which in ("new", "asked before") for what in WHAT),
        "errors",
    ):
        table.add_column(column, justify="right" if column else "left")
    for one in served:
        errors = sum(len(seen.failures) for seen in (one.alone, one.once, one.again))
        cells = [f"{one.alone.at(0.5):.1f}"]
        for seen in (one.once, one.again):
            cells += [f"{len(seen.seconds) / seconds:,.0f}", f"{seen.at(0.5):.0f}", f"{seen.at(0.99):.0f}"]
        table.add_row(one.name, *cells, str(errors))
    console.print(table)


@click.command(name="python -m bench.serving")
@click.option("--entries", default=20_000, show_default=True, type=click.IntRange(20), help="Size of the corpus.")
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1), help="Of each measurement.")
@click.option("--seed", default=1, show_default=True, help="Of the corpus.")
def main(entries: int, seconds: float, seed: int) -> None:
    """Measure searchapp beside Datasette, over HTTP."""
    console = Console(width=None if Console().is_terminal else 160)
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        corpus, index, database = Path(scratch, "corpus"), Path(scratch, "index"), Path(scratch, f"{DATABASE}.db")
        corpus.mkdir()
        write_corpus(corpus, entries, seed)
        given = settings.load(corpus, index, {})
        collection = splitting.collect(reading.read(given), given.collection, given.title)
        WhooshEngine(index).rebuild(collection)
        write_database(collection, database)
        vocabulary = list(words(index))
        with serving(corpus, index) as site:
            ours = measured("searchapp", site.port, Question.ours, seconds, vocabulary)
        with datasette(database) as port:
            peer = measured("Datasette", port, Question.datasette, seconds, vocabulary)
    console.print(
        f"Datasette {metadata.version('datasette')}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"
    )
    show((ours, peer), seconds, console)


if __name__ == "__main__":
    main()
