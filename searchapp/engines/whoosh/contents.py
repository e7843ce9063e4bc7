"""Whoosh's table of contents is a pickle, which can run code: it may be opened only if it is, to the byte, our own."""

from __future__ import annotations

import tempfile
from pathlib import Path

from searchapp.engines.whoosh import codec
from searchapp.model import IndexUnusable

_PATTERN = "*.toc"


def verify(folder: Path, language: str, passages: int) -> None:
    """Compare the table of contents with one written anew; nothing of it is interpreted.

    A manifest that was made to fit a forged one does not help it. Raises IndexUnusable.
    """
    with tempfile.TemporaryDirectory() as own:
        codec.write_index(Path(own), language, passages)
        expected = _read(Path(own))
    if _read(folder) != expected:
        raise IndexUnusable(
            f"{folder.name}: Whoosh's table of contents is not the one that this version writes; "
            "run `searchapp reindex --full`"
        )


def _read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob(_PATTERN)}
