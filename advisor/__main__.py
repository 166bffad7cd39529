"""The `advisor` command: from records and facts to a recommendation."""

from __future__ import annotations

import sys

import click

from workloads.command import LazyGroup, run

COMMANDS = {
    "recommend": ("recommend", "Say which service fits a workload, at what cost, and why."),
    "explain": ("explain", "Walk a figure of a recommendation down to records and facts."),
    "rules": ("rules", "List the rules with their sources."),
    "facts": ("facts", "List and search prices, limits and features."),
    "machine": ("machine", "Say what a calibrated machine is in instance classes."),
    "replay": ("replay", "Replay a year of traffic, minute by minute, through every plan."),
    "backtest": ("backtest", "Hold the tool to published results of real RDS instances."),
    "check": ("check", "Fail when a workload's recommendation is not the expected one."),
}


@click.group(cls=LazyGroup, package="advisor.commands", table=COMMANDS)
@click.version_option(package_name="storefit", prog_name="advisor")
def group() -> None:
    """Map measurements to Amazon RDS, DynamoDB, Aurora Serverless or a database on EC2."""


def main() -> None:
    run(group, sys.argv[1:])


if __name__ == "__main__":
    main()
