"""File systems that fail: at a chosen call, or by forgetting what was not synced."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from random import Random

from searchapp.engines.whoosh.durable import Disk, Kind


class Killed(BaseException):
    """The process is gone: nothing may catch it, and nothing that still runs may reach the disk."""


class FaultyDisk(Disk):
    """The real file system, with a record of its calls and a fault before any of them. A faulty write is torn."""

    def __init__(self, fault: Callable[[int, str, Path], BaseException | None] = lambda *_: None) -> None:
        self.calls: list[tuple[str, str]] = []
        self._fault = fault
        self._dead = False

    def _meet(self, call: str, path: Path, torn: bytes = b"") -> None:
        if self._dead:
            raise Killed
        self.calls.append((call, path.name))
        fault = self._fault(len(self.calls), call, path)
        if fault is not None:
            self._dead = isinstance(fault, Killed)
            if torn:
                path.write_bytes(torn[: len(torn) // 2])
            raise fault

    def scan(self, folder: Path) -> dict[str, Kind]:
        self._meet("scan", folder)
        return super().scan(folder)

    def read(self, path: Path, limit: int) -> bytes:
        self._meet("read", path)
        return super().read(path, limit)

    def digest(self, path: Path) -> tuple[str, int]:
        self._meet("digest", path)
        return super().digest(path)

    def mkdir(self, path: Path) -> None:
        self._meet("mkdir", path)
        super().mkdir(path)

    def write(self, path: Path, data: bytes) -> None:
        self._meet("write", path, torn=data)
        super().write(path, data)

    def sync(self, path: Path) -> None:
        """Only noted: hundreds of builds would wait for the medium. Builds on the real Disk do sync."""
        self._meet("sync", path)
        path.stat()

    def rename(self, source: Path, target: Path) -> None:
        self._meet("rename", target)
        super().rename(source, target)

    def unlink(self, path: Path) -> None:
        self._meet("unlink", path)
        super().unlink(path)

    def rmdir(self, path: Path) -> None:
        self._meet("rmdir", path)
        super().rmdir(path)


class VolatileDisk(FaultyDisk):
    """Knows what would be left after a power loss: only what was synced, by inode."""

    def __init__(self, root: Path, fault: Callable[[int, str, Path], BaseException | None]) -> None:
        super().__init__(fault)
        self._held: list[int] = []  # an inode that is open is not given to another file
        self._files: dict[int, bytes] = {}
        self._folders: dict[int, dict[str, int]] = {}
        for path in (root, *root.rglob("*")):
            self._settle(path)

    def sync(self, path: Path) -> None:
        super().sync(path)
        self._settle(path)

    def _hold(self, path: Path) -> int:
        self._held.append(os.open(path, os.O_RDONLY))
        found = os.fstat(self._held[-1])
        if stat.S_ISDIR(found.st_mode):
            self._folders.setdefault(found.st_ino, {})
        return found.st_ino

    def _settle(self, path: Path) -> None:
        inode = self._hold(path)
        if path.is_dir():
            self._folders[inode] = {child.name: self._hold(child) for child in path.iterdir()}
        else:
            self._files[inode] = path.read_bytes()

    def forgetful(self, root: Path, target: Path) -> None:
        """What is left if nothing reached the medium unless it was synced."""
        self._restore(root.stat().st_ino, target)

    def _restore(self, inode: int, target: Path) -> None:
        target.mkdir()
        for name, child in self._folders[inode].items():
            if child in self._folders:
                self._restore(child, target / name)
            else:
                (target / name).write_bytes(self._files.get(child, b""))

    def hollow(self, root: Path, target: Path) -> None:
        """What is left if all names reached the medium, but no content unless it was synced."""
        shutil.copytree(root, target, copy_function=os.link)
        for path in (path for path in target.rglob("*") if path.is_file()):
            synced = self._files.get(path.stat().st_ino, b"")
            if path.read_bytes() != synced:
                path.unlink()
                path.write_bytes(synced)

    def close(self) -> None:
        for fd in self._held:
            os.close(fd)

    def shuffled(self, root: Path, target: Path, random: Random) -> None:
        """What may be left if each name and each content reached the medium or not, by chance."""
        target.mkdir()
        synced = self._folders.get(root.stat().st_ino, {})
        present = {path.name: path for path in root.iterdir()}
        for name in sorted({*synced, *present}):
            path = present.get(name)
            if path is not None and (path.stat().st_ino == synced.get(name) or random.random() < 0.5):
                self._put(path, target / name, random)
            elif name in synced and (path is None or random.random() < 0.9):
                self._recall(synced[name], target / name)

    def _put(self, path: Path, target: Path, random: Random) -> None:
        """A name that reached the medium: a folder with some of its names, or a file with some of its content."""
        if path.is_dir():
            self.shuffled(path, target, random)
            return
        data, synced = path.read_bytes(), self._files.get(path.stat().st_ino, b"")
        if data != synced:
            data = random.choice((synced, data, data[: random.randrange(len(data) + 1)], bytes(len(data))))
        target.write_bytes(data)

    def _recall(self, inode: int, target: Path) -> None:
        """A name whose removal or replacement did not reach the medium."""
        if inode in self._folders:
            self._restore(inode, target)
        else:
            target.write_bytes(self._files.get(inode, b""))
