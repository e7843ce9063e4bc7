"""What is suggested while one types: against the slow reference, on the seeds, and fast enough to type by."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reference import Reference
from test_engine_agreement import WORDS, collections, engine_on

from searchapp.model import Heading, Query

TYPED = st.builds(
    lambda before, word, length: before + word[:length],
    st.sampled_from(
        ("", "hospital ", "-", "NOT ", "idlib (NOT ", '"air ', "idlib OR ", "(", "the islamic ", "bashar ")
    ),
    st.sampled_from((*WORDS, "Bashar al-Assad", "Islamic State", "Heading of ", "Хмеймим", "x*")),
    st.integers(1, 12),
)


@pytest.mark.long(10)
@settings(
    max_examples=20, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(st.data())
def test_agrees_with_the_slow_reference(data: st.DataObject) -> None:
    """On a random collection, what is suggested, likened and found in a document is what plain Python finds."""
    collection = data.draw(collections())
    titled = tuple(
        replace(o, headings=(*o.headings, Heading(2, f"Heading of {n} air bases", f"h{n}", 1, None)))
        for n, o in enumerate(collection.outlines)
    )
    collection = replace(collection, outlines=titled)
    reference = Reference()
    reference.rebuild(collection)
    with engine_on(collection) as engine:
        for typed in data.draw(st.lists(TYPED, min_size=8, max_size=8)):
            assert engine.suggest(typed) == reference.suggest(typed), typed
        for entry in collection.entries[:4]:
            ours, theirs = engine.similar(entry.id), reference.similar(entry.id)
            assert [(s.entry.id, s.shared) for s in ours] == [(s.entry.id, s.shared) for s in theirs]
        for outline in collection.outlines:
            for q in ("hospital", "idlib -civilian", "air base", ""):
                query = Query(q)
                for lines in (None, (1, 3)):
                    asked = query, outline.ref.path, lines
                    assert engine.reading(*asked) == reference.reading(*asked), q
