"""Front matter of a document: YAML between '---' lines, TOML between '+++' lines, or none. Untrusted input."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml  # type: ignore[import-untyped]  # PyYAML ships no types
from frontmatter.default_handlers import BaseHandler, SafeLoader

MAX_BYTES = 64 * 1024
MAX_DEPTH = 16
MAX_SAID = 60
"""Characters of a key that a message repeats."""
_LONG_KEY = re.compile(
    rf"""(?<![\w.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{MAX_DEPTH + 1}}}""",
)
"""A dotted key with too many parts: tomllib takes time by the square of them, so it must not see it."""
_RULE = re.compile(r"---[ \t]*\n[ \t]*\n")
"""Hyphens before a blank line: a line between paragraphs, as Markdown and pandoc have it."""
_KEY = re.compile(r"^([^\W\d][\w-]*):(?=\s|$)", re.MULTILINE)
_KNOWN = frozenset(
    "title subtitle headline subject author authors byline date published pubdate updated lastmod tags categories"
    " category keywords topics lang language layout permalink slug path url draft description weight aliases".split()
)
"""Keys that sites give to their pages. Two of them are front matter even after a blank line; one may be a sentence."""


TOO_LONG = "a whole number has more digits than can be read"
"""What the only other ValueError of tomllib means: Python bounds the digits, since converting takes their square."""


class BadFrontMatter(ValueError):
    """What is wrong with front matter; `line` is 1-based in the front matter, 0 where unknown."""

    usable: Any = None
    """What was read in spite of it; None when nothing can be used."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Parted:
    """A text parted into front matter and body."""

    metadata: Mapping[str, object]
    body: str
    """The text after the closing line, to the letter."""
    first_line: int
    """1-based line of the text on which the body starts."""
    error: str = ""
    """What is wrong with the front matter, or empty."""
    line: int = 0
    """1-based line of the text that `error` is about."""
    raw: str = ""
    """The front matter as written, from the end of its opening line on."""
    raw_line: int = 0
    """1-based line of the text on which `raw` starts."""

    def line_of(self, key: str) -> int:
        """The line of the text on which a key of the metadata stands; that of the opening line if it can't be told."""
        name = rf"""["']?{re.escape(key)}["']?[ \t]*"""
        found = re.search(rf"^(?:{name}:|[ \t]*{name}=)", self.raw, re.MULTILINE)
        return self.raw_line + (self.raw.count("\n", 0, found.start()) if found else 0)


class YAML(BaseHandler):
    """YAML read from its event stream: nothing is constructed but text, numbers, booleans, lists and mappings.

    Composing nodes recurses in C and crashes on deep nesting, so depth is bounded before anything is built.
    """

    FM_BOUNDARY = re.compile(r"^---[ \t]*$", re.MULTILINE)

    def load(self, fm: str, **_: object) -> Any:
        """The value of the front matter. Raises BadFrontMatter."""
        try:
            return _from_events(yaml.parse(fm, Loader=SafeLoader))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise BadFrontMatter(str(error.problem or error.context), mark.line + 1 if mark else 0) from error
        except yaml.reader.ReaderError as error:
            line = fm.count("\n", 0, fm.find(chr(error.character))) + 1
            raise BadFrontMatter(f"U+{error.character:04X} may not stand in YAML", line) from error


class TOML(BaseHandler):
    """TOML by the standard library."""

    FM_BOUNDARY = re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE)

    def load(self, fm: str, **_: object) -> Any:
        """The table of the front matter. Raises BadFrontMatter."""
        if _LONG_KEY.search(fm):
            raise BadFrontMatter(f"nested deeper than {MAX_DEPTH}")
        try:
            table = tomllib.loads(fm)
        except tomllib.TOMLDecodeError as error:
            raise BadFrontMatter(*toml_error(error)) from error
        except ValueError as error:
            raise BadFrontMatter(TOO_LONG) from error
        except RecursionError as error:
            raise BadFrontMatter(f"nested deeper than {MAX_DEPTH}") from error
        if _deeper_than(table, MAX_DEPTH):
            raise BadFrontMatter(f"nested deeper than {MAX_DEPTH}")
        return table


_HANDLERS: tuple[BaseHandler, ...] = (YAML(), TOML())


def part(text: str) -> Parted:
    """Part a text with '\\n' line ends into front matter and body. Never raises.

    Blank lines before the front matter are allowed. What is wrong is told in the result, and no text is lost: front
    matter that is not closed or holds no keys is body, and so is what may as well be text between two rules.
    """
    start = len(text) - len(text.lstrip())
    start = text.rfind("\n", 0, start) + 1
    rest, before = text[start:], text.count("\n", 0, start)
    handler = next((handler for handler in _HANDLERS if handler.detect(rest)), None)
    if handler is None:
        return Parted({}, text, 1)
    try:
        raw, content = handler.split(rest)
    except ValueError:
        return Parted({}, text, 1, "front matter is not closed; the file is read as text", before + 1)
    first_line = before + rest[: len(rest) - len(content)].count("\n") + 1
    if content.startswith("\n"):
        content, first_line = content[1:], first_line + 1
    wrong = None
    try:
        metadata = _load(handler, raw)
    except BadFrontMatter as error:
        metadata, wrong = error.usable if isinstance(error.usable, dict) else {}, error
    if metadata is None:
        return Parted({}, text, 1, "front matter holds no keys; it is read as text", before + 1)
    if _RULE.match(rest) and raw.strip() and not _is_of_a_site(list(metadata) or _KEY.findall(raw)):
        return Parted({}, text, 1, "front matter begins with a blank line; it is read as text", before + 1)
    if wrong:
        line = min(max(wrong.line, 1), raw.count("\n") or 1)  # YAML counts lines that an editor does not
        return Parted(metadata, content, first_line, f"front matter: {wrong}", before + line, raw, before + 1)
    return Parted(metadata, content, first_line, raw=raw, raw_line=before + 1)


def _is_of_a_site(keys: Sequence[str]) -> bool:
    """Whether a block that begins with a blank line has keys as sites use them, no sentence with a colon."""
    known = sum(key.casefold() in _KNOWN for key in keys)
    return known > 1 or (known == 1 < len(keys) and all(key.islower() and " " not in key for key in keys))


def _load(handler: BaseHandler, raw: str) -> Mapping[str, object] | None:
    if len(raw.encode("utf-8", "replace")) > MAX_BYTES:
        raise BadFrontMatter(f"over {MAX_BYTES // 1024} KB")
    value = handler.load(raw)
    if value is None:
        return {}
    return value if isinstance(value, dict) else None


def toml_error(error: tomllib.TOMLDecodeError) -> tuple[str, int]:
    """What is wrong, and the 1-based line on which; 0 at the end of the text, where something is not closed."""
    found = re.fullmatch(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", str(error), re.DOTALL)
    if found is None:
        return str(error), 0
    return (found[1], int(found[2])) if found[2] else (f"{found[1]} at its end, where something is not closed", 0)


def _from_events(events: Any) -> Any:
    """The first document of a YAML event stream as a value.

    Raises BadFrontMatter beyond the bounds; and, with all that was read, for the first key that another one hides or
    that is no text.
    """
    nodes: list[list[Any]] = [[]]
    keys: list[set[str] | None] = [None]
    """Of each open node, the keys that a mapping has so far."""
    odd: BadFrontMatter | None = None
    for event in events:
        _check(event, len(nodes))
        names = keys[-1] if len(nodes[-1]) % 2 == 0 else None
        if names is not None:  # a key comes next
            odd = odd or _odd_key(event, names)
        if isinstance(event, yaml.ScalarEvent):
            is_text = names is not None or not event.implicit[0]
            nodes[-1].append(event.value if is_text else _scalar(event.value))
        elif isinstance(event, yaml.CollectionStartEvent):
            nodes.append([])
            keys.append(set() if isinstance(event, yaml.MappingStartEvent) else None)
        elif isinstance(event, yaml.CollectionEndEvent):
            items = nodes.pop()
            value = items if keys.pop() is None else dict(zip(map(str, items[::2]), items[1::2], strict=True))
            nodes[-1].append(value)
        elif isinstance(event, yaml.DocumentEndEvent):
            break
    read = nodes[0][0] if nodes[0] else None
    if odd:
        odd.usable = read
        raise odd
    return read


def _odd_key(event: Any, names: set[str]) -> BadFrontMatter | None:
    """What is wrong with a key beside those that its mapping has, `names`, to which it is added."""
    line = event.start_mark.line + 1
    if isinstance(event, yaml.CollectionStartEvent):
        return BadFrontMatter("a key is no text", line)
    if not isinstance(event, yaml.ScalarEvent):
        return None
    if event.value in names:
        return BadFrontMatter(f"the key “{event.value[:MAX_SAID]}” is given again; its last value is used", line)
    names.add(event.value)
    return None


def _check(event: Any, depth: int) -> None:
    """Raise BadFrontMatter for what is not read; `depth` is that of the nodes open before the event, plus one."""
    line = event.start_mark.line + 1
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise BadFrontMatter("anchors and aliases are not read", line)
    if isinstance(event, yaml.NodeEvent) and event.tag is not None and not _is_plain_tag(event):
        raise BadFrontMatter("tags are not read", line)
    if isinstance(event, yaml.CollectionStartEvent) and depth > MAX_DEPTH:
        raise BadFrontMatter(f"nested deeper than {MAX_DEPTH}", line)


def _is_plain_tag(event: Any) -> bool:
    """A lone '!' only says 'not resolved', as quotes do."""
    return isinstance(event, yaml.ScalarEvent) and event.tag == "!"


_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = ("", "~", "null", "Null", "NULL")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def _scalar(text: str) -> object:
    """What a plain scalar stands for. Octal, sexagesimal, 'no' and the like stay the text that they are."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    if _DATE.match(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    return text


def _deeper_than(value: object, depth: int) -> bool:
    level = [value]
    for _ in range(depth + 1):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: object) -> list[object]:
    if isinstance(node, dict):
        return list(node.values())
    return list(node) if isinstance(node, list) else []
