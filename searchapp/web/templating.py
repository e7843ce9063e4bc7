"""How templates are compiled and run: as Jinja does it, without what a page pays for a thousand times and never needs.

A page of results has about a thousand expressions, and what Jinja does for each of them besides took a seventh of the
time of its template. Where a later Jinja no longer asks for what is overridden here, it does it in its own way.
"""

from __future__ import annotations

import html
from types import FunctionType, MethodType
from typing import Any, Final

from flask.templating import Environment
from jinja2 import Template
from jinja2.compiler import CodeGenerator
from jinja2.runtime import Context
from markupsafe import Markup, escape

from searchapp import deadline

MADE: Final = "_made"
"""The variable of a page that holds what all of its templates are run with."""


def escaped(value: object) -> str:
    """A value as it is written into a page: escaped, unless it is HTML already. Most are plain text."""
    kind = type(value)
    if kind is str:
        return html.escape(value)  # type: ignore[arg-type]  # it is one
    return value if kind is Markup else escape(value)  # type: ignore[return-value]  # it is one


class _Code(CodeGenerator):
    """What is written is escaped by `escaped`, whatever `autoescape` says; there is no `finalize`."""

    def _output_child_pre(self, *_args: Any, **_kwargs: Any) -> None:
        self.write("environment.escaped(")


class _Context(Context):
    """What a template is run with. Functions and methods are called as they are, unless they ask for what Jinja has
    to give."""

    def __init__(self, environment: Environment, parent: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(environment, parent, *args, **kwargs)
        if (made := parent.get(MADE)) is not None:
            made.append(self)

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(called, (FunctionType, MethodType)) or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)


class _Template(Template):
    """A template whose macros go with the page: they and what they are run with hold each other, and all of the page,
    until somebody looks for cycles, which took a busy process a tenth of its time."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        """As Jinja does it."""
        made: list[_Context] = []
        try:
            return super().render(*args, **kwargs, **{MADE: made})
        finally:
            for context in made:
                context.vars.clear()
                context.blocks.clear()
            made.clear()


class Templates(Environment):
    """Templates made of the above. To compile them, once in each process, may take half of a second, which is nobody's
    search."""

    code_generator_class = _Code
    context_class = _Context
    template_class = _Template
    escaped = staticmethod(escaped)

    def compile(self, *args: Any, **kwargs: Any) -> Any:
        """As Jinja does it."""
        with deadline.uncounted():
            return super().compile(*args, **kwargs)
