"""`reindex` is killed at random moments and at every call, loses power, meets errors of the disk, and has company."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random

from searchapp.engines.whoosh import WhooshEngine, build
from searchapp.engines.whoosh.generations import HOLDER, Generations
from searchapp.model import Collection, SearchAppError
from torture import Figure, counted, none, part, stops
from torture.disks import FaultyDisk, Killed, VolatileDisk
from torture.places import CRASHED, Contents, Place, ended

KILLS = 1_000
KEEP, VERSIONS = 3, 6


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
        self.outcomes: dict[str, int] = {}
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
        self.outcomes["new" if new else "old"] = self.outcomes.get("new" if new else "old", 0) + 1
        return new

    def mend(self, what: str) -> None:
        """The next build succeeds at once, leaves no orphans, and serves what the corpus holds.

        Every fifth is the program, the others only what it does to the index: most of a run is not that.
        """
        status = 0
        if self.version % 5:
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

    @property
    def told(self) -> str:
        """How often each version was found."""
        return ", ".join(f"{count:,} {what}" for what, count in sorted(self.outcomes.items()))


def run(seed: int, share: float) -> Iterator[Figure]:
    """Every figure of this subject."""
    random = Random(seed)
    for each in (random_kills, kills_at_calls, errors_at_calls, full_disk, power_loss, company):
        with tempfile.TemporaryDirectory(prefix="torture-") as folder:
            yield from each(Path(folder), random, share)


def random_kills(folder: Path, random: Random, share: float) -> Iterator[Figure]:
    """kill -9 at moments spread evenly over a run.

    Every tenth run is the whole program. The others take documents apart in their own process: the children that do so
    otherwise never touch the index, and most of a run would be their start.
    """
    trial = Trial(folder)
    lengths = {first: _length(trial, first) for first in (_whole, stops.without_children)}
    number = part(KILLS, share)
    late = building = 0
    for kill in range(number):
        first = _whole if kill % 10 == 0 else stops.without_children
        pid = trial.place.begin(first=first)
        time.sleep(random.random() * lengths[first])
        os.kill(pid, signal.SIGKILL)
        late += ended(pid) >= 0
        building += (trial.place.index / HOLDER).exists()
        trial.judge(f"kill {kill}")
        trial.mend(f"kill {kill}")
    yield counted("kill -9 at random moments", number)
    yield Figure("  of them while it held the lock; after its end", f"{building:,}; {late:,}")
    yield Figure("  what was served after kills and next runs", trial.told)
    yield none("  unreadable, lost, locked, orphaned, or a next run that failed", trial.wrong)


def _whole() -> None:
    """The program as it is."""


def _length(trial: Trial, first: Callable[[], None]) -> float:
    """Seconds of the longest of three runs."""
    lengths = []
    for _ in range(3):
        started = time.monotonic()
        assert trial.place.run(first=first) == 0, trial.place.said
        lengths.append(time.monotonic() - started)
        trial.before = trial.now
        trial.next()
    return max(lengths)


def _calls(trial: Trial) -> int:
    tally = trial.place.root / "tally"
    assert trial.place.run(first=stops.counting(trial.place.index, tally)) == 0
    trial.before = trial.now
    trial.next()
    return tally.stat().st_size


def _chosen(calls: int, random: Random, share: float) -> list[int]:
    """All calls (one beyond them, too), or some of them."""
    return sorted(random.sample(range(1, calls + 2), part(calls + 1, share)))


def kills_at_calls(folder: Path, random: Random, share: float) -> Iterator[Figure]:
    """kill -9 before each call that touches the index."""
    trial = Trial(folder)
    for _ in range(KEEP):  # from now on each build removes a generation
        trial.mend("a whole run")
    chosen = _chosen(_calls(trial), random, share)
    for number in chosen:
        trial.place.run(first=stops.at(trial.place.index, number, stops.kill))
        trial.judge(f"kill at call {number}")
        trial.mend(f"kill at call {number}")
    yield Figure(
        "kill -9 at file-system calls (open, write, fsync, rename, unlink, …)", f"{len(chosen):,}; {trial.told}"
    )
    yield none("  unreadable, lost, locked, orphaned, or a next run that failed", trial.wrong)


def _judge_failure(trial: Trial, status: int, what: str) -> None:
    """A run that met an error ends with 0 and the new version, or with 2, a sentence and the old one."""
    said = trial.place.said
    new = trial.judge(what)
    sentence = "searchapp reindex: " in said and "Traceback" not in said
    if status not in (0, 2) or (status == 0) != new or (status == 2 and not sentence):
        trial.wrong.append(f"{what}: status {status}, {'new' if new else 'old'}: {said[-300:]}")
    trial.mend(what)


def errors_at_calls(folder: Path, random: Random, share: float) -> Iterator[Figure]:
    """Each call fails in one of the ways, once or from then on."""
    trial = Trial(folder)
    for _ in range(KEEP):
        trial.mend("a whole run")
    calls = _calls(trial)
    chosen = _chosen(calls, random, share)
    for number in chosen:
        code, lasting = random.choice(stops.ERRORS), random.random() < 0.5
        status = trial.place.run(first=stops.at(trial.place.index, number, stops.fail(code), lasting=lasting))
        _judge_failure(trial, status, f"{os.strerror(code)}{' lasting' * lasting} at call {number}")
    yield Figure("ENOSPC, EIO or EACCES at each call, once or lasting", f"{len(chosen):,}; {trial.told}")
    yield none("  no sentence and status 2, not the old index, or a next run that failed", trial.wrong)


def full_disk(folder: Path, random: Random, share: float) -> Iterator[Figure]:
    """A file system that is really full, where one can be mounted; and a limit on the size of files."""
    trial = Trial(folder)
    trial.mend("a whole run")
    largest = max(path.stat().st_size for path in trial.place.index.rglob("*"))
    sizes = random.sample(range(largest), part(60, share))
    for size in sizes:
        status = trial.place.run(first=stops.small_files(size))
        _judge_failure(trial, status, f"files of {size} bytes")
    yield Figure("RLIMIT_FSIZE at random sizes", f"{len(sizes):,}; {trial.told}")
    yield none("  no sentence and status 2, not the old index, or a next run that failed", trial.wrong)
    (folder / "small").mkdir()
    with mounted(folder / "small") as remount:
        if remount is None:
            yield Figure("a full tmpfs", "not tried: it takes root")
            return
        trial = Trial(folder / "small" / "place")
        trial.mend("a whole run")
        used = sum(path.lstat().st_blocks for path in (folder / "small").rglob("*")) // 2
        rooms = [random.randrange(400) for _ in range(part(60, share))]
        for room in rooms:
            remount(used + room)
            status = trial.place.run()
            remount(64 * 1024)
            _judge_failure(trial, status, f"{room} KB left")
            used = sum(path.lstat().st_blocks for path in (folder / "small").rglob("*")) // 2
        yield Figure("a full tmpfs, random room", f"{len(rooms):,}; {trial.told}")
        yield none("  no sentence and status 2, not the old index, or a next run that failed", trial.wrong)


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
    trial = Trial(folder / "place")
    for _ in range(KEEP):
        trial.mend("a whole run")
    collection = _collection(trial.version % VERSIONS)

    def builds(root: Path, disk: FaultyDisk) -> None:
        Generations(root, disk=disk).build(lambda to: build.write(collection, to, lambda _: None), lambda _: None)

    def start(number: int) -> Path:
        return Path(shutil.copytree(trial.place.index, folder / f"{number}", copy_function=os.link))

    whole = FaultyDisk()
    builds(start(0), whole)
    changing = [n for n, (call, _) in enumerate(whole.calls, 1) if call not in {"scan", "read", "digest"}]
    images = 0
    for number in random.sample(changing, part(len(changing), share)):
        target = start(number)
        disk = VolatileDisk(target, _killed_at(number))
        try:
            builds(target, disk)
        except Killed:
            pass
        finally:
            for image in _images(disk, target, folder / "after", random):
                images += 1
                what = f"power loss at call {number} ({whole.calls[number - 1]})"
                _judge_image(Place(image), trial, collection, what)
                shutil.rmtree(image)
            disk.close()
        shutil.rmtree(target)
    yield counted("power loss at calls, images of what may be left", images)
    yield none("  unreadable, lost, or a next build that failed", trial.wrong)


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
    trial = Trial(folder)
    rounds = part(30, share)
    for number in range(rounds):
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
    yield counted("rounds of three reindexes at once", rounds)
    yield none("  failed, blocked by a dead one, or left something", trial.wrong)
