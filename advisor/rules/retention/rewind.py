"""Fast return to an earlier moment."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

RULE = Rule(
    code="R-RE-006",
    title="Rewinding in place needs Aurora MySQL's backtrack",
    why=(
        "Backtrack winds a cluster back within minutes, without a restore. Other engines and "
        "services restore into a new database, which takes as long as the data is large."
    ),
    verdict="prefer",
    services=("rds", "aurora-serverless"),
    looks_at=("needs.rewind", "needs.engine"),
    facts=("aurora.backtrack_window_max", "aurora_prices.backtrack"),
    worth=6.0,  # a stated need: elsewhere each return is hours of restore
)


def findings(case: Case) -> Iterator[RuleFinding]:
    if not case.workload.needs.rewind:
        return
    engine = known.engine(case)
    hours = known.number(limit("aurora.backtrack_window_max"))
    seen = f"The data must be rewound fast; backtrack reaches {hours} hours."
    if engine is None or "mysql" in engine.speaks:
        yield RULE.finding(
            seen, services=("rds",), features=("aurora", "aurora-mysql", "backtrack")
        )
        yield RULE.finding(
            seen, services=("aurora-serverless",), features=("aurora-mysql", "backtrack")
        )
    else:
        yield RULE.finding(
            f"The data must be rewound fast, and {engine.name} must stay: it has no backtrack.",
            features=("pitr",),
        )
