"""What holds for every rule that is found, and for the runner."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_cases import RuleCase, case_of, need

from advisor import facts, rules
from advisor.case import Case
from advisor.model import SERVICES, RuleFinding
from advisor.rules.rule import Rule
from advisor.standing import services_out
from workloads.spec.model import Needs, Workload

HERE = Path(__file__).parent
FOUND = rules.discovered()


def tables() -> dict[str, RuleCase]:
    found: dict[str, RuleCase] = {}
    for path in sorted(HERE.glob("test_rules_*.py")):
        found.update(getattr(importlib.import_module(path.stem), "CASES", {}))
    return found


def test_every_rule_has_a_firing_and_a_silent_case() -> None:
    cases = tables()
    assert set(cases) == {f.rule.code for f in FOUND}
    for code, case in cases.items():
        assert case.fires, code
        assert case.silent, code


def test_there_are_many_rules_and_no_code_twice() -> None:
    codes = [f.rule.code for f in FOUND]
    assert len(codes) == len(set(codes))
    assert len(codes) >= 60


@pytest.mark.parametrize("found", FOUND, ids=lambda f: f.rule.code)
def test_rule_is_complete_and_sourced(found: rules.Found) -> None:
    rule = found.rule
    assert re.fullmatch(r"R-[A-Z]{2}-\d{3}", rule.code)
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert rule.verdict in ("exclude", "require", "prefer", "warn")
    assert rule.services
    assert set(rule.services) <= set(SERVICES)
    assert rule.looks_at
    assert rule.facts or rule.reference
    for name in rule.facts:
        assert facts.fact(name).source
    assert rule.source
    if rule.reference:
        assert re.search(r"20\d\d|storefit's own method", rule.reference), "a source has a date"
    assert rule.verdict == "prefer" or not rule.worth, "only a preference has a worth"


@pytest.mark.parametrize("found", FOUND, ids=lambda f: f.rule.code)
def test_rule_is_one_short_documented_file(found: rules.Found) -> None:
    path = Path(str(importlib.import_module(found.module).__file__))
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith('"""')
    assert 20 <= len(lines) <= 80, f"{path.name}: {len(lines)} lines"


def test_codes_of_an_area_share_their_letters() -> None:
    letters: dict[str, set[str]] = {}
    for found in FOUND:
        letters.setdefault(found.area, set()).add(found.rule.code[2:4])
    assert all(len(codes) == 1 for codes in letters.values()), letters
    assert len(letters) == 12


def test_inputs_looked_at_exist() -> None:
    fields = set(Needs.__slots__)
    for found in FOUND:
        for path in found.rule.looks_at:
            section, _, key = path.partition(".")
            assert section in ("data", "operations", "traffic", "latency", "retention", "needs")
            if section == "needs":
                assert any(f == key or f.startswith(f"{key}_") for f in fields), path


def test_nothing_known_excludes_no_service() -> None:
    findings = rules.findings(case_of(Workload(name="empty")))
    assert not services_out(findings)
    assert [f.code for f in findings] == ["R-AD-008", "R-AV-011", "R-DM-002"]
    # the one default that takes plans out: it is listed among the assumed, with its way back
    assert [f.code for f in findings if f.verdict != "prefer"] == ["R-AV-011"]


def test_a_crashing_rule_becomes_a_finding() -> None:
    def generate(case: Case) -> Iterator[RuleFinding]:
        yield FOUND[0].rule.finding("Said before the crash.")
        raise ZeroDivisionError("nothing to divide by")

    rule = Rule(
        code="R-ZZ-001",
        title="A rule that crashes",
        why="It does.",
        verdict="exclude",
        services=("rds",),
        looks_at=("needs.sql",),
        reference="none, 2026",
    )
    found = rules.Found(rule=rule, generate=generate, area="none", module="nowhere")
    (finding,) = rules.findings_of(found, case_of(need()))
    assert finding.verdict == "warn"
    assert finding.services == ()
    assert "ZeroDivisionError: nothing to divide by" in finding.why


TRUTH = st.sampled_from([None, True, False])
SECONDS = st.none() | st.floats(min_value=1e-6, max_value=1e9)
NEEDS = st.builds(
    Needs,
    engine=st.none()
    | st.sampled_from(["postgresql", "oracle", "mongodb", "redis", "x-1", "9", "dynamodb"]),
    sql=TRUTH,
    joins=TRUTH,
    ad_hoc_queries=TRUTH,
    transactions=st.sampled_from([None, "none", "record", "multi-record"]),
    flexible_schema=TRUTH,
    administration=st.sampled_from([None, "minimal", "shared", "own"]),
    operating_system_access=TRUTH,
    unsupported_feature=st.none() | st.text(max_size=20),
    licence=st.sampled_from([None, "included", "byol", "leave"]),
    availability=st.none() | st.floats(min_value=1e-3, max_value=1.0),
    failover_s=SECONDS,
    recovery_point_s=SECONDS,
    recovery_time_s=SECONDS,
    regions=st.sampled_from([None, (), ("us-east-1",), ("us-east-1", "eu-west-1")]),
    writes_in=st.sampled_from([None, "one-region", "every-region"]),
    replica_lag_s=SECONDS,
    read_scaling=TRUTH,
    hot_reads=TRUTH,
    connections=st.none() | st.integers(min_value=1, max_value=10**7),
    short_connections=TRUTH,
    copies=st.none() | st.integers(min_value=0, max_value=1000),
    rewind=TRUTH,
    managed=TRUTH,
    serverless=TRUTH,
    lowest_cost=TRUTH,
    application_change=st.sampled_from([None, "any", "minimal"]),
    existing=st.none() | st.text(max_size=20) | st.sampled_from(["Oracle 19c", "mongo 4"]),
    budget_usd_per_month=st.none() | st.floats(min_value=0.01, max_value=1e9),
)


@settings(max_examples=150, deadline=None)
@given(needs=NEEDS)
def test_no_rule_crashes_on_any_needs(needs: Needs) -> None:
    findings = rules.findings(case_of(Workload(name="any", needs=needs)))
    assert not [f for f in findings if not f.services], findings
