"""Commands whose help is a manual page and whose failures are sentences."""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

import click

from searchapp.model import BadParameter, SearchAppError
from searchapp.terminal import output, visible
from searchapp.web.objects import error_json

FAILED = 2
"""Exit status of a command that could not do what it was asked; click's own for a wrong option."""
INTERRUPTED = 130
"""Exit status after Ctrl+C, as shells have it; click's 1 would say ‘built with problems’."""

PIPE_CLOSED = 141
"""Exit status when who reads the output has gone, as shells have it: `searchapp search … | head -1`."""

MARK = "\0"
"""Before a word that click would take for an option; no argument of a program can hold it."""

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
            done = super().invoke(ctx)
            if sys.stdout:
                sys.stdout.flush()
            return done
        except SearchAppError as error:
            fail(ctx, error)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered goes nowhere
            ctx.exit(PIPE_CLOSED)
        except OSError as error:
            if error.filename is None:  # no file of the user's, so a defect
                raise
            fail(ctx, SearchAppError(f"{error.filename}: {error.strerror}"))
        except KeyboardInterrupt:
            click.echo("\nInterrupted.", err=True)
            ctx.exit(INTERRUPTED)


class Asking(Page):
    """A command whose arguments are words of a query: `-word` among them is one, not an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse them; long options, `-h`, and whatever is the value of an option, stay what they are."""
        return super().parse_args(ctx, list(self._marked(ctx, args)))

    def _marked(self, ctx: click.Context, args: Sequence[str]) -> Iterator[str]:
        valued = {name for each in self.get_params(ctx) for name in each.opts if not getattr(each, "is_flag", True)}
        before = ""
        for place, arg in enumerate(args):
            if arg == "--":
                yield from args[place:]
                return
            is_word = len(arg) > 1 and arg[0] == "-" and arg[1] != "-" and arg != "-h" and before not in valued
            yield MARK + arg if is_word else arg
            before = arg


def unmarked(word: str) -> str:
    """A word of a query as it was typed: for click, the type of such arguments."""
    return word.removeprefix(MARK)


class Whole(click.IntRange):
    """A whole number within bounds, both included."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(least, most)
        self._bounds = range(least, most + 1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Fails as click does."""
        text = str(value)
        if not text.isdecimal() or len(text) > 9 or int(text) not in self._bounds:
            self.fail(f"expected a number from {self._bounds[0]} to {self._bounds[-1]}, found {text!r}.", param, ctx)
        return int(text)


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
    click.echo(f"{ctx.command_path}: {visible(_about_option(str(error), parameter))}", err=True)
    if ctx.params.get("as_json") and sys.stdout:
        code = error.code if isinstance(error, BadParameter) else "failed"
        print_json(error_json(code, str(error), parameter))
    ctx.exit(FAILED)


def _about_option(message: str, parameter: str | None) -> str:
    """A message that names a parameter of the API as one that names the option, once."""
    if parameter is None:
        return message
    option, named = f"--{parameter.replace('_', '-')}", f"“{parameter}”"
    return message.replace(named, option, 1) if named in message else f"{option}: {message}"


def print_json(value: object) -> None:
    """One object on standard output, in UTF-8 whatever the terminal's encoding."""
    # A file name that is no UTF-8 is told as JSON's own escape.
    click.echo(json.dumps(value, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace"), file=output())
