"""What a run intends, written before its first trial, so that it can be resumed and judged."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import msgspec

from results.lines import NOT_DECODED
from results.record import Environment, NameValue, WorkloadRef
from results.runs import MANIFEST_FILE
from workloads.errors import InputError

MANIFEST_SCHEMA = 1
# The load of a procedure.
NO_LOAD = "none"

# In an address everything up to the last @, as a password may hold any sign; after `password=` a
# quoted text or the rest of the word, up to the next parameter of an address.
_PASSWORD = re.compile(
    r"(://[^:/@]*):.*@|(password=)(?:'(?:[^'\\]|\\.)*'|[^\s&]+)", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrial:
    """One trial to come. `number` makes its record's id; `workload` is a digest in the plan.

    `target` and `load` are in the form of the command line, without passwords. `variant` as in
    the trial of a record: set on the second side of an interleaved comparison; `axis` and `varied`
    too. `options` are the engine's, as `KEY=VALUE`, beyond those of the command line.
    """

    number: int
    workload: str
    target: str
    phase: str
    load: str
    repetition: int
    planned_duration_s: float
    variant: str | None = None
    axis: str | None = None
    varied: tuple[NameValue, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def procedure(self) -> tuple[str, str] | None:
        """Name and way of a procedure; None: a trial under load."""
        if self.load != NO_LOAD:
            return None
        name, _, way = self.phase.partition(":")
        return name, way


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What was asked for and where. `trials` may grow later in searches; records tell all."""

    command: tuple[str, ...]
    workloads: tuple[WorkloadRef, ...]
    trials: tuple[PlannedTrial, ...]
    environment: Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The run.json of a run. `created_at` is ISO 8601 in UTC."""

    schema: int
    run: str
    created_at: str
    plan: RunPlan


def encode(manifest: Manifest) -> bytes:
    """Readable JSON with a final newline."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"


def read(path: Path) -> Manifest:
    """The manifest at `path`; InputError when it is missing, damaged or of a newer version."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read: {error.strerror or error}",
            hint="name the directory of one run, the one that holds run.json",
        ) from error
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except NOT_DECODED as error:
        raise InputError(f"{path}: this is not the manifest of a run: {error}") from error
    if manifest.schema > MANIFEST_SCHEMA:
        raise InputError(
            f"{path}: the manifest is of version {manifest.schema}; "
            f"this storefit reads up to {MANIFEST_SCHEMA}",
            hint="update storefit",
        )
    return manifest


def asked(run: Path) -> str | None:
    """The command that made a run, without passwords; None where its manifest is not to be had."""
    try:
        command = read(run / MANIFEST_FILE).plan.command
    except InputError:
        return None
    return shlex.join(without_passwords(command))


def without_passwords(words: tuple[str, ...]) -> tuple[str, ...]:
    """Command-line words with passwords of URLs and connection strings blotted out."""
    return tuple(
        _PASSWORD.sub(lambda m: f"{m[1]}:***@" if m[1] is not None else f"{m[2]}***", word)
        for word in words
    )
