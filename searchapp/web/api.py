"""The JSON API, built on the same values as the page."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, request

from searchapp.engine import Engine
from searchapp.model import Entry
from searchapp.web import urls
from searchapp.web.languages import gettext as _
from searchapp.web.objects import corpus_json, entry_json, results_json, timeline_json
from searchapp.web.unlisted import with_unlisted


def entry_or_404(engine: Engine, entry_id: str) -> Entry:
    """The entry with this id; a request for another is answered with that there is none."""
    found = engine.entry(entry_id)
    if found is None:
        abort(404, description=_("There is no entry “%(id)s” in this collection.", id=entry_id[:200]))
    return found


def blueprint(engine: Engine) -> Blueprint:
    """`/api/...` of one corpus."""
    api = Blueprint("api", __name__, url_prefix="/api")

    @api.get("/search")
    def search() -> Response:
        return jsonify(results_json(with_unlisted(engine, engine.search(urls.parse(request.args, strict=True)))))

    @api.get("/timeline")
    def timeline() -> Response:
        return jsonify(timeline_json(engine.timeline(urls.parse(request.args, strict=True))))

    @api.get("/entries/<path:entry_id>")
    def entry(entry_id: str) -> Response:
        urls.once(request.args)
        return jsonify(entry_json(entry_or_404(engine, entry_id)))

    @api.get("/corpus")
    def corpus() -> Response:
        urls.once(request.args)
        return jsonify(corpus_json(engine.audit()))

    return api
