"""A document too long for one page: which of its entries stand in which part, and what a search finds in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import itemgetter
from typing import Final

from searchapp.engine import Engine
from searchapp.model import DocumentRef, Found, Outline, Query, Range
from searchapp.web.blocks import Block
from searchapp.web.markup import cut
from searchapp.web.urls import document_url

LONGEST_TITLE: Final = 90
NOTHING: Final = Found((), ())


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a document that is too long for one page."""

    number: int
    title: str
    """Of the first heading in it; of a part without one, of that before it."""
    lines: Range
    url: str
    hits: int
    current: bool


def of_part(outline: Outline, part: int) -> Sequence[str]:
    """The entry that begins last before a part and may reach into it, empty where none can; those that begin in it."""
    if not outline.ref.parts:
        return ("", *outline.entries)
    begin = list(
        zip((outline.ref.part(start) for start in outline.starts), outline.starts, outline.entries, strict=True)
    )
    _, _, before = max((one for one in begin if one[0] < part), key=itemgetter(1), default=(0, 0, ""))
    return (before, *(entry_id for number, _, entry_id in begin if number == part))


def cut_to(block: Block, ref: DocumentRef, part: int, last: int) -> Block:
    """What of an entry stands in a part; `last` is the last line of the entry."""
    if not ref.parts or block.elsewhere:
        return block
    lines = tuple(line for line in block.lines if ref.part(line.line) == part)
    continued = ref.part(block.line) < part
    return replace(
        block,
        lines=lines,
        sources=block.sources if ref.part(last) == part else (),
        title_id="" if continued else block.title_id,
        hit=block.hit and not continued,
        continued=continued,
    )


def parts_of(
    engine: Engine, outline: Outline, query: Query, found: Mapping[str, Found], part: int, place: int
) -> Iterator[Part]:
    """All parts of a document, with how many passages of each the search finds."""
    ref = outline.ref
    hits: Counter[int] = Counter()
    for entry_id, start, end in zip(outline.entries, outline.starts, (*outline.starts[1:], outline.lines), strict=True):
        places = found.get(entry_id, NOTHING).evidence
        if places and ref.part(start) == ref.part(end):
            hits[ref.part(start)] += len(places)
        elif places and (entry := engine.entry(entry_id)):
            hits.update(ref.part(entry.passages[at].lines[0]) for at in places)
    titles = {ref.part(heading.line): heading.title for heading in reversed(outline.headings) if heading.level}
    title = ""
    bounds = (1, *ref.parts, outline.lines + 1)
    for number, (first, end) in enumerate(pairwise(bounds), start=1):
        title = titles.get(number, title)
        url = document_url(ref.path, query, place=place, part=number)
        lines = (first, max(first, end - 1))
        yield Part(number, cut(title, (), LONGEST_TITLE)[0], lines, url, hits[number], number == part)
