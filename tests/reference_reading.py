"""What the reference search finds in a document, likens and suggests: plain Python, every passage every time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from whoosh.query import Or, Term

from searchapp.engines.whoosh.suggesting import _BEFORE, _QUOTE, _in_box, _Item, _joined, _parts, _plain
from searchapp.model import ENDLESS, Entry, Filter, Found, Query, Range, Similar, Suggestion, SuggestionKind

if TYPE_CHECKING:
    from reference import Reference
else:
    Reference = Any

SHARES: dict[SuggestionKind, int] = {"actor": 3, "place": 2, "word": 3, "heading": 2}


def reading(self: Reference, query: Query, path: str, lines: Range | None = None) -> Mapping[str, Found]:
    outline = self.document(path)
    parsed = self.parser.parse(query.q, exact=query.exact)
    tree = self._plan(query, parsed.all, parsed.any, parsed.words)[0]
    kept = {what for what in query.filters if what.facet != "document"}
    here = Query(filters=frozenset(kept | {Filter("document", path)}), date_from=query.date_from, date_to=query.date_to)
    found = {}
    assert outline
    first, last = lines or (0, ENDLESS)
    shown = outline.entries if lines is None else outline.reached(lines)
    for entry in map(self.entry, outline.entries):
        if entry is None:
            continue
        texts = self.eligible(here, entry)
        found_in = self.evidence(tree, texts, entry) if texts and self.matches(tree, texts, entry) else []
        held = [t.passage for t in found_in]
        places = [i for i, p in enumerate(entry.passages) if any(p is h for h in held)]
        marks = [
            self._marks(tree, p) if not i or first <= p.lines[0] <= last else () for i, p in enumerate(entry.passages)
        ]
        if places or entry.id in shown:
            found[entry.id] = Found(tuple(places), tuple(marks) if entry.id in shown else ())
    return found


def similar(self: Reference, entry_id: str, limit: int = 5) -> tuple[Similar, ...]:
    entry = self.entry(entry_id)
    if entry is None:
        return ()
    entries = self.collection.entries
    forms: dict[str, Counter[str]] = {}
    for passage in entry.passages:
        for t in self.analyzer.tokens(passage.text):
            if t.width == 1 and len(t.word) > 2 and t.word not in self.analyzer.stop_words and not t.word.isdecimal():
                forms.setdefault(t.stem, Counter())[passage.text[t.start : t.end]] += 1
    holding = {e.id: Counter(x.stem for text in self._texts(e) for x in _once(text.tokens)) for e in entries}
    weights = {}
    for stem, written in forms.items():
        if sum(stem in holding[e.id] for e in entries) > 1:
            f = sum(holding[e.id][stem] for e in entries) / len(entries)
            weights[stem] = written.total() * math.log2((1 + f) / f) + math.log2(1 + f)
    best = sorted(weights, key=lambda stem: (-round(weights[stem], 9), stem))[:20]
    if not best:
        return ()
    tree = Or([Term("stem", stem, boost=weights[stem] / weights[best[0]]) for stem in best])
    others = [e for e in entries if e is not entry and sum(s in holding[e.id] for s in best) >= min(3, len(best))]
    scores = self._scores(tree, {e.id: self.bodies[e.id] for e in entries})
    others.sort(key=lambda e: (-round(scores[e.id][0], 9), e.id))
    return tuple(
        Similar(e, tuple(max(forms[s], key=lambda w: (forms[s][w], w)) for s in best if s in holding[e.id])[:5])
        for e in others[:limit]
    )


def _once(tokens: Any) -> Any:
    """Words, each position once."""
    return {(t.stem, t.position): t for t in tokens}.values()


def suggest(self: Reference, text: str, limit: int = 10) -> tuple[Suggestion, ...]:
    found = _BEFORE.fullmatch(text)
    assert found
    head, rest = found[1] or "", found[2]
    if rest.rstrip().endswith(("*", "~")) or not rest.strip():
        return ()
    quoted = len(_QUOTE.findall(head)) % 2 == 1
    words = rest.split()
    fitting: list[tuple[_Item, str, str]] = []
    for run in range(min(len(words), 6), 0, -1):
        if quoted and run != min(len(words), 6):
            break
        start = len(rest) - len(rest.lstrip()) if run == len(words) else _start(rest, run)
        prefix = _joined(_parts(rest[start:])) + (" " if rest[-1].isspace() else "")
        if _long_enough(prefix):
            fitting += [(item, head + rest[:start], alias) for item, alias in _names(self, prefix)]
    if not rest[-1].isspace():
        start = _start(rest, 1)
        prefix = "".join(_parts(rest[start:]))
        if _long_enough(prefix):
            fitting += [(item, head + rest[:start], "") for item in _words(self, prefix)]
    lists: dict[SuggestionKind, list[tuple[_Item, str, str]]] = {kind: [] for kind in SHARES}
    seen = set()
    for one in fitting:
        name = _joined(_parts(one[0].value))
        if name not in seen and len(lists[one[0].kind]) < limit:
            seen.add(name)
            lists[one[0].kind].append(one)
    taken = {kind: min(len(lists[kind]), share) for kind, share in SHARES.items()}
    for kind in SHARES:
        taken[kind] += max(0, min(limit - sum(taken.values()), len(lists[kind]) - taken[kind]))
    made = [_made(self, *one, quoted=quoted) for kind in SHARES for one in lists[kind][: taken[kind]]]
    return tuple(s for s in made if s.count and s.q.casefold() != text.strip().casefold())


def _long_enough(prefix: str) -> bool:
    return len(prefix.strip()) >= 2 or any("\u3040" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af" for c in prefix)


def _start(rest: str, run: int) -> int:
    """Where the last so many words begin."""
    end = rest.rstrip()
    for _ in range(run):
        end = end.rstrip()
        end = end[: len(end) - len(end.split()[-1])]
    return len(end)


def _made(self: Reference, item: _Item, before: str, alias: str, *, quoted: bool) -> Suggestion:
    is_word = item.kind == "word"
    value = _written(self, item.value) if is_word else item.value
    alone = self.parser.parse(f'"{_plain(value)}"' if item.kind == "heading" else _plain(value), exact=False)
    q = before + (value if is_word else _in_box(item, before, quoted=quoted))
    return Suggestion(item.kind, value, q, self._count(Query(), alone.all), alias, item.group)


def _names(self: Reference, prefix: str) -> list[tuple[_Item, str]]:
    """Names and headings one of whose words, with what follows it, begins so."""
    entries = self.collection.entries
    known: list[tuple[_Item, str]] = []
    for name in self.collection.gazetteer.names:
        kind: SuggestionKind = "place" if name.is_place else "actor"
        size = sum(name.name in (p.places if name.is_place else p.actors) for e in entries for p in e.body)
        if size:
            item = _Item(kind, name.name, name.type, size)
            known += [(item, spelling) for spelling in dict.fromkeys((name.name, *name.aliases, *name.cased))]
    titles = Counter(h.title for outline in self.collection.outlines for h in outline.headings)
    known += [(_Item("heading", t, "", n), t) for t, n in titles.items() if 0 < len(_parts(t)) <= 8]
    keys = []
    for item, spelling in known:
        parts = _parts(spelling)
        for i, part in enumerate(parts):
            text = _joined(parts[i:])
            if text.startswith(prefix) and (i == 0 or part not in self.analyzer.stop_words):
                keys.append(((i > 0, -item.size, item.value), text, item, spelling))
    found: list[tuple[_Item, str]] = []
    for kind in ("actor", "place", "heading"):
        for _, _, item, spelling in sorted((k for k in keys if k[2].kind == kind), key=lambda k: (k[0], k[1]))[:12]:
            other = kind != "heading" and _parts(spelling) != _parts(item.value)
            found.append((item, spelling if other else ""))
    return found


def _words(self: Reference, prefix: str) -> list[_Item]:
    held: Counter[str] = Counter()
    for entry in self.collection.entries:
        for text in self._texts(entry):
            held.update({t.word for t in text.tokens})
    fitting = sorted((w for w in held if w.startswith(prefix)), key=lambda w: (-held[w], w))[:60]
    by_stem: dict[str, str] = {}
    for word in fitting:
        stem = next((t.stem for t in self.analyzer.tokens(word)), word)
        if word not in self.analyzer.stop_words and not word.isdecimal():
            by_stem.setdefault(stem, word)
    return [_Item("word", word, "", held[word]) for word in by_stem.values()]


def _written(self: Reference, word: str) -> str:
    """The first form without a capital among the first three texts that hold a word, else the first."""
    forms: list[str] = []
    texts = 0
    for entry in self.collection.entries:
        for text in (*_passages(self, entry), self.paths[entry.id]):
            here = [t for t in text.tokens if t.word == word]
            texts += bool(here)
            if here and text.passage and texts <= 3:
                forms += [text.passage.text[t.start : t.end] for t in here]
    return next((form for form in forms if form[0].islower()), forms[0] if forms else word)


def _passages(self: Reference, entry: Entry) -> Any:
    yield self.titles[entry.id]
    yield from (text for text in self.bodies[entry.id] if text is not self.titles[entry.id])
