"""WSGI (PEP 3333) for what stands between the server and the application."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
Start = Callable[..., Any]
Wsgi = Callable[..., Iterable[bytes]]
"""An application as PEP 3333 has it."""
Headers = list[tuple[str, str]]


def whole(body: Iterable[bytes]) -> list[bytes]:
    """All of a body, which is closed."""
    try:
        return list(body)
    finally:
        if close := getattr(body, "close", None):
            close()


def called(app: Wsgi, environ: Environ, start_response: Start) -> tuple[str, Headers, Iterable[bytes]]:
    """What an application says, which is passed on, and its body. It has to begin before it gives the body, as Flask
    does; raises what it raises."""
    said: tuple[str, Headers] = ("", [])

    def start(status: str, headers: Headers, *rest: Any) -> Any:
        nonlocal said
        said = status, headers
        return start_response(status, headers, *rest)

    body = app(environ, start)
    return *said, body
