"""Nothing that happens to a reindex or to the files of an index costs a reader anything: slices of the long runs."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from running import MEASURED, Searchapp, Server

from torture.swaps import children

SHARES = {"kills": "0.006", "corruption": "0.015", "swaps": "0.015"}
"""Part of the full counts that the tests try: six kills, fifteen corruptions, fifteen swaps, and so on."""


@pytest.mark.long(20)
@pytest.mark.parametrize("subject", SHARES)
def test_a_slice_of_the_long_run_holds(root: Path, subject: str) -> None:
    """Killed, cut off from power, failing, damaged or replaced under clients: every figure is as it was asked."""
    command = [sys.executable, "-m", "torture", subject, "--share", SHARES[subject], "--seed", "7"]
    env = {name: value for name, value in os.environ.items() if name != MEASURED}  # hundreds of processes
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "  ok " in done.stdout


def test_a_figure_that_does_not_hold_fails_the_run(root: Path, tmp_path: Path) -> None:
    """The runner ends with status 1 when something that was asked is not so: a slice that passes says something."""
    (tmp_path / "broken.py").write_text(
        "from torture import none\ndef run(seed, share):\n    yield none('what must not be', ['it is'])\n"
    )
    code = (
        "import sys, torture, torture.__main__ as runner; torture.__path__.append(sys.argv[1]); "
        "runner.SUBJECTS['broken'] = 'never holds'; sys.exit(runner.main(['broken']))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "FAILED" in done.stdout


def copied(app: Searchapp, folder: Path, builds: int) -> Searchapp:
    """The same corpus with an index of its own, of so many generations."""
    copy = Searchapp(app.corpus, folder / "index")
    shutil.copytree(app.index, copy.index)
    for _ in range(builds - 1):
        assert copy.run("reindex", "--full").returncode in (0, 1)
    return copy


def answer(server: Server, path: str) -> dict[str, object]:
    """What is answered, asked again while a worker is replaced."""
    until = time.monotonic() + 30
    while True:
        try:
            found: dict[str, object] = server.get(path)
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < until
            time.sleep(0.1)
        else:
            return found


def test_a_file_cut_short_while_it_is_served_costs_a_worker_not_the_truth(seed_app: Searchapp, tmp_path: Path) -> None:
    """A worker that meets the end of a mapped file is replaced, and its successor serves the generation before."""
    app = copied(seed_app, tmp_path, 2)
    with app.serving("--workers", "1") as server:
        before = answer(server, "/api/search?q=hospital")
        for path in (app.index / "gen-2").glob("*.npy"):
            with path.open("r+b") as file:
                file.truncate(0)
        for text in ("airstrike", "convoy", "Russia", "hospital"):
            after = answer(server, f"/api/search?q={text}")
        assert (after["generation"], after["total"]) == ("gen-1", before["total"])
        health = answer(server, "/healthz")
        assert health["status"] == "degraded"
        assert "gen-2" in json.dumps(health)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="asks Linux for the processes of the server")
def test_workers_that_die_one_after_the_other_are_replaced(seed_app: Searchapp) -> None:
    """However often and however soon a worker dies, the server comes back by itself, and still ends when it is told."""
    with seed_app.serving("--workers", "1") as server:
        for _ in range(3):
            answer(server, "/api/search?q=hospital")
            (worker,) = children(server.process.pid)
            os.kill(worker, signal.SIGKILL)
        assert answer(server, "/api/search?q=hospital")["total"]


def test_check_names_what_a_running_server_cannot_see(seed_app: Searchapp, tmp_path: Path) -> None:
    """A byte changed in a file that is already served is found by `check`, with the file and what to do."""
    app = copied(seed_app, tmp_path, 2)
    path = max((app.index / "gen-2").iterdir(), key=lambda path: path.stat().st_size)
    with app.serving() as server:
        answer(server, "/api/search?q=hospital")
        with path.open("r+b") as file:
            file.seek(path.stat().st_size // 2)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 1]))
        checked = app.run("check")
        assert checked.returncode == 2
        assert f"{path.name} is not as it was written" in checked.stderr
        assert "reindex" in checked.stderr
        assert app.run("reindex").returncode in (0, 1)
        mended = answer(server, "/api/search?q=hospital")
        assert mended["generation"] == "gen-3"


def test_a_second_reindex_says_who_is_first_and_a_dead_one_blocks_nobody(seed_app: Searchapp, tmp_path: Path) -> None:
    """While a reindex holds the lock another waits and then names its process; killed, it is in nobody's way."""
    app = copied(seed_app, tmp_path, 1)
    holding = (
        "import sys; from pathlib import Path; from searchapp.engines.whoosh.generations import Generations\n"
        "def fill(folder):\n    print('held', flush=True)\n    sys.stdin.read()\n"
        "Generations(Path(sys.argv[1])).build(fill, print)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holding, app.index], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        code = (  # the program, less patient
            "from searchapp import cli\nfrom searchapp.engines.whoosh.generations import Generations\n"
            "Generations.__init__.__kwdefaults__['wait'] = 0.5\ncli.main()"
        )
        second = replace(app, program=(sys.executable, "-c", code)).run("reindex", "--full")
        assert second.returncode == 2
        assert f"another reindex is running (process {holder.pid} on " in second.stderr
        holder.kill()
    assert app.run("reindex", "--full").returncode in (0, 1)
    assert not list(app.index.glob("tmp-*"))


def test_a_reindex_with_nothing_to_do_clears_what_a_killed_one_left(seed_app: Searchapp, tmp_path: Path) -> None:
    """A run that finds the index up to date still removes the remains of one that was killed at its very end."""
    app = copied(seed_app, tmp_path, 1)
    (app.index / "tmp-9").mkdir()
    (app.index / "tmp-9" / "half").write_text("left")
    report = app.json("reindex")
    assert not report["changed"]
    assert not list(app.index.glob("tmp-*"))
