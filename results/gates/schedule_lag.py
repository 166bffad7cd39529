"""Requests of open load left later than they were due although a connection was free."""

from __future__ import annotations

from collections.abc import Iterator

from results.gates.seam import Gate, declared
from results.record import Finding, Record

_SHARE = 0.01
_REFUSED_SHARE = 0.10
# The strictest objective that is usual for a store in the same region.
_USUAL_OBJECTIVE_S = 0.010


def _check(record: Record) -> Iterator[Finding]:
    lag_s = record.client.schedule_lag_p99_s
    if record.load.kind != "open" or lag_s is None:
        return
    workload = declared(record)
    objectives = (
        (workload.latency.read_p99_s, workload.latency.write_p99_s) if workload else (None, None)
    )
    stated = min((value for value in objectives if value is not None), default=None)
    objective_s = stated or _USUAL_OBJECTIVE_S
    if lag_s <= _SHARE * objective_s:
        return
    of = "the objective" if stated else "a usual objective"
    yield GATE.finding(
        "error" if lag_s > _REFUSED_SHARE * objective_s else "warning",
        f"client-limited: p99 of schedule lag is {lag_s * 1e6:.0f} µs, "
        f"{lag_s / objective_s:.1%} of {of} ({objective_s * 1e3:g} ms)",
        value=lag_s,
        limit=_SHARE * objective_s,
    )


GATE = Gate(
    code="G-LAG",
    title="Schedule lag",
    why="A late request is counted as a slow answer: the response time is the client's then.",
    source="chosen: 1 % of the objective cannot change the verdict on it, 10 % can",
    check=_check,
)
