"""Entries and outlines on disk: one JSON line each and the offsets of the lines. Nothing is ever unpickled."""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np


def write(folder: Path, name: str, values: Iterable[object]) -> None:
    """Write dataclass values to <name>.jsonl, and where each begins to <name>.offsets.npy."""
    offsets = [0]
    with (folder / f"{name}.jsonl").open("wb") as file:
        for value in values:
            offsets.append(offsets[-1] + file.write(json.dumps(_plain(value), ensure_ascii=False).encode() + b"\n"))
    np.save(folder / f"{name}.offsets.npy", np.array(offsets, np.int64), allow_pickle=False)


class Reader:
    """Random access to what `write` wrote, decoded to one dataclass; safe to share between threads."""

    def __init__(self, folder: Path, name: str, kind: type) -> None:
        self._decode = decoder(kind)
        self._offsets = np.load(folder / f"{name}.offsets.npy", mmap_mode="r", allow_pickle=False)
        with (folder / f"{name}.jsonl").open("rb") as file:
            empty = len(self) == 0
            self._bytes = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, number: int) -> Any:
        return self._decode(json.loads(self._bytes[int(self._offsets[number]) : int(self._offsets[number + 1])]))


def _plain(value: object) -> object:
    """A value as lists and scalars; a dataclass becomes the list of its fields."""
    if is_dataclass(value):
        return [_plain(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


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
