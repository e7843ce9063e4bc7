"""References to passages: what they say, and that each format is read back by what reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import accumulate

import pytest
import rispy
from hypothesis import given, settings
from hypothesis import strategies as st
from web_support import sample

from searchapp.model import Collection, Entry, EventDate, Outline, Source
from searchapp.web.cite import FORMATS, Citation, as_bibtex, as_csl, as_ris, as_text, cite

ROOT = "https://archive.example"


def parts(collection: Collection, entry_id: str) -> tuple[Entry, Outline]:
    entry = next(e for e in collection.entries if e.id == entry_id)
    outline = next(o for o in collection.outlines if o.ref == entry.document)
    return entry, outline


@pytest.fixture
def citation() -> Citation:
    entry, outline = parts(sample(), "notes/article.md/march-may-2018")
    outline = replace(outline, sha256="ab" * 32, published=date(2023, 10, 21))
    return cite(entry, 2, outline, "Test collection", ROOT)


def test_text_says_everything(citation: Citation) -> None:
    """The plain text has quote, section, document, author, file, line, event date and origin, digest and permalink."""
    assert as_text(citation).splitlines() == [
        "“Hospitals reopened in late May 2018.”",
        "“Operations › March – May 2018”, in: The campaign, an overview (A. Nonymous, published 21 October 2023), "
        "notes/article.md, line 16.",
        "Event date: late May 2018 (stated in the text).",
        f"SHA-256 of the file: {'ab' * 32}",
        f"{ROOT}/entry/notes/article.md/march-may-2018#L16",
    ]


def test_second_passage_of_a_line(citation: Citation) -> None:
    """Two passages on one line have different addresses and keys."""
    entry, outline = parts(sample(), "notes/article.md/march-may-2018")
    other = cite(entry, 3, outline, "Test collection", ROOT)
    assert other.lines == citation.lines
    assert other.permalink.endswith("#L16-2")
    assert other.key != citation.key


def test_undated_is_said() -> None:
    """A passage without a date says so, and no format makes one up."""
    entry, outline = parts(sample(), "notes/article.md/opening")
    found = cite(entry, 1, outline, "Test collection", ROOT)
    assert "Event date: undated (no certain date in the text)." in as_text(found)
    assert "eventdate" not in as_bibtex(found)
    assert "event-date" not in as_csl(found)


def test_several_dates_are_all_said(citation: Citation) -> None:
    """Each with its origin, those with the same once; a field for one date has none of them."""
    days = (
        EventDate(date(2011, 1, 1), date(2011, 12, 31), "stated"),
        EventDate(date(2015, 9, 30), date(2015, 9, 30), "stated"),
    )
    around = EventDate(date(2015, 9, 1), date(2015, 9, 30), "heading")
    found = replace(citation, events=(*days, around))
    said = "Event date: 2011; 30 Sep 2015 (stated in the text); Sep 2015 (from the heading)"
    assert f"{said}.\n" in as_text(found)
    assert said in as_ris(found)
    assert said in as_csl(found)["note"]
    assert "eventdate" not in as_bibtex(found)
    assert "event-date" not in as_csl(found)


def test_source_of_an_item() -> None:
    """A news item's first link that can be followed is its source; a link that cannot is never cited."""
    entry, outline = parts(sample(), "news/2015/11/25/air-base")
    assert cite(entry, 1, outline, "C", ROOT).source == "https://example.org/x"
    unsafe = replace(entry, sources=(Source("Wire", "javascript:alert(2)"),), url="/news/2015/11/25/x.md")
    assert cite(unsafe, 1, outline, "C", ROOT).source == ""
    told = replace(outline, metadata=(("URL", "https://example.org/whole"),))
    assert cite(unsafe, 1, told, "C", ROOT).source == "https://example.org/whole"


def test_there_is_no_such_passage() -> None:
    """A passage that the entry does not have is an IndexError, below and above."""
    entry, outline = parts(sample(), "notes/article.md/opening")
    for number in (-1, len(entry.passages)):
        with pytest.raises(IndexError):
            cite(entry, number, outline, "C", ROOT)


def test_ris_is_read_back(citation: Citation) -> None:
    """A RIS parser reads back the exact quote, the lines, the URL and every remark."""
    (record,) = rispy.loads(as_ris(citation))
    assert as_ris(citation).startswith("TY  - ")
    assert record["abstract"] == citation.quote
    assert "start_page" not in record  # lines are no pages: they stand in a note
    assert record["urls"] == [citation.permalink]
    assert record["notes"] == list(citation.remarks)
    assert record["authors"] == ["A. Nonymous"]


def test_csl_has_the_event_date(citation: Citation) -> None:
    """CSL-JSON has the event date as a span of days, apart from the date of publication, and the digest."""
    item = as_csl(citation)
    assert item["event-date"] == {"date-parts": [[2018, 5, 21], [2018, 5, 31]]}
    assert item["issued"] == {"date-parts": [[2023, 10, 21]]}
    assert item["custom"]["sha256"] == "ab" * 32
    assert item["custom"]["date_origin"] == "stated"
    assert json.loads(FORMATS["json"][2](citation)) == [item]


def test_bibtex_of_hostile_text(citation: Citation) -> None:
    """What BibTeX would read as its own syntax is named instead: braces, percent, backslash, at a lone brace too."""
    found = as_bibtex(
        replace(citation, quote=r"50% of $5 & {x_1} #2 ~ ^ \input{a} }", source="https://e.org/a{b}?c=%20#d")
    )
    assert r"50\% of \$5 \& \textbraceleft{}x\_1\textbraceright{} \#2 \textasciitilde{} \textasciicircum{}" in found
    assert r"\textbackslash{}input\textbraceleft{}a\textbraceright{} \textbraceright{}" in found
    assert r"url = {https://e.org/a\%7Bb\%7D?c=\%20\#d}" in found


def test_several_authors_are_several() -> None:
    """Each is one of its own in every format, and its name may hold a comma; a publisher stands in for none."""
    entry, outline = parts(sample(), "notes/article.md/opening")
    told = (("publisher", "A press"), ("Authors", "Anna Berg; de Vries, P. ;\nMSF and others"))
    found = cite(entry, 1, replace(outline, metadata=told), "C", ROOT)
    assert found.authors == ("Anna Berg", "de Vries, P.", "MSF and others")
    assert "author = {{Anna Berg} and {de Vries, P.} and {MSF and others}}" in as_bibtex(found)
    assert rispy.loads(as_ris(found))[0]["authors"] == list(found.authors)
    assert as_csl(found)["author"] == [{"literal": author} for author in found.authors]
    assert "(Anna Berg; de Vries, P.; MSF and others" in as_text(found)
    assert cite(entry, 1, replace(outline, metadata=told[:1]), "C", ROOT).authors == ("A press",)


TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=80)


@settings(max_examples=100, deadline=None)
@given(quote=TEXTS, title=TEXTS, author=TEXTS)
def test_any_text_keeps_the_form(quote: str, title: str, author: str) -> None:
    """Whatever a document says, BibTeX stays one entry with balanced braces and RIS one record with one title."""
    entry, outline = parts(sample(), "notes/article.md/opening")
    found = replace(cite(entry, 1, outline, "C", ROOT), quote=quote, title=title, authors=(" ".join(author.split()),))
    written = as_bibtex(found)
    depths = list(accumulate((char == "{") - (char == "}") for char in written))
    assert depths[-1] == 0
    assert depths.index(0, written.index("{")) == len(written) - 2
    records = rispy.loads(as_ris(found))
    assert len(records) == 1
    assert records[0].get("abstract", "") == " ".join(quote.split())
