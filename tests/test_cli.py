"""The command line as a user meets it: what is printed where, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import resource
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner, Result
from running import Searchapp
from web_support import create_app

from searchapp import cli, settings
from searchapp.engines.whoosh import WhooshEngine

ESC = "\x1b"
REPORT = """\
# Report

## March 2016

A hospital was hit on 3 March 2016.

The convoy turned back.
"""


@pytest.fixture
def app(tmp_path: Path) -> Searchapp:
    """The program on a corpus of one document that is not yet indexed."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "report.md").write_text(REPORT)
    return Searchapp(corpus, tmp_path / "index")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Searchapp:
    """The same, indexed once."""
    return Searchapp.indexed(tmp_path_factory.mktemp("built"), lambda corpus: (corpus / "report.md").write_text(REPORT))


@pytest.fixture
def indexed(built: Searchapp, tmp_path: Path) -> Searchapp:
    """A copy of that, to change."""
    return built.copied(tmp_path)


def within(app: Searchapp, command: str, *args: str) -> Result:
    """Run a command in this process: for what needs no process of its own."""
    places = ["--corpus", str(app.corpus), "--index", str(app.index)]
    return CliRunner().invoke(cli.cli, [command, *places, *args], prog_name="searchapp")


def on_a_terminal(app: Searchapp, *args: str) -> tuple[str, int]:
    """What a command shows on a terminal, standard error included, and its exit status."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*app.program, *args],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**app.environment, "TERM": "xterm-256color", "COLUMNS": "100"},
    )
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # Linux's way of saying that the other side has closed
        pass
    os.close(ours)
    return shown.decode(), process.wait(60)


# --- reindex --------------------------------------------------------------------------------------


def test_reindex_reports_what_it_built(app: Searchapp) -> None:
    """The report has the counts, how passages are dated, and nothing of the progress."""
    done = app.run("reindex")
    assert done.returncode == 0
    report = dict(line.rsplit(maxsplit=1) for line in done.stdout.splitlines() if line[-1:].isdigit())
    assert report["documents"] == "1"
    assert report["news items"] == "0"
    assert "stated in the text" in done.stdout
    assert "reading" not in done.stdout


def test_progress_goes_to_standard_error_in_plain_lines(app: Searchapp) -> None:
    """Where there is no terminal each stage is a line of its own, without escapes."""
    done = app.run("reindex")
    assert "reading: 1 of 1" in done.stderr.splitlines()
    assert ESC not in done.stderr + done.stdout


def test_progress_is_a_bar_on_a_terminal(app: Searchapp) -> None:
    """On a terminal a bar moves, and the report stays when it is gone."""
    shown, status = on_a_terminal(app, "reindex")
    assert status == 0
    assert ESC in shown
    assert "━" in shown
    assert "reading: 1 of 1" not in shown
    assert "documents" in shown


def test_reindex_leaves_an_unchanged_corpus_alone(indexed: Searchapp) -> None:
    """Without a change nothing is built; with --full it is, and after a change too."""
    first = WhooshEngine(indexed.index).status().generation
    again = indexed.run("reindex")
    assert again.returncode == 0
    assert "up to date" in again.stdout
    assert indexed.json("reindex")["changed"] is False
    assert WhooshEngine(indexed.index).status().generation == first

    full = indexed.json("reindex", "--full")
    assert full["changed"] is True
    assert full["generation"] != first

    (indexed.corpus / "second.md").write_text("# Second\n\nMore.\n")
    assert indexed.json("reindex")["counts"]["documents"] == 2


@pytest.mark.parametrize("module", ["splitting/dating/entries.py", "engines/whoosh/analysis.py"])
def test_other_rules_make_another_index(indexed: Searchapp, root: Path, tmp_path: Path, module: str) -> None:
    """An index made by a version that dates or stems differently is not up to date, though no document has changed."""
    changed = Path(shutil.copytree(root / "searchapp", tmp_path / "other" / "searchapp"))
    with (changed / module).open("a") as rules:
        rules.write("# Another rule.\n")
    told = indexed.run("check", cwd=changed.parent)
    assert told.returncode == 1
    assert "reindex" in told.stdout
    assert ("corpus has changed" in told.stdout) is ("whoosh" not in module)
    done = indexed.run("reindex", "--json", cwd=changed.parent)
    assert json.loads(done.stdout)["changed"] is True
    assert indexed.run("check", cwd=changed.parent).returncode == 0


def test_reindex_as_data(app: Searchapp) -> None:
    """--json has what the report has, and standard output holds nothing else."""
    report = app.json("reindex")
    assert report["changed"] is True
    assert report["counts"] | {"passages": 0} == {
        "documents": 1,
        "entries": 1,
        "sections": 1,
        "news": 0,
        "passages": 0,
        "actors": 0,
        "named": 0,
        "dated_entries": 1,
    }
    assert report["dated"]["stated"] == 1
    assert report["problems"] == []


def test_problems_are_named_with_file_and_line(app: Searchapp) -> None:
    """A document with a problem does not stop the others: status 1, and the report says where to look."""
    (app.corpus / "odd.md").write_bytes(b"# Odd\n\nfine\n\nnot \xff UTF-8\n")
    done = app.run("reindex")
    assert done.returncode == 1
    assert "odd.md:5: " in done.stdout
    assert app.run("search", "hospital").returncode == 0

    again = app.run("reindex")
    assert again.returncode == 0
    assert "up to date" in again.stdout
    assert "odd.md:5: " in again.stdout

    (problem,) = app.json("reindex", "--full")["problems"]
    assert (problem["path"], problem["line"]) == ("odd.md", 5)


def test_a_failed_reindex_keeps_what_was_served(indexed: Searchapp) -> None:
    """A build that cannot be written ends with status 2 and a reason; the old one still answers."""
    (indexed.corpus / "second.md").write_text("# Second\n\n" + "More words about convoys.\n" * 500)

    def no_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))

    before = indexed.json("search", "hospital")
    unwritten = {"PYTHONDONTWRITEBYTECODE": "1"}  # else a module that it compiles is cut off as well, for all who come
    done = indexed.run("reindex", preexec_fn=no_room, env=indexed.environment | unwritten)
    assert done.returncode == 2
    assert str(indexed.index) in done.stderr
    assert "Traceback" not in done.stderr
    after = indexed.json("search", "hospital")
    assert after | {"took_ms": 0} == before | {"took_ms": 0}
    assert indexed.run("reindex").returncode == 0


@pytest.mark.parametrize("args", [[], ["--json"]])
def test_failures_name_the_file_and_the_key(indexed: Searchapp, args: Sequence[str]) -> None:
    """A wrong setting is a sentence on standard error with status 2, and data where data was asked for."""
    (indexed.corpus / "searchapp.toml").write_text('dates = "sometimes"\n')
    done = indexed.run("reindex", *args)
    assert done.returncode == 2
    assert "searchapp.toml" in done.stderr
    assert "dates" in done.stderr
    assert "Traceback" not in done.stderr
    if args:
        assert "searchapp.toml" in json.loads(done.stdout)["error"]["message"]
    else:
        assert done.stdout == ""


def test_an_interrupted_reindex_is_no_success(app: Searchapp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+C ends with status 130, which is neither ‘built’ nor ‘built with problems’."""

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("searchapp.corpus.read", interrupted)
    done = CliRunner().invoke(cli.cli, ["reindex", "--corpus", str(app.corpus), "--index", str(app.index)])
    assert done.exit_code == 130


@pytest.mark.parametrize("args", [[], ["--full"]])
def test_a_gazetteer_without_any_name_fails(app: Searchapp, args: Sequence[str]) -> None:
    """A slip in actors.toml never costs the index its actors: status 2 with file and line, the old one is served."""
    names = app.corpus / "actors.toml"
    names.write_text('[[actor]]\nname = "Convoy"\ntype = "group"\n')
    assert app.json("reindex")["counts"]["actors"] == 1
    for wrong, line in (('[[actor]]\nname = "Convoy\n', ":2: "), ('[[actors]]\nname = "Convoy"\n', ": 'actors' is no")):
        names.write_text(wrong)
        done = app.run("reindex", *args)
        assert done.returncode == 2
        assert f"{names}{line}" in done.stderr
        assert "no name can be used, so nothing was built" in done.stderr
        assert app.json("search", "--actor", "Convoy")["total"] == 1


def test_settings_that_are_no_file_are_not_waited_for(app: Searchapp) -> None:
    """A pipe, a link or something huge in the place of searchapp.toml is an error at once."""
    path = app.corpus / "searchapp.toml"
    for make, said in (
        (os.mkfifo, "is no regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "is no regular file"),
        (lambda path: path.write_bytes(bytes(70_000)), "has more than 65,536 bytes"),
        (lambda path: path.write_text("a = " + "[" * 50_000), "nested too deeply"),
    ):
        make(path)
        done = within(app, "reindex")
        assert done.exit_code == 2
        assert f"{path}: {said}" in done.stderr
        path.unlink()


def test_a_corpus_without_a_document_is_told(app: Searchapp) -> None:
    """An empty folder and an empty file are in the report; an index of documents is not emptied without asking."""
    (app.corpus / "report.md").write_text("")
    done = app.run("reindex")
    assert done.returncode == 1
    assert "report.md: holds no text" in done.stdout
    (app.corpus / "report.md").unlink()
    done = app.run("reindex")
    assert done.returncode == 2
    assert "there is no document; gen-1 with 1 of them is still served" in done.stderr
    assert app.json("search")["total"] == 0
    done = app.run("reindex", "--full")
    assert done.returncode == 1
    assert "there is no document" in done.stdout
    assert app.run("search").returncode == 0


def test_the_index_is_not_the_corpus(app: Searchapp) -> None:
    """An index inside the corpus is no document of it; one that is the corpus itself is refused."""
    done = app.run("reindex", "--index", str(app.corpus))
    assert done.returncode == 2
    assert "the index cannot be the corpus itself" in done.stderr
    inside = Searchapp(app.corpus, app.corpus / "inside")
    assert inside.run("reindex").returncode == 0
    (app.corpus / "inside" / "note.md").write_text("Text.\n")
    assert not inside.json("reindex")["changed"]


@pytest.mark.parametrize(("name", "why"), [("none", "no such folder"), ("file.md", "a file, not a folder")])
def test_a_corpus_that_is_no_folder_is_told(app: Searchapp, tmp_path: Path, name: str, why: str) -> None:
    """With its path, and with how to name another."""
    (tmp_path / "file.md").write_text("Text.\n")
    done = app.run("reindex", "--corpus", str(tmp_path / name))
    assert done.returncode == 2
    assert f"{tmp_path / name}: {why}; name the corpus with --corpus" in done.stderr


def test_a_renamed_folder_is_another_title(indexed: Searchapp) -> None:
    """The folder's name is the title where nothing else is: with it, the index is out of date."""
    assert "corpus" in indexed.run("check").stdout
    moved = replace(indexed, corpus=indexed.corpus.rename(indexed.corpus.with_name("Field notes")))
    assert moved.run("check").returncode == 1
    assert moved.json("reindex")["changed"]
    assert "“Field notes”" in moved.run("check").stdout


def test_a_defect_is_a_failure(app: Searchapp) -> None:
    """An error that nobody foresaw ends with its traceback and status 2, not with that of a build with problems."""
    broken = "import searchapp.corpus as c; c.digest = None; from searchapp.cli import main; main()"
    done = Searchapp(app.corpus, app.index, (app.program[0], "-c", broken)).run("reindex")
    assert done.returncode == 2
    assert "TypeError" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="nothing here is always full")
def test_a_failure_that_cannot_be_told_is_one_all_the_same(app: Searchapp, tmp_path: Path) -> None:
    """Where standard error or output takes nothing more, buffered or not, the status still says so."""
    assert app.run("reindex").returncode == 0
    for command in (["check", "--index", tmp_path / "none"], ["search", "--index", app.index], ["--help"]):
        for buffered in ("", "1"):
            with Path("/dev/full").open("w") as full:
                env = {**app.environment, "PYTHONUNBUFFERED": buffered}
                done = subprocess.run([*app.program, *command], stdout=full, stderr=full, env=env, check=False)
            assert done.returncode == 2, (command, buffered)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="nothing here is always full")
@pytest.mark.parametrize("command", ["search hospital", "search hospital --json", "check", "--help", "search --help"])
def test_an_output_that_takes_nothing_is_told_in_one_line(indexed: Searchapp, command: str) -> None:
    """A full disk is no defect: the reason is a sentence, not a traceback."""
    with Path("/dev/full").open("w") as full:
        done = indexed.run(*command.split(), stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert (done.returncode, done.stderr) == (2, "searchapp: No space left on device\n")


@pytest.mark.parametrize("command", ["search hospital", "search hospital --json", "check", "check --json", "reindex"])
def test_a_closed_output_is_told_in_one_line(indexed: Searchapp, command: str) -> None:
    """What cannot be answered has failed, and says why, whatever the command."""
    done = closed(indexed, command, ">&-")
    name, *_ = command.split()
    assert (done.returncode, done.stderr) == (2, f"searchapp {name}: standard output is closed\n")
    assert closed(indexed, command, ">&- 2>&-").returncode == 2


def test_what_says_nothing_needs_no_open_streams(indexed: Searchapp) -> None:
    """A check that is quiet, and a build whose progress nobody sees, do what they do and end as ever."""
    assert closed(indexed, "check --quiet", ">&- 2>&-").returncode == 0
    done = closed(indexed, "reindex --full", "2>&-")
    assert done.returncode == 0
    assert "Built" in done.stdout


def closed(app: Searchapp, command: str, how: str) -> subprocess.CompletedProcess[str]:
    """A command with streams that are closed as a shell says it."""
    ours = ["sh", "-c", f'exec "$@" {command} {how}', "sh", *app.program]
    return subprocess.run(ours, capture_output=True, text=True, env=app.environment, check=False)


# --- search ---------------------------------------------------------------------------------------


def test_search_prints_the_object_of_the_api(seed_app: Searchapp) -> None:
    """`search --json` and GET /api/search give the same answer to the same question."""
    web = create_app(settings.load(seed_app.corpus, seed_app.index), WhooshEngine(seed_app.index)).test_client()
    asked = [("q", "hospital airstrikes"), ("year", "2016"), ("match", "any"), ("per_page", "5"), ("sort", "oldest")]
    told = seed_app.json(
        *["search", "hospital", "airstrikes", "--year", "2016", "--match", "any", "--limit", "5", "--sort", "oldest"]
    )
    expected = web.get("/api/search?" + urlencode(asked)).get_json()
    assert expected["total"] > 0
    assert told | {"took_ms": 0} == expected | {"took_ms": 0}


@pytest.mark.parametrize(
    ("args", "parameters"),
    [
        (["--year", "2015", "--year", "2016"], [("year", "2015"), ("year", "2016")]),
        (["--not-year", "undated"], [("not_year", "undated")]),
        (["--kind", "news"], [("kind", "news")]),
        (["--not-kind", "news"], [("not_kind", "news")]),
        (["--actor", "Turkey"], [("actor", "Turkey")]),
        (["--not-actor", "Turkey"], [("not_actor", "Turkey")]),
        (["--document", "001_69d70ffd968491bc.txt"], [("document", "001_69d70ffd968491bc.txt")]),
        (["--not-document", "001_69d70ffd968491bc.txt"], [("not_document", "001_69d70ffd968491bc.txt")]),
        (["--from", "2016-02", "--to", "2017"], [("from", "2016-02"), ("to", "2017")]),
        (["--exact"], [("exact", "1")]),
        (["--passages", "9", "--page", "2", "--per-page", "2"], [("passages", "9"), ("page", "2"), ("per_page", "2")]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value[0], str) else "",
)
def test_every_option_means_its_parameter(
    seed_app: Searchapp, args: Sequence[str], parameters: Sequence[tuple[str, str]]
) -> None:
    """An option of search is the parameter of the same name."""
    web = create_app(settings.load(seed_app.corpus, seed_app.index), WhooshEngine(seed_app.index)).test_client()
    places = ["--corpus", str(seed_app.corpus), "--index", str(seed_app.index)]
    done = CliRunner().invoke(cli.cli, ["search", "attack", *args, *places, "--json"])
    assert done.exit_code == 0, done.output
    expected = web.get("/api/search?" + urlencode([("q", "attack"), *parameters])).get_json()
    assert json.loads(done.stdout) | {"took_ms": 0} == expected | {"took_ms": 0}
    assert expected["query"] != web.get("/api/search?q=attack").get_json()["query"]


@pytest.mark.parametrize(
    ("args", "named"),
    [
        (["--year", "16"], "--year"),
        (["--per-page", "0"], "--per-page"),
        (["--from", "yesterday"], "--from"),
        (["--from", "2017", "--to", "2016"], "--from"),
        (["--match", "some"], "--match"),
        (["--unknown"], "--unknown"),
    ],
)
def test_a_bad_parameter_is_named(seed_app: Searchapp, args: Sequence[str], named: str) -> None:
    """What is not of its form ends with status 2 and a sentence that names the option."""
    done = seed_app.run("search", "hospital", *args)
    assert done.returncode == 2
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_matches_are_highlighted_on_a_terminal_only(indexed: Searchapp) -> None:
    """On a terminal the word is coloured; in a pipe a passage is one plain line with its date, file and line."""
    shown, status = on_a_terminal(indexed, "search", "hospital")
    assert status == 0
    assert f"{ESC}[1;30;43mhospital{ESC}[0m" in shown
    piped = indexed.run("search", "hospital").stdout
    assert ESC not in piped
    assert "3 Mar 2016  A hospital was hit on 3 March 2016.  report.md:5" in [
        line.strip() for line in piped.splitlines()
    ]


@pytest.mark.parametrize(
    ("year", "margin"),
    [
        ("2015", "24 Nov 2015 and 2 more dates"),
        ("2019", "1 Jan 2019 and 2 more dates"),
        ("2020", "2 Feb 2020 and 1 more date"),
        ("2021", "2021"),
    ],
)
def test_a_passage_stands_by_the_date_that_was_asked_for(app: Searchapp, year: str, margin: str) -> None:
    """Of a passage's dates the one that the filters ask for is shown, and how many more there are."""
    several = "Jets met on 24 November 2015, on 3 May 2017 and on 1 January 2019."
    (app.corpus / "report.md").write_text(f"{several}\n\nJets on 1 March 2014 and 2 February 2020.\n\nJets in 2021.\n")
    within(app, "reindex")
    shown = within(app, "search", "jets", "--year", year).stdout
    assert [line.split("  ")[0] for line in map(str.strip, shown.splitlines()) if "report.md:" in line] == [margin]


def test_colours_can_be_declined(indexed: Searchapp) -> None:
    """NO_COLOR is heeded."""
    quiet = Searchapp(indexed.corpus, indexed.index, env={"NO_COLOR": "1"})
    shown, _ = on_a_terminal(quiet, "search", "hospital")
    assert "43m" not in shown


def test_a_document_cannot_steer_the_terminal(app: Searchapp) -> None:
    """Escape sequences of a document are shown as replaced characters, wherever its text is printed."""
    (app.corpus / "report.md").write_text(f"# Report {ESC}]0;owned\x07\n\nA hospital {ESC}[31mwas\u202e hit.\n")
    app.run("reindex")
    shown, _ = on_a_terminal(app, "search", "hospital")
    assert "hit" in shown
    for sequence in (f"{ESC}]0;", f"{ESC}[31mwas", "\u202e"):
        assert sequence not in shown


def test_a_page_that_is_not_there_is_told(seed_app: Searchapp) -> None:
    """Who asks for a page behind the last one reads why nothing is listed, as on the page; nothing found is another."""
    shown = seed_app.run("search", "hospital", "--page", "9").stdout
    assert shown.splitlines()[1] == "There is no page 9."
    assert "There is no page" not in seed_app.run("search", "hospital").stdout
    assert "There is no page" not in seed_app.run("search", "zzzz", "--page", "9").stdout


def test_a_terminal_need_not_know_unicode(seed_app: Searchapp) -> None:
    """Where standard output is Latin-1, other characters are shown escaped instead of failing."""
    western = Searchapp(seed_app.corpus, seed_app.index, env={"PYTHONIOENCODING": "latin-1"})
    done = western.run("search", "Хмеймим", encoding="latin-1")
    assert done.returncode == 0
    assert "\\u0425" in done.stdout


def test_a_reader_that_leaves_early_is_no_error(seed_app: Searchapp) -> None:
    """`searchapp search … | head -1` ends without a complaint, with the status that shells give to a closed pipe."""
    for options in ("--limit 100 --passages 50", "--limit 100 --json"):
        ours = f'{{ "{seed_app.program[0]}" -m searchapp search {options}; echo $? >&2; }}'
        command = ["sh", "-c", f"{ours} | head -1"]
        done = subprocess.run(command, capture_output=True, text=True, env=seed_app.environment, check=False)
        assert done.stdout.count("\n") == 1
        assert done.stderr == "141\n"


def test_a_search_needs_the_index_alone(indexed: Searchapp) -> None:
    """Where the folder of documents is gone, or its settings are broken, the index still answers."""
    (indexed.corpus / "searchapp.toml").write_text("broken")
    assert "hospital" in indexed.run("search", "hospital").stdout
    shutil.rmtree(indexed.corpus)
    done = indexed.run("search", "hospital")
    assert (done.returncode, done.stderr) == (0, "")
    assert "A hospital was hit" in done.stdout


@pytest.mark.parametrize(
    ("args", "q"),
    [
        (["hit", "-convoy"], "hit -convoy"),
        (["-convoy", "hit", "--year", "2016"], "-convoy hit"),
        (["-hospital", '-"turned back"'], '-hospital -"turned back"'),
        (["--year", "2016", "--", "--convoy", "-hit"], "--convoy -hit"),
    ],
)
def test_an_excluded_word_is_no_option(seed_app: Searchapp, args: Sequence[str], q: str) -> None:
    """What the box of the page takes, the command line takes too: -word stands wherever a word may."""
    done = within(seed_app, "search", "--json", *args)
    assert json.loads(done.stdout)["query"]["q"] == q, done.stderr


def test_a_message_names_an_option_once(seed_app: Searchapp) -> None:
    """The parameter of the API that a message is about is called by the name of the option, and by no other."""
    for args, said in (
        (["--per-page", "0"], "--per-page takes a number from 1 to 100, not “0”."),
        (["--not-kind", "x"], "--not-kind takes section or news, not “x”."),
        (["--from", "2017", "--to", "2016"], "--from: The range starts on 2017-01-01 but ends on 2016-12-31."),
    ):
        assert within(seed_app, "search", *args).stderr == f"searchapp search: {said}\n"
    for port in ("abc", "99999", "0", "-1"):
        said = f"'--port': expected a number from 1 to 65535, found '{port}'."
        assert said in within(seed_app, "serve", "--port", port).stderr


def test_without_an_index_search_says_what_to_do(app: Searchapp) -> None:
    """The message has the command that makes an index."""
    done = app.run("search", "hospital")
    assert done.returncode == 2
    assert "searchapp reindex" in done.stderr
    assert "Traceback" not in done.stderr


# --- check ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "total", "offer"),
    [
        ("9 March 2022", 1, "/search?from=2022-03-09&to=2022-03-09"),
        ("10 March 2022", 0, "/search?from=2022-03-10&to=2022-03-10"),
        ("shelling 2022 -rain", 1, "/search?q=shelling+-rain&from=2022-01-01&to=2022-12-31"),
        ("on 9 March 2022.", 1, "/search?from=2022-03-09&to=2022-03-09"),
        ("rain OR 9 March 2022", 1, None),
        ("(2022 -rain)", 1, None),
        ("15 March 2022", 0, ""),
    ],
)
def test_a_typed_date_is_offered_as_a_filter(tmp_path: Path, q: str, total: int, offer: str | None) -> None:
    """Where passages are of that date, or of a longer time around it, and the query says the same without it."""
    text = "# Log\n\n## One\n\nOn 9 March 2022 rain.\n\n## 8–14 March 2022\n\nShelling.\n"
    app = Searchapp.indexed(tmp_path, lambda corpus: (corpus / "log.md").write_text(text))
    found = app.json("search", q)
    notes = [note.get("offer") for note in found["notes"] if note["code"] == "date"]
    assert found["total"] == total
    assert notes == ([] if offer == "" else [offer and {"url": offer}])
    if offer:
        between = app.json("search", "--from", "2022-03-10", q)["notes"][-1].get("offer")
        assert between == (
            None if offer.endswith("-09") else {"url": offer.replace("from=2022-01-01", "from=2022-03-10")}
        )


def test_check_finds_a_sound_index_sound(indexed: Searchapp) -> None:
    """Status 0, with the contents; --quiet says nothing."""
    done = indexed.run("check")
    assert done.returncode == 0
    assert "sound" in done.stdout
    assert indexed.json("check")["counts"]["documents"] == 1
    quiet = indexed.run("check", "--quiet")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")


def test_check_says_that_the_corpus_has_changed(indexed: Searchapp) -> None:
    """An index older than its corpus is status 1, until it is built anew."""
    (indexed.corpus / "second.md").write_text("# Second\n\nMore.\n")
    done = indexed.run("check")
    assert done.returncode == 1
    assert "searchapp reindex" in done.stdout
    indexed.run("reindex")
    assert indexed.run("check").returncode == 0


@pytest.mark.parametrize("args", [[], ["--quiet"]])
def test_check_finds_one_changed_byte(indexed: Searchapp, args: Sequence[str]) -> None:
    """A generation that is not what was written is status 2, with the reason even if quiet."""
    largest = max((path for path in indexed.index.glob("gen-*/*") if "MANIFEST" not in path.name), key=os.path.getsize)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    done = indexed.run("check", *args)
    assert done.returncode == 2
    assert largest.name in done.stderr
    assert "Traceback" not in done.stderr


def test_check_without_an_index_says_what_to_do(app: Searchapp) -> None:
    """Nothing there is status 2 with the command that makes an index."""
    done = app.run("check")
    assert done.returncode == 2
    assert "searchapp reindex" in done.stderr


# --- all of them ----------------------------------------------------------------------------------


def test_options_win_over_the_environment(indexed: Searchapp, tmp_path: Path) -> None:
    """--corpus and --index are used where both are given."""
    other = tmp_path / "other"
    shutil.copytree(indexed.corpus, other)
    (other / "second.md").write_text("# Second\n\nMore.\n")
    report = indexed.json("reindex", "--corpus", str(other), "--index", str(tmp_path / "elsewhere"))
    assert report["counts"]["documents"] == 2
    assert indexed.json("check")["counts"]["documents"] == 1


def test_a_corpus_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The message has the folder and the option."""
    done = Searchapp(tmp_path / "nowhere", tmp_path / "index").run("reindex")
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert "--corpus" in done.stderr


def test_the_index_is_no_file(app: Searchapp) -> None:
    """An index that cannot be a folder fails with a sentence that names it."""
    app.index.write_text("mine")
    done = app.run("reindex")
    assert done.returncode == 2
    assert str(app.index) in done.stderr
    assert "Traceback" not in done.stderr
    assert app.index.read_text() == "mine"
