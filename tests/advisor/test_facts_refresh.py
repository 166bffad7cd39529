"""`advisor facts --refresh`: what is read, what is written, what is said, and what may fail."""

from __future__ import annotations

import csv
import json
import os
from datetime import date
from pathlib import Path

import pytest
from botocore import exceptions
from price_list_pages import DOCUMENTS, EU, Answering, storage, stubbed

from advisor import answers, refresh
from advisor.__main__ import group
from advisor.answers import Answer
from advisor.facts import changes, dated, price_list, tables
from workloads.command import outcome
from workloads.errors import InputError, PlaceError

TODAY = date(2026, 11, 30)
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that cannot be written, and a user's directory that can."""
    closed = tmp_path / "package"
    closed.write_text("not a directory")
    monkeypatch.setattr(dated, "SHIPPED", closed)
    monkeypatch.setenv("STOREFIT_FACTS", str(tmp_path / "mine"))
    return tmp_path / "mine"


@pytest.fixture
def same_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        answers, "afresh", lambda: {"shop": Answer(service="rds", option="", usd=1)}
    )


def test_the_stubbed_api_is_read_page_by_page() -> None:
    with stubbed() as stub:
        told: list[str] = []
        reading = price_list.read(stub.client, (EU,), "2026-11-30", told=told.append)
        stub.assert_no_pending_responses()
    value = {name: fact.number for name, fact in reading.found.items()}
    assert value["rds_prices.gp3_storage_single_az@eu-west-1"] == 0.13
    # the first tier that is not free
    assert value["dynamodb_prices.storage_standard@eu-west-1"] == 0.283
    # per unit in the list, per million here; per GiB/s there, per MiB/s here
    assert value["dynamodb_prices.on_demand_rru_per_million@eu-west-1"] == 0.1415
    assert value["ec2_ebs_prices.gp3_throughput@eu-west-1"] == 0.044
    # by the volume type where several products share a usage type
    assert value["s3_prices.standard@eu-west-1"] == 0.023
    assert value["rds/postgresql/db.r6g.large/single-az@eu-west-1"] == 0.25
    assert value["rds/postgresql/db.r6g.large/multi-az@eu-west-1"] == 0.499
    assert value["aurora/postgresql/db.r6g.large/standard@eu-west-1"] == 0.286
    assert value["aurora/postgresql/db.r6g.large/io-optimized@eu-west-1"] == 0.372
    assert reading.strangers == {"db.r99.large"}
    assert any("hourly prices of rds postgresql" in line for line in told)


def test_what_the_list_leaves_open_is_unknown_and_said() -> None:
    reading = price_list.read(Answering(DOCUMENTS), (EU,), "2026-11-30")
    two = reading.unanswered["aurora_prices.backup_storage_beyond_free@eu-west-1"]
    assert "several prices: 0.021, 0.023" in two
    assert "aurora_prices.backup_storage_beyond_free@eu-west-1" not in reading.found
    assert "no product" in reading.unanswered["dynamodb_prices.wcu_hour@eu-west-1"]


def test_a_fact_that_was_read_names_its_source_and_day() -> None:
    reading = price_list.read(Answering(DOCUMENTS), (EU,), "2026-11-30")
    fact = reading.found["dynamodb_prices.pitr@eu-west-1"]
    assert (fact.date, fact.verified, fact.region) == ("2026-11-30", True, EU)
    assert fact.source == (
        "AWS Price List API, AmazonDynamoDB, usage type EU-TimedPITRStorage-ByteHrs, "
        "published 2026-11-20"
    )


def test_changes_are_told_apart_from_news_and_confirmations() -> None:
    found = changes.between(price_list.read(Answering(DOCUMENTS), (EU,), "2026-11-30").found)
    by_name = {change.id: change for change in found.changed}
    dearer = by_name["rds_prices.gp3_storage_single_az@eu-west-1"]
    assert (dearer.before, dearer.after) == (0.127, 0.13)
    assert dearer.relative == pytest.approx(0.0236, abs=1e-4)
    assert "rds_prices.gp3_extra_iops_single_az@eu-west-1" in {c.id for c in found.new}
    assert found.confirmed >= 5
    assert found.verified_now == 1  # the price of backups had no dated source


def test_a_refresh_writes_a_dated_table_that_is_read_from_then_on(
    place: Path, same_answers: None, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    with stubbed() as stub:
        monkeypatch.setattr(price_list, "client", lambda: stub.client)
        done = refresh.refresh((EU,), TODAY)
    assert done.path == place / "refreshed_2026-11-30.csv"
    assert sorted(os.listdir(place)) == [done.path.name]  # nothing temporary is left
    rows = {row[0]: row for row in dated.rows()}
    assert rows["rds_prices.gp3_storage_single_az"][1] == "0.13"
    said = refresh.text(done)
    assert "rds_prices.gp3_storage_single_az@eu-west-1: 0.127 -> 0.13 USD/GB-month (+2.4 %)" in said
    assert "answers that change, of 1 workloads: 0" in said
    assert json.loads(json.dumps(refresh.document(done)))["written"] == str(done.path)

    for cached in (tables.general, tables.hourly, tables._refreshed):
        monkeypatch.setattr(tables, cached.__name__, cached.__wrapped__)
    overlaid = tables.general()
    assert overlaid["rds_prices.gp3_storage_single_az", EU].number == 0.13
    assert overlaid["rds_prices.gp3_storage_single_az", "us-east-1"].number == 0.115
    assert tables.hourly(EU)["rds/postgresql/db.r6g.large/single-az"][5] == "2026-11-30"


def test_a_table_of_the_same_day_is_never_overwritten(place: Path) -> None:
    row = ("rds_prices.rds_proxy", "0.02", "number", "USD", EU, "test", "2026-11-30", "true", "")
    first, second = dated.write([row], "2026-11-30"), dated.write([row, row], "2026-11-30")
    assert (first.name, second.name) == ("refreshed_2026-11-30.csv", "refreshed_2026-11-30.2.csv")
    assert len(list(csv.reader(first.read_text().splitlines()))) == 2
    assert dated.found() == [first, second]


def test_the_package_is_written_where_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dated, "SHIPPED", tmp_path)
    assert dated.write([], "2026-11-30").parent == tmp_path


def test_a_place_that_cannot_be_written_is_said(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOREFIT_FACTS", str(tmp_path / "package" / "below-a-file"))
    with pytest.raises(PlaceError, match="cannot be written") as caught:
        dated.write([], "2026-11-30")
    assert "STOREFIT_FACTS" in caught.value.hint


@pytest.mark.parametrize(
    "text", ["", "id,value\n", ",".join(dated.COLUMNS) + "\na,nan,number,,any,s,2026,true,\n"]
)
def test_a_damaged_table_is_named(place: Path, text: str) -> None:
    place.mkdir()
    (place / "refreshed_2026-11-30.csv").write_text(text)
    with pytest.raises(InputError, match=r"refreshed_2026-11-30\.csv: this is no table of facts"):
        dated.rows()


def test_the_answers_that_change_are_said() -> None:
    before = {
        "shop": Answer(service="rds", option="db.m7g.large", usd=200.0),
        "chat": Answer(service="dynamodb", option="on-demand", usd=None),
    }
    after = {**before, "shop": Answer(service="ec2", option="m7g.large", usd=150.0)}
    assert answers.differences(before, before) == []
    assert answers.differences(before, after) == [
        "shop: rds, db.m7g.large, 200.00 USD -> ec2, m7g.large, 150.00 USD"
    ]


def test_answers_of_a_new_process_are_those_of_this_one() -> None:
    afresh = answers.afresh()
    assert {"book-store", "ycsb-a"} <= set(afresh)
    assert answers.now(["session-store"])["session-store"].service == "dynamodb"


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (exceptions.NoCredentialsError(), "no credentials"),
        (exceptions.ProfileNotFound(profile="work"), "no credentials"),
        (exceptions.EndpointConnectionError(endpoint_url="https://x"), "could not be reached"),
        (
            exceptions.ClientError(
                {"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetProducts"
            ),
            "AWS refused to tell prices: AccessDeniedException",
        ),
        (exceptions.BotoCoreError(), "could not be read"),
        (json.JSONDecodeError("x", "y", 0), "a form that is not known"),
    ],
)
def test_what_may_fail_ends_with_exit_code_3_and_writes_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture, raised: Exception, said: str
) -> None:
    class Failing:
        def get_products(self, **asked: object) -> dict[str, object]:
            raise raised

    monkeypatch.setattr(price_list, "client", Failing)
    assert outcome(group, ["facts", "--refresh"]) == 3
    err = capsys.readouterr().err
    assert said in err
    assert "hint: " in err
    assert not place.exists()


def test_a_list_without_a_price_writes_nothing(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = [storage("AmazonRDS", "EU-RDS:Other", "1")]
    monkeypatch.setattr(price_list, "client", lambda: Answering(other))
    with pytest.raises(PlaceError, match="no price"):
        refresh.refresh((EU,), TODAY)
    assert not place.exists()


def test_refresh_takes_no_words(capsys: Capture) -> None:
    assert outcome(group, ["facts", "--refresh", "gp3"]) == 2
    assert "--refresh reads all prices" in capsys.readouterr().err


def test_every_name_in_the_list_of_questions_is_one_of_the_tables() -> None:
    general = {name for name, _ in tables.general()}
    unknown = {row[0] for row in tables.rows("price_list.csv")} - general
    # these have a price in the list that no source gave yet
    assert unknown <= {
        "rds_prices.gp3_storage_multi_az_cluster",
        "rds_prices.gp3_extra_iops_multi_az_cluster",
        "dynamodb_prices.rcu_hour_ia",
        "dynamodb_prices.wcu_hour_ia",
    }
    assert set(price_list.PREFIXES) == set(tables.REGIONS)
