"""Generated input to one of the readers: guided by coverage where atheris can be imported, else drawn by hypothesis.

`python -m torture.fuzz NAME INPUTS SEED SECONDS` is the process in which atheris runs: it ends the one that it is in.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from torture import Figure, counted, none, time_left

if TYPE_CHECKING:
    from torture.inputs import Fuzzed

MOST_SECONDS = 2.0
BEGINNINGS = 64
"""Inputs by chance from which those that reach something new are made."""
LONGEST = 1_800.0
"""Seconds after which a reader has read enough."""
PATIENCE = 120
"""Seconds that atheris may need besides."""


@dataclass(slots=True)
class Tally:
    """What was tried and what came of it."""

    tried: int = 0
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0
    """Seconds of processor time."""
    longest: float = 0.0
    """Seconds on the clock."""

    def put(self, read: Callable[[Any], object], value: Any) -> None:
        """Let it be read, and note what happens.

        What drew the inputs is not searched for cycles meanwhile: that takes seconds, and is no doing of the reader's.
        """
        gc.freeze()
        self._put(read, value)
        gc.unfreeze()

    def _put(self, read: Callable[[Any], object], value: Any) -> None:
        started, worked = time.monotonic(), time.thread_time()
        self.tried += 1
        try:
            read(value)
        except Exception as error:  # noqa: BLE001  # all of them are counted, not the first alone
            where = traceback.extract_tb(error.__traceback__)[-1]
            told = f"{type(error).__name__} {error} ({Path(where.filename).name}:{where.lineno}) {value!r:.300}"
            self.failures.append(told)
        self.slowest = max(self.slowest, time.thread_time() - worked)
        self.longest = max(self.longest, time.monotonic() - started)


def fuzzed(name: str, seed: int, number: int) -> Iterator[Figure]:
    """So much input to a reader of torture.inputs.FUZZED."""
    guided = find_spec("atheris") is not None
    tally = _guided(name, seed, number) if guided else _drawn(name, seed, number)
    yield counted(f"inputs to {name}, {'guided by coverage' if guided else 'drawn'}", tally.tried)
    yield none("  unexpected exceptions, or what must hold does not", tally.failures)
    told = f"{tally.slowest:.2f} s of processor time ({tally.longest:.2f} s on the clock)"
    yield Figure("  slowest", told, f"≤ {MOST_SECONDS:g} s of processor time", tally.slowest <= MOST_SECONDS)


def _drawn(name: str, seed: int, number: int) -> Tally:
    fuzzed, tally = _fuzzed(name), Tally()

    @seeded(seed)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(fuzzed.drawn)
    def once(value: Any) -> None:
        if time_left() > 0:
            tally.put(fuzzed.read, value)

    once()
    return tally


def _guided(name: str, seed: int, number: int) -> Tally:
    seconds = min(time_left(), LONGEST)
    command = [sys.executable, "-m", "torture.fuzz", name, str(number), str(seed), str(seconds)]
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:  # its own it cannot remove: atheris does not return
        own = {**os.environ, "TMPDIR": folder}
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds + PATIENCE, env=own)
    if done.returncode:
        return Tally(0, [f"the process ended with {done.returncode}: {done.stderr[-500:]}"])
    return Tally(**json.loads(done.stdout))


def _fuzzed(name: str) -> Fuzzed:
    """Imported late: what atheris is to see must be imported while it looks."""
    found: Fuzzed = importlib.import_module("torture.inputs").FUZZED[name]
    return found


def main(name: str, number: str, seed: str, seconds: str) -> None:
    """Run atheris and print the tally as JSON."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["searchapp"]):
        fuzzed = _fuzzed(name)
    tally, until = Tally(), time.monotonic() + float(seconds)

    def once(data: bytes) -> None:
        tally.put(fuzzed.read, fuzzed.decoded(data))
        if tally.tried >= int(number) or time.monotonic() > until:
            print(json.dumps(asdict(tally)), flush=True)
            os._exit(0)

    draw = Random(int(seed))
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        for each in range(BEGINNINGS):
            Path(folder, str(each)).write_bytes(draw.randbytes(draw.randrange(1, 400)))
        options = [
            f"-seed={seed}",
            "-max_len=4096",
            "-len_control=0",
            "-timeout=120",
            "-rss_limit_mb=0",
            "-verbosity=0",
        ]
        atheris.Setup(["fuzz", *options, folder], once)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
