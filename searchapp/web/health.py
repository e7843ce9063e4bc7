"""Is it alive, can it answer, and, where asked for, how much it answers."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, jsonify

from searchapp.engine import Engine
from searchapp.model import IndexUnusable, Status
from searchapp.settings import Settings
from searchapp.web.metrics import Metrics


def blueprint(settings: Settings, engine: Engine, metrics: Metrics | None) -> Blueprint:
    """`/healthz`, `/readyz`, and `/metrics` where something is counted.

    `/healthz` is 200 as long as the process answers at all: a restart mends no index. `/readyz` is 503 while nothing
    can be searched. Both say what is wrong.
    """
    health = Blueprint("health", __name__)

    @health.get("/healthz")
    def healthz() -> Response:
        return jsonify(_told(settings, engine)[0])

    @health.get("/readyz")
    def readyz() -> tuple[Response, int]:
        told, status = _told(settings, engine)
        if status is None:
            return jsonify(told), 503
        built = datetime.fromisoformat(status.built)
        age = round((datetime.now(UTC) - built).total_seconds())
        return jsonify({**told, "age_seconds": age, "problems": len(status.problems)}), 200

    @health.get("/metrics")
    def counted() -> Response:
        if metrics is None:
            abort(404)
        return Response(metrics.text(), mimetype="text/plain; version=0.0.4")

    return health


def unusable_words(error: IndexUnusable, settings: Settings) -> str:
    """What is wrong, without where the index lies on the server: whoever asks may read it."""
    return str(error).replace(str(settings.index), settings.index.name)


def _told(settings: Settings, engine: Engine) -> tuple[dict[str, object], Status | None]:
    try:
        status = engine.status()
    except IndexUnusable as error:
        return {"status": "unusable", "generation": None, "warnings": [unusable_words(error, settings)]}, None
    state = "degraded" if status.warnings else "ok"
    about = {"status": state, "generation": status.generation, "digest": status.digest, "built": status.built}
    return {**about, "warnings": list(status.warnings)}, status
