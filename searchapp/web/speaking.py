"""Which language a reader is answered in: the best of those that there is a catalogue for.

Flask-Babel finds the catalogues and reads them, once a request. No command but `serve` needs Flask, nor has to wait for
it: so this is apart from the words.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import flask_babel
from babel import negotiate_locale
from flask import Flask, Response, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from searchapp.web.keeping import KEPT_HEADERS, kept
from searchapp.web.languages import ENGLISH, Tongue, answer_in, counted_in_page, in_page, number, tongue

FOLDER: Final = Path(__file__).resolve().parent / "translations"


def speak(app: Flask, folder: Path = FOLDER) -> Callable[[str], str]:
    """Have every request answered in the best of the languages that have a catalogue in `folder`.

    Returns what tells that language from a header (Accept-Language).
    """
    codes: list[str] = [ENGLISH]
    tongues: dict[str, Tongue] = {}
    best = kept(KEPT_HEADERS)(lambda accepted: _best(codes, accepted))
    babel = flask_babel.Babel(configure_jinja=False)

    def spoken() -> str:
        return best(request.headers.get("Accept-Language", ""))

    babel.init_app(app, default_translation_directories=str(folder), locale_selector=spoken)
    with app.app_context():
        codes += sorted({str(locale) for locale in babel.list_translations()} - {ENGLISH})
    app.jinja_env.globals.update(_=in_page, ngettext=counted_in_page, number=number, tongue=tongue)

    @app.before_request
    def listen() -> None:
        locale = flask_babel.get_locale()
        if locale is not None and (code := str(locale)) != ENGLISH:
            if code not in tongues:
                tongues[code] = Tongue.of(locale, flask_babel.get_translations())
            answer_in(tongues[code])

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        answer_in(None)

    @app.after_request
    def said(response: Response) -> Response:
        if len(codes) > 1 and request.endpoint != "static":
            response.vary.add("Accept-Language")
        if response.mimetype == "text/html":
            response.content_language.add(tongue().code)
        return response

    return best


def _best(codes: list[str], accepted: str) -> str:
    if len(codes) == 1:
        return ENGLISH
    wanted = [code for code, quality in parse_accept_header(accepted, LanguageAccept) if quality > 0]
    found = negotiate_locale(wanted, [code.replace("_", "-") for code in codes], sep="-") or ENGLISH
    return found.replace("-", "_")
