"""Rules: coded, sourced statements that exclude, require, prefer or warn.

Every module below an area folder that defines `RULE` and `findings` is a rule; it is found, not
listed. A rule that crashes becomes a finding of its own, so that one bad rule never hides the
others.
"""

from __future__ import annotations

import importlib
import os
from functools import cache
from pathlib import Path

from msgspec import Struct

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Generator, Rule

__all__ = ["Found", "discovered", "findings", "findings_of", "get"]


class Found(Struct, frozen=True, kw_only=True):
    """A rule as discovered: its statement, its generator, and its area."""

    rule: Rule
    generate: Generator
    area: str
    module: str


@cache
def discovered() -> tuple[Found, ...]:
    """All rules, by area and code."""
    here = Path(__file__).parent
    found: list[Found] = []
    for area in sorted(entry.name for entry in os.scandir(here) if entry.is_dir()):
        if area.startswith("_"):
            continue
        for name in sorted(os.listdir(here / area)):
            if not name.endswith(".py") or name.startswith("_"):
                continue
            path = f"{__name__}.{area}.{name[:-3]}"
            module = importlib.import_module(path)
            rule = getattr(module, "RULE", None)
            if isinstance(rule, Rule):
                found.append(Found(rule=rule, generate=module.findings, area=area, module=path))
    return tuple(sorted(found, key=lambda f: f.rule.code))


def get(code: str) -> Found | None:
    """The rule of that code, or None."""
    return next((f for f in discovered() if f.rule.code.lower() == code.lower()), None)


def findings(case: Case) -> tuple[RuleFinding, ...]:
    """What all rules say of the case; silent rules leave nothing."""
    return tuple(finding for found in discovered() for finding in findings_of(found, case))


def findings_of(found: Found, case: Case) -> tuple[RuleFinding, ...]:
    """What one rule says; an exception becomes a warning that names the rule."""
    try:
        return tuple(found.generate(case))
    except Exception as error:  # noqa: BLE001 - a crashing rule is a finding, not a crash
        return (
            RuleFinding(
                code=found.rule.code,
                title=found.rule.title,
                verdict="warn",
                services=(),
                why=f"This rule failed and was left out: {type(error).__name__}: {error}",
                source=found.module,
                looked_at=found.rule.looks_at,
            ),
        )
