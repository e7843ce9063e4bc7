"""Which part of a long passage is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from searchapp.engines.whoosh.snippets import ROOM, SNIPPET, Place, window

WEIGHTS = (1.0, 0.7, 0.5, 0.3)
FIRST = 0x4E00
TEXT = "".join(chr(FIRST + number) for number in range(2_000))
"""Without a blank, so that a part can begin anywhere, and without a letter twice, so that it is seen where."""
LENGTHS = st.sampled_from((1, 5, 20, ROOM - 1, ROOM))
FOUND = st.lists(st.tuples(st.integers(0, 1_700), LENGTHS, st.integers(0, 3)), min_size=1, max_size=60).map(
    lambda drawn: sorted((start, start + length, leaf) for start, length, leaf in drawn)
)


def value(found: list[Place], start: int, end: int) -> tuple[float, int]:
    """What the leaves shown between two characters weigh, and how many places are."""
    inside = [place for place in found if start <= place[0] and place[1] <= end]
    return round(sum(WEIGHTS[leaf] for leaf in {leaf for _, _, leaf in inside}), 6), len(inside)


@given(FOUND)
def test_no_other_part_shows_more_of_the_query(found: list[Place]) -> None:
    """More leaves, or as many and more places: whatever place the other part begins with."""
    shown, marks = window(TEXT, found, WEIGHTS)
    own = shown.strip("… ")
    start = ord(own[0]) - FIRST
    assert len(shown) <= SNIPPET
    assert value(found, start, start + len(own)) >= max(value(found, place[0], place[0] + ROOM) for place in found)
    assert all(shown[a:b] in TEXT for a, b in marks)
