"""The audit page: what is in the index, how dates and names got there, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, render_template

from searchapp.engine import Engine
from searchapp.model import ORIGINS, UNDATED, Audit, DocumentCounts, Filter, NameCounts, Outline, Query
from searchapp.naming import natural, told_apart
from searchapp.web.facets import each_once, in_order
from searchapp.web.languages import N_
from searchapp.web.languages import gettext as _
from searchapp.web.listing import LONG_TITLE
from searchapp.web.sentences import percent as share_words
from searchapp.web.urls import document_url, search_url
from searchapp.web.words import alternatives, capitalised, counted, group_noun, origin, with_suffix

ORIGIN_NOTES: Final = {
    "stated": N_("a date with its year in the passage"),
    "completed": N_("day or month in the passage; year from the heading or what stands nearby"),
    "heading": N_("such as “September–October 2015”"),
    "item": N_("a news item’s own date"),
    "published": N_("where the settings of the collection, or the lack of any event date, let it count"),
    UNDATED: N_("no certain date in the text; never guessed"),
}


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document and what was found in it."""

    outline: Outline
    title: str
    """Told apart from others that are equal."""
    url: str
    counts: DocumentCounts
    undated_url: str
    """A search for its undated passages; empty when there are none."""

    @property
    def dated(self) -> str:
        """Share of the passages that have a date: '61 %'."""
        return percent(self.counts.dated, self.counts.passages)

    @property
    def named(self) -> str:
        """Share of the passages that name an actor."""
        return percent(self.counts.named, self.counts.passages)


@dataclass(frozen=True, slots=True)
class OriginRow:
    """How some passages were dated."""

    title: str
    note: str
    count: int
    share: int
    """Percent of the largest count, at least 1 when there is anything."""
    undated: bool


@dataclass(frozen=True, slots=True)
class NameRow:
    """A name, the search for it, and how often each spelling occurs."""

    name: str
    url: str
    """Empty for a name that nothing is found by."""
    entries: int
    spellings: tuple[tuple[str, int], ...]
    by_tag: bool
    """Whether it is known only by the tags of entries, not by their text."""


@dataclass(frozen=True, slots=True)
class NameGroup:
    """The names of a type."""

    title: str
    rows: tuple[NameRow, ...]
    """Those in most entries first."""

    @property
    def found(self) -> int:
        """How many of them occur."""
        return sum(bool(row.entries) for row in self.rows)


@dataclass(frozen=True, slots=True)
class About:
    """All that the page tells."""

    audit: Audit
    documents: tuple[DocumentRow, ...]
    origins: tuple[OriginRow, ...]
    undated_url: str
    """A search for the undated passages; empty when there are none."""
    names: tuple[NameGroup, ...]
    known: str
    """'204 actors and 107 places': what the gazetteer holds."""
    spellings: int
    unused: int
    """Spellings that never occur."""
    bad_files: int


def blueprint(engine: Engine) -> Blueprint:
    """`/about` of one corpus."""
    page = Blueprint("about", __name__)

    @page.get("/about")
    def about() -> str:
        return render_template("about.html", query=Query(), about=told(engine.audit()))

    return page


def told(audit: Audit) -> About:
    """An audit as the page shows it."""
    counts = {found.path: found for found in audit.counts.documents}
    outlines = sorted(audit.outlines.values(), key=lambda outline: natural(outline.ref.path))
    titles = told_apart({outline.ref.path: outline.ref.title for outline in outlines})
    names = audit.counts.names
    places = sum(found.name.is_place for found in names)
    written = [often for found in names for _, often in found.spellings]
    kinds = [(len(names) - places, "actor"), (places, "place")]
    return About(
        audit=audit,
        documents=tuple(_document(outline, titles[outline.ref.path], counts[outline.ref.path]) for outline in outlines),
        origins=_origins(audit),
        undated_url=_undated_url() if audit.status.origins.get(UNDATED) else "",
        names=_groups(names),
        known=alternatives([counted(number, noun) for number, noun in kinds if number], all_of=True),
        spellings=len(written),
        unused=written.count(0),
        bad_files=len({problem.path for problem in audit.status.problems}),
    )


def percent(part: int, whole: int) -> str:
    """'61 %'; a dash where there is nothing to take a part of."""
    return share_words(part / whole) if whole else "–"


def _document(outline: Outline, label: str, counts: DocumentCounts) -> DocumentRow:
    path = outline.ref.path
    title = with_suffix(outline.ref.title, label, LONG_TITLE)
    undated = _undated_url(Filter("document", path)) if counts.dated < counts.passages else ""
    return DocumentRow(outline, title, document_url(path), counts, undated)


def _undated_url(*filters: Filter) -> str:
    return search_url(Query(filters=frozenset({Filter("year", UNDATED), *filters})))


def _origins(audit: Audit) -> tuple[OriginRow, ...]:
    counts = audit.status.origins
    largest = max(counts.values(), default=0)
    rows = []
    for name, title in [*((name, origin(name)) for name in ORIGINS), (UNDATED, _("undated"))]:
        count = counts.get(name, 0)
        share = max(1, round(100 * count / largest)) if count else 0
        rows.append(OriginRow(capitalised(title), _(ORIGIN_NOTES[name]), count, share, name == UNDATED))
    return tuple(rows)


def _groups(names: tuple[NameCounts, ...]) -> tuple[NameGroup, ...]:
    by_noun: dict[str, list[NameCounts]] = {}
    given = (_("places") if each.name.is_place else group_noun(each.name.type) or _("others") for each in names)
    for noun, found in zip(each_once(given), names, strict=True):
        by_noun.setdefault(noun, []).append(found)
    nouns = sorted(in_order(by_noun), key=lambda noun: noun == _("places"))
    return tuple(
        NameGroup(capitalised(noun), tuple(map(_name, sorted(by_noun[noun], key=_most_first)))) for noun in nouns
    )


def _most_first(found: NameCounts) -> tuple[int, str]:
    return -found.entries, found.name.name.casefold()


def _name(found: NameCounts) -> NameRow:
    facet = Filter("place" if found.name.is_place else "actor", found.name.name)
    url = search_url(Query(filters=frozenset({facet}))) if found.entries else ""
    by_tag = found.entries > 0 and not any(often for _, often in found.spellings)
    return NameRow(found.name.name, url, found.entries, found.spellings, by_tag)
