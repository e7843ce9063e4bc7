"""What the API answers, as objects that JSON can hold: for its routes, for commands with --json, for exports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from searchapp.model import (
    FACETS,
    Audit,
    DocumentCounts,
    Entry,
    EventDate,
    Evidence,
    Facet,
    FacetValue,
    Hit,
    NameCounts,
    Note,
    Outline,
    Passage,
    Query,
    Range,
    Results,
    Timeline,
)
from searchapp.web import urls
from searchapp.web.cite import passage_id, passage_ids, passage_number
from searchapp.web.sentences import note_words
from searchapp.web.words import kind

Json = dict[str, Any]


def error_json(code: str, message: str, parameter: str | None = None) -> Json:
    """What an error looks like under /api."""
    return {"error": {"code": code, "message": message, "parameter": parameter}}


def results_json(results: Results) -> Json:
    """The answer of `GET /api/search` and of `searchapp search --json`."""
    return {
        "query": query_json(results.query),
        "total": results.total,
        "full_matches": results.full_matches,
        "any_matches": results.any_matches,
        "took_ms": round(results.took_ms, 2),
        "generation": results.generation,
        "notes": [_note_json(note) for note in results.notes],
        "suggestion": {"q": results.suggestion} if results.suggestion else None,
        "results": [hit_json(hit) for hit in results.hits],
        "facets": {f: [_facet_json(f, value) for value in results.facets[f]] for f in FACETS if f in results.facets},
    }


def query_json(query: Query) -> Json:
    """The query as understood, with every default."""
    filters: dict[str, list[str]] = {}
    for name, (facet, exclude) in urls.FILTERS.items():
        if values := query.values(facet, exclude=exclude):
            filters[name] = list(values)
    return {
        "q": query.q,
        "match": query.match,
        "exact": query.exact,
        "sort": query.sort,
        "page": query.page,
        "per_page": query.per_page,
        "passages": query.passages,
        "facet_order": query.facet_order,
        "explain": query.explain,
        "from": query.date_from.isoformat() if query.date_from else None,
        "to": query.date_to.isoformat() if query.date_to else None,
        "filters": filters,
    }


def hit_json(hit: Hit) -> Json:
    """One result: the entry, how well it matches, and its evidence."""
    return {
        **_entry_head(hit.entry),
        "title_marks": _ranges(hit.title_marks),
        "score": round(hit.score, 4),
        "full": hit.full,
        "evidence": hit.evidence,
        "passages": [_evidence_json(hit.entry, found) for found in hit.passages],
        **({"reasons": [asdict(reason) for reason in hit.reasons]} if hit.reasons else {}),
    }


def timeline_json(line: Timeline) -> Json:
    """The answer of `GET /api/timeline`: counts of passages, empty buckets included; `end` is the bucket's last day."""
    return {
        "query": query_json(line.query),
        "unit": line.unit,
        "passages": line.passages,
        "undated": line.undated,
        "outside": line.outside,
        "generation": line.generation,
        "buckets": [
            {"start": found.start.isoformat(), "end": found.end.isoformat(), "count": found.passages}
            for found in line.buckets
        ],
    }


def entry_json(entry: Entry) -> Json:
    """The answer of `GET /api/entries/<id>`: the whole entry, title first."""
    addressed = enumerate(zip(entry.passages, passage_ids(entry), strict=True))
    return {**_entry_head(entry), "passages": [_passage_json(entry, number, *one) for number, one in addressed]}


def corpus_json(audit: Audit) -> Json:
    """The answer of `GET /api/corpus`."""
    status = audit.status
    counts = {found.path: found for found in audit.counts.documents}
    return {
        "title": status.title,
        "generation": status.generation,
        "digest": status.digest,
        "built": status.built,
        "counts": {
            **{name: getattr(status, name) for name in _COUNTS},
            "named": audit.counts.named,
            "dated_entries": audit.counts.dated_entries,
        },
        "dated": dict(status.origins),
        "years": list(status.years) if status.years else None,
        "documents": [_document_json(outline, counts[outline.ref.path]) for outline in audit.outlines.values()],
        "names": [_name_json(found) for found in audit.counts.names],
        "problems": [
            {"path": problem.path, "line": problem.line, "message": problem.message} for problem in status.problems
        ],
        "warnings": list(status.warnings),
    }


_COUNTS: Final = ("documents", "entries", "sections", "news", "passages", "actors")
"""Those of a Status, in the order of the answer."""


def _document_json(outline: Outline, counts: DocumentCounts) -> Json:
    return {
        "path": outline.ref.path,
        "title": outline.ref.title,
        "url": urls.document_url(outline.ref.path),
        "entries": len(outline.entries),
        "lines": outline.lines,
        "sha256": outline.sha256,
        "published": outline.published.isoformat() if outline.published else None,
        **{name: count for name, count in asdict(counts).items() if name != "path"},
    }


def _name_json(found: NameCounts) -> Json:
    return {
        "name": found.name.name,
        "type": found.name.type,
        "is_place": found.name.is_place,
        "entries": found.entries,
        "passages": found.passages,
        "spellings": [{"spelling": spelling, "count": often} for spelling, often in found.spellings],
    }


def _entry_head(entry: Entry) -> Json:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "title": entry.title,
        "heading_path": list(entry.heading_path),
        "document": {"path": entry.document.path, "title": entry.document.title},
        "url": urls.place_url(entry, entry.anchor, entry.lines[0]),
        "lines": list(entry.lines),
        "date": _date_json(entry.date),
        "years": list(entry.years),
        "actors": list(entry.actors),
        "tags": list(entry.tags),
        "sources": [{"label": source.label, "url": source.url} for source in entry.sources],
        "link": entry.url or None,
        "lang": entry.lang or None,
    }


def _evidence_json(entry: Entry, found: Evidence) -> Json:
    number = passage_number(entry, found.passage)
    return {
        **_passage_json(entry, number, found.passage, passage_id(entry, number)),
        "text": found.text,
        "marks": _ranges(found.marks),
    }


def _passage_json(entry: Entry, number: int, passage: Passage, address: str) -> Json:
    return {
        "text": passage.text,
        "kind": passage.kind,
        "lines": list(passage.lines),
        "date": _date_json(passage.date),
        "dates": [_date_json(when) for when in passage.dates],
        "years": list(passage.years),
        "actors": list(passage.actors),
        "places": list(passage.places),
        "url": urls.place_url(entry, address, passage.lines[0]),
        "number": number,
        "cite": urls.cite_url(entry.id, number),
    }


def _note_json(note: Note) -> Json:
    found: Json = {"code": note.code, "message": note_words(note), "terms": list(note.terms)}
    if note.offer is not None:
        found["offer"] = {"url": urls.search_url(note.offer)}
    return found


def _facet_json(facet: Facet, value: FacetValue) -> Json:
    found: Json = {"value": value.value, "count": value.count, "selected": value.selected}
    if value.excluded:
        found["excluded"] = True
    if label := kind(value.value) if facet == "kind" else value.label:
        found["label"] = label
    if value.group:
        found["group"] = value.group
    return found


def _date_json(when: EventDate | None) -> Json | None:
    if when is None:
        return None
    return {"start": when.start.isoformat(), "end": when.end.isoformat(), "origin": when.origin}


def _ranges(ranges: Sequence[Range]) -> list[list[int]]:
    return [list(found) for found in ranges]
