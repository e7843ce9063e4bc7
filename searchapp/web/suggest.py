"""`/api/suggest`: what may be meant by what is being typed; and entries like an entry, for programs."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, jsonify, request

from searchapp.engine import Engine
from searchapp.model import Similar, Suggestion
from searchapp.web import urls, values
from searchapp.web.api import entry_or_404
from searchapp.web.helping import Help
from searchapp.web.languages import N_
from searchapp.web.languages import gettext as _
from searchapp.web.objects import Json, entry_json
from searchapp.web.words import counted

MAX_SUGGESTIONS = 20
MAX_SIMILAR = 50
LONGEST = 300
"""Characters at the end of the box that are looked at."""


def blueprint(engine: Engine) -> Blueprint:
    """`/api/suggest` and `/api/similar/<id>`; and the search help for every page that has it."""
    suggesting = Blueprint("suggest", __name__, url_prefix="/api")
    search_help = Help(engine)

    @suggesting.app_context_processor
    def helped() -> dict[str, Help]:
        return {"search_help": search_help}

    @suggesting.get("/suggest")
    def suggest() -> Response:
        urls.once(request.args, "q", "limit")
        typed = values.clean(request.args.get("q", ""))
        limit = urls.number(request.args, "limit", MAX_SUGGESTIONS, 10)
        found = engine.suggest(typed[-LONGEST:], limit) if typed.strip() else ()
        before = typed[:-LONGEST]
        shown = [suggestion_json(one, before) for one in found]
        return jsonify({"q": typed, "said": counted(len(shown), "suggestion"), "suggestions": shown})

    @suggesting.get("/similar/<path:entry_id>")
    def similar(entry_id: str) -> Response:
        urls.once(request.args, "limit")
        entry_or_404(engine, entry_id)
        found = engine.similar(entry_id, urls.number(request.args, "limit", MAX_SIMILAR, 5))
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
        "about": _about(suggestion),
        "counted": counted(suggestion.count),
    }


_KINDS: Final = {"actor": N_("actor"), "place": N_("place"), "heading": N_("heading"), "word": N_("word")}


def _about(suggestion: Suggestion) -> str:
    """'armed group, also ISIL'"""
    what = suggestion.group or _(_KINDS[suggestion.kind])
    return _("%(what)s, also %(alias)s", what=what, alias=suggestion.alias) if suggestion.alias else what


def similar_json(similar: Similar) -> Json:
    """An entry like another, without its passages, and the words that both hold."""
    head = {name: value for name, value in entry_json(similar.entry).items() if name != "passages"}
    return {**head, "shared": list(similar.shared)}
