"""Errors that a person can act on.

    StorefitError            root; `main` prints message and hint, exits with exit_code
    ├── InputError           exit 2: a file, an option or a value is wrong
    │   └── WorkloadFaults   exit 2: several faults of one workload file, all reported at once
    ├── PlaceError           exit 3: the environment lacks something (a port, a binary, memory, disk)
    └── CheckFailed          exit 1: everything worked and the answer is "no"

`Remark` is the warning for what a person should know and nothing fails for: `main` prints it, a
program that imports storefit gets a Python warning.

Foreign errors are translated `from` their cause at the edge where they appear.
"""

from __future__ import annotations


class StorefitError(Exception):
    """Root of all errors meant for a person.

    `message` says what is wrong and where; `hint` says how to mend it.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class CheckFailed(StorefitError):
    """A check ran to its end and its answer is no."""

    exit_code = 1


class InputError(StorefitError):
    """Text, a file or an option from outside is wrong."""

    exit_code = 2


class WorkloadFaults(InputError):
    """All faults of one workload file; each fault is one line that names file, line and key."""

    def __init__(self, faults: tuple[str, ...], *, hint: str = "") -> None:
        super().__init__("\n".join(faults), hint=hint)
        self.faults = faults


class PlaceError(StorefitError):
    """The machine lacks something that was asked for."""

    exit_code = 3


class Remark(UserWarning):
    """Something was left out or taken otherwise than asked; the rest stands."""
