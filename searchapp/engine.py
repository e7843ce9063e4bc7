"""What a search engine is to the rest of searchapp. Engines live under engines/."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from searchapp.model import (
    Audit,
    BuildReport,
    Collection,
    DocumentRef,
    Entry,
    Found,
    Hit,
    Outline,
    Progress,
    Query,
    Range,
    Results,
    Similar,
    Status,
    Suggestion,
    Timeline,
)


class Engine(Protocol):
    """An index of a collection that can be rebuilt as a whole and searched by many threads at once."""

    def pinned(self) -> AbstractContextManager[None]:
        """Let all that this thread asks inside be answered from one generation: what its first question meets."""
        ...

    def is_current(self, digest: str) -> bool:
        """Whether what is served is the last build, by this version, from the corpus with this Corpus.digest."""
        ...

    def held(self, basis: str) -> Mapping[str, str]:
        """SHA-256 by path of the documents of which what is served has all that the next build needs.

        Those of the last build, if it was by this version and on the same Corpus.basis; none where it cannot be taken
        from there.
        """
        ...

    def stamp(self) -> str:
        """Another one after each build that is published."""
        ...

    def rebuild(
        self, collection: Collection, progress: Progress | None = None, *, since: str | None = None
    ) -> BuildReport:
        """Make the collection what is searched; the old one is served until the new one is complete.

        `since` is the stamp of before the corpus was read: Overtaken is raised if there is another by now.

        Raises IndexUnusable when the index cannot be written, and MoreNeeded when some of what is `kept` is not as it
        was said to be, or has to be read, too; the old generation stays.
        """
        ...

    def tidy(self) -> None:
        """Remove what builds that were killed left behind; `rebuild` does that by itself."""
        ...

    def search(self, query: Query) -> Results:
        """Answer a query. Raises IndexUnusable without an index, OutOfTime after the deadline of the request."""
        ...

    def entry(self, entry_id: str) -> Entry | None:
        """The entry with this id, or None."""
        ...

    def document(self, path: str) -> Outline | None:
        """The document with this path, or None."""
        ...

    def documents(self) -> tuple[DocumentRef, ...]:
        """What all documents are called, by path."""
        ...

    def reading(self, query: Query, path: str, lines: Range | None = None) -> Mapping[str, Found]:
        """What a search finds in the document with this path, by entry id; its document filters give way to the path.

        Every entry of the document's outline is there, those that other documents tell without evidence. If `lines`
        are given, first and last, it is those that reach into them and those with evidence, and only the passages that
        begin in them and the titles come with their marks.
        """
        ...

    def similar(self, entry_id: str, limit: int = 5) -> tuple[Similar, ...]:
        """Other entries that hold the words by which this one stands out, most alike first; () for an unknown entry."""
        ...

    def suggest(self, text: str, limit: int = 10) -> tuple[Suggestion, ...]:
        """Names, headings and words that the end of `text` may be the beginning of, grouped by kind."""
        ...

    def timeline(self, query: Query) -> Timeline:
        """When the evidence of a query happened, its own range of days left out. Raises as `search` does."""
        ...

    def every(self, query: Query) -> tuple[Audit, Iterator[Hit]]:
        """All results of a query in order, made as they are taken, and what they are from; `page` does not count.

        Both are of one generation, however long it takes. Raises as `search` does, before the first result.
        """
        ...

    def audit(self) -> Audit:
        """What is served, with all that was counted when it was built. Raises IndexUnusable when nothing is."""
        ...

    def check(self) -> Status:
        """Verify what is on disk from the bytes up. Raises IndexUnusable with the reason when it is broken."""
        ...

    def status(self) -> Status:
        """What is served now. Raises IndexUnusable when nothing is."""
        ...
