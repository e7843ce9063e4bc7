"""Queries made to do harm: nothing typed raises, nothing takes long, and what would is given up in words."""

from __future__ import annotations

import html
import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from running import Searchapp, Server
from web_support import create_app

from searchapp import deadline
from searchapp import settings as configuration
from searchapp.bounded import Cache
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Query
from torture.collection import words
from torture.hostile import addresses, asked, engine_figures
from torture.queries import Maker

ENGINE, OVER_HTTP = 400, 250


@pytest.fixture(scope="module")
def site(seed_app: Searchapp) -> Callable[[float | None], FlaskClient]:
    """Makes the site of the seeds with a limit to the seconds that an answer may take."""

    def make(seconds: float | None) -> FlaskClient:
        settings = replace(configuration.load(seed_app.corpus, seed_app.index), deadline=seconds)
        return create_app(settings, WhooshEngine(seed_app.index)).test_client()

    return make


@pytest.mark.long(10)
def test_no_query_raises_or_takes_long(seed_app: Searchapp) -> None:
    """Generated queries, of the grammar and of none, are all answered, each within a second, in bounded memory."""
    texts = list(islice(Maker(1, words(seed_app.index)), ENGINE))
    figures = list(engine_figures([asked(seed_app.index, texts)]))
    assert [figure for figure in figures if not figure.holds] == []


@pytest.mark.long(10)
def test_no_address_is_an_error_of_ours(site: Callable[[float | None], FlaskClient], seed_app: Searchapp) -> None:
    """Hostile words, values and names of parameters give answers or errors of the reader, never of the server."""
    client = site(None)
    paths = islice(addresses(Maker(2, words(seed_app.index)), 2), OVER_HTTP)
    statuses = {path: client.get(path).status_code for path in paths}
    assert {path: status for path, status in statuses.items() if status >= 500} == {}
    assert {200, 400} <= set(statuses.values())


@pytest.mark.parametrize("word", ["hospital", "Khmeimim", "ceasefire"])
def test_a_word_that_is_cut_at_the_limit_is_mended_once(seed_app: Searchapp, word: str) -> None:
    """A spelling that is suggested for what the limit left of a word is cut again, and not mended for ever."""
    engine = WhooshEngine(seed_app.index)
    for cut in range(1, len(word)):
        q = ("z " * 1000)[: 1000 - len(word) + cut - 1] + " " + word
        assert "capped" in {note.code for note in engine.search(Query(q=q)).notes}


def test_the_generator_repeats_itself() -> None:
    """A seed gives the same queries again, so that a failure can be looked at; another seed gives others."""
    first, again, other = (list(islice(Maker(seed, ["hospital", "convoy"]), 50)) for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("url", ["/search?q=hospital+convoy", "/api/search?q=hospital+convoy", "/doc/{}?q=hospital"])
def test_the_deadline_is_kept_and_told(site: Callable[[float | None], FlaskClient], url: str, seeds: Path) -> None:
    """When the time that the settings allow is over, evaluation stops and the answer is a 503 that says what to do."""
    path = url.format(next(seeds.glob("001*")).name)
    assert site(60.0).get(path).status_code == 200
    answer = site(1e-9).get(path)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "takes longer than a search may" in answer.get_data(as_text=True)
    if answer.is_json:
        assert answer.json is not None
        assert answer.json["error"]["code"] == "out_of_time"


@pytest.mark.parametrize("url", ["/doc/{}", "/entry/{}/reports-of-civilian-casualties-and-war-crimes"])
def test_a_text_that_takes_too_long_to_show_is_told(
    site: Callable[[float | None], FlaskClient], url: str, seeds: Path
) -> None:
    """A document or an entry that is too long for a page holds up nobody, and the reader learns what to do."""
    path = url.format(next(seeds.glob("001*")).name)
    assert site(60.0).get(path).status_code == 200
    answer = site(1e-9).get(path)
    assert answer.status_code == 503
    assert "too long to be shown as one page" in answer.text


def test_the_deadline_of_a_server_is_set_by_its_environment(seed_app: Searchapp) -> None:
    """SEARCHAPP_DEADLINE limits searches of a real server; opening an index is no search, and health still answers."""
    hasty = replace(seed_app, env={"SEARCHAPP_DEADLINE": "0.000001"})
    with hasty.serving("--workers", "1") as server:
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.get("/api/search?q=hospital")
        with refused.value as answer:
            assert (answer.code, json.load(answer)["error"]["code"]) == (503, "out_of_time")
        assert server.get("/readyz")["status"] == "ok"


@pytest.mark.parametrize("given", ["0", "-1", "soon", "nan", "1e9"])
def test_a_deadline_that_is_none_is_told(seed_app: Searchapp, given: str) -> None:
    """What is no time to wait is an error that names the variable."""
    done = replace(seed_app, env={"SEARCHAPP_DEADLINE": given}).run("serve")
    assert done.returncode == 2
    assert "SEARCHAPP_DEADLINE" in done.stderr


def test_limits_nest() -> None:
    """An inner limit cannot lengthen an outer one; what is not counted costs nothing; afterwards there is no limit."""
    with deadline.within(0.05), deadline.within(60):
        with deadline.uncounted():
            time.sleep(0.06)
            deadline.check()
        deadline.check()
        time.sleep(0.06)
        with pytest.raises(deadline.OutOfTime):
            deadline.check()
    deadline.check()


def test_each_thread_has_its_own_time() -> None:
    """A search that runs out of time does not end the one beside it."""
    found: list[str] = []

    def other() -> None:
        deadline.check()
        found.append("in time")

    with deadline.within(0.0):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert found == ["in time"]


def test_what_is_remembered_is_bounded_in_bytes() -> None:
    """A cache holds what was asked for last, never more than its bytes, and nothing that is larger than all of it."""
    made: list[int] = []

    def make(size: int) -> bytes:
        made.append(size)
        return bytes(size)

    cache = Cache(make, len, 100)
    for size in (40, 50, 40, 60, 40, 50, 200, 200):
        assert len(cache(size)) == size
        assert cache.bytes <= 100
    assert made == [40, 50, 60, 50, 200, 200]


def test_caches_stay_within_their_bytes(seed_app: Searchapp) -> None:
    """After many different queries the caches of an engine hold no more than they may."""
    engine = WhooshEngine(seed_app.index)
    for text in islice(Maker(3, words(seed_app.index)), 100):
        engine.search(Query(text))
    served: Any = engine._current()  # noqa: SLF001  # what is remembered shows nowhere else
    caches = (served.snapshot.entry, served.snapshot._kept_tokens, served.searcher._leaves.leaf)  # noqa: SLF001  # as above
    assert all(0 < cache.bytes <= cache._limit for cache in caches)  # noqa: SLF001  # as above


BAD_VALUES = {
    "year": "20x6", "not_year": "2", "kind": "page", "not_kind": "news\0", "from": "2016-13", "to": "yesterday",
    "match": "none", "exact": "yes", "sort": "random", "page": "0", "per_page": "101", "passages": "51",
    "actor": "x" * 1001, "document": "\0", "not_actor": "\0", "not_document": "y" * 1001,
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD_VALUES.items())
def test_a_bad_value_is_named(site: Callable[[float | None], FlaskClient], name: str, value: str) -> None:
    """A parameter that is not of its form is a 400 that names it, for programs and for people."""
    answer = site(None).get("/api/search", query_string={"q": "hospital", name: value})
    assert answer.status_code == 400
    assert answer.json is not None
    assert answer.json["error"]["parameter"] == name
    page = site(None).get("/search", query_string={"q": "hospital", name: value})
    assert page.status_code == 400
    assert answer.json["error"]["message"] in html.unescape(page.text)
    named = (
        f'<input id="{name}" name="{name}"[^>]* aria-invalid="true"'
        if name in ("from", "to")
        else f"<code>{name}</code>"
    )
    assert re.search(named, page.text)


def test_an_unknown_parameter_is_named(site: Callable[[float | None], FlaskClient]) -> None:
    """A misspelt parameter of the API is an error, not a search without it."""
    answer = site(None).get("/api/search?q=hospital&yaer=2016")
    assert answer.status_code == 400
    assert answer.json is not None
    assert (answer.json["error"]["code"], answer.json["error"]["parameter"]) == ("unknown_parameter", "yaer")


LARGE: dict[str, tuple[int, dict[str, Any]]] = {
    "address": (414, {"query_string": {"q": "a" * 20_000}}),
    "arguments": (414, {"query_string": "&".join(["q=a"] * 1_500)}),
    "headers": (431, {"headers": {"X-Large": "a" * 40_000}}),
    "body": (413, {"data": b"a" * 100_000}),
}


@pytest.mark.parametrize("what", LARGE)
@pytest.mark.parametrize("path", ["/search", "/api/search", "/static/app.js", "/healthz", "/nothing"])
def test_a_large_request_is_refused(site: Callable[[float | None], FlaskClient], what: str, path: str) -> None:
    """Addresses, headers and bodies have a size, in the application, at every address."""
    status, request = LARGE[what]
    assert site(None).get(path, **request).status_code == status


def test_a_real_server_refuses_large_requests_and_goes_on(seed_server: Server) -> None:
    """The same over a real connection; the next request is answered."""
    for what in ("address", "headers", "body"):
        query = "?q=" + "a" * 20_000 * (what == "address")
        headers = {"X-Large": "a" * 40_000} if what == "headers" else {}
        body = b"a" * 100_000 if what == "body" else None
        sent = urllib.request.Request(seed_server.url + "/search" + query, body, headers)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(sent, timeout=30)
        refused.value.close()
        assert refused.value.code in (413, 414, 431)
    assert seed_server.get("/api/search?q=hospital")["total"]
