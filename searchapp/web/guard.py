"""What every answer forbids the browser, and how large a request may be, whatever the server in front lets through."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import RequestEntityTooLarge, RequestHeaderFieldsTooLarge, RequestURITooLarge

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
MAX_ARGUMENTS: Final = 1_000


def protect(app: Flask) -> None:
    """Refuse what is too large before anything is done with it; add the headers to every answer."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY

    @app.before_request
    def limit() -> None:
        environ = request.environ
        address = len(environ.get("PATH_INFO", "")) + len(environ.get("QUERY_STRING", ""))
        if address > MAX_ADDRESS or environ.get("QUERY_STRING", "").count("&") >= MAX_ARGUMENTS:
            raise RequestURITooLarge
        if sum(len(k) + len(str(v)) for k, v in environ.items() if k.startswith("HTTP_")) > MAX_HEADERS:
            raise RequestHeaderFieldsTooLarge
        if (request.content_length or 0) > MAX_BODY:
            raise RequestEntityTooLarge

    @app.after_request
    def headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response
