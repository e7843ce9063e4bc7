"""What the command line shows: progress, reports and results; coloured on a terminal, plain text elsewhere."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from searchapp.model import (
    FACETS,
    ORIGINS,
    UNDATED,
    BuildReport,
    Facet,
    FacetValue,
    Hit,
    Passage,
    Progress,
    Range,
    Results,
    SearchAppError,
    Status,
)
from searchapp.web import dates, sentences, words

PLAIN_WIDTH = 10_000
"""Columns of text that goes to a file or a pipe: a passage is one line there, for grep and the like."""
TOP_VALUES = 8
"""Values shown of a facet; all of them are in --json."""
LINE_SECONDS = 5.0
"""How often a long stage says on a plain stream how far it is."""

MARK = "bold black on yellow"
QUIET = "dim"
WARNING = "yellow"

# Text of the corpus must not steer the terminal: control characters but tab and line feed, the marks that turn the
# direction of what follows, and what UTF-8 cannot say.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """The text with every control character replaced, one for one, so that ranges still fit."""
    return _CONTROLS.sub("\ufffd", text)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to who runs the command: rich would end the program, with a status of its own."""
        raise BrokenPipeError


def output() -> TextIO:
    """Standard output. Raises SearchAppError where whoever runs the program has closed it."""
    if sys.stdout is None:
        raise SearchAppError("standard output is closed")
    return sys.stdout


def console(stream: TextIO | None = None) -> Console:
    """For standard output unless another stream is given; NO_COLOR and FORCE_COLOR are heeded."""
    stream = stream or output()
    width = None if stream.isatty() else PLAIN_WIDTH
    return _Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


# --- Progress -------------------------------------------------------------------------------------


@contextmanager
def progress(stream: TextIO | None = None) -> Iterator[Progress]:
    """A bar for each stage on a terminal, lines elsewhere; on standard error unless another stream is given."""
    stream = stream or sys.stderr
    if stream is None or not stream.isatty():
        yield _lines(stream)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console(stream), transient=True) as bars:
        stages: dict[str, int] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages[stage] = bars.add_task(visible(stage), total=total)
            bars.update(stages[stage], completed=done, total=total)  # type: ignore[arg-type]  # rich's TaskID is an int

        yield show


def _lines(stream: TextIO | None) -> Progress:
    """One line when a stage is done, and one every few seconds until then; none where the stream is closed."""
    said = {"at": time.monotonic()}

    def show(stage: str, done: int, total: int) -> None:
        if stream and (done >= total or time.monotonic() - said["at"] >= LINE_SECONDS):
            said["at"] = time.monotonic()
            print(f"{visible(stage)}: {done:,} of {total:,}", file=stream, flush=True)

    return show


# --- Reports --------------------------------------------------------------------------------------


def show_build(report: BuildReport, out: Console) -> None:
    """What a reindex did: counts, how passages are dated, who is named most, and every problem."""
    status = report.status
    if not report.changed:
        out.print(f"{status.generation} is up to date: nothing has changed in the corpus since {_moment(status)}.")
        _show_complaints(status, out)
        return
    out.print(Text(f"Built {status.generation} of “{visible(status.title)}” in {report.seconds:.1f} s", style="bold"))
    _print_block(_rows("Contents", _counts(status, report.kept)), out)
    share = max(status.passages, 1)
    dated = [
        (words.ORIGIN_WORDS[origin], f"{count:,}", f"{count / share:.0%}")
        for origin in ORIGINS
        if (count := status.origins.get(origin, 0))
    ]
    undated = status.origins.get(UNDATED, 0)
    _print_block(_rows("Dates of passages", [*dated, (UNDATED, f"{undated:,}", f"{undated / share:.0%}")]), out)
    if report.top_actors:
        top = [(name, f"{count:,}", "entries" if count != 1 else "entry") for name, count in report.top_actors]
        _print_block(_rows("Named in most entries", top), out)
    _show_complaints(status, out)


def show_status(status: Status, out: Console) -> None:
    """A generation that was found to be sound."""
    out.print(f"{status.generation} is sound: “{visible(status.title)}”, built {_moment(status)}.")
    _print_block(_rows("Contents", _counts(status)), out)
    _show_complaints(status, out)


def _moment(status: Status) -> str:
    return f"{status.built[:16].replace('T', ' ')} UTC"


def _counts(status: Status, kept: int = 0) -> list[tuple[str, str, str]]:
    first_last = [("years", "", f"{status.years[0]}–{status.years[1]}")] if status.years else []
    return [
        ("documents", f"{status.documents:,}", f"{kept:,} as they were" if kept else ""),
        ("sections", f"{status.sections:,}", ""),
        ("news items", f"{status.news:,}", ""),
        ("passages", f"{status.passages:,}", ""),
        ("actors", f"{status.actors:,}", "named in at least one passage"),
        *first_last,
    ]


def _rows(title: str, rows: Iterable[tuple[str, str, str]]) -> Padding:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False)
    table.add_column(min_width=20, overflow="fold")
    table.add_column(justify="right", min_width=6)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    return Padding(table, (1, 0, 0, 0), expand=False)


def _show_complaints(status: Status, out: Console) -> None:
    for warning in status.warnings:
        out.print(Text(f"Warning: {visible(warning)}", style=WARNING), soft_wrap=True)
    if status.problems:
        out.print(Text(f"\nProblems in the corpus ({len(status.problems):,})", style="bold"))
        for problem in status.problems:
            out.print(Text(visible(str(problem)), style=WARNING), soft_wrap=True)


# --- Results --------------------------------------------------------------------------------------


def show_results(results: Results, out: Console) -> None:
    """The answer to a query: what was found, each result with its passages, and the largest facet values."""
    query = results.query
    lead, rest = sentences.sentence(results)
    out.print(Text.assemble((visible(lead), "bold"), " ", visible(rest)))
    for note in results.notes:
        out.print(Text(visible(sentences.note_words(note)), style=WARNING))
    if results.suggestion and not any(note.code == "suggested" for note in results.notes):
        out.print(Text(f"Did you mean: {visible(results.suggestion)}", style=WARNING))
    if results.total and not results.hits:
        out.print(Text(f"There is no page {query.page:,}.", style=WARNING))
    first = (query.page - 1) * query.per_page + 1
    for rank, hit in enumerate(results.hits, start=first):
        out.print()
        _show_hit(rank, hit, results, out)
    if results.facets and results.total:
        out.print()
        for facet in FACETS:
            _show_facet(facet, results.facets.get(facet, ()), out)
    last = first + len(results.hits) - 1
    if results.hits and (first > 1 or last < results.total):
        more = f"; more with --page {query.page + 1}" if last < results.total else ""
        out.print(Text(f"\n{first:,}–{last:,} of {results.total:,}{more}", style=QUIET))


def _show_hit(rank: int, hit: Hit, results: Results, out: Console) -> None:
    entry = hit.entry
    title = Text.assemble((f"{rank}. ", QUIET), marked(entry.title, hit.title_marks, "bold"))
    out.print(title)
    when = f"{dates.date_words(entry.date)}, " if entry.date else ""
    place = " › ".join([entry.document.title, *entry.heading_path])
    about = [words.KIND_WORDS[entry.kind], place, when + words.origin_of_entry(entry.date, entry.kind)]
    _indented(Text(visible(" · ".join(about)), style=QUIET), out, 3)
    for evidence in hit.passages:
        if evidence.passage.kind == "title":
            continue
        text = Text.assemble(
            (f"{_margin(evidence.passage, results)}  ", "cyan"),
            marked(evidence.text, evidence.marks),
            (f"  {visible(entry.document.path)}:{evidence.passage.lines[0]}", QUIET),
        )
        _indented(text, out, 3)
    for reason in hit.reasons:
        _indented(Text(visible(sentences.reason_words(reason)), style=QUIET), out, 3)
    if hit.evidence > len(hit.passages):
        _indented(Text(f"{len(hit.passages)} of {hit.evidence} matching passages", style=QUIET), out, 3)


def _margin(passage: Passage, results: Results) -> str:
    """The date that the filters ask for, and how many more there are, as on the page."""
    when = dates.shown_date(passage.dates, results.query)
    if when is None:
        return UNDATED
    more = len(passage.dates) - 1
    return dates.date_words(when) + (f" and {more:,} more {'date' if more == 1 else 'dates'}" if more else "")


def _show_facet(facet: Facet, values: Sequence[FacetValue], out: Console) -> None:
    """The largest values and those that were asked for, in the order of the facet."""
    largest = sorted(values, key=lambda value: -value.count)[:TOP_VALUES]
    shown = [value for value in values if value.in_use or (value.count and value in largest)]
    if not shown:
        return
    cells = [f"{'not ' if value.excluded else ''}{value.value} ({value.count:,})" for value in shown]
    if rest := len(values) - len(shown):
        cells.append(f"{rest:,} more")
    out.print(Text.assemble((f"{words.FACET_WORDS[facet]}: ", "bold"), visible(", ".join(cells))))


def marked(text: str, marks: Sequence[Range], style: str = "") -> Text:
    """Text with its marked ranges highlighted, on one line: the rows and cells of a table stand side by side."""
    styled = Text(visible(text).replace("\n", " ").replace("\t", " "), style=style)
    for start, end in marks:
        styled.stylize(MARK, start, end)
    return styled


def _indented(text: Text, out: Console, columns: int) -> None:
    _print_block(Padding(text, (0, 0, 0, columns), expand=False), out)


def _print_block(block: Padding, out: Console) -> None:
    """Print it without the spaces that would fill its lines."""
    with out.capture() as captured:
        out.print(block)
    for line in captured.get().splitlines():
        out.file.write(line.rstrip() + "\n")
