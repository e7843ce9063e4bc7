"""Bad documents through the real program, and generated input through all that reads documents."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from torture import Figure, at_most, counted, none, part
from torture.bad_files import WORD, Bad, cases, write
from torture.fuzz import fuzzed
from torture.inputs import FUZZED

INPUTS = 20_000
SECONDS_EACH, MEGABYTES = 10.0, 1_500
REFUSALS = ("of processor time", "of memory")


def run(seed: int, share: float) -> Iterator[Figure]:
    """Every figure of this subject."""
    yield from bad_documents()
    for name in FUZZED:
        yield from fuzzed(name, seed, part(INPUTS, share))


def bad_documents() -> Iterator[Figure]:
    """All bad files in one corpus, indexed and searched by the real program with its own limits."""
    chosen = cases()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        write(Path(folder) / "corpus", chosen)
        started = time.monotonic()
        done, largest = _program(Path(folder), "reindex", "--json")
        seconds = time.monotonic() - started
        report = json.loads(done.stdout or "{}")
        found, _ = _program(Path(folder), "search", WORD, "--json", "--limit", "100")
        documents = {facet["value"] for facet in json.loads(found.stdout)["facets"]["document"]}
    said = {(problem["path"], problem["line"], problem["message"]) for problem in report.get("problems", [])}
    refused = [path for path, _, message in said if any(each in message for each in REFUSALS)]
    yield counted("bad files in one corpus", len(chosen))
    yield Figure(
        "  status of reindex; documents of them left out at a limit",
        f"{done.returncode}; {len(refused)}",
        "1",
        done.returncode == 1,
    )
    yield none("  not named with line and reason, or their text not found", wrongs(chosen, said, documents))
    yield none("  good ones that are not found", sorted({"a-good.md", "z-good.md"} - documents))
    yield at_most("  seconds for a file, on average", seconds / len(chosen), SECONDS_EACH, "s")
    yield at_most("  largest process", largest, MEGABYTES, "MB")


def wrongs(chosen: dict[bytes, Bad], said: set[tuple[str, int | None, str]], documents: set[str]) -> list[str]:
    """What was not said, or not found, though it should have been."""
    wrong = []
    for raw, bad in chosen.items():
        shown = _shown(raw)
        mine = [(line, message) for path, line, message in said if path == shown]
        refused = any(each in message for _, message in mine for each in REFUSALS)
        if bad.heavy and refused:
            continue
        if bad.says and not any(bad.says in message and bad.line in (None, line) for line, message in mine):
            wrong.append(f"{shown}: {bad.says!r} on line {bad.line}; said: {mine}")
        if not bad.says and mine:
            wrong.append(f"{shown}: said though nothing is wrong: {mine}")
        if bad.found != (os.fsdecode(raw) in documents):
            wrong.append(f"{shown}: {'not found' if bad.found else 'found'}")
    return wrong


def _shown(raw: bytes) -> str:
    """A name as the report writes it."""
    text = raw.decode("utf-8", "backslashreplace")
    return text.replace("\n", "\\n").replace("\x1b", "\\x1b")


def _program(folder: Path, command: str, *arguments: str) -> tuple[subprocess.CompletedProcess[str], float]:
    """A command of the program, and the largest of its processes, in MB."""
    places = ["--corpus", str(folder / "corpus"), "--index", str(folder / "index")]
    measured = (
        "import resource, subprocess, sys\n"
        "status = subprocess.run([sys.executable, '-m', 'searchapp', *sys.argv[1:]]).returncode\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)\n"
        "sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", measured, command, *arguments, *places], capture_output=True, text=True, check=False
    )
    return done, int(done.stderr.split()[-1]) / (2**20 if sys.platform == "darwin" else 2**10)
