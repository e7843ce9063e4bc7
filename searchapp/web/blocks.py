"""A heading and its passages as a page shows them: lines, dates, actors, sources, and what matches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import groupby
from typing import Final

from markupsafe import Markup

from searchapp.deadline import check, each
from searchapp.model import Entry, EventDate, Filter, Found, Heading, Outline, Passage, Query, Range, Source
from searchapp.web.cite import LineIds
from searchapp.web.dates import date_words
from searchapp.web.languages import N_
from searchapp.web.listing import LONG_TITLE
from searchapp.web.markup import is_safe_link, marked, rich, table
from searchapp.web.urls import cite_url, entry_url, place_url, search_url
from searchapp.web.words import When, origin

SHOWN_DATES: Final = 3
ELSEWHERE: Final = "_elsewhere"
"""With an underscore, as all addresses of a page that are none of a heading: those have none."""
TOO_LONG: Final = N_("This text is too long to be shown as one page. A search finds the passages in it.")
DEEPEST: Final = 6
"""Level of the smallest heading of HTML."""


@dataclass(frozen=True, slots=True)
class Line:
    """A passage with its line, dates and actors."""

    id: str
    line: int
    kind: str
    html: Markup
    rows: tuple[tuple[Markup, ...], ...]
    """Cells, of a table only."""
    dates: tuple[When, ...]
    more_dates: int
    more_origin: str
    """Origin of the dates not shown, where the last one shown does not say it."""
    actors: tuple[tuple[str, str], ...]
    """Name and URL of the search for it."""
    hit: bool
    size: int
    """Characters of the text, by which the map of the document is drawn."""
    cite: str
    """URL of its reference."""
    depth: int
    """Of an item or a quote, from 1; 0 for others."""
    marker: str
    """Bullet or number of an item."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading and the passages of the entry that it opens, if any."""

    anchor: str
    title: Markup
    title_id: str
    """Address of the title's line; empty where another passage has it or nothing is shown."""
    line: int
    level: int
    """Of the HTML heading, 2 to 6; 0 for text without a heading of its own."""
    long: bool
    hit: bool
    """Whether the title itself is what matches."""
    lines: tuple[Line, ...]
    sources: tuple[Source, ...]
    when: When | None
    """Of a news item, whose date stands beside its title."""
    actors: tuple[tuple[str, str], ...]
    """Of a news item, those that its title names."""
    elsewhere: str
    """URL, for an item that another document tells in full."""
    document: str
    lang: str
    continued: bool = False
    """Whether it is the rest of an entry that began in the part before."""
    page: str = ""
    """URL of the entry's own page; empty for a heading without text and for an item told elsewhere."""


in_time = partial(each, said=TOO_LONG)
"""The blocks and lines of a page that templates write, as long as there is time."""


def bare_block(heading: Heading, depth: int, ids: LineIds, lang: str) -> Block:
    """A heading alone, in the language of its document."""
    check(TOO_LONG)
    return Block(
        anchor=heading.anchor,
        title=marked(heading.title),
        title_id=ids.take(heading.line) if heading.level else "",
        line=heading.line,
        level=min(depth + 1, DEEPEST) if heading.level else 0,
        long=False,
        hit=False,
        lines=(),
        sources=(),
        when=None,
        actors=(),
        elsewhere="",
        document="",
        lang=lang,
    )


def entry_block(
    outline: Outline,
    heading: Heading | None,
    entry: Entry,
    depth: int,
    found: Found,
    query: Query,
    ids: LineIds,
    lines: Range | None = None,
) -> Block:
    """An entry under its heading, if it has one, in the view of a document; `query` is what led there.

    Of lines, first and last, only what begins in them is shown.
    """
    elsewhere = entry.document.path != outline.ref.path
    # An item that another document tells is no place of this one: its anchor could be taken here.
    anchor = heading.anchor if heading else f"{ELSEWHERE}-{entry.anchor}" if elsewhere else entry.anchor
    # Text before the first heading stands under the document's own title.
    titled = heading.level > 0 if heading else entry.kind == "news" or entry.title != outline.ref.title
    title_line = entry.passages[0].lines[0]
    continued = lines is not None and not elsewhere and title_line < lines[0]
    which = [
        place for place, passage in enumerate(() if elsewhere else entry.passages) if place and passage.begins_in(lines)
    ]
    return Block(
        anchor=anchor,
        title=title_of(entry, found),
        title_id=ids.take(title_line) if titled and not elsewhere and not continued else "",
        line=title_line,
        level=min(depth + 1, DEEPEST) if titled else 0,
        long=len(entry.title) >= LONG_TITLE,
        hit=0 in found.evidence and not continued,
        lines=lines_of(entry, found, (ids.take(entry.passages[place].lines[0]) for place in which), which),
        sources=() if elsewhere or (lines and entry.lines[1] > lines[1]) else usable(entry.sources),
        when=When.of(entry.date) if entry.kind == "news" else None,
        actors=_actors(entry.passages[0]) if entry.kind == "news" else (),
        elsewhere=place_url(entry, entry.anchor, entry.lines[0]) if elsewhere else "",
        document=entry.document.title,
        lang=entry.lang,
        continued=continued,
        page="" if elsewhere else entry_url(entry.id, query),
    )


def title_of(entry: Entry, found: Found) -> Markup:
    """The title, with what matches in it marked."""
    return marked(entry.title, found.marks[0] if found.marks else ())


def lines_of(entry: Entry, found: Found, names: Iterable[str], which: Sequence[int]) -> tuple[Line, ...]:
    """Some passages, by their places in the entry, each with an address of its own."""
    marks = found.marks or [()] * len(entry.passages)
    # A news item may itself be an item of a list: what all of it stands in is none of its depth.
    around = min((passage.depth for passage in entry.passages if passage.depth), default=1) - 1
    held = frozenset(found.evidence)
    return tuple(
        _line(
            entry.passages[place],
            marks[place],
            name,
            cite_url(entry.id, place),
            hit=place in held,
            depth=max(0, entry.passages[place].depth - around),
        )
        for place, name in zip(which, names, strict=True)
    )


def usable(sources: Iterable[Source]) -> tuple[Source, ...]:
    """Sources as they are shown: a link that cannot be followed is only named."""
    return tuple(source if is_safe_link(source.url) else replace(source, url="") for source in sources)


def _line(passage: Passage, marks: Sequence[Range], name: str, cite: str, *, hit: bool, depth: int) -> Line:
    check(TOO_LONG)
    is_table = passage.kind == "table"
    dates = tuple(_dates(passage.dates))
    kept = dates if len(dates) <= SHOWN_DATES + 1 else dates[:SHOWN_DATES]
    return Line(
        id=name,
        line=passage.lines[0],
        kind=passage.kind,
        html=Markup("") if is_table else rich(passage.text, passage.spans, marks),
        rows=tuple(map(tuple, table(passage.text, passage.spans, marks))) if is_table else (),
        dates=kept or (When.of(None),),
        more_dates=len(dates) - len(kept),
        more_origin="" if not kept or kept[-1].origin else next(d.origin for d in dates[len(kept) :] if d.origin),
        actors=_actors(passage),
        hit=hit,
        size=len(passage.text),
        cite=cite,
        depth=depth,
        marker=passage.marker,
    )


def _actors(passage: Passage) -> tuple[tuple[str, str], ...]:
    return tuple((name, actor_url(name)) for name in passage.actors)


@lru_cache(maxsize=4096)
def actor_url(name: str) -> str:
    """URL of the search for an actor. A document names the same ones over and over."""
    return search_url(Query(filters=frozenset({Filter("actor", name)})))


def _dates(dates: Iterable[EventDate]) -> Iterable[When]:
    """Each date once; of several with one origin only the last says it."""
    for of, group in groupby(dates, key=lambda when: when.origin):
        found = list({date_words(when): When.of(when) for when in group}.values())
        for when in found[:-1]:
            yield replace(when, origin="")
        yield replace(found[-1], origin=origin(of))
