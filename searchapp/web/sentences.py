"""A search and what was done with it, in sentences. Pure but for the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from searchapp.model import UNDATED, Filter, Note, Query, Reason, Results
from searchapp.web.dates import NBSP, range_words
from searchapp.web.languages import N_, ngettext, number
from searchapp.web.languages import gettext as _
from searchapp.web.words import OPERATORS, alternatives, capitalised, counted, is_phrase, kind, named, quoted, shortened

SHOWN_SPELLINGS: Final = 4
_OFFERS: Final = {
    "alias": N_("Search only for the words as typed"),
    "left_out": N_("Leave out every passage that names it"),
    "date": N_("Show only passages of that date"),
    "unlisted": N_("Search for that"),
}
_REASONS: Final = {
    "word": N_("the word “%(what)s”: %(where)s, %(share)s of the score"),
    "phrase": N_("the phrase “%(what)s”: %(where)s, %(share)s of the score"),
    "beginning": N_("words that begin with “%(what)s”: %(where)s, %(share)s of the score"),
    "spelling": N_("spellings near “%(what)s”: %(where)s, %(share)s of the score"),
    "name": N_("the name “%(what)s”: %(where)s, %(share)s of the score"),
    "date": N_("the date “%(what)s”: %(where)s, %(share)s of the score"),
}


def asks(query: Query) -> bool:
    """Whether there are words, filters or a range at all; else everything is found."""
    return bool(query.q or query.filters or query.date_from or query.date_to)


def searched(results: Results) -> str:
    """The words that were searched: those typed, or those that the engine took in their place."""
    taken = next((note.terms[-1] for note in results.notes if note.code == "suggested" and note.terms), "")
    return taken or results.query.q


def label(results: Results, what: Filter) -> str:
    """What a filter's value is called on the page."""
    if what.facet == "kind":
        return kind(what.value)
    if what.value == UNDATED and what.facet == "year":
        return _("undated")
    found = (value.label for value in results.facets.get(what.facet, ()) if value.value == what.value)
    return next(found, "") or what.value


def percent(share: float) -> str:
    """0.61 -> '61 %'."""
    return _("%(number)s %%", number=round(100 * share)).replace(" ", NBSP)


def reason_words(reason: Reason) -> str:
    """'the word “hospital”: in the title and 6 passages, 70 % of the score'."""
    places = [
        *([_("the title")] if reason.in_title else []),
        *([_("a heading above")] if reason.in_path else []),
        *([counted(reason.passages, "passage")] if reason.passages else []),
    ]
    held = _("in %(places)s", places=alternatives(places, all_of=True)) if places else _("in no passage that is left")
    return _(_REASONS[reason.kind], what=reason.what, where=held, share=percent(reason.share))


# --- What was done beyond the letter of it -----------------------------------------------------------


def _listed(words: Sequence[str]) -> str:
    return _(", ").join(words)


def _widened(message: str) -> Callable[[Note], str]:
    def say(note: Note) -> str:
        if not note.terms:
            return _(message)
        return _("%(message)s Not counted: %(words)s.", message=_(message), words=_listed(note.terms))

    return say


def _suggested(note: Note) -> str:
    typed, meant = (text.strip() for text in note.terms)
    return _("Nothing was found for “%(typed)s”. These are the entries for “%(meant)s”.", typed=typed, meant=meant)


def _unknown(note: Note) -> str:
    words = _listed([_("“%(text)s”", text=shortened(word)) for word in note.terms])
    return ngettext(
        "%(words)s is not a word of these documents.",
        "%(words)s are not words of these documents.",
        len(note.terms),
        words=words,
    )


def _also(note: Note) -> str:
    _typed, name, *others = note.terms
    more = len(others) - SHOWN_SPELLINGS
    if more > 1:
        return _(
            "Also searching %(names)s and %(count)s more, all listed in “About this archive”.",
            names=_listed(others[:SHOWN_SPELLINGS]),
            count=number(more),
        )
    if others:
        return _("Also searching %(names)s.", names=_listed(others))
    return _("Also searching every mention of %(name)s.", name=name)


def _ignored(note: Note) -> str:
    said = _("Part of the query could not be read and was ignored: %(parts)s", parts=" ".join(note.terms))
    if "*" not in note.terms:
        return said
    return " ".join((said, _("(a * stands at the end of a word, after three letters or more, not in quotes)")))


_UNLISTED: Final = {
    "actor": N_("There is no actor “%(name)s” here."),
    "place": N_("There is no place “%(name)s” here."),
    "document": N_("There is no document “%(name)s” here."),
}


def _unlisted(note: Note) -> str:
    facet, name, *meant = note.terms
    said = _(_UNLISTED[facet], name=shortened(name))
    return _("%(said)s Did you mean %(meant)s?", said=said, meant=meant[0]) if meant else said


_CAPPED: Final = {
    "characters": N_("The query was too long: only the first %(count)s characters of the query were searched."),
    "words": N_("The query was too long: only the first %(count)s words of the query were searched."),
    "phrase": N_("The query was too long: only the first %(count)s words of a phrase were searched."),
}
_NOTES: Final[dict[str, Callable[[Note], str]]] = {
    "widened": _widened(N_("No entry holds all of these words; these entries hold some of them.")),
    "extended": _widened(N_("Few entries hold all of these words; entries with some of them follow.")),
    "suggested": _suggested,
    "unknown": _unknown,
    "alias": _also,
    "left_out": lambda note: _(
        "Only “%(typed)s” as it is typed is left out, not the other names of %(name)s.",
        typed=note.terms[0],
        name=note.terms[1],
    ),
    "date": lambda note: _("Also searching passages dated %(date)s.", date=note.terms[0]),
    "ignored": _ignored,
    "capped": lambda note: _(_CAPPED[note.terms[0]], count=note.terms[1]),
    "unlisted": _unlisted,
}
"""By code of a note."""


def note_words(note: Note) -> str:
    """What the engine did with a query, in the reader's language."""
    return _NOTES[note.code](note)


def offer_words(note: Note) -> str:
    """What the link of a note says."""
    return named(_OFFERS.get(note.code)) or _("Show that instead")


# --- The query as a sentence ----------------------------------------------------------------------


def sentence(results: Results) -> tuple[str, str]:
    """What was found, in words: the count, to be set bold, and the rest of the sentence."""
    query, total = results.query, results.total
    noun = _noun(query)
    lead = counted(total, noun) if total else _NONE[noun]()
    if not asks(query):
        everything = _("All %(entries)s", entries=lead) if total > 1 else lead
        return everything, _("in %(documents)s.", documents=_documents(results))
    parts = [
        _("in %(documents)s", documents=_documents(results)) if total else "",
        _holds(results, total < 2),
        _passage(query, total < 2),
    ]
    rest = " ".join(part for part in parts if part)
    if left := _left_out(results):
        rest = _("%(what)s, leaving out %(left)s", what=rest, left=alternatives(left, all_of=True))
    return lead, _("%(sentence)s.", sentence=rest)


_NONE: Final[dict[str, Callable[[], str]]] = {
    "entry": lambda: _("No entry"),
    "section": lambda: _("No section"),
    "news": lambda: _("No news item"),
}


def _noun(query: Query) -> str:
    kinds = query.values("kind")
    return kinds[0] if len(kinds) == 1 and kinds[0] in _NONE else "entry"


def _documents(results: Results) -> str:
    chosen = [value for value in results.facets.get("document", ()) if value.selected]
    among = chosen or [value for value in results.facets.get("document", ()) if not value.excluded]
    found = [value for value in among if value.count]
    if len(found) == 1 and chosen:
        return _("“%(text)s”", text=found[0].label or found[0].value)
    return counted(len(found), "document")


def _holds(results: Results, one: bool) -> str:
    q = searched(results)
    if not q:
        return ""
    words, number = quoted(q), 1 if one else 2
    widened = any(note.code == "widened" for note in results.notes)
    if OPERATORS.search(q) and not is_phrase(q):
        return ngettext("matches %(words)s", "match %(words)s", number, words=words)
    if is_phrase(q) or (len(q.split()) == 1 and results.full_matches == results.total):
        return ngettext("holds %(words)s", "hold %(words)s", number, words=words)
    if results.query.match == "any" or widened:
        return ngettext("holds any of the words %(words)s", "hold any of the words %(words)s", number, words=words)
    if results.full_matches < results.total:
        some = ngettext("holds some of the words %(words)s", "hold some of the words %(words)s", number, words=words)
        full = ngettext("%(count)s of them all the words", "%(count)s of them all the words", results.full_matches)
        return _("%(some)s, %(full)s", some=some, full=full) if results.full_matches else some
    return ngettext("holds all the words %(words)s", "hold all the words %(words)s", number, words=words)


def _passage(query: Query, one: bool) -> str:
    """Of which passages that is true. Several words may stand in several of them: they need not be in one."""
    number = 1 if not query.q or is_phrase(query.q) or len(query.q.split()) == 1 else 2
    what = _qualified(query, number)
    if not what:
        return ""
    if query.q:
        return ngettext("in a passage %(what)s", "in passages %(what)s", number, what=what)
    return ngettext("has a passage %(what)s", "have a passage %(what)s", 1 if one else 2, what=what)


def _qualified(query: Query, number: int) -> str:
    dated, naming = _dated(query), _naming(query, number)
    but = _undone(query)
    if dated and but:  # an afterthought stands between commas
        dated = [_("%(dated)s, but %(excluded)s", dated=" ".join(dated), excluded=" ".join(but))]
        if naming:
            return _("%(dated)s, %(naming)s", dated=dated[0], naming=" ".join(naming))
        return dated[0]
    return " ".join([*dated, *but, *naming])


def _dated(query: Query) -> list[str]:
    years = [year for year in query.values("year") if year != UNDATED]
    parts = [_("of %(years)s", years=alternatives(years))] if years else []
    if UNDATED in query.values("year"):
        parts.append(_("or without a date") if years else _("without a date"))
    if limits := range_words(query.date_from, query.date_to):
        parts.append(_("dated %(range)s", range=limits))
    if UNDATED in query.values("year", exclude=True):
        parts.append(_("with a date"))
    return parts


def _undone(query: Query) -> list[str]:
    years = [year for year in query.values("year", exclude=True) if year != UNDATED]
    return [_("not of %(years)s", years=alternatives(years))] if years else []


def _naming(query: Query, number: int) -> list[str]:
    has = _actors_and_places(query, exclude=False, join=True)
    lacks = _actors_and_places(query, exclude=True, join=False)
    parts = [ngettext("that names %(names)s", "that name %(names)s", number, names=has)] if has else []
    if lacks and has:
        parts.append(_("but not %(names)s", names=lacks))
    elif lacks:
        parts.append(ngettext("that does not name %(names)s", "that do not name %(names)s", number, names=lacks))
    return parts


def _actors_and_places(query: Query, *, exclude: bool, join: bool) -> str:
    """'Russia or Syria and the place Idlib'"""
    actors, places = query.values("actor", exclude=exclude), query.values("place", exclude=exclude)
    parts = [alternatives([shortened(name) for name in actors])] if actors else []
    if places:
        names = alternatives([shortened(name) for name in places])
        parts.append(ngettext("the place %(names)s", "the places %(names)s", len(places), names=names))
    return alternatives(parts, all_of=join)


def _left_out(results: Results) -> list[str]:
    query = results.query
    kinds = {"section": _("sections"), "news": _("news items")}
    left = [kinds.get(value, capitalised(value)) for value in query.values("kind", exclude=True)]
    documents = query.values("document", exclude=True)
    return left + [_("“%(text)s”", text=label(results, Filter("document", path))) for path in documents]
