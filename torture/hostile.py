"""Generated queries against the engine and over HTTP: none may raise, none may take a second, none may fill the memory.

python -m torture hostile
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from urllib.parse import quote_plus

from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Query
from torture import Figure, at_most, bounded, counted, in_lanes, none, part
from torture.collection import ENTRIES, built, words
from torture.load import ask, hang_up, serving
from torture.queries import Maker

QUERIES, OVER_HTTP = 100_000, 10_000
MOST_SECONDS = 1.0
OUT_OF_TIME = 503
AGAIN = 3
"""How often a late answer is asked for again: where the machine does other things, it may not be its doing."""
MOST_GROWTH = 256
"""Megabytes that a process may gain between the end of the first quarter of the queries and the end."""
PARAMETERS = (
    "q year actor place kind document not_year not_actor from to match exact sort page per_page passages".split()
)


def run(seed: int, share: float) -> Iterator[Figure]:
    """The figures for one generated collection."""
    folder, index = built(part(ENTRIES, share))
    vocabulary = words(index)
    texts = list(islice(Maker(seed, vocabulary), part(QUERIES, share)))
    yield from engine_figures(in_lanes(partial(asked, index), texts))
    with serving(folder, index) as site:
        yield from asyncio.run(_http_figures(site.port, Maker(seed + 1, vocabulary), seed, part(OVER_HTTP, share)))


@dataclass
class Tally:
    """What came of queries to one engine."""

    tried: int = 0
    raised: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    """Of this thread alone: what else runs on the machine is not the query's doing."""
    longest: float = 0.0
    """On the clock."""
    grown: int = 0
    """Megabytes gained after the first quarter."""
    megabytes: int = 0


def asked(index: Path, texts: Sequence[str]) -> Tally:
    """Queries to an engine in this process."""
    engine = WhooshEngine(index, warm=True)
    engine.status()
    tally, settled = Tally(), 0
    for number, text in enumerate(bounded(texts)):
        tally.tried += 1
        began, started = time.monotonic(), time.thread_time()
        try:
            engine.search(Query(text, exact=number % 7 == 0, match="any" if number % 5 == 0 else "all"))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what is looked for
            tally.raised.append(f"{text[:80]!a}: {error!r}")
        seconds = time.thread_time() - started
        tally.slowest = max(tally.slowest, (seconds, text))
        tally.longest = max(tally.longest, time.monotonic() - began)
        if seconds > MOST_SECONDS:
            tally.slow.append(f"{text[:80]!a}: {seconds:.2f} s")
        settled = _megabytes() if number == len(texts) // 4 else settled
    tally.megabytes = _megabytes()
    tally.grown = tally.megabytes - (settled or tally.megabytes)
    return tally


def engine_figures(tallies: Sequence[Tally]) -> Iterator[Figure]:
    """What came of queries to engines, each in a process."""
    seconds, text = max(tally.slowest for tally in tallies)
    longest = max(tally.longest for tally in tallies)
    yield counted("queries to the engine", sum(tally.tried for tally in tallies))
    yield none("exceptions", [one for tally in tallies for one in tally.raised])
    yield none(f"over {MOST_SECONDS:g} s of processor time", [one for tally in tallies for one in tally.slow])
    yield Figure("slowest of them", f"{seconds:.2f} s of processor time: {text[:40]!a}; on the clock {longest:.2f} s")
    now = max(tally.megabytes for tally in tallies)
    grown = max(tally.grown for tally in tallies)
    yield at_most(f"memory gained after the first quarter (now {now} MB)", grown, MOST_GROWTH, "MB")


async def _http_figures(port: int, maker: Maker, seed: int, count: int) -> list[Figure]:
    paths = list(islice(addresses(maker, seed), count))
    failed: list[str] = []
    late: list[tuple[float, int, str]] = []
    slowest, tried = 0.0, 0

    async def client(row: Sequence[str]) -> None:
        nonlocal slowest, tried
        for path in bounded(row):
            seconds, status = await _asked(port, path)
            tried += 1
            if status >= 500 and status != OUT_OF_TIME:
                failed.append(f"{status} {path[:120]}")
            elif status == OUT_OF_TIME or seconds > MOST_SECONDS:
                late.append((seconds, status, path))
            else:
                slowest = max(slowest, seconds)

    await asyncio.gather(*(client(paths[number::2]) for number in range(2)))
    slow = []
    for seconds, status, path in late:
        again = [await _asked(port, path) for _ in range(AGAIN)]
        best = min((one, other) for one, other in again)
        slowest = max(slowest, best[0])
        if best[0] > MOST_SECONDS or best[1] >= 500:
            slow.append(f"{seconds:.2f} s, {status}; again {best[0]:.2f} s, {best[1]}: {path[:120]}")
    return [
        counted("queries over HTTP", tried),
        none("answers with 5xx", failed),
        counted(f"over {MOST_SECONDS:g} s on the clock, or given up then", len(late)),
        none(f"of these, still so when they were asked {AGAIN} times alone", slow),
        Figure("slowest over HTTP, those at their best", f"{slowest:.2f} s"),
    ]


async def _asked(port: int, path: str) -> tuple[float, int]:
    """Seconds that an answer took, and its status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    started = time.monotonic()
    status, _ = await asyncio.wait_for(ask(reader, writer, path), 60)
    seconds = time.monotonic() - started
    await hang_up(writer)
    return seconds, status


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
