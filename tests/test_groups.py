"""The pairs of entry and value that a facet is counted by are those that its passages have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.engines.whoosh.columns import FieldBuilder, Pairs, Single, pair_up
from searchapp.engines.whoosh.groups import PairGroups
from searchapp.engines.whoosh.subset import Subset

VALUES = "ABCDEFGHIJ"
Passages = list[set[str]]
"""Of an entry, what each of its passages has."""


def paired(entries: list[Passages]) -> tuple[Pairs | Single, list[str]]:
    """The pairs of entries, and the names of the values."""
    builder = FieldBuilder()
    for number, passage in enumerate(passage for entry in entries for passage in entry):
        for value in sorted(passage, reverse=True):
            builder.add(value, number)
    field = builder.build()
    entry_of = np.repeat(np.arange(len(entries)), [len(entry) for entry in entries])
    return pair_up(field, entry_of, np.ones(len(entry_of), bool)), list(field.terms)


@given(
    st.lists(st.lists(st.sets(st.sampled_from(VALUES), max_size=4), min_size=1, max_size=4), min_size=1, max_size=30),
    st.data(),
)
def test_what_some_passages_have_is_counted_once_for_each_entry(entries: list[Passages], data: st.DataObject) -> None:
    """In each form of a subset, by passages and by entries; the group of those without a value counts for none."""
    pairs, names = paired(entries)
    if isinstance(pairs, Single):  # every passage of an entry has its one value
        assert [{names[value]} for value in pairs.value.tolist()] == [set.union(*entry) for entry in entries]
        return
    groups = PairGroups("actor", pairs)
    all_passages = [(number, passage) for number, entry in enumerate(entries) for passage in entry]
    chosen = sorted(data.draw(st.sets(st.integers(0, len(all_passages) - 1))))
    whole = sorted(data.draw(st.sets(st.integers(0, len(entries) - 1))))
    has = {(number, value) for number, passage in (all_passages[i] for i in chosen) for value in passage}
    has_whole = {(number, value) for number in whole for value in set.union(*entries[number])}
    for found, expected in (
        (groups.of_passages(np.array(chosen, np.int32)), has),
        (groups.of_entries(np.array(whole, np.int32)), has_whole),
    ):
        counts = [sum(value == name for _, value in expected) for name in names]
        subset = Subset.of(groups.size, found)
        for form in (subset, subset.packed(), Subset(groups.size, few=subset.numbers)):
            assert groups.counts(form).tolist() == counts


@pytest.mark.parametrize(
    ("entries", "single"),
    [
        ([[{"A"}, {"A"}], [{"B"}]], [0, 1]),
        ([[{"B"}], [{"A"}, {"A"}], [{"B"}]], [1, 0, 1]),
        ([[{"A"}, set()], [{"B"}]], None),  # text without the value of its entry
        ([[{"A"}, {"B"}], [{"B"}]], None),
        ([[{"A"}], [set()]], None),
    ],
)
def test_one_value_for_each_entry_needs_no_pairs(entries: list[Passages], single: list[int] | None) -> None:
    """As of documents and kinds: where all text of every entry has one and the same."""
    pairs, _ = paired(entries)
    assert (pairs.value.tolist() if isinstance(pairs, Single) else None) == single


def test_a_facet_that_nothing_has_counts_nothing() -> None:
    """As of places, in a corpus that names none."""
    pairs, names = paired([[set()], [set(), set()]])
    assert isinstance(pairs, Pairs)
    groups = PairGroups("place", pairs)
    subset = Subset.of(groups.size, groups.of_passages(np.arange(3)))
    assert names == groups.counts(subset).tolist() == groups.counts(subset.packed()).tolist() == []
