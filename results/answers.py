"""What searches and load curves of a run found: `answers.json` beside its records.

One trial leaves one record. A planned search or curve is answered by several trials, whose records
are `RUN.NNN.01`, `RUN.NNN.02`, …, and by one answer here that names them. The file is written
when the trial has its answer; a trial without one is done again by `bench resume`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from results.lines import NOT_DECODED
from workloads.errors import InputError

ANSWERS_SCHEMA = 1
ANSWERS_FILE = "answers.json"

Verdict = Literal["holds", "fails", "undecided", "client-limited", "error"]
LimitedBy = Literal["engine", "client", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LateShare:
    """Of the answers that an objective concerns, how many were late, and which share may be.

    effective   independent answers that tell as much (late answers come in bursts)
    """

    objective: str
    answers: int
    late: int
    allowed: float
    effective: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One trial on the way. `purpose`: `capacity` (a first estimate), `probe`, `confirm`, `level`,
    `one client`, `planned`.

    rate_per_s   offered; None in closed load
    mean_s, p99_s   of response time, over all operations; of service time in closed load
    verdict      None where no objective was asked
    """

    record: str
    purpose: str
    load: str
    rate_per_s: float | None
    clients: int
    throughput_per_s: float
    mean_s: float | None
    p99_s: float | None
    verdict: Verdict | None
    why: str
    shares: tuple[LateShare, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one planned trial.

    search: the largest rate that meets the objectives lies between `low_per_s`, the largest shown
    to hold, and `high_per_s`, the smallest shown to fail. curve: the knee lies between these
    offered rates (closed load: throughputs; `knee_clients` is the number of clients there).
    planned: `expected_per_s` is the share of the largest rate that was asked for.
    None: not shown.

    limited_by   what made higher loads fail: at `client` nothing is known of the engine above
    confirmed    whether both ends of a search were probed twice without contradiction
    text         the answer as a sentence; `method`: how it was found
    """

    trial: int
    kind: Literal["search", "curve", "planned"]
    load: str
    workload: str
    target: str
    repetition: int
    objectives: tuple[str, ...]
    low_per_s: float | None
    expected_per_s: float | None
    high_per_s: float | None
    knee_clients: int | None
    limited_by: LimitedBy
    confirmed: bool
    seconds: float
    text: str
    method: str
    points: tuple[Point, ...]
    variant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The whole file."""

    schema: int
    answers: tuple[Answer, ...]


def encode(answers: tuple[Answer, ...]) -> bytes:
    """Readable JSON with a final newline."""
    whole = Answers(schema=ANSWERS_SCHEMA, answers=answers)
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def read(run: str | Path) -> tuple[Answer, ...]:
    """The answers of a run's directory, in the order of its trials; none when it has no file.

    InputError when the file is damaged or of a newer version.
    """
    path = Path(run) / ANSWERS_FILE
    if not path.is_file():
        return ()
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Answers)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    except NOT_DECODED as error:
        raise InputError(f"{path}: these are not the answers of a run: {error}") from error
    if found.schema > ANSWERS_SCHEMA:
        raise InputError(
            f"{path}: the answers are of version {found.schema}; "
            f"this storefit reads up to {ANSWERS_SCHEMA}",
            hint="update storefit",
        )
    return tuple(sorted(found.answers, key=lambda answer: answer.trial))


def answers_below(path: str | Path) -> tuple[Answer, ...]:
    """The answers of a run, or of all runs right below a directory; of a file none."""
    here = Path(path)
    if not here.is_dir():
        return ()
    below = sorted(each.parent for each in here.glob(f"*/{ANSWERS_FILE}"))
    return tuple(answer for run in (here, *below) for answer in read(run))
