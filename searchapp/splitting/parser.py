"""The Markdown parser: CommonMark with tables, and what its authors meant as text stays text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.common.html_blocks import block_names
from markdown_it.common.html_re import HTML_OPEN_CLOSE_TAG_RE
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, getLine
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

MAX_NESTING = 50
"""Depth of Markdown nesting; what is nested deeper is taken as plain text."""
MAX_NESTED_IMAGES = 4


class _Markdown(MarkdownIt):
    """Links keep their targets as written; whether one is safe is asked when a span is made of it."""

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802  # the library's names
        return True

    def normalizeLink(self, url: str) -> str:  # noqa: N802  # the library's name
        return url


_InlineRule = Callable[[StateInline, bool], bool]
_BlockRule = Callable[[StateBlock, int, int, bool], bool]


def tokens(body: str, *, mdx: bool = False) -> list[Token]:
    """The tokens of a Markdown text. With `mdx`, whatever has the form of a tag is one: it may be a component."""
    return MARKDOWN.parse(body, {"mdx": mdx})


def _parser() -> _Markdown:
    parser = _Markdown("commonmark", {"maxNesting": MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    inline = parser.inline.ruler
    own = {"image": _bounded, "html_inline": _tags_inline}
    for name, rule in zip(inline.get_active_rules(), inline.getRules(""), strict=True):
        if name != "text":
            inline.at(name, _placed(own[name](rule) if name in own else rule))
    inline.before("link", "wikilink", _placed(_wikilink))
    block = parser.block.ruler
    rules = dict(zip(block.get_active_rules(), block.getRules(""), strict=True))
    block.at("table", _all_cells(rules["table"]), {"alt": ["paragraph", "reference"]})
    block.at("reference", _addresses_only(rules["reference"]))
    block.at("html_block", _tags_block(rules["html_block"]), {"alt": ["paragraph", "reference", "blockquote"]})
    block.push("footnote", _footnote, {"alt": ["paragraph", "reference", "blockquote"]})
    parser.core.ruler.at("inline", _inline)
    parser.core.ruler.before("inline", "callout", _callouts)
    return parser


_MARKUP = re.compile(r"[\n\\`~*_\[<&]")
"""What an inline rule of the parser can begin with."""


def _inline(state: StateCore) -> None:
    """The parser's own rule for text in blocks, but for text without markup: that is what it is, and most text is."""
    for token in state.tokens:
        if token.type == "inline":
            token.children = []
            if _MARKUP.search(token.content):
                state.md.inline.parse(token.content, state.md, state.env, token.children)
            elif token.content:
                token.children.append(Token("text", "", 0, content=token.content))


def _placed(rule: _InlineRule) -> _InlineRule:
    """The rule, noting in the tokens it makes which characters of the block's source they come from."""

    def run(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.tokens)
        done = rule(state, silent)
        if done and not silent:
            for token in state.tokens[known:]:
                token.meta.setdefault("source", (start, state.pos))
        return done

    return run


def _bounded(rule: _InlineRule) -> _InlineRule:
    """The image rule for a bounded depth: alternative texts are parsed within each other, by recursion."""

    def run(state: StateInline, silent: bool) -> bool:
        depth = state.env.get("images", 0)
        if depth >= MAX_NESTED_IMAGES:
            return False
        state.env["images"] = depth + 1
        try:
            return rule(state, silent)
        finally:
            state.env["images"] = depth

    return run


# --- What note-taking programs write ----------------------------------------------------------------------

_WIKILINK = re.compile(r"(!?)\[\[([^\[\]|\n]{1,300})((?:\|[^\[\]|\n]{0,300}){0,2})\]\](?![(\[])")
_SIZE = re.compile(r"\d+(?:x\d+)?")
"""[[Page]], [[Page|what is shown]], ![[photo.jpg|300]]; figures alone in brackets are a reference, `[[1]]`."""
_CALLOUT = re.compile(r"\[![\w-]+\][+-]?(?=\s|$)[^\S\n]*")
"""> [!note] Title"""


def _wikilink(state: StateInline, silent: bool) -> bool:
    """The rule for links to other pages of a collection: what they show is text."""
    found = _WIKILINK.match(state.src, state.pos, state.posMax)
    if found is None or not any(map(str.isalpha, found[2])):
        return False
    if not silent:
        shown = (part.strip() for part in found[3].split("|"))
        text = next((part for part in shown if part and not (found[1] and _SIZE.fullmatch(part))), found[2].strip())
        state.push("text", "", 0).content = text
    state.pos = found.end()
    return True


def _callouts(state: StateCore) -> None:
    """Take the sign of its kind from the beginning of a quotation that is a callout."""
    for quote, _, text in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if quote.type == "blockquote_open" and text.type == "inline":
            text.content = _CALLOUT.sub("", text.content, count=1) if _CALLOUT.match(text.content) else text.content


# --- Tags -----------------------------------------------------------------------------------------------

_NEEDY = frozenset("area base data embed img input link map meta object param source track".split())
"""Elements that are nothing without attributes."""
_ELEMENTS = _NEEDY.union(
    block_names,
    "a abbr acronym applet audio b bdi bdo bgsound big blink br button canvas cite code datalist del dfn em".split(),
    "font hgroup i ins isindex kbd keygen label mark marquee math meter nobr noembed noscript output picture".split(),
    "plaintext pre progress q rb rp rt rtc ruby s samp script select slot small span strike strong style sub".split(),
    "sup svg template textarea time tt u var video wbr xmp".split(),
)
"""Of HTML, today's and former ones."""
_SWITCHES = frozenset(
    "allowfullscreen async autofocus autoplay checked compact controls declare default defer disabled download"
    " formnovalidate hidden inert ismap itemscope loop multiple muted noresize noshade novalidate nowrap open"
    " playsinline readonly required reversed selected".split()
)
"""Attributes without a value."""
_TAG = re.compile(r"<(/?)([A-Za-z0-9-]+)(.*)>", re.DOTALL)
_QUOTED = re.compile(r"""=\s*["']""")


def _is_markup(tag: str) -> bool:
    """Whether what has the form of a tag is one, not text as `<Ahmad>`, `<name of witness>` and `x<b and c>d` are: HTML
    has such an element, its name is in one case, and nothing stands with it but attributes."""
    found = _TAG.fullmatch(tag)
    if found is None or found[3].endswith("/") or _QUOTED.search(found[3]):  # a comment; what only markup has
        return True
    closing, name, rest = found.groups()
    element = name.lower() if name.isupper() else name
    if element not in _ELEMENTS or (element in _NEEDY and not closing and not rest):
        return False
    return "=" in rest or all(word in _SWITCHES or word.startswith("data-") for word in rest.lower().split())


def _tags_inline(rule: _InlineRule) -> _InlineRule:
    """The rule for HTML in text, but for what is text."""

    def run(state: StateInline, silent: bool) -> bool:
        start = state.pos
        if not rule(state, True):  # noqa: FBT003  # the library calls it so
            return False
        is_markup = bool(state.env.get("mdx")) or _is_markup(state.src[start : state.pos])
        if not (is_markup and silent):
            state.pos = start
        return is_markup and (silent or rule(state, silent))

    return run


def _tags_block(rule: _BlockRule) -> _BlockRule:
    """The rule for blocks of HTML, but for what begins with text."""

    def run(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        tag = None if state.env.get("mdx") else HTML_OPEN_CLOSE_TAG_RE.match(getLine(state, start))
        return (tag is None or _is_markup(tag[0])) and rule(state, start, end, silent)

    return run


# --- Definitions ----------------------------------------------------------------------------------------

_FOOTNOTE = re.compile(r"\[\^[^\[\]\n]+\]:")
_ADDRESS = re.compile(
    r"""\w[\w+.-]*://.* | (?:mailto|tel|sms|urn|doi|data|javascript):.*
      | [/#].* | \?\w.* | \.\.?/.* |      # of a site or a page; none, as some comments have it
      | (?=.*[^\W\d])[^/]+/[^/]*(?:/.*|\#.*|\.[A-Za-z]\w*)   # a path, not N/A, SOHR/SNHR or 4/3/2016
      | .*\w\.[A-Za-z]\w+(?:[?#].*)?     # the name of a file or a site, not `No.`, U.S.A or 3.5
    """,
    re.VERBOSE | re.DOTALL,
)
"""What the target of a link looks like."""


def _addresses_only(rule: _BlockRule) -> _BlockRule:
    """The rule for definitions of links: what is plainly no address is none, and what a footnote says is shown."""

    def run(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        env, state.env = state.env, {}
        done = rule(state, start, end, silent)
        made, state.env = state.env.get("references", {}), env
        for label, definition in made.items():
            is_link = _ADDRESS.fullmatch(definition["href"])
            if is_link:
                env.setdefault("references", {}).setdefault(label, definition)
            if not is_link or (label.startswith("^") and definition["title"]):
                _push_paragraph(state, start)
        return done

    return run


def _push_paragraph(state: StateBlock, start: int) -> None:
    """Tokens of a paragraph from a line to where the parser is."""
    state.push("paragraph_open", "p", 1).map = [start, state.line]
    text = state.push("inline", "", 0)
    text.map, text.children = [start, state.line], []
    text.content = state.getLines(start, state.line, state.blkIndent, keepLastLF=False).strip()
    state.push("paragraph_close", "p", -1)


def _footnote(state: StateBlock, start: int, _: int, silent: bool) -> bool:
    """A rule that makes nothing: a footnote ends the paragraph before it, as a heading does, and begins its own."""
    place = state.bMarks[start] + state.tShift[start]
    return silent and not state.is_code_block(start) and bool(_FOOTNOTE.match(state.src, place))


# --- Tables ---------------------------------------------------------------------------------------------


def _all_cells(rule: _BlockRule) -> _BlockRule:
    """The rule for tables, with the cells that a row has beyond those of the head."""

    def run(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        known = len(state.tokens)
        done = rule(state, start, end, silent)
        if done and not silent:
            state.tokens[known:] = _with_all_cells(state, state.tokens[known:])
        return done

    return run


def _with_all_cells(state: StateBlock, table: Sequence[Token]) -> Iterator[Token]:
    columns = sum(token.type == "th_open" for token in table)
    row = [0, 0]
    for token in table:
        if token.type == "tr_open" and token.map:
            row = token.map
        elif token.type == "tr_close":
            for cell in _cells(getLine(state, row[0]))[columns:]:
                yield Token("td_open", "td", 1)
                yield Token("inline", "", 0, map=row, content=cell, children=[])
                yield Token("td_close", "td", -1)
        yield token


def _cells(line: str) -> list[str]:
    """The cells of a row, as the parser parts them."""
    cells = escapedSplit(line.strip())
    first, last = cells[:1] == [""], cells[-1:] == [""]
    return [cell.strip() for cell in cells[first : len(cells) - last]]


MARKDOWN = _parser()
