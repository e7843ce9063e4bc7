"""What the next generation takes from the one that is served: all that came of documents that are as they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import compress
from typing import cast

import numpy as np

from searchapp import audit
from searchapp.engines.whoosh.arrays import Ints, Mask
from searchapp.engines.whoosh.columns import Single
from searchapp.engines.whoosh.merging import Columns, merged, unpacked
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.model import UNDATED, Collection, Counts, Entry, MoreNeeded, Outline, Problem

Facts = Mapping[str, object]
"""What a manifest says of its generation."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a generation holds besides its columns and its entries."""

    ids: Sequence[str]
    """[entries]"""
    outlines: Sequence[Outline]
    """Of documents that were read, and of others that are written anew."""
    counts: Counts
    problems: tuple[Problem, ...]
    """By path."""
    origins: Counter[str]
    """Of the dates of passages, and how many are undated."""
    languages: frozenset[str]
    """Of the texts."""
    updated: int = 0
    """How many entries came by updates since all were compressed at once."""


def content(collection: Collection, languages: frozenset[str]) -> Content:
    """What a collection gives by itself."""
    return Content(
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

    A problem of no line may be one of the moment in which a document was read, which its bytes do not tell.
    """
    if facts.get("basis") != basis:
        return {}
    noted = {problem.path for problem in snapshot.problems if problem.line is None}
    return {path: outline.sha256 for path, outline in snapshot.outlines.items() if path not in noted}


def _touched(snapshot: Snapshot, collection: Collection) -> frozenset[str]:
    """Ids of the entries that are told by documents that came, changed or went; others may have been read besides."""
    now = {outline.ref.path: outline for outline in collection.outlines}
    then = {path: snapshot.outlines[path] for path in snapshot.outlines if path not in collection.kept}
    both = now.keys() & then.keys()
    same = {path for path in both if now[path].sha256 == then[path].sha256}
    changed = [outlines[path] for outlines in (now, then) for path in outlines if path not in same]
    return frozenset(one for outline in changed for one in outline.entries)


def firsts(paths: Iterable[str]) -> Iterator[bool]:
    """Of the document of each entry, whether it is met for the first time."""
    met: set[str] = set()
    for path in paths:
        yield path not in met
        met.add(path)


class Ahead:
    """The columns of a generation, unpacked while the documents are read: numpy lets others go on meanwhile."""

    def __init__(self) -> None:
        self._begun: tuple[Snapshot, Future[Columns]] | None = None

    def begin(self, snapshot: Snapshot) -> None:
        """Unpack those of a generation that soon will be asked for."""
        if self._begun is None or self._begun[0] is not snapshot:
            side = ThreadPoolExecutor(1)
            self._begun = snapshot, side.submit(unpacked, snapshot)
            side.shutdown(wait=False)

    def columns(self, snapshot: Snapshot) -> Columns:
        """Those of a generation, once."""
        self.begin(snapshot)
        assert self._begun is not None  # noqa: S101  # it begins there
        (_, found), self._begun = self._begun, None
        return found.result()


class Before:
    """A generation, as the one that takes over from it sees it."""

    def __init__(self, snapshot: Snapshot, facts: Facts, collection: Collection, ahead: Ahead) -> None:
        """`collection`: what is new, and what is kept. Raises MoreNeeded."""
        self.snapshot, self._facts, self._collection, self._ahead = snapshot, facts, collection, ahead
        have = held(snapshot, facts, collection.basis)
        if any(have.get(path) != sha256 for path, sha256 in collection.kept.items()):
            raise MoreNeeded("what was to be kept is not there any more")
        touched = _touched(snapshot, collection)
        kept = {path: snapshot.outlines[path] for path in collection.kept}
        if also := frozenset(path for path, each in kept.items() if not touched.isdisjoint(each.entries)):
            raise MoreNeeded("documents that were not read tell the same as some that changed", also)
        outlines = {outline.ref.path: outline for outline in collection.outlines} | kept
        self._ids = list(dict.fromkeys(one for path in sorted(outlines) for one in outlines[path].entries))
        """Of all entries of the next generation: each where it is told first."""
        self._arrange({entry.id: entry for entry in collection.entries if entry.id in touched})
        gone, come = ({entry.lang for entry in each} for each in (self._gone, self.fresh))
        if gone - come - {"", collection.language}:
            raise MoreNeeded("perhaps no document is in one of the languages any more")
        self._updated = cast("int", facts["updated"]) + len(self.fresh)
        self.is_old = self._updated > len(self._kept)
        """Whether what entries have in common, which they are compressed with, was found in other ones for the most."""

    def _arrange(self, new: Mapping[str, Entry]) -> None:
        """Tell what stays from what is read again: what is new, by its id, and what stands under its document's title,
        as the first of its entries, where it did not, or not any more."""
        snapshot, numbers = self.snapshot, dict(self.snapshot.ids())
        documents, pairs = snapshot.fields["document"].terms, snapshot.pairs["document"]
        assert isinstance(pairs, Single)  # noqa: S101  # all text of an entry is of its one document
        document_of = pairs.value
        opened = np.zeros(snapshot.entries, bool)
        opened[np.unique(document_of, return_index=True)[1]] = True
        paths = (new[one].document.path if one in new else documents[document_of[numbers[one]]] for one in self._ids)
        opening = list(firsts(paths))
        openings = zip(self._ids, opening, strict=True)
        self._from_here: Mask = np.array(
            [one not in new and opened[numbers[one]] == is_first for one, is_first in openings], bool
        )
        self._kept: Ints = np.array([numbers[one] for one in compress(self._ids, self._from_here)], np.int64)
        left = np.ones(snapshot.entries, bool)
        left[self._kept] = False
        self._gone = tuple(snapshot.entry(number) for number in np.flatnonzero(left).tolist())
        self.fresh = [new.get(one) or snapshot.entry(numbers[one]) for one in compress(self._ids, ~self._from_here)]
        """The entries to be read again."""
        self.opening = list(compress(opening, ~self._from_here))
        """[fresh] whether an entry is the first of its document."""

    def columns(self, fresh: Columns) -> Columns:
        """The columns of what is kept and of what is new."""
        return merged(self._ahead.columns(self.snapshot), self._kept, fresh, self._from_here)

    def entries(self) -> Sequence[Entry | int]:
        """All of them in order; a number is that of an entry of this generation, which is taken as it is."""
        kept = self._kept.tolist()
        ours: Iterator[Entry | int] = map(self.snapshot.stored.__getitem__, kept) if self.is_old else iter(kept)
        theirs = iter(self.fresh)
        return [next(ours if here else theirs) for here in self._from_here.tolist()]

    def content(self, fresh: Content) -> Content:
        """What is kept and what is new."""
        outlines = [self.snapshot.outlines[path] for path in self._collection.kept] if self.is_old else []
        problems = (problem for problem in self.snapshot.problems if problem.path in self._collection.kept)
        gone = replace(self._collection, entries=self._gone)
        return Content(
            ids=self._ids,
            outlines=(*fresh.outlines, *outlines),
            counts=audit.changed(self.snapshot.counts, audit.count(gone), fresh.counts, self._collection.kept),
            problems=tuple(sorted((*problems, *fresh.problems), key=lambda problem: problem.path)),
            origins=Counter(cast("dict[str, int]", self._facts["origins"])) - _origins(self._gone) + fresh.origins,
            languages=frozenset(cast("list[str]", self._facts["languages"])) | fresh.languages,
            updated=0 if self.is_old else self._updated,
        )

    def numbers(self) -> list[int]:
        """Those of what is new, in the next generation."""
        return np.flatnonzero(~self._from_here).tolist()
