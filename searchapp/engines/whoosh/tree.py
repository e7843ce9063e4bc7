"""The tree that a query becomes: Whoosh's query classes, two leaves of our own, and ways to walk it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date

from whoosh.query import And, AndMaybe, Every, Not, NullQuery, Or
from whoosh.query import Query as Node


class Synonyms(Or):  # type: ignore[misc]  # Whoosh has no types
    """Forms of one word (joined and apart, base and suffixed): one leaf, whichever of them is there."""


@dataclass(frozen=True)
class Within(Node):  # type: ignore[misc]  # Whoosh has no types
    """Passages with a date that lies within a span of days, both ends included."""

    start: date
    end: date
    boost: float = 1.0


def weakened(node: Node, boost: float) -> Node:
    """The same tree with so much of its weight."""
    if not is_leaf(node) and not isinstance(node, Every):
        return node.apply(lambda child: weakened(child, boost))
    weak = copy(node)
    weak.boost *= boost
    return weak


def is_leaf(node: Node) -> bool:
    """Whether a node is asked of passages as a whole, not as what stands below it."""
    if isinstance(node, Or):
        return isinstance(node, Synonyms)
    return not isinstance(node, And | AndMaybe | Not | Every)


def ranking_leaves(node: Node, boost: float = 1.0) -> Iterator[tuple[Node, float]]:
    """The leaves that rank, each with its weight; nothing under a NOT."""
    if isinstance(node, Not | Every) or node is NullQuery:
        return
    if isinstance(node, AndMaybe):
        yield from ranking_leaves(node.a, boost)
        yield from ranking_leaves(node.b, boost)
    elif isinstance(node, And | Or) and not isinstance(node, Synonyms):
        for child in node.subqueries:
            yield from ranking_leaves(child, boost)
    else:
        yield node, boost * node.boost


def deciding_leaves(node: Node) -> Iterator[Node]:
    """The leaves that decide a match: without those that only help to rank."""
    if isinstance(node, AndMaybe):
        yield from deciding_leaves(node.a)
    elif isinstance(node, And | Or) and not isinstance(node, Synonyms):
        for child in node.subqueries:
            yield from deciding_leaves(child)
    elif not isinstance(node, Not | Every) and node is not NullQuery:
        yield node


def has_inner_exclusions(node: Node) -> bool:
    """Whether a tree excludes something in one of its branches, not as a whole (truce OR (ceasefire -Idlib))."""
    branches = wanted(node.subqueries) if isinstance(node, And) else [] if isinstance(node, Not) else [node]
    return any(_excludes(branch) for branch in branches)


def _excludes(node: Node) -> bool:
    if isinstance(node, AndMaybe):
        return _excludes(node.a)
    return isinstance(node, Not) or (isinstance(node, And | Or) and any(map(_excludes, node.subqueries)))


def merged(forms: Sequence[Node]) -> Node:
    """One leaf for several forms of a word."""
    unique = list(dict.fromkeys(forms))
    return unique[0] if len(unique) == 1 else Synonyms(unique)


def either(options: Sequence[Node]) -> Node:
    """What OR was typed between; an option that is such a choice itself is taken apart."""
    flat: list[Node] = []
    for option in options:
        flat += option.subqueries if type(option) is Or else [option]
    return Or(flat)


def wanted(nodes: Sequence[Node]) -> list[Node]:
    """The nodes that are not exclusions."""
    return [node for node in nodes if not isinstance(node, Not)]


def all_of(nodes: Sequence[Node]) -> Node:
    """The tree that asks for every node and keeps to the exclusions; everything for no nodes."""
    if not nodes:
        return Every()
    return nodes[0] if len(nodes) == 1 else And(list(nodes))


def any_of(nodes: Sequence[Node]) -> Node:
    """The tree that asks for one of the nodes and keeps to the exclusions."""
    options = wanted(nodes)
    excluded = [node for node in nodes if isinstance(node, Not)]
    return all_of([*([Or(options)] if len(options) > 1 else options), *excluded])
