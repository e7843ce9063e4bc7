"""The reader of text fixtures: a slip in a fixture must not pass for a test."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixture_files import Case, cases


def test_cases_are_read(tmp_path: Path) -> None:
    """Names, inputs, outputs and lines are those of the file; escaped separators are part of the text."""
    path = tmp_path / "rules.txt"
    path.write_text("#! a comment\n\nOne\n.\na\n\n.\nb\n===\nTwo,\nlonger\n.\n\\.\n\\===\n.\n.\n", encoding="utf-8")
    assert cases(path) == [Case("One", "a\n\n", "b\n", 3), Case("Two, longer", ".\n===\n", "", 10)]


@pytest.mark.parametrize("text", ["Name\n.\ninput\n", "Name\n.\na\n.\nb\n.\nc\n", "no dots\n"])
def test_malformed_cases_are_errors(tmp_path: Path, text: str) -> None:
    """A case without all of its parts, or with more, is an error that names file and line."""
    path = tmp_path / "rules.txt"
    path.write_text("One\n.\na\n.\nb\n===\n" + text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"rules\.txt:7: expected"):
        cases(path)
