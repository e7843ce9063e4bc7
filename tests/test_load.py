"""A real server under several connections, slow ones and signals; `make torture` does the same for longer."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest
from running import Searchapp

from torture.collection import words
from torture.load import REPLACED_SECONDS, Site, asks, beside_slow_ones, many, serving, while_something_happens

SLOW = 100


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is given up because something else keeps the machine busy."""
    monkeypatch.setenv("SEARCHAPP_DEADLINE", "30")


@pytest.mark.long(10)
@pytest.mark.usefixtures("patient")
def test_many_connections_get_answers(seed_app: Searchapp) -> None:
    """Thirty-two connections at once, beside them a hundred that send a byte now and then: no error, nobody waits."""
    paths = asks(1, words(seed_app.index))
    with serving(seed_app.corpus, seed_app.index) as site:
        seen = asyncio.run(many(site.port, paths, 32, 2))
        slow = asyncio.run(beside_slow_ones(site.port, paths, SLOW))
    assert seen.failures == slow.failures == []
    assert len(seen.seconds) > 32
    assert slow.at(1) < 5_000


@pytest.mark.long(15)
@pytest.mark.usefixtures("patient")
def test_signals_fail_no_request(seed_app: Searchapp) -> None:
    """A worker that is killed is replaced; SIGHUP replaces all of them one by one, and no request fails meanwhile."""
    paths = asks(2, words(seed_app.index))
    with serving(seed_app.corpus, seed_app.index) as site:
        before = site.workers()
        os.kill(before[0], signal.SIGKILL)
        await_workers(site, len(before), other_than=before[0])
        time.sleep(REPLACED_SECONDS)
        between = site.workers()
        seen = asyncio.run(while_something_happens(site.port, paths, [(site.process.pid, signal.SIGHUP)]))
        await_workers(site, len(before), other_than=between[0])
    assert seen.failures == []
    assert len(seen.seconds) > 8
    assert site.process.returncode == 0


def await_workers(site: Site, count: int, other_than: int) -> None:
    """Wait until so many processes answer, and one that was there is gone."""
    last = time.monotonic() + 30
    while len(now := site.workers()) != count or other_than in now:
        assert time.monotonic() < last, now
        time.sleep(0.1)
