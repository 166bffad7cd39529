"""What a parsed expression is made of, before names and values are put in.

Positions are characters from 1 in the expression's text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Comparator = Literal["=", "<>", "<", "<=", ">", ">="]
Section = Literal["SET", "REMOVE", "ADD", "DELETE"]


@dataclass(frozen=True, slots=True)
class PathNode:
    """A document path: a step is a list index, an attribute name, or a `#name` to be put in.

    `plain` when there is no name to be put in.
    """

    steps: tuple[str | int, ...]
    position: int
    plain: bool


@dataclass(frozen=True, slots=True)
class ValueNode:
    """A `:name` to be put in."""

    name: str
    position: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the language and its arguments."""

    function: str
    arguments: tuple[Operand, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """The sum or the difference of two operands."""

    operator: Literal["+", "-"]
    left: Operand
    right: Operand
    position: int


Operand = PathNode | ValueNode | Call | Arithmetic


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two operands and how they are compared."""

    comparator: Comparator
    left: Operand
    right: Operand
    position: int


@dataclass(frozen=True, slots=True)
class Between:
    """Whether an operand lies between two others, both included."""

    operand: Operand
    lower: Operand
    upper: Operand
    position: int


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether an operand equals one of several others."""

    operand: Operand
    options: tuple[Operand, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class Every:
    """Conditions joined by AND."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Conditions joined by OR."""

    conditions: tuple[Condition, ...]


Condition = Comparison | Between | Membership | Not | Every | Some | Call


@dataclass(frozen=True, slots=True)
class Action:
    """One action of an update expression; REMOVE has no operand."""

    section: Section
    path: PathNode
    operand: Operand | None
