"""How full a plan is: every resource and the one that binds, in text and JSON; and the error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from advisor import decision, explain
from advisor.backtest import summary
from advisor.model import Recommendation
from workloads import spec


@pytest.fixture(scope="module")
def tpcb() -> Recommendation:
    needs = replace(spec.load("tpcb").needs, failover_s=120.0)  # what servers hold too
    return decision.recommend(replace(spec.load("tpcb"), needs=needs), [], draws=5)


def test_one_resource_of_every_plan_binds(tpcb: Recommendation) -> None:
    document = decision.to_json(tpcb)
    shown = [document, *(ranked for ranked in document["ranking"] if ranked["option"])]
    for plan in shown:
        uses = plan["utilisation"]
        assert sum(use["binds"] for use in uses) == 1
        assert max(uses, key=lambda use: use["ratio"])["binds"]


def test_servers_show_every_resource(tpcb: Recommendation) -> None:
    ranked = next(r for r in decision.to_json(tpcb)["ranking"] if r["service"] == "ec2")
    named = {use["resource"] for use in ranked["utilisation"]}
    wanted = {"CPU", "memory", "IOPS", "throughput", "network", "connections", "commits"}
    assert wanted <= named


def test_text_and_json_quote_the_back_test_for_servers(tpcb: Recommendation) -> None:
    assert tpcb.backtest == summary.quoted()
    assert decision.to_json(tpcb)["backtest"] == tpcb.backtest
    text = " ".join(explain.text(tpcb).split())
    assert tpcb.backtest in text
    assert "what binds the other services' plans" in text


def test_a_table_is_not_held_to_servers() -> None:
    sessions = decision.recommend(spec.load("session-store"), [], draws=5)
    assert (sessions.backtest == "") == (sessions.service == "dynamodb")
