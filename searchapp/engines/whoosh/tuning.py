"""Every number that decides an order, with its reason. `make relevance` shows what a change does.

A value is chosen on public test collections, each time on all but one of them, and kept when it holds on the one left
out; gains below .002 of nDCG@10 count as none.
"""

from __future__ import annotations

from typing import Final

K1: Final = 1.2
"""How soon more of the same word stops to count."""
B: Final = 0.65
"""How much a long entry has to hold more: 0 not at all, 1 in proportion."""
MOST_RECURRENCE: Final = 4.0
"""No word weighs more than four times for coming back; see ranking.weight."""
TITLE_WEIGHT: Final = 2.0
"""The title's words count twice; a boosted field of its own was worse."""
PATH_WEIGHT: Final = 0.5
"""Headings above an entry say what it is about, less than its own."""
CAPTION_WEIGHT: Final = 0.5
"""A caption names what a picture shows, not what the entry tells."""
PASSAGE_SHARE: Final = 0.5
"""What the best passage adds to the entry; measured on documents cut into short passages."""
NAME_BOOST: Final = 0.5
"""An actor, place or date that stands for a typed word counts half: whoever has the word itself comes first."""
PART_BOOST: Final = 0.3
"""The parts of a hyphenated word help to rank; they never decide a match."""
