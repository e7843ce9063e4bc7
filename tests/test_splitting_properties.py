"""What holds for any Markdown: nothing raises, no visible text is lost or invented, lines are real and in order."""

from __future__ import annotations

from html_words import visible_words, words
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from markdown_it.rules_core import inline as own_rule

from searchapp import corpus, splitting
from searchapp.model import Document, Gazetteer
from searchapp.settings import CorpusSettings
from searchapp.splitting import parser, structure
from searchapp.splitting.actors import Names
from searchapp.splitting.text import clean
from torture.inputs import MARKUP

NO_NAMES = Names(Gazetteer())
NEWS = (
    *(
        "### [2015-11-5](/news/2015/11/5/index.md)\n\n",
        "# ",
        "### Source:\n\n",
        "### Related:\n\n",
        "1. [",
        " ](/news/2015/11/9/",
    ),
    *(
        ".md) ",
        "_Context: ",
        "_\n",
        "\n\n",
        "\n",
        "* [",
        "](/news/2016/2/30/a)",
        "](/c.jpg)\n",
        "### [",
        "  ",
    ),
)
WORDS = st.text("abcdefghij", min_size=1, max_size=4) | st.sampled_from(["Сирия", "إدلب", "ﬁn", "ſ", "İ", "2015", "é"])
MARKDOWN = st.lists(st.sampled_from(MARKUP) | WORDS, max_size=40).map("".join)
PAGES = st.lists(st.sampled_from(NEWS) | WORDS, max_size=30).map("".join)
ANYTHING = st.text(max_size=300) | MARKDOWN | PAGES


def whole(text: str) -> Document:
    """A document that is all body, without front matter."""
    return Document("a.md", text, 1, {}, "")


@settings(max_examples=300, deadline=None)
@given(ANYTHING)
def test_any_text_is_taken_apart(text: str) -> None:
    """Whatever a file holds, it is read and taken apart without an error, and ids and anchors are unique."""
    document, _ = corpus.read_document("a.md", text.encode("utf-8", "surrogatepass"))
    found = splitting.split(document, CorpusSettings(), NO_NAMES)
    assert len({entry.id for entry in found.entries}) == len(found.entries)
    assert len({entry.anchor for entry in found.entries}) == len(found.entries)
    assert len({heading.anchor for heading in found.outline.headings}) == len(found.outline.headings)
    assert {heading.entry for heading in found.outline.headings} <= {*found.outline.entries, None}


@settings(max_examples=200, deadline=None)
@given(ANYTHING)
def test_lines_are_real_and_ordered(text: str) -> None:
    """Lines are lines of the file, in order; passages lie within their entry and hold something on their lines."""
    document, _ = corpus.read_document("a.md", text.encode("utf-8", "surrogatepass"))
    found = splitting.split(document, CorpusSettings(), NO_NAMES)
    last = max(found.outline.lines, 1)
    starts = [entry.lines[0] for entry in found.entries]
    assert starts == sorted(starts)
    for entry in found.entries:
        assert 1 <= entry.lines[0] <= entry.lines[1] <= last
        assert [p.lines[0] for p in entry.passages] == sorted(p.lines[0] for p in entry.passages)
        for passage in entry.passages:
            assert entry.lines[0] <= passage.lines[0] <= passage.lines[1] <= entry.lines[1]


@settings(max_examples=200, deadline=None)
@given(ANYTHING)
def test_passages_are_clean(text: str) -> None:
    """A passage has text, its white space is collapsed, its spans cover text of it, and it stands once in an entry."""
    for draft in structure.take_apart(whole(text)).drafts:
        texts = [passage.text for passage in draft.entry.body]
        assert len(set(texts)) == len(texts) or "2015" in " ".join(texts)  # a date parts them
        for passage in draft.entry.passages:
            assert passage.text.strip()
            assert all(passage.text[span.start : span.end].strip() for span in passage.spans)
            if passage.kind not in ("code", "table"):
                assert passage.text == " ".join(passage.text.split())


@settings(max_examples=300, deadline=None)
@given(MARKDOWN)
def test_no_visible_text_is_lost_or_invented(text: str) -> None:
    """The words of all passages and headings are those that a browser would show, no fewer and no more."""
    document = whole(text)
    found = structure.take_apart(document)
    assume(not any(draft.entry.kind == "news" for draft in found.drafts))
    kept = words(" ".join(p.text for draft in found.drafts for p in draft.entry.passages if p.text != found.ref.title))
    kept |= words(" ".join(heading.title for heading in found.headings if heading.level))
    shown = visible_words(text)
    titled = words(found.ref.title)
    assert shown - titled == kept - titled
    assert titled <= shown or found.ref.title == "A"


@settings(max_examples=200, deadline=None)
@given(PAGES)
@example("### [2015-11-5](/news/2015/11/5/index.md)\n\n# Again\n\n# Again\n\na\n\n# Again\n\nb\n")
def test_news_lose_no_words(text: str) -> None:
    """Every word of a news page is in a passage, a heading, a tag or a source, but for links to images."""
    found = structure.take_apart(whole(text))
    kept = [p.text for draft in found.drafts for p in draft.entry.passages] + [h.title for h in found.headings]
    kept += [tag for draft in found.drafts for tag in draft.tags]
    kept += [source.label for draft in found.drafts for source in draft.entry.sources]
    images = {word for word in visible_words(text) if f"{word}](/c.jpg)" in text}
    assert visible_words(text) - words(" ".join(kept)) <= {"Context"} | images


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(["http://a.b/c", "[object Object]", "&amp;amp;", " ", "(", ")", ".", "x"]), max_size=12
    ).map("".join)
)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    """Clean text stays as it is, but for references that decoding has brought to light."""
    once = clean(text)
    if "&" not in once.text:
        assert clean(once.text, once.spans) == once


@given(st.lists(st.sampled_from(MARKUP) | st.text(max_size=8)).map("".join))
def test_text_without_markup_is_read_as_the_parser_reads_it(text: str) -> None:
    """What is left to the parser's own rule for inline Markdown and what is not give the same tokens."""
    whole = parser._parser()  # noqa: SLF001  # what is compared is inside
    whole.core.ruler.at("inline", own_rule)
    assert parser.MARKDOWN.parse(text) == whole.parse(text)
