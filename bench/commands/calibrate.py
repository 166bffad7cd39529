"""`bench calibrate`: what this machine is worth, so that its records can be carried elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import click

from bench.commands.run import RESULTS
from workloads.command import PlacePath


@click.command()
@click.option(
    "--results",
    type=PlacePath(),
    default=Path(RESULTS),
    show_default=True,
    metavar="DIR",
    help="Where the calibration is kept, beside the runs of this machine; flushes are measured there.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.02, max=60.0),
    default=0.6,
    show_default=True,
    help="Of each of the kernels, on one processor and on all.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(results: Path, seconds: float, as_json: bool) -> None:
    """Measure one processor and all, memory, flushes and the loopback; keep them in DIR.

    `advisor recommend --results DIR` then takes the speed of this machine from it, and
    `advisor machine --results DIR` says what it is in instance classes.
    """
    import msgspec

    from bench.calibration import calibrate
    from results import calibration
    from workloads.errors import PlaceError

    try:
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PlaceError(f"{results}: {error.strerror}") from error
    click.echo(f"calibrating, about {11 * seconds:.0f} s", err=True)
    found = calibrate(results, seconds=seconds)
    path = calibration.write(found, results)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(found), indent=2))
        return
    machine = found.environment
    click.echo(f"{machine.cpus} x {machine.cpu_model} ({machine.cpu_family}), {found.made_at}")
    for figure in found.figures:
        click.echo(
            f"  {figure.name:<16} {_shown(figure.best, figure.unit):>12} best, "
            f"{_shown(figure.p50, figure.unit):>12} median of {figure.n:,}"
        )
    share = found.all_core_share()
    if share is None:
        click.echo(
            f"  other programs left {100 * found.free_share:.0f} % of the processors: what all give "
            "together is not taken from this"
        )
    else:
        click.echo(f"  all together: {100 * share:.0f} % of one alone, each")
    click.echo(f"calibration: {path}")
    click.echo(f"next: advisor machine --results {results}")


def _shown(value: float, unit: str) -> str:
    if unit == "s":
        return f"{1e6 * value:,.1f} µs"
    if unit == "B/s":
        return f"{value / 1e9:,.2f} GB/s"
    return f"{value:,.4g} {'' if unit == '1/s' else unit}{'/s' if unit == '1/s' else ''}"
