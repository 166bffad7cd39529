"""The pages hold what they should, escape what users wrote, and depend on nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import axis_samples
import plotly.graph_objects as go
import pytest
from sample_answers import recommendation
from samples import DOCUMENT, Sketch, record, run_of_engines

from results import gates
from results.display import usd
from results.pages import recommendation_page, records_page
from results.pages.figures.axes import logarithmic
from results.pages.markup import Markup, data_script, prose, tag, text
from results.record import ErrorCount, NameValue, Record
from workloads.errors import InputError

EVIL = "<script>alert(1)</script>\"'&</script><!--<img src=x onerror=alert(2)>"


class Reader(HTMLParser):
    """Collects elements, text outside of scripts, and the contents of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            given, before = self.scripts[-1]
            self.scripts[-1] = (given, before + data)
        elif self.cdata_elem is None:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    @property
    def specs(self) -> list[dict[str, Any]]:
        return [json.loads(body) for given, body in self.scripts if given.get("type")]


def judged(records: list[Record]) -> list[Record]:
    return [replace(r, findings=gates.judge(r, beside=records)) for r in records]


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return judged(run_of_engines())


@pytest.fixture(scope="module")
def page(records: list[Record]) -> Reader:
    return Reader(recommendation_page(recommendation(), records))


def test_the_answer_comes_first(page: Reader) -> None:
    start = page.text.index("Recommendation for book-store")
    said = page.text[start : start + 700]
    for words in (
        "Amazon RDS",
        "db.m7g.large",
        "$273",
        "between $241 and $338",
        "87 %",
        "cheapest of 3 services",
        "Aurora Serverless, costs $311 a month, 14 % more",
        "Catalogue and orders of a book shop",
    ):
        assert words in said


def test_every_part_of_a_recommendation_is_shown(page: Reader) -> None:
    given = recommendation()
    for rule in given["rules"]:
        assert rule["code"] in page.text
    for flip in given["flips"]:
        assert flip["at"] in page.text
    for entry in given["evidence"]:
        assert entry["id"] in page.text
    for assumed in given["assumed"]:
        assert assumed["input"] in page.text
    for words in (
        "R-TX-004: joins are needed",
        "excludes DynamoDB",
        "requires Amazon RDS, Amazon EC2",
        "1 rule on options, features and other services",
        "All 13 records are evidence",
        "AMD EPYC 7B13",
        "memory (binds) 91 % of 5.6 GiB",
        "It rests on 2 measured, 1 published, 1 documented, 1 assumed figures",
        "one table only",
    ):
        assert words in page.text
    identifiers = {given.get("id") for _, given in page.elements}
    for name, attributes in page.elements:
        if name == "a":
            assert (attributes["href"] or "").removeprefix("#") in identifiers


def test_every_figure_is_valid_and_has_words_and_numbers(page: Reader) -> None:
    assert len(page.specs) == 13
    for spec in page.specs:
        go.Figure(spec)
    plots = [given for name, given in page.elements if given.get("class") == "plot"]
    assert len(plots) == len(page.specs)
    for given in plots:
        assert given["role"] == "img"
        assert len(given["aria-label"] or "") > 30
    cost = page.specs[0]
    totals = {
        name: sum(trace["x"][at] for trace in cost["data"] if trace["type"] == "bar")
        for at, name in enumerate(cost["data"][0]["y"])
    }
    given_totals = {r["service"]: r["usd"] for r in recommendation()["ranking"] if r["feasible"]}
    assert totals["Amazon RDS"] == pytest.approx(given_totals["rds"], abs=0.01)
    assert totals["Amazon EC2"] == pytest.approx(given_totals["ec2"], abs=0.01)


def test_latency_curves_pass_through_the_percentiles(page: Reader, records: list[Record]) -> None:
    alone = next(r for r in records if r.engine.name == "postgresql" and r.trial.phase == "read")
    spec = next(
        s for s in page.specs if s["data"][-1].get("name") == "objective" and len(s["data"]) == 3
    )
    curve = spec["data"][0]
    by_share = dict(zip(curve["x"], curve["y"], strict=True))
    for percent, expected in ((50.0, alone.operations[0].service.p50_s), (99.0, None)):
        wanted = 1 / (1 - percent / 100)
        nearest = min(by_share, key=lambda x: abs(x / wanted - 1))
        truth = expected or alone.operations[0].service.p99_s
        assert by_share[nearest] == pytest.approx(truth, rel=0.08)
    assert max(curve["x"]) <= alone.operations[0].count / 10 * 1.01
    assert curve["y"] == sorted(curve["y"])


def test_a_page_needs_no_network_and_lets_no_other_script_run(page: Reader) -> None:
    for name, given in page.elements:
        assert "src" not in given, name
        assert not any(key.startswith("on") for key in given)
        for key in ("href", "action"):
            assert (given.get(key) or "#")[:5] in {"#" + (given.get(key) or "#")[1:5], "data:"}
    policy = next(g["content"] for n, g in page.elements if g.get("http-equiv"))
    assert "default-src 'none'" in (policy or "")
    assert "unsafe-inline" not in (policy or "").split("style-src")[0]
    running = [body for given, body in page.scripts if not given.get("type")]
    assert len(running) == 2
    import base64
    import hashlib

    for body in running:
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in (policy or "")


def hostile_recommendation() -> dict[str, Any]:
    """Every text of a recommendation is hostile, whatever it is."""

    def spoiled(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: spoiled(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [spoiled(part, key) for part in value]
        keep = key in {"verdict", "kind", "schema"} or not isinstance(value, str)
        return value if keep else EVIL + value

    given: dict[str, Any] = spoiled(recommendation())
    given["conflicts"] = [EVIL]
    return given


def hostile_records() -> list[Record]:
    document = DOCUMENT | {"name": EVIL, "description": EVIL}
    one = record(Sketch(duration_s=5.0))
    wicked = replace(
        one,
        workload=replace(one.workload, name=EVIL + "book-store", document=json.dumps(document)),
        engine=replace(
            one.engine,
            name=EVIL,
            version=EVIL,
            place=EVIL,
            settings=(NameValue(name=EVIL, value=EVIL),),
        ),
        unsupported=(NameValue(name=EVIL, value=EVIL),),
        errors=(ErrorCount(kind=EVIL, count=1, first_at_s=0.0, example=EVIL),),
        outcome="incorrect",
        error=EVIL,
        environment=replace(one.environment, cpu_model=EVIL, disk=EVIL, commit=EVIL),
        trial=replace(one.trial, phase=EVIL),
        operations=tuple(replace(o, kind=EVIL) for o in one.operations[:1]),
    )
    return judged([wicked])


@pytest.mark.parametrize("kind", ["recommendation", "records"])
def test_hostile_text_stays_text(kind: str) -> None:
    html = (
        recommendation_page(hostile_recommendation(), hostile_records())
        if kind == "recommendation"
        else records_page(hostile_records())
    )
    head, body = html.split("</style></head>", 1)
    assert "<img" not in html.replace("&lt;img", "").split("<script>")[0]
    reader = Reader(html)
    assert not [name for name, _ in reader.elements if name in {"img", "iframe", "object"}]
    assert len([1 for given, _ in reader.scripts if not given.get("type")]) == 2
    assert "<script>alert(1)</script>" in reader.text, "it is shown as text"
    assert len(reader.specs) >= 2
    for spec in reader.specs:
        # the library reads a few elements in labels; none of ours may come from outside
        assert not re.search(r"<(script|img|a )", json.dumps(spec))
    assert html.count("</html>") == 1
    assert "<title>" + text(EVIL)[:20] in head
    assert body


def test_data_for_scripts_cannot_end_the_script() -> None:
    value = {"</script>": ["<!--", "<script>", "\u2028&"]}
    made = data_script(value, "spec")
    inside = made.removeprefix('<script type="application/json" class="spec">').removesuffix(
        "</script>"
    )
    assert json.loads(inside) == value
    assert not set("<>&\u2028") & set(inside)
    with pytest.raises(ValueError, match="JSON compliant"):
        data_script(float("nan"), "spec")


def test_only_markup_is_trusted() -> None:
    assert text("<b>") == "&lt;b&gt;"
    assert text(Markup("<b>")) == "<b>"
    assert tag("p", "a & b", attributes={"title": '"<'}) == '<p title="&quot;&lt;">a &amp; b</p>'


def test_no_service_is_an_answer() -> None:
    given = recommendation()
    given |= {
        "service": "none",
        "option": None,
        "monthly_cost_usd": None,
        "confidence": None,
        "latency": None,
        "utilisation": [],
        "features": [],
        "instead": "A managed document store would fit.",
        "conflicts": ["writes in every region and a relational engine that must stay"],
        "ranking": [
            {"service": s, "option": None, "usd": None, "feasible": False, "excuse": "R-X-1: no"}
            for s in ("rds", "dynamodb")
        ],
    }
    reader = Reader(recommendation_page(given, []))
    assert "None of the services fits" in reader.text
    assert "A managed document store would fit." in reader.text
    assert "writes in every region" in reader.text
    assert "R-X-1: no" in reader.text
    assert reader.specs == []
    assert 'href="#latency"' not in str(reader.elements)


def test_an_unknown_price_makes_the_total_unknown_and_says_so() -> None:
    given = recommendation()
    given["monthly_cost_usd"]["expected"] = None
    given["monthly_cost_usd"]["components"][0] |= {"price_usd": None, "usd": None}
    given["monthly_cost_usd"] |= {"low": None, "high": None}
    given["ranking"][0]["usd"] = None
    given["ranking"][1]["usd"] = None
    reader = Reader(recommendation_page(given, []))
    assert "unknown a month a price is unknown, so the total is" in reader.text
    assert "its total is unknown, because a price is missing" in reader.text
    bars = reader.specs[0]["data"][0]["y"]
    assert bars == ["Amazon EC2"]


def test_a_dearer_choice_says_which_rule_decided() -> None:
    given = recommendation()
    given["ranking"][1]["usd"] = 200.0
    reader = Reader(recommendation_page(given, []))
    less = usd(given["monthly_cost_usd"]["expected"] - 200.0)
    said = f"Aurora Serverless would cost {less} a month less, but failover within a minute"
    assert said in reader.text
    assert f"cheaper by {less} a month" in reader.text


def test_ranking_without_parts_is_drawn_as_a_whole() -> None:
    given = recommendation()
    for ranked in given["ranking"]:
        ranked.pop("components", None)
    reader = Reader(recommendation_page(given, []))
    last = [trace for trace in reader.specs[0]["data"] if trace["type"] == "bar"][-1]
    assert last["name"] == "not itemised"
    assert last["x"][1:] == pytest.approx([310.8, 496.52], abs=0.1)


def test_what_is_no_recommendation_is_an_input_error() -> None:
    with pytest.raises(InputError, match="workload"):
        recommendation_page({"service": "rds"}, [])
    with pytest.raises(InputError, match=r"\$\.flips"):
        recommendation_page(recommendation() | {"flips": 3}, [])
    with pytest.raises(InputError, match="no records"):
        records_page([])


def test_the_page_of_records_shows_every_load_and_what_is_no_evidence() -> None:
    records = run_of_engines()
    busy = replace(records[0], client=replace(records[0].client, cpu_utilisation=1.0))
    reader = Reader(records_page(judged([busy, *records[1:]])))
    for words in (
        "12 of 13 trials are evidence",
        "G-CLIENT",
        "client-limited",
        "not evidence",
        "response time, open:2000/s",
        "closed:4",
        "Most operations a second",
    ):
        assert words in reader.text
    for spec in reader.specs:
        go.Figure(spec)


def test_trials_that_measured_nothing_still_make_a_page() -> None:
    dead = replace(
        record(Sketch(duration_s=5.0)),
        outcome="error",
        error="no connection",
        operations=(),
        operations_done=0,
        series=(),
    )
    reader = Reader(records_page(judged([dead])))
    assert "0 of 1 trials are evidence" in reader.text
    assert "no connection" in reader.text
    assert reader.specs == []


def test_repetitions_are_merged_and_have_an_interval() -> None:
    repeated = [record(Sketch(duration_s=5.0, number=n, repetition=n, seed=n)) for n in (1, 2, 3)]
    reader = Reader(records_page(judged(repeated)))
    assert re.search(r"3 [\d,]+/s ± \d+ %", reader.text)


def test_axes_have_few_marks_within_their_range() -> None:
    for values, binary in (
        ([1e-6, 3.0], False),
        ([120.0], True),
        ([0.4, 0.9], False),
        ([5e-7, 6e4], True),
        ([], False),
    ):
        axis = logarithmic(values, str, binary=binary)
        low, high = (10**power for power in axis["range"])
        assert high / low >= 9.99
        assert 2 <= len(axis["tickvals"]) <= 6
        assert all(low <= mark <= high for mark in axis["tickvals"])
        assert all(low <= value <= high for value in values)


def test_excluded_options_are_told_from_excluded_services(records: list[Record]) -> None:
    given = recommendation()
    options = {"features": ["single-az"], "excluded_options": ["single-az"], "verdict": "exclude"}
    more = [r | options for r in given["rules"] if r["code"] == "R-AV-002"]
    # the service misses an objective, so it is not feasible, but this rule left it standing
    last = [r | {"feasible": r["service"] != "ec2"} for r in given["ranking"]]
    page = Reader(
        recommendation_page(given | {"rules": given["rules"] + more, "ranking": last}, records)
    )
    assert "excludes Single-AZ of Amazon RDS, Amazon EC2" in page.text
    assert "excludes Amazon EC2" not in page.text
    assert "excludes DynamoDB" in page.text


def test_what_the_answer_rests_on_comes_before_its_figures(records: list[Record]) -> None:
    given = recommendation() | {
        "basis": "from documented assumptions, nothing measured for postgresql",
        "confidence": 0.9999,
        "confidence_kind": "stability",
    }
    given["ranking"][0]["administration"] = "yours: about 10 h a month, 800 USD of the total"
    said = Reader(recommendation_page(given, records)).text
    assert "From documented assumptions, nothing measured for postgresql." in said
    assert said.index("nothing measured for") < said.index("$273")
    assert "over 99 % stability" in said
    assert "100 %" not in said[: said.index("What it costs")]
    assert "yours: about 10 h a month, 800 USD of the total" in said


def test_everything_the_advisor_says_of_cost_and_age_is_shown(records: list[Record]) -> None:
    given = recommendation()
    given["monthly_cost_usd"] |= {"administration": 60.0, "without_administration": 213.0,
                                  "free_tier": 5.75}  # fmt: skip
    given["ranking"][0] |= {
        "without_administration": 213.0,
        "committed": {"12": {"payment": "no-upfront", "low": 1.0, "expected": 199.0, "high": 2.0}},
        "utilisation": [{"resource": "CPU", "used": 1.0, "ceiling": 2.0, "unit": "cores",
                         "ratio": 0.5, "binds": True}],
    }  # fmt: skip
    given |= {
        "total_cost_usd": [
            {"months": 12, "low_usd": 3000.0, "usd": 3300.0, "high_usd": 4000.0,
             "administration_usd": 720.0, "sized": ""},
            {"months": 36, "low_usd": 9000.0, "usd": 9990.0, "high_usd": 12000.0,
             "administration_usd": 2160.0, "sized": "41 GiB"},
        ],
        "commitments": [
            {"months": 12, "payment": "no-upfront", "usd": 199.0, "upfront_usd": 0.0,
             "covered": ["instance <a>"]},
            {"months": 36, "payment": "all-upfront", "usd": 120.0, "upfront_usd": 4000.0},
            {"months": 36, "payment": "partial-upfront", "usd": None, "upfront_usd": None},
        ],
        "facts_age": {"facts": 6, "oldest": "2024-07-01", "stale": 3, "stale_usd": 379.6,
                      "undated": 0, "unverified": 1, "stale_after_days": 180},
        "backtest": "back-test: median error of 12 %",
        "drivers": [{"operation": "read", "of": "CPU", "share": 0.56, "usd": None},
                    {"operation": "update", "of": "CPU", "share": 0.436, "usd": 12.5},
                    {"operation": "scan", "of": "CPU", "share": 0.004, "usd": None}],
    }  # fmt: skip
    reader = Reader(recommendation_page(given, records))
    for words in (
        "$213 without your own work",
        "Back-test: median error of 12 %.",
        "3 are older than 180 days and price $380 of it; 1 not verified",
        "Paid ahead (3 years, all upfront) it costs $120 a month instead of $273: 56 % less",
        "41 GiB",
        "instance <a>",
        "CPU 50 %",
        "Of the CPU, by kind of operation read 56 % update 44 %, $12.50 a month With",
        "$199 (1 year, no upfront)",
        "$5.75 of it free in a new account",
    ):
        assert words in reader.text, words
    paid = next(s for s in reader.specs if s["data"][0].get("name") == "by the hour")
    assert [t["y"] for t in paid["data"]] == [[0, 3300, 9990], [0, 2388], [4000, 4320]]


def test_age_without_old_facts_is_quiet_and_no_age_is_nothing() -> None:
    fresh = {"facts": 4, "oldest": "2026-08-15", "stale": 0, "stale_usd": 0.0}
    said = Reader(recommendation_page(recommendation() | {"facts_age": fresh}, []))
    assert "4 facts price it" in said.text
    assert "Look before you order" not in said.text
    assert "price it" not in Reader(recommendation_page(recommendation(), [])).text
    assert "What it costs over time" not in said.text


def test_keeping_data_is_priced_by_the_bill_as_its_bytes_were_measured() -> None:
    reader = Reader(recommendation_page(recommendation(), axis_samples.retention()))
    kept = next(s for s in reader.specs if s["data"][0].get("name") == "Amazon RDS, delete")
    storage = next(
        c for c in recommendation()["ranking"][0]["components"] if c["name"] == "storage"
    )
    assert kept["data"][0]["y"] == pytest.approx([storage["usd"] * n / 2 for n in (1, 2, 3)])


def test_what_is_said_of_both_services_is_no_reason_for_the_dearer_one() -> None:
    given = recommendation()
    given["ranking"][1]["usd"] = 200.0
    both = [
        r | {"service": service, "code": "R-AD-003", "title": "Managed services are preferred"}
        for r in given["rules"][3:4]
        for service in ("rds", "aurora-serverless")
    ]
    given["rules"] = [*both, *given["rules"][3:4]]
    said = Reader(recommendation_page(given, [])).text
    assert "but nobody is there to administer a machine (R-AD-001)" in said
    given["rules"] = both
    assert "but the rules together prefer it" in Reader(recommendation_page(given, [])).text


def test_what_stands_between_backticks_is_code_and_escaped() -> None:
    assert prose("see `bench run` <now>") == "see <code>bench run</code> &lt;now&gt;"
    assert prose("`<b>`") == "<code>&lt;b&gt;</code>"
