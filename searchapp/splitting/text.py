"""Visible text: pieces of inline Markdown become a clean string with spans. Junk goes, offsets follow."""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from html.entities import html5

from searchapp.model import Span


@dataclass(frozen=True, slots=True)
class Text:
    """A clean text and what is known of its ranges."""

    text: str
    spans: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything to see."""
        return any(unicodedata.category(character)[0] not in "CZ" for character in self.text)

    def cut(self, start: int, end: int) -> Text:
        """A part of the text, without white space at its ends, with what is left of the spans."""
        whole = self.text[start:end]
        start += len(whole) - len(whole.lstrip())
        end = max(start, start + len(whole.strip()))
        kept = (replace(s, start=max(s.start, start) - start, end=min(s.end, end) - start) for s in self.spans)
        return Text(self.text[start:end], tuple(span for span in kept if span.start < span.end))


Edit = tuple[int, int, str]
"""Replace the characters [start, end) by a text."""

_OBJECTS = re.compile(r"(?:\[object Object\]\s*)+")
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_URL = re.compile(r"(?:\b(?:https?|ftp)://|\bwww\.(?=[^\s.]+\.))[^\s<>\"“”«»]+", re.IGNORECASE)
_SPACE = re.compile(r"\s{2,}|[^\S ]|\A\s|\s\Z")
"""White space that is not one blank between two words."""
_OPENING = {")": "(", "]": "[", "}": "{"}
_ENDS = frozenset(".,;:!?")
_BRACKETS = frozenset({("(", ")"), ("[", "]"), ("<", ">")})


def clean(text: str, spans: Sequence[Span] = ()) -> Text:
    """Text as a reader sees it: entities decoded, no bare URLs, no template residue, white space collapsed.

    Spans of kind 'code' are left to the letter, but for their white space. What has no letter or digit left without
    its junk is nothing.
    """
    result = Text(text, tuple(spans))
    result = _edited(result, _entities(result))
    for find in (_objects, _urls):
        junk = find(result)
        result = _edited(result, junk)
        if junk and not any(character.isalnum() for character in result.text):
            return Text("")
    result = _edited(result, _spaces(result))
    return Text(result.text, tuple(_trimmed(result)))


def _trimmed(text: Text) -> Iterable[Span]:
    for span in text.spans:
        covered = text.text[span.start : span.end]
        start = span.start + len(covered) - len(covered.lstrip())
        end = span.end - len(covered) + len(covered.rstrip())
        if start < end:
            yield span if (start, end) == (span.start, span.end) else replace(span, start=start, end=end)


def _unprotected(text: Text, pattern: re.Pattern[str]) -> Iterable[re.Match[str]]:
    code = sorted((span.start, span.end) for span in text.spans if span.kind == "code")
    starts = [start for start, _ in code]
    for found in pattern.finditer(text.text):
        before = bisect_right(starts, found.end() - 1) - 1
        if before < 0 or code[before][1] <= found.start():
            yield found


def decoded(text: str) -> str:
    """A text that is no Markdown, such as a title in front matter, with its references decoded as in a body."""
    for _ in range(2):  # Markdown decodes once, `clean` what was encoded twice
        text = _ENTITY.sub(_reference, text)
    return text


def _reference(found: re.Match[str]) -> str:
    """What a character reference stands for; one that stands for nothing is text."""
    known = found[1].startswith("#") or f"{found[1]};" in html5
    return html.unescape(found[0]) if known else found[0]


def _entities(text: Text) -> list[Edit]:
    """References that are still there after Markdown has decoded them once: they were encoded twice."""
    return [
        (found.start(), found.end(), now)
        for found in _unprotected(text, _ENTITY)
        if (now := _reference(found)) != found[0]
    ]


def _objects(text: Text) -> list[Edit]:
    if "[object Object]" not in text.text:
        return []
    return [(found.start(), found.end(), " ") for found in _unprotected(text, _OBJECTS)]


def _urls(text: Text) -> list[Edit]:
    if not _may_hold_urls(text.text):
        return []
    edits = []
    for found in _unprotected(text, _URL):
        start, end = found.start(), found.start() + len(_without_punctuation(found[0]))
        while (text.text[max(start - 1, 0) : start], text.text[end : end + 1]) in _BRACKETS:
            start, end = start - 1, end + 1
        if text.text[end : end + 1] in _ENDS and text.text[max(start - 1, 0) : start] == " ":
            edits.append((start - 1, end, ""))
        else:
            edits.append((start, end, " "))
    return edits


def urls_in(text: str) -> list[str]:
    """The URLs that stand in a text."""
    return [_without_punctuation(found[0]) for found in _URL.finditer(text)] if _may_hold_urls(text) else []


def _may_hold_urls(text: str) -> bool:
    """Whether it is worth looking: the pattern is tried at every character, which most texts need not pay for."""
    return "://" in text or "www." in text.lower()


def _without_punctuation(url: str) -> str:
    """The URL without the full stop, bracket and the like that belong to the sentence around it."""
    surplus = {close: url.count(close) - url.count(opening) for close, opening in _OPENING.items()}
    end = len(url)
    while end and (url[end - 1] in ".,;:!?'’*_…" or surplus.get(url[end - 1], 0) > 0):
        end -= 1
        if url[end] in surplus:
            surplus[url[end]] -= 1
    return url[:end]


def _spaces(text: Text) -> list[Edit]:
    whole, last = text.text, len(text.text)
    if whole.isprintable() and "  " not in whole and whole == whole.strip(" "):  # of white space only blanks print
        return []
    return [
        (found.start(), found.end(), "" if found.start() == 0 or found.end() == last else " ")
        for found in _SPACE.finditer(whole)
    ]


def _edited(text: Text, edits: list[Edit]) -> Text:
    """The text after the edits, which are in order and don't overlap. Spans that lose all their text go."""
    if not edits:
        return text
    parts: list[str] = []
    at = 0
    for start, end, new in edits:
        parts += (text.text[at:start], new)
        at = end
    parts.append(text.text[at:])
    move = _mover(edits)
    moved = (replace(s, start=move(s.start, inner=1), end=move(s.end, inner=0)) for s in text.spans)
    return Text("".join(parts), tuple(span for span in moved if span.start < span.end))


def _mover(edits: list[Edit]) -> Callable[..., int]:
    starts = [start for start, _, _ in edits]
    shifts, shift = [], 0
    for start, end, new in edits:
        shifts.append(shift)
        shift += len(new) - (end - start)

    def move(position: int, *, inner: int) -> int:
        """Where a position lies after the edits; one inside an edit moves to the end (inner=1) or start of the new."""
        index = bisect_right(starts, position - 1) - 1
        if index < 0:
            return position
        start, end, new = edits[index]
        if position >= end:
            return position + shifts[index] + len(new) - (end - start)
        return start + shifts[index] + len(new) * inner

    return move


# --- Captions -----------------------------------------------------------------------------------------

_MEDIA = r"(?:jpe?g|png|gif|svg|webp|avif|bmp|tiff?|heic|og[gv]|webm|mp[34]|mov|avi|pdf)"
_EXTENSION = re.compile(rf"\.{_MEDIA}\Z", re.IGNORECASE)
_FILE_NAME = re.compile(rf"\S+\.{_MEDIA}|(?:IMG|DSC[NF]?|PXL|MVI|VID|DJI|GOPR|P)[-_]?[0-9][-_0-9]*", re.IGNORECASE)


def caption(text: Text) -> Text:
    """An image's alternative text as a caption; empty when it is only the name of a file."""
    if _FILE_NAME.fullmatch(text.text):
        return Text("")
    found = _EXTENSION.search(text.text)
    return text.cut(0, found.start()) if found else text
