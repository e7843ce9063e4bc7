"""Numbers and bits of terms in few bytes: what is read at once is one run of one array, so that numpy reads it.

places of terms      [3 4] [300 2] [7]   Runs: 8 bits 3 4 7, 16 bits 300 2; each term in its least width
                     [3 4 9 700 8]       8 bits 3 4 9 255 8, and 700 aside, where that is less
passages of a term   [5 6 9]             Gaps: first 5, then the gaps 1 3 as Runs
counts of a term     [1 2]               Bits: one for each occurrence, 1 where a passage begins: 1 1 0
forms of a stem      [0 2 1]             Planes: low bits 0 0 1, then high bits 0 1 0; no more planes than needed
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from searchapp.engines.whoosh.arrays import Ints, load, narrow, ranges, save

WIDTHS: Final = (np.uint8, np.uint16, np.uint32)
"""The least first; numbers of passages and places have 31 bits."""
PARTED: Final = len(WIDTHS)
"""The width of a term whose numbers are in the least one but for those that are large, which stand aside."""
LARGE: Final = 255


class Runs:
    """Numbers that are not negative, so many for each term, those of a term in the least width that holds them."""

    def __init__(self, folder: Path, name: str, sizes: Ints) -> None:
        """`sizes` [terms] says how many each has."""
        self._width: Ints = load(folder, f"{name}.width")
        self._runs = [load(folder, f"{name}.{np.dtype(width).itemsize}") for width in WIDTHS]
        self._start = np.zeros(len(sizes), np.int64)
        file = self._width % PARTED
        for width in range(len(WIDTHS)):
            here = np.flatnonzero(file == width)
            self._start[here] = np.cumsum(sizes[here], dtype=np.int64) - sizes[here]
        if (folder / f"{name}.parted.npy").exists():
            self._parted: Ints = load(folder, f"{name}.parted")
            self._many: Ints = load(folder, f"{name}.many")
            self._large = Runs(folder, f"{name}.large", self._many)

    def of(self, term: int, size: int) -> Ints:
        """The numbers of a term that has so many."""
        start, width = int(self._start[term]), int(self._width[term])
        run: Ints = self._runs[width % PARTED][start : start + size]
        if width < PARTED:
            return run
        numbers, at = run.astype(np.int32), int(self._parted.searchsorted(term))
        numbers[run == LARGE] = self._large.of(at, int(self._many[at]))
        return numbers

    def all(self, sizes: Ints) -> Ints:
        """The numbers of all terms, one term after the other, as they were saved; `sizes` as they were given."""
        each = np.repeat(self._width, sizes)
        values = np.empty(len(each), np.int32)
        parted = each == PARTED
        if parted.any():
            each[parted] = 0
        for width, run in enumerate(self._runs):
            values[each == width] = run
        if parted.any():
            values[parted & (values == LARGE)] = self._large.all(self._many)
        return values


def save_runs(folder: Path, name: str, sizes: Ints, values: Ints, *, parting: bool = True) -> None:
    """Write `values` [all terms' numbers, one term after the other] for Runs; with `parting`, those of a term may be
    put in two places."""
    some = np.flatnonzero(sizes)
    starts = (np.cumsum(sizes) - sizes)[some]
    largest, many = np.zeros(len(sizes), np.int64), np.zeros(len(sizes), np.int64)
    if len(some):
        largest[some] = np.maximum.reduceat(values, starts)
        large = np.flatnonzero(values >= LARGE)
        many[some] = np.diff(large.searchsorted(np.append(starts, len(values))))
    width = np.zeros(len(sizes), np.uint8)
    for least in WIDTHS[:-1]:
        width += largest > np.iinfo(least).max
    if parting:
        parted = np.flatnonzero(sizes + (many << width) < sizes.astype(np.int64) << width)
        width[parted] = PARTED
    each = np.repeat(width % PARTED, sizes)
    runs = [values[each == at] for at in range(len(WIDTHS))]
    runs[0] = np.minimum(runs[0], LARGE)
    files = ((f"{name}.{np.dtype(kind).itemsize}", run.astype(kind)) for kind, run in zip(WIDTHS, runs, strict=True))
    save(folder, ((f"{name}.width", width), *files))
    if parting and len(parted):
        save(folder, ((f"{name}.parted", parted.astype(np.int32)), (f"{name}.many", narrow(many[parted]))))
        aside = values[np.repeat(width == PARTED, sizes) & (values >= LARGE)]
        save_runs(folder, f"{name}.large", many[parted], aside, parting=False)


class Gaps:
    """The ascending passages of terms."""

    def __init__(self, folder: Path, name: str, sizes: Ints) -> None:
        self._first: Ints = load(folder, f"{name}.first")
        self._gaps = Runs(folder, name, sizes - 1)

    def of(self, term: int, size: int) -> Ints:
        """The passages of a term that has so many."""
        passages = np.empty(size, np.int32)
        passages[0] = first = self._first[term]
        np.cumsum(self._gaps.of(term, size - 1), dtype=np.int32, out=passages[1:])
        passages[1:] += first
        return passages

    def ends(self, term: int, size: int) -> tuple[int, int]:
        """The first and the last of them."""
        first = int(self._first[term])
        return first, first + int(self._gaps.of(term, size - 1).sum(dtype=np.int64))

    def all(self, sizes: Ints) -> Ints:
        """The passages of all terms, one term after the other, as they were saved; `sizes` says how many each has."""
        heads = np.cumsum(sizes, dtype=np.int64) - sizes
        inner = np.ones(int(sizes.sum()), bool)
        inner[heads] = False
        reached = np.zeros(len(inner), np.int64)
        reached[inner] = self._gaps.all(sizes - 1)
        np.cumsum(reached, out=reached)
        reached += np.repeat(self._first - reached[heads], sizes)
        return reached.astype(np.int32)


def save_gaps(folder: Path, name: str, sizes: Ints, passages: Ints) -> None:
    """Write `passages` [all terms' passages] for Gaps; each term has one at least."""
    heads = np.cumsum(sizes) - sizes
    inner = np.ones(len(passages), bool)
    inner[heads] = False
    gaps = np.diff(passages, prepend=np.int32(0))
    save_runs(folder, name, sizes - 1, gaps[inner])
    save(folder, [(f"{name}.first", passages[heads].astype(np.int32))])


class Bits:
    """A long row of bits."""

    def __init__(self, folder: Path, name: str) -> None:
        self._packed: Ints = load(folder, name)

    def of(self, start: int, stop: int) -> Ints:
        """Those from `start` to before `stop`, a byte each."""
        whole = np.unpackbits(self._packed[start >> 3 : (stop + 7) >> 3])
        bits: Ints = whole[start & 7 : (start & 7) + stop - start]
        return bits


def save_bits(folder: Path, name: str, bits: Ints) -> None:
    """Write a row of bits for Bits."""
    save(folder, [(name, np.packbits(bits))])


class Planes:
    """Small numbers, so many for each term, with as many bits each as the largest of the term needs."""

    def __init__(self, folder: Path, name: str, sizes: Ints) -> None:
        self._depth: Ints = load(folder, f"{name}.depth")
        self._bits = Bits(folder, name)
        room = self._depth * sizes.astype(np.int64)
        self._start = np.cumsum(room) - room

    def equal(self, term: int, size: int, number: int) -> Ints:
        """[size] which of the numbers of a term are this one."""
        same = np.ones(size, bool)
        start = int(self._start[term])
        for place in range(int(self._depth[term])):
            same &= self._bits.of(start + place * size, start + (place + 1) * size) == (number >> place & 1)
        return same

    def all(self, sizes: Ints) -> Ints:
        """The numbers of all terms, one term after the other, as they were saved; `sizes` as they were given."""
        values = np.zeros(int(sizes.sum()), np.int32)
        bits = self._bits.of(0, int((self._depth * sizes.astype(np.int64)).sum()))
        for place, deep, at in _places(self._depth, sizes):
            values[deep] |= bits[at].astype(np.int32) << place
        return values


def save_planes(folder: Path, name: str, sizes: Ints, values: Ints, largest: Ints) -> None:
    """Write `values` [all terms' numbers] for Planes; `largest` [terms] is what none of a term's exceeds."""
    depth = np.zeros(len(sizes), np.int64)
    while (largest >> depth).any():
        depth += largest >> depth > 0
    bits = np.zeros(int((depth * sizes).sum()), bool)
    for place, deep, at in _places(depth, sizes):
        bits[at] = values[deep] >> place & 1
    save_bits(folder, name, bits)
    save(folder, [(f"{name}.depth", depth.astype(np.uint8))])


def _places(depth: Ints, sizes: Ints) -> Iterator[tuple[int, Ints, Ints]]:
    """Each place of the numbers of all terms, the lowest first; which numbers have it; and where their bits are."""
    room = depth * sizes.astype(np.int64)
    starts = np.cumsum(room) - room
    first = np.cumsum(sizes, dtype=np.int64) - sizes
    for place in range(int(depth.max(initial=0))):
        deep = np.flatnonzero(depth > place)
        these = ranges(first[deep], first[deep] + sizes[deep])
        yield place, these, these + np.repeat((starts - first + place * sizes)[deep], sizes[deep])
