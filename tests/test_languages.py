"""The interface in the reader's language: no text is left out, the right language is chosen, and caches know of it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from pseudo import CLOSE, LOCALE, OPEN, extracted, left_out, translated
from running import Searchapp
from web_support import MemoryEngine, create_app, sample, settings

from searchapp import settings as configuration
from searchapp.deadline import OutOfTime
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Filter, IndexUnusable, Query
from searchapp.web import words
from searchapp.web.sentences import note_words
from searchapp.web.speaking import FOLDER

READER = {"Accept-Language": f"{LOCALE}, en;q=0.5"}
TYPES = ("state", "armed group", "person", "media", "organisation")
NAMES = [f"Имя {letter}" for letter in "абвгдежзиклмнопрст"]
PLACES = ("Алеппо", "Идлиб")


@pytest.fixture(scope="module")
def catalogues(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the made-up translation."""
    folder = tmp_path_factory.mktemp("pseudo")
    return translated(extracted(root, folder), folder / "translations")


def write_corpus(folder: Path) -> Path:
    """Documents, names and settings without a Latin letter that is shown."""
    folder.mkdir()
    (folder / "searchapp.toml").write_text(
        'title = "Полевые записки"\nlanguage = "ru"\nexamples = ["больница", \'"полевой госпиталь"\']\n'
    )
    rows = [
        f'[[actor]]\nname = "{name}"\ntype = "{TYPES[n % 5]}"\naliases = ["Кличка {n}"]\n'
        for n, name in enumerate(NAMES)
    ]
    rows += [f'[[place]]\nname = "{name}"\ntype = "city"\n' for name in PLACES]
    (folder / "actors.toml").write_text("\n".join(rows))
    passages = [
        f"{name} и больница, 2015-{1 + n % 12:02}-03; 2016-02-{1 + n:02}, 2016-03, 2017-01-02, 2018-05-06. Кличка {n}."
        for n, name in enumerate(NAMES)
    ]
    (folder / "статья.md").write_text(
        "---\nавтор: Никто\n---\n# Статья\n\nПолевой госпиталь в городе Алеппо.\n\n## Первый раздел\n\n"
        + "\n\n".join(passages[:12])
        + "\n\n| Город | Больница |\n|---|---|\n| Идлиб | 4 |\n\n> Цитата о больнице.\n\n    код = больница\n"
        + "".join(f"\n## Раздел {n}\n\n{text}\n\nБез даты, больница.\n" for n, text in enumerate(passages))
    )
    (folder / "день.md").write_text(
        "# День\n\n### [Первая новость о больнице](/news/2016/01/9/a.md)\n\nСводка о больнице.\n\n_Context: Тема_\n\n"
        "#### Sources\n\n* [Агентство](https://example.org/a)\n\n"
        "### [Вторая новость](/news/2016/01/9/b.md)\n\nСводка.\n"
    )
    (folder / "битый.md").write_bytes("# Битый\n\nПлохой \xff знак.".encode().replace("\xff".encode(), b"\xff"))
    return folder


@pytest.fixture(scope="module")
def app(catalogues: Path, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application on a real index, with a translation."""
    folder = tmp_path_factory.mktemp("cyrillic")
    site = Searchapp(write_corpus(folder / "corpus"), folder / "index")
    assert site.run("reindex").returncode == 1, "one file has a problem"
    return create_app(configuration.load(site.corpus, site.index, {}), WhooshEngine(site.index), catalogues)


SEARCHES = {
    "all entries": "",
    "a word": "?q=больница",
    "reasons": '?q=больница+OR+"полевой+госпиталь"+кличк*+статьа~+Имя+а+2015-01-03&explain=1',
    "any of the words": "?q=больница+город&match=any",
    "widened": "?q=цитата+сводка+и",
    "some of the words": "?q=больница+город+цитата+сводка+новость",
    "another spelling": "?q=кличка+1",
    "a date": "?q=больница+2015-01-03",
    "taken for another": "?q=госпитбль",
    "a suggestion": "?q=больница+госпитбль",
    "unknown word": "?q=больница+щщщщщщ",
    "ignored": '?q=больница+город"',
    "capped": f"?q={'слово+' * 70}",
    "capped phrase": f'?q="{"слово+" * 9}"',
    "too long": f"?q={'слово+' * 200}",
    "zero hits": "?q=больница+Алеппо&year=1901&actor=Имя+а&exact=1",
    "zero hits of words": "?q=ъъъъъъъъъъ+ьььььььь",
    "filters": "?q=больница&year=2015&year=2016&actor=Имя+а&actor=Имя+б&not_actor=Имя+в&kind=section&sort=newest",
    "more filters": "?year=2015&year=undated&not_year=2018&place=Алеппо&not_place=Идлиб&not_kind=news",
    "without documents": "?not_document=статья.md&not_year=undated",
    "a document": "?document=статья.md&q=больница",
    "news": "?kind=news&sort=oldest",
    "a range": "?q=больница&from=2015-02&to=2016-02-10",
    "from": "?from=2016",
    "until": "?to=2016-02-03&not_actor=Имя+а&not_place=Идлиб",
    "by name": "?facet_order=name",
    "a later page": "?page=2&per_page=5",
    "after the last page": "?page=9&per_page=50",
    "no such actor": "?actor=Имя+аб&place=Алепо&document=статя.md",
    "nothing like it": "?actor=ъъъъъ",
}
PAGES = {
    "start": "/",
    "document": "/doc/статья.md",
    "document with hits": "/doc/статья.md?q=больница&at=2",
    "document without hits": "/doc/статья.md?q=ъъъъ",
    "news page": "/doc/день.md?q=новость",
    "document with filters": "/doc/статья.md?actor=Имя+а",
    "about": "/about",
    "api": "/api",
    "404": "/ъъъ",
    "no document": "/doc/ъъъ",
    "no entry": "/entry/ъъъ",
    "no reference": "/cite/ъъъ",
    **{f"results: {name}": f"/search{arguments}" for name, arguments in SEARCHES.items()},
    **{
        f"400 of {name}": f"/search?{name}={value}"
        for name, value in {
            "year": "ъ",
            "actor": "ъ" * 1100,
            "kind": "ъ",
            "from": "ъ",
            "match": "ъ",
            "page": "0",
            "exact": "ъ",
            "sort": "a&sort=b",
            "to": "2015&from=2016",
        }.items()
    },
    "too many filters": "/search?" + "&".join(f"actor={n}" for n in range(210)),
    "414": f"/search?q={'a' * 17_000}",
}


def asked(app: Flask, path: str, **more: Any) -> str:
    """A page in the made-up language."""
    with app.test_client() as client:
        answer = client.get(path, headers=READER, **more)
        if answer.status_code in (301, 302):
            answer = client.get(answer.location, headers=READER)
    assert answer.mimetype == "text/html", path
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_no_text_is_left_out(app: Flask, path: str) -> None:
    """Every text that a page shows, or says to a screen reader, can be translated, whatever the page has to say."""
    page = asked(app, path)
    assert f'<html lang="{LOCALE}"' in page
    assert page.count(OPEN) > 20
    assert left_out(page.replace(">Sources<", "><")) == [], "but for a heading of the document"


def test_no_text_of_an_entry_is_left_out(app: Flask) -> None:
    """The pages of a section and of a news item, with and without a search, and a reference, say nothing else."""
    for name in ("больница", "новость"):
        with app.test_client() as client:
            found = client.get(f"/api/search?q={name}&kind={'section' if name == 'больница' else 'news'}").get_json()
        entry = found["results"][0]["id"]
        for path in (f"/entry/{entry}", f"/entry/{entry}?q={name}&at=1", f"/entry/{entry}?year=2016", f"/cite/{entry}"):
            assert left_out(asked(app, path)) == [], path


@pytest.mark.parametrize("status", [405, 413, 431, 500, 503])
def test_no_text_of_an_error_is_left_out(app: Flask, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors speak the reader's language; the method, the size or a defect may be what is wrong."""
    engine: Any = WhooshEngine
    wrong: dict[int, Exception] = {
        500: RuntimeError("a defect"),
        503: OutOfTime("This search takes longer than a search may. Fewer or rarer words, or a filter, make it quick."),
    }

    def fail(*_: object) -> None:
        raise wrong[status]

    if status in wrong:
        monkeypatch.setattr(engine, "search", fail)
    with app.test_client() as client:
        more: dict[str, Any] = {"headers": {**READER, "X-Long": "x" * 40_000} if status == 431 else READER}
        method = client.post if status in (405, 413) else client.get
        if status == 413:
            more["data"] = b"x" * 70_000
        answer = method("/search?q=ъ", **more)
    assert answer.status_code == status
    assert left_out(answer.get_data(as_text=True)) == []


def test_what_the_operator_is_told_is_english(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Why no index can be opened, and what went wrong at the build, is no text of the interface: it is marked."""

    def fail(*_: object) -> None:
        raise IndexUnusable("there is no index yet")

    assert '<td lang="en"><bdi>' in asked(app, "/about")
    monkeypatch.setattr(WhooshEngine, "search", fail)
    page = asked(app, "/search?q=ъ")
    assert '<p class="prose" lang="en">there is no index yet</p>' in page
    assert left_out(page) == []


def test_a_text_that_is_left_out_is_found(app: Flask) -> None:
    """A word, a label and a title in plain English are found on a page: an empty list says something."""
    page = asked(app, "/")
    for text in ("<p>Left out</p>", '<a aria-label="Left out">ъ</a>', '<input placeholder="Left out">'):
        assert left_out(page.replace("<main", f"{text}<main", 1)) == ["Left out"]


def test_suggestions_and_errors_for_programs(app: Flask) -> None:
    """What a script shows of suggestions, and what an error of the API says, are in the reader's language too."""
    with app.test_client() as client:
        found = client.get("/api/suggest?q=им", headers=READER).get_json()
        error = client.get("/api/search?page=0", headers=READER).get_json()
    texts = [found["said"], *(one[name] for one in found["suggestions"] for name in ("counted",))]
    texts.append(error["error"]["message"])
    assert len(texts) > 5
    assert [text for text in texts if not (text.startswith(OPEN) and text.endswith(CLOSE))] == []
    assert {one["about"] for one in found["suggestions"]} <= {*TYPES, f"{OPEN}слово{CLOSE}", f"{OPEN}word{CLOSE}"}


def test_no_text_is_left_in_scripts(root: Path) -> None:
    """Scripts have no words of their own: what they say stands in the page, where a translation reaches it."""
    for script in (root / "searchapp" / "web" / "static").glob("*.js"):
        literals = re.findall(r"""(["'`])((?:(?!\1).)*)\1""", re.sub(r"(?m)^\s*//.*$", "", script.read_text("utf-8")))
        texts = [re.sub(r"\$\{[^}]*\}+", "", text) for _, text in literals]
        wordy = [
            text for text in texts if re.fullmatch(r"[\s.,:;–]*[A-Za-z]+( [A-Za-z]+)+[.,:;…]*|[A-Z][a-z]+\.?", text)
        ]
        assert set(wordy) <= {"use strict", "Escape", "Enter"}, script.name


def test_a_page_runs_as_its_language_does(catalogues: Path, tmp_path: Path) -> None:
    """An interface in Hebrew runs from right to left; what documents say keeps its own direction and language."""
    (tmp_path / "he").symlink_to(catalogues / LOCALE)
    client = create_app(settings(tmp_path), MemoryEngine(sample()), tmp_path).test_client()
    page = client.get("/search?q=hospital", headers={"Accept-Language": "he"}).text
    assert '<html lang="he" dir="rtl">' in page
    assert '<p class="passage" dir="auto" lang="en">' in page


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("eo", "eo"),
        ("eo-XX, en;q=0.1", "eo"),
        ("en, eo;q=0.9", "en"),
        ("fr", "en"),
        ("", "en"),
        ("*", "en"),
        (";q=,,", "en"),
    ],
)
def test_the_readers_language(app: Flask, accepted: str, spoken: str) -> None:
    """The best language that there is a catalogue for; English where there is none. Page and header name it."""
    with app.test_client() as client:
        answer = client.get("/about", headers={"Accept-Language": accepted})
    assert f'<html lang="{spoken}"' in answer.text
    assert answer.headers["Content-Language"] == spoken
    assert (OPEN in answer.text) == (spoken == LOCALE)


@pytest.mark.parametrize(
    ("accepted", "spoken"),
    [
        ("pt-BR", "pt-BR"),
        ("PT-br, en;q=0.8", "pt-BR"),
        ("pt-PT, pt;q=0.9", "en"),
        ("zh-Hant-TW", "en"),
        ("he-IL", "he"),
    ],
)
def test_languages_of_countries(catalogues: Path, tmp_path: Path, accepted: str, spoken: str) -> None:
    """A catalogue for a country is for who asks for that country's; one for a language is for all its countries."""
    for code in ("pt_BR", "he"):
        (tmp_path / code).symlink_to(catalogues / LOCALE)
    client = create_app(settings(tmp_path), MemoryEngine(sample()), tmp_path).test_client()
    answer = client.get("/", headers={"Accept-Language": accepted})
    assert (answer.status_code, answer.headers["Content-Language"]) == (200, spoken)
    assert (OPEN in answer.text) == (spoken != "en")


def test_the_start_page_is_made_for_each_language(app: Flask) -> None:
    """What is kept of it for one reader is not shown to the next one, who reads another language."""
    with app.test_client() as client:
        shown = [client.get("/", headers={"Accept-Language": code}).text for code in (LOCALE, "en", LOCALE)]
    assert [OPEN in page for page in shown] == [True, False, True]
    assert "undated" in shown[1]
    assert shown[0] == shown[2]


def test_caches_know_of_languages(app: Flask) -> None:
    """Each language has an entity tag of its own, an answer says that it depends on the language, and one reader's
    language is never another's."""
    with app.test_client() as client:
        theirs, ours = (client.get("/about", headers={"Accept-Language": code}) for code in (LOCALE, "en"))
        assert theirs.headers["ETag"] != ours.headers["ETag"]
        assert "Accept-Language" in theirs.vary
        again = {"If-None-Match": theirs.headers["ETag"]}
        assert client.get("/about", headers={**again, "Accept-Language": LOCALE}).status_code == 304
        assert client.get("/about", headers={**again, "Accept-Language": "en"}).status_code == 200
        assert OPEN not in client.get("/about").text
    assert words.counted(2) == "2 entries"


def test_english_alone_depends_on_nothing(tmp_path: Path) -> None:
    """Where no translation is installed, answers do not vary with the language."""
    client = create_app(settings(tmp_path), MemoryEngine(sample()), tmp_path / "none").test_client()
    answer = client.get("/", headers=READER)
    assert "Accept-Language" not in answer.vary
    assert answer.headers["Content-Language"] == "en"


STAR = (
    "Part of the query could not be read and was ignored: * "
    "(a * stands at the end of a word, after three letters or more, not in quotes)"
)
NOTED = {
    "khmeimin": "Nothing was found for “khmeimin”. These are the entries for “khmeimim”.",
    "ISIL": "Also searching Islamic State, IS, ISIS, Daesh and 10 more, all listed in “About this archive”.",
    "Hmeimim": "Also searching Khmeimim Air Base, Khmeimim, Hmeymim, Khmeymim and 15 more, "
    "all listed in “About this archive”.",
    "hospital zzzzqq": "“zzzzqq” is not a word of these documents.",
    "hospital zzzzqq xxxxqq": "“zzzzqq”, “xxxxqq” are not words of these documents.",
    "hospital 2015": "Also searching passages dated 2015.",
    'hospital"': 'Part of the query could not be read and was ignored: "',
    "Turkey -Daesh": "Only “Daesh” as it is typed is left out, not the other names of Islamic State.",
    "bo*": STAR,
    "*bomb": STAR,
    '"cruise * missiles"': STAR,
    "hospital between 2016 and 2018": "Also searching passages dated between 2016 and 2018.",
    "24 and 25 November 2015": "Also searching passages dated 24 and 25 November 2015.",
    "a " * 70: "The query was too long: only the first 64 words of the query were searched.",
    "x" * 1100: "The query was too long: only the first 1000 characters of the query were searched.",
    f'"{"one " * 9}"': "The query was too long: only the first 8 words of a phrase were searched.",
    "hospital the bakery": "No entry holds all of these words; these entries hold some of them. Not counted: the.",
    "hospital airstrike idlib bakery": "No entry holds all of these words; these entries hold some of them.",
}


@pytest.mark.parametrize(("q", "said"), NOTED.items(), ids=range(len(NOTED)))
def test_notes_say_what_was_done(seed_app: Searchapp, q: str, said: str) -> None:
    """What the engine did beyond the letter of a query is told in a sentence made of the note's code and terms."""
    notes = WhooshEngine(seed_app.index).search(Query(q=q)).notes
    assert said in [note_words(note) for note in notes]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("(x NOT Daesh) OR hospital", "(zzzz NOT Daesh) OR hospital"),
        ("hospital OR (x NOT Daesh)", "hospital OR (zzzz NOT Daesh)"),
        ("((x NOT Turkey) NOT Daesh) OR hospital", "hospital"),
        ("hospital NOT (the)", "hospital -the"),
        ("(the) hospital", "hospital"),
        ("Syria NOT (ISIS)", "Syria NOT ISIS"),
        ("Syria -(the ISIS)", "Syria -ISIS"),
        ("hospital -(2015)", "hospital -2015"),
        ("hospital -(US military)", 'hospital -"US military"'),
        ("Syria -(Russian forces)", 'Syria -"Russian forces"'),
        ("NOT (in Russia)", "NOT Russia"),
        ("(the who)", "the who"),
    ],
)
def test_brackets_keep_what_is_in_them(seed_app: Searchapp, typed: str, meant: str) -> None:
    """In brackets of which only a stop word is left, it is meant; what is excluded there is as it is typed."""
    engine = WhooshEngine(seed_app.index)
    found, expected = (engine.search(Query(q=q, per_page=100)) for q in (typed, meant))
    assert {hit.entry.id for hit in found.hits} == {hit.entry.id for hit in expected.hits}
    assert found.total == expected.total < 46


@pytest.mark.parametrize(
    ("q", "offer"),
    [
        ("Turkey -Daesh", Query(q="Turkey", filters=frozenset({Filter("actor", "Islamic State", exclude=True)}))),
        ('-"Hmeimim" jets', Query(q="jets", filters=frozenset({Filter("place", "Khmeimim Air Base", exclude=True)}))),
        ("Turkey NOT Daesh", Query(q="Turkey", filters=frozenset({Filter("actor", "Islamic State", exclude=True)}))),
        ("NOT -Daesh Turkey", Query(q="Turkey", filters=frozenset({Filter("actor", "Islamic State", exclude=True)}))),
        ("Turkey OR Russia -Daesh", None),
        ("Turkey -bomb", ()),
        ("(Turkey -Daesh)", None),
        ("Turkey NOT (Daesh)", None),
        ('Turkey -("Daesh")', None),
        ("Turkey -(Daesh -Daesh Daesh)", None),
        ("Turkey NOT (NOT Daesh)", ()),
        ("Turkey -(bomb Daesh) -(blast Daesh)", None),
        ("Turkey " + "x1 " * 70 + "-(Daesh)", ()),
        ("Turkey -(the Daesh)", None),
        ("Russia (Turkey NOT Daesh)", None),
    ],
)
def test_a_name_that_is_excluded_can_be_left_out_whole(seed_app: Searchapp, q: str, offer: object) -> None:
    """Where other names of it stay in, the filter that leaves out all of them is offered, unless OR or brackets make
    the query another without the name."""
    engine = WhooshEngine(seed_app.index)
    found = engine.search(Query(q=q))
    notes = [note for note in found.notes if note.code == "left_out"]
    assert [note.offer for note in notes] == ([] if offer == () else [offer])
    if isinstance(offer, Query):
        assert engine.search(offer).total < found.total
        (other,) = offer.filters
        asked = engine.search(Query(q=q, filters=frozenset({replace(other, exclude=False)})))
        assert [note.offer for note in asked.notes if note.code == "left_out"] == [None]


def test_a_catalogue_that_ships_is_sound(root: Path, tmp_path: Path) -> None:
    """Each translation of ours is compiled from what stands beside it, and has the placeholders of the texts."""
    known = {message.id for message in extracted(root, tmp_path)}
    assert len(known) > 300
    for path in FOLDER.glob("*/LC_MESSAGES/*.po"):
        with path.open("rb") as file:
            catalogue = read_po(file)
        assert [problem for message in catalogue for problem in message.check(catalogue)] == []
        compiled = io.BytesIO()
        write_mo(compiled, catalogue)
        assert path.with_suffix(".mo").read_bytes() == compiled.getvalue()
