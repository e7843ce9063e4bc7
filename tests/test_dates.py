"""When: dates in text, and the dates of passages and entries of whole documents."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import cast, get_args

import pytest
from fixture_files import Case, cases
from hypothesis import given, settings
from hypothesis import strategies as st

from searchapp.corpus import read, read_document
from searchapp.model import ORIGINS, DocumentRef, Entry, EventDate, Gazetteer, Passage
from searchapp.settings import CorpusSettings, DatesMean, load
from searchapp.splitting import collect, split
from searchapp.splitting.actors import Names
from searchapp.splitting.dating.entries import date_entries
from searchapp.splitting.dating.text import Stated, find_dates, parse_typed, unread

MEANS: tuple[DatesMean, ...] = ("events", "auto")
FIXTURES = Path(__file__).parent / "fixtures" / "dates"


def span(start: date, end: date) -> str:
    return str(start) if start == end else f"{start}..{end}"


def shown(text: str, when: Stated) -> str:
    """`30 September 2015 = 2015-09-30`; a partial date without its year: `early May = 05-01..05-10`."""
    days = when.days()
    assert days is not None
    first, last = map(str, days)
    if not when.full:
        first, last = first[5:], last[5:]
    return f"{text[when.start : when.end]} = {first if first == last else f'{first}..{last}'}\n"


@pytest.mark.parametrize("case", cases(FIXTURES / "text.txt"), ids=str)
def test_a_text_states_these_dates(case: Case) -> None:
    """Each way of writing a date is read, and nothing that only looks like one."""
    text = case.input.rstrip("\n")
    assert "".join(shown(text, when) for when in find_dates(text)) == case.expected


@pytest.mark.parametrize("case", cases(FIXTURES / "typed.txt"), ids=str)
def test_a_query_names_these_dates(case: Case) -> None:
    """A date typed in any case is found, together with where it stands in the query."""
    text = case.input.rstrip("\n")
    found = [f"{text[slice(*when.span)]} = {span(when.start, when.end)}\n" for when in parse_typed(text)]
    assert "".join(found) == case.expected


@pytest.mark.parametrize("case", cases(FIXTURES / "unread.txt"), ids=str)
def test_a_text_holds_dates_that_cannot_be_read(case: Case) -> None:
    """What may be one of several days is given none, but it is known that a date stands there."""
    text = case.input.rstrip("\n")
    assert "".join(f"{text[slice(*where)]}\n" for where in unread(text)) == case.expected


# --- Documents ------------------------------------------------------------------------------------


def document(text: str) -> tuple[list[Entry], dict[str, str]]:
    """Entries of a small document: `key: value` lines, `## headings`, `@2015-11-25 news items`, one passage a line."""
    options = {"title": "Report", "mean": "events", "published": "", "name": ""}
    entries: list[Entry] = []
    above: list[tuple[int, str]] = []
    for line in text.splitlines():
        key, _, value = line.partition(": ")
        if key in options and not entries:
            options[key] = value
        elif line.startswith("#"):
            level, title = len(line) - len(line.lstrip("#")), line.lstrip("# ")
            above = [item for item in above if item[0] < level]
            entries.append(section(options["title"], tuple(heading for _, heading in above), title))
            above.append((level, title))
        elif line.startswith("@"):
            day, _, title = line[1:].partition(" ")
            entries.append(news(options["title"], date.fromisoformat(day), title))
        elif line:
            if not entries:
                entries.append(section(options["title"], (), options["title"]))
            entries.append(with_passage(entries.pop(), line))
    return entries, options


def section(document_title: str, path: tuple[str, ...], title: str) -> Entry:
    ref = DocumentRef("document.md", document_title)
    return Entry(title, "section", title, path, ref, "", (1, 1), (Passage("title", title, (1, 1)),))


def news(document_title: str, day: date, title: str) -> Entry:
    ref = DocumentRef("document.md", document_title)
    when = EventDate(day, day, "item")
    return Entry(title, "news", title, (), ref, "", (1, 1), (Passage("title", title, (1, 1)),), date=when)


def with_passage(entry: Entry, text: str) -> Entry:
    return replace(entry, passages=(*entry.passages, Passage("paragraph", text, (1, 1))))


def dated(text: str) -> tuple[Entry, ...]:
    entries, options = document(text)
    published = date.fromisoformat(options["published"]) if options["published"] else None
    mean = options["mean"]
    assert mean in get_args(DatesMean)
    return date_entries(entries, published=published, dated_name=options["name"] == "dated", mean=cast(DatesMean, mean))


def told(entries: tuple[Entry, ...]) -> str:
    """One line an entry, one a passage: its first words and its dates."""
    lines = []
    for entry in entries:
        lines.append(f"# {entry.title} | {when_of(entry.date)}")
        lines += [
            f"{' '.join(passage.text.split()[:4])} | {', '.join(map(when_of, passage.dates)) or 'undated'}"
            for passage in entry.passages
        ]
    return "".join(f"{line}\n" for line in lines)


def when_of(when: EventDate | None) -> str:
    return f"{span(when.start, when.end)} {when.origin}" if when else "undated"


@pytest.mark.parametrize("case", cases(FIXTURES / "documents.txt"), ids=str)
def test_the_passages_of_a_document_have_these_dates(case: Case) -> None:
    """Every passage has exactly the dates that there is evidence for, each with where it comes from."""
    assert told(dated(case.input)) == case.expected


@pytest.mark.parametrize("case", cases(FIXTURES / "lists.txt"), ids=str)
def test_items_of_lists_have_these_dates(case: Case) -> None:
    """What stands in an item is told from what stands beside it."""
    document, _ = read_document("report.md", case.input.encode())
    assert told(split(document, CorpusSettings(dates="events"), Names(Gazetteer())).entries) == case.expected


def test_a_stated_or_completed_date_says_where_the_passage_states_it() -> None:
    """A reader can be shown the very words that a date was read from."""
    (entry,) = dated("## 2016\nOn 9 January and in early February 2017.\n")
    text = entry.passages[1].text
    assert {text[slice(*when.span)]: when.origin for when in entry.passages[1].dates if when.span} == {
        "9 January": "completed",
        "early February 2017": "stated",
    }


@pytest.mark.parametrize(
    ("text", "rough"),
    [
        ("In late February 2016 it fell.", [True]),
        ("From 21 to 29 February 2016 it fell.", [False]),
        ("From 1 to 10 October 2015, and in early October 2016.", [False, True]),
        ("From 1 March to mid-May 2016.", [True]),
        ("On 4 March 2016, in May 2016, from March to May 2016, in 2016.", [False] * 4),
    ],
)
def test_a_date_knows_whether_its_days_are_written(text: str, rough: list[bool]) -> None:
    """A reference that says more than the text is wrong, and so is one that says less."""
    (entry,) = dated(f"{text}\n")
    assert [one.rough for one in entry.passages[1].dates] == rough


@pytest.mark.parametrize(
    ("heading", "rough"), [("Mid-October 2015", True), ("11–20 October 2015", False), ("March – May 2016", False)]
)
def test_a_heading_knows_whether_its_days_are_written(heading: str, rough: bool) -> None:
    """And what it dates; the span of several dates is rough."""
    entry, several = dated(f"## {heading}\nNothing new.\n## Later\nOn 4 March 2017. On 5 May 2018.\n")
    assert entry.date
    assert several.date
    assert [entry.date.rough, entry.passages[1].dates[0].rough, several.date.rough] == [rough, rough, True]


def test_dates_inherited_from_a_heading_have_no_place_in_the_text() -> None:
    """Only words that state a date are marked."""
    (entry,) = dated("## November 2015\nThe strikes went on.\n")
    assert [when.span for passage in entry.passages for when in passage.dates] == [None, None]


# --- Properties -------------------------------------------------------------------------------------

PIECES = """
May March 2015 30 September 31 early mid- late of in since 2015–16 – - to and between 1–3 1, , . ( ) 9/11 2,000 the
first half summer winter 29 February 12 Sept. сентября أيلول 2015-09-30 30.09.2015 01/02/2015 99 st 22nd 0 1799 2100
civilians года Mai until from 10:30 1950s Mar -16 '16 / 04.03.16 041630Z MAR 16 20160304 hrs 04MAR16 年 28-
"""
WORDS = st.sampled_from(PIECES.split())
TEXTS = st.one_of(st.text(), st.lists(WORDS).map(" ".join), st.lists(WORDS).map("".join))


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_dates_lie_in_the_text_in_order_and_apart(text: str) -> None:
    """Whatever the text, reading it never fails, and no two dates share a character."""
    ranges = [(when.start, when.end) for when in find_dates(text)]
    assert all(0 <= start < end <= len(text) for start, end in ranges)
    assert all(before[1] <= after[0] for before, after in pairwise(ranges))
    assert all(end <= first or last <= start for start, end in unread(text) for first, last in ranges)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_typed_dates_are_whole_spans_in_plausible_years(text: str) -> None:
    """A typed date begins before it ends and lies in the text it was typed in."""
    for when in parse_typed(text):
        assert when.start <= when.end
        assert 1799 <= when.start.year <= 2101
        assert 0 <= when.span[0] < when.span[1] <= len(text)


@given(st.dates(date(1800, 1, 1), date(2099, 12, 31)))
@settings(max_examples=150, deadline=None)
def test_every_day_can_be_written_and_read_in_any_form(day: date) -> None:
    """The calendar has no day that one of the forms gets wrong."""
    month = day.strftime("%B")
    forms = (f"on {day.day} {month} {day.year}", f"{month} {day.day}, {day.year}", day.isoformat(), f"{day:%d.%m.%Y}")
    for form in forms:
        assert [when.days() for when in find_dates(form)] == [(day, day)]


@given(st.lists(TEXTS, max_size=6), st.lists(TEXTS, max_size=3), st.sampled_from(MEANS))
@settings(max_examples=120, deadline=None)
def test_any_document_can_be_dated_and_loses_nothing(texts: list[str], headings: list[str], mean: DatesMean) -> None:
    """Dating changes dates and nothing else; each passage has its best evidence first and each span once."""
    ref = DocumentRef("document.md", headings[0] if headings else "")
    passages = tuple(Passage("paragraph", text, (1, 1)) for text in texts)
    path = tuple(headings[1:])
    entry = Entry("id", "section", "", path, ref, "", (1, 1), (Passage("title", "", (1, 1)), *passages))
    (result,) = date_entries([entry], published=date(2020, 2, 29), dated_name=False, mean=mean)
    assert [passage.text for passage in result.passages] == ["", *texts]
    for passage in result.passages:
        origins = [ORIGINS.index(when.origin) for when in passage.dates]
        assert origins == sorted(origins)
        assert len({(when.start, when.end) for when in passage.dates}) == len(passage.dates)
        for when in passage.dates:
            assert when.span is None or 0 <= when.span[0] < when.span[1] <= len(passage.text)


@pytest.mark.parametrize(
    "piece",
    [
        "1, ",
        "in 2001, ",
        "May ",
        "1–",
        "3 May, ",
        "2015-",
        "and 3 ",
        "late ",
        "1/",
        "May 5–",
        "4 Mar 16 ",
        "04MAR16 5 May ",
    ],
)
def test_long_rows_of_figures_cost_no_more_than_their_length(piece: str) -> None:
    """Neither a table of numbers nor a calendar on one line overflows the stack or takes its square in time."""
    (entry,) = document(f"## 2016\n{piece * 5000}in 2015\n")[0]
    begin = time.perf_counter()
    date_entries([entry], published=None, dated_name=False, mean="events")
    assert time.perf_counter() - begin < 5


def test_reading_a_query_for_dates_costs_next_to_nothing() -> None:
    """Every search does it, so it must stay far below a millisecond."""
    runs = []
    for _ in range(50):
        begin = time.perf_counter()
        parse_typed("hospital idlib 24 November 2015")
        runs.append(time.perf_counter() - begin)
    assert min(runs) < 0.0005


# --- The seeds --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def seeds() -> list[Passage]:
    known = load(Path(__file__).parents[1] / "seeds", env={})
    return [p for entry in collect(read(known), known.collection, "").entries for p in entry.passages]


@pytest.mark.parametrize("case", cases(FIXTURES / "seeds.txt"), ids=str)
def test_the_passages_of_the_seeds_are_dated_as_a_reader_would(case: Case, seeds: list[Passage]) -> None:
    """Where the rules meet real prose, each passage has the dates that a careful reader gives it."""
    lines = []
    for beginning in case.input.splitlines():
        (passage,) = (passage for passage in seeds if passage.text.startswith(beginning))
        lines.append(f"{beginning} | {', '.join(map(when_of, passage.dates)) or 'undated'}\n")
    assert "".join(lines) == case.expected


def test_the_name_of_a_file_is_no_heading() -> None:
    """A file's name that stands in for a title dates nothing where dates are those of events; its own title does."""
    events = CorpusSettings(dates="events")
    for text, dates in (("A truce.\n", []), ("# 15 June 2026\n\nA truce.\n", [date(2026, 6, 15)])):
        document, _ = read_document("2026-06-15.md", text.encode())
        (entry,) = split(document, events, Names(Gazetteer())).entries
        assert [when.start for when in entry.passages[-1].dates] == dates
