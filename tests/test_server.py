"""The real server: many clients, an index that changes under them, and an orderly end."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

import pytest
from running import START_SECONDS, STOP_SECONDS, Searchapp, Server, free_port, stop
from werkzeug.datastructures import MultiDict

from searchapp.engines.whoosh import WhooshEngine
from searchapp.server import _Loop
from searchapp.web import objects, urls
from torture.load import Site

CLIENTS = 6
REBUILDS = 3
QUERIES = (
    "/api/search?q=hospital",
    "/api/search?q=convoy&year=2016",
    "/api/search?q=hospital+convoy&match=any&per_page=50",
    "/api/search",
)


@dataclass
class Seen:
    """What the clients were told: by generation and query, the answers without their durations."""

    answers: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    asked: int = 0


def write_corpus(folder: Path, documents: int) -> None:
    """Documents with a date, so that totals and facets tell one corpus from another."""
    folder.mkdir(exist_ok=True)
    for number in range(documents):
        year = 2014 + number % 4
        text = f"""\
            # Report {number}

            ## In the north

            On 3 May {year} a hospital was hit for the {number} time, and a convoy of {number + 7} lorries turned back.

            ## In the south

            A convoy arrived on 9 June {year}.
            """
        (folder / f"report-{number:03d}.md").write_text(textwrap.dedent(text))


def hammer(server: Server, seen: Seen, over: threading.Event, lock: threading.Lock) -> None:
    """Ask one query after the other on one connection until it is over."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    for number in range(1_000_000):
        path = QUERIES[number % len(QUERIES)]
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
            failure = "" if response.status == 200 else f"{path}: {response.status} {body[:200]!r}"
        except (OSError, http.client.HTTPException) as error:
            failure, body = f"{path}: {error!r}", b""
        with lock:
            seen.asked += 1
            if failure:
                seen.failures.append(failure)
            else:
                answer = json.loads(body)
                answer.pop("took_ms")
                seen.answers.setdefault((answer["generation"], path), set()).add(json.dumps(answer, sort_keys=True))
        if over.wait(0.01):  # what builds needs a processor too
            break
    connection.close()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Searchapp:
    """The program on a small corpus, indexed once."""
    return Searchapp.indexed(tmp_path_factory.mktemp("built"), lambda corpus: write_corpus(corpus, 12))


@pytest.fixture
def app(built: Searchapp, tmp_path: Path) -> Searchapp:
    """A copy of that, to change."""
    return built.copied(tmp_path)


@pytest.mark.long(10)
def test_a_reindex_underneath_fails_no_request_and_mixes_no_answer(app: Searchapp) -> None:
    """While the corpus changes and is indexed anew, each answer is that of one generation as a whole."""
    seen, over, lock = Seen(), threading.Event(), threading.Lock()
    expected: dict[tuple[str, str], str] = {}

    def remember() -> None:
        for path in QUERIES:
            answer = fresh_answer(app, path)
            expected[answer["generation"], path] = json.dumps(answer, sort_keys=True)

    remember()
    with app.serving() as server, ThreadPoolExecutor(CLIENTS) as clients:
        asking = [clients.submit(hammer, server, seen, over, lock) for _ in range(CLIENTS)]
        try:
            for number in range(1, REBUILDS + 1):
                write_corpus(app.corpus, 12 + 9 * number)
                built = app.json("reindex")
                assert built["changed"]
                await_generation(server, built["generation"])
                remember()
        finally:
            over.set()
        for client in asking:
            client.result()
    assert seen.failures == []
    assert seen.asked > 50
    assert len({generation for generation, _ in seen.answers}) == REBUILDS + 1
    assert {key: answers for key, answers in seen.answers.items() if answers != {expected[key]}} == {}


def await_generation(server: Server, generation: str) -> None:
    """Ask until both workers answer from a generation; a thread that opens it does not hold up the others."""
    last = time.monotonic() + 5
    while {server.get("/api/search?per_page=1")["generation"] for _ in range(8)} != {generation}:
        assert time.monotonic() < last, f"{generation} is not served after five seconds"


def fresh_answer(app: Searchapp, path: str) -> Any:
    """What an engine that has just opened the present generation answers."""
    query = urls.parse(MultiDict(parse_qsl(urlsplit(path).query)))
    answer = objects.results_json(WhooshEngine(app.index).search(query))
    answer.pop("took_ms")
    return answer


SLOW = """
import sys, time
from searchapp import server

def application(environ, start_response):
    time.sleep(1.0 if environ["PATH_INFO"] == "/slow" else 0.0)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"whole" * 20_000]

def load():
    if len(sys.argv) > 2:
        from pathlib import Path
        try:
            Path(sys.argv[2]).mkdir()
        except FileExistsError:
            time.sleep(30)  # a second worker, which takes long to open its index
    return application

if __name__ == "__main__":
    server.run(load, "127.0.0.1", int(sys.argv[1]), 2, lambda: print("ready", flush=True))
"""


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Server]:
    """Our server in front of an application that takes a second."""
    with serving_slowly(tmp_path) as server:
        yield server


@contextmanager
def serving_slowly(folder: Path, *arguments: str) -> Iterator[Server]:
    """The same; with a path, its second worker is long in starting."""
    script = folder / "slow.py"
    script.write_text(SLOW)
    port = free_port()
    with subprocess.Popen(
        [sys.executable, script, str(port), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        watchdog = threading.Timer(START_SECONDS, process.kill)
        watchdog.start()
        line = process.stdout.readline()
        watchdog.cancel()
        assert line == "ready\n", stop(process)
        yield Server(f"http://127.0.0.1:{port}", process)
        stop(process)


def test_requests_under_way_are_finished(slow: Server) -> None:
    """Told to end, the server answers what it has begun, completely, and leaves with status 0."""

    def ask(_: int) -> tuple[int, int]:
        connection = http.client.HTTPConnection(slow.url.removeprefix("http://"), timeout=30)
        connection.request("GET", "/slow")
        response = connection.getresponse()
        return response.status, len(response.read())

    with ThreadPoolExecutor(6) as clients:
        under_way = [clients.submit(ask, number) for number in range(6)]
        time.sleep(0.4)
        assert not any(client.done() for client in under_way)
        slow.process.terminate()
        assert [client.result() for client in under_way] == [(200, 100_000)] * 6
    assert stop(slow.process) == ""
    assert slow.process.returncode == 0


def test_told_again_and_again_it_ends_as_told_once(tmp_path: Path) -> None:
    """However often it is told to end while it does, the server leaves with status 0."""
    with serving_slowly(tmp_path) as server:
        until = time.monotonic() + STOP_SECONDS
        while server.process.poll() is None:
            assert time.monotonic() < until, "it goes on"
            server.process.terminate()
            time.sleep(0.002)
    assert server.process.returncode == 0


def test_when_all_workers_die_they_are_started_anew(tmp_path: Path) -> None:
    """The server goes on, and each line that it says of it is JSON."""
    with serving_slowly(tmp_path) as server:
        site = Site(int(server.url.rpartition(":")[2]), server.process)
        for pid in site.workers():
            os.kill(pid, signal.SIGKILL)
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                assert urllib.request.urlopen(server.url, timeout=5).status == 200
                break
            except OSError:
                assert time.monotonic() < until, "it does not go on"
                time.sleep(0.1)
        said = stop(server.process)
    told = [json.loads(line) for line in said.splitlines()]
    assert told
    assert all({"time", "level", "event"} <= line.keys() for line in told)
    assert server.process.returncode == 0


UNHEARD = """
import signal, sys, threading
from searchapp import server

def application(environ, start_response):
    start_response("200 OK", [])
    return [b""]

def end():  # called in a thread: Python hears the signal when its main thread does something
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

if __name__ == "__main__":
    server.run(lambda: application, "127.0.0.1", int(sys.argv[1]), 1, end)
"""


def test_a_signal_that_another_thread_receives_is_heard(tmp_path: Path) -> None:
    """As is one that comes in the moment in which the main thread begins to wait; a server told to end so went on."""
    script = tmp_path / "unheard.py"
    script.write_text(UNHEARD)
    done = subprocess.run([sys.executable, script, str(free_port())], timeout=START_SECONDS, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("what", [{"interrupt_signal": True}, {"reload_signal": True}, {"interrupt_children": [1]}])
def test_what_is_told_meanwhile_is_not_cleared_away(what: dict[str, Any]) -> None:
    """Told something while it begins what it was told before, the server is awake still."""
    told = SimpleNamespace(interrupt_signal=False, reload_signal=False, interrupt_children=[])
    loop = _Loop(cast(Any, told))
    loop.set()
    loop.clear()
    with pytest.raises(TimeoutError), alarm(0.5):
        loop.wait()
    vars(told).update(what)
    loop.clear()
    with alarm(5):
        loop.wait()


@contextmanager
def alarm(seconds: float) -> Iterator[None]:
    """Raise TimeoutError in the main thread after so long."""

    def late(_number: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_worker_that_is_still_starting_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """Told to end while a worker opens its index, the server does not wait for it, nor does that one begin to serve."""
    with serving_slowly(tmp_path, str(tmp_path / "first")) as server:
        started = time.monotonic()
        server.process.terminate()
        assert stop(server.process) == ""
        assert server.process.returncode == 0
        assert time.monotonic() - started < 8


def test_an_idle_connection_does_not_hold_up_the_end(slow: Server) -> None:
    """A browser that keeps its connection open is no request under way."""
    connection = http.client.HTTPConnection(slow.url.removeprefix("http://"), timeout=30)
    connection.request("GET", "/")
    connection.getresponse().read()
    started = time.monotonic()
    slow.process.terminate()
    assert stop(slow.process) == ""
    assert slow.process.returncode == 0
    assert time.monotonic() - started < 10
    connection.close()


def test_the_next_request_is_answered_from_the_new_index(app: Searchapp) -> None:
    """A server that nobody else is asking answers the first request after a reindex from what was built."""
    with app.serving("--workers", "1") as server:
        for number in (13, 14):
            write_corpus(app.corpus, number)
            built = app.json("reindex")
            answer = server.get("/api/search?q=convoy")
            assert answer["generation"] == built["generation"]
            assert answer["total"] == built["counts"]["entries"]


def test_what_a_corpus_says_of_itself_comes_with_its_index(app: Searchapp) -> None:
    """Title and examples are those of the generation that answers, on pages and in files alike; without a title, it is
    the folder's name."""
    with app.serving("--workers", "1") as server:
        for title, said in ((app.corpus.name, ""), ("Field notes", 'title = "Field notes"\nexamples = ["convoy"]\n')):
            (app.corpus / "searchapp.toml").write_text(said)
            assert app.json("reindex")["changed"] is True
            assert f'<h1 class="page-title">{title}</h1>' in (start := server.text("/"))
            assert ('href="/search?q=convoy"' in start) is bool(said)
            for path in ("/opensearch.xml", "/feed.atom", "/export.ris?q=convoy", "/search"):
                assert title in server.text(path)


def test_a_busy_port_is_told_in_a_sentence(seed_app: Searchapp, base: str) -> None:
    """A second server on a port does not share it; it says what is wrong and ends with status 2."""
    second = seed_app.run("serve", "--port", base.rpartition(":")[2])
    assert second.returncode == 2
    assert "--port" in second.stderr
    assert "Traceback" not in second.stderr


def test_an_index_older_than_its_corpus_is_served_with_a_warning(app: Searchapp) -> None:
    """The server starts, and says on standard error that it is time for a reindex."""
    write_corpus(app.corpus, 13)
    with app.serving() as server:
        assert server.get("/healthz")["generation"] == "gen-1"
        said = stop(server.process)
    assert "searchapp reindex" in said


def test_without_an_index_the_server_says_what_to_do(seeds: Path, tmp_path: Path) -> None:
    """Serving nothing is no use: the message has the command that makes an index."""
    done = Searchapp(seeds, tmp_path / "index").run("serve", "--port", str(free_port()))
    assert done.returncode == 2
    assert "searchapp reindex" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_generation_is_not_served_to_anyone(seed_app: Searchapp, tmp_path: Path) -> None:
    """A server started on a damaged index refuses with the reason, not with a traceback at the first request."""
    shutil.copytree(seed_app.index, tmp_path / "index")
    for file in tmp_path.glob("index/gen-*/*"):
        file.write_bytes(b"")
    done = Searchapp(seed_app.corpus, tmp_path / "index").run("serve", "--port", str(free_port()))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
