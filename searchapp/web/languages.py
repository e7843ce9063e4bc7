"""The words of the interface in the reader's language; English is what the code says.

Which language that is `speaking` finds out. It is kept beside the request, because a page asks for hundreds of words.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from babel import Locale
from babel.dates import get_month_names
from babel.numbers import format_decimal
from babel.support import NullTranslations
from markupsafe import Markup, escape

ENGLISH: Final = "en"
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


def answer_in(tongue: Tongue | None) -> None:
    """Let this request be answered in a language; None for English."""
    _spoken.set(tongue or _English)


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


def in_page(message: str, /, **values: object) -> Markup:
    """A text for a template: no HTML comes of a translation; of a value only if it is some already."""
    found = _spoken.get().in_page(message)
    return found % values if values else found


def counted_in_page(one: str, many: str, count: int, /, **values: object) -> Markup:
    """The same for a text with a number."""
    found = escape(_spoken.get().catalogue.ngettext(one, many, count))
    return found % {"count": number(count), **values} if "%" in found else found
