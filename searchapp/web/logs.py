"""What happened, one line of JSON each on standard error. Searches are sensitive: no line holds one unless asked for.

A request is told by its path without arguments; a defect by its kind and place, since messages of errors often quote
what was typed. The addresses of readers are not written at all: a proxy in front has them, if anybody needs them.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from multiprocessing.util import Finalize
from typing import Any, Final

from werkzeug.wsgi import ClosingIterator

from searchapp import deadline
from searchapp.settings import Settings
from searchapp.web.wsgi import Wsgi, called, whole

access: Final = logging.getLogger("searchapp.access")
errors: Final = logging.getLogger("searchapp.errors")

LONGEST: Final = 300
"""Characters of a path or a query in the log."""
WAITING: Final = 10_000
"""Lines that wait while standard error takes none; further ones are counted and left out."""
AT_ONCE: Final = 500
TOGETHER_SECONDS: Final = 0.05
"""How long a line waits for others: to wake a thread for each takes a busy process more time than all of its log."""
LAST_SECONDS: Final = 2.0
"""How long the end of the process waits for the last lines."""

Observe = Callable[[str, int, float], None]
"""Called after each request with its path, its status and how many seconds it took."""


class Observed:
    """A WSGI application whose answers are limited in time, timed, and told to the access log."""

    def __init__(self, app: Wsgi, settings: Settings, observe: Observe | None = None) -> None:
        """`observe`: who else wants to know."""
        self._app, self._settings, self._observe = app, settings, observe

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        started = time.perf_counter()

        def tell(status: int) -> None:
            self._tell(environ, status, time.perf_counter() - started)

        try:
            with deadline.within(self._settings.deadline):
                said, headers, body = called(self._app, environ, start_response)
        except BaseException:
            tell(500)  # nothing was begun: the server makes it a 500
            raise
        status = int(said[:3])
        if any(name.lower() == "content-length" for name, _ in headers):
            # All of it is there, and told before it is sent: a process that ends right after has logged it. As a list
            # the server sends it at once, and does not take it piece by piece.
            tell(status)
            return whole(body)
        return ClosingIterator(body, partial(tell, status))

    def _tell(self, environ: dict[str, Any], status: int, seconds: float) -> None:
        path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode("utf-8", "replace")
        if self._observe is not None:
            self._observe(path, status, seconds)
        about = {"method": environ.get("REQUEST_METHOD", "")[:16], "path": path[:LONGEST], "status": status}
        about["ms"] = round(seconds * 1000, 2)
        if self._settings.log_queries:
            about["query"] = environ.get("QUERY_STRING", "")[:LONGEST]
        access.info("request", extra={"about": about})


class Lines(logging.Formatter):
    """A record as one line of JSON."""

    def __init__(self, *, with_messages: bool) -> None:
        """`with_messages`: whether the messages of exceptions are told, which may quote a query."""
        super().__init__()
        self._with_messages = with_messages

    def format(self, record: logging.LogRecord) -> str:
        """Time in UTC, level, what happened, and what is known about it."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        found: dict[str, Any] = {
            "time": when,
            "level": record.levelname.lower(),
            "event": _first_line(record.getMessage()),
        }
        found |= getattr(record, "about", {})
        if record.exc_info and record.exc_info[1] is not None:
            found |= self._defect(record.exc_info[1])
        found["pid"] = record.process
        return json.dumps(found, ensure_ascii=True)

    def _defect(self, error: BaseException) -> dict[str, Any]:
        frames = traceback.extract_tb(error.__traceback__)
        told: dict[str, Any] = {"error": type(error).__name__}
        if self._with_messages:
            told["message"] = str(error)[:LONGEST]
        return {**told, "trace": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}


def _first_line(message: str) -> str:
    """What is said of an event: others who log here add all that they know of an error, which may quote a query."""
    return message.partition("\n")[0][:LONGEST]


class Patient(logging.Handler):
    """Writes lines from a thread of its own, so that nobody who reads the log slowly, or not at all, holds up a reader
    of the page."""

    def __init__(self, descriptor: int = 2) -> None:
        """`descriptor`: of the file that is written to."""
        super().__init__()
        self._descriptor = descriptor
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._lost = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a line."""
        if self._lines.qsize() < WAITING:
            self._lines.put(self.format(record))
        else:
            self._lost += 1

    def close(self) -> None:
        """Write what waits, for a moment."""
        self._closing.set()
        self._lines.put(None)
        if self._lines.qsize() <= WAITING:  # else nobody reads
            self._thread.join(LAST_SECONDS)
        super().close()

    def _write(self) -> None:
        line = self._lines.get()
        while line is not None:
            self._closing.wait(TOGETHER_SECONDS)
            batch = [line]
            while len(batch) < AT_ONCE and not self._lines.empty() and (line := self._lines.get()) is not None:
                batch.append(line)
            if lost := self._lost:
                batch.append(json.dumps({"level": "warning", "event": "lines left out", "count": lost}))
                self._lost -= lost
            try:
                _write_all(self._descriptor, ("\n".join(batch) + "\n").encode())
            except OSError:
                return  # standard error is closed: there is nobody to tell
            line = line and self._lines.get()


def to_standard_error(settings: Settings) -> None:
    """Write the log of this process to standard error."""
    handler = Patient()
    handler.setFormatter(Lines(with_messages=settings.log_queries))
    root = logging.getLogger("searchapp")
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    root.propagate = False
    # Worker processes end without the interpreter's own exit functions, but not without these.
    Finalize(None, handler.close, exitpriority=0)


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
