"""The timeline: what is counted when, by engine, API and page."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from reference import Reference
from test_engine_agreement import collections, engine_on, queries
from web_support import ARTICLE, entry, on, said

from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Collection, EventDate, Filter, Gazetteer, Outline, Passage, Query, Timeline


def told(line: Timeline) -> Timeline:
    """A timeline without the name of what answered."""
    return replace(line, generation="")


def of(*dated: Sequence[EventDate], query: Query = Query()) -> Timeline:  # noqa: B008 - a frozen value
    """The timeline of passages with these dates."""
    passages = tuple(said(f"Passage {n} on a hospital.", n + 2, *dates) for n, dates in enumerate(dated))
    return timeline(passages, query)


def timeline(passages: Sequence[Passage], query: Query) -> Timeline:
    """The timeline of one entry with these passages."""
    only = entry(ARTICLE, "only", "An entry", 1, *passages)
    outline = Outline(ARTICLE, (), (), (only.id,), "", None, 1)
    with tempfile.TemporaryDirectory() as folder:
        engine = WhooshEngine(Path(folder) / "index")
        engine.rebuild(Collection((only,), (outline,), Gazetteer(), (), "Test", "en", "d"))
        return engine.timeline(query)


def counts(line: Timeline) -> dict[str, int]:
    """The buckets that hold something, by their first day."""
    return {found.start.isoformat(): found.passages for found in line.buckets if found.passages}


@pytest.mark.long(15)
@examples(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_the_engine_counts_as_plain_python_does(data: st.DataObject) -> None:
    """On a random collection, random searches have the timeline that counting passages day by day gives."""
    collection = data.draw(collections())
    reference = Reference()
    reference.rebuild(collection)
    with engine_on(collection) as engine:
        for query in data.draw(st.lists(queries(), min_size=10, max_size=10)):
            if not any(note.code == "suggested" for note in engine.search(query).notes):
                assert told(engine.timeline(query)) == told(reference.timeline(query))


@pytest.mark.long(10)
@examples(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.lists(st.tuples(st.dates(), st.integers(0, 4000), st.booleans()), max_size=3), min_size=1, max_size=6),
    st.none() | st.dates(),
)
def test_any_dates_fit_on_a_chart(dates: list[list[tuple[date, int, bool]]], start: date | None) -> None:
    """Whatever the years: a bounded number of buckets without a gap, and no passage counted nowhere."""
    spans = [[_span(*drawn) for drawn in drawn_dates] for drawn_dates in dates]
    line = of(*spans, query=Query(date_from=start))
    assert len(line.buckets) <= 324
    for found, following in zip(line.buckets, line.buckets[1:], strict=False):
        assert found.end + timedelta(days=1) == following.start
    dated = [span for span in spans if span]
    shown = [span for span in dated if any(_touches(span, found.start, found.end) for found in line.buckets)]
    assert (line.passages, line.undated, line.outside) == (len(spans), len(spans) - len(dated), len(dated) - len(shown))
    for found in line.buckets:
        assert found.passages == sum(_touches(span, found.start, found.end) for span in dated)


def _touches(span: Sequence[EventDate], start: date, end: date) -> bool:
    return any(when.start <= end and when.end >= start for when in span)


def _span(start: date, days: int, whole: bool) -> EventDate:
    end = min(start.toordinal() + days, date.max.toordinal())
    return EventDate(start, date.fromordinal(end) if whole else start, "stated")


def test_a_span_counts_in_each_month_that_it_covers() -> None:
    """September to November is counted three times, but a passage only once in a month that two of its dates touch."""
    line = of([on("2015-09-10", "2015-11-02")], [on("2015-09-01"), on("2015-09-02"), on("2016-01-01")], [])
    assert line.unit == "month"
    assert counts(line) == {"2015-09-01": 2, "2015-10-01": 1, "2015-11-01": 1, "2016-01-01": 1}
    assert (line.passages, line.undated, line.outside) == (3, 1, 0)


@pytest.mark.parametrize(
    ("first", "last", "unit", "opens", "closes"),
    [
        ("2015-09-30", "2015-10-20", "day", "2015-09-01", "2015-10-31"),
        ("2015-09-30", "2019-10-20", "month", "2015-01-01", "2019-12-31"),
        ("1946-04-17", "2022-08-01", "year", "1940-01-01", "2029-12-31"),
        ("1096-01-01", "2022-08-01", "decade", "1000-01-01", "2099-12-31"),
        ("0001-01-01", "9999-12-31", "century", "0001-01-01", "9999-12-31"),
    ],
)
def test_the_span_decides_the_unit(first: str, last: str, unit: str, opens: str, closes: str) -> None:
    """Weeks are shown by day, some years by month, a lifetime by year; a chart opens and closes with whole ones."""
    line = of([on(first)], [on(last)])
    assert (line.unit, line.buckets[0].start, line.buckets[-1].end) == (
        unit,
        date.fromisoformat(opens),
        date.fromisoformat(closes),
    )
    assert sum(counts(line).values()) == 2


def test_a_range_leaves_the_counts_as_they_are() -> None:
    """What lies outside of the range that is asked for is still counted: a range can be widened by what is seen."""
    dates = [on("2014-05-05")], [on("2016-06-06")], [on("2018-07-07")]
    asked = Query(date_from=date(2016, 1, 1), date_to=date(2018, 12, 31))
    assert of(*dates).buckets == of(*dates, query=asked).buckets


def test_a_short_range_is_looked_at_more_closely() -> None:
    """A year of a century is shown by month, with a year before and after it; what is further away is said."""
    dates = [on("1946-04-17")], [on("2014-05-05")], [on("2015-06-06")], [on("2022-01-01")]
    line = of(*dates, query=Query(date_from=date(2015, 1, 1), date_to=date(2015, 12, 31)))
    assert line.unit == "month"
    assert counts(line) == {"2014-05-01": 1, "2015-06-01": 1}
    assert (line.buckets[0].start, line.buckets[-1].end) == (date(2014, 1, 1), date(2016, 12, 31))
    assert line.outside == 2


def test_a_bucket_counts_what_it_gives_when_it_is_clicked() -> None:
    """Two words in passages of different months find nothing in either; in one month they find both passages."""
    passages = (
        said("A hospital was hit.", 2, on("2015-01-05")),
        said("A school was hit.", 3, on("2015-02-05")),
        said("A hospital reopened.", 4, on("2015-03-05")),
        said("The school reopened.", 5, on("2015-03-20")),
        said("A school became a hospital.", 6, on("2016-01-01")),
    )
    assert counts(timeline(passages, Query("hospital school"))) == {"2015-03-01": 2, "2016-01-01": 1}


def test_only_evidence_is_counted() -> None:
    """A passage counts when it holds a word and satisfies the filters, not because its neighbour does."""
    passages = (
        said("A hospital was hit.", 2, on("2015-01-05"), actors=("Air Force",)),
        said("A school was hit.", 3, on("2016-01-05"), actors=("Air Force",)),
        said("A hospital reopened.", 4, on("2017-01-05")),
    )
    assert counts(timeline(passages, Query("hospital"))) == {"2015-01-01": 1, "2017-01-01": 1}
    named = Query("hospital", frozenset({Filter("actor", "Air Force")}))
    assert counts(timeline(passages, named)) == {"2015-01-05": 1}
    assert timeline(passages, Query("bakery")).buckets == ()
