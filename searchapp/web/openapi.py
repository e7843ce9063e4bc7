"""`/api/openapi.json` and `/api`: what programs can ask, for programs and for readers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import is_dataclass
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
from searchapp.model import Query
from searchapp.web import shapes
from searchapp.web.languages import N_, gettext
from searchapp.web.languages import in_page as _
from searchapp.web.operations import ERRORS, JSON, LIMITS, OPERATIONS, Json, Operation

_PRIMITIVES: Final[dict[Any, Json]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    NoneType: {"type": "null"},
}
_OF_MODEL: Final = (N_("One thing of the query that an entry was found by."),)
"""What types of `model` say of themselves, for the catalogues."""


def said(meaning: str) -> str:
    """What a parameter means, in the reader's language."""
    return gettext(meaning, **LIMITS)


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
