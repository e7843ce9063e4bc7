"""The language of the interface: the reader's, where there is a catalogue for it; English is what the code says.

Flask-Babel finds the catalogues and reads them, once a request. What it found is kept beside the request, because a
page asks for hundreds of words.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import flask_babel
from babel import Locale, negotiate_locale
from babel.dates import get_month_names
from babel.numbers import format_decimal
from babel.support import NullTranslations
from flask import Flask, Response, request
from markupsafe import Markup, escape
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from searchapp.web.keeping import KEPT_HEADERS, kept

ENGLISH: Final = "en"
FOLDER: Final = Path(__file__).resolve().parent / "translations"
Width = Literal["wide", "abbreviated"]


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language, and what it calls things."""

    locale: Locale
    catalogue: NullTranslations
    code: str
    """For `lang` and `Content-Language`: 'en', 'pt-BR'."""
    in_pages: dict[str, Markup] = field(default_factory=dict)
    """Texts as templates have them, made once each."""

    @classmethod
    def of(cls, locale: Locale, catalogue: NullTranslations) -> Tongue:
        """The language with this catalogue."""
        return cls(locale, catalogue, str(locale).replace("_", "-"))

    @property
    def direction(self) -> str:
        """'ltr' or 'rtl'."""
        return self.locale.text_direction

    def in_page(self, message: str) -> Markup:
        """A text, escaped."""
        found = self.in_pages.get(message)
        if found is None:
            found = self.in_pages[message] = escape(self.catalogue.gettext(message))
        return found


_English: Final = Tongue.of(Locale(ENGLISH), NullTranslations())
_spoken: ContextVar[Tongue] = ContextVar("tongue", default=_English)


def tongue() -> Tongue:
    """The language of this request; English outside of any."""
    return _spoken.get()


def gettext(message: str, /, **values: object) -> str:
    """A text in the reader's language, with what its placeholders stand for."""
    found = _spoken.get().catalogue.gettext(message)
    return found % values if values else found


def ngettext(one: str, many: str, count: int, /, **values: object) -> str:
    """The same for a text with a number, `%(count)s`."""
    found = _spoken.get().catalogue.ngettext(one, many, count)
    return found % {"count": number(count), **values}


def N_(message: str) -> str:  # noqa: N802 - the name by which the tools of gettext know it
    """A text to be translated where it is shown."""
    return message


def number(count: int) -> str:
    """1234 -> '1,234', as the reader's language groups digits."""
    spoken = _spoken.get()
    return f"{count:,}" if spoken is _English else format_decimal(count, locale=spoken.locale)


def month(place: int, width: Width = "wide", *, alone: bool = False) -> str:
    """(2, 'abbreviated') -> 'Feb'; `alone` without a day, where that makes a difference."""
    return _months(_spoken.get().locale, width, alone)[place]


@lru_cache(maxsize=64)
def _months(locale: Locale, width: Width, alone: bool) -> dict[int, str]:
    return dict(get_month_names(width, "stand-alone" if alone else "format", locale))


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
            _spoken.set(tongues[code])

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        _spoken.set(_English)

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


def in_page(message: str, /, **values: object) -> Markup:
    """A text for a template: no HTML comes of a translation; of a value only if it is some already."""
    found = _spoken.get().in_page(message)
    return found % values if values else found


def counted_in_page(one: str, many: str, count: int, /, **values: object) -> Markup:
    """The same for a text with a number."""
    found = escape(_spoken.get().catalogue.ngettext(one, many, count))
    return found % {"count": number(count), **values} if "%" in found else found
