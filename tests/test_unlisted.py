"""Filters by names that the collection does not have: what may have been meant is said and one click away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from flask.testing import FlaskClient
from running import Searchapp
from web_support import MemoryEngine, create_app, sample, settings

from searchapp.model import Gazetteer, Name


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """The sample, with a spelling and a place in its gazetteer."""
    names = sample().gazetteer.names
    known = (replace(names[0], aliases=("Luftwaffe",)), *names[1:], Name("Idlib", "city", is_place=True))
    return create_app(settings(tmp_path), MemoryEngine(replace(sample(), gazetteer=Gazetteer(known)))).test_client()


@pytest.mark.parametrize(
    ("filters", "said", "meant"),
    [
        ("actor=Air+Forse", "There is no actor “Air Forse” here. Did you mean Air Force?", "actor=Air+Force"),
        ("actor=air+force", "There is no actor “air force” here. Did you mean Air Force?", "actor=Air+Force"),
        ("actor=Luftwaffe", "There is no actor “Luftwaffe” here. Did you mean Air Force?", "actor=Air+Force"),
        ("not_actor=Red+Kross", "There is no actor “Red Kross” here. Did you mean Red Cross?", "not_actor=Red+Cross"),
        ("place=Idleb", "There is no place “Idleb” here. Did you mean Idlib?", "place=Idlib"),
        (
            "document=notes/artikle.md",
            "There is no document “notes/artikle.md” here. Did you mean notes/article.md?",
            "document=notes%2Farticle.md",
        ),
        ("actor=Zeppelins", "There is no actor “Zeppelins” here.", ""),
    ],
)
def test_an_unknown_name_is_told(client: FlaskClient, filters: str, said: str, meant: str) -> None:
    """Page and API say that there is no such name, and offer the nearest that there is, the rest of the search kept."""
    found = client.get(f"/api/search?q=hospital&year=2018&{filters}").get_json()
    note = found["notes"][0]
    assert (note["code"], note["message"]) == ("unlisted", said)
    page = client.get(f"/search?q=hospital&year=2018&{filters}", follow_redirects=True).text
    assert said in page
    assert ("offer" in note) == bool(meant)
    if meant:
        assert set(note["offer"]["url"].partition("?")[2].split("&")) == {"q=hospital", "year=2018", meant}
        assert note["offer"]["url"].replace("&", "&amp;") in page
        assert client.get(note["offer"]["url"].replace("/search", "/api/search")).get_json()["notes"] == []


@pytest.mark.parametrize("filters", ["actor=Red+Cross&year=1901", "document=news+25.md&year=1901", "year=1901"])
def test_a_known_name_without_hits_is_no_mistake(client: FlaskClient, filters: str) -> None:
    """A name that the collection has is not questioned because nothing is found by it here."""
    found = client.get(f"/api/search?{filters}").get_json()
    assert (found["total"], found["notes"]) == (0, [])


def test_what_is_typed_stays_text(client: FlaskClient) -> None:
    """A wrong name is shown as it was typed, and never as markup."""
    page = client.get(f"/search?actor={quote_plus('<b>Air Force</b>')}").text
    assert "There is no actor “&lt;b&gt;Air Force&lt;/b&gt;” here." in page


def test_the_beginning_of_a_name_is_enough(tmp_path: Path) -> None:
    """Of several names that go on where the typed one ends, the shortest is offered before any that is only alike."""
    names = [Name(name, "military") for name in ("Navy", "Air Force of the North", "Air Force One", "Air Forge")]
    engine = MemoryEngine(replace(sample(), gazetteer=Gazetteer(tuple(names))))
    page = create_app(settings(tmp_path), engine).test_client().get("/api/search?actor=Air").get_json()
    assert page["notes"][0]["terms"] == ["actor", "Air", "Air Forge"]
    page = create_app(settings(tmp_path), engine).test_client().get("/api/search?actor=air+force").get_json()
    assert page["notes"][0]["terms"] == ["actor", "air force", "Air Force One"]


def test_the_command_line_says_the_same(seed_app: Searchapp) -> None:
    """On the seeds, a misspelt state is told and named, on a terminal and as data."""
    said = "There is no actor “Rusia” here. Did you mean Russia?"
    assert [note["message"] for note in seed_app.json("search", "--actor", "Rusia")["notes"]] == [said]
    assert said in " ".join(seed_app.run("search", "--actor", "Rusia").stdout.split())
