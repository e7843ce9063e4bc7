"""The index is replaced again and again while clients ask: no answer fails or is of two generations, nothing grows."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Collection
from searchapp.web import objects, urls
from torture import Figure, at_most, bounded, counted, none, part
from torture.places import Place

SWAPS: Final = 1_000
CLIENTS: Final = 16
QUERIES: Final = ("hospital", "convoy lorries", "v1", "v2", "", '"Syrian Army"', "hosp*")
PAUSE: Final = 0.04
"""Seconds between an answer and a client's next request: without it, two processors are busy with clients alone."""
SETTLED: Final = 0.25
"""Part of the swaps after which caches are full and nothing may grow any more."""
TOOK: Final = re.compile(rb'"took_ms": ?[0-9.e-]+')
GENERATION: Final = re.compile(rb'"generation": ?"(gen-[0-9]+)"')
GROWTH_MB: Final = 32.0
"""What a worker's memory may differ by between then and the end: allocators are not exact."""


@dataclass(slots=True)
class Seen:
    """What the clients were told."""

    true: dict[tuple[int, str], str] = field(default_factory=dict)
    """By version of the corpus (it alternates with the generations) and query."""
    known: set[bytes] = field(default_factory=set)
    """Answers, but for their durations, that were found to be true."""
    asked: int = 0
    generations: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)


def run(seed: int, share: float) -> Iterator[Figure]:
    """Every figure of this subject."""
    seen = Seen()
    number = part(SWAPS, share)
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        place = Place(Path(folder))
        collections = []
        for version in (1, 2):  # generation 1 is version 1, 2 is 2, 3 is 1 again
            place.write(version)
            collections.append(place.collection())
            WhooshEngine(place.index).rebuild(collections[-1])
            _remember(seen, place, version)
        with building(place.index, collections) as build, serving(place) as (server, port):
            clients = [threading.Thread(target=_ask, args=(seen, port, seed + n)) for n in range(CLIENTS)]
            for client in clients:
                client.start()
            settled: dict[int, tuple[int, float]] = {}
            started, swaps = time.monotonic(), 0
            for swap in bounded(range(number)):
                build(swap % 2)
                swaps += 1
                if server.poll() is not None:
                    seen.failed.insert(0, f"the server ended with {server.returncode} after {swaps} swaps")
                    break
                if swap == int(number * SETTLED):
                    settled = _sizes(server)
            seconds = time.monotonic() - started
            time.sleep(1)
            after = _sizes(server) if server.poll() is None else {}
            seen.over.set()
            for client in clients:
                client.join()
        log = (place.root / "log").read_text()
    if seen.failed:
        unusual = [line for line in log.splitlines() if '"event": "request"' not in line]
        seen.failed.insert(0, " / ".join(unusual[-5:]))
    told = f"{swaps:,}, {CLIENTS}, {seconds:.0f} s ({swaps / seconds:.1f}/s; load {os.getloadavg()[0]:.1f})"
    yield Figure("swaps, under clients", told)
    yield counted("  answers", seen.asked)
    yield counted("  generations that answered", len(seen.generations))
    yield none("  failed", seen.failed)
    yield none("  neither the one nor the other version, to the byte", seen.mixed)
    yield from _growth(settled, after)


@contextmanager
def building(index: Path, collections: Sequence[Collection]) -> Iterator[Callable[[int], None]]:
    """Builds one of the collections, in a process of its own: clients and builds must not share an interpreter."""
    ours, theirs = get_context("fork").Pipe()

    def serve() -> None:
        ours.close()
        with suppress(EOFError):
            while True:
                WhooshEngine(index).rebuild(collections[theirs.recv()])
                theirs.send("built")

    def build(number: int) -> None:
        ours.send(number)
        ours.recv()  # EOFError when it failed; standard error has why

    process = get_context("fork").Process(target=serve)
    process.start()
    theirs.close()
    try:
        yield build
    finally:
        ours.close()
        process.join(60)


def _remember(seen: Seen, place: Place, version: int) -> None:
    engine = WhooshEngine(place.index)
    for text in QUERIES:
        answer = objects.results_json(engine.search(urls.parse(MultiDict([("q", text)]))))
        seen.true[version, text] = _comparable(answer)


def _comparable(answer: dict[str, object]) -> str:
    return json.dumps({k: v for k, v in answer.items() if k not in ("took_ms", "generation")}, sort_keys=True)


def _ask(seen: Seen, port: int, start: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for number in count(start):
        if seen.over.wait(PAUSE):
            break
        text = QUERIES[number % len(QUERIES)]
        failed = mixed = generation = ""
        try:
            connection.request("GET", f"/api/search?{urlencode({'q': text})}")
            response = connection.getresponse()
            body = response.read()
            failed = "" if response.status == 200 else f"{response.status}: {body[:100]!r}"
        except (OSError, http.client.HTTPException) as error:
            failed = repr(error)
            connection.close()
            time.sleep(0.1)
        if not failed:
            generation, is_true = _judged(seen, text, body)
            mixed = "" if is_true else f"{text!r} in {generation}"
        with seen.lock:
            seen.asked += 1
            seen.generations.add(generation)
            seen.failed += [failed] if failed else []
            seen.mixed += [mixed] if mixed else []
    connection.close()


def _judged(seen: Seen, text: str, body: bytes) -> tuple[str, bool]:
    """Which generation answered, and whether that is what it holds."""
    found = GENERATION.search(body)
    generation = found[1].decode() if found else "gen-0"
    version = 2 - int(generation.removeprefix("gen-")) % 2
    same = b"%d %s " % (version, text.encode()) + GENERATION.sub(b"", TOOK.sub(b"", body))
    if same not in seen.known:
        if _comparable(json.loads(body)) != seen.true[version, text]:
            return generation, False
        seen.known.add(same)
    return generation, True


def _growth(settled: dict[int, tuple[int, float]], after: dict[int, tuple[int, float]]) -> Iterator[Figure]:
    """Each process of the server, once caches are full and at the end."""
    if not settled or not after:
        yield Figure("  files and memory", "not measured: the run ended before")
        return
    yield none("  processes of the server that were replaced", [str(pid) for pid in settled if pid not in after])
    pairs = [(settled[pid], after[pid]) for pid in settled if pid in after]
    files = max(last[0] - first[0] for first, last in pairs)
    grown = max(last[1] - first[1] for first, last in pairs)
    yield at_most("  most file descriptors and mappings gained by a process", files, 60, "")
    yield at_most("  most memory gained by a process", grown, GROWTH_MB, "MB")
    told = ", ".join(f"{first[0]} → {last[0]} files, {first[1]:.0f} → {last[1]:.0f} MB" for first, last in pairs)
    yield Figure("  each process, files and memory", told)


def _sizes(server: subprocess.Popen[str]) -> dict[int, tuple[int, float]]:
    """Of the server and its workers: open files and mapped files; resident megabytes."""
    sizes = {}
    for pid in (server.pid, *children(server.pid)):
        files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        mapped = Path(f"/proc/{pid}/maps").read_text().count("/index/gen-")
        resident = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        sizes[pid] = files + mapped, int(resident[1]) / 1024 if resident else 0.0
    return sizes


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run (Linux)."""
    return [int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]


@contextmanager
def serving(place: Place, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The real server on a place, and its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    places = ["--corpus", str(place.corpus), "--index", str(place.index), "--port", str(port)]
    command = [sys.executable, "-m", "searchapp", "serve", *places, *arguments]
    with (
        (place.root / "log").open("w") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True) as server,
    ):
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            assert str(port) in line, line
            yield server, port
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
