"""A passage as a reference: the exact quote, where it stands, when it happened and what that rests on, and a digest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final

import rispy

from searchapp.model import AUTHOR_KEYS, Entry, EventDate, Outline, Passage, Range
from searchapp.splitting.sections import TOP
from searchapp.web.dates import date_words, moment
from searchapp.web.languages import N_
from searchapp.web.languages import gettext as _
from searchapp.web.markup import is_safe_link
from searchapp.web.parts import MOST_ALONE
from searchapp.web.urls import entry_url, place_url
from searchapp.web.words import NO_DATE, lines_words, origin, origin_of_entry

SOURCE_KEYS: Final = ("url", "source", "link", "canonical", "source_url", "original", "permalink")
"""Front matter that may say where a document was taken from, best first."""
KEY_LENGTH: Final = 40
_BIBTEX: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{c: "\\" + c for c in "$&%#_"},
}
"""BibTeX counts braces even after a backslash, so that only names of them are safe."""
_IN_URLS: Final = {"{": r"\%7B", "}": r"\%7D", "\\": r"\%5C", " ": r"\%20", "%": r"\%", "#": r"\#"}


@dataclass(frozen=True, slots=True)
class Citation:
    """All that a reference to one passage says, or to an entry as a whole."""

    key: str
    """Name of the reference, of ASCII letters, digits and hyphens; one for each passage of a collection."""
    quote: str
    """The exact text of the passage; empty for a whole entry."""
    title: str
    """Of the section or news item."""
    heading_path: tuple[str, ...]
    document: str
    path: str
    lines: Range
    events: tuple[EventDate, ...]
    """Every date of the passage, those with the best evidence first; of a whole entry the one that it has, if any."""
    source: str
    """URL that the item or its document gives; empty where there is none."""
    authors: tuple[str, ...]
    published: date | None
    sha256: str
    """Of the file's bytes."""
    permalink: str
    collection: str
    is_news: bool
    lang: str
    found: str = ""
    """How it was found, where that is to be said."""
    origin: str = ""
    """Where the event date of a whole entry comes from, in words; that of a passage is named by itself."""

    @property
    def whole_path(self) -> str:
        """'Operations › March – May 2018'."""
        return " › ".join((*self.heading_path, self.title))

    @property
    def place(self) -> str:
        """'001.txt, lines 136–149'."""
        return _("%(path)s, %(lines)s", path=self.path, lines=lines_words(*self.lines))

    @property
    def event(self) -> EventDate | None:
        """When it happened, where that is one date: a field for one would choose between several."""
        return self.events[0] if len(self.events) == 1 else None

    @property
    def dated(self) -> str:
        """The event dates in words, each with its origin; those with the same have it once."""
        if not self.events:
            return _("undated (%(why)s)", why=_(NO_DATE))
        runs = groupby(self.events, key=lambda event: self.origin or origin(event.origin))
        return "; ".join(f"{'; '.join(map(date_words, events))} ({named})" for named, events in runs)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What no field of a reference manager has a place for."""
        return (
            *([_("Section: %(path)s", path=self.whole_path)] if self.heading_path else []),
            _("File: %(place)s", place=self.place),
            _("Event date: %(date)s", date=self.dated),
            _("SHA-256 of the file: %(digest)s", digest=self.sha256),
            _("Permalink: %(url)s", url=self.permalink),
            *([self.found] if self.found else []),
        )


def _permalink(entry: Entry, fragment: str, number: int | None) -> str:
    """Address of a passage on the entry's own page, or in the document where that page has no room for it."""
    if number is None or number < MOST_ALONE:
        return entry_url(entry.id, fragment=fragment)
    return place_url(entry, fragment, entry.passages[number].lines[0])


def cite(entry: Entry, number: int | None, outline: Outline | None, collection: str, root: str = "") -> Citation:
    """The reference to one passage of an entry, counted from 0, its title, or to all of it, where `number` is None.

    Raises IndexError where there is no such passage.

    `outline` is that of the entry's document, `root` what stands before the path of a URL: 'https://host'.
    """
    if number is not None and not 0 <= number < len(entry.passages):
        raise IndexError(number)
    passage = None if number is None else entry.passages[number]
    fragment = "" if number is None else passage_id(entry, number)
    sha256 = outline.sha256 if outline else ""
    metadata = {name.casefold(): text for name, text in outline.metadata} if outline else {}
    file = hashlib.sha256(f"{entry.document.path}\0{sha256}".encode()).hexdigest()[:6]
    return Citation(
        key="-".join(filter(None, (_slug(entry.document.title), file, fragment or "L{}-to-{}".format(*entry.lines)))),
        quote=passage.text if passage else "",
        title=entry.title,
        heading_path=entry.heading_path,
        document=entry.document.title,
        path=entry.document.path,
        lines=passage.lines if passage else entry.lines,
        events=passage.dates if passage else (entry.date,) if entry.date else (),
        source=next(_links(entry, [metadata.get(key, "") for key in SOURCE_KEYS]), ""),
        authors=next((found for key in AUTHOR_KEYS if (found := _authors(metadata.get(key, "")))), ()),
        published=outline.published if outline else None,
        sha256=sha256,
        permalink=root + _permalink(entry, fragment, number),
        collection=collection,
        is_news=entry.kind == "news",
        lang=entry.lang,
        origin="" if passage else origin_of_entry(entry.date, entry.kind),
    )


def _authors(told: str) -> tuple[str, ...]:
    """Each by itself: a semicolon or a line parts them, since a name may hold a comma."""
    return tuple(author for part in re.split(r"[;\n]", told) if (author := _one_line(part)))


class LineIds:
    """Addresses by line: the first passage on a line has 'L140', a second one 'L140-2'."""

    def __init__(self) -> None:
        self._used: dict[int, int] = {}

    def take(self, line: int) -> str:
        """The next address of a line."""
        self._used[line] = count = self._used.get(line, 0) + 1
        return f"L{line}" if count == 1 else f"L{line}-{count}"

    def take_free(self, line: int) -> str:
        """The same; empty when another has it."""
        return "" if line in self._used else self.take(line)


def passage_ids(entry: Entry, most: int | None = None) -> tuple[str, ...]:
    """Address of each passage of an entry by its line, or of the first ones, as the view of its document has them.

    A title that the text does not have stands nowhere: it shares the address of the first text on its line.
    """
    ids = LineIds()
    title, *others = entry.passages[:most]
    line = title.lines[0]
    untitled = entry.kind == "section" and entry.anchor == TOP
    first = f"L{line}" if untitled else ids.take(line)
    return (first, *(ids.take(passage.lines[0]) for passage in others))


def passage_number(entry: Entry, passage: Passage) -> int:
    """The place in its entry of a passage."""
    same = next((number for number, one in enumerate(entry.passages) if one is passage), None)  # sooner than to compare
    return entry.passages.index(passage) if same is None else same


def passage_id(entry: Entry, number: int) -> str:
    """Address of one passage of an entry, as `passage_ids` gives it."""
    return passage_ids(entry, number + 1)[number]


# --- Formats --------------------------------------------------------------------------------------


def as_text(citation: Citation) -> str:
    """A reference to be read, on one line for the quote and one for each of what follows."""
    told = ", ".join(filter(None, ("; ".join(citation.authors), _published(citation))))
    opening = _("“%(text)s”", text=_one_line(citation.whole_path))
    if citation.title != citation.document or citation.heading_path:
        opening = _("%(title)s, in: %(document)s", title=opening, document=citation.document)
    rows = [
        *([_("“%(text)s”", text=citation.quote)] if citation.quote else []),
        f"{opening}{f' ({told})' if told else ''}, {citation.place}.",
        _("Event date: %(date)s.", date=citation.dated),
        *([_("Source: %(url)s", url=citation.source)] if citation.source else []),
        _("SHA-256 of the file: %(digest)s", digest=citation.sha256),
        citation.permalink,
    ]
    return "\n".join(rows) + "\n"


def as_bibtex(citation: Citation) -> str:
    """One @misc entry, in UTF-8, for BibTeX and BibLaTeX."""
    when = citation.published
    fields = {
        "title": f"{{{_bibtex(citation.title)}}}",
        "author": " and ".join(f"{{{_bibtex(author)}}}" for author in citation.authors),
        "howpublished": _bibtex(_("In: %(document)s, %(place)s", document=citation.document, place=citation.place)),
        "year": f"{when.year:04d}" if when else "",
        "date": when.isoformat() if when else "",
        "eventdate": _event_span(citation.event),
        "url": "".join(_IN_URLS.get(c, c) for c in citation.source or citation.permalink),
        "abstract": _bibtex(citation.quote),
        "note": _bibtex("; ".join(citation.remarks)),
        "langid": citation.lang,
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{citation.key},\n" + ",\n".join(lines) + "\n}\n"


def as_ris(citation: Citation) -> str:
    """One record of RIS."""
    when = citation.published
    record = {
        "type_of_reference": "NEWS" if citation.is_news else "ELEC",
        "id": citation.key,
        "title": _one_line(citation.title),
        "secondary_title": _one_line(citation.document),
        "authors": list(citation.authors),
        "year": f"{when.year:04d}" if when else "",
        "date": when.strftime("%Y/%m/%d/") if when else "",
        "abstract": _one_line(citation.quote),
        "section": " › ".join(map(_one_line, citation.heading_path)),
        "notes": [_one_line(remark) for remark in citation.remarks],
        "name_of_database": _one_line(citation.collection),
        "language": citation.lang,
        "urls": [citation.source] if citation.source else [citation.permalink],
    }
    kept = {name: value for name, value in record.items() if value}
    return rispy.dumps([kept], implementation=_Plain)  # type: ignore[no-any-return]  # rispy has no types


def as_csl(citation: Citation) -> dict[str, Any]:
    """One item of CSL-JSON (schema 1.0.2); what it has no variable for stands under 'custom'."""
    item: dict[str, Any] = {
        "id": citation.key,
        "type": "article-newspaper" if citation.is_news else "document",
        "title": citation.title,
        "container-title": citation.document,
        "author": [{"literal": author} for author in citation.authors],
        "issued": {"date-parts": [_parts(citation.published)]} if citation.published else None,
        "event-date": {"date-parts": [_parts(d) for d in _ends(citation.event)]} if citation.event else None,
        "section": citation.whole_path,
        "abstract": citation.quote,
        "archive": citation.collection,
        "archive_location": citation.place,
        "URL": citation.source or citation.permalink,
        "language": citation.lang,
        "note": "; ".join(citation.remarks),
        "custom": {
            **({"quote": citation.quote} if citation.quote else {}),
            "path": citation.path,
            "lines": list(citation.lines),
            "date_origin": citation.event.origin if citation.event else None,
            "sha256": citation.sha256,
            "permalink": citation.permalink,
        },
    }
    return {name: value for name, value in item.items() if value}


FORMATS: Final[dict[str, tuple[str, str, Callable[[Citation], str]]]] = {
    "txt": (N_("Plain text"), "text/plain", as_text),
    "bib": ("BibTeX", "application/x-bibtex", as_bibtex),
    "ris": ("RIS", "application/x-research-info-systems", as_ris),
    "json": (
        "CSL-JSON",
        "application/vnd.citationstyles.csl+json",
        lambda citation: json.dumps([as_csl(citation)], ensure_ascii=False, indent=2) + "\n",
    ),
}
"""Ending of the URL: name, media type and writer."""


class _Plain(rispy.RisWriter):  # type: ignore[misc]  # rispy has no types
    """RIS without the number that rispy sets above each record, which is not part of the format."""

    def set_header(self, count: int) -> str:  # noqa: ARG002 - the signature is rispy's
        return ""


def _links(entry: Entry, told: Iterable[str]) -> Iterator[str]:
    """Where the item or its document was taken from: the sources named beneath an item, else its own link."""
    given = [source.url for source in entry.sources] if entry.kind == "news" else []
    # A list of front matter is one text; and no address goes over the end of a line, where a record could begin.
    links = (link for text in (*given, entry.url, *told) for link in re.split(r",?\s+", text.strip()))
    return filter(is_safe_link, links)


def _slug(text: str) -> str:
    words = re.findall("[a-z0-9]+", text.casefold())
    slug = "-".join(words)
    return slug if len(slug) <= KEY_LENGTH else slug[:KEY_LENGTH].rpartition("-")[0] or slug[:KEY_LENGTH]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _bibtex(text: str) -> str:
    return "".join(_BIBTEX.get(c, c) for c in _one_line(text))


def _published(citation: Citation) -> str:
    return _("published %(date)s", date=moment(citation.published.isoformat())) if citation.published else ""


def _ends(event: EventDate) -> list[date]:
    return [event.start] if event.start == event.end else [event.start, event.end]


def _event_span(event: EventDate | None) -> str:
    return "/".join(day.isoformat() for day in _ends(event)) if event else ""


def _parts(day: date) -> list[int]:
    return [day.year, day.month, day.day]
