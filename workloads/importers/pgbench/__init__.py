"""pgbench's custom scripts of the standard forms, the built-in three among them.

What `pgbench --show-script=tpcb-like` prints loads as the built-in `tpcb` does: one transaction of
the same steps on the same tables (dataset `accounts`). Forms and meanings are those of pgbench's
manual (PostgreSQL 18). pgbench's zipfian and exponential keys are the bounded laws of our
choosers; where popular records lie next to each other there, they are scattered here (zipfian)
or are the newest (exponential), and a remark says so. What a workload cannot hold is one fault
for each line that says it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from workloads.importers.pgbench.building import Builder, Built
from workloads.importers.pgbench.keys import keys_and_records
from workloads.importers.pgbench.script import scripts
from workloads.importers.pgbench.tables import DATASET, RECORD_SIZE_BYTES
from workloads.importers.seam import Imported
from workloads.spec.consistency import contradictions
from workloads.spec.faults import Fault, as_error
from workloads.spec.fields import MOST_OPERATIONS
from workloads.spec.model import Data, Workload

ENDINGS = (".sql", ".pgbench")
SIGN = re.compile(
    rb"(?mi)^[ \t]*\\set(?:random)?[ \t]+\w|^[ \t]*(?:select|update|insert|delete)\b[^\n]*\bpgbench_"
)
SCALED = re.compile(r":scale\b")
SCALE_SET = re.compile(r"(?m)^[ \t]*\\set[ \t]+scale\b")
HINT = "statements and backslash commands that load: docs/how-to/own-data.md"


@dataclass(frozen=True, slots=True)
class PgbenchImporter:
    """Reads scripts for pgbench's own tables as operations on the dataset `accounts`."""

    name: str = "pgbench"
    description: str = "pgbench scripts (pgbench --show-script=tpcb-like, custom ones like it)"

    def recognises(self, name: str, content: bytes) -> bool:
        return name.lower().endswith(ENDINGS) or bool(SIGN.search(content[:200_000]))

    def read(self, content: bytes, *, path: str, name: str) -> Imported:
        built = Built()
        text = _decoded(content, path)
        found = scripts(text, name=name, fault=built.faults.append)
        if not found:
            fault = Fault(line=0, key="file", found="no statement", allowed="a pgbench script")
            raise as_error([fault], path=path, hint=HINT)
        builder = Builder(built)
        for script in found:
            builder.script(script)
        keys, records = keys_and_records(built)
        _check_number(built)
        workload = Workload(
            name=name,
            description=_description(name, [script.name for script in found]),
            data=Data(
                format="relational",
                dataset=DATASET,
                records=records,
                record_size_bytes=RECORD_SIZE_BYTES,
                keys=keys,
            ),
            operations=tuple(built.operations),
        )
        if not built.faults:
            built.faults += _contradictions(workload, built)
        if built.faults:
            raise as_error(built.faults, path=path, hint=HINT)
        if SCALED.search(text) and not SCALE_SET.search(text):
            built.note(
                1, f"scale is 1, {records:,} accounts: put \\set scale 100 first for another"
            )
        notes = sorted(built.notes)
        return Imported(workload=workload, notes=tuple(f"{path}:{n}: {text}" for n, text in notes))


def _description(name: str, scripts: list[str]) -> str:
    others = [each for each in scripts if each != name]
    return f"pgbench script, read from {name}" + (f" ({', '.join(others)})" if others else "")


def _decoded(content: bytes, path: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = f"byte 0x{content[error.start]:02x} is not UTF-8"
        fault = Fault(line=line, key="file", found=found, allowed="text in UTF-8")
        raise as_error([fault], path=path, hint=HINT) from error


def _check_number(built: Built) -> None:
    number = len(built.operations)
    if number > MOST_OPERATIONS:
        line = built.lines[MOST_OPERATIONS][0]
        allowed = f"at most {MOST_OPERATIONS}"
        fault = Fault(line=line, key="file", found=f"{number} operations", allowed=allowed)
        built.faults.append(fault)


def _contradictions(workload: Workload, built: Built) -> list[Fault]:
    """What the steps say against each other, at the lines that they come from."""
    faults = []
    for found in contradictions(workload):
        numbers = [int(number) for number in re.findall(r"\[(\d+)\]", found.path)]
        lines = built.lines[numbers[0]] if numbers else [1]
        line = lines[numbers[1]] if len(numbers) > 1 else lines[0]
        key = found.path.rpartition(".")[2]
        faults.append(Fault(line=line, key=key, found=found.found, allowed=found.allowed))
    return faults


IMPORTER = PgbenchImporter()
