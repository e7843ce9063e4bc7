"""Children that may be killed: what a call costs is bounded, and whatever happens to one, the others are answered."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from searchapp.confined import MOST_READY, Limits, Refused, each, kept

LIMITS = Limits(seconds=0.5, memory=256 * 2**20, patience=20)


def behave(item: str) -> str:
    """What an item says, as a document might make a parser do it. Runs in a child."""
    BEHAVIOUR.get(item, str)()
    return item.upper()


def loop() -> None:
    """Take time, with Python's interpreter in between."""
    while True:
        pass


def hoard() -> None:
    """Keep memory for good."""
    HOARD.append(bytearray(100 * 2**20))


def fail() -> None:
    """A defect."""
    raise KeyError("raise")


def recur() -> None:
    """A defect that Python stops."""
    recur()


HOARD: list[bytearray] = []
BEHAVIOUR: dict[str, Callable[[], object]] = {
    "loop": loop,
    "loop in C": lambda: sum(range(10**12)),
    "memory": lambda: [0] * 10**9,
    "hoard": hoard,
    "die": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "exit": lambda: os._exit(3),
    "raise": fail,
    "recursion": recur,
    "sleep": lambda: time.sleep(60),
    "wait": lambda: time.sleep(0.3),
}
BAD = {
    "loop": "0.5 s of processor time",
    "loop in C": "0.5 s of processor time",
    "memory": "256 MB of memory",
    "die": "signal 11",
    "exit": "status 3",
    "raise": "KeyError: 'raise' (test_confined.py:",
    "recursion": "RecursionError",
}


@pytest.mark.parametrize("workers", [1, 3])
def test_a_bad_item_costs_only_itself(workers: int) -> None:
    """Whatever an item does, it is refused with the reason, in its place, and every other item is answered."""
    items = [text for bad in BAD for text in ("a", bad, "b")]
    found = list(each(behave, items, LIMITS, workers))
    assert [item for item, _ in found] == items
    for item, result in found:
        if item in BAD:
            assert isinstance(result, Refused)
            assert BAD[item] in result.reason
        else:
            assert result == item.upper()


def test_a_child_that_sleeps_is_ended_by_the_clock() -> None:
    """A call that takes no processor time at all is ended, too; what is beside it, or lies ready behind it, goes on."""
    started = time.monotonic()
    beside = [str(number) for number in range(2 * MOST_READY)]
    found = dict(each(behave, ["sleep", *beside], Limits(patience=1), 2))
    assert found == {"sleep": Refused("it took more than 1 s"), **{text: text for text in beside}}
    assert time.monotonic() - started < 20


def test_what_came_before_refuses_nothing() -> None:
    """A child whose memory is used up by what it did before is replaced, and the item tried again."""
    assert [result for _, result in each(behave, ["hoard"] * 5, LIMITS, 1)] == ["HOARD"] * 5


def test_order_does_not_depend_on_speed() -> None:
    """Results come in the order of the items although the first take longest, and however many there are."""
    items = ["wait", "wait", *(str(number) for number in range(300))]
    assert [result for _, result in each(behave, items, workers=3)] == [item.upper() for item in items]


@pytest.mark.parametrize("workers", [1, 2])
def test_items_of_any_size_pass(workers: int) -> None:
    """Small items lie ready behind others, large ones do not fit between processes: nobody waits for the other."""
    items = [letter * size for letter in "abc" for size in (1, 3_000_000, 10, 40_000, 40_000, 1_000_000, 5)]
    assert [result for _, result in each(behave, items, workers=workers)] == [item.upper() for item in items]


def test_no_process_stays(tmp_path: Path) -> None:
    """An iterator that is used up or closed leaves no process, and none that still works."""
    with closing(each(partial(mark, tmp_path), range(100), workers=2)) as found:
        next(found)
    for path in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.name), 0)
    assert list(tmp_path.iterdir())


def mark(folder: Path, _: int) -> None:
    """Leave the number of the process. Runs in a child."""
    (folder / str(os.getpid())).touch()


def test_nothing_asked_starts_nothing() -> None:
    """Without items there is no process and no answer."""
    assert list(each(behave, [])) == []


def pids(items: int = 40) -> set[object]:
    """The processes that did something."""
    return {result for _, result in each(own_pid, range(items), LIMITS, 2)}


def test_a_few_small_items_share_a_child() -> None:
    """A child takes longer to start than they do; where they are more than lie ready for one, there is another."""
    assert len(pids(MOST_READY - 1)) == 1
    assert len(pids()) == 2


def own_pid(_: int) -> int:
    """Runs in a child."""
    time.sleep(0.002)
    return os.getpid()


def test_children_are_kept_where_asked() -> None:
    """Inside `kept` the next function is called in the same processes, also beside others; they end with it."""
    apart = [pids(), pids()]
    assert not apart[0] & apart[1]
    with kept():
        first = pids()
        assert pids() == first
        assert [result for _, result in each(behave, "ab", LIMITS, 1)] == ["A", "B"]
        with closing(each(own_pid, range(40), LIMITS, 1)) as beside:
            one = next(beside)[1]
            others = pids()
            assert one in first
            assert one not in others
            assert others & first
        apart = [pids(), pids_of_other_limits()]
        assert not apart[0] & apart[1]
    for pid in first.union(others, *apart):
        assert isinstance(pid, int)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def fill(_: int) -> int:
    """Keep as much memory as leaves no room for more. Runs in a child."""
    if not HOARD:
        hoard()
    return own_pid(0)


def pids_of_other_limits() -> set[object]:
    """Limits are a child's own."""
    return {result for _, result in each(own_pid, range(40), Limits(), 2)}


def test_a_kept_child_costs_the_next_nothing() -> None:
    """One that dies while it waits, or whose memory is used up, is replaced by one without a past."""
    with kept():
        for pid in pids():
            assert isinstance(pid, int)
            os.kill(pid, signal.SIGKILL)
        assert [result for _, result in each(behave, "abc", LIMITS, 2)] == ["A", "B", "C"]
        waiting = pids()
        full = dict.fromkeys(result for _, result in each(fill, range(40), LIMITS, 2))
        assert set(full) == waiting
        assert [result for _, result in each(behave, ["hoard"], LIMITS, 1)] == ["HOARD"]
