"""What the page says in words: dates, origins, counts, and the query as a sentence. Pure functions."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from searchapp.model import UNDATED, EventDate, Facet, Filter, Origin, Query, Reason, Results

MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
ORIGIN_WORDS: Final[dict[Origin, str]] = {
    "stated": "stated in the text",
    "completed": "year from context",
    "heading": "from the heading",
    "item": "date of the item",
    "published": "publication date",
}
NO_DATE: Final = "no date in the text"
KIND_WORDS: Final = {"section": "Section", "news": "News item"}
FACET_WORDS: Final[dict[Facet, str]] = {
    "year": "Year",
    "actor": "Actor",
    "place": "Place",
    "kind": "Kind",
    "document": "Document",
}
GROUP_WORDS: Final = {
    "state": "States",
    "de facto state": "De facto states",
    "government": "Government",
    "armed group": "Armed groups",
    "military": "Military",
    "coalition": "Coalitions",
    "person": "Persons",
    "organisation": "Organisations",
    "organization": "Organisations",
    "political movement": "Political movements",
    "political party": "Political parties",
    "media": "Media",
}
"""Types of actors in the order of the page; others follow, as the gazetteer writes them."""
_PLURALS: Final = {"entry": "entries"}
_KIND_NOUNS: Final = {"section": "section", "news": "news item"}
_OPERATORS: Final = re.compile(r"[\"“”„()*~]|(?:^|\s)-\S|\b(?:OR|NOT|AND)\b")
_PHRASE: Final = re.compile(r"[\"“„]([^\"“”„]+)[\"“”]")
_LONGEST_QUOTE: Final = 120
NBSP: Final = "\u00a0"


# --- Counts ---------------------------------------------------------------------------------------


def number(count: int) -> str:
    """1234 -> '1,234'."""
    return f"{count:,}"


def plural(noun: str) -> str:
    """'entry' -> 'entries'."""
    return _PLURALS.get(noun, noun + "s")


def counted(count: int, noun: str = "entry") -> str:
    """(2, 'entry') -> '2 entries'."""
    return f"{number(count)} {noun if count == 1 else plural(noun)}"


def alternatives(values: Sequence[str], last: str = "or") -> str:
    """['a', 'b', 'c'] -> 'a, b or c'."""
    if len(values) < 2:
        return "".join(values)
    return f"{', '.join(values[:-1])} {last} {values[-1]}"


def generation(name: str) -> str:
    """'gen-12' -> 'generation 12'."""
    return name.replace("gen-", f"generation{NBSP}")


# --- Dates ----------------------------------------------------------------------------------------


def date_words(when: EventDate) -> str:
    """A span of days as one says it: '4 Sep 2015', 'late Feb 2016', 'Mar – May 2018', '2011 – 2013'."""
    start, end = when.start, when.end
    if start == end:
        return _day(start)
    if _is_whole_years(start, end):
        return _year(start) if start.year == end.year else f"{_year(start)} – {_year(end)}"
    left, right = _third(start, opens=True), _third(end, opens=False)
    if left is None or right is None:
        return _joined((str(start.day), _month(start)), (str(end.day), _month(end)), start, end)
    if (start.year, start.month) != (end.year, end.month):
        # A span that opens with the first days of a month needs no 'early', nor one that closes with its last a 'late'.
        left = left if start.day > 1 else ""
        right = right if end.day < _days(end) else ""
        return _joined((left, _month(start)), (right, _month(end)), start, end)
    if (start.day, end.day) == (1, _days(end)):
        return f"{_month(start)} {_year(start)}"
    if left == right:
        return f"{left} {_month(start)} {_year(start)}"
    return f"{start.day}–{end.day} {_month(start)} {_year(start)}"


def date_machine(when: EventDate) -> str:
    """For `<time datetime>`: '2015-09-04', '2016-02', '2016'; empty for what that cannot say."""
    form = {"day": 10, "month": 7, "year": 4}.get(when.precision)
    if form is None and (when.start.year, when.start.month) == (when.end.year, when.end.month):
        form = 7
    return when.start.isoformat()[:form] if form else ""


def bound(day: date | None, *, last: bool) -> str:
    """A limit of a range as shortly as it can be typed: '2016', '2016-02' or '2016-02-14'."""
    if day is None:
        return ""
    edge = _days(day) if last else 1
    if day.day != edge:
        return day.isoformat()
    return day.isoformat()[: 4 if day.month == (12 if last else 1) else 7]


def range_words(first: date | None, last: date | None, *, short: bool = False) -> str:
    """'January 2016 to October 2019', '2016 or later', 'May 2016 or earlier'; 'Jan 2016 – Oct 2019' if `short`."""
    left, right = bound(first, last=False), bound(last, last=True)
    if first and last:  # January to March 2018, not 2018 to March 2018
        finer = max(len(left), len(right))
        left, right = first.isoformat()[:finer], last.isoformat()[:finer]
    words = [_bound_words(text, short=short) for text in (left, right) if text]
    if left and right:
        return words[0] if left == right else (" – " if short else " to ").join(words)
    return f"{words[0]} or {'later' if left else 'earlier'}" if words else ""


def origin_of_entry(when: EventDate | None, kind: str) -> str:
    """Where the date of a whole entry comes from; one that only encloses its passages' dates says that."""
    if when is None:
        return NO_DATE
    if when.origin in ("stated", "completed"):
        return "whole item" if kind == "news" else "whole section"
    return ORIGIN_WORDS[when.origin]


def shown_date(dates: Sequence[EventDate], query: Query) -> EventDate | None:
    """Of a passage's dates the one that the filters ask for, else the one with the best evidence."""
    years = set(query.values("year")) - {UNDATED}

    def asked(when: EventDate) -> bool:
        in_range = (query.date_from is None or when.end >= query.date_from) and (
            query.date_to is None or when.start <= query.date_to
        )
        return in_range and (not years or not years.isdisjoint(when.years))

    return next((when for when in dates if asked(when)), dates[0] if dates else None)


def _joined(left: tuple[str, str], right: tuple[str, str], start: date, end: date) -> str:
    """'13 Jun – 4 Jul 2019'; what both ends share is said once."""
    if left[0].isdigit() and (start.year, start.month) == (end.year, end.month):
        return f"{left[0]}–{right[0]} {right[1]} {_year(end)}"
    first = " ".join(filter(None, left)) + ("" if start.year == end.year else f" {_year(start)}")
    return f"{first} – {' '.join(filter(None, right))} {_year(end)}"


def _third(day: date, *, opens: bool) -> str | None:
    """'early', 'mid' or 'late' for a day that opens or closes a third of its month; None for any other."""
    edges = {1: "early", 11: "mid", 21: "late"} if opens else {10: "early", 20: "mid", _days(day): "late"}
    return edges.get(day.day)


def _is_whole_years(start: date, end: date) -> bool:
    return (start.month, start.day, end.month, end.day) == (1, 1, 12, 31)


def _days(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _month(day: date) -> str:
    return MONTHS[day.month - 1][:3]


def _year(day: date) -> str:
    return f"{day.year:04d}"


def _day(day: date) -> str:
    return f"{day.day} {_month(day)} {_year(day)}"


def _bound_words(text: str, *, short: bool) -> str:
    year, *rest = text.split("-")
    if not rest:
        return year
    month = MONTHS[int(rest[0]) - 1]
    words = [month[:3] if short else month, year]
    return NBSP.join([str(int(rest[1])), *words] if len(rest) == 2 else words)


def moment(iso: str) -> str:
    """An ISO 8601 moment as a day in words: '20 November 2026'; what is no such moment stays as it is."""
    try:
        day = date.fromisoformat(iso[:10])
    except ValueError:
        return iso
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def clock(iso: str) -> str:
    """The same with its time: '20 November 2026 at 07:41 UTC'."""
    day = moment(iso)
    return day if day == iso else f"{day} at {iso[11:16]} UTC"


def capitalised(text: str) -> str:
    """'from the heading' -> 'From the heading'."""
    return text[:1].upper() + text[1:]


# --- The query as a sentence ----------------------------------------------------------------------


OFFERS: Final = {
    "alias": "Search only for the words as typed",
    "date": "Show only passages of that date",
}
"""What the link of a note says."""


def asks(query: Query) -> bool:
    """Whether there are words, filters or a range at all; else everything is found."""
    return bool(query.q or query.filters or query.date_from or query.date_to)


def quoted(q: str) -> str:
    """The words as typed, in quotes; a phrase is not quoted twice, a long text is cut."""
    phrase = _PHRASE.fullmatch(q)
    text = phrase[1] if phrase else q
    return f"“{text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE].rstrip() + ' …'}”"


def sentence(results: Results) -> tuple[str, str]:
    """What was found, in words: the count, to be set bold, and the rest of the sentence."""
    query = results.query
    noun = _noun(query)
    total = results.total
    lead = counted(total, noun) if total else f"No {noun}"
    if not asks(query):
        return (f"All {lead}" if total > 1 else lead), f"in {_documents(results)}."
    place = f"in {_documents(results)}" if total else ""
    parts = [place, _holds(results, one=total < 2), _passage(query, one=total < 2)]
    left_out = f", leaving out {alternatives(left, 'and')}" if (left := _left_out(results)) else ""
    return lead, f"{' '.join(part for part in parts if part)}{left_out}."


_REASONS: Final = {
    "word": "the word",
    "phrase": "the phrase",
    "beginning": "words that begin with",
    "spelling": "spellings near",
    "name": "the name",
    "date": "the date",
}


def reason_words(reason: Reason) -> str:
    """'the word “hospital”: in the title and 6 passages, 70 % of the score'."""
    places = [
        *(["the title"] if reason.in_title else []),
        *(["a heading above"] if reason.in_path else []),
        *([counted(reason.passages, "passage")] if reason.passages else []),
    ]
    held = f"in {alternatives(places, 'and')}" if places else "in no passage that is left"
    return f"{_REASONS[reason.kind]} “{reason.what}”: {held}, {round(100 * reason.share)}{NBSP}% of the score"


def label(results: Results, what: Filter) -> str:
    """What a filter's value is called on the page."""
    if what.facet == "kind":
        return KIND_WORDS.get(what.value, what.value)
    found = (value.label for value in results.facets.get(what.facet, ()) if value.value == what.value)
    return next(found, "") or what.value


def _noun(query: Query) -> str:
    kinds = query.values("kind")
    return _KIND_NOUNS.get(kinds[0], "entry") if len(kinds) == 1 else "entry"


def _documents(results: Results) -> str:
    chosen = [value for value in results.facets.get("document", ()) if value.selected]
    among = chosen or [value for value in results.facets.get("document", ()) if not value.excluded]
    found = [value for value in among if value.count]
    if len(found) == 1 and chosen:
        return f"“{found[0].label or found[0].value}”"
    return counted(len(found), "document")


def searched(results: Results) -> str:
    """The words that were searched: those typed, or those that the engine took in their place."""
    taken = next((note.terms[-1] for note in results.notes if note.code == "suggested" and note.terms), "")
    return taken or results.query.q


def _holds(results: Results, *, one: bool) -> str:
    query = replace(results.query, q=searched(results))
    if not query.q:
        return ""
    words = quoted(query.q)
    widened = any(note.code == "widened" for note in results.notes)
    if _OPERATORS.search(query.q) and not _PHRASE.fullmatch(query.q):
        return f"{'matches' if one else 'match'} {words}"
    verb = "holds" if one else "hold"
    if _PHRASE.fullmatch(query.q) or len(query.q.split()) == 1:
        return f"{verb} {words}"
    if query.match == "any" or widened:
        return f"{verb} any of the words {words}"
    if results.full_matches < results.total:
        full = f", {number(results.full_matches)} of them all the words" if results.full_matches else ""
        return f"{verb} some of the words {words}{full}"
    return f"{verb} all the words {words}"


def _passage(query: Query, *, one: bool) -> str:
    parts = [*_dated(query), *_naming(query)]
    if not parts:
        return ""
    opening = "in a passage" if query.q else f"{'has' if one else 'have'} a passage"
    return " ".join([opening, *parts])


def _dated(query: Query) -> list[str]:
    years = [year for year in query.values("year") if year != UNDATED]
    parts = [f"of {alternatives(years)}"] if years else []
    if UNDATED in query.values("year"):
        parts.append("or without a date" if years else "without a date")
    if limits := range_words(query.date_from, query.date_to):
        parts.append(f"dated {limits}")
    not_years = query.values("year", exclude=True)
    if dated := [year for year in not_years if year != UNDATED]:
        parts.append(f"not of {alternatives(dated)}")
    if UNDATED in not_years:
        parts.append("with a date")
    return parts


def _naming(query: Query) -> list[str]:
    named, unnamed = _actors_and_places(query, exclude=False), _actors_and_places(query, exclude=True)
    parts = [f"that names {' and '.join(named)}"] if named else []
    if unnamed:
        parts.append(f"{'but not' if named else 'that does not name'} {' or '.join(unnamed)}")
    return parts


def _actors_and_places(query: Query, *, exclude: bool) -> list[str]:
    """['Russia or Syria', 'the place Idlib']"""
    actors, places = query.values("actor", exclude=exclude), query.values("place", exclude=exclude)
    parts = [alternatives(actors)] if actors else []
    if places:
        parts.append(f"the {'place' if len(places) == 1 else 'places'} {alternatives(places)}")
    return parts


def _left_out(results: Results) -> list[str]:
    query = results.query
    left = [label(results, Filter("kind", kind)).lower() + "s" for kind in query.values("kind", exclude=True)]
    return left + [f"“{label(results, Filter('document', path))}”" for path in query.values("document", exclude=True)]


RTL_LANGUAGES: Final = frozenset("ar arc az ckb dv fa he ks ku nqo ps sd syr ug ur yi".split())
RTL_SCRIPTS: Final = {"ARABIC": "Arab", "HEBREW": "Hebr", "SYRIAC": "Syrc", "THAANA": "Thaa", "NKO": "Nkoo"}


def language(code: str, text: str = "") -> str:
    """The language of a text: that of its document, unless the text runs from right to left and that language does
    not. Of those it is known by what script they are written, not in which language: 'und-Arab'."""
    if not text or code in RTL_LANGUAGES:
        return code
    plain = re.sub(r"<[^>]*>|&\w+;", "", text[:600])
    direction, char = next(
        ((d, c) for c in plain if (d := unicodedata.bidirectional(c)) in ("L", "R", "AL")), ("L", "")
    )
    if direction == "L":
        return code
    script = RTL_SCRIPTS.get(unicodedata.name(char, "").partition(" ")[0])
    return f"und-{script}" if script else "und"
