"""Every value that crosses a boundary between the parts of searchapp. Frozen; standard library only."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal, NamedTuple

Origin = Literal["stated", "completed", "heading", "item", "published"]
"""Where a date comes from, best evidence first for a section."""
EntryKind = Literal["section", "news"]
PassageKind = Literal["title", "paragraph", "item", "quote", "code", "table", "caption"]
SpanKind = Literal["link", "em", "strong", "code"]
Match = Literal["all", "any"]
Sort = Literal["relevance", "newest", "oldest"]
FacetOrder = Literal["count", "name"]
TimeUnit = Literal["day", "month", "year", "decade", "century"]
Facet = Literal["year", "actor", "place", "kind", "document"]

ENDLESS = 1 << 40
"""More lines than a document has."""
FACETS: tuple[Facet, ...] = ("year", "actor", "place", "kind", "document")
"""In the order of the page. `place` is offered only by a corpus that names places."""
ORIGINS: tuple[Origin, ...] = ("stated", "completed", "heading", "item", "published")
NoteCode = Literal[
    "widened", "extended", "alias", "left_out", "date", "ignored", "capped", "unknown", "unlisted", "suggested"
]
ReasonKind = Literal["word", "phrase", "beginning", "spelling", "name", "date"]
SuggestionKind = Literal["actor", "place", "heading", "word"]
UNDATED = "undated"
QUOTES = '"“”„«»″'
"""Marks that open and close a phrase in a query; any of them closes what any of them opened."""

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, how many are done, of how many)."""
Range = tuple[int, int]
"""A half-open range of characters (start, end) in the text it belongs to; of lines: 1-based, inclusive."""


class SearchAppError(Exception):
    """Anything a user can mend; the message names the file, line or parameter."""


class BadParameter(SearchAppError):
    """A parameter of a search that is not of its form. Translated to 400 at the edge."""

    def __init__(self, parameter: str, message: str, code: str = "bad_parameter") -> None:
        super().__init__(message)
        self.parameter = parameter
        self.message = message
        self.code = code


class IndexUnusable(SearchAppError):
    """There is no generation that can be opened; the message says why and what to do."""


class MoreNeeded(Exception):
    """What a collection leaves to the index cannot be taken from there: more documents have to be read."""

    def __init__(self, why: str, documents: frozenset[str] = frozenset()) -> None:
        """`documents`: the paths of those that are needed besides, if that is enough; none if it takes all."""
        super().__init__(why)
        self.documents = documents


class Overtaken(Exception):
    """Another build was published since the corpus was read, of what may be newer: the corpus has to be read again."""


class NothingToIndex(SearchAppError):
    """A build would take every document out of an index that has some; the message says what is still served."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the corpus that could not be used as written. It never stops the rest."""

    path: str
    """Path relative to the corpus, '/'-separated."""
    line: int | None
    """1-based line in the file, where known."""
    message: str

    def __str__(self) -> str:
        where = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.message}"


@dataclass(frozen=True, slots=True, order=True)
class EventDate:
    """When something happened: a span of whole days, both ends included."""

    start: date
    end: date
    origin: Origin
    span: Range | None = None
    """Where the passage's text states it; None for a heading, an item or a publication date."""
    rough: bool = False
    """Whether something less exact than these days is written: `mid-October`, or several dates that they span."""

    @property
    def years(self) -> tuple[str, ...]:
        """Every calendar year the span touches."""
        return tuple(f"{year:04d}" for year in range(self.start.year, self.end.year + 1))

    @property
    def precision(self) -> Literal["day", "month", "year", "span"]:
        """How exact the date is; 'span' for anything but one day, one calendar month or one calendar year."""
        if self.start == self.end:
            return "day"
        after = self.end + timedelta(days=1) if self.end < date.max else self.end
        if self.start.day != 1 or after.day != 1:
            return "span"
        if (after.year, after.month) == (self.start.year + self.start.month // 12, self.start.month % 12 + 1):
            return "month"
        whole_year = self.start.month == 1 and (after.year, after.month) == (self.start.year + 1, 1)
        return "year" if whole_year else "span"


@dataclass(frozen=True, slots=True)
class Source:
    """A source as the document gives it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Span:
    """Formatting of a range of a passage's text; HTML is made of it at the edge."""

    start: int
    end: int
    kind: SpanKind
    href: str = ""
    """Target of a link, as written; empty for the other kinds."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of the gazetteer found in a passage's text."""

    start: int
    end: int
    name: str
    """Canonical name of an actor or a place."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph, list item, table or caption: what is matched, dated, tagged and cited."""

    kind: PassageKind
    text: str
    """Visible text, white space collapsed; table rows end in '\\n', cells in '\\t'; code keeps its lines."""
    lines: Range
    """First and last line in the source file, 1-based, inclusive."""
    spans: tuple[Span, ...] = ()
    dates: tuple[EventDate, ...] = ()
    """Best evidence first (ORIGINS), then in the order of the text; empty for an undated passage."""
    mentions: tuple[Mention, ...] = ()
    """Names found in the text, in the order of the text, not overlapping."""
    actors: tuple[str, ...] = ()
    """Canonical names of actors (no places): those mentioned, then those the entry's tags name."""
    places: tuple[str, ...] = ()
    depth: int = 0
    """In how many list items and quotes it stands; 0 outside of them."""
    marker: str = ""
    """What the item that it opens is marked by: '•', or its number as '3.', unless that is a day of its text (3. Mai);
    empty for what follows in that item."""

    def begins_in(self, lines: Range | None) -> bool:
        """Whether its first line is one of these, from the first to the last; of None, which are all, it is."""
        return lines is None or lines[0] <= self.lines[0] <= lines[1]

    @property
    def date(self) -> EventDate | None:
        """The date with the best evidence."""
        return self.dates[0] if self.dates else None

    @property
    def years(self) -> tuple[str, ...]:
        """Every year of every date, in order; ('undated',) when there is none."""
        return tuple(sorted({year for when in self.dates for year in when.years})) or (UNDATED,)


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """Which document something belongs to."""

    path: str
    """Relative to the corpus, '/'-separated; the value of the document facet."""
    title: str
    parts: tuple[int, ...] = ()
    """The lines that the second part and so on begin with, where its view is too long for one page."""

    def part(self, line: int) -> int:
        """Number of the part that a line is in, from 1."""
        return bisect_right(self.parts, line) + 1

    def lines(self, part: int) -> Range:
        """First and last line of a part; the last one has no end."""
        bounds = (1, *self.parts, ENDLESS)
        return bounds[part - 1], bounds[part] - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """What a result is: a section of a document, or one news item."""

    id: str
    """Stable across rebuilds: '<document path>/<anchor>', or 'news/YYYY/MM/DD/slug' for a news item."""
    kind: EntryKind
    title: str
    heading_path: tuple[str, ...]
    """Headings above this one, outermost first, without the document's title."""
    document: DocumentRef
    anchor: str
    """Fragment of the entry in the view of its document; unique in the document."""
    lines: Range
    passages: tuple[Passage, ...]
    """Passage 0 is the title (kind 'title'); the others follow in the order of the document."""
    date: EventDate | None = None
    """The heading's span, the item's date, the publication date, or the span enclosing its passages' dates."""
    tags: tuple[str, ...] = ()
    """Topics: tags of the item or of the document's front matter that are neither actors nor places."""
    sources: tuple[Source, ...] = ()
    url: str = ""
    """The item's own link as the document gives it; empty for a section."""
    lang: str = ""
    """Language of the text (ISO 639-1) where the document says it; empty for that of the corpus."""

    @property
    def body(self) -> tuple[Passage, ...]:
        """The passages that filters, evidence and facets see: all but the title, which stands in
        only when there is nothing else; a news item's headline is text of its own and always counts."""
        if self.kind == "news" or len(self.passages) == 1:
            return self.passages
        return self.passages[1:]

    @property
    def years(self) -> tuple[str, ...]:
        """Years of all its passages, 'undated' last."""
        found = {year for passage in self.body for year in passage.years}
        return tuple(sorted(found - {UNDATED})) + ((UNDATED,) if UNDATED in found else ())

    @property
    def actors(self) -> tuple[str, ...]:
        """Actors of all its passages, in order of first mention."""
        return tuple(dict.fromkeys(actor for passage in self.body for actor in passage.actors))


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a document, with or without text of its own."""

    level: int
    """1 to 6; 0 for the text before the first heading."""
    title: str
    anchor: str
    line: int
    entry: str | None
    """Id of the entry that this heading opens; None for a heading that only groups others."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read: front matter and Markdown body. Nothing is taken apart yet."""

    path: str
    """Relative to the corpus, '/'-separated."""
    body: str
    """Text after the front matter, line ends '\\n', invalid UTF-8 replaced."""
    first_line: int
    """1-based line of the file on which the body starts."""
    metadata: Mapping[str, object]
    """Front matter as parsed: strings, numbers, booleans, dates, lists and mappings of these."""
    sha256: str
    """Digest of the file's bytes, hexadecimal."""
    published: date | None = None
    """From the file name, the front matter's date keys or its path; never an event date by itself."""
    dated_name: bool = False
    """Whether `published` stands in the file name."""
    lang: str = ""
    """Front matter's `lang` or `language` as ISO 639-1, or empty."""


AUTHOR_KEYS = ("author", "authors", "byline", "creator", "publisher")
"""Front matter that says who wrote a document, best first; as text, a semicolon parts several."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A document taken apart: what its view needs besides the entries."""

    ref: DocumentRef
    metadata: tuple[tuple[str, str], ...]
    """Front matter as label and text, in the order of the file."""
    headings: tuple[Heading, ...]
    """In the order of the document."""
    entries: tuple[str, ...]
    """Ids of the entries in the order of the document."""
    sha256: str
    published: date | None
    lines: int
    """Number of lines of the file."""
    spans: tuple[Range, ...] = ()
    """First and last line of each of the entries in this document; none where they are not known."""

    def reached(self, lines: Range) -> tuple[str, ...]:
        """Ids of the entries that have lines between these, both included; of all where that is not known."""
        if not self.spans:
            return self.entries
        first, last = lines
        return tuple([one for one, (a, b) in zip(self.entries, self.spans, strict=True) if a <= last and b >= first])


@dataclass(frozen=True, slots=True)
class Name:
    """An actor or a place of the gazetteer."""

    name: str
    """Canonical name as commonly written."""
    type: str
    """For example state, armed group, military, person, organisation, media; of a place: city, region, ..."""
    aliases: tuple[str, ...] = ()
    """Other spellings, in any case."""
    cased: tuple[str, ...] = ()
    """Aliases that count only in exactly this case ('IS', 'US')."""
    masks: tuple[str, ...] = ()
    """Longer names that contain an alias but mean something else."""
    is_place: bool = False


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The names of a corpus."""

    names: tuple[Name, ...] = ()
    digest: str = ""
    """SHA-256 of actors.toml, or empty when there is none."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder of documents as read."""

    documents: tuple[Document, ...]
    """By path."""
    gazetteer: Gazetteer
    problems: tuple[Problem, ...]
    digest: str
    """SHA-256 over title, searchapp.toml, actors.toml, every document's path and digest, and the modules of the program
    that take them apart: same all, same digest."""
    basis: str = ""
    """The same over all but the documents: what else decides what comes of one."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 by path of further documents, which were not read: an index of the same basis has what comes of them."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A corpus taken apart: all that an engine needs to build an index, or what it needs besides the one it has."""

    entries: tuple[Entry, ...]
    """By the paths of their documents, those of `kept` left out; so are their outlines and problems."""
    outlines: tuple[Outline, ...]
    gazetteer: Gazetteer
    problems: tuple[Problem, ...]
    title: str
    language: str
    """Language of stemmer and stop words (ISO 639-1)."""
    digest: str
    """Digest of the corpus it was made of (Corpus.digest)."""
    description: str = ""
    """One or two sentences for the start page."""
    examples: tuple[str, ...] = ()
    """Queries to try."""
    basis: str = ""
    kept: Mapping[str, str] = field(default_factory=dict)
    """As the Corpus has them."""


# --- A search -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, order=True)
class Filter:
    """One value of one facet, asked for or excluded."""

    facet: Facet
    value: str
    exclude: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """The whole state of a search. Equal queries have equal URLs."""

    q: str = ""
    filters: frozenset[Filter] = frozenset()
    date_from: date | None = None
    date_to: date | None = None
    match: Match = "all"
    exact: bool = False
    sort: Sort = "relevance"
    page: int = 1
    per_page: int = 10
    passages: int = 3
    facet_order: FacetOrder = "count"
    """Order of the values of a facet; years always stand in theirs."""
    explain: bool = False
    """Whether each hit says why it is where it is."""

    def toggle(self, what: Filter) -> Query:
        """This query with `what` added, or removed if it was there. Toggling twice gives the query back."""
        return replace(self, filters=self.filters ^ {what})

    def without_filters(self) -> Query:
        """The same words on the whole corpus."""
        return replace(self, filters=frozenset(), date_from=None, date_to=None, page=1)

    def on_page(self, page: int) -> Query:
        """The same search, another page of it."""
        return self if page == self.page else replace(self, page=page)

    def values(self, facet: Facet, *, exclude: bool = False) -> tuple[str, ...]:
        """The selected (or excluded) values of a facet, sorted."""
        return self.selected().get((facet, exclude), ()) if self.filters else ()

    def selected(self) -> Mapping[tuple[Facet, bool], tuple[str, ...]]:
        """The values of each facet that has some: those that are selected, and (True) those that are excluded."""
        found: dict[tuple[Facet, bool], tuple[str, ...]] = {}
        for what in sorted(self.filters) if self.filters else ():
            found[what.facet, what.exclude] = (*found.get((what.facet, what.exclude), ()), what.value)
        return found


@dataclass(frozen=True, slots=True)
class Note:
    """What the engine did with a query beyond the letter of it."""

    code: NoteCode
    terms: tuple[str, ...] = ()
    """The words of the query or the names that it is about; the sentence is made of them at the edge."""
    offer: Query | None = None
    """The query that takes this back or follows it up, one click away; None where there is none."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage of a result, cut to a snippet."""

    text: str
    """At most 300 characters, cut at words; '…' stands where text was left out."""
    marks: tuple[Range, ...]
    """What matched, as ranges of `text`, in order, not overlapping."""
    passage: Passage


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing of the query that an entry was found by."""

    what: str
    """The word, phrase, name or date, as it was typed or as the gazetteer writes it."""
    kind: ReasonKind
    in_title: bool
    in_path: bool
    """Whether a heading above the entry holds it."""
    passages: int
    """How many of the entry's passages that satisfy the filters hold it themselves."""
    share: float
    """Its part of the score, from 0 to 1; the parts of all reasons add up to 1."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One result."""

    entry: Entry
    score: float
    full: bool
    """Whether it holds all the words (False only for any-word entries)."""
    title_marks: tuple[Range, ...]
    evidence: int
    """How many passages of the entry match the words and satisfy the filters."""
    passages: tuple[Evidence, ...]
    """The best of them, best first."""
    reasons: tuple[Reason, ...] = ()
    """Why it was found, weightiest first; only when the query asks to explain."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value of a facet with the number of entries that a click on it would give."""

    value: str
    count: int
    selected: bool = False
    excluded: bool = False
    label: str = ""
    """What to show where it reads better than the value; else empty."""
    group: str = ""
    """Type of an actor or a place; else empty."""

    @property
    def in_use(self) -> bool:
        """Whether it is selected or excluded."""
        return self.selected or self.excluded


@dataclass(frozen=True, slots=True)
class Results:
    """The answer to a query."""

    query: Query
    total: int
    full_matches: int
    """How many of them hold all the words."""
    took_ms: float
    """To find and to rank; facets are counted later, when they are looked at."""
    hits: tuple[Hit, ...]
    facets: Mapping[Facet, tuple[FacetValue, ...]]
    notes: tuple[Note, ...] = ()
    suggestion: str = ""
    """Another query that would find something; else empty."""
    generation: str = ""
    """Name of the generation that answered."""
    any_matches: int = 0
    """How many entries hold any of the words, under the same filters."""


class Bucket(NamedTuple):  # made by the hundred for an answer, and made sooner than a frozen dataclass
    """A day, a month, a year, ... of a timeline."""

    start: date
    end: date
    """Last day of it."""
    passages: int
    """Those one of whose dates touches it: a span counts in each bucket that it covers."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """When what a search finds happened: the event dates of its evidence.

    As a facet's own selection is left out of its counts, the query's own range of days is left out here.
    """

    query: Query
    unit: TimeUnit
    buckets: tuple[Bucket, ...]
    """One after the other, empty ones included; none when nothing that is found has a date."""
    passages: int
    """Evidence in all: of every entry that matches, every passage that matches the words and satisfies the filters."""
    undated: int
    outside: int
    """Dated passages none of whose dates is in any bucket; 0 unless a range is looked at more closely than the rest."""
    generation: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a search finds in one entry of a document that is read as a whole."""

    evidence: tuple[int, ...]
    """Every passage (its place in Entry.passages) that matches the words and satisfies the filters, in order."""
    marks: tuple[tuple[Range, ...], ...]
    """For each passage, title first, what the words match in its text."""


@dataclass(frozen=True, slots=True)
class Similar:
    """An entry that is about the same as another."""

    entry: Entry
    shared: tuple[str, ...]
    """The telling words that both hold, as the other entry writes them, most telling first."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What may be meant by what is being typed."""

    kind: SuggestionKind
    value: str
    """A canonical name, a heading as written, or a word."""
    q: str
    """The whole box when this is taken."""
    count: int
    """How many entries a search for the value alone finds; never 0."""
    alias: str = ""
    """The spelling that fits what was typed, where that is not the value."""
    group: str = ""
    """Type of an actor or a place; else empty."""


@dataclass(frozen=True, slots=True)
class Status:
    """What an engine serves."""

    generation: str
    """For example 'gen-12'."""
    digest: str
    """SHA-256 of the generation's manifest, hexadecimal."""
    built: str
    """ISO 8601, UTC."""
    title: str
    documents: int
    entries: int
    sections: int
    news: int
    passages: int
    actors: int
    """Actors named in at least one passage."""
    origins: Mapping[str, int]
    """Passages by the origin of their date; 'undated' for none."""
    years: tuple[int, int] | None
    """First and last year of any event date."""
    problems: tuple[Problem, ...] = ()
    """Problems of the build."""
    description: str = ""
    language: str = "en"
    """Of most of the text, ISO 639-1."""
    examples: tuple[str, ...] = ()
    """Queries to try."""
    warnings: tuple[str, ...] = ()
    """What is wrong now: rolled back from a broken generation, reindex needed, ..."""


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """What was found in a document. Passages are those that facets count (Entry.body)."""

    path: str
    sections: int
    news: int
    passages: int
    dated: int
    """Passages with an event date."""
    named: int
    """Passages that name an actor."""


@dataclass(frozen=True, slots=True)
class NameCounts:
    """How often a name of the gazetteer occurs."""

    name: Name
    entries: int
    passages: int
    """Those that name it in their text or by a tag of their entry."""
    spellings: tuple[tuple[str, int], ...]
    """Each spelling of the gazetteer, the name itself first, and how often texts and titles have it."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted once, when a generation is built."""

    documents: tuple[DocumentCounts, ...]
    """By path."""
    names: tuple[NameCounts, ...]
    """In the order of the gazetteer."""
    named: int
    """Passages that name an actor."""
    dated_entries: int
    """Entries with at least one dated passage."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Everything that is to be known about a generation besides its text."""

    status: Status
    outlines: Mapping[str, Outline]
    """By path, in that order."""
    counts: Counts


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a reindex did."""

    status: Status
    changed: bool
    """False when the corpus was up to date and the index was left alone."""
    seconds: float
    top_actors: tuple[tuple[str, int], ...] = field(default=())
    """Actors with the most entries, and how many."""
    kept: int = 0
    """Documents of which everything is as it was."""
