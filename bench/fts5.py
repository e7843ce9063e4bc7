"""SQLite FTS5 as a contender; README.md says why it is set up like this."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.asks import Ask
from bench.page import EVIDENCE, HITS, Page, PageHit, heading_text, year_label, year_number
from searchapp.model import Collection

BREAK: Final = "¶"
"""A token of its own between two passages, so that no phrase reaches from one into the next."""

TABLES: Final = f"""
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE entry (id INTEGER PRIMARY KEY, name TEXT, title TEXT, heading TEXT, first INTEGER, last INTEGER);
CREATE TABLE passage (id INTEGER PRIMARY KEY, entry INTEGER, text TEXT);
CREATE TABLE actor (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE entry_year (entry INTEGER, year INTEGER, PRIMARY KEY (entry, year)) WITHOUT ROWID;
CREATE TABLE entry_actor (entry INTEGER, actor INTEGER, PRIMARY KEY (entry, actor)) WITHOUT ROWID;
CREATE TABLE passage_year (passage INTEGER, year INTEGER, PRIMARY KEY (passage, year)) WITHOUT ROWID;
CREATE TABLE passage_actor (passage INTEGER, actor INTEGER, PRIMARY KEY (passage, actor)) WITHOUT ROWID;
CREATE VIEW titled AS
  SELECT passage.id AS id, heading AS title, text AS body FROM passage JOIN entry ON entry.id = passage.entry;
CREATE VIRTUAL TABLE entry_text USING fts5(
  title, body, content='', prefix='3', tokenize="porter unicode61 tokenchars '{BREAK}'");
CREATE VIRTUAL TABLE passage_text USING fts5(
  title, body, content='titled', content_rowid='id', prefix='3', tokenize='porter unicode61');
INSERT INTO entry_text(entry_text, rank) VALUES ('rank', 'bm25(2.0, 1.0)');
INSERT INTO passage_text(passage_text, rank) VALUES ('rank', 'bm25(2.0, 1.0)');
"""
FINISH: Final = """
INSERT INTO passage_text(passage_text) VALUES ('rebuild');
INSERT INTO entry_text(entry_text) VALUES ('optimize');
INSERT INTO passage_text(passage_text) VALUES ('optimize');
ANALYZE;
"""

MATCHES: Final = "INSERT INTO temp.hit SELECT rowid, rank FROM entry_text WHERE entry_text MATCH ?"
TOP: Final = f"""
SELECT entry.id, name, title, first, last
  FROM (SELECT id, score FROM temp.hit ORDER BY score, id LIMIT {HITS}) AS top JOIN entry ON entry.id = top.id
 ORDER BY score, top.id"""
YEARS: Final = "SELECT year, count(*) FROM temp.hit CROSS JOIN entry_year ON entry = id GROUP BY year"
ACTORS: Final = "SELECT actor, count(*) FROM temp.hit CROSS JOIN entry_actor ON entry = id GROUP BY actor"

FILTERED: Final = """
INSERT INTO temp.hit
SELECT entry, min(score) FROM (
  SELECT rowid AS passage, rank AS score FROM passage_text
   WHERE passage_text MATCH :text
     AND EXISTS (SELECT 1 FROM passage_year AS y WHERE y.passage = rowid AND year = :year)
     AND EXISTS (SELECT 1 FROM passage_actor AS a WHERE a.passage = rowid AND actor = :actor))
  CROSS JOIN passage ON passage.id = passage
 GROUP BY entry"""
FILTERED_YEARS: Final = """
SELECT year, count(DISTINCT entry) FROM passage_text
 CROSS JOIN passage_actor AS a ON a.passage = passage_text.rowid AND actor = :actor
 CROSS JOIN passage_year AS y ON y.passage = passage_text.rowid
 CROSS JOIN passage ON passage.id = passage_text.rowid
 WHERE passage_text MATCH :text GROUP BY year"""
FILTERED_ACTORS: Final = """
SELECT actor, count(DISTINCT entry) FROM passage_text
 CROSS JOIN passage_year AS y ON y.passage = passage_text.rowid AND year = :year
 CROSS JOIN passage_actor AS a ON a.passage = passage_text.rowid
 CROSS JOIN passage ON passage.id = passage_text.rowid
 WHERE passage_text MATCH :text GROUP BY actor"""

SNIPPETS: Final = (
    "SELECT snippet(passage_text, 1, '[[', ']]', '…', 45) FROM passage_text WHERE passage_text MATCH :text"
)
EVIDENCE_OF: Final = f"{SNIPPETS} AND rowid BETWEEN :first AND :last LIMIT {EVIDENCE}"
FILTERED_EVIDENCE_OF: Final = f"""{SNIPPETS} AND rowid BETWEEN :first AND :last
     AND EXISTS (SELECT 1 FROM passage_year AS y WHERE y.passage = rowid AND year = :year)
     AND EXISTS (SELECT 1 FROM passage_actor AS a WHERE a.passage = rowid AND actor = :actor)
 LIMIT {EVIDENCE}"""


class Fts5:
    """Two full-text tables, of entries for ranking and of passages for evidence and filters."""

    name = "fts5"

    def build(self, collection: Collection, folder: Path) -> None:
        """Index the passages of the collection in one transaction."""
        folder.mkdir(parents=True, exist_ok=True)
        base = sqlite3.connect(folder / "index.db", isolation_level=None)
        base.executescript(TABLES)
        base.execute("BEGIN")
        _insert(base, collection)
        base.execute("COMMIT")
        base.executescript(FINISH)
        base.close()

    def open(self, folder: Path) -> None:
        """Serve from a read-only connection that maps the file into memory."""
        self.base = sqlite3.connect(f"file:{folder / 'index.db'}?mode=ro", uri=True, isolation_level=None)
        self.base.executescript(
            "PRAGMA mmap_size = 4294967296; PRAGMA temp_store = MEMORY;"
            "CREATE TEMP TABLE hit (id INTEGER PRIMARY KEY, score REAL)"
        )
        self.actors: dict[int, str] = dict(self.base.execute("SELECT id, name FROM actor"))
        self.numbers = {name: number for number, name in self.actors.items()}

    def close(self) -> None:
        """Close the connection."""
        self.base.close()

    def search(self, ask: Ask) -> Page:
        """The page, complete."""
        run = self.base.execute
        values: dict[str, object] = {"text": match_text(ask)}
        if ask.year:
            values |= {"year": year_number(ask.year), "actor": self.numbers.get(ask.actor, 0)}
        filtered = bool(ask.year)
        run("DELETE FROM temp.hit")
        total = run(FILTERED, values).rowcount if filtered else run(MATCHES, (values["text"],)).rowcount
        years = run(FILTERED_YEARS, values) if filtered else run(YEARS)
        actors = run(FILTERED_ACTORS, values) if filtered else run(ACTORS)
        return Page(
            total=total,
            years={year_label(year): count for year, count in years},
            actors={self.actors[actor]: count for actor, count in actors},
            hits=tuple(self._hits(ask, values)),
        )

    page = search

    def _hits(self, ask: Ask, values: dict[str, object]) -> Iterator[PageHit]:
        words = values | {"text": match_text(ask, " OR ")}
        query = FILTERED_EVIDENCE_OF if ask.year else EVIDENCE_OF
        for _, name, title, first, last in self.base.execute(TOP).fetchall():
            rows = self.base.execute(query, words | {"first": first, "last": last})
            yield PageHit(name, title, tuple(text for (text,) in rows))


def match_text(ask: Ask, joint: str = "") -> str:
    """The query as FTS5 reads it; words are joined by what the query asks for unless told."""
    if ask.phrase:
        return f'"{" ".join(ask.words)}"'
    return (joint or (" OR " if ask.any else " AND ")).join(f'"{word}"{"*" * ask.prefix}' for word in ask.words)


def _insert(base: sqlite3.Connection, collection: Collection) -> None:
    actors: dict[str, int] = {}
    passage_id = 0
    for number, entry in enumerate(collection.entries, 1):
        heading, first = heading_text(entry), passage_id + 1
        years: set[int] = set()
        named: set[int] = set()
        for passage in entry.body:
            passage_id += 1
            found = {year_number(year) for year in passage.years}
            who = {actors.setdefault(name, len(actors) + 1) for name in passage.actors}
            base.execute("INSERT INTO passage VALUES (?, ?, ?)", (passage_id, number, passage.text))
            base.executemany("INSERT INTO passage_year VALUES (?, ?)", ((passage_id, year) for year in sorted(found)))
            base.executemany("INSERT INTO passage_actor VALUES (?, ?)", ((passage_id, one) for one in sorted(who)))
            years |= found
            named |= who
        text = f" {BREAK} ".join(passage.text for passage in entry.body)
        base.execute("INSERT INTO entry_text(rowid, title, body) VALUES (?, ?, ?)", (number, heading, text))
        base.execute(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", (number, entry.id, entry.title, heading, first, passage_id)
        )
        base.executemany("INSERT INTO entry_year VALUES (?, ?)", ((number, year) for year in sorted(years)))
        base.executemany("INSERT INTO entry_actor VALUES (?, ?)", ((number, one) for one in sorted(named)))
    base.executemany("INSERT INTO actor VALUES (?, ?)", ((number, name) for name, number in actors.items()))
