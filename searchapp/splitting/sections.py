"""Headings become a tree: which text stands under which headings, and by which anchor each is found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from searchapp.model import Range, Span
from searchapp.splitting.blocks import Block
from searchapp.splitting.text import decoded

TOP = "top"
"""Anchor of the text before the first heading."""
MAX_ANCHOR = 80
_TITLE_KEYS = ("title", "subject", "headline", "name")


class Anchors:
    """Gives out anchors, each once in a document: 'idlib', 'idlib-2', ..."""

    def __init__(self) -> None:
        self._next = {TOP: 2}

    def take(self, text: str) -> str:
        """An anchor for a heading's text. Letters and digits of any script stay; the rest becomes '-'."""
        base = slug(text, MAX_ANCHOR) or "section"
        anchor = base
        while anchor in self._next:
            self._next[base] += 1
            anchor = f"{base}-{self._next[base] - 1}"
        self._next[anchor] = 2
        return anchor


def slug(text: str, length: int) -> str:
    """Lower-case words joined by '-', at most `length` characters."""
    words = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", text).lower()).strip("-")
    return words[:length].rstrip("-")


@dataclass(slots=True)
class Section:
    """A heading, or the start of the document, with the blocks up to the next heading."""

    title: str
    """The heading's text as shown: without a colon at its end. Of the start: the document's title."""
    anchor: str
    path: tuple[str, ...]
    """Titles of the headings above, outermost first."""
    level: int = 0
    """1 to 6; 0 for the start of the document."""
    heading: Block | None = None
    blocks: list[Block] = field(default_factory=list)

    @property
    def lines(self) -> Range:
        """From the heading to the last line of its own text; (0, 0) for an empty start."""
        blocks = [self.heading, *self.blocks] if self.heading else self.blocks
        if not blocks:
            return (0, 0)
        return blocks[0].lines[0], max(block.lines[1] for block in blocks)

    @property
    def spans(self) -> tuple[Span, ...]:
        """Formatting of the heading."""
        return self.heading.spans if self.heading else ()


def sections(blocks: Iterable[Block], title: str, anchors: Anchors) -> list[Section]:
    """The document's sections in order; the first is its start. Headings need not be nested in order.

    A first heading of level 1 that is the document's title is no part of any path.
    """
    found = [Section(title, TOP, ())]
    above: list[tuple[int, str]] = []
    for block in blocks:
        if block.kind != "heading":
            found[-1].blocks.append(block)
            continue
        while above and above[-1][0] >= block.level:
            above.pop()
        name = shown(block.text)
        found.append(Section(name, anchors.take(block.text), tuple(t for _, t in above), block.level, block))
        if not (len(found) == 2 and block.level == 1 and name == title):
            above.append((block.level, name))
    return found


def shown(heading: str) -> str:
    """A heading as a title: without the colon that leads over to its text."""
    return heading.rstrip(" :") or heading


def stated_title(metadata: Mapping[str, object]) -> str:
    """The title in the front matter, or empty."""
    values = (metadata.get(key) for key in _TITLE_KEYS)
    texts = (" ".join(decoded(str(value)).split()) for value in values if isinstance(value, (str, int, float)))
    return next(filter(None, texts), "")


def first_title(blocks: Sequence[Block]) -> str:
    """The first heading of level 1 as shown, or empty."""
    return next((shown(block.text) for block in blocks if block.level == 1), "")


def file_title(path: str) -> str:
    """A title made of a file name: '2015-03-17-barrel_bombs.md' gives 'Barrel bombs'.

    A folder's index is named for the folder; a name that is only a date stays one.
    """
    place = PurePosixPath(path)
    stem = place.stem
    if stem.lower().strip("_") in ("index", "readme") and place.parent.name:
        stem = place.parent.name
    name = re.sub(r"^\d{4}-\d{2}-\d{2}[-_. ]+(?=\S)", "", stem)
    if re.fullmatch(r"\d{4}(?:-\d{2}){1,2}", name):
        return name
    words = " ".join(re.sub(r"[-_]+", " ", name).split())
    return words[:1].upper() + words[1:] if words else stem
