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
