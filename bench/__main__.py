"""The `bench` command: run workloads on real engines and look at what was found."""

from __future__ import annotations

import sys

import click

from bench.targets.title import hide_passwords
from workloads.command import LazyGroup, run

COMMANDS = {
    "run": ("run", "Measure workloads on engines and keep the records."),
    "resume": ("resume", "Go on with an interrupted run."),
    "show": ("show", "Print the records of a run."),
    "compare": ("compare", "Say which figures of two runs, or of two sides of one, differ."),
    "report": ("report", "Write an HTML page of one or more runs."),
    "engines": ("engines", "Say which engines can run here."),
    "workloads": ("workloads", "List the built-in workloads, importable files and datasets."),
    "suites": ("suites", "List the suites."),
    "calibrate": ("calibrate", "Measure what this machine is worth, for its records' sake."),
    "doctor": ("doctor", "Check this machine for what storefit needs."),
}


@click.group(cls=LazyGroup, package="bench.commands", table=COMMANDS)
@click.version_option(package_name="storefit", prog_name="bench")
def group() -> None:
    """Run a workload on real engines; record what each operation costs them."""


def main() -> None:
    hide_passwords()
    run(group, sys.argv[1:])


if __name__ == "__main__":
    main()
