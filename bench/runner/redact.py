"""Passwords of a target kept out of what is told of it, whatever its driver puts into a message.

Engines give their own errors without secrets; this stands behind them, for all engines alike.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from bench.runner.plan import Target
    from results.record import ProcedureResult, Record

# In an address everything up to the last @, as a password may hold any sign; after a name as the
# parameters of connection strings have it.
_PASSWORDS = (
    re.compile(r"://[^:/@]*:(?P<secret>.*)@", re.DOTALL),
    re.compile(
        r"(?:password|passwd|pwd)\s*=\s*(?P<secret>'(?:[^'\\]|\\.)*'|[^\s&]+)", re.IGNORECASE
    ),
)
HIDDEN = "***"


def secrets_of(target: Target) -> tuple[str, ...]:
    """The passwords in a target's address in each form that a message may hold, longest first."""
    found: set[str] = set()
    for pattern in _PASSWORDS:
        for match in pattern.finditer(target.place.address or ""):
            for raw in (match["secret"], match["secret"].strip("'")):
                plain = unquote(raw)
                found |= {raw, plain, quote(plain), quote(plain, safe=""), repr(plain)[1:-1]}
    return tuple(sorted(found - {""}, key=len, reverse=True))


def without(text: str, secrets: tuple[str, ...]) -> str:
    """The text with each of the secrets blotted out."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def _of_procedure(record: Record, secrets: tuple[str, ...]) -> ProcedureResult | None:
    done = record.procedure
    if done is None:
        return None
    steps = (
        replace(step, note=None if step.note is None else without(step.note, secrets))
        for step in done.steps
    )
    return replace(done, steps=tuple(steps))


def redacted(record: Record, secrets: tuple[str, ...]) -> Record:
    """A record without the secrets in what was told by an engine or its driver."""
    if not secrets:
        return record
    return replace(
        record,
        error=None if record.error is None else without(record.error, secrets),
        procedure=_of_procedure(record, secrets),
        errors=tuple(
            replace(error, example=without(error.example, secrets)) for error in record.errors
        ),
        engine=replace(
            record.engine,
            settings=tuple(
                replace(pair, value=without(pair.value, secrets)) for pair in record.engine.settings
            ),
        ),
    )
