"""What the next generation takes from the one that is served: all that came of documents that are as they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

import numpy as np

from searchapp import audit
from searchapp.engines.whoosh.arrays import Ints, Mask
from searchapp.engines.whoosh.merging import Columns, merged, unpacked
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.model import UNDATED, Collection, Counts, Entry, Outline, Problem, WholeNeeded

Facts = Mapping[str, object]
"""What a manifest says of its generation."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Content:
    """What a generation holds besides its columns."""

    entries: Sequence[Entry | int]
    """In order; a number is that of an entry of the generation before, which is as it was."""
    ids: Sequence[str]
    """[entries]"""
    outlines: Sequence[Outline]
    """Of documents that were read, by path."""
    counts: Counts
    problems: tuple[Problem, ...]
    """By path."""
    origins: Counter[str]
    """Of the dates of passages, and how many are undated."""
    languages: frozenset[str]
    """Of the texts."""
    updated: int = 0
    """How many entries came by updates since all documents were taken apart at once."""


def content(collection: Collection, languages: frozenset[str]) -> Content:
    """What a collection gives by itself."""
    return Content(
        entries=collection.entries,
        ids=[entry.id for entry in collection.entries],
        outlines=collection.outlines,
        counts=audit.count(collection),
        problems=collection.problems,
        origins=_origins(collection.entries),
        languages=languages,
    )


def _origins(entries: Iterable[Entry]) -> Counter[str]:
    passages = (passage for entry in entries for passage in entry.body)
    return Counter(passage.date.origin if passage.date else UNDATED for passage in passages)


def held(snapshot: Snapshot, facts: Facts, basis: str) -> Mapping[str, str]:
    """SHA-256 by path of the documents that another generation on this basis can take from this one.

    None where an entry is told by several documents: which of them it is taken from depends on all.
    """
    if facts.get("basis") != basis:
        return {}
    outlines = list(snapshot.outlines.values())
    return {each.ref.path: each.sha256 for each in outlines} if _told_once(outlines, snapshot.entries) else {}


def _told_once(outlines: Iterable[Outline], entries: int) -> bool:
    """Whether no entry is told by two of these documents."""
    return sum(len(outline.entries) for outline in outlines) == entries


class Before:
    """A generation, as the one that takes over from it sees it."""

    def __init__(self, snapshot: Snapshot, facts: Facts, collection: Collection) -> None:
        """`collection`: what is new, and what is kept. Raises WholeNeeded."""
        self.snapshot, self._facts, self._collection = snapshot, facts, collection
        have = held(snapshot, facts, collection.basis)
        if any(have.get(path) != sha256 for path, sha256 in collection.kept.items()):
            raise WholeNeeded("what was to be kept is not there any more")
        documents: Sequence[str] = snapshot.fields["document"].terms
        document_of = snapshot.pairs["document"].value
        stays = np.array([path in collection.kept for path in documents], bool)[document_of]
        self._kept: Ints = np.flatnonzero(stays)
        self._gone = replace(
            collection,
            entries=tuple(snapshot.entry(number) for number in np.flatnonzero(~stays).tolist()),
            outlines=tuple(snapshot.outlines[path] for path in snapshot.outlines if path not in collection.kept),
        )
        paths = [entry.document.path for entry in collection.entries]
        numbers = [snapshot.number(entry.id) for entry in collection.entries]
        if not _told_once(collection.outlines, len(paths)) or any(number >= 0 and stays[number] for number in numbers):
            raise WholeNeeded("several documents tell of the same news")
        self._languages = frozenset(cast("list[str]", facts["languages"]))
        gone, come = ({entry.lang for entry in each.entries} for each in (self._gone, collection))
        if gone - come - {"", collection.language}:
            raise WholeNeeded("perhaps no document is in one of the languages any more")
        self._updated = cast("int", facts["updated"]) + len(paths)
        if self._updated > len(self._kept):
            raise WholeNeeded("what entries have in common was found in other ones")
        before = np.searchsorted(document_of[self._kept], np.searchsorted(documents, paths))
        self._from_here: Mask = np.insert(np.ones(len(self._kept), bool), before, np.zeros(len(paths), bool))

    def columns(self, fresh: Columns) -> Columns:
        """The columns of what is kept and of what is new."""
        return merged(unpacked(self.snapshot), self._kept, fresh, self._from_here)

    def content(self, fresh: Content) -> Content:
        """What is kept and what is new."""
        names = {number: name for name, number in self.snapshot.ids()}
        kept = self._kept.tolist()
        problems = (problem for problem in self.snapshot.problems if problem.path in self._collection.kept)
        origins = Counter(cast("dict[str, int]", self._facts["origins"])) - _origins(self._gone.entries)
        return Content(
            entries=self._woven(kept, fresh.entries),
            ids=self._woven([names[number] for number in kept], fresh.ids),
            outlines=fresh.outlines,
            counts=audit.changed(self.snapshot.counts, audit.count(self._gone), fresh.counts),
            problems=tuple(sorted((*problems, *fresh.problems), key=lambda problem: problem.path)),
            origins=origins + fresh.origins,
            languages=self._languages | fresh.languages,
            updated=self._updated,
        )

    def fresh(self) -> list[int]:
        """The numbers of what is new."""
        return np.flatnonzero(~self._from_here).tolist()

    def _woven(self, kept: Iterable[T], fresh: Iterable[T]) -> list[T]:
        ours, theirs = iter(kept), iter(fresh)
        return [next(ours if here else theirs) for here in self._from_here.tolist()]
