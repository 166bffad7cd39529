"""`bench workloads`: the built-in workloads, what else loads as one, and the datasets."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import click


@dataclass(frozen=True, slots=True)
class Line:
    """One built-in workload."""

    name: str
    description: str
    dataset: str
    records: int | None
    record_size_bytes: float | None
    operations: dict[str, float]


def lines() -> list[Line]:
    """Every built-in workload; operations as shares of the mix."""
    from workloads import catalogue, datasets, spec

    found = []
    for workload in map(spec.load, catalogue.names()):
        kinds = dict.fromkeys(operation.kind for operation in workload.operations)
        found.append(
            Line(
                name=workload.name,
                description=workload.description,
                dataset=workload.data.dataset or datasets.DEFAULT,
                records=workload.data.records,
                record_size_bytes=workload.data.record_size_bytes,
                operations={kind: workload.share(kind) for kind in kinds},
            )
        )
    return found


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(as_json: bool) -> None:
    """List the built-in workloads, the foreign files that load as one, and the datasets."""
    from workloads import datasets, importers

    found = lines()
    if as_json:
        shown = {
            "schema": 1,
            "workloads": [asdict(line) for line in found],
            "datasets": [
                {"name": name, "description": datasets.get(name).description}
                for name in datasets.names()
            ],
            "importable": [
                {"name": each.name, "description": each.description}
                for each in importers.importers()
            ],
        }
        click.echo(json.dumps(shown, indent=2))
        return
    for line in found:
        mix = ", ".join(f"{share:.3g} {kind}" for kind, share in line.operations.items())
        click.echo(f"{line.name}: {line.description}")
        size = f" x {line.record_size_bytes:,.0f} B" if line.record_size_bytes else ""
        click.echo(f"  {line.dataset}, {line.records or 0:,} records{size}; {mix}")
    click.echo("files that load as a workload:")
    click.echo("  FILE.yaml: storefit's own form")
    for each in importers.importers():
        click.echo(f"  {each.name}: {each.description}")
    click.echo("datasets:")
    for name in datasets.names():
        click.echo(f"  {name}: {datasets.get(name).description}")
