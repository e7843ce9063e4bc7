"""What an archivist asks of an index before trusting it, counted when it is built."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from searchapp.model import Collection, Counts, DocumentCounts, Entry, Name, NameCounts, Passage
from searchapp.spellings import also_written, fold


def count(collection: Collection) -> Counts:
    """Documents with what was found in them, and names with how often each spelling of theirs occurs.

    Passages are those that filters and facets see (Entry.body); spellings are counted in titles too.
    """
    by_path: dict[str, list[Entry]] = {outline.ref.path: [] for outline in collection.outlines}
    for entry in collection.entries:
        by_path.setdefault(entry.document.path, []).append(entry)
    names = {name.name: _Tally(name) for name in reversed(collection.gazetteer.names)}
    for entry in collection.entries:
        _tally(entry, names)
    return Counts(
        documents=tuple(_document(path, entries) for path, entries in sorted(by_path.items())),
        names=tuple(names[name.name].counts() for name in collection.gazetteer.names if names[name.name].name is name),
        named=sum(bool(passage.actors) for entry in collection.entries for passage in entry.body),
        dated_entries=sum(any(passage.dates for passage in entry.body) for entry in collection.entries),
    )


def top_actors(counts: Counts, limit: int = 10) -> tuple[tuple[str, int], ...]:
    """Actors named in most entries, and in how many; ties by name."""
    found = ((each.name.name, each.entries) for each in counts.names if each.entries and not each.name.is_place)
    return tuple(sorted(found, key=lambda actor: (-actor[1], actor[0]))[:limit])


def changed(counts: Counts, gone: Counts, come: Counts, kept: Container[str]) -> Counts:
    """What is counted after what was counted in `gone` went and what was counted in `come` came; names are the same.

    Documents are those of `counts` that are kept, by their paths, and those of `come`.
    """
    before, less, more = ({each.path: each for each in found.documents} for found in (counts, gone, come))
    paths = {*(path for path in before if path in kept), *more}
    return Counts(
        documents=tuple(_added(path, before.get(path), less.get(path), more.get(path)) for path in sorted(paths)),
        names=tuple(_changed(*each) for each in zip(counts.names, gone.names, come.names, strict=True)),
        named=counts.named - gone.named + come.named,
        dated_entries=counts.dated_entries - gone.dated_entries + come.dated_entries,
    )


def _added(
    path: str, before: DocumentCounts | None, less: DocumentCounts | None, more: DocumentCounts | None
) -> DocumentCounts:
    none = DocumentCounts(path, 0, 0, 0, 0, 0)
    before, less, more = before or none, less or none, more or none
    return DocumentCounts(
        path,
        before.sections - less.sections + more.sections,
        before.news - less.news + more.news,
        before.passages - less.passages + more.passages,
        before.dated - less.dated + more.dated,
        before.named - less.named + more.named,
    )


def _changed(counts: NameCounts, gone: NameCounts, come: NameCounts) -> NameCounts:
    often = zip(counts.spellings, gone.spellings, come.spellings, strict=True)
    return NameCounts(
        counts.name,
        counts.entries - gone.entries + come.entries,
        counts.passages - gone.passages + come.passages,
        tuple((spelling, before - less + more) for (spelling, before), (_, less), (_, more) in often),
    )


def _document(path: str, entries: list[Entry]) -> DocumentCounts:
    passages = [passage for entry in entries for passage in entry.body]
    return DocumentCounts(
        path=path,
        sections=sum(entry.kind == "section" for entry in entries),
        news=sum(entry.kind == "news" for entry in entries),
        passages=len(passages),
        dated=sum(bool(passage.dates) for passage in passages),
        named=sum(bool(passage.actors) for passage in passages),
    )


@dataclass(slots=True)
class _Tally:
    """How often one name occurs."""

    name: Name
    entries: int = 0
    passages: int = 0
    written: Counter[str] = field(default_factory=Counter)
    """Occurrences by spelling, as the text has it."""

    def counts(self) -> NameCounts:
        spellings = dict.fromkeys(_spellings(self.name), 0)
        forms = ((form, spelling) for spelling in reversed(spellings) for form in (*also_written(spelling), spelling))
        folded: Mapping[str, str] = {fold(form.strip()): spelling for form, spelling in forms}
        for written, often in self.written.items():
            spelling = written if written in spellings else folded.get(fold(written.strip()))
            if spelling is not None:
                spellings[spelling] += often
        return NameCounts(self.name, self.entries, self.passages, tuple(spellings.items()))


def _spellings(name: Name) -> Iterable[str]:
    """Every spelling of a name, the name first; of those that mean the same to the finder, the first."""
    kept: dict[str, str] = {}
    for spelling in (name.name, *name.aliases):
        kept.setdefault(fold(spelling.strip()), spelling)
    return dict.fromkeys((*kept.values(), *name.cased))


def _tally(entry: Entry, names: Mapping[str, _Tally]) -> None:
    found: set[str] = set()
    for passage in entry.body:
        for name in _named(passage, names):
            names[name].passages += 1
            found.add(name)
    for name in found:
        names[name].entries += 1
    for passage in entry.passages:
        for mention in passage.mentions:
            if mention.name in names:
                names[mention.name].written[passage.text[mention.start : mention.end]] += 1


def _named(passage: Passage, names: Mapping[str, _Tally]) -> set[str]:
    return {name for name in (*passage.actors, *passage.places) if name in names}
