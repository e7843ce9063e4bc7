"""Nothing is sent twice, what is sent is compressed, and scripts of other sites read it only where they are let."""

from __future__ import annotations

import gzip
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from running import Searchapp
from web_support import create_app
from zstandard import ZstdDecompressor

from searchapp import indexing
from searchapp import settings as configuration
from searchapp.engines.whoosh import WhooshEngine
from searchapp.settings import Settings

ARTICLE = "001_69d70ffd968491bc.txt"
TAGGED = (
    "/",
    "/search?q=hospital",
    f"/doc/{ARTICLE}",
    "/about",
    "/api",
    "/api/openapi.json",
    "/api/search?q=hospital",
    "/api/corpus",
    "/export.csv?q=hospital",
    "/feed.atom?q=hospital",
)
ERRORS = (("/search?page=0", 400), ("/api/search?page=0", 400), ("/nothing", 404), ("/api/entries/none", 404))
PACKED = {"Accept-Encoding": "gzip, br"}


def settings_of(app: Searchapp, **env: str) -> Settings:
    """Those of a server on the index of the seeds."""
    patient = {"SEARCHAPP_DEADLINE": os.environ["SEARCHAPP_DEADLINE"]}
    return configuration.load(app.corpus, app.index, patient | env)


def client_of(settings: Settings) -> FlaskClient:
    """Asks an application of its own."""
    return create_app(settings, WhooshEngine(settings.index)).test_client()


@pytest.fixture(scope="module")
def client(seed_app: Searchapp) -> FlaskClient:
    """Asks about the seeds."""
    return client_of(settings_of(seed_app))


def etag(client: FlaskClient, path: str) -> str:
    """The entity tag of an answer."""
    return client.get(path, buffered=True).headers["ETag"]


@pytest.mark.parametrize("path", TAGGED)
def test_what_the_reader_has_is_not_sent_again(path: str, client: FlaskClient) -> None:
    """Asked with its tag, a page, a file or data is a 304 without a body; with another tag it is sent."""
    first = client.get(path, buffered=True)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "no-cache")
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert client.get(path, headers={"If-None-Match": '"another"'}, buffered=True).status_code == 200


def test_a_known_answer_is_not_worked_out(seed_app: Searchapp, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search that the reader has is not searched again."""
    engine = WhooshEngine(seed_app.index)
    client = create_app(settings_of(seed_app), engine).test_client()
    tag = etag(client, "/api/search?q=hospital")
    monkeypatch.setattr(engine, "search", None)
    assert client.get("/api/search?q=hospital", headers={"If-None-Match": tag}).status_code == 304


def test_tags_are_of_one_address(client: FlaskClient) -> None:
    """Other words, another page of them and another format each have a tag of their own."""
    paths = (
        "/search?q=a",
        "/search?q=b",
        "/search?q=a&page=2",
        "/api/search?q=a",
        "/export.csv?q=a",
        "/export.bib?q=a",
    )
    assert len({etag(client, path) for path in paths}) == len(paths)


def test_a_path_is_not_taken_for_arguments(client: FlaskClient) -> None:
    """A question mark that belongs to the path of an address makes it another one than the same in front of arguments:
    a reader who has the answer of one is not told so of the other."""
    tag = etag(client, f"/doc/{ARTICLE}?q=hospital?")
    answer = client.get(f"/doc/{ARTICLE}%3Fq=hospital?", headers={"If-None-Match": tag})
    assert answer.status_code == 404


def test_tags_are_of_one_generation(seed_app: Searchapp, tmp_path: Path) -> None:
    """After a reindex of a changed corpus, an old tag is no longer known, and the new answer has another."""
    settings, engine = copied(seed_app, tmp_path)
    client = create_app(settings, engine).test_client()
    before = client.get("/api/search?q=quagga")
    add_quagga(settings, engine)
    after = client.get("/api/search?q=quagga", headers={"If-None-Match": before.headers["ETag"]})
    assert (before.json or {})["total"] == 0
    assert (after.status_code, (after.json or {})["total"]) == (200, 1)
    assert client.get("/api/search?q=quagga").data == after.data, "it is kept for those who have none"
    assert after.headers["ETag"] != before.headers["ETag"]


def copied(app: Searchapp, folder: Path) -> tuple[Settings, WhooshEngine]:
    """A copy of the corpus, indexed."""
    shutil.copytree(app.corpus, folder / "corpus")
    settings = configuration.load(folder / "corpus", folder / "index", {})
    engine = WhooshEngine(settings.index)
    indexing.build(engine, settings)
    return settings, engine


def add_quagga(settings: Settings, engine: WhooshEngine) -> None:
    """Index one document more, which alone speaks of a quagga."""
    (settings.corpus / "new.md").write_text("# Quagga\n\nA quagga was seen.\n")
    indexing.build(engine, settings)


@pytest.mark.parametrize(("path", "status"), ERRORS)
def test_errors_are_never_kept(path: str, status: int, client: FlaskClient) -> None:
    """An error has no tag and is not to be stored, whatever tag it was asked with."""
    answer = client.get(path, headers={"If-None-Match": "*"})
    assert answer.status_code == status
    assert "ETag" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_unusable_index_is_never_kept(tmp_path: Path, seed_app: Searchapp) -> None:
    """Without an index there is nothing to tag: the answer is an error."""
    client = client_of(replace(settings_of(seed_app), index=tmp_path))
    answer = client.get("/api/search?q=hospital", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")


@pytest.mark.parametrize(("accepted", "coding"), [("gzip, br", "gzip"), ("gzip, br, zstd", "zstd")])
@pytest.mark.parametrize("path", [*TAGGED, "/static/style.css"])
def test_long_answers_are_compressed(path: str, accepted: str, coding: str, client: FlaskClient) -> None:
    """Unpacked, it is what is sent to those who take no compression; caches are told that there are other forms."""
    packing = {"Accept-Encoding": accepted}
    plain, packed = client.get(path, buffered=True), client.get(path, headers=packing, buffered=True)
    assert packed.headers["Content-Encoding"] == coding
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.data) < len(plain.data)
    unpack = {"gzip": gzip.decompress, "zstd": ZstdDecompressor().decompressobj().decompress}[coding]
    unpacked = unpack(packed.data)
    assert without_time(unpacked) == without_time(plain.data)


def without_time(data: bytes) -> list[bytes]:
    """An answer without the lines and fields that say how long it took."""
    parts = data.replace(b",", b"\n").splitlines()
    return [part for part in parts if b"took_ms" not in part and b" ms" not in part and b"second" not in part]


def test_short_and_packed_answers_are_left_alone(client: FlaskClient) -> None:
    """What compression would not shorten is sent as it is, and so is what the reader refuses to have packed."""
    assert "Content-Encoding" not in client.get("/healthz", headers=PACKED).headers
    assert "Content-Encoding" not in client.get("/static/icon.svg", headers=PACKED, buffered=True).headers
    for refusing in ("gzip;q=0, br", "zstd;q=0", "identity"):
        refused = client.get("/search?q=hospital", headers={"Accept-Encoding": refusing})
        assert "Content-Encoding" not in refused.headers
    anything = client.get("/search?q=hospital", headers={"Accept-Encoding": "*"})
    assert anything.headers["Content-Encoding"] == "gzip", "what all know"
    preferred = client.get("/search?q=hospital", headers={"Accept-Encoding": "zstd;q=0.5, gzip"})
    assert preferred.headers["Content-Encoding"] == "gzip"


def test_static_files_are_revalidated_in_either_form(client: FlaskClient) -> None:
    """The tag of a packed style sheet is known again."""
    tag = client.get("/static/style.css", headers=PACKED, buffered=True).headers["ETag"]
    again = client.get("/static/style.css", headers={**PACKED, "If-None-Match": tag}, buffered=True)
    assert again.status_code == 304


def test_other_sites_read_nothing_by_default(client: FlaskClient) -> None:
    """Without the setting no header lets a script of another site read an answer."""
    answer = client.get("/api/search?q=hospital", headers={"Origin": "https://example.org"})
    assert [name for name, _ in answer.headers if name.startswith("Access-Control")] == []


def test_other_sites_read_what_the_setting_lets_them(seed_app: Searchapp) -> None:
    """Scripts of the sites that are named may read answers, 304 and errors included; those of others may not."""
    client = client_of(settings_of(seed_app, SEARCHAPP_CORS_ORIGIN="https://a.example http://localhost:3000"))
    for path in ("/api/search?q=hospital", "/api/search?page=0", "/export.csv?q=hospital"):
        named = client.get(path, headers={"Origin": "http://localhost:3000"}, buffered=True)
        other = client.get(path, headers={"Origin": "https://b.example"}, buffered=True)
        assert named.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
        assert "Access-Control-Allow-Origin" not in other.headers
        assert "Origin" in other.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in named.headers
    asked = client.options("/api/search", headers={"Origin": "https://a.example"})
    assert asked.headers["Access-Control-Allow-Methods"] == "GET, HEAD"


def test_all_sites_may_be_let_in(seed_app: Searchapp) -> None:
    """A star lets every script read, and needs no variants of an answer."""
    client = client_of(settings_of(seed_app, SEARCHAPP_CORS_ORIGIN="*"))
    answer = client.get("/api/corpus", headers={"Origin": "https://b.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Origin" not in answer.headers["Vary"]


@pytest.mark.parametrize(
    "given", ["example.org", "https://example.org/", "https://a.example,https://b.example", "null"]
)
def test_what_is_no_site_is_refused(given: str, seed_app: Searchapp) -> None:
    """A setting that no browser would ever match is an error that names it."""
    with pytest.raises(configuration.BadSettings, match="SEARCHAPP_CORS_ORIGIN"):
        settings_of(seed_app, SEARCHAPP_CORS_ORIGIN=given)
