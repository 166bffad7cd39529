"""Expressions of \\set and of keys in statements: numbers, and draws from a range of keys.

Functions and operators as in pgbench's manual (PostgreSQL 18, "pgbench", built-in operators and
functions). What is neither a number nor a draw is `None`, an unknown value: it may be set and
passed on, and is refused only where it would have to choose a record.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from workloads.importers.pgbench.lexer import Cursor
from workloads.spec.faults import Refused, nearest, shown

DEEPEST = 40
LARGEST = 2**63
# How many parameters a function takes behind low and high.
DRAWS = {"random": 0, "random_zipfian": 1, "random_exponential": 1, "random_gaussian": 1}
KNOWN = (*DRAWS, "permute", "abs", "ceil", "ceiling", "floor", "double", "int", "least", "greatest",
         "mod", "sqrt", "exp", "ln", "pi", "pow", "power", "hash", "hash_fnv1a",
         "hash_murmur2", "debug")  # fmt: skip
ONE: Mapping[str, Callable[[float], float]] = {
    "abs": abs, "ceil": math.ceil, "ceiling": math.ceil, "floor": math.floor, "int": int,
    "double": float, "debug": lambda x: x,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A whole number drawn from low..high.

    root      which draw it is: two values of one root differ by a constant
    by        what was added to the draw
    mixed     a permutation was applied, so that popular values are no neighbours
    """

    function: str
    low: int
    high: int
    parameter: float | None = None
    root: str = ""
    by: int = 0
    mixed: bool = False

    @property
    def text(self) -> str:
        more = "" if self.parameter is None else f", {self.parameter:g}"
        return f"{self.function}({self.low}, {self.high}{more})"


Value = int | float | Draw | None


def evaluate(cursor: Cursor, variables: Mapping[str, Value]) -> Value:
    """The value of the expression at the cursor, which stops behind it."""
    return _Parser(cursor, variables).sum(0)


@dataclass(slots=True)
class _Parser:
    cursor: Cursor
    variables: Mapping[str, Value]

    def sum(self, depth: int) -> Value:
        if depth > DEEPEST:
            raise Refused(f"more than {DEEPEST} brackets in each other", "an expression")
        value = self.product(depth)
        while self.cursor.peek("+") or self.cursor.peek("-"):
            sign = -1 if self.cursor.take("-") else 1
            self.cursor.take("+")
            value = _added(value, self.product(depth), sign)
        return value

    def product(self, depth: int) -> Value:
        value = self.single(depth)
        while True:
            sign = next((s for s in "*/%" if self.cursor.take(s)), None)
            if sign is None:
                return value
            value = _multiplied(value, self.single(depth), sign)

    def single(self, depth: int) -> Value:
        negative = False
        while self.cursor.peek("-") or self.cursor.peek("+"):
            negative ^= self.cursor.take("-")
            self.cursor.take("+")
        value = self.atom(depth)
        if not negative or value is None or isinstance(value, Draw):
            return None if negative else value
        return -value

    def atom(self, depth: int) -> Value:
        cursor = self.cursor
        if cursor.take("("):
            value = self.sum(depth + 1)
            cursor.need(")")
            return value
        if cursor.done:
            raise cursor.refused("a number, a variable or a function")
        token = cursor.tokens[cursor.place]
        if token.kind == "variable":
            cursor.place += 1
            if token.text not in self.variables:
                near = nearest(token.text, self.variables)
                raise Refused(f"the variable :{token.text} is not set", "\\set before it", near)
            return self.variables[token.text]
        if token.kind == "number":
            cursor.place += 1
            return _number(token.text)
        if token.kind == "text":
            cursor.place += 1
            return None
        return self.function(depth)

    def function(self, depth: int) -> Value:
        name = self.cursor.next("word", "a number, a variable or a function")
        if not self.cursor.take("("):
            return None  # null, true, CURRENT_TIMESTAMP
        arguments: list[Value] = []
        while not self.cursor.take(")"):
            if arguments:
                self.cursor.need(",")
            arguments.append(self.sum(depth + 1))
        if name in DRAWS:
            return _draw(name, arguments)
        if name == "permute":
            return _permuted(arguments)
        if name not in KNOWN:
            raise Refused(f"the function {shown(name)}", f"one of {', '.join(KNOWN)}", None)
        if name in ("least", "greatest") and arguments:
            numbers = [a for a in arguments if isinstance(a, (int, float))]
            chosen = min if name == "least" else max
            return chosen(numbers) if len(numbers) == len(arguments) else None
        if name in ONE and len(arguments) == 1 and isinstance(arguments[0], (int, float)):
            return _held(ONE[name](arguments[0]))
        return None


def _number(text: str) -> int | float:
    if text.isdigit() and text.isascii():
        return _held(int(text[:20]))
    return _held(float(text))


def _held(number: float) -> int | float:
    if not abs(number) < LARGEST:  # not a number, too
        raise Refused("a number that is too large", "at most 63 bits")
    return number


def _added(left: Value, right: Value, sign: int) -> Value:
    if isinstance(left, Draw) and isinstance(right, int):
        move = sign * right
        low, high = int(_held(left.low + move)), int(_held(left.high + move))
        return replace(left, low=low, high=high, by=left.by + move)
    if isinstance(right, Draw) and isinstance(left, int) and sign == 1:
        return _added(right, left, 1)
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return _held(left + sign * right)
    return None


def _multiplied(left: Value, right: Value, sign: str) -> Value:
    if not isinstance(left, (int, float)) or not isinstance(right, (int, float)):
        return None
    if sign == "*":
        return _held(left * right)
    if right == 0:
        raise Refused("a division by zero", "another divisor")
    if isinstance(left, int) and isinstance(right, int):
        whole = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return whole if sign == "/" else left - whole * right
    return _held(left / right if sign == "/" else math.fmod(left, right))


def _draw(name: str, arguments: list[Value]) -> Value:
    more = DRAWS[name]
    if len(arguments) != 2 + more:
        wanted = ", ".join(["low", "high", *["parameter"] * more])
        raise Refused(f"{name} with {len(arguments)} arguments", f"{name}({wanted})")
    low, high, *parameter = arguments
    if not isinstance(low, int) or not isinstance(high, int):
        raise Refused(f"{name} between values that are not whole numbers", "whole numbers")
    if low > high:
        raise Refused(f"{name}({low}, {high})", "a low end that is not above the high one")
    if parameter and not isinstance(parameter[0], (int, float)):
        raise Refused(f"{name} with a parameter that is no number", "a number")
    return Draw(
        function=name,
        low=low,
        high=high,
        parameter=float(parameter[0]) if parameter else None,  # type: ignore[arg-type]
    )


def _permuted(arguments: list[Value]) -> Value:
    """`permute(i, size)`: the draw, over 0..size-1 and mixed."""
    value, size = (*arguments, None, None)[:2]
    if not isinstance(value, Draw) or not isinstance(size, int):
        return None
    if (value.low, value.high) != (0, size - 1):
        found = f"permute of {value.text} over {size}"
        raise Refused(found, f"a draw from 0 to {size - 1}")
    return replace(value, mixed=True, root=f"{value.root} permuted")
