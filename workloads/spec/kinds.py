"""What may stand behind a key: one class for each kind of value.

A kind reads a node of a file, checks a value that comes from a program (in base units), writes
a value as the natural text of a file, and describes itself to people (`allowed`) and to editors
(`schema`). Reading and checking raise `Refused`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from workloads.spec import units
from workloads.spec.faults import Refused, nearest, shown
from workloads.spec.tree import Node, Scalar, Sequence, describe
from workloads.spec.units import UnitSystem

TRUE = frozenset({"true", "True", "TRUE"})
FALSE = frozenset({"false", "False", "FALSE"})
YES = frozenset({"yes", "on", "y", "1"})
NO = frozenset({"no", "off", "n", "0"})


class ValueKind(Protocol):
    """One kind of value. `name` and `unit` are for documentation; the unit is the base unit."""

    @property
    def name(self) -> str: ...

    @property
    def unit(self) -> str: ...

    @property
    def words(self) -> tuple[str, ...]:
        """The allowed words, empty where any value of the kind is allowed."""
        ...

    @property
    def allowed(self) -> str:
        """What may stand here, in words."""
        ...

    def read(self, node: Node) -> Any: ...

    def check(self, value: Any) -> Any:
        """The value in its model type; natural text is read as in a file."""
        ...

    def write(self, value: Any) -> Any:
        """What stands in a file: a text, a number, a truth value, or a list of texts."""
        ...

    def schema(self) -> dict[str, Any]: ...


def scalar(node: Node, kind: ValueKind) -> Scalar:
    if isinstance(node, Scalar):
        return node
    near = None
    if isinstance(node, Sequence) and len(node.items) == 1 and isinstance(node.items[0], Scalar):
        near = node.items[0].text
    raise Refused(f"{describe(node)} where one value belongs", kind.allowed, near)


def as_node(value: Any, kind: ValueKind) -> Scalar:
    """A text given by a program, as a node; anything else is refused."""
    if not isinstance(value, str):
        raise Refused(f"{shown(str(value))} of type {type(value).__name__}", kind.allowed)
    return Scalar(value, False, 0)


def as_number(value: Any, kind: ValueKind) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Refused(f"{shown(str(value))} of type {type(value).__name__}", kind.allowed)
    try:
        number = float(value)
    except OverflowError as cause:
        raise Refused("the number is too large", kind.allowed) from cause
    if not math.isfinite(number):
        raise Refused(f"{number} is not a finite number", kind.allowed)
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number with a unit, 0 (above it if `positive`) to `most` base units.

    `usual` is the unit to suggest where none was given, if it is not the base.
    """

    name: str
    unit: str
    system: UnitSystem
    positive: bool = False
    most: float
    usual: str = ""
    words: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        return f"{self.system.allowed}{', above 0' if self.positive else ''}, at most {self.write(self.most)}"

    def read(self, node: Node) -> float:
        text = scalar(node, self).text
        try:
            return self._bounded(self.system.parse(text), text)
        except Refused as refused:
            bare = re.fullmatch(rf"({units.NUMBER}) *m?", text.strip())
            if bare and self.usual:
                near = f"{bare.group(1)} {self.usual}"
                raise Refused(refused.found, refused.allowed, near) from refused
            raise

    def check(self, value: Any) -> float:
        if isinstance(value, str):
            return self.read(Scalar(value, False, 0))
        number = as_number(value, self)
        return self._bounded(number, repr(number))

    def write(self, value: float) -> str:
        return self.system.format(value)

    def schema(self) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": self.system.pattern(positive=self.positive),
            "examples": list(self.system.examples),
        }

    def _bounded(self, number: float, text: str) -> float:
        if number < 0:
            raise Refused(f"{shown(text)} is negative", self.allowed)
        if number > self.most:
            raise Refused(f"{shown(text)} is too large", self.allowed)
        if self.positive and number == 0:
            raise Refused(f"{shown(text)} is nothing", self.allowed)
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A whole number between `least` and `most`: `5000000`, `5M`."""

    least: int
    most: int
    name: str = "count"
    unit: str = ""
    words: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        if self.least == self.most:
            return f"{self.least}"
        most = units.format_count(self.most)
        return f"a whole number such as 20 or 5k, from {self.least} to {most}"

    def read(self, node: Node) -> int:
        text = scalar(node, self).text
        try:
            number = units.parse_count(text)
        except Refused as refused:
            raise Refused(refused.found, self.allowed, refused.near) from refused
        return self._bounded(number, text)

    def check(self, value: Any) -> int:
        if isinstance(value, str):
            return self.read(Scalar(value, False, 0))
        number = as_number(value, self)
        if number != math.floor(number):
            raise Refused(f"'{number}' is not a whole number", self.allowed)
        return self._bounded(int(value), str(value))

    def write(self, value: int) -> str | int:
        text = units.format_count(value)
        return int(text) if text.isdigit() else text

    def schema(self) -> dict[str, Any]:
        pattern = units.COUNT.pattern(positive=self.least > 0)
        number = {"type": "integer", "minimum": self.least, "maximum": self.most}
        return {"anyOf": [number, {"type": "string", "pattern": pattern}]}

    def _bounded(self, number: int, text: str) -> int:
        if not self.least <= number <= self.most:
            size = "small" if number < self.least else "large"
            raise Refused(f"{shown(text)} is too {size}", self.allowed)
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """A share of the mix relative to the other weights: a plain number, 0 or more."""

    name: str = "weight"
    unit: str = ""
    words: tuple[str, ...] = ()
    allowed: str = "a number, 0 or more, relative to the other weights"
    most: float = 1e12

    def read(self, node: Node) -> float:
        text = scalar(node, self).text
        try:
            number = units.COUNT.parse(text)
        except Refused as refused:
            near = text.strip().removesuffix("%").strip()
            near_number = near if re.fullmatch(units.NUMBER, near) else None
            raise Refused(refused.found, self.allowed, near_number) from refused
        return self.check(number)

    def check(self, value: Any) -> float:
        if isinstance(value, str):
            return self.read(Scalar(value, False, 0))
        number = as_number(value, self)
        if not 0 <= number <= self.most:
            problem = "is negative" if number < 0 else "is too large"
            raise Refused(f"'{number:g}' {problem}", self.allowed)
        return number

    def write(self, value: float) -> float | int:
        return int(value) if value == math.floor(value) and value < 1e15 else value

    def schema(self) -> dict[str, Any]:
        number = {"type": "number", "minimum": 0, "maximum": self.most}
        return {"anyOf": [number, {"type": "string", "pattern": units.COUNT.pattern()}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """`true` or `false`, as in YAML 1.2: `yes` and `on` are not."""

    name: str = "truth value"
    unit: str = ""
    words: tuple[str, ...] = ("true", "false")
    allowed: str = "true or false"

    def read(self, node: Node) -> bool:
        found = scalar(node, self)
        text = found.text
        if text in TRUE | FALSE and found.plain:
            return text in TRUE
        folded = text.strip().lower()
        near = "true" if folded in YES or text in TRUE else nearest(folded, self.words)
        near = "false" if folded in NO or text in FALSE else near
        quoted = " in quotes" if text in TRUE | FALSE else ""
        raise Refused(f"{shown(text)}{quoted}", self.allowed, near)

    def check(self, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        raise Refused(f"{shown(str(value))} of type {type(value).__name__}", self.allowed)

    def write(self, value: bool) -> bool:
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a list of words; `named` computes the list when it is not known beforehand."""

    of: tuple[str, ...] = ()
    named: Callable[[], tuple[str, ...]] | None = None
    name: str = "choice"
    unit: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        return self.named() if self.named else self.of

    @property
    def allowed(self) -> str:
        return f"one of {', '.join(self.words)}"

    def read(self, node: Node) -> str:
        found = scalar(node, self)
        text = found.text
        if text in self.words:
            return text
        raise Refused(f"{shown(text)}", self.allowed, nearest(text, self.words))

    def check(self, value: Any) -> str:
        return self.read(as_node(value, self))

    def write(self, value: str) -> str:
        return value

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}
