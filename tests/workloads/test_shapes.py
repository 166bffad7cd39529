"""The one table of instance classes: what it holds, and that the advisor reads the same."""

from __future__ import annotations

import pytest

from advisor import facts
from workloads import shapes
from workloads.errors import InputError


def test_a_class_is_found_with_and_without_the_prefix_of_managed_databases() -> None:
    shape = shapes.get("db.m7g.large")
    assert (shape.name, shape.vcpu, shape.memory_bytes) == ("m7g.large", 2, 8 << 30)
    assert shapes.get("m7g.large") == shape


@pytest.mark.parametrize(("name", "near"), [("db.m7g.lrage", "'db.m7g.large'"), ("t3.mikro", "t3")])
def test_a_wrong_class_is_told_the_nearest(name: str, near: str) -> None:
    with pytest.raises(InputError, match=name) as caught:
        shapes.get(name)
    assert near in caught.value.hint


def test_nothing_like_a_class_is_told_how_one_is_written() -> None:
    with pytest.raises(InputError) as caught:
        shapes.get("zzz")
    assert "--cpus" in caught.value.hint


def test_the_advisor_has_its_classes_from_this_table() -> None:
    found = facts.classes(
        service="rds", engine="postgresql", region="us-east-1", deployment="single-az"
    )
    assert len(found) > 50
    for cls in found:
        shape = shapes.get(cls.name)
        assert (cls.vcpu, cls.memory_gib) == (shape.vcpu, shape.memory_gib)


def test_every_row_is_dated_and_sourced() -> None:
    assert len(shapes.every()) > 200
    assert all(shape.source and len(shape.date) == 10 for shape in shapes.every().values())
