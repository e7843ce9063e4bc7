"""The embedded engine: Whoosh's analysis interface, query tree and index on disk, evaluated over numpy columns."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, cast

from searchapp import audit, deadline
from searchapp.engines.whoosh import arrays, build, contents, updating
from searchapp.engines.whoosh.generations import Generation, Generations
from searchapp.engines.whoosh.searching import Searcher
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.heap import settle, without_collector
from searchapp.model import (
    Audit,
    BuildReport,
    Collection,
    DocumentRef,
    Entry,
    Found,
    Hit,
    IndexUnusable,
    MoreNeeded,
    Outline,
    Overtaken,
    Problem,
    Progress,
    Query,
    Range,
    Results,
    Similar,
    Status,
    Suggestion,
    Timeline,
)

RARE = "qwzjxkv vkxjzwq~"
"""A search that needs all that is made once: what sounds like a word, and what is close to one, that nobody writes."""
AT_ONCE = 200
"""Results that are made at once where all are taken one after the other."""
_SHOWN = ("title", "description", "documents", "entries", "sections", "news", "passages", "actors")
"""Facts of a generation that are told as they are."""


@dataclass(frozen=True, slots=True)
class _Served:
    """What is served until CURRENT changes."""

    seen: str | None
    """What `Generations.peek` said when it was opened."""
    snapshot: Snapshot
    searcher: Searcher
    status: Status
    facts: Mapping[str, object]
    """What its manifest says of it."""


class _OtherVersion(IndexUnusable):
    """A generation is sound, and its files are not those that this version reads."""


class WhooshEngine:
    """The index in a folder. Any number of threads may search while another process rebuilds it."""

    def __init__(self, index: Path, *, warm: bool = False) -> None:
        """`warm`: for a process that serves. What is made once is made when a generation is opened, not with the first
        search that needs it, and is out of the reach of the garbage collector from then on.
        """
        self._warm = warm
        self._generations = Generations(index)
        self._opening = threading.Lock()
        self._pin: ContextVar[list[_Served] | None] = ContextVar("pin", default=None)
        self._served: _Served | None = None
        self._ahead = updating.Ahead()

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """Let all that this thread asks inside be answered from one generation: what its first question meets."""
        token = self._pin.set([])
        try:
            yield
        finally:
            self._pin.reset(token)

    def is_current(self, digest: str) -> bool:
        """Whether what is served was built by this version from the corpus with this digest."""
        try:
            served = self._current()
        except IndexUnusable:
            return False
        # With a warning an earlier one stands in: what is served is not what was built last.
        return served.facts["collection"] == digest and not served.status.warnings

    def held(self, basis: str) -> Mapping[str, str]:
        """The documents that need not be read again for a build on this basis."""
        try:
            served = self._taken_from()
        except MoreNeeded:
            return {}
        found = updating.held(served.snapshot, served.facts, basis)
        if found:
            self._ahead.begin(served.snapshot)
        return found

    def stamp(self) -> str:
        """What CURRENT says; empty when it says nothing."""
        return self._generations.peek() or ""

    @without_collector()
    def rebuild(
        self, collection: Collection, progress: Progress | None = None, *, since: str | None = None
    ) -> BuildReport:
        """Build, check and publish a generation. Raises IndexUnusable, MoreNeeded, Overtaken; the old one stays."""
        started = time.perf_counter()
        ahead, self._ahead = self._ahead if collection.kept else None, updating.Ahead()  # each is of one build
        before: updating.Before | None = None
        problems: tuple[Problem, ...] = ()
        actors: tuple[tuple[str, int], ...] = ()

        def fill(folder: Path) -> Mapping[str, object]:
            nonlocal before
            if since is not None and since != self.stamp():  # nobody else builds now
                raise Overtaken
            if ahead:
                served = self._taken_from()
                before = updating.Before(served.snapshot, served.facts, collection, ahead)
            total = len(before.fresh if before else collection.entries)
            return build.write(collection, folder, lambda done: progress and progress("indexing", done, total), before)

        def check(folder: Path) -> None:
            """All that is read of it is read before it is published: whatever fails then, the old one stays."""
            nonlocal problems, actors
            snapshot = contents.sample(folder, before.numbers() if before else None)
            problems, actors = snapshot.problems, audit.top_actors(snapshot.counts)

        generation = self._generations.build(fill, check)
        return BuildReport(
            status=_status(generation, problems, ()),
            changed=True,
            seconds=round(time.perf_counter() - started, 3),
            top_actors=actors,
            kept=len(collection.kept),
        )

    def _taken_from(self) -> _Served:
        """The last build, if it is sound and by this version. Raises MoreNeeded."""
        try:
            served = self._current()
        except IndexUnusable as error:
            raise MoreNeeded(str(error)) from error
        if served.status.warnings:
            raise MoreNeeded("; ".join(served.status.warnings))
        return served

    def tidy(self) -> None:
        """Remove what killed builds left behind; a build does that by itself."""
        self._generations.tidy()

    def search(self, query: Query) -> Results:
        """Answer a query. Raises IndexUnusable without an index."""
        return self._current().searcher.search(query)

    def entry(self, entry_id: str) -> Entry | None:
        """The entry with this id, or None."""
        snapshot = self._current().snapshot
        number = snapshot.number(entry_id)
        return snapshot.entry(number) if number >= 0 else None

    def document(self, path: str) -> Outline | None:
        """The document with this path, or None."""
        return self._current().snapshot.outlines.get(path)

    def documents(self) -> tuple[DocumentRef, ...]:
        """All documents, by path."""
        return tuple(self._current().snapshot.outlines.refs.values())

    def reading(self, query: Query, path: str, lines: Range | None = None) -> Mapping[str, Found]:
        """What a search finds in a document, by entry id, marks in some lines or in all; nothing for an unknown one."""
        served = self._current()
        outline = served.snapshot.outlines.get(path)
        return served.searcher.reading(query, outline, lines) if outline else {}

    def similar(self, entry_id: str, limit: int = 5) -> tuple[Similar, ...]:
        """Other entries that hold the words by which this one stands out, most alike first."""
        served = self._current()
        number = served.snapshot.number(entry_id)
        return served.searcher.similar(number, limit) if number >= 0 else ()

    def suggest(self, text: str, limit: int = 10) -> tuple[Suggestion, ...]:
        """What the end of a text may be the beginning of."""
        return self._current().searcher.suggest(text, limit)

    def timeline(self, query: Query) -> Timeline:
        """When the evidence of a query happened."""
        return self._current().searcher.timeline(query)

    def audit(self) -> Audit:
        """What is served, with all that was counted when it was built."""
        return _audit(self._current())

    def every(self, query: Query) -> tuple[Audit, Iterator[Hit]]:
        """All results of a query in order, however the index changes while they are taken."""
        served = self._current()
        return _audit(served), _every(served.searcher, replace(query, page=1, per_page=AT_ONCE))

    def check(self) -> Status:
        """Verify what is on disk from the bytes up, open it and read samples. Raises IndexUnusable."""
        generation, warnings = self._generations.open()
        if warnings:
            raise IndexUnusable("; ".join(warnings))
        _usable(generation)
        language = cast("list[str]", generation.facts["languages"])[0]
        contents.verify(generation.path, language, len(arrays.load(generation.path, "entry_of")))
        snapshot = contents.sample(generation.path)
        return _status(generation, snapshot.problems, _outdated(generation))

    def status(self) -> Status:
        """What is served now. Raises IndexUnusable when nothing is."""
        return self._current().status

    def _current(self) -> _Served:
        """What is served: what is pinned, else what CURRENT names."""
        pinned = self._pin.get()
        if pinned is None:
            return self._latest()
        if not pinned:
            pinned.append(self._latest())
        return pinned[0]

    def _latest(self) -> _Served:
        """What CURRENT names, opened once; while one thread opens it, the others go on with what they have."""
        served, now = self._served, self._generations.peek()
        if served is not None and served.seen == now:
            return served
        with deadline.uncounted():
            if not self._opening.acquire(blocking=served is None):
                assert served is not None  # noqa: S101  # a thread that has nothing waits for the lock
                return served
            try:
                if self._served is None or self._served.seen != now:
                    served = None  # so that nothing here holds the one before, whose files close with its last use
                    self._served = self._next()
                    if self._warm:
                        settle()
                return self._served
            finally:
                self._opening.release()

    def _next(self) -> _Served:
        """What takes over from what is served: what CURRENT names, unless another version of searchapp built that.

        Who has put a new version in place and has built by it is served what there was until this process ends, too.
        """
        before, now = self._served, self._generations.peek()
        try:
            return self._open()
        except _OtherVersion:
            if before is None:
                raise
        name = (now or "").partition(" ")[0]
        warning = f"{name} was built by another version of searchapp; to have it served, start the server anew"
        return replace(before, seen=now, status=replace(before.status, warnings=(warning,)))

    def _open(self) -> _Served:
        """What CURRENT names. Builds may remove it between its verification and its opening: then the one after it."""
        while True:
            seen = self._generations.peek()
            try:
                return self._opened(seen)
            except FileNotFoundError as error:
                if self._generations.peek() == seen:
                    raise IndexUnusable(f"{error.filename}: {error.strerror}") from error

    def _opened(self, seen: str | None) -> _Served:
        generation, warnings = self._generations.open()
        _usable(generation)
        snapshot = Snapshot(generation.path, cast("list[str]", generation.facts["languages"]))
        searcher = Searcher(snapshot, generation.name)
        if self._warm:
            searcher.search(Query(q=RARE))
            searcher.suggest(RARE[:2], 1)
        status = _status(generation, snapshot.problems, (*warnings, *_outdated(generation)))
        return _Served(seen, snapshot, searcher, status, generation.facts)


def _audit(served: _Served) -> Audit:
    return Audit(served.status, served.snapshot.outlines, served.snapshot.counts)


def _every(searcher: Searcher, query: Query) -> Iterator[Hit]:
    """The results of all pages. The first page is made at once, so that what is wrong with a query is raised here."""
    first = searcher.search(query)
    return chain(first.hits, _further(searcher, query, -(-first.total // query.per_page)))


def _further(searcher: Searcher, query: Query, pages: int) -> Iterator[Hit]:
    for page in range(2, pages + 1):
        yield from searcher.search(replace(query, page=page)).hits


def _usable(generation: Generation) -> None:
    if generation.facts.get("format") != build.FORMAT:
        raise _OtherVersion(
            f"{generation.name} was built by another version of searchapp; run `searchapp reindex` on the same folders"
        )


def _outdated(generation: Generation) -> tuple[str, ...]:
    """What to do where words were written by other rules than those by which they are looked for now."""
    if generation.facts["rules"] == build.rules():
        return ()
    what = f"{generation.name} was built by other rules, so searches may miss words"
    return (f"{what}; run `searchapp reindex` on the same folders",)


def _status(generation: Generation, problems: tuple[Problem, ...], warnings: tuple[str, ...]) -> Status:
    facts: dict[str, Any] = dict(generation.facts)
    return Status(
        generation=generation.name,
        digest=generation.digest,
        built=generation.built,
        **{key: facts[key] for key in _SHOWN},
        origins=facts["origins"],
        years=tuple(facts["years"]) if facts["years"] else None,
        language=facts["languages"][0],
        examples=tuple(facts["examples"]),
        problems=problems,
        warnings=warnings,
    )
