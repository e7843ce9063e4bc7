"""Facets, chips and ways out of an empty result, as the page shows them. Pure but for the counts of the ways out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Final, overload

from searchapp.model import FACETS, UNDATED, Facet, FacetOrder, FacetValue, Filter, Query, Results
from searchapp.web.dates import bounds, range_words
from searchapp.web.languages import N_
from searchapp.web.languages import gettext as _
from searchapp.web.sentences import label
from searchapp.web.urls import adding, search_url
from searchapp.web.words import FACET_WORDS, GROUP_WORDS, capitalised, group_noun, kind, named, quoted

SHOWN_VALUES: Final = 5
"""Values of a list that stand outside 'show all', plus whatever is selected."""
MOST_VALUES: Final = 300
"""Values of a list that stand on the page at all: a corpus may have thousands of documents."""
MOST_FOLDED: Final = 100
"""Documents that a folded list holds besides: most of a page was addresses of documents that nobody unfolded. The list
from A to Z has more."""
MAX_WAYS: Final = 6


@dataclass(frozen=True, slots=True)
class Row:
    """A value of a facet: a link that adds or removes it, and one that excludes it."""

    value: str
    label: str
    entries: int
    url: str
    """The search with this value added, or removed when it is selected."""
    not_url: str
    """The search without what holds this value; for an excluded value, the search that stops excluding it."""
    selected: bool
    excluded: bool
    largest: int
    """The largest count among the rows that were made with it."""

    @property
    def share(self) -> int:
        """Percent of the largest count, at least 1 when there is anything."""
        return max(1, round(100 * self.entries / self.largest)) if self.entries else 0

    @property
    def in_use(self) -> bool:
        """Whether the value is selected or excluded."""
        return self.selected or self.excluded


class Links:
    """The links of a facet's values, on the first page of a search."""

    def __init__(self, query: Query, facet: Facet) -> None:
        self._query = query.on_page(1)
        self.facet: Facet = facet
        self.add = adding(self._query, facet)
        """Of values that are not in use; `leave_out` excludes them."""
        self.leave_out = adding(self._query, facet, exclude=True)

    def toggled(self, value: FacetValue) -> tuple[str, str]:
        """The two links of a value that is in use: a value is never selected and excluded at once by a click."""
        keep, drop = Filter(self.facet, value.value), Filter(self.facet, value.value, exclude=True)
        bare = replace(self._query, filters=self._query.filters - {keep, drop})
        return (
            search_url(bare if value.selected else bare.toggle(keep)),
            search_url(bare if value.excluded else bare.toggle(drop)),
        )


@dataclass(frozen=True)
class Rows(Sequence[Row]):
    """Values of a facet as rows, which are made when they are looked at: a page writes hundreds (`markup.listed`)."""

    values: Sequence[FacetValue]
    links: Links

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        """A row, or some."""
        return self._made[place]

    def __iter__(self) -> Iterator[Row]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self.values)

    def name(self, value: FacetValue) -> str:
        """What a value is called."""
        if self.links.facet == "kind":
            return kind(value.value)
        return _("undated") if self.links.facet == "year" and value.value == UNDATED else value.label or value.value

    @cached_property
    def _made(self) -> tuple[Row, ...]:
        largest = max((value.count for value in self.values), default=0)
        return tuple(self._row(value, largest) for value in self.values)

    def _row(self, value: FacetValue, largest: int) -> Row:
        links, text = self.links, value.value
        url, not_url = links.toggled(value) if value.in_use else (links.add(text), links.leave_out(text))
        return Row(text, self.name(value), value.count, url, not_url, value.selected, value.excluded, largest)


@dataclass(frozen=True, slots=True)
class Group:
    """Some values of a facet, under a heading of their own or none."""

    noun: str
    """What they are, within a sentence; empty for a group without a heading."""
    top: Rows
    rest: Rows
    left_out: int = 0
    """Values that are not listed: those with the smallest counts, or the last by name."""
    is_open: bool = False
    """Whether all of it is to be seen at once."""

    @property
    def title(self) -> str:
        """The heading."""
        return capitalised(self.noun)

    @property
    def size(self) -> int:
        """Number of values."""
        return len(self.top) + len(self.rest) + self.left_out


@dataclass(frozen=True, slots=True)
class Rail:
    """The facet column."""

    years: Rows
    actors: tuple[Group, ...]
    places: Group
    kinds: Rows
    documents: Group
    by_name: bool
    """Whether values stand by name; then they are not grouped, and each list is whole."""
    order_url: str
    """The same search with the values in the other order."""
    dates: tuple[str, str]
    """The limits of the range of dates, as they stand in the fields."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to choose from, and no range of dates to change."""
        return not (any(self.dates) or self.years or self.actors or self.places.size or self.documents.size)

    @property
    def actor_count(self) -> int:
        """Number of actors in the lists."""
        return sum(group.size for group in self.actors)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in use and the link that removes it."""

    name: str
    """Facet in words; empty for the second and later values of a facet."""
    value: str
    url: str
    excluded: bool
    spoken: str
    """What the link does, in full."""


@dataclass(frozen=True, slots=True)
class Way:
    """Another search, near the one that found nothing, that finds something."""

    text: str
    url: str
    count: int


def rail(results: Results) -> Rail:
    """The facet column of a result, with true links and counts."""
    query = results.query
    by_name = query.facet_order == "name"
    other: FacetOrder = "count" if by_name else "name"
    found: dict[Facet, Sequence[FacetValue]] = {facet: results.facets.get(facet, ()) for facet in FACETS}
    documents = Links(query, "document")
    listed = _whole if by_name else _group
    return Rail(
        years=Rows(
            sorted(found["year"], key=lambda value: (value.value == UNDATED, value.value)), Links(query, "year")
        ),
        actors=_actors(query, found["actor"]),
        places=listed(Links(query, "place"), found["place"]),
        kinds=Rows(found["kind"], Links(query, "kind")),
        documents=_whole(documents, found["document"])
        if by_name
        else _group(documents, found["document"], most=MOST_FOLDED),
        by_name=by_name,
        order_url=search_url(replace(query.on_page(1), facet_order=other)),
        dates=bounds(query.date_from, query.date_to),
    )


def chips(results: Results) -> tuple[Chip, ...]:
    """One chip a filter in use, in the order of the facets; the range of dates comes first."""
    query = results.query
    found = []
    if limits := range_words(query.date_from, query.date_to, short=True):
        url = search_url(replace(query, date_from=None, date_to=None, page=1))
        whole = range_words(query.date_from, query.date_to)
        spoken = _("Remove date of event: %(range)s", range=whole)
        found.append(Chip(_("Date of event"), limits, url, excluded=False, spoken=spoken))
    for facet in FACETS:
        for exclude in (False, True):
            for place, value in enumerate(query.values(facet, exclude=exclude)):
                found.append(_chip(results, Filter(facet, value, exclude), first=exclude or place == 0))
    return tuple(found)


def ways_out(results: Results, search: Callable[[Query], Results]) -> tuple[Way, ...]:
    """Searches near one that found nothing, each with the count that its link gives, if it gives any."""
    query = results.query
    found: list[Way] = []
    tried = {query}
    for text, other in chain(_dated(results), _near(query, results.suggestion)):
        if other in tried or len(found) == MAX_WAYS:
            continue
        tried.add(other)
        if total := search(replace(other, per_page=1, passages=1)).total:
            found.append(Way(text, search_url(other), total))
    return tuple(found)


def _dated(results: Results) -> Iterator[tuple[str, Query]]:
    """What is of a time that holds a typed date, instead of what says that date."""
    for note in results.notes:
        if note.code == "date" and note.offer:
            yield _("Passages of a time with %(date)s in it", date=note.terms[0]), note.offer


def _near(query: Query, suggestion: str) -> Iterable[tuple[str, Query]]:
    first = query.on_page(1)
    free = query.without_filters()
    filtered = free != first
    if suggestion:
        kept = _("%(words)s, the filters kept", words=quoted(suggestion)) if filtered else quoted(suggestion)
        yield kept, replace(first, q=suggestion)
        yield _("%(words)s without any filter", words=quoted(suggestion)), replace(free, q=suggestion)
    if query.date_from or query.date_to:
        yield _("Any date, the rest kept"), replace(first, date_from=None, date_to=None)
    for facet in FACETS:
        others = frozenset(what for what in query.filters if what.facet != facet)
        yield _(_ANY[facet]), replace(first, filters=others)
    if query.exact:
        yield _("Other spellings and forms of the words too"), replace(first, exact=False)
    if query.match == "all" and len(query.q.split()) > 1:
        words = _("Any of the words, the filters kept") if filtered else _("Any of the words")
        yield words, replace(first, match="any")
    if query.q and filtered:
        yield _("%(words)s without any filter", words=quoted(query.q)), free
        yield _("The same filters, without the words"), replace(first, q="", exact=False, match="all")
    if query.match == "all" and len(query.q.split()) > 1:
        yield _("Any of the words, without any filter"), replace(free, match="any")
    yield _("All entries"), replace(free, q="", exact=False, match="all")


_ANY: Final[dict[Facet, str]] = {
    "year": N_("Any year, the rest kept"),
    "actor": N_("Any actor, the rest kept"),
    "place": N_("Any place, the rest kept"),
    "kind": N_("Any kind, the rest kept"),
    "document": N_("Any document, the rest kept"),
}


def _group(links: Links, values: Sequence[FacetValue], noun: str = "", most: int | None = None) -> Group:
    """A few of the values and all that are in use; the rest of them, as many as the page can bear."""
    others = values[SHOWN_VALUES:]
    used, rest = [v for v in others if v.in_use], [v for v in others if not v.in_use]
    if len(rest) == 1:  # a list of one more is no shorter than a link to it
        return Group(noun, Rows(values, links), Rows((), links))
    top = Rows([*values[:SHOWN_VALUES], *used], links)
    most = MOST_VALUES if most is None else most
    return Group(noun, top, Rows(rest[:most], links), len(rest[most:]))


def _whole(links: Links, values: Sequence[FacetValue]) -> Group:
    """All values in one list, unless the page cannot bear them; those in use in any case."""
    kept = [*values[:MOST_VALUES], *(v for v in values[MOST_VALUES:] if v.in_use)]
    return Group("", Rows((), links), Rows(kept, links), len(values) - len(kept), is_open=True)


def _actors(query: Query, values: Sequence[FacetValue]) -> tuple[Group, ...]:
    """Actors by their type: the usual types first, then others by name, those without a type last."""
    links = Links(query, "actor")
    if query.facet_order == "name":
        return (_whole(links, values),) if values else ()
    types = list(dict.fromkeys(value.group for value in values))
    nouns = dict(zip(types, each_once(map(group_noun, types)), strict=True))
    by_noun: dict[str, list[FacetValue]] = {}
    for value in values:
        by_noun.setdefault(nouns[value.group], []).append(value)
    rest = "" if len(by_noun) == 1 else _("others")
    return tuple(_group(links, by_noun[noun], noun or rest) for noun in in_order(by_noun))


def in_order(nouns: Iterable[str]) -> list[str]:
    """Types of actors: the usual ones first, then others by name, an empty one last."""
    order = {_(noun): place for place, noun in enumerate(GROUP_WORDS.values())}
    return sorted(nouns, key=lambda noun: (not noun, order.get(noun, len(order)), capitalised(noun)))


def each_once(nouns: Iterable[str]) -> Iterator[str]:
    """The nouns one by one; those that make the same heading are all written as the first of them."""
    first: dict[str, str] = {}
    return (first.setdefault(capitalised(noun), noun) for noun in nouns)


def _chip(results: Results, what: Filter, *, first: bool) -> Chip:
    value = label(results, what)
    spoken = _((_STOP if what.exclude else _REMOVE)[what.facet], value=value)
    shown = _(_NOT[what.facet]) if what.exclude else named(FACET_WORDS[what.facet]) if first else ""
    return Chip(shown, value, search_url(results.query.on_page(1).toggle(what)), what.exclude, spoken)


_REMOVE: Final[dict[Facet, str]] = {
    "year": N_("Remove year: %(value)s"),
    "actor": N_("Remove actor: %(value)s"),
    "place": N_("Remove place: %(value)s"),
    "kind": N_("Remove kind: %(value)s"),
    "document": N_("Remove document: %(value)s"),
}
_STOP: Final[dict[Facet, str]] = {
    "year": N_("Stop excluding year: %(value)s"),
    "actor": N_("Stop excluding actor: %(value)s"),
    "place": N_("Stop excluding place: %(value)s"),
    "kind": N_("Stop excluding kind: %(value)s"),
    "document": N_("Stop excluding document: %(value)s"),
}
_NOT: Final[dict[Facet, str]] = {
    "year": N_("Not year"),
    "actor": N_("Not actor"),
    "place": N_("Not place"),
    "kind": N_("Not kind"),
    "document": N_("Not document"),
}
