"""Numbers and bits of terms in few bytes are read back as they were."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.engines.whoosh import packing

NUMBERS = st.one_of(st.integers(0, 300), st.integers(0, 70_000), st.integers(0, 2**31 - 1))
"""So that terms come in each of the widths."""


def flat(terms: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """How many numbers each term has, and all of them."""
    return np.array([len(term) for term in terms], np.int64), np.array(
        [number for term in terms for number in term], np.int64
    )


MOSTLY_SMALL = st.lists(st.integers(0, 254), min_size=3).flatmap(
    lambda small: st.lists(NUMBERS | st.just(255), max_size=2).flatmap(lambda large: st.permutations(small + large))
)
"""Of such a term, what is large may stand aside."""


@given(st.lists(st.lists(NUMBERS, max_size=6) | MOSTLY_SMALL, max_size=8))
def test_runs_of_terms(terms: list[list[int]]) -> None:
    """Each term has its numbers, whatever the width of its own and of the others; one may have none."""
    sizes, values = flat(terms)
    with TemporaryDirectory() as folder:
        packing.save_runs(Path(folder), "runs", sizes, values)
        runs = packing.Runs(Path(folder), "runs", sizes)
        assert [runs.of(at, len(term)).tolist() for at, term in enumerate(terms)] == terms
        assert runs.all(sizes).tolist() == values.tolist()


def test_a_few_large_numbers_do_not_widen_the_others(tmp_path: Path) -> None:
    """A thousand numbers of one byte and one of three take a thousand bytes and a few, not two or four thousand."""
    values = np.arange(1001) % 255
    values[500] = 100_000
    packing.save_runs(tmp_path, "runs", np.array([1001]), values)
    assert packing.Runs(tmp_path, "runs", np.array([1001])).of(0, 1001).tolist() == values.tolist()
    assert sum(len(np.load(file)) * np.load(file).itemsize for file in tmp_path.glob("*.npy")) < 1050


@given(st.lists(st.sets(NUMBERS, min_size=1, max_size=6).map(sorted), max_size=8))
def test_gaps_between_passages(terms: list[list[int]]) -> None:
    """Each term has its passages, the first and the last of which are known without the others."""
    sizes, passages = flat(terms)
    with TemporaryDirectory() as folder:
        packing.save_gaps(Path(folder), "gaps", sizes, passages.astype(np.int32))
        gaps = packing.Gaps(Path(folder), "gaps", sizes)
        assert [gaps.of(at, len(term)).tolist() for at, term in enumerate(terms)] == terms
        assert [gaps.ends(at, len(term)) for at, term in enumerate(terms)] == [(term[0], term[-1]) for term in terms]


@given(st.lists(st.booleans(), max_size=40), st.data())
def test_bits_from_anywhere(row: list[bool], data: st.DataObject) -> None:
    """Any stretch of a row of bits is what it was, wherever it begins within a byte."""
    start = data.draw(st.integers(0, len(row)))
    stop = data.draw(st.integers(start, len(row)))
    with TemporaryDirectory() as folder:
        packing.save_bits(Path(folder), "bits", np.array(row, bool))
        assert packing.Bits(Path(folder), "bits").of(start, stop).tolist() == row[start:stop]


@given(st.lists(st.lists(st.integers(0, 40), max_size=12), max_size=8), st.integers(0, 9))
def test_planes_of_small_numbers(terms: list[list[int]], more: int) -> None:
    """Which numbers of a term equal one is told right, also for one that it might have and has not."""
    sizes, values = flat(terms)
    largest = np.array([max(term, default=0) + more for term in terms], np.int64)
    with TemporaryDirectory() as folder:
        packing.save_planes(Path(folder), "planes", sizes, values, largest)
        planes = packing.Planes(Path(folder), "planes", sizes)
        for at, term in enumerate(terms):
            for number in range(int(largest[at]) + 1):
                assert planes.equal(at, len(term), number).tolist() == [other == number for other in term]


def test_widths_are_the_least_that_hold(tmp_path: Path) -> None:
    """Numbers below 256 take a byte each, whatever other terms have."""
    packing.save_runs(tmp_path, "runs", np.array([1000, 1]), np.append(np.arange(1000) % 256, 70_000))
    assert (tmp_path / "runs.1.npy").stat().st_size == pytest.approx(1000, abs=200)
    assert np.load(tmp_path / "runs.4.npy").tolist() == [70_000]
