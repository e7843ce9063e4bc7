"""A collection becomes the files of a generation: columns, entries, and the Whoosh index over them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np

from searchapp import audit
from searchapp.corpus import digest_of
from searchapp.engines.whoosh import codec, columns, store
from searchapp.engines.whoosh.analysis import Analyzer
from searchapp.engines.whoosh.arrays import narrow, save
from searchapp.engines.whoosh.columns import BODY, PATH, TITLE, FieldBuilder, pair_up
from searchapp.engines.whoosh.forms import TextBuilder, save_text
from searchapp.model import FACETS, UNDATED, Collection, Entry, Facet, Passage

FORMAT = 14
"""Raised when the files of a generation change: older ones then cannot be read."""
_MAKERS = ("analysis", "arabic", "arrays", "build", "codec", "columns", "folding", "forms", "packing", "store")


@cache
def rules() -> str:
    """SHA-256 over the modules that decide what is written: by others, the same collection gives another index, and a
    search may miss what it holds."""
    return digest_of(Path(__file__).with_name(f"{module}.py") for module in _MAKERS)


def values_of(facet: Facet, entry: Entry, passage: Passage) -> tuple[str, ...]:
    """The values that a passage has in a facet."""
    if facet == "year":
        return passage.years
    if facet == "actor":
        return passage.actors
    if facet == "place":
        return passage.places
    return (entry.kind,) if facet == "kind" else (entry.document.path,)


def headings_above(entry: Entry, *, first: bool) -> str:
    """What stands above an entry: its heading path; above the first of a document also the document's title,
    which else could be in no passage at all (it may stand in the front matter only)."""
    title = (entry.document.title,) if first and entry.document.title != entry.title else ()
    return " / ".join((*title, *entry.heading_path))


class Builder:
    """Collects the passages of a collection, entry by entry."""

    def __init__(self, language: str) -> None:
        self._analyzers: dict[str, Analyzer] = {}
        self._language = language
        self.text = TextBuilder()
        self.fields = {name: FieldBuilder() for name in FACETS}
        self.first = [0]
        self._opened: set[str] = set()
        self.entry_of: list[int] = []
        self.ordinal: list[int] = []
        self.roles: list[int] = []
        self.captions: list[bool] = []
        self.dates: list[tuple[int, int, int]] = []

    def add(self, entry: Entry) -> None:
        """Take in one entry: its passages, then its heading path as a pseudo-passage."""
        analyzer = self._analyzer(entry.lang or self._language)
        alone = entry.passages[:1] == entry.body[:1]
        for ordinal, passage in enumerate(entry.passages):
            number = len(self.entry_of)
            role = BODY if ordinal else TITLE | BODY if alone else TITLE
            self._passage(ordinal, role, passage.text, analyzer)
            self.captions[-1] = passage.kind == "caption"
            for when in passage.dates:
                self.dates.append((number, when.start.toordinal(), when.end.toordinal()))
            if role & BODY:
                self._values(entry, passage, number)
        if text := headings_above(entry, first=entry.document.path not in self._opened):
            self._passage(len(entry.passages), PATH, text, analyzer)
        self._opened.add(entry.document.path)
        self.first.append(len(self.entry_of))

    def _analyzer(self, language: str) -> Analyzer:
        if language not in self._analyzers:
            self._analyzers[language] = Analyzer(language)
        return self._analyzers[language]

    @property
    def languages(self) -> list[str]:
        """Languages of the text, that of the corpus first."""
        return sorted({self._language, *self._analyzers}, key=lambda language: (language != self._language, language))

    def _passage(self, ordinal: int, role: int, text: str, analyzer: Analyzer) -> None:
        self.text.add(analyzer, text)
        self.entry_of.append(len(self.first) - 1)
        self.ordinal.append(ordinal)
        self.roles.append(role)
        self.captions.append(False)

    def _values(self, entry: Entry, passage: Passage, number: int) -> None:
        for facet in FACETS:
            for value in values_of(facet, entry, passage):
                self.fields[facet].add(value, number)

    def write(self, folder: Path) -> None:
        """Write every column, and the Whoosh index over them."""
        entry_of = np.array(self.entry_of, np.int32)
        dates = np.array(self.dates, np.int32).reshape(-1, 3)
        arrays = (
            ("first", np.array(self.first, np.int32)),
            ("entry_of", entry_of),
            ("ordinal", narrow(np.array(self.ordinal, np.int32))),
            ("roles", np.array(self.roles, np.uint8)),
            ("captions", np.array(self.captions, bool)),
            ("lengths", narrow(self.text.lengths())),
            ("dates", dates[:, 1:]),
            ("first_date", np.searchsorted(dates[:, 0], np.arange(len(entry_of) + 1)).astype(np.int32)),
        )
        save(folder, arrays)
        save_text(folder, *self.text.build())
        for name, builder in self.fields.items():
            field = builder.build()
            columns.save_field(folder, name, field)
            columns.save_pairs(folder, name, pair_up(field, entry_of, len(self.first) - 1))
        codec.write_index(folder, self._language, len(entry_of))


def write(collection: Collection, folder: Path, progress: Callable[[int], None]) -> Mapping[str, object]:
    """Write the files of a generation; the facts for its manifest."""
    builder = Builder(collection.language)
    for number, entry in enumerate(collection.entries):
        builder.add(entry)
        progress(number + 1)
    with ThreadPoolExecutor(1) as side:  # numpy and zstd let each other compute
        written = side.submit(builder.write, folder)
        store.write(folder, "entries", [*map(_without_parts, collection.entries)])
        store.write_outlines(folder, collection.outlines)
        store.write(folder, "counts", [audit.count(collection)])
        store.write(folder, "problems", [collection.problems])
        written.result()
    ids = sorted((entry.id, number) for number, entry in enumerate(collection.entries))
    store.write_ids(folder, [entry_id for entry_id, _ in ids])
    by_id = np.array([number for _, number in ids], np.int32)
    save(folder, (("by_id", by_id), ("id_rank", by_id.argsort().astype(np.int32))))
    names = [asdict(name) for name in collection.gazetteer.names]
    (folder / "names.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
    return _facts(collection, builder.languages)


def _without_parts(entry: Entry) -> Entry:
    """The entry without where its document is cut, which its outline says once for all."""
    return replace(entry, document=replace(entry.document, parts=())) if entry.document.parts else entry


def _facts(collection: Collection, languages: list[str]) -> dict[str, object]:
    entries = collection.entries
    passages = [passage for entry in entries for passage in entry.body]
    origins = Counter(passage.date.origin if passage.date else UNDATED for passage in passages)
    years = [date.year for passage in passages for when in passage.dates for date in (when.start, when.end)]
    return {
        "format": FORMAT,
        "rules": rules(),
        "collection": collection.digest,
        "gazetteer": collection.gazetteer.digest,
        "languages": languages,
        "title": collection.title,
        "description": collection.description,
        "examples": collection.examples,
        "documents": len(collection.outlines),
        "entries": len(entries),
        "sections": sum(entry.kind == "section" for entry in entries),
        "news": sum(entry.kind == "news" for entry in entries),
        "passages": len(passages),
        "actors": len({actor for passage in passages for actor in passage.actors}),
        "origins": dict(sorted(origins.items())),
        "years": [min(years), max(years)] if years else None,
    }


def top_actors(entries: tuple[Entry, ...], limit: int = 10) -> tuple[tuple[str, int], ...]:
    """Actors with the most entries, and how many; ties by name."""
    counts = Counter(actor for entry in entries for actor in entry.actors)
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit])
