"""Words told apart by their letters: none is passed over that is near enough."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from searchapp.engines.whoosh.nearby import Nearby

WORDS = st.text(st.sampled_from("abcdxyz") | st.characters(codec="utf-8"), min_size=1, max_size=9)


@given(words=st.lists(WORDS, max_size=30), word=WORDS, edits=st.integers(0, 3))
def test_no_word_is_passed_over_that_is_near_enough(words: list[str], word: str, edits: int) -> None:
    near = Nearby(words)(word, edits)
    expected = [one for one in words if OSA.distance(one, word) <= edits]
    assert [one for one in near if OSA.distance(one, word) <= edits] == expected


def test_most_words_are_not_compared() -> None:
    words = [a + b + c + d for a in "abcdefgh" for b in "ijklmnop" for c in "qrstuvwx" for d in "yz"]
    assert Nearby(words)("aiqy", 1) == [
        one for one in words if sum(a != b for a, b in zip(one, "aiqy", strict=True)) < 2
    ]


def test_nothing_is_near_where_nothing_is() -> None:
    assert Nearby([])("word", 2) == []
