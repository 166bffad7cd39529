"""Whatever the bytes: a workload that survives a round trip, or faults in words. No traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from spec_strategies import random_workloads
from test_spec_faults import ONE_FAULT
from test_spec_roundtrip import EXAMPLE
from test_spec_schema import is_valid

from workloads import catalogue
from workloads.errors import StorefitError, WorkloadFaults
from workloads.spec import from_document, load, to_yaml
from workloads.spec.model import Workload
from workloads.spec.reading import read_yaml
from workloads.spec.table import every_field, top_keys

FUZZ = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
# Making a whole random workload takes ten times as long as reading one.
FEWER = settings(FUZZ, max_examples=60)
SEEDS = [EXAMPLE, *(catalogue.path(name).read_text() for name in catalogue.names())]
FRAGMENTS = [
    "null", "~", "yes", "1e9", "-1", ".nan", "0x1", "5 B", "5M", "[", "]", "{", "}", ":", "- ",
    "&a ", "*a", "!!int ", "? ", "<<: ", "\t", "\0", "\r\n", "'", '"', "|", ">", "---\n", "%",
    "\u2028", "é", "\ufeff", "#", "uniform", "zipfian(", "99.95%", "us-east-1", "true", "1_0",
    *(text for text, *_ in ONE_FAULT.values() if isinstance(text, str) and len(text) < 100),
]  # fmt: skip


def outcome(content: bytes) -> Workload | None:
    """The workload, or None after checking that the faults are what faults must be."""
    faults: tuple[str, ...] = ()
    workload = None
    try:
        workload = read_yaml(content, path="w.yaml", stem="w")
    except WorkloadFaults as error:
        faults = error.faults
    assert (workload is None) == bool(faults)
    for line in faults:
        assert line.startswith("w.yaml")
        assert line.isprintable()
        assert len(line) < 1000
    return workload


def check(content: bytes) -> None:
    workload = outcome(content)
    if workload is not None:
        assert read_yaml(to_yaml(workload).encode(), path="w", stem="w") == workload
        assert is_valid(content), "the schema refuses what reading accepts"


@given(st.binary(max_size=300))
@FUZZ
def test_random_bytes(content):
    check(content)


@given(st.text(max_size=300))
@FUZZ
def test_random_text(text):
    check(text.encode("utf-8", "surrogatepass"))


KEYS = st.sampled_from([*top_keys(), *(f.key for _, f in every_field()), "x", "<<", 1, None])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10**20),
    st.floats(),
    st.dates(),
    st.binary(max_size=5),
    st.text(max_size=12),
    st.sampled_from(FRAGMENTS),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=6)),
    max_leaves=25,
)


@given(st.one_of(TREES, st.dictionaries(KEYS, TREES, max_size=8)))
@example({"data": {"format": ["\x1f"]}})  # a foreign text as what was probably meant
@FEWER
def test_random_trees_of_the_formats_keys(tree):
    check(yaml.safe_dump(tree).encode())
    faults: tuple[str, ...] = ()
    try:
        from_document(tree)
    except WorkloadFaults as error:
        faults = error.faults
    assert all(line.isprintable() for line in faults)


@given(
    st.sampled_from(SEEDS),
    st.lists(
        st.tuples(st.integers(0, 3000), st.integers(0, 12), st.sampled_from(FRAGMENTS)),
        min_size=1,
        max_size=3,
    ),
)
@FUZZ
def test_valid_files_with_pieces_replaced(text, changes):
    for position, removed, inserted in changes:
        at = position % (len(text) + 1)
        text = text[:at] + inserted + text[at + removed :]
    check(text.encode())


@given(st.sampled_from(SEEDS), st.integers(0, 3000), st.integers(0, 255))
@FUZZ
def test_valid_files_with_one_byte_changed(text, position, byte):
    content = bytearray(text.encode())
    content[position % len(content)] = byte
    check(bytes(content))


@given(random_workloads(), st.data())
@FEWER
def test_valid_files_with_one_value_of_another_key(workload, data):
    lines = to_yaml(workload).splitlines()
    position = data.draw(st.integers(0, len(lines) - 1))
    key, colon, _ = lines[position].partition(":")
    _, _, other = data.draw(st.sampled_from(lines)).partition(":")
    lines[position] = key + colon + other
    check("\n".join(lines).encode())


@given(name=st.text(max_size=40), content=st.binary(max_size=200))
@FUZZ
def test_any_source_is_a_workload_or_an_error_in_words(tmp_path: Path, name, content):
    for ending in ("", ".properties", ".yaml"):
        file = tmp_path / f"file{ending}"
        file.write_bytes(content)
        for source in (file, str(file), name):
            error = None
            try:
                load(source)
            except StorefitError as raised:
                error = raised
            assert error is None or (error.message and error.exit_code == 2)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "!!x [", "&a [", '"', "|", "*"])
def test_long_repetitions_end_soon(opening):
    assert outcome((opening * (200_000 // len(opening))).encode()) is None
