"""Stops at system calls: in a run of the program, the n-th call that touches the index kills it or fails."""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any, Final

from searchapp import confined

CALLS: Final = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.scandir", "os.listdir"})
"""Events of Python's audit, raised before the call; numpy and Whoosh open their files through the same."""
UNAUDITED: Final = ("write", "fsync")
"""Calls of `os` without an event, on a descriptor."""

Stop = Callable[[str], None]


def kill(_: str) -> None:
    """End here, as kill -9 does."""
    os.kill(os.getpid(), signal.SIGKILL)


def fail(code: int) -> Stop:
    """Let the call fail."""

    def stop(path: str) -> None:
        raise OSError(code, os.strerror(code), path)

    return stop


def at(index: Path, number: int, stop: Stop, *, lasting: bool = False) -> Callable[[], None]:
    """For `Place.run`: stop at this call (counted from 1), and with `lasting` at each one after it."""

    def first() -> None:
        _count(index, lambda count, path: stop(path) if count == number or (lasting and count > number) else None)

    return first


def counting(index: Path, into: Path) -> Callable[[], None]:
    """For `Place.run`: write a byte into a file for each call."""

    def first() -> None:
        tally = os.open(into, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        write = os.write
        _count(index, lambda _count, _path: write(tally, b"."))

    return first


def _count(index: Path, meet: Callable[[int, str], object]) -> None:
    count = 0
    ours = os.fspath(index)

    def touch(path: object) -> None:
        nonlocal count
        name = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
        if name.startswith(ours):
            count += 1
            meet(count, name)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in CALLS and arguments:
            touch(arguments[0])

    def wrapped(call: Callable[..., Any]) -> Callable[..., Any]:
        def run(descriptor: int, *rest: Any) -> Any:
            touch(Path(f"/proc/self/fd/{descriptor}").readlink())
            return call(descriptor, *rest)

        return run

    for name in UNAUDITED:
        setattr(os, name, wrapped(getattr(os, name)))
    sys.addaudithook(hook)


def small_files(most: int) -> Callable[[], None]:
    """For `Place.run`: no file may grow beyond so many bytes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


def without_children() -> None:
    """For `Place.run`: documents are read and taken apart in the program's own process."""
    confined.each = _in_process  # type: ignore[assignment]  # this process is a fork that ends with the run


def _in_process(
    function: Callable[[Any], Any], items: Iterable[Any], *_: object
) -> Generator[tuple[Any, Any], None, None]:
    yield from ((item, function(item)) for item in items)


ERRORS: Final = (errno.ENOSPC, errno.EIO, errno.EACCES)
