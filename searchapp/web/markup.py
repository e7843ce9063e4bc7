"""Text and ranges -> HTML. The only place where HTML is made of what the documents say; everything is escaped.

Parts of addresses are escaped by `urls.Adding`, expressions of templates by `templating.escaped`.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final
from urllib.parse import urlsplit

from markupsafe import Markup

from searchapp.model import FacetValue, Range, Span
from searchapp.web.facets import Rows
from searchapp.web.keeping import kept
from searchapp.web.languages import gettext as _
from searchapp.web.languages import ngettext, number, tongue
from searchapp.web.timeline import Chart
from searchapp.web.urls import as_argument
from searchapp.web.words import When, language

SAFE_SCHEMES: Final = frozenset({"http", "https", "mailto"})
CUT: Final = "…"
KEPT_NAMES: Final = 20_000
"""Escaped names of values that are kept."""
_ORDER: Final = {"link": 0, "strong": 1, "em": 2, "code": 3}


def is_safe_link(href: str) -> bool:
    """Whether a link out of a document may be followed: an absolute http, https or mailto address."""
    try:
        parts = urlsplit(href.strip())
    except ValueError:
        return False
    return parts.scheme.lower() in SAFE_SCHEMES and bool(parts.netloc or (parts.scheme == "mailto" and parts.path))


def marked(text: str, marks: Iterable[Range] = ()) -> Markup:
    """Plain text with `<mark>` around the ranges, which may overlap, lie outside the text or be empty."""
    pieces, at = [], 0
    for opens, closes in sorted(marks):
        start, end = max(opens, at), min(closes, len(text))
        if start < end:
            pieces += [html.escape(text[at:start]), "<mark>", html.escape(text[start:end]), "</mark>"]
            at = end
    pieces.append(html.escape(text[at:]))
    return Markup("".join(pieces))  # noqa: S704 - every piece of text is escaped above


def rich(text: str, spans: Iterable[Span], marks: Iterable[Range] = (), within: Range | None = None) -> Markup:
    """The text, or the part of it that is `within`, with links, emphasis, code and `<mark>`.

    Ranges may overlap, lie outside the text or be empty: the text is cut at every edge and each piece is wrapped
    on its own; neighbouring pieces of one link become one link.
    """
    start, end = within or (0, len(text))
    shown = sorted(
        (Span(max(s.start, start), min(s.end, end), s.kind, s.href) for s in spans if _is_shown(s)),
        key=lambda span: (_ORDER[span.kind], span.start, span.end),
    )
    spots = [(max(a, start), min(b, end)) for a, b in marks]
    edges = {start, end}
    edges.update(edge for span in shown if span.start < span.end for edge in (span.start, span.end))
    edges.update(edge for a, b in spots if a < b for edge in (a, b))
    cuts = sorted(edges)
    pieces: list[tuple[str, str]] = []
    for a, b in pairwise(cuts):
        href, piece = _piece(text[a:b], [s for s in shown if s.start <= a and b <= s.end])
        if any(x <= a and b <= y for x, y in spots):
            piece = f"<mark>{piece}</mark>"
        if pieces and href and pieces[-1][0] == href:
            piece = pieces.pop()[1] + piece
        pieces.append((href, piece))
    return Markup("".join(_linked(*piece) for piece in pieces))  # noqa: S704 - every piece of text is escaped below


def table(text: str, spans: Sequence[Span], marks: Sequence[Range] = ()) -> list[list[Markup]]:
    """The cells of a table passage (rows end in '\\n', cells in '\\t'), row by row."""
    rows: list[list[Markup]] = []
    position = 0
    for line in text.split("\n"):
        cells: list[Markup] = []
        for cell in line.split("\t"):
            cells.append(rich(text, spans, marks, (position, position + len(cell))))
            position += len(cell) + 1
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            rows.append(cells)
    return rows


def listed(rows: Rows) -> Markup:
    """The values of a facet as a list: a page has hundreds, and in a template they took half of its time."""
    leave, exclude = html.escape(_("not")), html.escape(_("exclude"))
    add, leave_out = rows.links.add.escaped(), rows.links.leave_out.escaped()
    counts = {count: _entries(count) for count in {value.count for value in rows.values}}
    items = ['<ul class="fs">\n']
    for value in rows.values:
        name, count = _escaped(rows.name(value)), counts[value.count]
        if value.in_use:
            items.append(_in_use(value, name, count, *map(html.escape, rows.links.toggled(value))))
            continue
        text = as_argument(value.value)
        (before, after), (not_before, not_after) = add.beside(value.value), leave_out.beside(value.value)
        items.append(
            f'<li class="f"><a href="{before}{text}{after}"><i><bdi>{name}</bdi></i> <b>{count}</span></b></a>'
            f'<a class="not" href="{not_before}{text}{not_after}">{leave}'
            f'<span class="vh"> {name} ({exclude})</span></a></li>\n'
        )
    items.append("</ul>\n")
    return Markup("".join(items))  # noqa: S704 - every piece of text is escaped above


def _in_use(value: FacetValue, name: str, count: str, url: str, other: str) -> str:
    """An item of `listed` that is selected or excluded; all but the value is escaped already."""
    leave, undo, exclude, excluding = map(html.escape, (_("not"), _("undo"), _("exclude"), _("excluding")))
    if value.selected:
        about, current, state = "is-on", ' aria-current="true"', html.escape(_("selected"))
        way_out = f'{leave}<span class="vh"> {name} ({exclude})</span>'
    else:
        about, current, state = "is-not", "", html.escape(_("excluded"))
        way_out = f'{undo}<span class="vh"> {excluding} {name}</span>'
    return (
        f'<li class="f {about}"><a href="{url}"{current}><i><bdi>{name}</bdi></i> <b>{count}, {state}</span></b></a>'
        f'<a class="not" href="{other}">{way_out}</a></li>\n'
    )


_escaped = kept(KEPT_NAMES)(html.escape)
"""A name of a list, most of which are on the next page, too."""


def _entries(count: int) -> str:
    return f'{number(count)}<span class="vh"> {html.escape(ngettext("entry", "entries", count))}'


def when(date: When, *, span: bool = False, more: int = 0) -> Markup:
    """A date and where it is from; `span` of a whole entry, `more` dates beside it."""
    text = html.escape(date.text or _("undated"))
    if not date.text:
        said = f'<span class="undated">{text}</span>'
    elif date.machine:
        said = f'<time datetime="{html.escape(date.machine)}">{text}</time>'
    else:
        said = f'<span class="d">{text}</span>'
    others = ngettext("and %(count)s more date", "and %(count)s more dates", more) if more else ""
    beside = "".join(f" <small>{html.escape(note)}</small>" for note in (date.origin, others) if note)
    return Markup(f'<p class="when{" is-span" if span else ""}">{said}{beside}</p>\n')  # noqa: S704 - all is escaped above


def lang(of: str, text: str = "") -> Markup:
    """The attribute for the language of what a document says, where it is not that of the page."""
    code = language(of, text)
    return Markup("" if code == tongue().code else f' lang="{html.escape(code)}"')  # noqa: S704 - it is escaped


def bars(chart: Chart) -> Markup:
    """The bars of a timeline, of which there may be three hundred."""
    kinds = ("b", "b in")
    drawn = [
        f'<rect class="{kinds[bar.inside and chart.band is not None]}" x="{bar.x}%" y="{bar.y}" '
        f'width="{bar.width}%" height="{bar.height}"/>'
        for bar in chart.bars
    ]
    return Markup("\n".join(drawn))  # noqa: S704 - there is nothing in it but numbers


def buckets(chart: Chart) -> Markup:
    """The same as rows of a table."""
    rows = [
        f'<tr><th scope="row"><a href="{html.escape(row.url)}">{html.escape(row.text)}</a></th>'
        f'<td class="n">{number(row.passages)}</td></tr>'
        for row in chart.rows
    ]
    return Markup("\n".join(rows))  # noqa: S704 - every piece of text is escaped above


def cut(text: str, marks: Sequence[Range], limit: int) -> tuple[str, tuple[Range, ...]]:
    """A text of at most about `limit` characters that shows the first mark, with the marks that are left.

    Cut at white space; '…' stands where something was left out.
    """
    if len(text) <= limit:
        return text, tuple(marks)
    first = marks[0] if marks else (0, 0)
    start = 0
    if first[1] > limit:
        start = max(text.rfind(" ", 0, max(1, first[0] - limit // 4)) + 1, first[0] - limit // 2)
    end = min(len(text), start + limit)
    if end < len(text) and (space := text.rfind(" ", max(start + limit // 2, first[1]), end)) > 0:
        end = space
    before, after = f"{CUT} " if start else "", f" {CUT}" if end < len(text) else ""
    shown, shift = text[start:end].rstrip(), start - len(before)
    last = start + len(shown)
    kept = tuple((min(max(a, start), last) - shift, min(b, last) - shift) for a, b in marks if a < end and b > start)
    return before + shown + after, kept


def _is_shown(span: Span) -> bool:
    return span.kind != "link" or is_safe_link(span.href)


def _piece(text: str, spans: Sequence[Span]) -> tuple[str, str]:
    """The target of the link it stands in, if any, and the piece in its other formats."""
    piece = html.escape(text)
    href = ""
    for span in reversed(spans):
        if span.kind == "link":
            href = span.href.strip()
        else:
            piece = f"<{span.kind}>{piece}</{span.kind}>"
    return href, piece


def _linked(href: str, piece: str) -> str:
    return f'<a href="{html.escape(href)}" rel="noopener noreferrer nofollow">{piece}</a>' if href else piece
