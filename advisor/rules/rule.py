"""The form of a rule.

A rule is one module in an area folder. It defines `RULE` and a generator `findings(case)`:

    RULE = Rule(code="R-TX-002", title=..., why=..., verdict="exclude", services=("dynamodb",),
                looks_at=("operations.atomic_with",), facts=("dynamodb.transaction_items",))

    def findings(case):
        if ...:
            yield RULE.finding("what was seen in this workload")

How the decision reads a finding:

    exclude, no features     the services are out
    exclude, with features   plans of the services that have all of the features are out
    require, no features     services that are not named are out
    require, with features   plans of the services that lack one of the features are out
    prefer, no features      the services may cost `worth` more
    prefer, with features    within the services, plans with the features may cost `worth` more
    warn                     said; with features, of plans that have all of them

Three-valued: an input that is None is unknown, and a rule that needs to know it stays silent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from msgspec import Struct

from advisor import facts
from advisor.case import Case
from advisor.model import RuleFinding, Verdict
from workloads.errors import StorefitError

Generator = Callable[[Case], Iterator[RuleFinding]]


class Rule(Struct, frozen=True, kw_only=True):
    """A coded, sourced statement about services.

    `looks_at` are the inputs it reads, as dotted paths of the workload. `facts` are the ids of
    the facts it rests on; `reference` names another source (address and date). `worth` is the
    fraction of the cheapest total that following a preference may cost; one that is not
    `optional` holds even where the lowest cost decides, because it says what fits at all.
    """

    code: str
    title: str
    why: str
    verdict: Verdict
    services: tuple[str, ...]
    looks_at: tuple[str, ...]
    facts: tuple[str, ...] = ()
    reference: str = ""
    worth: float = 0.0
    optional: bool = True

    @property
    def source(self) -> str:
        """Where the statement comes from, with dates; facts first."""
        return _cited(self.facts, self.reference)

    def finding(
        self,
        seen: str,
        *,
        services: tuple[str, ...] | None = None,
        features: tuple[str, ...] = (),
        verdict: Verdict | None = None,
        instead: str = "",
    ) -> RuleFinding:
        """One finding; `seen` is what this workload shows, `instead` what would fit if none does."""
        verdict = self.verdict if verdict is None else verdict
        return RuleFinding(
            code=self.code,
            title=self.title,
            verdict=verdict,
            services=self.services if services is None else services,
            why=f"{seen} {self.why}",
            source=self.source,
            features=features,
            looked_at=self.looks_at,
            evidence=self.facts,
            worth_usd_fraction=self.worth if verdict == "prefer" else 0.0,
            instead=instead,
            optional=self.optional,
        )


@cache
def _cited(fact_ids: tuple[str, ...], reference: str) -> str:
    found = [facts.fact(name) for name in fact_ids]
    cited = [f"{fact.source} ({fact.date or 'undated'})" for fact in found]
    return "; ".join(dict.fromkeys([*cited, reference] if reference else cited))


@cache
def limit(fact_id: str) -> float:
    """The number of a fact that is a limit.

    Raises StorefitError when the fact is not a number: the table of facts is at fault.
    """
    value = facts.fact(fact_id).value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise StorefitError(f"fact {fact_id} is not a number: {value!r}")
    return float(value)
