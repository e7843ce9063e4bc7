"""News: pages of one item with its sources and related items, pages of a day, and lists of linked items.

An item is known by a link to a path that holds its date, '/news/2015/11/9/slug.md'.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from searchapp.model import Range, Source, Span
from searchapp.splitting.blocks import Block
from searchapp.splitting.sections import Section, slug
from searchapp.splitting.text import Text

MAX_SLUG = 120
"""Characters of a slug that tell items of one day apart. Sites cut theirs at some length of their own (one at 136 to
140); a shorter cut gives an item one id, whether its slug is read from a link or made of its headline."""

_DATED_LINK = re.compile(
    r"(?P<site>(?:\.{0,2}/)?(?:[^/:?#]+/)*?)(?P<date>\d{4}/\d{1,2}/\d{1,2})(?:/(?P<slug>[^/?#]*))?/?(?:[?#].*)?"
)
_EXTENSION = re.compile(r"\.(?:md|mdx|markdown|txt|html?|php|aspx?)\Z", re.IGNORECASE)
_FILE = re.compile(
    r"\.(?:pdf|e?ps|docx?|odt|rtf|xlsx?|ods|csv|tsv|pptx?|odp|epub|json|geojson|xml|kml|kmz|gpx|shp|sqlite|parquet|eml"
    r"|zip|rar|7z|tar|t?gz|jpe?g|png|gif|webp|svg|avif|bmp|tiff?|heic|og[gv]|webm|m4[av]|mp[34]|wav|flac|mov|avi|mkv)\Z",
    re.IGNORECASE,
)
_UPLOADED = re.compile(r"(?:^|/)(?:wp-content|uploads?|attachments?)/", re.IGNORECASE)
_IMAGE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|avif|bmp|tiff?)\Z", re.IGNORECASE)
_ISO_LIKE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_CONTEXT = re.compile(r"[\s_*]*Context:\s*")
_LIST_TITLES = {"source": "source", "sources": "source", "related": "related"}


class DatedLink(NamedTuple):
    """A link of the corpus to a dated path."""

    date: date
    slug: str
    """Normalised; empty for a day's index."""
    in_folder: bool
    """Whether the date is not the first part of the path: '/news/2015/...' rather than '/2015/...'."""


@dataclass(slots=True)
class Item:
    """A news item as it stands in a document."""

    date: date
    slug: str
    headline: Text
    lines: Range
    section: Section
    """Where it stands."""
    own: bool
    """Whether the page tells it, rather than mentions it in a list."""
    path: tuple[str, ...] = ()
    url: str = ""
    blocks: list[Block] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its id as an entry: one item has one id wherever it is met."""
        return f"news/{self.date:%Y/%m/%d}/{self.slug or 'item'}"


def page_date(blocks: Sequence[Block]) -> date | None:
    """The date of a news page: its first heading is a date that links to the index of that day."""
    first = next((block for block in blocks if block.kind == "heading"), None)
    link = _whole_link(first) if first else None
    return link.date if first and link and not link.slug and _ISO_LIKE.fullmatch(first.text) else None


def take_items(sections: Sequence[Section], page: date | None) -> list[Item]:
    """The news items in the document, in order; what they take is taken from the sections.

    `page` is the document's page_date. A section that is left empty and told as an item has no entry of its own.
    """
    taking = _Taking(page, any(_is_day_item(section) for section in sections))
    for section in sections:
        taking.take(section)
    return taking.items


def _is_day_item(section: Section) -> bool:
    link = _whole_link(section.heading) if section.heading else None
    return bool(link and link.slug and link.in_folder)


class _Taking:
    """Goes through the sections of a document."""

    def __init__(self, page: date | None, has_day_items: bool) -> None:  # two facts of one document
        self.page = page
        self.is_news = page is not None or has_day_items
        self.items: list[Item] = []
        self.teller: Item | None = None
        """The item whose sources and related items come next."""
        self.level = 0
        """Of the page's headlines; 0 until the first."""
        self.told: set[str] = set()
        """Titles of headings that are no part of a path: dates and headlines."""
        self.slugs: dict[str, dict[tuple[str, ...], str]] = {}
        """By id, the slug of each text that the page tells under the same headline."""

    def take(self, section: Section) -> None:
        heading = section.heading
        if heading is not None:
            link = _whole_link(heading)
            if link and link.slug and link.in_folder:
                self._tell(section, heading, link)
            elif self.page and link and not link.slug:
                self.told.add(section.title)
            elif self.page and self._is_headline(section):
                self._tell(section, heading, None)
        if self.teller and _LIST_TITLES.get(section.title.casefold()) == "source":
            section.blocks = [block for block in section.blocks if not self._take_source(self.teller, block)]
        section.blocks = self._without_linked(section)

    def _is_headline(self, section: Section) -> bool:
        return section.title.casefold() not in _LIST_TITLES and self.level in (0, section.level)

    def _tell(self, section: Section, heading: Block, link: DatedLink | None) -> None:
        """The section is an item that the page tells; its text is the item's."""
        headline = Text(section.title, tuple(s for s in heading.spans if not (link and _covers(s, heading))))
        path = tuple(title for title in section.path if title not in self.told)
        item = Item(
            date=link.date if link else self.page or date.min,
            slug=link.slug if link else normal_slug(heading.text),
            headline=headline,
            lines=section.lines,
            section=section,
            own=True,
            path=path,
            url=next((s.href for s in heading.spans if link and _covers(s, heading)), ""),
        )
        self.level = self.level or section.level
        self.told.add(section.title)
        self.teller = item
        self.items.append(item)
        linked = {id(block) for block in section.blocks if self._linked(block)}
        item.blocks = [block for block in section.blocks if id(block) not in linked and not _take_context(item, block)]
        section.blocks = [block for block in section.blocks if id(block) in linked]
        item.slug = self._slug(item)

    def _slug(self, item: Item) -> str:
        """The item's slug, another one for each further text under its headline: one of them would be lost."""
        known = self.slugs.setdefault(item.id, {})
        text = tuple(block.text for block in item.blocks)
        if not known or not text:
            return known.setdefault(text, item.slug)
        return known.setdefault(text, f"{item.slug}--{len(known) + 1}")

    def _take_source(self, item: Item, block: Block) -> bool:
        """Whether the block names sources; those are noted."""
        links = [(block.text[span.start : span.end], span.href) for span in block.spans if span.kind == "link"]
        links += [(_host(url), url) for url in block.urls]
        if not links and block.kind == "item":
            links = [(block.text, "")]
        for label, url in links:
            if not _IMAGE.search(_path(url)):
                item.sources.append(Source(label, url))
        return bool(links)

    def _without_linked(self, section: Section) -> list[Block]:
        """The section's blocks without the items that it links to; those are noted, with what stands under them."""
        left: list[Block] = []
        known = len(self.items)
        item: Item | None = None
        for block in section.blocks:
            found = self._linked(block)
            if found:
                item = self._mention(section, block, *found)
            elif item and block.item and block.item == item.blocks[0].item:
                item.lines = (item.lines[0], max(item.lines[1], block.lines[1]))
                if not _take_context(item, block):
                    item.blocks.append(block)
            else:
                left.append(block)
        for each in self.items[known:]:
            each.blocks = [block for block in each.blocks if block.text]
        return left

    def _linked(self, block: Block) -> tuple[DatedLink, Span] | None:
        """The link of a list item that begins with one to a news item.

        On a page that is no news page, nothing but the item's tags may follow.
        """
        span = block.spans[0] if block.kind == "item" and block.spans else None
        if span is None or span.kind != "link" or span.start:
            return None
        link = dated_link(span.href)
        if link is None or not link.slug or not (self.is_news or link.in_folder):
            return None
        rest = block.text[span.end :].strip(" _*")
        return (link, span) if self.is_news or not rest or _CONTEXT.match(rest) else None

    def _mention(self, section: Section, block: Block, link: DatedLink, span: Span) -> Item:
        whole = Text(block.text, block.spans)
        headline = whole.cut(0, span.end)
        rest = whole.cut(span.end, len(block.text))
        item = Item(
            date=link.date,
            slug=link.slug,
            headline=Text(headline.text, tuple(s for s in headline.spans if s.kind != "link")),
            lines=block.lines,
            section=section,
            own=False,
            path=(*(title for title in section.path if title not in self.told), *_own_title(section, self.told)),
            url=span.href,
            blocks=[replace(block, text="", spans=())],
        )
        self._take_rest(item, block, rest)
        self.items.append(item)
        return item

    def _take_rest(self, item: Item, block: Block, rest: Text) -> None:
        """What follows an item's link in the same paragraph: text, then perhaps its tags."""
        start = rest.text.find("Context:")
        if start < 0:
            start = len(rest.text)
        item.tags += _tags(rest.text[start:])
        text = rest.cut(0, start)
        text = text.cut(0, len(text.text.rstrip(" _*")))
        if text:
            item.blocks.append(replace(block, text=text.text, spans=text.spans))


def _own_title(section: Section, told: set[str]) -> Iterator[str]:
    if section.heading is not None and section.title not in told:
        yield section.title


def _take_context(item: Item, block: Block) -> bool:
    """Whether the block is nothing but the item's tags; those are noted."""
    if not _CONTEXT.match(block.text):
        return False
    item.tags += _tags(block.text)
    return True


def _tags(text: str) -> list[str]:
    found = _CONTEXT.match(text)
    names = text[found.end() :].strip(" _*").split(",") if found else []
    return [name.strip() for name in names if name.strip()]


def _whole_link(block: Block) -> DatedLink | None:
    """The dated link that is all of the block's text."""
    return next((dated_link(span.href) for span in block.spans if _covers(span, block)), None)


def _covers(span: Span, block: Block) -> bool:
    return span.kind == "link" and (span.start, span.end) == (0, len(block.text))


def dated_link(href: str) -> DatedLink | None:
    """The date and slug in a link of the corpus itself; None for a link elsewhere or without a date. That of a file
    that is no page says when it was uploaded, not when anything happened."""
    found = _DATED_LINK.fullmatch(href)
    if not found or href.startswith("//"):
        return None
    if _UPLOADED.search(found["site"]) or _FILE.search(unquote(found["slug"] or "")):
        return None
    try:
        day = date(*(int(part) for part in found["date"].split("/")))
    except ValueError:
        return None
    name = normal_slug(_EXTENSION.sub("", unquote(found["slug"] or "")))
    return DatedLink(day, "" if name == "index" else name, bool(found["site"].strip("./")))


def normal_slug(text: str) -> str:
    """A slug in one form: no accents, lower case, hyphens, at most MAX_SLUG characters."""
    letters = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return slug(letters, MAX_SLUG)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:  # a bracket where an address should be
        return ""


def _host(url: str) -> str:
    """What a source without a label is called."""
    try:
        return urlsplit(url).netloc.removeprefix("www.") or url
    except ValueError:
        return url
