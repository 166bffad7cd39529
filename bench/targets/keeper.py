"""The keeper: a tiny process that leaves a machine as it was found, whatever happens to storefit.

It learns, before anything is set up, how that is undone: directories and control groups to
remove, processes to stop, commands to run. It undoes them when the keeper is closed and equally when storefit dies,
even by SIGKILL: there is one way out, and it is used every time. It knows no engine.
"""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.targets import cleanup
from workloads.errors import PlaceError

_SPARE_S = 10.0


class Keeper:
    """A context manager; what is registered is undone at its end, the last one first.

    Not for use by several threads at once.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._entries: dict[int, cleanup.Entry] = {}
        self._children: list[subprocess.Popen[bytes]] = []
        self._numbers = itertools.count()

    def __enter__(self) -> Self:
        import os

        # -I and -S: nothing of the environment or of site-packages is loaded, which keeps the
        # start at some 15 ms. A session of its own: a terminal's interrupt does not reach it.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", cleanup.__file__, str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        faults = self.close()
        if faults and error is None:
            raise PlaceError(
                "not everything that was set up could be removed: " + "; ".join(faults),
                hint="look for leftover processes and directories",
            )

    @property
    def pid(self) -> int | None:
        """The keeper's process while it is open."""
        return self._process.pid if self._process else None

    def directory(self, path: Path) -> int:
        """Remove `path` and all in it at the end, after ending the processes that work there."""
        return self._register({"kind": "directory", "path": str(path.absolute())})

    def group(self, path: Path, *, patience_s: float = 5.0) -> int:
        """Remove a control group at the end; its processes have so long to end by themselves."""
        return self._register({"kind": "group", "path": str(path), "patience_s": patience_s})

    def process(
        self,
        child: subprocess.Popen[bytes],
        *,
        stop_signal: signal.Signals = signal.SIGTERM,
        patience_s: float = 10.0,
    ) -> int:
        """Stop `child` at the end: `stop_signal`, and SIGKILL after `patience_s` seconds."""
        self._children.append(child)
        return self._register(
            {
                "kind": "process",
                "pid": child.pid,
                "signal": int(stop_signal),
                "patience_s": patience_s,
            }
        )

    def command(self, argv: Sequence[str], *, text: str = "", patience_s: float = 30.0) -> int:
        """Run a command at the end, with `text` (secrets go there) on its standard input."""
        return self._register(
            {"kind": "command", "argv": list(argv), "input": text, "patience_s": patience_s}
        )

    def forget(self, number: int) -> None:
        """Do not undo this any more: it was done."""
        self._entries.pop(number, None)
        self._tell({"kind": "forget", "id": number})

    def ended(self, child: subprocess.Popen[bytes]) -> None:
        """Do not stop this process any more: it has ended, and its number may be another's."""
        for number, entry in list(self._entries.items()):
            if entry["kind"] == "process" and entry["pid"] == child.pid:
                self.forget(number)
        if child in self._children:
            self._children.remove(child)

    def close(self) -> list[str]:
        """Undo everything; what could not be undone, in words. Closing twice does nothing."""
        process, self._process = self._process, None
        if process is None:
            return []
        entries, self._entries = self._entries, {}
        patience_s = _SPARE_S + sum(e.get("patience_s", 1.0) for e in entries.values())
        faults = self._dismiss(process, patience_s)
        if faults is None:
            # Somebody ended the keeper: do its work here.
            faults = cleanup.undo([_with_handle(entry) for entry in entries.values()])
        for child in self._children:
            child.poll()
        self._children.clear()
        return faults

    def _dismiss(self, process: subprocess.Popen[bytes], patience_s: float) -> list[str] | None:
        """Let the keeper do its work and end; what it says, or None when it is gone."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(b'{"kind": "end"}\n')
            process.stdin.close()
        except BrokenPipeError:
            pass
        deadline = time.monotonic() + patience_s
        while process.poll() is None:
            for child in self._children:
                child.poll()  # a child that ended is seen as ended only once it was waited for
            if time.monotonic() > deadline:
                process.kill()
            time.sleep(cleanup.POLL_S)
        with process.stdout:
            answer = process.stdout.read()
        return None if process.returncode or not answer else list(json.loads(answer))

    def _register(self, entry: cleanup.Entry) -> int:
        entry["id"] = next(self._numbers)
        self._entries[entry["id"]] = entry
        self._tell(entry)
        return int(entry["id"])

    def _tell(self, entry: cleanup.Entry) -> None:
        if self._process is None:
            raise ValueError("the keeper is not open")
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(entry).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise PlaceError(
                "the process that cleans up after a target was ended from outside",
                hint="run it again",
            ) from error


def _with_handle(entry: cleanup.Entry) -> cleanup.Entry:
    return entry | {"handle": cleanup.handle_of(entry["pid"])} if "pid" in entry else entry
