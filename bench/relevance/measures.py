"""nDCG@10, MAP and recall@100 of a run, by ir_measures."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from statistics import fmean
from typing import Any, Final

from bench.relevance.judged import DEPTH, Judged, Run

library: Any = importlib.import_module("ir_measures")  # untyped, and not there where no peer is installed

MEASURES: Final = {"nDCG@10": library.nDCG @ 10, "MAP": library.AP @ DEPTH, f"recall@{DEPTH}": library.R @ DEPTH}

Figures = Mapping[str, float]
"""Name of a measure -> its mean over the queries of a collection, 0 to 1."""


def measure(collection: Judged, run: Run) -> Figures:
    """The figures of a run. A query without results counts 0."""
    grades = [
        library.Qrel(query, document, grade)
        for query in collection.queries
        for document, grade in collection.grades[query].items()
    ]
    ranked = [  # by place, not by score: the order of an engine is the order it shows
        library.ScoredDoc(query, document, float(DEPTH - place))
        for query, documents in run.items()
        for place, document in enumerate(documents[:DEPTH])
    ]
    found = library.calc_aggregate(MEASURES.values(), grades, ranked)
    return {name: float(found[kind]) for name, kind in MEASURES.items()}


def mean(figures: Iterable[Figures]) -> Figures:
    """Every collection counts the same."""
    each = list(figures)
    return {name: fmean(one[name] for one in each) for name in MEASURES}
