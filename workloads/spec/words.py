"""Kinds of value that are words: free text, an engine, regions, a key distribution."""

from __future__ import annotations

import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any

from workloads.spec import units
from workloads.spec.faults import Refused, nearest, shown
from workloads.spec.kinds import FALSE, TRUE, as_node, as_number, scalar
from workloads.spec.model import KEY_DISTRIBUTIONS, KeyDistribution
from workloads.spec.tree import Node, Scalar, Sequence, describe

# The products whose names people write in more than one way. Any other word is an engine too:
# one that storefit knows nothing of, which is an answer in itself.
ENGINES = (
    "postgresql", "mysql", "mariadb", "sqlserver", "oracle", "db2", "sqlite", "cockroachdb",
    "mongodb", "couchbase", "dynamodb", "cassandra", "scylladb", "hbase", "redis", "valkey",
    "memcached", "lmdb", "rocksdb", "neo4j", "elasticsearch", "opensearch", "clickhouse",
    "redshift", "snowflake", "influxdb", "timescaledb", "informix", "sybase", "firebird",
    "aurora", "rds", "sap-hana", "couchdb", "janusgraph", "yugabytedb", "tidb", "solr", "vertica",
    "teradata", "bigquery", "documentdb", "keyspaces", "neptune", "timestream", "dsql",
    "elasticache", "memorydb", "athena",
)  # fmt: skip
ENGINE_SPELLINGS = {
    "postgres": "postgresql", "pg": "postgresql", "psql": "postgresql", "mssql": "sqlserver",
    "sql server": "sqlserver", "sql-server": "sqlserver", "microsoft sql server": "sqlserver",
    "mongo": "mongodb", "maria": "mariadb", "oracle database": "oracle", "ibm db2": "db2",
    "db2 luw": "db2", "elastic": "elasticsearch", "timescale": "timescaledb",
}  # fmt: skip
NO_ENGINE = frozenset({"none", "any", "no", "off", "false", "true", "yes", "on", "unknown", "nil"})
ENGINE_PATTERN = r"^[A-Za-z][A-Za-z0-9 .+_/-]{0,39}$"

# AWS region codes are an area (with a partition: us-gov), a direction and a number. The list is
# used only to suggest a spelling.
COMPASS = "north|south|east|west|central|northeast|northwest|southeast|southwest"
REGION_PATTERN = rf"^[a-z]{{2,4}}(-[a-z]{{2,4}})?-({COMPASS})-[1-9][0-9]?$"
REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "ca-west-1",
    "mx-central-1", "sa-east-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1",
    "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2", "il-central-1", "me-south-1",
    "me-central-1", "af-south-1", "ap-east-1", "ap-south-1", "ap-south-2", "ap-southeast-1",
    "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-7",
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "us-gov-east-1", "us-gov-west-1",
    "cn-north-1", "cn-northwest-1",
)  # fmt: skip
MOST_REGIONS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Free text; one line unless `lines`. `forbidden` lists characters that it may not hold."""

    most_characters: int
    lines: bool = False
    forbidden: str = ""
    may_be_empty: bool = False
    name: str = "text"
    unit: str = ""
    words: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        one_line = "" if self.lines else " in one line"
        without = f", without {' '.join(self.forbidden)}" if self.forbidden else ""
        return f"text{one_line}{without}, at most {self.most_characters} characters"

    def read(self, node: Node) -> str:
        found = scalar(node, self)
        text = found.text.strip()
        if found.plain and text in TRUE | FALSE:
            raise Refused(f"the truth value {text}", self.allowed, f'"{text}"')
        if not text and not self.may_be_empty:
            raise Refused("an empty text", self.allowed)
        if len(text) > self.most_characters:
            raise Refused(f"{len(text)} characters", self.allowed)
        wrong = next((c for c in text if not self._is_allowed(c)), None)
        if wrong is not None:
            raise Refused(f"the character {wrong!a} in {shown(text)}", self.allowed)
        return text

    def check(self, value: Any) -> str:
        return self.read(as_node(value, self))

    def write(self, value: str) -> str:
        return value

    def schema(self) -> dict[str, Any]:
        outside = re.escape(self.forbidden) + ("" if self.lines else r"\x00-\x1f")
        size = {"minLength": 0 if self.may_be_empty else 1, "maxLength": self.most_characters}
        pattern = {"pattern": f"^[^{outside}]*$"} if outside else {}
        return {"type": ["string", "number"]} | size | pattern

    def _is_allowed(self, character: str) -> bool:
        if character in self.forbidden:
            return False
        return character.isprintable() or (self.lines and character in "\n\t")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineWord:
    """A product or dialect that must stay: a known name or any other."""

    name: str = "engine"
    unit: str = ""
    words: tuple[str, ...] = ()
    allowed: str = "the name of a product such as postgresql or mongodb; no key if none must stay"

    def read(self, node: Node) -> str:
        found = scalar(node, self)
        word = " ".join(found.text.lower().split())
        if word in NO_ENGINE or not re.match(ENGINE_PATTERN, word):
            near = "null" if word in NO_ENGINE else nearest(word, ENGINES)
            raise Refused(shown(found.text), self.allowed, near)
        return ENGINE_SPELLINGS.get(word, word)

    def check(self, value: Any) -> str:
        return self.read(as_node(value, self))

    def write(self, value: str) -> str:
        return value

    def schema(self) -> dict[str, Any]:
        pattern = {"type": "string", "pattern": ENGINE_PATTERN, "not": {"enum": sorted(NO_ENGINE)}}
        return {"examples": list(ENGINES)} | pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """An AWS region code; whether prices are known for it is not decided here."""

    name: str = "region"
    unit: str = ""
    words: tuple[str, ...] = ()
    allowed: str = "a region such as us-east-1 or eu-west-1"

    def read(self, node: Node) -> str:
        text = scalar(node, self).text
        if re.match(REGION_PATTERN, text) and "\n" not in text:
            return text
        zone = text[:-1] if re.match(REGION_PATTERN, text[:-1]) else None
        what = f"the zone {shown(text)}" if zone else shown(text)
        raise Refused(what, self.allowed, zone or nearest(text, REGIONS))

    def check(self, value: Any) -> str:
        return self.read(as_node(value, self))

    def write(self, value: str) -> str:
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": REGION_PATTERN, "examples": list(REGIONS[:8])}


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions:
    """A list of one or more different regions."""

    name: str = "regions"
    unit: str = ""
    words: tuple[str, ...] = ()
    allowed: str = "a list of regions such as [us-east-1, eu-west-1]"

    def read(self, node: Node) -> tuple[str, ...]:
        if isinstance(node, Scalar):
            parts = [part.strip() for part in node.text.split(",")]
            right = all(re.match(REGION_PATTERN, part) for part in parts)
            raise Refused(describe(node), self.allowed, f"[{', '.join(parts)}]" if right else None)
        if not isinstance(node, Sequence):
            raise Refused(describe(node), self.allowed)
        return self._different([Region().read(item) for item in node.items])

    def check(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, (list, tuple)):
            raise Refused(f"{shown(str(value))} of type {type(value).__name__}", self.allowed)
        return self._different([Region().check(item) for item in value])

    def write(self, value: tuple[str, ...]) -> list[str]:
        return list(value)

    def schema(self) -> dict[str, Any]:
        few = {"minItems": 1, "maxItems": MOST_REGIONS, "uniqueItems": True}
        return {"type": "array", "items": Region().schema()} | few

    def _different(self, regions: list[str]) -> tuple[str, ...]:
        if not regions:
            raise Refused("an empty list", self.allowed)
        if len(regions) > MOST_REGIONS:
            raise Refused(f"{len(regions)} regions", f"at most {MOST_REGIONS}")
        twice = next((r for r in regions if regions.count(r) > 1), None)
        if twice:
            raise Refused(f"{shown(twice)} given twice", self.allowed)
        return tuple(regions)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a key distribution: above `above`, at most `most`."""

    name: str
    above: float
    most: float


# zipfian: theta of Gray et al. (SIGMOD 1994); hotspot: part of the data and part of the
# operations that meets it; exponential: part of the operations within a part of the data.
PARAMETERS: AnyMapping[str, tuple[Parameter, ...]] = {
    "zipfian": (Parameter("theta", 0.0, 10.0),),
    "hotspot": (Parameter("data", 0.0, 1.0), Parameter("operations", 0.0, 1.0)),
    "exponential": (Parameter("operations", 0.0, 0.999999), Parameter("data", 0.0, 1.0)),
}
# What a bare word means: YCSB's own defaults. A bare `exponential` keeps its 0.95 and 6/7.
DEFAULTS = {"zipfian": (0.99,), "hotspot": (0.2, 0.8)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """A key distribution: `uniform`, `zipfian(0.99)`, `hotspot(0.2, 0.8)`, …"""

    name: str = "key distribution"
    unit: str = ""
    words: tuple[str, ...] = KEY_DISTRIBUTIONS
    allowed: str = (
        "uniform, zipfian(theta), ycsb-zipfian, latest, hotspot(data, operations) "
        "or exponential(operations, data)"
    )

    def read(self, node: Node) -> KeyDistribution:
        text = scalar(node, self).text.strip()
        if re.fullmatch(r"[a-z-]+\([^)]*", text):
            raise Refused(f"{shown(text)}, cut at a comma", "in braces it stands in quotes")
        match = re.fullmatch(r"([A-Za-z_-]+)\s*(?:\(([^()]*)\))?", text)
        if match is None:
            raise Refused(shown(text), self.allowed)
        word, inside = match.groups()
        if word not in KEY_DISTRIBUTIONS:
            near = nearest(word, KEY_DISTRIBUTIONS)
            raise Refused(shown(text), self.allowed, near and text.replace(word, near, 1))
        if inside is None:
            return KeyDistribution(kind=word, parameters=DEFAULTS.get(word, ()))
        return self._made(word, [self._number(part) for part in inside.split(",")])

    def check(self, value: Any) -> KeyDistribution:
        """From a KeyDistribution, its document form, or text."""
        if isinstance(value, KeyDistribution):
            return self._made(value.kind, list(value.parameters))
        if isinstance(value, AnyMapping):
            parameters = value.get("parameters", [])
            if set(value) <= {"kind", "parameters"} and isinstance(parameters, (list, tuple)):
                return self._made(str(value.get("kind")), list(parameters))
            raise Refused(shown(str(dict(value))), self.allowed)
        return self.read(as_node(value, self))

    def write(self, value: KeyDistribution) -> str:
        inside = ", ".join(f"{p!r}".removesuffix(".0") for p in value.parameters)
        return f"{value.kind}({inside})" if inside else value.kind

    def schema(self) -> dict[str, Any]:
        number = units.NUMBER
        forms = [
            word + "".join(rf"( *\( *{', *'.join([number] * len(PARAMETERS[word]))} *\))?")
            if word in PARAMETERS
            else word
            for word in KEY_DISTRIBUTIONS
        ]
        examples = ["uniform", "zipfian(0.99)", "ycsb-zipfian", "latest", "hotspot(0.2, 0.8)"]
        return {"type": "string", "pattern": f"^({'|'.join(forms)})$", "examples": examples}

    def _number(self, text: str) -> float:
        try:
            if not text.strip():
                raise Refused("a missing parameter", self.allowed)
            return units.to_float(units.COUNT.exact(text.strip()), self.allowed)
        except Refused as refused:
            raise Refused(refused.found, self.allowed) from refused

    def _made(self, word: str, parameters: list[Any]) -> KeyDistribution:
        if word not in KEY_DISTRIBUTIONS:
            raise Refused(shown(word), self.allowed, nearest(word, KEY_DISTRIBUTIONS))
        names = PARAMETERS.get(word, ())
        if not parameters:
            return KeyDistribution(kind=word, parameters=DEFAULTS.get(word, ()))
        if len(parameters) != len(names):
            right = f"{word}({', '.join(p.name for p in names)})" if names else word
            raise Refused(f"{word} with {len(parameters)} parameters", self.allowed, right)
        numbers = [as_number(p, self) for p in parameters]
        for number, name in zip(numbers, names, strict=True):
            if not name.above < number <= name.most:
                bounds = f"{word}'s {name.name} is above {name.above:g}, at most {name.most:g}"
                raise Refused(f"'{number:g}' in {word}", bounds)
        return KeyDistribution(kind=word, parameters=tuple(numbers))
