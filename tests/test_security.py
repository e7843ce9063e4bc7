"""Documents, names, queries and addresses of people who mean harm: nothing of theirs runs, nobody gets in or out."""

from __future__ import annotations

import csv
import html
import http.client
import io
import json
import logging
import os
import stat
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from payloads import CLIMBS, HARMLESS, SECRETS, TARGETS, payloads
from playwright.sync_api import Browser, Dialog, Error, Page
from running import Searchapp
from web_support import create_app, needs_chromium
from werkzeug.wsgi import ClosingIterator

from searchapp import settings as configuration
from searchapp.engines.whoosh import WhooshEngine
from searchapp.web.logs import WAITING, Lines, Observed, Patient

PAYLOADS = tuple(payloads())
IN_ONE_DOCUMENT = 12
IN_BROWSER = 24
"""Queries that are also opened in the browser; the others are only read."""
EXECUTABLE = frozenset("script iframe object embed base applet frame frameset portal foreignobject animate set".split())
ADDRESSES = frozenset("href src action formaction data srcset poster ping xlink:href manifest background".split())


def test_there_are_enough_payloads() -> None:
    """Some hundred and fifty different ones, besides targets of links."""
    assert len(PAYLOADS) >= 150
    assert len(set(TARGETS)) >= 25


# --- A corpus of strangers ------------------------------------------------------------------------


def write_hostile_corpus(folder: Path) -> None:
    """Documents with every payload as title, front matter, tag, heading, text, link, caption, table, code and name."""
    folder.mkdir()
    names = [payload.replace("/", "∕").replace("\0", "")[:60].strip(" .") for payload in PAYLOADS]
    for start in range(0, len(PAYLOADS), IN_ONE_DOCUMENT):
        chosen = PAYLOADS[start : start + IN_ONE_DOCUMENT]
        name = names[start].replace("\n", " ") or "x"
        (folder / f"{name} {start}.md").write_text("\n".join(_document(start, chosen)), encoding="utf-8")
    (folder / "actors.toml").write_text(
        "".join(
            f"[[actor]]\nname = {json.dumps(p)}\ntype = {json.dumps(p)}\naliases = ['Xanthos{n}']\n\n"
            for n, p in enumerate(PAYLOADS[:20])
            if p.isprintable()
        ),
        encoding="utf-8",
    )
    told = {"title": PAYLOADS[0], "description": PAYLOADS[1], "examples": list(PAYLOADS[:3])}
    lines = (f"{key} = {json.dumps(value)}" for key, value in told.items())
    (folder / "searchapp.toml").write_text("\n".join(lines), encoding="utf-8")


def _document(start: int, chosen: tuple[str, ...]) -> Iterator[str]:
    first = json.dumps(chosen[0])
    yield f"---\ntitle: {first}\nauthor: {first}\ntags: [{first}, hospital]"
    yield f"url: {json.dumps(TARGETS[start % len(TARGETS)])}\n---\n"
    for offset, payload in enumerate(chosen):
        number = start + offset
        line = payload.replace("\n", " ")
        shown = html.escape(line)  # what a reader sees as the payload itself
        target = TARGETS[number % len(TARGETS)].replace("\n", "%0A")
        yield f"## {shown} hospital {number}\n"
        yield f"A hospital on 3 May 2016 said {shown} and Xanthos{number} heard it. {line}\n"
        yield f"A [link {number}](<{target}>) and [another]({quote(target)}), <{target}>, [a third][{number}].\n"
        yield f'![{shown}](<{target}> "{shown}")\n'
        yield f"`` {line} ``\n\n> {line}\n"
        yield f"| {shown.replace('|', ' ')} | beds |\n|---|---|\n| {line.replace('|', ' ')} | 3 |\n"
        yield f'```html\n{line}\n```\n\n[{number}]: <{target}> "{shown}"\n'
    yield f"A [good one]({HARMLESS[0]}), [another]({HARMLESS[1]}), [a letter]({HARMLESS[2]}).\n"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Searchapp:
    """The program on the corpus of strangers, indexed."""
    folder = tmp_path_factory.mktemp("hostile")
    write_hostile_corpus(folder / "corpus")
    app = Searchapp(folder / "corpus", folder / "index")
    built = app.run("reindex")
    assert built.returncode in (0, 1), built.stderr
    return app


@pytest.fixture(scope="module")
def application(hostile: Searchapp) -> Flask:
    return create_app(configuration.load(hostile.corpus, hostile.index), WhooshEngine(hostile.index))


@pytest.fixture(scope="module")
def client(application: Flask) -> FlaskClient:
    return application.test_client()


def pages_of(client: FlaskClient) -> list[str]:
    """One address of every kind of page, and the view of every document and of some entries."""
    corpus: Any = client.get("/api/corpus").json
    found: Any = client.get("/api/search?q=hospital&per_page=20&passages=20").json
    documents = [document["url"] for document in corpus["documents"]]
    entries = [f"/{kind}/{quote(hit['id'])}" for hit in found["results"][:6] for kind in ("entry", "cite")]
    searches = [
        "/search",
        "/search?q=hospital&per_page=100&passages=20",
        "/search?q=Xanthos3",
        "/search?q=hospital&page=2",
    ]
    return ["/", "/about", *documents, *(f"{url}?q=hospital" for url in documents[:3]), *entries, *searches]


# --- What a page holds ----------------------------------------------------------------------------


@dataclass
class Dangers(HTMLParser):
    """Everything in a page that runs or leads somewhere it should not."""

    found: list[str] = field(default_factory=list)
    links: list[tuple[str, str]] = field(default_factory=list)
    """Target and rel of every link out of the site."""

    def __post_init__(self) -> None:
        HTMLParser.__init__(self, convert_charrefs=True)

    def __hash__(self) -> int:
        return id(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        own = tag == "script" and given.get("src", "").startswith("/static/")
        if (tag in EXECUTABLE and not own) or (tag == "meta" and "http-equiv" in given):
            self.found.append(f"<{tag} {given}>")
        self.found += [
            f"{tag} {name}={value}" for name, value in given.items() if name.startswith("on") or name == "style"
        ]
        self.found += [f"{tag} {name}={given[name]}" for name in ADDRESSES & given.keys() if not _is_fine(given[name])]
        if (
            tag == "a"
            and urlsplit(given.get("href", "")).netloc != "localhost"
            and urlsplit(given.get("href", "")).scheme
        ):
            self.links.append((given["href"], given.get("rel", "")))


def _is_fine(address: str) -> bool:
    """Whether an address is one of this site, or http, https or mailto as a browser reads it."""
    read = "".join(c for c in address if c not in "\t\r\n").strip("".join(map(chr, range(33))))
    if read.startswith(("/", "#", "?")) or not read:
        return not read.replace("\\", "/").startswith("//")
    return read.lower().startswith(("http://", "https://", "mailto:"))


def dangers(text: str) -> Dangers:
    read = Dangers()
    read.feed(text)
    read.close()
    return read


def test_what_looks_for_dangers_finds_them() -> None:
    """The reader of pages that these tests rely on knows each kind of danger."""
    bad = (
        "<script>1</script>",
        "<p onclick=x>",
        "<p style=x>",
        "<iframe>",
        "<a href='java\tscript:1'>",
        "<img src=//x>",
        "<a href='/\\x'>",
        "<base href=/>",
        "<meta http-equiv=refresh>",
        "<a href=data:x>",
    )
    assert [text for text in bad if not dangers(text).found] == []
    assert dangers('<script src="/static/app.js"></script><a href="https://x" rel="nofollow">').found == []


def test_no_page_holds_anything_that_runs(client: FlaskClient) -> None:
    """Titles, front matter, tags, headings, text, links, captions, tables, code, names and settings are text."""
    for url in pages_of(client):
        answer = client.get(url)
        assert answer.status_code == 200, url
        read = dangers(answer.text)
        assert read.found == [], url


def test_the_payloads_are_there_to_be_seen(client: FlaskClient) -> None:
    """The corpus does hold them as text: else the other tests would show nothing."""
    text = html.unescape("".join(client.get(url).text for url in pages_of(client)))
    seen = [payload for payload in PAYLOADS if payload.split("\n")[0][:30] in text]
    assert len(seen) > 0.9 * len(PAYLOADS)


def test_links_out_of_documents(client: FlaskClient) -> None:
    """They lead to http, https and mailto only, tell nobody where the reader came from, and get no window to hold."""
    links = [link for url in pages_of(client) for link in dangers(client.get(url).text).links]
    assert set(HARMLESS) <= {target for target, _ in links}
    assert {urlsplit(target).scheme for target, _ in links} <= {"http", "https", "mailto"}
    assert {(target, rel) for target, rel in links if rel != "noopener noreferrer nofollow"} == set()


@pytest.mark.long(10)
@pytest.mark.parametrize("path", ["/search", "/nothing", "/doc/x"])
def test_no_query_becomes_anything_that_runs(client: FlaskClient, path: str) -> None:
    """Each payload as the words, as a value or as the name of a parameter, on pages and in errors."""
    for number, payload in enumerate(PAYLOADS):
        sent = quote_plus(payload)
        forms = (f"q={sent}", f"q=x&actor={sent}", f"year={sent}", f"{sent}=1")
        for given in {forms[0], forms[number % 4]}:
            answer = client.get(f"{path}?{given}", follow_redirects=True)
            assert answer.status_code < 500
            assert dangers(answer.text).found == [], payload


def test_paths_are_told_as_text(client: FlaskClient) -> None:
    """An error that names the address it was asked for names it as text."""
    for payload in PAYLOADS:
        for path in ("/doc/", "/entry/", "/cite/", "/static/", "/"):
            answer = client.get(path + quote(payload))
            assert answer.status_code in (200, 302, 308, 400, 404), (path, payload)
            assert dangers(answer.text).found == []


def test_data_is_no_page(client: FlaskClient) -> None:
    """What is not HTML says so, cannot be taken for it, and what is meant to be kept comes as a file."""
    kinds = {
        "/api/search?q=hospital": "application/json",
        "/api/suggest?q=hos": "application/json",
        "/feed.atom?q=hospital": "application/atom+xml",
        "/export.csv?q=hospital": "text/csv",
        "/export.jsonl?q=hospital": "application/",
        "/export.ris?q=hospital": "application/",
        "/export.bib?q=hospital": "application/",
        "/sitemap.xml": "application/xml",
        "/opensearch.xml": "application/opensearch",
        "/robots.txt": "text/plain",
        "/healthz": "application/json",
    }
    for url, kind in kinds.items():
        answer = client.get(url)
        assert answer.status_code == 200, url
        assert answer.content_type.startswith(kind) or (kind == "application/" and "html" not in answer.content_type), (
            url
        )
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.get_data()
        assert not url.startswith("/export") or answer.headers["Content-Disposition"].startswith("attachment")
        if kind.endswith("xml"):
            tags = {element.tag for element in ET.fromstring(answer.text).iter()}  # noqa: S314  # our own
            assert not [tag for tag in tags if "xhtml" in tag or tag.endswith("script")]


def test_no_cell_of_an_export_is_a_formula(client: FlaskClient) -> None:
    """A spreadsheet computes nothing of what a document says."""
    rows = list(csv.reader(io.StringIO(client.get("/export.csv?q=hospital").text)))
    assert len(rows) > 10
    assert [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell[:1]] == []


# --- In a browser ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def windows(hostile: Searchapp, chromium: Browser) -> Iterator[tuple[str, Page, Page, list[str]]]:
    """Address of the site, a window as readers have it, one that ignores our policy, and what should not have been."""
    harm: list[str] = []
    with hostile.serving() as server:
        pages = [chromium.new_context(bypass_csp=bypass).new_page() for bypass in (False, True)]
        host = urlsplit(server.url).netloc
        for page in pages:
            page.set_default_timeout(20_000)
            page.on("dialog", lambda dialog: refuse(dialog, harm))
            page.on("request", lambda sent: harm.append(sent.url) if urlsplit(sent.url).netloc != host else None)
            page.on("popup", lambda opened: harm.append(f"popup {opened.url}"))
        yield server.url, pages[0], pages[1], harm


def refuse(dialog: Dialog, harm: list[str]) -> None:
    """A dialog is harm, and would wait for ever."""
    harm.append(f"dialog {dialog.message}")
    dialog.dismiss()


@pytest.mark.long(20)
@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("which", [0, 1], ids=["with our policy", "without it"])
def test_nothing_runs_in_a_browser(windows: tuple[str, Page, Page, list[str]], client: FlaskClient, which: int) -> None:
    """All kinds of pages are opened, pointed at and clicked through with scripts on: no payload runs, nothing is sent
    elsewhere. Without the policy too, which only stands behind the escaping."""
    base, *both, harm = windows
    page = (both[0], both[1])[which]
    queries = [f"/search?q={quote_plus(payload)}" for payload in islice(PAYLOADS, 0, None, len(PAYLOADS) // IN_BROWSER)]
    data = ["/feed.atom?q=hospital", "/api/search?q=hospital", "/healthz", "/robots.txt", "/export.csv?q=hospital"]
    for path in (*pages_of(client), *queries, "/doc/%3Cscript%3Ewindow.__xss=1%3C/script%3E", *data):
        try:
            page.goto(base + path, wait_until="load")
        except Error as error:
            assert "Download is starting" in str(error) or "ERR_ABORTED" in str(error), path  # noqa: PT017  # either way of not showing it will do
            continue
        ran = page.evaluate(TOUCH)
        assert not ran, f"{path}: {ran}"
    assert harm == []


TOUCH = """() => {
  for (const element of document.querySelectorAll("*")) {
    for (const kind of ["focus", "pointerenter", "mouseover", "toggle", "animationstart"])
      element.dispatchEvent(new Event(kind));
    const href = element.getAttribute && element.getAttribute("href");
    if (href && /^\\s*(javascript|data|vbscript):/i.test(element.href)) return "link " + element.href;
  }
  return window.__xss;
}"""


# --- Headers, on every kind of answer -------------------------------------------------------------

ANSWERS = {
    "/": 200,
    "/search?q=hospital": 200,
    "/search?q=x&year=1": 400,
    "/search?sort=newest&q=x": 302,
    "/doc/none.md": 404,
    "/none": 404,
    "/api/search?q=hospital": 200,
    "/api/search?page=0": 400,
    "/api/none": 404,
    "/static/app.js": 200,
    "/static/none.js": 404,
    "/healthz": 200,
    "/readyz": 200,
    "/metrics": 404,
    "/robots.txt": 200,
    "/favicon.ico": 302,
    "/export.csv?q=hospital": 200,
    "/feed.atom?q=hospital": 200,
    f"/search?q={'a' * 20_000}": 414,
}
EXPECTED = {
    "X-Content-Type-Options": ("nosniff",),
    "Referrer-Policy": ("no-referrer",),
    "Permissions-Policy": ("camera=()", "geolocation=()", "microphone=()"),
    "Cross-Origin-Opener-Policy": ("same-origin",),
    "Cross-Origin-Resource-Policy": ("same-origin",),
    "Content-Security-Policy": (
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    ),
}


@pytest.mark.parametrize("url", ["/", "/api/search", "/export.csv", "/readyz", "/healthz"])
def test_no_answer_names_a_folder_of_the_server(tmp_path: Path, url: str) -> None:
    """What is wrong with the index is said; where it lies is nothing to who asks."""
    app = create_app(configuration.load(tmp_path, tmp_path / "index"), WhooshEngine(tmp_path / "index"))
    said = app.test_client().get(url).text
    assert "there is no index yet" in said
    assert str(tmp_path) not in said


@pytest.mark.parametrize("header", EXPECTED)
@pytest.mark.parametrize("url", ANSWERS, ids=lambda url: url[:40])
def test_headers(client: FlaskClient, url: str, header: str) -> None:
    """Every kind of answer, errors and files included, has each header; none allows inline script or sets a cookie."""
    answer = client.get(url)
    assert answer.status_code == ANSWERS[url]
    assert [part for part in EXPECTED[header] if part not in answer.headers[header]] == []
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "*" not in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert "Access-Control-Allow-Origin" not in answer.headers
    answer.get_data()
    answer.close()


@pytest.mark.parametrize("status", [405, 500])
def test_headers_of_failures(hostile: Searchapp, status: int) -> None:
    """A wrong method and a defect of ours have them too, and a defect shows nothing of the inside."""
    engine: Any = WhooshEngine(hostile.index)
    if status == 500:
        engine.search = None
    app = create_app(configuration.load(hostile.corpus, hostile.index), engine)
    answer = app.test_client().open("/search?q=x", method="POST" if status == 405 else "GET")
    assert answer.status_code == status
    assert all(part in answer.headers[header] for header, parts in EXPECTED.items() for part in parts)
    assert "Traceback" not in answer.text
    assert "NoneType" not in answer.text


# --- Files ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["/doc/", "/static/", "/api/entries/", "/entry/", "/cite/", "/"])
def test_no_way_out_of_a_folder(client: FlaskClient, prefix: str) -> None:
    """Climbing, absolute, encoded, doubly encoded, backslashed and cut-off paths lead to nothing but errors."""
    for climb in CLIMBS:
        answer = client.get(prefix + climb, follow_redirects=True)
        assert answer.status_code in (400, 404), (prefix, climb)
        assert [secret for secret in SECRETS if secret in answer.text] == []


def test_no_way_out_over_a_connection(hostile: Searchapp) -> None:
    """The same on the wire, where no client tidies the path."""
    with hostile.serving("--workers", "1") as server:
        connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=20)
        for prefix in ("/doc/", "/static/", "/api/entries/", "/"):
            for climb in (climb for climb in CLIMBS if climb.isascii()):
                connection.putrequest("GET", prefix + climb, skip_host=False)
                connection.endheaders()
                answer = connection.getresponse()
                text = answer.read().decode("utf-8", "replace")
                assert answer.status in (302, 308, 400, 404), (prefix, climb)
                assert [secret for secret in SECRETS if secret in text] == []
        connection.close()


def test_the_index_is_ours_alone(hostile: Searchapp) -> None:
    """The folder of an index can be read by its owner only, whatever the umask."""
    assert stat.S_IMODE(hostile.index.stat().st_mode) == 0o700
    before = os.umask(0)
    try:
        other = replace(hostile, index=hostile.index.parent / "second")
        assert other.run("reindex").returncode in (0, 1)
    finally:
        os.umask(before)
    assert stat.S_IMODE(other.index.stat().st_mode) == 0o700


# --- Logs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [False, True])
def test_the_log_holds_searches_only_when_asked(hostile: Searchapp, asked: bool) -> None:
    """Each request is one line of JSON with path, status and duration; what was searched is in it only on request."""
    with hostile.serving(*(["--log-queries"] if asked else [])) as server:
        server.get("/api/search?q=verysecret%0A%7B")
        server.process.terminate()
        said = server.process.communicate(timeout=30)[1]
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    told = next(line for line in lines if line["path"] == "/api/search")
    assert (told["status"], told["method"], told["event"]) == (200, "GET", "request")
    assert told["ms"] > 0
    assert ("verysecret" in said) is asked


def test_a_defect_is_one_line_without_what_was_typed() -> None:
    """The log of a defect has its kind and its place; its message, which may quote a query, only on request."""
    for asked in (False, True):
        try:
            raise KeyError("verysecret")
        except KeyError as error:
            info = (type(error), error, error.__traceback__)
        record = logging.LogRecord("x", logging.ERROR, "file", 1, "defect", None, info)
        line = Lines(with_messages=asked).format(record)
        assert "\n" not in line
        told = json.loads(line)
        assert (told["level"], told["event"], told["error"]) == ("error", "defect", "KeyError")
        assert "test_security.py" in told["trace"][0]
        assert ("verysecret" in line) is asked


def test_an_answer_that_never_began_is_told(hostile: Searchapp) -> None:
    """What the application raises, as where even its page for errors fails, counts as an answer of status 500."""

    def fails(*_: object) -> list[bytes]:
        raise KeyError("verysecret")

    told: list[tuple[str, int]] = []
    observed = Observed(
        fails, configuration.load(hostile.corpus, hostile.index), lambda path, status, _: told.append((path, status))
    )
    with pytest.raises(KeyError):
        observed({"PATH_INFO": "/search", "REQUEST_METHOD": "GET"}, lambda *_: None)
    assert told == [("/search", 500)]


@pytest.mark.parametrize(("length", "whole"), [([("Content-Length", "2")], True), ([], False)])
def test_an_answer_that_is_all_there_is_given_as_a_whole(
    hostile: Searchapp, length: list[tuple[str, str]], whole: bool
) -> None:
    """What has a length is a list, and closed, when it is given to the server; else piece by piece, closed by it."""
    closed: list[bool] = []

    def answers(_: object, start: Callable[..., object]) -> ClosingIterator:
        start("200 OK", length)
        return ClosingIterator([b"a", b"b"], lambda: closed.append(True))

    observed = Observed(answers, configuration.load(hostile.corpus, hostile.index))
    body = observed({"PATH_INFO": "/", "REQUEST_METHOD": "GET"}, lambda *_: None)
    assert (isinstance(body, list), bool(closed)) == (whole, whole)
    assert b"".join(body) == b"ab"


def test_a_log_that_nobody_reads_holds_up_no_reader(hostile: Searchapp) -> None:
    """A thousand and more requests are answered while standard error is a full pipe."""
    with hostile.serving("--workers", "1") as server:
        for _ in range(1_200):
            server.get("/healthz")


def test_a_log_that_nobody_reads_does_not_hold_up_the_end() -> None:
    """A process that ends does not wait for lines that find no room, neither in the pipe nor among those that wait."""
    reading, writing = os.pipe()
    log = Patient(writing)
    record = logging.LogRecord("x", logging.INFO, "file", 1, "long " * 200, None, None)
    for _ in range(3):
        for _ in range(WAITING):
            log.emit(record)
        time.sleep(0.2)  # until the pipe is full
    started = time.monotonic()
    log.close()
    assert time.monotonic() - started < 1
    os.close(reading)


# --- Counts ---------------------------------------------------------------------------------------


def test_metrics_add_up_over_all_workers(hostile: Searchapp) -> None:
    """Off unless asked for; then any worker tells what all of them answered, in the format of Prometheus."""
    with hostile.serving("--metrics", "--workers", "2") as server:
        for _ in range(20):
            server.get("/api/search?q=hospital")
        searches = 'searchapp_requests_total{route="/api",status="2xx"}'
        counts: dict[str, float] = {}
        until = time.monotonic() + 20
        while counts.get(searches, 0) < 20 and time.monotonic() < until:  # an answer is counted once it is sent
            counts = counted(server.url)
    assert counts[searches] == 20
    assert counts["searchapp_request_seconds_count"] >= 20
    assert counts['searchapp_request_seconds_bucket{le="+Inf"}'] == counts["searchapp_request_seconds_count"]


def counted(url: str) -> dict[str, float]:
    """What `/metrics` says: numbers by name and labels."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)) as asked:
        asked.request("GET", "/metrics")
        answer = asked.getresponse()
        assert answer.status == 200
        lines = [line.rpartition(" ") for line in answer.read().decode().splitlines() if line[0] != "#"]
    return {name: float(value) for name, _, value in lines}
