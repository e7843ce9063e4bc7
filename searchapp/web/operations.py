"""What programs can ask: addresses, parameters and answers, of the types and limits that the answers are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from searchapp.model import UNDATED, EntryKind, FacetOrder, Match, Query, Sort
from searchapp.web import shapes, urls, values
from searchapp.web.cite import FORMATS as REFERENCES
from searchapp.web.export import FORMATS as EXPORTS
from searchapp.web.languages import N_
from searchapp.web.suggest import MAX_SIMILAR, MAX_SUGGESTIONS

Json = dict[str, Any]

JSON: Final = "application/json"
MONTHLY: Final = "(?!0000)[0-9]{4}(-(0?[1-9]|1[0-2])(-(0?[1-9]|[12][0-9]|3[01]))?)?"
_DEFAULT: Final = Query()


def _number(largest: int, default: int) -> Json:
    return {"type": "integer", "minimum": 1, "maximum": largest, "default": default}


def _choice(allowed: Any, default: str) -> Json:
    return {"enum": list(get_args(allowed)), "default": default}


LIMITS: Final = {"characters": values.MAX_WORDS}
"""What stands for the placeholders of a meaning."""
_FLAG: Final[Json] = {"enum": ["1", "0"], "default": "0"}
_DAY: Final[Json] = {"type": "string", "pattern": f"^({MONTHLY})$"}
_NAME: Final[Json] = {"type": "string", "maxLength": values.MAX_VALUE}
_VALUES: Final[dict[str, tuple[Json, str, str]]] = {
    "year": (
        {"type": "string", "pattern": f"^([0-9]{{4}}|{UNDATED})$"},
        N_("Only passages of this year, or “undated”; may be repeated."),
        N_("No passages of this year, or “undated”; may be repeated."),
    ),
    "actor": (
        _NAME,
        N_("Only passages that name this actor, as the gazetteer writes it; may be repeated."),
        N_("No passages that name this actor, as the gazetteer writes it; may be repeated."),
    ),
    "place": (
        _NAME,
        N_("Only passages that name this place, as the gazetteer writes it; may be repeated."),
        N_("No passages that name this place, as the gazetteer writes it; may be repeated."),
    ),
    "kind": (
        {"enum": list(get_args(EntryKind))},
        N_("Only passages of this kind of entry; may be repeated."),
        N_("No passages of this kind of entry; may be repeated."),
    ),
    "document": (
        _NAME,
        N_("Only passages of the document with this path; may be repeated."),
        N_("No passages of the document with this path; may be repeated."),
    ),
}
"""Of each facet: the form of a value, and what it means to ask for it and to exclude it."""
PARAMETERS: Final[dict[str, tuple[Json, str]]] = {
    "q": ({"type": "string"}, N_("Words, “phrases” and operators; %(characters)s characters of it are read.")),
    "from": (_DAY, N_("Only passages dated then or later: 2016, 2016-02 or 2016-02-29.")),
    "to": (_DAY, N_("Only passages dated then or earlier.")),
    "match": (_choice(Match, _DEFAULT.match), N_("Entries with all the words, or with any of them.")),
    "exact": (_FLAG, N_("1 for the spellings typed: no stems, no other names of an actor or a place.")),
    "sort": (_choice(Sort, _DEFAULT.sort), N_("Order of the results.")),
    "page": (_number(urls.MAX_PAGE, _DEFAULT.page), N_("Which page of the results.")),
    "per_page": (_number(urls.MAX_PER_PAGE, _DEFAULT.per_page), N_("Results on a page.")),
    "passages": (_number(urls.MAX_PASSAGES, _DEFAULT.passages), N_("Passages shown of a result.")),
    "facet_order": (_choice(FacetOrder, _DEFAULT.facet_order), N_("Order of the values of a facet.")),
    "explain": (_FLAG, N_("1 to have each result say why it is where it is.")),
    **{
        name: (
            {"type": "array", "items": _VALUES[facet][0], "maxItems": urls.MAX_FILTERS},
            _VALUES[facet][2] if exclude else _VALUES[facet][1],
        )
        for name, (facet, exclude) in urls.FILTERS.items()
    },
}
"""The form and the meaning of each parameter of a search (urls.PARAMETERS)."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One address."""

    path: str
    name: str
    summary: str
    answers: Mapping[str, Any]
    """What it answers, by media type: a type of `shapes`, or None for text."""
    parameters: Mapping[str, tuple[Json, str]]
    example: str
    """Path and arguments to try."""
    errors: tuple[int, ...] = (400, 414, 503)


_ENTRY: Final = ({"type": "string", "minLength": 1}, N_("Id of an entry; its slashes as they are, or as %%2F."))
_PASSAGE: Final = (
    {"type": "integer", "minimum": 0},
    N_("Number of a passage, 0 for the title; without it, all of the entry."),
)
_TYPED: Final = ({"type": "string"}, N_("What is in the box; the end of it is completed."))
_FORMATS: Final[dict[str, Mapping[str, tuple[str, str, Any]]]] = {"export": EXPORTS, "cite": REFERENCES}


def _files(name: str) -> Mapping[str, Any]:
    return {media: None for _, media, _ in _FORMATS[name].values()}


def _ending(name: str) -> tuple[Json, str]:
    return {"enum": list(_FORMATS[name])}, N_("The format.")


def _limit(largest: int, default: int) -> tuple[Json, str]:
    return _number(largest, default), N_("How many at most.")


OPERATIONS: Final = (
    Operation("/api/search", "search", N_("Results, facets and notes"), {JSON: shapes.ResultsShape}, PARAMETERS,
              "/api/search?q=hospital&per_page=1"),
    Operation("/api/timeline", "timeline", N_("The same search by when it happened"), {JSON: shapes.TimelineShape},
              PARAMETERS, "/api/timeline?q=hospital"),
    Operation("/api/entries/{id}", "entry", N_("One entry with all its passages"), {JSON: shapes.EntryShape},
              {"id": _ENTRY}, "", (400, 404, 414, 503)),
    Operation("/api/similar/{id}", "similar", N_("Other entries that hold the words by which this one stands out"),
              {JSON: shapes.SimilarShape}, {"id": _ENTRY, "limit": _limit(MAX_SIMILAR, 5)}, "", (400, 404, 414, 503)),
    Operation("/api/suggest", "suggest", N_("What the end of a text may be the beginning of"),
              {JSON: shapes.SuggestionsShape}, {"q": _TYPED, "limit": _limit(MAX_SUGGESTIONS, 10)},
              "/api/suggest?q=hosp"),
    Operation("/api/corpus", "corpus", N_("What is indexed, and how it got there"), {JSON: shapes.CorpusShape}, {},
              "/api/corpus"),
    Operation("/export.{format}", "export", N_("All results of a search as a file"), _files("export"),
              {"format": _ending("export"), **PARAMETERS}, "/export.csv?q=hospital", (400, 404, 414, 503)),
    Operation("/cite/{id}.{format}", "cite", N_("The reference to a passage of an entry"), _files("cite"),
              {"id": _ENTRY, "format": _ending("cite"), "passage": _PASSAGE}, "", (400, 404, 414, 503)),
    Operation("/feed.atom", "feed", N_("The results of a search as a feed"), {"application/atom+xml": None}, PARAMETERS,
              "/feed.atom?q=hospital"),
)  # fmt: skip
ERRORS: Final = {
    400: "A parameter is not of its form",
    404: "There is nothing at this address",
    414: "The address is too long",
    503: "No answer can be given now",
}
