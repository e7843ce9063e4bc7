"""Every number that decides an order, with its reason. `make relevance` shows what a change does.

Values are chosen on public judged collections, each time on all but one and looked at on the one left out. Differences
below .002 of nDCG@10 count as none; then the simpler or the designed value stays. More: bench/relevance/README.md.
"""

from __future__ import annotations

from typing import Final

K1: Final = 1.2
"""How soon more of the same word stops to count. From .9 to 2.2 nothing is better; 2.2 costs .005."""
B: Final = 0.65
"""How much a long entry has to hold more: 0 not at all, 1 in proportion. .55 and .75 cost .002 to .005."""
MOST_RECURRENCE: Final = 4.0
"""A word weighs as often as it comes back where it is (ranking.weight): +.015 in the mean, +.007 to +.024 on each of
four collections, and as much where entries are long. Beyond four times nothing is gained, and one odd word in a small
corpus would decide alone."""
TITLE_WEIGHT: Final = 2.0
"""The title's words count twice: once costs .010, three times .001; a boosted field of its own was worse."""
PATH_WEIGHT: Final = 0.5
"""Headings above an entry say what it is about, less than its own."""
CAPTION_WEIGHT: Final = 0.5
"""A caption names what a picture shows, not what the entry tells."""
PASSAGE_SHARE: Final = 1.0
"""What the best passage adds to the entry. On whole documents 0 to 1 differ by less than .003, and cut into passages
they rank no worse than whole; in long entries, as those of the seeds, one passage with all the words says most."""
NAME_BOOST: Final = 0.5
"""An actor, place or date that stands for a typed word counts half: whoever has the word itself comes first."""
LOOSE_BOOST: Final = 0.05
"""The words of a typed date weigh next to nothing where they stand apart: `7`, `December` and `2015` are many dates."""
PART_BOOST: Final = 0.3
"""The parts of a hyphenated word help to rank; they never decide a match. 0 to .6 differ by .001, 1 costs .004."""
JOINED_BOOST: Final = 0.05
"""Two words typed apart also meet the one they make. In full, that word is a third, rare one and costs .013 with the
weight of both; at .1 it costs .003, at .05 less than .002."""
FEW_CLAUSES: Final = 3
"""Of so few words, when no entry holds them all, the rarest says what was meant: whoever holds it comes first."""
