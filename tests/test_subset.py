"""Some of many things are the same things in whichever form they are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.engines.whoosh.subset import FEW, MANY, SEEK, TEST, Subset, all_of, any_of

SIZE = 2 * SEEK
"""So that two numbers are sought, and more are not."""


def truths(numbers: set[int], size: int) -> Subset:
    """A truth for each thing."""
    mask = np.zeros(size, bool)
    mask[sorted(numbers)] = True
    return Subset(size, truths=mask)


FORMS: list[Callable[[set[int], int], Subset]] = [
    lambda numbers, size: Subset(size, few=np.array(sorted(numbers), np.int32)),
    truths,
    lambda numbers, size: truths(numbers, size).packed(),
]
"""Numbers, truths and bits."""
SOME = st.sets(st.integers(0, SIZE - 1), max_size=40)


@pytest.mark.parametrize("form", FORMS)
@given(numbers=SOME, asked=st.lists(st.integers(0, SIZE - 1), max_size=2 * SIZE // TEST))
def test_a_subset_is_known_in_three_forms(
    form: Callable[[set[int], int], Subset], numbers: set[int], asked: list[int]
) -> None:
    """Each tells the numbers, the mask, how many there are, and whether a thing is among them."""
    subset = form(numbers, SIZE)
    for one in (subset, subset.packed()):
        assert one.numbers.tolist() == sorted(numbers)
        assert np.flatnonzero(one.mask).tolist() == sorted(numbers)
        assert len(one) == len(numbers)
        assert one.has(np.array(asked, np.int32)).tolist() == [each in numbers for each in asked]


@given(st.lists(st.tuples(st.sampled_from(FORMS), SOME), min_size=1, max_size=4), st.integers(SIZE - 7, SIZE))
def test_what_subsets_have_in_common_and_together(
    each: list[tuple[Callable[[set[int], int], Subset], set[int]]], size: int
) -> None:
    """Whatever the forms; the last byte of bits may be cut anywhere."""
    sets = [{number for number in numbers if number < size} for _, numbers in each]
    subsets = [form(numbers, size) for (form, _), numbers in zip(each, sets, strict=True)]
    assert all_of(subsets).numbers.tolist() == sorted(set.intersection(*sets))
    assert len(all_of(subsets)) == len(set.intersection(*sets))
    assert any_of(subsets).numbers.tolist() == sorted(set.union(*sets))
    assert len(any_of(subsets)) == len(set.union(*sets))


def test_few_are_numbers_and_many_are_not() -> None:
    """So that what is kept takes no more than a bit for each thing."""
    most = MANY // FEW
    few, many = Subset.of(MANY, np.arange(5)[::-1].repeat(2)), Subset.of(MANY, np.arange(most + 1))
    assert few.few is not None
    assert few.numbers.tolist() == [0, 1, 2, 3, 4]
    assert many.few is None
    assert many.packed().bits is not None
    assert many.packed().bytes - 500 == MANY // 8
