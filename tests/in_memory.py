"""What engines that keep a collection in memory have in common."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from searchapp.model import BuildReport, Collection, Progress, Status


class InMemory:
    """The part of an Engine that is about other threads and other builds: there are none."""

    def pinned(self) -> AbstractContextManager[None]:
        """All answers are of the one collection."""
        return nullcontext()

    def tidy(self) -> None:
        """Nothing is left behind."""

    def held(self, _basis: str) -> Mapping[str, str]:
        """Nothing is taken from one build to the next."""
        return {}

    def stamp(self) -> str:
        """Nobody else builds."""
        return ""

    def rebuild(
        self,
        collection: Collection,
        progress: Progress | None = None,
        *,
        since: str | None = None,  # noqa: ARG002  # nobody else builds what is in memory
    ) -> BuildReport:
        """Keep the collection."""
        status = self.keep(collection)
        if progress:
            progress("indexing", len(collection.entries), len(collection.entries))
        return BuildReport(status, changed=True, seconds=0.0)

    def keep(self, collection: Collection) -> Status:
        """Take the collection in place of the one before; what there is then."""
        raise NotImplementedError
