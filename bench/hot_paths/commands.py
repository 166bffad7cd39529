"""Commands from a cold start, as a person waits for them: processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path


class Commands:
    """`advisor` and `bench` on the command line; the workload is a built-in one."""

    def setup(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        # What `advisor explain` remembers of the person's own last answer stays as it is.
        self.surroundings = os.environ | {"XDG_CACHE_HOME": self.directory.name}
        self.page = str(Path(self.directory.name) / "report.html")

    def teardown(self) -> None:
        self.directory.cleanup()

    def time_recommend(self) -> None:
        self._run("advisor", "recommend", "book-store")

    def time_recommend_with_report(self) -> None:
        self._run("advisor", "recommend", "book-store", "--report", self.page)

    def time_help_of_advisor(self) -> None:
        self._run("advisor", "--help")

    def time_help_of_bench(self) -> None:
        self._run("bench", "--help")

    def time_replay_of_a_year(self) -> None:
        self._run("advisor", "replay", "session-store")

    def _run(self, room: str, *arguments: str) -> None:
        command = [sys.executable, "-m", room, *arguments]
        subprocess.run(command, env=self.surroundings, check=True, capture_output=True)
