"""The steps of a bench, each run in a process of its own so that its memory can be told from the others'."""

from __future__ import annotations

import pickle
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from itertools import permutations
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Final, ParamSpec, TypeVar, cast

from bench import asks as drawing
from bench.asks import Ask
from bench.page import Contender, Page
from searchapp.model import Collection

P = ParamSpec("P")
R = TypeVar("R")

OURS: Final = "searchapp"
ENGINES: Final[dict[str, tuple[str, str, tuple[int, ...]]]] = {
    OURS: ("bench.ours", "Ours", ()),
    "fts5": ("bench.fts5", "Fts5", ()),
    "tantivy": ("bench.tantivy_peer", "Tantivy", (1,)),
    "tantivy, 2 threads": ("bench.tantivy_peer", "Tantivy", (2,)),
}
"""Name -> module, class and arguments: imported where it runs, so that no process carries the others' libraries."""
REINDEXED: Final = 5
"""How often the command runs on what is unchanged, and on what is edited."""
RACERS: Final = (OURS, "fts5", "tantivy")
"""Those that answer queries; the rest are only built."""


@dataclass(frozen=True, slots=True)
class Split:
    """What taking the corpus apart in one process took, and what came out."""

    seconds: float
    entries: int
    passages: int


@dataclass(frozen=True, slots=True)
class Built:
    """What a build took."""

    engine: str
    split_seconds: float
    """Reading and splitting the folder."""
    seconds: float
    """From the split collection to the committed index."""
    index_bytes: int
    peak_bytes: int
    """Most memory that the process held."""


@dataclass(frozen=True, slots=True)
class Again:
    """What `searchapp reindex` takes where there is an index, the start of its process included: medians, seconds."""

    unchanged: float
    """Nothing has changed."""
    edited: float
    """One document has another paragraph."""


@dataclass(frozen=True, slots=True)
class Lap:
    """One query on one engine."""

    ask: Ask
    engine: str
    page: Page
    ms: tuple[float, ...]
    """One time for each repetition, in milliseconds."""


def in_child(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function in a fresh process and give back what it returns or raises."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *args, **kwargs).result()


def contender(name: str) -> Contender:
    """The engine of that name."""
    module, cls, args = ENGINES[name]
    return cast(Contender, getattr(import_module(module), cls)(*args))


def peak_bytes() -> int:
    """The most memory this process has held.

    Linux hands ru_maxrss down from the process that started this one, so its own high-water mark is read there.
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def split(corpus: Path, target: Path) -> Split:
    """Take a corpus apart as the product does and keep the collection for the peers."""
    seconds, collection = _collect(corpus, workers=1)
    with target.open("wb") as file:
        pickle.dump(collection, file, protocol=pickle.HIGHEST_PROTOCOL)
    return Split(seconds, len(collection.entries), sum(len(entry.body) for entry in collection.entries))


def build_ours(corpus: Path, folder: Path) -> Built:
    """From the folder of Markdown to what can be searched, as `searchapp reindex` does it."""
    split_seconds, collection = _collect(corpus)
    start = time.perf_counter()
    contender(OURS).build(collection, folder)
    return Built(OURS, split_seconds, time.perf_counter() - start, _bytes(folder), peak_bytes())


def reindex(corpus: Path, index: Path, scratch: Path) -> Again:
    """Run the command on copies of a corpus and its index."""
    from searchapp.engines.whoosh import WhooshEngine  # noqa: PLC0415 - a process that races peers shall not carry it

    copy = shutil.copytree(corpus, scratch / corpus.name)
    index = shutil.copytree(index, scratch / "index")
    document = copy / WhooshEngine(index).documents()[0].path
    command = [sys.executable, "-m", "searchapp", "reindex", "--corpus", str(copy), "--index", str(index)]

    def timed() -> float:
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, check=False)  # this very program
        if done.returncode not in (0, 1):
            raise RuntimeError(done.stderr.decode())
        return time.perf_counter() - start

    timed()  # an index of other rules, or of a corpus of another name, is built anew
    unchanged, edited = [], []
    for number in range(REINDEXED):
        unchanged.append(timed())
        with document.open("a", encoding="utf-8") as file:
            file.write(f"\n\nParagraph number {number} that was added.\n")
        edited.append(timed())
    return Again(median(unchanged), median(edited))


def build_peer(name: str, split_seconds: float, collection: Path, folder: Path) -> Built:
    """From the collection that `split` kept to a committed index."""
    entries = _load(collection)
    start = time.perf_counter()
    contender(name).build(entries, folder)
    return Built(name, split_seconds, time.perf_counter() - start, _bytes(folder), peak_bytes())


def draw(collection: Path, classes: tuple[str, ...], count: int, seed: int) -> tuple[Ask, ...]:
    """Queries from the collection that `split` kept."""
    return drawing.draw(_load(collection), classes, count, seed)


def serve(name: str, folder: Path, asks: tuple[Ask, ...]) -> int:
    """Answer every query once; the most memory it took, in bytes."""
    engine = contender(name)
    engine.open(folder)
    for ask in asks:
        engine.search(ask)
    peak = peak_bytes()
    engine.close()
    return peak


def race(folders: dict[str, Path], asks: tuple[Ask, ...], repeat: int) -> list[Lap]:
    """Ask every engine every query in turn; the order of the engines changes from query to query."""
    engines = [contender(name) for name in folders]
    for engine in engines:
        engine.open(folders[engine.name])
    pages = {(ask, engine.name): engine.page(ask) for ask in asks for engine in engines}  # warms up, too
    times: dict[tuple[Ask, str], list[float]] = {key: [] for key in pages}
    orders = tuple(permutations(engines))
    for turn in range(repeat):
        for number, ask in enumerate(asks, turn):
            for engine in orders[number % len(orders)]:
                start = time.perf_counter()
                engine.search(ask)
                times[ask, engine.name].append((time.perf_counter() - start) * 1000)
    for engine in engines:
        engine.close()
    return [Lap(ask, name, page, tuple(times[ask, name])) for (ask, name), page in pages.items()]


def _collect(corpus: Path, workers: int | None = None) -> tuple[float, Collection]:
    from searchapp import corpus as reading  # noqa: PLC0415 - a process that only serves shall not carry the splitter
    from searchapp import settings, splitting  # noqa: PLC0415 - the same

    start = time.perf_counter()
    setup = settings.load(corpus, corpus / "index", {})
    collection = splitting.collect(reading.read(setup), setup.collection, setup.title, workers=workers)
    return time.perf_counter() - start, collection


def _load(path: Path) -> Collection:
    with path.open("rb") as file:
        return cast(Collection, pickle.load(file))


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
