"""Reading records back: one place that turns every wrong file into one clear error."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from results.lines import NOT_DECODED, decoder
from results.record import RECORD_SCHEMA, Record
from results.runs import files, unreadable
from results.versions import upgraded
from workloads.errors import InputError, Remark

_REFERENCE = Path(__file__).parent / "reference"


# Numbers of 1e20 and more: every quantity of a record is far below, and sums of them overflow. A
# quick look for their exponent and what ends a number comes first: the text of a histogram has
# exponents by chance, but none of these ends.
_LARGE = re.compile(rb"[eE]\+?(?:[2-9]\d|[1-9]\d\d)\s*[,}\]]")
_BEYOND = re.compile(rb"[:\[,]\s*(-?\d+(?:\.\d+)?[eE]\+?(?:[2-9]\d|[1-9]\d\d))\s*[,}\]]")


# Times, sizes, rates and counts that nothing can make negative. Of others, some are differences that
# were measured (from when a window began, less what an idle engine uses).
_NEGATIVE = re.compile(rb'"(\w+)"\s*:\s*(-[\d.]+(?:[eE][-+]?\d+)?)')
_NEVER_NEGATIVE = frozenset(
    b"duration_s warmup_s planned_duration_s throughput_per_s goodput_per_s rate_per_s rows_per_s"
    b" operations_done errors_count mean_s min_s p50_s p90_s p95_s p99_s p999_s max_s load_s"
    b" memory_bytes stored_bytes stored_bytes_after logical_bytes rows records record_size_bytes"
    b" scale".split()
)


class _Versioned(msgspec.Struct):
    schema: int


def read(*paths: str | Path) -> list[Record]:
    """Records of all paths, by run and number; a file that is named twice counts once.

    A path is a records file, the directory of a run, or a directory of runs (or of records
    files). Needs no numpy.
    InputError when a path is missing or unreadable, a line is damaged, a record is of a newer
    version, or there is no record at all. A last line that was cut off, as in an unfinished copy,
    is left out with a `Remark`.
    """
    found: dict[Path, None] = {}
    for path in paths:
        found |= dict.fromkeys(file.resolve() for file in files(Path(path)))
    records = [record for file in found for record in records_of(file)]
    if not records:
        named = ", ".join(str(path) for path in paths)
        raise InputError(
            f"{named}: no records yet", hint="`bench run WORKLOAD --results DIR` makes some"
        )
    return in_order(records)


def in_order(records: Iterable[Record]) -> list[Record]:
    """By run and number."""
    return sorted(records, key=lambda record: (record.run, len(record.id), record.id))


def reference() -> list[Record]:
    """Records of the reference machine that are shipped with storefit; empty when none are."""
    # no look for numbers beyond all measure: these files are under test, and the look is half of it
    shipped = (records_of(file, checked=True) for file in sorted(_REFERENCE.glob("*.ndjson")))
    return in_order(record for records in shipped for record in records)


def records_of(file: Path, *, checked: bool = False) -> list[Record]:
    """The records of one file in the order of its lines, none or more; as `read` otherwise.

    `checked`: numbers beyond all measure were looked for before.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise unreadable(file, error) from error
    decode = decoder().decode
    records: list[Record] = []
    lines = data.rstrip().split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = decode(line)
        except NOT_DECODED as error:
            if number == len(lines) and _is_cut_off(line, ended=data.endswith(b"\n")):
                _remark(f"{file}:{number}", len(line), len(records))
                break
            record = _of_another_version(line, f"{file}:{number}", error)
        else:
            if record.schema != RECORD_SCHEMA:
                record = _of_another_version(line, f"{file}:{number}", None)
        if not checked and _LARGE.search(line) and (beyond := _BEYOND.search(line)):
            raise _damaged(
                f"{file}:{number}", ValueError(f"{beyond[1].decode()} is beyond all measure")
            )
        if not checked and (fault := _impossible(line, record)):
            raise _damaged(f"{file}:{number}", ValueError(fault))
        records.append(record)
    return records


def _impossible(line: bytes, record: Record) -> str:
    """What no measurement can have been, in words; empty for nothing."""
    for name, number in _NEGATIVE.findall(line) if b":-" in line or b": -" in line else ():
        if name in _NEVER_NEGATIVE and float(number) < 0:
            return f"{name.decode()} is {number.decode()}, and cannot be below 0"
    if record.outcome != "ok" or not record.operations_done:
        return ""
    for name, value in (
        ("duration_s", record.duration_s),
        ("throughput_per_s", record.throughput_per_s),
    ):
        if value <= 0:
            return f"{name} is 0 though {record.operations_done:,} operations were completed"
    return ""


def _is_cut_off(line: bytes, *, ended: bool) -> bool:
    """Whether a line is the beginning of one; without its end it may break off in a character."""
    try:
        msgspec.json.decode(line)
    except NOT_DECODED as fault:
        return line.startswith(b"{") and (not ended or "truncated" in str(fault))
    return False


def _remark(where: str, length: int, records: int) -> None:
    warnings.warn(
        f"{where}: the last line breaks off after {length:,} bytes and is left out; the "
        f"{records:,} records before it are used",
        Remark,
        stacklevel=4,
    )


def _of_another_version(line: bytes, where: str, error: Exception | None) -> Record:
    """Upgrade an older record; every other reason why a line is no record is an InputError."""
    try:
        schema = msgspec.json.decode(line, type=_Versioned).schema
    except NOT_DECODED as fault:
        raise _damaged(where, fault) from fault
    if schema > RECORD_SCHEMA:
        raise InputError(
            f"{where}: the record is of version {schema}; this storefit reads up to {RECORD_SCHEMA}",
            hint="update storefit, or measure again with this version",
        )
    if schema == RECORD_SCHEMA or schema < 0:
        raise _damaged(where, error)
    try:
        raw: dict[str, Any] = upgraded(msgspec.json.decode(line))
        return msgspec.convert(raw, Record)
    except (KeyError, TypeError, AttributeError, *NOT_DECODED) as fault:
        raise _damaged(where, fault) from fault


def _damaged(where: str, fault: Exception | None) -> InputError:
    return InputError(
        f"{where}: this line is not a record: {fault or 'unknown version'}",
        hint="remove the line to use the others; the run's other records are unaffected",
    )
