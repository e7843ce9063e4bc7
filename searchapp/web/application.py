"""The application put together: pages, API and health check of one corpus, its errors and its files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import msgspec
from flask import Flask, Response, jsonify, redirect, render_template, request
from flask.json.provider import DefaultJSONProvider
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException, ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from searchapp.deadline import OutOfTime
from searchapp.engine import Engine
from searchapp.model import BadParameter, IndexUnusable, Query, Status
from searchapp.settings import Settings
from searchapp.web import (
    about,
    api,
    caching,
    dates,
    entries,
    export,
    feed,
    guard,
    health,
    logs,
    objects,
    openapi,
    pages,
    sentences,
    speaking,
    suggest,
    urls,
    values,
    words,
)
from searchapp.web.answers import Answers
from searchapp.web.cite import FORMATS as REFERENCES
from searchapp.web.languages import N_
from searchapp.web.languages import gettext as _
from searchapp.web.markup import bars, buckets, lang, listed, when
from searchapp.web.metrics import Metrics
from searchapp.web.templating import Templates
from searchapp.web.wsgi import Wsgi

PACKAGE: Final = Path(__file__).resolve().parent
FOR_A_YEAR: Final = "public, max-age=31536000, immutable"
ERROR_TITLES: Final = {
    400: N_("This search cannot be done"),
    404: N_("There is nothing at this address"),
    405: N_("This address cannot be used that way"),
    413: N_("This is too long"),
    414: N_("This address is too long"),
    431: N_("This request is too long"),
    500: N_("Something went wrong here"),
    503: N_("No answer can be given now"),
}
ERROR_CODES: Final = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    414: "too_large",
    431: "too_large",
    500: "internal_error",
    503: "index_unusable",
}


class _Json(DefaultJSONProvider):
    """JSON as Flask makes it, with letters as they are and names in our order; of answers, in an eighth of its time."""

    sort_keys = False
    ensure_ascii = False

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """An answer in JSON. Raises TypeError for what has no form in it."""
        encoded = msgspec.json.encode(self._prepare_response_obj(args, kwargs))
        return Response(encoded + b"\n", mimetype=self.mimetype)


class _App(Flask):
    """A Flask application that tells defects to our log."""

    json_provider_class = _Json

    def log_exception(self, exc_info: Any) -> None:
        """Log a defect, with the path but without the arguments of the request."""
        about = {"method": request.method[:16], "path": request.path[: logs.LONGEST]}
        logs.errors.error("defect", exc_info=exc_info, extra={"about": about})


def create_app(settings: Settings, engine: Engine, translations: Path = speaking.FOLDER) -> Flask:
    """The application for one corpus: pages, JSON under `/api`, health. Sets no cookie, keeps no state.

    `translations` is the folder of the catalogues: the interface speaks the languages that it has, and English.
    """
    app = _App(__name__, template_folder=str(templates_folder()), static_folder="static")
    app.jinja_environment = Templates
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.autoescape = True
    app.jinja_env.globals.update(words=words, sentences=sentences, dates=dates, urls=urls, values=values)
    app.jinja_env.globals.update(asset=asset, listed=listed, bars=bars, buckets=buckets, when=when, lang=lang)
    spoken = speaking.speak(app, translations)
    app.register_blueprint(pages.blueprint(engine))
    app.register_blueprint(entries.blueprint(engine))
    app.register_blueprint(suggest.blueprint(engine))
    app.register_blueprint(about.blueprint(engine))
    app.register_blueprint(export.blueprint(engine))
    app.register_blueprint(feed.blueprint(engine))
    app.register_blueprint(api.blueprint(engine))
    app.register_blueprint(openapi.blueprint())
    metrics = Metrics(settings.metrics) if settings.metrics else None
    app.register_blueprint(health.blueprint(settings, engine, metrics))
    answer: Wsgi = app.wsgi_app
    if settings.kept_answers:
        question = partial(caching.question, spoken=spoken, origins=settings.cors_origins)
        answer = Answers(answer, engine, settings.kept_answers, question)
    app.wsgi_app = _pinned(answer, engine)  # type: ignore[method-assign] # as Flask's own papers do it
    app.wsgi_app = logs.Observed(app.wsgi_app, settings, metrics.observe if metrics else None)  # type: ignore[method-assign]
    guard.protect(app)
    caching.protect(app, settings, engine, PACKAGE.parent, templates_folder())

    @app.context_processor
    def site() -> dict[str, Any]:
        status = _status(engine)
        return {"site": status or _Unindexed(settings), "status": status, "blank": Query()}

    @app.get("/favicon.ico")
    def icon() -> AnyResponse:  # what a browser asks for beside an answer that is no page and so names no icon
        return redirect(asset("icon.svg"))

    @app.after_request
    def freshness(response: Response) -> Response:
        is_asset = request.endpoint == "static" and response.status_code == 200
        digest = request.args.get("v") if is_asset else None
        if digest and asset(request.path.rpartition("/")[2]).endswith(f"={digest}"):
            response.headers["Cache-Control"] = FOR_A_YEAR
        elif "Cache-Control" not in response.headers:
            response.headers["Cache-Control"] = "no-cache"
        return response

    _register_errors(app, settings)
    return app


class _Unindexed:
    """What pages call a corpus of which there is no index that could say it."""

    def __init__(self, settings: Settings) -> None:
        self.title, self.description = settings.title, settings.collection.description
        self.language = settings.collection.language


def _pinned(app: Wsgi, engine: Engine) -> Wsgi:
    """The application with each request answered from one generation; a streamed body sees to that itself."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        with engine.pinned():
            return app(environ, start_response)

    return answer


def templates_folder() -> Path:
    """Templates lie beside the package in a checkout and inside it when it is installed."""
    inside = PACKAGE.parent / "templates"
    return inside if inside.is_dir() else PACKAGE.parent.parent / "templates"


@lru_cache(maxsize=16)
def asset(name: str) -> str:
    """URL of a static file with a digest of its content: it can be cached for ever, and a change is seen at once."""
    path = PACKAGE / "static" / name
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""
    return f"/static/{name}?v={digest}"


def _status(engine: Engine) -> Status | None:
    try:
        return engine.status()
    except IndexUnusable:
        return None


def _register_errors(app: Flask, settings: Settings) -> None:
    @app.errorhandler(BadParameter)
    def bad_parameter(error: BadParameter) -> AnyResponse:
        return _error(400, error.message, code=error.code, parameter=error.parameter)

    @app.errorhandler(IndexUnusable)
    def unusable(error: IndexUnusable) -> AnyResponse:
        response = _error(503, health.unusable_words(error, settings), operator=True)
        response.headers["Retry-After"] = "30"
        return response

    @app.errorhandler(OutOfTime)
    def out_of_time(error: OutOfTime) -> AnyResponse:
        logs.errors.warning("out of time", extra={"about": {"path": request.path[: logs.LONGEST]}})
        response = _error(503, _(str(error)), code="out_of_time")
        response.headers["Retry-After"] = "5"
        return response

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> AnyResponse:
        status = error.code or 500
        if error.response is not None or status < 400:
            return error.get_response()
        is_ours = status == 404 and not (error.description or "").startswith("The requested URL was not found")
        known = isinstance(error, ServiceUnavailable) or is_ours
        said = (error.description if known else None) or _(_ERROR_WORDS.get(status, error.name))
        response = _error(status, said)
        response.headers.extend((k, v) for k, v in error.get_headers() if k.lower() == "allow")
        return response


_FOR_PROGRAMS: Final = (
    "/api/",
    "/export.",
    "/feed.",
    "/healthz",
    "/readyz",
    "/metrics",
    "/opensearch.xml",
    "/sitemap.xml",
)
"""Beginnings of paths; what is refused before it is routed has no more than its path."""
_OF_OTHER_PARTS: Final = (
    N_("This search takes longer than a search may. Fewer or rarer words, or a filter, make it quick."),
)
"""What parts that speak English only may say to readers, for the catalogues."""
_ERROR_WORDS: Final = {
    404: N_("The address may be mistyped, or the document may have left the collection."),
    405: N_("Pages here are read with GET."),
    413: N_("Nothing that is sent along with a request is read here."),
    414: N_("An address may have 16,384 characters. Fewer words or filters make it shorter."),
    431: N_("The headers of a request may have 32,768 characters."),
    500: N_("The error has been logged. The same request may work again later."),
}


def _error(
    status: int, message: str, *, code: str = "", parameter: str | None = None, operator: bool = False
) -> AnyResponse:
    """The same words as JSON for programs and as a page for readers; `operator`: they are for who runs the server."""
    if _is_for_programs():
        body = jsonify(objects.error_json(code or ERROR_CODES.get(status, "error"), message, parameter))
    else:
        title = _(ERROR_TITLES.get(status, N_("This did not work")))
        told = {"heading": title, "message": message, "code": status, "parameter": parameter, "operator": operator}
        body = Response(render_template("error.html", query=_typed(), mended=_without(parameter), **told))
    body.status_code = status
    return body


def _is_for_programs() -> bool:
    """Whether what was asked for is data, a file or a feed: its errors are JSON, as those of the API."""
    return request.path.startswith(_FOR_PROGRAMS) or _is_reference()


def _is_reference() -> bool:
    stem, dot, ending = request.path.rpartition(".")
    return bool(dot) and stem.startswith("/cite/") and ending in REFERENCES


def _without(parameter: str | None) -> Query | None:
    """The same search without the parameter that is wrong; None where that does not mend it."""
    try:
        return urls.from_pairs((name, value) for name, value in request.args.items(multi=True) if name != parameter)
    except BadParameter:
        return None


def _typed() -> Query:
    """What stood in the box, so that the error page still has it."""
    return Query(q=request.args.get("q", "")[: values.MAX_WORDS])
