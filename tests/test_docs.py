"""What the papers say is so."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from datetime import date
from pathlib import Path

import click
import pytest
from running import Searchapp

from searchapp import gazetteer, settings
from searchapp.cli import cli
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import ORIGINS, Query
from searchapp.published import published
from searchapp.settings import CorpusSettings
from searchapp.web import urls

TAKEN_AWAY = ("ignored", "capped", "unknown")
PAPERS = ("README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
MANUAL_PARTS = ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "EXIT STATUS", "ENVIRONMENT", "FILES")
COMMANDS = tuple(cli.commands.items())
OPTIONS = tuple(
    (name, option)
    for name, command in COMMANDS
    for option in command.params
    if isinstance(option, click.Option) and "--help" not in option.opts
)


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    """The README."""
    return (root / "README.md").read_text()


def help_of(name: str) -> str:
    """What `searchapp NAME --help` prints."""
    command = cli.commands[name]
    return command.get_help(click.Context(command, info_name=f"searchapp {name}"))


@pytest.mark.parametrize("name", [name for name, _ in COMMANDS])
def test_every_command_is_documented(name: str, readme: str) -> None:
    """A command is in the README, and its help has every part of a manual page."""
    assert f"searchapp {name}" in readme
    headings = re.findall(r"^([A-Z ]+):$", help_of(name), re.MULTILINE)
    assert headings == list(MANUAL_PARTS)


@pytest.mark.parametrize(("name", "option"), OPTIONS, ids=[f"{name} {option.opts[0]}" for name, option in OPTIONS])
def test_every_option_is_documented(name: str, option: click.Option, readme: str) -> None:
    """An option has a description in the help of its command, and is named in the README."""
    assert option.help
    for spelling in option.opts:
        assert re.search(rf"(?<![\w-]){re.escape(spelling)}(?![\w-])", help_of(name))
        assert re.search(rf"(?<![\w-]){re.escape(spelling)}(?![\w-])", readme)


def test_the_readme_names_no_option_that_does_not_exist(readme: str) -> None:
    """Every --option in the README is one of the program's."""
    known = {spelling for _, option in OPTIONS for spelling in option.opts} | {"--help"}
    assert set(re.findall(r"(?<![\w-])--[a-z][\w-]*", readme)) <= known


def test_the_readme_names_every_parameter_of_the_api(readme: str) -> None:
    """The row of /api/search lists the parameters that are taken, and no others."""
    row = next(line for line in readme.splitlines() if "GET /api/search" in line)
    assert set(re.findall(r"`(\w+)`", row)) == set(urls.PARAMETERS)


def test_the_options_of_search_are_the_parameters_of_the_api() -> None:
    """What can be asked over HTTP can be asked on the command line, under the same names."""
    own = {"query", "folder", "index", "as_json"}
    assert {parameter.name for parameter in cli.commands["search"].params} - own == set(urls.PARAMETERS) - {"q"}


def test_the_examples_of_the_query_language_are_understood(readme: str, seed_app: Searchapp) -> None:
    """Nothing of what the README shows as typed is ignored or cut, and all of it finds something in the seeds."""
    table = readme.partition("| typed | finds |")[2].partition("\n\n")[0]
    typed = [
        query for row in re.findall(r"^\|([^|]+)\|", table, re.MULTILINE) for query in re.findall("`([^`]+)`", row)
    ]
    engine = WhooshEngine(seed_app.index)
    answers = {query: engine.search(Query(q=query)) for query in typed}
    assert len(answers) >= 9
    assert {
        query: note.code for query, answer in answers.items() for note in answer.notes if note.code in TAKEN_AWAY
    } == {}
    assert [query for query, answer in answers.items() if not answer.total] == []


def test_the_readme_lists_the_origins_of_dates(readme: str) -> None:
    """The table of origins has each of them, best evidence first."""
    table = readme.partition("| origin | meaning |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(ORIGINS)


def test_the_settings_of_the_readme_can_be_used(readme: str, tmp_path: Path) -> None:
    """The example of searchapp.toml is read without complaint and names every setting."""
    example = blocks(readme, "toml")[0]
    (tmp_path / "searchapp.toml").write_text(example)
    settings.load_corpus_settings(tmp_path)
    assert set(tomllib.loads(example)) == {field.name for field in fields(CorpusSettings)} - {"digest"}


def test_publication_dates_are_read_as_the_readme_says(readme: str) -> None:
    """Every key that it names holds one; every form that it shows is read, and of those it excludes none."""
    told = readme.partition("The publication date is")[2].partition("\n\n")[0]
    names, forms, wrong = (
        re.findall("`([^`]+)`", part) for part in re.split(r"It\s+is\s+a\s+whole|What\s+may\s+be", told)
    )
    assert published(names[0], {}).in_name
    assert {published(name, {}).when for name in (names[0], *wrong[-4:])} == {date(2016, 2, 27)}
    assert len(names) == 15
    assert [key for key in names[1:] if key not in ("_", "-") and not published("a.md", {key: "2016-02-27"}).when] == []
    assert {published("a.md", {"date": form}).when for form in forms} == {date(2016, 2, 27)}
    assert [form for form in wrong if not published("a.md", {"date": form}).unused] == []


def test_the_gazetteer_of_the_readme_can_be_used(readme: str) -> None:
    """The example of actors.toml is read without complaint."""
    names, problems = gazetteer.parse(blocks(readme, "toml")[1].encode())
    assert not problems
    assert len(names.names) == 2


@pytest.mark.parametrize("name", PAPERS)
def test_links_lead_somewhere(name: str, root: Path) -> None:
    """Every relative link and picture of a paper exists; what stands as code is none."""
    targets = re.findall(r"\]\(([^)#:]+)\)", re.sub(r"`[^`\n]*`", "", (root / name).read_text()))
    missing = [target for target in targets if not (root / target).exists()]
    assert not missing


@pytest.mark.parametrize("name", PAPERS)
def test_targets_of_make_exist(name: str, root: Path) -> None:
    """Every `make …` that a paper tells the reader to run is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(), re.MULTILINE))
    told = re.findall(r"(?:^|`|PORT=\d+ )make ([a-z]+)", (root / name).read_text(), re.MULTILINE)
    assert set(told) <= targets


def test_architecture_names_what_is_there(root: Path) -> None:
    """Each part of the package has its place in ARCHITECTURE.md, and each place that it names exists."""
    text = (root / "ARCHITECTURE.md").read_text()
    parts = {path.name for path in (root / "searchapp").iterdir() if path.suffix == ".py" and path.stem[0] != "_"}
    parts |= {f"{path.parent.name}/" for path in (root / "searchapp").glob("*/__init__.py")}
    named = set(re.findall(r"`(?:searchapp/)?([a-z_]+(?:\.py|/))", text))
    assert parts <= named
    elsewhere = {name for name in named - parts if not (root / name).exists()}
    assert {name for name in elsewhere if not list((root / "searchapp").rglob(name))} == set()


def test_architecture_has_a_line_for_each_dependency(root: Path) -> None:
    """Each library that is installed with the program has a row: what it does here, who keeps it."""
    rows = {
        line.split("|")[1].strip().lower()
        for line in (root / "ARCHITECTURE.md").read_text().splitlines()
        if line.startswith("|")
    }
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    names = {re.split(r"[<>=!~ ]", dependency)[0].lower() for dependency in project["dependencies"]}
    assert names <= rows


def test_every_dependency_is_pinned(root: Path) -> None:
    """constraints.txt has a version, and no address, for each library of the program and its tests."""
    lines = (root / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    pinned = {re.sub(r"[-_.]+", "-", line.split("==")[0]).lower() for line in lines}
    assert {re.sub(r"[-_.]+", "-", re.split(r"[<>=!~ ]", name)[0]).lower() for name in wanted} <= pinned


def blocks(text: str, language: str) -> list[str]:
    """The fenced code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
