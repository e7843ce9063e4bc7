"""`/api/suggest`: what may be meant by what is being typed; and entries like an entry, for programs."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, request

from searchapp.engine import Engine
from searchapp.model import BadParameter, Similar, Suggestion
from searchapp.settings import Settings
from searchapp.web import urls
from searchapp.web.api import Json, entry_json
from searchapp.web.helping import Help

MAX_SUGGESTIONS = 20
MAX_SIMILAR = 50
LONGEST = 300
"""Characters at the end of the box that are looked at."""


def blueprint(settings: Settings, engine: Engine) -> Blueprint:
    """`/api/suggest` and `/api/similar/<id>`; and the search help for every page that has it."""
    suggesting = Blueprint("suggest", __name__, url_prefix="/api")
    search_help = Help(settings.collection.examples, engine)

    @suggesting.app_context_processor
    def helped() -> dict[str, Help]:
        return {"search_help": search_help}

    @suggesting.get("/suggest")
    def suggest() -> Response:
        _known("q", "limit")
        typed = urls.clean(request.args.get("q", ""))
        found = engine.suggest(typed[-LONGEST:], _limit(10, MAX_SUGGESTIONS)) if typed.strip() else ()
        before = typed[:-LONGEST]
        return jsonify({"q": typed, "suggestions": [suggestion_json(one, before) for one in found]})

    @suggesting.get("/similar/<path:entry_id>")
    def similar(entry_id: str) -> Response:
        _known("limit")
        if engine.entry(entry_id) is None:
            abort(404, description=f"There is no entry “{entry_id[:200]}”.")
        found = engine.similar(entry_id, _limit(5, MAX_SIMILAR))
        return jsonify({"id": entry_id, "similar": [similar_json(one) for one in found]})

    return suggesting


def suggestion_json(suggestion: Suggestion, before: str = "") -> Json:
    """A suggestion; `q` is the whole box when it is taken."""
    return {
        "kind": suggestion.kind,
        "value": suggestion.value,
        "q": before + suggestion.q,
        "count": suggestion.count,
        "alias": suggestion.alias or None,
        "group": suggestion.group or None,
    }


def similar_json(similar: Similar) -> Json:
    """An entry like another, without its passages, and the words that both hold."""
    head = {name: value for name, value in entry_json(similar.entry).items() if name != "passages"}
    return {**head, "shared": list(similar.shared)}


def _known(*names: str) -> None:
    for name in request.args:
        if name not in names:
            raise BadParameter(name, f"There is no parameter “{name[:60]}”.", "unknown_parameter")


def _limit(default: int, largest: int) -> int:
    text = request.args.get("limit", "")
    if not text:
        return default
    if not (text.isdecimal() and text.isascii() and len(text) < 7 and 1 <= int(text) <= largest):
        raise BadParameter("limit", f"“limit” takes a number from 1 to {largest}, not “{text[:60]}”.")
    return int(text)
