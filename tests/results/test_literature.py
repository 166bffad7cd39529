"""Published figures load and carry what makes them citable."""

from __future__ import annotations

from pathlib import Path

import pytest

from results import literature, store
from workloads.errors import InputError


def test_published_points_are_complete_and_sourced() -> None:
    points = store.published()
    cases = {point.case for point in points}
    assert len(cases) == 3
    assert len(points) == 21
    for point in points:
        assert point.source.startswith("https://")
        assert point.licence
        assert point.read >= "2026"
        assert point.throughput_per_s > 0
        assert point.cpu_utilisation is None or 0 < point.cpu_utilisation <= 1


def test_more_iops_never_gave_less_before_the_knee() -> None:
    by_clients: dict[int | None, dict[int | None, float]] = {}
    for point in store.published():
        if point.benchmark.startswith("sysbench"):
            by_clients.setdefault(point.clients, {})[point.storage_iops] = point.throughput_per_s
    assert all(p[4_000] > p[2_000] for p in by_clients.values())


def test_a_wrong_line_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(literature, "_FOLDER", tmp_path)
    (tmp_path / "x.ndjson").write_text('{"case": 1}\n')
    with pytest.raises(InputError, match=r"x\.ndjson:1"):
        store.published()
