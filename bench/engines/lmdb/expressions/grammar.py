"""Recursive-descent parsers for DynamoDB's expressions; what they return can be kept and shared.

    condition  := condition OR condition | condition AND condition | NOT condition | predicate
    predicate  := operand comparator operand | operand BETWEEN operand AND operand
                | operand IN (operand, …) | function(operand, …)
    operand    := path | :value | function(operand, …)
    projection := path, …
    update     := SET path = sum, … | REMOVE path, … | ADD path :value, … | DELETE path :value, …
    sum        := operand | operand + operand | operand - operand
    path       := name | name.name | name[index] …        a name may be #name

OR binds less than AND, AND less than NOT. Parentheses may stand around a condition, an operand and
a sum, but not twice around the same thing. Which function may stand where is checked later, when
names and values are put in. Parsing is cached on the text.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast, get_args

from bench.engines.lmdb.expressions.errors import ValidationFailed
from bench.engines.lmdb.expressions.reserved import is_reserved
from bench.engines.lmdb.expressions.syntax import (
    Action,
    Arithmetic,
    Between,
    Call,
    Comparator,
    Comparison,
    Condition,
    Every,
    Membership,
    Not,
    Operand,
    PathNode,
    Section,
    Some,
    ValueNode,
)
from bench.engines.lmdb.expressions.tokens import Token, tokens

# DynamoDB Developer Guide, "Service, account, and table quotas" and "Comparison operator and
# function reference" (read 2026-11). DynamoDB Local counts the first operand of IN as well.
LIMIT_OPERATORS = 300
LIMIT_IN_OPERANDS = 100
LIMIT_PATH_STEPS = 32
LIMIT_INDEX = 2**31 - 1
CACHED_TEXTS = 1024

_COMPARATORS = frozenset(get_args(Comparator))
_OPERANDS = (PathNode, ValueNode, Call, Arithmetic)
_ParsedT = TypeVar("_ParsedT")


@lru_cache(CACHED_TEXTS)
def parse_condition(text: str) -> Condition:
    """A condition, filter or key condition expression."""
    return _parsed(text, _Parser.condition)


@lru_cache(CACHED_TEXTS)
def parse_projection(text: str) -> tuple[PathNode, ...]:
    """A projection expression."""
    return _parsed(text, _Parser.paths)


@lru_cache(CACHED_TEXTS)
def parse_update(text: str) -> tuple[Action, ...]:
    """An update expression, its actions in the order of the text."""
    return _parsed(text, _Parser.update)


def _parsed(text: str, rule: Callable[[_Parser], _ParsedT]) -> _ParsedT:
    parser = _Parser(tokens(text))
    try:
        parsed = rule(parser)
    except RecursionError:
        raise ValidationFailed("The expression is nested too deeply") from None
    if parser.now.kind != "end":
        raise parser.unexpected()
    return parsed


class _Parser:
    """Where a parser is in the tokens of one expression."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0
        self._closings: dict[int, int] = {}  # index of a "(" -> index of its ")"
        self._operators = 0

    @property
    def now(self) -> Token:
        return self._tokens[self._at]

    def unexpected(self) -> ValidationFailed:
        token = self.now
        text = "<end of expression>" if token.kind == "end" else token.text
        return ValidationFailed(f'Syntax error; token: "{text}"', token.position)

    def _take(self) -> Token:
        token = self.now
        self._at += 1
        return token

    def _is(self, text: str) -> bool:
        return self.now.text == text and self.now.kind in ("symbol", "keyword")

    def _skip(self, text: str) -> bool:
        if self._is(text):
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> Token:
        if not self._is(text):
            raise self.unexpected()
        return self._take()

    def _count_operator(self) -> None:
        self._operators += 1
        if self._operators > LIMIT_OPERATORS:
            raise ValidationFailed(
                f"The expression contains too many operators; allowed: {LIMIT_OPERATORS}",
                self.now.position,
            )

    def _group(self, rule: Callable[[], _ParsedT]) -> _ParsedT:
        """What stands in the parentheses that open here."""
        opening = self._at
        position = self._expect("(").position
        inner = rule()
        self._expect(")")
        closing = self._at - 1
        if self._closings.get(opening + 1) == closing - 1:
            raise ValidationFailed("The expression has redundant parentheses", position)
        self._closings[opening] = closing
        return inner

    # paths and operands

    def _path(self) -> PathNode:
        position = self.now.position
        steps: list[str | int] = [self._name()]
        while True:
            if self._skip("."):
                steps.append(self._name())
            elif self._skip("["):
                steps.append(self._index())
                self._expect("]")
            else:
                break
        if len(steps) > LIMIT_PATH_STEPS:
            raise ValidationFailed(
                "The document path has too many nesting levels; "
                f"nesting levels: {len(steps)}, allowed: {LIMIT_PATH_STEPS}",
                position,
            )
        plain = not any(isinstance(step, str) and step[0] == "#" for step in steps)
        return PathNode(tuple(steps), position, plain)

    def _name(self) -> str:
        token = self.now
        if token.kind not in ("word", "name"):
            raise self.unexpected()
        if token.kind == "word" and is_reserved(token.text):
            raise ValidationFailed(
                f"Attribute name is a reserved keyword; reserved keyword: {token.text}",
                token.position,
            )
        return self._take().text

    def _index(self) -> int:
        if self.now.kind != "number":
            raise self.unexpected()
        token = self._take()
        # a number of many digits is not worth converting
        if len(token.text) > len(str(LIMIT_INDEX)) or int(token.text) > LIMIT_INDEX:
            raise ValidationFailed(
                f"List index is not within the allowable range; index: [{token.text}]",
                token.position,
            )
        return int(token.text)

    def _simple_operand(self) -> PathNode | ValueNode | Call:
        """An operand without parentheses around it."""
        token = self.now
        if token.kind == "value":
            self._at += 1
            return ValueNode(token.text, token.position)
        following = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        if token.kind == "word" and following.kind == "symbol" and following.text == "(":
            self._count_operator()
            self._at += 1
            return Call(token.text, self._operands(), token.position)
        return self._path()

    def _operand(self) -> Operand:
        return self._group(self._operand) if self._is("(") else self._simple_operand()

    def _operands(self) -> tuple[Operand, ...]:
        self._expect("(")
        found = [self._operand()]
        while self._skip(","):
            found.append(self._operand())
        self._expect(")")
        return tuple(found)

    # conditions

    def condition(self) -> Condition:
        return self._as_condition(self._condition_or_operand())

    def _as_condition(self, node: Condition | Operand) -> Condition:
        """The node, when it is a condition; an operand lacks a comparator here."""
        if isinstance(node, _OPERANDS) and not isinstance(node, Call):
            raise self.unexpected()
        return node

    def _condition_or_operand(self, floor: int = 0) -> Condition | Operand:
        """Conditions joined by what binds at least as much as `floor` (0: OR, 1: AND).

        In parentheses, what begins like a condition may be an operand alone.
        """
        negations = self._negations()
        left = self._predicate()
        for _ in range(negations):
            left = Not(self._as_condition(left))
        while True:
            if floor == 0 and self._is("OR"):
                left = Some(self._joined(left, 1))
            elif floor <= 1 and self._is("AND"):
                left = Every(self._joined(left, 2))
            else:
                return left

    def _joined(self, first: Condition | Operand, floor: int) -> tuple[Condition, ...]:
        """The conditions on both sides of each AND (or OR) that follows."""
        found = [self._as_condition(first)]
        word = self.now.text
        while self._skip(word):
            self._count_operator()
            found.append(self._as_condition(self._condition_or_operand(floor)))
        return tuple(found)

    def _negations(self) -> int:
        """How many NOT stand here; they are counted, since hundreds may."""
        negations = 0
        while self._skip("NOT"):
            self._count_operator()
            negations += 1
        return negations

    def _predicate(self) -> Condition | Operand:
        grouped = self._is("(")
        node = self._group(self._condition_or_operand) if grouped else self._simple_operand()
        if not isinstance(node, _OPERANDS):
            return node
        token = self.now
        if token.kind == "symbol" and token.text in _COMPARATORS:
            self._count_operator()
            self._at += 1
            comparator = cast("Comparator", token.text)
            return Comparison(comparator, node, self._operand(), token.position)
        if self._skip("BETWEEN"):
            self._count_operator()
            lower = self._operand()
            self._expect("AND")
            return Between(node, lower, self._operand(), token.position)
        if self._skip("IN"):
            self._count_operator()
            return Membership(node, self._options(token), token.position)
        return node

    def _options(self, token: Token) -> tuple[Operand, ...]:
        options = self._operands()
        if len(options) > LIMIT_IN_OPERANDS:
            raise ValidationFailed(
                "The IN operator is provided with too many operands; "
                f"number of operands: {len(options)}, allowed: {LIMIT_IN_OPERANDS}",
                token.position,
            )
        return options

    # projections and updates

    def paths(self) -> tuple[PathNode, ...]:
        found = [self._path()]
        while self._skip(","):
            found.append(self._path())
        return tuple(found)

    def update(self) -> tuple[Action, ...]:
        actions: list[Action] = []
        seen: set[str] = set()
        while True:
            token = self.now
            if token.kind != "keyword" or token.text not in get_args(Section):
                raise self.unexpected()
            if token.text in seen:
                raise ValidationFailed(
                    f'The "{token.text}" section can only be used once in an update expression',
                    token.position,
                )
            seen.add(token.text)
            section = cast("Section", self._take().text)
            actions.append(self._action(section))
            while self._skip(","):
                actions.append(self._action(section))
            if self.now.kind == "end":
                return tuple(actions)

    def _action(self, section: Section) -> Action:
        path = self._path()
        operand: Operand | None = None
        if section == "SET":
            self._expect("=")
            operand = self._sum()
        elif section != "REMOVE":
            token = self._take()
            if token.kind != "value":
                self._at -= 1
                raise self.unexpected()
            operand = ValueNode(token.text, token.position)
        return Action(section, path, operand)

    def _sum(self) -> Operand:
        left: Any = self._group(self._sum) if self._is("(") else self._simple_operand()
        token = self.now
        if isinstance(left, Arithmetic) or not (self._is("+") or self._is("-")):
            return cast("Operand", left)
        self._count_operator()
        self._at += 1
        return Arithmetic("+" if token.text == "+" else "-", left, self._operand(), token.position)
