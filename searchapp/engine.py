"""What a search engine is to the rest of searchapp. Engines live under engines/."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from searchapp.model import BuildReport, Collection, Entry, Outline, Query, Results, Status, Timeline

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, how many are done, of how many)."""


class Engine(Protocol):
    """An index of a collection that can be rebuilt as a whole and searched by many threads at once."""

    def is_current(self, digest: str) -> bool:
        """Whether what is served was built by this version from the corpus with this digest (Corpus.digest)."""
        ...

    def rebuild(self, collection: Collection, progress: Progress | None = None) -> BuildReport:
        """Make the collection what is searched; the old one is served until the new one is complete.

        Raises IndexUnusable when the index cannot be written; the old generation stays.
        """
        ...

    def search(self, query: Query) -> Results:
        """Answer a query. Raises BadParameter for a query out of bounds, IndexUnusable without an index."""
        ...

    def entry(self, entry_id: str) -> Entry | None:
        """The entry with this id, or None."""
        ...

    def document(self, path: str) -> Outline | None:
        """The document with this path, or None."""
        ...

    def documents(self) -> tuple[Outline, ...]:
        """All documents, by path."""
        ...

    def marks(self, query: Query, entry_id: str) -> tuple[tuple[tuple[int, int], ...], ...]:
        """For each passage of the entry (title first), the ranges of its text that match the query's words."""
        ...

    def timeline(self, query: Query) -> Timeline:
        """When the evidence of a query happened, its own range of days left out. Raises as `search` does."""
        ...

    def check(self) -> Status:
        """Verify what is on disk from the bytes up. Raises IndexUnusable with the reason when it is broken."""
        ...

    def status(self) -> Status:
        """What is served now. Raises IndexUnusable when nothing is."""
        ...
