"""The production server: granian in front of a WSGI application, in a few worker processes of a few threads."""

from __future__ import annotations

import errno
import http.client
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server
from granian.server.common import AbstractServer

from searchapp import heap
from searchapp.model import SearchAppError

Loader = Callable[[], Callable[..., Any]]
"""Makes the WSGI application; called once in each worker process."""

THREADS = 4
"""Threads of a worker that answer requests. A search is processor-bound: more would only wait for each other."""
IDLE_SECONDS = 600
"""How long a thread is kept without work; granian's longest."""
PAUSE_SECONDS = 1.0
"""Before all workers are started anew, where several died one after the other."""
WAKE_SECONDS = 0.1
"""How often the server looks whether it was told something: see _Loop."""
FINISH_SECONDS = 10
"""How long requests under way may take when the server is told to stop; one has a second (searchapp.deadline)."""
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (what a user may ask for, not what we listen on)
"""Addresses that mean all of this machine's, and where to ask one that listens on them."""
LOGS_TO_STDERR = {
    "formatters": {name: {"()": "searchapp.web.logs.Lines", "with_messages": True} for name in ("generic", "access")},
    "handlers": {
        name: {"formatter": "generic", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"}
        for name in ("console", "access")
    },
}
"""What granian says is told as our own log is: a line of JSON, of an error no more than what went wrong."""


class CannotListen(SearchAppError):
    """The address is taken, not this machine's, or not ours to use; the message says which."""


def run(load: Loader, host: str, port: int, workers: int, on_ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish the requests under way and return; workers that die are replaced.

    `on_ready` is called once, from a thread, when the first request would be answered. Raises CannotListen.
    """
    _try_address(host, port)
    answered = threading.Event()

    def answers() -> None:
        answered.set()
        on_ready()

    # A worker that is told to end before granian listens for it, while it opens the index, has nothing to finish. With
    # the handler that it has from us it would go on, serve, and be killed in the middle of an answer.
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM}),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM}),
        after_in_child=_begin,
    )
    # The watch starts before the workers are forked and must hold no lock then: a timer holds none while it waits.
    watch = threading.Timer(0.1, _await_first_answer, (host, port, answers))
    watch.daemon = True
    server = _server(host, port, workers)
    server.on_startup(watch.start)
    try:
        while not _served(server, load):
            if not answered.is_set():  # it never will
                raise SystemExit(1)
            logging.getLogger("_granian").error("all processes are started anew")
            time.sleep(PAUSE_SECONDS)
            before, server = server, _server(host, port, workers)
            server.on_startup(partial(_pass_on, before, server))
    finally:
        # Python takes granian's handlers away when it ends: told once more in that moment, it would end as if killed.
        for told in (signal.SIGTERM, signal.SIGINT):
            signal.signal(told, signal.SIG_IGN)


def _pass_on(before: AbstractServer[Any], server: AbstractServer[Any]) -> None:
    """Tell a server to end when the one before it was, who listened until this one does."""
    if before.interrupt_signal:
        server.signal_handler_interrupt()  # type: ignore[no-untyped-call]  # granian has no types there


def _server(host: str, port: int, workers: int) -> AbstractServer[Any]:
    server = Server(
        "searchapp",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=IDLE_SECONDS,
        websockets=False,
        log_level=LogLevels.error,
        log_dictconfig=LOGS_TO_STDERR,
        respawn_failed_workers=True,
        workers_kill_timeout=FINISH_SECONDS,
    )
    server.main_loop_interrupt = _Loop(server)  # type: ignore[assignment]  # it has all that granian asks of it
    return server


class _Loop:
    """What granian waits for between its tasks, and sets when it is told something: in place of its threading.Event.

    Python hears a signal between two steps of its main thread. One that another thread receives, or that comes as the
    wait begins, is heard when the wait is over, and an event's has no end; one that is heard while the main thread
    holds the event's own lock would wait for that. And granian clears its event as it begins a task, together with
    what it is told in that moment.
    """

    def __init__(self, server: AbstractServer[Any]) -> None:
        self._server = server
        self._told = False

    def set(self) -> None:
        """There is something to do."""
        self._told = True

    def wait(self) -> None:
        """Return when there is something to do."""
        while not self._told:
            time.sleep(WAKE_SECONDS)

    def clear(self) -> None:
        """There is nothing more to do, but for what is not begun."""
        self._told = False
        if self._server.interrupt_signal or self._server.reload_signal or self._server.interrupt_children:
            self._told = True


def _served(server: AbstractServer[Any], load: Loader) -> bool:
    """Serve; whether it was told to end. granian also ends by itself, when a worker dies soon after another did."""
    try:
        server.serve(target_loader=load, wrap_loader=False)
    except SystemExit:
        return bool(server.interrupt_signal)
    return True


def _begin() -> None:
    """In a worker, before anything else."""
    heap.one_arena()
    # A terminal's Ctrl+C reaches every process; the workers are stopped by ours, which waits for what they are at.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


def _try_address(host: str, port: int) -> None:
    """Raise CannotListen unless host and port are free.

    Asked before granian is: it shares ports between its workers (SO_REUSEPORT), and so would with another server's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise CannotListen(f"--host {host}: {error.strerror}") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(
                f"--port {port}: something else is listening on {host}:{port}; choose another"
            ) from error
        raise CannotListen(f"cannot listen on {host}:{port}: {error.strerror}") from error


def _await_first_answer(host: str, port: int, on_ready: Callable[[], None]) -> None:
    """Ask until there is an answer. A server that never answers is reported by granian, which stops."""
    pause = threading.Event()
    while True:
        connection = http.client.HTTPConnection(EVERYWHERE.get(host, host), port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            pause.wait(0.05)
        else:
            on_ready()
            return
        finally:
            connection.close()
