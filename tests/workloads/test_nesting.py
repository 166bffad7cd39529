"""Paths make objects, and objects give the values back by their paths."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads import datasets
from workloads.datasets.seam import Column
from workloads.nesting import branch, folded, found

# Names by their depth, so that no path is the beginning of another.
PATHS = st.lists(
    st.integers(0, 2).flatmap(
        lambda depth: st.tuples(
            *[st.sampled_from("ab").map(lambda name, d=d: f"{name}{d}") for d in range(depth)],
            st.integers(0, 9).map(lambda n: f"leaf{n}"),
        )
    ),
    unique=True,
    min_size=1,
    max_size=12,
)


@given(paths=PATHS, data=st.data())
def test_what_is_folded_is_found(paths: list[tuple[str, ...]], data: st.DataObject) -> None:
    some = st.lists(st.none() | st.integers(), min_size=len(paths), max_size=len(paths))
    values = data.draw(some)
    for absent in (False, True):
        item = folded(branch(paths), values, absent=absent)
        assert [found(item, path) for path in paths] == values


def test_an_object_stays_where_nothing_is_in_it() -> None:
    fields = branch([("id",), ("a", "b", "c")])
    assert folded(fields, [1, None], absent=True) == {"id": 1, "a": {"b": {}}}
    assert folded(fields, [1, None]) == {"id": 1, "a": {"b": {"c": None}}}


@pytest.mark.parametrize(
    "paths",
    [[("a",), ("a", "b")], [("a", "b"), ("a",)], [("a",), ("a",)]],
)
def test_a_path_that_is_the_beginning_of_another_is_refused(paths: list[tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match="'a"):
        branch(paths)


def test_a_dot_in_a_name_means_something_only_where_that_was_said() -> None:
    assert Column(name="a.b", kind="int64").path == ("a.b",)
    assert Column(name="a.b", kind="int64", nested=True).path == ("a", "b")
    table = datasets.get("editions").tables[0]
    assert table.nested
    assert table.column("details.publisher.country").path == ("details", "publisher", "country")
    assert not datasets.get("books").tables[0].nested
