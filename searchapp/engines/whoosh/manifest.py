"""What makes a folder one generation: a manifest of its files, written last and compared with every byte on reading.

MANIFEST          JSON: `format`, `name`, `built`, `facts` (the caller's), `files` {name: {"sha256", "bytes"}}
MANIFEST.sha256   its own digest, as sha256sum writes it, so that a change in it shows without CURRENT
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from searchapp.engines.whoosh.durable import Disk
from searchapp.model import IndexUnusable

FORMAT = 1
"""Version of the layout and of the manifest's own keys."""
MANIFEST, SUM = "MANIFEST", "MANIFEST.sha256"

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUM_LIMIT = 1024
_MANIFEST_LIMIT = 2**20

Manifest = dict[str, object]


def now() -> str:
    """This second, ISO 8601, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seal(disk: Disk, folder: Path, name: str, facts: Mapping[str, object]) -> tuple[Manifest, str]:
    """Write the manifest of the generation `name` into `folder` and force the folder to the medium.

    Returns the manifest as a reader will see it and its SHA-256. Raises IndexUnusable for anything but plain files
    with fit names and for more facts than a reader takes, TypeError or ValueError for facts that JSON cannot hold,
    OSError.
    """
    files: dict[str, object] = {}
    for file in _plain_files(disk, folder):
        if wrong := _refusal(file):
            raise IndexUnusable(f"{folder.name} cannot be used: {wrong}")
        sha256, size = disk.digest(folder / file)
        files[file] = {"sha256": sha256, "bytes": size}
    manifest = {"format": FORMAT, "name": name, "built": now(), "facts": dict(facts), "files": files}
    raw = json.dumps(manifest, indent=1, sort_keys=True, allow_nan=False).encode() + b"\n"
    if len(raw) > _MANIFEST_LIMIT:
        raise IndexUnusable(f"{folder.name}: {MANIFEST} would have {len(raw):,} bytes, more than {_MANIFEST_LIMIT:,}")
    digest = hashlib.sha256(raw).hexdigest()
    disk.write(folder / MANIFEST, raw)
    disk.write(folder / SUM, _sum(digest))
    for file in (*files, MANIFEST, SUM):
        disk.sync(folder / file)
    disk.sync(folder)
    return cast("Manifest", json.loads(raw)), digest


def verify(disk: Disk, folder: Path) -> tuple[Manifest, str]:
    """Compare every byte of a generation with its manifest; returns that and its SHA-256.

    Raises IndexUnusable with what is wrong, OSError for what cannot be read.
    """
    name, present = folder.name, set(_plain_files(disk, folder))
    manifest, digest = _read(disk, folder)
    expected = cast("dict[str, dict[str, object]]", manifest["files"])
    _compare_names(name, present, {*expected, MANIFEST, SUM})
    for file, stated in expected.items():
        sha256, size = disk.digest(folder / file)
        if size != stated["bytes"]:
            raise IndexUnusable(f"{name} is broken: {file} has {size} bytes, {stated['bytes']} were written")
        if sha256 != stated["sha256"]:
            raise IndexUnusable(f"{name} is broken: {file} is not as it was written (its SHA-256 differs)")
    return manifest, digest


def _sum(digest: str) -> bytes:
    return f"{digest}  {MANIFEST}\n".encode()


def _read(disk: Disk, folder: Path) -> tuple[Manifest, str]:
    raw = disk.read(folder / MANIFEST, _MANIFEST_LIMIT)
    digest = hashlib.sha256(raw).hexdigest()
    if disk.read(folder / SUM, _SUM_LIMIT) != _sum(digest):
        raise IndexUnusable(f"{folder.name} is broken: {MANIFEST} is not as it was written (its SHA-256 differs)")
    try:
        manifest = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise IndexUnusable(f"{folder.name} is broken: {MANIFEST} is not JSON") from error
    if wrong := _misshapen(manifest, folder.name):
        raise IndexUnusable(f"{folder.name} cannot be used: {wrong}")
    return cast("Manifest", manifest), digest


def _plain_files(disk: Disk, folder: Path) -> list[str]:
    """Names in a folder that must hold nothing but files."""
    found = disk.scan(folder)
    for name, kind in found.items():
        if kind != "file":
            what = "a folder" if kind == "folder" else "a link or a device"
            raise IndexUnusable(f"{folder.name} cannot be used: {name} is {what}; only plain files are allowed")
    return list(found)


def _compare_names(name: str, present: set[str], expected: set[str]) -> None:
    if missing := sorted(expected - present):
        raise IndexUnusable(f"{name} is broken: {missing[0]} is missing")
    if extra := sorted(present - expected):
        raise IndexUnusable(f"{name} is broken: {extra[0]} does not belong to it")


def _refusal(file: str) -> str:
    """Why this cannot be the name of a file of a generation; empty when it can."""
    if file in {"", ".", "..", MANIFEST, SUM} or any(character in file for character in "/\\\0"):
        return f"{file!r} cannot be the name of a file in a generation"
    return ""


def _misshapen(manifest: object, name: str) -> str:
    """What makes this no manifest of the generation `name`; empty when it is one."""
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        return "it was written by another version of searchapp"
    if manifest.get("name") != name:
        return f"its {MANIFEST} is that of {manifest.get('name')}"
    files = manifest.get("files")
    shaped = isinstance(manifest.get("built"), str) and isinstance(manifest.get("facts"), dict)
    if not shaped or not isinstance(files, dict) or not all(map(_is_file_fact, files.values())):
        return f"its {MANIFEST} is incomplete"
    return next(filter(None, map(_refusal, files)), "")


def _is_file_fact(fact: object) -> bool:
    if not isinstance(fact, dict) or fact.keys() != {"sha256", "bytes"}:
        return False
    sha256, size = fact["sha256"], fact["bytes"]
    return isinstance(sha256, str) and bool(_SHA256.fullmatch(sha256)) and type(size) is int and size >= 0
