"""How long a failover may take."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules import known
from advisor.rules.rule import Rule, limit

RECREATE_S = 600.0  # an instance without a standby is created anew, within about ten minutes
RELATIONAL_BEST_S = 30.0  # note of the fact aurora.failover: often under 30 s

FASTER = (
    "a Multi-AZ cluster or Aurora, of MySQL or PostgreSQL; a cluster of one's own that fails over "
    "faster is stated by needs.administration own"
)

RULE = Rule(
    code="R-AV-001",
    title="The failover time decides the deployment",
    why=(
        "Without a standby a new instance is made; a Multi-AZ standby takes 60 to 120 s, a "
        "Multi-AZ cluster under 35 s, an Aurora replica under 60 and often 30 s. DynamoDB has "
        "no failover to wait for. A pair that is run at home detects, promotes and redirects no "
        "faster than RDS does, unless its team says that it runs a cluster (administration own)."
    ),
    verdict="exclude",
    services=("rds", "aurora-serverless", "ec2"),
    looks_at=("needs.failover", "needs.administration"),
    facts=(
        "rds.multi_az_instance_failover",
        "rds.multi_az_cluster_failover",
        "aurora.failover",
    ),
)


def _as_rds_does(case: Case) -> bool:
    """Whether a pair on EC2 fails over by a standby, run by nobody who says that it is faster."""
    engine = known.engine(case)
    relational = engine is None or engine.family in ("relational", "unlisted")
    return relational and case.workload.needs.administration != "own"


def findings(case: Case) -> Iterator[RuleFinding]:
    wanted_s = case.workload.needs.failover_s
    if wanted_s is None:
        return
    seen = f"A failover may take {known.duration(wanted_s)}."
    if wanted_s < RELATIONAL_BEST_S:
        yield RULE.finding(
            seen,
            instead=(
                "for SQL, Aurora behind RDS Proxy, whose failover is often that short but is not "
                "promised to be"
            ),
        )
        return
    if wanted_s < RECREATE_S:
        yield RULE.finding(seen, features=("single-az",))
    if wanted_s < limit("rds.multi_az_instance_failover"):
        yield RULE.finding(seen, services=("rds",), features=("multi-az-standby",))
        if _as_rds_does(case):  # nor is a single server any faster
            yield RULE.finding(seen, services=("ec2",), instead=FASTER)
    if wanted_s < limit("rds.multi_az_cluster_failover"):
        yield RULE.finding(seen, services=("rds",), features=("multi-az-cluster",))
