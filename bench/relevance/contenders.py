"""The engines: each indexes a collection and answers its queries. README.md says why they are set up like this."""

from __future__ import annotations

import importlib
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from bench.relevance.judged import DEPTH, Judged, Run, file_name, write_markdown
from searchapp import corpus as reading
from searchapp import settings, splitting
from searchapp.engines.whoosh import WhooshEngine
from searchapp.model import Collection, Query

WORD: Final = re.compile(r"\w+")
PASSAGE_WORDS: Final = 60
"""Where documents are cut into short passages."""

Contender = Callable[[Judged, Path], Run]
"""Answers all queries of a collection; the folder is empty and its own."""


class Altered(Exception):
    """A document did not arrive in the index as it is in the collection; the message names it."""


def ours(collection: Judged, folder: Path) -> Run:
    """searchapp: its own reader, splitter, index and query language, any of the words."""
    return _ours(collection, folder, 0)


def ours_in_passages(collection: Judged, folder: Path) -> Run:
    """The same with every document in paragraphs of PASSAGE_WORDS."""
    return _ours(collection, folder, PASSAGE_WORDS)


def _ours(collection: Judged, folder: Path, cut: int) -> Run:
    taken = _taken(collection, folder / "corpus", cut)
    _check(collection, taken)
    engine = WhooshEngine(folder / "index")
    engine.rebuild(taken)
    ids = {file_name(number): text.id for number, text in enumerate(collection.texts)}
    run = {}
    for query, asked in collection.queries.items():
        hits = engine.search(Query(q=asked, match="any", per_page=DEPTH, passages=1)).hits
        run[query] = [ids[hit.entry.document.path] for hit in hits]
    return run


def _taken(collection: Judged, folder: Path, cut: int) -> Collection:
    write_markdown(collection, folder, cut)
    setup = settings.load(folder, folder / "unused", {})
    return splitting.collect(reading.read(setup), setup.collection, collection.name)


def _check(collection: Judged, taken: Collection) -> None:
    """Raise Altered unless every document is one entry with the document's own words."""
    entries = {entry.document.path: entry for entry in taken.entries}
    if len(entries) != len(taken.entries):
        raise Altered(f"{collection.name}: {len(taken.entries)} entries in {len(entries)} documents")
    for number, text in enumerate(collection.texts):
        entry = entries.get(file_name(number))
        if entry is None or " ".join(passage.text for passage in entry.body) != (text.body or entry.title):
            raise Altered(f"{collection.name}: document {text.id} was read differently")


def fts5(collection: Judged, _folder: Path) -> Run:
    """SQLite FTS5, `porter unicode61`, its own bm25()."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE VIRTUAL TABLE text USING fts5(whole, tokenize='porter unicode61')")
    rows = ((number, text.whole) for number, text in enumerate(collection.texts))
    base.executemany("INSERT INTO text(rowid, whole) VALUES (?, ?)", rows)
    ask = f"SELECT rowid FROM text WHERE text MATCH ? ORDER BY rank, rowid LIMIT {DEPTH}"
    run = {}
    for query, asked in collection.queries.items():
        words = " OR ".join(f'"{word}"' for word in WORD.findall(asked))
        found = base.execute(ask, (words,)) if words else ()
        run[query] = [collection.texts[number].id for (number,) in found]
    base.close()
    return run


def tantivy(collection: Judged, _folder: Path) -> Run:
    """tantivy through tantivy-py, `en_stem`, its own BM25."""
    library: Any = importlib.import_module("tantivy")
    builder = library.SchemaBuilder()
    builder.add_unsigned_field("number", stored=True)
    builder.add_text_field("whole", tokenizer_name="en_stem")
    index = library.Index(builder.build())
    writer = index.writer(64_000_000, 1)
    for number, text in enumerate(collection.texts):
        writer.add_document(library.Document(number=number, whole=text.whole))
    writer.commit()
    writer.wait_merging_threads()
    index.reload()
    searcher = index.searcher()
    run = {}
    for query, asked in collection.queries.items():
        # In lower case, AND and OR are words.
        parsed = index.parse_query(" ".join(WORD.findall(asked.lower())), ["whole"])
        addresses = [address for _, address in searcher.search(parsed, DEPTH, count=False).hits]
        numbers = [searcher.doc(address)["number"][0] for address in addresses]
        run[query] = [collection.texts[number].id for number in numbers]
    return run


def bm25s(collection: Judged, _folder: Path) -> Run:
    """bm25s, method `lucene`, English stop words, Snowball stemmer."""
    library: Any = importlib.import_module("bm25s")
    stemmer: Any = importlib.import_module("Stemmer").Stemmer("english")
    cut = {"stopwords": "en", "stemmer": stemmer, "show_progress": False}
    retriever = library.BM25(method="lucene")
    retriever.index(library.tokenize([text.whole for text in collection.texts], **cut), show_progress=False)
    depth = min(DEPTH, len(collection.texts))
    run = {}
    for query, asked in collection.queries.items():
        words = library.tokenize([asked], return_ids=False, **cut)
        found, scores = retriever.retrieve(words, k=depth, show_progress=False)
        pairs = zip(found[0].tolist(), scores[0].tolist(), strict=True)
        run[query] = [collection.texts[number].id for number, score in pairs if score > 0]
    return run


OURS: Final = "searchapp"
CONTENDERS: Final[dict[str, Contender]] = {
    OURS: ours,
    f"{OURS}, passages of {PASSAGE_WORDS} words": ours_in_passages,
    "SQLite FTS5": fts5,
    "tantivy": tantivy,
    "bm25s": bm25s,
}
