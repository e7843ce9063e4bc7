"""Answers that are kept and given again: who asks for what was asked before does not wait for it to be made again.

An answer depends on the request, on the generation and on this program alone; the one that `caching.py` has tagged was
made of one generation from its beginning to its end. It is kept as it was sent, so that it costs no template, no
search and no compression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import zstandard

from searchapp.bounded import Kept
from searchapp.engine import Engine
from searchapp.model import IndexUnusable
from searchapp.web.wsgi import Environ, Headers, Start, Wsgi, called, whole

Key = tuple[str | None, ...]
"""All of a request that decides what is answered."""
Maker = tuple[str, ...]
"""The generation, and what is wrong with the index, which pages say."""

TAGGED: Final = "searchapp.tagged"
"""Set in the environment of a request whose answer has a tag of its generation."""
OVERHEAD: Final = 1_000
"""Bytes that an answer takes besides its own: objects of Python, and the place in the list."""
SMALLEST: Final = 1_000
"""Bytes from which a body that was sent as it is is packed while it is kept: a page takes a sixth of its room then."""
LEVEL: Final = 1
"""Of zstd: higher ones take longer than they save."""


@dataclass(frozen=True, slots=True)
class _Answer:
    headers: tuple[tuple[str, str], ...]
    body: bytes
    """As it was sent, or packed."""
    packed: bool
    size: int
    """Bytes that all of it takes."""


Store = Kept[Key, _Answer]


class Answers:
    """A WSGI application that keeps what it answered, within bounds, and answers the same question with it.

    What another generation answered is let go at once: nobody can be given it.
    """

    def __init__(self, app: Wsgi, engine: Engine, limit: int, question: Callable[[Environ], Key | None]) -> None:
        """`engine` answers from one generation as long as a request takes; `limit` is in bytes, of all that is kept;
        `question` is what the answer to a request is made of, None for one whose answer is not kept."""
        self._app, self._engine, self._limit, self._question = app, engine, limit, question
        self._made_by: tuple[Maker, Store] = (), self._empty()

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return self._made_by[1].bytes

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer one request."""
        key = self._question(environ)
        kept = None if key is None else self._store()
        if key is None or kept is None:
            return self._app(environ, start_response)
        # Who has an answer and asks whether it is still the one is told by the application.
        found = None if "HTTP_IF_NONE_MATCH" in environ else kept.get(key)
        if found is None:
            return self._made(kept, key, environ, start_response)
        start_response("200 OK", list(found.headers))
        return [zstandard.decompress(found.body) if found.packed else found.body]

    def _store(self) -> Store | None:
        """What is kept of the generation that answers; None where none does, which is the application's to tell."""
        try:
            status = self._engine.status()
        except (IndexUnusable, OSError):
            return None
        maker = status.digest, *status.warnings
        made_by, kept = self._made_by
        if made_by != maker:
            kept = self._empty()
            self._made_by = maker, kept
        return kept

    def _empty(self) -> Store:
        return Kept(lambda answer: answer.size, self._limit)

    def _made(self, kept: Store, key: Key, environ: Environ, start_response: Start) -> Iterable[bytes]:
        status, headers, answer = called(self._app, environ, start_response)
        length = next((value for name, value in headers if name.lower() == "content-length"), None)
        if TAGGED not in environ or not status.startswith("200 ") or length is None:
            return answer
        body = b"".join(whole(answer))
        if length == str(len(body)):
            kept.keep(key, _packed(headers, body, sum(len(part or "") for part in key)))
        return [body]


def _packed(headers: Headers, body: bytes, key_size: int) -> _Answer:
    coded = any(name.lower() == "content-encoding" for name, _ in headers)
    packs = not coded and len(body) >= SMALLEST
    # What zstd gives keeps the room of what it might have had to give: a copy takes what it holds.
    kept = bytes(memoryview(zstandard.compress(body, LEVEL))) if packs else body
    size = len(kept) + key_size + sum(len(name) + len(value) for name, value in headers) + OVERHEAD
    return _Answer(tuple(headers), kept, packs, size)
