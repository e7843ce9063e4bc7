"""What is done about memory where millions of values are made that stay."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

YOUNG: Final = 10_000
"""How many more values than before are made before cycles are looked for among the new ones. A page of results makes as
many, and most are gone with it: at Python's 700, a twentieth of its time was spent on looking."""
ARENAS: Final = -8
"""M_ARENA_MAX of glibc's mallopt(3)."""


@contextmanager
def without_collector() -> Iterator[None]:
    """Look for no cycles meanwhile: done again and again over millions of values that stay, it takes half of the time.

    For the one thread that builds; the search for cycles is off for all of the process.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@contextmanager
def staying() -> Iterator[None]:
    """Look for no cycles meanwhile, nor later in what there is by then: for modules, which stay until the process ends.

    Python would look through them many times as they are imported, and twice as it ends: a quarter of the time of a
    command that has little to do, or more.
    """
    with without_collector():
        yield
        gc.freeze()


def one_arena() -> None:
    """Let all threads that begin from now on take memory from the same place, where the C library is glibc.

    Else each has a place of its own, from which another takes nothing back: a tenth of a server's memory.
    """
    _glibc("mallopt", ARENAS, 1)


def settle() -> None:
    """Free what is left over, and look for no cycles in what is held now until this is called again.

    For a process that serves, each time it has opened what it serves: an index is millions of values that stay, and
    every search for cycles among them holds up an answer for a tenth of a second. Afterwards they are looked for more
    seldom among what is new, in all of the process.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    _glibc("malloc_trim", 0)
    gc.set_threshold(YOUNG)


def _glibc(function: str, *args: int) -> None:
    """Call a function that this C library has; another does without."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None)[function](*args)
