"""A recommendation as plain JSON: what `--json` prints, what is saved, what the page is made of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from msgspec.structs import asdict

from advisor import administration, commitments
from advisor.facts import age
from advisor.model import (
    Component,
    Evidence,
    Excuse,
    Option,
    Plan,
    Quantity,
    Ranked,
    Recommendation,
    RuleFinding,
)
from workloads.errors import InputError

SCHEMA = 1


def to_json(rec: Recommendation, *, today: date | None = None) -> dict[str, Any]:
    """The object of `advisor recommend --json`, schema 1; numbers in USD, seconds and bytes.

    `today` lets the age of the bill's facts be said (None: it is not).
    """
    plan = rec.plan
    return {
        "schema": SCHEMA,
        "workload": rec.workload,
        "service": rec.service,
        "option": option_json(plan.option) if plan else None,
        "features": list(plan.features) if plan else [],
        "monthly_cost_usd": _cost(plan) if plan else None,
        "total_cost_usd": [asdict(span) for span in rec.spans],
        "commitments": [asdict(commitment) for commitment in rec.commitments],
        "drivers": [
            {"operation": d.operation, "of": d.of, "share": d.share, "usd": d.usd}
            for d in rec.drivers
        ],
        "confidence": rec.confidence,
        "confidence_note": rec.confidence_note,
        "confidence_kind": "stability" if rec.demand_assumed else "confidence",
        "basis": rec.basis,
        "backtest": rec.backtest,
        "ranking": [_ranked(ranked) for ranked in rec.ranking],
        "rules": [entry for finding in rec.rules for entry in _rule(finding)],
        "assumed": [
            {"input": a.input, "value": a.value, "matters": a.matters, "why": a.why}
            for a in rec.assumed
        ],
        "flips": [
            {"input": f.input, "now": f.now, "at": f.at, "service": f.service} for f in rec.flips
        ],
        "evidence": [_evidence(e) for e in rec.evidence],
        "facts_as_of": rec.facts_as_of,
        "facts_age": _age(plan, today),
        "utilisation": _utilisation(plan) if plan else [],
        "latency": _latency(plan) if plan else None,
        "instead": rec.instead,
        "conflicts": list(rec.conflicts),
        "notes": [*rec.notes, *(plan.notes if plan else ())],
    }


def option_json(option: Option) -> dict[str, Any]:
    """An option as plain JSON; keys that do not apply are null."""
    return {
        "engine": option.engine,
        "class": option.instance_class,
        "deployment": option.deployment,
        "capacity_mode": option.capacity_mode,
        "storage": option.storage,
        "storage_gib": option.storage_gib,
        "table_class": option.table_class,
        "minimum_acu": option.minimum_acu,
        "maximum_acu": option.maximum_acu,
        "replicas": option.replicas,
    }


def _cost(plan: Plan) -> dict[str, Any]:
    return {
        "low": plan.low_usd,
        "expected": plan.usd,
        "at_least": plan.known_usd,
        "high": plan.high_usd,
        "administration": administration.usd(plan),
        "without_administration": _without_administration(plan),
        "free_tier": plan.free_usd,
        "components": [_component(component) for component in plan.components],
    }


def _component(component: Component) -> dict[str, Any]:
    return {
        "name": component.name,
        "unit": component.unit,
        "quantity": component.quantity,
        "price_usd": component.price_usd,
        "usd": component.usd,
        "fact": component.fact,
        "note": component.note,
        "free_usd": component.free_usd,
    }


def _without_administration(plan: Plan) -> float | None:
    return None if plan.usd is None else plan.usd - administration.usd(plan)


def _age(plan: Plan | None, today: date | None) -> dict[str, Any] | None:
    if plan is None or today is None:
        return None
    found = age.of(plan.components, today)
    return None if found is None else {**asdict(found), "stale_after_days": age.STALE_DAYS}


def _utilisation(plan: Plan) -> list[dict[str, Any]]:
    """Every resource at the peak; `binds` marks the one nearest its ceiling."""
    binding = plan.binding
    return [
        {
            "resource": u.resource,
            "used": u.used,
            "ceiling": u.ceiling,
            "unit": u.unit,
            "ratio": u.ratio,
            "binds": u is binding,
        }
        for u in plan.utilisation
    ]


def _latency(plan: Plan) -> dict[str, Any]:
    return {"read_p99_s": _quantity(plan.read_p99_s), "write_p99_s": _quantity(plan.write_p99_s)}


def _quantity(quantity: Quantity | None) -> dict[str, float] | None:
    if quantity is None:
        return None
    return {"low": quantity.low, "expected": quantity.value, "high": quantity.high}


def _ranked(ranked: Ranked) -> dict[str, Any]:
    option = ranked.plan.option if ranked.plan else ranked.excuse.option if ranked.excuse else None
    return {
        "service": ranked.service,
        "option": option_json(option) if option else None,
        "usd": ranked.plan.usd if ranked.plan else None,
        "at_least": ranked.plan.known_usd if ranked.plan else None,
        "low": ranked.plan.low_usd if ranked.plan else None,
        "high": ranked.plan.high_usd if ranked.plan else None,
        "components": [_component(c) for c in ranked.plan.components] if ranked.plan else [],
        "utilisation": _utilisation(ranked.plan) if ranked.plan else [],
        "administration": administration.words(ranked.plan) if ranked.plan else None,
        "without_administration": _without_administration(ranked.plan) if ranked.plan else None,
        "committed": _committed(ranked.plan) if ranked.plan else {},
        "feasible": ranked.plan is not None and ranked.excuse is None,
        "excuse": _excuse(ranked.excuse),
    }


def _committed(plan: Plan) -> dict[str, Any]:
    """The cheapest commitment of each term, months -> USD a month; an alternative column."""
    known = commitments.of(plan)
    terms = {c.months: commitments.cheapest(known, c.months) for c in known}
    return {
        str(months): {"payment": c.payment, "low": c.low_usd, "expected": c.usd, "high": c.high_usd}
        for months, c in terms.items()
        if c is not None
    }


def _excuse(excuse: Excuse | None) -> str | None:
    if excuse is None:
        return None
    return f"{excuse.rule}: {excuse.reason}" if excuse.rule else excuse.reason


def _rule(finding: RuleFinding) -> Iterable[dict[str, Any]]:
    """One entry per service the finding speaks of; one without a service for a failed rule.

    `excluded_options`: an exclusion of them alone names the tags that an option must all have to
    be out; it is empty where the service is out as a whole, and for other verdicts.
    """
    only = list(finding.features) if finding.verdict == "exclude" else []
    for service in finding.services or (None,):
        yield {
            "code": finding.code,
            "title": finding.title,
            "verdict": finding.verdict,
            "service": service,
            "why": finding.why,
            "source": finding.source,
            "evidence": list(finding.evidence),
            "features": list(finding.features),
            "excluded_options": only,
        }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "id": evidence.id,
        "kind": evidence.kind,
        "value": evidence.value,
        "unit": evidence.unit,
        "source": evidence.source,
        "date": evidence.date,
        "label": evidence.label,
        "formula": evidence.formula,
        "inputs": list(evidence.inputs),
    }


def evidence_from(document: object) -> tuple[Evidence, ...]:
    """The ledger of a saved recommendation. Raises InputError for anything else."""
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(
            f"this is no recommendation of schema {SCHEMA}",
            hint="save one with `advisor recommend WORKLOAD --save FILE`",
        )
    try:
        return tuple(
            Evidence(
                id=str(entry["id"]),
                kind=entry["kind"],
                label=str(entry.get("label", "")),
                value=entry["value"],
                unit=str(entry["unit"]),
                source=str(entry["source"]),
                date=str(entry["date"]),
                formula=str(entry.get("formula", "")),
                inputs=tuple(str(i) for i in entry.get("inputs", ())),
            )
            for entry in document["evidence"]
        )
    except (KeyError, TypeError, AttributeError) as error:
        lacks = f": it lacks '{error.args[0]}'" if isinstance(error, KeyError) else ""
        raise InputError(
            f"the evidence of this recommendation is damaged{lacks}",
            hint="save it again with `advisor recommend WORKLOAD --save FILE`",
        ) from error
