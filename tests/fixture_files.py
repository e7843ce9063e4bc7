"""Reader of text fixtures: many small cases of input and expected output in one file, readable as a document.

    The title passage is the heading text
    .
    ## A heading
    .
    section 1-1 A heading
    ===
    The next case
    ...

A case is a name (the lines before the first dot), an input and an expected output, separated by lines that
hold one dot and nothing else. A line of three or more equals signs and nothing else separates cases. An output may
be followed by one more dot line, or not. Empty lines around a name don't count; input and output are taken to the
letter, each line ending in '\\n'. Lines before the first case that begin with '#!' are comments. In a part, '\\.' and
'\\===' at the start of a line stand for a line that would otherwise separate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_CASE = re.compile(r"^={3,}\n", re.MULTILINE)
_PART = re.compile(r"^\.\n", re.MULTILINE)
_ESCAPED = re.compile(r"^\\(?=\.\n|={3,}\n)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Case:
    """One example of a rule."""

    name: str
    input: str
    expected: str
    line: int
    """1-based line of the file on which the case begins."""

    def __str__(self) -> str:
        return f"{self.line}: {self.name}"


def cases(path: Path) -> list[Case]:
    """All cases of a file, in order. Raises ValueError, naming file and line, for one that isn't of the form."""
    text = path.read_text(encoding="utf-8")
    if not text.endswith("\n"):
        text += "\n"
    found: list[Case] = []
    line = 1
    for block in _CASE.split(text):
        if block.strip():
            found.append(_case(path, block, line))
        line += block.count("\n") + 1
    return found


def _case(path: Path, block: str, line: int) -> Case:
    parts = _PART.split(block)
    if len(parts) not in (3, 4) or (len(parts) == 4 and parts[3].strip()):
        message = f"{path}:{line}: expected a name, an input and an output between lines of one dot"
        raise ValueError(message)
    heading = [row for row in parts[0].splitlines() if row.strip() and not row.startswith("#!")]
    name_line = line + next((n for n, row in enumerate(parts[0].splitlines()) if row in heading), 0)
    given, expected = (_ESCAPED.sub("", part) for part in parts[1:3])
    return Case(" ".join(row.strip() for row in heading), given, expected, name_line)
