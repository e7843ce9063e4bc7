"""Query <-> URL, text and ranges -> HTML, and the words of the page: pure functions."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from random import Random
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from searchapp.model import (
    FACETS,
    BadParameter,
    EventDate,
    Facet,
    FacetValue,
    Filter,
    Note,
    NoteCode,
    Origin,
    Query,
    Range,
    Results,
    Span,
)
from searchapp.web import dates, sentences, urls, values
from searchapp.web.markup import cut, is_safe_link, marked, rich, table
from searchapp.web.words import language

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
YEARS = st.one_of(st.just("undated"), st.integers(0, 9999).map("{:04d}".format))
FILTERS = st.one_of(
    st.builds(Filter, st.just("year"), YEARS, st.booleans()),
    st.builds(Filter, st.sampled_from(["actor", "document"]), TEXT.filter(bool), st.booleans()),
    st.builds(Filter, st.just("kind"), st.sampled_from(["section", "news"]), st.booleans()),
)
DAYS = st.one_of(st.none(), st.dates())


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Any well-formed query."""
    ends = [draw(DAYS), draw(DAYS)]
    if ends[0] and ends[1] and ends[0] > ends[1]:
        ends.reverse()
    return Query(
        q=draw(TEXT).strip(),
        filters=draw(st.frozensets(FILTERS, max_size=6)),
        date_from=ends[0],
        date_to=ends[1],
        match=draw(st.sampled_from(["all", "any"])),
        exact=draw(st.booleans()),
        sort=draw(st.sampled_from(["relevance", "newest", "oldest"])),
        page=draw(st.integers(1, urls.MAX_PAGE)),
        per_page=draw(st.integers(1, urls.MAX_PER_PAGE)),
        passages=draw(st.integers(1, urls.MAX_PASSAGES)),
    )


def from_url(url: str) -> Query:
    return urls.parse(MultiDict(parse_qsl(urlsplit(url).query, keep_blank_values=True)), strict=True)


@given(queries())
@settings(max_examples=200)
def test_round_trip(query: Query) -> None:
    """A query read back from its own arguments, or from its URL as a browser sends it, is the same query."""
    assert urls.parse(MultiDict(urls.to_args(query)), strict=True) == query
    assert from_url(urls.search_url(query)) == query


@given(queries(), st.randoms(use_true_random=False))
def test_canonical(query: Query, random: Random) -> None:
    """Equal queries have equal URLs, in whatever order their arguments came."""
    args = urls.to_args(query)
    random.shuffle(args)
    assert urls.to_args(urls.parse(MultiDict(args))) == urls.to_args(query)


@given(queries(), FILTERS)
def test_toggling_twice(query: Query, what: Filter) -> None:
    """Toggling a filter twice gives the query back, by value and by URL; once, another one."""
    once = query.toggle(what)
    assert urls.search_url(once) != urls.search_url(query)
    assert urls.search_url(once.toggle(what)) == urls.search_url(query)


def test_defaults_left_out() -> None:
    """A query with nothing but defaults has no arguments."""
    assert urls.search_url(Query()) == "/search"


@given(st.dictionaries(st.sampled_from(urls.PARAMETERS), st.lists(st.text(max_size=12), min_size=1, max_size=3)))
@settings(max_examples=200)
def test_anything_typed(args: dict[str, list[str]]) -> None:
    """Whatever the arguments are, they are a query with a URL of its own or an error that names its parameter."""
    query, refused = Query(), ""
    try:
        query = urls.parse(MultiDict(args))
    except BadParameter as error:
        refused = error.parameter
    assert from_url(urls.search_url(query)) == query
    assert not refused or refused in args or (refused == "from" and "to" in args)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("page", "0"),
        ("page", "51"),
        ("page", "1.5"),
        ("page", "٣"),
        ("per_page", "101"),
        ("per_page", "-1"),
        ("passages", "51"),
        ("match", "most"),
        ("sort", "date"),
        ("exact", "yes"),
        ("year", "15"),
        ("year", "20155"),
        ("year", "٢٠١٥"),
        ("not_year", "soon"),
        ("kind", "photo"),
        ("from", "2016-13"),
        ("from", "2016-02-30"),
        ("to", "tomorrow"),
        ("actor", "x" * 1001),
        ("document", "a\x00b"),
    ],
)
def test_malformed_value(parameter: str, value: str) -> None:
    """A value that is not of its form is refused, and the error names the parameter."""
    with pytest.raises(BadParameter) as caught:
        urls.parse(MultiDict([(parameter, value)]))
    assert caught.value.parameter == parameter


def test_repeated_scalar() -> None:
    """A parameter that holds one value is refused when it is given twice: neither can be preferred."""
    with pytest.raises(BadParameter, match="only once"):
        urls.parse(MultiDict([("page", "1"), ("page", "2")]))


def test_range_backwards() -> None:
    """A range that ends before it starts is refused rather than found empty."""
    with pytest.raises(BadParameter, match="ends on 2015-12-31"):
        urls.parse(MultiDict([("from", "2016"), ("to", "2015")]))


def test_unknown_parameter() -> None:
    """An unknown parameter is refused where strictness is asked for (the API) and ignored elsewhere."""
    args = MultiDict([("q", "x"), ("utm_source", "mail")])
    assert urls.parse(args) == Query(q="x")
    with pytest.raises(BadParameter) as caught:
        urls.parse(args, strict=True)
    assert caught.value.parameter == "utm_source"


def test_years_and_months_as_dates() -> None:
    """A year or a month stands for its first day in `from` and its last in `to`."""
    query = urls.parse(MultiDict([("from", "2016"), ("to", "2016-02")]))
    assert (query.date_from, query.date_to) == (date(2016, 1, 1), date(2016, 2, 29))


def test_too_many_filters() -> None:
    """There is a limit to the filters of one search."""
    with pytest.raises(BadParameter, match="at most"):
        urls.parse(MultiDict([("actor", str(n)) for n in range(urls.MAX_FILTERS + 1)]))


def test_what_is_wrong_with_a_filter_is_said_of_it() -> None:
    """Too many values are too many of the parameter that has them; a character that no text holds is no length."""
    with pytest.raises(BadParameter, match="at most") as refused:
        urls.parse(MultiDict([("year", "2016"), *(("not_actor", str(n)) for n in range(urls.MAX_FILTERS))]))
    assert refused.value.parameter == "not_actor"
    with pytest.raises(BadParameter, match="character that no text can hold"):
        urls.parse(MultiDict([("actor", "a\0b")]))


def test_long_text_is_cut_where_the_engine_can_tell() -> None:
    """A text over the limit keeps one character too many, so that the engine says that it was cut."""
    assert len(urls.parse(MultiDict([("q", "x" * 100_000)])).q) == values.MAX_WORDS + 1


def test_document_urls() -> None:
    """Paths and anchors are quoted; the search that led there is carried along."""
    assert urls.document_url("a b/ü?#.md", fragment="é 1") == "/doc/a%20b/%C3%BC%3F%23.md#%C3%A9%201"
    assert urls.document_url("a.md", Query(q="x y"), "L3") == "/doc/a.md?q=x+y#L3"


# --- Text and ranges ------------------------------------------------------------------------------


class Reader(HTMLParser):
    """The text of some HTML, which of it stands in each element, and whether elements nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.inside: dict[str, set[int]] = {}
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"a", "em", "strong", "code", "mark"}
        assert all(name in {"href", "rel"} for name, _ in attrs)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.open:
            self.inside.setdefault(tag, set()).update(range(len(self.text), len(self.text) + len(data)))
        self.text += data


RANGES = st.tuples(st.integers(-2, 45), st.integers(-2, 45))
HREFS = st.sampled_from(["https://example.org/?a=1&b=\"2'", "mailto:a@example.org", "javascript:x", "/local", "http:"])
SPANS = st.builds(
    lambda ends, kind, href: Span(ends[0], ends[1], kind, href if kind == "link" else ""),
    RANGES,
    st.sampled_from(["link", "em", "strong", "code"]),
    HREFS,
)


@given(st.text("a<>&\"' \tß", max_size=40), st.lists(SPANS, max_size=5), st.lists(RANGES, max_size=5))
@settings(max_examples=200)
def test_ranges_become_html(text: str, spans: list[Span], marks: list[Range]) -> None:
    """However ranges overlap, the HTML nests, says exactly the text, and marks exactly what was marked."""
    read = Reader(str(rich(text, spans, marks)))
    assert read.text == text
    wanted = {place for a, b in marks for place in range(max(a, 0), min(b, len(text)))}
    assert read.inside.get("mark", set()) == wanted
    bold = {p for s in spans if s.kind == "strong" for p in range(max(s.start, 0), min(s.end, len(text)))}
    assert read.inside.get("strong", set()) == bold


@pytest.mark.parametrize(
    ("href", "safe"),
    [
        ("https://example.org", True),
        ("HTTP://example.org/", True),
        ("mailto:a@example.org", True),
        ("javascript:alert(1)", False),
        ("  javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("//example.org", False),
        ("/news/a.md", False),
        ("https:", False),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_only_safe_links(href: str, safe: bool) -> None:
    """Only absolute http, https and mailto addresses become links."""
    assert is_safe_link(href) is safe
    assert ("<a " in rich("text", [Span(0, 4, "link", href)])) is safe


def test_link_is_not_cut_by_a_mark() -> None:
    """A marked word inside a link leaves one link, and the link says nothing about us to where it leads."""
    html = rich("one two three", [Span(0, 13, "link", "https://example.org/")], [(4, 7)])
    assert html == ('<a href="https://example.org/" rel="noopener noreferrer nofollow">one <mark>two</mark> three</a>')


def test_table_cells() -> None:
    """Rows and cells of a table keep their own marks; trailing empty cells and rows are dropped."""
    assert table("a\tb\n1\t<2>\n", [], [(6, 9)]) == [
        [Markup("a"), Markup("b")],
        [Markup("1"), Markup("<mark>&lt;2&gt;</mark>")],
    ]


@given(st.text("ab  ", min_size=60, max_size=200), st.integers(0, 199), st.integers(20, 59))
def test_cut_shows_the_first_mark(text: str, place: int, limit: int) -> None:
    """A text that is cut still shows its first mark, on the same characters, and says where it was cut."""
    place = min(place, len(text) - 3)
    short, marks = cut(text, [(place, place + 3)], limit)
    assert len(short) <= limit + 4
    assert "…" in short
    assert short[marks[0][0] : marks[0][1]].rstrip(" …") == text[place : place + 3].rstrip()


def test_marks_of_a_cut_lie_in_what_is_shown() -> None:
    """A mark on blanks that the cut leaves out does not reach beyond the text."""
    short, marks = cut("word" + " " * 400, [(0, 4), (200, 250)], 300)
    assert short == "word …"
    assert marks == ((0, 4), (4, 4))


def test_marked_escapes() -> None:
    """What a document says is never HTML."""
    assert marked("<b>&", [(0, 3)]) == "<mark>&lt;b&gt;</mark>&amp;"


@pytest.mark.parametrize("sign", ["'", '"', "&", "<", "– ", "1. "])
def test_the_language_of_marked_text_is_that_of_its_letters(sign: str) -> None:
    """How a sign is escaped tells nothing of the script of what follows it."""
    assert language("en", marked(f"{sign}سلام", [(2, 4)])) == "und-Arab"
    assert language("en", marked(f"{sign}Peace", [(2, 4)])) == "en"


# --- Words ----------------------------------------------------------------------------------------


def when(start: str, end: str = "", origin: Origin = "stated") -> EventDate:
    return EventDate(date.fromisoformat(start), date.fromisoformat(end or start), origin)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2015-09-04", "2015-09-04", "4 Sep 2015"),
        ("2016-02-01", "2016-02-10", "1–10 Feb 2016"),
        ("2016-02-11", "2016-02-20", "11–20 Feb 2016"),
        ("2016-02-21", "2016-02-29", "21–29 Feb 2016"),
        ("2016-02-01", "2016-02-29", "Feb 2016"),
        ("2016-01-01", "2016-12-31", "2016"),
        ("2011-01-01", "2013-12-31", "2011 – 2013"),
        ("2018-03-01", "2018-05-31", "Mar – May 2018"),
        ("2015-09-01", "2019-10-31", "Sep 2015 – Oct 2019"),
        ("2016-03-01", "2016-10-20", "1 Mar – 20 Oct 2016"),
        ("2015-12-21", "2016-01-10", "21 Dec 2015 – 10 Jan 2016"),
        ("2016-02-10", "2016-02-14", "10–14 Feb 2016"),
        ("2016-02-01", "2016-02-20", "1–20 Feb 2016"),
        ("2019-07-11", "2020-01-10", "11 Jul 2019 – 10 Jan 2020"),
        ("2015-10-21", "2015-10-31", "21–31 Oct 2015"),
        ("2016-03-02", "2016-10-31", "2 Mar – 31 Oct 2016"),
        ("2019-06-13", "2019-07-04", "13 Jun – 4 Jul 2019"),
        ("2015-09-30", "2016-01-04", "30 Sep 2015 – 4 Jan 2016"),
        ("0987-01-01", "0987-12-31", "0987"),
    ],
)
def test_dates_in_words(start: str, end: str, expected: str) -> None:
    """A span of days is said as one would say it, and exactly: none of its days is lost."""
    assert dates.date_words(when(start, end)) == expected


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2016-02-01", "2016-02-10", "early Feb 2016"),
        ("2016-02-11", "2016-02-20", "mid Feb 2016"),
        ("2016-02-21", "2016-02-29", "late Feb 2016"),
        ("2016-03-01", "2016-10-20", "Mar – mid Oct 2016"),
        ("2015-12-21", "2016-01-10", "late Dec 2015 – early Jan 2016"),
        ("2016-03-03", "2016-05-20", "3 Mar – mid May 2016"),
        ("1999-01-01", "2016-03-20", "Jan 1999 – mid Mar 2016"),
        ("2016-02-04", "2016-02-09", "4–9 Feb 2016"),
        ("2016-02-01", "2016-02-29", "Feb 2016"),
    ],
)
def test_a_date_that_is_written_less_exactly_is_said_so(start: str, end: str, expected: str) -> None:
    """It is searched by its days, but to show them would be to say more than the text does."""
    rough = replace(when(start, end), rough=True)
    assert dates.date_words(rough) == expected


@given(st.dates(), st.integers(0, 4000))
@settings(max_examples=200)
def test_every_date_has_words(start: date, days: int) -> None:
    """Any span has words that hold the year of its end, and a machine form that is a prefix of its start, or none."""
    end = min(date.max, start + timedelta(days=min(days, (date.max - start).days)))
    span = EventDate(start, end, "stated")
    assert f"{end.year:04d}" in dates.date_words(span)
    assert start.isoformat().startswith(dates.date_machine(span))


def test_machine_dates() -> None:
    """A day, a month and a year have a machine form; a span over months has none."""
    spans = [when("2016-02-03"), when("2016-02-21", "2016-02-29"), when("2016-01-01", "2016-12-31")]
    assert [dates.date_machine(span) for span in spans] == ["2016-02-03", "2016-02", "2016"]
    assert dates.date_machine(when("2016-02-03", "2016-03-01")) == ""


def test_bounds_are_as_short_as_typed() -> None:
    """A limit of a range is shown as a year or a month where it can be."""
    assert dates.bound(date(2016, 1, 1), last=False) == "2016"
    assert dates.bound(date(2016, 12, 31), last=True) == "2016"
    assert dates.bound(date(2016, 2, 29), last=True) == "2016-02"
    assert dates.bound(date(2016, 2, 28), last=True) == "2016-02-28"
    assert dates.bound(None, last=True) == ""


def test_shown_date_is_the_one_asked_for() -> None:
    """Of several dates of a passage, the one that the filters ask for is shown; else the one with the best evidence."""
    found = [when("2015-09-04"), when("2019-05-01", "2019-05-31", "completed")]
    assert dates.shown_date(found, Query()) == found[0]
    assert dates.shown_date(found, Query(filters=frozenset({Filter("year", "2019")}))) == found[1]
    assert dates.shown_date(found, Query(date_from=date(2018, 1, 1))) == found[1]
    assert dates.shown_date(found, Query(filters=frozenset({Filter("year", "1999")}))) == found[0]
    assert dates.shown_date([], Query()) is None


def answer(query: Query, total: int = 0, full: int | None = None, note: NoteCode | None = None) -> Results:
    documents = tuple(FacetValue(path, 3, label=f"Title {path}") for path in ("a", "b"))
    notes = (Note(note),) if note else ()
    full = total if full is None else full
    return Results(query, total, full, 1.0, (), {"document": documents}, notes)


def only(*filters: Filter) -> frozenset[Filter]:
    return frozenset(filters)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (answer(Query(), 47), "All 47 entries in 2 documents."),
        (answer(Query(q="hospital"), 1200), "1,200 entries in 2 documents hold “hospital”."),
        (answer(Query(q='"air base"'), 1), "1 entry in 2 documents holds “air base”."),
        (answer(Query(q="air base"), 2), "2 entries in 2 documents hold all the words “air base”."),
        (answer(Query(q="air base", match="any"), 2), "2 entries in 2 documents hold any of the words “air base”."),
        (answer(Query(q="air/bse"), 2, 0, "widened"), "2 entries in 2 documents hold any of the words “air/bse”."),
        (answer(Query(q="air base"), 2, 0, "widened"), "2 entries in 2 documents hold any of the words “air base”."),
        (
            answer(Query(q="a b c d"), 9, 2),
            "9 entries in 2 documents hold some of the words “a b c d”, 2 of them all the words.",
        ),
        (answer(Query(q="air OR base"), 2), "2 entries in 2 documents match “air OR base”."),
        (
            answer(Query(q="hospital", filters=only(Filter("year", "2012"), Filter("actor", "Russia")))),
            "No entry holds “hospital” in a passage of 2012 that names Russia.",
        ),
        (
            answer(Query(q="hospital Idlib", filters=only(Filter("year", "2019"), Filter("actor", "Russia"))), 2),
            "2 entries in 2 documents hold all the words “hospital Idlib” in passages of 2019 that name Russia.",
        ),
        (
            answer(Query(q='"air base"', filters=only(Filter("actor", "Russia", exclude=True))), 2),
            "2 entries in 2 documents hold “air base” in a passage that does not name Russia.",
        ),
        (
            answer(Query(filters=only(Filter("year", "2015"), Filter("year", "undated"), Filter("kind", "news"))), 3),
            "3 news items in 2 documents have a passage of 2015 or without a date.",
        ),
        (
            answer(Query(q="x", date_from=date(2016, 1, 1), date_to=date(2019, 10, 31)), 3),
            "3 entries in 2 documents hold “x” in a passage dated January 2016 to October 2019.",
        ),
        (
            answer(
                Query(
                    filters=only(
                        Filter("actor", "A"),
                        Filter("actor", "B", exclude=True),
                        Filter("year", "2014", exclude=True),
                        Filter("document", "a", exclude=True),
                        Filter("kind", "news", exclude=True),
                    )
                ),
                3,
            ),
            "3 entries in 2 documents have a passage not of 2014 that names A but not B, "
            "leaving out news items and “Title a”.",
        ),
        (
            answer(
                Query(
                    filters=only(
                        Filter("year", "1984"),
                        Filter("year", "undated"),
                        Filter("year", "1983", exclude=True),
                        Filter("actor", "Miru"),
                    )
                ),
                3,
            ),
            "3 entries in 2 documents have a passage of 1984 or without a date, but not of 1983, that names Miru.",
        ),
        (
            answer(Query(filters=only(Filter("actor", "word " * 30))), 3),
            f"3 entries in 2 documents have a passage that names {'word ' * 24}….",
        ),
    ],
)
def test_the_query_as_a_sentence(results: Results, expected: str) -> None:
    """What was asked and what was found can be read as one sentence."""
    assert " ".join(sentences.sentence(results)).replace(dates.NBSP, " ") == expected


SEARCHES = st.builds(
    Query,
    q=st.sampled_from(["", "a b", "x&year=1", "é"]),
    filters=st.frozensets(
        st.builds(Filter, st.sampled_from(FACETS), st.sampled_from(["2015", "b &", "é", "zz"]), st.booleans()),
        max_size=6,
    ),
    sort=st.sampled_from(["relevance", "newest"]),
)


def test_a_query_of_pairs() -> None:
    """What is not from a URL is read by the same rules, and refused in the same words."""
    assert urls.from_pairs([("q", "a b"), ("year", "2015"), ("year", "2016"), ("exact", "1")]) == Query(
        q="a b", filters=frozenset({Filter("year", "2015"), Filter("year", "2016")}), exact=True
    )
    with pytest.raises(BadParameter, match="only once"):
        urls.from_pairs([("sort", "newest"), ("sort", "oldest")])
    with pytest.raises(BadParameter, match="no parameter “colour”"):
        urls.from_pairs([("colour", "red")], strict=True)


@given(
    SEARCHES,
    st.sampled_from(FACETS),
    st.booleans(),
    st.lists(st.sampled_from(["2016", "a", "c=d&e", "zzz"])),
)
def test_links_made_together_are_those_made_one_by_one(
    query: Query, facet: Facet, exclude: bool, values: list[str]
) -> None:
    """What facet links share is made once; each is the URL of the query with that filter added."""
    one_by_one = [urls.search_url(query.toggle(Filter(facet, value, exclude))) for value in values]
    adding = urls.adding(query, facet, exclude=exclude)
    assert list(map(adding, values)) == one_by_one
    assert list(map(adding.escaped(), values)) == list(map(html.escape, one_by_one))


@given(SEARCHES, st.dates(), st.dates())
def test_ranges_made_together_are_those_made_one_by_one(query: Query, first: date, last: date) -> None:
    """The link of a bar is the URL of the query with that range, whatever its own was."""
    assert urls.ranging(query)(first, last) == urls.search_url(replace(query, date_from=first, date_to=last))
