"""How long a run will take: guessed before, and better the more of it has been seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.environment import environment
from bench.runner import plan
from bench.runner.blank import Laboratory
from bench.runner.forecast import Forecast, of_run, rough
from bench.runner.request import Request


def forecast(*names: str, **asked: object) -> tuple[Forecast, plan.Plan]:
    request = Request(names=names, engines=("noop",), **asked)  # type: ignore[arg-type]
    made = plan.make(request, cpus=2)
    laboratory = Laboratory(
        run="run",
        request=request,
        pace=request.pace(),
        suite=None,
        environment=environment(Path(__file__).parent, score_s=0.01),
    )
    assert Forecast(made, laboratory).left_s(made.trials) == of_run(made, laboratory, made.trials)
    return Forecast(made, laboratory), made


def test_a_suite_that_does_more_takes_longer_and_the_windows_are_in_it() -> None:
    small, few = forecast("book-store", repeat=1)
    large, many = forecast("book-store", repeat=3)
    windows_s = sum(t.planned_duration_s for t in many.trials)
    assert large.left_s(many.trials) > windows_s
    assert large.left_s(many.trials) > small.left_s(few.trials)
    assert large.left_s(many.trials[3:]) < large.left_s(many.trials)
    assert large.left_s(many.trials, opened=1) < large.left_s(many.trials)
    assert large.left_s(()) == 0.0


def test_what_was_seen_goes_before_what_was_guessed() -> None:
    seen, made = forecast("book-store", repeat=3)
    first = made.trials[0]
    guessed_s = seen.left_s(made.trials, opened=1)
    seen.took(first, seen.left_s((first,), opened=1) * 2, opening_s=0.0)
    assert seen.left_s(made.trials, opened=1) == pytest.approx(2 * guessed_s)
    before_s = seen.left_s(made.trials)
    seen.took(first, 1_010.0, opening_s=1_000.0)
    assert seen.left_s(made.trials) > before_s


def test_searches_and_procedures_have_a_time_too() -> None:
    seen, made = forecast("book-store", load="search", procedures=("load",))
    kinds = {trial.load for trial in made.trials}
    assert kinds == {"search", "none"}
    assert seen.left_s(made.trials) > 60
    for trial in made.trials:
        seen.took(trial, 1.0, opening_s=0.0)
    assert seen.left_s(made.trials, opened=1) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1.0, "5 s"), (52.0, "50 s"), (61.0, "1 min"), (3_500.0, "58 min"), (3_660.0, "1 h")],
)
def test_times_are_said_roughly(seconds: float, said: str) -> None:
    assert rough(seconds) == said
