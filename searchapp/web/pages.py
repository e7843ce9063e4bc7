"""The pages: start, results, document. Each state has one URL; every other spelling of it is sent there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from threading import Lock
from typing import cast

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from searchapp.engine import Engine
from searchapp.model import UNDATED, DocumentRef, Facet, FacetValue, Filter, Note, Query, Results, Sort
from searchapp.naming import natural
from searchapp.web import urls
from searchapp.web.blocks import in_time
from searchapp.web.export import FORMATS
from searchapp.web.facets import Rail, chips, rail, ways_out
from searchapp.web.languages import gettext as _
from searchapp.web.languages import number, tongue
from searchapp.web.listing import LONG_TITLE, items, pages
from searchapp.web.reading import read
from searchapp.web.sentences import sentence
from searchapp.web.timeline import chart
from searchapp.web.unlisted import with_unlisted
from searchapp.web.words import bare, shortened, with_suffix

FILTERS_IN_TITLE = 3
"""Names of selected values in the title of a page of results, by which tabs and bookmarks are told apart."""
LONGEST_IN_TITLE = 50
LONGEST_DESCRIPTION = 300
DOCUMENTS_ON_START = 20
"""Documents listed with their years on the start page; each takes one small search a generation."""


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document on the start page."""

    path: str
    title: str
    """As the facet has it, where titles are equal."""
    entries: int
    years: tuple[str, ...]
    """First and last year of its events; empty when it has none."""


@dataclass(frozen=True, slots=True)
class Start:
    """What the start page tells of a generation."""

    rail: Rail
    after_gap: frozenset[str]
    """Years before which there are some without any event."""
    undated: int
    documents: tuple[DocumentRow, ...]
    more_documents: int


def blueprint(engine: Engine) -> Blueprint:
    """The pages of one corpus."""
    pages_of = Blueprint("pages", __name__)
    start_of = _StartPages(engine)

    @pages_of.get("/")
    def start() -> str | AnyResponse:
        if urls.to_args(urls.parse(request.args)):
            return redirect(urls.search_url(urls.parse(request.args)))
        return render_template("start.html", query=Query(), start=start_of(), examples=_examples(engine))

    @pages_of.get("/search")
    def search() -> str | AnyResponse:
        query, wrong = urls.parse_around_dates(request.args)
        if wrong:
            return Response(_results_page(engine, query, wrong), 400)
        if list(request.args.items(multi=True)) != urls.to_args(query):
            return redirect(urls.search_url(query))
        return _results_page(engine, query)

    @pages_of.get("/doc/<path:path>")
    def document(path: str) -> str | AnyResponse:
        outline = engine.document(path)
        if outline is None:
            abort(404, description=_("There is no document “%(path)s” in this collection.", path=path[:200]))
        query = urls.parse(request.args)
        long = len(outline.ref.title) >= LONG_TITLE
        if request.args.getlist("part") in ([""], ["1"]):
            return redirect(urls.document_url(path, query, place=urls.place(request.args)))
        place, part = urls.place(request.args), urls.part(request.args, len(outline.ref.parts) + 1)
        back = urls.search_url(query) + (f"#r{place}" if place else "")
        view = read(engine, outline, query, part, place)
        return render_template("document.html", query=query, view=view, back=back, long=long, in_time=in_time)

    @pages_of.get("/robots.txt")
    def robots() -> Response:
        # Every click on a facet is another URL: a crawler has nothing to gain in that maze.
        maze = "".join(f"Disallow: {path}\n" for path in ("/search", "/api/", "/export.", "/feed.atom", "/cite/"))
        rules = f"User-agent: *\n{maze}Sitemap: {request.url_root}sitemap.xml\n"
        return current_app.response_class(rules, mimetype="text/plain")

    return pages_of


def _results_page(engine: Engine, query: Query, wrong: urls.WrongDates | None = None) -> str:
    results = with_unlisted(engine, engine.search(query))
    column = rail(results)
    lead, rest = sentence(results)
    return render_template(
        "search.html",
        query=query,
        results=results,
        notes=_notes(results),
        any_url=_any_url(results),
        lead=lead,
        rest=rest,
        suggestion=_suggestion(engine, results),
        chips=chips(results),
        rail=replace(column, dates=wrong.typed) if wrong else column,
        wrong=wrong,
        chart=chart(engine.timeline(query), results),
        exports=[(ending, words[0]) for ending, words in FORMATS.items()],
        items=items(results),
        pages=pages(results),
        ways=() if results.total else ways_out(results, engine.search),
        orders=_orders(query),
        title=_title(results, lead),
        description=shortened(f"{lead} {rest}", LONGEST_DESCRIPTION),
    )


def _suggestion(engine: Engine, results: Results) -> tuple[str, str] | None:
    """The suggested words and a link that finds something, with the filters kept where that is possible."""
    if not results.suggestion:
        return None
    kept = replace(results.query.on_page(1), q=results.suggestion)
    for query in (kept, kept.without_filters()):
        if engine.search(replace(query, per_page=1, passages=1)).total:
            return results.suggestion, urls.search_url(query)
    return None


def _notes(results: Results) -> tuple[tuple[Note, str], ...]:
    """Each note and the URL of its offer; an offer that several notes make stands at the last of them."""
    last = {note.offer: place for place, note in enumerate(results.notes) if note.offer}
    return tuple(
        (note, urls.search_url(note.offer) if note.offer and last[note.offer] == place else "")
        for place, note in enumerate(results.notes)
    )


def _any_url(results: Results) -> str:
    """The same search for any of the words, where that finds more and is not shown already."""
    query = results.query
    shown = query.match == "any" or results.full_matches < results.total
    return "" if shown or results.any_matches <= results.total else urls.search_url(replace(query, match="any", page=1))


def _title(results: Results, lead: str) -> str:
    query = results.query
    filters = [_("not %(value)s", value=chip.value) if chip.excluded else chip.value for chip in chips(results)]
    named = [shortened(text, LONGEST_IN_TITLE) for text in (bare(query.q), *filters[:FILTERS_IN_TITLE]) if text]
    words = _(", ").join(named) or _("Browse")
    page = _("%(found)s, page %(number)s", found=lead, number=number(query.page)) if query.page > 1 else lead
    return f"{words} – {page}"


def _orders(query: Query) -> tuple[tuple[str, str, str, bool], ...]:
    """Name, words for a screen reader, URL, and whether it is the present order."""
    first = query.on_page(1)
    names = (
        ("relevance", _("Relevance") if query.q else _("Document"), ""),
        ("newest", _("Newest"), _("event first")),
        ("oldest", _("Oldest"), _("event first")),
    )
    return tuple(
        (name, spoken, urls.search_url(replace(first, sort=cast(Sort, sort))), query.sort == sort)
        for sort, name, spoken in names
    )


def _examples(engine: Engine) -> tuple[tuple[str, str], ...]:
    return tuple((q, urls.search_url(Query(q=q.strip()))) for q in engine.status().examples)


class _StartPages:
    """What the start page shows, made once a generation and language: it is the same for everyone who reads that."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._made: dict[str, tuple[str, Start]] = {}

    def __call__(self) -> Start:
        digest, code = self._engine.status().digest, tongue().code
        with self._lock:
            made = self._made.get(code)
            if made is None or made[0] != digest:
                made = self._made[code] = digest, _start(self._engine)
            return made[1]


def _start(engine: Engine) -> Start:
    results = engine.search(Query(per_page=1, passages=1))
    column = rail(replace(results, query=Query()))
    refs = sorted(engine.documents(), key=lambda ref: natural(ref.path))
    values = {value.value: value for value in results.facets["document"]}
    rows = [_document_row(ref, values.get(ref.path), _years(engine, ref.path)) for ref in refs[:DOCUMENTS_ON_START]]
    undated = next((row.entries for row in column.years if row.value == UNDATED), 0)
    return Start(column, _after_gap(column), undated, tuple(rows), len(refs) - len(rows))


def _document_row(ref: DocumentRef, value: FacetValue | None, years: tuple[str, ...]) -> DocumentRow:
    title = with_suffix(ref.title, value.label if value else "", LONG_TITLE)
    return DocumentRow(ref.path, title, value.count if value else 0, years)


def _after_gap(column: Rail) -> frozenset[str]:
    years = [row.value for row in column.years if row.value != UNDATED]
    return frozenset(later for earlier, later in pairwise(years) if int(later) > int(earlier) + 1)


def _years(engine: Engine, path: str) -> tuple[str, ...]:
    facet: Facet = "document"
    found = engine.search(Query(filters=frozenset({Filter(facet, path)}), per_page=1, passages=1))
    years = [value.value for value in found.facets["year"] if value.count and value.value != UNDATED]
    return (min(years), max(years)) if years else ()
