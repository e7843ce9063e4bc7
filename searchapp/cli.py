"""The command line: reindex, serve, search, check."""

from __future__ import annotations

import errno
import io
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import click

from searchapp import __version__, audit, corpus, indexing, terminal
from searchapp import settings as configuration
from searchapp.engine import Engine
from searchapp.engines.whoosh import WhooshEngine
from searchapp.manual import FAILED, Asking, Book, Rows, Whole, print_json, unmarked
from searchapp.model import Audit, BuildReport, IndexUnusable, Query, Status
from searchapp.settings import Settings
from searchapp.web import objects, urls
from searchapp.web.unlisted import with_unlisted

WITH_PROBLEMS = 1
UNWRITTEN = frozenset({errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC})
"""What the system says of a stream or a disk that takes nothing."""

ENVIRONMENT: Rows = (
    ("SEARCHAPP_CORPUS", "The corpus where --corpus is not given."),
    ("SEARCHAPP_INDEX", "The index where --index is not given."),
)
FILES: Rows = (
    ("CORPUS/searchapp.toml", "What the collection is called, what its dates mean, what to leave out."),
    ("CORPUS/actors.toml", "The gazetteer: actors and places with their spellings."),
    ("INDEX/CURRENT", "Which generation is served."),
    ("INDEX/gen-N/", "One complete, verified build; the last three are kept."),
)
PARAMETERS = (
    ("year", "YEAR", "Only passages of this year, or undated; may be repeated, as may all filters."),
    ("actor", "NAME", "Only passages that name this actor, as the gazetteer writes it."),
    ("place", "NAME", "Only passages that name this place, as the gazetteer writes it."),
    ("kind", "KIND", "Only this kind of entry: section or news."),
    ("document", "PATH", "Only this document; its path in the corpus."),
    ("not_year", "YEAR", "No passages of this year."),
    ("not_actor", "NAME", "No passages that name this actor."),
    ("not_place", "NAME", "No passages that name this place."),
    ("not_kind", "KIND", "No entries of this kind."),
    ("not_document", "PATH", "Not this document."),
    ("from", "DATE", "Only passages dated then or later: 2016, 2016-02 or 2016-02-29."),
    ("to", "DATE", "Only passages dated then or earlier."),
    ("match", "all|any", "Entries with all the words (default) or with any of them."),
    ("exact", "", "Only the spellings typed: no stems, no other names of an actor or a place."),
    ("sort", "ORDER", "relevance (default), newest or oldest."),
    ("page", "NUMBER", "Which page of the results (default: 1)."),
    ("per_page", "NUMBER", "Results on a page, 1 to 100 (default: 10)."),
    ("passages", "NUMBER", "Passages shown of a result, 1 to 50 (default: 3)."),
    ("facet_order", "ORDER", "Values of a facet by count (default) or by name."),
    ("explain", "", "Say of each result by what it was found."),
)
"""Name in the API, form and meaning of each option of a search."""
WHY = "Failed; standard error says why."

F = TypeVar("F", bound=Callable[..., Any])


def places(command: F) -> F:
    """The options that every command takes."""
    folder = partial(click.option, metavar="FOLDER", type=click.Path(path_type=Path))
    index = folder("--index", help="The index (default: $SEARCHAPP_INDEX, else index).")
    return folder("--corpus", "folder", help="The folder of Markdown (default: $SEARCHAPP_CORPUS, else seeds).")(
        index(command)
    )


def parameters(command: F) -> F:
    """The parameters of a search, with the names and forms that they have in the API (searchapp.web.urls)."""
    for name, metavar, meaning in reversed(PARAMETERS):
        names = [f"--{name.replace('_', '-')}", *(["--limit"] if name == "per_page" else []), name]
        flag = name in ("exact", "explain")
        multiple = name in urls.FILTERS
        command = click.option(*names, metavar=metavar or None, is_flag=flag, multiple=multiple, help=meaning)(command)
    return command


as_data = click.option("--json", "as_json", is_flag=True, help="Print data (JSON) for programs.")


@click.group(cls=Book, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Full-text search over a folder of Markdown.

    Takes the documents of a folder apart into sections and news items, works out when each passage happened and who
    is in it, builds an index, and serves a web page and an API that search it. Index first, then serve or search.
    """


@cli.command(
    parts={
        "EXAMPLES": (
            ("searchapp reindex", "Index ./seeds into ./index."),
            ("searchapp reindex --corpus ~/notes --index ~/notes-index", "Index a folder of your own."),
            ("searchapp reindex --json | jq .problems", "What in the corpus could not be used as written."),
        ),
        "EXIT STATUS": (
            ("0", "Built without problems, or up to date."),
            ("1", "Built, and the report names problems in the corpus."),
            ("2", f"{WHY} What was served before is still served."),
        ),
        "ENVIRONMENT": ENVIRONMENT,
        "FILES": FILES,
    }
)
@places
@click.option(
    "--full", is_flag=True, help="Take nothing from the index that there is, and replace it even by an empty one."
)
@as_data
def reindex(folder: Path | None, index: Path | None, full: bool, as_json: bool) -> None:
    """Build the index from the corpus.

    Reads every document, takes it apart, dates and tags its passages, and builds a new generation of the index beside
    the one that is served. It replaces that one only when it is complete and has passed its own check; running servers
    pick it up with their next request. What comes of documents that have not changed since the last build is taken from
    there, which gives the same index sooner, unless the gazetteer, the settings or searchapp itself has changed. If
    nothing has changed, the index is left alone.

    The report gives the number of documents, sections, news items and passages, how passages were dated, the actors
    named in most entries, and every problem with file and line. Progress goes to standard error.
    """
    settings = configuration.load(folder, index)
    engine = WhooshEngine(settings.index)
    started = time.monotonic()
    if not full and engine.is_current(corpus.digest(settings)):
        engine.tidy()
        report = _left_alone(engine.audit(), time.monotonic() - started)
    else:
        with terminal.progress() as progress:
            report = indexing.build(engine, settings, progress, full=full)
        report = replace(report, seconds=time.monotonic() - started)
    if as_json:
        top = [{"name": name, "entries": count} for name, count in report.top_actors]
        about = {"changed": report.changed, "seconds": round(report.seconds, 3), "kept": report.kept, "top_actors": top}
        print_json({**about, **objects.corpus_json(replace(engine.audit(), status=report.status))})
    else:
        terminal.show_build(report, terminal.console())
    if report.changed and report.status.problems:
        raise SystemExit(WITH_PROBLEMS)


def _left_alone(found: Audit, seconds: float) -> BuildReport:
    """What is said where nothing has changed."""
    status, actors = found.status, audit.top_actors(found.counts)
    return BuildReport(status, changed=False, seconds=seconds, top_actors=actors, kept=status.documents)


@cli.command(
    parts={
        "EXAMPLES": (
            ("searchapp serve", "Serve ./index on http://127.0.0.1:8000/."),
            ("searchapp serve --port 8080 --workers 4", "Another port, and processes for a machine with four cores."),
        ),
        "EXIT STATUS": (("0", "Stopped by SIGTERM or SIGINT (Ctrl+C)."), ("2", WHY)),
        "ENVIRONMENT": (
            *ENVIRONMENT,
            ("HOST", "The address where --host is not given."),
            ("PORT", "The port where --port is not given."),
            ("SEARCHAPP_DEADLINE", "Seconds that one answer may take (default: 1)."),
            (
                "SEARCHAPP_ANSWERS_MB",
                "Megabytes of answers that each process keeps in memory, to give them again; 0 for none "
                f"(default: {configuration.KEPT_MEGABYTES}).",
            ),
            (
                "SEARCHAPP_CORS_ORIGIN",
                "Sites whose scripts may read answers, blanks between them; * for all (default: none).",
            ),
        ),
        "FILES": FILES,
    }
)
@places
@click.option("--host", metavar="ADDRESS", help="Address to listen on (default: $HOST, else 127.0.0.1).")
@click.option("--port", metavar="NUMBER", type=Whole(1, 65535), help="Port (default: $PORT, else 8000).")
@click.option("--workers", metavar="NUMBER", type=Whole(1, 64), default=2, help="Processes that answer (default: 2).")
@click.option("--log-queries", is_flag=True, help="Let the log hold what was searched, and messages of errors.")
@click.option("--metrics", is_flag=True, help="Count requests, for Prometheus, at /metrics.")
def serve(
    folder: Path | None,
    index: Path | None,
    host: str | None,
    port: int | None,
    workers: int,
    log_queries: bool,
    metrics: bool,
) -> None:
    """Serve the web page and the API.

    Prints one line with the address as soon as it answers. A new generation of the index is served from the next
    request on, without a restart. SIGTERM and SIGINT let the requests under way finish.

    Standard error has one line of JSON for every request and defect, with path, status and duration. What was searched
    is not in it, nor who did, unless --log-queries asks for the former. /healthz says whether the process lives,
    /readyz whether it can answer. An answer that takes longer than $SEARCHAPP_DEADLINE seconds is given up (503).

    It listens on this machine only, unless --host says otherwise. There are no accounts: whoever reaches the address
    can read the whole corpus.
    """
    from searchapp import server  # noqa: PLC0415  # see _application

    settings = configuration.load(folder, index)
    settings = replace(settings, host=host or settings.host, port=port or settings.port)
    status = _told_if_old(WhooshEngine(settings.index), settings)
    for warning in status.warnings:
        click.echo(f"Warning: {terminal.visible(warning)}", err=True)

    def ready() -> None:
        shown = f"[{settings.host}]" if ":" in settings.host else settings.host
        click.echo(
            f"Serving “{terminal.visible(status.title)}” ({status.generation}) on http://{shown}:{settings.port}/"
        )

    with tempfile.TemporaryDirectory(prefix="searchapp-") as counts:
        settings = replace(settings, log_queries=log_queries, metrics=Path(counts) if metrics else None)
        server.run(partial(_application, settings), settings.host, settings.port, workers, ready)


def _told_if_old(engine: Engine, settings: Settings) -> Status:
    """What is served, with a warning if it is not of the corpus as it is now."""
    status = engine.status()
    if status.warnings or engine.is_current(corpus.digest(settings)):
        return status
    return replace(
        status, warnings=(*status.warnings, "the corpus has changed since: run `searchapp reindex` on the same folders")
    )


def _application(settings: Settings) -> Any:
    # The server and all pages take a good part of a second to import: no other command has to wait for them.
    from searchapp.web import logs  # noqa: PLC0415
    from searchapp.web.application import create_app  # noqa: PLC0415

    logs.to_standard_error(settings)
    engine = WhooshEngine(settings.index, warm=True)
    with suppress(IndexUnusable):  # said in every answer until there is one
        engine.status()
    return create_app(settings, engine)


@cli.command(
    cls=Asking,
    parts={
        "EXAMPLES": (
            ("searchapp search hospital --year 2016", "Entries with a passage of 2016 about hospitals."),
            (
                "searchapp search '\"safe zone\" OR ceasefire' --actor Turkey",
                "A phrase or a word, where Turkey is named.",
            ),
            ("searchapp search airstrikes -Idlib", "What is about airstrikes and does not mention Idlib."),
            ("searchapp search airstrikes --sort oldest --limit 100 --json", "The first hundred by date, as data."),
        ),
        "EXIT STATUS": (("0", "Answered, even if nothing was found."), ("2", WHY)),
        "ENVIRONMENT": (*ENVIRONMENT, ("NO_COLOR", "Set to anything for a terminal without colours.")),
        "FILES": FILES,
    },
)
@click.argument("query", nargs=-1, type=unmarked)
@places
@parameters
@as_data
def search(query: tuple[str, ...], folder: Path | None, index: Path | None, as_json: bool, **given: Any) -> None:
    """Search the index from the command line.

    QUERY is what one would type into the box of the page: words, "phrases", OR, NOT or -word, parentheses, prefix*
    and word~ for similar spellings. Without it, everything that satisfies the filters is listed.

    Matches are highlighted on a terminal; elsewhere a passage is one line. With --json the answer is the same object
    as that of GET /api/search. Only the index is read: the corpus need not be there.
    """
    del folder  # an option like every command's; the index is all that is read
    engine = WhooshEngine(configuration.index_folder(index))
    results = with_unlisted(engine, engine.search(_query(" ".join(query), given)))
    if as_json:
        print_json(objects.results_json(results))
    else:
        terminal.show_results(results, terminal.console())


def _query(words: str, given: dict[str, Any]) -> Query:
    """The query of the same parameters in a URL. Raises BadParameter."""
    pairs = [("q", words)]
    for name, value in given.items():
        values = value if isinstance(value, tuple) else (value,)
        pairs += [(name, "1" if one is True else one) for one in values if one]
    return urls.from_pairs(pairs)


@cli.command(
    parts={
        "EXAMPLES": (
            ("searchapp check", "Is what is on disk what was written?"),
            ("searchapp check --quiet || searchapp reindex", "Build an index where it is missing, broken or old."),
        ),
        "EXIT STATUS": (
            ("0", "Sound, and built from the corpus as it is."),
            ("1", "Sound, but old: the corpus has changed."),
            ("2", "Missing, broken, or an earlier generation stands in; standard error says what."),
        ),
        "ENVIRONMENT": ENVIRONMENT,
        "FILES": FILES,
    }
)
@places
@click.option("--quiet", is_flag=True, help="Print nothing about an index that is sound.")
@as_data
def check(folder: Path | None, index: Path | None, quiet: bool, as_json: bool) -> None:
    """Verify the index on disk.

    Reads every byte of the generation that is served and compares it with the manifest written when it was built,
    opens it, and asks it sample queries. Nothing is changed.
    """
    settings = configuration.load(folder, index)
    engine = WhooshEngine(settings.index)
    engine.check()
    status = _told_if_old(engine, settings)
    if as_json:
        print_json(objects.corpus_json(replace(engine.audit(), status=status)))
    elif not quiet:
        terminal.show_status(status, terminal.console())
    if status.warnings:
        raise SystemExit(WITH_PROBLEMS)


def main() -> None:
    """Run the program."""
    sys.excepthook = _defect
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal need not know all of Unicode
    cli(prog_name="searchapp")


def _defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A defect of ours ends with its traceback, and as failed: Python's own 1 would say ‘built with problems’. What
    could not be written is none, and a sentence."""
    with suppress(OSError):  # where it cannot be told, the status still says it
        if isinstance(error, OSError) and error.errno in UNWRITTEN:
            click.echo(f"searchapp: {error.strerror}", err=True)
        else:
            traceback.print_exception(kind, error, trace)
    for name in ("stdout", "stderr"):
        try:
            if stream := getattr(sys, name):
                stream.flush()
        except OSError:
            setattr(sys, name, None)  # else Python tries again at its end, and ends with 120
    raise SystemExit(FAILED)
