"""Entries and outlines on disk: each as JSON, compressed by itself so that one can be read without the others.

What all of them have in common, keys of the format and words of the corpus, is in a dictionary that zlib starts from.
Nothing is ever unpickled.
"""

from __future__ import annotations

import json
import mmap
import zlib
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import numpy as np

DICTIONARY = 32_768
"""Bytes of the common beginning; zlib looks no further back."""


def write(folder: Path, name: str, values: Sequence[object]) -> None:
    """Write dataclass values to <name>.z, where each begins to <name>.offsets.npy, their beginning to <name>.dict."""
    step = max(1, len(values) // 64)
    common = b"".join(_encoded(value)[: DICTIONARY // 16] for value in values[::step][:64])[-DICTIONARY:]
    (folder / f"{name}.dict").write_bytes(common)
    offsets = [0]
    with (folder / f"{name}.z").open("wb") as file:
        for value in values:
            packer = zlib.compressobj(zdict=common)
            offsets.append(offsets[-1] + file.write(packer.compress(_encoded(value)) + packer.flush()))
    np.save(folder / f"{name}.offsets.npy", np.array(offsets, np.int64), allow_pickle=False)


class Reader:
    """Random access to what `write` wrote, decoded to one dataclass; safe to share between threads."""

    def __init__(self, folder: Path, name: str, kind: type) -> None:
        self._decode = decoder(kind)
        self._common = (folder / f"{name}.dict").read_bytes()
        self._offsets = np.load(folder / f"{name}.offsets.npy", mmap_mode="r", allow_pickle=False)
        with (folder / f"{name}.z").open("rb") as file:
            empty = len(self) == 0
            self._bytes = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, number: int) -> Any:
        return self._decode(self.raw(number))

    def raw(self, number: int) -> Any:
        """A value as JSON has it: the list of its fields."""
        packed = self._bytes[int(self._offsets[number]) : int(self._offsets[number + 1])]
        return json.loads(zlib.decompressobj(zdict=self._common).decompress(packed))


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
