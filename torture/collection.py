"""A generated collection of the size that figures are stated for, indexed once for all subjects of a run."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from bench.generate import write_corpus
from searchapp import indexing, settings
from searchapp.engines.whoosh import WhooshEngine
from searchapp.engines.whoosh.snapshot import Snapshot

ENTRIES = 20_000


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="torture-")


@cache
def built(entries: int = ENTRIES, seed: int = 7) -> tuple[Path, Path]:
    """The folders of a corpus with so many entries and of its index."""
    place = Path(_folder().name) / f"{entries}-{seed}"
    folder, index = place / "corpus", place / "index"
    folder.mkdir(parents=True)
    write_corpus(folder, entries, seed)
    given = settings.load(folder, index)
    indexing.build(WhooshEngine(index), given)
    return folder, index


def words(index: Path, most: int = 20_000) -> Sequence[str]:
    """The words of an index, the most frequent first: these cost the most."""
    generation = index / (index / "CURRENT").read_text().split()[0]
    field = Snapshot(generation, ["en"]).fields["word"]
    sizes = [len(field.postings(number)[0]) for number in range(len(field.terms))]
    return [field.terms[number] for number in sorted(range(len(sizes)), key=lambda number: -sizes[number])[:most]]
