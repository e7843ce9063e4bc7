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


class Cache(Generic[K, V]):
    """A function that remembers what it gave last; what has not been asked for longest is forgotten first.

    A number of values is no bound where one value may be a thousand times as large as another. Threads may share it;
    two that ask for the same at once may both work it out.
    """

    def __init__(self, make: Callable[[K], V], size: Callable[[V], int], limit: int) -> None:
        """`size` estimates the bytes of a value, `limit` bounds their sum. A value larger than that is not kept."""
        self._make, self._size, self._limit = make, size, limit
        self._kept: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.bytes = 0
        """What the values kept take, by `size`."""

    def __call__(self, key: K) -> V:
        """The value for a key."""
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return found[0]
        value = self._make(key)
        self._keep(key, value, self._size(value))
        return value

    def _keep(self, key: K, value: V, size: int) -> None:
        if size > self._limit:
            return
        with self._lock:
            _, replaced = self._kept.pop(key, (value, 0))
            self._kept[key] = value, size
            self.bytes += size - replaced
            while self.bytes > self._limit:
                _, (_, forgotten) = self._kept.popitem(last=False)
                self.bytes -= forgotten


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
