from __future__ import annotations

import pytest

from workloads.errors import WorkloadFaults
from workloads.spec import read
from workloads.spec.model import KeyDistribution, Workload
from workloads.spec.reading import read_yaml


def faults(text: str | bytes) -> tuple[str, ...]:
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(WorkloadFaults) as caught:
        read_yaml(content, path="w.yaml", stem="w")
    assert caught.value.exit_code == 2
    assert all("\n" not in line for line in caught.value.faults)
    return caught.value.faults


def read_text(text: str) -> Workload:
    return read_yaml(text.encode(), path="w.yaml", stem="w")


def _steps(*steps: str) -> str:
    """A transaction on the accounts; its first step stands in line 6."""
    lines = "".join(f"  - {step}\n" for step in steps) if steps else ""
    head = "data: {dataset: accounts}\noperations:\n- kind: transaction\n  weight: 1\n  steps:"
    return f"{head}\n{lines}" if steps else f"{head} []"


ONE_FAULT = {
    "misspelt key": ("data:\n  recrods: 5", 2, "data.recrods", "did you mean 'records'?"),
    "misspelt section": ("trafic: {}", 1, "trafic", "did you mean 'traffic'?"),
    "key of another section": ("records: 5", 1, "records", "did you mean 'data.records'?"),
    "model's name": ("data: {record_size_bytes: 5 B}", 1, "record_size_bytes", "record_size'?"),
    "hyphen": ("needs: {hot-reads: true}", 1, "needs.hot-reads", "did you mean 'hot_reads'?"),
    "upper case": ("data: {Records: 5}", 1, "data.Records", "did you mean 'records'?"),
    "duplicate key": ("name: a\nname: b", 2, "name", "given again (first in line 1)"),
    "duplicate section": ("data: {}\ndata: {}", 2, "data", "given again (first in line 1)"),
    "merge key": ("needs:\n  <<: {sql: true}", 2, "needs.<<", "an unknown key"),
    "list as a key": ("? [a]\n: b", 1, "file", "a list as a key"),
    "number as a key": ("1: b", 1, "1", "an unknown key"),
    "wrong unit": ("data:\n  record_size: 5 parsecs", 2, "data.record_size", "KiB"),
    "wrong case": ("latency: {read_p99: 10 MS}", 1, "latency.read_p99", "'10 ms'"),
    "no unit, time": ("latency: {read_p99: 10}", 1, "latency.read_p99", "'10 ms'"),
    "no unit, minutes?": ("latency: {read_p99: 10 m}", 1, "latency.read_p99", "'10 ms'"),
    "no unit, retention": ("retention: {live: 90}", 1, "retention.live", "'90 d'"),
    "no unit, size": ("data: {record_size: 900}", 1, "data.record_size", "'900 B'"),
    "no unit, rate": ("traffic: {peak: 2000}", 1, "traffic.peak", "'2000/s'"),
    "no unit, money": ("needs: {budget: 500}", 1, "needs.budget", "'500 USD/month'"),
    "fraction": ("needs: {availability: 0.9995}", 1, "needs.availability", "'99.95%'"),
    "negative count": ("data: {records: -5}", 1, "data.records", "'-5' is negative"),
    "negative rate": ("traffic: {mean: -5/s}", 1, "traffic.mean", "is negative"),
    "negative weight": ("operations: [{kind: read, weight: -1}]", 1, "weight", "is negative"),
    "not a number": ("traffic: {mean: .nan}", 1, "traffic.mean", "not a finite number"),
    "infinite": ("traffic: {mean: .inf}", 1, "traffic.mean", "not a finite number"),
    "nan weight": ("operations: [{kind: read, weight: .NaN}]", 1, "weight", "finite"),
    "zero records": ("data: {records: 0}", 1, "data.records", "too small"),
    "no rate": ("traffic: {mean: 0/s}", 1, "traffic.mean", "is nothing"),
    "part of a record": ("data: {records: 1.5}", 1, "data.records", "not a whole number"),
    "huge number": ("data: {records: 1e99}", 1, "data.records", "too large"),
    "thousand digits": (f"data: {{records: {'9' * 1000}}}", 1, "data.records", "not a number"),
    "hexadecimal": ("data: {records: 0x10}", 1, "data.records", "not a unit"),
    "sexagesimal": ("latency: {read_p99: 1:30}", 1, "latency.read_p99", "not a unit"),
    "over 100 %": ("needs: {availability: 100.1%}", 1, "needs.availability", "too large"),
    "over a week": ("traffic: {active: 169 h/week}", 1, "traffic.active", "too large"),
    "yes": ("needs:\n  sql: yes", 2, "needs.sql", "did you mean 'true'?"),
    "off": ("needs: {sql: off}", 1, "needs.sql", "did you mean 'false'?"),
    "quoted truth": ("needs: {sql: 'true'}", 1, "needs.sql", "in quotes"),
    "truth as a number": ("data: {records: true}", 1, "data.records", "'true' is not a number"),
    "truth as a text": ("name: true", 1, "name", "the truth value true"),
    "text as a mapping": ("data: relational", 1, "data", "'relational'; a mapping"),
    "list as a mapping": ("retention: [live, 90 d]", 1, "retention", "a list; a mapping"),
    "mapping as a list": ("operations: {read: 70}", 1, "operations", "a mapping; a list"),
    "list as a value": ("needs: {writes_in: [one-region]}", 1, "writes_in", "'one-region'?"),
    "mapping as a value": ("data: {records: {a: 1}}", 1, "data.records", "a mapping where"),
    "value as a list": ("needs: {regions: us-east-1}", 1, "needs.regions", "'[us-east-1]'"),
    "zone": ("region: us-east-1a", 1, "region", "did you mean 'us-east-1'?"),
    "region": ("region: us-eats-1", 1, "region", "did you mean 'us-east-1'?"),
    "no region": ("needs: {regions: []}", 1, "needs.regions", "an empty list"),
    "region twice": ("needs: {regions: [eu-west-1, eu-west-1]}", 1, "regions", "given twice"),
    "word": ("data: {format: relatoinal}", 1, "data.format", "did you mean 'relational'?"),
    "shape": ("traffic: {shape: Daily}", 1, "traffic.shape", "did you mean 'daily'?"),
    "kind": ("operations:\n- {kind: raed, weight: 1}", 2, "operations[0].kind", "'read'?"),
    "unknown dataset": ("data:\n  dataset: book", 2, "data.dataset", "did you mean 'books'?"),
    "no engine": ("needs: {engine: none}", 1, "needs.engine", "did you mean 'null'?"),
    "engine number": ("needs: {engine: 5}", 1, "needs.engine", "'5'"),
    "keys": ("data:\n  keys: zipf(0.9)", 2, "data.keys", "did you mean 'zipfian(0.9)'?"),
    "theta": ("data:\n  keys: zipfian(0)", 2, "data.keys", "above 0"),
    "parameters": ("data:\n  keys: hotspot(0.2)", 2, "data.keys", "hotspot(data, operations)"),
    "no parameter": ("data:\n  keys: zipfian()", 2, "data.keys", "a missing parameter"),
    "nan parameter": ("data:\n  keys: zipfian(nan)", 2, "data.keys", "finite"),
    "parameters of none": ("data:\n  keys: uniform(1)", 2, "data.keys", "did you mean 'uniform'?"),
    "no kind": ("operations:\n- {weight: 1}", 2, "operations[0].kind", "missing"),
    "no weight": ("operations:\n- {kind: read}", 2, "operations[0].weight", "missing"),
    "null weight": ("operations:\n- {kind: read, weight: }", 2, "weight", "missing"),
    "percent weight": ("operations: [{kind: read, weight: 70%}]", 1, "weight", "'70'"),
    "bare operation": ("operations: [read]", 1, "operations[0]", "{kind: read, weight: 1}"),
    "no operations": ("operations: []", 1, "operations", "an empty list"),
    "weights of nothing": (
        "name: x\noperations:\n- {kind: read, weight: 0}\n- {kind: scan, weight: 0.0}",
        2,
        "operations",
        "sum to nothing",
    ),
    "limit of a read": ("operations:\n- {kind: read, weight: 1, limit: 5}", 2, "limit", "range"),
    "atomic read": ("operations:\n- {kind: read, weight: 1, atomic_with: 2}", 2, "atomic", "only"),
    "uniform without limit": (
        "operations:\n- {kind: range, weight: 1, uniform_limit: true}",
        2,
        "uniform_limit",
        "without a limit",
    ),
    "too many operations": (
        f"operations: [{'{kind: read, weight: 1},' * 201}]",
        1,
        "operations",
        "201 operations",
    ),
    "steps of a read": (
        "operations:\n- {kind: read, weight: 1, steps: [{kind: read}]}",
        2,
        "operations[0].steps",
        "only beside transaction",
    ),
    "no steps": ("operations:\n- {kind: transaction, weight: 1}", 2, "[0].kind", "without steps"),
    "empty steps": (_steps(), 5, "operations[0].steps", "an empty list; a list such as"),
    "null steps": (
        "operations:\n- {kind: transaction, weight: 1, steps: ~}",
        2,
        "operations[0].kind",
        "without steps",
    ),
    "mapping as steps": (
        "operations:\n- kind: transaction\n  weight: 1\n  steps: {kind: read}",
        4,
        "operations[0].steps",
        "a mapping; a list",
    ),
    "bare step": (_steps("read"), 6, "steps[0]", "did you mean '{kind: read}'?"),
    "no kind of step": (_steps("{repeat: 2}"), 6, "steps[0].kind", "missing"),
    "kind of step": (_steps("{kind: raed}"), 6, "steps[0].kind", "did you mean 'read'?"),
    "kind that is no step": (_steps("{kind: scan}"), 6, "steps[0].kind", "one of read, update"),
    "weight of a step": (_steps("{kind: read, weight: 1}"), 6, "steps[0].weight", "unknown key"),
    "misspelt key of a step": (_steps("{kind: read, repaet: 2}"), 6, "repaet", "'repeat'?"),
    "no repeat": (_steps("{kind: read, repeat: 0}"), 6, "steps[0].repeat", "too small"),
    "negative repeat": (_steps("{kind: read, repeat: -1}"), 6, "repeat", "is negative"),
    "too many requests": (
        _steps("{kind: read, repeat: 600}", "{kind: read, repeat: 600}"),
        5,
        "operations[0].steps",
        "1200 requests in one transaction",
    ),
    "too many steps": (
        _steps(*["{kind: read}"] * 101),
        6,
        "operations[0].steps",
        "101 steps; at most 100",
    ),
    "form of a read": (_steps("{kind: read, form: sum}"), 6, "form", "only beside range"),
    "unknown form": (_steps("{kind: range, form: order}"), 6, "form", "rows, sum, sorted"),
    "add of a read": (_steps("{kind: read, add: true}"), 6, "add", "only beside update"),
    "limit of an update": (_steps("{kind: update, limit: 5}"), 6, "limit", "only beside range"),
    "column of an insert": (_steps("{kind: insert, column: c}"), 6, "column", "only beside"),
    "sorted by nothing": (
        _steps("{kind: range, form: sorted}"),
        6,
        "steps[0].form",
        "without a column; a column beside it",
    ),
    "table of nobody": (
        _steps("{kind: read, table: telers}"),
        6,
        "steps[0].table",
        "one of tellers, branches, history; no key for the main table; did you mean 'tellers'?",
    ),
    "main table": (_steps("{kind: read, table: accounts}"), 6, "table", "is the main table"),
    "column of nobody": (
        _steps("{kind: read}", "{kind: read, column: balanec}"),
        7,
        "steps[1].column",
        "did you mean 'balance'?",
    ),
    "key as a column": (_steps("{kind: update, column: id}"), 6, "column", "is the key"),
    "adding to a text": (_steps("{kind: update, column: filler, add: true}"), 6, "column", "int64"),
    "sum of texts": (_steps("{kind: range, column: filler, form: sum}"), 6, "column", "int64"),
    "no usual column": (
        _steps("{kind: range, table: tellers, form: sum}"),
        6,
        "steps[0].kind",
        "no column, and table 'tellers' has no usual one",
    ),
    "read of history": (_steps("{kind: read, table: history}"), 6, "kind", "which has no index"),
    "same key at first": (
        _steps("{kind: read}", "{kind: read, table: tellers, same_key: true}"),
        7,
        "steps[1].same_key",
        "no step on the same table before",
    ),
    "insert of what is there": (
        _steps("{kind: read}", "{kind: insert, same_key: true}"),
        7,
        "steps[1].same_key",
        "an insert of a record that is there; a delete of the record before",
    ),
    "second delete for good": (
        _steps("{kind: read}", "{kind: delete}"),
        7,
        "steps[1].kind",
        "another record than the transaction's first",
    ),
    "peak below mean": ("traffic:\n  peak: 5/s\n  mean: 10/s", 2, "traffic.peak", "below the mean"),
    "newer": ("schema: 2\nanything: [goes]", 1, "schema", "newer storefit"),
    "schema 0": ("schema: 0", 1, "schema", "too small"),
    "schema word": ("schema: one", 1, "schema", "not a number"),
    "control character": ('name: "a\\u0007"', 1, "name", "character '\\x07'"),
    "line separator": ('name: "a\\u2028b"', 1, "name", "\\u2028"),
    "path as a name": ("name: ../x", 1, "name", "the character '/'"),
    "long name": (f"name: {'x' * 81}", 1, "name", "81 characters"),
    "empty name": ("name: ''", 1, "name", "an empty text"),
    "list": ("- a", 1, "file", "a list; a mapping"),
    "text": ("hello", 1, "file", "'hello'; a mapping"),
    "empty mapping": ("{}", 1, "file", "an empty mapping"),
    "two documents": ("name: a\n---\nname: b", 2, "file", "a second document"),
    "tab": ("data:\n\tformat: x", 2, "file", "not YAML"),
    "open brace": ("data: {records: 5\nname: x", 2, "file", "not YAML"),
    "tag": ("name: !!python/object:os.system x", 1, "file", "the tag"),
    "undefined alias": ("data: *x", 1, "file", "not defined above"),
    "alias of itself": ("data: &d {format: *d}", 1, "file", "contains itself"),
    "deep": ("[" * 5000, 1, "file", "nested deeper"),
    "latin-1": (b"name: x\ndescription: caf\xe9", 2, "file", "byte 0xe9 at offset 24"),
    "utf-16": ("name: x".encode("utf-16"), 1, "file", "not UTF-8"),
    "null byte": (b"name: a\0b", 1, "file", "a character that YAML forbids"),
    "surrogate": ('name: "\\ud800"', 1, "file", "not YAML"),
    "cut at a comma": ("data: {keys: hotspot(0.2}", 1, "data.keys", "cut at a comma"),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE_FAULT.values(), ids=ONE_FAULT.keys())
def test_one_fault_is_one_line_with_its_place_and_what_is_allowed(case):
    text, line, key, words = case
    (fault,) = faults(text)
    place, _, rest = fault.partition(": ")
    assert place == f"w.yaml:{line}"
    assert key in rest.partition(": ")[0]
    assert words in fault


@pytest.mark.parametrize("text", ["", "   \n", "# only a comment\n", "---\n", "~", b"\xef\xbb\xbf"])
def test_an_empty_file_is_said_to_be_empty(text):
    (fault,) = faults(text)
    assert fault.startswith("w.yaml: file: an empty file; a mapping with the keys schema, name")


def test_all_faults_of_a_file_are_reported_at_once_in_the_order_of_lines():
    found = faults(
        "nmae: x\n"
        "data:\n"
        "  format: relatoinal\n"
        "  record_size: 900\n"
        "  records: -1\n"
        "operations:\n"
        "  - {kind: raed, weight: -1, limit: 0, extra: 1}\n"
        "traffic: []\n"
        "needs:\n"
        "  sql: yes\n"
        "  budget: 5\n"
    )
    lines = [int(fault.split(":")[1]) for fault in found]
    assert lines == sorted(lines) == [1, 3, 4, 5, 7, 7, 7, 7, 8, 10, 11]


def test_a_file_of_nothing_but_faults_stays_readable_and_fast():
    found = faults("\n".join(f"key{n}: {n}" for n in range(9000)))
    assert len(found) == 51
    assert found[-1] == "w.yaml: 8950 more faults are not shown"


def test_aliases_are_values_and_a_bomb_of_them_stays_small():
    workload = read_text("needs: {sql: &t true, joins: *t}")
    assert workload.needs.sql is workload.needs.joins is True
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 20)}]\n" for n in range(1, 30)
    )
    assert len(faults(bomb)) == 30
    (fault,) = faults(f"a: &a x\nb: [{'*a,' * 21_000}]")
    assert "more than 20000 values" in fault


def test_yaml_surprises_are_read_as_written():
    workload = read_text(
        "name: 2026-09-11\n"
        "data: {records: 5_000, record_size: 1e3 B, keys: 'hotspot(0.2, 0.8)'}\n"
        "operations: [{kind: read, weight: 1e-1}, {kind: scan, weight: 010}]\n"
        "needs: {connections: 2e2, existing: 1.50, transactions: none}\n"
    )
    assert workload.name == "2026-09-11"
    assert workload.data.records == 5000
    assert workload.data.record_size_bytes == 1000
    assert workload.data.keys == KeyDistribution(kind="hotspot", parameters=(0.2, 0.8))
    assert [o.weight for o in workload.operations] == [0.1, 10.0]
    assert workload.needs.connections == 200
    assert workload.needs.existing == "1.50"
    assert workload.needs.transactions == "none"


def test_bare_distributions_take_their_usual_parameters():
    kinds = {
        "zipfian": (0.99,),
        "hotspot": (0.2, 0.8),
        "uniform": (),
        "latest": (),
        "ycsb-zipfian": (),
        "exponential": (),
    }
    for word, parameters in kinds.items():
        keys = read_text(f"data: {{keys: {word}}}").data.keys
        assert keys == KeyDistribution(kind=word, parameters=parameters)


def test_engines_may_be_any_word_and_common_spellings_are_one():
    assert read_text("needs: {engine: Postgres}").needs.engine == "postgresql"
    assert read_text("needs: {engine: SQL Server}").needs.engine == "sqlserver"
    assert read_text("needs: {engine: Frob Base 7}").needs.engine == "frob base 7"


def test_a_nearly_known_engine_is_remarked_upon_and_not_refused(tmp_path):
    file = tmp_path / "w.yaml"
    file.write_text("needs: {engine: postgressql}")
    reading = read(file)
    assert reading.workload.needs.engine == "postgressql"
    assert reading.notes == (
        "needs.engine: storefit knows nothing of 'postgressql' but its name; "
        "if you meant 'postgresql', correct it",
    )
    file.write_text("needs: {engine: postgresql}")
    assert read(file).notes == ()
