"""What `searchapp reindex` does: the corpus becomes the index, by what has changed in it if the rest can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from searchapp import confined, corpus, splitting
from searchapp.engine import Engine
from searchapp.model import BuildReport, Collection, IndexUnusable, MoreNeeded, NothingToIndex, Overtaken, Progress
from searchapp.settings import Settings

AGAIN = 3
"""How often the corpus is read again because another build was published meanwhile."""


def build(engine: Engine, settings: Settings, progress: Progress | None = None, *, full: bool = False) -> BuildReport:
    """Build and publish an index of the corpus; `full` takes every document apart, and is content with none.

    Raises NothingToIndex, BadGazetteer and IndexUnusable; what was served before is still served then.
    """
    with confined.kept():
        for _ in range(AGAIN):
            with suppress(Overtaken):
                return _built(engine, settings, progress, engine.stamp(), full=full)
        return _built(engine, settings, progress, None, full=full)


def _built(
    engine: Engine, settings: Settings, progress: Progress | None, since: str | None, *, full: bool
) -> BuildReport:
    """Build of what the engine does not hold; if that is too little, of what is needed besides, else of everything."""

    def taken_apart(held: corpus.Held | None) -> BuildReport:
        found = corpus.read(settings, progress, held)
        collection = splitting.collect(found, settings.collection, settings.title, progress)
        if not full:
            _keep_what_there_is(engine, settings, collection)
        return engine.rebuild(collection, progress, since=since)

    if full:
        return taken_apart(None)
    try:
        return taken_apart(engine.held)
    except MoreNeeded as more:
        also = more.documents
    if also:
        with suppress(MoreNeeded):
            return taken_apart(lambda basis: _without(also, engine.held(basis)))
    return taken_apart(None)


def _without(paths: frozenset[str], held: Mapping[str, str]) -> Mapping[str, str]:
    return {path: sha256 for path, sha256 in held.items() if path not in paths}


def _keep_what_there_is(engine: Engine, settings: Settings, collection: Collection) -> None:
    """Raise NothingToIndex when an index of documents would be replaced by an empty one: a folder that is not mounted,
    or a slip in its name, is likelier than a corpus that was emptied."""
    if collection.outlines or collection.kept:
        return
    with suppress(IndexUnusable):
        served = engine.status()
        if served.documents:
            raise NothingToIndex(
                f"{settings.corpus}: there is no document; {served.generation} with {served.documents} of them "
                "is still served. To serve an empty index, run `searchapp reindex --full`."
            )
