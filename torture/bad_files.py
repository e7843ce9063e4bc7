"""Files that should not stop anything: what is in each, and what must be said of it."""

from __future__ import annotations

import codecs
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WORD: Final = "hmeimim"
"""Stands in the text of each file whose text is to be found."""
TEXT: Final = f"\nThe base at {WORD}.\n"
LIMIT: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Bad:
    """A file, and what must be said of it."""

    make: bytes | Callable[[Path], None]
    """Its content, or what puts it at a path."""
    says: str = ""
    """Part of what is said; empty where nothing has to be."""
    line: int | None = None
    found: bool = True
    """Whether WORD is found in it."""
    heavy: bool = False
    """Whether it may reach the limit of time or memory instead; what is said is then that."""


def _yaml(matter: str, says: str = "", line: int | None = None) -> Bad:
    return Bad(f"---\n{matter}\n---\n{TEXT}".encode(), says, line)


def _toml(matter: str, says: str = "", line: int | None = None) -> Bad:
    return Bad(f"+++\n{matter}\n+++\n{TEXT}".encode(), says, line)


def _text(text: str, *, heavy: bool = False, says: str = "", line: int | None = None) -> Bad:
    return Bad((text + "\n" + TEXT).encode("utf-8", "surrogatepass"), says, line, heavy=heavy)


def _socket(path: Path) -> None:
    os.mknod(path, stat.S_IFSOCK | 0o600)


def _link(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def _closed(path: Path) -> None:
    path.write_text(TEXT)
    path.chmod(0)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(2**40)


def _device(path: Path) -> None:
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))  # /dev/zero


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
NOT_REGULAR = "is no regular file"
DEEP = "nested deeper than 16"
ALIASES = "anchors and aliases are not read"
TAGS = "tags are not read"
UTF8 = "not valid UTF-8"

YAML: Final = {
    "yaml-flow-nesting": _yaml("[" * 60_000, DEEP, 2),
    "yaml-flow-mappings": _yaml("{a: " * 15_000, DEEP, 2),
    "yaml-block-nesting": _yaml("- " * 30_000, DEEP, 2),
    "yaml-indented": _yaml("".join(" " * depth + "a:\n" for depth in range(300)).rstrip(), DEEP, 18),
    "yaml-complex-keys": _yaml("? " * 30_000, DEEP, 2),
    "yaml-aliases": _yaml(BOMB.rstrip(), ALIASES, 2),
    "yaml-recursive-alias": _yaml("a: &a [*a]", ALIASES, 2),
    "yaml-merge": _yaml("a: 1\nbase: &b {x: 1}\n<<: *b", ALIASES, 3),
    "yaml-sexagesimals": _yaml("time: 190:20:30\nlong: " + "1:" * 20_000 + "1"),
    "yaml-python-tag": _yaml("title: ok\nrun: !!python/object/apply:os.system ['true']", TAGS, 3),
    "yaml-binary-tag": _yaml("a: !!binary aGVsbG8=", TAGS, 2),
    "yaml-own-tag": _yaml("a: !x y", TAGS, 2),
    "yaml-huge-scalar": _yaml("a: " + "x" * 70_000, "over 64 KB", 1),
    "yaml-huge-integer": _yaml("a: " + "9" * 60_000),
    "yaml-huge-float": _yaml("a: 1e999999999\nb: .inf\nc: .nan"),
    "yaml-duplicate-keys": _yaml("title: one\ntitle: two", "“title” is given again", 3),
    "yaml-keys-no-text": _yaml("1: a\ntrue: b\n~: c\n2015-01-01: d\n[a, b]: e\n{a: b}: f", "a key is no text", 6),
    "yaml-bad-dates": _yaml(
        "date: 2015-02-30\npublished: 0000-00-00\ncreated: 99999-99-99T99:99", "is not a day of the calendar", 3
    ),
    "yaml-tab": _yaml("a:\n\t- b", "front matter: ", 3),
    "yaml-unclosed-quote": _yaml('a: "b', "front matter: "),
    "yaml-unclosed-list": _yaml("a: [b, c", "front matter: "),
    "yaml-no-mapping": _yaml("- a\n- b", "holds no keys", 1),
    "yaml-two-documents": Bad(f"---\na: 1\n--- x\nb: 2\n---\n{TEXT}".encode()),
    "yaml-controls": _yaml("a: \x01\x02", "may not stand in YAML", 2),
    "yaml-many-keys": _yaml("\n".join(f"k{number}: {number}" for number in range(4_000))),
    "yaml-block-scalar-flood": _yaml("a: |\n" + "  x\n" * 15_000),
    "yaml-quotes-flood": _yaml("a: " + "'" * 50_000),
    "yaml-colons-flood": _yaml("a: " + ": " * 25_000, "mapping values are not allowed", 2),
    "yaml-unterminated": Bad(f"---\ntitle: a\n{TEXT}".encode(), "not closed", 1),
    "yaml-empty": Bad(f"---\n---\n{TEXT}".encode()),
}
TOML: Final = {
    "toml-no-value": _toml("a = 1\nb =", "front matter: Invalid value", 3),
    "toml-duplicate": _toml("a = 1\na = 2", "front matter: ", 3),
    "toml-arrays": _toml("a = " + "[" * 60_000, DEEP),
    "toml-tables": _toml("a = " + "{a = " * 12_000, DEEP),
    "toml-dotted": _toml("a." * 30_000 + "a = 1", DEEP),
    "toml-header": _toml("[" + "a." * 30_000 + "a]", DEEP),
    "toml-huge-integer": _toml("a = " + "9" * 60_000, "more digits"),
    "toml-bad-date": _toml("date = 2015-02-30", "front matter: ", 2),
    "toml-strange-dates": _toml("a = 0001-01-01T00:00:00+23:59\nb = 9999-12-31\nc = 07:32:00\nd = nan\ne = inf"),
    "toml-many-tables": _toml("\n".join(f"[t{number}]" for number in range(7_000))),
    "toml-unterminated": Bad(f"+++\na = 1\n{TEXT}".encode(), "not closed", 1),
}
BYTES: Final = {
    "bytes-bom": Bad(codecs.BOM_UTF8 + TEXT.encode()),
    "bytes-crlf": Bad(TEXT.replace("\n", "\r\n").encode()),
    "bytes-cr": Bad(TEXT.replace("\n", "\r").encode()),
    "bytes-nul": Bad(b"One\n\0\0\0" + TEXT.encode(), "NUL", 2),
    "bytes-only-nul": Bad(bytes(100_000), "NUL", 1, found=False),
    "bytes-invalid": Bad(b"One\nTwo \xff\xc3\x28\n" + TEXT.encode(), UTF8, 2),
    "bytes-overlong": Bad(b"\xc0\xaf\xe0\x80\x80" + TEXT.encode(), UTF8, 1),
    "bytes-random": Bad(bytes(number * 167 % 256 for number in range(100_000)), UTF8, 1, found=False),
    "bytes-utf16": Bad(TEXT.encode("utf-16")),
    "bytes-utf16-odd": Bad(TEXT.encode("utf-16") + b"\0", "not valid UTF-16"),
    "bytes-utf16-lone": Bad(codecs.BOM_UTF16_LE + b"\x00\xd8a\0" + TEXT.encode("utf-16-le"), "not valid UTF-16", 1),
    "bytes-utf32-beyond": Bad(codecs.BOM_UTF32_LE + b"\xff\xff\xff\x7f" + TEXT.encode("utf-32-le"), "not valid UTF-32"),
    "bytes-surrogates": _text("\ud800 \udfff\ud800", says=UTF8, line=1),
    "bytes-latin1": Bad("Sämtliche Flüge".encode("latin-1") + TEXT.encode(), UTF8, 1),
    "bytes-bidi": _text("\u202e\u2066\u2067\u202d" * 5_000),
    "bytes-zero-width": _text("\u200b\u200d\ufeff\u2060" * 100_000),
    "bytes-combining": _text("e" + "\u0301" * 200_000),
    "bytes-empty": Bad(b"", "holds no text", found=False),
    "bytes-blank": Bad(b" \n\t\n" * 50_000, "holds no text", found=False),
    "bytes-separators": _text("a\u2028b\u2029c\x0bd\x0ce\x1cf\x85g" * 10_000),
}
MARKDOWN: Final = {
    "md-50-mb-line": Bad(b"x" * 50_000_000, "more than 2,000,000", found=False),
    "md-2-mb-line": _text("x" * (LIMIT - 100)),
    "md-2-mb-words": _text("word " * (LIMIT // 5 - 20), heavy=True),
    "md-headings": _text("# a\n" * 200_000, heavy=True),
    "md-own-headings": _text("".join(f"## h{number}\n" for number in range(150_000)), heavy=True),
    "md-paragraphs": _text("a\n\n" * 300_000, heavy=True),
    "md-lists-deep": _text("- " * 10_000 + "x"),
    "md-lists-indented": _text("".join("  " * depth + "- a\n" for depth in range(1_000))),
    "md-lists-long": _text("- a\n" * 100_000, heavy=True),
    "md-quotes-deep": _text(">" * 10_000 + " x"),
    "md-quotes-deep-lines": _text((">" * 10_000 + "x\n") * 100),
    "md-images-open": _text("![" * 100_000, heavy=True),
    "md-brackets-open": _text("[" * 100_000, heavy=True),
    "md-brackets-nested": _text("[" * 20_000 + "a" + "](b)" * 20_000, heavy=True),
    "md-links-open": _text("[a](" * 100_000, heavy=True),
    "md-stars": _text("*a " * 100_000, heavy=True),
    "md-underscores": _text("_a*b " * 100_000, heavy=True),
    "md-backticks": _text(" ".join("`" * (number % 1_000) for number in range(3_000)), heavy=True),
    "md-table-wide": _text("|" + "a|" * 50_000 + "\n|" + "-|" * 50_000 + "\n|" + "b|" * 50_000 + "\n", heavy=True),
    "md-table-long": _text("|a|b|\n|-|-|\n" + "|x|y|\n" * 100_000, heavy=True),
    "md-table-ragged": _text("|" + "a|" * 2_000 + "\n|" + "-|" * 2_000 + "\n" + "|b\n" * 100_000, heavy=True),
    "md-references": _text("".join(f"[r{number}]: /u{number}\n" for number in range(90_000)), heavy=True),
    "md-reference-bomb": _text("[a]: /" + "u" * 1_000 + "\n\n" + "[a] " * 100_000, heavy=True),
    "md-entities": _text("&amp;" * 200_000 + "&#x41;" * 50_000 + "&#9999999999;", heavy=True),
    "md-html": _text("<a " * 200_000, heavy=True),
    "md-comments": _text("x\n\n" + "a <!-- " * 100_000, heavy=True),
    "md-autolinks": _text("<http://a> " * 50_000, heavy=True),
    "md-urls": _text("http://a." * 100_000, heavy=True),
    "md-dates": _text("3 May 2015 " * 100_000, heavy=True),
    "md-years": _text("2015 " * 200_000, heavy=True),
    "md-open-spans": _text("30 September 2015 – " * 50_000, heavy=True),
    "md-digits": _text("1" * 1_000_000),
    "md-news": _text("".join(f"* [a{n}](/news/2015/1/1/a{n}.md) _Context: b{n}_\n" for n in range(20_000)), heavy=True),
    "md-objects": _text("[object Object]" * 50_000, heavy=True),
    "md-fences": _text("```\n" * 100_001 + "```\n", heavy=True),
    "md-setext": _text("a\n===\n" * 100_000, heavy=True),
    "md-escapes": _text("\\" * 500_001 + "\n", heavy=True),
}
NODES: Final = {
    "node-fifo": Bad(os.mkfifo, NOT_REGULAR, found=False),
    "node-socket": Bad(_socket, NOT_REGULAR, found=False),
    "node-link-out": Bad(_link("/etc/hostname"), NOT_REGULAR, found=False),
    "node-link-in": Bad(_link("good-0.md"), NOT_REGULAR, found=False),
    "node-link-loop": Bad(_link("node-link-loop.md"), NOT_REGULAR, found=False),
    "node-link-nowhere": Bad(_link("nothing"), NOT_REGULAR, found=False),
    "node-link-device": Bad(_link("/dev/zero"), NOT_REGULAR, found=False),
    "node-folder": Bad(lambda path: path.mkdir(), found=False),
    "node-sparse-terabyte": Bad(_sparse, "more than 2,000,000", found=False),
}
ROOT_ONLY: Final = {"node-device": Bad(_device, NOT_REGULAR, found=False)}
NO_ROOT: Final = {"node-closed": Bad(_closed, "cannot be read: Permission denied", found=False)}
NAMES: Final[dict[bytes, Bad]] = {
    b"name\nwith a line.md": Bad(TEXT.encode(), "control character", found=False),
    b"name \x1b[31m.md": Bad(TEXT.encode(), "control character", found=False),
    b"name-\xff\xfe.md": Bad(TEXT.encode(), "not UTF-8", found=False),
    b"..name...md": Bad(TEXT.encode(), found=False),  # hidden, like every name that begins with a dot
    b"name..%2e%2e%2f.md": Bad(TEXT.encode()),
    b"name <script>'\"&.md": Bad(TEXT.encode()),
    b"name " + "\u202egnp.md".encode(): Bad(TEXT.encode()),
    b"n" * 252 + b".md": Bad(TEXT.encode()),
}
"""By the bytes of the file's whole name."""


def cases() -> dict[bytes, Bad]:
    """Every bad file that this machine and user can make, by the bytes of its name."""
    ours = ROOT_ONLY if os.geteuid() == 0 else NO_ROOT
    named = {
        f"{name}.md".encode(): bad
        for group in (YAML, TOML, BYTES, MARKDOWN, NODES, ours)
        for name, bad in group.items()
    }
    return named | NAMES


def write(folder: Path, chosen: dict[bytes, Bad]) -> None:
    """Make the files, with a good one before and after them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, bad in {b"a-good.md": GOOD, **chosen, b"z-good.md": GOOD}.items():
        path = folder / os.fsdecode(name)
        if isinstance(bad.make, bytes):
            path.write_bytes(bad.make)
        else:
            bad.make(path)


GOOD: Final = Bad(TEXT.encode())
