"""What an answer costs to send: nothing where the reader has it, a fraction where it can be compressed; and who else's
pages may read it.

What is answered depends on the address, on the generation, on the language and on this program alone, so their digest
is the answer's entity tag: whoever has the answer is told so before anything is searched.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from flask import Flask, Response, g, request
from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Response as AnyResponse
from werkzeug.wsgi import ClosingIterator
from zstandard import ZstdCompressor

from searchapp.corpus import digest_of
from searchapp.engine import Engine
from searchapp.model import IndexUnusable
from searchapp.settings import Settings
from searchapp.web.answers import TAGGED, Key
from searchapp.web.guard import too_large
from searchapp.web.keeping import KEPT_HEADERS, kept
from searchapp.web.languages import tongue
from searchapp.web.wsgi import Environ

REVALIDATE: Final = "no-cache"
"""Keep it, but ask before it is shown: the index may have changed."""
NEVER: Final = "no-store"
READS: Final = ("GET", "HEAD")
UNTAGGED: Final = ("static", "health.")
"""Files have tags of their own; health is never an old answer."""
UNKEPT: Final = ("/static/", "/healthz", "/readyz", "/metrics")
"""Paths of these: no index is opened for them."""
ADDRESS: Final = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "SERVER_NAME",
    "SERVER_PORT",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
)
"""What `Request.url_root`, path and arguments are made of."""
PAGES_ARE_OF: Final = (".py", ".html", ".xml", ".css", ".js", ".svg", ".mo")
SMALLEST: Final = 1_000
"""Bytes below which compression saves nothing: the answer fits into one packet."""
ZSTD_LEVEL, GZIP_LEVEL = 3, 5
"""Of higher ones, a page is hardly smaller and takes much longer."""
PACKERS: Final[dict[str, Callable[[], Packer]]] = {
    "zstd": lambda: ZstdCompressor(ZSTD_LEVEL).compressobj(),
    "gzip": lambda: zlib.compressobj(GZIP_LEVEL, wbits=zlib.MAX_WBITS | 16),
}
"""Codings of content by name, the best first: a page as small as gzip makes it, zstd makes in a fifth of the time."""
COMPRESSIBLE: Final = (
    "text/",
    "application/json",
    "application/jsonl",
    "application/xml",
    "application/x-",
    "application/atom+xml",
    "application/opensearchdescription+xml",
    "application/vnd.citationstyles.csl+json",
    "image/svg+xml",
)
READABLE: Final = "ETag, X-Generation"
"""Headers that other sites' scripts may see besides the usual ones."""
ASK_AGAIN: Final = "86400"
"""Seconds for which a browser remembers that it may ask."""


class Packer(Protocol):
    """Packs what comes piece by piece."""

    def compress(self, piece: bytes, /) -> bytes:
        """What can be sent by now."""
        ...

    def flush(self) -> bytes:
        """The rest."""
        ...


def protect(app: Flask, settings: Settings, engine: Engine, *folders: Path) -> None:
    """Tag, compress and share what `app` answers. What is in `folders` makes the pages: when it changes, so do tags."""
    made_by = _digest_of(folders)

    def tag() -> str:
        status = engine.status()
        asked = request.url_root, request.path, request.query_string.decode("latin-1")
        parts = (made_by, status.digest, *status.warnings, tongue().code, *asked)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]

    # The first registered is the last to see the answer.
    app.after_request(_compressed)
    app.after_request(lambda response: _shared(response, settings.cors_origins))

    @app.before_request
    def known() -> AnyResponse | None:
        if request.method not in READS or request.endpoint is None or request.endpoint.startswith(UNTAGGED):
            return None
        try:
            g.tag = tag()
        except IndexUnusable:
            return None
        if not request.if_none_match.contains_weak(g.tag) or request.if_none_match.star_tag:
            return None
        return _tagged(Response(status=304), g.tag)

    @app.after_request
    def tagged(response: Response) -> Response:
        if response.status_code >= 400:
            response.headers["Cache-Control"] = NEVER
        elif response.status_code == 200 and "tag" in g and g.tag == tag():  # else it may be of either generation
            _tagged(response, g.tag)
            request.environ[TAGGED] = g.tag
        return response


def question(environ: Environ, spoken: Callable[[str], str], origins: tuple[str, ...]) -> Key | None:
    """All of a request that decides what is answered, besides the generation, for answers that are kept; else None.

    `spoken` tells the language from a header, `origins` are the sites whose scripts may read answers.
    """
    path = environ.get("PATH_INFO", "")
    if environ.get("REQUEST_METHOD") != "GET" or path.startswith(UNKEPT) or too_large(environ):
        return None
    language, coding = environ.get("HTTP_ACCEPT_LANGUAGE", ""), environ.get("HTTP_ACCEPT_ENCODING", "")
    site = _site(environ.get("HTTP_ORIGIN", ""), origins)
    return (*map(environ.get, ADDRESS), spoken(language), _coding(coding), site)


@lru_cache(maxsize=4)
def _digest_of(folders: tuple[Path, ...]) -> str:
    return digest_of(path for folder in folders for path in folder.rglob("*.*") if path.suffix in PAGES_ARE_OF)


def _tagged(response: Response, tag: str) -> Response:
    # Weak: the time that a search took is in some answers, and compression changes the bytes.
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = REVALIDATE
    return response


def _shared(response: Response, origins: tuple[str, ...]) -> Response:
    """Let scripts of the origins that the settings name read the answer."""
    if not origins:
        return response
    if "*" not in origins:
        response.vary.add("Origin")
    site = _site(request.headers.get("Origin", ""), origins)
    if not site or request.method not in (*READS, "OPTIONS"):
        return response
    response.headers["Access-Control-Allow-Origin"] = site
    response.headers["Access-Control-Expose-Headers"] = READABLE
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD"
        response.headers["Access-Control-Allow-Headers"] = "If-None-Match"
        response.headers["Access-Control-Max-Age"] = ASK_AGAIN
    return response


def _site(origin: str, origins: tuple[str, ...]) -> str:
    """The site whose scripts may read the answer to a request that is sent from one; '*' for all, empty for none."""
    if not origin:
        return ""
    return "*" if "*" in origins else origin if origin in origins else ""


@kept(KEPT_HEADERS)
def _coding(accepted: str) -> str:
    """The coding that a reader likes best, by the header Accept-Encoding; empty for none."""
    liked = parse_accept_header(accepted)
    named = {"gzip", *(name for name, _ in liked)}  # who takes anything, by a star, is sent what all know
    coding = max(PACKERS, key=lambda name: (liked.quality(name), name in named))
    return coding if liked.quality(coding) > 0 else ""


def _compressed(response: Response) -> Response:
    """Compress what gains by it, in the way that the reader likes best of those that there are."""
    if not (response.mimetype or "").startswith(COMPRESSIBLE) or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    coding = _coding(request.headers.get("Accept-Encoding", ""))
    if not coding or response.status_code in (204, 206, 304):
        return response
    packer = PACKERS[coding]()
    if response.is_streamed and not response.direct_passthrough:
        pieces = response.response
        response.response = ClosingIterator(
            _stream(packer, response.iter_encoded()), [getattr(pieces, "close", _nothing)]
        )
        response.headers.pop("Content-Length", None)
    else:
        response.direct_passthrough = False
        body = response.get_data()
        if len(body) < SMALLEST:
            return response
        response.set_data(packer.compress(body) + packer.flush())
    response.headers["Content-Encoding"] = coding
    response.headers.pop("Accept-Ranges", None)
    tag, _ = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)
    return response


def _stream(packer: Packer, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _nothing() -> None:
    """Close what needs no closing."""
