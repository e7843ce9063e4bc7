"""Documents taken apart: the rules as text fixtures, the seeds as they are, and items met in several documents."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fixture_files import Case, cases
from html_words import visible_words, words

from searchapp import corpus, splitting
from searchapp.model import Collection, Corpus, Document, Gazetteer, Name, Passage
from searchapp.settings import CorpusSettings, load
from searchapp.splitting import blocks, structure
from searchapp.splitting.actors import Names

HERE = Path(__file__).parent
FIXTURES = HERE / "fixtures" / "splitting"
SEEDS = HERE.parent / "seeds"
NO_NAMES = Names(Gazetteer())


def document(text: str, path: str = "reports/idlib.md") -> Document:
    """A document as the corpus would read it. A first line '@ path' names the file."""
    if text.startswith("@ "):
        line, _, text = text.partition("\n")
        path = line[2:]
    return corpus.read_document(path, text.encode())[0]


def told(text: str) -> str:
    """A document taken apart, as the fixtures write it down."""
    found = structure.take_apart(document(text))
    return "".join(f"{line}\n" for line in _lines(found))


def _lines(found: structure.Structure) -> Iterator[str]:
    yield f"title: {found.ref.title}"
    for draft in found.drafts:
        entry = draft.entry
        path = "".join(f"{heading} › " for heading in entry.heading_path)
        yield f"{entry.kind} {_range(entry.lines)} {entry.id} | {path}{entry.title}"
        yield from (f"  tag: {tag}" for tag in draft.tags)
        yield from (f"  source: {source.label} <{source.url}>" for source in entry.sources)
        if entry.url:
            yield f"  url: {entry.url}"
        for passage in entry.passages:
            yield f"  {passage.kind} {_range(passage.lines)} {passage.text!r}{''.join(_spans(passage))}"


def _range(lines: tuple[int, int]) -> str:
    return f"{lines[0]}-{lines[1]}"


def _spans(passage: Passage) -> Iterator[str]:
    for span in passage.spans:
        target = f" <{span.href}>" if span.href else ""
        yield f" [{span.kind} {passage.text[span.start : span.end]!r}{target}]"


ALL = [pytest.param(case, id=f"{path.stem}:{case}") for path in sorted(FIXTURES.glob("*.txt")) for case in cases(path)]


@pytest.mark.parametrize("case", ALL)
def test_rule(case: Case) -> None:
    """Each rule of splitting gives what its example says."""
    assert told(case.input) == case.expected


def test_the_form_of_lists_is_kept() -> None:
    """An item has its bullet or its number as it is counted, what follows in it none, and each how deep it stands."""
    text = "3. a\n   - b\n     1) c\n\n   d\n3. e\n\n* f\n\n      code\n\n> g\n>\n> > h\n\ni\n"
    found = [(block.text, block.depth, block.marker) for block in blocks.parse(text).blocks]
    assert found == [
        ("a", 1, "3."),
        ("b", 2, "•"),
        ("c", 3, "1."),
        ("d", 1, ""),
        ("e", 1, "4."),
        ("f", 1, "•"),
        ("code", 1, ""),
        ("g", 1, ""),
        ("h", 2, ""),
        ("i", 0, ""),
    ]


def test_the_form_of_lists_reaches_the_passages() -> None:
    """Dating and naming keep it."""
    names = Names(Gazetteer((Name("Red Cross", "organisation"),)))
    found = splitting.split(document("1. Red Cross in May 2016\n2. Other\n"), CorpusSettings(), names)
    assert [(p.marker, p.depth) for p in found.entries[0].body] == [("1.", 1), ("2.", 1)]


# --- Outlines -------------------------------------------------------------------------------------------


def test_outline_lists_every_heading() -> None:
    """A document's outline has all headings, with the entries that they open, and the text before the first."""
    found = splitting.split(document("Start.\n\n# A\n\n## B\n\nText.\n"), CorpusSettings(), NO_NAMES).outline
    assert [(h.level, h.title, h.anchor, h.line, h.entry) for h in found.headings] == [
        (0, "A", "top", 1, "reports/idlib.md/top"),
        (1, "A", "a", 3, None),
        (2, "B", "b", 5, "reports/idlib.md/b"),
    ]
    assert found.entries == ("reports/idlib.md/top", "reports/idlib.md/b")
    assert found.lines == 7


def test_outline_shows_front_matter_as_text() -> None:
    """Front matter is shown as it was written, whatever its types, and without its empty keys."""
    text = """---
title: A
date: 2018-10-31T11:05:18.055Z
day: 2018-10-31
empty: ""
nothing:
draft: false
list: [a, 1, 2.5]
lines: |
  one

  two
where: {town: Homs, more: [x, y]}
---
Text.
"""
    found = splitting.split(document(text), CorpusSettings(), NO_NAMES).outline
    assert found.metadata == (
        ("title", "A"),
        ("date", "2018-10-31T11:05:18.055Z"),
        ("day", "2018-10-31"),
        ("draft", "false"),
        ("list", "a, 1, 2.5"),
        ("lines", "one\ntwo"),
        ("where", "town: Homs; more: x, y"),
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("[Anna Berg, 'de Vries, P.']", "Anna Berg; de Vries, P."),
        ("Anna Berg and others", "Anna Berg and others"),
        ("[{name: Anna Berg, url: 'https://a.example'}, {twitter: b}]", "Anna Berg; twitter: b"),
        ("{name: Anna Berg, email: a@a.example}", "Anna Berg"),
        ("[{name: , email: a@a.example}, null, '']", "email: a@a.example"),
    ],
)
def test_authors_are_told_apart(given: str, told: str) -> None:
    """A list of them is parted by semicolons, and one of several fields is told by the name."""
    text = f"---\nAuthor: {given}\n---\nText.\n"
    assert splitting.split(document(text), CorpusSettings(), NO_NAMES).outline.metadata == (("Author", told),)


@pytest.mark.parametrize(("text", "lines"), [("", 0), ("a", 1), ("a\n", 1), ("a\n\n", 2), ("---\na: b\n---\n", 3)])
def test_outline_counts_lines(text: str, lines: int) -> None:
    """An outline has as many lines as the file."""
    assert splitting.split(document(text), CorpusSettings(), NO_NAMES).outline.lines == lines


def test_language_is_that_of_the_document() -> None:
    """Entries have the language that the front matter states."""
    found = splitting.split(document("---\nlang: ar-SY\n---\nنص\n"), CorpusSettings(), NO_NAMES)
    assert [entry.lang for entry in found.entries] == ["ar"]


def test_splits_can_go_to_other_processes() -> None:
    """What a document gives can be pickled, so that documents can be shared out to processes."""
    found = splitting.split(document("---\nt: [1]\n---\n# A\n\nOn 3 May 2015.\n"), CorpusSettings(), NO_NAMES)
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301  # our own bytes


# --- Items met twice --------------------------------------------------------------------------------------

PAGE = "### [2015-11-9](/news/2015/11/9/index.md)\n\n# A jet is *down*\n\nSummary.\n"
LINK = (
    "### [2015-11-{day}](/news/2015/11/{day}/index.md)\n\n# Other {day}\n\n### Related:\n\n"
    "1. [A jet is down ](/news/2015/11/9/a-jet-is-down.md) _Context: {tags}_\n"
)


def collected(*texts: str, names: tuple[Name, ...] = ()) -> Collection:
    documents = tuple(document(text, f"{number}.md") for number, text in enumerate(texts))
    return splitting.collect(Corpus(documents, Gazetteer(names), (), "digest"), CorpusSettings(), "Title")


def test_own_page_beats_related_lines() -> None:
    """An item that several documents mention is one entry, told by its own page, with the tags of all and a link."""
    found = collected(LINK.format(day=1, tags="Syria, NATO"), PAGE, LINK.format(day=2, tags="Syria, Turkey"))
    (entry,) = [entry for entry in found.entries if entry.title == "A jet is down"]
    assert entry.document.path == "1.md"
    assert [passage.text for passage in entry.passages] == ["A jet is down", "Summary."]
    assert entry.tags == ("Syria", "NATO", "Turkey")
    assert entry.url == "/news/2015/11/9/a-jet-is-down.md"
    assert [entry.id in outline.entries for outline in found.outlines] == [True, True, True]


def test_first_mention_is_kept() -> None:
    """Without a page of its own, an item is told by the first document that mentions it."""
    found = collected(LINK.format(day=1, tags="Syria"), LINK.format(day=2, tags="NATO"))
    (entry,) = [entry for entry in found.entries if entry.title == "A jet is down"]
    assert (entry.document.path, entry.tags) == ("0.md", ("Syria", "NATO"))


def test_joined_tags_become_actors() -> None:
    """A tag that names an actor tags the item's passages, though it stands in another document."""
    nato = Name("NATO", "organisation")
    found = collected(PAGE, LINK.format(day=1, tags="NATO, Syria"), names=(nato,))
    entry = next(entry for entry in found.entries if entry.title == "A jet is down")
    assert [passage.actors for passage in entry.body] == [("NATO",), ("NATO",)]
    assert entry.tags == ("Syria",)


def test_collection_carries_the_corpus() -> None:
    """A collection has the title, language, digest and an outline for each document; progress is told."""
    told: list[tuple[str, int, int]] = []
    documents = (document("One.", "a.md"), document("", "b.md"))
    found = splitting.collect(
        Corpus(documents, Gazetteer(), (), "digest"),
        CorpusSettings(language="fr"),
        "Title",
        lambda *step: told.append(step),
    )
    assert (found.title, found.language, found.digest, len(found.outlines)) == ("Title", "fr", "digest", 2)
    assert [step[1:] for step in told] == [(1, 2), (2, 2)]


# --- The seeds ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seeds() -> tuple[Corpus, Collection]:
    """The seeds, read and taken apart."""
    settings = load(SEEDS, SEEDS.parent / "index", {})
    read = corpus.read(settings)
    return read, splitting.collect(read, settings.collection, settings.title)


def test_seeds_are_sections_and_news(seeds: tuple[Corpus, Collection]) -> None:
    """The four seeds are 29 sections and 17 news items, each with text of its own."""
    entries = seeds[1].entries
    assert [sum(entry.kind == kind for entry in entries) for kind in ("section", "news")] == [29, 17]
    assert all(len(entry.passages) > 1 for entry in entries if entry.kind == "section")
    assert not any("object Object" in passage.text or "://" in passage.text for e in entries for passage in e.passages)


def test_seeds_lose_no_word(seeds: tuple[Corpus, Collection]) -> None:
    """Every word that a browser would show of the seeds is in a passage, a heading, a tag or a source."""
    read, found = seeds
    for each in read.documents:
        drafts = structure.take_apart(each)
        kept = [p.text for draft in drafts.drafts for p in draft.entry.passages] + [h.title for h in drafts.headings]
        kept += [tag for draft in drafts.drafts for tag in draft.tags]
        kept += [source.label for draft in drafts.drafts for source in draft.entry.sources]
        lost = visible_words(each.body) - words(" ".join(kept))
        assert lost <= {"object", "Object", "Context", "Cover", "Image", "ogv"}, each.path
    assert len(found.entries) == len({entry.id for entry in found.entries})


def test_seed_passages_are_at_their_lines(seeds: tuple[Corpus, Collection]) -> None:
    """The first words of every passage stand on the first of its lines, and its last words on the last."""
    files = {each.path: (SEEDS / each.path).read_text(encoding="utf-8").split("\n") for each in seeds[0].documents}
    checked = 0
    for entry in seeds[1].entries:
        for passage in entry.passages[1:]:
            rows = files[entry.document.path]
            first, last = (words(rows[line - 1].replace("&#03", " ")) for line in passage.lines)
            assert words(passage.text.split()[0]) <= first, (entry.id, passage)
            assert words(passage.text.split()[-1]) <= last, (entry.id, passage)
            checked += 1
    assert checked > 200


# --- Bounds -------------------------------------------------------------------------------------------------

DEEP = {
    "quotes": "> " * 10_000 + "deepest",
    "lists": "- " * 10_000 + "deepest",
    "indented lists": "".join("  " * depth + "- deepest\n" for depth in range(200)),
    "brackets": "[" * 10_000 + "deepest",
    "links": "[" * 2_000 + "deepest" + "](a)" * 2_000,
    "images": "![" * 2_000 + "deepest" + "](a)" * 2_000,
    "emphasis": "*" * 10_000 + "deepest" + "*" * 10_000,
    "headings in quotes": "> " * 10_000 + "# deepest",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=list(DEEP))
def test_deep_nesting_is_text(text: str) -> None:
    """However deep Markdown is nested, it is read without an error and its text is found."""
    entries = splitting.split(document(text), CorpusSettings(), NO_NAMES).entries
    assert "deepest" in " ".join(passage.text for entry in entries for passage in entry.passages)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<p>Sarin.</p>\n\nText.\n\n<table><tr><td>4 April</td></tr></table>\n", (1, "2 blocks of HTML hold")),
        ("Text.\n\n<details>\n<summary>Witness</summary>\n\nOf it.\n\n</details>\n", (3, "a block of HTML holds")),
        ("> <div>\n> Quoted\n> </div>\n\nText.\n", (1, "a block of HTML holds")),
        ("Text <b>bold</b>.\n\n<!-- a note\n\nof ours -->\n\n<br>\n\n<img src='a.png' alt='b'>&nbsp;\n", None),
        ("<img alt='x > y'>\n\n<?php if ($a > 1) go(); ?>\n\n<div>https://example.org/a</div>\n", None),
        ("<script>\nlet a = '<b>';\n</script>\n\n<STYLE>p {}</STYLE>\n\nText.\n", None),
    ],
)
def test_words_in_html_are_told(text: str, told: tuple[int, str] | None) -> None:
    """What is lost with blocks of HTML is a problem with the line of the first; what nobody reads is none."""
    found = splitting.split(document(text), CorpusSettings(), NO_NAMES).problems
    assert [(problem.line, problem.message[: len(told[1])]) for problem in found if told] == ([told] if told else [])
    assert len(found) == (1 if told else 0)


def test_many_equal_headings_are_quick() -> None:
    """Anchors of repeated headings are found without going through all of them."""
    found = blocks.parse("## Same\n\nText.\n\n" * 3_000).blocks
    assert len(found) == 6_000
    entries = structure.take_apart(replace(document(""), body="## Same\n\nText.\n\n" * 3_000)).drafts
    assert entries[-1].entry.anchor == "same-3000"


def test_event_dates_reach_the_passages() -> None:
    """A split has passages with dates and an item's entry its own day."""
    section, item = (
        splitting.split(document("Shot down on 24 November 2015.\n"), CorpusSettings(), NO_NAMES),
        collected(PAGE),
    )
    assert section.entries[0].passages[1].years == ("2015",)
    news = item.entries[0].date
    assert news is not None
    assert (news.start, news.end, news.origin) == (date(2015, 11, 9), date(2015, 11, 9), "item")
