"""Needs that contradict each other, and the best compromise.

Two rules conflict when each alone leaves a service and both together leave none. The compromise
is found by giving up one of the two needs and deciding again.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from advisor.judgement import NONE, Judgement, judge
from advisor.model import SERVICES, Plan, RuleFinding
from advisor.rules import known
from advisor.rules.licence_engine.products import product
from advisor.standing import removed_by
from advisor.variations import Variations, natural
from workloads import spec
from workloads.errors import InputError
from workloads.spec.model import Workload
from workloads.spec.variation import Input


def found(judgement: Judgement) -> tuple[str, ...]:
    """Every conflict, one sentence each, the pair by its inputs; empty when there is none."""
    said = [*_declared(judgement)]
    if judgement.service == NONE:
        apart = pairs(judgement.findings)
        said += [_sentence(judgement, a, b) for a, b in apart]
        said += [] if apart else _together(judgement)
    said += _unmet(judgement)
    return tuple(said)


def instead(judgement: Judgement, variations: Variations) -> str:
    """What would fit when no service does: what rules name, then the nearest compromise."""
    if judgement.service != NONE:
        return ""
    blocking_first = sorted(judgement.findings, key=lambda f: not _blocks(f))
    parts = list(dict.fromkeys(f.instead for f in blocking_first if f.instead))
    apart = [finding for pair in pairs(judgement.findings) for finding in pair]
    compromises = [
        sentence
        for finding in apart or deciding(judgement)
        if (sentence := _compromise(judgement, finding, variations))
    ]
    parts += dict.fromkeys(compromises)
    if not parts:
        parts = [
            "several servers, each with a part of the records (sharding), as no single one is "
            "large enough"
        ]
        if known.engine(judgement.case) in (None, product("postgresql"), product("aurora")):
            parts.append("Aurora PostgreSQL Limitless Database, which shards by itself")
    return "; ".join(parts)


def first_sentence(text: str) -> str:
    """The text up to its first full stop."""
    return text.split(". ")[0].rstrip(".")


def pairs(findings: Iterable[RuleFinding]) -> list[tuple[RuleFinding, RuleFinding]]:
    """Pairs of findings of different rules that leave no service together, but do so apart."""
    blocking = [f for f in findings if _blocks(f)]
    every = frozenset(SERVICES)
    apart = [f for f in blocking if frozenset(removed_by(f)) != every]
    return [
        (a, b)
        for a, b in combinations(apart, 2)
        if a.code != b.code and frozenset(removed_by(a)) | frozenset(removed_by(b)) == every
    ]


def deciding(judgement: Judgement) -> list[RuleFinding]:
    """The findings that took the last plan of each service, one for each rule.

    Empty unless rules alone left nothing, and more than one of them did.
    """
    codes = [c.excuse.rule if c.excuse is not None else None for c in judgement.contenders]
    by_code = {finding.code: finding for finding in reversed(judgement.findings)}
    found = [by_code[code] for code in dict.fromkeys(codes) if code in by_code]
    return found if len(found) > 1 and None not in codes else []


def _together(judgement: Judgement) -> list[str]:
    """Needs of which each takes some services, option by option, until none is left."""
    workload = judgement.case.workload
    parts = []
    for finding in deciding(judgement):
        taken = [
            c.service
            for c in judgement.contenders
            if c.excuse is not None and c.excuse.rule == finding.code
        ]
        parts.append(f"{said_by(finding, workload)} ({finding.code}) takes {', '.join(taken)}")
    return [f"{'; '.join(parts)}: no service is left"] if parts else []


def _blocks(finding: RuleFinding) -> bool:
    return bool(removed_by(finding))


def _sentence(judgement: Judgement, a: RuleFinding, b: RuleFinding) -> str:
    workload = judgement.case.workload
    return (
        f"{said_by(a, workload)} ({a.code}) leaves {_left(a)}; {said_by(b, workload)} "
        f"({b.code}) leaves {_left(b)}: no service holds both"
    )


def _left(finding: RuleFinding) -> str:
    removed = removed_by(finding)
    return ", ".join(s for s in SERVICES if s not in removed)


def said_by(finding: RuleFinding, workload: Workload) -> str:
    """The first input a finding looked at that the workload states, with its value."""
    entry = _stated(finding, workload)
    if entry is None:
        return "the mix of operations"
    return f"{entry.file_path} {natural(entry, spec.value_of(workload, entry.path))}"


def _compromise(judgement: Judgement, finding: RuleFinding, variations: Variations) -> str:
    """What would be chosen if the need behind this finding were given up; empty if still nothing.

    The need is taken out of the workload, so that plans are made for what is left. Where no input
    states it (the mix of operations does), its rule is left out.
    """
    case, entry = judgement.case, _stated(finding, judgement.case.workload)
    try:
        if entry is not None:
            again = variations.judge(spec.with_value(case.workload, entry.path, None))
        else:
            again = judge(
                case,
                sized=judgement.sized,
                beside=judgement.beside,
                without=frozenset({finding.code}),
                planner=variations.book.plans,
            )
    except InputError:  # the rest of the file does not make sense without it
        return ""
    if again.service == NONE or again.plan is None:
        return ""
    total = again.plan.usd
    cost = f"{total:,.0f} USD a month" if total is not None else _unpriced(again.plan)
    given_up = said_by(finding, case.workload)
    return f"without {given_up}: {again.service} at {cost}"


def _unpriced(plan: Plan) -> str:
    """A total that is not known: what of it is, and which price is missing."""
    missing = ", ".join(c.name for c in plan.components if c.usd is None)
    known_usd = plan.known_usd
    return (
        f"{known_usd:,.0f} USD a month and " if known_usd else "a cost of "
    ) + f"{missing} (no price)"


def _stated(finding: RuleFinding, workload: Workload) -> Input | None:
    """The first input that a finding looked at and that the workload states."""
    table = {entry.file_path: entry for entry in spec.inputs()}
    stated = (table[path] for path in finding.looked_at if path in table)
    return next((e for e in stated if spec.value_of(workload, e.path) is not None), None)


def _declared(judgement: Judgement) -> list[str]:
    """Contradictions between two inputs that rules resolve one way."""
    needs, said = judgement.case.workload.needs, []
    engine = known.engine(judgement.case)
    if known.leaves(judgement.case):
        said.append(
            f"needs.engine {needs.engine} must stay, and needs.licence leave gives it up: "
            f"leaving was taken as the will, and PostgreSQL is what is sized"
        )
    if needs.rewind and engine is not None and "mysql" not in engine.speaks:
        said.append(
            f"needs.rewind true wants a fast return, and {engine.name} (needs.engine) has none in "
            f"place: a point-in-time restore into a new database is the nearest"
        )
    if needs.recovery_point_s == 0.0 and needs.regions is not None and len(needs.regions) > 1:
        said.append(
            f"needs.recovery_point 0 s and {len(needs.regions)} regions (needs.regions): what is "
            f"planned here follows other regions asynchronously and loses the last moments with a "
            f"region; multi-Region strong consistency of DynamoDB or Aurora DSQL do not (R-AV-013)"
        )
    if needs.writes_in == "every-region" and needs.regions is not None and len(needs.regions) == 1:
        said.append(
            f"needs.writes_in every-region needs several regions, needs.regions names one "
            f"({needs.regions[0]})"
        )
    return said


def _unmet(judgement: Judgement) -> list[str]:
    """Objectives and budget that not even the chosen plan holds."""
    best = judgement.best
    said: list[str] = []
    if best is None:
        return said
    if best.excuse is not None:
        said.append(
            f"no plan holds the latency objectives; nearest is {best.service}: {best.excuse.reason}"
        )
    budget = judgement.case.workload.needs.budget_usd_per_month
    if best.over_budget and budget is not None and best.plan is not None:
        said.append(
            f"needs.budget {budget:,.0f} USD a month is below the cheapest plan that holds the "
            f"other needs: {'' if best.plan.usd is not None else 'at least '}"
            f"{best.plan.known_usd:,.0f} USD"
        )
    return said
