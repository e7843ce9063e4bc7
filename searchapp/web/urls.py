"""Query <-> URL. Equal queries have equal URLs: values sorted, defaults left out."""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from typing import Final, TypeVar, get_args
from urllib.parse import quote, quote_plus

from werkzeug.datastructures import MultiDict

from searchapp.model import FACETS, BadParameter, Entry, Facet, FacetOrder, Filter, Match, Query, Sort
from searchapp.web import values
from searchapp.web.keeping import kept
from searchapp.web.languages import gettext as _

MAX_PAGE: Final = 50
MAX_PER_PAGE: Final = 100
MAX_PASSAGES: Final = 50
MAX_FILTERS: Final = 200

Arguments = list[tuple[str, str]]
_LIMITS: Final = ("from", "to")


class BackwardRange(BadParameter):
    """A range of dates that ends before it starts; which of its limits is wrong, nobody can tell."""


FILTERS: Final[dict[str, tuple[Facet, bool]]] = {
    **{facet: (facet, False) for facet in FACETS},
    **{f"not_{facet}": (facet, True) for facet in FACETS},
}
SCALARS: Final = ("q", "from", "to", "match", "exact", "sort", "page", "per_page", "passages", "facet_order", "explain")
PARAMETERS: Final = (*SCALARS, *FILTERS)
_PLACES: Final = {name: place for place, name in enumerate((SCALARS[0], *FILTERS, *SCALARS[1:]))}
"""Names of parameters in the order in which a URL has them."""
KEPT_TEXTS: Final = 20_000
"""Values as URLs write them that are kept, those of facets being on every page."""
KEPT_PATHS: Final = 1_024
"""Of documents and entries, as URLs write them: each result has several links to its own."""
KEPT_QUERIES: Final = 256
"""Queries as URLs write them that are kept: a page has hundreds of links that say what led to it."""

_DEFAULT = Query()
T = TypeVar("T")


def parse(args: MultiDict[str, str], *, strict: bool = False) -> Query:
    """The query that the arguments of a URL describe. Empty values count as absent: forms send them.

    Raises BadParameter naming the parameter when a value is not of its form, a single-valued parameter is given
    twice or, if `strict`, a parameter is unknown.
    """
    if strict:
        known(args, *PARAMETERS)
    query = Query(
        q=_scalar(args, "q", values.words, ""),
        filters=_filters(args),
        date_from=_scalar(args, "from", values.first_day, None),
        date_to=_scalar(args, "to", values.last_day, None),
        match=_scalar(args, "match", values.choice("match", get_args(Match)), _DEFAULT.match),
        exact=_scalar(args, "exact", values.flag("exact"), _DEFAULT.exact),
        sort=_scalar(args, "sort", values.choice("sort", get_args(Sort)), _DEFAULT.sort),
        page=_scalar(args, "page", values.number("page", MAX_PAGE), _DEFAULT.page),
        per_page=_scalar(args, "per_page", values.number("per_page", MAX_PER_PAGE), _DEFAULT.per_page),
        passages=_scalar(args, "passages", values.number("passages", MAX_PASSAGES), _DEFAULT.passages),
        facet_order=_scalar(
            args, "facet_order", values.choice("facet_order", get_args(FacetOrder)), _DEFAULT.facet_order
        ),
        explain=_scalar(args, "explain", values.flag("explain"), _DEFAULT.explain),
    )
    if query.date_from and query.date_to and query.date_from > query.date_to:
        dates = {"first": query.date_from, "last": query.date_to}
        raise BackwardRange("from", _("The range starts on %(first)s but ends on %(last)s.", **dates))
    return query


@dataclass(frozen=True, slots=True)
class WrongDates:
    """Limits of the range of dates that cannot be used, as a reader typed them."""

    typed: tuple[str, str]
    """What stands in the fields for the first and the last day, right or wrong."""
    wrong: tuple[str, ...]
    """Which of 'from' and 'to' are not used."""
    message: str


def parse_around_dates(args: MultiDict[str, str]) -> tuple[Query, WrongDates | None]:
    """`parse`, but where `from` or `to` is wrong, the query without it and what is wrong; of a range that ends before
    it starts, without both. Raises BadParameter for any other parameter."""
    left, wrong = args, dict[str, str]()
    while True:
        try:
            query = parse(left)
            break
        except BadParameter as error:
            if error.parameter not in _LIMITS:
                raise
            wrong |= dict.fromkeys(_LIMITS if isinstance(error, BackwardRange) else [error.parameter], error.message)
            left = MultiDict((name, value) for name, value in args.items(multi=True) if name not in wrong)
    if not wrong:
        return query, None
    first, last = (args.get(name, "").strip()[: values.LONGEST_SAID] for name in _LIMITS)
    return query, WrongDates((first, last), tuple(wrong), " ".join(dict.fromkeys(wrong.values())))


def from_pairs(pairs: Iterable[tuple[str, str]], *, strict: bool = False) -> Query:
    """`parse` for names and values that come from elsewhere than a URL."""
    return parse(MultiDict(pairs), strict=strict)


def known(args: MultiDict[str, str], *names: str) -> None:
    """Raise BadParameter for the first parameter that is none of these."""
    for name in args:
        if name not in names:
            raise BadParameter(
                name, _("There is no parameter “%(name)s”.", name=name[: values.LONGEST_SAID]), "unknown_parameter"
            )


def once(args: MultiDict[str, str], *names: str) -> None:
    """Raise BadParameter for the first parameter that is none of these, or that is given again."""
    known(args, *names)
    for name in names:
        only(args, name)


def number(args: MultiDict[str, str], name: str, largest: int, default: int) -> int:
    """A number from 1 to `largest`, where it is given. Raises BadParameter."""
    return _scalar(args, name, values.number(name, largest), default)


def to_args(query: Query) -> Arguments:
    """The canonical arguments of a query: names in a fixed order, values sorted, defaults left out."""
    found: Arguments = [("q", query.q)]
    found += [
        (name, value) for name, (facet, exclude) in FILTERS.items() for value in query.values(facet, exclude=exclude)
    ]
    found += [
        ("from", query.date_from.isoformat() if query.date_from else ""),
        ("to", query.date_to.isoformat() if query.date_to else ""),
        ("match", _unless(query.match, _DEFAULT.match)),
        ("exact", "1" if query.exact else ""),
        ("sort", _unless(query.sort, _DEFAULT.sort)),
        ("page", _unless(query.page, _DEFAULT.page)),
        ("per_page", _unless(query.per_page, _DEFAULT.per_page)),
        ("passages", _unless(query.passages, _DEFAULT.passages)),
        ("facet_order", _unless(query.facet_order, _DEFAULT.facet_order)),
        ("explain", "1" if query.explain else ""),
    ]
    return [(name, value) for name, value in found if value]


def search_url(query: Query, path: str = "/search") -> str:
    """Path and arguments of the page that shows a query."""
    return _with(path, _written(query))


@dataclass(frozen=True, slots=True)
class Adding:
    """Makes `search_url(query.toggle(Filter(facet, value, exclude)))` for values that the query does not have.

    A page has two such links for every value of every facet, hundreds of them: what they share is made once.
    """

    own: tuple[str, ...]
    """The values that the query has."""
    around: tuple[tuple[str, str], ...]
    """[own + 1] what stands before and after a value that belongs before each of those, and after the last."""

    def __call__(self, value: str) -> str:
        """The URL with this value."""
        before, after = self.beside(value)
        return f"{before}{as_argument(value)}{after}"

    def beside(self, value: str) -> tuple[str, str]:
        """What stands before and after a value, as `as_argument` has it."""
        return self.around[bisect_left(self.own, value) if self.own else 0]

    def escaped(self) -> Adding:
        """The same for HTML: a value as an address has it holds nothing to be escaped."""
        return Adding(self.own, tuple((html.escape(before), html.escape(after)) for before, after in self.around))


def adding(query: Query, facet: Facet, *, exclude: bool = False) -> Adding:
    """The URLs of a query with one more value of a facet."""
    name = f"not_{facet}" if exclude else facet
    own = query.values(facet, exclude=exclude)
    before, among, after = _around(query, name, name)

    def around(place: int) -> tuple[str, str]:
        first, last = (*before, *among[:place]), (*among[place:], *after)
        return f"/search?{''.join(f'{arg}&' for arg in first)}{name}=", "".join(f"&{arg}" for arg in last)

    return Adding(own, tuple(map(around, range(len(own) + 1))))


def ranging(query: Query) -> Callable[[date, date], str]:
    """Makes the URLs of a query with ranges of days, from the first to the last, in the place of its own."""
    before, _, after = _around(query, "from", "to")
    head, tail = "".join(f"{arg}&" for arg in before), "".join(f"&{arg}" for arg in after)
    return lambda first, last: f"/search?{head}from={first.isoformat()}&to={last.isoformat()}{tail}"


def document_url(path: str, query: Query | None = None, fragment: str = "", place: int = 0, part: int = 1) -> str:
    """Path of a document's view, or of a part of it, with the search that led there, the place in its results, and an
    anchor, if any."""
    args = "&".join(filter(None, (_led(query, place), f"part={part}" if part > 1 else "")))
    url = _with("/doc/" + _path(path), args)
    return f"{url}#{quote(fragment, safe='')}" if fragment else url


def place_url(entry: Entry, fragment: str, line: int, query: Query | None = None, place: int = 0) -> str:
    """The same for a line of the entry's document: in the part that the line is in."""
    return document_url(entry.document.path, query, fragment, place, entry.document.part(line))


def entry_url(entry_id: str, query: Query | None = None, fragment: str = "", place: int = 0) -> str:
    """Path of an entry's own page, with the search that led there and the entry's place in its results, if any."""
    url = _with("/entry/" + _path(entry_id), _led(query, place))
    return f"{url}#{quote(fragment, safe='')}" if fragment else url


def explain_url(query: Query) -> str:
    """The same page of results with or without the reasons for each."""
    return search_url(replace(query, explain=not query.explain))


def _led(query: Query | None, place: int) -> str:
    written = _written(query) if query else ""
    return "&".join(filter(None, (written, f"at={place}" if place else "")))


def place(args: MultiDict[str, str]) -> int:
    """The place in the results from which one came, as `document_url` and `entry_url` say it; 0 for none."""
    text = args.get("at", "")
    return int(text) if re.fullmatch("[0-9]{1,4}", text) else 0


def part(args: MultiDict[str, str], parts: int) -> int:
    """Which of so many parts of a document is asked for, the first where none is. Raises BadParameter."""
    text = only(args, "part") or "1"
    if not re.fullmatch("[1-9][0-9]{0,3}", text) or int(text) > parts:
        said = {"last": parts, "value": text[: values.LONGEST_SAID]}
        raise BadParameter("part", _("“part” takes a number from 1 to %(last)s, not “%(value)s”.", **said))
    return int(text)


def cite_url(entry_id: str, passage: int | None = None, ending: str = "") -> str:
    """Path of the reference to a passage of an entry or to all of it: a page, or with one of `cite.FORMATS` a file."""
    path = "/cite/" + _path(entry_id) + (f".{ending}" if ending else "")
    return _with(path, f"passage={passage}" if passage is not None else "")


def _with(path: str, args: str) -> str:
    return f"{path}?{args}" if args else path


_path = kept(KEPT_PATHS)(partial(quote, safe="/"))


as_argument = kept(KEPT_TEXTS)(quote_plus)
"""A value as an address has it."""


@lru_cache(maxsize=KEPT_QUERIES)
def _pieces(query: Query) -> tuple[tuple[int, str], ...]:
    """The arguments as a URL has them, each with the place of its name in the canonical order."""
    return tuple((_PLACES[name], f"{name}={as_argument(value)}") for name, value in to_args(query))


@lru_cache(maxsize=KEPT_QUERIES)
def _written(query: Query) -> str:
    return "&".join(piece for _, piece in _pieces(query))


def _around(query: Query, first: str, last: str) -> tuple[list[str], list[str], list[str]]:
    """The arguments before, among and after those with the names from `first` to `last`."""
    low, high = _PLACES[first], _PLACES[last]
    pieces = _pieces(query)
    return (
        [piece for place, piece in pieces if place < low],
        [piece for place, piece in pieces if low <= place <= high],
        [piece for place, piece in pieces if place > high],
    )


def _unless(value: object, default: object) -> str:
    return "" if value == default else str(value)


def _scalar(args: MultiDict[str, str], name: str, read: Callable[[str], T], default: T) -> T:
    value = only(args, name)
    return read(value) if value.strip() else default


def only(args: MultiDict[str, str], name: str) -> str:
    """The one value of a parameter; empty where it is not given. Raises BadParameter where it is given again."""
    values = args.getlist(name)
    if len(values) > 1:
        raise BadParameter(name, _("“%(name)s” can be given only once.", name=name))
    return values[0] if values else ""


def _filters(args: MultiDict[str, str]) -> frozenset[Filter]:
    found = frozenset(
        Filter(facet, values.OF_FACETS[facet](name, value), exclude)
        for name, (facet, exclude) in FILTERS.items()
        for value in args.getlist(name)
        if value
    )
    if len(found) > MAX_FILTERS:
        message = _("A search takes at most %(count)s filter values.", count=MAX_FILTERS)
        raise BadParameter(max(FILTERS, key=lambda name: len(args.getlist(name))), message)
    return found
