"""Commands whose help is a manual page and whose failures are sentences."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import click

from searchapp.model import BadParameter, SearchAppError
from searchapp.terminal import visible
from searchapp.web.api import error_json

FAILED = 2
"""Exit status of a command that could not do what it was asked; click's own for a wrong option."""
INTERRUPTED = 130
"""Exit status after Ctrl+C, as shells have it; click's 1 would say ‘built with problems’."""

Rows = Sequence[tuple[str, str]]
"""Terms and what they mean, in the order of the page."""

COLUMN = 26
"""Width of the column of terms; longer ones get a line of their own."""


class Page(click.Command):
    """A command with a manual page: the first line of its docstring is the name's, the rest the description."""

    def __init__(self, *args: Any, parts: Mapping[str, Rows] | None = None, **kwargs: Any) -> None:
        """`parts`: what follows the options, by heading."""
        super().__init__(*args, **kwargs)
        self.parts = parts or {}

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the whole page."""
        write_page(self, ctx, formatter)
        for heading, rows in self.parts.items():
            with formatter.section(heading):
                formatter.write_dl(rows, col_max=COLUMN)

    def invoke(self, ctx: click.Context) -> Any:
        """Run it; what a user can mend ends with a sentence and status 2."""
        try:
            return super().invoke(ctx)
        except SearchAppError as error:
            fail(ctx, error)
        except OSError as error:
            if error.filename is None:  # a closed pipe is click's to handle, anything else a defect
                raise
            fail(ctx, SearchAppError(f"{error.filename}: {error.strerror}"))
        except KeyboardInterrupt:
            click.echo("\nInterrupted.", err=True)
            ctx.exit(INTERRUPTED)


class Book(click.Group):
    """The program: what it is, and its commands."""

    command_class = Page

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview."""
        write_page(self, ctx, formatter)
        with formatter.section("COMMANDS"):
            formatter.write_dl([(name, command.get_short_help_str(90)) for name, command in self.commands.items()])
        with formatter.section("SEE ALSO"):
            formatter.write_text(f"{ctx.command_path} COMMAND --help")


def write_page(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write NAME, SYNOPSIS, DESCRIPTION and OPTIONS."""
    summary, _, description = inspect.cleandoc(command.help or "").partition("\n\n")
    with formatter.section("NAME"):
        formatter.write_text(f"{ctx.command_path} - {summary[:1].lower()}{summary[1:].rstrip('.')}")
    with formatter.section("SYNOPSIS"):
        formatter.write_text(" ".join([ctx.command_path, *command.collect_usage_pieces(ctx)]))
    with formatter.section("DESCRIPTION"):
        formatter.write_text(description)
    with formatter.section("OPTIONS"):
        options = [parameter for parameter in command.get_params(ctx) if isinstance(parameter, click.Option)]
        formatter.write_dl([record for option in options if (record := option.get_help_record(ctx))], col_max=COLUMN)


def fail(ctx: click.Context, error: SearchAppError) -> NoReturn:
    """End with status 2 and the reason on standard error; where JSON was asked for, as data on standard output too."""
    parameter = error.parameter if isinstance(error, BadParameter) else None
    option = f"--{parameter.replace('_', '-')}: " if parameter else ""
    click.echo(f"{ctx.command_path}: {option}{visible(str(error))}", err=True)
    if ctx.params.get("as_json"):
        code = error.code if isinstance(error, BadParameter) else "failed"
        print_json(error_json(code, str(error), parameter))
    ctx.exit(FAILED)


def print_json(value: object) -> None:
    """One object on standard output, in UTF-8 whatever the terminal's encoding."""
    # A file name that is no UTF-8 is told as JSON's own escape.
    click.echo(json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace"))
