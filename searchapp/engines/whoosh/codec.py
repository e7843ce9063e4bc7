"""The columns as a Whoosh index: a codec that reads them, and the table of contents that names it.

`whoosh.index.open_dir` on a generation gives an index whose documents are passages. Our own evaluation reads
the same columns directly; stock Whoosh queries see them through this module. Whoosh 2.7.4 is the last release,
so its codec interface is a fixed one: what the methods here have to give is said there, in whoosh.codec.base.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whoosh import fields, formats
from whoosh.analysis import Analyzer as WhooshAnalyzer
from whoosh.analysis import Token as WhooshToken
from whoosh.codec import base
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC
from whoosh.matching.mcore import ListMatcher
from whoosh.reading import TermInfo, TermNotFound

from searchapp.engines.whoosh import arrays
from searchapp.engines.whoosh.analysis import Analyzer
from searchapp.engines.whoosh.columns import Field
from searchapp.engines.whoosh.forms import Forms, load_fields
from searchapp.model import FACETS

TEXT_FIELDS = ("stem", "word")
VALUE_FIELDS = tuple(sorted(FACETS))


def write_index(folder: Path, language: str, documents: int) -> None:
    """Write the table of contents that makes a folder of columns a Whoosh index."""
    described = {name: fields.TEXT(analyzer=ColumnAnalyzer(name, language), phrase=True) for name in TEXT_FIELDS}
    valued = {name: fields.ID() for name in VALUE_FIELDS}
    schema = fields.Schema(**described, **valued, entry=fields.STORED(), passage=fields.STORED())
    TOC(schema, [ColumnSegment("MAIN", documents)], 1).write(FileStorage(str(folder), readonly=False), "MAIN")


class ColumnAnalyzer(WhooshAnalyzer):  # type: ignore[misc]  # Whoosh has no types
    """Our analysis as Whoosh sees it, for one of the text fields."""

    def __init__(self, field: str, language: str) -> None:
        self.field = field
        self.language = language

    def __call__(self, value: str, **_: object) -> Iterator[WhooshToken]:
        token = WhooshToken(positions=True, chars=True)
        for found in Analyzer(self.language).tokens(value):
            token.text = getattr(found, self.field)
            token.boost = 1.0
            token.stopped = False
            token.pos, token.startchar, token.endchar = found.position, found.start, found.end
            yield token


class ColumnSegment(base.Segment):  # type: ignore[misc]  # Whoosh has no types
    """All passages of a generation; never changed, so nothing is ever deleted from it."""

    def __init__(self, indexname: str, documents: int) -> None:
        super().__init__(indexname)
        self.segid = "columns"
        self.documents = documents

    def codec(self, **_: object) -> ColumnCodec:
        return ColumnCodec()

    def doc_count_all(self) -> int:
        return self.documents

    def deleted_count(self) -> int:
        return 0


class ColumnCodec(base.Codec):  # type: ignore[misc]  # Whoosh has no types
    """Reads columns; generations are written as a whole by build.py, never through Whoosh's writer."""

    def terms_reader(self, storage: FileStorage, _segment: ColumnSegment) -> ColumnTerms:
        return ColumnTerms(Path(storage.folder))

    def per_document_reader(self, storage: FileStorage, segment: ColumnSegment) -> ColumnDocuments:
        return ColumnDocuments(Path(storage.folder), segment.doc_count_all())


class ColumnTerms(base.TermsReader):  # type: ignore[misc]  # Whoosh has no types
    """The vocabulary and postings of every field."""

    def __init__(self, folder: Path) -> None:
        self._fields = dict(sorted(load_fields(folder, VALUE_FIELDS).items()))

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        name, text = term
        return name in self._fields and self._fields[name].number(text.decode()) >= 0

    def indexed_field_names(self) -> list[str]:
        return list(self._fields)

    def cursor(self, fieldname: str, _fieldobj: object) -> ColumnCursor:
        return ColumnCursor(self, fieldname, self._fields[fieldname])

    def terms(self) -> Iterator[tuple[str, bytes]]:
        for name, field in self._fields.items():
            for term in field.terms:
                yield name, term.encode()

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        start = bisect_left(self._fields[fieldname].terms, prefix.decode())
        for term in self._fields[fieldname].terms[start:]:
            yield fieldname, term.encode()

    def items(self) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        for name, text in self.terms():
            yield (name, text), self.term_info(name, text)

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], TermInfo]]:
        for name, text in self.terms_from(fieldname, prefix):
            yield (name, text), self.term_info(name, text)

    def term_info(self, fieldname: str, text: bytes) -> TermInfo:
        passages, counts = self._fields[fieldname].postings(self._number(fieldname, text))
        first, last = int(passages[0]), int(passages[-1])
        return TermInfo(float(counts.sum()), len(passages), 1, None, float(counts.max()), first, last)

    def frequency(self, fieldname: str, text: bytes) -> float:
        return float(self.term_info(fieldname, text).weight())

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        return int(self.term_info(fieldname, text).doc_frequency())

    def matcher(self, fieldname: str, text: bytes, format_: formats.Format, scorer: Any = None) -> ColumnMatcher:
        field, number = self._fields[fieldname], self._number(fieldname, text)
        passages, counts = field.postings(number)
        places = _split(field.occurrences(number)[1].tolist(), counts.tolist()) if fieldname in TEXT_FIELDS else None
        term, info = (fieldname, text), self.term_info(fieldname, text)
        weights = counts.astype(float).tolist()
        return ColumnMatcher(passages.tolist(), weights, places, format_, scorer, term=term, terminfo=info)

    def _number(self, fieldname: str, text: bytes) -> int:
        number = self._fields[fieldname].number(text.decode()) if fieldname in self._fields else -1
        if number < 0:
            raise TermNotFound(f"No term {fieldname}:{text!r}")
        return number


def _split(places: list[int], counts: list[int]) -> list[list[int]]:
    """Places of each posting."""
    ends = 0
    split = []
    for count in counts:
        split.append(places[ends : ends + count])
        ends += count
    return split


class ColumnMatcher(ListMatcher):  # type: ignore[misc]  # Whoosh has no types
    """Postings of one term; positions come as they are, not encoded."""

    def supports(self, astype: str) -> bool:
        return astype in ("frequency", "weight") or (astype == "positions" and self._values is not None)

    def value_as(self, astype: str) -> Any:
        return self._values[self._i] if astype == "positions" else self.weight()


class ColumnCursor(base.FieldCursor):  # type: ignore[misc]  # Whoosh has no types
    """Walks the vocabulary of a field in order."""

    def __init__(self, terms: ColumnTerms, name: str, field: Field | Forms) -> None:
        self._reader, self._name, self._terms = terms, name, field.terms
        self._at = 0

    def is_valid(self) -> bool:
        return self._at < len(self._terms)

    def text(self) -> str | None:
        return self._terms[self._at] if self.is_valid() else None

    def first(self) -> str | None:
        self._at = 0
        return self.text()

    def find(self, term: str | bytes) -> str | None:
        self._at = bisect_left(self._terms, term.decode() if isinstance(term, bytes) else term)
        return self.text()

    def next(self) -> str | None:
        self._at += 1
        return self.text()

    def term_info(self) -> TermInfo:
        return self._reader.term_info(self._name, self._terms[self._at].encode())


class ColumnDocuments(base.PerDocumentReader):  # type: ignore[misc]  # Whoosh has no types
    """Lengths of the passages, and which passage of which entry each is."""

    def __init__(self, folder: Path, documents: int) -> None:
        self._documents = documents
        self._lengths = arrays.load(folder, "lengths")
        self._entry_of = arrays.load(folder, "entry_of")
        self._first = arrays.load(folder, "first")

    def doc_count(self) -> int:
        return self._documents

    def doc_count_all(self) -> int:
        return self._documents

    def has_deletions(self) -> bool:
        return False

    def is_deleted(self, _docnum: int) -> bool:
        return False

    def deleted_docs(self) -> frozenset[int]:
        return frozenset()

    def doc_field_length(self, docnum: int, _fieldname: str, _default: int = 0) -> int:
        return int(self._lengths[docnum])

    def field_length(self, _fieldname: str) -> int:
        return int(self._lengths.sum())

    def min_field_length(self, _fieldname: str) -> int:
        return int(self._lengths.min()) if self._documents else 0

    def max_field_length(self, _fieldname: str) -> int:
        return int(self._lengths.max()) if self._documents else 0

    def stored_fields(self, docnum: int) -> dict[str, int]:
        entry = int(self._entry_of[docnum])
        return {"entry": entry, "passage": docnum - int(self._first[entry])}
