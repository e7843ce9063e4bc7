"""Arrays of numbers: what numpy leaves to be said again and again, and files of them, memory-mapped by readers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[Any]
"""A vector of integers; the width differs by column."""
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


def narrow(values: Ints) -> Ints:
    """The same numbers, none of them negative, in as few bytes as they need."""
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def ranges(starts: Ints, ends: Ints) -> Ints:
    """The concatenation of the numbers from starts[i] to before ends[i] for every i."""
    numbers: Ints = starts.astype(np.int64)
    if not len(starts):
        return numbers
    lengths = ends - numbers
    closes = lengths.cumsum()
    numbers += lengths
    numbers -= closes
    numbers = numbers.repeat(lengths)
    numbers += np.arange(len(numbers))
    return numbers


def sought(numbers: Ints, wanted: Ints) -> tuple[Ints, Mask]:
    """[wanted] where each is among some ascending numbers, and whether it is; if not, the place says nothing."""
    if not len(numbers):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), bool)
    wanted = wanted.astype(numbers.dtype, copy=False)  # else numpy widens all of the numbers, each time
    at = numbers.searchsorted(wanted)
    at[at == len(numbers)] = 0
    return at, numbers[at] == wanted


def paired(first: Ints, second: Ints) -> Ints:
    """One number for two of 31 bits each, in the order of the first and then of the second."""
    numbers: Ints = first.astype(np.int64) << 32 | second
    return numbers


def ascending(numbers: Ints) -> Ints:
    """The different ones among sorted numbers."""
    if len(numbers) < 2:
        return numbers
    fresh = np.empty(len(numbers), bool)
    fresh[0] = True
    np.not_equal(numbers[1:], numbers[:-1], out=fresh[1:])
    different: Ints = numbers[fresh]
    return different


class Spans:
    """Some of many ranges, one after the other, and what is in them numbered anew.

    first 0 4 6 9, which 0 2:   old 0 1 2 3 . . 6 7 8
                                new 0 1 2 3     4 5 6
    """

    def __init__(self, first: Ints, which: Ints) -> None:
        """`first` [ranges + 1] says where each range starts; `which` are the numbers of some."""
        begin = first.take(which).astype(np.int64)
        self.sizes: Ints = first.take(which + 1) - begin
        ends = self.sizes.cumsum()
        self.starts: Ints = ends - self.sizes
        """[which] where the range starts in the new numbers."""
        self.shift: Ints = begin - self.starts
        """[which] what makes an old number of a new one."""
        self.size = int(ends[-1]) if len(which) else 0

    def numbers(self) -> Ints:
        """[size] the old numbers."""
        old: Ints = self.shift.repeat(self.sizes)
        old += np.arange(self.size)
        return old


def changes(*keys: Ints) -> Mask:
    """Where a run of equal keys begins."""
    changed = np.zeros(len(keys[0]), bool)
    changed[:1] = True
    for key in keys:
        changed[1:] |= key[1:] != key[:-1]
    return changed


# --- Files ----------------------------------------------------------------------------------------


def save(folder: Path, arrays: Iterable[tuple[str, Ints]]) -> None:
    """Write each array to <name>.npy."""
    for name, values in arrays:
        np.save(folder / f"{name}.npy", values, allow_pickle=False)


def load(folder: Path, name: str) -> Any:
    """Memory-map <name>.npy, as a plain array: slicing a numpy.memmap costs ten times as much."""
    return np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)
