"""One fork server for all tests of a process, with everything loaded that workers need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.driver import crew


@pytest.fixture(scope="session", autouse=True)
def _fork_server() -> None:
    preloaded = [*crew._PRELOADED, "fork_server_ground"]
    before = os.environ.get("PYTHONPATH")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crew, "_PRELOADED", preloaded)
        here = str(Path(__file__).parent)
        patch.setenv("PYTHONPATH", os.pathsep.join([here, before] if before else [here]))
        crew.warm_up()
    # the server runs and has read its list; later calls of the crew do not change it
