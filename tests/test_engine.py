"""What every Engine promises, on the Whoosh engine and on the reference alike; then what only one on disk can."""

from __future__ import annotations

import gc
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from reference import Reference

from searchapp import indexing, settings
from searchapp.engine import Engine
from searchapp.engines.whoosh import WhooshEngine, build
from searchapp.engines.whoosh.runs import MAX_TERMS
from searchapp.model import (
    Collection,
    DocumentRef,
    Entry,
    EventDate,
    Filter,
    Gazetteer,
    IndexUnusable,
    Name,
    Outline,
    Passage,
    PassageKind,
    Problem,
    Query,
    Results,
)
from searchapp.splitting.actors import Names

NAMES = Gazetteer(
    (
        Name("Islamic State", "armed group", ("ISIL", "Daesh"), ("IS",), ("ISIL Hunters",)),
        Name("Russia", "state"),
        Name("Turkey", "state"),
        Name("Khmeimim", "air base", ("Hmeimim",), is_place=True),
    )
)


def passage(text: str, *dates: EventDate, kind: PassageKind = "paragraph", line: int = 1) -> Passage:
    """A passage tagged by the real tagger."""
    bare = Entry(
        "x", "section", "", (), DocumentRef("x", ""), "", (1, 1), (Passage(kind, text, (line, line), dates=dates),)
    )
    return Names(NAMES).tag(bare, ()).passages[0]


def day(year: int, month: int, number: int) -> EventDate:
    return EventDate(date(year, month, number), date(year, month, number), "stated")


def section(anchor: str, title: str, *body: Passage, path: tuple[str, ...] = (), document: str = "war.md") -> Entry:
    ref = DocumentRef(document, document.upper())
    return Entry(
        f"{document}/{anchor}", "section", title, path, ref, anchor, (1, 9), (passage(title, kind="title"), *body)
    )


def news(slug: str, headline: str, when: EventDate) -> Entry:
    ref = DocumentRef("news.md", "News")
    title = replace(passage(headline, kind="title"), dates=(when,))
    return Entry(f"news/{slug}", "news", headline, ("Related",), ref, slug, (1, 1), (title,), when)


ENTRIES = (
    section(
        "strikes",
        "Air strikes on hospitals",
        passage("Russia bombed a hospital in Idlib on 3 May 2019.", day(2019, 5, 3)),
        passage("Turkey said that the clinic was not a single civilian building in 2016.", day(2016, 2, 1)),
        passage("Nothing is known about the other one."),
    ),
    section("base", "The base", passage("Jets flew from Hmeimim with S-400 cover against ISIL."), path=("Operations",)),
    section("daesh", "Daesh", passage("The group called Daesh lost ground.", day(2017, 9, 1))),
    section("money", "Costs", passage("It cost US$400 for 2,000 convoys; to be or not to be."), document="other.md"),
    news("2015/11/24/jet", "Turkey shoots down a Su-24M of Russia", day(2015, 11, 24)),
)


def collected(entries: tuple[Entry, ...] = ENTRIES, digest: str = "one") -> Collection:
    paths = sorted({entry.document.path for entry in entries})
    outlines = tuple(
        Outline(DocumentRef(p, p.upper()), (), (), tuple(e.id for e in entries if e.document.path == p), "", None, 9)
        for p in paths
    )
    return Collection(entries, outlines, NAMES, (), "Test", "en", digest)


@pytest.fixture(params=["whoosh", "reference"], scope="module")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine that holds the entries above, made once for all its readers."""
    if request.param == "reference":
        made: Engine = Reference()
    else:
        made = WhooshEngine(tmp_path_factory.mktemp("engine") / "index")
    made.rebuild(collected())
    return made


def found(engine: Engine, q: str, **more: object) -> list[str]:
    """Ids of the results without the document, in order."""
    results = engine.search(replace(Query(q), **more))  # type: ignore[arg-type]  # fields of Query
    return [hit.entry.id.removeprefix("war.md/") for hit in results.hits]


SEARCHES: tuple[tuple[str, list[str], str], ...] = (
    ("hospital", ["strikes"], "a stem meets its forms"),
    ("hospital idlib clinic", ["strikes"], "words may be spread over the passages of an entry"),
    ('"hospital in idlib"', ["strikes"], "a phrase is words in this order"),
    ('"idlib hospital"', [], "and in no other"),
    ('"hospitals Russia"', [], "a phrase does not reach from one passage into the next"),
    ("operations", ["base"], "a heading above an entry counts"),
    ("s400", ["base"], "a designation is found without its hyphen"),
    ("s 400", ["base"], "and with a space"),
    ("400", ["other.md/money"], "its bare number is not it"),
    ("su-24", ["news/2015/11/24/jet"], "a base designation finds its variants"),
    ("2000 convoys", ["other.md/money"], "grouped digits are the number"),
    ("hosp*", ["strikes"], "a prefix"),
    ("hospitol~", ["strikes"], "one letter away"),
    ("daesh", ["daesh", "base"], "an alias finds the actor, after whoever has the word"),
    ("hmeimim", ["base"], "a place is found by its spellings"),
    ("base OR convoys", ["base", "other.md/money"], "OR asks for one of the two"),
    ("to be or not to be", ["other.md/money"], "stop words alone are searched"),
    ("24 November 2015", ["news/2015/11/24/jet"], "a typed date finds passages of that day"),
    ("idlib -turkey", ["strikes"], "an exclusion removes passages, not entries"),
    ("ground -daesh", [], "an entry with no passage left is out"),
    ("turkey -hospital", ["news/2015/11/24/jet"], "a word in the title is held by all passages"),
)


@pytest.mark.parametrize(("q", "expected", "why"), SEARCHES, ids=[why for *_, why in SEARCHES])
def test_what_a_search_finds(engine: Engine, q: str, expected: list[str], why: str) -> None:
    """Each kind of query finds the entries it should, in the order shown."""
    assert sorted(found(engine, q)) == sorted(expected), why


CALIBRES = ("7.62x51", "7,62×51", "7.62×51", "7,62x51")
WRITINGS = (
    ("OFAB 250-270", "OFAB-250-270", "OFAB-250", "OFAB 250-270", "OFAB 250"),
    ("OFAB-250-270", "OFAB-250-270", "OFAB-250"),
    ("Fab 250", "Fab-250"),
    ("220 mm", "220mm", "220-mm", "220 mm"),
    ("220mm", "220mm", "220-mm", "220 mm"),
    *((text, *CALIBRES) for text in CALIBRES),
)


@pytest.mark.parametrize(("text", "q"), [(text, q) for text, *typed in WRITINGS for q in typed])
def test_figures_are_found_however_they_are_joined(tmp_path: Path, text: str, q: str) -> None:
    """A hyphen, a blank or nothing between letters and figures, a point or a comma between these: each finds all."""
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild(collected((section("a", "A", passage(f"They used {text} there.")),)))
    results = engine.search(Query(q))
    assert results.total == 1
    assert results.hits[0].passages[0].marks


@pytest.mark.parametrize("q", ["B-10", "S-400", "250-OFAB", "7.62x39", "22mm"])
def test_figures_are_not_found_in_others(tmp_path: Path, q: str) -> None:
    """A letter that stands before a number is no designation, and no other number is meant."""
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild(collected((section("a", "A", passage("In b 10 km of a zone OFAB 250, 220 mm, 7,62×51; 400 x.")),)))
    assert engine.search(Query(q)).total == 0


@pytest.mark.parametrize("q", ["تركيا", "Turkey", "وتركيا"])
def test_an_arabic_name_is_found_with_what_is_written_with_it(tmp_path: Path, q: str) -> None:
    """And, to or in is one word with the name behind it, in texts and in queries; only the name is a mention."""
    (tmp_path / "actors.toml").write_text('[[actor]]\nname = "Turkey"\ntype = "state"\naliases = ["تركيا"]\n')
    (tmp_path / "a.md").write_text("# Title\n\nأعلنت روسيا وتركيا\n")
    (tmp_path / "b.md").write_text("# Title\n\nدخلوا تركيا\n")
    engine = WhooshEngine(tmp_path / "index")
    indexing.build(engine, settings.load(tmp_path, tmp_path / "index", {}))
    assert engine.search(Query(q)).total == 2


def test_typed_words_stand_before_what_only_an_alias_finds(engine: Engine) -> None:
    """An alias never ranks above the word that was typed; exact searches only the spelling."""
    assert found(engine, "Daesh") == ["daesh", "base"]
    assert found(engine, "Daesh", exact=True) == ["daesh"]


def test_an_exclusion_in_one_branch_takes_passages_from_that_branch(engine: Engine) -> None:
    """What `OR (a -b)` finds is evidence without b, and `OR -b` has every passage without b as evidence."""
    hit = engine.search(Query("clinic OR (hospital -idlib)")).hits[0]
    assert hit.entry.id == "war.md/strikes"
    assert all("Idlib" not in found.passage.text for found in hit.passages)
    for hit in engine.search(Query("clinic OR -idlib", passages=50)).hits:
        assert hit.evidence == len(hit.passages) > 0
        assert all("Idlib" not in found.passage.text for found in hit.passages)


def test_widening_is_decided_by_the_words_alone(engine: Engine) -> None:
    """Without a full match any word is enough; a filter under which nothing is left does not widen."""
    widened = engine.search(Query("hospital convoys"))
    assert (widened.total, widened.full_matches) == (2, 0)
    narrow = engine.search(Query("hospital idlib", filters=frozenset({Filter("document", "other.md")})))
    assert narrow.total == 0


def test_filters_cut_entries_down_to_passages(engine: Engine) -> None:
    """Words are asked of the passages that satisfy all filters, together with the title."""
    in_2019 = frozenset({Filter("year", "2019")})
    assert found(engine, "idlib", filters=in_2019) == ["strikes"]
    assert found(engine, "clinic", filters=in_2019) == []
    assert found(engine, "strikes", filters=in_2019) == ["strikes"]
    both = frozenset({Filter("year", "2019"), Filter("actor", "Turkey")})
    assert found(engine, "", filters=both) == []


def test_every_facet_count_is_what_a_click_gives(engine: Engine) -> None:
    """For many states, selecting each listed value alone gives as many entries as its count says."""
    for q in ("", "hospital", "turkey russia", "daesh", "hospital convoys", "idlib -turkey"):
        for extra in ((), (Filter("actor", "Russia"),), (Filter("year", "2016", exclude=True),)):
            query = Query(q, filters=frozenset(extra))
            for facet, values in engine.search(query).facets.items():
                for value in values:
                    if value.excluded:
                        continue
                    others = frozenset(f for f in query.filters if f.facet != facet or f.exclude)
                    clicked = replace(query, filters=others | {Filter(facet, value.value)})
                    assert engine.search(clicked).total == value.count, (q, extra, facet, value)


def test_zero_hits_still_return_the_selected_values(engine: Engine) -> None:
    """A value that the index lacks is no error; it is listed with nothing, to be removed."""
    results = engine.search(Query("hospital", filters=frozenset({Filter("year", "1901")})))
    assert results.total == 0
    assert [(v.value, v.count, v.selected) for v in results.facets["year"] if v.selected] == [("1901", 0, True)]


def test_sorting_by_date_puts_undated_last(engine: Engine) -> None:
    """Newest and oldest go by the dates of the passages that matched."""
    newest, oldest = found(engine, "", sort="newest"), found(engine, "", sort="oldest")
    assert newest[:3] == ["strikes", "daesh", "news/2015/11/24/jet"]
    assert oldest[:3] == ["news/2015/11/24/jet", "strikes", "daesh"]
    assert set(newest[3:]) == set(oldest[3:]) == {"base", "other.md/money"}


def test_pages_do_not_overlap(engine: Engine) -> None:
    """Results two at a time are the whole list, and a page beyond it is empty."""
    pages = [found(engine, "", page=n, per_page=2) for n in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [2, 2, 1, 0]
    assert len({entry for page in pages for entry in page}) == len(ENTRIES)


def test_evidence_is_counted_and_marked(engine: Engine) -> None:
    """The passages that hold most come first, and what matched is marked in them."""
    hit = engine.search(Query("bombed idlib", passages=1)).hits[0]
    assert hit.evidence == 1
    shown = hit.passages[0]
    assert [shown.text[a:b] for a, b in shown.marks] == ["bombed", "Idlib"]
    marks = engine.reading(Query("hospital"), "war.md")["war.md/strikes"].marks
    text = ENTRIES[0].passages[0].text
    assert [text[a:b] for a, b in marks[0]] == ["hospitals"]


def test_entries_and_documents_can_be_looked_up(engine: Engine) -> None:
    """By id and by path, as they were given; None for what is not there."""
    assert engine.entry("war.md/base") == ENTRIES[1]
    assert engine.entry("war.md/nowhere") is None
    outline = engine.document("war.md")
    assert outline is not None
    assert outline.entries == ("war.md/strikes", "war.md/base", "war.md/daesh")
    assert engine.document("nowhere.md") is None
    assert [ref.path for ref in engine.documents()] == ["news.md", "other.md", "war.md"]


def test_the_status_counts_what_is_there(engine: Engine) -> None:
    """Documents, entries, passages and origins add up."""
    status = engine.check()
    assert (status.documents, status.entries, status.sections, status.news) == (3, 5, 4, 1)
    assert status.passages == sum(status.origins.values()) == 7
    assert status.years == (2015, 2019)


def test_no_query_raises(engine: Engine) -> None:
    """Whatever is typed is answered."""
    for q in (
        "(((",
        '"',
        "NOT",
        "OR OR",
        "-",
        "*",
        "a*b*",
        "x~~~",
        "\ud800\x00",
        "-(-(a))",
        "NOT NOT a",
        "()" * 50,
        "a " * 3000,
    ):
        assert engine.search(Query(q)).total >= 0


def test_a_result_says_why_it_was_found(tmp_path: Path) -> None:
    """Each reason names what was typed or meant and where it stands; the shares of a result add up to one."""
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild(collected())
    hit = engine.search(Query('strikes Turkey "single civilian" hosp*', explain=True)).hits[0]
    reasons = {(reason.kind, reason.what): reason for reason in hit.reasons}
    words = {("word", "strikes"), ("word", "Turkey")}
    assert set(reasons) == {*words, ("name", "Turkey"), ("phrase", "single civilian"), ("beginning", "hosp")}
    assert (reasons["word", "strikes"].in_title, reasons["word", "strikes"].passages) == (True, 0)
    assert (reasons["name", "Turkey"].in_title, reasons["name", "Turkey"].passages) == (False, 1)
    assert sum(reason.share for reason in hit.reasons) == pytest.approx(1, abs=0.01)
    assert engine.search(Query("strikes")).hits[0].reasons == ()


# --- On disk ------------------------------------------------------------------------------------------


def test_without_an_index_every_question_says_so(tmp_path: Path) -> None:
    """A missing index is IndexUnusable with what to do, never an empty answer."""
    engine = WhooshEngine(tmp_path / "index")
    questions: list[Callable[[], object]] = [
        engine.status, engine.check, engine.documents, lambda: engine.search(Query("x")), lambda: engine.entry("x"),
    ]  # fmt: skip
    for question in questions:
        with pytest.raises(IndexUnusable, match="reindex"):
            question()
    assert not engine.is_current("one")


def test_an_unchanged_corpus_is_recognised(tmp_path: Path) -> None:
    """The digest of the corpus that was built is current; another one is not."""
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild(collected(digest="one"))
    assert engine.is_current("one")
    assert not engine.is_current("two")


def test_any_number_of_problems_can_be_told(tmp_path: Path) -> None:
    """A corpus in which every file has something wrong, of which there may be a hundred thousand, is served."""
    problems = tuple(
        Problem(f"Ordner für Dokumente/{number:06d}.md", 12, "“date” says nothing") for number in range(150_000)
    )
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild(replace(collected(), problems=problems))
    opened = WhooshEngine(tmp_path / "index")
    assert opened.status().problems == problems
    assert opened.check().warnings == ()


def test_an_empty_corpus_is_an_index_of_nothing(tmp_path: Path) -> None:
    """No document at all is no error."""
    engine = WhooshEngine(tmp_path / "index")
    engine.rebuild(collected(()))
    results = engine.search(Query("hospital"))
    assert (results.total, engine.check().entries) == (0, 0)


def test_a_running_engine_serves_the_new_generation_next(tmp_path: Path) -> None:
    """Another process's rebuild is seen by the next search, and marked words come from it."""
    serving, building = WhooshEngine(tmp_path / "index"), WhooshEngine(tmp_path / "index")
    building.rebuild(collected(ENTRIES[:1]))
    before = serving.search(Query(""))
    building.rebuild(collected(ENTRIES, digest="two"))
    after = serving.search(Query(""))
    assert (before.total, after.total) == (1, 5)
    assert before.generation != after.generation


def test_a_passage_may_hold_all_words_that_there_can_be(tmp_path: Path) -> None:
    """Sixty-four words that are names, too: a passage with all of them is evidence, before one with three."""
    words = [f"{a}{b}{c}k" for a in "bdgm" for b in "aeio" for c in "lnrt"]
    assert len(words) == MAX_TERMS
    names = "".join(
        f'[[actor]]\nname = "{word.title()} Group"\ntype = "group"\naliases = ["{word}"]\n' for word in words
    )
    (tmp_path / "actors.toml").write_text(names)
    (tmp_path / "a.md").write_text(f"# Title\n\n{' '.join(words[:3])}\n\n{' '.join(words)}\n")
    engine = WhooshEngine(tmp_path / "index")
    indexing.build(engine, settings.load(tmp_path, tmp_path / "index", {}))
    (hit,) = engine.search(Query(" ".join(words))).hits
    assert hit.evidence == 2
    assert [len(evidence.passage.text.split()) for evidence in hit.passages] == [len(words), 3]


def test_a_running_engine_stays_with_what_it_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new version has built: what was served is served on, with a warning, until a build that it can read."""
    engine, building = WhooshEngine(tmp_path / "index"), WhooshEngine(tmp_path / "index")
    building.rebuild(collected(ENTRIES))
    found = engine.search(Query("hospital"))
    with monkeypatch.context() as newer:
        newer.setattr(build, "FORMAT", build.FORMAT + 1)
        building.rebuild(collected(ENTRIES[:2], digest="two"))
    for _ in range(2):
        assert engine.search(Query("hospital")).total == found.total
        assert engine.status().generation == "gen-1"
        (warning,) = engine.status().warnings
        assert "gen-2 was built by another version" in warning
    shutil.rmtree(tmp_path / "index" / "gen-1")  # as three more builds would
    assert len(engine.audit().counts.documents) == len({entry.document.path for entry in ENTRIES})
    entry = found.hits[0].entry
    assert engine.entry(entry.id) == entry
    assert engine.document(entry.document.path)
    assert engine.reading(Query("hospital"), entry.document.path)
    assert engine.suggest("hosp")
    assert engine.similar(entry.id) is not None
    assert engine.timeline(Query("hospital")).passages
    assert engine.search(Query("hospitel")).suggestion
    with pytest.raises(IndexUnusable, match="on the same folders"):
        WhooshEngine(tmp_path / "index").status()
    building.rebuild(collected(ENTRIES[:2], digest="three"))
    assert engine.search(Query("hospital")).generation == "gen-3"
    assert not engine.status().warnings


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="asks Linux which files are mapped")
@pytest.mark.parametrize("warm", [False, True])
def test_a_generation_that_is_replaced_is_let_go(tmp_path: Path, warm: bool) -> None:
    """Its files close with the last use of it, whatever was asked of it: no collector of cycles has to come by."""
    engine, building = WhooshEngine(tmp_path / "index", warm=warm), WhooshEngine(tmp_path / "index")

    def mapped() -> bool:
        return f"{tmp_path}/index/gen-1/" in Path("/proc/self/maps").read_text()

    gc.disable()
    try:
        building.rebuild(collected(ENTRIES))
        query = Query("hospital -school hosp* 'turkey~", match="any", filters=frozenset({Filter("year", "2016")}))
        found = engine.search(replace(query, explain=True)).hits[0].entry
        for answer in (engine.suggest("hosp"), engine.timeline(query), engine.similar(found.id), engine.audit()):
            assert answer is not None
        assert engine.reading(query, found.document.path)
        assert engine.search(Query("hospitel")).suggestion
        audit, hits = engine.every(Query(""))
        next(hits)
        building.rebuild(collected(ENTRIES[:2], digest="two"))
        assert engine.search(Query("hospital")).generation == "gen-2"
        assert mapped(), "somebody still takes results of it"
        assert len(list(hits)) == len(ENTRIES) - 1
        del hits, answer, audit
        assert not mapped()
    finally:
        gc.enable()
        gc.unfreeze()


def test_swaps_under_threads_give_old_or_new_answers_only(tmp_path: Path) -> None:
    """While generations change, eight threads never see an error or a mixture."""
    engine = WhooshEngine(tmp_path / "index")
    small, large = collected(ENTRIES[:2], digest="small"), collected(ENTRIES, digest="large")
    engine.rebuild(small)
    expected = {("", 2), ("", 5), ("hospital", 1), ("turkey", 1), ("turkey", 2)}
    seen: list[tuple[str, Results]] = []
    wrong: list[BaseException] = []
    done = threading.Event()

    def search() -> None:
        try:
            while not done.wait(0.002):  # what builds is in the same interpreter, and needs its turn
                seen.extend((q, engine.search(Query(q))) for q in ("", "hospital", "turkey"))
        except BaseException as error:  # noqa: BLE001  # a thread must report whatever it met
            wrong.append(error)

    threads = [threading.Thread(target=search) for _ in range(8)]
    for thread in threads:
        thread.start()
    for number in range(6):
        WhooshEngine(tmp_path / "index").rebuild(large if number % 2 == 0 else small)
    done.set()
    for thread in threads:
        thread.join()
    assert not wrong
    assert {(q, results.total) for q, results in seen} <= expected
    assert all(len(results.hits) == results.total for _, results in seen)
    assert len({results.generation for _, results in seen}) > 1
