from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads import importers
from workloads.errors import WorkloadFaults
from workloads.importers.java_properties import Property, properties
from workloads.spec import load, read, to_yaml
from workloads.spec.model import KeyDistribution, Operation
from workloads.spec.reading import read_yaml

CLASS = "workload=site.ycsb.workloads.CoreWorkload"
KEYS = ["recordcount", "readproportion", "fieldcount", "requestdistribution", "workload", "other"]
KEYS += ["maxscanlength", "scanproportion", "readallfields", "hotspotopnfraction"]
ZIPFIAN = KeyDistribution(kind="ycsb-zipfian")


def core(proportions: str, *more: str, distribution: str = "zipfian") -> str:
    """A property file with the keys and values of YCSB's own six."""
    lines = ["# a comment", "#", "", "recordcount=1000", "operationcount=1000", CLASS]
    lines += ["", "readallfields=true", *proportions.split(), *more]
    return "\n".join([*lines, f"requestdistribution={distribution}", ""])


FILES = {
    "workloada": core(
        "readproportion=0.5 updateproportion=0.5 scanproportion=0 insertproportion=0"
    ),
    "workloadb": core(
        "readproportion=0.95 updateproportion=0.05 scanproportion=0 insertproportion=0"
    ),
    "workloadc": core("readproportion=1 updateproportion=0 scanproportion=0 insertproportion=0"),
    "workloadd": core(
        "readproportion=0.95 updateproportion=0 scanproportion=0 insertproportion=0.05",
        distribution="latest",
    ),
    "workloade": core(
        "readproportion=0 updateproportion=0 scanproportion=0.95 insertproportion=0.05",
        "maxscanlength=100",
        "scanlengthdistribution=uniform",
    ),
    "workloadf": core(
        "readproportion=0.5 updateproportion=0 scanproportion=0 insertproportion=0 "
        "readmodifywriteproportion=0.5"
    ),
}


@pytest.fixture
def written(tmp_path):
    def write(text: str | bytes, name: str = "workload"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


def faults(file) -> tuple[str, ...]:
    with pytest.raises(WorkloadFaults) as caught:
        load(file)
    return tuple(line.replace(f"{file}:", "") for line in caught.value.faults)


@pytest.mark.parametrize("letter", "abcdef")
def test_the_six_core_workloads_load_and_mean_what_the_built_in_ones_mean(written, letter):
    reading = read(written(FILES[f"workload{letter}"], f"workload{letter}"))
    built_in = load(f"ycsb-{letter}")
    assert reading.notes == ()
    workload = reading.workload
    assert workload.name == f"workload{letter}"
    assert workload.data.records == 1000
    assert workload.data.record_size_bytes == built_in.data.record_size_bytes == 1000.0
    assert workload.data.keys == built_in.data.keys
    assert workload.data.format == built_in.data.format == "key-value"
    assert workload.data.dataset == built_in.data.dataset == "records"
    for operation in built_in.operations:
        assert workload.share(operation.kind) == pytest.approx(built_in.share(operation.kind))
    for ours, theirs in zip(built_in.operations, workload.operations, strict=True):
        assert (ours.limit, ours.uniform_limit) == (theirs.limit, theirs.uniform_limit)


def test_what_the_file_leaves_out_has_the_defaults_of_the_code(written):
    workload = load(written(f"{CLASS}\nrecordcount=5\n"))
    assert workload.data.keys == KeyDistribution(kind="uniform")
    assert workload.operations == (
        Operation(kind="read", weight=0.95),
        Operation(kind="update", weight=0.05),
    )
    scans = load(written("recordcount=5\nscanproportion=1\nreadproportion=0\nupdateproportion=0"))
    assert scans.operations == (
        Operation(kind="range", weight=1.0, limit=1000, uniform_limit=True),
    )
    assert load(written("readproportion=1")).data.records is None
    assert load(written("recordcount=5")).traffic.mean_per_s is None


def test_every_property_that_describes_the_need_is_used(written):
    workload = load(
        written(
            "recordcount=7\nfieldcount=20\nfieldlength=50\nwriteallfields=true\n"
            "readproportion=0.1\nupdateproportion=0.2\nscanproportion=0.3\n"
            "insertproportion=0.15\nreadmodifywriteproportion=0.25\nmaxscanlength=70\n"
            "requestdistribution=hotspot\nhotspotdatafraction=0.1\nhotspotopnfraction=0.7\n"
            "insertorder=ordered\nscanlengthdistribution=uniform\n"
        )
    )
    assert workload.data.record_size_bytes == 1000.0
    assert workload.data.keys == KeyDistribution(kind="hotspot", parameters=(0.1, 0.7))
    assert workload.operations == (
        Operation(kind="read", weight=0.1),
        Operation(kind="update", weight=0.2, all_fields=True),
        Operation(kind="range", weight=0.3, limit=70, uniform_limit=True),
        Operation(kind="insert", weight=0.15),
        Operation(kind="read-modify-write", weight=0.25, all_fields=True),
    )


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("requestdistribution=zipfian", ZIPFIAN),
        ("requestdistribution=uniform", KeyDistribution()),
        ("requestdistribution=latest", KeyDistribution(kind="latest")),
        ("requestdistribution=hotspot", KeyDistribution(kind="hotspot", parameters=(0.2, 0.8))),
        ("requestdistribution=exponential", KeyDistribution(kind="exponential")),
        (
            "requestdistribution=exponential\nexponential.percentile=90\nexponential.frac=0.5",
            KeyDistribution(kind="exponential", parameters=(0.9, 0.5)),
        ),
    ],
)
def test_request_distributions(written, text, keys):
    assert load(written(f"recordcount=5\n{text}\n")).data.keys == keys


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("fieldlengthdistribution=constant", 1000.0),
        ("fieldlengthdistribution=uniform", 505.0),
        ("fieldlengthdistribution=uniform\nminfieldlength=50", 750.0),
        ("fieldlengthdistribution=zipfian", None),
    ],
)
def test_the_record_size_is_the_mean_or_unknown(written, text, size):
    assert load(written(f"recordcount=5\n{text}\n")).data.record_size_bytes == size


def test_properties_without_a_meaning_here_are_remarks_and_not_faults(written):
    file = written(
        "recordcount=5\n"
        "readallfields=false\n"
        "scanlengthdistribution=zipfian\n"
        "minscanlength=5\n"
        "histogram.buckets=1000\n"
        "requestdistributon=latest\n"
        "table=usertable\n"
    )
    heard: list[str] = []
    load(file, note=heard.append)
    assert [line.replace(f"{file}:", "") for line in heard] == [
        "2: readallfields=false: reads return every field here",
        "3: scanlengthdistribution=zipfian: lengths are drawn uniformly here",
        "4: minscanlength: lengths start at 1 here",
        "5: 'histogram.buckets' is not used",
        "6: 'requestdistributon' is not used; if you meant 'requestdistribution', correct it",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("recordcount=-5", "recordcount: '-5'; a whole number from 1"),
        ("recordcount=1e6", "recordcount: '1e6'; a whole number"),
        ("recordcount=", "recordcount: no value; a whole number"),
        ("recordcount=" + "9" * 500, "recordcount: '999"),
        ("readproportion=x", "readproportion: 'x'; a number"),
        ("readproportion=-0.5", "readproportion: '-0.5'; a number from 0"),
        ("readproportion=NaN", "readproportion: 'NaN'; a number"),
        ("readproportion=Infinity", "readproportion: 'Infinity'; a number"),
        ("fieldcount=0", "fieldcount: '0'; a whole number from 1"),
        ("fieldlength=ten", "fieldlength: 'ten'"),
        ("maxscanlength=0", "maxscanlength: '0'"),
        ("readallfields=yes", "readallfields: 'yes'; one of true, false"),
        ("requestdistribution=zipf", "did you mean 'zipfian'?"),
        ("requestdistribution=sequential", "'sequential'; one of uniform, zipfian, latest"),
        ("scanlengthdistribution=unifrom", "did you mean 'uniform'?"),
        ("hotspotdatafraction=1.5", "hotspotdatafraction: '1.5'; a number above 0, at most 1"),
        ("hotspotdatafraction=0", "hotspotdatafraction: '0'; a number above 0"),
        ("exponential.percentile=100", "exponential.percentile: '100'"),
        ("workload=site.ycsb.workloads.TimeSeriesWorkload", "a class named CoreWorkload"),
    ],
)
def test_a_wrong_value_is_one_fault_with_its_line(written, line, message):
    (fault,) = faults(written(f"# comment\nrecordcount=5\n\n{line}\n"))
    assert fault.startswith("4: ")
    assert message in fault


def test_all_faults_of_a_file_at_once(written):
    file = written("recordcount=x\nreadproportion=y\nfieldcount=z\nworkload=Other\n")
    assert [fault.split(":")[0] for fault in faults(file)] == ["1", "2", "3", "4"]


def test_proportions_that_sum_to_nothing(written):
    (fault,) = faults(written("recordcount=5\nreadproportion=0\nupdateproportion=0.0\n"))
    assert fault.startswith("3: ")
    assert "sum to nothing" in fault


def test_a_later_setting_wins_as_in_java(written):
    assert load(written("recordcount=5\nrecordcount=7\n")).data.records == 7


def test_an_imported_workload_becomes_a_file_of_our_own(written):
    for name, text in FILES.items():
        workload = load(written(text, name))
        again = read_yaml(to_yaml(workload).encode(), path="w", stem="w")
        assert again.operations == workload.operations
        assert again.data == workload.data


def test_recognised_by_content_or_ending(written):
    def name_of(name: str, text: str) -> str | None:
        importer = importers.recognise(name, text.encode())
        return importer and importer.name

    assert name_of("workloada", FILES["workloada"]) == "ycsb"
    assert name_of("my.properties", "anything=1") == "ycsb"
    assert name_of("mix", "  readproportion = 1") == "ycsb"
    assert name_of("w", "name: x\ndata:\n  records: 5") is None
    assert name_of("w", "description: 'recordcount=5 as in YCSB'") is None
    assert name_of("w", "# recordcount=5\nname: x") is None
    assert load(written("name: ours\n", "no-ending")).name == "ours"


def test_property_files_are_read_as_java_reads_them():
    text = (
        b"# comment\n! comment\n\n  a=1\nb : 2\nc 3\nd=one \\\n   two\n"
        b"e\\=f=g\\u0041\\t\nh\ni=x=y\r\nj=caf\xe9\rk=\n"
    )
    assert properties(text) == [
        Property("a", "1", 4),
        Property("b", "2", 5),
        Property("c", "3", 6),
        Property("d", "one two", 7),
        Property("e=f", "gA", 9),
        Property("h", "", 10),
        Property("i", "x=y", 11),
        Property("j", "café", 12),
        Property("k", "", 13),
    ]


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_the_reader_of_properties(content):
    for importer in importers.importers():
        importer.recognises("x.properties", content)
        faults: tuple[str, ...] = ()
        try:
            importer.read(b"recordcount=5\n" + content, path="p", name="n")
        except WorkloadFaults as error:
            faults = error.faults
        assert all(line.isprintable() for line in faults)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(KEYS),
            st.one_of(st.text(max_size=8), st.floats().map(str), st.integers().map(str)),
        ),
        max_size=8,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_values_give_a_workload_or_faults(pairs):
    content = "\n".join(f"{key}={value}" for key, value in pairs).encode("utf-8", "replace")
    importer = importers.recognise("x.properties", content + b"\nrecordcount=5")
    assert importer is not None
    imported = None
    faults: tuple[str, ...] = ()
    try:
        imported = importer.read(content, path="p", name="n")
    except WorkloadFaults as error:
        faults = error.faults
    assert (imported is None) == bool(faults)
    if imported is not None:
        again = read_yaml(to_yaml(imported.workload).encode(), path="w", stem="w")
        assert again == imported.workload


def test_a_misspelt_proportion_is_a_fault_as_the_mix_would_be_another(written) -> None:
    found = faults(written("recordcount=1000\nreadpropotion=0.5\nupdateproportion=0.5\n"))
    assert len(found) == 1
    assert found[0].startswith("2: 'readpropotion': not known to YCSB; the proportions are ")
    assert found[0].endswith("did you mean 'readproportion'?")
