"""The memory that data must fit into: of a bound, what the load generator leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from axis_samples import small
from samples import LMDB, POSTGRESQL

from results.bounded import SETTING, memory_bytes
from results.record import EngineInfo, NameValue, Record

MIB = 2**20


def bounded(engine: EngineInfo, value: str, *, workers: int) -> Record:
    made = small(replace(engine, settings=(NameValue(name=SETTING, value=value),)))
    return replace(made, load=replace(made.load, workers=workers))


@pytest.mark.parametrize(
    ("engine", "workers", "room"),
    [
        (POSTGRESQL, 2, 1024 * MIB),
        (LMDB, 2, 1024 * MIB - 120_000_000),
        (LMDB, 100, 256 * MIB),
    ],
    ids=["a server", "in process", "never less than a quarter"],
)
def test_workers_of_an_engine_in_process_take_their_share(
    engine: EngineInfo, workers: int, room: int
) -> None:
    assert memory_bytes(bounded(engine, "1 GiB", workers=workers)) == room


def test_without_a_bound_it_is_the_machine_s() -> None:
    assert memory_bytes(small(LMDB)) == small(LMDB).environment.memory_bytes
