"""Complete, verified, immutable folders, one of them current. Knows nothing of what the files in them mean.

    index/CURRENT         "gen-12 <SHA-256 of gen-12/MANIFEST>"
    index/gen-12/         files, MANIFEST (JSON), MANIFEST.sha256 (as sha256sum writes it)
    index/tmp-13/         being built, or being removed
    index/LOCK, LOCK.by   held by the one process that builds; who that is

A build becomes visible by one rename of CURRENT, after everything that it names is on the medium.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import cast

from filelock import FileLock, Timeout

from searchapp.engines.whoosh import manifest
from searchapp.engines.whoosh.durable import Disk, Kind
from searchapp.model import IndexUnusable

CURRENT, LOCK, HOLDER = "CURRENT", "LOCK", "LOCK.by"
_NEXT = "CURRENT.new"
_MENDING = "run `searchapp reindex --full`"

_NAME = re.compile(r"(gen|tmp)-([1-9][0-9]*)")
_POINTER = re.compile(rb"(gen-[1-9][0-9]*) ([0-9a-f]{64})\n")
_SMALL = 1024

Fill = Callable[[Path], Mapping[str, object]]
"""Writes files, and no folders, into an empty folder; returns facts about them that JSON can hold."""
Check = Callable[[Path], object]
"""Opens what was written and raises whatever says why it must not be served."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One complete build, whose files were found to be as they were written."""

    name: str
    """For example 'gen-12'."""
    path: Path
    manifest: Mapping[str, object]
    """As written: `format`, `name`, `built`, `facts` (the caller's), `files` {name: {"sha256", "bytes"}}."""
    digest: str
    """SHA-256 of the MANIFEST's bytes, hexadecimal."""

    @property
    def built(self) -> str:
        """When, in ISO 8601, UTC."""
        return cast("str", self.manifest["built"])

    @property
    def facts(self) -> Mapping[str, object]:
        """What `fill` returned."""
        return cast("Mapping[str, object]", self.manifest["facts"])


class Generations:
    """The generations in a folder. One process builds at a time; any number read, and none of them writes or locks."""

    def __init__(self, root: Path, keep: int = 3, *, wait: float = 10.0, disk: Disk | None = None) -> None:
        """`keep`: how many generations stay (at least 1). `wait`: seconds to wait for another build to end."""
        if keep < 1:
            raise ValueError(f"keep: expected 1 or more, found {keep}")
        self.root = root
        self._keep = keep
        self._wait = wait
        self._disk = disk or Disk()
        self._current = root / CURRENT

    def build(self, fill: Fill, check: Check) -> Generation:
        """Make a new generation and make it current; what was current stays so until the last step, and on any error.

        Raises IndexUnusable when the folder cannot be written, another build holds it, or `fill` left anything but
        plain files; and whatever else `fill` and `check` raise. Leftovers of killed builds are removed.
        """
        try:
            self._make_root()
            with self._locked():
                return self._build(fill, check)
        except OSError as error:
            where, why = error.filename or self.root, error.strerror or error
            raise IndexUnusable(
                f"the index could not be written: {where}: {why}; what was served before stays"
            ) from error

    def tidy(self) -> None:
        """Remove what killed builds left behind, unless a build is under way; what cannot be removed stays."""
        with suppress(OSError, Timeout):
            if self._leftovers():
                with FileLock(self.root / LOCK, timeout=0):
                    self._sweep()

    def open(self) -> tuple[Generation, tuple[str, ...]]:
        """The current generation, every byte verified; else the newest valid one, with what was wrong, in sentences.

        Raises IndexUnusable, with what to do, when there is none.
        """
        while True:
            token = self.peek()
            try:
                return self._verified_current(), ()
            except IndexUnusable as error:
                # A build may have replaced it, and removed what it named, in the meantime.
                if self.peek() == token:
                    return self._newest_valid(str(error))

    def peek(self) -> str | None:
        """What CURRENT says, unverified, in a few microseconds; None when it cannot be read.

        It differs whenever another generation was made current: take it, then `open`, and `open` again once it differs.
        """
        try:
            return self._disk.read(self._current, _SMALL).decode("ascii", "backslashreplace").strip()
        except OSError:
            return None

    def verify(self, name: str) -> Generation:
        """Read every byte of a generation. Raises IndexUnusable with what is wrong."""
        match = _NAME.fullmatch(name)
        if match is None or match[1] != "gen":
            raise IndexUnusable(f"{name!r} is not the name of a generation, such as 'gen-12'")
        try:
            if self._disk.scan(self.root).get(name) != "folder":
                raise IndexUnusable(f"{name} is missing, or no folder")
            found, digest = manifest.verify(self._disk, self.root / name)
        except OSError as error:
            raise IndexUnusable(f"{name} is broken: {_told(error)}") from error
        # Only CURRENT tells a generation from another, equally consistent one put in its place.
        with suppress(OSError):
            pointer = _POINTER.fullmatch(self._disk.read(self._current, _SMALL))
            if pointer and pointer[1].decode() == name and pointer[2].decode() != digest:
                raise IndexUnusable(f"{name} is not the one that was made current: its manifest was exchanged")
        return Generation(name, self.root / name, MappingProxyType(found), digest)

    # Building

    def _make_root(self) -> None:
        missing = []
        folder = self.root
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for folder in reversed(missing):
            with suppress(FileExistsError):  # another first build was quicker
                self._disk.mkdir(folder)
            self._disk.sync(folder.parent)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        holder = self.root / HOLDER
        # The kernel's lock, which ends with its process: whatever LOCK.by says, a dead holder blocks nobody.
        lock = FileLock(self.root / LOCK, timeout=self._wait)
        try:
            lock.acquire()
        except Timeout:
            raise IndexUnusable(f"{self.root}: {self._holder(holder)}; try again when it is done") from None
        try:
            self._disk.write(
                holder, f"process {os.getpid()} on {socket.gethostname()} since {manifest.now()}\n".encode()
            )
            yield
        finally:
            try:
                with suppress(OSError):
                    self._disk.unlink(holder)
            finally:
                lock.release()

    def _holder(self, path: Path) -> str:
        try:
            who = self._disk.read(path, _SMALL).decode("utf-8", "replace").strip()
        except OSError:
            who = ""
        return f"another reindex is running ({who or 'it left no name'})"

    def _build(self, fill: Fill, check: Check) -> Generation:
        self._sweep()
        number = self._next_number()
        name, tmp = f"gen-{number}", self.root / f"tmp-{number}"
        try:
            self._disk.mkdir(tmp)
            facts = fill(tmp)
            check(tmp)
            sealed, digest = manifest.seal(self._disk, tmp, name, facts)
            self._disk.rename(tmp, self.root / name)
            self._disk.sync(self.root)
            self._make_current(name, digest)
        finally:
            # Also after Ctrl-C. An interrupt that came after the last rename leaves a good generation: it stays.
            if not self._may_be_current(name):
                self._retire(name)
            self._sweep()
        self._prune()
        return Generation(name, self.root / name, MappingProxyType(sealed), digest)

    def _may_be_current(self, name: str) -> bool:
        try:
            return self._disk.read(self._current, _SMALL).startswith(f"{name} ".encode())
        except FileNotFoundError:
            return False
        except OSError:
            return True

    def _next_number(self) -> int:
        names = [*self._disk.scan(self.root), (self.peek() or "").partition(" ")[0]]
        return 1 + max((int(match[2]) for match in map(_NAME.fullmatch, names) if match), default=0)

    def _make_current(self, name: str, digest: str) -> None:
        before = None
        with suppress(OSError):  # missing, or so damaged that only a new one can help
            before = self._disk.read(self._current, _SMALL)
        if self._disk.scan(self.root).get(CURRENT) == "folder":  # no file can be put in its place
            self._disk.rename(self._current, self.root / name.replace("gen", "tmp"))
        new = self.root / _NEXT
        self._disk.write(new, f"{name} {digest}\n".encode())
        self._disk.sync(new)
        self._disk.rename(new, self._current)
        try:
            self._disk.sync(self.root)
        except OSError as error:
            # Whether the new one would survive a power loss is unknown now; the one before would.
            try:
                self._put_back(before)
            except OSError:
                raise IndexUnusable(
                    f"{name} is complete and served, but a loss of power may undo it: {self.root}: "
                    f"{error.strerror or error}; see to the disk, then {_MENDING}"
                ) from error
            raise

    def _put_back(self, before: bytes | None) -> None:
        """Raises OSError, and then what is current now stays."""
        if before is None:
            self._disk.unlink(self._current)
            return
        self._disk.write(self.root / _NEXT, before)
        with suppress(OSError):  # the medium has just refused to sync; a reader still needs the name
            self._disk.sync(self.root / _NEXT)
        self._disk.rename(self.root / _NEXT, self._current)

    def _prune(self) -> None:
        """Remove what is beyond `keep`. The new generation is current by now, so what cannot be removed may stay."""
        with suppress(OSError):
            for name in self._names()[self._keep :]:
                self._retire(name)
        self._sweep()

    def _retire(self, name: str) -> None:
        """In one step, so that no half-removed generation is ever met under its name."""
        with suppress(OSError):
            self._disk.rename(self.root / name, self.root / name.replace("gen", "tmp"))

    def _sweep(self) -> None:
        """Remove what builds left behind."""
        with suppress(OSError):
            for name, kind in self._leftovers().items():
                with suppress(OSError):
                    self._remove(self.root / name, kind)

    def _leftovers(self) -> dict[str, Kind]:
        """Folders of unfinished builds, and a CURRENT that was not put in place."""
        return {
            name: kind
            for name, kind in self._disk.scan(self.root).items()
            if (name == _NEXT and kind == "file")
            or (kind == "folder" and (match := _NAME.fullmatch(name)) and match[1] == "tmp")
        }

    def _remove(self, path: Path, kind: Kind) -> None:
        if kind != "folder":
            self._disk.unlink(path)
            return
        for name, inner in self._disk.scan(path).items():
            self._remove(path / name, inner)
        self._disk.rmdir(path)

    # Reading

    def _names(self) -> list[str]:
        """Names of all generations, newest first."""
        folders = (name for name, kind in self._disk.scan(self.root).items() if kind == "folder")
        found = [match for match in map(_NAME.fullmatch, folders) if match and match[1] == "gen"]
        return [match[0] for match in sorted(found, key=lambda match: -int(match[2]))]

    def _verified_current(self) -> Generation:
        try:
            pointer = _POINTER.fullmatch(self._disk.read(self._current, _SMALL))
        except OSError as error:
            raise IndexUnusable(f"{CURRENT} cannot be read: {_told(error)}") from error
        if pointer is None:
            raise IndexUnusable(f"{CURRENT} is damaged: it does not name a generation")
        return self.verify(pointer[1].decode())

    def _newest_valid(self, wrong: str) -> tuple[Generation, tuple[str, ...]]:
        try:
            names = self._names()
        except FileNotFoundError:
            names = []
        except OSError as error:
            raise IndexUnusable(f"the index cannot be read: {self.root}: {_told(error)}") from error
        if not names:
            raise IndexUnusable(f"{self.root}: there is no index yet; run `searchapp reindex` on the same folders")
        reasons = [wrong]
        for name in names:
            try:
                generation = self.verify(name)
            except IndexUnusable as error:
                reasons.append(str(error))
            else:
                reasons.append(f"{name}, built {generation.built}, is served instead; {_MENDING} to mend this")
                return generation, tuple(dict.fromkeys(reasons))
        raise IndexUnusable(f"{self.root}: no generation can be used ({'; '.join(dict.fromkeys(reasons))}); {_MENDING}")


def _told(error: OSError) -> str:
    where = f"{Path(str(error.filename)).name}: " if error.filename else ""
    return f"{where}{error.strerror or error}"
