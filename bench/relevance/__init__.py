"""Measures how well searchapp ranks, beside SQLite FTS5, tantivy and bm25s; `python -m bench.relevance FOLDER`."""
