"""Query <-> URL. Equal queries have equal URLs: values sorted, defaults left out."""

from __future__ import annotations

import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Final, TypeVar, cast, get_args
from urllib.parse import quote, quote_plus, urlencode

from werkzeug.datastructures import MultiDict

from searchapp.model import FACETS, UNDATED, BadParameter, EntryKind, Facet, FacetOrder, Filter, Match, Query, Sort

MAX_WORDS: Final = 1000
"""Characters of the box; the engine cuts there and says so."""
MAX_PAGE: Final = 50
MAX_PER_PAGE: Final = 100
MAX_PASSAGES: Final = 50
MAX_VALUE: Final = 1000
"""Characters of one filter value."""
MAX_FILTERS: Final = 200

Arguments = list[tuple[str, str]]

FILTERS: Final[dict[str, tuple[Facet, bool]]] = {
    **{facet: (facet, False) for facet in FACETS},
    **{f"not_{facet}": (facet, True) for facet in FACETS},
}
SCALARS: Final = ("q", "from", "to", "match", "exact", "sort", "page", "per_page", "passages", "facet_order", "explain")
PARAMETERS: Final = (*SCALARS, *FILTERS)

_UNUSABLE = re.compile("[\x00\ud800-\udfff]")
_YEAR = re.compile(r"[0-9]{4}")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_DEFAULT = Query()
T = TypeVar("T")


def parse(args: MultiDict[str, str], *, strict: bool = False) -> Query:
    """The query that the arguments of a URL describe. Empty values count as absent: forms send them.

    Raises BadParameter naming the parameter when a value is not of its form, a single-valued parameter is given
    twice or, if `strict`, a parameter is unknown.
    """
    if strict:
        for name in args:
            if name not in PARAMETERS:
                raise BadParameter(name, f"There is no parameter “{name[:60]}”.", "unknown_parameter")
    query = Query(
        q=_scalar(args, "q", _words, ""),
        filters=_filters(args),
        date_from=_scalar(args, "from", _first_day, None),
        date_to=_scalar(args, "to", _last_day, None),
        match=_scalar(args, "match", _choice("match", get_args(Match)), _DEFAULT.match),
        exact=_scalar(args, "exact", _flag("exact"), _DEFAULT.exact),
        sort=_scalar(args, "sort", _choice("sort", get_args(Sort)), _DEFAULT.sort),
        page=_scalar(args, "page", _number("page", MAX_PAGE), _DEFAULT.page),
        per_page=_scalar(args, "per_page", _number("per_page", MAX_PER_PAGE), _DEFAULT.per_page),
        passages=_scalar(args, "passages", _number("passages", MAX_PASSAGES), _DEFAULT.passages),
        facet_order=_scalar(args, "facet_order", _choice("facet_order", get_args(FacetOrder)), _DEFAULT.facet_order),
        explain=_scalar(args, "explain", _flag("explain"), _DEFAULT.explain),
    )
    if query.date_from and query.date_to and query.date_from > query.date_to:
        raise BadParameter("from", f"The range starts on {query.date_from} but ends on {query.date_to}.")
    return query


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
    return _with(path, to_args(query))


def adding(query: Query, facet: Facet, *, exclude: bool = False) -> Callable[[str], str]:
    """Makes `search_url(query.toggle(Filter(facet, value, exclude)))` of values that the query does not have.

    A page has two such links for every value of every facet, thousands on a large corpus: what they share is made once.
    """
    name = f"not_{facet}" if exclude else facet
    names = ("q", *FILTERS)
    args = to_args(query)
    shared = [urlencode([arg]) for arg in args]
    start = sum(other in names and names.index(other) < names.index(name) for other, _ in args)
    own = query.values(facet, exclude=exclude)

    def url(value: str) -> str:
        at = start + bisect_left(own, value)
        return "/search?" + "&".join((*shared[:at], f"{name}={quote_plus(value)}", *shared[at:]))

    return url


def document_url(path: str, query: Query | None = None, fragment: str = "", place: int = 0) -> str:
    """Path of a document's view, with the search that led there and the place in its results, and an anchor, if any."""
    url = _with("/doc/" + quote(path, safe="/"), _led(query, place))
    return f"{url}#{quote(fragment, safe='')}" if fragment else url


def entry_url(entry_id: str, query: Query | None = None, fragment: str = "", place: int = 0) -> str:
    """Path of an entry's own page, with the search that led there and the entry's place in its results, if any."""
    url = _with("/entry/" + quote(entry_id, safe="/"), _led(query, place))
    return f"{url}#{quote(fragment, safe='')}" if fragment else url


def explain_url(query: Query) -> str:
    """The same page of results with or without the reasons for each."""
    return search_url(replace(query, explain=not query.explain))


def _led(query: Query | None, place: int) -> Arguments:
    return [*(to_args(query) if query else []), *([("at", str(place))] if place else [])]


def clean(text: str) -> str:
    """What may stand in the box, at its length, without what no text can hold."""
    return _UNUSABLE.sub("", text)[:MAX_WORDS]


def place(args: MultiDict[str, str]) -> int:
    """The place in the results from which one came, as `document_url` and `entry_url` say it; 0 for none."""
    text = args.get("at", "")
    return int(text) if re.fullmatch("[0-9]{1,4}", text) else 0


def cite_url(entry_id: str, passage: int = 0, ending: str = "") -> str:
    """Path of the reference to a passage of an entry: a page, or with an ending of `cite.FORMATS` a file."""
    path = "/cite/" + quote(entry_id, safe="/") + (f".{ending}" if ending else "")
    return _with(path, [("passage", str(passage))] if passage else [])


def _with(path: str, args: Arguments) -> str:
    return f"{path}?{urlencode(args)}" if args else path


def _unless(value: object, default: object) -> str:
    return "" if value == default else str(value)


def _scalar(args: MultiDict[str, str], name: str, read: Callable[[str], T], default: T) -> T:
    values = args.getlist(name)
    if len(values) > 1:
        raise BadParameter(name, f"“{name}” can be given only once.")
    return read(values[0]) if values and values[0].strip() else default


def _words(value: str) -> str:
    # One character over the limit is kept: it tells the engine to say that it cut.
    return _UNUSABLE.sub("", value).strip()[: MAX_WORDS + 1].strip()


def _filters(args: MultiDict[str, str]) -> frozenset[Filter]:
    found = frozenset(
        Filter(facet, _VALUES[facet](name, value), exclude)
        for name, (facet, exclude) in FILTERS.items()
        for value in args.getlist(name)
        if value
    )
    if len(found) > MAX_FILTERS:
        raise BadParameter(next(iter(found)).facet, f"A search takes at most {MAX_FILTERS} filter values.")
    return found


def _year(name: str, value: str) -> str:
    if value != UNDATED and not _YEAR.fullmatch(value):
        raise BadParameter(name, f"“{name}” takes a year of four digits or “{UNDATED}”, not “{value[:60]}”.")
    return value


def _text(name: str, value: str) -> str:
    if len(value) > MAX_VALUE or _UNUSABLE.search(value):
        raise BadParameter(name, f"“{name}” takes a text of at most {MAX_VALUE} characters.")
    return value


def _kind(name: str, value: str) -> str:
    return str(_choice(name, get_args(EntryKind))(value))


_VALUES: Final[dict[Facet, Callable[[str, str], str]]] = {
    "year": _year,
    "actor": _text,
    "place": _text,
    "kind": _kind,
    "document": _text,
}


def _choice(name: str, allowed: Iterable[T]) -> Callable[[str], T]:
    choices = tuple(allowed)

    def read(value: str) -> T:
        if value not in choices:
            raise BadParameter(name, f"“{name}” takes {' or '.join(map(str, choices))}, not “{value[:60]}”.")
        return cast(T, value)

    return read


def _number(name: str, largest: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not re.fullmatch("[0-9]{1,6}", value) or not 1 <= int(value) <= largest:
            raise BadParameter(name, f"“{name}” takes a number from 1 to {largest}, not “{value[:60]}”.")
        return int(value)

    return read


def _flag(name: str) -> Callable[[str], bool]:
    read = _choice(name, ("1", "0"))
    return lambda value: read(value) == "1"


def _first_day(value: str) -> date:
    return _day("from", value, last=False)


def _last_day(value: str) -> date:
    return _day("to", value, last=True)


def _day(name: str, value: str, *, last: bool) -> date:
    """A day, or the first or last one of a month or year."""
    found = _DATE.fullmatch(value.strip())
    try:
        if found is None:
            raise ValueError(value)
        year = int(found[1])
        month = int(found[2] or (12 if last else 1))
        return date(year, month, int(found[3] or (monthrange(year, month)[1] if last else 1)))
    except ValueError as error:
        message = f"“{name}” takes a date such as 2016, 2016-02 or 2016-02-29, not “{value[:60]}”."
        raise BadParameter(name, message) from error
