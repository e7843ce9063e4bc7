"""The real program as a process: commands, and a server with a URL."""

from __future__ import annotations

import atexit
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

PROGRAM = (sys.executable, "-m", "searchapp")
MEASURED = "COVERAGE_PROCESS_CONFIG"
"""Set where coverage is measured. What tests start is not: it would be half as slow again, and there is much of it."""
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SEARCHAPP_DEADLINE")
SEEN_LATE = frozenset({"NO_COLOR", "SEARCHAPP_CORPUS", "SEARCHAPP_INDEX", "SEARCHAPP_DEADLINE"})
"""Variables that are read when a command runs, not when an interpreter starts."""
SHOWN_AT_THE_END = "shown at the end"
"""Name of a property that a test records: a text for the summary of the run."""
RUN_SECONDS = 120
START_SECONDS = 30
STOP_SECONDS = 30


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    url: str
    """Without a slash at the end."""
    process: subprocess.Popen[str]

    def get(self, path: str) -> Any:
        """What is found there, as JSON. Raises HTTPError."""
        return json.loads(self.text(path))

    def text(self, path: str) -> str:
        """What is found there. Raises HTTPError."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return str(answer.read(), "utf-8")


class Ready:
    """A process that has imported the program and runs commands: see ready.py."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp())
        atexit.register(shutil.rmtree, self._folder, ignore_errors=True)
        env = {name: value for name, value in os.environ.items() if name != MEASURED}
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("ready.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
            start_new_session=True,
        )
        atexit.register(self._end)

    def run(self, command: Sequence[str], args: Sequence[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """Run a command to its end. Raises TimeoutExpired."""
        asked, said = self._process.stdin, self._process.stdout
        assert asked is not None
        assert said is not None
        output, errors = self._folder / "output", self._folder / "errors"
        for file in (output, errors):
            file.write_bytes(b"")
        run = {"arguments": args, "environment": env}
        asked.write(json.dumps({**run, "output": str(output), "errors": str(errors)}) + "\n")
        asked.flush()
        if not select.select([said], [], [], RUN_SECONDS)[0]:
            self._end()
            ready.cache_clear()
            raise subprocess.TimeoutExpired(list(command), RUN_SECONDS, output.read_bytes(), errors.read_bytes())
        return subprocess.CompletedProcess(list(command), int(said.readline()), output.read_text(), errors.read_text())

    def _end(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


@cache
def ready() -> Ready:
    """One for all tests of this process."""
    return Ready()


@dataclass(frozen=True)
class Searchapp:
    """The program with a corpus and an index."""

    corpus: Path
    index: Path
    program: Sequence[str] = PROGRAM
    env: dict[str, str] = field(default_factory=dict)

    @classmethod
    def indexed(cls, folder: Path, write: Callable[[Path], object]) -> Searchapp:
        """The program on a corpus that `write` puts into a folder in this one, indexed."""
        app = cls(folder / "corpus", folder / "index")
        app.corpus.mkdir()
        write(app.corpus)
        done = app.run("reindex")
        assert done.returncode == 0, done.stderr
        return app

    @property
    def environment(self) -> dict[str, str]:
        """That of a user who has set the two variables: nothing else changes how the program is found or shows."""
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        places = {"SEARCHAPP_CORPUS": str(self.corpus), "SEARCHAPP_INDEX": str(self.index)}
        return {**kept, **places, **self.env}

    def run(self, *args: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, by the program that waits for it unless it must be one of its own."""
        command = [*self.program, *args]
        if self.program == PROGRAM and not kwargs and not self.env.keys() - SEEN_LATE:
            return ready().run(command, args, self.environment)
        given = {"capture_output": True, "text": True, "timeout": RUN_SECONDS, "env": self.environment, **kwargs}
        return subprocess.run(command, check=False, **given)

    def copied(self, folder: Path) -> Searchapp:
        """The program on copies of both in a folder, for a test that changes them."""
        corpus, index = (Path(shutil.copytree(place, folder / place.name)) for place in (self.corpus, self.index))
        return replace(self, corpus=corpus, index=index)

    def json(self, *args: str) -> Any:
        """What a command with --json prints."""
        done = self.run(*args, "--json")
        assert done.stdout, done.stderr
        return json.loads(done.stdout)

    @contextmanager
    def serving(self, *args: str) -> Iterator[Server]:
        """A server from its ready line to SIGTERM; what it said on standard error is shown if it does not do either."""
        port = free_port()
        with subprocess.Popen(
            [*self.program, "serve", "--port", str(port), *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        ) as process:
            assert process.stdout is not None
            try:
                readable, _, _ = select.select([process.stdout], [], [], START_SECONDS)
                line = process.stdout.readline() if readable else ""
                assert f"http://127.0.0.1:{port}/" in line, f"no ready line, but {line!r}: {stop(process)}"
                yield Server(f"http://127.0.0.1:{port}", process)
            finally:
                said = stop(process)
                sys.stderr.write(said)  # pytest shows it with a failure
            assert process.returncode == 0, said


def stop(process: subprocess.Popen[str]) -> str:
    """Ask a process to end, insist if it does not, and return what it said on standard error."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        _, said = process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        _, said = process.communicate()
    return said


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
