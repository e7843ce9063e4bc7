"""Answers that are kept and given again: who asks for what was asked before does not wait for it to be made again.

An answer depends on the request, on the generation and on this program alone; the one that `caching.py` has tagged was
made of one generation from its beginning to its end. It is kept as it was sent, so that it costs no template, no
search and no compression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import zstandard

from searchapp.bounded import Kept
from searchapp.engine import Engine
from searchapp.model import IndexUnusable

Wsgi = Callable[..., Iterable[bytes]]
Headers = list[tuple[str, str]]
Key = tuple[str, ...]
Maker = tuple[str, ...]
"""The generation, and what is wrong with the index, which pages say."""

MADE_OF: Final = (
    "wsgi.url_scheme",
    "HTTP_HOST",
    "SERVER_NAME",
    "SERVER_PORT",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ACCEPT_ENCODING",
    "HTTP_ORIGIN",
)
"""All of a request that decides what is answered: its address, and the headers that `Vary` names."""
CONDITIONS: Final = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
"""Headers of who has an answer and asks whether it is still the one; what is told then is not kept."""
OVERHEAD: Final = 1_000
"""Bytes that an answer takes besides its own: objects of Python, and the place in the list."""
SMALLEST: Final = 1_000
"""Bytes from which a body that was sent as it is is packed while it is kept: a page takes a sixth of its room then."""
LEVEL: Final = 1


@dataclass(frozen=True, slots=True)
class _Answer:
    headers: Headers
    body: bytes
    packed: bool
    size: int


Store = Kept[Key, _Answer]


class Answers:
    """A WSGI application that keeps what it answered, within bounds, and answers the same question with it.

    What another generation answered is let go at once: nobody can be given it.
    """

    def __init__(self, app: Wsgi, engine: Engine, limit: int) -> None:
        """`engine` answers from one generation as long as a request takes; `limit` is in bytes, of all that is kept."""
        self._app, self._engine, self._limit = app, engine, limit
        self._made_by: tuple[Maker, Store] = (), self._empty()

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._made_by[1].bytes

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        kept = self._store() if environ.get("REQUEST_METHOD") == "GET" else None
        if kept is None:
            return self._app(environ, start_response)
        key = tuple(environ.get(name, "") for name in MADE_OF)
        found = None if any(name in environ for name in CONDITIONS) else kept.get(key)
        if found is None:
            return self._made(kept, key, environ, start_response)
        start_response("200 OK", list(found.headers))
        return [zstandard.decompress(found.body) if found.packed else found.body]

    def _store(self) -> Store | None:
        """What is kept of the generation that answers; None where there is none."""
        try:
            status = self._engine.status()
        except IndexUnusable:
            return None
        maker = status.digest, *status.warnings
        made_by, kept = self._made_by
        if made_by != maker:
            kept = self._empty()
            self._made_by = maker, kept
        return kept

    def _empty(self) -> Store:
        return Kept(lambda answer: answer.size, self._limit)

    def _made(
        self, kept: Store, key: Key, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        said: tuple[str, Headers] = ("", [])

        def start(status: str, headers: Headers, *rest: Any) -> Any:
            nonlocal said
            said = status, headers
            return start_response(status, headers, *rest)

        answer = self._app(environ, start)
        if not _can_be_kept(*said):
            return answer
        body = b"".join(whole(answer))
        kept.keep(key, _packed(said[1], body, sum(map(len, key))))
        return [body]


def _can_be_kept(status: str, headers: Headers) -> bool:
    """Whether an answer is all there, and tagged as the one to its request in this generation."""
    names = {name.lower() for name, _ in headers}
    return status.startswith("200 ") and {"etag", "content-length"} <= names


def _packed(headers: Headers, body: bytes, asked: int) -> _Answer:
    coded = any(name.lower() == "content-encoding" for name, _ in headers)
    packs = not coded and len(body) >= SMALLEST
    kept = zstandard.compress(body, LEVEL) if packs else body
    size = len(kept) + asked + sum(len(name) + len(value) for name, value in headers) + OVERHEAD
    return _Answer(list(headers), kept, packs, size)


def whole(body: Iterable[bytes]) -> list[bytes]:
    """All of a body, which is closed."""
    try:
        return list(body)
    finally:
        if close := getattr(body, "close", None):
            close()
