"""What the API answers, as types. The OpenAPI document is made of them, and the tests hold the answers to them."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from searchapp.model import (
    EntryKind,
    FacetOrder,
    Match,
    NoteCode,
    Origin,
    PassageKind,
    Reason,
    Sort,
    SuggestionKind,
    TimeUnit,
)

Span = Annotated[tuple[int, int], "Start and end in the text, in characters; the end is not part of it."]
Lines = Annotated[tuple[int, int], "First and last line in the file, from 1, both included."]
Day = Annotated[str, "A day, as 2016-02-29."]
Address = Annotated[str, "Path and arguments on this host."]


class DateSpan(TypedDict):
    """When something happened: whole days, both included, and where the date comes from."""

    start: Day
    end: Day
    origin: Origin


class DocumentName(TypedDict):
    """A document."""

    path: str
    title: str


class SourceLink(TypedDict):
    """A source as the document gives it."""

    label: str
    url: str


class PassageShape(TypedDict):
    """A passage: what is matched, dated, tagged and cited."""

    text: str
    kind: PassageKind
    lines: Lines
    date: Annotated[DateSpan | None, "The date with the best evidence."]
    dates: list[DateSpan]
    years: Annotated[list[str], "Every year of every date; “undated” where there is none."]
    actors: list[str]
    places: list[str]
    url: Address
    number: Annotated[int, "Its place in the entry, from 0, the title: the “passage” of /cite."]
    cite: Annotated[
        str, "Address of the reference to it; with .txt, .bib, .ris or .json before the arguments, as a file."
    ]


class EvidenceShape(PassageShape):
    """A passage that matches; its text is cut to a snippet."""

    marks: Annotated[list[Span], "What matched, in the snippet."]


class EntryHead(TypedDict):
    """An entry: a section of a document, or a news item."""

    id: str
    kind: EntryKind
    title: str
    heading_path: Annotated[list[str], "Headings above this one, outermost first."]
    document: DocumentName
    url: Address
    lines: Lines
    date: DateSpan | None
    years: list[str]
    actors: list[str]
    tags: list[str]
    sources: list[SourceLink]
    link: Annotated[str | None, "The item's own link."]
    lang: Annotated[str | None, "ISO 639-1, where the document says it."]


class EntryShape(EntryHead):
    """An entry with all its passages; the first is its title."""

    passages: list[PassageShape]


class HitShape(EntryHead):
    """A result."""

    title_marks: list[Span]
    score: float
    full: Annotated[bool, "Whether it holds all the words."]
    evidence: Annotated[int, "Passages that match the words and satisfy the filters."]
    passages: Annotated[list[EvidenceShape], "The best of them, best first."]
    reasons: NotRequired[Annotated[list[Reason], "Why it was found, weightiest first; with explain=1."]]


class SimilarEntry(EntryHead):
    """An entry like another."""

    shared: Annotated[list[str], "Telling words that both hold."]


QueryShape = TypedDict(
    "QueryShape",
    {
        "q": str,
        "match": Match,
        "exact": bool,
        "sort": Sort,
        "page": int,
        "per_page": int,
        "passages": int,
        "facet_order": FacetOrder,
        "explain": bool,
        "from": Day | None,
        "to": Day | None,
        "filters": Annotated[dict[str, list[str]], "Values by the name of their parameter."],
    },
)
QueryShape.__doc__ = "The search as understood, with every default."


class Offer(TypedDict):
    """A search that takes something back or follows it up."""

    url: Address


class NoteShape(TypedDict):
    """What was done with a search beyond the letter of it."""

    code: NoteCode
    message: str
    terms: list[str]
    offer: NotRequired[Offer]


class FacetValueShape(TypedDict):
    """A value that can be selected, and how many entries that would give."""

    value: str
    count: int
    selected: bool
    excluded: NotRequired[bool]
    label: NotRequired[str]
    group: NotRequired[Annotated[str, "Type of an actor or a place."]]


class Facets(TypedDict):
    """Values by facet; places only where the collection names some."""

    year: list[FacetValueShape]
    actor: list[FacetValueShape]
    place: NotRequired[list[FacetValueShape]]
    kind: list[FacetValueShape]
    document: list[FacetValueShape]


class Respelt(TypedDict):
    """Another search that would find something."""

    q: str


class ResultsShape(TypedDict):
    """The results of a search."""

    query: QueryShape
    total: Annotated[int, "Entries found."]
    full_matches: Annotated[int, "How many of them hold all the words."]
    any_matches: Annotated[int, "How many entries hold any of the words."]
    took_ms: Annotated[float, "Milliseconds to find and rank, when it was done: the same answer may be given again."]
    generation: str
    notes: list[NoteShape]
    suggestion: Respelt | None
    results: list[HitShape]
    facets: Facets


class BucketShape(TypedDict):
    """A day, month, year, decade or century, and the passages one of whose dates touches it."""

    start: Day
    end: Day
    count: int


class TimelineShape(TypedDict):
    """When what a search finds happened, in passages; empty buckets included."""

    query: QueryShape
    unit: TimeUnit
    passages: int
    undated: int
    outside: Annotated[int, "Dated passages none of whose dates is in any bucket."]
    generation: str
    buckets: list[BucketShape]


class SuggestionShape(TypedDict):
    """What may be meant by what is being typed."""

    kind: SuggestionKind
    value: str
    q: Annotated[str, "The whole box when this is taken."]
    count: Annotated[int, "Entries that a search for the value finds."]
    alias: str | None
    group: str | None
    about: Annotated[str, "What it is, in words."]
    counted: Annotated[str, "The count, in words."]


class SuggestionsShape(TypedDict):
    """Suggestions, best first."""

    q: str
    said: Annotated[str, "How many there are, in words."]
    suggestions: list[SuggestionShape]


class SimilarShape(TypedDict):
    """Entries like an entry, most alike first."""

    id: str
    similar: list[SimilarEntry]


class CorpusCounts(TypedDict):
    """What is indexed, in numbers."""

    documents: int
    entries: int
    sections: int
    news: int
    passages: int
    actors: Annotated[int, "Actors named in at least one passage."]
    named: Annotated[int, "Passages that name an actor."]
    dated_entries: int


class DocumentShape(DocumentName):
    """A document, and what was found in it."""

    url: Address
    entries: int
    lines: int
    sha256: str
    published: Day | None
    sections: int
    news: int
    passages: int
    dated: int
    named: int


class SpellingShape(TypedDict):
    """A spelling of a name, and how often it occurs."""

    spelling: str
    count: int


class NameShape(TypedDict):
    """A name of the gazetteer, and where it was found."""

    name: str
    type: str
    is_place: bool
    entries: int
    passages: int
    spellings: list[SpellingShape]


class ProblemShape(TypedDict):
    """Something in the corpus that could not be used as written."""

    path: str
    line: int | None
    message: str


class CorpusShape(TypedDict):
    """What is in the index, and how it got there."""

    title: str
    generation: str
    digest: Annotated[str, "SHA-256 of the generation's manifest."]
    built: str
    counts: CorpusCounts
    dated: Annotated[dict[str, int], "Passages by the origin of their date; “undated” for none."]
    years: Annotated[tuple[int, int] | None, "First and last year of any event date."]
    documents: list[DocumentShape]
    names: list[NameShape]
    problems: list[ProblemShape]
    warnings: list[str]


class ErrorDetail(TypedDict):
    """What is wrong, for programs and for readers."""

    code: str
    message: str
    parameter: str | None


class ErrorShape(TypedDict):
    """An answer that is no result."""

    error: ErrorDetail
