"""The DynamoDB engine without DynamoDB: targets, refusals, failures, prices, what is sent again."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path
from typing import Any

import pytest
from dynamodb_doubles import Endpoint, Refusal, endpoint
from dynamodb_ground import answers, batch_of, plan, running, session_of

import bench.engines as engines
from bench.engines.dynamodb import ENGINE, loading, places, price
from bench.engines.dynamodb.items import Form
from bench.engines.dynamodb.link import Link, cleaned, endpoint_of
from bench.engines.dynamodb.options import options_of
from bench.engines.dynamodb.session import DynamodbDialer, Plan
from bench.engines.dynamodb.tables import Layout
from bench.engines.seam import OperationFailed, Phase, Place, Priced, Settings, Work
from workloads import datasets
from workloads.datasets import canonical
from workloads.errors import InputError, PlaceError
from workloads.spec.model import Operation

KEY_ID, SECRET = "AKIAEXAMPLEEXAMPLE42", "a-secret-key-that-nobody-may-see"
READ = Operation(kind="read", weight=1)
UPDATE = Operation(kind="update", weight=1)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials in the environment, and nothing else of AWS's."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)


def no_table(action: str, _: dict[str, Any]) -> dict[str, Any] | Refusal:
    """An endpoint on which tables can be made and written, and nothing is kept."""
    table = {"TableStatus": "ACTIVE", "GlobalSecondaryIndexes": []}
    if action == "DescribeTable":
        return no_table.known.get("Table") or Refusal("ResourceNotFoundException")  # type: ignore[attr-defined]
    no_table.known = {"Table": {"Table": table}} if action == "CreateTable" else no_table.known  # type: ignore[attr-defined]
    return {}


no_table.known = {}  # type: ignore[attr-defined]


# --- targets


def test_targets() -> None:
    engine, place = engines.parse_target("dynamodb@http://127.0.0.1:8000")
    assert engine is ENGINE
    assert (place.kind, place.address) == ("remote", "http://127.0.0.1:8000")
    assert engines.parse_target("dynamodb@aws:eu-west-1")[1] == Place(
        kind="aws", version="eu-west-1"
    )
    assert engines.parse_target("dynamodb@aws")[1] == Place(kind="aws")
    assert isinstance(engine, Priced)


@pytest.mark.parametrize(
    "address", ["http://", "ftp://host", "http://h:x", "http://h/path", "http://h?q=1"]
)
def test_what_is_no_endpoint(address: str) -> None:
    with pytest.raises(InputError, match="cannot be read") as caught:
        endpoint_of(address)
    assert "127.0.0.1" in caught.value.hint


def test_credentials_in_an_address_are_refused_and_not_repeated(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError) as caught,
        running(f"http://{KEY_ID}:{SECRET}@127.0.0.1:1", tmp_path),
    ):
        pass
    said = caught.value.message + caught.value.hint
    assert KEY_ID not in said
    assert SECRET not in said
    assert "AWS_ACCESS_KEY_ID" in caught.value.hint


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"consistencyy": "strong"}, "no option"),
        ({"consistency": "weak"}, "consistency"),
        ({"read_capacity": "10"}, "reads or for writes only"),
        ({"read_capacity": "0", "write_capacity": "1"}, "read_capacity"),
        ({"timeout_s": "0"}, "timeout_s"),
        ({"region": "mars"}, "no AWS region"),
        ({"region": "evil.example/us-1"}, "no AWS region"),
        ({"empty_text": "gone"}, "empty_text"),
    ],
)
def test_wrong_options(options: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ENGINE.check(options)


# --- what is asked before anything is done


@pytest.mark.parametrize(
    "place",
    [Place(kind="aws", version="us-east-1"), Place(kind="remote", address="http://127.0.0.1:1")],
)
def test_nothing_is_done_unasked(place: Place, tmp_path: Path, credentials: None) -> None:
    with (
        pytest.raises(InputError, match="creates nothing") as caught,
        ENGINE.open(place, Settings(workdir=tmp_path)),
    ):
        pass
    assert "--allow-writes" in caught.value.hint
    assert ("costs money" in caught.value.hint) == (place.kind == "aws")


def test_what_is_missing_is_one_step(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    remote, aws = Place(kind="remote", address="http://127.0.0.1:1"), Place(kind="aws")
    assert ENGINE.available(remote) is None
    assert "dynamodb@http://" in (ENGINE.available(Place(kind="remote")) or "")
    for name in (*places._VARIABLES, "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert ENGINE.available(aws) in ("aws configure", None)  # an instance of EC2 may have a role
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert ENGINE.available(aws) is None
    monkeypatch.setattr(places, "find_spec", lambda _: None)
    assert ENGINE.available(remote) == ENGINE.available(aws) == "pip install 'boto3>=1.40'"
    with (
        pytest.raises(PlaceError) as caught,
        ENGINE.open(remote, Settings(workdir=tmp_path, allow_writes=True)),
    ):
        pass
    assert caught.value.hint == "pip install 'boto3>=1.40'"


def test_no_region_is_an_error_with_its_remedy(tmp_path: Path, credentials: None) -> None:
    with (
        pytest.raises(InputError, match="no AWS region") as caught,
        ENGINE.open(Place(kind="aws"), Settings(workdir=tmp_path, allow_writes=True)),
    ):
        pass
    assert "dynamodb@aws:us-east-1" in caught.value.hint


def test_nobody_there_is_a_place_error(tmp_path: Path) -> None:
    with (
        pytest.raises(PlaceError, match="cannot be reached") as caught,
        running("http://127.0.0.1:1", tmp_path),
    ):
        pass
    assert "running" in caught.value.hint


def test_refused_credentials_are_named_by_nobody(tmp_path: Path, credentials: None) -> None:
    said = f"User: arn:aws:iam::123456789012:user/me with {KEY_ID} is not authorized"
    with (
        endpoint(lambda *_: Refusal("AccessDeniedException", said)) as server,
        pytest.raises(PlaceError, match="refuses these credentials") as caught,
        running(server.url, tmp_path),
    ):
        pass
    for private in ("123456789012", KEY_ID, SECRET, "arn:"):
        assert private not in caught.value.message + caught.value.hint


def test_a_loopback_endpoint_sees_no_credentials(tmp_path: Path, credentials: None) -> None:
    with endpoint(no_table) as server, running(server.url, tmp_path):
        pass
    (_, _, headers), *_ = server.asked
    assert KEY_ID not in headers["Authorization"]
    assert "Credential=storefit/" in headers["Authorization"]


def test_the_dialer_carries_no_credentials(credentials: None) -> None:
    layout = Layout(dataset=datasets.get("accounts"), prefix="storefit_x")
    dialer = DynamodbDialer(
        Link(endpoint=None, region="us-east-1", timeout_s=5),
        Plan(layout=layout, records=9, seed=1, record_size_bytes=None, consistency="eventual"),
    )
    crossed = pickle.dumps(dialer)
    assert SECRET.encode() not in crossed
    assert KEY_ID.encode() not in crossed
    session = pickle.loads(crossed).dial()
    assert session._client.meta.endpoint_url == "https://dynamodb.us-east-1.amazonaws.com"
    session.close()


def test_a_configured_endpoint_is_not_aws(
    monkeypatch: pytest.MonkeyPatch, credentials: None
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    client = Link(endpoint=None, region="eu-west-1", timeout_s=5).client()
    assert client.meta.endpoint_url == "https://dynamodb.eu-west-1.amazonaws.com"
    client.close()


# --- failures


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ProvisionedThroughputExceededException", "provisioned-throughput-exceeded"),
        ("ThrottlingException", "throttling"),
        ("RequestLimitExceeded", "request-limit-exceeded"),
        ("TransactionConflictException", "transaction-conflict"),
        ("InternalServerError", "internal-server-error"),
    ],
)
def test_every_refusal_is_one_failure_of_its_kind(code: str, kind: str, tmp_path: Path) -> None:
    """Retries are off: a request that is throttled was sent once, and failed."""
    with endpoint(lambda *_: Refusal(code, "slow down")) as server:
        session = _session(server)
        with pytest.raises(OperationFailed, match="slow down") as caught:
            answers(session, READ, batch_of(READ, 1))
        session.close()
    assert caught.value.kind == kind
    assert server.count("GetItem") == 1


def test_a_conflict_inside_a_transaction_is_told_from_a_condition() -> None:
    several = Operation(kind="update", weight=1, atomic_with=2)
    reasons = [{"Code": "None"}, {"Code": "TransactionConflict", "Message": "busy"}]
    refusal = Refusal("TransactionCanceledException", more={"CancellationReasons": reasons})
    with endpoint(lambda *_: refusal) as server:
        session = _session(server)
        with pytest.raises(OperationFailed) as caught:
            answers(session, several, batch_of(several, 1))
        session.close()
    assert caught.value.kind == "transaction-conflict"


def test_a_missing_item_is_left_out_of_a_transaction_and_both_attempts_are_paid_for() -> None:
    several = Operation(kind="update", weight=1, atomic_with=2)

    def script(_: str, arguments: dict[str, Any]) -> dict[str, Any] | Refusal:
        if len(arguments["TransactItems"]) == 2:
            reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed"}]
            return Refusal("TransactionCanceledException", more={"CancellationReasons": reasons})
        return {"ConsumedCapacity": [{"TableName": "t", "CapacityUnits": 6.0}]}

    with endpoint(script) as server:
        session = _session(server)
        assert answers(session, several, batch_of(several, 1)) == [[(1,)]]
        usage = session.usage()
        session.close()
    assert usage.write_units == 6 + 6 + 2


def test_what_becomes_of_a_connection_is_told_apart() -> None:
    """Nobody listens; it takes too long; it is closed without an answer."""
    later = threading.Event()

    def script(_: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if int(arguments["Key"]["id"]["N"]) == 0:
            later.wait(5)
            return {}
        raise ConnectionAbortedError

    kinds = []
    with endpoint(script) as server:
        for url, key in (("http://127.0.0.1:1", 0), (server.url, 0), (server.url, 1)):
            link = Link(endpoint=url, region="us-east-1", timeout_s=0.2)
            session = DynamodbDialer(link, _plan()).dial()
            batch = batch_of(READ, 1)
            batch.key[:] = key
            with pytest.raises(OperationFailed) as caught:
                answers(session, READ, batch)
            kinds.append(caught.value.kind)
            session.close()
        later.set()
    assert kinds == ["refused", "timeout", "lost-connection"]


def test_units_nobody_tells_are_not_known() -> None:
    with endpoint(lambda *_: {}) as server:
        session = _session(server)
        assert session.usage().read_units == 0
        assert answers(session, READ, batch_of(READ, 1)) == [[]]
        assert session.usage().read_units is None
        session.close()


def test_what_is_left_undone_is_sent_again() -> None:
    """25 items, of which the first answer leaves 5, the second refuses, the third takes all."""
    sizes: list[int] = []

    def call(arguments: Any) -> dict[str, Any]:
        asked = arguments["RequestItems"]["t"]
        sizes.append(len(asked))
        if len(sizes) == 1:
            return {"UnprocessedItems": {"t": asked[20:]}}
        if len(sizes) == 2:
            raise OperationFailed("throttling")
        return {"ConsumedCapacity": [{"CapacityUnits": 5.0}]}

    slept: list[float] = []
    made = loading.Loading()
    form = next(iter(Layout(dataset=datasets.get("accounts"), prefix="x").forms().values()))
    form.name = "t"
    items = [{"id": {"N": str(n)}} for n in range(25)]
    assert loading.write(call, form, items, made, sleep=slept.append) == 25
    assert sizes == [25, 5, 5]
    assert (made.throttled, made.write_units, len(slept)) == (2, 5.0, 2)


def test_another_failure_of_loading_is_raised() -> None:
    def call(_: Any) -> dict[str, Any]:
        raise OperationFailed("validation", "too large")

    form = next(iter(Layout(dataset=datasets.get("accounts"), prefix="x").forms().values()))
    with pytest.raises(OperationFailed, match="too large"):
        loading.write(call, form, [], loading.Loading(), sleep=lambda _: None)


def test_messages_do_not_tell_whose_account_it_is() -> None:
    assert cleaned("arn:aws:dynamodb:us-east-1:123456789012:table/x\n is gone") == "… is gone"


# --- rows


@pytest.mark.parametrize("name", datasets.names())
def test_rows_come_back_as_they_were(name: str) -> None:
    dataset = datasets.get(name)
    for table_name, form in Layout(dataset=dataset, prefix="storefit_x").forms().items():
        rows = canonical(dataset.rows(table_name, 0, 40, seed=3, record_size_bytes=None))
        assert [form.row(form.item(row)) for row in rows] == rows
        assert len(form.name) >= 3


def test_what_numbers_do_not_hold_is_kept_all_the_same() -> None:
    from workloads.datasets.seam import Column, Table

    columns = (
        Column(name="id", kind="int64"),
        Column(name="x", kind="float64", nullable=True),
        Column(name="t", kind="string", nullable=True),
    )
    form = Form(
        Table(name="t", key="id", columns=columns),
        next(iter(Layout(dataset=datasets.get("accounts"), prefix="x").forms().values())).schema,
        name="t",
        empty_as_null=True,
    )
    floats = (5e-324, 1.7976931348623157e308, -1e-131, 1e126, 0.1, -2.5, 1e125, None)
    for number in floats:
        item = form.item((1, number, ""))
        assert form.row(item) == (1, number, "")
        assert item["t"] == {"NULL": True}
        if number is not None and 1e-130 <= abs(number) < 1e126:
            assert "N" in item["x"]
    assert form.row(form.item((1, None, None))) == (1, None, None)


# --- prices


def _work(*phases: Phase, records: int = 100_000) -> Work:
    return Work(
        dataset=datasets.get("accounts"),
        records=records,
        record_size_bytes=None,
        phases=phases,
    )


def test_the_price_grows_with_records_rate_and_time() -> None:
    sizes = price.sizes_of(_work())
    assert sizes[0].items == 100_000
    assert sizes[0].load.write == 100_000  # rows below 1 KiB, no index
    half = price.phase_units(
        Phase(operations=(READ,), seconds=30, requests_per_s=100), sizes, options_of({})
    )
    assert half.read == 30 * 100 * 0.5
    assert half.usd == pytest.approx(1_500 * 0.125e-6)
    strong = price.operation_units(READ, sizes, options_of({"consistency": "strong"}))
    assert strong.read == 1.0
    closed = price.phase_units(
        Phase(operations=(UPDATE,), seconds=10, clients=4), sizes, options_of({})
    )
    assert closed.write == pytest.approx(4 / 1e-3 * 10)


def test_every_kind_has_a_price() -> None:
    sizes = price.sizes_of(_work())
    for kind in ENGINE.kinds - {"join", "transaction"}:
        units = price.operation_units(Operation(kind=kind, weight=1), sizes, options_of({}))
        assert units.read + units.write > 0


def test_what_a_run_on_aws_costs_is_said() -> None:
    aws = Place(kind="aws", version="us-east-1")
    work = _work(Phase(operations=(READ,), seconds=3_600, requests_per_s=1_000))
    first, about = ENGINE.price(aws, work, {})
    assert "loading 100,011 write units $0.06" in first  # 11 of the tables beside
    assert "up to 1,800,000 read" in first
    assert "$0.29" in first  # 0.0625 + 0.225
    assert "us-east-1" in about
    search, hour, _ = ENGINE.price(aws, _work(Phase(operations=(READ,), seconds=60)), {})
    assert "each hour" in hour
    assert "$0.06" in search
    provisioned, _ = ENGINE.price(aws, work, {"read_capacity": "1000", "write_capacity": "100"})
    assert "for each of 4 tables" in provisioned
    assert "$0.78 an hour" in provisioned  # 4 times 0.13 + 0.065
    assert ENGINE.price(Place(kind="remote", address="http://127.0.0.1:1"), work, {}) == ()


def test_a_run_says_it_before_it_begins(credentials: None) -> None:
    from bench.runner import plan as planning
    from bench.runner.prices import prices
    from bench.runner.request import Request

    request = Request(
        names=("ycsb-c",), engines=("dynamodb@aws:us-east-1", "lmdb"), load="open:100/s",
        repeat=1, duration_s=10, allow_writes=True,
    )  # fmt: skip
    made = planning.make(request, cpus=2)
    laboratory = _Laboratory(request)
    lines = prices(made, made.trials, laboratory)  # type: ignore[arg-type]
    assert len(lines) == 2
    assert all(line.startswith("dynamodb@aws:us-east-1, ycsb-c: ") for line in lines)
    assert "on AWS this costs at most about $" in lines[0]


class _Laboratory:
    """As much of a laboratory as a bill needs."""

    def __init__(self, request: Any) -> None:
        from types import SimpleNamespace

        self.request, self.pace = request, request.pace()
        self.environment = SimpleNamespace(cpus=2)


def _plan() -> Plan:
    return Plan(
        layout=Layout(dataset=datasets.get("accounts"), prefix="storefit_x"),
        records=100,
        seed=1,
        record_size_bytes=None,
        consistency="eventual",
    )


def _session(server: Endpoint) -> Any:
    return DynamodbDialer(
        Link(endpoint=server.url, region="us-east-1", timeout_s=5), _plan()
    ).dial()


def test_tables_are_named_deleted_and_provisioned_as_asked(tmp_path: Path) -> None:
    no_table.known = {}  # type: ignore[attr-defined]
    with (
        endpoint(no_table) as server,
        running(server.url, tmp_path, read_capacity="5", write_capacity="7") as target,
    ):
        target.load(plan("accounts", records=30))
        with session_of(target) as session:
            assert session.usage().read_units == 0
        assert target.describe().settings["billing"] == "provisioned"
    made = [arguments for action, arguments, _ in server.asked if action == "CreateTable"]
    assert all(each["TableName"].startswith("storefit_") for each in made)
    capacity = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 7}
    assert all(each["ProvisionedThroughput"] == capacity for each in made)
    gone = [arguments for action, arguments, _ in server.asked if action == "DeleteTable"]
    assert {each["TableName"] for each in gone} == {each["TableName"] for each in made}
