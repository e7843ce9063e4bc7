"""Generated input for all that reads documents, and what must hold of each: no exception, and nothing absurd."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from typing import Any, Final, get_args

from hypothesis import strategies as st

from searchapp import corpus, gazetteer, splitting
from searchapp.model import UNDATED, Document, Gazetteer, Name, Span, SpanKind
from searchapp.settings import CorpusSettings, DatesMean
from searchapp.splitting.actors import Names
from searchapp.splitting.dating.text import find_dates, parse_typed
from searchapp.web import markup

NAMES: Final = Names(
    Gazetteer(
        (
            Name("Islamic State", "armed group", ("ISIL", "Daesh", "داعش"), ("IS",), ("ISIL Hunters",)),
            Name("United States", "state", ("U.S.", "USA"), ("US",), ("US$",)),
            Name("Bashar al-Assad", "person", ("Assad", "ʿAssad"), (), ("Assad Airport",)),
            Name("Hmeimim", "air base", ("Khmeimim", "Хмеймим", "حميميم"), is_place=True),
        )
    )
)


@dataclass(frozen=True, slots=True)
class Grammar:
    """Pieces that mean something to a reader, in any order, with any text between them."""

    pieces: tuple[str, ...]

    @property
    def drawn(self) -> st.SearchStrategy[str]:
        """As hypothesis draws it."""
        anything = st.text(st.characters(exclude_categories=()), max_size=12)
        return st.lists(st.sampled_from(self.pieces) | anything, max_size=40).map("".join)

    def decoded(self, data: bytes) -> str:
        """As bytes say it: each is a piece, or stands before the two of a character."""
        told, rest = [], iter(data)
        for byte in rest:
            if byte < CHARACTER:
                told.append(self.pieces[byte % len(self.pieces)])
            else:
                told.append(chr(next(rest, 0) + (next(rest, 0) << 8) + ((byte - CHARACTER) % 3 << 16)))
        return "".join(told)


CHARACTER: Final = 0xE0
"""The least byte that stands before a character; with 65,536 it says of which of the first planes."""


MATTER: Final = Grammar(
    (
        *(
            "---\n",
            "+++\n",
            "a",
            "b: ",
            "title: ",
            "date: ",
            "tags:\n",
            "- ",
            "  ",
            "\n",
            ": ",
            "[",
            "]",
            "{",
            "}",
            ",",
            '"',
            "'",
        ),
        *(
            "&a ",
            "*a",
            "!",
            "!!str ",
            "|\n",
            ">-\n",
            "#",
            "? ",
            "<<: ",
            "%YAML 1.2\n",
            "...\n",
            "\\u0041",
            "@",
            "`",
            "~",
            "no",
        ),
        *(
            "2015-02-30",
            "1:20:30",
            "0x1F",
            "1e999",
            ".nan",
            " = ",
            "'''",
            '"""',
            "[[t]]\n",
            "[a.b]\n",
            "a.b.c = ",
            "07:32:00",
            "\r\n",
        ),
        *("\ufeff", "\0", "\x1b", "\u2028", "\ud800", "9" * 30, "lang: en-GB\n"),
    )
)
MARKUP: Final = (
    "# ", "## ", "### ", "#### ", "\n===\n", "\n---\n", "- ", "* ", "1. ", "10) ", "> ", ">", "    ", "  ",
    "\t", "```\n", "~~~\n", "`", "``", "*", "**", "_", "~~", "[", "]", "](a.md)", "](<b (c).md> 'd')", "![",
    "](/e_(f).svg)", "[g]: h\n", "[g]: /h\n", "| ", " |\n", "|-|-|\n", "<b>", "</b>", "<!-- ", " -->", "<div>\n",
    "&amp;", "&#039;", "&amp;lt;", "\\", "\\\n", "  \n", "\n", "\n\n", " ", "---\n", "+++\n", "title: x\n", "Context: ",
    "(", ")", ":", "!", "%", "\xa0", "\r\n", "\x0c",
)  # fmt: skip
"""Pieces of Markdown without anything that is taken for junk, a date or news."""
MARKDOWN: Final = Grammar((
    *MARKUP,
    "](/e.svg)", "&#0;", "&#xD800;", "\r", "import x\n", "### [2015-11-5](/news/2015/11/5/index.md)\n\n",
    "### Source:\n\n", "### Related:\n\n", "](/news/2015/11/9/", ".md) ", "_Context: ", "[object Object]",
    "http://a.b/c", "2015", "3 May 2015", "\u200b", "\u202e", "\u0301", "إدلب", "ISIL",
))  # fmt: skip
DATES: Final = Grammar(
    (
        *(
            "1",
            "3",
            "30",
            "31",
            "99",
            "2015",
            "0001",
            "9999",
            "10000",
            "1902",
            " ",
            "–",
            "-",
            "/",
            ".",
            ",",
            "st",
            "th",
            "'15",
            "’15",
        ),
        *(
            "May",
            "Sept.",
            "February",
            "mid-",
            "early ",
            "late ",
            "end of ",
            "from ",
            "to ",
            "until ",
            "between ",
            "and ",
            "since ",
            "present",
        ),
        *(
            "Monday",
            "in ",
            "on ",
            "the ",
            "of ",
            "2015-11-24",
            "24/11/2015",
            "11/24/15",
            "1 мая 2015",
            "مايو",
            "spring",
            "Q3",
            "s",
            "\n",
        ),
    )
)
TAGGED: Final = Grammar(
    (
        *(
            "ISIL",
            "isil",
            "IS",
            "is",
            "ISIL Hunters",
            "US",
            "US$",
            "U.S.",
            "U.S.S.R.",
            "Assad",
            "al-",
            "-",
            "'",
            "’",
            "s",
            " ",
            "\u00a0",
        ),
        *(
            "Assad Airport",
            "داعش",
            "حميميم",
            "ـ",
            "\u0301",
            "\u064e",
            "ß",
            "ﬁ",
            "İ",
            "ı",
            "Хмеймим",
            "\u200d",
            "Khmeimim",
            "\n",
        ),
    )
)
TOML: Final = Grammar(
    (
        *(
            "[[actor]]\n",
            "[[place]]\n",
            "[actor]\n",
            "name = ",
            "type = ",
            "aliases = ",
            "cased = ",
            "masks = ",
            '"IS"',
            '"a"',
            "'b'",
        ),
        *("[", "]", ", ", "\n", "1", "true", "{", "}", "=", '"', ".", "#", "2015-02-30", "9" * 30, "\ud800"),
    )
)


def front(raw: str | bytes) -> None:
    """Front matter: every byte is read, keys are text, and the body is the end of the file."""
    data = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")
    document, problems = corpus.read_document("a.md", data)
    assert all(isinstance(key, str) for key in document.metadata)
    assert all(problem.message and (problem.line or 1) > 0 for problem in problems)
    if isinstance(raw, str) and not set(raw) & set("\r\0\ufeff") and "\ufffd" not in document.body:
        assert raw.endswith(document.body)


def split(given: tuple[str, DatesMean]) -> None:
    """Splitting: ids and anchors are unique, lines are real."""
    text, mean = given
    document, _ = corpus.read_document("a.md", text.encode("utf-8", "surrogatepass"))
    found = splitting.split(document, CorpusSettings(dates=mean), NAMES)
    count = len(found.entries)
    assert len({entry.id for entry in found.entries}) == len({entry.anchor for entry in found.entries}) == count
    assert all(1 <= e.lines[0] <= e.lines[1] <= max(1, found.outline.lines) for e in found.entries)


def dated(text: str) -> None:
    """Dating: what is found stands in the text, and its years are years."""
    for when in find_dates(text):
        assert 0 <= when.start < when.end <= len(text)
    parse_typed(text)
    document = Document("2016-01-02-a.md", text, 1, {}, "", date(2016, 1, 2), dated_name=True)
    for entry in splitting.split(document, CorpusSettings(), NAMES).entries:
        for passage in entry.passages:
            assert all(when.start <= when.end for when in passage.dates)
            assert all(year == UNDATED or len(year) == 4 for year in passage.years)


def tagged(given: tuple[str, str]) -> None:
    """Tagging: mentions lie in the text, in order, apart; any gazetteer is read, and finds nothing outside either."""
    text, toml = given
    own, problems = gazetteer.parse(toml.encode("utf-8", "surrogatepass"))
    assert all(problem.message for problem in problems)
    for names in (NAMES, Names(own)):
        end = 0
        for mention in names.find(text):
            assert end <= mention.start < mention.end <= len(text)
            end = mention.end
        names.lookup(text)


class _Reader(HTMLParser):
    """The text of a piece of HTML, and its tags."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.tags: list[tuple[str, list[tuple[str, str | None]]]] = []
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, attrs))


def rendered(given: tuple[str, list[Span], list[tuple[int, int]]]) -> None:
    """Rendering: the text is what it was, and only our tags are in it, with links that may be followed."""
    text, spans, marks = given
    seen = _Reader(str(markup.rich(text, spans, marks)))
    assert seen.text == text
    for tag, attributes in seen.tags:
        assert tag in {"a", "em", "strong", "code", "mark"}
        assert [name for name, _ in attributes] == (["href", "rel"] if tag == "a" else [])
        assert tag != "a" or markup.is_safe_link(str(dict(attributes)["href"]))
    markup.table(text, spans, marks)
    shown, kept = markup.cut(text, sorted((a, b) for a, b in marks if 0 <= a < b <= len(text)), 300)
    assert all(0 <= a <= b <= len(shown) for a, b in kept)


TARGETS: Final = ("http://a", "javascript:alert(1)", " https://b ", "mailto:c", "//d", 'x" onclick="y', "")
HREFS: Final = st.sampled_from(TARGETS) | st.text()
PLACES: Final = st.integers(-5, 400)
KINDS: Final[tuple[SpanKind, ...]] = get_args(SpanKind)
SPANS: Final = st.builds(Span, PLACES, PLACES, st.sampled_from(KINDS), HREFS)
SHOWN: Final = st.text(st.sampled_from("<>&\"'` \t\nab") | st.characters(codec="utf-8", exclude_characters="\r\0"))

FENCES: Final = ("---", "+++")


def _fenced(fence: str, matter: str) -> str:
    return f"{fence}\n{matter}\n{fence}\nText.\n"


def _front(data: bytes) -> str | bytes:
    kind, rest = data[:1] or b"\0", data[1:]
    return rest if kind[0] < 64 else _fenced(FENCES[kind[0] % 2], MATTER.decoded(rest))


def _split(data: bytes) -> tuple[str, DatesMean]:
    means: tuple[DatesMean, ...] = get_args(DatesMean)
    return MARKDOWN.decoded(data[1:]), means[(data[:1] or b"\0")[0] % len(means)]


def _tagged(data: bytes) -> tuple[str, str]:
    half = len(data) // 2
    return TAGGED.decoded(data[:half]), TOML.decoded(data[half:])


def _rendered(data: bytes) -> tuple[str, list[Span], list[tuple[int, int]]]:
    spans, marks, text = data[:32], data[32:48], MARKDOWN.decoded(data[48:])
    kept = "".join(c for c in text if c not in "\r\0" and not "\ud800" <= c <= "\udfff")
    made = [Span(a - 5, b - 5, KINDS[k % len(KINDS)], TARGETS[k % len(TARGETS)]) for a, b, k in _chunks(spans, 3)]
    return kept, made, [(a - 5, b - 5) for a, b in _chunks(marks, 2)]


def _chunks(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data) - size + 1, size)]


@dataclass(frozen=True, slots=True)
class Fuzzed:
    """A reader, and how it is given input."""

    drawn: st.SearchStrategy[Any]
    decoded: Callable[[bytes], Any]
    """Input of the same kind from bytes, whatever they are."""
    read: Callable[[Any], None]
    """Reads it and says what must hold."""


FUZZED: Final = {
    "front matter": Fuzzed(
        st.binary() | MATTER.drawn | st.builds(_fenced, st.sampled_from(FENCES), MATTER.drawn), _front, front
    ),
    "splitting": Fuzzed(st.tuples(MARKDOWN.drawn, st.sampled_from(get_args(DatesMean))), _split, split),
    "dating": Fuzzed(DATES.drawn, DATES.decoded, dated),
    "tagging": Fuzzed(st.tuples(TAGGED.drawn, TOML.drawn), _tagged, tagged),
    "rendering": Fuzzed(
        st.tuples(SHOWN, st.lists(SPANS, max_size=8), st.lists(st.tuples(PLACES, PLACES), max_size=8)),
        _rendered,
        rendered,
    ),
}
"""What is fuzzed."""
