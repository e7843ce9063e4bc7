"""Templates do what Jinja's do: they escape, call and fail in the same way, and keep nothing of a page."""

from __future__ import annotations

import gc
import weakref

import pytest
from flask import Flask
from jinja2 import DictLoader, StrictUndefined, UndefinedError, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from searchapp.web.templating import Templates


class Tagged:
    """What says by itself how it is written into a page."""

    def __html__(self) -> str:
        return "<b>"


class Loud(str):
    """A text of another type."""


@pytest.fixture
def templates() -> Templates:
    """Templates as the application has them."""
    made = Templates(Flask(__name__), undefined=StrictUndefined, autoescape=True)
    made.loader = DictLoader(
        {
            "macros": "{% macro twice(text) %}{{ text }}{{ text }}{{ inside }}{% endmacro %}",
            "page": '{% import "macros" as macros with context %}{{ macros.twice(text) }}',
        }
    )
    return made


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("<a href='\"&", "&lt;a href=&#x27;&quot;&amp;"),
        (Loud("<"), "&lt;"),
        (Markup("<b>"), "<b>"),
        (Tagged(), "<b>"),
        (3, "3"),
        (None, "None"),
    ],
)
def test_what_is_written_is_escaped(templates: Templates, value: object, written: str) -> None:
    """All but what is HTML by itself, also where a template says otherwise."""
    assert templates.from_string("{{ value }}").render(value=value) == written
    plain = "{% autoescape false %}{{ value }}{% endautoescape %}"
    assert templates.from_string(plain).render(value=value) == written


def test_what_is_missing_is_an_error(templates: Templates) -> None:
    """A name or an attribute that is not there is not written as nothing."""
    for text in ("{{ missing }}", "{{ value.missing }}", "{{ missing() }}"):
        with pytest.raises(UndefinedError):
            templates.from_string(text).render(value=3)


def test_functions_are_given_what_they_ask_for(templates: Templates) -> None:
    """One that asks for the context has it; methods, classes and functions are called as they are."""

    @pass_context
    def named(context: Context, prefix: str) -> str:
        return prefix + str(context["value"])

    text = "{{ named('a') }} {{ plain('b', c=1) }} {{ value.upper() }} {{ loud('<') }}"
    shown = templates.from_string(text).render(named=named, plain=lambda b, c: f"{b}{c}", value="x", loud=Loud)
    assert shown == "ax b1 X &lt;"


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_of_a_page_is_kept(templates: Templates, fails: bool) -> None:
    """What a page was made of goes with it, whether it could be made or not: its macros do not hold it."""
    held = Loud("text")
    gone = weakref.ref(held)
    gc.disable()
    try:
        if fails:
            with pytest.raises(UndefinedError):
                templates.get_template("page").render(text=held)
        else:
            assert templates.get_template("page").render(text=held, inside="") == "texttext"
        del held
        assert gone() is None or fails, "an error may hold the frames in which it was raised"
        gc.collect()
        assert gone() is None
    finally:
        gc.enable()
