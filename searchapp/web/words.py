"""What the page calls things: facets, kinds, origins, counts. Pure but for the reader's language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from searchapp.model import QUOTES, EventDate, Facet, Origin
from searchapp.web.dates import NBSP, date_machine, date_words
from searchapp.web.languages import N_, ngettext
from searchapp.web.languages import gettext as _

ORIGIN_WORDS: Final[dict[Origin, str]] = {
    "stated": N_("stated in the text"),
    "completed": N_("year from context"),
    "heading": N_("from the heading"),
    "item": N_("date of the item"),
    "published": N_("publication date"),
}
NO_DATE: Final = N_("no certain date in the text")
"""True as well of a day without its year, and of figures that may be two days, as long as nothing settles which."""
KIND_WORDS: Final = {"section": N_("Section"), "news": N_("News item")}
FACET_WORDS: Final[dict[Facet, str]] = {
    "year": N_("Year"),
    "actor": N_("Actor"),
    "place": N_("Place"),
    "kind": N_("Kind"),
    "document": N_("Document"),
}
GROUP_WORDS: Final = {
    "state": N_("states"),
    "de facto state": N_("de facto states"),
    "government": N_("government"),
    "armed group": N_("armed groups"),
    "military": N_("military"),
    "coalition": N_("coalitions"),
    "person": N_("persons"),
    "organisation": N_("organisations"),
    "organization": N_("organisations"),
    "political movement": N_("political movements"),
    "political party": N_("political parties"),
    "media": N_("media"),
}
"""Types of actors in the order of the page, as in "all 12 armed groups"; others follow, as the gazetteer has them."""
COUNTED: Final[dict[str, Callable[[int], str]]] = {
    "entry": lambda n: ngettext("%(count)s entry", "%(count)s entries", n),
    "section": lambda n: ngettext("%(count)s section", "%(count)s sections", n),
    "news": lambda n: ngettext("%(count)s news item", "%(count)s news items", n),
    "passage": lambda n: ngettext("%(count)s passage", "%(count)s passages", n),
    "document": lambda n: ngettext("%(count)s document", "%(count)s documents", n),
    "parameter": lambda n: ngettext("%(count)s parameter", "%(count)s parameters", n),
    "spelling": lambda n: ngettext("%(count)s spelling", "%(count)s spellings", n),
    "actor": lambda n: ngettext("%(count)s actor", "%(count)s actors", n),
    "place": lambda n: ngettext("%(count)s place", "%(count)s places", n),
    "suggestion": lambda n: ngettext("%(count)s suggestion", "%(count)s suggestions", n),
}
_LONGEST_QUOTE: Final = 120
_PHRASE: Final = re.compile(f"[{QUOTES}]([^{QUOTES}]+)[{QUOTES}]")
OPERATORS: Final = re.compile(rf"[{QUOTES}()*~]|(?:^|\s)-\S|\b(?:OR|NOT|AND)\b")
"""What in the box is no plain word."""


def counted(count: int, noun: str = "entry") -> str:
    """(2, 'entry') -> '2 entries'."""
    return COUNTED[noun](count)


def named(name: str | None) -> str:
    """One of the names above, in the reader's language; others as they are."""
    return _(name) if name else ""


def origin(of: Origin) -> str:
    """'heading' -> 'from the heading'."""
    return _(ORIGIN_WORDS[of])


def kind(of: str) -> str:
    """'news' -> 'News item'."""
    return _(KIND_WORDS[of]) if of in KIND_WORDS else of


def group_noun(of: str) -> str:
    """Those of a type of actor, within a sentence: 'armed group' -> 'armed groups'; an unknown type as the gazetteer
    writes it. As a heading it is capitalised, which is right in languages that always write nouns so, too."""
    known = GROUP_WORDS.get(of.lower())
    return _(known) if known else of


@dataclass(frozen=True, slots=True)
class When:
    """A date and where it comes from, in words; `text` is empty for what is undated."""

    text: str
    machine: str
    origin: str

    @classmethod
    def of(cls, when: EventDate | None, said: str | None = None) -> When:
        """In words; `said` where its origin is not that of the date."""
        if when is None:
            return cls("", "", said or _(NO_DATE))
        return cls(date_words(when), date_machine(when), said or origin(when.origin))


def alternatives(values: Sequence[str], *, all_of: bool = False) -> str:
    """['a', 'b', 'c'] -> 'a, b or c', or 'a, b and c' for `all_of`."""
    if len(values) < 2:
        return "".join(values)
    first, last = _(", ").join(values[:-1]), values[-1]
    return (
        _("%(first)s and %(last)s", first=first, last=last)
        if all_of
        else _("%(first)s or %(last)s", first=first, last=last)
    )


def generation(name: str) -> str:
    """'gen-12' -> 'generation 12'."""
    return _("generation %(number)s", number=name.removeprefix("gen-")).replace(" ", NBSP)


def origin_of_entry(when: EventDate | None, kind: str) -> str:
    """Where the date of a whole entry comes from; one that only encloses its passages' dates says that."""
    if when is None:
        return _(NO_DATE)
    if when.origin in ("stated", "completed"):
        return _("whole item") if kind == "news" else _("whole section")
    return origin(when.origin)


def capitalised(text: str) -> str:
    """'from the heading' -> 'From the heading'."""
    return text[:1].upper() + text[1:]


def is_phrase(q: str) -> bool:
    """Whether all of the box is one phrase."""
    return bool(_PHRASE.fullmatch(q))


def quoted(q: str) -> str:
    """The words as typed, in quotes; a phrase is not quoted twice, a long text is cut."""
    return _("“%(text)s”", text=bare(q))


def bare(q: str) -> str:
    """The words as typed; a phrase without its quotes, a long text cut."""
    phrase = _PHRASE.fullmatch(q)
    return shortened(phrase[1] if phrase else q)


def shortened(text: str, limit: int = _LONGEST_QUOTE) -> str:
    """A name or what somebody typed, as much of it as a sentence bears, cut between words where there are some."""
    if len(text) <= limit:
        return text
    words = text[: limit + 1].rpartition(" ")[0]
    return (words if len(words) > limit // 2 else text[:limit]).rstrip() + " …"


def with_suffix(title: str, label: str, limit: int) -> str:
    """A title cut, and whole what a label says after it: 'Report of … (2016/a.md)'."""
    suffix = label.removeprefix(title) if label.startswith(title) else ""
    return shortened(title, max(limit - len(suffix), limit // 4)) + suffix


def lines_words(first: int, last: int) -> str:
    """'line 140' or 'lines 136–149'."""
    if first == last:
        return _("line %(number)s", number=first)
    return _("lines %(first)s–%(last)s", first=first, last=last)


RTL_LANGUAGES: Final = frozenset("ar arc az ckb dv fa he ks ku nqo ps sd syr ug ur yi".split())
RTL_SCRIPTS: Final = {"ARABIC": "Arab", "HEBREW": "Hebr", "SYRIAC": "Syrc", "THAANA": "Thaa", "NKO": "Nkoo"}


def language(code: str, text: str = "") -> str:
    """The language of a text: that of its document, unless the text runs from right to left and that language does
    not. Of those it is known by what script they are written, not in which language: 'und-Arab'."""
    if text.isascii() or code in RTL_LANGUAGES:  # an empty one is, too
        return code
    plain = re.sub(r"<[^>]*>|&#?\w+;", "", text[:600])
    direction, char = next(
        ((d, c) for c in plain if (d := unicodedata.bidirectional(c)) in ("L", "R", "AL")), ("L", "")
    )
    if direction == "L":
        return code
    script = RTL_SCRIPTS.get(unicodedata.name(char, "").partition(" ")[0])
    return f"und-{script}" if script else "und"
