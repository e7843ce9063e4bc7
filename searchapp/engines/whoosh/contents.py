"""What is in the files of a generation, looked at before it is served: whether it can be read back, and whether the
table of contents of Whoosh, a pickle, which can run code, is to the byte our own."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from whoosh.index import EmptyIndexError, open_dir

from searchapp.engines.whoosh import codec
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.model import IndexUnusable

SAMPLES = 16
"""Words of the vocabulary whose postings, and entries whose values a check reads back."""
_PATTERN = "*.toc"


def verify(folder: Path, language: str, passages: int) -> None:
    """Compare the table of contents with one written anew; nothing of it is interpreted.

    A manifest that was made to fit a forged one does not help it. Raises IndexUnusable.
    """
    with tempfile.TemporaryDirectory() as own:
        codec.write_index(Path(own), language, passages)
        expected = _read(Path(own))
    if _read(folder) != expected:
        raise IndexUnusable(
            f"{folder.name}: Whoosh's table of contents is not the one that this version writes; "
            "run `searchapp reindex --full`"
        )


def _read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob(_PATTERN)}


def sample(folder: Path, fresh: Sequence[int] | None = None) -> Snapshot:
    """Read back what was written: every entry, or those of the numbers given; every document, and postings of words
    from all over the vocabulary. Raises IndexUnusable.
    """
    snapshot = Snapshot(folder, ["en"])
    _sample_entries(snapshot, range(snapshot.entries) if fresh is None else fresh)
    words = snapshot.fields["word"].terms
    try:
        reading = open_dir(str(folder), readonly=True).reader()
    except EmptyIndexError as error:  # what Whoosh makes of a file that the system does not let it open
        raise IndexUnusable(f"{folder.name}: Whoosh finds no table of contents") from error
    with reading as reader:
        if reader.doc_count() != snapshot.passages:
            raise IndexUnusable(f"{folder.name}: Whoosh reads {reader.doc_count()} passages, not {snapshot.passages}")
        for word in words[:: max(1, len(words) // SAMPLES)]:
            if reader.postings("word", word).id() >= snapshot.passages:
                raise IndexUnusable(f"{folder.name}: the postings of {word!r} cannot be read")
    return snapshot


def _sample_entries(snapshot: Snapshot, numbers: Sequence[int]) -> None:
    """Read the entries with these numbers, and some others as they are served, and find their ids."""
    name, ids, stored = snapshot.folder.name, snapshot.ids(), snapshot.stored
    id_of = {number: one for one, number in ids}
    some = range(0, snapshot.entries, max(1, snapshot.entries // SAMPLES))
    if not len(ids) == len(id_of) == len(stored) == snapshot.entries:
        raise IndexUnusable(f"{name}: {snapshot.entries} entries were to be written, {len(stored)} were")
    for number in chain(numbers, some):
        if (found := (snapshot.entry if number in some else stored.__getitem__)(number).id) != id_of[number]:
            raise IndexUnusable(f"{name}: the entry {found!r} stands where {id_of[number]!r} should be")
    missing = {one for outline in snapshot.outlines.values() for one in outline.entries}.difference(id_of.values())
    if missing:
        raise IndexUnusable(f"{name}: the entry {min(missing)!r} of a document is missing")
