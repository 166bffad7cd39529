"""The idle baseline, and what grew between two readings as far as it can be believed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bench.driver.conduct import Reading
from bench.engines.seam import Counters
from bench.runner import growth
from bench.runner.baseline import baseline
from bench.runner.growth import TICK_S
from bench.runner.summary import Rates

SECOND = 1_000_000_000


def found(used_ticks: Sequence[int], *, log: Sequence[int] = (0,) * 9) -> tuple[Rates, int]:
    """The baseline of an engine that uses so many ticks and log bytes in each sample; samples."""
    at, cpu, written = [0], [0], [0]

    def reading() -> Reading:
        return Reading(at[0] * SECOND, Counters(cpu_s=cpu[0] * TICK_S, log_bytes=written[0]))

    def sleep(seconds: float) -> None:
        assert seconds == 1.0
        cpu[0] += used_ticks[at[0]]
        written[0] += log[at[0]]
        at[0] += 1

    return baseline(reading, 1.0, sleep=sleep), at[0]


@pytest.mark.parametrize("ticks", [0, 1, 2])
def test_a_few_ticks_are_no_baseline(ticks: int) -> None:
    assert found([ticks]) == (Rates(cpu_s=None, log_bytes=0.0), 1)


def test_an_engine_that_works_off_its_load_is_looked_at_until_it_is_quiet() -> None:
    assert found([90, 60, 20, 1], log=[500, 70, 9, 8]) == (Rates(cpu_s=None, log_bytes=8.0), 4)


def test_what_an_engine_uses_all_the_time_is_its_baseline() -> None:
    rates, samples = found([22, 20])
    assert samples == 2
    assert rates.cpu_s == pytest.approx(20 * TICK_S)


def test_it_is_not_waited_for_without_end() -> None:
    rates, samples = found([1_000, 500, 250, 120, 60, 30])
    assert samples == 6
    assert rates.cpu_s == pytest.approx(30 * TICK_S)


def test_an_engine_without_counters_is_not_waited_for() -> None:
    def sleep(_seconds: float) -> None:
        raise AssertionError

    assert baseline(lambda: Reading(0, Counters()), 1.0, sleep=sleep) == Rates()


@pytest.mark.parametrize(
    ("cpu_s", "expected_s"), [(None, None), (0.0, None), (0.5, None), (1.0, 1.0)]
)
def test_less_than_a_tick_is_not_measured(cpu_s: float | None, expected_s: float | None) -> None:
    used_s = None if cpu_s is None else 7.3 + cpu_s * TICK_S
    told_s = growth.cpu_s(Counters(cpu_s=7.3), Counters(cpu_s=used_s))
    assert told_s == (None if expected_s is None else pytest.approx(expected_s * TICK_S))


def test_what_is_written_in_a_step_is_bounded_as_in_a_trial() -> None:
    before = Counters(write_bytes=0, write_call_bytes=100)
    after = Counters(write_bytes=4_000_000, write_call_bytes=9_100)
    assert growth.write_bytes(before, after, own_writes=False) == 9_000.0
    assert growth.write_bytes(before, after, own_writes=True) == 4_000_000.0
