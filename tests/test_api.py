"""The JSON API and the health check, over a small engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from web_support import AIR_FORCE, CROSS, MemoryEngine, create_app, sample, settings


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine(sample())


@pytest.fixture
def client(engine: MemoryEngine, tmp_path: Path) -> FlaskClient:
    return create_app(settings(tmp_path), engine).test_client()


def get(client: FlaskClient, url: str, status: int = 200) -> Any:
    answer = client.get(url)
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    return answer.json


def test_shape_of_a_search(client: FlaskClient) -> None:
    """An answer has the documented keys, with the query as understood."""
    found = get(client, "/api/search?q=hospital&year=2018&not_actor=Red+Cross&from=2016")
    assert found["query"] == {
        "q": "hospital",
        "match": "all",
        "exact": False,
        "sort": "relevance",
        "page": 1,
        "per_page": 10,
        "passages": 3,
        "facet_order": "count",
        "explain": False,
        "from": "2016-01-01",
        "to": None,
        "filters": {"year": ["2018"], "not_actor": [CROSS]},
    }
    assert {
        "total",
        "full_matches",
        "any_matches",
        "took_ms",
        "notes",
        "suggestion",
        "results",
        "facets",
        "generation",
    } <= set(found)
    assert list(found["facets"]) == ["year", "actor", "kind", "document"]
    assert {"value": "2018", "count": 1, "selected": True} in found["facets"]["year"]
    assert {"value": CROSS, "count": 0, "selected": False, "excluded": True, "group": "organisation"} in found[
        "facets"
    ]["actor"]
    assert {"value": "section", "count": 1, "selected": False, "label": "Section"} in found["facets"]["kind"]


def test_shape_of_a_result(client: FlaskClient) -> None:
    """A result says where it is, when, who is in it, and why it matches; ranges are ranges of the texts given."""
    [hit] = get(client, "/api/search?q=hospital&year=2018&actor=Air+Force")["results"]
    assert hit["document"] == {"path": "notes/article.md", "title": "The campaign, an overview"}
    assert hit["url"] == "/doc/notes/article.md#march-may-2018"
    assert hit["heading_path"] == ["Operations"]
    assert hit["lines"] == [12, 30]
    assert hit["date"] == {"start": "2018-03-01", "end": "2018-05-31", "origin": "heading"}
    assert hit["evidence"] == 1
    assert hit["years"] == ["2018", "2019", "undated"]
    [passage] = hit["passages"]
    assert passage["text"] == "A hospital was hit in March."
    assert [passage["text"][a:b] for a, b in passage["marks"]] == ["hospital"]
    assert passage["lines"] == [14, 14]
    assert passage["date"]["origin"] == "completed"
    assert passage["actors"] == [AIR_FORCE]
    assert passage["url"] == "/doc/notes/article.md#L14"


def test_title_is_whole(client: FlaskClient) -> None:
    """A long headline is cut by the page, not by the API, and its marks are ranges of the whole."""
    [hit] = get(client, "/api/search?q=clinic")["results"]
    assert hit["title"].endswith("named at its end")
    assert [hit["title"][a:b] for a, b in hit["title_marks"]] == ["clinic"]


def test_sources_are_given_as_they_are(client: FlaskClient) -> None:
    """Sources are the document's own labels and addresses, whatever they hold."""
    [hit] = get(client, "/api/search?q=shelled")["results"]
    assert {"label": "Wire", "url": "javascript:alert(2)"} in hit["sources"]


def test_paging(client: FlaskClient) -> None:
    """Pages of one entry each, put together, are the page of all entries."""
    every = [hit["id"] for hit in get(client, "/api/search")["results"]]
    pages = [get(client, f"/api/search?per_page=1&page={n}")["results"][0]["id"] for n in range(1, len(every) + 1)]
    assert pages == every
    assert get(client, "/api/search?per_page=1&page=50")["results"] == []


@pytest.mark.parametrize(
    ("args", "code", "parameter"),
    [
        ("page=0", "bad_parameter", "page"),
        ("year=15", "bad_parameter", "year"),
        ("sort=newest&sort=oldest", "bad_parameter", "sort"),
        ("qq=hospital", "unknown_parameter", "qq"),
    ],
)
def test_bad_parameter(client: FlaskClient, args: str, code: str, parameter: str) -> None:
    """A parameter that is malformed, repeated or unknown gives 400 and an error that names it."""
    error = get(client, f"/api/search?{args}", 400)["error"]
    assert (error["code"], error["parameter"]) == (code, parameter)
    assert error["message"]


@pytest.mark.parametrize("path", ["search", "timeline", "suggest", "similar/{id}", "entries/{id}", "corpus", "cite"])
def test_no_address_takes_what_it_does_not_know(client: FlaskClient, path: str) -> None:
    """A parameter that an address does not have is named by it, wherever it is."""
    url = "/cite/{id}.bib" if path == "cite" else f"/api/{path}"
    error = get(client, url.format(id="news/2015/11/25/air-base") + "?yaer=2015", 400)["error"]
    assert (error["code"], error["parameter"]) == ("unknown_parameter", "yaer")


@pytest.mark.parametrize(
    "url", ["/api/suggest?q=a&q=b", "/api/similar/{id}?limit=1&limit=2", "/cite/{id}.ris?passage=0&passage=1"]
)
def test_what_is_told_twice_is_refused(client: FlaskClient, url: str) -> None:
    """Of two values for one thing none is taken in silence."""
    error = get(client, url.format(id="news/2015/11/25/air-base"), 400)["error"]
    assert f"{error['parameter']}=" in url
    assert "once" in error["message"]


def test_value_the_index_lacks(client: FlaskClient) -> None:
    """A well-formed value that the index lacks is no error: nothing is found, facets are still there."""
    found = get(client, "/api/search?actor=Nobody&year=1999")
    assert found["total"] == 0
    assert {"value": "1999", "count": 0, "selected": True} in found["facets"]["year"]


def test_entry(client: FlaskClient) -> None:
    """An entry is found under its id, slashes and all, with every passage, title first."""
    found = get(client, "/api/entries/news/2015/11/25/air-base")
    assert [passage["kind"] for passage in found["passages"]] == ["title", "paragraph"]
    assert found["passages"][1]["dates"] == [{"start": "2015-11-25", "end": "2015-11-25", "origin": "item"}]


def test_corpus(client: FlaskClient) -> None:
    """The corpus is told with its counts, its generation, its documents and what went wrong."""
    found = get(client, "/api/corpus")
    assert found["counts"]["documents"] == len(found["documents"]) == 2
    assert found["counts"]["sections"] + found["counts"]["news"] == found["counts"]["entries"] == 4
    assert sum(found["dated"].values()) == found["counts"]["passages"]
    assert found["problems"] == [{"path": "notes/article.md", "line": 9, "message": "template residue left out"}]
    assert found["generation"] == "gen-1"


@pytest.mark.parametrize("url", ["/api/entries/none", "/api/nothing", "/api/"])
def test_not_found(client: FlaskClient, url: str) -> None:
    """What is not there gives 404, as JSON."""
    assert get(client, url, 404)["error"]["code"] == "not_found"


@pytest.mark.parametrize("url", ["/api/search", "/export.csv", "/feed.atom", "/sitemap.xml", "/healthz", "/readyz"])
def test_only_get(client: FlaskClient, url: str) -> None:
    """Nothing can be changed by a program: other methods give 405, as JSON, and say what is allowed."""
    answer = client.post(url)
    assert answer.status_code == 405
    assert answer.json is not None
    assert answer.json["error"]["code"] == "method_not_allowed"
    assert "GET" in answer.headers["Allow"]


def test_without_an_index(client: FlaskClient, engine: MemoryEngine) -> None:
    """Without an index every answer is 503 and says what to do."""
    engine.collection = None
    for url in ("/api/search", "/api/corpus", "/api/entries/x"):
        assert "searchapp reindex" in get(client, url, 503)["error"]["message"]
    assert "searchapp reindex" in get(client, "/readyz", 503)["warnings"][0]
    assert get(client, "/healthz")["status"] == "unusable"  # alive: a restart would mend nothing


def test_health(client: FlaskClient, engine: MemoryEngine) -> None:
    """Health tells the generation; a warning of the engine is passed on while the server goes on serving."""
    assert get(client, "/healthz")["status"] == "ok"
    engine.warnings = ("gen-2 is damaged; serving gen-1",)
    found = get(client, "/healthz")
    assert (found["status"], found["generation"]) == ("degraded", "gen-1")
    assert found["warnings"] == ["gen-2 is damaged; serving gen-1"]


def test_what_has_no_form_in_json_is_a_defect(tmp_path: Path) -> None:
    """A value that JSON has no form for is an error, never an answer with something else in its place."""
    app = create_app(settings(tmp_path), MemoryEngine(sample()))
    with app.test_request_context("/"), pytest.raises(TypeError):
        app.json.response({"count": object()})
