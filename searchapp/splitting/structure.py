"""A document becomes entries with passages, not yet dated or tagged: blocks, sections and news put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from searchapp.model import Document, DocumentRef, Entry, EventDate, Heading, Passage
from searchapp.splitting import blocks, news
from searchapp.splitting.blocks import BULLET, Block
from searchapp.splitting.dating.headings import dates_items
from searchapp.splitting.sections import TOP, Anchors, Section, file_title, first_title, sections, stated_title
from searchapp.splitting.text import decoded

PART = 800
"""Passages and headings of a part, about, where a document has more: to show them takes a fifth of a page's time."""
SLACK = 0.2
"""How much of a part a cut may lie before or behind its place, so that a heading begins there."""
MAX_TAG = 100
"""Length of a front matter tag, in characters, beyond which it is prose."""
MAX_DATE = 80
"""Length of a text, in characters, beyond which it is more than a date: it need not be read to see that."""
_TAG_KEYS = ("tags", "tag", "categories", "category", "topics", "keywords")


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry whose passages are not dated or tagged yet."""

    entry: Entry
    tags: tuple[str, ...]
    """All tags, names of actors and places among them."""
    own: bool
    """False for a news item that the page only mentions."""


@dataclass(frozen=True, slots=True)
class Structure:
    """A document taken apart."""

    ref: DocumentRef
    drafts: tuple[Draft, ...]
    """In the order of the document; each id once."""
    headings: tuple[Heading, ...]
    items: Mapping[int, int]
    """First and last line of each list item."""
    hidden: tuple[int, ...]
    """First lines of blocks of HTML whose words are left out."""
    titled: bool
    """False where the document says no title, and its file's name stands in."""


def take_apart(document: Document) -> Structure:
    """Entries and headings of a document. Never raises, whatever the Markdown."""
    parsed = blocks.parse(document.body, document.first_line, mdx=document.path.endswith(".mdx"))
    found = parsed.blocks
    page = news.page_date(found)
    title = _title(document, found, page)
    ref = DocumentRef(document.path, title or file_title(document.path))
    anchors = Anchors()
    parts = sections(found, ref.title, anchors)
    making = _Making(document, ref, anchors)
    items = news.take_items(parts, page)
    told = {id(item.section) for item in items if item.own}
    drafts = [making.item(item) for item in items]
    drafts += [making.section(part) for part in parts if id(part) not in told and any(b.text for b in part.blocks)]
    drafts.sort(key=lambda draft: draft.entry.lines[0])
    if not drafts and (document.metadata or len(parts) > 1):
        drafts = [making.title_only(parts)]
    drafts = list(merged(drafts))
    headings = tuple(_headings(document, parts, drafts))
    if len(found) > PART:
        ref = _in_parts(ref, drafts, headings)
        drafts = [replace(draft, entry=replace(draft.entry, document=ref)) for draft in drafts]
    ends = {block.lines[0]: block.until for block in found if block.until}
    return Structure(ref, tuple(drafts), headings, ends, tuple(parsed.hidden), titled=bool(title))


def _in_parts(ref: DocumentRef, drafts: Sequence[Draft], headings: Sequence[Heading]) -> DocumentRef:
    """The document with the lines at which it is cut, if it is long: into parts of about one length, at headings where
    there are any. What stands on one line, as a table does, is never cut."""
    titles = {heading.line for heading in headings}
    own = [passage for draft in drafts if draft.entry.document is ref for passage in draft.entry.passages]
    stretches = sorted({passage.lines for passage in own} | {(line, line) for line in titles})
    parts = -(-len(stretches) // PART)
    cuts: list[int] = []
    last = 0
    for count, (first, end) in enumerate(stretches):
        near = len(cuts) + 1 + (-SLACK if first in titles else SLACK)
        if len(cuts) + 1 < parts and count >= near * len(stretches) / parts and first > last:
            cuts.append(first)
        last = max(last, end)
    return replace(ref, parts=tuple(cuts))


def merged(drafts: Iterable[Draft]) -> Iterator[Draft]:
    """Each entry once: an item's own telling, else the first, with the tags of all and a link if any has one."""
    found: dict[str, Draft] = {}
    for draft in drafts:
        known = found.setdefault(draft.entry.id, draft)
        if known is not draft:
            best = draft if draft.own and not known.own else known
            entry = replace(best.entry, url=best.entry.url or known.entry.url or draft.entry.url)
            found[draft.entry.id] = Draft(entry, tuple(dict.fromkeys(known.tags + draft.tags)), best.own)
    return iter(found.values())


def _title(document: Document, found: Sequence[Block], page: date | None) -> str:
    """The document's own title, or empty."""
    stated = stated_title(document.metadata)
    if stated:
        return stated
    if page:
        return f"News, {page.day} {page:%B} {page.year}"
    return first_title(found)


@dataclass(frozen=True, slots=True)
class _Making:
    """Makes the entries of one document."""

    document: Document
    ref: DocumentRef
    anchors: Anchors

    def section(self, part: Section) -> Draft:
        title = Passage("title", _heading_text(part), (part.lines[0], _heading_end(part)), part.spans)
        entry = Entry(
            id=f"{self.ref.path}/{part.anchor}",
            kind="section",
            title=part.title,
            heading_path=part.path,
            document=self.ref,
            anchor=part.anchor,
            lines=part.lines,
            passages=(title, *_passages(part.blocks, known=())),
            lang=self.document.lang,
        )
        return Draft(entry, _tags(self.document.metadata), own=True)

    def item(self, item: news.Item) -> Draft:
        title = Passage("title", item.headline.text, (item.lines[0], _item_end(item)), item.headline.spans)
        entry = Entry(
            id=item.id,
            kind="news",
            title=item.headline.text,
            heading_path=item.path,
            document=self.ref,
            anchor=item.section.anchor if item.own else self.anchors.take(item.headline.text),
            lines=item.lines,
            passages=(title, *_passages(item.blocks, known=(title.text,))),
            date=EventDate(item.date, item.date, "item"),
            sources=tuple(dict.fromkeys(item.sources)),
            url=item.url,
            lang=self.document.lang,
        )
        return Draft(entry, tuple(dict.fromkeys(item.tags)), item.own)

    def title_only(self, parts: Sequence[Section]) -> Draft:
        """The entry of a document without text: its title, where it stands."""
        part = next((part for part in parts[1:] if part.title == self.ref.title), None)
        if part is not None:
            return self.section(part)
        line = max(1, min(self.document.first_line, line_count(self.document)))
        start = Section(self.ref.title, TOP, (), heading=Block("heading", self.ref.title, (line, line)))
        return self.section(start)


def line_count(document: Document) -> int:
    """Number of lines of the file."""
    body = document.body
    return document.first_line - 1 + body.count("\n") + (not body.endswith("\n") and bool(body))


def _heading_text(part: Section) -> str:
    return part.heading.text if part.heading else part.title


def _heading_end(part: Section) -> int:
    return part.heading.lines[1] if part.heading else part.lines[0]


def _item_end(item: news.Item) -> int:
    """Last line of the headline."""
    return item.section.heading.lines[1] if item.own and item.section.heading else item.lines[0]


def _passages(found: Iterable[Block], known: Iterable[str]) -> Iterator[Passage]:
    """The blocks as passages; an exact repeat is left out, unless a date or the end of what it dates stands between."""
    titles = frozenset(known)
    seen: set[str] = set(titles)
    ends: list[int] = []
    """Last lines of the list items that are only a date and are open."""
    for block in found:
        if not block.text or block.kind == "heading":
            continue
        opened = [end for end in ends if end >= block.lines[0]]
        dated = _is_date(block)
        if dated or opened != ends:
            seen, ends = set(titles), [*opened, block.until] if dated and block.until else opened
        if block.text not in seen:
            seen.add(block.text)
            yield Passage(block.kind, block.text, block.lines, block.spans, depth=block.depth, marker=block.marker)


def _is_date(block: Block) -> bool:
    """Whether the block is a list item, a paragraph or a quotation that is only a date, as above what happened then."""
    is_line = block.kind in ("item", "paragraph", "quote") and len(block.text) <= MAX_DATE
    return is_line and dates_items(block.marker or BULLET, block.text)


def _headings(document: Document, parts: Sequence[Section], drafts: Sequence[Draft]) -> Iterator[Heading]:
    own = {draft.entry.anchor: draft.entry.id for draft in drafts if draft.own}
    for part in parts:
        entry = own.get(part.anchor)
        if part.heading is not None:
            yield Heading(part.level, part.title, part.anchor, part.heading.lines[0], entry)
        elif entry is not None:
            yield Heading(0, part.title, part.anchor, part.lines[0] or document.first_line, entry)


def _tags(metadata: Mapping[str, object]) -> tuple[str, ...]:
    """Short tags of one line in the front matter, also in TOML's [taxonomies]."""
    taxonomies = metadata.get("taxonomies")
    tables = (metadata, taxonomies) if isinstance(taxonomies, Mapping) else (metadata,)
    values = [table.get(key) for table in tables for key in _TAG_KEYS]
    texts = [decoded(text).strip() for value in values for text in _texts(value)]
    return tuple(dict.fromkeys(text for text in texts if text and "\n" not in text and len(text) <= MAX_TAG))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split(",") if "\n" not in value else []
    if isinstance(value, list):
        return [str(each) for each in value if isinstance(each, (str, int, float, date))]
    return []
