"""What engines that keep a collection in memory have in common."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext


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
