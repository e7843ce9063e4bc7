"""A page of results as the template shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from markupsafe import Markup

from searchapp.model import Entry, Evidence, Filter, Hit, Query, Results
from searchapp.web.cite import passage_id, passage_number
from searchapp.web.dates import shown_date
from searchapp.web.languages import ngettext, number
from searchapp.web.markup import cut, marked
from searchapp.web.sentences import asks, reason_words
from searchapp.web.urls import MAX_PAGE, adding, cite_url, document_url, entry_url, place_url, search_url
from searchapp.web.words import When, origin_of_entry, shortened, with_suffix

LONG_TITLE: Final = 120
"""Characters from which a title is set as text."""
WHOLE_TITLE, SHORT_TITLE = 240, 60
"""Characters to which a title is cut, and one that is only said."""
LONGEST_DOCUMENT: Final = 100
LONGEST_HEADING: Final = 80
MOST_HEADINGS: Final = 5
"""Headings of a path that are shown, one of them '…' where there are more."""
SHOWN_ACTORS: Final = 6
SHOWN_TAGS: Final = 4
PAGES_AROUND: Final = 2


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage that matches: its date, its text with marks, and the way to its line."""

    when: When
    html: Markup
    url: str
    line: int
    more_dates: int = 0
    """How many dates the passage has besides the one shown."""


@dataclass(frozen=True, slots=True)
class Tag:
    """An actor as a link that filters, or stops filtering."""

    name: str
    url: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Item:
    """One result."""

    is_news: bool
    document: str
    document_url: str
    path: tuple[str, ...]
    title: Markup
    short: str
    """The title to be said after what a link does."""
    long: bool
    url: str
    place: int
    """In the whole list of results; 1 for the first."""
    page: str
    """URL of the entry's own page."""
    cite: str
    """URL of the reference to the passage that is shown first."""
    reasons: tuple[str, ...]
    """Why it is where it is, where the query asks that."""
    when: When
    quotes: tuple[Quote, ...]
    line: Quote | None
    """The title's own line, where the title is what matches and no quote follows."""
    more: str
    """'3 of 7 matching passages', or empty when all are shown."""
    evidence: int
    actors: tuple[Tag, ...]
    more_actors: int
    tags: tuple[str, ...]
    lang: str
    partial: bool
    """Whether it holds only some of the words, among others that hold all."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Where one is in the results."""

    first: int
    last: int
    total: int
    page: int
    links: tuple[tuple[int, str], ...]
    """Page and its URL; (0, '') stands for pages left out."""
    previous: str
    next: str
    next_count: int
    capped: bool
    """Whether there are results after the last page that can be shown."""


def items(results: Results) -> tuple[Item, ...]:
    """The results of a page, in order."""
    mixed = results.query.match == "all" and 0 < results.full_matches < results.total
    first = (results.query.page - 1) * results.query.per_page + 1
    shown = {hit.entry.document.path for hit in results.hits}
    labels = {value.value: value.label for value in results.facets.get("document", ()) if value.value in shown}
    tags = _Tags(results.query)
    return tuple(
        _item(results.query, hit, place, labels.get(hit.entry.document.path, ""), tags, partial=mixed and not hit.full)
        for place, hit in enumerate(results.hits, start=first)
    )


def pages(results: Results) -> Pages:
    """Links to the other pages of the same search."""
    query = results.query
    wanted = -(-results.total // query.per_page)
    last = min(wanted, MAX_PAGE)
    near = {1, last, *range(query.page - PAGES_AROUND, query.page + PAGES_AROUND + 1)}
    links: list[tuple[int, str]] = []
    for page in sorted(page for page in near if 1 <= page <= last):
        if links and page - links[-1][0] > 1:
            links.append((0, ""))
        links.append((page, search_url(query.on_page(page))))
    first = (query.page - 1) * query.per_page
    shown = first + len(results.hits)
    return Pages(
        first=first + 1 if results.hits else 0,
        last=shown,
        total=results.total,
        page=query.page,
        links=tuple(links) if last > 1 else (),
        previous=search_url(query.on_page(min(query.page - 1, last))) if query.page > 1 and last else "",
        next=search_url(query.on_page(query.page + 1)) if query.page < last else "",
        next_count=min(query.per_page, results.total - shown),
        capped=wanted > MAX_PAGE and query.page == MAX_PAGE,
    )


class _Tags:
    """Actors as links that filter a search by them, or no longer do."""

    def __init__(self, query: Query) -> None:
        first = query.on_page(1)
        self._chosen = query.values("actor")
        in_use = self._chosen or query.values("actor", exclude=True)
        self._link = partial(_toggling, first) if in_use else adding(first, "actor")

    def of(self, entry: Entry, evidence: Iterable[Evidence]) -> tuple[tuple[Tag, ...], int]:
        """Actors of an entry that are shown: those filtered by first, then those of the passages shown, then others;
        and how many more there are."""
        actors = entry.actors
        shown = [actor for found in evidence for actor in found.passage.actors]
        names = list(dict.fromkeys([*(actor for actor in actors if actor in self._chosen), *shown, *actors]))
        kept = names[:SHOWN_ACTORS] if len(names) > SHOWN_ACTORS + 1 else names
        return tuple(Tag(name, self._link(name), name in self._chosen) for name in kept), len(names) - len(kept)


def _toggling(query: Query, actor: str) -> str:
    """The search with an actor selected, or no longer; never selected and excluded at once."""
    bare = replace(query, filters=query.filters - {Filter("actor", actor, exclude=True)})
    return search_url(bare.toggle(Filter("actor", actor)))


def _item(query: Query, hit: Hit, place: int, label: str, tags: _Tags, *, partial: bool) -> Item:
    entry = hit.entry
    title, marks = cut(entry.title, hit.title_marks, WHOLE_TITLE)
    quotes = tuple(_quote(query, entry, found, place) for found in hit.passages if found.passage.kind != "title")
    titles = len(hit.passages) - len(quotes)
    actors, more_actors = tags.of(entry, hit.passages)
    shown = min(len(quotes) + titles, hit.evidence)
    return Item(
        is_news=entry.kind == "news",
        document=with_suffix(entry.document.title, label, LONGEST_DOCUMENT),
        document_url=document_url(entry.document.path, query, place=place),
        path=_path(entry.heading_path),
        title=marked(title, marks),
        short=shortened(entry.title, SHORT_TITLE),
        long=len(entry.title) >= LONG_TITLE,
        url=place_url(entry, entry.anchor, entry.lines[0], query, place),
        place=place,
        page=entry_url(entry.id, query, place=place),
        cite=cite_url(entry.id, _best(hit)),
        reasons=tuple(reason_words(reason) for reason in hit.reasons),
        when=When.of(entry.date, origin_of_entry(entry.date, entry.kind)),
        quotes=quotes,
        line=None if quotes else _line(query, entry, place),
        more=_more(shown, hit.evidence, matching=asks(query)) if shown < hit.evidence else "",
        evidence=hit.evidence,
        actors=actors,
        more_actors=more_actors,
        # A section has the tags of its whole document: said once there, they would be noise on each result.
        tags=entry.tags[:SHOWN_TAGS] if entry.kind == "news" else (),
        lang=entry.lang,
        partial=partial,
    )


def _path(headings: Sequence[str]) -> tuple[str, ...]:
    """Headings above an entry, each cut, and of many the first and the last ones."""
    shown = [shortened(heading, LONGEST_HEADING) for heading in headings]
    return (*shown[:1], "…", *shown[2 - MOST_HEADINGS :]) if len(shown) > MOST_HEADINGS else tuple(shown)


def _more(shown: int, evidence: int, *, matching: bool) -> str:
    shown_words = number(shown)
    if matching:
        return ngettext(
            "%(shown)s of %(count)s matching passage",
            "%(shown)s of %(count)s matching passages",
            evidence,
            shown=shown_words,
        )
    return ngettext("%(shown)s of %(count)s passage", "%(shown)s of %(count)s passages", evidence, shown=shown_words)


def _best(hit: Hit) -> int:
    """The place in its entry of the passage that is shown first."""
    return passage_number(hit.entry, hit.passages[0].passage) if hit.passages else 0


def _quote(query: Query, entry: Entry, found: Evidence, place: int) -> Quote:
    line = found.passage.lines[0]
    return Quote(
        when=When.of(shown_date(found.passage.dates, query)),
        html=marked(found.text, found.marks),
        url=place_url(entry, passage_id(entry, passage_number(entry, found.passage)), line, query, place),
        line=line,
        more_dates=max(0, len(found.passage.dates) - 1),
    )


def _line(query: Query, entry: Entry, place: int) -> Quote:
    line = entry.passages[0].lines[0]
    return Quote(When.of(entry.date), Markup(""), place_url(entry, f"L{line}", line, query, place), line)
