"""Measures searchapp beside SQLite FTS5 and tantivy on a generated corpus; run as `python -m bench`."""
