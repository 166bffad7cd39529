"""`advisor check`: fail when the answer for a workload is not the expected one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import click

from advisor import saved
from advisor.commands.inputs import (
    Percent,
    evidence,
    read_workload,
    results_option,
    set_option,
    weighed,
    without_collection,
)
from workloads.errors import CheckFailed, InputError


@click.command()
@click.argument("workload")
@click.option("--expect", required=True, metavar="SERVICE", help="The service, or `none`.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A saved recommendation of the same workload; fails when service or cost moved from it.",
)
@click.option(
    "--tolerance",
    type=Percent(),
    default=10.0,
    show_default=True,
    metavar="PERCENT",
    help="By how much the cost may differ from the baseline's, either way.",
)
@set_option
@results_option
@click.option("--region", metavar="R", help="Region to price in, before the workload's own.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    workload: str,
    expect: str,
    baseline: Path | None,
    tolerance: float,
    settings: tuple[str, ...],
    results: tuple[Path, ...],
    region: str | None,
    as_json: bool,
) -> None:
    """Exit with 1 when the recommendation for WORKLOAD is not SERVICE, or left the baseline.

    A baseline of another workload is no baseline: that is exit code 2.
    """
    _known(expect)
    before = None if baseline is None else _baseline(saved.load(baseline), baseline)
    with without_collection():
        from advisor import decision

        declared = read_workload(workload, settings)
        if before is not None:
            _same_workload(before, declared.name, baseline)
        recommendation = decision.recommend(
            declared, weighed(evidence(results, declared), results), region=region
        )
    usd = recommendation.plan.usd if recommendation.plan is not None else None
    faults = []
    if recommendation.service != expect:
        faults.append(f"expected {expect}, the recommendation is {recommendation.service}")
    if before is not None:
        faults += _moved(before, recommendation.service, usd, tolerance)
    document = {
        "schema": 1,
        "workload": recommendation.workload,
        "expected": expect,
        "service": recommendation.service,
        "ok": not faults,
        "faults": faults,
        "usd": usd,
        "baseline": None if before is None else {"service": before.service, "usd": before.usd},
    }
    if as_json:
        click.echo(json.dumps(document, indent=2))
    else:
        click.echo(f"{recommendation.workload}: {recommendation.service}{_change(usd, before)}")
    if faults:
        raise CheckFailed(
            f"{recommendation.workload}: {'; '.join(faults)}",
            hint=f"`advisor recommend {workload}` says why",
        )


def _known(expect: str) -> None:
    from advisor.model import SERVICES

    allowed = (*SERVICES, "none")
    if expect not in allowed:
        raise InputError(
            f"--expect {expect}: there is no such service", hint=f"one of {', '.join(allowed)}"
        )


class Baseline(NamedTuple):
    """What a saved recommendation says: `usd` a month, None for an unknown cost."""

    workload: str
    service: str
    usd: float | None


def _baseline(document: object, path: Path) -> Baseline:
    try:
        assert isinstance(document, dict)
        cost = document["monthly_cost_usd"]
        return Baseline(
            workload=str(document["workload"]),
            service=str(document["service"]),
            usd=None if cost is None else cost["expected"],
        )
    except (AssertionError, KeyError, TypeError) as error:
        raise InputError(
            f"{path}: this is no saved recommendation",
            hint="save one with `advisor recommend WORKLOAD --save FILE`",
        ) from error


def _same_workload(before: Baseline, name: str, path: Path | None) -> None:
    if before.workload != name:
        raise InputError(
            f"{path}: this is a baseline of workload {before.workload}, not of {name}",
            hint=f"save one with `advisor recommend {name} --save FILE`",
        )


def _moved(
    before: Baseline, service: str, usd: float | None, tolerance_percent: float
) -> list[str]:
    """How the answer moved from the baseline: another service, a cost beyond the tolerance."""
    faults = []
    if service != before.service:
        faults.append(f"the baseline was {before.service}, now it is {service}")
    if (usd is None) != (before.usd is None):
        faults.append(f"the baseline cost {_words(before.usd)}, now {_words(usd)}")
    elif usd is not None and before.usd is not None:
        change = 100.0 * (usd - before.usd) / before.usd if before.usd else 100.0 * (usd > 0)
        if abs(change) > tolerance_percent:
            faults.append(
                f"the cost changed by {change:+.0f} %, from {_words(before.usd)} to "
                f"{_words(usd)}; {tolerance_percent:g} % is allowed"
            )
    return faults


def _change(usd: float | None, before: Baseline | None) -> str:
    if before is None:
        return f", {_words(usd)}"
    return f", {_words(usd)} (baseline: {before.service}, {_words(before.usd)})"


def _words(usd: float | None) -> str:
    return "cost unknown" if usd is None else f"{usd:,.2f} USD a month"
