"""`/api/openapi.json` and `/api`: what programs can ask, made of the types and limits that the answers are made of."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from functools import lru_cache
from inspect import cleandoc
from types import NoneType, UnionType
from typing import (
    IO,
    Annotated,
    Any,
    Final,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from flask import Blueprint, Response, jsonify, render_template
from markupsafe import Markup

from searchapp import __version__
from searchapp.model import UNDATED, EntryKind, FacetOrder, Match, Query, Sort
from searchapp.web import shapes, urls
from searchapp.web.cite import FORMATS as REFERENCES
from searchapp.web.export import FORMATS as EXPORTS
from searchapp.web.languages import N_, gettext
from searchapp.web.languages import in_page as _
from searchapp.web.suggest import MAX_SIMILAR, MAX_SUGGESTIONS

Json = dict[str, Any]

JSON: Final = "application/json"
MONTHLY: Final = "(?!0000)[0-9]{4}(-(0?[1-9]|1[0-2])(-(0?[1-9]|[12][0-9]|3[01]))?)?"
_PRIMITIVES: Final[dict[Any, Json]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    NoneType: {"type": "null"},
}
_DEFAULT: Final = Query()


def _number(largest: int, default: int) -> Json:
    return {"type": "integer", "minimum": 1, "maximum": largest, "default": default}


def _choice(allowed: Any, default: str) -> Json:
    return {"enum": list(get_args(allowed)), "default": default}


_OF_MODEL: Final = (N_("One thing of the query that an entry was found by."),)
"""What types of `model` say of themselves, for the catalogues."""
LIMITS: Final = {"characters": urls.MAX_WORDS}
"""What stands for the placeholders of a meaning."""


def said(meaning: str) -> str:
    """What a parameter means, in the reader's language."""
    return gettext(meaning, **LIMITS)


_FLAG: Final[Json] = {"enum": ["1", "0"], "default": "0"}
_DAY: Final[Json] = {"type": "string", "pattern": f"^({MONTHLY})$"}
_NAME: Final[Json] = {"type": "string", "maxLength": urls.MAX_VALUE}
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
_PASSAGE: Final = ({"type": "integer", "minimum": 0, "default": 0}, N_("Number of a passage; 0 is the title."))
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
              {"id": _ENTRY}, "", (404, 414, 503)),
    Operation("/api/similar/{id}", "similar", N_("Other entries that hold the words by which this one stands out"),
              {JSON: shapes.SimilarShape}, {"id": _ENTRY, "limit": _limit(MAX_SIMILAR, 5)}, "", (400, 404, 414, 503)),
    Operation("/api/suggest", "suggest", N_("What the end of a text may be the beginning of"),
              {JSON: shapes.SuggestionsShape}, {"q": _TYPED, "limit": _limit(MAX_SUGGESTIONS, 10)},
              "/api/suggest?q=hosp"),
    Operation("/api/corpus", "corpus", N_("What is indexed, and how it got there"), {JSON: shapes.CorpusShape}, {},
              "/api/corpus", (414, 503)),
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


def blueprint() -> Blueprint:
    """`/api` and `/api/openapi.json`."""
    described = Blueprint("openapi", __name__, url_prefix="/api")

    @described.get("/openapi.json")
    def machine() -> Response:
        return jsonify(document())

    @described.get("")
    def page() -> str:
        return render_template("api.html", query=Query(), operations=OPERATIONS, api=document(), shown=shown, said=said)

    return described


@lru_cache(maxsize=1)
def document() -> Json:
    """The OpenAPI 3.1 document."""
    schemas: Json = {}
    error = schema(shapes.ErrorShape, schemas)
    paths = {operation.path: {"get": _operation(operation, error, schemas)} for operation in OPERATIONS}
    about = "Read-only search over a collection of documents. All values are those of the pages."
    return {
        "openapi": "3.1.0",
        "info": {"title": "searchapp", "version": __version__, "description": about},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": dict(sorted(schemas.items()))},
    }


def _operation(operation: Operation, error: Json, schemas: Json) -> Json:
    content = {
        media: {"schema": schema(shape, schemas) if shape else {"type": "string"}}
        for media, shape in operation.answers.items()
    }
    wrong: Json = {JSON: {"schema": error}}
    if operation.path.startswith("/cite/"):  # an ending that is no format is part of an id, whose address is a page
        wrong["text/html"] = {}
    answers = {"200": {"description": operation.summary, "content": content}}
    answers |= {str(code): {"description": ERRORS[code], "content": wrong} for code in operation.errors}
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": list(_parameters(operation)),
        "responses": answers,
    }


def _parameters(operation: Operation) -> Iterator[Json]:
    for name, (form, meaning) in operation.parameters.items():
        inside = f"{{{name}}}" in operation.path
        where = {"in": "path", "required": True} if inside else {"in": "query"}
        yield {"name": name, **where, "description": meaning % LIMITS, "schema": form}


def schema(hint: Any, schemas: Json) -> Json:
    """The JSON Schema of a type; named ones are added to `schemas` and referred to."""
    if hint in _PRIMITIVES:
        return dict(_PRIMITIVES[hint])
    if is_typeddict(hint) or is_dataclass(hint):
        return _named(hint, schemas)
    origin, inner = get_origin(hint), get_args(hint)
    made: Json = _GENERIC[origin](inner, schemas)
    return made


def _named(shape: Any, schemas: Json) -> Json:
    name = shape.__name__.removesuffix("Shape")
    if name not in schemas:
        schemas[name] = {}  # a type that holds itself ends here
        hints = get_type_hints(shape, include_extras=True)
        required = [key for key, hint in hints.items() if get_origin(hint) is not NotRequired]
        schemas[name] = {
            "type": "object",
            "description": cleandoc(shape.__doc__ or "").partition("\n")[0],
            "properties": {key: schema(hint, schemas) for key, hint in hints.items()},
            "required": required,
            "additionalProperties": False,
        }
    return {"$ref": f"#/components/schemas/{name}"}


def _either(inner: tuple[Any, ...], schemas: Json) -> Json:
    return {"anyOf": [schema(one, schemas) for one in inner]}


def _pair(inner: tuple[Any, ...], schemas: Json) -> Json:
    return {"type": "array", "items": schema(inner[0], schemas), "minItems": len(inner), "maxItems": len(inner)}


_GENERIC: Final[dict[Any, Any]] = {
    Annotated: lambda inner, schemas: {**schema(inner[0], schemas), "description": inner[1]},
    NotRequired: lambda inner, schemas: schema(inner[0], schemas),
    Literal: lambda inner, _: {"enum": list(inner)},
    list: lambda inner, schemas: {"type": "array", "items": schema(inner[0], schemas)},
    tuple: _pair,
    dict: lambda inner, schemas: {"type": "object", "additionalProperties": schema(inner[1], schemas)},
    Union: _either,
    UnionType: _either,
}


def shown(form: Json) -> Markup:
    """A schema in words, for readers: 'text', 'number from 1 to 50', 'list of Entry'; names in `<code>`."""
    if "$ref" in form:
        return _CODE % str(form["$ref"]).rpartition("/")[2]
    if "enum" in form:
        return _any_of([_CODE % value for value in form["enum"]])
    if "anyOf" in form:
        return _any_of(list(map(shown, form["anyOf"])))
    if "items" in form:
        items = shown(form["items"])
        return _("pair of %(items)s", items=items) if form.get("minItems") else _("list of %(items)s", items=items)
    if "maximum" in form:
        return _("number from %(least)s to %(most)s", least=form["minimum"], most=form["maximum"])
    if "minimum" in form:
        return _("number from %(least)s", least=form["minimum"])
    return _(_WORDS[form["type"]])


def _any_of(choices: list[Markup]) -> Markup:
    *first, last = choices
    return _("%(first)s or %(last)s", first=Markup(", ").join(first), last=last) if first else last


_CODE: Final = Markup("<code>%s</code>")
_WORDS: Final = {
    "string": N_("text"),
    "boolean": N_("true or false"),
    "integer": N_("whole number"),
    "number": N_("number"),
    "null": N_("nothing"),
    "object": N_("object"),
}


def extract(
    file: IO[bytes], _keywords: object, _tags: object, **_options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """Texts of `shapes` for the tools of gettext: first lines of docstrings, and what is said of fields."""
    tree = ast.parse(file.read())
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and (text := ast.get_docstring(node)):
            yield node.lineno, "", text.partition("\n")[0], []
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Annotated":
            text = ast.literal_eval(node.slice.elts[-1]) if isinstance(node.slice, ast.Tuple) else ""
            yield node.lineno, "", text, []
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            yield node.lineno, "", ast.literal_eval(node.value), []
