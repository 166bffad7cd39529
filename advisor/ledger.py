"""The ledger: every figure of a recommendation with an id, its kind, formula and source.

Ids of figures that are computed here:

    SERVICE.cost                 monthly total of the service's plan, USD
    SERVICE.cost_at_least        what is known of it, where a price is not, USD
    SERVICE.cost.COMPONENT       one line of its bill
    SERVICE.size                 the option, and the demand that made it this large
    SERVICE.use.RESOURCE         share of a resource that is used at the peak
    SERVICE.read_p99_s, .write_p99_s   predicted response time

Facts keep their own ids, and so does the evidence of demand; `walk` follows `inputs` down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import structs

from advisor import administration, facts, stated, witnessed
from advisor.demand import Demand
from advisor.evidence import of_record
from advisor.judgement import Judgement
from advisor.model import Component, Evidence, EvidenceKind, Plan, Quantity
from workloads.errors import InputError

STRONGEST_FIRST: tuple[EvidenceKind, ...] = ("measured", "published", "documented", "assumed")
OWN = "storefit"
DEMAND = "demand/"


def entries(judgement: Judgement) -> tuple[Evidence, ...]:
    """Every figure of the judgement, each id once, facts and demand before what rests on them."""
    found: dict[str, Evidence] = {}
    case = judgement.sized
    for evidence in (*stated.entries(case), *case.evidence, *case.demand.evidence):
        found.setdefault(evidence.id, evidence)
    for finding in judgement.findings:
        for name in finding.evidence:
            found.setdefault(name, of_fact(name))
    asked = tuple(name for name in found if name.startswith(stated.PREFIX))
    for contender in judgement.contenders:
        if contender.plan is None:
            continue
        for component in contender.plan.components:
            if component.fact and component.fact not in found:
                found[component.fact] = of_fact(component.fact)
        size = _size(contender.service, contender.plan, case.demand, asked)
        found[size.id] = size
        for evidence in _of_plan(contender.service, contender.plan, found):
            found[evidence.id] = evidence
    records = frozenset(judgement.sized.demand.records)
    missing = [i for entry in found.values() for i in entry.inputs if i not in found]
    found |= witnessed.of_records(judgement.sized.demand.layers, missing)
    for name in missing:
        found.setdefault(name, of_record(name) if name in records else of_fact(name))
    return tuple(found.values())


def of_fact(fact_id: str) -> Evidence:
    """A fact as evidence; `assumed` when no dated source was found for it, or none at all."""
    try:
        fact = facts.fact(fact_id)
    except InputError:
        return Evidence(
            id=fact_id,
            kind="assumed",
            label="not in the tables of facts",
            value=None,
            unit="",
            source="unknown",
            date="",
        )
    return Evidence(
        id=fact_id,
        kind="documented" if fact.verified else "assumed",
        label=fact.note or fact.name,
        value=fact.value if not isinstance(fact.value, bool) else str(fact.value).lower(),
        unit=fact.unit,
        source=fact.source if fact.verified else f"{fact.source} (unverified)",
        date=fact.date,
    )


def _size(service: str, plan: Plan, demand: Demand, asked: tuple[str, ...]) -> Evidence:
    """The option as a figure that rests on the demand of its engine's family, and on the need."""
    ids = [e.id for e in demand.evidence if e.id.startswith(DEMAND)]
    served = {name: name.split("/")[1] for name in ids}
    engine = plan.option.engine
    family = demand.serving(engine).family if engine else ""
    mine = tuple(
        i for i in ids if (served[i] == family if engine else served[i] not in demand.families)
    )
    kinds = [e.kind for e in demand.evidence if e.id in mine]
    words = (plan.option.instance_class, plan.option.deployment, plan.option.capacity_mode)
    return Evidence(
        id=f"{service}.size",
        kind=weakest(kinds),
        label="smallest option that holds the demand at the peak",
        value=", ".join(word for word in words if word),
        unit="",
        source=OWN,
        date="",
        formula="; ".join(_sized(plan)),
        inputs=(*mine, *asked),
    )


def _sized(plan: Plan) -> Iterator[str]:
    """The numbers of an option, and what made it this large."""
    option, binding = plan.option, plan.binding
    if binding is not None:
        yield f"{binding.resource} binds at {100 * binding.ratio:.0f} %"
    if option.storage_gib is not None:
        yield f"storage {option.storage_gib:.6g} GiB"
    if option.minimum_acu is not None and option.maximum_acu is not None:
        yield f"{option.minimum_acu:g} to {option.maximum_acu:g} ACU"
    if option.replicas:
        yield f"{option.replicas} further servers"


def _of_plan(service: str, plan: Plan, found: dict[str, Evidence]) -> Iterator[Evidence]:
    lines: list[str] = []
    for component in plan.components:
        line = _of_component(service, component, found)
        lines.append(line.id)
        found[line.id] = line
        yield line
    yield _computed(
        f"{service}.cost",
        f"monthly total of {service}",
        plan.usd,
        "USD/month",
        ("; ".join(_summed(plan)), (*dict.fromkeys(lines), f"{service}.size")),
        found,
    )
    if plan.usd is None:
        yield _computed(
            f"{service}.cost_at_least",
            f"what is known of the monthly total of {service}",
            plan.known_usd,
            "USD/month",
            ("sum of the lines with a price", tuple(dict.fromkeys(lines))),
            found,
        )
    for use in plan.utilisation:
        yield _computed(
            f"{service}.use.{slug(use.resource)}",
            f"{use.resource} used at the peak",
            use.ratio,
            "of its ceiling",
            (
                f"{use.used:.4g} {use.unit} / {use.ceiling:.4g} {use.unit}",
                (f"{service}.size",),
            ),
            found,
        )
    for name, predicted in (("read_p99_s", plan.read_p99_s), ("write_p99_s", plan.write_p99_s)):
        if predicted is not None:
            yield _of_quantity(f"{service}.{name}", f"predicted {name}", predicted, found)


def _summed(plan: Plan) -> Iterator[str]:
    """How a total came about: its ends, and what of it is work, or what an account gets free."""
    yield "sum of the lines"
    if plan.low_usd is not None and plan.high_usd is not None:
        yield f"{plan.low_usd:.6g} to {plan.high_usd:.6g} USD as sized at the ends of the demand"
    work = administration.usd(plan)
    if work and plan.usd is not None:
        yield f"{work:.6g} USD of it administration, {plan.usd - work:.6g} without"
    if plan.free_usd:
        yield f"the free tier would take off {plan.free_usd:.6g} USD"


def _of_component(service: str, component: Component, found: dict[str, Evidence]) -> Evidence:
    name = f"{service}.cost.{slug(component.name)}"
    number = 2
    while name in found and found[name].label != component.name:
        name, number = f"{service}.cost.{slug(component.name)}-{number}", number + 1
    price = "unknown" if component.price_usd is None else f"{component.price_usd:.6g} USD"
    note = f" ({component.note})" if component.note else ""
    free = f"; {component.free_usd:.6g} USD of it may be free" if component.free_usd else ""
    line = _computed(
        name,
        component.name,
        component.usd,
        "USD/month",
        (
            f"{component.quantity:.6g} {component.unit} x {price}{note}{free}",
            (*((component.fact,) if component.fact else ()), f"{service}.size"),
        ),
        found,
    )
    return structs.replace(line, kind="assumed") if component.borrowed else line


def _of_quantity(name: str, label: str, value: Quantity, found: dict[str, Evidence]) -> Evidence:
    interval = f"{value.low:.4g} to {value.high:.4g} {value.unit} (90 %)"
    return _computed(name, label, value.value, value.unit, (interval, value.evidence), found)


def _computed(
    name: str,
    label: str,
    value: float | None,
    unit: str,
    reason: tuple[str, tuple[str, ...]],
    found: dict[str, Evidence],
) -> Evidence:
    formula, inputs = reason
    kinds = [found[i].kind for i in inputs if i in found]
    dates = [found[i].date for i in inputs if i in found and found[i].date]
    return Evidence(
        id=name,
        kind=weakest(kinds),
        label=label,
        value=value,
        unit=unit,
        source=OWN,
        date=min(dates, default=""),
        formula=formula,
        inputs=inputs,
    )


def weakest(kinds: Iterable[EvidenceKind]) -> EvidenceKind:
    """The weakest kind among several; a figure that names no input is assumed."""
    return max(kinds, key=STRONGEST_FIRST.index, default="assumed")


def slug(text: str) -> str:
    """Text as the last part of an id: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def chain(evidence: Sequence[Evidence], wanted: str) -> Iterator[tuple[int, Evidence]]:
    """The figure of that id and everything below it: (depth, evidence), each id once.

    Raises InputError for an id that is not in the ledger, with the nearest ones as hint.
    """
    by_id = {entry.id: entry for entry in evidence}
    if wanted not in by_id:
        import difflib

        near = difflib.get_close_matches(wanted, list(by_id), n=3, cutoff=0.4)
        hint = f"nearest: {', '.join(near)}" if near else "`advisor explain` lists the ids"
        raise InputError(f"no figure has the id '{wanted}'", hint=hint)
    seen: set[str] = set()
    waiting = [(0, wanted)]
    while waiting:
        depth, name = waiting.pop()
        if name in seen or name not in by_id:
            continue
        seen.add(name)
        yield depth, by_id[name]
        waiting += [(depth + 1, below) for below in reversed(by_id[name].inputs)]
