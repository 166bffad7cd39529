"""Document paths with their names put in: reading along one, and trees of several."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

from bench.engines.lmdb.expressions.errors import ValidationFailed
from bench.engines.lmdb.expressions.substitutions import Substitutions
from bench.engines.lmdb.expressions.syntax import PathNode
from bench.engines.lmdb.itemsize import Attribute, Item

Path = tuple[str | int, ...]
CACHED_READERS = 1024
_LeafT = TypeVar("_LeafT")


class _Missing:
    """The type of MISSING."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()  # what a path gives that leads nowhere; None is DynamoDB's NULL


def resolved(node: PathNode, using: Substitutions) -> Path:
    """The steps of a path, each a list index or an attribute name.

    Raises ValidationFailed for a name that is not given and for a path into a key attribute.
    """
    path = node.steps
    if not node.plain:
        path = tuple(
            using.name(step, node.position) if isinstance(step, str) and step[0] == "#" else step
            for step in path
        )
    if len(path) > 1 and path[0] in using.keys:
        raise ValidationFailed(
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
            f"allowed: Key: {path[0]}",
            node.position,
        )
    return path


def step_into(value: Attribute, step: str | int) -> Attribute:
    """What lies one step below a value, MISSING when nothing does."""
    if isinstance(step, str):
        return value.get(step, MISSING) if isinstance(value, dict) else MISSING
    if isinstance(value, list | tuple) and step < len(value):
        return value[step]
    return MISSING


def at(item: Item, path: Path) -> Attribute:
    """The value that a path leads to, MISSING when it leads nowhere."""
    value: Attribute = item
    for step in path:
        value = step_into(value, step)
        if value is MISSING:
            break
    return value


@lru_cache(CACHED_READERS)
def reader(path: Path) -> Callable[[Item], Attribute]:
    """`at` for one path, made once for each."""
    if len(path) == 1:
        name = str(path[0])
        return lambda item: item.get(name, MISSING)
    return lambda item: at(item, path)


class Tree(Generic[_LeafT]):
    """Several paths as a tree: what lies below each step, a further tree or a path's leaf."""

    __slots__ = ("below",)

    def __init__(self) -> None:
        self.below: dict[str | int, Tree[_LeafT] | Leaf[_LeafT]] = {}


class Leaf(Generic[_LeafT]):
    """The end of one path."""

    __slots__ = ("held",)

    def __init__(self, held: _LeafT) -> None:
        self.held = held


def tree(leaves: Iterable[tuple[Path, int, _LeafT]]) -> Tree[_LeafT]:
    """A tree of paths, each with its position and what its leaf holds.

    Raises ValidationFailed when one path is another or leads through it (overlap), or when the same
    value would have to be a list and a map (conflict).
    """
    root: Tree[_LeafT] = Tree()
    for path, position, held in leaves:
        node = root
        for depth, step in enumerate(path):
            if node.below and isinstance(next(iter(node.below)), int) != isinstance(step, int):
                raise _clash("conflict", path, position)
            if depth == len(path) - 1:
                if step in node.below:
                    raise _clash("overlap", path, position)
                node.below[step] = Leaf(held)
                break
            inner = node.below.setdefault(step, Tree())
            if isinstance(inner, Leaf):
                raise _clash("overlap", path, position)
            node = inner
    return root


def _clash(how: str, path: Path, position: int) -> ValidationFailed:
    return ValidationFailed(
        f"Two document paths {how} with each other; must remove or rewrite one of these paths; "
        f"path two: {written(path)}",
        position,
    )


def written(path: Path) -> str:
    """A path for a message, as DynamoDB writes it.

    >>> written(("a", 1, "b"))
    '[a, [1], b]'
    """
    steps: list[Any] = [f"[{step}]" if isinstance(step, int) else step for step in path]
    return f"[{', '.join(steps)}]"
