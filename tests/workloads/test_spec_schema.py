from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from spec_strategies import random_workloads
from test_spec_faults import ONE_FAULT
from test_spec_roundtrip import EXAMPLE

from workloads import catalogue
from workloads.spec import json_schema, to_yaml
from workloads.spec.table import every_field
from workloads.spec.tree import Mapping, Node, Scalar, parse

VALIDATOR = jsonschema.Draft202012Validator(json_schema())

# What only reading finds: how a file is written, upper limits of quantities with units, and
# relations between values. Everything else the schema must find too.
BEYOND_A_SCHEMA = {
    "duplicate key",
    "duplicate section",
    "number as a key",
    "list as a key",
    "over 100 %",
    "hexadecimal",
    "nan weight",
    "over a week",
    "theta",
    "peak below mean",
    "text",
    "two documents",
    "tab",
    "open brace",
    "tag",
    "undefined alias",
    "alias of itself",
    "deep",
    "latin-1",
    "utf-16",
    "null byte",
    "surrogate",
    "control character",
    "line separator",
    "thousand digits",
    # the dataset, and steps beside each other
    "table of nobody",
    "main table",
    "column of nobody",
    "key as a column",
    "adding to a text",
    "sum of texts",
    "no usual column",
    "read of history",
    "same key at first",
    "insert of what is there",
    "second delete for good",
    "too many requests",
}


def as_editors_see_it(content: str | bytes) -> Any:
    """The values of a file by YAML 1.2's core schema, as editors construct them."""
    data = content if isinstance(content, bytes) else content.encode()
    root = parse(data, path="file")
    return None if root is None else _constructed(root)


def _constructed(node: Node) -> Any:
    if isinstance(node, Mapping):
        return {str(_constructed(k)): _constructed(v) for k, v in node.pairs}
    if not isinstance(node, Scalar):
        return [_constructed(item) for item in node.items]
    text = node.text
    if not node.plain:
        return text
    if node.is_null:
        return None
    if text in {"true", "True", "TRUE", "false", "False", "FALSE"}:
        return text.lower() == "true"
    if re.fullmatch(r"[-+]?[0-9]+", text):
        return int(text)
    if re.fullmatch(r"0x[0-9a-fA-F]+", text):
        return int(text, 16)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        return float(text)
    if text in {".nan", ".NaN", ".NAN"}:
        return float("nan")
    return float(text.replace(".", "")) if text.lower() in {".inf", "-.inf"} else text


def is_valid(content: str | bytes) -> bool:
    return VALIDATOR.is_valid(as_editors_see_it(content))


def test_the_schema_is_a_schema_and_plain_json():
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json.loads(json.dumps(json_schema())) == json_schema()


@pytest.mark.parametrize("name", catalogue.names())
def test_every_built_in_workload_validates(name):
    VALIDATOR.validate(as_editors_see_it(catalogue.path(name).read_bytes()))


def test_the_example_of_the_format_validates():
    VALIDATOR.validate(as_editors_see_it(EXAMPLE))


@given(random_workloads())
@settings(max_examples=60, deadline=None)
def test_every_written_workload_validates(workload):
    VALIDATOR.validate(as_editors_see_it(to_yaml(workload)))


@pytest.mark.parametrize("fault", sorted(ONE_FAULT.keys() - BEYOND_A_SCHEMA))
def test_the_schema_finds_the_typical_faults(fault):
    assert not is_valid(ONE_FAULT[fault][0])


def test_the_schema_and_the_table_name_the_same_keys():
    schema = json_schema()
    for section, field in every_field():
        part = schema["properties"].get(section.key, schema)
        keys = part.get("items", part)["properties"]
        assert field.doc[1:] in keys[field.key]["description"]


def test_every_part_is_closed_and_described():
    schema = json_schema()
    assert schema["additionalProperties"] is False
    for part in schema["properties"].values():
        assert part["description"]
        if "properties" in part:
            assert part["additionalProperties"] is False
    assert schema["properties"]["operations"]["items"]["additionalProperties"] is False
