"""What several test modules share: the seeds, an index of them, and the real program."""

from __future__ import annotations

from pathlib import Path

import pytest
from running import Searchapp

ROOT = Path(__file__).resolve().parent.parent


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
