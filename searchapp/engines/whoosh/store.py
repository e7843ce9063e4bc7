"""Entries and outlines on disk: each as JSON, compressed by itself so that one can be read without the others.

What they have in common, keys of the format and words of the corpus, is in a dictionary that zstd is given beforehand.
Nothing is ever unpickled.
"""

from __future__ import annotations

import mmap
import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from msgspec.json import Decoder, Encoder
from zstandard import ZstdCompressionDict, ZstdCompressor, ZstdDecompressor, ZstdError, train_dictionary

from searchapp.engines.whoosh.arrays import load, narrow, save
from searchapp.model import DocumentRef, Outline

DICTIONARY = 300_000
"""Most bytes of a dictionary; one of twice as many gains a hundredth more."""
SHARE = 40
"""So many times as large as its dictionary is what it is for, at least."""
SAMPLES, FEWEST = 1_000, 100
"""Values that a dictionary is made from; of fewer than the second, there is none."""
LEVEL = 6
"""Of zstd: a tenth less than at 3, in three times the time, which a build has while it reads the words."""
AT_ONCE = 200
"""Values that are compressed in one go: Python lets others go on meanwhile, and gets its turn back once for each go."""

T = TypeVar("T")
_encoded = Encoder().encode


def write(
    folder: Path,
    name: str,
    values: Sequence[object],
    before: Reader[Any] | None = None,
    halt: threading.Event | None = None,
) -> None:
    """Write dataclass values to <name>.z, where each begins to <name>.offsets.npy, their dictionary to <name>.dict.

    A number among them stands for that value of `before`, which is taken as it is, with its dictionary. What is written
    is of no use once another thread sets `halt`.
    """
    dictionary = _dictionary(values) if before is None else before.dictionary
    (folder / f"{name}.dict").write_bytes(dictionary.as_bytes())
    packer = ZstdCompressor(LEVEL, dict_data=dictionary, write_checksum=False, write_dict_id=False)
    sizes = [0]
    with (folder / f"{name}.z").open("wb") as file:
        for begin in range(0, len(values), AT_ONCE):
            if halt is not None and halt.is_set():
                return
            some = packed(values[begin : begin + AT_ONCE], packer, before)
            sizes += map(len, some)
            file.write(b"".join(some))
    save(folder, [(f"{name}.offsets", narrow(np.cumsum(sizes, dtype=np.int64)))])


def packed(values: Sequence[object], packer: ZstdCompressor, before: Reader[Any] | None) -> list[bytes]:
    """Values as `write` writes them."""
    fresh: list[Any] = [_encoded(value) for value in values if before is None or not isinstance(value, int)]
    done = packer.multi_compress_to_buffer(fresh) if fresh else ()
    fresh_ones = iter([done[number].tobytes() for number in range(len(done))])
    return [
        before.packed(value) if before is not None and isinstance(value, int) else next(fresh_ones) for value in values
    ]


def _dictionary(values: Sequence[object]) -> ZstdCompressionDict:
    """What many values begin from; empty for few."""
    samples = [_encoded(value) for value in values[:: max(1, len(values) // SAMPLES)]]
    size = min(DICTIONARY, sum(map(len, samples)) * len(values) // max(1, len(samples)) // SHARE)
    if len(samples) < FEWEST:
        return ZstdCompressionDict(b"")
    try:
        return train_dictionary(size, [*samples])
    except ZstdError:  # they have too little in common
        return ZstdCompressionDict(b"")


class Reader(Generic[T]):
    """Random access to what `write` wrote, decoded to one dataclass; safe to share between threads."""

    def __init__(self, folder: Path, name: str, kind: type[T]) -> None:
        self._decode = Decoder(kind).decode
        self.dictionary = ZstdCompressionDict((folder / f"{name}.dict").read_bytes())
        self._own = _Own(self.dictionary)
        self._offsets = load(folder, f"{name}.offsets")
        self._bytes = _mapped(folder / f"{name}.z", empty=len(self) == 0)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, number: int) -> T:
        return self._decode(self._own.decompressor.decompress(self.packed(number)))

    def packed(self, number: int) -> bytes:
        """A value as it was written."""
        return self._bytes[int(self._offsets[number]) : int(self._offsets[number + 1])]


def write_outlines(
    folder: Path, outlines: Sequence[Outline], before: Outlines | None = None, kept: Iterable[str] = ()
) -> None:
    """Write the outlines of documents by path, and besides what all of them are called, which is read at once.

    Those of the paths that are `kept` are taken from `before`.
    """
    ours: dict[str, tuple[DocumentRef, Outline | int]] = {each.ref.path: (each.ref, each) for each in outlines}
    if before is not None:
        ours |= {path: (before.refs[path], before.number(path)) for path in kept}
    ordered = [ours[path] for path in sorted(ours)]
    write(folder, "outlines", [outline for _, outline in ordered], None if before is None else before.reader)
    write(folder, "refs", [[ref for ref, _ in ordered]])


class Outlines(Mapping[str, Outline]):
    """The documents by path, in that order, each read when it is looked at: a corpus has thousands, and their outlines,
    kept, took half of the memory of a server that had just begun."""

    def __init__(self, folder: Path) -> None:
        self.reader = Reader(folder, "outlines", Outline)
        refs = Reader(folder, "refs", tuple[DocumentRef, ...])[0]
        self.refs = {ref.path: ref for ref in refs}
        """Path, title and parts of each, by path."""
        self._numbers = {path: number for number, path in enumerate(self.refs)}

    def __len__(self) -> int:
        return len(self.refs)

    def __iter__(self) -> Iterator[str]:
        return iter(self.refs)

    def __getitem__(self, path: str) -> Outline:
        return self.reader[self._numbers[path]]

    def number(self, path: str) -> int:
        """The place of a document in that order."""
        return self._numbers[path]


class _Own(threading.local):
    """What each thread has for itself: a decompressor is of one, and to make another takes as long as it does."""

    def __init__(self, dictionary: ZstdCompressionDict) -> None:
        self.decompressor = ZstdDecompressor(dict_data=dictionary)


def write_ids(folder: Path, ids: Sequence[str]) -> None:
    """Write sorted ids to ids.bin, one after the other, and where each begins to ids.offsets.npy."""
    encoded = [entry_id.encode() for entry_id in ids]
    (folder / "ids.bin").write_bytes(b"".join(encoded))
    save(folder, [("ids.offsets", narrow(np.cumsum([0, *map(len, encoded)], dtype=np.int64)))])


class Ids:
    """What `write_ids` wrote: the place of an id is found without reading the others."""

    def __init__(self, folder: Path) -> None:
        self._offsets = load(folder, "ids.offsets")
        self._bytes = _mapped(folder / "ids.bin", empty=len(self) == 0)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def place(self, entry_id: str) -> int:
        """Place of an id among all, or -1."""
        wanted = entry_id.encode(errors="surrogatepass")  # code points are in the order of their UTF-8
        at = bisect_left(range(len(self)), wanted, key=self.__getitem__)
        return at if at < len(self) and self[at] == wanted else -1

    def __getitem__(self, place: int) -> bytes:
        return self._bytes[self._offsets[place] : self._offsets[place + 1]]


def _mapped(path: Path, *, empty: bool) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        return b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
