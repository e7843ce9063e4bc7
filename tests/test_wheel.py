"""What is installed from the wheel works elsewhere, without the repository."""

from __future__ import annotations

import shutil
import subprocess
import sys
import urllib.request
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from running import Searchapp

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")


@dataclass(frozen=True)
class Installed:
    """The wheel in an environment of its own."""

    python: Path
    program: Path
    with_dependencies: bool
    """Whether pip brought the dependencies; else they are those of the environment that runs the tests."""
    unreachable: str
    """Why pip could not bring them; empty if it could."""


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without a network from the files at hand."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in ("searchapp", "templates"):
        shutil.copytree(root / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(root / name, source)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    done = subprocess.run(build, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel in an empty environment, with its dependencies if a package registry can be reached."""
    home = tmp_path_factory.mktemp("elsewhere") / "venv"
    venv.create(home)
    unreachable = why_unreachable(root, home.parent)
    if unreachable:
        (own,) = (path for path in sys.path if path.endswith("site-packages"))
        (site,) = home.glob("lib/python*/site-packages")
        # Only what the path lists is seen: the .pth of an editable searchapp in there is not read.
        (site / "borrowed.pth").write_text(own + "\n")
    options = ["--no-deps"] if unreachable else ["--constraint", str(root / "constraints.txt")]
    # With our pip: that of an environment of its own would have to be installed first.
    command = [*PIP, "--python", str(home), "install", "--no-compile", *options, str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return Installed(home / "bin" / "python", home / "bin" / "searchapp", not unreachable, unreachable)


def why_unreachable(root: Path, folder: Path) -> str:
    """Empty if pip can fetch one small pinned package from wherever it is configured to look; else the reason."""
    pins = (root / "constraints.txt").read_text().splitlines()
    (small,) = (pin for pin in pins if pin.startswith("click=="))
    fetch = [*PIP, "download", "--no-deps", "--retries", "1", "--dest", str(folder), small]
    done = subprocess.run(fetch, capture_output=True, text=True, timeout=120, check=False)
    return "" if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def app(installed: Installed, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Searchapp:
    """The installed program on a copy of the seeds, indexed."""
    folder = tmp_path_factory.mktemp("user")
    shutil.copytree(root / "seeds", folder / "seeds")
    app = Searchapp(folder / "seeds", folder / "index", (str(installed.program),))
    built = app.run("reindex", cwd=folder)
    assert built.returncode == 0, built.stdout + built.stderr
    return app


def test_the_wheel_holds_the_program_and_nothing_else(wheel: Path, root: Path) -> None:
    """Every module, template and static file is in the wheel; tests, seeds and index are not."""
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    ours = {f"searchapp/{path.relative_to(root)}" for path in (root / "templates").rglob("*") if path.is_file()}
    files = (path for path in (root / "searchapp").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert held == ours | {str(path.relative_to(root)) for path in files}


def test_the_wheel_carries_the_licence(wheel: Path, root: Path) -> None:
    """The licence goes with the code."""
    archive = zipfile.ZipFile(wheel)
    (name,) = (name for name in archive.namelist() if name.endswith("/LICENSE"))
    assert archive.read(name) == (root / "LICENSE").read_bytes()


def test_the_declared_dependencies_are_enough(installed: Installed) -> None:
    """An empty environment gets all that the program imports from the dependencies that the wheel declares."""
    if not installed.with_dependencies:
        pytest.skip(f"no package registry can be reached: {installed.unreachable}")
    every = (
        "import pkgutil, searchapp\n"
        "names = [module.name for module in pkgutil.walk_packages(searchapp.__path__, 'searchapp.')]\n"
        "[__import__(name) for name in names if not name.endswith('__main__')]\n"
        "print(searchapp.__file__)"
    )
    done = subprocess.run([installed.python, "-I", "-c", every], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(installed.python.parent.parent)


def test_the_installed_program_searches(app: Searchapp) -> None:
    """The index that the installed program built on the seeds answers on the command line."""
    assert app.json("search", "Aleppo")["total"] > 0


@pytest.mark.long(45)
def test_the_installed_program_serves_a_page(app: Searchapp) -> None:
    """The page comes with its template and its stylesheet, from the installed files."""
    with app.serving() as server:
        with urllib.request.urlopen(f"{server.url}/search?q=Aleppo", timeout=30) as answer:
            page = answer.read().decode()
        assert "<mark>" in page
        (style,) = {part.split('"')[0] for part in page.split('href="') if ".css" in part.split('"')[0]}
        with urllib.request.urlopen(server.url + style, timeout=30) as answer:
            assert answer.headers.get_content_type() == "text/css"
            assert answer.read()
