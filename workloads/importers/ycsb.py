"""YCSB property files (`workloada` … `workloadf` and those written like them).

Meanings and defaults are those of YCSB's CoreWorkload (read 2026-09): the request distribution
is uniform unless it is set, reads are 0.95 and updates 0.05 unless they are set, a scan reads
rows from a key on and so is a `range` here. YCSB's `zipfian` is its scrambled one, which is flatter
than its constant says, and is therefore read as `ycsb-zipfian`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from workloads.importers.java_properties import Property, properties
from workloads.importers.seam import Imported
from workloads.spec.faults import SHOWN_FAULTS, Fault, as_error, nearest, shown
from workloads.spec.fields import MOST_RECORDS
from workloads.spec.model import Data, KeyDistribution, Operation, Workload

T = TypeVar("T")

CLASS_NAME = "CoreWorkload"
PROPORTIONS = {
    "readproportion": ("read", 0.95),
    "updateproportion": ("update", 0.05),
    "scanproportion": ("range", 0.0),
    "insertproportion": ("insert", 0.0),
    "readmodifywriteproportion": ("read-modify-write", 0.0),
}
DISTRIBUTIONS = ("uniform", "zipfian", "latest", "hotspot", "exponential")
USED = frozenset(
    {
        "workload",
        "recordcount",
        "fieldcount",
        "fieldlength",
        "minfieldlength",
        "fieldlengthdistribution",
        "readallfields",
        "writeallfields",
        "minscanlength",
        "maxscanlength",
        "scanlengthdistribution",
        "requestdistribution",
        "hotspotdatafraction",
        "hotspotopnfraction",
        "exponential.percentile",
        "exponential.frac",
        *PROPORTIONS,
    }
)
# They say how long or from where YCSB runs, not what is asked of the store.
ABOUT_THE_RUN = frozenset({"operationcount", "insertorder", "table", "maxexecutiontime"})
SIGNS = USED | ABOUT_THE_RUN | {"insertstart", "insertcount", "threadcount", "measurementtype"}
SIGN = re.compile(rb"(?m)^[ \t]*([A-Za-z.]+)[ \t]*[=]")
SIZE_UNKNOWN = "the mean size of a record is left unknown"
# Settings that are right and that a workload cannot hold.
NOT_HELD = (
    ("readallfields", "false", "reads return every field here"),
    ("scanlengthdistribution", "zipfian", "lengths are drawn uniformly here"),
    ("fieldlengthdistribution", "zipfian", SIZE_UNKNOWN),
    ("fieldlengthdistribution", "histogram", SIZE_UNKNOWN),
)
# From here on an unknown property is taken for a misspelt one.
_LIKE = 0.8
HINT = "properties and their meaning: the Core Properties page of YCSB"


@dataclass(frozen=True, slots=True)
class YcsbImporter:
    """Reads the properties that describe the workload; the others become remarks."""

    name: str = "ycsb"
    description: str = "YCSB property files (key=value)"

    def recognises(self, name: str, content: bytes) -> bool:
        signs = {match.decode() for match in SIGN.findall(content[:200_000])}
        return bool(signs & SIGNS) or (name.endswith(".properties") and bool(signs))

    def read(self, content: bytes, *, path: str, name: str) -> Imported:
        given = _Given(properties(content), path)
        workload = Workload(
            name=name,
            description=f"YCSB core workload, read from {name}",
            data=Data(
                format="key-value",
                dataset="records",
                records=_records(given),
                record_size_bytes=_record_size_bytes(given),
                keys=_keys(given),
            ),
            operations=_operations(given),
        )
        _check_class(given)
        _check_proportions(given)
        if given.faults:
            raise as_error(given.faults, path=path, hint=HINT)
        return Imported(workload=workload, notes=tuple(_notes(given)))


@dataclass(slots=True)
class _Given:
    """The properties of one file; reading a wrong value collects a fault."""

    every: list[Property]
    path: str
    last: dict[str, Property] = field(init=False)  # as in Java, a later setting wins
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.last = {p.key: p for p in self.every}

    def text(self, key: str, default: str) -> str:
        return self.last[key].value if key in self.last else default

    def whole(self, key: str, default: int, *, least: int, most: int) -> int:
        allowed = f"a whole number from {least} to {most}"
        return self._parsed(key, default, lambda t: _whole(t, least, most), allowed)

    def number(self, key: str, default: float, *, most: float) -> float:
        allowed = f"a number from 0 to {most:g}"
        return self._parsed(key, default, lambda t: _number(t, most), allowed)

    def part(self, key: str, default: float, *, most: float = 1.0) -> float:
        allowed = f"a number above 0, at most {most:g}"
        return self._parsed(key, default, lambda t: _number(t, most) or None, allowed)

    def choice(self, key: str, default: str, words: tuple[str, ...]) -> str:
        allowed = f"one of {', '.join(words)}"
        return self._parsed(key, default, lambda t: _word(t, words), allowed, words)

    def truth(self, key: str, default: bool) -> bool:
        word = self.choice(key, str(default).lower(), ("true", "false"))
        return word == "true"

    def fault(self, key: str, allowed: str, words: tuple[str, ...] = ()) -> None:
        given = self.last[key]
        found = shown(given.value) if given.value else "no value"
        near = nearest(given.value, words) if words else None
        line = given.line
        self.faults.append(Fault(line=line, key=key, found=found, allowed=allowed, near=near))

    def _parsed(
        self,
        key: str,
        default: T,
        parse: Callable[[str], T | None],
        allowed: str,
        words: tuple[str, ...] = (),
    ) -> T:
        if key not in self.last:
            return default
        value = parse(self.last[key].value)
        if value is None:
            self.fault(key, allowed, words)
            return default
        return value


def _whole(text: str, least: int, most: int) -> int | None:
    if not re.fullmatch(r"\+?[0-9]{1,18}", text):
        return None
    return int(text) if least <= int(text) <= most else None


def _number(text: str, most: float) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 <= number <= most else None


def _word(text: str, words: tuple[str, ...]) -> str | None:
    return text if text in words else None


def _records(given: _Given) -> int | None:
    """YCSB has no default: without the property, nobody said."""
    if "recordcount" not in given.last:
        return None
    return given.whole("recordcount", 1, least=1, most=MOST_RECORDS)


def _record_size_bytes(given: _Given) -> float | None:
    """Fields times their mean length; None for lengths whose mean is not known from the file."""
    fields = given.whole("fieldcount", 10, least=1, most=100_000)
    longest = given.whole("fieldlength", 100, least=1, most=10**9)
    shortest = given.whole("minfieldlength", 1, least=1, most=10**9)
    spread = given.choice(
        "fieldlengthdistribution", "constant", ("constant", "uniform", "zipfian", "histogram")
    )
    if spread == "constant":
        return float(fields * longest)
    return fields * (shortest + longest) / 2 if spread == "uniform" else None


def _keys(given: _Given) -> KeyDistribution:
    data = given.part("hotspotdatafraction", 0.2)
    operations = given.part("hotspotopnfraction", 0.8)
    percentile = given.part("exponential.percentile", 95.0, most=99.9999)
    part = given.part("exponential.frac", 0.8571428571)
    kind = given.choice("requestdistribution", "uniform", DISTRIBUTIONS)
    if kind == "zipfian":
        return KeyDistribution(kind="ycsb-zipfian")
    if kind == "hotspot":
        return KeyDistribution(kind="hotspot", parameters=(data, operations))
    if kind == "exponential" and {"exponential.percentile", "exponential.frac"} & set(given.last):
        return KeyDistribution(kind="exponential", parameters=(percentile / 100, part))
    return KeyDistribution(kind=kind)


def _operations(given: _Given) -> tuple[Operation, ...]:
    shares = {
        kind: given.number(key, default, most=1e9) for key, (kind, default) in PROPORTIONS.items()
    }
    limit = given.whole("maxscanlength", 1000, least=1, most=1_000_000)
    given.choice("scanlengthdistribution", "uniform", ("uniform", "zipfian"))
    every_field = given.truth("writeallfields", False)
    given.truth("readallfields", True)
    given.whole("minscanlength", 1, least=1, most=1_000_000)
    if not any(shares.values()) and not given.faults:
        line = max((given.last[key].line for key in PROPORTIONS if key in given.last), default=0)
        given.faults.append(
            Fault(
                line=line,
                key="readproportion",
                found="proportions that sum to nothing",
                allowed="a proportion above 0",
            )
        )
    return tuple(
        Operation(
            kind=kind,
            weight=share,
            limit=limit if kind == "range" else None,
            uniform_limit=kind == "range",
            all_fields=every_field and kind in ("update", "read-modify-write"),
        )
        for kind, share in shares.items()
        if share
    )


def _check_class(given: _Given) -> None:
    """Only the core workload has these meanings; its package changed its name over time."""
    name = given.text("workload", CLASS_NAME)
    if name.rpartition(".")[2] != CLASS_NAME:
        given.fault(
            "workload", f"a class named {CLASS_NAME}, such as site.ycsb.workloads.{CLASS_NAME}"
        )


def _check_proportions(given: _Given) -> None:
    """A misspelt proportion would leave its default in force: another mix than was meant."""
    for found in given.every:
        if found.key in SIGNS:
            continue
        near = nearest(found.key, PROPORTIONS, likeness=_LIKE)
        if near is not None:
            allowed = f"the proportions are {', '.join(PROPORTIONS)}"
            given.faults.append(
                Fault(
                    line=found.line,
                    key=shown(found.key),
                    found="not known to YCSB",
                    allowed=allowed,
                    near=near,
                )
            )


def _notes(given: _Given) -> list[str]:
    """What the file says that the workload does not hold, one sentence each."""
    notes = [
        f"{given.path}:{given.last[key].line}: {key}={value}: {what}"
        for key, value, what in NOT_HELD
        if given.text(key, "") == value
    ]
    if given.text("minscanlength", "1") != "1":
        line = given.last["minscanlength"].line
        notes.append(f"{given.path}:{line}: minscanlength: lengths start at 1 here")
    unused = [p for p in given.last.values() if p.key not in USED | ABOUT_THE_RUN]
    for p in unused[:SHOWN_FAULTS]:
        near = nearest(p.key, USED, likeness=_LIKE) if p.key not in SIGNS else None
        meant = f"; if you meant '{near}', correct it" if near else ""
        notes.append(f"{given.path}:{p.line}: {shown(p.key)} is not used{meant}")
    return notes


IMPORTER = YcsbImporter()
