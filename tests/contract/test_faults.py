"""Every deliberate fault is found, by the contract and by the verification of a run."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import pytest
from faults import FAULTS, Fault, FaultyStore
from ground import RECORDS, SEED, Ground, oracle, variants
from oddities import DATASET
from test_engines import test_a_mix_and_the_count_after_it as check_mix
from test_engines import test_a_transaction_that_fails_leaves_nothing as check_undo
from test_engines import test_another_session_sees_what_was_written as check_another
from test_engines import test_answers_are_right as check_kind
from test_engines import test_edges as check_edges

from bench import suites
from bench.engines.fake import FakeEngine, FakeSession, FakeTarget
from bench.engines.fake.behaviour import Behaviour, VirtualClock
from bench.engines.fake.reference import ReferenceStore
from bench.engines.seam import LoadPlan, Settings
from bench.runner.stand import _check
from bench.verify import Verification
from workloads.spec.model import KINDS, WRITE_KINDS, Data, KeyDistribution, Operation, Workload

NONE = Fault("none", "mix", lambda asked: asked.right())


@cache
def _stored() -> bytes:
    """A loaded store, to be copied: loading takes longer than most checks."""
    return pickle.dumps(ReferenceStore(LoadPlan(dataset=DATASET, records=RECORDS, seed=SEED)))


def faulty(fault: Fault) -> FakeSession:
    store = FaultyStore(pickle.loads(_stored()), fault)
    return FakeSession(store, Behaviour(), VirtualClock())  # type: ignore[arg-type]


def ground_of(fault: Fault) -> Ground:
    session = faulty(fault)
    target = FakeTarget(Settings(workdir=Path()), Behaviour(), VirtualClock())
    target.store = session.store.store  # type: ignore[attr-defined]
    return Ground(FakeEngine(), target, session, DATASET, oracle(DATASET.name))


def check_of(name: str) -> Callable[[Ground], None]:
    """The part of the contract of that name: `edges`, `mix`, `undo`, or that of a kind."""
    named = {"edges": check_edges, "mix": check_mix, "undo": check_undo}
    return named.get(name) or partial(check_kind, kind=name)


# A run verifies what its workload asks for: these show themselves only where keys are absent, or
# where the whole table is asked about before and after.
NOT_IN_A_RUN = {"edges", "mix", "undo"}


# The others are found by the same comparison in a run's verification, below, in half the time.
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(f, marks=() if f.shown_by in NOT_IN_A_RUN else pytest.mark.slow, id=f.name)
        for f in FAULTS
    ],
)
def test_the_contract_finds(fault: Fault) -> None:
    with pytest.raises(AssertionError):
        check_of(fault.shown_by)(ground_of(fault))


@pytest.mark.parametrize("name", ["edges", "mix", "undo", *KINDS])
def test_the_contract_finds_nothing_where_nothing_is(name: str) -> None:
    check_of(name)(ground_of(NONE))


@dataclass(frozen=True)
class Dialling:
    """A dialer of sessions on a faulty store."""

    fault: Fault

    def dial(self) -> FakeSession:
        return faulty(self.fault)


class Alone(FakeTarget):
    """A target whose sessions each have a copy of the rows."""

    def dialer(self) -> Dialling:  # type: ignore[override]
        return Dialling(NONE)


def test_the_contract_finds_writes_that_no_other_session_sees() -> None:
    made = ground_of(NONE)
    made.target = Alone(Settings(workdir=Path()), Behaviour(), VirtualClock())
    with pytest.raises(AssertionError):
        check_another(made)


def verified(fault: Fault, *kinds: str) -> Verification:
    """What a quick run finds of these kinds of operation before it measures."""
    asked = Workload(
        name="asked",
        data=Data(records=RECORDS, keys=KeyDistribution(kind="zipfian", parameters=(0.8,))),
        operations=tuple(o for kind in kinds for o in variants(kind, DATASET)),
    )
    count = suites.get("quick").pace.checked
    found = _check(Dialling(fault), asked, oracle(DATASET.name), count=count, reads=True)
    assert found.verification is not None
    return found.verification


@pytest.mark.parametrize(
    "fault", [f for f in FAULTS if f.shown_by not in NOT_IN_A_RUN], ids=lambda fault: fault.name
)
def test_the_verification_of_a_run_finds(fault: Fault) -> None:
    found = verified(fault, fault.shown_by)
    assert found.wrong
    assert found.first_difference


@pytest.mark.parametrize("kind", sorted(WRITE_KINDS - {"transaction"}))
def test_a_write_alone_is_read_back(kind: str) -> None:
    """A workload that only writes asks nothing that would show a lost write."""
    lost = Fault("lost", kind, lambda asked: [(1,)] if asked.kind != "read" else asked.right())
    asked = Workload(
        name="asked",
        data=Data(records=RECORDS),
        operations=(Operation(kind=kind, weight=1),),
    )
    found = _check(Dialling(lost), asked, oracle(DATASET.name), count=30, reads=True)
    assert found.verification is not None
    assert found.verification.wrong
