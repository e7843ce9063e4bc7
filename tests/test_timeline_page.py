"""The timeline on the page: what is drawn, what it leads to, and drawing a range with the pointer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from playwright.sync_api import Browser
from reference_timeline import timeline
from running import Searchapp
from test_browser import Visitor, total, visit
from test_timeline import timeline as counted
from web_support import ARTICLE, MemoryEngine, create_app, entry, needs_chromium, on, said, sample

from searchapp import settings as configuration
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Collection, EventDate, Gazetteer, Outline, Query
from searchapp.web.dates import NBSP
from searchapp.web.ticks import MOST_TICKS
from searchapp.web.timeline import Chart, chart


@pytest.fixture(scope="module")
def client(seed_app: Searchapp, seeds: Path) -> FlaskClient:
    """The site on the seeds."""
    return create_app(configuration.load(seeds, seed_app.index), WhooshEngine(seed_app.index)).test_client()


def drawn(*dates: EventDate, query: Query = Query()) -> Chart | None:  # noqa: B008 - a frozen value
    """The chart of passages with these dates."""
    passages = tuple(said(f"Passage {n}.", n + 2, when) for n, when in enumerate(dates))
    only = entry(ARTICLE, "only", "An entry", 1, *passages)
    outline = Outline(ARTICLE, (), (), (only.id,), "", None, 1)
    engine = MemoryEngine(Collection((only,), (outline,), Gazetteer(), (), "Test", "en", "d"))
    return chart(timeline(engine.search, query), engine.search(query))


def test_bars_and_table_say_what_the_api_says(client: FlaskClient) -> None:
    """A bar and a row of the table for each bucket that holds something; rows have the counts of /api/timeline."""
    line = client.get("/api/timeline?q=hospital").json
    assert line is not None
    counts = [bucket["count"] for bucket in line["buckets"] if bucket["count"]]
    page = client.get("/search?q=hospital").text
    figure = page.partition('<figure class="tl"')[2].partition("</figure>")[0]
    assert [int(count) for count in re.findall(r'<td class="n">(\d+)', figure)] == counts
    heights = [float(height) for height in re.findall(r'<rect class="b"[^>]* height="([\d.]+)"', figure)]
    assert len(heights) == len(counts)
    assert max(heights) == heights[counts.index(max(counts))] == 60
    assert f">{max(counts)}</text>" in figure


def test_years_and_rows_select_their_range(client: FlaskClient) -> None:
    """Every link of the timeline of one word finds something, and shows its range as a chip."""
    page = client.get("/search?q=hospital").text
    links = re.findall(
        r'href="(/search\?q=hospital&amp;from=[^"]+)"', page.partition("<figure")[2].partition("</figure>")[0]
    )
    assert len(links) > 8
    for link in links:
        target = client.get(unescape(link)).text
        assert "<strong>No " not in target, link
        assert 'aria-label="Remove date of event: ' in target


def test_a_range_is_shown_and_can_be_removed(client: FlaskClient) -> None:
    """The band, its limits in words, and a link back to any date; bars inside are told from those outside."""
    page = client.get("/search?q=hospital&from=2015-01-01&to=2016-12-31").text
    figure = page.partition('<figure class="tl"')[2].partition("</figure>")[0]
    assert '<rect class="wash"' in figure
    assert figure.count('class="lim"') == 2
    assert 'href="/search?q=hospital">Any date</a>' in figure
    assert 'class="b in"' in figure
    assert 'class="b"' in figure
    assert "Selected: 2015 to 2016." in figure


@pytest.mark.parametrize(("typed", "shown"), [("2015", "2015"), ("2015-09", "2015-09"), ("2015-09-29", "2015-09-29")])
def test_a_range_can_be_a_year_a_month_or_a_day(client: FlaskClient, typed: str, shown: str) -> None:
    """Whatever is typed is taken as whole days, and stands in the boxes as shortly as it was typed."""
    answer = client.get(f"/search?from={typed}&to={typed}", follow_redirects=True)
    assert answer.status_code == 200
    assert answer.text.count(f'value="{shown}" maxlength=') == 2


def test_nothing_to_compare_is_not_drawn(client: FlaskClient) -> None:
    """One bucket is no timeline, nothing dated even less; with a range in use the bucket is shown."""
    assert drawn(on("2015-01-05"), on("2015-01-05")) is None
    assert drawn(on("2015-01-05"), query=Query(date_from=date(2015, 1, 1))) is not None
    page = client.get("/search?q=qqqqqq").text
    assert "<figure" not in page
    assert "timeline.js" not in page


def test_what_is_undated_or_far_away_is_said() -> None:
    """The caption counts what no bar shows, and says so where one passage is in several bars."""
    undated = said("Undated.", 9)
    only = entry(ARTICLE, "only", "An entry", 1, undated, *(said("x", n, on(f"20{n}-01-01")) for n in (10, 12)))
    engine = MemoryEngine(Collection((only,), sample().outlines, Gazetteer(), (), "Test", "en", "d"))
    found = chart(timeline(engine.search, Query()), engine.search(Query()))
    assert found is not None
    assert found.caption == "Passages by month of the event; 1 more is undated"
    zoomed = drawn(
        *(on(f"{year}-01-01") for year in (1950, 2014, 2015, 2016)),
        query=Query(date_from=date(2015, 1, 1), date_to=date(2015, 1, 31)),
    )
    assert zoomed is not None
    assert zoomed.caption == "Matching passages by day of the event; 3 more are further away in time"
    spanning = drawn(on("2015-03-01", "2015-05-31"), on("2016-01-01"))
    assert spanning is not None
    assert spanning.caption == "Passages by month of the event; passages of several dates count at each"


def test_a_year_that_finds_nothing_is_no_link() -> None:
    """Where no passage of a year is found, the year is text."""
    found = drawn(on("2014-03-01"), on("2016-03-01"))
    assert found is not None
    assert [(tick.text, bool(tick.url)) for tick in found.ticks] == [("2014", True), ("2015", False), ("2016", True)]


def test_a_year_or_two_have_months_beneath() -> None:
    """Up to a year of months each is named, up to two each quarter, above their years; those with nothing are text."""
    one = drawn(on("2015-02-01"), on("2015-09-30"), on("2015-12-01"))
    assert one is not None
    assert [tick.text for tick in one.months] == "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
    assert [tick.text for tick in one.months if tick.url] == ["Feb", "Sep", "Dec"]
    assert [tick.text for tick in one.ticks] == ["2015"]
    assert one.names.startswith("Jan\u00a02015|Feb\u00a02015|")
    two = drawn(on("2015-02-01"), on("2016-09-30"))
    assert two is not None
    assert [tick.text for tick in two.months] == ["Jan", "Apr", "Jul", "Oct"] * 2
    assert two.months[0].rest == "(January\u00a02015 to March\u00a02015)"
    three = drawn(on("2015-02-01"), on("2017-09-30"))
    assert three is not None
    assert three.months == ()


def test_years_end_with_the_last() -> None:
    """A chart of years ends with the last that holds anything, and its last decade is as wide as its years."""
    found = drawn_by_year([date(1981, 1, 1), date(2024, 5, 5)], Query())
    assert found is not None
    years = [str(year) for year in range(1980, 2025)]
    assert (found.unit, found.first.split(), found.last.split()) == ("year", years, years)
    assert len(found.counts.split()) == len(years)
    assert [(tick.text, tick.parts) for tick in found.ticks] == [
        *((str(year), 10) for year in (1980, 1990, 2000, 2010)),
        ("2020", 5),
    ]


@pytest.mark.parametrize("months", [False, True], ids=["years", "months"])
def test_each_year_beneath_has_room(months: bool) -> None:
    """Where the last part is too narrow for its figures it belongs to the one before: a cut 2020 read 202, or 2."""
    first = date(2000 if months else 1981, 1, 1)
    found = drawn_by_year([first, date(2020, 5, 5)], Query())
    assert found is not None
    assert found.unit == ("month" if months else "year")
    assert min(tick.parts for tick in found.ticks) * MOST_TICKS >= sum(tick.parts for tick in found.ticks)
    assert found.ticks[-1].rest == "to 2020"


days = st.dates()


@examples(deadline=None, max_examples=25)
@given(st.lists(days, min_size=2, max_size=5), st.none() | days, st.none() | days)
def test_any_dates_can_be_drawn(dates: list[date], start: date | None, end: date | None) -> None:
    """Whatever the years and the range: everything is inside of the picture, and there are few years beneath."""
    if start and end and start > end:
        start, end = end, start
    found = drawn_by_year(dates, Query(date_from=start, date_to=end))
    if found is None:
        return
    assert all(0 <= bar.x <= bar.x + bar.width <= 100.01 for bar in found.bars)
    assert all(0 <= x <= 100 for x in (*found.limits, *(label.x for label in found.labels)))
    assert 1 <= len(found.ticks) <= MOST_TICKS + 1
    if found.band:
        assert 0 <= found.band[0] <= sum(found.band) <= 100.01


def drawn_by_year(dates: list[date], query: Query) -> Chart | None:
    """A chart by the shipped engine: the reference counts days, which takes long over thousands of years."""
    passages = tuple(said(f"Passage {n}.", n + 2, EventDate(day, day, "stated")) for n, day in enumerate(dates))
    line = counted(passages, query)
    return chart(line, MemoryEngine(sample()).search(replace(query, q="")))


# --- In a browser ---------------------------------------------------------------------------------


@pytest.fixture
def visitor(chromium: Browser, base: str) -> Iterator[Visitor]:
    """A window on the site."""
    yield from visit(chromium, base)


@pytest.mark.browser
@needs_chromium
def test_a_range_is_drawn_with_the_pointer(visitor: Visitor) -> None:
    """Dragging over the bars selects their range; what is found is what the page of that range finds."""
    visitor.go("/search?q=hospital&actor=Russia")
    box = visitor.page.locator("figure.tl svg").bounding_box()
    assert box
    visitor.page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 50)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 50, steps=4)
    visitor.page.mouse.up()
    visitor.page.wait_for_url("**from=**")
    args = parse_qs(urlsplit(visitor.page.url).query)
    assert (args["q"], args["actor"]) == (["hospital"], ["Russia"])
    assert args["from"] < args["to"]
    assert visitor.page.locator(".tl .wash").count() == 1
    found = total(visitor.page)
    visitor.page.reload()
    assert total(visitor.page) == found


@pytest.mark.browser
@needs_chromium
def test_a_bar_is_clicked(visitor: Visitor) -> None:
    """A click selects one month, and the highest bar has as many passages as the table says."""
    visitor.go("/search?q=hospital")
    bars = visitor.page.locator(".tl rect.b").all()
    highest = max(bars, key=lambda bar: float(bar.get_attribute("height") or 0)).bounding_box()
    assert highest
    visitor.page.mouse.move(highest["x"] + highest["width"] / 2, highest["y"] + 20)
    told = visitor.page.locator(".tl .at").text_content()
    counts = [int(cell) for cell in visitor.page.locator(".tl td").all_text_contents()]
    visitor.page.mouse.down()
    visitor.page.mouse.up()
    visitor.page.wait_for_url("**from=**")
    args = parse_qs(urlsplit(visitor.page.url).query)
    month = args["from"][0][:7]
    assert args["to"][0][:7] == month
    assert told is not None
    words, _, count = told.replace(NBSP, " ").partition(": ")
    assert words == f"{date.fromisoformat(args['from'][0]):%b %Y}"
    assert int(count) == max(counts)


@pytest.mark.browser
@needs_chromium
def test_where_nothing_is_a_click_does_nothing(visitor: Visitor) -> None:
    """A month without a passage says 0 and leads nowhere. On paper the years stand beneath the bars."""
    visitor.go("/search?q=hospital")
    before = visitor.path
    figure = visitor.page.locator("figure.tl")
    counts = (figure.get_attribute("data-counts") or "").split()
    box = figure.locator("svg").bounding_box()
    assert box
    visitor.page.mouse.click(box["x"] + box["width"] * (counts.index("0") + 0.5) / len(counts), box["y"] + 50)
    visitor.page.wait_for_timeout(200)
    assert visitor.path == before
    visitor.page.emulate_media(media="print")
    assert figure.locator("ol").first.is_visible()


@pytest.mark.browser
@needs_chromium
def test_escape_takes_a_drawn_range_back(visitor: Visitor) -> None:
    """Esc while drawing, or letting go outside, leaves the search as it is."""
    visitor.go("/search?q=hospital")
    before = visitor.path
    box = visitor.page.locator("figure.tl svg").bounding_box()
    assert box
    visitor.page.mouse.move(box["x"] + 100, box["y"] + 50)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + 200, box["y"] + 50)
    visitor.page.keyboard.press("Escape")
    visitor.page.mouse.up()
    visitor.page.wait_for_timeout(200)
    assert visitor.path == before


@pytest.mark.browser
@needs_chromium
def test_a_year_is_reached_by_keyboard(visitor: Visitor) -> None:
    """The years and the table are links: they do without a pointer what drawing does."""
    visitor.go("/search?q=hospital")
    year = visitor.page.locator(".tl ol a").first
    text = year.inner_text()
    year.focus()
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**from=**")
    assert visitor.page.locator(".chip b").inner_text() == text
    assert visitor.page.locator(".tl ol a[aria-current]").inner_text() == text
