"""What a backup's tool is told: the password is in a private file, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.engines.innodb import tools as innodb
from bench.engines.innodb.link import Link as InnodbLink
from bench.engines.mariadb.flavour import FLAVOUR
from bench.engines.postgresql import tools as postgresql
from bench.engines.postgresql.link import Link as PostgresqlLink
from bench.engines.seam import OperationFailed
from bench.targets.account import Account
from bench.targets.secret import Secret

PASSWORD = 'hush \\ "quoted" #1'
ME = Account("the current user")
# Tells its arguments, its environment, and the mode of the files where it works.
TOOL = """#!/bin/sh
{ echo "$@"; env; } >told
ls -l . | grep -v told >modes
cat service client.cnf >kept 2>/dev/null
exit 0
"""


@pytest.fixture
def tool(tmp_path: Path) -> str:
    file = tmp_path / "tool"
    file.write_text(TOOL)
    file.chmod(0o755)
    return str(file)


@pytest.fixture
def within(tmp_path: Path) -> Path:
    made = tmp_path / "within"
    made.mkdir(mode=0o700)
    return made


def postgresql_call(tool: str, within: Path) -> None:
    link = PostgresqlLink(
        parameters={"host": "db.example", "user": "me"},
        secrets={"password": Secret(PASSWORD)},
        own_server=True,
    )
    argv = [tool, "--dbname=service=storefit"]
    postgresql.call(argv, ME, link=link, within=within, called="pg_dump")


def innodb_call(tool: str, within: Path) -> None:
    link = InnodbLink(host="db.example", port=3307, user="me", password=Secret(PASSWORD))
    innodb.call([tool, "--quick"], ME, link=link, within=within, takes=None)


@pytest.mark.parametrize("call", [postgresql_call, innodb_call])
def test_a_password_is_in_a_private_file_that_goes(call: object, tool: str, within: Path) -> None:
    call(tool, within)  # type: ignore[operator]
    assert "hush" not in (within / "told").read_text()
    (line,) = [
        line
        for line in (within / "modes").read_text().splitlines()
        if line.endswith(("service", "client.cnf"))
    ]
    assert line.startswith("-rw-------")
    assert "hush" in (within / "kept").read_text()
    assert {file.name for file in within.iterdir()} == {"told", "modes", "kept"}


@pytest.mark.parametrize("call", [postgresql_call, innodb_call])
def test_a_tool_that_fails_is_told_without_the_password(
    call: object, tmp_path: Path, within: Path
) -> None:
    tool = tmp_path / "tool"
    tool.write_text(f"#!/bin/sh\necho '{PASSWORD} was refused'\nexit 3\n")
    tool.chmod(0o755)
    with pytest.raises(OperationFailed, match="refused") as caught:
        call(str(tool), within)  # type: ignore[operator]
    assert "hush" not in str(caught.value)
    assert not list(within.iterdir())


def test_a_program_of_the_other_product_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, said in (("one-dump", "one-dump from 10.11-MariaDB"), ("two-dump", "Ver 9.1 MySQL")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{said}'\n")
        (tmp_path / name).chmod(0o755)
    assert innodb.found(FLAVOUR, "one-dump") == str(tmp_path / "one-dump")
    assert innodb.found(FLAVOUR, "two-dump") is None
    assert innodb.found(FLAVOUR, "three-dump") is None
