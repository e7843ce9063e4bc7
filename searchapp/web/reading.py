"""A whole document as its view shows it: blocks under headings, passages by line, what matches in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from markupsafe import Markup

from searchapp.engine import Engine
from searchapp.model import Entry, Found, Heading, Outline, Query
from searchapp.web.blocks import Block, bare_block, entry_block, in_time, lines_of, title_of, usable
from searchapp.web.cite import LineIds, passage_ids
from searchapp.web.languages import N_
from searchapp.web.languages import gettext as _
from searchapp.web.markup import cut, marked
from searchapp.web.sentences import asks

CONTENTS_TITLE: Final = 90
OPENING: Final = N_("Opening text")


@dataclass(frozen=True, slots=True)
class Step:
    """A passage that matches, and the way to those before and after it."""

    number: int
    """1 for the first of the document."""
    id: str
    previous: str
    next: str
    """Addresses; empty where there is none."""
    at: float
    """Where in the document it stands, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Content:
    """A line of the table of contents."""

    title: str
    anchor: str
    depth: int
    hits: int


@dataclass(frozen=True, slots=True)
class View:
    """All that the page of a document shows."""

    outline: Outline
    title: Markup
    lang: str
    """That of the document's entries, which is one."""
    title_id: str
    """Address of the title's line; empty where a passage has it."""
    blocks: tuple[Block, ...]
    contents: tuple[Content, ...]
    passages: int
    steps: Mapping[str, Step]
    """The passages that the search finds in this document, in order, by their address."""
    asked: bool
    """Whether there is a search at all."""

    @property
    def hits(self) -> int:
        """How many passages match."""
        return len(self.steps)


NOTHING: Final = Found((), ())


def read(engine: Engine, outline: Outline, query: Query) -> View:
    """Take a document together again from its outline and entries, with what matches the search marked."""
    asked = asks(query)
    found = engine.reading(query, outline.ref.path) if asked else {}
    entries = [entry for entry in in_time(map(engine.entry, outline.entries)) if entry is not None]
    lang = next((entry.lang for entry in entries if entry.document.path == outline.ref.path), "")
    ids = LineIds()
    blocks, contents = [], []
    for heading, entry, depth in _sequence(_below_title(outline), entries, outline.ref.path):
        if entry is None and heading is not None:
            blocks.append(bare_block(heading, depth, ids, lang))
            contents.append(Content(heading.title, heading.anchor, depth, 0))
        elif entry is not None:
            here = found.get(entry.id, NOTHING)
            blocks.append(entry_block(outline, heading, entry, depth, here, query, ids))
            title = _(OPENING) if heading and not heading.level else cut(entry.title, (), CONTENTS_TITLE)[0]
            contents.append(Content(title, blocks[-1].anchor, depth, len(here.evidence)))
    opening = blocks[0] if blocks and not blocks[0].level else None
    title_id = ids.take_free(opening.line) if opening else ""
    return View(
        outline=outline,
        title=opening.title if opening else marked(outline.ref.title),
        lang=lang,
        title_id=title_id,
        blocks=tuple(_sources_under_their_heading(blocks)),
        contents=tuple(contents),
        passages=sum(len(entry.body) for entry in entries if entry.document.path == outline.ref.path),
        steps=steps(blocks, title_id),
        asked=asked,
    )


def alone(entry: Entry, found: Found) -> Block:
    """What follows the title on an entry's own page: its passages, each with its reference."""
    ids = passage_ids(entry.passages)
    bare = bare_block(Heading(0, entry.title, entry.anchor, entry.lines[0], entry.id), 1, LineIds(), entry.lang)
    return replace(
        bare,
        title=title_of(entry, found),
        title_id=ids[0],
        hit=0 in found.evidence,
        lines=lines_of(entry, found, ids[1:]),
        sources=usable(entry.sources),
    )


def steps(blocks: Iterable[Block], title_id: str = "") -> Mapping[str, Step]:
    """The matching passages of the blocks, in order; a title without an address of its own has the document's."""
    places: list[tuple[str, int]] = []
    position = 0
    for block in blocks:
        if block.hit:
            places.append((block.title_id or title_id, position))
        position += len(block.title)
        for line in block.lines:
            if line.hit:
                places.append((line.id, position))
            position += line.size
    ids = ["", *(name for name, _ in places), ""]
    return {
        name: Step(number, name, ids[number - 1], ids[number + 1], at / max(position, 1))
        for number, (name, at) in enumerate(places, start=1)
    }


def _sources_under_their_heading(blocks: Sequence[Block]) -> list[Block]:
    """A heading without text right after an item with sources is theirs: in the file they stood under it."""
    moved = list(blocks)
    for place, (block, following) in enumerate(pairwise(blocks)):
        if block.sources and not (following.lines or following.sources or following.when or following.elsewhere):
            moved[place] = replace(block, sources=())
            moved[place + 1] = replace(following, sources=block.sources)
    return moved


def _below_title(outline: Outline) -> tuple[Heading, ...]:
    """The headings; a first one that only says the document's title again counts as that title, as level 0 does."""
    first, *others = outline.headings or (None,)
    if first is None or first.title != outline.ref.title:
        return outline.headings
    return (replace(first, level=0), *others)


def _sequence(
    headings: Sequence[Heading], entries: Iterable[Entry], path: str
) -> Iterable[tuple[Heading | None, Entry | None, int]]:
    """Headings and entries in the order of the document, each with its depth (1 is outermost).

    An entry without a heading of its own comes after the headings above it; one that another document tells
    keeps its place among its neighbours.
    """
    opened = {heading.entry: place for place, heading in enumerate(headings) if heading.entry}
    open_levels: list[int] = []
    done = 0

    def until(stop: int) -> Iterable[tuple[Heading | None, Entry | None, int]]:
        nonlocal done
        for heading in headings[done:stop]:
            yield heading, None, _deepen(open_levels, heading.level)
        done = max(done, stop)

    for entry in entries:
        place = opened.get(entry.id)
        if place is not None and place >= done:
            yield from until(place)
            done = place + 1
            yield headings[place], entry, _deepen(open_levels, headings[place].level)
            continue
        if entry.document.path == path:
            above = [p for p, heading in enumerate(headings) if heading.line <= entry.lines[0]]
            yield from until(above[-1] + 1 if above else 0)
        yield None, entry, len(open_levels) + 1
    yield from until(len(headings))


def _deepen(open_levels: list[int], level: int) -> int:
    """Close the headings that this one ends and open it; its depth. Skipped levels do not deepen."""
    while open_levels and open_levels[-1] >= level:
        open_levels.pop()
    if level:
        open_levels.append(level)
    return max(1, len(open_levels))
