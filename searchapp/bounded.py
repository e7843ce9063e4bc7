"""What was worked out, kept while it is asked for again, within a number of bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, ParamSpec, TypeVar
from weakref import WeakMethod

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
P = ParamSpec("P")


class Kept(Generic[K, V]):
    """Values by keys; what has not been asked for longest is forgotten first. Threads may share it.

    A number of values is no bound where one value may be a thousand times as large as another.
    """

    def __init__(self, size: Callable[[V], int], limit: int) -> None:
        """`size` estimates the bytes of a value, `limit` bounds their sum. A value larger than that is not kept."""
        self._size, self._limit = size, limit
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0
        """What the values kept take, by `size`."""

    def get(self, key: K) -> V | None:
        """The value for a key if it is kept."""
        with self._lock:
            if (found := self._kept.get(key)) is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def keep(self, key: K, value: V) -> None:
        """Keep a value, in place of one that is kept for the same key; one beyond the limit is not kept."""
        size = self._size(value)
        if size > self._limit:
            return
        with self._lock:
            _, replaced = self._kept.pop(key, (value, 0))
            self._kept[key] = value, size
            self.bytes += size - replaced
            while self.bytes > self._limit:
                _, (_, forgotten) = self._kept.popitem(last=False)
                self.bytes -= forgotten


class Cache(Kept[K, V]):
    """A function that remembers what it gave. Two threads that ask for the same at once may both work it out."""

    def __init__(self, make: Callable[[K], V], size: Callable[[V], int], limit: int) -> None:
        """As of Kept, with what makes the value for a key."""
        super().__init__(size, limit)
        self._make = make

    def __call__(self, key: K) -> V:
        """The value for a key."""
        if (found := self.get(key)) is not None:
            return found
        value = self._make(key)
        self.keep(key, value)
        return value


def unowned(method: Callable[P, V]) -> Callable[P, V]:
    """A method for a cache that its own object holds: it does not keep the object, which so is in no cycle.

    The files of a generation are closed as soon as nobody uses it, not when a collector of cycles comes by.
    """
    reference = WeakMethod(method)

    def call(*args: P.args, **kwargs: P.kwargs) -> V:
        bound = reference()
        assert bound is not None  # noqa: S101  # only its object's cache calls it
        return bound(*args, **kwargs)

    return call
