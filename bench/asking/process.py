"""The asking process: opens an inquiry, asks, and tells time, memory and answer."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.asking.messages import Ask, Open, Ready, Refused, Told
from bench.driver.process import PipeLink, tie_to_parent
from bench.engines.seam import OperationFailed

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from bench.engines.seam import Inquiry

_OWN = Path("/proc/self")
# Written to clear_refs this sets the peak of resident memory to what is resident now; see proc(5).
_FORGET_PEAK = "5"
_PEAK = "VmHWM:"


def main(connection: Connection, parent_pid: int) -> None:
    """Serve the parent at the other end of `connection`; the entry point of the process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    tie_to_parent(parent_pid)
    try:
        serve(PipeLink(connection))
    except EOFError:
        return
    finally:
        connection.close()


def serve(link: PipeLink) -> None:
    """Answer messages until another one than those of asking comes."""
    inquiry: Inquiry | None = None
    try:
        while True:
            message = link.wait()
            try:
                if isinstance(message, Open):
                    inquiry = message.questioner.open()
                    link.send(Ready(memory_bytes=_peak_bytes()))
                elif isinstance(message, Ask) and inquiry is not None:
                    link.send(_told(inquiry, message))
                else:
                    return
            except OperationFailed as failure:
                link.send(Refused(kind=failure.kind, message=str(failure)))
            except MemoryError as error:
                link.send(Refused(kind="memory", message=str(error)))
    finally:
        if inquiry is not None:
            inquiry.close()


def _told(inquiry: Inquiry, message: Ask) -> Told:
    _forget_peak()
    cpu_s, began_s = time.process_time(), time.perf_counter()
    raw = inquiry.ask(message.query)
    seconds, cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_s
    memory_bytes = _peak_bytes()
    return Told(
        seconds=seconds,
        cpu_s=cpu_s,
        memory_bytes=memory_bytes,
        rows=inquiry.rows(raw),
        answer=inquiry.answer(raw) if message.answer else None,
    )


def _forget_peak() -> None:
    try:
        (_OWN / "clear_refs").write_text(_FORGET_PEAK)
    except OSError:
        return  # then the peak is that of the process' whole life, which is no less


def _peak_bytes() -> int | None:
    try:
        lines = (_OWN / "status").read_text().splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith(_PEAK)]
    return int(found[0]) * 1024 if found else None
