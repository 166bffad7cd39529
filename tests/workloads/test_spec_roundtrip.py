from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from spec_strategies import random_workloads

from workloads.errors import WorkloadFaults
from workloads.spec import (
    canonical_json,
    digest,
    from_document,
    load,
    to_document,
    to_yaml,
)
from workloads.spec.model import Data, KeyDistribution, Needs, Operation, Traffic, Workload
from workloads.spec.reading import read_yaml
from workloads.spec.table import every_field

EXAMPLE = """\
schema: 1
name: book-store
description: Catalogue and orders of a book shop
region: us-east-1
data:                          # axes: data format, data size
  format: relational           # relational | document | key-value | time-series | columnar | unknown
  dataset: books
  records: 5M
  record_size: 900 B
  growth: 3%/month
  keys: zipfian(0.99)
operations:
  - {kind: read, weight: 70}
  - {kind: range, weight: 10, limit: 20}
  - {kind: insert, weight: 10}
  - {kind: update, weight: 10, atomic_with: 2}
traffic:
  mean: 350/s
  peak: 2000/s
  shape: daily
  active: 60 h/week
  trace: visits.csv
latency:
  read_p99: 10 ms
  write_p99: 20 ms
retention:
  live: 90 d
  archive: 7 y
  backup: 14 d
needs:
  engine: postgresql
  sql: true
  joins: true
  ad_hoc_queries: true
  transactions: multi-record
  flexible_schema: false
  administration: minimal
  operating_system_access: false
  unsupported_feature: null
  licence: included
  availability: 99.95%
  failover: 60 s
  recovery_point: 5 min
  recovery_time: 1 h
  regions: [us-east-1]
  writes_in: one-region
  replica_lag: 1 s
  read_scaling: false
  hot_reads: false
  indexes: 2
  connections: 200
  short_connections: false
  copies: 0
  rewind: false
  managed: null
  serverless: null
  lowest_cost: false
  application_change: any
  existing: null
  budget: 500 USD/month
"""


def read(text: str) -> Workload:
    return read_yaml(text.encode(), path="text", stem="text")


def test_every_key_of_the_format_is_read_into_base_units():
    assert read(EXAMPLE) == Workload(
        name="book-store",
        description="Catalogue and orders of a book shop",
        region="us-east-1",
        data=Data(
            format="relational",
            dataset="books",
            records=5_000_000,
            record_size_bytes=900.0,
            growth_per_month=0.03,
            keys=KeyDistribution(kind="zipfian", parameters=(0.99,)),
        ),
        operations=(
            Operation(kind="read", weight=70.0),
            Operation(kind="range", weight=10.0, limit=20),
            Operation(kind="insert", weight=10.0),
            Operation(kind="update", weight=10.0, atomic_with=2),
        ),
        traffic=Traffic(
            mean_per_s=350.0,
            peak_per_s=2000.0,
            shape="daily",
            active_h_per_week=60.0,
            trace="visits.csv",
        ),
        latency=type(read(EXAMPLE).latency)(read_p99_s=0.01, write_p99_s=0.02),
        retention=type(read(EXAMPLE).retention)(
            live_s=7_776_000.0, archive_s=220_752_000.0, backup_s=1_209_600.0
        ),
        needs=Needs(
            engine="postgresql",
            sql=True,
            joins=True,
            ad_hoc_queries=True,
            transactions="multi-record",
            flexible_schema=False,
            administration="minimal",
            operating_system_access=False,
            licence="included",
            availability=0.9995,
            failover_s=60.0,
            recovery_point_s=300.0,
            recovery_time_s=3600.0,
            regions=("us-east-1",),
            writes_in="one-region",
            replica_lag_s=1.0,
            read_scaling=False,
            hot_reads=False,
            indexes=2,
            connections=200,
            short_connections=False,
            copies=0,
            rewind=False,
            lowest_cost=False,
            application_change="any",
            budget_usd_per_month=500.0,
        ),
    )


def test_the_example_names_every_key_there_is():
    absent = [s.file_path(f) for s, f in every_field() if f"{f.key}:" not in EXAMPLE]
    # They stand in the place of a dataset, or refine operations that the example does not have.
    assert absent == [
        "data.file",
        "data.key",
        "operations.all_fields",
        "operations.uniform_limit",
        "operations.steps",
    ]


def test_an_absent_key_is_unknown_and_a_null_one_too():
    bare = read("name: x")
    assert bare == Workload(name="x")
    nulls = [f"{f.key}: null" for s, f in every_field() if s.key == "needs"]
    assert read("name: x\nneeds:\n  " + "\n  ".join(nulls)) == bare
    assert read("name: x\ndata:\noperations:\ntraffic: ~\n") == bare


@given(random_workloads())
@settings(max_examples=30, deadline=None)
def test_a_written_file_reads_as_the_same_workload(workload):
    assert read(to_yaml(workload)) == workload


@given(random_workloads())
@settings(max_examples=30, deadline=None)
def test_the_document_form_reads_as_the_same_workload(workload):
    document = json.loads(canonical_json(workload))
    assert document == to_document(workload)
    assert from_document(document) == workload


def test_the_digest_knows_content_and_not_origin_or_number_type():
    workload = read(EXAMPLE)
    assert digest(workload) == digest(replace(workload, origin="elsewhere.yaml"))
    assert len(digest(workload)) == 64
    whole = replace(workload, data=replace(workload.data, record_size_bytes=900))
    assert digest(whole) == digest(workload)
    other = replace(workload, data=replace(workload.data, record_size_bytes=901.0))
    assert digest(other) != digest(workload)


def test_the_document_leaves_unknowns_out():
    assert to_document(Workload(name="x")) == {"schema": 1, "name": "x"}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "document"),
        ({}, "name: missing"),
        ({"name": "x", "schema": 2}, "newer storefit"),
        ({"name": "x", "data": {"recrods": 5}}, "data.recrods: an unknown key.*records"),
        ({"name": "x", "data": {"records": 1.5}}, "data.records"),
        ({"name": "x", "data": {"records": True}}, "data.records.*bool"),
        ({"name": "x", "data": {"record_size_bytes": float("nan")}}, "finite"),
        ({"name": "x", "data": {"record_size_bytes": 10**400}}, "too large"),
        ({"name": "x", "data": {"keys": {"kind": "zipf"}}}, "data.keys"),
        ({"name": "x", "data": {"keys": {"kind": "uniform", "extra": 1}}}, "data.keys"),
        ({"name": "x", "data": {"keys": {"kind": "hotspot", "parameters": [1, 2, 3]}}}, "hotspot"),
        ({"name": "x", "operations": 5}, "operations"),
        ({"name": "x", "operations": [{"kind": "read"}]}, "weight: missing"),
        ({"name": "x", "operations": [5]}, r"operations\[0\]"),
        ({"name": "x", "needs": {"regions": "us-east-1"}}, "needs.regions"),
        ({"name": "x", "needs": {"sql": 1}}, "needs.sql"),
        ({"name": 5}, "name.*int"),
    ],
)
def test_a_wrong_document_is_refused_in_words(document, message):
    with pytest.raises(WorkloadFaults, match=message):
        from_document(document)


def test_a_written_file_is_natural(tmp_path):
    file = tmp_path / "w.yaml"
    file.write_text(to_yaml(read(EXAMPLE)))
    text = file.read_text()
    for line in ("records: 5M", "record_size: 900 B", "live: 90 d", "availability: 99.95%"):
        assert line in text
    assert "  - {kind: range, weight: 10, limit: 20}\n" in text
    assert "regions: [us-east-1]" in text
    assert replace(load(file), origin="") == read(EXAMPLE)


def test_steps_survive_every_form():
    workload = load("oltp-read-write")
    document = to_document(workload)
    assert document["operations"][0]["steps"][2] == {
        "kind": "range",
        "limit": 100,
        "form": "sum",
        "column": "k",
    }
    assert from_document(json.loads(json.dumps(document))) == replace(workload, origin="")
    assert read(to_yaml(workload)) == replace(workload, origin="")
    fewer = replace(workload.operations[0], steps=workload.operations[0].steps[:-2])
    assert digest(replace(workload, operations=(fewer,))) != digest(workload)


def test_a_wrong_step_of_a_document_is_a_fault_with_its_path():
    document = to_document(load("tpcb"))
    document["operations"][0]["steps"][1]["kind"] = "scan"
    document["operations"][0]["steps"][4]["tabel"] = "history"
    with pytest.raises(WorkloadFaults) as caught:
        from_document(document)
    assert len(caught.value.faults) == 2
    assert "operations[0].steps[1].kind: 'scan'" in caught.value.faults[0]
    assert "operations[0].steps[4].tabel: an unknown key" in caught.value.faults[1]
    assert "did you mean 'table'?" in caught.value.faults[1]
    document["operations"][0]["steps"] = 7
    with pytest.raises(WorkloadFaults, match=r"operations\[0\].steps"):
        from_document(document)
