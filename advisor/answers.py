"""The answers for every shipped workload, to see whether new facts change one.

Facts are read once in a process, so the answers before and after a refresh come from processes of
their own: `python -m advisor.answers` prints them as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

from msgspec import Struct

from workloads.errors import PlaceError

_TIMEOUT_S = 300.0


class Answer(Struct, frozen=True, kw_only=True):
    """What is advised for a workload: service, option in words, USD a month (None: unknown)."""

    service: str
    option: str
    usd: float | None


def now(names: Sequence[str] = ()) -> dict[str, Answer]:
    """The answers of this process, by workload; all shipped ones where none is named."""
    from advisor.explain import option_words
    from advisor.measured import measure
    from advisor.variations import Variations
    from workloads import catalogue, spec

    measured = measure([])
    found: dict[str, Answer] = {}
    for name in names or catalogue.names():
        workload = spec.load(name)
        judged = Variations(workload=workload, measured=measured, region=None).judge(workload)
        plan = judged.plan
        found[name] = Answer(
            service=judged.service,
            option="" if plan is None else option_words(plan.option),
            usd=None if plan is None else plan.usd,
        )
    return found


def afresh() -> dict[str, Answer]:
    """The answers of a new process, which reads the facts as they are now. Raises PlaceError."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "advisor.answers"],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=True,
        )
        return {name: Answer(**answer) for name, answer in json.loads(done.stdout).items()}
    except (OSError, ValueError, TypeError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        raise PlaceError(
            f"the answers for the shipped workloads could not be worked out: {said[-1] if said else ''}",
            hint="`advisor recommend book-store` shows why",
        ) from error


def differences(before: Mapping[str, Answer], after: Mapping[str, Answer]) -> list[str]:
    """Workloads whose service or option is another one, in words."""
    lines = []
    for name, was in before.items():
        here = after.get(name)
        if here is None or (here.service, here.option) == (was.service, was.option):
            continue
        lines.append(f"{name}: {_words(was)} -> {_words(here)}")
    return lines


def _words(answer: Answer) -> str:
    usd = "cost unknown" if answer.usd is None else f"{answer.usd:,.2f} USD"
    return f"{answer.service}, {answer.option}, {usd}" if answer.option else answer.service


def main() -> None:
    """Print the answers of this process."""
    from msgspec.structs import asdict

    answers = {name: asdict(answer) for name, answer in now().items()}
    sys.stdout.write(json.dumps(answers) + "\n")


if __name__ == "__main__":
    main()
