"""What every engine is asked to make: the same full page, from the same passages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.asks import Ask
from searchapp.model import UNDATED, Collection, Entry

HITS = 10
"""Results on a page."""
EVIDENCE = 3
"""Passages shown for each result."""
SNIPPET = 300
"""Characters of a passage that are shown."""


@dataclass(frozen=True, slots=True)
class PageHit:
    """One result of a page."""

    entry: str
    """Id of the entry."""
    title: str
    evidence: tuple[str, ...]
    """Snippets, best or first; what matched stands between `[[` and `]]`."""


@dataclass(frozen=True, slots=True)
class Page:
    """A full page: the ranked top 10, the total, and facet counts over all matches."""

    total: int
    hits: tuple[PageHit, ...]
    years: Mapping[str, int]
    actors: Mapping[str, int]


class Contender(Protocol):
    """An engine in the race. `open` comes before `page`; a folder holds one built index."""

    name: str

    def build(self, collection: Collection, folder: Path) -> None:
        """Index the passages of the collection; when it returns, everything is committed."""
        ...

    def open(self, folder: Path) -> None:
        """Serve what was built there."""
        ...

    def close(self) -> None:
        """Let go of what is served."""
        ...

    def search(self, ask: Ask) -> object:
        """The timed part: everything that a page shows, in the engine's own form."""
        ...

    def page(self, ask: Ask) -> Page:
        """The same as a Page, to be compared."""
        ...


def heading_text(entry: Entry) -> str:
    """What counts as held by every passage of an entry: its title and the headings above it."""
    return " ".join((entry.title, *entry.heading_path))


def year_number(year: str) -> int:
    """A year as peers keep it; 0 for undated."""
    return 0 if year == UNDATED else int(year)


def year_label(number: int) -> str:
    """The year of a number of `year_number`."""
    return f"{number:04d}" if number else UNDATED
