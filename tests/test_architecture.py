"""The walls between the parts stand, and would be missed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def contracts(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of the package in a folder."""
    linter = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [linter, "--no-logo", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def copy(root: Path, tmp_path: Path) -> Path:
    """A copy of the package to break."""
    shutil.copytree(root / "searchapp", tmp_path / "searchapp", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_hold(root: Path) -> None:
    """Imports run one way only, and Whoosh, Flask and granian are each imported in one place."""
    checked = contracts(root)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("splitting/__init__.py", "import whoosh.index", "Whoosh is imported"),
        ("engines/__init__.py", "import flask", "Flask, with what it is made of, is imported"),
        ("cli.py", "from werkzeug.datastructures import MultiDict", "Flask, with what it is made of, is imported"),
        ("terminal.py", "import jinja2", "Flask, with what it is made of, is imported"),
        ("cli.py", "import granian", "granian is imported"),
        ("model.py", "import searchapp.settings", "Imports run one way"),
        ("engines/__init__.py", "import searchapp.web", "Imports run one way"),
        ("unheard_of.py", "", "Imports run one way"),
    ],
)
def test_a_broken_contract_is_found(copy: Path, module: str, line: str, contract: str) -> None:
    """A forbidden import, or a module without a place, fails the contract that forbids it."""
    path = copy / "searchapp" / module
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    checked = contracts(copy)
    assert checked.returncode != 0
    assert contract in checked.stdout + checked.stderr


def test_commands_do_not_wait_for_flask() -> None:
    """Only `serve` needs Flask: it takes longer to import than most commands to run."""
    asked = "import sys, searchapp.cli; print(sorted({'flask', 'flask_babel', 'jinja2'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
