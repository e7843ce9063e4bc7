"""`reindex` is killed at random moments and at every call, loses power, meets errors of the disk, and has company."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cache, partial
from pathlib import Path
from random import Random

from searchapp.engines.whoosh import WhooshEngine, build
from searchapp.engines.whoosh.generations import HOLDER, LOCK, Generations
from searchapp.model import Collection, SearchAppError
from torture import Figure, bounded, in_lanes, none, part, stops
from torture.disks import FaultyDisk, Killed, VolatileDisk
from torture.places import CRASHED, Contents, Place, ended

KILLS = 1_000
KEEP, VERSIONS = 3, 6
WHOLE_RUNS = 10
"""Every so many runs are the whole program. The others take documents apart in their own process: the children that do
so otherwise never touch the index, and most of a run would be their start."""


@cache
def _collection(version: int) -> Collection:
    """What a version of the corpus is, taken apart."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        place.write(version)
        return place.collection()


class Trial:
    """A place where one run after the other is stopped, and what is wrong after each."""

    def __init__(self, root: Path) -> None:
        self.place = Place(root)
        self.version = 0
        self.before: Contents = {}
        self.now: Contents = {}
        self.wrong: list[str] = []
        self.outcomes: Counter[str] = Counter()
        self.next()
        assert self.place.run() == 0, self.place.said
        self.before = self.now

    def next(self) -> None:
        """Another version of the corpus."""
        self.version += 1
        self.now = self.place.write(self.version % VERSIONS)

    def judge(self, what: str) -> bool:
        """Whether the new version is served; else it is the old one, or something is wrong."""
        try:
            served = self.place.served()
        except SearchAppError as error:
            self.wrong.append(f"{what}: {error}")
            return False
        if served not in (self.before, self.now):
            self.wrong.append(f"{what}: {served} is neither {self.before} nor {self.now}")
        self.before = served
        new = served == self.now
        self.outcomes["new" if new else "old"] += 1
        return new

    def mend(self, what: str) -> None:
        """The next build succeeds at once, leaves no orphans, and serves what the corpus holds."""
        status = 0
        if self.version % WHOLE_RUNS:
            try:
                WhooshEngine(self.place.index).rebuild(_collection(self.version % VERSIONS))
            except SearchAppError as error:
                self.wrong.append(f"next build after {what}: {error}")
        else:
            status = self.place.run()
        if status or self.place.leftovers():
            self.wrong.append(f"next run after {what}: {status}, {self.place.leftovers()}, {self.place.said[-300:]}")
        self.judge(f"next run after {what}")
        if self.before != self.now:
            self.wrong.append(f"next run after {what}: the old version is still served")
        self.next()

    def beside(self, root: Path) -> Trial:
        """The same, elsewhere, with nothing found yet."""
        other = copy(self)
        other.place = Place(Path(shutil.copytree(self.place.root, root)))
        other.wrong, other.outcomes = [], Counter()
        return other

    def told(self) -> Told:
        """What is known so far."""
        return self.wrong, self.outcomes


Told = tuple[list[str], Counter[str]]
"""What was wrong in a trial; how often each version was found, and whatever else was counted."""
Stop = Callable[[], None]
"""What a run does first: nothing, or what will stop it."""
SAID = 1_000
"""Bytes of what a run says, at most: that goes into a file too, and has to be read."""
_GENERATION = "unreadable, lost, locked, orphaned, or a next run that failed"
_SENTENCE = "no sentence and status 2, not the old index, or a next run that failed"


def _joined(told: Sequence[Told]) -> Told:
    """That of all lanes."""
    return [one for wrong, _ in told for one in wrong], sum((outcomes for _, outcomes in told), Counter())


def _figures(what: str, started: float, told: Told, asked: str) -> Iterator[Figure]:
    """How many were tried and what came of it; what was wrong."""
    wrong, outcomes = told
    tried = outcomes["tried"]
    rest = ", ".join(f"{count:,} {each}" for each, count in sorted(outcomes.items()) if each != "tried")
    yield Figure(what, f"{tried:,} ({tried / (time.monotonic() - started):.1f}/s; {rest})")
    yield none(f"  {asked}", wrong)


def run(seed: int, share: float) -> Iterator[Figure]:
    """Every figure of this subject."""
    random = Random(seed)
    for each in (random_kills, kills_at_calls, errors_at_calls, full_disk, power_loss, company):
        with tempfile.TemporaryDirectory(prefix="torture-") as folder:
            yield from each(Path(folder), random, share)


def random_kills(folder: Path, random: Random, share: float) -> Iterator[Figure]:
    """kill -9 at moments spread evenly over a run."""
    started = time.monotonic()
    trial = Trial(folder / "first")
    lengths = {first: _length(trial, first) for first in (_whole, stops.without_children)}
    kills = [(number, random.random()) for number in range(part(KILLS, share))]
    told = [trial.told(), *in_lanes(partial(_random_kills, trial, lengths), kills)]
    yield from _figures("kill -9 at random moments", started, _joined(told), _GENERATION)


def _random_kills(first_trial: Trial, lengths: Mapping[Stop, float], kills: Sequence[tuple[int, float]]) -> Told:
    trial = first_trial.beside(first_trial.place.root.with_name(f"{kills[0][0]}"))
    for done, (number, moment) in enumerate(bounded(kills)):
        first = stops.without_children if done % WHOLE_RUNS else _whole
        pid = trial.place.begin(first=first)
        time.sleep(moment * lengths[first])
        os.kill(pid, signal.SIGKILL)
        trial.outcomes["tried"] += 1
        trial.outcomes["after the end of the run"] += ended(pid) >= 0
        trial.outcomes["holding the lock"] += (trial.place.index / HOLDER).exists()
        trial.judge(f"kill {number}")
        trial.mend(f"kill {number}")
    return trial.told()


def _whole() -> None:
    """The program as it is."""


def _and_so(stop: Stop, done: int) -> Stop:
    """For a run that is stopped at a call: what is to be done first, by how many went before."""

    def first() -> None:
        if done % WHOLE_RUNS:
            stops.without_children()
        stop()

    return first


def _length(trial: Trial, first: Stop) -> float:
    """Seconds of the shortest of three runs."""
    lengths = []
    for _ in range(3):
        started = time.monotonic()
        assert trial.place.run(first=first) == 0, trial.place.said
        lengths.append(time.monotonic() - started)
        trial.before = trial.now
        trial.next()
    return min(lengths)


def _calls(trial: Trial) -> int:
    tally = trial.place.root / "tally"
    assert trial.place.run(first=stops.counting(trial.place.index, tally)) == 0
    trial.before = trial.now
    trial.next()
    return tally.stat().st_size


def _chosen(calls: int, random: Random, share: float) -> list[int]:
    """All calls (one beyond them, too), or some of them."""
    return sorted(random.sample(range(1, calls + 2), part(calls + 1, share)))


def _seasoned(folder: Path) -> Trial:
    """A trial in which each build removes a generation."""
    trial = Trial(folder)
    for _ in range(KEEP):
        trial.mend("a whole run")
    return trial


def kills_at_calls(folder: Path, random: Random, share: float) -> Iterator[Figure]:
    """kill -9 before each call that touches the index."""
    started = time.monotonic()
    trial = _seasoned(folder / "first")
    chosen = _chosen(_calls(trial), random, share)
    told = [trial.told(), *in_lanes(partial(_kills_at_calls, trial), chosen)]
    what = "kill -9 at file-system calls (open, write, fsync, rename, unlink, …)"
    yield from _figures(what, started, _joined(told), _GENERATION)


def _kills_at_calls(first_trial: Trial, calls: Sequence[int]) -> Told:
    trial = first_trial.beside(first_trial.place.root.with_name(f"{calls[0]}"))
    for done, number in enumerate(bounded(calls)):
        trial.outcomes["tried"] += 1
        stop = stops.at(trial.place.index, number, stops.kill)
        trial.place.run(first=_and_so(stop, done))
        trial.judge(f"kill at call {number}")
        trial.mend(f"kill at call {number}")
    return trial.told()


def _judge_failure(trial: Trial, status: int, what: str) -> None:
    """A run that met an error ends with 0 and the new version, or with 2, a sentence and the version that it names."""
    said = trial.place.said
    new = trial.judge(what)
    sentence = "searchapp reindex: " in said and "Traceback" not in said
    named = status == 0 or "is complete and served" in said
    if status not in (0, 2) or named != new or (status == 2 and not sentence):
        trial.wrong.append(f"{what}: status {status}, {'new' if new else 'old'}: {said[-300:]}")
    trial.mend(what)


def errors_at_calls(folder: Path, random: Random, share: float) -> Iterator[Figure]:
    """Each call fails in one of the ways, once or from then on."""
    started = time.monotonic()
    trial = _seasoned(folder / "first")
    calls = _chosen(_calls(trial), random, share)
    chosen = [(number, random.choice(stops.ERRORS), random.random() < 0.5) for number in calls]
    told = [trial.told(), *in_lanes(partial(_errors_at_calls, trial), chosen)]
    yield from _figures("ENOSPC, EIO or EACCES at each call, once or lasting", started, _joined(told), _SENTENCE)


def _errors_at_calls(first_trial: Trial, chosen: Sequence[tuple[int, int, bool]]) -> Told:
    trial = first_trial.beside(first_trial.place.root.with_name(f"{chosen[0][0]}"))
    for done, (number, code, lasting) in enumerate(bounded(chosen)):
        trial.outcomes["tried"] += 1
        stop = stops.at(trial.place.index, number, stops.fail(code), lasting=lasting)
        status = trial.place.run(first=_and_so(stop, done))
        _judge_failure(trial, status, f"{os.strerror(code)}{' lasting' * lasting} at call {number}")
    return trial.told()


def full_disk(folder: Path, random: Random, share: float) -> Iterator[Figure]:
    """A file system that is really full, where one can be mounted; and a limit on the size of files."""
    started = time.monotonic()
    trial = Trial(folder)
    trial.mend("a whole run")
    largest = max(path.stat().st_size for path in trial.place.index.rglob("*"))
    for size in bounded(random.sample(range(SAID, largest), part(60, share))):
        trial.outcomes["tried"] += 1
        status = trial.place.run(first=stops.small_files(size))
        _judge_failure(trial, status, f"files of {size} bytes")
    yield from _figures("RLIMIT_FSIZE at random sizes", started, trial.told(), _SENTENCE)
    (folder / "small").mkdir()
    started = time.monotonic()
    with mounted(folder / "small") as remount:
        if remount is None:
            yield Figure("a full tmpfs", "not tried: it takes root")
            return
        trial = Trial(folder / "small" / "place")
        trial.mend("a whole run")
        used = _used(folder / "small")
        for room in bounded([random.randrange(400) for _ in range(part(60, share))]):
            trial.outcomes["tried"] += 1
            remount(used + room)
            status = trial.place.run()
            remount(64 * 1024)
            _judge_failure(trial, status, f"{room} KB left")
            used = _used(folder / "small")
        yield from _figures("a full tmpfs, random room", started, trial.told(), _SENTENCE)


def _used(folder: Path) -> int:
    """Kilobytes."""
    return sum(path.lstat().st_blocks for path in folder.rglob("*")) // 2


@contextmanager
def mounted(folder: Path) -> Iterator[Callable[[int], None] | None]:
    """A tmpfs of 64 MB, and a function that makes it one of so many KB; None where that is not allowed."""
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", folder], capture_output=True, check=False)
    if made.returncode:
        yield None
        return

    def remount(size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}k", folder], check=True)

    try:
        yield remount
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)  # our own process may have files of it mapped


def power_loss(folder: Path, random: Random, share: float) -> Iterator[Figure]:
    """Before each call of a real build the power goes; what was not synced is missing, empty, cut short or there."""
    started = time.monotonic()
    trial = _seasoned(folder / "place")
    collection = _collection(trial.version % VERSIONS)
    whole = FaultyDisk()
    _build(_copied(trial.place.index, folder / "whole"), whole, collection)
    changing = [n for n, (call, _) in enumerate(whole.calls, 1) if call not in {"scan", "read", "digest"}]
    losses = [
        (number, whole.calls[number - 1], random.random())
        for number in random.sample(changing, part(len(changing), share))
    ]
    told = [trial.told(), *in_lanes(partial(_power_losses, folder, trial, collection), losses)]
    what = f"power loss at {len(losses):,} calls, images of what may be left"
    yield from _figures(what, started, _joined(told), "unreadable, lost, or a next build that failed")


def _copied(index: Path, to: Path) -> Path:
    """The same index elsewhere, its files linked: all but the lock, which would be one for both."""
    return Path(shutil.copytree(index, to, copy_function=os.link, ignore=shutil.ignore_patterns(LOCK)))


def _build(root: Path, disk: FaultyDisk, collection: Collection) -> None:
    Generations(root, disk=disk).build(lambda to: build.write(collection, to, lambda _: None), lambda _: None)


def _power_losses(
    folder: Path, trial: Trial, collection: Collection, losses: Sequence[tuple[int, tuple[str, str], float]]
) -> Told:
    trial.wrong, trial.outcomes = [], Counter()  # what was found before the lanes parted is not theirs
    for number, call, chance in bounded(losses):
        target = _copied(trial.place.index, folder / f"{number}")
        disk = VolatileDisk(target, _killed_at(number))
        try:
            _build(target, disk, collection)
        except Killed:
            pass
        finally:
            for image in _images(disk, target, folder / f"{number}-after", Random(chance)):
                trial.outcomes["tried"] += 1
                _judge_image(Place(image), trial, collection, f"power loss at call {number} {call}")
                shutil.rmtree(image)
            disk.close()
        shutil.rmtree(target)
    return trial.told()


def _killed_at(number: int) -> Callable[[int, str, Path], BaseException | None]:
    return lambda count, _call, _path: Killed() if count == number else None


def _images(disk: VolatileDisk, target: Path, after: Path, random: Random) -> Iterator[Path]:
    for number in range(5):
        after.mkdir()
        if number == 0:
            disk.forgetful(target, after / "index")
        elif number == 1:
            disk.hollow(target, after / "index")
        else:
            disk.shuffled(target, after / "index", random)
        yield after


def _judge_image(place: Place, trial: Trial, collection: Collection, what: str) -> None:
    new = {outline.ref.path: outline.sha256 for outline in collection.outlines}
    try:
        served = place.served()
        if served not in (trial.before, new):
            trial.wrong.append(f"{what}: neither the old nor the new")
        WhooshEngine(place.index).rebuild(collection)
        if place.served() != new or place.leftovers():
            trial.wrong.append(f"{what}: the next build left {place.leftovers()}")
    except SearchAppError as error:
        trial.wrong.append(f"{what}: {error}")


def company(folder: Path, random: Random, share: float) -> Iterator[Figure]:
    """Several reindexes at once, one of which is killed now and then."""
    started = time.monotonic()
    trial = Trial(folder)
    for number in bounded(range(part(30, share))):
        trial.outcomes["tried"] += 1
        pids = [trial.place.begin("--full") for _ in range(3)]
        if number % 2:
            time.sleep(random.random() * 0.5)
            os.kill(pids[0], signal.SIGKILL)
        statuses = [ended(pid) for pid in pids]
        if CRASHED in statuses or any(status not in (0, 2) for status in statuses[1:]):
            trial.wrong.append(f"round {number}: {statuses}: {trial.place.said[-300:]}")
        if 0 not in statuses or trial.place.leftovers() or not trial.judge(f"round {number}"):
            trial.wrong.append(f"round {number}: {statuses}, {trial.place.leftovers()}")
        trial.mend(f"round {number}")
    what = "rounds of three reindexes at once"
    yield from _figures(what, started, trial.told(), "failed, blocked by a dead one, or left something")
