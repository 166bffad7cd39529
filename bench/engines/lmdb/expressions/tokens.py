"""Splits the text of an expression into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from bench.engines.lmdb.expressions.errors import ValidationFailed

# DynamoDB Developer Guide, "Service, account, and table quotas", expressions (read 2026-11).
LIMIT_BYTES = 4096

Kind = Literal["word", "keyword", "name", "value", "number", "symbol", "end"]

KEYWORDS = frozenset(("AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"))
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<word>[A-Za-z][A-Za-z0-9_]*)
    | (?P<name>\#[A-Za-z0-9_]+)
    | (?P<value>:[A-Za-z0-9_]+)
    | (?P<number>0|[1-9][0-9]*)
    | (?P<symbol><>|<=|>=|[=<>()\[\].,+-])
    | (?P<end>\Z)
    )""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `text` of a keyword is upper case; `position` is its character, from 1."""

    kind: Kind
    text: str
    position: int


def tokens(text: str) -> list[Token]:
    """All tokens of an expression, the end as a token of its own.

    Raises ValidationFailed for an empty or too long expression and for what is no token.
    """
    size = len(text.encode())
    if size > LIMIT_BYTES:
        raise ValidationFailed(
            "Expression size has exceeded the maximum allowed size; "
            f"expression size: {size}, allowed: {LIMIT_BYTES}"
        )
    if not text.strip():
        raise ValidationFailed("The expression can not be empty")
    found: list[Token] = []
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            at += len(text[at:]) - len(text[at:].lstrip())
            raise ValidationFailed(f'Syntax error; token: "{text[at]}"', at + 1)
        kind: Kind = match.lastgroup  # type: ignore[assignment]
        part = match[kind]
        if kind == "word" and part.upper() in KEYWORDS:
            kind, part = "keyword", part.upper()
        found.append(Token(kind, part, match.start(match.lastgroup or 0) + 1))
        if kind == "end":
            return found
        at = match.end()
