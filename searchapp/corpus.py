"""The only reader of content: a folder becomes Documents, a Gazetteer and Problems. Nothing is taken apart here."""

from __future__ import annotations

import codecs
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from searchapp import confined, front_matter, gazetteer
from searchapp import published as publication
from searchapp.model import Corpus, Document, Gazetteer, Problem, Progress
from searchapp.settings import GAZETTEER_FILE, Settings

SUFFIXES = (".md", ".markdown", ".mdx", ".txt")
_ENDINGS = " or ".join((", ".join(SUFFIXES[:-1]), SUFFIXES[-1]))
Held = Callable[[str], Mapping[str, str]]
"""Of a Corpus.basis, SHA-256 by path of documents that need not be read."""
MAX_BYTES = 2_000_000
"""Size of a document beyond which it is not read."""


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is a document by its name: its bytes, or why there are none."""

    path: str
    raw: bytes
    problem: str = ""
    note: str = ""
    """What happened while it was read, though there are bytes."""


def read(settings: Settings, progress: Progress | None = None, held: Held | None = None) -> Corpus:
    """Read the whole corpus. Documents that can't be used become Problems, and so does the lack of any.

    Those that are `held`, as Engine.held has it, with the bytes that they have now, are only counted as kept.
    Raises BadGazetteer, and nothing for what a document holds.
    """
    documents: list[Document] = []
    problems: list[Problem] = []
    listed = _file(settings.corpus, GAZETTEER_FILE)
    digest = _Digest(settings, _counted(listed))
    basis = digest.hexdigest()
    known = held(basis) if held else {}
    names, wrong = _gazetteer(settings.corpus, listed)
    problems += wrong
    if names.digest != _counted(listed):  # it could not be read, which may be of the moment
        digest, known = _Digest(settings, names.digest), {}
        basis = digest.hexdigest()
    paths, closed = _paths(settings)
    kept: dict[str, str] = {}
    told = 0

    def changed() -> Iterator[_File]:
        for file in chain(closed, _files(settings.corpus, paths)):
            sha256 = digest.add(file)
            if known.get(file.path) == sha256 and not file.note:
                kept[file.path] = sha256
            else:
                yield file

    with closing(confined.each(_taken, changed())) as found:
        for done, (file, result) in enumerate(found, start=1 - len(closed)):
            if isinstance(result, confined.Refused):
                problems.append(Problem(file.path, None, f"was not read: {result.reason}"))
            else:
                documents += [result[0]] if result[0] else []
                problems += result[1]
            if progress is not None:
                progress("reading", told := done + len(kept), len(paths))
    if progress is not None and told < len(paths):
        progress("reading", len(paths), len(paths))
    if not documents and not kept:
        why = f"there is no document: no file that can be read and is not excluded is named {_ENDINGS}"
        problems.append(Problem(".", None, why))
    return Corpus(tuple(documents), names, tuple(problems), digest.hexdigest(), basis, kept)


def _taken(file: _File) -> tuple[Document | None, tuple[Problem, ...]]:
    if file.problem:
        return None, (Problem(_shown(file.path), None, file.problem),)
    document, problems = read_document(file.path, file.raw)
    return document, (*problems, *([Problem(file.path, None, file.note)] if file.note else []))


def digest(settings: Settings) -> str:
    """Corpus.digest of what `read` would return, from the bytes alone."""
    result = _Digest(settings, _counted(_file(settings.corpus, GAZETTEER_FILE)))
    paths, closed = _paths(settings)
    for file in chain(closed, _files(settings.corpus, paths)):
        result.add(file)
    return result.hexdigest()


def read_gazetteer(corpus: Path) -> tuple[Gazetteer, tuple[Problem, ...]]:
    """The names in actors.toml of the folder (none when there is no such file) and what is wrong in it.

    Raises BadGazetteer when there is something wrong and no name.
    """
    return _gazetteer(corpus, _file(corpus, GAZETTEER_FILE))


def _counted(names: _File | None) -> str:
    """SHA-256 of a gazetteer; empty where there is none, or none that can be read."""
    return hashlib.sha256(names.raw).hexdigest() if names and not names.problem else ""


def _gazetteer(corpus: Path, file: _File | None) -> tuple[Gazetteer, tuple[Problem, ...]]:
    if file is None:
        return Gazetteer(), ()
    found, problems = _names(file)
    if problems and not found.names:
        raise gazetteer.BadGazetteer(corpus / GAZETTEER_FILE, problems[0])
    return found, problems


def _names(file: _File) -> tuple[Gazetteer, tuple[Problem, ...]]:
    if file.problem:
        return Gazetteer(), (Problem(GAZETTEER_FILE, None, file.problem),)
    ((_, result),) = confined.each(gazetteer.parse, [file.raw])
    if isinstance(result, confined.Refused):
        return Gazetteer(), (Problem(GAZETTEER_FILE, None, result.reason),)
    return result


def read_document(path: str, raw: bytes) -> tuple[Document, tuple[Problem, ...]]:
    """The document that a file's bytes hold and what in them could not be used as written. Never raises."""
    text, wrong = _decoded(raw)
    parted = front_matter.part(text)
    if parted.error:
        wrong.append((parted.line, parted.error))
    published = publication.published(path, parted.metadata)
    wrong += ((parted.line_of(key), f"front matter: {key} {why}") for key, why in published.unused)
    document = Document(
        path=path,
        body=parted.body,
        first_line=parted.first_line,
        metadata=parted.metadata,
        sha256=hashlib.sha256(raw).hexdigest(),
        published=published.when,
        dated_name=published.in_name,
        lang=_language(parted.metadata),
    )
    return document, tuple(Problem(path, line, message) for line, message in sorted(wrong))


class _Digest:
    """SHA-256 over the parts of a corpus, each with its length so that parts can't run together."""

    def __init__(self, settings: Settings, names: str) -> None:
        """`names`: SHA-256 of the gazetteer, or empty."""
        self._hash = hashlib.sha256()
        self._put(_rules(), settings.title, settings.collection.digest, names)

    def _put(self, *parts: str) -> None:
        for each in parts:
            data = os.fsencode(each)
            self._hash.update(b"%d:" % len(data) + data)

    def add(self, file: _File) -> str:
        """Add a file, and return what it counts with: the SHA-256 of its bytes, or why there are none."""
        counted = file.problem or hashlib.sha256(file.raw).hexdigest()
        self._put(file.path, counted)
        return counted

    def hexdigest(self) -> str:
        """The digest so far."""
        return self._hash.hexdigest()


_READERS = ("babel", "markdown-it-py", "pyahocorasick", "python-frontmatter", "PyYAML")
"""Libraries of which another release may give something else."""


@cache
def _rules() -> str:
    """Digest of what reads documents and takes them apart: by other rules the same files give another index."""
    here = Path(__file__).parent
    return digest_of([*here.glob("*.py"), *here.glob("splitting/**/*.py")], _READERS)


def digest_of(files: Iterable[Path], libraries: Iterable[str] = ()) -> str:
    """SHA-256 over names and bytes of files of the program itself, in whatever order they come, over the releases of
    libraries, and over that of Unicode."""
    found = hashlib.sha256(unicodedata.unidata_version.encode())
    for library in libraries:
        found.update(f"\0{library} {version(library)}".encode())
    for path in sorted(files):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


# --- Which files ------------------------------------------------------------------------------------


def _paths(settings: Settings) -> tuple[list[str], list[_File]]:
    """Sorted paths of the documents, relative to the corpus, and the folders that aren't read."""
    globs = [[part for part in glob.split("/") if part not in ("", ".")] for glob in settings.collection.exclude]
    index = _identity(settings.index)
    found: list[str] = []
    linked: list[str] = []
    failed: list[OSError] = []
    for folder, folders, files in os.walk(settings.corpus, onerror=failed.append):  # follows no symbolic links
        here = Path(folder).relative_to(settings.corpus).as_posix()
        folders[:] = (
            name for name in folders if name[0] != "." and not (index and _identity(Path(folder, name)) == index)
        )
        above = "" if here == "." else f"{here}/"
        linked += (above + name for name in folders if Path(folder, name).is_symlink())
        found += (above + name for name in files if name[0] != "." and name.lower().endswith(SUFFIXES))
    closed = [_File(os.path.relpath(e.filename, settings.corpus), b"", f"cannot be read: {e.strerror}") for e in failed]

    def is_excluded(path: str) -> bool:
        return any(glob and _matches(path.split("/"), glob) for glob in globs)

    closed += (
        _File(path, b"", "is a link to a folder and was not followed") for path in linked if not is_excluded(path)
    )
    return sorted(path for path in found if not is_excluded(path)), closed


def _identity(folder: Path) -> tuple[int, int] | None:
    """By what a folder is known under each of its paths; None where there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _matches(parts: Sequence[str], glob: Sequence[str]) -> bool:
    """Whether a glob matches a path or a folder above it: '*' stands for any name, '**' for any folders."""
    if not glob:
        return True
    if glob[0] == "**":
        return any(_matches(parts[skipped:], glob[1:]) for skipped in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], glob[0]) and _matches(parts[1:], glob[1:])


def _files(corpus: Path, paths: Iterable[str]) -> Iterator[_File]:
    for path in paths:
        problem = _unusable_name(path)
        yield _File(path, b"", problem) if problem else _file(corpus, path) or _File(path, b"", _GONE)


def _file(corpus: Path, path: str) -> _File | None:
    """What the file holds, or why it isn't read; None when there is no such file."""
    try:
        status = os.lstat(f"{corpus}/{path}")  # a Path for each of many files takes longer than to read them
        if not stat.S_ISREG(status.st_mode):
            return _File(path, b"", "is no regular file and was not read")
        if status.st_size > MAX_BYTES:
            return _File(path, b"", f"has {status.st_size:,} bytes, more than {MAX_BYTES:,}, and was not read")
        return _whole(corpus, path)
    except FileNotFoundError:
        return None
    except OSError as error:
        return _File(path, b"", f"cannot be read: {error.strerror}")


_GONE = "was deleted while the corpus was being read"
_ATTEMPTS = 3


def _whole(corpus: Path, path: str) -> _File:
    """The bytes of one state of a file, as far as the system tells when it changed. Raises OSError."""
    for attempt in range(_ATTEMPTS):
        # By now it may be a link, which is not followed, or a pipe, which is not waited for.
        fd = os.open(f"{corpus}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            before = os.fstat(fd)
            raw = _read(fd, min(before.st_size, MAX_BYTES) + 1) if stat.S_ISREG(before.st_mode) else b""
            after = os.fstat(fd)
        finally:
            os.close(fd)
        if not stat.S_ISREG(before.st_mode) or len(raw) != before.st_size or _state(before) != _state(after):
            continue
        if not after.st_nlink:
            return _File(path, raw, note=f"was replaced or deleted while it was being read; {_INDEXED} before")
        return _File(path, raw, note=f"changed while it was being read; {_INDEXED} after" if attempt else "")
    return _File(path, b"", "went on changing while it was being read, and was not read")


def _read(fd: int, most: int) -> bytes:
    """What a file holds, at most so many bytes."""
    raw = os.read(fd, most)
    while len(raw) < most and (more := os.read(fd, most - len(raw))):
        raw += more
    return raw


_INDEXED = "what is indexed is how it was"


def _state(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ino


def _unusable_name(path: str) -> str:
    if path.isprintable():
        return ""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return "the file name is not UTF-8; the file was not read"
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in path):
        return "the file name holds a control character; the file was not read"
    return ""


def _shown(path: str) -> str:
    """A path fit for a report whatever bytes it holds."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(repr(c)[1:-1] if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)


# --- Bytes to text ----------------------------------------------------------------------------------

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the other's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _decoded(raw: bytes) -> tuple[str, list[tuple[int, str]]]:
    """Text with '\\n' line ends, and (line, message) for what had to be replaced."""
    mark, encoding = next(((mark, name) for mark, name in _BOMS if raw.startswith(mark)), (b"", "utf-8"))
    raw = raw[len(mark) :]
    wrong: list[tuple[int, str]] = []
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = _lines(raw[: error.start].decode(encoding, "replace")).count("\n") + 1
        wrong.append(
            (line, f"not valid {encoding.upper()}; what can't be read is replaced by \N{REPLACEMENT CHARACTER}")
        )
        text = raw.decode(encoding, "replace")
    text = _lines(text)
    if "\0" in text:
        wrong.append((text.count("\n", 0, text.index("\0")) + 1, "NUL characters are replaced"))
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text, wrong


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _language(metadata: Mapping[str, object]) -> str:
    """'en' for 'en', 'en-GB', 'en_US'; empty for anything that is no ISO 639-1 code."""
    values = (metadata.get(key) for key in ("lang", "language", "locale"))
    codes = (re.match(r"([a-z]{2})(?:[-_]|\Z)", value.strip().lower()) for value in values if isinstance(value, str))
    return next((code[1] for code in codes if code), "")
