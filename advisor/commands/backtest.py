"""`advisor backtest`: the tool held to published results of real managed databases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.commands.inputs import Percent
from workloads.command import PlacePath
from workloads.errors import CheckFailed

if TYPE_CHECKING:
    from advisor.backtest.prediction import Backtest, Point


@click.command()
@click.option(
    "--results",
    multiple=True,
    type=PlacePath(),
    metavar="DIR",
    help="Records of the benchmarks' workloads to predict from, before the shipped ones.",
)
@click.option(
    "--fail-above",
    type=Percent(),
    metavar="PERCENT",
    help="Exit with 1 when the median error is larger.",
)
@click.option("--markdown", is_flag=True, help="Print the table of docs/explanation/backtest.md.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    results: tuple[Path, ...], fail_above: float | None, markdown: bool, as_json: bool
) -> None:
    """Predict published throughputs of RDS instances; print predicted, actual and error."""
    from advisor.backtest import page, prediction
    from results import reader

    found = prediction.run(reader.read(*results) if results else None)
    if as_json:
        click.echo(json.dumps(document(found), indent=2, ensure_ascii=False))
    elif markdown:
        click.echo(page.tables(found), nl=False)
    else:
        click.echo(page.text(found), nl=False)
    if fail_above is not None and 100 * found.median_error > fail_above:
        raise CheckFailed(
            f"median error {100 * found.median_error:.1f} %, above {fail_above:g} %",
            hint="more, and steadier, records of the benchmarks' workloads narrow it",
        )


def document(found: Backtest) -> dict[str, Any]:
    """The back-test as plain JSON, schema 1."""
    right, of = found.bottlenecks
    return {
        "schema": 1,
        "points": len(found.points),
        "median_error": found.median_error,
        "bias": found.bias,
        "bottlenecks_right": right,
        "bottlenecks_known": of,
        "refused": list(found.refused),
        "cases": [
            {
                "case": case.case,
                "median_error": case.median_error,
                "bottleneck": {"predicted": case.named, "actual": case.actual},
                "points": [_point(point) for point in case.points],
            }
            for case in found.cases
        ],
    }


def _point(point: Point) -> dict[str, Any]:
    published, predicted = point.published, point.predicted
    return {
        "instance_class": published.instance_class,
        "benchmark": published.benchmark,
        "scale": published.scale,
        "clients": published.clients,
        "predicted_per_s": predicted.per_s,
        "low_per_s": point.low_per_s,
        "high_per_s": point.high_per_s,
        "actual_per_s": published.throughput_per_s,
        "error": point.error,
        "cpu_busy": {"predicted": predicted.busy, "actual": published.cpu_utilisation},
        "utilisation": [
            {"resource": u.resource, "used": u.used, "ceiling": u.ceiling, "unit": u.unit}
            for u in predicted.uses
        ],
        "bottleneck": predicted.bottleneck,
        "basis": point.basis,
        "source": published.source,
    }
