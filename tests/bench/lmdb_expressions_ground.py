"""Random items and expressions of DynamoDB, and a connection to DynamoDB Local to try them on."""

from __future__ import annotations

import base64
import http.client
import json
import re
from collections.abc import Iterable
from decimal import Context, Decimal
from random import Random
from typing import Any

REFUSED = "refused"
_WIDE = Context(prec=300)  # rounds nothing that DynamoDB can hold

NAMES = {"#a": "a", "#b": "b", "#odd": "odd name.b[0]"}
STRINGS = ("a", "ab", "abc", "b", "é", "\U0001f600b", "S", "N", "L")
NUMBERS = ("0", "1", "-1", "2", "3", "1.5", "-2.5", "10", "1E+20", "0.1", "7E-5")
BINARIES = (b"\x00", b"a", b"ab", b"\xff", b"\xffa")
VALUES: dict[str, Any] = {
    ":s": "a",
    ":t": "ab",
    ":u": "\U0001f600",
    ":n": Decimal(1),
    ":m": Decimal("1.5"),
    ":k": Decimal(3),
    ":b": b"a",
    ":B": b"\xff",
    ":yes": True,
    ":nil": None,
    ":l": [Decimal(1), "a"],
    ":o": {"a": Decimal(1)},
    ":ss": {"a", "b"},
    ":ns": {Decimal(1), Decimal("1.5")},
    ":bs": {b"a", b"\xff"},
    ":S": "S",
    ":N": "N",
    ":BOOL": "BOOL",
    ":SS": "SS",
}


class Items(dict[str, dict[str, Any]]):
    """Items by their key; a failing test does not print them all."""

    def __repr__(self) -> str:
        return f"{len(self)} items"


class Local:
    """One connection to DynamoDB Local; it wants a key but does not check signatures."""

    def __init__(self, endpoint: str) -> None:
        self._connection = http.client.HTTPConnection(endpoint.partition("//")[2], timeout=30)

    def close(self) -> None:
        self._connection.close()

    def ask(self, operation: str, **request: Any) -> Any:
        """The answer of one request; REFUSED for a ValidationException, None is left out."""
        self._connection.request(
            "POST",
            "/",
            json.dumps({name: value for name, value in request.items() if value is not None}),
            {
                "X-Amz-Target": f"DynamoDB_20120810.{operation}",
                "Content-Type": "application/x-amz-json-1.0",
                "Authorization": "AWS4-HMAC-SHA256 Credential=expressions/20260101/local/dynamodb/"
                "aws4_request, SignedHeaders=host, Signature=none",
            },
        )
        reply = self._connection.getresponse()
        answer = json.loads(reply.read())
        if reply.status == 200:
            return answer
        assert answer["__type"].endswith("#ValidationException"), answer
        return REFUSED

    def create(self, table: str, **keys: str) -> None:
        roles = ("HASH", "RANGE")
        made = self.ask(
            "CreateTable",
            TableName=table,
            KeySchema=[
                {"AttributeName": name, "KeyType": role}
                for name, role in zip(keys, roles, strict=False)
            ],
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": kind} for name, kind in keys.items()
            ],
            ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        )
        assert made != REFUSED


def wire(value: Any) -> dict[str, Any]:
    """A value as the API writes it."""
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int | Decimal):
        return {"N": str(value)}
    if isinstance(value, bytes):
        return {"B": base64.b64encode(value).decode()}
    if isinstance(value, list):
        return {"L": [wire(part) for part in value]}
    if isinstance(value, dict):
        return {"M": {name: wire(part) for name, part in value.items()}}
    kinds = [wire(member) for member in value]
    return {next(iter(kinds[0])) + "S": [next(iter(kind.values())) for kind in kinds]}


def comparable(typed: dict[str, Any]) -> Any:
    """A value of the API so that equal ones are equal: sets and numbers have many forms."""
    ((kind, value),) = typed.items()
    if kind == "N":
        value = _WIDE.normalize(Decimal(value)) or Decimal(0)
    elif kind == "L":
        value = [comparable(part) for part in value]
    elif kind == "M":
        value = {name: comparable(part) for name, part in value.items()}
    elif kind == "NS":
        value = sorted(Decimal(part) for part in value)
    elif kind in ("SS", "BS"):
        value = sorted(value)
    return kind, value


def comparable_item(item: dict[str, Any]) -> Any:
    return {name: comparable(value) for name, value in item.items()}


def in_order(found: Iterable[Any]) -> list[Any]:
    """Comparable items in an order that depends on nothing but what they are."""
    return sorted(found, key=lambda item: json.dumps(item, sort_keys=True, default=str))


def substitutions(text: str) -> tuple[dict[str, str] | None, dict[str, Any] | None]:
    """Those names and values that a text uses: others would be refused."""
    used = set(re.findall(r"[#:][A-Za-z0-9_]+", text))
    names = {name: to for name, to in NAMES.items() if name in used}
    values = {name: value for name, value in VALUES.items() if name in used}
    return names or None, values or None


def wired(values: dict[str, Any] | None) -> dict[str, Any] | None:
    return values and {name: wire(value) for name, value in values.items()}


def a_value(random: Random, depth: int = 2) -> Any:
    kind = random.choice(("S", "S", "N", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", *"LMLM"))
    if kind in ("L", "M") and not depth:
        kind = "N"
    if kind == "L":
        return [a_value(random, depth - 1) for _ in range(random.randrange(4))]
    if kind == "M":
        return {
            name: a_value(random, depth - 1) for name in ("a", "b", "c") if random.random() < 0.6
        }
    if kind == "BOOL":
        return random.random() < 0.5
    pool: Any = {"S": STRINGS, "N": NUMBERS, "B": BINARIES}.get(kind[0])
    if kind == "NULL":
        return None
    if len(kind) == 1:
        return Decimal(random.choice(pool)) if kind == "N" else random.choice(pool)
    chosen = random.sample(pool, random.randrange(1, 4))
    return set(map(Decimal, chosen)) if kind == "NS" else set(chosen)


def an_item(random: Random, key: str) -> dict[str, Any]:
    """An item with few attributes, among them often those that expressions name."""
    item = {name: a_value(random) for name in ("a", "b", "c", "d") if random.random() < 0.7}
    if random.random() < 0.5:
        item["l"] = [a_value(random, 1) for _ in range(random.randrange(1, 4))]
    if random.random() < 0.2:
        item["odd name.b[0]"] = a_value(random)
    return {"pk": key, **item}


def a_path(random: Random, item: dict[str, Any] | None = None) -> str:
    """A path; with an item mostly one that leads somewhere in it."""
    if item is not None and random.random() < 0.85:
        return a_path_in(random, item)
    text = random.choice(("a", "b", "c", "d", "l", "l", "#a", "#b", "#odd", "nothing"))
    while random.random() < 0.35:
        text += random.choice((".a", ".b", ".#a", "[0]", "[1]", "[2]", "[7]", " . c"))
    return text


def a_path_in(random: Random, item: dict[str, Any]) -> str:
    names = [name for name in item if name != "pk"] or ["a"]
    value, text = item, random.choice(names)
    value, text = item.get(text), {"odd name.b[0]": "#odd"}.get(text, text)
    while isinstance(value, dict | list) and random.random() < 0.8:
        if isinstance(value, dict):
            step = random.choice([*value, "b"])
            value, text = value.get(step), f"{text}.{step}"
        else:
            index = random.randrange(len(value) + 1)
            value, text = dict(enumerate(value)).get(index), f"{text}[{index}]"
    return text


LITERALS = (":s", ":t", ":u", ":n", ":m", ":k", ":b", ":B")  # of types that have an order
PAIRS = ((":n", ":k"), (":n", ":m"), (":s", ":t"), (":b", ":B"), (":k", ":k"), (":t", ":s"))


def an_operand(random: Random, literals: tuple[str, ...] = LITERALS) -> str:
    choice = random.random()
    if choice < 0.5:
        text = a_path(random)
    elif choice < 0.9:
        text = random.choice(literals)
    else:
        text = f"size({random.choice((a_path(random), ':t', ':o', an_operand(random)))})"
    return f"({text})" if random.random() < 0.05 else text


def a_predicate(random: Random) -> str:
    form = random.randrange(10)
    every = tuple(VALUES)
    literals = LITERALS if random.random() < 0.95 else every
    first, second = an_operand(random, literals), an_operand(random, literals)
    if form < 2:
        return f"{an_operand(random, every)} {random.choice(('=', '<>'))} {second}"
    if form < 4:
        return f"{first} {random.choice(('<', '<=', '>', '>='))} {second}"
    if form == 4:
        pair = random.choice(PAIRS) if random.random() < 0.7 else (a_path(random), second)
        return f"{first} BETWEEN {pair[0]} AND {pair[1]}"
    if form == 5:
        options = [an_operand(random, every) for _ in range(random.randrange(1, 4))]
        return f"{an_operand(random, every)} IN ({', '.join(options)})"
    if form == 6:
        return f"attribute_exists({a_path(random)})"
    if form == 7:
        return f"attribute_not_exists({a_path(random)})"
    if form == 8:
        kind = random.choice((":S", ":N", ":BOOL", ":SS", ":S", ":N", ":t"))
        return f"attribute_type({first}, {kind})"
    if random.random() < 0.5:
        return f"contains({an_operand(random, every)}, {an_operand(random, every)})"
    return f"begins_with({a_path(random)}, {random.choice((a_path(random), ':s', ':b', ':n'))})"


def a_condition(random: Random, depth: int = 2) -> str:
    if not depth or random.random() < 0.3:
        return a_predicate(random)
    choice = random.randrange(4)
    inner = a_condition(random, depth - 1)
    if choice == 0:
        return f"NOT {inner}"
    if choice == 1 and not inner.startswith("("):
        return f"({inner})"
    return f"{inner} {random.choice(('AND', 'OR', 'and'))} {a_condition(random, depth - 1)}"


def paths_to(item: dict[str, Any], kinds: type | tuple[type, ...]) -> list[str]:
    """Top-level paths, and those one step below, to values of these types of Python."""
    found = []
    for name, value in item.items():
        top = "#odd" if " " in name else name
        below: Any = value.items() if isinstance(value, dict) else ()
        if isinstance(value, list):
            below = enumerate(value)
        for text, part in [
            (top, value),
            *((f"{top}.{s}" if isinstance(s, str) else f"{top}[{s}]", v) for s, v in below),
        ]:
            if isinstance(part, kinds) and text != "pk":
                found.append(text)
    return found


def a_sum(random: Random, item: dict[str, Any]) -> str:
    def part(*literals: str, kinds: type | tuple[type, ...] = object) -> str:
        fitting = paths_to(item, kinds)
        text = random.choice(fitting) if fitting and random.random() < 0.6 else None
        text = text or random.choice(literals if random.random() < 0.95 else tuple(VALUES))
        if random.random() < 0.2:
            text = f"if_not_exists({a_path(random, item)}, {text})"
        return text

    choice = random.random()
    if choice < 0.4:
        return part(*VALUES)
    if choice < 0.6:
        return f"list_append({part(':l', kinds=list)}, {part(':l', kinds=list)})"
    one, other = (part(":n", ":m", ":k", kinds=Decimal) for _ in range(2))
    text = f"{one} {random.choice('+-')} {other}"
    return f"({text})" if random.random() < 0.05 else text


def an_action(random: Random, section: str, item: dict[str, Any]) -> str:
    path = "pk" if random.random() < 0.01 else a_path(random, item)
    if section == "SET":
        return f"{path} = {a_sum(random, item)}"
    if section == "REMOVE":
        return path
    fitting = paths_to(item, set if section == "DELETE" else (set, Decimal))
    path = random.choice(fitting) if fitting and random.random() < 0.9 else path
    number = path in paths_to(item, Decimal)
    literals = (":n", ":m") if number else (":ss", ":ns", ":bs")
    if not number and path in fitting and random.random() < 0.8:
        member = next(iter(item_at(item, path)))
        literals = ({str: ":ss", bytes: ":bs"}.get(type(member), ":ns"),)
    return f"{path} {random.choice(literals if random.random() < 0.95 else tuple(VALUES))}"


def item_at(item: dict[str, Any], path: str) -> Any:
    """The value that one of `paths_to` leads to."""
    value: Any = item
    for step in re.findall(r"#?\w+", path):
        value = value[int(step)] if isinstance(value, list) else value[NAMES.get(step, step)]
    return value


def an_update(random: Random, item: dict[str, Any]) -> str:
    sections = random.sample(("SET", "REMOVE", "ADD", "DELETE"), random.choice((1, 1, 1, 2, 3)))
    text = []
    paths: list[str] = []
    for section in sections:
        actions = []
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            action = an_action(random, section, item)
            path = action.partition(" ")[0]
            overlaps = any(p.startswith(path) or path.startswith(p) for p in paths)
            if not paths or not overlaps or random.random() < 0.05:
                actions.append(action)
                paths.append(path)
        if actions:
            text.append(f"{section} {', '.join(actions)}")
    return " ".join(text)


_PARTS = re.compile(r"[#:]?\w+|<>|<=|>=|\S")


def disturbed(random: Random, text: str) -> str:
    """The text, now and then with a token lost, doubled or put elsewhere."""
    if random.random() < 0.88:
        return text
    parts = _PARTS.findall(text)
    at, other = random.randrange(len(parts)), random.randrange(len(parts))
    change = random.randrange(4)
    if change == 0:
        del parts[at]
    elif change == 1:
        parts.insert(at, parts[other])
    elif change == 2:
        parts[at], parts[other] = parts[other], parts[at]
    else:
        parts[at] = random.choice(("AND", "(", ")", ",", "a", ":n", "5", "=", "name", "size(", "!"))
    return " ".join(parts)
