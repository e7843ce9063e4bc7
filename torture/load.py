"""The server on its defaults under many connections: how much it answers and how soon, and whether it ever fails.

    python -m torture load

Traffic goes to this machine only, for a bounded time.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_plus

from torture import Figure, counted, none, part
from torture.collection import built, words

CONNECTIONS = 32
SECONDS = 20
SLOW = 500
PATIENCE = 30.0
ADDRESSES = 2_000
"""That people ask, again and again."""
LEAST_RATE, LEAST_RATE_AT, MOST_P99 = 400, 4.0, 150
"""Requests a second that are asked for where one request alone takes at most so many milliseconds; and how many
milliseconds the slowest hundredth may then take."""
MOST_BESIDE, TRIES = 0.5, 3
"""Seconds of an answer beside slow connections, and how often that is tried."""
REPLACED_SECONDS = 6.0
"""granian takes a worker that dies twice within five and a half seconds for a program that cannot run, and ends."""
READY = re.compile(r"http://127\.0\.0\.1:\d+/")


@dataclass
class Seen:
    """What the connections were told."""

    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def at(self, share: float) -> float:
        """How many milliseconds that share of the answers took at most."""
        ordered = sorted(self.seconds) or [0.0]
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@dataclass(frozen=True)
class Site:
    """A server of ours."""

    port: int
    process: subprocess.Popen[str]

    def workers(self) -> list[int]:
        """The processes that answer."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [pid for pid in map(int, listed.split()) if "resource_tracker" not in _command(pid)]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return "resource_tracker"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, index: Path, *options: str) -> Iterator[Site]:
    """`searchapp serve` on its defaults; its log goes nowhere."""
    port = free_port()
    places = ("--corpus", str(folder), "--index", str(index), "--port", str(port))
    command = [sys.executable, "-m", "searchapp", "serve", *places, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            readable, _, _ = select.select([process.stdout], [], [], 60)
            line = process.stdout.readline() if readable else ""
            if not READY.search(line):
                raise RuntimeError(f"no server, but {line!r}")
            yield Site(port, process)
        finally:
            process.terminate()
            process.wait(60)


def typed(draw: random.Random, vocabulary: Sequence[str]) -> str:
    """One to three words, common ones more often; some as a phrase."""
    few = [vocabulary[int(draw.random() ** 2 * len(vocabulary))] for _ in range(draw.choice((1, 1, 2, 2, 3)))]
    return f'"{" ".join(few)}"' if draw.random() < 0.05 else " ".join(few)


def asks(seed: int, vocabulary: Sequence[str], count: int = ADDRESSES) -> list[str]:
    """What people ask: a page of results for one to three words, some with filters, phrases, other orders; the API
    between them."""
    draw = random.Random(seed)
    paths = []
    for _ in range(count):
        q = quote_plus(typed(draw, vocabulary))
        more = draw.choice(("", "", "", "&year=2016", "&sort=newest", "&page=2"))
        # The order of arguments is the canonical one: another would be sent there, which is no answer.
        page = f"/search?q={q}{more}" if "page" in more or "sort" in more or "year" in more else f"/search?q={q}"
        paths.append(draw.choice((page, page, page, f"/api/search?q={q}{more}")))
    return paths


async def connection(port: int, paths: Sequence[str], until: float, seen: Seen) -> None:
    """Ask one after the other on one connection; on a new one where the server has closed it in between.

    As browsers do (RFC 9112, 9.3.1), a request is sent again if a connection that was used before ends without a byte.
    """
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    for path in paths:
        if time.monotonic() >= until:
            break
        started, used = time.monotonic(), streams is not None
        try:
            streams = streams or await asyncio.open_connection("127.0.0.1", port)
            try:
                status, closes = await asyncio.wait_for(ask(*streams, path), PATIENCE)
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                if not used or (isinstance(error, asyncio.IncompleteReadError) and error.partial):
                    raise
                await hang_up(streams[1])
                streams = await asyncio.open_connection("127.0.0.1", port)
                status, closes = await asyncio.wait_for(ask(*streams, path), PATIENCE)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError) as error:
            seen.failures.append(f"{path}: {error!r}")
            closes = True
            await asyncio.sleep(0.05)
        else:
            seen.seconds.append(time.monotonic() - started)
            if status != 200:
                seen.failures.append(f"{path}: {status}")
        if closes and streams is not None:
            await hang_up(streams[1])
            streams = None
    if streams is not None:
        await hang_up(streams[1])


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection, whatever the other side has done to it."""
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> tuple[int, bool]:
    """Status of the answer, which is read to its end, and whether the server closes the connection."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = re.search(r"content-length: (\d+)", head)
    await reader.readexactly(int(length[1]) if length else 0)
    chunked = "transfer-encoding: chunked" in head
    while chunked:
        size = int(await reader.readuntil(b"\r\n"), 16)
        await reader.readexactly(size + 2)
        chunked = size > 0
    return int(head.split(" ", 2)[1]), "connection: close" in head


async def many(port: int, paths: Sequence[str], connections: int, seconds: float) -> Seen:
    """So many connections for so long, each with the same questions in another order."""
    return await at_once(
        port, [random.Random(number).choices(paths, k=100_000) for number in range(connections)], seconds
    )


async def at_once(port: int, rows: Sequence[Sequence[str]], seconds: float) -> Seen:
    """A connection for each row of questions, for so long or until it has asked them."""
    seen, until = Seen(), time.monotonic() + seconds
    await asyncio.gather(*(connection(port, row, until, seen) for row in rows))
    return seen


def rows_once(paths: Sequence[str], connections: int) -> list[list[str]]:
    """Questions for so many connections, so that none is asked twice."""
    different = list(dict.fromkeys(paths))
    return [different[number::connections] for number in range(connections)]


async def beside_slow_ones(port: int, paths: Sequence[str], slow: int) -> Seen:
    """Connections that send a byte of their request now and then, and one that asks beside them."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(slow)]
    for _, writer in opened:
        writer.write(b"GET /search?q=")
    seen = Seen()
    asking = asyncio.create_task(connection(port, paths[:200], time.monotonic() + 4, seen))
    while not asking.done():
        for _, writer in opened:
            writer.write(b"a")
        await asyncio.sleep(0.5)
    await asking
    for _, writer in opened:
        await hang_up(writer)
    return seen


async def while_something_happens(port: int, paths: Sequence[str], what: Sequence[tuple[int, int]]) -> Seen:
    """Eight connections; signals are sent to processes in their middle, one each second."""

    async def happen() -> None:
        for pid, number in what:
            await asyncio.sleep(1)
            os.kill(pid, number)

    happening = asyncio.create_task(happen())
    seen = await many(port, paths, 8, len(what) + 5)
    await happening
    return seen


def run(seed: int, share: float) -> Iterator[Figure]:
    """The figures of one server on a generated collection."""
    folder, index = built(part(20_000, share))
    vocabulary = words(index)
    paths = asks(seed, vocabulary)
    with serving(folder, index) as site:
        yield from _figures(site, paths, asks(seed + 1, vocabulary, max(8_000, part(40_000, share))), share)
    yield from _ends(folder, index, paths)


def _figures(site: Site, paths: Sequence[str], others: Sequence[str], share: float) -> Iterator[Figure]:
    asyncio.run(many(site.port, paths, 4, 2))  # the first answers of each process make what is made once
    seconds = max(2.0, SECONDS * share)
    first = len(others) // 8
    alone = asyncio.run(at_once(site.port, rows_once(others[:first], 1), seconds / 4))
    new = asyncio.run(at_once(site.port, rows_once(others[first:], CONNECTIONS), seconds))
    fast = alone.at(0.5) <= LEAST_RATE_AT
    yield Figure("one request alone, p50", f"{alone.at(0.5):.1f} ms; load {os.getloadavg()[0]:.1f}")
    where = f" where one alone takes ≤ {LEAST_RATE_AT:g} ms"
    yield from _speed("that nobody sent before", new, seconds, where, bound=fast)
    asyncio.run(at_once(site.port, rows_once(paths, CONNECTIONS), PATIENCE))
    begun = asyncio.run(many(site.port, paths, CONNECTIONS, seconds))
    yield from _speed(f"for {ADDRESSES:,} addresses, each asked once before", begun, seconds)
    again = asyncio.run(many(site.port, paths, CONNECTIONS, seconds))
    yield from _speed("for the same, after that", again, seconds)
    tries = []
    for _ in range(TRIES):  # what else the machine does is not the slow connections' doing
        tries.append(asyncio.run(beside_slow_ones(site.port, paths, SLOW)))
        if tries[-1].at(1) <= 1000 * MOST_BESIDE:
            break
    told = ", then ".join(f"{each.at(1) / 1000:.2f} s" for each in tries)
    within = tries[-1].at(1) <= 1000 * MOST_BESIDE
    yield Figure(f"slowest answer beside {SLOW} slow connections", told, f"≤ {MOST_BESIDE:g} s", within)
    yield none("errors beside them", [failure for each in tries for failure in each.failures])
    before = site.workers()
    os.kill(before[0], signal.SIGKILL)
    time.sleep(REPLACED_SECONDS)
    now = len(site.workers())
    yield Figure("workers after one was killed", str(now), str(len(before)), now == len(before))
    after = asyncio.run(many(site.port, paths, 8, 2))
    yield none("errors after it was replaced", after.failures)
    reloaded = asyncio.run(while_something_happens(site.port, paths, [(site.process.pid, signal.SIGHUP)] * 2))
    yield counted("requests around two SIGHUP", len(reloaded.seconds))
    yield none("errors around them", reloaded.failures)


def _speed(which: str, seen: Seen, seconds: float, where: str = "", *, bound: bool = True) -> Iterator[Figure]:
    """How much was answered and how soon; `bound`: whether what is asked of that holds here."""
    rate, slowest = len(seen.seconds) / seconds, seen.at(0.99)
    name = f"requests {which}, {CONNECTIONS} connections, {seconds:.0f} s"
    yield Figure(name, f"{rate:,.0f}/s", f"≥ {LEAST_RATE}{where}", rate >= LEAST_RATE or not bound)
    yield Figure("p50 of these", f"{seen.at(0.5):.0f} ms")
    yield Figure("p99 of these", f"{slowest:.0f} ms", f"≤ {MOST_P99} ms{where}", slowest <= MOST_P99 or not bound)
    yield none("errors among these", seen.failures)


def _ends(folder: Path, index: Path, paths: Sequence[str]) -> Iterator[Figure]:
    """SIGTERM under load: an answer that was begun is finished."""
    with serving(folder, index) as site:
        cut = asyncio.run(_terminated(site, paths))
        status = site.process.wait(60)
    yield none("answers cut off by SIGTERM", cut)
    yield Figure("exit status after SIGTERM", str(status), "0", status == 0)


async def _terminated(site: Site, paths: Sequence[str]) -> list[str]:
    """Answers that were begun and not finished when the server was told to end under load."""
    cut: list[str] = []

    async def client(row: Sequence[str]) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
        for path in row:
            try:
                _, closes = await asyncio.wait_for(ask(reader, writer, path), PATIENCE)
            except asyncio.IncompleteReadError as error:
                if error.partial:
                    cut.append(path)
                return
            except (OSError, TimeoutError, ValueError) as error:
                if not isinstance(error, ConnectionError):
                    cut.append(f"{path}: {error!r}")
                return
            if closes:
                return

    clients = [asyncio.create_task(client(random.Random(n).choices(paths, k=10_000))) for n in range(CONNECTIONS)]
    await asyncio.sleep(2)
    site.process.terminate()
    await asyncio.gather(*clients)
    return cut
