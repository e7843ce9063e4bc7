"""The few calls by which generations touch the file system, in one place, so that each can be made to fail."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

Kind = Literal["file", "folder", "other"]
"""What a name in a folder stands for; a symbolic link is 'other', whatever it points to."""

# A link or a pipe put in a file's place must neither be followed nor waited for.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC


class Disk:
    """The real file system. Every method raises OSError, which names the path; tests subclass it to inject faults."""

    def scan(self, folder: Path) -> dict[str, Kind]:
        """What a folder holds, by name."""
        with os.scandir(folder) as entries:
            return {entry.name: _kind(entry) for entry in sorted(entries, key=lambda entry: entry.name)}

    def read(self, path: Path, limit: int) -> bytes:
        """A whole small file. OSError (EFBIG) when it is over `limit` bytes."""
        with _opened(path, _READ) as fd:
            data = os.read(fd, limit + 1)
            while len(data) <= limit and (more := os.read(fd, limit + 1 - len(data))):
                data += more
        if len(data) > limit:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
        return data

    def digest(self, path: Path) -> tuple[str, int]:
        """SHA-256 (hexadecimal) of a file and its size in bytes."""
        with _opened(path, _READ) as fd, open(fd, "rb", buffering=0, closefd=False) as file:
            return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()

    def mkdir(self, path: Path) -> None:
        """Make a folder that only its owner may enter."""
        path.mkdir(mode=0o700)

    def write(self, path: Path, data: bytes) -> None:
        """Make or replace a file; it may be gone or cut short after a power loss until it is synced."""
        with _opened(path, _WRITE) as fd:
            view = memoryview(data)
            while view:
                view = view[os.write(fd, view) :]

    def sync(self, path: Path) -> None:
        """Force a file's content, or a folder's names, to the medium."""
        with _opened(path, os.O_RDONLY | os.O_CLOEXEC) as fd:
            _flush(fd)

    def rename(self, source: Path, target: Path) -> None:
        """Rename in one step; a file at `target` is replaced."""
        source.replace(target)

    def unlink(self, path: Path) -> None:
        """Remove a file or a link."""
        path.unlink()

    def rmdir(self, path: Path) -> None:
        """Remove an empty folder."""
        path.rmdir()


def _kind(entry: os.DirEntry[str]) -> Kind:
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    fd = os.open(path, flags, 0o600)
    try:
        yield fd
    except OSError as error:
        error.filename = error.filename or str(path)  # read, write and fsync know only the descriptor
        raise
    finally:
        os.close(fd)


def _flush(fd: int) -> None:
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415 - absent where it is not needed

        # fsync on macOS stops at the drive's own cache.
        fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
    else:
        os.fsync(fd)
