"""What a person asked for, as values; the words of a command line and back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import engines, procedures, suites
from bench.cluster import where
from bench.emulation import wanted
from bench.engines.seam import Durability
from bench.runner import interleave, quests
from bench.suites import Pace, Suite
from bench.targets.limits import Limits, limits_of
from workloads import catalogue
from workloads.errors import InputError
from workloads.spec.faults import nearest, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The arguments of `bench run`. None: not asked for, the suite's or the default's."""

    names: tuple[str, ...]
    engines: tuple[str, ...] = ()
    load: str | None = None
    quick: bool = False
    repeat: int | None = None
    duration_s: float | None = None
    precision: float | None = None
    scale: float | None = None
    durability: Durability = "full"
    emulate: str | None = None
    seed: int = 1
    allow_writes: bool = False
    options: tuple[str, ...] = ()
    versus: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    cluster: str | None = None
    shape: str | None = None
    cpus: float | None = None
    memory_bytes: int | None = None

    def limits(self) -> Limits | None:
        """What was asked for that engines may use; None: nothing. InputError when it cannot be meant."""
        return limits_of(self.shape, self.cpus, self.memory_bytes)

    def options_of(self, engine: str) -> dict[str, str]:
        """The options `KEY=VALUE` and `ENGINE.KEY=VALUE` that concern an engine."""
        found = {}
        for text in self.options:
            key, _, value = text.partition("=")
            owner, dot, rest = key.partition(".")
            if dot and owner in engines.names(hidden=True):
                if owner == engine:
                    found[rest] = value
            else:
                found[key] = value
        return found

    def owners_of_options(self) -> tuple[str, ...]:
        """The engines whose own options `ENGINE.KEY=VALUE` are given."""
        owners = [text.partition("=")[0].partition(".") for text in self.options]
        known = engines.names(hidden=True)
        return tuple(dict.fromkeys(owner for owner, dot, _ in owners if dot and owner in known))

    def suite(self) -> Suite:
        """The suite that decides on engines and pace: the named one, else the standard.

        With `--quick` what that suite says of it, else with the pace of the suite `quick`.
        """
        named = [name for name in self.names if is_suite(name)]
        if not named:
            return suites.get(suites.QUICK if self.quick else suites.STANDARD)
        suite = suites.get(named[0])
        if not self.quick:
            return suite
        quick = suites.get(suites.QUICK)
        return suite.quick or replace(suite, name=quick.name, places=quick.places, pace=quick.pace)

    def with_options(self, options: tuple[str, ...]) -> Request:
        """With further options of the engine, which go before those given already."""
        return replace(self, options=(*self.options, *options))

    def pace(self) -> Pace:
        """How much and how long: of the suite, of `--quick`, and what was asked for itself."""
        pace = self.suite().pace
        if self.versus:
            # both windows of a pair are equally long
            repetitions = max(pace.repetitions, interleave.PAIRS)
            pace = replace(pace, repetitions=repetitions, precision=None)
        if quests.is_quest(self.load):
            # its answer has an interval of its own
            pace = replace(pace, repetitions=1)
        if self.repeat is not None:
            pace = replace(pace, repetitions=self.repeat)
        if self.duration_s is not None:
            pace = replace(pace, duration_s=self.duration_s, alone_s=self.duration_s)
            # who names a length means it
            pace = replace(pace, precision=None, longest_s=None, budget_s=None, search_s=None)
            # a longer window is worth a longer warm-up, a shorter one cannot wait for it
            longest = max(pace.warmup_min_s, min(pace.warmup_max_s, 2 * self.duration_s))
            pace = replace(pace, warmup_max_s=longest)
        if self.precision is not None:
            pace = replace(pace, precision=self.precision)
        return pace

    def words(self) -> tuple[str, ...]:
        """The command line that asks for this."""
        words = ["run", *self.names]
        for target in self.engines:
            words += ["--engine", target]
        for setting in self.options:
            words += ["--option", setting]
        for difference in self.versus:
            words += ["--versus", difference]
        for procedure in self.procedures:
            words += ["--procedure", procedure]
        for option, value in (
            ("--load", self.load),
            ("--repeat", self.repeat),
            ("--duration", None if self.duration_s is None else f"{self.duration_s!r} s"),
            ("--precision", self.precision),
            ("--scale", self.scale),
            ("--emulate", self.emulate),
            ("--cluster", self.cluster),
            ("--shape", self.shape),
            ("--cpus", None if self.cpus is None else f"{self.cpus:g}"),
            ("--memory", None if self.memory_bytes is None else f"{self.memory_bytes} B"),
            ("--durability", None if self.durability == "full" else self.durability),
            ("--seed", None if self.seed == 1 else self.seed),
        ):
            if value is not None:
                words += [option, str(value)]
        words += ["--quick"] * self.quick + ["--allow-writes"] * self.allow_writes
        return tuple(words)


def is_suite(name: str) -> bool:
    """Whether a name on the command line is a suite; a built-in workload goes first."""
    return suites.is_suite(name) and name not in catalogue.names()


def check(request: Request) -> None:
    """InputError for what cannot be meant."""
    if not request.names:
        raise InputError(
            "no workload or suite is named",
            hint=f"workloads: {', '.join(catalogue.names())}; suites: {', '.join(suites.names())}",
        )
    _check_names(request.names)
    if sum(map(is_suite, request.names)) > 1:
        raise InputError(
            "two suites in one run would need two paces",
            hint="run one after the other, with the same --results",
        )
    for text in request.options:
        if not text.partition("=")[0] or "=" not in text:
            raise InputError(
                f"--option {text}: this is not KEY=VALUE",
                hint="write --option KEY=VALUE or --option ENGINE.KEY=VALUE",
            )
    for text in request.procedures:
        procedures.asked(text)
    interleave.check(request)
    request.limits()
    if request.emulate is not None:
        wanted.parse(request.emulate)
    if request.cluster is not None:
        where.parse(request.cluster)
    if request.repeat is not None and not 1 <= request.repeat <= 1_000:
        raise InputError(f"--repeat {request.repeat}: 1 to 1000 repetitions are possible")
    if request.duration_s is not None and not 0.1 <= request.duration_s <= 86_400:
        raise InputError(
            f"--duration {request.duration_s:g} s: a window takes 0.1 s to a day",
            hint="write for instance --duration 10s",
        )
    _check_precision(request)
    if request.scale is not None and not 1e-9 <= request.scale <= 1e6:
        raise InputError(
            f"--scale {request.scale:g}: the factor on the declared records is 1e-9 to 1e6",
            hint="--scale 0.1 loads a tenth of the declared records",
        )


def _check_names(names: Sequence[str]) -> None:
    """InputError for what is no file and stands for nothing, with the nearest of all names."""
    workloads = catalogue.names()
    for name in names:
        if name in workloads or suites.is_suite(name) or "\0" in name or os.path.lexists(name):
            continue
        near = nearest(Path(name).stem, (*workloads, *suites.names()))
        raise InputError(
            f"there is no workload or suite {shown(name)}",
            hint=f"{f'did you mean {shown(near)}? ' if near else ''}give the path of a file, or one of "
            f"workloads: {', '.join(workloads)}; suites: {', '.join(suites.names())}",
        )


def _check_precision(request: Request) -> None:
    if request.precision is None:
        return
    if not 0.001 <= request.precision <= 0.5:
        raise InputError(
            f"--precision {100 * request.precision:g}%: 0.1% to 50% of the throughput are possible",
            hint="write for instance --precision 3%",
        )
    if request.versus:
        raise InputError(
            "--precision does not go with --versus: both windows of a pair are equally long",
            hint="give more pairs with --repeat, or longer ones with --duration",
        )
    if quests.is_quest(request.load):
        raise InputError(
            "--precision does not go with a search or a curve, whose answer has its own interval",
            hint="leave it out",
        )
