"""The index is replaced again and again while clients ask: no answer fails or is of two generations, nothing grows."""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from searchapp.engines.whoosh import WhooshEngine
from searchapp.web import api, urls
from torture import Figure, at_most, counted, none, part
from torture.places import Place

SWAPS: Final = 1_000
CLIENTS: Final = 16
QUERIES: Final = ("hospital", "convoy lorries", "v1", "v2", "", '"Syrian Army"', "hosp*")
SETTLED: Final = 0.25
"""Part of the swaps after which caches are full and nothing may grow any more."""
GROWTH_MB: Final = 32.0
"""What a worker's memory may differ by between then and the end: allocators are not exact."""


@dataclass(slots=True)
class Seen:
    """What the clients were told."""

    true: dict[tuple[int, str], str] = field(default_factory=dict)
    """By version of the corpus (it alternates with the generations) and query."""
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
        with serving(place) as (server, port):
            clients = [threading.Thread(target=_ask, args=(seen, port, seed + n)) for n in range(CLIENTS)]
            for client in clients:
                client.start()
            settled: dict[int, tuple[int, float]] = {}
            started = time.monotonic()
            for swap in range(number):
                WhooshEngine(place.index).rebuild(collections[swap % 2])
                if swap == int(number * SETTLED):
                    settled = _sizes(server)
            seconds = time.monotonic() - started
            time.sleep(1)
            after = _sizes(server)
            seen.over.set()
            for client in clients:
                client.join()
        log = (place.root / "log").read_text()
    if seen.failed:
        unusual = [line for line in log.splitlines() if '"event": "request"' not in line]
        seen.failed.insert(0, " / ".join(unusual[-5:]))
    yield Figure("swaps, under clients", f"{number:,}, {CLIENTS}, {seconds:.0f} s")
    yield counted("  answers", seen.asked)
    yield counted("  generations that answered", len(seen.generations))
    yield none("  failed", seen.failed)
    yield none("  neither the one nor the other version, to the byte", seen.mixed)
    yield from _growth(settled, after)


def _remember(seen: Seen, place: Place, version: int) -> None:
    engine = WhooshEngine(place.index)
    for text in QUERIES:
        answer = api.results_json(engine.search(urls.parse(MultiDict([("q", text)]))))
        seen.true[version, text] = _comparable(answer)


def _comparable(answer: dict[str, object]) -> str:
    return json.dumps({k: v for k, v in answer.items() if k not in ("took_ms", "generation")}, sort_keys=True)


def _ask(seen: Seen, port: int, start: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for number in range(start, start + 10_000_000):
        if seen.over.is_set():
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
            answer = json.loads(body)
            generation = str(answer["generation"])
            version = 2 - int(generation.removeprefix("gen-")) % 2
            if _comparable(answer) != seen.true[version, text]:
                mixed = f"{text!r} in {generation}"
        with seen.lock:
            seen.asked += 1
            seen.generations.add(generation)
            seen.failed += [failed] if failed else []
            seen.mixed += [mixed] if mixed else []
    connection.close()


def _growth(settled: dict[int, tuple[int, float]], after: dict[int, tuple[int, float]]) -> Iterator[Figure]:
    """Each process of the server, once caches are full and at the end."""
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
    for pid in (server.pid, *_children(server.pid)):
        files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        mapped = Path(f"/proc/{pid}/maps").read_text().count("/index/gen-")
        resident = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        sizes[pid] = files + mapped, int(resident[1]) / 1024 if resident else 0.0
    return sizes


def _children(pid: int) -> list[int]:
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
