"""What every answer forbids the browser, and how large a request may be, whatever the server in front lets through."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import (
    HTTPException,
    RequestEntityTooLarge,
    RequestHeaderFieldsTooLarge,
    RequestURITooLarge,
)

from searchapp.web.wsgi import Environ

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MAX_ADDRESS: Final = 16_384
"""Bytes of path and arguments as sent: room for 1,000 characters of any script, and for dozens of filters."""
MAX_HEADERS: Final = 32_768
"""Bytes of all headers."""
MAX_BODY: Final = 65_536
"""Bytes; nothing here reads a body."""
LONGEST_NUMBER: Final = 20
"""Digits of a length that is looked at as a number."""
MAX_ARGUMENTS: Final = 1_000


def protect(app: Flask) -> None:
    """Refuse what is too large before anything is done with it; add the headers to every answer."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY

    @app.before_request
    def limit() -> None:
        if refusal := too_large(request.environ):
            raise refusal

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def too_large(environ: Environ) -> HTTPException | None:
    """Why a request is refused before anything is done with it, if it is."""
    arguments = environ.get("QUERY_STRING", "")
    if len(environ.get("PATH_INFO", "")) + len(arguments) > MAX_ADDRESS or arguments.count("&") >= MAX_ARGUMENTS:
        return RequestURITooLarge()
    if sum(len(k) + len(str(v)) for k, v in environ.items() if k.startswith("HTTP_")) > MAX_HEADERS:
        return RequestHeaderFieldsTooLarge()
    length = environ.get("CONTENT_LENGTH") or "0"
    is_large = length.isdecimal() and (len(length) > LONGEST_NUMBER or int(length) > MAX_BODY)
    return RequestEntityTooLarge() if is_large else None
