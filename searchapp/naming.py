"""How names stand in lists: in the order of a reader, and each with what tells it from others that are alike."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Final

_NUMBERS: Final = re.compile(r"([0-9]{1,9})")


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """A key by which numbers stand in their order: 'day 2' before 'day 11'."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in _NUMBERS.split(text.casefold()))


def told_apart(titles: Mapping[str, str]) -> dict[str, str]:
    """What to call each path: its title, and where titles are equal, in brackets what tells the paths apart.

    That is the folder if no two of them are in the same, else the file; below what folders they have in common.
    """
    alike: dict[str, list[str]] = {}
    for path, title in titles.items():
        alike.setdefault(title, []).append(path)
    labels: dict[str, str] = {}
    for title, paths in alike.items():
        if len(paths) == 1 or not title:
            labels |= dict.fromkeys(paths, title)
        else:
            labels |= {path: f"{title} ({end})" for path, end in _endings(paths).items()}
    return labels


def _endings(paths: Sequence[str]) -> dict[str, str]:
    common = posixpath.commonpath([posixpath.dirname(path) for path in paths])
    files = {path: path[len(common) :].lstrip("/") for path in paths}
    folders = {path: posixpath.dirname(file) for path, file in files.items()}
    return folders if all(folders.values()) and len(set(folders.values())) == len(paths) else files
