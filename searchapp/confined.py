"""Calls in child processes that can be killed: whatever a document holds, it costs a bounded time and memory.

A few long-lived children do one item after the other. Each call has a limit of processor time, which the kernel keeps
(a timer whose signal ends the child, in C code too), one of memory (RLIMIT_AS), and one on the clock, which the parent
keeps. A child that fails is replaced, and the item's place is taken by the reason.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, Final, Generic, TypeVar, cast

from searchapp import heap

Item = TypeVar("Item")
Result = TypeVar("Result")

MAX_WORKERS: Final = 4
"""More would need more memory than a small machine has, each being allowed `Limits.memory`."""
AHEAD: Final = 64
"""How many items may be begun or done behind one that is not done yet."""
MOST_READY: Final = 8
"""Calls that a child may have: small ones lie ready behind the one that it works on, so that it need not wait."""
_OUT_OF_MEMORY: Final = 79
"""Status of a child whose memory ran out; no other end has it."""
_OTHER_JOB: Final = b""
"""Sent before a function; no item is pickled to nothing."""
_START: Final = """
import sys
sys.path[:] = sys.argv[2:]
from searchapp import heap
with heap.staying():
    from searchapp import confined
confined.serve(int(sys.argv[1]))
"""


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


_idle: ContextVar[list[_Child[Any]] | None] = ContextVar("idle", default=None)
"""The children that wait for the next `each`, within `kept`."""


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
    `workers`: how many processes at most (default: one a processor, not over MAX_WORKERS). Close the iterator if it is
    not used up: its processes end with it, or with `kept`.
    """
    crew = _Crew(function, limits or Limits(), workers or min(os.cpu_count() or 1, MAX_WORKERS))
    try:
        yield from crew.work(items)
    finally:
        crew.close()


@contextmanager
def kept() -> Iterator[None]:
    """Let the children of one `each` go on with the next: to start an interpreter takes longer than most calls do.

    Within another, they go on until that ends.
    """
    if _idle.get() is not None:
        yield
        return
    idle: list[_Child[Any]] = []
    token = _idle.set(idle)
    try:
        yield
    finally:
        _idle.reset(token)
        for child in idle:
            child.end()


@dataclass(frozen=True, slots=True)
class _Call(Generic[Item]):
    """An item on its way."""

    number: int
    """Its place among the items."""
    item: Item
    data: bytes
    """The item, pickled."""


class _Crew(Generic[Item, Result]):
    """The children and what each has to do."""

    def __init__(self, function: Callable[[Item], Result], limits: Limits, size: int) -> None:
        self._job = pickle.dumps(function)
        self._limits = limits
        self._size = size
        self._children: list[_Child[Item]] = []
        self._held: deque[_Call[Item]] = deque()
        """What no child has room for yet, or what was given to one that ended before it came to it."""

    def work(self, items: Iterable[Item]) -> Iterator[tuple[Item, Result | Refused]]:
        """Give, take, and pass on in order."""
        source = (_Call(number, item, pickle.dumps(item)) for number, item in enumerate(items))
        done: dict[int, tuple[Item, Result | Refused]] = {}
        begun = passed = 0
        while True:
            while self._give_held() and begun - passed < AHEAD and (call := next(source, None)):
                self._held.append(call)
                begun += 1
            if not any(child.calls for child in self._children):
                return
            for call, result in self._take():
                done[call.number] = call.item, result
            while passed in done:
                yield done.pop(passed)
                passed += 1

    def _give_held(self) -> bool:
        """Give what is held; False when there is no room for all of it."""
        while self._held:
            child = self._child_for(self._held[0])
            if child is None:
                return False
            child.give(self._held.popleft())
        return True

    def _child_for(self, call: _Call[Item]) -> _Child[Item] | None:
        """Of those that have room the one with the fewest calls; a new one where none has: it takes long to start."""
        roomy = (child for child in self._children if child.has_room(call))
        least = min(roomy, key=lambda child: len(child.calls), default=None)
        return self._new() if least is None and len(self._children) < self._size else least

    def _new(self, *, without_past: bool = False) -> _Child[Item]:
        idle = () if without_past else _idle.get() or ()
        child = next((child for child in idle if child.limits == self._limits), None)
        if child is None:
            child = _Child(self._limits)
        else:
            cast("list[_Child[Item]]", idle).remove(child)
        child.begin(self._job)
        self._children.append(child)
        return child

    def _take(self) -> Iterator[tuple[_Call[Item], Result | Refused]]:
        """Wait for a child that is done, or whose time is over."""
        busy = [child for child in self._children if child.calls]
        patience = max(0.0, min(child.until for child in busy) - time.monotonic())
        ready = wait([child.connection for child in busy], patience)
        for child in busy:
            if child.connection not in ready and time.monotonic() < child.until:
                continue
            call, outcome = child.take(late=child.connection not in ready)
            if not outcome.fit:
                self._children.remove(child)
                child.end()
                self._held.extendleft(reversed(child.calls))
            if outcome.may_be_its_past and child.answered:
                self._new(without_past=True).give(call)
            else:
                yield call, cast("Result | Refused", outcome.value)

    def close(self) -> None:
        """End every child, or keep those that have nothing to do."""
        idle = _idle.get()
        for child in self._children:
            if idle is None or child.calls:
                child.end()
            else:
                idle.append(child)


class _Child(Generic[Item]):
    """A process and the way to talk with it. It does one call after the other, so that the first is at fault."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.calls: deque[_Call[Item]] = deque()
        """The one that it works on, and those that lie ready for it."""
        self.answered = 0
        self.until = 0.0
        """When to give up on the present call, on the monotonic clock."""
        self.connection, theirs = Pipe()
        self._room = _buffer(self.connection) // 4
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # this very program
                [sys.executable, "-c", _START, str(theirs.fileno()), *sys.path],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._send(pickle.dumps(limits))

    def begin(self, job: bytes) -> None:
        """Let further calls be those of a function, pickled."""
        self._send(_OTHER_JOB)
        self._send(job)

    def has_room(self, call: _Call[Item]) -> bool:
        """Whether a call can begin now, or lie ready behind the present one.

        The system has to hold it all: a parent that waited for a child to read could not read what the child writes.
        """
        if not self.calls:
            return True
        lying = sum(len(each.data) for each in list(self.calls)[1:]) + len(call.data)
        return len(self.calls) < MOST_READY and lying <= self._room

    def give(self, call: _Call[Item]) -> None:
        """Begin a call, or let it lie ready."""
        if not self.calls:
            self.until = time.monotonic() + self.limits.patience
        self.calls.append(call)
        self._send(call.data)

    def take(self, *, late: bool) -> tuple[_Call[Item], _Outcome]:
        """The outcome of the present call; `late` when the time on the clock is over."""
        outcome = _Outcome(Refused(f"it took more than {self.limits.patience:g} s"), fit=False)
        if not late:
            try:
                outcome = pickle.loads(self.connection.recv_bytes())  # noqa: S301  # our own child's
                self.answered += 1
            except (EOFError, OSError):
                outcome = self._why_dead()
        self.until = time.monotonic() + self.limits.patience
        return self.calls.popleft(), outcome

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
            reason = f"it takes more than {self.limits.memory >> 20} MB of memory"
            return _Outcome(Refused(reason), fit=False, may_be_its_past=True)
        if status == -signal.SIGPROF:
            reason = f"it took more than {self.limits.seconds:g} s of processor time"
            return _Outcome(Refused(reason), fit=False)
        what = f"signal {-status}" if status < 0 else f"status {status}"
        return _Outcome(Refused(f"the process that read it ended with {what}"), fit=False, may_be_its_past=True)


def _buffer(connection: Connection) -> int:
    """How many bytes the system holds between the ends of a connection, at least."""
    with socket.socket(fileno=os.dup(connection.fileno())) as same:
        return same.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)


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
        limits = pickle.loads(connection.recv_bytes())  # noqa: S301  # our own parent's
        function: Callable[[Any], Any]  # comes before the first call
        _limit(resource.RLIMIT_CORE, 0)
        _limit(resource.RLIMIT_AS, limits.memory)
        while True:
            data = connection.recv_bytes()
            if data == _OTHER_JOB:
                with heap.staying():  # what it needs is imported
                    function = pickle.loads(connection.recv_bytes())  # noqa: S301  # our own parent's
                continue
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
