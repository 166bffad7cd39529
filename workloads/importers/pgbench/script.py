"""A file of pgbench scripts cut into scripts, and these into backslash commands and statements.

A comment line `-- NAME@WEIGHT` begins another script, as pgbench's `-f NAME@WEIGHT` names one; so
does `-- NAME: <builtin: …>`, which `pgbench --show-script` prints above a script. Variables that
are set before the first heading are set in every script, as pgbench's option -D does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from workloads.importers.pgbench.lexer import Token, tokens
from workloads.spec.faults import Fault, shown

HEADING = re.compile(r"--\s*(?P<name>[\w.-]+)(?:@(?P<weight>[0-9]+)\s*$|:\s*<builtin:)")
MOST_WEIGHT = 10**9


@dataclass(frozen=True, slots=True)
class Command:
    """A backslash command (its name in `meta`, its arguments as tokens) or a statement."""

    line: int
    tokens: list[Token]
    meta: str = ""


@dataclass(slots=True)
class Script:
    """One script: pgbench runs all its commands, then chooses a script again by weight."""

    name: str
    weight: int
    line: int
    commands: list[Command] = field(default_factory=list)


def scripts(text: str, *, name: str, fault: Callable[[Fault], None]) -> list[Script]:
    """The scripts of a file that hold any command."""
    found = [Script(name, 1, 1)]
    pending: list[Token] = []

    def close() -> None:
        if pending:
            found[-1].commands.append(Command(pending[0].line, pending.copy()))
            pending.clear()

    for token in tokens(text):
        if token.kind == "comment":
            heading = HEADING.match(token.text)
            if heading is not None and not pending:
                found.append(Script(heading["name"], _weight(heading, token, fault), token.line))
        elif token.kind == "end":
            close()
        elif token.kind == "meta":
            close()  # \\gset and the like end a statement, as ; does
            found[-1].commands.append(_meta(token))
        else:
            pending.append(token)
    close()
    first, *others = found
    if others and all(command.meta for command in first.commands):
        for script in others:  # what stands before the first heading is set for all
            script.commands[:0] = first.commands if script.commands else []
        found = others
    return [script for script in found if script.commands]


def _weight(heading: re.Match[str], token: Token, fault: Callable[[Fault], None]) -> int:
    if heading["weight"] is None:
        return 1
    weight = int(heading["weight"][:12])
    if weight > MOST_WEIGHT:
        allowed = f"a weight from 0 to {MOST_WEIGHT}"
        fault(Fault(line=token.line, key="weight", found=shown(heading["weight"]), allowed=allowed))
        return 1
    return weight


def _meta(token: Token) -> Command:
    """`\\set aid random(1, 10)`: its name, and its arguments as tokens."""
    body = re.sub(r"\\\r?\n", lambda m: " " * len(m.group()), token.text[1:])
    match = re.match(r"\s*([A-Za-z_]*)", body)
    assert match is not None  # it may be empty
    rest = body[match.end() :]
    found = list(tokens(rest, line=token.line))
    name = match.group(1) or "?"
    if name.startswith("set") and found:  # names of variables keep upper and lower case
        first = rest.split(maxsplit=1)[0]
        found[0] = Token("name" if first.isidentifier() else "sign", first, found[0].line)
    return Command(token.line, found, meta=name)
