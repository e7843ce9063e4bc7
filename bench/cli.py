"""The command line of the bench."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from bench import stages
from bench.asks import CLASSES, NothingToAsk
from bench.generate import write_corpus
from bench.report import Size, show, summarise
from bench.stages import OURS, RACERS, Built, in_child

SEEDS: Final = Path(__file__).parent.parent / "seeds"
Step = Callable[[str], None]


def _numbers(_context: click.Context, _option: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in value.split(","))
    except ValueError as error:
        raise click.BadParameter(f"expected numbers with commas between them, found {value!r}") from error
    if min(numbers) < 20:
        raise click.BadParameter("a corpus has at least 20 entries")
    return numbers


def _classes(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(value.split(","))
    if unknown := sorted(set(names) - CLASSES.keys()):
        raise click.BadParameter(f"{unknown[0]!r} is none of {', '.join(CLASSES)}")
    return names


@click.command(name="python -m bench")
@click.option("--entries", default="1000,10000", callback=_numbers, help="Sizes of the generated corpora.")
@click.option("--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), help="A real folder instead.")
@click.option("--seed", default=1, show_default=True, help="Of the corpora and of the queries.")
@click.option("--classes", default=",".join(CLASSES), callback=_classes, show_default=True, help="Queries to ask.")
@click.option("--queries", default=20, show_default=True, type=click.IntRange(1), help="Of each class.")
@click.option("--repeat", default=5, show_default=True, type=click.IntRange(1), help="Timed rounds after the warm-up.")
@click.option("--json", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures here, too.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Build here and leave it there.")
def main(
    entries: tuple[int, ...],
    corpus: Path | None,
    seed: int,
    classes: tuple[str, ...],
    queries: int,
    repeat: int,
    target: Path | None,
    keep: Path | None,
) -> None:
    """Measure searchapp beside SQLite FTS5 and tantivy: the same passages, the same queries, the same page."""
    console = Console(width=None if Console().is_terminal else 160)
    environment = _environment()
    console.print(", ".join(f"{key} {value}" for key, value in environment.items()), highlight=False)
    sizes: list[dict[str, object]] = []
    seeds: Built | None = None
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch, console.status("…") as status:
        if corpus is None and SEEDS.is_dir():
            status.update("the seeds …")
            seeds = in_child(stages.build_ours, SEEDS, Path(scratch) / "seeds")
            whole = seeds.split_seconds + seeds.seconds
            console.print(f"seeds: folder → searchable in {whole:.2f} s, {seeds.index_bytes / 1e6:.1f} MB")
        for number in entries if corpus is None else (0,):
            folder = (keep or Path(scratch)) / (f"{number}-{seed}" if number else "corpus")
            step: Step = lambda text: status.update(f"{text} …")  # noqa: E731 - one line says it
            size = measure(folder, corpus or _generated(folder, number, seed), (classes, queries, seed, repeat), step)
            show(size, console)
            sizes.append(asdict(size))
    if target:
        asked = {"seed": seed, "classes": classes, "queries": queries, "repeat": repeat}
        figures = {"environment": environment, "asked": asked, "seeds": seeds and asdict(seeds), "sizes": sizes}
        target.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def measure(folder: Path, corpus: Path, asked: tuple[tuple[str, ...], int, int, int], step: Step) -> Size:
    """Build every engine from the corpus under `folder`, each in its own process, and let them answer.

    `asked` is: classes of queries, queries of each, seed, timed rounds.
    """
    classes, queries, seed, repeat = asked
    kept = folder / "collection.pickle"
    folder.mkdir(parents=True, exist_ok=True)
    step("taking the corpus apart")
    split = in_child(stages.split, corpus, kept)
    places = {name: _empty(folder / name.replace(", ", "-").replace(" ", "-")) for name in stages.ENGINES}
    builds = []
    for name, place in places.items():
        step(f"{split.entries:,} entries: building {name}")
        if name == OURS:
            builds.append(in_child(stages.build_ours, corpus, place))
        else:
            builds.append(in_child(stages.build_peer, name, split.seconds, kept, place))
    try:
        asks = in_child(stages.draw, kept, classes, queries, seed)
    except NothingToAsk as error:
        raise click.ClickException(f"{error}; ask for fewer with --queries or --classes") from error
    racers = {name: places[name] for name in RACERS}
    step(f"{split.entries:,} entries: serving")
    serving = {name: in_child(stages.serve, name, place, asks) for name, place in racers.items()}
    step(f"{split.entries:,} entries: racing")
    rows, doubts = summarise(in_child(stages.race, racers, asks, repeat))
    step(f"{split.entries:,} entries: reindexing")
    again = stages.reindex(corpus, places[OURS], _empty(folder / "edited"))
    return Size(split, tuple(builds), serving, rows, doubts, again)


def _generated(folder: Path, entries: int, seed: int) -> Path:
    corpus = folder / "corpus"
    write_corpus(_empty(corpus), entries, seed)
    return corpus


def _empty(folder: Path) -> Path:
    """A folder that must not hold anything yet. Raises click.ClickException when it does."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise click.ClickException(f"{folder}: not empty; name another folder with --keep")
    return folder


def _environment() -> dict[str, str]:
    return {
        "Python": platform.python_version(),
        "searchapp": importlib.metadata.version("searchapp"),
        "SQLite": sqlite3.sqlite_version,
        "tantivy-py": importlib.metadata.version("tantivy"),
        "processors": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "machine": f"{platform.system()} {platform.machine()}",
    }
