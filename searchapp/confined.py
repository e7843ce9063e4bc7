"""Calls in child processes that can be killed: whatever a document holds, it costs a bounded time and memory.

A few long-lived children take one item at a time. Each call has a limit of processor time, which the kernel keeps
(a timer whose signal ends the child, in C code too), one of memory (RLIMIT_AS), and one on the clock, which the parent
keeps. A child that fails is replaced, and the item's place is taken by the reason.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, Final, Generic, TypeVar, cast

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_WORKERS: Final = 4
"""More would need more memory than a small machine has, each being allowed `Limits.memory`."""
AHEAD: Final = 64
"""How many items may be begun or done behind one that is not done yet."""
_OUT_OF_MEMORY: Final = 79
"""Status of a child whose memory ran out; no other end has it."""
_START: Final = (
    "import sys; sys.path[:] = sys.argv[2:]; from searchapp import confined; confined.serve(int(sys.argv[1]))"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may cost."""

    seconds: float = 30.0
    """Of processor time."""
    memory: int = 512 * 2**20
    """Bytes of address space of the child, its program included."""
    patience: float = 120.0
    """Seconds on the clock: for a machine that is busy with something else."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Stands where a result would."""

    reason: str
    """Why there is none, to follow the name of the file."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a call."""

    value: Any
    """The result, or Refused."""
    fit: bool = True
    """Whether the child can go on."""
    may_be_its_past: bool = False
    """Whether a child that did nothing before might succeed: what it did before can have used up its memory."""


def each(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    limits: Limits | None = None,
    workers: int | None = None,
) -> Generator[tuple[Item, Result | Refused], None, None]:
    """Each item with `function(item)` or why there is none, in the order of the items, however many workers there are.

    Function, items and results must be picklable, and the function must not depend on what it was called with before.
    `workers`: how many processes (default: one a processor, at most MAX_WORKERS). Close the iterator if it is not used
    up: its processes end with it.
    """
    crew = _Crew(function, limits or Limits(), workers or min(os.cpu_count() or 1, MAX_WORKERS))
    try:
        yield from crew.work(items)
    finally:
        crew.close()


class _Crew(Generic[Item, Result]):
    """The children and what each is doing."""

    def __init__(self, function: Callable[[Item], Result], limits: Limits, size: int) -> None:
        self._job = pickle.dumps((function, limits))
        self._limits = limits
        self._size = size
        self._idle: list[_Child] = []
        self._busy: dict[_Child, tuple[int, Item]] = {}

    def work(self, items: Iterable[Item]) -> Iterator[tuple[Item, Result | Refused]]:
        """Give, take, and pass on in order."""
        source = enumerate(items)
        done: dict[int, tuple[Item, Result | Refused]] = {}
        begun = passed = 0
        while True:
            while len(self._busy) < self._size and begun - passed < AHEAD and (one := next(source, None)):
                self._give(*one)
                begun += 1
            if not self._busy:
                return
            for number, item, result in self._take():
                done[number] = item, result
            while passed in done:
                yield done.pop(passed)
                passed += 1

    def _give(self, number: int, item: Item, *, fresh: bool = False) -> None:
        child = self._idle.pop() if self._idle and not fresh else _Child(self._job, self._limits)
        self._busy[child] = number, item
        child.give(item)

    def _take(self) -> Iterator[tuple[int, Item, Result | Refused]]:
        """Wait for a child that is done, or whose time is over."""
        patience = max(0.0, min(child.until for child in self._busy) - time.monotonic())
        ready = wait([child.connection for child in self._busy], patience)
        for child in list(self._busy):
            if child.connection not in ready and time.monotonic() < child.until:
                continue
            number, item = self._busy.pop(child)
            outcome = child.take(late=child.connection not in ready)
            if outcome.fit:
                self._idle.append(child)
            else:
                child.end()
            if outcome.may_be_its_past and child.calls > 1:
                self._give(number, item, fresh=True)
            else:
                yield number, item, cast("Result | Refused", outcome.value)

    def close(self) -> None:
        """End every child."""
        for child in (*self._idle, *self._busy):
            child.end()


class _Child:
    """A process and the way to talk with it."""

    def __init__(self, job: bytes, limits: Limits) -> None:
        self._limits = limits
        self.calls = 0
        self.until = 0.0
        """When to give up on the present call, on the monotonic clock."""
        self.connection, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # this very program
                [sys.executable, "-c", _START, str(theirs.fileno()), *sys.path],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._send(job)

    def give(self, item: object) -> None:
        """Begin a call."""
        self.calls += 1
        self.until = time.monotonic() + self._limits.patience
        self._send(pickle.dumps(item))

    def take(self, *, late: bool) -> _Outcome:
        """The outcome of the call; `late` when the time on the clock is over."""
        if late:
            return _Outcome(Refused(f"it took more than {self._limits.patience:g} s"), fit=False)
        try:
            return cast("_Outcome", pickle.loads(self.connection.recv_bytes()))  # noqa: S301  # our own child's
        except (EOFError, OSError):
            return self._why_dead()

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        self.connection.close()

    def _send(self, data: bytes) -> None:
        with suppress(OSError):  # it is gone; the answer that does not come says so
            self.connection.send_bytes(data)

    def _why_dead(self) -> _Outcome:
        status = self._process.wait()
        if status == _OUT_OF_MEMORY:
            reason = f"it takes more than {self._limits.memory >> 20} MB of memory"
            return _Outcome(Refused(reason), fit=False, may_be_its_past=True)
        if status == -signal.SIGPROF:
            reason = f"it took more than {self._limits.seconds:g} s of processor time"
            return _Outcome(Refused(reason), fit=False)
        what = f"signal {-status}" if status < 0 else f"status {status}"
        return _Outcome(Refused(f"the process that read it ended with {what}"), fit=False, may_be_its_past=True)


# In the child


def serve(descriptor: int) -> None:
    """Take calls until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    connection = Connection(descriptor)
    try:
        _serve(connection)
    except MemoryError:  # wherever it ran out, there may be none left to say so: the status does
        os._exit(_OUT_OF_MEMORY)


def _serve(connection: Connection) -> None:
    with suppress(EOFError, OSError):  # the parent is gone
        function, limits = pickle.loads(connection.recv_bytes())  # noqa: S301  # our own parent's
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_AS, limits.memory)
        while True:
            data = connection.recv_bytes()
            signal.setitimer(signal.ITIMER_PROF, limits.seconds)
            answer = _answered(function, data)
            signal.setitimer(signal.ITIMER_PROF, 0)
            connection.send_bytes(answer)


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _answered(function: Callable[[Any], Any], data: bytes) -> bytes:
    try:
        return pickle.dumps(_Outcome(function(pickle.loads(data))))  # noqa: S301  # our own parent's
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # a defect of ours met by one document must not cost the others
        return pickle.dumps(_Outcome(Refused(f"a defect of searchapp, please report it: {_told(error)}"), fit=False))


def _told(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {str(error)[:200]} ({os.path.basename(where.filename)}:{where.lineno})"  # noqa: PTH119  # a frame's name need be no path
