"""Update expressions: what they make of an item, and which attributes they touch.

All operands are read from the item as it was before. Within a list, every index means the element
as it was before: elements set beyond its end are appended in the order of their indexes, and
removed ones leave at the end, the rest closing ranks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.engines.lmdb.expressions.arithmetic import added, subtracted
from bench.engines.lmdb.expressions.errors import ValidationFailed
from bench.engines.lmdb.expressions.operands import (
    UPDATE_FUNCTIONS,
    Term,
    check_call,
    misused,
    path_term,
    require_distinct,
    require_path,
    value_term,
)
from bench.engines.lmdb.expressions.paths import MISSING, Leaf, Path, Tree, at, resolved, tree
from bench.engines.lmdb.expressions.substitutions import Substitutions
from bench.engines.lmdb.expressions.syntax import Action, Arithmetic, Call, Operand, PathNode
from bench.engines.lmdb.expressions.values import SETS, members, type_of
from bench.engines.lmdb.itemsize import Attribute, Item

# From the item before and what stood at the path (or MISSING) to what will: MISSING removes it.
_Change = Callable[[Item, Attribute], Attribute]

_ADDABLE = SETS | {"N"}


@dataclass(frozen=True, slots=True)
class Update:
    """A prepared update expression; it may be applied to any number of items."""

    _changes: Tree[_Change]
    _paths: tuple[Path, ...]

    def apply(self, item: Item | None, key: Item) -> Item:
        """The item after the update; `item` None stands for one that does not exist yet.

        `item` is left as it is; the new one shares with it what did not change. `key` holds the key
        attributes. Raises ValidationFailed when the update does not fit the item.
        """
        before = dict(key) if item is None else item
        after: Item = _rebuilt(before, before, self._changes)
        return after

    def touched(self, before: Item | None, after: Item) -> tuple[Item, Item]:
        """What ReturnValues UPDATED_OLD and UPDATED_NEW return.

        As DynamoDB Local: the whole top-level attributes of those paths of the expression that lead
        somewhere in the item before, and in the item after.
        """
        return self._returned(before or {}), self._returned(after)

    def _returned(self, item: Item) -> Item:
        paths = self._paths
        return {str(path[0]): item[str(path[0])] for path in paths if at(item, path) is not MISSING}


def prepared(actions: Sequence[Action], using: Substitutions) -> Update:
    """An update with its names and values put in. Raises ValidationFailed for what is wrong in it.

    The key attributes may not be updated.
    """
    leaves: list[tuple[Path, int, _Change]] = []
    for action in actions:
        path = resolved(action.path, using)
        if path[0] in using.keys:
            raise ValidationFailed(
                f"Cannot update attribute {path[0]}. This attribute is part of the key",
                action.path.position,
            )
        leaves.append((path, action.path.position, _change(action, using)))
    return Update(tree(leaves), tuple(path for path, *_ in leaves))


def _rebuilt(value: Attribute, item: Item, changes: Tree[_Change]) -> Attribute:
    """A map or list with the changes below it made."""
    if isinstance(value, dict):
        return _rebuilt_map(value, item, changes)
    return _rebuilt_list(value, item, changes)


def _rebuilt_map(value: Item, item: Item, changes: Tree[_Change]) -> Item:
    after = dict(value)
    for name, below in changes.below.items():
        if not isinstance(name, str):
            raise _invalid_path()
        part = _changed(value.get(name, MISSING), item, below)
        if part is MISSING:
            after.pop(name, None)
        else:
            after[name] = part
    return after


def _rebuilt_list(value: Attribute, item: Item, changes: Tree[_Change]) -> list[Attribute]:
    after = list(value)
    for index in sorted(changes.below, key=_index):
        inside = _index(index) < len(value)
        part = _changed(value[index] if inside else MISSING, item, changes.below[index])
        if inside:
            after[_index(index)] = part
        elif part is not MISSING:
            after.append(part)
    return [part for part in after if part is not MISSING]


def _index(step: str | int) -> int:
    if isinstance(step, str):
        raise _invalid_path()
    return step


def _changed(part: Attribute, item: Item, below: Tree[_Change] | Leaf[_Change]) -> Attribute:
    if isinstance(below, Leaf):
        return below.held(item, part)
    if part is MISSING or type_of(part) not in ("M", "L"):
        raise _invalid_path()
    return _rebuilt(part, item, below)


def _invalid_path() -> ValidationFailed:
    return ValidationFailed(
        "The document path provided in the update expression is invalid for update"
    )


def _unfit() -> ValidationFailed:
    return ValidationFailed("An operand in the update expression has an incorrect data type")


def _change(action: Action, using: Substitutions) -> _Change:
    if action.section == "REMOVE" or action.operand is None:
        return lambda _item, _part: MISSING
    if action.section == "SET":
        read = _assigned(action.operand, using).read
        return lambda item, _part: read(item)
    term = _term(action.operand, using)
    if action.section == "ADD":
        term.require(_ADDABLE, "ADD")
        return lambda _item, part: _increased(part, term.literal)
    term.require(SETS, "DELETE")
    return lambda _item, part: _decreased(part, term.literal)


def _increased(part: Attribute, more: Attribute) -> Attribute:
    """What ADD makes of what is there."""
    if part is MISSING:
        return more
    kind = type_of(part)
    if kind != type_of(more):
        raise _unfit()
    return added(part, more) if kind == "N" else set(members(part) | members(more))


def _decreased(part: Attribute, less: Attribute) -> Attribute:
    """What DELETE leaves of what is there: an empty set is no value."""
    if part is MISSING:
        return MISSING
    if type_of(part) != type_of(less):
        raise _unfit()
    return set(members(part) - members(less)) or MISSING


def _assigned(node: Operand, using: Substitutions) -> Term:
    """What SET assigns: an operand, a sum, a difference or `list_append`."""
    if isinstance(node, Arithmetic):
        return _sum(node, using)
    if isinstance(node, Call) and node.function == "list_append":
        return _list_append(node, using)
    return _term(node, using)


def _term(node: Operand, using: Substitutions) -> Term:
    """An operand that may stand within another: a path, a value or `if_not_exists`."""
    if isinstance(node, PathNode):
        term = path_term(node, using)
        return Term(_present(term.read), term.position, path=term.path)
    if isinstance(node, Arithmetic):
        raise ValidationFailed(f'Syntax error; token: "{node.operator}"', node.position)
    if not isinstance(node, Call):
        return value_term(node, using)
    check_call(node, allowed=UPDATE_FUNCTIONS, where="an update expression")
    if node.function != "if_not_exists":
        raise misused(node)
    return _if_not_exists(node, using)


def _present(read: Callable[[Item], Attribute]) -> Callable[[Item], Attribute]:
    def found(item: Item) -> Attribute:
        value = read(item)
        if value is MISSING:
            raise ValidationFailed(
                "The provided expression refers to an attribute that does not exist in the item"
            )
        return value

    return found


def _if_not_exists(node: Call, using: Substitutions) -> Term:
    first, second = node.arguments
    wanted = path_term(first, using) if isinstance(first, PathNode) else _term(first, using)
    require_path(wanted, node.function)
    other = _term(second, using)
    require_distinct(node.function, wanted, (other,))
    read, read_other = wanted.read, other.read

    def either(item: Item) -> Attribute:
        otherwise = read_other(item)  # DynamoDB reads it in any case, so that it must be there
        value = read(item)
        return otherwise if value is MISSING else value

    return Term(either, node.position)


def _sum(node: Arithmetic, using: Substitutions) -> Term:
    left, right = _term(node.left, using), _term(node.right, using)
    for term in (left, right):
        term.require("N", node.operator)
    combine = added if node.operator == "+" else subtracted

    def total(item: Item) -> Attribute:
        one, other = left.read(item), right.read(item)
        if type_of(one) != "N" or type_of(other) != "N":
            raise _unfit()
        return combine(one, other)

    return Term(total, node.position)


def _list_append(node: Call, using: Substitutions) -> Term:
    check_call(node, allowed=UPDATE_FUNCTIONS, where="an update expression")
    left, right = (_term(argument, using) for argument in node.arguments)
    for term in (left, right):
        term.require("L", node.function)

    def joined(item: Item) -> Attribute:
        one, other = left.read(item), right.read(item)
        if type_of(one) != "L" or type_of(other) != "L":
            raise _unfit()
        return [*one, *other]

    return Term(joined, node.position)
