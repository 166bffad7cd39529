"""Backups in another region in place of a running copy."""

from __future__ import annotations

from collections.abc import Iterator

from advisor.case import Case
from advisor.model import RuleFinding
from advisor.rules.rule import Rule

# Copied backups trail by the log that is shipped every five minutes and sent on after it.
LEAST_POINT_S = 1800.0
# A restore in the other region makes a new instance and reads the snapshot: hours with much data.
LEAST_TIME_S = 4 * 3600.0

RULE = Rule(
    code="R-AV-012",
    title="Backups copied to another region do where hours of recovery are allowed",
    why=(
        "Copied backups cost storage and transfer, no server: after a disaster a new instance is "
        "restored from them, which takes hours and loses the last half hour or so. Nothing can be "
        "read there meanwhile. Both objectives must be stated for that to be enough."
    ),
    verdict="exclude",
    services=("rds",),
    looks_at=(
        "needs.regions",
        "needs.recovery_point",
        "needs.recovery_time",
        "needs.writes_in",
        "needs.read_scaling",
        "needs.replica_lag",
    ),
    facts=("rds.cross_region_automated_backups", "rds.pitr_granularity"),
)


def findings(case: Case) -> Iterator[RuleFinding]:
    needs = case.workload.needs
    if needs.regions is None or len(needs.regions) < 2:
        return
    point_s, time_s = needs.recovery_point_s, needs.recovery_time_s
    lax = point_s is not None and time_s is not None
    lax = lax and (point_s or 0.0) >= LEAST_POINT_S and (time_s or 0.0) >= LEAST_TIME_S
    read_there = needs.writes_in == "every-region" or needs.read_scaling or needs.replica_lag_s
    if lax and not read_there:
        return
    seen = "Data are to be read in every region." if read_there else "Hours of recovery are not"
    yield RULE.finding(
        seen if read_there else f"{seen} stated to be enough.",
        features=("cross-region-snapshots",),
    )
