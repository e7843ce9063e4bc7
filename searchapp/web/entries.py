"""An entry's own page, and references to its passages as files and as a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from flask import Blueprint, Response, current_app, render_template, request
from markupsafe import Markup

from searchapp.engine import Engine
from searchapp.model import BadParameter, Entry, Query, Results, Similar
from searchapp.web import urls, values
from searchapp.web.api import entry_or_404
from searchapp.web.blocks import Block, actor_url, in_time
from searchapp.web.cite import FORMATS, Citation, cite
from searchapp.web.languages import gettext as _
from searchapp.web.listing import LONG_TITLE
from searchapp.web.parts import MOST_ALONE
from searchapp.web.reading import NOTHING, Step, alone, steps
from searchapp.web.sentences import asks
from searchapp.web.words import When, origin_of_entry

ALIKE: Final = 5
"""Entries under "More like this"."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where an entry stands in the results of the search that led to it."""

    place: int
    """1 for the first; 0 where the search does not find it there."""
    total: int
    previous: str
    next: str
    """URLs of the pages of the entries before and after it; empty where there is none."""
    back: str


@dataclass(frozen=True, slots=True)
class Alike:
    """Another entry, and the telling words that both hold."""

    entry: Entry
    url: str
    when: When
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryView:
    """All that the page of an entry shows."""

    entry: Entry
    when: When
    long: bool
    title: Markup
    title_id: str
    block: Block
    steps: Mapping[str, Step]
    before: None
    after: None
    """Where the search goes on in another part, as in the view of a document: an entry has none."""
    actors: tuple[tuple[str, str], ...]
    tags: tuple[str, ...]
    hits: int
    neighbours: Neighbours | None
    document_url: str
    more: int
    """Passages that are left to the document, where there are too many for one page."""
    more_url: str
    alike: tuple[Alike, ...]


def blueprint(engine: Engine) -> Blueprint:
    """`/entry/<id>` and `/cite/<id>`, the latter also with the ending of a format."""
    entries = Blueprint("entries", __name__)

    @entries.get("/entry/<path:entry_id>")
    def entry(entry_id: str) -> str:
        found = entry_or_404(engine, entry_id)
        query = urls.parse(request.args)
        view = look(engine, found, query, urls.place(request.args))
        return render_template("entry.html", query=query, view=view, formats=FORMATS, in_time=in_time)

    @entries.get("/cite/<path:entry_id>")
    def citation(entry_id: str) -> str | Response:
        found, ending = engine.entry(entry_id), ""
        if found is None:
            stem, _, ending = entry_id.rpartition(".")
            found = entry_or_404(engine, stem if ending in FORMATS else entry_id)
        if ending:
            urls.once(request.args, "passage")
        number = _passage(found, urls.only(request.args, "passage"))
        root = request.url_root.rstrip("/")
        made = cite(found, number, engine.document(found.document.path), engine.status().title, root)
        if ending:
            return _file(made, ending)
        formats = [(name, label, write(made)) for name, (label, _media, write) in FORMATS.items()]
        return render_template("cite.html", query=Query(), entry=found, citation=made, passage=number, formats=formats)

    return entries


def look(engine: Engine, entry: Entry, query: Query, place: int = 0) -> EntryView:
    """The page of an entry, with what a search finds in it marked; `place` is where its results had it, or 0."""
    asked = asks(query)
    first, last = entry.passages[0].lines[0], entry.passages[:MOST_ALONE][-1].lines[0]
    found = engine.reading(query, entry.document.path, (first, last)).get(entry.id, NOTHING) if asked else NOTHING
    block = alone(entry, found)
    # The rest is in the document: from the first passage there that matches, else from its own first.
    rest = next((at for at in found.evidence if at >= MOST_ALONE), min(MOST_ALONE, len(entry.passages) - 1))
    line = entry.passages[rest].lines[0]
    return EntryView(
        entry=entry,
        when=When.of(entry.date, origin_of_entry(entry.date, entry.kind)),
        long=len(entry.title) >= LONG_TITLE,
        title=block.title,
        title_id=block.title_id,
        steps=steps([block]),
        before=None,
        after=None,
        block=block,
        actors=tuple((name, actor_url(name)) for name in entry.actors),
        tags=entry.tags if entry.kind == "news" else (),
        hits=len(found.evidence),
        neighbours=_neighbours(engine, entry, query, place) if asked or place else None,
        document_url=urls.place_url(entry, entry.anchor, entry.lines[0], query, place),
        more=max(0, len(entry.passages) - MOST_ALONE),
        more_url=urls.place_url(entry, f"L{line}", line, query, place),
        alike=tuple(_alike(other) for other in engine.similar(entry.id, ALIKE)),
    )


def _neighbours(engine: Engine, entry: Entry, query: Query, place: int) -> Neighbours:
    """The entries before and after this one; found again on the first page where the search has changed since."""
    lists: dict[int, Results] = {}

    def at(number: int) -> Entry | None:
        page, offset = divmod(number - 1, query.per_page)
        if page not in lists:
            lists[page] = engine.search(replace(query, page=page + 1, passages=1))
        hits = lists[page].hits
        return hits[offset].entry if offset < len(hits) else None

    here = at(place) if place else None
    if here is None or here.id != entry.id:
        at(1)
        place = next((n for n, hit in enumerate(lists[0].hits, start=1) if hit.entry.id == entry.id), 0)
    others = [(n, at(n)) for n in (place - 1, place + 1) if n > 0] if place else []
    near = {n: urls.entry_url(other.id, query, place=n) for n, other in others if other}
    page = (place - 1) // query.per_page + 1 if place else query.page
    back = urls.search_url(query.on_page(min(page, urls.MAX_PAGE))) + (f"#r{place}" if place else "")
    total = next(iter(lists.values())).total
    return Neighbours(place, total, near.get(place - 1, ""), near.get(place + 1, ""), back)


def _alike(similar: Similar) -> Alike:
    entry = similar.entry
    when = When.of(entry.date, origin_of_entry(entry.date, entry.kind))
    return Alike(entry, urls.entry_url(entry.id), when, similar.shared)


def _passage(entry: Entry, number: str) -> int | None:
    if not number.strip():
        return None
    last = len(entry.passages) - 1
    if not re.fullmatch("[0-9]{1,6}", number) or int(number) > last:
        said = {"last": last, "value": number[: values.LONGEST_SAID]}
        message = _("“passage” takes a number from 0, the title, to %(last)s, not “%(value)s”.", **said)
        raise BadParameter("passage", message)
    return int(number)


def _file(citation: Citation, ending: str) -> Response:
    media, write = FORMATS[ending][1:]
    response: Response = current_app.response_class(write(citation), content_type=f"{media}; charset=utf-8")
    if ending in ("bib", "ris"):
        response.headers["Content-Disposition"] = f'attachment; filename="{citation.key}.{ending}"'
    return response
