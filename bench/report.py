"""What the laps of a race say: medians, ratios, agreement; as a table and as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.asks import CLASSES, Ask
from bench.page import HITS, Page
from bench.stages import OURS, RACERS, Again, Built, Lap, Split

PEERS: Final = tuple(name for name in RACERS if name != OURS)
TOLERANCE: Final = 0.05
"""Share of the larger total by which tokenisation may let two totals differ; two entries always may."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of one engine on one class of queries, in milliseconds."""

    median_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class of queries."""

    kind: str
    queries: int
    median_total: float
    """Entries found by the product."""
    timings: dict[str, Timing]
    ratios: dict[str, float]
    """Peer -> median over the queries of (median time of the product / median time of the peer)."""
    agreement: dict[str, float]
    """Peer -> share of the queries with exactly the product's total."""
    shared_top: dict[str, float]
    """Peer -> share of the entries on the product's page that are on the peer's, too, over all queries."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A page that cannot be explained: totals too far apart, or a page that is not full."""

    query: str
    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Size:
    """All that was measured on one corpus."""

    split: Split
    builds: tuple[Built, ...]
    serving: dict[str, int]
    """Engine -> most memory while answering, in bytes."""
    classes: tuple[ClassRow, ...]
    doubts: tuple[Doubt, ...]
    again: Again


def summarise(laps: Iterable[Lap]) -> tuple[tuple[ClassRow, ...], tuple[Doubt, ...]]:
    """The rows of the table, and every page that is to be doubted."""
    by_ask: dict[Ask, dict[str, Lap]] = {}
    for lap in laps:
        by_ask.setdefault(lap.ask, {})[lap.engine] = lap
    kinds = [kind for kind in CLASSES if any(ask.kind == kind for ask in by_ask)]
    rows = tuple(_row(kind, [found for ask, found in by_ask.items() if ask.kind == kind]) for kind in kinds)
    return rows, tuple(doubt for ask, found in by_ask.items() for doubt in _doubts(ask, found))


def _row(kind: str, queries: list[dict[str, Lap]]) -> ClassRow:
    return ClassRow(
        kind=kind,
        queries=len(queries),
        median_total=median(found[OURS].page.total for found in queries),
        timings={name: _timing([ms for found in queries for ms in found[name].ms]) for name in RACERS},
        ratios={name: median(median(q[OURS].ms) / median(q[name].ms) for q in queries) for name in PEERS},
        agreement={
            name: sum(q[OURS].page.total == q[name].page.total for q in queries) / len(queries) for name in PEERS
        },
        shared_top={name: _shared([(q[OURS].page, q[name].page) for q in queries]) for name in PEERS},
    )


def _shared(pages: list[tuple[Page, Page]]) -> float:
    tops = [({hit.entry for hit in ours.hits}, {hit.entry for hit in theirs.hits}) for ours, theirs in pages]
    return sum(len(ours & theirs) for ours, theirs in tops) / max(1, sum(len(ours) for ours, _ in tops))


def _timing(times: list[float]) -> Timing:
    times = sorted(times)
    return Timing(median(times), times[min(len(times) - 1, int(0.95 * len(times)))])


def _doubts(ask: Ask, found: dict[str, Lap]) -> Iterable[Doubt]:
    for name, lap in found.items():
        if flaw := _flaw(ask, lap.page):
            yield Doubt(ask.text, ask.kind, f"{name}: {flaw}")
    ours = found[OURS].page.total
    far = {name: found[name].page.total for name in PEERS if _far(ours, found[name].page.total)}
    if far:
        totals = ", ".join(f"{name} {total:,}" for name, total in far.items())
        yield Doubt(ask.text, ask.kind, f"totals: {OURS} {ours:,}, {totals}")

    for name in PEERS:
        if odd := _odd_facets(ask, found[OURS].page, found[name].page):
            yield Doubt(ask.text, ask.kind, f"{OURS} counts otherwise than {name}: {odd}")


def _odd_facets(ask: Ask, ours: Page, theirs: Page) -> str:
    """Facet values that cannot be: with filters the peers count exactly, without them never too little."""
    if ours.total != theirs.total:
        return ""
    pairs = [(ours.years, theirs.years), (ours.actors, theirs.actors)]
    both = [
        (value, one.get(value, 0), other.get(value, 0)) for one, other in pairs for value in one.keys() | other.keys()
    ]
    odd = sorted(f"{value} {a:,}/{b:,}" for value, a, b in both if a > b or (ask.year and a != b))
    return ", ".join(odd[:3])


def _far(one: int, other: int) -> bool:
    return abs(one - other) > max(2, TOLERANCE * max(one, other))


def _flaw(ask: Ask, page: Page) -> str:
    if len(page.hits) != min(HITS, page.total):
        return f"{len(page.hits)} results on the page for a total of {page.total:,}"
    if any(not hit.evidence for hit in page.hits):
        return "a result without evidence"
    if not any("[[" in text for hit in page.hits for text in hit.evidence) and not _in_titles(ask, page):
        return "nothing marked"
    one_leaf = len(ask.words) == 1 or ask.any or ask.phrase  # two words may be held in different years
    return "no years" if page.total and one_leaf and not page.years else ""


def _in_titles(ask: Ask, page: Page) -> bool:
    """Whether every result has a word of the query in its title, where evidence has nothing to mark."""
    starts = tuple(word[:4] for word in ask.words)
    return all(any(start in hit.title.lower() for start in starts) for hit in page.hits)


def show(size: Size, console: Console) -> None:
    """Print what was measured on one corpus."""
    console.rule(f"[bold]{size.split.entries:,} entries, {size.split.passages:,} passages")
    console.print(_builds(size))
    again = size.again
    console.print(f"searchapp reindex: unchanged {again.unchanged:.2f} s, one document edited {again.edited:.2f} s")
    console.print(_pages(size))
    for doubt in size.doubts[:10]:
        console.print(f"  to explain ({doubt.kind}): {doubt.query}: {doubt.what}", markup=False, highlight=False)
    if len(size.doubts) > 10:
        console.print(f"  … and {len(size.doubts) - 10} more (--json lists all)")


def _builds(size: Size) -> Table:
    table = Table(title="Build and memory", title_justify="left")
    for name in ("engine", "split s", "index s", "folder → searchable, entries/s", "index MB", "bytes ours/peer"):
        table.add_column(name, justify="left" if name == "engine" else "right")
    table.add_column("peak MB, build", justify="right")
    table.add_column("peak MB, serving", justify="right")
    ours = next(built for built in size.builds if built.engine == OURS)
    for built in size.builds:
        whole = built.split_seconds + built.seconds
        served = size.serving.get(built.engine)
        table.add_row(
            built.engine,
            f"{built.split_seconds:.2f}",
            f"{built.seconds:.2f}",
            f"{size.split.entries / whole:,.0f}",
            f"{built.index_bytes / 1e6:,.1f}",
            "" if built is ours else f"{ours.index_bytes / built.index_bytes:.2f}",
            f"{built.peak_bytes / 1e6:,.0f}",
            f"{served / 1e6:,.0f}" if served else "",
        )
    return table


def _pages(size: Size) -> Table:
    table = Table(title="Full page, ms: median (p95)", title_justify="left")
    table.add_column("query")
    for name in (
        "total",
        *RACERS,
        *(f"ours/{name}" for name in PEERS),
        *(f"same total · top 10, {name}" for name in PEERS),
    ):
        table.add_column(name, justify="right")
    for row in size.classes:
        timings = (row.timings[name] for name in RACERS)
        table.add_row(
            CLASSES[row.kind][0],
            f"{row.median_total:,.0f}",
            *(f"{timing.median_ms:.2f} ({timing.p95_ms:.2f})" for timing in timings),
            *(f"{row.ratios[name]:.2f}" for name in PEERS),
            *(f"{row.agreement[name]:.0%} · {row.shared_top[name]:.0%}" for name in PEERS),
        )
    return table
