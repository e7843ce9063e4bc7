"""The whole list of results as a file: tables, data and references. Written while it is sent, a record at a time.

Each record says by which search, in which generation, it was found: parts of an export can be trusted on their own.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from flask import Blueprint, Response, abort, request, stream_with_context

from searchapp.engine import Engine
from searchapp.model import Audit, EventDate, Hit, Outline, Passage, Query, Range, Status
from searchapp.web import urls
from searchapp.web.cite import Citation, as_bibtex, as_ris, cite, passage_number
from searchapp.web.languages import gettext as _
from searchapp.web.objects import hit_json

Record = dict[str, Any]

FORMULA: Final = re.compile(r"[\s\x00-\x1f\u200b-\u200f\u2028-\u202f\ufeff]*[=+\-@＝＋－＠]|[\t\r\n]")
"""What a spreadsheet may take for a formula, whatever blanks stand before it."""
SEPARATOR: Final = "; "
NAME_LENGTH: Final = 60
KEPT_OUTLINES: Final = 64
"""Documents of the last results of an export: most come one after the other."""


@dataclass(frozen=True, slots=True)
class Found:
    """One result, with what is said of it in every format."""

    rank: int
    hit: Hit
    outline: Outline | None
    search: str
    """Absolute URL of the search."""
    status: Status
    collection: str
    root: str
    """What stands before the path of a URL: 'https://host'."""

    @property
    def quote(self) -> Passage:
        """The passage that matches best."""
        return self.hit.passages[0].passage if self.hit.passages else self.hit.entry.passages[0]

    @property
    def citation(self) -> Citation:
        """The reference to that passage."""
        entry = self.hit.entry
        citation = cite(entry, passage_number(entry, self.quote), self.outline, self.collection, self.root)
        said = {"url": self.search, "generation": self.status.generation, "digest": self.status.digest}
        found = _("Found by: %(url)s in %(generation)s, SHA-256 %(digest)s", **said)
        return replace(citation, found=found)


def blueprint(engine: Engine) -> Blueprint:
    """`/export.csv`, `.jsonl`, `.ris` and `.bib` of any search."""
    export = Blueprint("export", __name__)

    @export.get("/export.<ending>")
    def whole(ending: str) -> Response:
        if ending not in FORMATS:
            known = ", ".join(f".{name}" for name in FORMATS)
            abort(404, description=_("Results can be had as %(formats)s.", formats=known))
        media_type, write = FORMATS[ending][1:]
        query = urls.parse(request.args, strict=True)
        # One passage is all that the others show of a result; data has all of them, up to what a page may have.
        most = urls.MAX_PASSAGES
        query = replace(query, passages=urls.number(request.args, "passages", most, most) if ending == "jsonl" else 1)
        audit, hits = engine.every(query)
        search = request.url_root.rstrip("/") + urls.search_url(replace(urls.parse(request.args), page=1))
        records = _found(audit, hits, search)
        response = Response(stream_with_context(write(records)), mimetype=media_type)
        response.headers["Content-Disposition"] = f'attachment; filename="{_file_name(query)}.{ending}"'
        response.headers["X-Generation"] = f"{audit.status.generation} {audit.status.digest}"
        return response

    return export


def _found(audit: Audit, hits: Iterator[Hit], search: str) -> Iterator[Found]:
    outline_of = lru_cache(maxsize=KEPT_OUTLINES)(audit.outlines.get)
    root = request.url_root.rstrip("/")
    for rank, hit in enumerate(hits, start=1):
        outline = outline_of(hit.entry.document.path)
        yield Found(rank, hit, outline, search, audit.status, audit.status.title, root)


def _file_name(query: Query) -> str:
    words = "-".join(re.findall("[a-z0-9]+", query.q.casefold()))[:NAME_LENGTH].strip("-")
    return words or "entries"


# --- Formats --------------------------------------------------------------------------------------


def _csv(records: Iterator[Found]) -> Iterator[str]:
    """Comma-separated values (RFC 4180), a row for each entry, with the passage that matches best."""
    line = io.StringIO()
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    for found in records:
        writer.writerow([_cell(read(found)) for read in COLUMNS.values()])
        yield _taken(line)
    yield _taken(line)


def _taken(line: io.StringIO) -> str:
    text = line.getvalue()
    line.seek(0)
    line.truncate()
    return text


def _cell(value: object) -> str:
    """Text that no spreadsheet computes: what looks like a formula has an apostrophe before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if FORMULA.match(text) else text


def _jsonl(records: Iterator[Found]) -> Iterator[str]:
    """JSON Lines: a result of /api/search on each line, and how it was found."""
    for found in records:
        status = found.status
        record: Record = {
            "rank": found.rank,
            **hit_json(found.hit),
            "permalink": found.root + urls.entry_url(found.hit.entry.id),
            "sha256": found.outline.sha256 if found.outline else None,
            "found_by": {"search": found.search, "generation": status.generation, "digest": status.digest},
        }
        yield json.dumps(record, ensure_ascii=False) + "\n"


def _ris(records: Iterator[Found]) -> Iterator[str]:
    for found in _distinct(records):
        yield as_ris(found)


def _bibtex(records: Iterator[Found]) -> Iterator[str]:
    for found in _distinct(records):
        yield as_bibtex(found) + "\n"


def _distinct(records: Iterator[Found]) -> Iterator[Citation]:
    """The references to the results; no two have the same key."""
    used: dict[str, int] = {}
    for found in records:
        citation = found.citation
        count = used[citation.key] = used.get(citation.key, 0) + 1
        yield citation if count == 1 else replace(citation, key=f"{citation.key}-again-{count}")


def _lines(lines: Range) -> str:
    return f"{lines[0]} to {lines[1]}" if lines[0] != lines[1] else str(lines[0])


def _first(when: EventDate | None) -> str:
    return when.start.isoformat() if when else ""


def _last(when: EventDate | None) -> str:
    return when.end.isoformat() if when else ""


def _interval(when: EventDate) -> str:
    """A day, or first and last day (ISO 8601): '2015-09-30', '2015-09-01/2015-09-30'."""
    return "/".join(dict.fromkeys((_first(when), _last(when))))


COLUMNS: Final[dict[str, Callable[[Found], object]]] = {
    "rank": lambda found: found.rank,
    "id": lambda found: found.hit.entry.id,
    "kind": lambda found: found.hit.entry.kind,
    "title": lambda found: found.hit.entry.title,
    "heading_path": lambda found: " › ".join(found.hit.entry.heading_path),
    "document_path": lambda found: found.hit.entry.document.path,
    "document_title": lambda found: found.hit.entry.document.title,
    "lines": lambda found: _lines(found.hit.entry.lines),
    "date_start": lambda found: _first(found.hit.entry.date),
    "date_end": lambda found: _last(found.hit.entry.date),
    "date_origin": lambda found: found.hit.entry.date.origin if found.hit.entry.date else "",
    "years": lambda found: SEPARATOR.join(found.hit.entry.years),
    "actors": lambda found: SEPARATOR.join(found.hit.entry.actors),
    "tags": lambda found: SEPARATOR.join(found.hit.entry.tags),
    "sources": lambda found: SEPARATOR.join(source.url or source.label for source in found.hit.entry.sources),
    "holds_all_words": lambda found: "yes" if found.hit.full else "no",
    "matching_passages": lambda found: found.hit.evidence,
    "quote": lambda found: found.quote.text,
    "quote_lines": lambda found: _lines(found.quote.lines),
    "quote_date_start": lambda found: _first(found.quote.date),
    "quote_date_end": lambda found: _last(found.quote.date),
    "quote_date_origin": lambda found: found.quote.date.origin if found.quote.date else "",
    "quote_dates": lambda found: SEPARATOR.join(map(_interval, found.quote.dates)),
    "quote_actors": lambda found: SEPARATOR.join(found.quote.actors),
    "quote_places": lambda found: SEPARATOR.join(found.quote.places),
    "permalink": lambda found: found.citation.permalink,
    "sha256": lambda found: found.outline.sha256 if found.outline else "",
    "search": lambda found: found.search,
    "generation": lambda found: found.status.generation,
    "generation_digest": lambda found: found.status.digest,
}
"""Name of a column and what stands in it."""
FORMATS: Final[dict[str, tuple[str, str, Callable[[Iterator[Found]], Iterator[str]]]]] = {
    "csv": ("CSV", "text/csv", _csv),
    "jsonl": ("JSON Lines", "application/jsonl", _jsonl),
    "ris": ("RIS", "application/x-research-info-systems", _ris),
    "bib": ("BibTeX", "application/x-bibtex", _bibtex),
}
"""Ending of the URL: name, media type and writer."""
