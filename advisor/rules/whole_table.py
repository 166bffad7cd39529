"""Questions that read all of a table: their share of the work, and whether a copy may answer them.

Work is counted in records, not in requests: one aggregate over ten million records is as much
as ten million reads by key.
"""

from __future__ import annotations

from advisor.case import Case
from advisor.facts.assumptions import assumption
from advisor.rules import known
from advisor.transactions import length
from workloads.spec.model import ANALYTIC_KINDS, Operation


def work(case: Case) -> float | None:
    """Share of all records touched that whole-table questions read, 0..1; None when unknown.

    Work is counted in records: sum over the requests of weight x records, where a read or a
    write by key touches one, a range its length, and an analytic question all records. A
    scan with a limit reads so many. None without operations, or without the number of
    records where one of them reads all.
    """
    by_kind: dict[bool, float] = {True: 0.0, False: 0.0}
    for request in case.workload.requests:
        if request.weight <= 0:
            continue
        touched = _records_touched(request, case.workload.data.records)
        if touched is None:
            return None
        by_kind[request.kind in ANALYTIC_KINDS] += request.weight * touched
    total = sum(by_kind.values())
    return by_kind[True] / total if total else None


def _records_touched(request: Operation, records: int | None) -> float | None:
    if request.reads_all:
        return None if records is None else float(max(records, 1))
    return max(float(request.limit or 1), length(request), float(request.atomic_with or 1))


def per_s(case: Case) -> float | None:
    """Whole-table questions per second at the mean; None when nobody said how much is asked.

    A mean that nobody gave follows from the declared peak and the shape, as sizing takes it.
    """
    stated, operations = case.workload.traffic, case.workload.operations
    declared = sum(o.weight for o in operations)
    said = (stated.mean_per_s, stated.peak_per_s, stated.trace) != (None, None, None)
    if not declared or not said:
        return None
    filled = case.filled.traffic
    mean = filled.mean_per_s if filled.mean_per_s is not None else filled.peak_per_s
    if mean is None:
        return None
    asked = sum(r.weight for r in case.workload.requests if r.kind in ANALYTIC_KINDS)
    return mean * asked / declared


def rows_per_s(case: Case) -> float | None:
    """Records that whole-table questions read per second at the mean; None when unknown."""
    questions = [r for r in case.workload.requests if r.kind in ANALYTIC_KINDS and r.weight > 0]
    touched = [_records_touched(r, case.workload.data.records) for r in questions]
    weight, rate = sum(r.weight for r in questions), per_s(case)
    if rate is None or not weight or None in touched:
        return None
    rows = sum(r.weight * (t or 0.0) for r, t in zip(questions, touched, strict=True))
    return rate * rows / weight


def kept_apart(case: Case) -> bool:
    """Whether whole-table questions may be answered by a columnar copy, refreshed now and then.

    Where `needs.replica_lag` says how old such answers may be, that decides. Else how often they
    are asked does: an answer from a copy changes only when the copy is refreshed, so who asks
    more often than a few reports for each refresh wants to see what changed since, and the
    store itself must answer. False where nobody said how often they are asked.
    """
    if not known.shares(case, ANALYTIC_KINDS):
        return False
    oldest_s = case.workload.needs.replica_lag_s
    if oldest_s is not None:
        return oldest_s >= refresh_s()
    asked = per_s(case)
    return asked is not None and asked <= reports() / refresh_s()


def refresh_s() -> float:
    """Seconds between two refreshes of a columnar copy."""
    return 60.0 * assumption("analytics.refresh").value


def refreshed() -> str:
    """How often a copy is refreshed, for a sentence."""
    every_s = refresh_s()
    return "every hour" if every_s == 3600.0 else f"every {known.duration(every_s)}"


def reports() -> float:
    """Whole-table questions for each refresh that are still reports."""
    return assumption("analytics.reports_per_refresh").value


def pace(case: Case) -> str:
    """How often whole-table questions are asked, for a sentence; empty when nobody said."""
    asked = per_s(case)
    if asked is None:
        return ""
    for unit, seconds in (("second", 1.0), ("minute", 60.0), ("hour", 3600.0), ("day", 86400.0)):
        if asked * seconds >= 1.0:
            return f"{known.number(asked * seconds)} {'an' if unit == 'hour' else 'a'} {unit}"
    return f"{known.number(asked * 30 * 86400.0)} a month"


def asked(case: Case) -> str:
    """What the questions are, for a sentence."""
    plain = known.kinds(case) & ANALYTIC_KINDS <= {"scan", "aggregate"}
    return "scans and aggregates" if plain else "analytic questions"


def why_apart(case: Case) -> str:
    """Why a copy may answer, as the end of a sentence without its full stop."""
    often = refreshed()
    if case.workload.needs.replica_lag_s is not None:
        return f"Their answers may be as old as a copy that is refreshed {often}"
    return f"That is seldom enough for a copy that is refreshed {often}"


def why_served(case: Case) -> str:
    """Why no copy may answer, as the beginning of a sentence."""
    often = refreshed()
    if case.workload.needs.replica_lag_s is not None:
        return f"A copy that is refreshed {often} is older than needs.replica_lag allows"
    if not pace(case):
        return f"Nobody said how often, so a copy that is refreshed {often} is not assumed"
    return (
        f"More than {known.number(reports())} questions for each refresh of a copy "
        f"({often}) are no reports"
    )
