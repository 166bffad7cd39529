"""Records of a person's own file: they are alike only while the file is the same."""

from __future__ import annotations

from dataclasses import replace

from samples import record

from results.likeness import differences, question
from results.record import NameValue, Record


def of_file(digest: str) -> Record:
    made = record()
    return replace(
        made, trial=replace(made.trial, data=(NameValue(name="sha256", value=digest * 8),))
    )


def test_records_of_a_changed_file_are_not_alike() -> None:
    before, after = of_file("0123abcd"), of_file("4567ef01")
    assert question(before) == question(of_file("0123abcd"))
    assert question(before) != question(after)
    said = differences(before, after)["data"]
    assert "0123abcd" in said
    assert "4567ef01" in said
    assert "data" not in differences(before, before)
