"""What the answer rests on, in words: the first thing a reader must know of it.

`of_plan` goes beside the service in the first line; `notes` say it of every family of engines,
and which records were refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from advisor.demand import FamilyDemand, ItemDemand, reference
from advisor.facts.assumptions import witnesses
from advisor.judgement import Judgement
from advisor.measured import Measured, Refusal
from advisor.model import Plan

# What demand may rest on, in words.
BASES = {
    "measured": "measured",
    "reference": "from the shipped reference records",
    "proxy": "from records of another engine",
    "assumed": "assumed",
}
ITEMS = "item stores"
ITEM_ENGINE = "key-value"
WHOLE = 0.995  # of the operations: the rest is not worth a word


def of_plan(judgement: Judgement, measured: Measured) -> str:
    """What the demand of the chosen plan rests on, as the end of `SERVICE, …`.

    Where nothing was measured it says so, and which gates refused the records there were.
    """
    plan = judgement.plan
    if plan is None:
        return ""
    name, part = _part(judgement, plan)
    shares = _shares(part) if part is not None else {"assumed": 1.0}
    words = [
        f"{_words(basis, name, measured)}{_extent(share)}"
        for basis, share in sorted(shares.items(), key=lambda item: -item[1])
        if share > 1.0 - WHOLE
    ]
    said = "; ".join(words)
    refused = [r for r in measured.refused if name in _families(r.engine)]
    if shares.get("assumed", 0.0) > 1.0 - WHOLE and refused:
        said += f"; {refusals(refused)}"
    return said


def _part(judgement: Judgement, plan: Plan) -> tuple[str, FamilyDemand | ItemDemand | None]:
    """The family that serves a plan and its demand; None for an engine without a family."""
    demand, engine = judgement.sized.demand, plan.option.engine
    if not engine:
        return ITEM_ENGINE, demand.items
    family = next((name for name in demand.families if engine.endswith(name)), None)
    return (engine, None) if family is None else (family, demand.families[family])


def _shares(part: FamilyDemand | ItemDemand) -> dict[str, float]:
    """For what share of the operations demand rests on what."""
    shares: dict[str, float] = {}
    for operation in part.operations:
        shares[operation.basis] = shares.get(operation.basis, 0.0) + operation.share
    return shares


def _words(basis: str, name: str, measured: Measured) -> str:
    asked = "an item store" if name == ITEM_ENGINE else name
    if basis == "assumed":
        return f"from documented assumptions, nothing measured for {asked}"
    if basis == "measured":
        return f"from measurements of {_witnesses(name, measured, direct=True) or asked}"
    if basis == "reference":
        return f"from the shipped reference records of {asked}"
    others = _witnesses(name, measured, direct=False)
    others = others or _witnesses(name, reference(), direct=False) or "another engine"
    return f"from records of {others}, none of {asked}"


def _witnesses(family: str, measured: Measured, *, direct: bool) -> str:
    """The engines whose records were used for a family."""
    found = {
        sample.witness.engine
        for (of, _), samples in measured.samples.items()
        if of == family
        for sample in samples
        if sample.witness.direct == direct
    }
    return " and ".join(sorted(found))


def _families(engine: str) -> frozenset[str]:
    return frozenset(witness.family for witness in witnesses(engine))


def _extent(share: float) -> str:
    return "" if share > WHOLE else f" for {100 * share:.3g} % of the operations"


def refusals(refused: Iterable[Refusal]) -> str:
    """How many records were refused, of which engines and by which gates."""
    listed = list(refused)
    engines = " and ".join(sorted({refusal.engine for refusal in listed}))
    reasons = Counter(refusal.reason.split(":")[0] for refusal in listed)
    why = ", ".join(
        f"{reason} {count} times" if count > 1 else reason
        for reason, count in reasons.most_common()
    )
    records = "1 record" if len(listed) == 1 else f"{len(listed)} records"
    return f"{records} of {engines} refused: {why}"


def notes(judgement: Judgement, measured: Measured) -> tuple[str, ...]:
    """Which evidence the demand of each family rests on, and what was refused."""
    demand = judgement.sized.demand
    said = {family: _mostly(family, part, measured) for family, part in demand.families.items()}
    said[ITEMS] = BASES[demand.items.basis]
    used = f"demand: {'; '.join(f'{family} {words}' for family, words in said.items())}"
    return (used, refusals(demand.refused)) if demand.refused else (used,)


def _mostly(family: str, part: FamilyDemand, measured: Measured) -> str:
    """What most of the operations of a family rest on, and for what share of them."""
    basis, share = max(_shares(part).items(), key=lambda i: i[1], default=(part.basis, 1.0))
    words = BASES[basis]
    if basis == "proxy":
        others = _witnesses(family, measured, direct=False)
        words = f"from records of {others or _witnesses(family, reference(), direct=False)}"
    return f"{words}{_extent(share)}"
