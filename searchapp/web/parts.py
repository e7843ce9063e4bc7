"""A document too long for one page: its parts, and what a search finds in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from searchapp.engine import Engine
from searchapp.model import Found, Outline, Query, Range
from searchapp.web.markup import cut
from searchapp.web.urls import document_url

LONGEST_TITLE: Final = 90
MOST_ALONE: Final = 1_200
"""Passages of an entry on its own page: more than in any part."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document that is too long for one page."""

    number: int
    title: str
    """Of the first heading in it; empty where there is none."""
    lines: Range
    url: str
    hits: int
    current: bool


@dataclass(frozen=True, slots=True)
class Beyond:
    """Where the search goes on in another part."""

    number: int
    hits: int
    url: str
    """Of the passage that is the nearest."""


def parts_of(
    engine: Engine, outline: Outline, query: Query, found: Mapping[str, Found], part: int, place: int
) -> Iterator[Part]:
    """All parts of a long document, with how many passages of each the search finds; none of a short one."""
    ref = outline.ref
    hits: Counter[int] = Counter()
    for entry_id, lines in zip(outline.entries, outline.spans, strict=True) if ref.parts else ():
        places = found[entry_id].evidence if entry_id in found else ()
        if places and ref.part(lines[0]) == ref.part(lines[1]):
            hits[ref.part(lines[0])] += len(places)
        elif places and (entry := engine.entry(entry_id)):
            hits.update(ref.part(entry.passages[at].lines[0]) for at in places)
    titles = {ref.part(heading.line): heading.title for heading in reversed(outline.headings) if heading.level}
    for number in range(1, len(ref.parts) + 2) if ref.parts else ():
        first, last = ref.lines(number)
        title, _ = cut(titles.get(number, ""), (), LONGEST_TITLE)
        url = document_url(ref.path, query, place=place, part=number)
        yield Part(number, title, (first, min(last, outline.lines)), url, hits[number], number == part)


def beyond(
    engine: Engine, outline: Outline, found: Mapping[str, Found], part: Part | None, *, last: bool
) -> Beyond | None:
    """The last or the first passage that the search finds in a part."""
    if part is None:
        return None
    lines = [
        entry.passages[at].lines[0]
        for entry_id in outline.reached(part.lines)
        if entry_id in found and (entry := engine.entry(entry_id))
        for at in found[entry_id].evidence
        if entry.passages[at].begins_in(part.lines)
    ]
    return Beyond(part.number, part.hits, f"{part.url}#L{lines[-1] if last else lines[0]}")
