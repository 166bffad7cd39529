"""Projection expressions: the parts of an item that a read returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.engines.lmdb.expressions.paths import MISSING, Leaf, Tree, resolved, step_into, tree
from bench.engines.lmdb.expressions.substitutions import Substitutions
from bench.engines.lmdb.expressions.syntax import PathNode
from bench.engines.lmdb.itemsize import Attribute, Item


def projected(nodes: Sequence[PathNode], using: Substitutions) -> Callable[[Item], Item]:
    """A function from an item to the item of the given paths alone.

    What a path does not find is left out, and so is what holds nothing then. Elements of a list
    keep their order and close ranks. Raises ValidationFailed for paths that overlap or conflict.
    """
    root = tree((resolved(node, using), node.position, None) for node in nodes)
    if all(isinstance(leaf, Leaf) for leaf in root.below.values()):
        names = tuple(map(str, root.below))
        return lambda item: {name: item[name] for name in names if name in item}
    return lambda item: _picked(item, root) or {}


def _picked(value: Attribute, wanted: Tree[None]) -> Attribute:
    """The parts of a map or list that a tree names, None when there are none."""
    parts = []
    for step, below in wanted.below.items():
        part = step_into(value, step)
        if isinstance(below, Tree) and part is not MISSING:
            part = _picked(part, below) or MISSING
        if part is not MISSING:
            parts.append((step, part))
    if isinstance(value, dict):
        return dict(parts)
    return [part for _, part in sorted(parts, key=_index)]


def _index(part: tuple[str | int, Attribute]) -> int:
    return int(part[0])
