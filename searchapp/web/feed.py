"""What other programs read to follow a search, to offer it, and to find the pages: Atom, OpenSearch, sitemap."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Final

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from flask import Blueprint, Response, abort, current_app, render_template, request

from searchapp.engine import Engine
from searchapp.model import Audit, Hit, Outline, Query, Results, Status
from searchapp.web import urls
from searchapp.web.dates import date_words, shown_date
from searchapp.web.languages import gettext as _
from searchapp.web.sentences import sentence
from searchapp.web.urls import entry_url, search_url
from searchapp.web.words import NO_DATE, capitalised, origin, quoted

ENTRIES: Final = 100
"""Results in a feed, and in each further part of it (RFC 5005)."""
MOST_ADDRESSES: Final = 50_000
"""Addresses that one sitemap may list."""
SHORT_NAME: Final = 16
"""Characters that a browser lets a search engine's name have."""
_POSSESSIVE = re.compile("[’']s$")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def blueprint(engine: Engine) -> Blueprint:
    """`/feed.atom` of any search, `/opensearch.xml`, `/sitemap.xml`."""
    programs = Blueprint("feed", __name__)

    @programs.get("/feed.atom")
    def feed() -> Response:
        query = replace(urls.parse(request.args, strict=True), per_page=ENTRIES, passages=1)
        audit, results = engine.audit(), engine.search(query)
        return _xml(_atom(audit, results), "application/atom+xml")

    @programs.get("/opensearch.xml")
    def opensearch() -> Response:
        page = render_template("opensearch.xml", root=_root(), short=short_name)
        return _xml(page, "application/opensearchdescription+xml")

    @programs.get("/sitemap.xml")
    def sitemap() -> Response:
        return _xml(_sitemap(engine.audit(), request.args.get("part", "")), "application/xml")

    return programs


def _xml(text: str | bytes, media_type: str) -> Response:
    return current_app.response_class(text, content_type=f"{media_type}; charset=utf-8")


def _root() -> str:
    return request.url_root.rstrip("/")


def short_name(title: str) -> str:
    """A title as a browser has room for, cut between words where there is more than one, not after whose it is."""
    if len(title) <= SHORT_NAME:
        return title
    cut = title[: SHORT_NAME + 1].rpartition(" ")[0] or title[:SHORT_NAME]
    return _POSSESSIVE.sub("", cut.rstrip(" ,;:.–—-(&"))


def _sitemap(audit: Audit, part: str) -> str:
    """The addresses, or those of one part, or where there are too many of them the parts."""
    addresses = _addresses(audit)
    parts = -(-len(addresses) // MOST_ADDRESSES)
    if part and not (part.isdecimal() and part.isascii() and 1 <= int(part[:9]) <= parts):
        abort(404, description=_("There is no such part of the sitemap."))
    is_index = parts > 1 and not part
    first = (int(part or 1) - 1) * MOST_ADDRESSES
    return render_template(
        "sitemap.xml",
        root=_root(),
        is_index=is_index,
        addresses=[f"/sitemap.xml?part={number}" for number in range(1, parts + 1)]
        if is_index
        else addresses[first : first + MOST_ADDRESSES],
        day=audit.status.built[:10],
    )


def _addresses(audit: Audit) -> list[str]:
    """The pages worth finding: start, audit, each document, each entry."""
    outlines = list(audit.outlines.values())
    entries = dict.fromkeys(entry for outline in outlines for entry in outline.entries)
    documents = [
        urls.document_url(outline.ref.path, part=part)
        for outline in outlines
        for part in range(1, len(outline.ref.parts) + 2)
    ]
    return ["/", "/about", *documents, *(entry_url(entry) for entry in entries)]


# --- Atom (RFC 4287) ------------------------------------------------------------------------------


def _atom(audit: Audit, results: Results) -> bytes:
    query, root = results.query, _root()
    page = replace(query, per_page=Query().per_page, passages=Query().passages)
    feed = FeedGenerator()
    feed.id(root + search_url(page.on_page(1)))
    feed.title(_clean(f"{quoted(query.q)} – {audit.status.title}" if query.q else audit.status.title))
    feed.subtitle(_clean(" ".join(sentence(results))))
    feed.author({"name": _clean(audit.status.title)})
    feed.updated(_built(audit.status))
    feed.generator("searchapp")
    feed.link(href=root + search_url(page.on_page(1)), rel="alternate", type="text/html")
    feed.link(href=root + search_url(page, "/feed.atom"), rel="self", type="application/atom+xml")
    for rel, number in (("previous", query.page - 1), ("next", query.page + 1)):
        if 1 <= number <= min(urls.MAX_PAGE, -(-results.total // ENTRIES)):
            feed.link(href=root + search_url(page.on_page(number), "/feed.atom"), rel=rel, type="application/atom+xml")
    for hit in results.hits:
        entry = _entry(hit, query, root, audit.outlines.get(hit.entry.document.path))
        entry.updated(_built(audit.status))
        feed.add_entry(entry, order="append")
    text: bytes = feed.atom_str(pretty=True)
    return text


def _entry(hit: Hit, query: Query, root: str, outline: Outline | None) -> FeedEntry:
    found = hit.entry
    entry = FeedEntry()
    entry.id(root + entry_url(found.id))
    entry.title(_clean(" – ".join((*found.heading_path[-1:], found.title))))
    entry.link(href=root + entry_url(found.id), rel="alternate", type="text/html")
    entry.summary(_clean(_summary(hit, query)), type="text")
    for actor in found.actors:
        entry.category({"term": _clean(actor)})
    if outline and outline.published:
        entry.published(datetime.combine(outline.published, time(), UTC))
    return entry


def _summary(hit: Hit, query: Query) -> str:
    """The best passage, with its event date and where that comes from."""
    if not hit.passages:
        return hit.entry.title
    best = hit.passages[0]
    when = shown_date(best.passage.dates, query)
    undated = capitalised(_("undated (%(why)s)", why=_(NO_DATE)))
    dated = f"{date_words(when)} ({origin(when.origin)})" if when else undated
    return f"{dated}: {best.text}"


def _built(status: Status) -> datetime:
    when = datetime.fromisoformat(status.built)
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _clean(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return _NOT_XML.sub("", text)
