from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workloads import catalogue
from workloads.errors import InputError, WorkloadFaults
from workloads.spec import load, read, to_yaml, trace_path


def test_a_name_a_text_path_and_a_path_are_sources(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text("data: {records: 5}")
    assert load(file).data.records == load(str(file)).data.records == 5
    assert load(file).name == "mine"
    assert load(file).origin == str(file)
    assert load("book-store").origin == "built-in"
    assert load(catalogue.path("book-store")).name == "book-store"


def test_a_built_in_name_comes_before_a_file_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("book-store").write_text("name: my own")
    assert load("book-store").name == "book-store"
    assert load("./book-store").name == "my own"
    assert load(Path("book-store")).name == "my own"


def test_json_is_yaml(tmp_path):
    file = tmp_path / "w.json"
    file.write_text('{"schema": 1, "name": "j", "needs": {"sql": true}}')
    assert load(file).needs.sql is True


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("book-stor", "there is no workload 'book-stor'", "did you mean 'book-store'?"),
        ("ycsb_a", "there is no workload", "did you mean 'ycsb-a'?"),
        ("no/such/file.yaml", "there is no workload", "give a path, or one of book-store"),
        ("", "no workload is named", "give a path"),
        (".", "is a directory", ""),
        ("a\0b", "cannot be read", "give a path"),
        ("x" * 5000, "cannot be read", "give a path"),
        ("/dev/null/x", "cannot be read", "give a path"),
    ],
)
def test_what_is_no_workload_is_said_in_one_message(source, message, hint):
    with pytest.raises(InputError) as caught:
        load(source)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.message


def test_a_directory_names_the_files_it_holds(tmp_path):
    (tmp_path / "one.yaml").write_text("name: x")
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert caught.value.hint == "it holds one.yaml"


def test_a_file_larger_than_any_workload_is_not_read_whole(tmp_path):
    file = tmp_path / "w.yaml"
    file.write_bytes(b"#" * (256 * 1024 + 1))
    with pytest.raises(WorkloadFaults, match="larger than 256 KiB"):
        load(file)
    if Path("/dev/zero").exists():
        with pytest.raises(WorkloadFaults, match="larger than 256 KiB"):
            load("/dev/zero")


def test_an_unreadable_file(tmp_path, monkeypatch):
    file = tmp_path / "w.yaml"
    file.write_text("name: x")

    def refuse(self: Path, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        load(file)


@pytest.mark.parametrize("name", ["a\nb.yaml", "\x1b[31m.yaml", "\udcff.yaml", "  .yaml", ".yaml"])
def test_a_strange_file_name_gives_a_name_and_messages_of_one_line(tmp_path, name):
    file = tmp_path / name
    file.write_text("data: {records: 5}")
    assert load(file).name.isprintable()
    assert load(file).name
    file.write_text("data: {records: x}")
    with pytest.raises(WorkloadFaults) as caught:
        load(file)
    assert caught.value.message.isprintable()


def test_a_trace_is_beside_its_file(tmp_path):
    file = tmp_path / "w.yaml"
    file.write_text("traffic: {trace: visits.csv}")
    assert trace_path(load(file)) == tmp_path / "visits.csv"
    assert trace_path(load("book-store")) is None


def test_a_reading_keeps_remarks_apart_from_the_workload(tmp_path):
    file = tmp_path / "w.yaml"
    file.write_text(to_yaml(load("book-store")))
    assert read(file).notes == ()
    assert read("book-store").workload == load("book-store")


def test_loading_imports_no_heavy_library():
    code = (
        "import sys; from workloads.spec import load; load('book-store');"
        "heavy = {'numpy', 'pyarrow', 'polars', 'pandas', 'plotly', 'psycopg', 'rich'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_model_alone_imports_no_yaml():
    code = "import sys; import workloads.spec.model; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
