"""The search for cycles is left off where millions of values are made, and nowhere else."""

from __future__ import annotations

import gc

import pytest

from searchapp.heap import without_collector


@without_collector()
def fail() -> None:
    """Work that ends badly."""
    assert not gc.isenabled()
    raise KeyError


def test_the_collector_is_off_within_and_as_before_afterwards() -> None:
    """However the work ends, cycles are looked for again; within another such work, they are not until that ends."""
    with pytest.raises(KeyError):
        fail()
    assert gc.isenabled()
    with without_collector():
        with pytest.raises(KeyError):
            fail()
        assert not gc.isenabled()
    assert gc.isenabled()
