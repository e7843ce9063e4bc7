"""Counts of requests in the text format of Prometheus, added up over all worker processes.

Each process counts in a file of its own, which the others can read: a scrape reaches only one of them.
"""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

ROUTES: Final = ("/", "/search", "/doc", "/entry", "/cite", "/about", "/api", "/export", "/feed", "/static", "other")
"""What a path begins with; '/' is the start page alone."""
CLASSES: Final = (1, 2, 3, 4, 5)
"""First digits of statuses."""
BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Seconds."""
COUNTS: Final = len(ROUTES) * len(CLASSES)
SLOTS: Final = COUNTS + len(BOUNDS) + 2
"""Requests by route and class, durations by bound and over all of them, and the sum of seconds."""


class Metrics:
    """Counts of this process, and the sums over all that count in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with (folder / f"{os.getpid()}.counts").open("w+b") as file:
            file.truncate(SLOTS * 8)
            self._counts = np.frombuffer(mmap.mmap(file.fileno(), SLOTS * 8), np.float64)
        self._lock = threading.Lock()

    def observe(self, path: str, status: int, seconds: float) -> None:
        """Count one request."""
        row = ROUTES.index(route(path)) * len(CLASSES) + min(max(status // 100, 1), 5) - 1
        bucket = sum(seconds > bound for bound in BOUNDS)
        with self._lock:
            self._counts[row] += 1
            self._counts[COUNTS + bucket] += 1
            self._counts[-1] += seconds

    def text(self) -> str:
        """All that was counted, as Prometheus reads it."""
        files = sorted(self._folder.glob("*.counts"))
        sums = sum((np.fromfile(file, np.float64, SLOTS) for file in files), np.zeros(SLOTS))
        return "".join(f"{line}\n" for line in (*_requests(sums), *_durations(sums)))


def route(path: str) -> str:
    """Which of ROUTES a path belongs to."""
    first = "/" + path.split("/", 2)[1] if path.startswith("/") else ""
    return next((known for known in ROUTES if first == known or first.startswith(f"{known}.")), "other")


def _requests(sums: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Iterator[str]:
    yield "# HELP searchapp_requests_total Requests answered, by route and class of status."
    yield "# TYPE searchapp_requests_total counter"
    for row, name in enumerate(ROUTES):
        for column, digit in enumerate(CLASSES):
            if count := sums[row * len(CLASSES) + column]:
                yield f'searchapp_requests_total{{route="{name}",status="{digit}xx"}} {count:.0f}'


def _durations(sums: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Iterator[str]:
    yield "# HELP searchapp_request_seconds How long requests took."
    yield "# TYPE searchapp_request_seconds histogram"
    reached = np.cumsum(sums[COUNTS:-1])
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), reached, strict=True):
        yield f'searchapp_request_seconds_bucket{{le="{bound}"}} {count:.0f}'
    yield f"searchapp_request_seconds_sum {sums[-1]:.6f}"
    yield f"searchapp_request_seconds_count {reached[-1]:.0f}"
