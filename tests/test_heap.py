"""The search for cycles is left off where millions of values are made, or many that stay, and nowhere else."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
from running import Searchapp
from web_support import create_app
from werkzeug.test import EnvironBuilder

from searchapp import settings as configuration
from searchapp.engines.whoosh import WhooshEngine
from searchapp.heap import YOUNG, settle, staying, without_collector

ARTICLE = "001_69d70ffd968491bc.txt"
MOST_IN_CYCLES = 40
"""Values of an answer that are in cycles: those of werkzeug's routing, for one. A page has thousands."""


@without_collector()
def fail() -> None:
    """Work that ends badly."""
    assert not gc.isenabled()
    raise KeyError


def test_the_collector_is_off_within_and_as_before_afterwards() -> None:
    """However the work ends, cycles are looked for again; within another such work, they are not until that ends."""
    with pytest.raises(KeyError):
        fail()
    assert gc.isenabled()
    with without_collector():
        with pytest.raises(KeyError):
            fail()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_is_held_is_looked_at_once() -> None:
    """Cycles that nobody holds are freed; those held now are out of the collector's reach until it is done again."""

    class Knot:
        def __init__(self) -> None:
            self.itself = self

    before = gc.get_threshold()  # another test may have settled
    gc.set_threshold(700)
    held, dropped = Knot(), Knot()
    gone = weakref.ref(held), weakref.ref(dropped)
    try:
        del dropped
        settle()
        assert gone[1]() is None
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] == YOUNG > 700
        del held
        gc.collect()
        assert gone[0]() is not None
        settle()
        assert gone[0]() is None
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def test_what_stays_is_never_looked_at() -> None:
    """What is made meanwhile is out of the collector's reach, what is made afterwards is not."""
    try:
        with staying():
            assert not gc.isenabled()
            kept = [[number] for number in range(1_000)]
        assert gc.isenabled()
        reached = {id(each) for each in gc.get_objects()}
        assert not reached & {id(each) for each in kept}
        later = [[number] for number in range(1_000)]
        assert {id(each) for each in later} <= {id(each) for each in gc.get_objects()}
    finally:
        gc.unfreeze()


def test_the_modules_of_a_command_stay() -> None:
    """The program has imported itself before it does anything, and cycles are looked for again by then."""
    code = "import searchapp.__main__, gc, sys; print(gc.isenabled(), len(sys.modules), gc.get_freeze_count())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    enabled, modules, frozen = told.split()
    assert enabled == "True"
    assert int(frozen) > 50 * int(modules)


@pytest.mark.parametrize(
    "path", ["/", "/search?q=hospital&year=2016", "/search?q=nothinglikeit", f"/doc/{ARTICLE}?q=hospital"]
)
def test_a_page_is_in_no_cycle(seeds: Path, seed_app: Searchapp, path: str) -> None:
    """What made a page is gone with it: nobody has to look for cycles, among all of its values, before it is."""
    app = create_app(configuration.load(seeds, seed_app.index), WhooshEngine(seed_app.index))

    def answer() -> None:
        assert b"".join(app(EnvironBuilder(path).get_environ(), lambda *_: lambda _: None))

    answer()
    gc.collect()
    gc.disable()
    try:
        answer()
        assert gc.collect() < MOST_IN_CYCLES
    finally:
        gc.enable()
