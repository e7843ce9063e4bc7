"""Judged collections: documents, queries, and which documents answer which query.

A collection is a folder with `corpus.jsonl` (id, title, text), `queries.jsonl` (id, text) and `qrels.tsv` (query,
document and grade, under one line of headings).
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILES: Final = ("corpus.jsonl", "queries.jsonl", "qrels.tsv")
DEPTH: Final = 100
"""Results asked for and judged."""
ESCAPED: Final = re.compile(f"[{re.escape(string.punctuation)}]")

Run = Mapping[str, list[str]]
"""Query id -> ids of documents, best first, at most DEPTH."""


class BadCollection(Exception):
    """A folder that is no judged collection; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Text:
    """One document."""

    id: str
    title: str
    body: str
    """White space collapsed, in one line."""

    @property
    def whole(self) -> str:
        """Title and body."""
        return f"{self.title} {self.body}".strip()


@dataclass(frozen=True, slots=True)
class Judged:
    """One collection."""

    name: str
    texts: tuple[Text, ...]
    queries: Mapping[str, str]
    """The judged queries: id -> text."""
    grades: Mapping[str, Mapping[str, int]]
    """Query id -> document id -> grade; above 0 is relevant."""


def read_all(folder: Path) -> tuple[Judged, ...]:
    """The collections in a folder, by name, or the folder itself if it is one. Raises BadCollection."""
    found = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]
    collections = [path for path in found if all((path / name).is_file() for name in FILES)]
    if not collections:
        raise BadCollection(f"{folder}: no folder in it holds {', '.join(FILES)}")
    return tuple(read(path) for path in collections)


def read(folder: Path) -> Judged:
    """One collection. Raises BadCollection."""
    grades: dict[str, dict[str, int]] = {}
    for number, line in enumerate((folder / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:], 2):
        parts = line.split("\t")
        if len(parts) != 3 or not parts[2].strip().lstrip("-").isdecimal():
            raise BadCollection(f"{folder / 'qrels.tsv'}:{number}: expected query, document and grade")
        grades.setdefault(parts[0], {})[parts[1]] = int(parts[2])
    texts = (
        Text(str(raw["id"]), _line(raw.get("title")), _line(raw.get("text"))) for raw in _lines(folder / "corpus.jsonl")
    )
    queries = {str(raw["id"]): _line(raw.get("text")) for raw in _lines(folder / "queries.jsonl")}
    judged = {
        query: text for query, text in queries.items() if any(grade > 0 for grade in grades.get(query, {}).values())
    }
    if not judged:
        raise BadCollection(f"{folder}: no query has a relevant document")
    return Judged(folder.name, tuple(texts), judged, grades)


def write_markdown(collection: Judged, folder: Path, cut: int = 0) -> None:
    """Each document as a file of Markdown, `d<number>.md` by its place, with its title in the front matter.

    `cut` parts the body into paragraphs of so many words; 0 leaves it whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "searchapp.toml").write_text('dates = "published"\n', encoding="utf-8")
    for number, text in enumerate(collection.texts):
        words = text.body.split(" ")
        size = cut or len(words)
        paragraphs = (" ".join(words[at : at + size]) for at in range(0, len(words), size))
        head = f"---\ntitle: {json.dumps(text.title)}\n---\n\n" if text.title else ""
        body = "\n\n".join(_escaped(paragraph) for paragraph in paragraphs)
        (folder / file_name(number)).write_text(f"{head}{body}\n", encoding="utf-8")


def file_name(number: int) -> str:
    """File of the document at this place in its collection."""
    return f"d{number:06}.md"


def _escaped(text: str) -> str:
    """Text as Markdown that reads as the same text."""
    return ESCAPED.sub(r"\\\g<0>", text)


def _line(value: object) -> str:
    return " ".join(str(value or "").split())


def _lines(path: Path) -> Iterator[dict[str, object]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if line.strip():
            try:
                raw = json.loads(line)
            except json.JSONDecodeError as error:
                raise BadCollection(f"{path}:{number}: {error}") from error
            if not isinstance(raw, dict) or "id" not in raw:
                raise BadCollection(f"{path}:{number}: expected an object with an id")
            yield raw
