"""Environment, command line and corpus settings become one frozen Settings, read once."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, cast, get_args

from searchapp.model import SearchAppError

DatesMean = Literal["auto", "events", "published"]
"""What the dates of a corpus mean; see CorpusSettings.dates."""

SETTINGS_FILE = "searchapp.toml"
GAZETTEER_FILE = "actors.toml"
MAX_BYTES = 64 * 1024
"""Size of searchapp.toml beyond which it is not read."""


class BadSettings(SearchAppError):
    """A setting is not of its form; the message names the file and the key."""


KEPT_MEGABYTES: Final = 32
"""Of answers, where no setting says it."""


@dataclass(frozen=True, slots=True)
class CorpusSettings:
    """What `searchapp.toml` in the corpus says; every key may be left out."""

    title: str = ""
    """Name of the collection on every page; empty for the folder's name."""
    description: str = ""
    """One or two sentences for the start page."""
    language: str = "en"
    """Language of stemmer and stop words, ISO 639-1."""
    dates: DatesMean = "auto"
    """'events': only dates in text and headings; 'published': the publication date dates every passage;
    'auto': as 'events', but posts with a dated file name and documents without any event date use theirs."""
    exclude: tuple[str, ...] = ()
    """Glob patterns of paths, relative to the corpus, that are no documents."""
    examples: tuple[str, ...] = ()
    """Queries to try, shown on the start page."""
    digest: str = ""
    """SHA-256 of the file, or empty when there is none."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a process needs to know."""

    corpus: Path
    index: Path
    collection: CorpusSettings
    host: str = "127.0.0.1"
    port: int = 8000
    deadline: float | None = None
    """Seconds that an answer may take; None for no limit."""
    kept_answers: int = KEPT_MEGABYTES << 20
    """Bytes of answers that a process keeps, to give them again: of a large collection some two thousand pages."""
    log_queries: bool = False
    """Whether the log may hold what was searched."""
    metrics: Path | None = None
    """Folder in which the processes of a server count requests; None where nothing is counted."""
    cors_origins: tuple[str, ...] = ()
    """Sites whose scripts may read answers, as 'https://example.org'; ('*',) for all."""

    @property
    def title(self) -> str:
        """Name of the collection."""
        return self.collection.title or Path(os.path.normpath(self.corpus)).name


def load(corpus: Path | None = None, index: Path | None = None, env: Mapping[str, str] | None = None) -> Settings:
    """Settings from arguments, then from SEARCHAPP_CORPUS, _INDEX, _DEADLINE, _ANSWERS_MB and _CORS_ORIGIN, HOST
    and PORT, then defaults.

    Raises BadSettings when a value is not of its form, the corpus is no folder or its searchapp.toml cannot be used.
    """
    env = os.environ if env is None else env
    corpus = (corpus or Path(env.get("SEARCHAPP_CORPUS") or "seeds")).absolute()
    index = index_folder(index, env)
    if not corpus.is_dir():
        what = "a file, not a folder" if corpus.is_file() else "no such folder"
        raise BadSettings(f"{corpus}: {what}; name the corpus with --corpus or SEARCHAPP_CORPUS")
    if index.exists() and corpus.samefile(index):
        raise BadSettings(f"{index}: the index cannot be the corpus itself; name another folder with --index")
    port = env.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise BadSettings(f"PORT: expected a number from 1 to 65535, found {port!r}")
    return Settings(
        corpus,
        index,
        load_corpus_settings(corpus),
        host=env.get("HOST") or "127.0.0.1",
        port=int(port),
        deadline=_seconds(env),
        kept_answers=_kept_answers(env),
        cors_origins=_origins(env),
    )


def index_folder(index: Path | None = None, env: Mapping[str, str] | None = None) -> Path:
    """Where the index is, for what needs nothing else: the argument, else SEARCHAPP_INDEX, else the default."""
    env = os.environ if env is None else env
    return (index or Path(env.get("SEARCHAPP_INDEX") or "index")).absolute()


def _seconds(env: Mapping[str, str]) -> float:
    """What an answer may take."""
    given = env.get("SEARCHAPP_DEADLINE") or "1"
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise BadSettings(f"SEARCHAPP_DEADLINE: expected seconds, more than 0 and at most 3600, found {given!r}")
    return seconds


def _kept_answers(env: Mapping[str, str]) -> int:
    """Bytes of answers that are kept."""
    given = env.get("SEARCHAPP_ANSWERS_MB") or str(KEPT_MEGABYTES)
    if not re.fullmatch("[0-9]{1,5}", given):
        raise BadSettings(f"SEARCHAPP_ANSWERS_MB: expected a whole number of megabytes up to 99999, found {given!r}")
    return int(given) << 20


def _origins(env: Mapping[str, str]) -> tuple[str, ...]:
    """Sites whose scripts may read answers."""
    found = tuple((env.get("SEARCHAPP_CORS_ORIGIN") or "").split())
    for origin in found:
        if origin != "*" and not re.fullmatch(r"https?://[a-z0-9.\-\[\]:]+", origin):
            expected = "expected sites such as https://example.org, with blanks between them, or *"
            raise BadSettings(f"SEARCHAPP_CORS_ORIGIN: {expected}, found {origin!r}")
    return found


_KEYS = frozenset({"title", "description", "language", "dates", "exclude", "examples"})


def load_corpus_settings(corpus: Path) -> CorpusSettings:
    """Read searchapp.toml of a corpus; defaults when there is none. Raises BadSettings."""
    path = corpus / SETTINGS_FILE
    try:
        raw = _bytes(path)
    except FileNotFoundError:
        return CorpusSettings()
    except OSError as error:
        raise BadSettings(f"{path}: {error.strerror}") from error
    try:
        table = tomllib.loads(raw.decode("utf-8-sig"))
    except RecursionError as error:
        raise BadSettings(f"{path}: nested too deeply") from error
    except ValueError as error:  # not TOML, not UTF-8, or a number too long to be read
        raise BadSettings(f"{path}: {error}") from error
    unknown = sorted(table.keys() - _KEYS)
    if unknown:
        raise BadSettings(f"{path}: unknown key {unknown[0]!r}; known are {', '.join(sorted(_KEYS))}")
    language = re.split("[-_]", _text(path, table, "language", "en"))[0].lower()
    if not re.fullmatch("[a-z]{2}", language):
        raise BadSettings(f"{path}: language: expected a code of two letters, such as en, found {table['language']!r}")
    dates = _text(path, table, "dates", "auto")
    if dates not in get_args(DatesMean):
        raise BadSettings(f"{path}: dates: expected one of {', '.join(get_args(DatesMean))}, found {dates!r}")
    return CorpusSettings(
        title=_text(path, table, "title"),
        description=_text(path, table, "description"),
        language=language,
        dates=cast(DatesMean, dates),
        exclude=_texts(path, table, "exclude"),
        examples=_texts(path, table, "examples"),
        digest=hashlib.sha256(raw).hexdigest(),
    )


def _bytes(path: Path) -> bytes:
    """What a small regular file holds; a link is not followed, a pipe not waited for. Raises OSError, BadSettings."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise BadSettings(f"{path}: is no regular file")
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise BadSettings(f"{path}: has more than {MAX_BYTES:,} bytes")
    return raw


def _text(path: Path, table: Mapping[str, object], key: str, default: str = "") -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise BadSettings(f"{path}: {key}: expected a string, found {value!r}")
    return value


def _texts(path: Path, table: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadSettings(f"{path}: {key}: expected a list of strings, found {value!r}")
    return tuple(value)
