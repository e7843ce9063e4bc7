"""The seed corpus: its documents are as received, and its gazetteer speaks of what they say."""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from searchapp.corpus import read, read_gazetteer
from searchapp.model import Name
from searchapp.settings import load, load_corpus_settings
from searchapp.splitting.actors import Names

SEEDS = Path(__file__).parent.parent / "seeds"
DIGESTS = {
    "000_67ee577b33c49877.txt": "752045ba2b687c1efe590786f55c1c6cb5d7305149c09994cb15902962da27d0",
    "001_69d70ffd968491bc.txt": "71c67c78da13e438fda1087c356c1dab66f72b8b8a97cea3009596501de3f80f",
    "002_f9a24864ad6fba31.txt": "d0578bc5b6cf91612f547ddfca348b3fd026a575665b02b7ae304269c838c446",
    "003_041a935d91e2c885.txt": "d2c61556e48046625904ebfdd1a87fb86157be4ad8fb2d768d2f41ca597b4c63",
}
ACTOR_TYPES = {
    "armed group",
    "coalition",
    "de facto state",
    "government",
    "media",
    "military",
    "organisation",
    "person",
    "political movement",
    "political party",
    "state",
}
DEMONYMS = re.findall(
    r"\w+",
    """afghan american arab armenian australian belarusian british chechen chinese cypriot dutch egyptian emirati
    european french iranian iraqi israeli jordanian kurdish kyrgyz lebanese libyan polish qatari russian saudi soviet
    syrian turkish turkmen ukrainian uyghur русский российский сирийский турецкий روسي سوري سورية تركي""",
)
CYRILLIC = re.compile("[\u0400-\u04ff]")
ARABIC = re.compile("[\u0600-\u06ff]")


def fold(text: str) -> str:
    """Words in small letters without accents; one straight apostrophe; spaces for hyphens and dashes."""
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = re.sub("[’‘ʼ]", "'", text.casefold().replace("ı", "i"))
    return " ".join(re.split(r"[\s\-–—‑]+", text)).strip()


def visible(text: str) -> str:
    """A document without link targets, entities and emphasis: roughly what its reader sees."""
    return html.unescape(re.sub(r"\]\((?:[^()\s]|\([^()]*\))*\)", "]", text)).replace("*", "")


def holds(text: str, spelling: str) -> bool:
    """Whether whole words of the text are the spelling."""
    return re.search(rf"(?<!\w){re.escape(spelling)}(?!\w)", text) is not None


def spellings(name: Name) -> tuple[str, ...]:
    """All that stands for the name: itself and its aliases."""
    return (name.name, *name.aliases, *name.cased)


GAZETTEER, PROBLEMS = read_gazetteer(SEEDS)
NAMES = GAZETTEER.names
ACTORS = [name for name in NAMES if not name.is_place]
PLACES = [name for name in NAMES if name.is_place]
TEXTS = [visible((SEEDS / name).read_text(encoding="utf-8")) for name in DIGESTS]
FOLDED = [fold(text) for text in TEXTS]


def test_documents_are_kept_byte_for_byte() -> None:
    """The four documents are the only ones, and have the digests with which they came."""
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in SEEDS.glob("*.txt")}
    assert found == DIGESTS


def test_corpus_is_its_four_documents() -> None:
    """Read as a corpus, the folder has these four documents, nothing else, and no problem."""
    corpus = read(load(SEEDS))
    assert [(document.path, document.sha256) for document in corpus.documents] == sorted(DIGESTS.items())
    assert corpus.problems == ()


def test_every_document_has_its_source() -> None:
    """SOURCES.md has a section for each document, and each says where it comes from and under which licence."""
    sections = re.split(r"^## ", (SEEDS / "SOURCES.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    by_title = {section.partition("\n")[0].strip("` "): section for section in sections}
    for name in DIGESTS:
        assert "**Where it comes from:**" in by_title[name]
        assert "**Licence:**" in by_title[name]
    assert "https://creativecommons.org/licenses/by-sa/4.0/" in by_title["001_69d70ffd968491bc.txt"]


def test_settings_of_the_corpus() -> None:
    """The corpus says what its dates mean, leaves its own notes out, and offers four queries to try."""
    settings = load_corpus_settings(SEEDS)
    assert settings.title == "Russia’s intervention in Syria"
    assert settings.description
    assert (settings.language, settings.dates, settings.exclude) == ("en", "events", ("SOURCES.md",))
    assert len(set(settings.examples)) == 4


def test_example_queries_speak_of_the_corpus() -> None:
    """Every word of the queries to try occurs in a document, so that none of them comes back empty."""
    for example in load_corpus_settings(SEEDS).examples:
        for word in set(re.findall(r"[\w-]+", example)) - {"OR", "NOT"}:
            assert any(holds(text, fold(word)) for text in FOLDED), (example, word)


def test_gazetteer_is_large_enough() -> None:
    """It lists at least 120 actors and 40 places, and of each main type of actor more than a few."""
    assert len(ACTORS) >= 120
    assert len(PLACES) >= 40
    types = Counter(actor.type for actor in ACTORS)
    for kind in ("state", "armed group", "military", "government", "person", "organisation", "media"):
        assert types[kind] >= 10, kind


def test_actors_have_known_types() -> None:
    """The types of actors are a small closed set, so that a facet can be grouped by them."""
    assert {actor.type for actor in ACTORS} == ACTOR_TYPES
    assert all(place.type for place in PLACES)


def test_gazetteer_reads_without_problems() -> None:
    """Nothing in it is mistyped, doubled or claimed by two names."""
    assert PROBLEMS == ()


def test_every_spelling_belongs_to_one_name_once() -> None:
    """No two spellings fold to the same words, neither of two names nor of one."""
    owners: dict[str, list[str]] = {}
    for name in NAMES:
        for spelling in spellings(name):
            owners.setdefault(fold(spelling), []).append(name.name)
    assert {spelling: who for spelling, who in owners.items() if len(who) > 1} == {}


def occurs(name: Name) -> bool:
    """Whether a document holds one of the name's spellings."""
    return any(holds(text, fold(spelling)) for text in FOLDED for spelling in (name.name, *name.aliases)) or any(
        holds(text, spelling) for text in TEXTS for spelling in name.cased
    )


def test_every_name_occurs_in_a_document() -> None:
    """The gazetteer is of this corpus: of each name, a document holds at least one spelling."""
    assert [name.name for name in NAMES if not occurs(name)] == []


def test_masks_contain_an_alias() -> None:
    """A mask hides a spelling of its own name, else it would do nothing; and it is no spelling itself."""
    for name in NAMES:
        hidden = {fold(spelling) for spelling in spellings(name)}
        for mask in name.masks:
            assert fold(mask) not in hidden, (name.name, mask)
            assert any(holds(fold(mask), spelling) for spelling in hidden), (name.name, mask)


def test_adjectives_are_no_aliases() -> None:
    """ "Russian" alone does not name Russia."""
    for name in NAMES:
        assert not {fold(word) for word in DEMONYMS} & {fold(spelling) for spelling in spellings(name)}, name.name


def test_spellings_are_clean() -> None:
    """No spelling is a single letter, a number, or has blanks around or doubled inside it."""
    for name in NAMES:
        for spelling in (*spellings(name), *name.masks):
            assert len(spelling) > 1, name.name
            assert any(c.isalpha() for c in spelling), (name.name, spelling)
            assert spelling == " ".join(spelling.split()), (name.name, spelling)


def test_short_words_count_in_capitals_only() -> None:
    """Abbreviations that are words in small letters are listed with their case."""
    cased = {spelling for name in NAMES for spelling in name.cased}
    assert cased >= {"IS", "US", "UN", "RT", "TIP", "SANA"}
    others = {fold(spelling) for name in NAMES for spelling in (name.name, *name.aliases)}
    assert not others & {fold(spelling) for spelling in cased}


def test_places_have_variants_in_other_scripts() -> None:
    """Most places have another spelling, at least 40 of them an Arabic and at least 40 a Cyrillic one."""
    assert sum(bool(place.aliases) for place in PLACES) > 0.9 * len(PLACES)
    for script in (ARABIC, CYRILLIC):
        assert sum(any(script.search(alias) for alias in place.aliases) for place in PLACES) >= 40


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("ISIL", "Islamic State"),
        ("Syrian Arab Army", "Syrian Army"),
        ("Jabhat Fateh al-Sham", "al-Nusra Front"),
        ("Tahrir al-Sham", "Hayat Tahrir al-Sham"),
        ("Jaish al-Fatah", "Army of Conquest"),
        ("Хмеймим", "Khmeimim Air Base"),
        ("Bassel al-Assad Airport", "Khmeimim Air Base"),
        ("دير الزور", "Deir ez-Zor"),
        ("Tadmur", "Palmyra"),
        ("Sergei Shoigu", "Sergey Shoigu"),
        ("Recep Tayyip Erdogan", "Recep Tayyip Erdoğan"),
    ],
)
def test_spelling_leads_to_its_name(spelling: str, name: str) -> None:
    """Names that the documents spell in several ways, or that changed in time, are one name each."""
    assert [n.name for n in NAMES if fold(spelling) in {fold(s) for s in spellings(n)}] == [name]


READINGS = [
    ("to support the Assad regime, which was on the verge", ["Syrian government"]),
    ("in support of the Bashar al-Assad regime and is providing", ["Bashar al-Assad"]),
    ("accused the al-Assad government of using a crematory at Sednaya Prison", ["Syrian government", "Sednaya Prison"]),
    ("took off From Bassel al-Assad Airport (Hmeimim military base)", ["Khmeimim Air Base", "Khmeimim Air Base"]),
    ("the PMCs trained a Syrian Army unit called the ISIS Hunters", ["Syrian Army", "ISIS Hunters"]),
    ("operated under the umbrella of the Free Syrian Army (FSA)", ["Free Syrian Army", "Free Syrian Army"]),
    ("almost a month after the start of the Russian military intervention", []),
    ("announced that U.S.-led coalition warplanes", ["US-led coalition"]),
    ("by Russia, the U.S, and Jordan", ["Russia", "United States", "Jordan"]),
    ("including the US", ["United States"]),
    ("(approximately US$13,000)", []),
    ("breaking the IS siege of Deir ez-Zor", ["Islamic State", "Deir ez-Zor"]),
    ("the Russian jet crash over Sinai and the Paris attacks", ["Sinai", "Paris"]),
    ("over Jabhat Fateh al-Sham-controlled area in Idlib province", ["al-Nusra Front", "Idlib"]),
    ("had bombed Hayat Tahrir al-Sham's targets in the city of Idlib", ["Hayat Tahrir al-Sham", "Idlib"]),
    ("and three airstrikes in Mayadin, Deir ez-Zor province", ["Mayadin", "Deir ez-Zor"]),
    ("According to Hezbollah media outlet Al Mayadeen", ["Hezbollah", "Al Mayadeen"]),
    ("In June 2016, Russia Today, while reporting minister Shoigu's visit", ["Russia Today", "Sergey Shoigu"]),
    ("A New York Times investigation confirmed Russia's culpability", ["The New York Times", "Russia"]),
    ("Будни авиагруппы ВКС РФ на аэродроме Хмеймим", ["Russian Aerospace Forces", "Khmeimim Air Base"]),
    ("Moscow had an understanding with Jordan and Israel", ["Moscow", "Jordan", "Israel"]),
    ("near the Syrian border. Obama also said", ["Barack Obama"]),
]


@pytest.mark.parametrize(("words", "names"), READINGS, ids=[words for words, _ in READINGS])
def test_documents_are_read_as_meant(words: str, names: list[str]) -> None:
    """Words of the documents name whom they mean, and nobody else."""
    assert any(words in text for text in TEXTS)
    assert [mention.name for mention in Names(GAZETTEER).find(words)] == names
