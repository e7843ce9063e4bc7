"""A generation is a Whoosh index: stock Whoosh opens it and finds the same passages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import Searchapp
from whoosh.index import open_dir
from whoosh.qparser import QueryParser
from whoosh.query import And, Every, FuzzyTerm, Not, Or, Phrase, Prefix, Query, Term

from searchapp.engines.whoosh import WhooshEngine
from searchapp.engines.whoosh.leaves import Leaves
from searchapp.engines.whoosh.snapshot import Snapshot
from searchapp.engines.whoosh.tree import Synonyms


@pytest.fixture(scope="module")
def snapshot(seed_app: Searchapp) -> Snapshot:
    """The generation of the seeds."""
    generation = WhooshEngine(seed_app.index).status().generation
    return Snapshot(seed_app.index / generation, ["en"])


class Leafs:
    """Draws leaves from the vocabulary and the texts of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.words = list(snapshot.fields["word"].terms)
        self.stems = list(snapshot.fields["stem"].terms)
        self.actors = list(snapshot.fields["actor"].terms)
        passages = [passage for n in range(snapshot.entries) for passage in snapshot.entry(n).passages]
        self.runs = [[t.word for t in snapshot.analyzers[0].phrase(passage.text)] for passage in passages]

    def draw(self, kind: int, number: int, length: int) -> Query:
        word = self.words[number % len(self.words)]
        run = self.runs[number % len(self.runs)]
        start = number % max(len(run) - length, 1)
        return (
            Term("word", word),
            Term("stem", self.stems[number % len(self.stems)]),
            Term("actor", self.actors[number % len(self.actors)]),
            Phrase("word", run[start : start + length]),
            Prefix("word", word[:3]),
            FuzzyTerm("word", word, maxdist=1, prefixlength=0),
            Every(),
        )[kind]


def trees(leafs: Leafs) -> st.SearchStrategy[Query]:
    leaf = st.builds(leafs.draw, st.integers(0, 6), st.integers(0, 100_000), st.integers(2, 4))

    def combined(children: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
        some = st.lists(children, min_size=2, max_size=3)
        less = st.tuples(children, children).map(lambda two: And([two[0], Not(two[1])]))
        return st.one_of(some.map(And), some.map(Or), less)

    return st.recursive(leaf, combined, max_leaves=4)


def ours(leaves: Leaves, snapshot: Snapshot, node: Query) -> set[int]:
    everything = set(range(snapshot.passages))
    if isinstance(node, Every):
        return everything
    if isinstance(node, Not):
        return everything - ours(leaves, snapshot, node.query)
    if isinstance(node, And | Or) and not isinstance(node, Synonyms):
        found = [ours(leaves, snapshot, child) for child in node.subqueries]
        return set.intersection(*found) if isinstance(node, And) else set.union(*found)
    return set(leaves.leaf(node).passages.tolist())


@pytest.mark.long(10)
def test_stock_whoosh_finds_the_same_passages(snapshot: Snapshot) -> None:
    """Term, phrase, prefix, fuzzy, And, Or, Not and Every, at random: Whoosh's own searcher gives the same sets."""
    leaves = Leaves(snapshot)
    with open_dir(str(snapshot.folder), readonly=True).searcher() as searcher:

        @settings(max_examples=500, deadline=None)
        @given(trees(Leafs(snapshot)))
        def agree(tree: Query) -> None:
            assert set(searcher.docs_for_query(tree)) == ours(leaves, snapshot, tree)

        agree()


def test_whooshs_own_parser_and_ranking_work_on_it(snapshot: Snapshot) -> None:
    """A query typed for stock Whoosh is analysed as we do and ranked by its BM25."""
    index = open_dir(str(snapshot.folder), readonly=True)
    with index.searcher() as searcher:
        query = QueryParser("stem", index.schema).parse("hospitals AND bombed")
        hits = searcher.search(query, limit=5)
        assert len(hits) > 0
        first = snapshot.entry(hits[0]["entry"]).passages[hits[0]["passage"]]
        assert "hospital" in first.text


def test_the_folder_is_only_read(snapshot: Snapshot) -> None:
    """Opening and searching with Whoosh leaves no file behind that the manifest does not know."""
    before = sorted(path.name for path in snapshot.folder.iterdir())
    with open_dir(str(snapshot.folder), readonly=True).searcher() as searcher:
        assert len(searcher.search(Term("word", "hospital"))) > 0
    assert sorted(path.name for path in snapshot.folder.iterdir()) == before
