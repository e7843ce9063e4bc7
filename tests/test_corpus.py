"""A folder as it is read: which files, which bytes, which front matter, which names; and what is told when not."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fixture_files import Case, cases
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from searchapp import corpus, front_matter, gazetteer, indexing
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Problem
from searchapp.settings import CorpusSettings, Settings, load_corpus_settings

FIXTURES = Path(__file__).parent / "fixtures" / "corpus"
LINE_ENDS = {"\\r": "\r", "\\0": "\0", "\\a": "\a", "\\ufeff": "\ufeff"}


def settings_of(folder: Path, exclude: tuple[str, ...] = ()) -> Settings:
    """Settings of a corpus, with its index inside it, as someone careless would have it."""
    return Settings(folder, folder / "index", replace(load_corpus_settings(folder), exclude=exclude))


def write(folder: Path, **files: str | bytes) -> Path:
    """Files of a corpus; '__' in a name stands for a folder, a missing ending is '.md'."""
    for name, content in files.items():
        path = folder / (name.replace("__", "/") + ".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


# --- Front matter -------------------------------------------------------------------------------------------


def as_read(text: str) -> str:
    r"""A document as the fixtures write it down. In the input, \r, \0, \a and \ufeff stand for these characters."""
    for written, meant in LINE_ENDS.items():
        text = text.replace(written, meant)
    path = "a.md"
    if text.startswith("@ "):
        line, _, text = text.partition("\n")
        path = line[2:]
    document, problems = corpus.read_document(path, text.encode())
    lines = [f"{key} = {value!r}" for key, value in document.metadata.items()]
    lines += [f"published {document.published}{' (file name)' if document.dated_name else ''}"] * bool(
        document.published
    )
    lines += [f"lang {document.lang}"] * bool(document.lang)
    lines += [str(problem) for problem in problems]
    return "\n".join([*lines, f"body from line {document.first_line}: {document.body!r}", ""])


ALL = [pytest.param(case, id=f"{path.stem}:{case}") for path in sorted(FIXTURES.glob("*.txt")) for case in cases(path)]


@pytest.mark.parametrize("case", ALL)
def test_rule(case: Case) -> None:
    """Each variant of front matter gives what its example says."""
    assert as_read(case.input) == case.expected


@examples(max_examples=200, deadline=None)
@given(
    st.sampled_from(["", "\ufeff", "\n", "\n \n\n", "\ufeff\r\n"]),
    st.sampled_from(
        ["", "---\n---\n", "---\na: 1\n---\n", "+++\na = 1\n+++\n", "---\na: [\n---\n", "---\nb: |\n  x\n\n  y\n--- \n"]
    ),
    st.sampled_from(["", "\n", "\n\n\n"]),
    st.sampled_from(["", "text", "text\n", "text\n\nmore\n\n"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_body_starts_where_it_says(before: str, matter: str, gap: str, text: str, end: str) -> None:
    """The body, put after the lines before its first, is the file: for every mix of marks, ends and blank lines."""
    written = (before + matter + gap + text).replace("\r\n", "\n").replace("\n", end)
    document, _ = corpus.read_document("a.md", written.encode())
    lines = written.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert "\n".join(lines[document.first_line - 1 :]) == document.body
    assert document.body.endswith(text)


@examples(max_examples=200, deadline=None)
@given(
    st.text("[]{}:-'\"#&*!|>%@`,? \n\tab01.\\=", max_size=80),
    st.sampled_from(["---", "+++"]),
)
def test_any_front_matter_is_read(matter: str, fence: str) -> None:
    """No front matter raises, and the text after it is there whatever it holds."""
    document, _ = corpus.read_document("a.md", f"{fence}\n{matter}\n{fence}\nThe text.\n".encode())
    assert document.body.endswith("The text.\n")
    assert all(isinstance(key, str) for key in document.metadata)


HOSTILE = {
    "flow sequences": "[" * 60_000,
    "flow mappings": "{a: " * 15_000,
    "block sequences": "- " * 30_000,
    "complex keys": "? " * 30_000,
    "indented mappings": "".join(" " * depth + "a:\n" for depth in range(300)),
}


@pytest.mark.parametrize("matter", HOSTILE.values(), ids=list(HOSTILE))
def test_deep_front_matter_is_a_problem(matter: str) -> None:
    """Front matter nested beyond the bound is told, quickly, and its document keeps the text."""
    started = time.perf_counter()
    document, problems = corpus.read_document("a.md", f"---\n{matter}\n---\nText.".encode())
    assert [problem.message for problem in problems] == ["front matter: nested deeper than 16"]
    assert (document.body, document.metadata) == ("Text.", {})
    assert time.perf_counter() - started < 5


def test_sixteen_levels_are_read() -> None:
    """The bound on depth is where it is said to be."""
    assert not front_matter.part("---\na: " + "[" * 15 + "]" * 15 + "\n---\n").error
    assert front_matter.part("---\na: " + "[" * 16 + "]" * 16 + "\n---\n").error


@pytest.mark.parametrize("matter", ["a = " + "[" * 60_000, "a." * 30_000 + "a = 1"], ids=["arrays", "dotted keys"])
def test_deep_toml_is_a_problem(matter: str) -> None:
    """The same holds for TOML."""
    document, problems = corpus.read_document("a.md", f"+++\n{matter}\n+++\nText.".encode())
    assert [problem.message for problem in problems] == ["front matter: nested deeper than 16"]
    assert document.body == "Text."


def test_a_long_number_is_a_problem() -> None:
    """A whole number that Python refuses to convert is told, and costs only the front matter."""
    document, problems = corpus.read_document("a.md", b"+++\na = " + b"9" * 5_000 + b"\n+++\nText.")
    assert [str(p) for p in problems] == ["a.md:1: front matter: a whole number has more digits than can be read"]
    assert document.body == "Text."


def test_large_front_matter_is_a_problem() -> None:
    """Front matter over 64 KB is told and not read; the text is."""
    document, problems = corpus.read_document("a.md", b"---\na: " + b"x" * 65_537 + b"\n---\nText.")
    assert [str(problem) for problem in problems] == ["a.md:1: front matter: over 64 KB"]
    assert (document.body, document.metadata) == ("Text.", {})


# --- Bytes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_byte_order_marks_are_believed(encoding: str) -> None:
    """Text in UTF-8, UTF-16 and UTF-32 with a byte order mark is read, front matter too."""
    mark = "\ufeff" if encoding.endswith(("le", "be")) else ""
    document, problems = corpus.read_document("a.md", f"{mark}---\ntitle: Сирия\n---\nإدلب\n".encode(encoding))
    assert (document.metadata, document.body, problems) == ({"title": "Сирия"}, "إدلب\n", ())


def test_invalid_bytes_are_replaced_and_told() -> None:
    """Bytes that are no UTF-8 are replaced, and the first line with one is named; so are NUL characters."""
    document, problems = corpus.read_document("a.md", b"One\r\nTwo \xff\xfe\nThr\xc3\n\0")
    assert document.body == "One\nTwo ��\nThr�\n�"
    assert [(problem.line, problem.message[:9]) for problem in problems] == [(2, "not valid"), (4, "NUL chara")]


def test_half_a_character_of_utf_16_is_told() -> None:
    """UTF-16 that breaks off is read as far as it goes."""
    document, problems = corpus.read_document("a.md", "a\nb".encode("utf-16") + b"\0")
    assert document.body.startswith("a\nb")
    assert [problem.line for problem in problems] == [2]


# --- Files ----------------------------------------------------------------------------------------------------


def test_which_files_are_documents(tmp_path: Path) -> None:
    """Documents are the text files of all folders by path, without hidden, excluded, index and settings files."""
    write(tmp_path, b="B", a__z="Z", a__a="A", index__gen="no", _hidden="yes", drafts__x="no", a__drafts__y="yes")
    for name in ("c.MD", "d.markdown", "e.mdx", "f.txt", "g.html", ".h.md", "no-ending", "SOURCES.md"):
        (tmp_path / name).write_text("text")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.md").write_text("no")
    (tmp_path / "searchapp.toml").write_text("")
    (tmp_path / "actors.toml").write_text("")
    read = corpus.read(settings_of(tmp_path, exclude=("SOURCES.md", "drafts/")))
    paths = [document.path for document in read.documents]
    assert paths == ["_hidden.md", "a/a.md", "a/drafts/y.md", "a/z.md", "b.md", "c.MD", "d.markdown", "e.mdx", "f.txt"]
    assert read.problems == ()


@pytest.mark.parametrize(
    ("glob", "kept"),
    [
        ("*.md", ["a/b.md", "a/c/b.md"]),
        ("**/b.md", ["a.md"]),
        ("a", ["a.md", "b.md"]),
        ("a/**", ["a.md", "b.md"]),
        ("a/*", ["a.md", "b.md"]),
        ("a/*.md", ["a.md", "a/c/b.md", "b.md"]),
        ("**/c/**", ["a.md", "a/b.md", "b.md"]),
        ("?.md", ["a/b.md", "a/c/b.md"]),
        ("[!b].md", ["a/b.md", "a/c/b.md", "b.md"]),
        ("./b.md", ["a.md", "a/b.md", "a/c/b.md"]),
        ("", ["a.md", "a/b.md", "a/c/b.md", "b.md"]),
        ("**", []),
    ],
)
def test_exclude_globs(tmp_path: Path, glob: str, kept: list[str]) -> None:
    """Globs are paths from the corpus down: '*' within a name, '**' across folders; a folder's is all in it."""
    write(tmp_path, a="", b="", a__b="", a__c__b="")
    assert [document.path for document in corpus.read(settings_of(tmp_path, (glob,))).documents] == kept


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Symbolic links lead nowhere, be it to files, folders, the corpus itself or nothing; each is told."""
    inside, outside = write(tmp_path / "in", a="A"), write(tmp_path / "out", other="O")
    (inside / "file.md").symlink_to(outside / "other.md")
    (inside / "folder").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    (inside / "gone.md").symlink_to(outside / "gone.md")
    read = corpus.read(settings_of(inside))
    assert [document.path for document in read.documents] == ["a.md"]
    files = [f"{name}.md: is no regular file and was not read" for name in ("file", "gone")]
    folders = [f"{name}: is a link to a folder and was not followed" for name in ("folder", "loop")]
    assert sorted(map(str, read.problems)) == sorted(files + folders)
    assert "folder" not in [problem.path for problem in corpus.read(settings_of(inside, ("folder",))).problems]


def test_an_index_is_no_document_by_whatever_path(tmp_path: Path) -> None:
    """An index in the corpus is left out where a link leads to one of the two, and so is an index of another name."""
    folder = write(tmp_path / "corpus", a="A")
    (tmp_path / "link").symlink_to(folder)
    for index in (folder / "index", folder / "other", tmp_path / "link" / "third"):
        settings = Settings(tmp_path / "link", index, load_corpus_settings(folder))
        indexing.build(WhooshEngine(index), settings)
        assert WhooshEngine(index).is_current(corpus.digest(settings))
        assert [document.path for document in corpus.read(settings).documents] == ["a.md"]
    (folder / "index").chmod(0)
    assert corpus.read(Settings(tmp_path / "link", folder / "index", load_corpus_settings(folder))).problems == ()


def test_pipes_are_not_opened(tmp_path: Path) -> None:
    """A named pipe is told and doesn't hold up the rest."""
    os.mkfifo(tmp_path / "pipe.md")
    read = corpus.read(settings_of(write(tmp_path, z="Z")))
    assert [document.path for document in read.documents] == ["z.md"]
    assert [problem.path for problem in read.problems] == ["pipe.md"]


def test_large_documents_are_told(tmp_path: Path) -> None:
    """A document may have 2,000,000 bytes; one with more is told and left out, and the others are read."""
    write(tmp_path, a=b"x" * 2_000_000, b=b"x" * 2_000_001)
    read = corpus.read(settings_of(tmp_path))
    assert [document.path for document in read.documents] == ["a.md"]
    assert [str(p) for p in read.problems] == ["b.md: has 2,000,001 bytes, more than 2,000,000, and was not read"]


def test_bad_file_names_are_told(tmp_path: Path) -> None:
    """Names that are no UTF-8 or hold control characters are told in a form that can be shown."""
    (tmp_path / "a\nb.md").write_text("x")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.md")).write_text("x")
    read = corpus.read(settings_of(write(tmp_path, c="C")))
    assert [document.path for document in read.documents] == ["c.md"]
    assert [str(problem) for problem in read.problems] == [
        "a\\nb.md: the file name holds a control character; the file was not read",
        "\\xff.md: the file name is not UTF-8; the file was not read",
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_files_and_folders_are_told(tmp_path: Path) -> None:
    """What the system doesn't let us read is told, and stops nothing."""
    write(tmp_path, a="A", b="B", closed__c="C")
    (tmp_path / "b.md").chmod(0)
    (tmp_path / "closed").chmod(0)
    read = corpus.read(settings_of(tmp_path))
    (tmp_path / "closed").chmod(0o700)
    assert [document.path for document in read.documents] == ["a.md"]
    assert {problem.path for problem in read.problems} == {"b.md", "closed"}


def test_progress_is_told(tmp_path: Path) -> None:
    """Progress counts up to the number of documents."""
    steps: list[tuple[str, int, int]] = []
    corpus.read(settings_of(write(tmp_path, a="A", b="B")), lambda *step: steps.append(step))
    assert [step[1:] for step in steps] == [(1, 2), (2, 2)]


# --- Digest ---------------------------------------------------------------------------------------------------


def test_digest_is_that_of_reading(tmp_path: Path) -> None:
    """The digest taken from bytes alone is the one that reading gives, problems or not."""
    write(tmp_path, a="---\na: [\n---\n", b=b"\xff", c=b"x" * 2_000_001)
    (tmp_path / "actors.toml").write_text(ACTOR + "[[actor]]")
    settings = settings_of(tmp_path)
    assert corpus.digest(settings) == corpus.read(settings).digest == corpus.digest(settings)


CHANGES: dict[str, dict[str, str | None]] = {
    "content": {"a.md": "A "},
    "name": {"a.md": None, "c.md": "A"},
    "new": {"c.md": ""},
    "gone": {"a.md": None},
    "settings": {"searchapp.toml": 'title = "T"'},
    "actors": {"actors.toml": "# none"},
    "moved text": {"a.md": "B", "b.md": "A"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_digest_changes_with_the_corpus(tmp_path: Path, change: dict[str, str | None]) -> None:
    """Any change of a document, its name, the settings or the gazetteer changes the digest."""
    before = corpus.digest(settings_of(write(tmp_path, a="A", b="B")))
    for name, content in change.items():
        (tmp_path / name).unlink(missing_ok=True)
        if content is not None:
            (tmp_path / name).write_text(content)
    assert corpus.digest(settings_of(tmp_path)) != before


def test_digest_ignores_what_is_no_document(tmp_path: Path) -> None:
    """Files that are no documents don't change the digest, and neither does building the index in the corpus."""
    before = corpus.digest(settings_of(write(tmp_path, a="A")))
    write(tmp_path, index__x="X")
    (tmp_path / "picture.png").write_bytes(b"P")
    assert corpus.digest(settings_of(tmp_path)) == before


def test_digest_of_many_files_is_quick(tmp_path: Path) -> None:
    """Two thousand files are digested in a second or two, whatever their front matter."""
    for number in range(2_000):
        (tmp_path / f"{number}.md").write_text("---\n" + "key: [a, b]\n" * 50 + "---\nText.\n")
    started = time.perf_counter()
    corpus.digest(settings_of(tmp_path))
    assert time.perf_counter() - started < 3


# --- Gazetteer --------------------------------------------------------------------------------------------------


def test_gazetteer_is_read(tmp_path: Path) -> None:
    """Actors and places have name, type, aliases, spellings that count in one case only, and masks."""
    (tmp_path / "actors.toml").write_text(
        """
[[place]]
name = "Khmeimim"
type = "air base"
aliases = ["Hmeimim", "Хмеймим"]

[[actor]]
name = "Islamic  State"
type = "armed group"
aliases = ["ISIL", "Daesh", "داعش", "ISIL"]
cased = ["IS"]
masks = ["ISIS Hunters"]
""",
        encoding="utf-8",
    )
    found, problems = corpus.read_gazetteer(tmp_path)
    state, base = found.names
    assert (state.name, state.type, state.is_place) == ("Islamic State", "armed group", False)
    assert (state.aliases, state.cased, state.masks) == (("ISIL", "Daesh", "داعش"), ("IS",), ("ISIS Hunters",))
    assert (base.name, base.is_place, base.aliases) == ("Khmeimim", True, ("Hmeimim", "Хмеймим"))
    assert (problems, len(found.digest)) == ((), 64)


def test_no_gazetteer_is_no_problem(tmp_path: Path) -> None:
    """A corpus without actors.toml has no names, and that is all."""
    found, problems = corpus.read_gazetteer(tmp_path)
    assert (found.names, found.digest, problems) == ((), "", ())


ACTOR = '[[actor]]\nname = "A"\ntype = "state"\n'
WRONG = {
    "syntax": ('[[actor]]\nname = "A"\ntype =\n', 3, "Invalid value"),
    "not closed": ("[[actor]]\nname = [\n", None, "Invalid value at its end, where something is not closed"),
    "long number": ("a = " + "9" * 5_000, None, "more digits than can be read"),
    "bytes": (b'[[actor]]\nname = "\xff"\n', 2, "not UTF-8"),
    "no name": (ACTOR + '[[actor]]\ntype = "state"\n', 4, "actor: name: expected a text, found nothing"),
    "no type": (ACTOR + '[[place]]\nname = "B"\n', 4, "place: type: expected a text, found nothing"),
    "name of a wrong type": (ACTOR + '[[actor]]\nname = 3\ntype = "state"\n', 4, "found 3"),
    "empty name": (ACTOR + '[[actor]]\nname = " "\ntype = "state"\n', 4, "found ' '"),
    "twice": (ACTOR + '[[place]]\nname = "a"\ntype = "city"\n', 4, "'a' is there twice"),
    "aliases no list": (ACTOR + 'aliases = "B"\n', 1, "'A': aliases: expected a list of texts, found 'B'"),
    "alias no text": (ACTOR + 'aliases = ["B", 1]\n', 1, "'A': aliases: expected texts, found 1"),
    "unknown key": (ACTOR + 'alias = ["B"]\n', 1, "'A': unknown key 'alias'"),
    "unknown table": (ACTOR + '[[actors]]\nname = "B"\n', None, "'actors' is no table"),
    "no tables": ('actor = "A"\n', None, "actor: expected [[actor]] tables"),
}


@pytest.mark.parametrize(("text", "line", "message"), WRONG.values(), ids=list(WRONG))
def test_errors_in_the_gazetteer_are_told(tmp_path: Path, text: str | bytes, line: int | None, message: str) -> None:
    """What is wrong in actors.toml is told with its line, every good name is used, and a file without any fails."""
    path = tmp_path / "actors.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    if text[: len(ACTOR)] != ACTOR:
        with pytest.raises(gazetteer.BadGazetteer) as failed:
            corpus.read_gazetteer(tmp_path)
        assert str(failed.value).startswith(f"{path}:{line}: " if line else f"{path}: ")
        assert message in str(failed.value)
        return
    found, (problem,) = corpus.read_gazetteer(tmp_path)
    assert (problem.path, problem.line) == ("actors.toml", line)
    assert message in problem.message
    assert [name.name for name in found.names] == ["A"]


def test_an_alias_stands_for_one_name(tmp_path: Path) -> None:
    """An alias that two names claim stays with the first; one that is another's name goes to that."""
    (tmp_path / "actors.toml").write_text(
        ACTOR + 'aliases = ["X", "b"]\ncased = ["IS"]\n[[actor]]\nname = "B"\ntype = "state"\n'
        'aliases = ["x", "Y"]\ncased = ["IS", "Is"]\n'
    )
    found, problems = corpus.read_gazetteer(tmp_path)
    assert [(name.name, name.aliases, name.cased) for name in found.names] == [
        ("A", ("X",), ("IS",)),
        ("B", ("Y",), ("Is",)),
    ]
    assert [(p.line, p.message.split(";")[0]) for p in problems] == [
        (1, "'A': 'b' already stands for 'B'"),
        (6, "'B': 'x' already stands for 'A'"),
        (6, "'B': 'IS' already stands for 'A'"),
    ]


@pytest.mark.parametrize("other", ["Al Nusra", "al‑nusra", "Ál-Nusra"])
def test_spellings_that_text_does_not_tell_apart_are_one(tmp_path: Path, other: str) -> None:
    """An alias that is found in the same texts as another's is told as that one, however it is written."""
    (tmp_path / "actors.toml").write_text(
        ACTOR
        + f'aliases = ["al-Nusra"]\n[[actor]]\nname = "B"\ntype = "state"\naliases = ["{other}", "{other} Front"]\n'
    )
    found, (problem,) = corpus.read_gazetteer(tmp_path)
    assert problem.message.startswith(f"'B': {other!r} already stands for 'A'")
    assert [name.aliases for name in found.names] == [("al-Nusra",), (f"{other} Front",)]


def test_problems_of_the_gazetteer_are_those_of_the_corpus(tmp_path: Path) -> None:
    """Reading a corpus tells what is wrong in its gazetteer, too."""
    (tmp_path / "actors.toml").write_text(ACTOR + "[[actor]]")
    read = corpus.read(settings_of(write(tmp_path, a="A")))
    assert [problem.path for problem in read.problems] == ["actors.toml"]
    assert isinstance(read.problems[0], Problem)
    assert read.gazetteer.digest


# --- Published ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "published"),
    [
        ("2018-10-31", date(2018, 10, 31)),
        ("2018-10-31T11:05:18.055Z", date(2018, 10, 31)),
        ("2023-10-21 01:10", date(2023, 10, 21)),
        ("2016-04-05 12:00:00 -5", date(2016, 4, 5)),
        ("'2019-7-1'", date(2019, 7, 1)),
        ("2016/02/27", date(2016, 2, 27)),
        ("2016.02.27", date(2016, 2, 27)),
        ("12.09.2017", date(2017, 9, 12)),
        ("02/27/2016", date(2016, 2, 27)),
        ("27/02/2016 10:30", date(2016, 2, 27)),
        ("02/02/2016", date(2016, 2, 2)),
        ("27 February 2016", date(2016, 2, 27)),
        ("Nov 25, 2015", date(2015, 11, 25)),
        ("3rd of March 2017", date(2017, 3, 3)),
        ("Wed, 25 Nov 2015 10:00:00 +0000", date(2015, 11, 25)),
        ("Saturday, February 27th, 2016 at 3:15 pm", date(2016, 2, 27)),
        ("2 mars 2016", date(2016, 3, 2)),
        ("27 февраля 2016 г., 10:30", date(2016, 2, 27)),
    ],
)
def test_published_is_a_whole_day(value: str, published: date | None) -> None:
    """A publication date is read in every form that can't be misread, with or without a time."""
    document, problems = corpus.read_document("a.md", f"---\ndate: {value}\n---\n".encode())
    assert (document.published, document.dated_name, problems) == (published, False, ())


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("02/03/2016", "“02/03/2016” may be either of two days"),
        ("02-03-2016 10:30", "“02-03-2016 10:30” may be either of two days"),
        ("2016", "“2016” is not a whole day"),
        ("2016-02", "“2016-02” is not a whole day"),
        ("Feb 2016", "“Feb 2016” is not a whole day"),
        ("1–3 October 2015", "“1–3 October 2015” is not a whole day"),
        ("2016-02-27 to 2016-03-01", "“2016-02-27 to 2016-03-01” is not a whole day"),
        ("30 September 2015 – present", "“30 September 2015 – present” cannot be read as a day"),
        ("after 27 February 2016", "“after 27 February 2016” cannot be read as a day"),
        ("yesterday", "“yesterday” cannot be read as a day"),
        ("30 February 2016", "“30 February 2016” cannot be read as a day"),
        ("2018-13-45", "“2018-13-45” is not a day of the calendar"),
        ("20181031", "“20181031” cannot be read as a day"),
        ("2018-10-310", "“2018-10-310” cannot be read as a day"),
        ("[2018-10-31]", "is not a day"),
        ("a day " * 40, "is not a day"),
    ],
)
def test_what_is_no_day_is_a_problem(value: str, why: str) -> None:
    """What is ambiguous, unreadable or longer than a day is no publication date, but a problem with its line."""
    document, problems = corpus.read_document("a.md", f"\n---\ntitle: A\ndate: {value}\n---\n".encode())
    assert document.published is None
    assert problems == (Problem("a.md", 4, f"front matter: date {why}"),)


@pytest.mark.parametrize(
    ("front", "line"),
    [
        ("---\nmeta:\n  Pub_Date: 2016\n'Pub_Date' : 2016\n---\n", 4),
        ("---\n{Pub_Date: 2016}\n---\n", 1),
        ('+++\ntitle = "A"\n  "Pub_Date" = 0x7E0\n+++\n', 3),
        ("+++\nPub_Date = 10:30:00\n+++\n", 2),
        (f"+++\n\nPub_Date = 0x{'f' * 5000}\n+++\n", 3),
    ],
)
def test_a_problem_of_a_key_is_told_with_its_line(front: str, line: int) -> None:
    """However a key is written, its line is told; the first of the front matter where that is not to be seen."""
    document, problems = corpus.read_document("a.md", front.encode())
    assert document.published is None
    assert [(problem.line, problem.message.split()[2]) for problem in problems] == [(line, "Pub_Date")]


@pytest.mark.parametrize(
    ("path", "front", "published", "keys"),
    [
        ("a.md", "date: 2016-02-27\ncreated: yesterday", date(2016, 2, 27), []),
        ("2016-02-27-a.md", "date: yesterday", date(2016, 2, 27), []),
        ("a.md", "created: 27 Feb 2016\ndate: soon", date(2016, 2, 27), ["date"]),
        ("a.md", "path: /2016/02/27/a\ndate: soon", date(2016, 2, 27), ["date"]),
        ("a.md", "created: x\ndate: y\nupdated: z", None, ["created", "date"]),
        ("a.md", "published: true\ncreated:\npubdate: no\ndate: ' '", None, []),
        ("a.md", "date:\n  - 30 September 2015 – present\npubDate: 2023-10-21", date(2023, 10, 21), []),
        ("a.md", "date: [30 September 2015]", None, ["date"]),
        ("a.md", "expires: tomorrow\nmeta: {date: soon}", None, []),
    ],
)
def test_only_keys_that_should_have_counted_are_problems(
    path: str, front: str, published: date | None, keys: list[str]
) -> None:
    """A key that comes after what counts, that is a switch or empty, or that means another date costs no problem."""
    document, problems = corpus.read_document(path, f"---\n{front}\n---\n".encode())
    assert document.published == published
    assert [problem.message.split()[2] for problem in problems] == keys


def test_seed_settings_are_defaults_without_a_file(tmp_path: Path) -> None:
    """A folder without searchapp.toml is a corpus as well."""
    assert settings_of(tmp_path).collection == CorpusSettings()
    assert corpus.read(settings_of(tmp_path)).documents == ()
