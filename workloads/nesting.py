"""Nested values: columns whose names are paths, and the objects that they make up together.

A dataset's rows are flat: one value a column, in the same order on every engine. A column whose name
is a path, `details.publisher.country`, is a field of an object in an object where an engine keeps
objects (documents, items, structs), and a column of that name where it does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Path = tuple[str, ...]
# The fields of an object in their order: each a name and the position of its column, or the fields
# of an object in it.
Branch = tuple[tuple[str, "int | Branch"], ...]


def branch(paths: Iterable[Path]) -> Branch:
    """The object that columns with these paths make up, fields in the order they first occur.

    ValueError where a path is also the beginning of another.

    >>> branch([("id",), ("a", "x"), ("b",), ("a", "y", "z")])
    (('id', 0), ('a', (('x', 1), ('y', (('z', 3),)))), ('b', 2))
    """
    root: dict[str, Any] = {}
    for position, path in enumerate(paths):
        fields = root
        for name in path[:-1]:
            fields = fields.setdefault(name, {})
            if not isinstance(fields, dict):
                raise ValueError(f"'{'.'.join(path)}': '{name}' is a value, not an object")
        if path[-1] in fields:
            raise ValueError(f"'{'.'.join(path)}' is there twice, or an object too")
        fields[path[-1]] = position
    return _frozen(root)


def folded(fields: Branch, values: Sequence[Any], *, absent: bool = False) -> dict[str, Any]:
    """The object that a row makes. `absent`: a field without a value (None) is left out.

    An object all of whose fields are left out stays, empty: a field can be set in it later.
    """
    made: dict[str, Any] = {}
    for name, below in fields:
        if not isinstance(below, int):
            made[name] = folded(below, values, absent=absent)
        elif not absent or values[below] is not None:
            made[name] = values[below]
    return made


def found(item: Mapping[str, Any], path: Path) -> Any:
    """The value at a path of an object; None where there is none."""
    value: Any = item
    for name in path:
        if value is None:
            return None
        value = value.get(name)
    return value


def _frozen(fields: dict[str, Any]) -> Branch:
    return tuple(
        (name, _frozen(below) if isinstance(below, dict) else below)
        for name, below in fields.items()
    )
