"""Generated queries against the engine and over HTTP: none may raise, none may take a second, none may fill the memory.

python -m torture hostile
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import quote_plus

from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Query
from torture import Figure, at_most, counted, none, part
from torture.collection import ENTRIES, built, words
from torture.load import ask, serving
from torture.queries import Maker

QUERIES, OVER_HTTP = 100_000, 10_000
MOST_SECONDS = 1.0
MOST_GROWTH = 256
"""Megabytes that a process may gain between the end of the first quarter of the queries and the end."""
PARAMETERS = (
    "q year actor place kind document not_year not_actor from to match exact sort page per_page passages".split()
)


def run(seed: int, share: float) -> Iterator[Figure]:
    """The figures for one generated collection."""
    folder, index = built(part(ENTRIES, share))
    vocabulary = words(index)
    yield from engine_figures(index, Maker(seed, vocabulary), part(QUERIES, share))
    with serving(folder, index) as site:
        yield from asyncio.run(_http_figures(site.port, Maker(seed + 1, vocabulary), seed, part(OVER_HTTP, share)))


def engine_figures(index: Path, maker: Maker, count: int) -> Iterator[Figure]:
    """Queries against the engine in this process."""
    engine = WhooshEngine(index, warm=True)
    engine.status()
    raised: list[str] = []
    slowest, slow, before = (0.0, ""), [], 0
    for number, text in enumerate(islice(maker, count)):
        started = time.thread_time()  # of this thread alone: what else runs on the machine is not the query's doing
        try:
            engine.search(Query(text, exact=number % 7 == 0, match="any" if number % 5 == 0 else "all"))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what is looked for
            raised.append(f"{text[:80]!a}: {error!r}")
        seconds = time.thread_time() - started
        slowest = max(slowest, (seconds, text))
        if seconds > MOST_SECONDS:
            slow.append(f"{text[:80]!a}: {seconds:.2f} s")
        before = _megabytes() if number == count // 4 else before
    yield counted("queries to the engine", count)
    yield none("exceptions", raised)
    yield none(f"over {MOST_SECONDS:g} s of processor time", slow)
    yield Figure("slowest of them", f"{slowest[0]:.2f} s: {slowest[1][:40]!a}")
    yield at_most(
        f"memory gained after the first quarter (now {_megabytes()} MB)", _megabytes() - before, MOST_GROWTH, "MB"
    )


async def _http_figures(port: int, maker: Maker, seed: int, count: int) -> list[Figure]:
    paths = list(islice(addresses(maker, seed), count))
    failed: list[str] = []
    slowest = 0.0

    async def client(row: Sequence[str]) -> None:
        nonlocal slowest
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for path in row:
            started = time.perf_counter()
            status, closes = await asyncio.wait_for(ask(reader, writer, path), 60)
            slowest = max(slowest, time.perf_counter() - started)
            if status >= 500:
                failed.append(f"{status} {path[:120]}")
            if closes:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()

    await asyncio.gather(*(client(paths[number::2]) for number in range(2)))
    return [
        counted("queries over HTTP", len(paths)),
        none("answers with 5xx", failed),
        at_most("slowest over HTTP", slowest, MOST_SECONDS + 1, "s"),
    ]


def addresses(maker: Maker, seed: int) -> Iterator[str]:
    """Addresses of pages and of the API with hostile words, values and names of parameters."""
    draw = random.Random(seed)
    for text in maker:
        given = [("q", text)] + [
            (draw.choice(PARAMETERS), draw.choice((text[:50], "1", "-1", "99999999999", "2016", "\0", "undated")))
            for _ in range(draw.choice((0, 0, 1, 1, 2, 3)))
        ]
        sent = "&".join(f"{name}={quote_plus(value, errors='surrogatepass')}" for name, value in given)
        yield draw.choice(("/search?", "/search?", "/api/search?", "/?", "/doc/nothing.md?")) + sent


def _megabytes() -> int:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 >> 20
