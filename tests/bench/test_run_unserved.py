"""What an engine does not serve is in the run's records, in its table and on its page."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner
from test_run_loop import (  # noqa: F401 - fixtures, and runs on the fake engine
    Broken,
    _cheap_environment,
    prepared,
    request_for,
)

from advisor.measured import measure
from bench.commands.report import command as report
from bench.commands.run import require_success
from bench.commands.show import command as show
from bench.engines import fake
from bench.engines.fake import FakeEngine
from bench.engines.fake.behaviour import Behaviour
from bench.runner.progress import Silent
from bench.runner.session import resume
from bench.suites import FOLDER
from results.comparison import compare
from results.gates import judge
from results.record import Record
from results.store import read
from workloads.spec.model import KINDS

WORKLOAD = """\
schema: 1
name: small
data: {dataset: records, records: 300, record_size: 200 B}
operations:
  - {kind: read, weight: 8}
  - {kind: aggregate, weight: 1}
  - {kind: join, weight: 1}
"""
REASON = "it has no totals: whoever wants one reads everything and adds it up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking(FakeEngine):
    """A fake that cannot add."""

    kinds: frozenset[str] = frozenset(KINDS) - {"aggregate"}
    reasons: dict[str, str] = field(default_factory=lambda: {"aggregate": REASON})

    @property
    def unsupported(self) -> dict[str, str]:
        return self.reasons


@pytest.fixture(autouse=True)
def _lacking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake, "ENGINE", Lacking())


@pytest.fixture
def workload(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(WORKLOAD)
    return str(file)


@pytest.fixture
def made(workload: str, tmp_path: Path) -> list[Record]:
    with prepared(request_for(workload), tmp_path / "out", Behaviour(), Lacking()) as session:
        return session.go(Silent())


def test_a_record_says_what_was_not_measured_and_why(made: list[Record], tmp_path: Path) -> None:
    tried = [record for record in made if record.was_tried]
    assert [record.trial.phase for record in tried] == ["mix", "read"]
    left = {r.trial.phase: (r.outcome, r.error) for r in made if not r.was_tried}
    assert left == {
        "aggregate": ("unsupported", REASON),
        "join": ("unsupported", "dataset records has no second table"),
    }
    assert len({record.id for record in made}) == len(made)
    for record in made:
        assert {pair.name for pair in record.unsupported} == {"aggregate", "join"}
    for record in (r for r in made if not r.was_tried):
        assert not record.is_evidence
        assert judge(record) == record.findings == ()
        assert record.engine.version == tried[0].engine.version
    assert read(tmp_path / "out") == made


def test_it_is_told_of_the_variant_that_asked_for_it(workload: str, tmp_path: Path) -> None:
    suite = tmp_path / "sizes.yaml"
    suite.write_text(
        (FOLDER / "smoke.yaml").read_text().replace("[book-store, session-store]", f"[{workload}]")
        + "vary: [{axis: size, input: data.records, values: [100]}]\n"
    )
    with prepared(request_for(str(suite)), tmp_path / "out", Behaviour(), Lacking()) as session:
        made = session.go(Silent())
    told = {
        tuple((each.name, each.value) for each in record.trial.varied)
        for record in made
        if record.trial.phase == "aggregate"
    }
    assert told == {(), (("data.records", "100"),)}


def test_it_is_no_failure_and_nothing_to_compare_or_to_advise_on(made: list[Record]) -> None:
    require_success(made, failed=[], run=Path("run"))
    assert not [c for c in compare(made, made) if "aggregate" in str(c)]
    assert not [refusal for refusal in measure(made).refused if "unsupported" in refusal.reason]


def test_the_table_the_json_and_the_page_say_it(made: list[Record], tmp_path: Path) -> None:
    (path,) = (tmp_path / "out").glob("*Z*")
    shown = CliRunner().invoke(show, [str(path)]).output
    assert "aggregate" in shown
    assert f"unsupported: fake aggregate: {REASON}" in " ".join(shown.split())
    assert "of 4 trials" not in shown  # what was not tried cannot be evidence
    told = json.loads(CliRunner().invoke(show, [str(path), "--json"]).output)
    rows = {row["phase"]: row for row in told["rows"]}
    assert (rows["aggregate"]["outcome"], rows["aggregate"]["error"]) == ("unsupported", REASON)
    assert rows["aggregate"]["failed"] == 0
    assert CliRunner().invoke(report, [str(path), "--out", str(tmp_path / "page")]).exit_code == 0
    assert REASON in (tmp_path / "page" / "index.html").read_text()


def test_a_run_that_goes_on_says_it_once(workload: str, tmp_path: Path) -> None:
    request = request_for(workload)
    with (
        pytest.raises(KeyboardInterrupt),
        prepared(request, tmp_path / "out", Behaviour(), Lacking()) as session,
    ):
        session.go(Broken(1, KeyboardInterrupt()))
    for _ in range(2):
        with resume(session.path, lambda _: request, ()) as again:
            again.go(Silent())
    outcomes = [(r.trial.phase, r.outcome) for r in read(session.path)]
    assert outcomes.count(("aggregate", "unsupported")) == 1
    assert outcomes.count(("join", "unsupported")) == 1
    assert len({r.id for r in read(session.path)}) == len(outcomes) == 4
