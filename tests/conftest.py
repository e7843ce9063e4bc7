"""What several test modules share: the seeds, an index of them, the real program, and a browser."""

from __future__ import annotations

import gc
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser
from running import SHOWN_AT_THE_END, Searchapp, Server
from web_support import browser

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = "60"
"""Seconds for an answer, where a machine is busy with other tests; what holds of the limit has tests of its own."""
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


def pytest_configure() -> None:
    """Before anything reads its settings."""
    os.environ["SEARCHAPP_DEADLINE"] = PATIENCE


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The seed corpus. Read only."""
    return ROOT / "seeds"


@pytest.fixture(scope="session")
def seed_app(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Searchapp:
    """The program on the seeds, indexed once. Tests must not change its index: they copy it."""
    app = Searchapp(seeds, tmp_path_factory.mktemp("seeds") / "index")
    built = app.run("reindex")
    assert built.returncode == 0, built.stdout + built.stderr
    return app


@pytest.fixture(scope="session")
def seed_server(seed_app: Searchapp) -> Iterator[Server]:
    """The real server on the seeds, one for all tests that only read from it."""
    with seed_app.serving() as server:
        yield server


@pytest.fixture(scope="session")
def base(seed_server: Server) -> str:
    """Address of the real server on the seeds."""
    return seed_server.url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a module."""
    with browser() as launched:
        yield launched


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the modules that take longest, each of which runs in one process: what is left fills the gaps."""
    seconds: defaultdict[Path, float] = defaultdict(float)
    for item in items:
        long, in_browser = item.get_closest_marker("long"), item.get_closest_marker("browser")
        seconds[item.path] += long.args[0] if long else 2 if in_browser else 0.2
    items.sort(key=lambda item: -seconds[item.path])


def pytest_collection_finish() -> None:
    """Search for no cycles in what was imported: it stays, and is a lot."""
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what tests have to say, whichever worker ran them: see `running.SHOWN_AT_THE_END`."""
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in report.user_properties:
            if name == SHOWN_AT_THE_END and report.when == "call":
                terminalreporter.write_line(f"\n{value}")
