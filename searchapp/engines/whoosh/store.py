"""Entries and outlines on disk: each as JSON, compressed by itself so that one can be read without the others.

What they have in common, keys of the format and words of the corpus, is in a dictionary that zstd is given beforehand.
Nothing is ever unpickled.
"""

from __future__ import annotations

import json
import mmap
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import numpy as np
from zstandard import ZstdCompressionDict, ZstdCompressor, ZstdDecompressor, ZstdError, train_dictionary

DICTIONARY = 112_640
"""Most bytes of a dictionary; a larger one gained nothing."""
SHARE = 40
"""So many times as large as its dictionary is what it is for, at least."""
SAMPLES, FEWEST = 500, 100
"""Values that a dictionary is made from; of fewer than the second, there is none."""
LEVEL = 3
"""Of zstd: with a dictionary as small as zlib at its default, in a tenth of its time."""


def write(folder: Path, name: str, values: Sequence[object]) -> None:
    """Write dataclass values to <name>.z, where each begins to <name>.offsets.npy, their dictionary to <name>.dict."""
    dictionary = _dictionary([_encoded(value) for value in values[:: max(1, len(values) // SAMPLES)]], len(values))
    (folder / f"{name}.dict").write_bytes(dictionary.as_bytes())
    packer = ZstdCompressor(LEVEL, dict_data=dictionary, write_checksum=False, write_dict_id=False)
    offsets = [0]
    with (folder / f"{name}.z").open("wb") as file:
        for value in values:
            offsets.append(offsets[-1] + file.write(packer.compress(_encoded(value))))
    np.save(folder / f"{name}.offsets.npy", np.array(offsets, np.int64), allow_pickle=False)


def _dictionary(samples: Sequence[bytes], values: int) -> ZstdCompressionDict:
    """What many values begin from; empty for few."""
    size = min(DICTIONARY, sum(map(len, samples)) * values // max(1, len(samples)) // SHARE)
    if len(samples) < FEWEST:
        return ZstdCompressionDict(b"")
    try:
        return train_dictionary(size, [*samples])
    except ZstdError:  # they have too little in common
        return ZstdCompressionDict(b"")


class Reader:
    """Random access to what `write` wrote, decoded to one dataclass; safe to share between threads."""

    def __init__(self, folder: Path, name: str, kind: type) -> None:
        self._decode = decoder(kind)
        self._dictionary = ZstdCompressionDict((folder / f"{name}.dict").read_bytes())
        self._offsets = np.load(folder / f"{name}.offsets.npy", mmap_mode="r", allow_pickle=False)
        self._bytes = _mapped(folder / f"{name}.z", empty=len(self) == 0)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, number: int) -> Any:
        return self._decode(self.raw(number))

    def raw(self, number: int) -> Any:
        """A value as JSON has it: the list of its fields."""
        packed = self._bytes[int(self._offsets[number]) : int(self._offsets[number + 1])]
        # A decompressor is of one thread; a new one costs a few microseconds.
        return json.loads(ZstdDecompressor(dict_data=self._dictionary).decompress(packed))


def write_ids(folder: Path, ids: Sequence[str]) -> None:
    """Write sorted ids to ids.txt, one after the other, and where each begins to ids.offsets.npy."""
    encoded = [entry_id.encode() for entry_id in ids]
    (folder / "ids.txt").write_bytes(b"".join(encoded))
    np.save(folder / "ids.offsets.npy", np.cumsum([0, *map(len, encoded)], dtype=np.int64), allow_pickle=False)


class Ids:
    """What `write_ids` wrote: the place of an id is found without reading the others."""

    def __init__(self, folder: Path) -> None:
        self._offsets = np.load(folder / "ids.offsets.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)
        self._bytes = _mapped(folder / "ids.txt", empty=len(self) == 0)

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


def _plain(value: object) -> object:
    """What JSON has no form of: a dataclass becomes the list of its fields, a date its text."""
    return value.isoformat() if isinstance(value, date) else _taken(cast("Any", type(value)))(value)


@lru_cache(maxsize=64)
def _taken(kind: Any) -> Callable[[object], object]:
    """A function that takes the fields out of a dataclass of `kind`."""
    names = [field.name for field in fields(kind)]
    return attrgetter(*names) if len(names) > 1 else lambda value: [getattr(value, name) for name in names]


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain, check_circular=False)


def _encoded(value: object) -> bytes:
    return _JSON.encode(value).encode()


@lru_cache(maxsize=64)
def decoder(kind: Any) -> Callable[[Any], Any]:
    """A function that turns what `_plain` made back into a value of `kind`."""
    if is_dataclass(kind):
        make: Callable[..., Any] = kind  # type: ignore[assignment]  # a dataclass type, not an instance
        hints = get_type_hints(kind)
        parts = [decoder(hints[field.name]) for field in fields(kind)]
        return lambda raw: make(*[part(item) for part, item in zip(parts, raw, strict=True)])
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        inner = decoder(next(argument for argument in arguments if argument is not type(None)))
        return lambda raw: None if raw is None else inner(raw)
    if origin is tuple and arguments[-1] is Ellipsis:
        inner = decoder(arguments[0])
        return lambda raw: tuple([inner(item) for item in raw])
    if origin is tuple:
        return tuple
    if kind is date:
        return date.fromisoformat
    return lambda raw: raw
