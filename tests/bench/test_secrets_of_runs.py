"""Somebody's servers: not written to unasked, and their passwords nowhere, whatever fails."""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from test_run_loop import _cheap_environment  # noqa: F401 - a fixture

import bench.engines as engines
from bench.__main__ import group
from bench.engines import fake
from bench.engines.fake import FakeEngine, FakeTarget
from bench.engines.seam import Description, Place, Settings
from bench.runner.plan import target_of
from bench.runner.redact import secrets_of, without
from workloads.command import run as run_command
from workloads.errors import InputError, StorefitError

PASSWORD = "zE3ra/p@ss:w?rd#% é'\"\\ ;&x"
ENCODED = quote(PASSWORD, safe="")
# What is left of it however it is quoted or cut.
FORMS = (PASSWORD, ENCODED, quote(PASSWORD), "zE3ra", base64.b64encode(b"zE3ra").decode()[:6])
REMOTE = [name for name in engines.names() if "remote" in engines.get(name).places]
WORKLOAD = """\
schema: 1
name: small
data: {dataset: records, records: 300, record_size: 200 B}
operations:
  - {kind: read, weight: 8}
  - {kind: update, weight: 2}
"""


def addresses(name: str, login: str = "") -> list[str]:
    """A dead port, as a DSN and as an endpoint."""
    return [f"{name}://{login}127.0.0.1:1/db", f"{name}@http://{login}127.0.0.1:1"]


def test_there_are_engines_that_take_an_address() -> None:
    assert len(REMOTE) >= 3


@pytest.mark.parametrize("name", REMOTE)
def test_what_storefit_did_not_start_is_not_written_to_unasked(name: str, tmp_path: Path) -> None:
    said = []
    for text in addresses(name):
        target = target_of(text)
        with (
            pytest.raises(InputError) as caught,
            target.engine.open(target.place, Settings(workdir=tmp_path)),
        ):
            pytest.fail("it was opened")
        assert caught.value.exit_code == 2
        said.append(f"{caught.value.message} {caught.value.hint}")
    # of the two forms an engine may know only one
    assert any("--allow-writes" in each for each in said)


@pytest.mark.parametrize("name", REMOTE)
@pytest.mark.parametrize("allow_writes", [True, False])
def test_no_error_of_an_engine_tells_the_password(
    name: str, allow_writes: bool, tmp_path: Path
) -> None:
    settings = Settings(workdir=tmp_path, allow_writes=allow_writes)
    for text in (*addresses(name, f"me:{ENCODED}@"), *addresses(name, f"me:{PASSWORD}@")):
        with pytest.raises(StorefitError) as caught:  # noqa: PT012
            target = target_of(text)
            with target.engine.open(target.place, settings):
                pass
        error: BaseException | None = caught.value
        assert_clean(f"{caught.value.message} {caught.value.hint} {target!r} {target.text}")
        while error is not None and isinstance(error, StorefitError):
            assert_clean(repr(error))
            error = error.__cause__


def assert_clean(text: str) -> None:
    for form in FORMS:
        assert form not in text


@dataclass(frozen=True, slots=True, kw_only=True)
class Talkative(FakeEngine):
    """Somebody's fake: its driver puts its whole address into every message."""

    places: tuple[str, ...] = ("in-process", "remote")
    dies: bool = False

    @contextmanager
    def open(self, place: Place, settings: Settings) -> Iterator[FakeTarget]:
        measures = settings.workdir.name.startswith(".work-")  # else it only looks who is there
        if self.dies and measures:
            raise ConnectionError(f"{place.address}: {PASSWORD} was refused")
        yield Told(settings=settings, behaviour=self.behaviour, clock=self.clock)
        if measures:
            raise ConnectionError(f"lost {place.address}, password={PASSWORD}")


class Told(FakeTarget):
    def describe(self) -> Description:
        return Description(
            engine="fake",
            version="1",
            place="remote",
            durability=self.settings.durability,
            settings={"primary_conninfo": f"host=x password={PASSWORD}"},
        )


def test_one_that_cannot_be_reached_is_an_error_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def refuse(self: FakeEngine, place: Place, settings: Settings) -> Iterator[FakeTarget]:
        raise ConnectionError(f"{place.address}: {PASSWORD} was refused")
        yield

    monkeypatch.setattr(fake, "ENGINE", Talkative())
    monkeypatch.setattr(Talkative, "open", refuse)
    (tmp_path / "small.yaml").write_text(WORKLOAD)
    target = f"fake://me:{ENCODED}@db.example/shop"
    told = ["run", str(tmp_path / "small.yaml"), "--engine", target, "--allow-writes"]
    assert call(*told, "--results", str(tmp_path / "out")) == 3
    out, err = capfd.readouterr()
    assert "fake://me:***@db.example/shop cannot be used: " in err
    assert_clean(out + err)


@pytest.mark.parametrize("dies", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_password_is_in_nothing_that_a_run_leaves(
    dies: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(fake, "ENGINE", Talkative(dies=dies))
    workload, results = tmp_path / "small.yaml", tmp_path / "out"
    workload.write_text(WORKLOAD)
    target = f"fake://me:{ENCODED}@db.example/shop"
    for _ in range(2):
        told = ["run", str(workload), "--engine", target, "--quick", "--results", str(results)]
        assert call(*told, "--allow-writes") == (1 if dies else 0)
    first, second = sorted(results.glob("2*"))
    for words in (
        ("show", str(first)),
        ("show", str(first), "--json"),
        ("compare", str(first), str(second)),
        ("report", str(first), str(second), "--out", str(tmp_path / "page")),
        ("resume", str(first)),
        ("resume", str(first), "--engine", target),
    ):
        call(*words)
    out, err = capfd.readouterr()
    assert "me:***@db.example" in err
    assert_clean(out + err)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {"run.json", "records.ndjson", "index.html"} <= {file.name for file in files}
    for file in files:
        assert_clean(file.read_text(errors="replace"))
    if not dies:
        assert "password=***" in (first / "records.ndjson").read_text()


def call(*words: str) -> int:
    """The exit code of `bench WORDS`."""
    with pytest.raises(SystemExit) as ended:  # noqa: PT012 - a command that ends well returns
        run_command(group, list(words))
        sys.exit(0)
    return int(ended.value.code or 0)


def test_a_secret_is_blotted_out_in_every_form() -> None:
    secrets = secrets_of(target_of(f"postgresql://me:{ENCODED}@h/d?password=a%20b"))
    for form in (PASSWORD, ENCODED, "a b", "a%20b", repr(PASSWORD)):
        assert_clean(without(f"no {form} here", secrets))
        assert "a b" not in without(f"no {form} here", secrets)
    assert secrets_of(target_of("postgresql://me@h/d")) == ()
    assert without("as it was", ()) == "as it was"
