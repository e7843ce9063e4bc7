"""Takes documents apart: what a result is, when it happened and who is in it. Pure; files are read elsewhere."""

from __future__ import annotations

import copyreg
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from datetime import date
from functools import partial
from operator import attrgetter

from searchapp import confined
from searchapp.heap import without_collector
from searchapp.model import (
    AUTHOR_KEYS,
    Collection,
    Corpus,
    Document,
    DocumentRef,
    Entry,
    EventDate,
    Heading,
    Mention,
    Outline,
    Passage,
    Problem,
    Progress,
    Source,
    Span,
)
from searchapp.settings import CorpusSettings
from searchapp.splitting.actors import Names
from searchapp.splitting.dating.entries import date_entries
from searchapp.splitting.structure import Draft, line_count, merged, take_apart
from searchapp.splitting.text import decoded


@dataclass(frozen=True, slots=True)
class Split:
    """What one document gives."""

    entries: tuple[Entry, ...]
    """In the order of the document."""
    outline: Outline
    news: tuple[Draft, ...]
    """The news items before they were tagged: other documents may have more to say of them."""
    problems: tuple[Problem, ...] = ()


def collect(
    corpus: Corpus,
    settings: CorpusSettings,
    title: str,
    progress: Progress | None = None,
    *,
    limits: confined.Limits | None = None,
    workers: int | None = None,
) -> Collection:
    """Take every document apart, each in a child process that is killed at its limits; such a document is a problem.

    A news item met in several documents becomes one entry: its own page's telling is kept, else the first by path; the
    tags of all are joined. `limits` and `workers` are those of confined.each; the result is the same for any number.
    """
    names = Names(corpus.gazetteer)
    splits: list[Split] = []
    problems: list[Problem] = []
    task = partial(split, settings=settings, names=names)
    with without_collector(), closing(confined.each(task, corpus.documents, limits, workers)) as taken:
        for done, (document, result) in enumerate(taken, start=1):
            if isinstance(result, confined.Refused):
                problems.append(Problem(document.path, None, f"is not in the index: {result.reason}"))
            else:
                splits.append(result)
                problems += result.problems
                if not result.outline.entries:
                    problems.append(Problem(document.path, None, "holds no text, so that nothing of it can be found"))
            if progress is not None:
                progress("taking apart", done, len(corpus.documents))
    return Collection(
        entries=tuple(_joined(splits, names)),
        outlines=tuple(each.outline for each in splits),
        gazetteer=corpus.gazetteer,
        problems=tuple(sorted((*corpus.problems, *problems), key=lambda problem: problem.path)),
        title=title,
        language=settings.language,
        digest=corpus.digest,
        description=settings.description,
        examples=settings.examples,
        basis=corpus.basis,
        kept=corpus.kept,
    )


def _travel_as_fields(kind: type) -> None:
    """Let values of a dataclass pass between processes as their fields in a row, in half the time of its own way."""
    taken = attrgetter(*(field.name for field in fields(kind)))
    copyreg.pickle(kind, lambda value: (kind, taken(value)))


for _kind in (Split, Draft, Outline, Heading, Entry, Passage, EventDate, Mention, Span, Source, DocumentRef):
    _travel_as_fields(_kind)


def split(document: Document, settings: CorpusSettings, names: Names) -> Split:
    """Take one document apart. Pure, and never raises, whatever the Markdown; values can be pickled."""
    structure = take_apart(document)
    entries = date_entries(
        [draft.entry for draft in structure.drafts],
        published=document.published,
        dated_name=document.dated_name,
        mean=settings.dates,
        titled=structure.titled,
        items=structure.items,
    )
    drafts = [Draft(entry, old.tags, old.own) for entry, old in zip(entries, structure.drafts, strict=True)]
    outline = Outline(
        ref=structure.ref,
        metadata=tuple(_labelled(document.metadata)),
        headings=structure.headings,
        entries=tuple(draft.entry.id for draft in drafts),
        sha256=document.sha256,
        published=document.published,
        lines=line_count(document),
        spans=tuple(draft.entry.lines for draft in drafts),
    )
    return Split(
        entries=tuple(names.tag(draft.entry, draft.tags) for draft in drafts),
        outline=outline,
        news=tuple(draft for draft in drafts if draft.entry.kind == "news"),
        problems=tuple(_hidden(document.path, structure.hidden)),
    )


def _hidden(path: str, blocks: Sequence[int]) -> Iterator[Problem]:
    """What is lost with blocks of HTML, told at the first of them."""
    if blocks:
        what = (
            "a block of HTML holds text that is"
            if len(blocks) == 1
            else f"{len(blocks)} blocks of HTML hold text that is"
        )
        yield Problem(path, blocks[0], f"{what} neither shown nor found; Markdown would be")


def _joined(splits: Sequence[Split], names: Names) -> Iterator[Entry]:
    """Every entry once, where it is met first. An item that others have added to is tagged again."""
    items = {draft.entry.id: draft for draft in merged(draft for each in splits for draft in each.news)}
    alone = Counter(draft.entry.id for each in splits for draft in each.news)
    for entry in (entry for each in splits for entry in each.entries):
        if entry.kind == "section" or alone[entry.id] == 1:
            yield entry
        elif (draft := items.pop(entry.id, None)) is not None:
            yield names.tag(draft.entry, draft.tags)


def _labelled(metadata: Mapping[str, object]) -> list[tuple[str, str]]:
    """Front matter as label and text; what is empty is left out."""
    pairs = ((k, _people(value) if k.casefold() in AUTHOR_KEYS else _as_text(value)) for k, value in metadata.items())
    return [(key, text) for key, text in pairs if text]


def _people(value: object) -> str:
    """Authors, parted by semicolons, since a name may hold a comma; of one with several fields, the name."""
    people = value if isinstance(value, list) else [value]
    names = ((each.get("name") or each) if isinstance(each, Mapping) else each for each in people)
    return "; ".join(text for name in names if (text := _as_text(name)))


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):  # and datetime
        return value.isoformat()
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {text}" for key, each in value.items() if (text := _as_text(each)))
    if isinstance(value, list):
        texts = [text for each in value if (text := _as_text(each))]
        return ("\n" if any("\n" in text for text in texts) else ", ").join(texts)
    lines = (line.strip() for line in decoded(str(value)).splitlines())
    return "\n".join(line for line in lines if line)
