"""What was answered is given again to who asks the same, to nobody else, and only as long as it is true."""

from __future__ import annotations

import gc
import logging
import re
import tracemalloc
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pseudo import LOCALE, extracted, translated
from running import Searchapp
from test_caching import TAGGED, add_quagga, copied, settings_of
from web_support import create_app
from werkzeug.test import Client

from searchapp import settings as configuration
from searchapp.deadline import OutOfTime
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Query, Results
from searchapp.settings import Settings
from searchapp.web import answers, caching
from searchapp.web.answers import Answers
from searchapp.web.wsgi import Environ

PATH = "/search?q=hospital"
WHOLE = [path for path in TAGGED if not path.startswith("/export")]
MAKERS = ("search", "document", "documents", "timeline", "audit")
"""What an engine is asked for an answer to be made."""


@pytest.fixture
def engine(seed_app: Searchapp) -> WhooshEngine:
    """Of the seeds."""
    return WhooshEngine(seed_app.index)


@pytest.fixture
def settings(seed_app: Searchapp) -> Settings:
    """Of the seeds; scripts of one other site may read answers."""
    return settings_of(seed_app, SEARCHAPP_CORS_ORIGIN="https://a.example")


@pytest.fixture
def none_is_made(engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From its call on, an answer that has to be made is a defect, a 500."""

    def from_now_on() -> None:
        for method in MAKERS:
            monkeypatch.setattr(engine, method, None)

    return from_now_on


def alone(settings: Settings, engine: WhooshEngine, limit: int) -> Answers:
    """Answers in front of an application that keeps none of its own."""
    app = create_app(replace(settings, kept_answers=0), engine).wsgi_app
    return Answers(app, engine, limit, partial(caching.question, spoken=lambda _: "en", origins=()))


@pytest.mark.parametrize("headers", [{}, {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "zstd"}], ids=str)
def test_what_was_answered_is_given_again(
    headers: dict[str, str], settings: Settings, engine: WhooshEngine, none_is_made: Callable[[], None]
) -> None:
    """Who asks what was asked before is given the same bytes, and nothing is searched, read or made for it."""
    app = create_app(settings, engine)
    first = [app.test_client().get(path, headers=headers) for path in WHOLE]
    none_is_made()
    for _ in range(2):
        again = [app.test_client().get(path, headers=headers) for path in WHOLE]
        assert [answer.status_code for answer in again] == [200] * len(WHOLE)
        assert [answer.data for answer in again] == [answer.data for answer in first]
        assert [sorted(answer.headers) for answer in again] == [sorted(answer.headers) for answer in first]


ASKED_BY: tuple[dict[str, str], ...] = (
    {},
    {"Host": "example.org"},
    {"Accept-Language": LOCALE},
    {"Accept-Encoding": "gzip"},
    {"Accept-Encoding": "zstd"},
    {"Origin": "https://a.example"},
    {"Origin": "https://b.example"},
)


def test_readers_are_answered_as_if_nobody_had_asked(root: Path, settings: Settings, tmp_path: Path) -> None:
    """Readers of another host, language, coding or site are given what would be made for them."""
    translations = translated(extracted(root, tmp_path), tmp_path / "translations")
    app = create_app(settings, WhooshEngine(settings.index), translations)
    for _ in range(2):
        for headers in ASKED_BY:
            fresh = create_app(settings, WhooshEngine(settings.index), translations).test_client()
            given, made = app.test_client().get(PATH, headers=headers), fresh.get(PATH, headers=headers)
            assert (given.data, sorted(given.headers)) == (made.data, sorted(made.headers))
            assert set(given.vary) <= {"Accept-Language", "Accept-Encoding", "Origin"}
    assert len({app.test_client().get(PATH, headers=headers).data for headers in ASKED_BY}) >= 4


def test_one_answer_has_one_spelling(
    settings: Settings, engine: WhooshEngine, none_is_made: Callable[[], None]
) -> None:
    """What browsers say of themselves in different words, to the same end, is the same question."""
    client = create_app(settings, engine).test_client()
    assert client.get(PATH, headers={"Accept-Encoding": "gzip, deflate, br, zstd"}).status_code == 200
    none_is_made()
    for accepted, language in (("zstd", "de"), ("gzip;q=0.9, zstd", "en-GB,en;q=0.5"), ("br, zstd;q=1.0", "")):
        headers = {"Accept-Encoding": accepted, "Accept-Language": language, "User-Agent": language}
        assert client.get(PATH, headers=headers).status_code == 200


OTHERS: dict[str, dict[str, Any]] = {
    "scheme": {"environ_overrides": {"wsgi.url_scheme": "https"}},
    "host": {"headers": {"Host": "example.org"}},
    "no host": {"environ_overrides": {"HTTP_HOST": ""}},
    "server": {"environ_overrides": {"SERVER_NAME": "example.org"}},
    "port": {"environ_overrides": {"SERVER_PORT": "8080"}},
    "prefix": {"environ_overrides": {"SCRIPT_NAME": "/prefix"}},
    "path": {"path": "/api/search?q=hospital"},
    "arguments": {"path": "/search?q=hospitals"},
    "method": {"method": "HEAD"},
    "coding": {"headers": {"Accept-Encoding": "zstd"}},
    "site": {"headers": {"Origin": "https://a.example"}},
}


@pytest.mark.parametrize("what", OTHERS)
def test_another_question_is_not_given_it(
    what: str, settings: Settings, engine: WhooshEngine, none_is_made: Callable[[], None]
) -> None:
    """Whatever of a request an answer depends on, a request that differs in it has its own made."""
    client = Client(create_app(settings, engine))
    assert client.open(PATH).status_code == 200
    none_is_made()
    asked = {"path": PATH, **OTHERS[what]}
    assert client.open(**asked).status_code == 500
    assert client.open(PATH).status_code == 200


def test_what_is_wrong_is_told_from_now_on(
    settings: Settings, engine: WhooshEngine, none_is_made: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that was kept does not hide what an index lacks since: it is made anew."""
    client = create_app(settings, engine).test_client()
    assert client.get(PATH).status_code == 200
    status = replace(engine.status(), warnings=("gen-9 is broken",))
    monkeypatch.setattr(engine, "status", lambda: status)
    none_is_made()
    assert client.get(PATH).status_code == 500


def test_a_head_keeps_no_body_from_others(settings: Settings, engine: WhooshEngine) -> None:
    """Who asks for the head alone leaves the answer to others as it is."""
    client = create_app(settings, engine).test_client()
    assert client.head(PATH).data == b""
    assert (whole := client.get(PATH).data)
    assert client.head(PATH).data == b""
    assert client.get(PATH).data == whole


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (431, {"headers": {"X-Large": "a" * 40_000}}),
        (413, {"environ_overrides": {"CONTENT_LENGTH": "10000000"}}),
        (413, {"environ_overrides": {"CONTENT_LENGTH": "1" * 5_000}}),
    ],
)
def test_a_large_request_is_refused_though_its_answer_is_kept(
    status: int, request_: dict[str, Any], settings: Settings, engine: WhooshEngine
) -> None:
    """What is kept is no way around the limits of a request."""
    client = create_app(settings, engine).test_client()
    assert client.get(PATH).status_code == 200
    assert client.get(PATH, **request_).status_code == status


def test_no_error_is_given_again(settings: Settings, engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that said that none can be given says nothing about the next."""
    client = create_app(settings, engine).test_client()
    with monkeypatch.context() as failing:
        failing.setattr(engine, "search", late)
        assert client.get(PATH).status_code == 503
    assert client.get(PATH).status_code == 200


def late(_: Query) -> Results:
    """A search that takes too long."""
    raise OutOfTime


UNKEPT = ("/static/style.css", "/healthz", "/readyz", "/favicon.ico", "/export.csv?q=a", "/nothing", "/?q=a")


def test_only_what_is_of_the_index_is_kept(
    settings: Settings, engine: WhooshEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files, health, streams, errors and redirects are not; and for a file, no index is opened."""
    kept = alone(settings, engine, 1 << 20)
    client = Client(kept)
    for path in UNKEPT:
        client.get(path).close()
        assert kept.size == 0, path
    client.get(PATH)
    assert kept.size > 0
    monkeypatch.setattr(engine, "status", None)
    assert client.get("/static/style.css", buffered=True).status_code == 200


def test_answers_are_kept_within_bytes(
    settings: Settings, engine: WhooshEngine, none_is_made: Callable[[], None]
) -> None:
    """However much is asked, no more is kept than the limit says; what was asked last still is."""
    kept = alone(settings, engine, 100_000)
    client = Client(kept)
    for number in range(30):
        client.get(f"/search?q=hospital+OR+word{number}")
        assert 0 < kept.size <= 100_000
    held = kept.size
    none_is_made()
    assert client.get("/search?q=hospital+OR+word29").status_code == 200
    assert client.get("/search?q=hospital+OR+word0").status_code == 500
    assert kept.size == held


@pytest.mark.parametrize("coding", ["", "gzip"])
@pytest.mark.parametrize("length", [10, 50_000])
def test_it_takes_what_is_said(length: int, coding: str, engine: WhooshEngine) -> None:
    """Of the memory that answers take, short ones and long ones, packed here or before, nearly all is counted."""

    def app(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        body = (environ["QUERY_STRING"] * length).encode()[:length]
        environ[answers.TAGGED] = "tag"
        headers = [("Content-Length", str(len(body))), ("ETag", f"W/{environ['QUERY_STRING']}")]
        start("200 OK", headers + [("Content-Encoding", coding)] * bool(coding))
        return [body]

    engine.status()
    kept = Answers(app, engine, 1 << 26, partial(caching.question, spoken=lambda _: "en", origins=()))
    client = Client(kept)
    tracemalloc.start()
    try:
        for number in range(300):
            client.get(f"/?{number}")
        counted = kept.size
        gc.collect()  # what the client leaves behind is none of it
        held = tracemalloc.get_traced_memory()[0]
        del kept, client
        gc.collect()
        taken = held - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert counted / 2 < taken < counted * 1.25


def test_answers_of_another_generation_are_let_go(seed_app: Searchapp, tmp_path: Path) -> None:
    """What an index answered takes no memory when another is served."""
    settings, engine = copied(seed_app, tmp_path)
    kept = alone(settings, engine, 1 << 20)
    client = Client(kept)
    for number in range(10):
        client.get(f"/search?q=hospital+OR+word{number}")
    before = kept.size
    add_quagga(settings, engine)
    assert b"quagga was seen" in client.get("/api/search?q=quagga").data
    assert 0 < kept.size < before / 4


def test_what_is_given_again_is_logged_and_counted(
    settings: Settings, engine: WhooshEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An answer is a line of the log and one more in the metrics, wherever it comes from."""
    client = create_app(replace(settings, metrics=tmp_path), engine).test_client()
    with caplog.at_level(logging.INFO, "searchapp.access"):
        for _ in range(3):
            client.get(PATH)
    assert [record.about["status"] for record in caplog.records] == [200] * 3  # type: ignore[attr-defined] # ours
    assert "searchapp_request_seconds_count 3\n" in client.get("/metrics").text


@pytest.mark.parametrize("given", ["-1", "much", "1.5", "1e3", "100000"])
def test_how_much_is_kept_is_a_number(given: str, seed_app: Searchapp) -> None:
    """What is no number of megabytes is an error that names the setting."""
    with pytest.raises(configuration.BadSettings, match="SEARCHAPP_ANSWERS_MB"):
        settings_of(seed_app, SEARCHAPP_ANSWERS_MB=given)


def test_where_nothing_is_said_the_manual_is_right(seed_app: Searchapp) -> None:
    """The README tells how much is kept where no setting does."""
    manual = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    told = re.search(r"`SEARCHAPP_ANSWERS_MB` .*default `(\d+)`", manual)
    assert told is not None
    assert settings_of(seed_app).kept_answers == int(told[1]) << 20


def test_nothing_is_kept_if_nothing_may_be(
    settings: Settings, engine: WhooshEngine, none_is_made: Callable[[], None]
) -> None:
    """With no room for any, each answer is made."""
    client = create_app(replace(settings, kept_answers=0), engine).test_client()
    assert client.get(PATH).status_code == 200
    none_is_made()
    assert client.get(PATH).status_code == 500
