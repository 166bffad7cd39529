"""What a need that nobody stated might turn out to be, and whether that changes the service.

The probabilities are judgement, written down so that they can be argued with: how often, among
workloads whose author did not mention it, a question turns up later. Inputs of one group ask the
same thing in several ways; of a group the one that most often changes the service counts. Groups
are taken as independent, and one need is turned at a time: what two of them change together is
left out.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from advisor.variations import Variations
from workloads import spec
from workloads.spec.model import Workload


class Unknown(Struct, frozen=True, kw_only=True):
    """An input, its group, and the values it may turn out to have with their probabilities."""

    input: str
    group: str
    values: tuple[tuple[Any, float], ...]


UNKNOWNS = (
    Unknown(
        input="data.format",
        group="model",
        values=(("relational", 0.3), ("document", 0.1), ("key-value", 0.1)),
    ),
    Unknown(input="needs.sql", group="questions", values=((True, 0.1),)),
    Unknown(input="needs.joins", group="questions", values=((True, 0.1),)),
    Unknown(input="needs.ad_hoc_queries", group="questions", values=((True, 0.1),)),
    Unknown(input="needs.transactions", group="transactions", values=(("multi-record", 0.1),)),
    Unknown(input="needs.flexible_schema", group="schema", values=((True, 0.1),)),
    Unknown(
        input="needs.administration",
        group="administration",
        values=(("minimal", 0.2), ("shared", 0.2), ("own", 0.05)),
    ),
    Unknown(input="needs.managed", group="administration", values=((True, 0.2), (False, 0.02))),
    Unknown(input="needs.serverless", group="administration", values=((True, 0.05),)),
    Unknown(input="needs.lowest_cost", group="cost", values=((True, 0.1),)),
    Unknown(input="needs.availability", group="availability", values=((0.9995, 0.1),)),
    Unknown(input="needs.failover", group="availability", values=((60.0, 0.1),)),
)


class Risk(Struct, frozen=True, kw_only=True):
    """A group whose inputs are unknown: the chance that an answer there changes the service."""

    input: str
    chance: float


def risks(workload: Workload, variations: Variations, service: str) -> tuple[Risk, ...]:
    """One risk for each group that can change the service, the likeliest input of it named."""
    table = {entry.file_path: entry for entry in spec.inputs()}
    worst: dict[str, Risk] = {}
    for unknown in UNKNOWNS:
        path = table[unknown.input].path
        if spec.value_of(workload, path) is not None:
            continue
        chance = 0.0
        for value, probability in unknown.values:
            found = variations.service(path, value)
            if found is not None and found != service:
                chance += probability
        if chance > worst.get(unknown.group, Risk(input="", chance=0.0)).chance:
            worst[unknown.group] = Risk(input=unknown.input, chance=chance)
    return tuple(worst.values())
