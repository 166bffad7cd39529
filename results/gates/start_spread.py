"""The workers of a cluster did not begin together."""

from __future__ import annotations

from collections.abc import Iterator

from results.gates.seam import Gate
from results.record import Finding, Record

_SHARE = 0.01
# Processes that share processors are woken within some of the scheduler's turns of a few ms; they
# begin so long before the window that this much makes no difference in it.
_LEAST_S = 0.050


def _check(record: Record) -> Iterator[Finding]:
    spread_s = record.client.start_spread_s
    if record.client.machines is None or spread_s is None or not record.duration_s:
        return
    limit_s = max(_LEAST_S, _SHARE * record.duration_s)
    machines = f"{record.client.machines} machine{'s' * (record.client.machines > 1)}"
    if spread_s > limit_s:
        yield GATE.finding(
            "error",
            f"the {record.load.workers} workers on {machines} did not begin together: "
            f"first and last are up to {spread_s * 1e3:.0f} ms apart, "
            f"{spread_s / record.duration_s:.1%} of the window",
            value=spread_s,
            limit=limit_s,
        )


GATE = Gate(
    code="G-START",
    title="Common start",
    why="Workers that do not measure at the same time never offered the load that is said.",
    source="chosen: 1 % of the window changes a rate by at most 1 %",
    check=_check,
)
