"""tantivy, through tantivy-py, as a contender; README.md says why it is set up like this."""

from __future__ import annotations

import importlib
from collections import Counter
from pathlib import Path
from typing import Any, Final

from bench.asks import Ask
from bench.page import EVIDENCE, HITS, SNIPPET, Page, PageHit, heading_text, year_label, year_number
from searchapp.model import Collection, Entry

tantivy: Any = importlib.import_module("tantivy")  # untyped: type checks must pass where no peer is installed

FIELDS: Final = ["title", "body"]
BOOSTS: Final = {"title": 2.0}
HEAP: Final = 256_000_000
PAIR: Final = 1 << 16
"""An entry and a facet value are one number: entry * PAIR + value."""
MOST_PASSAGES: Final = 1_000
"""Passages among which the evidence of a page is looked for."""
PAIRS: Final = 60_000
"""Most pairs that one filtered query may meet."""


class Tantivy:
    """Two indexes, of entries for ranking and facets and of passages for evidence and filters."""

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads
        self.name = "tantivy" if threads == 1 else f"tantivy, {threads} threads"

    def build(self, collection: Collection, folder: Path) -> None:
        """Index the passages of the collection; one segment with one thread."""
        (folder / "entries").mkdir(parents=True, exist_ok=True)
        (folder / "passages").mkdir(exist_ok=True)
        entries = tantivy.Index(_entry_schema(), str(folder / "entries")).writer(HEAP, self.threads)
        passages = tantivy.Index(_passage_schema(), str(folder / "passages")).writer(HEAP, self.threads)
        actors: dict[str, int] = {}
        for number, entry in enumerate(collection.entries):
            _add(entries, passages, number, entry, actors)
        for writer in (entries, passages):
            writer.commit()
            writer.wait_merging_threads()
        (folder / "actors.txt").write_text("\n".join(actors), encoding="utf-8")

    def open(self, folder: Path) -> None:
        """Serve both indexes, mapped into memory."""
        self.entries = tantivy.Index.open(str(folder / "entries"))
        self.passages = tantivy.Index.open(str(folder / "passages"))
        self.entry_reader, self.passage_reader = self.entries.searcher(), self.passages.searcher()
        self.actors = (folder / "actors.txt").read_text(encoding="utf-8").split("\n")
        self.numbers = {name: number for number, name in enumerate(self.actors)}

    def close(self) -> None:
        """Let go of both indexes; their files are unmapped with them."""
        del self.entries, self.passages, self.entry_reader, self.passage_reader

    def search(self, ask: Ask) -> Page:
        """The page, complete."""
        return self._filtered(ask) if ask.year else self._plain(ask)

    page = search

    def _plain(self, ask: Ask) -> Page:
        query = self._query(self.entries, ask)
        found = self.entry_reader.search(query, HITS)
        facets = self.entry_reader.aggregate(query, PLAIN_FACETS)
        top = self.entry_reader.fast_field_values("number", [address for _, address in found.hits])
        return Page(
            total=found.count,
            years={year_label(int(b["key"])): b["doc_count"] for b in facets["year"]["buckets"]},
            actors={self.actors[int(b["key"])]: b["doc_count"] for b in facets["actor"]["buckets"]},
            hits=self._hits(ask, top, []),
        )

    def _filtered(self, ask: Ask) -> Page:
        words = self._query(self.passages, ask)
        year = (tantivy.Occur.Must, self._term("year", year_number(ask.year)))
        actor = (tantivy.Occur.Must, self._term("actor", self.numbers.get(ask.actor, PAIR)))
        must = (tantivy.Occur.Must, words)
        found = self.passage_reader.search(tantivy.Query.boolean_query([must, year, actor]), PAIRS)
        addresses = [address for _, address in found.hits]
        ranked = list(dict.fromkeys(self.passage_reader.fast_field_values("number", addresses)))
        return Page(
            total=len(ranked),
            years={
                year_label(key): n for key, n in self._count(tantivy.Query.boolean_query([must, actor]), "year").items()
            },
            actors={
                self.actors[key]: n
                for key, n in self._count(tantivy.Query.boolean_query([must, year]), "actor").items()
            },
            hits=self._hits(ask, ranked[:HITS], [year, actor]),
        )

    def _count(self, query: Any, facet: str) -> Counter[int]:
        """Entries for each value of a facet among the matching passages."""
        terms = {"terms": {"field": f"entry_{facet}", "size": PAIRS, "segment_size": PAIRS}}
        buckets = self.passage_reader.aggregate(query, {"pair": terms})["pair"]["buckets"]
        return Counter(int(bucket["key"]) % PAIR for bucket in buckets)

    def _hits(self, ask: Ask, top: list[int], filters: list[Any]) -> tuple[PageHit, ...]:
        """Evidence of the top entries: one search of their passages, the best of each marked."""
        if not top:
            return ()
        words = self._query(self.passages, ask, any_word=True)
        inside = _any_of([self._term("number", number) for number in top])
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, words), (tantivy.Occur.Must, inside), *filters])
        snippets = tantivy.SnippetGenerator.create(self.passage_reader, words, self.passages.schema, "body")
        snippets.set_max_num_chars(SNIPPET)
        hits: dict[int, PageHit] = {}
        addresses = [address for _, address in self.passage_reader.search(query, MOST_PASSAGES, count=False).hits]
        for number, address in zip(self.passage_reader.fast_field_values("number", addresses), addresses, strict=True):
            shown = hits[number].evidence if number in hits else ()
            if len(shown) < EVIDENCE:
                doc = self.passage_reader.doc(address)
                text = _mark(snippets.snippet_from_doc(doc))
                hits[number] = PageHit(doc["name"][0], doc["title"][0], (*shown, text))
        return tuple(hits[number] for number in top)

    def _query(self, index: Any, ask: Ask, *, any_word: bool = False) -> Any:
        """What is asked, as a query of one of the two indexes, which hold the same words."""
        if not ask.prefix:
            every = not (ask.any or any_word)
            return index.parse_query(ask.text, FIELDS, field_boosts=BOOSTS, conjunction_by_default=every)
        found = ((field, self.entry_reader.terms_with_prefix(field, ask.words[0])) for field in FIELDS)
        terms = [tantivy.Query.term_query(index.schema, field, term) for field, pairs in found for term, _ in pairs]
        return _any_of(terms)

    def _term(self, field: str, value: int) -> Any:
        return tantivy.Query.term_query(self.passages.schema, field, value)


PLAIN_FACETS: Final = {
    "year": {"terms": {"field": "year", "size": 1000}},
    "actor": {"terms": {"field": "actor", "size": 10_000}},
}


def _any_of(queries: list[Any]) -> Any:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _mark(snippet: Any) -> str:
    raw, parts, end = snippet.fragment().encode(), [], 0
    for span in snippet.highlighted():  # ranges of bytes
        parts += [raw[end : span.start], b"[[", raw[span.start : span.end], b"]]"]
        end = span.end
    return b"".join((*parts, raw[end:])).decode()


def _entry_schema() -> Any:
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("title", tokenizer_name="en_stem")
    schema.add_text_field("body", tokenizer_name="en_stem")
    schema.add_unsigned_field("number", fast=True)
    schema.add_unsigned_field("year", fast=True)
    schema.add_unsigned_field("actor", fast=True)
    return schema.build()


def _passage_schema() -> Any:
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("name", stored=True, tokenizer_name="raw", index_option="basic")
    schema.add_text_field("title", stored=True, tokenizer_name="en_stem")
    schema.add_text_field("body", stored=True, tokenizer_name="en_stem")
    schema.add_unsigned_field("number", indexed=True, fast=True)
    for facet in ("year", "actor"):
        schema.add_unsigned_field(facet, indexed=True)
        schema.add_unsigned_field(f"entry_{facet}", fast=True)
    return schema.build()


def _add(entries: Any, passages: Any, number: int, entry: Entry, actors: dict[str, int]) -> None:
    heading = heading_text(entry)
    whole = tantivy.Document(title=heading)
    whole.add_unsigned("number", number)
    years: set[int] = set()
    named: set[int] = set()
    for passage in entry.body:
        found = {year_number(year) for year in passage.years}
        who = {actors.setdefault(name, len(actors)) for name in passage.actors}
        part = tantivy.Document(name=entry.id, title=heading, body=passage.text)
        part.add_unsigned("number", number)
        for facet, values in (("year", found), ("actor", who)):
            for value in values:
                part.add_unsigned(facet, value)
                part.add_unsigned(f"entry_{facet}", number * PAIR + value)
        passages.add_document(part)
        whole.add_text("body", passage.text)
        years |= found
        named |= who
    for year in years:
        whole.add_unsigned("year", year)
    for actor in named:
        whole.add_unsigned("actor", actor)
    entries.add_document(whole)
