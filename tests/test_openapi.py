"""The OpenAPI document says what the API does: strangers' programs can be built on it."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, settings
from running import Searchapp
from schemathesis import checks
from web_support import create_app

from searchapp import settings as configuration
from searchapp.engines.whoosh import WhooshEngine
from searchapp.web import openapi, operations, urls

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture(scope="module")
def app(seed_app: Searchapp) -> Any:
    """The application on the seeds."""
    return create_app(configuration.load(seed_app.corpus, seed_app.index, {}), WhooshEngine(seed_app.index))


@pytest.fixture(scope="module")
def client(app: Any) -> FlaskClient:
    """Asks it."""
    found: FlaskClient = app.test_client()
    return found


PLAIN = {"Accept-Encoding": "identity"}
"""A WSGI application that is called directly has nobody to unpack what it compresses."""
described = schemathesis.openapi.from_dict(openapi.document())


@described.parametrize()
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_described(case: schemathesis.Case[Any], app: Any) -> None:
    """Whatever is asked, the status, the media type and every field of the answer are those of the document."""
    case.operation.app = app
    case.call_and_validate(base_url="http://localhost", checks=CHECKS, headers=PLAIN)


SECTION = "001_69d70ffd968491bc.txt/reports-of-civilian-casualties-and-war-crimes"
ASKED = (
    ("/api/search", "/api/search?q=hospital+cluster+munition+phosphorus&explain=1&per_page=20"),
    ("/api/search", "/api/search?q=Rusian&year=2016&not_actor=Turkey"),
    ("/api/timeline", "/api/timeline?q=hospital&from=2015-09&to=2016"),
    ("/api/suggest", "/api/suggest?q=russ"),
    ("/api/corpus", "/api/corpus"),
    ("/api/entries/{id}", f"/api/entries/{SECTION}"),
    ("/api/similar/{id}", f"/api/similar/{SECTION}?limit=3"),
)


def faults(document: dict[str, Any], path: str, answer: Any) -> list[str]:
    """Where an answer differs from its description, which allows no field that it does not name."""
    content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    form = {**content["schema"], "components": document["components"]}
    return [str(error) for error in jsonschema_rs.Draft202012Validator(form).iter_errors(answer)]


@pytest.mark.parametrize(("path", "url"), ASKED, ids=[url for _, url in ASKED])
def test_what_is_found_is_as_described(path: str, url: str, client: FlaskClient) -> None:
    """Answers that hold something have every field of their description, of its form, and no other."""
    answer = client.get(url)
    assert answer.status_code == 200
    assert faults(openapi.document(), path, answer.json) == []


def test_a_field_that_is_not_described_is_noticed(client: FlaskClient) -> None:
    """The description is strict: with a field taken out of it, the same answer no longer agrees."""
    document = deepcopy(openapi.document())
    del document["components"]["schemas"]["Hit"]["properties"]["score"]
    assert faults(document, "/api/search", client.get("/api/search?q=hospital").json)


def test_the_page_shows_every_address_and_parameter(client: FlaskClient) -> None:
    """What the document describes can be read at /api, and every example of it works."""
    page = client.get("/api").text
    for operation in operations.OPERATIONS:
        assert f"GET {operation.path}" in page
        assert all(f"<code>{name}</code>" in page for name in operation.parameters)
        assert not operation.example or client.get(operation.example).status_code == 200
    assert set(re.findall(r'href="#(\w+)"', page)) <= set(re.findall(r'id="(\w+)"', page))


def test_every_parameter_of_a_search_is_described() -> None:
    """No parameter is missing, and none is described that is not taken."""
    assert set(operations.PARAMETERS) == set(urls.PARAMETERS)


def test_every_address_of_the_api_is_described(app: Any) -> None:
    """Each address under /api is in the document, the document itself and its page apart."""
    known = {rule.rule.replace("<path:entry_id>", "{id}") for rule in app.url_map.iter_rules()}
    there = {rule for rule in known if rule.startswith("/api/")} - {"/api/openapi.json"}
    assert there == {path for path in openapi.document()["paths"] if path.startswith("/api/")}
