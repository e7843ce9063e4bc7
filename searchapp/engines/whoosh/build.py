"""A collection becomes the files of a generation: columns, entries, and the Whoosh index over them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from functools import cache
from pathlib import Path
from threading import Event

import numpy as np

from searchapp.corpus import digest_of
from searchapp.engines.whoosh import codec, store
from searchapp.engines.whoosh.analysis import Analyzer
from searchapp.engines.whoosh.arrays import save
from searchapp.engines.whoosh.columns import BODY, CAPTION, PATH, TITLE, FieldBuilder
from searchapp.engines.whoosh.forms import TextBuilder
from searchapp.engines.whoosh.merging import Columns
from searchapp.engines.whoosh.updating import Before, Content, content, firsts
from searchapp.model import FACETS, Collection, Entry, Facet, Passage

FORMAT = 18
"""Raised when the files of a generation change: older ones then cannot be read."""
_MAKERS = (
    *("analysis", "arabic", "arrays", "build", "codec", "columns", "folding", "forms", "merging", "packing", "store"),
    "updating",
)

_ANALYSING = ("PyStemmer", "whoosh")
"""Libraries of which another release may give other words."""


@cache
def rules() -> str:
    """Digest of what decides what is written: by other rules, the same collection gives another index, and a search may
    miss what it holds."""
    return digest_of((Path(__file__).with_name(f"{module}.py") for module in _MAKERS), _ANALYSING)


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
        self.roles: list[int] = []
        self.dates: list[tuple[int, int, int]] = []

    def add(self, entry: Entry, *, first: bool) -> None:
        """Take in one entry: its passages, then what stands above it, `first` in its document, as a pseudo-passage."""
        analyzer = self._analyzer(entry.lang or self._language)
        alone = entry.passages[:1] == entry.body[:1]
        for ordinal, passage in enumerate(entry.passages):
            number = len(self.roles)
            role = BODY if ordinal else TITLE | BODY if alone else TITLE
            self._passage(role | CAPTION if passage.kind == "caption" else role, passage.text, analyzer)
            for when in passage.dates:
                self.dates.append((number, when.start.toordinal(), when.end.toordinal()))
            if role & BODY:
                self._values(entry, passage, number)
        if text := headings_above(entry, first=first):
            self._passage(PATH, text, analyzer)
        self.first.append(len(self.roles))

    def _analyzer(self, language: str) -> Analyzer:
        if language not in self._analyzers:
            self._analyzers[language] = Analyzer(language)
        return self._analyzers[language]

    @property
    def languages(self) -> frozenset[str]:
        """Languages of the texts."""
        return frozenset(self._analyzers)

    def _passage(self, role: int, text: str, analyzer: Analyzer) -> None:
        self.text.add(analyzer, text)
        self.roles.append(role)

    def _values(self, entry: Entry, passage: Passage, number: int) -> None:
        for facet in FACETS:
            for value in values_of(facet, entry, passage):
                self.fields[facet].add(value, number)

    def columns(self) -> Columns:
        """What was collected, as columns."""
        dates = np.array(self.dates, np.int32).reshape(-1, 3)
        stems, words = self.text.build()
        return Columns(
            first=np.array(self.first, np.int32),
            roles=np.array(self.roles, np.uint8),
            lengths=self.text.lengths(),
            dated=np.bincount(dates[:, 0], minlength=len(self.roles)),
            dates=dates[:, 1:],
            stems=stems,
            words=words,
            values={facet: builder.build() for facet, builder in self.fields.items()},
        )


def write(
    collection: Collection, folder: Path, progress: Callable[[int], None], before: Before | None = None
) -> dict[str, object]:
    """Write the files of a generation; the facts for its manifest. What the collection has kept is taken from `before`.

    Raises MoreNeeded.
    """
    builder = Builder(collection.language)
    fresh = before.fresh if before else collection.entries
    opening = before.opening if before else firsts(entry.document.path for entry in fresh)
    entries = [*map(_without_parts, before.entries() if before else collection.entries)]
    as_it_was = before.snapshot if before and not before.is_old else None
    stored, outlines = (as_it_was.stored, as_it_was.outlines) if as_it_was else (None, None)
    halt = Event()
    with ThreadPoolExecutor(1) as side, _told(halt):  # zstd and numpy let Python do something else
        writing = [side.submit(store.write, folder, "entries", entries, stored, halt)]
        for number, (entry, first) in enumerate(zip(fresh, opening, strict=True)):
            builder.add(entry, first=first)
            progress(number + 1)
            if writing[0].done():
                writing[0].result()  # raises what went wrong
        holds = content(replace(collection, entries=tuple(fresh)), builder.languages)
        if before:
            holds = before.content(holds)
        writing.append(side.submit(store.write_outlines, folder, holds.outlines, outlines, collection.kept))
        writing.append(side.submit(store.write, folder, "counts", [holds.counts]))
        writing.append(side.submit(store.write, folder, "problems", [holds.problems]))
        columns = builder.columns()
        if before:
            columns = before.columns(columns)
        columns.save(folder)
        codec.write_index(folder, collection.language, len(columns.roles))
        for done in writing:
            done.result()
    numbered = sorted(zip(holds.ids, range(len(holds.ids)), strict=True))
    store.write_ids(folder, [entry_id for entry_id, _ in numbered])
    by_id = np.array([number for _, number in numbered], np.int32)
    save(folder, (("by_id", by_id), ("id_rank", by_id.argsort().astype(np.int32))))
    names = [asdict(name) for name in collection.gazetteer.names]
    (folder / "names.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
    return _facts(collection, holds, columns)


@contextmanager
def _told(halt: Event) -> Iterator[None]:
    """Set `halt` where something ends what is done inside, so that nobody waits for what is done beside it."""
    try:
        yield
    except BaseException:
        halt.set()
        raise


def _without_parts(entry: Entry | int) -> Entry | int:
    """The entry without where its document is cut, which its outline says once for all."""
    if isinstance(entry, int) or not entry.document.parts:
        return entry
    return replace(entry, document=replace(entry.document, parts=()))


def _facts(collection: Collection, holds: Content, columns: Columns) -> dict[str, object]:
    language, documents = collection.language, holds.counts.documents
    in_body = np.repeat(columns.roles & BODY > 0, columns.dated)
    days = columns.dates[in_body]
    return {
        "format": FORMAT,
        "rules": rules(),
        "collection": collection.digest,
        "basis": collection.basis,
        "gazetteer": collection.gazetteer.digest,
        "languages": [language, *sorted(holds.languages - {language})],
        "title": collection.title,
        "description": collection.description,
        "examples": collection.examples,
        "documents": len(collection.outlines) + len(collection.kept),
        "entries": len(holds.ids),
        "updated": holds.updated,
        "sections": sum(document.sections for document in documents),
        "news": sum(document.news for document in documents),
        "passages": sum(document.passages for document in documents),
        "actors": len(columns.values["actor"].terms),
        "origins": dict(sorted(holds.origins.items())),
        "years": [date.fromordinal(int(day)).year for day in (days.min(), days.max())] if len(days) else None,
    }
