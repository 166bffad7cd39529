"""`advisor machine`: what a calibrated machine is in instance classes."""

from __future__ import annotations

import json
from pathlib import Path

import click
from msgspec.structs import asdict

from workloads.command import PlacePath
from workloads.errors import InputError

SHOWN = 12


@click.command()
@click.option(
    "--results",
    type=PlacePath(),
    default=Path("storefit-results"),
    show_default=True,
    metavar="DIR",
    help="Where `bench calibrate --results DIR` kept the calibration; its file does, too.",
)
@click.option("--region", default="us-east-1", show_default=True, metavar="R")
@click.option("--all", "every", is_flag=True, help="List every class, not the nearest ones.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(results: Path, region: str, every: bool, as_json: bool) -> None:
    """Say what this machine is worth in instance classes, each with its range."""
    from advisor import facts, machine
    from results import calibration

    if region not in facts.REGIONS:
        raise InputError(
            f"there are no prices for region '{region}'", hint=f"known: {', '.join(facts.REGIONS)}"
        )
    path = results / calibration.FILE if results.is_dir() else results
    found = calibration.read(path)
    mapped = machine.mapped(found, region=region)
    waits = machine.waits(found)
    if as_json:
        document = {
            "schema": 1,
            "made_at": found.made_at,
            "core": asdict(mapped.core),
            "cores": mapped.cores,
            "classes": [asdict(like) for like in mapped.classes],
            "waits": [{"what": w, "here_s": here, "there_s": there} for w, here, there in waits],
        }
        click.echo(json.dumps(document, indent=2))
        return
    core = mapped.core
    click.echo(
        f"{found.environment.cpus} x {core.label}\n"
        f"one core {core.value:.2f} ({core.low:.2f} to {core.high:.2f}) and all "
        f"{mapped.cores[1]:.2f} ({mapped.cores[0]:.2f} to {mapped.cores[2]:.2f}) reference cores "
        "(m5 = 1)"
    )
    click.echo(f"{'class':<16}{'vCPU':>5}  {'one core, x this':<24}{'all cores, x this':<24}")
    for like in mapped.classes if every else mapped.classes[:SHOWN]:
        click.echo(f"{like.name:<16}{like.vcpu:>5g}  {_ends(like.single):<24}{_ends(like.all):<24}")
    for what, here, there in waits:
        click.echo(f"{what}: {1e3 * here:.3g} ms here, {1e3 * there:.3g} ms there")
    memory = found.figure("memory.single")
    if memory is not None:
        click.echo(
            f"memory: {memory.best / 1e9:.3g} GB/s copied by one thread; of classes none is published"
        )


def _ends(values: tuple[float, float, float]) -> str:
    return f"{values[1]:.2f} ({values[0]:.2f} to {values[2]:.2f})"
