"""Access logs as traces: every format, broken lines, zones, order, gzip."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workloads.arrivals import logs, series
from workloads.errors import InputError, Remark

COMMON = (
    '10.0.0.{n} - ann [31/Jan/2026:10:{m:02d}:{s:02d} +0100] "{method} /a?b=[c] HTTP/1.1" 200 5'
)
LINES = {
    "common": COMMON,
    "combined": COMMON + ' "https://example.com/" "Mozilla/5.0 (\\"x\\")"',
    "vhost": "shop.example:443 " + COMMON,
    "alb": (
        "h2 2026-01-31T09:{m:02d}:{s:02d}.186641Z app/lb/50dc6c 10.0.0.{n}:2817 10.0.1.1:80 0.0 "
        '0.001 0.0 200 200 34 366 "{method} https://example.com:443/ HTTP/2.0" "curl" - -'
    ),
    "elb": (
        "2026-01-31T09:{m:02d}:{s:02d}.943945Z lb 10.0.0.{n}:2817 10.0.1.1:80 0.0 0.001 0.0 200 "
        '200 0 29 "{method} http://example.com:80/ HTTP/1.1" "curl" - -'
    ),
    "cloudfront": "2026-01-31\t09:{m:02d}:{s:02d}\tFRA2\t5\t10.0.0.{n}\t{method}\t/",
    "json": '{{"time": "2026-01-31T10:{m:02d}:{s:02d}+01:00", "request_method": "{method}"}}',
    "caddy": '{{"ts": {epoch}.25, "request": {{"method": "{method}", "uri": "/"}}}}',
    "gateway": '{{"requestTimeEpoch": {epoch}999, "httpMethod": "{method}"}}',
}
HEADS = {
    "cloudfront": "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method uri\n"
}
MIDDAY = 1_769_850_000  # 2026-01-31 09:00:00 UTC


def written(path: Path, form: str, moments: list[int], more: str = "") -> Path:
    """A log with a request at each moment (seconds after 9 o'clock UTC), every fourth a POST."""
    text = HEADS.get(form, "") + "".join(
        LINES[form].format(
            n=number % 200,
            m=moment // 60,
            s=moment % 60,
            epoch=MIDDAY + moment,
            method="GET" if number % 4 else "POST",
        )
        + "\n"
        for number, moment in enumerate(moments)
    )
    path.write_text(text + more)
    return path


@pytest.mark.parametrize("form", LINES)
def test_a_log_is_the_rates_of_its_requests(tmp_path: Path, form: str) -> None:
    path = written(tmp_path / "access.log", form, [5, 5, 5, 5, 7, 6, 8, 8])
    with pytest.warns(Remark, match=r"8 requests .* per 1 s; 75\.0% GET or HEAD and 25\.0% POST"):
        found = series.read(path)
    assert found == series.Series(
        times_s=(0.0, 1.0, 2.0, 3.0), rates_per_s=(4.0, 1.0, 1.0, 2.0), duration_s=4.0
    )


def test_a_long_log_is_counted_by_the_minute_and_has_its_pauses(tmp_path: Path) -> None:
    path = written(tmp_path / "access.log", "common", [0, 30, 59, 3_599])
    path.write_text(path.read_text() + COMMON.format(n=1, m=5, s=0, method="GET").replace(":10:", ":12:") + "\n")  # fmt: skip
    with pytest.warns(Remark, match="counted per 60 s"):
        found = series.read(path)
    assert len(found.times_s) == 126
    assert found.rates_per_s[:2] == (3 / 60, 0.0)
    assert sum(r > 0 for r in found.rates_per_s) == 3
    assert found.duration_s == 125 * 60 + 1


def test_gzipped_logs_and_traces(tmp_path: Path) -> None:
    plain = written(tmp_path / "access.log", "combined", [0, 1, 1])
    packed = tmp_path / "access.log.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    with pytest.warns(Remark):
        assert series.read(packed).rates_per_s == (1.0, 2.0)
    rates = tmp_path / "rates.csv.gz"
    rates.write_bytes(gzip.compress(b"0,10\n60,20\n"))
    assert series.read(rates).rates_per_s == (10.0, 20.0)
    packed.write_bytes(packed.read_bytes()[:-12])
    with pytest.raises(InputError, match=r"access\.log\.gz: the trace cannot be read: "):
        series.read(packed)


def test_broken_lines_are_counted_and_told(tmp_path: Path) -> None:
    more = "garbage\n\n" + COMMON.format(n=1, m=0, s=9, method="GET").replace("Jan", "Jxn") + "\n"
    path = written(tmp_path / "access.log", "common", [1, 2, 3], more)
    path.write_bytes(path.read_bytes().replace(b"/a?b", b"/\xff\xfe"))
    with pytest.warns(Remark, match="2 broken lines left out, the first is line 4"):
        assert series.read(path).mean_per_s == 1.0


def test_a_log_that_is_mostly_broken_is_an_error(tmp_path: Path) -> None:
    path = written(tmp_path / "access.log", "common", list(range(40)), "garbage\n" * 60)
    with pytest.raises(InputError, match=r"60 of 100 lines cannot be read .* line 41") as caught:
        series.read(path)
    assert "JSON lines" in caught.value.hint


def test_what_is_no_log_is_a_csv_file_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    path.write_text("what\nis this\n")
    with pytest.raises(InputError, match="no values") as caught:
        series.read(path)
    assert "at least two lines" in caught.value.hint
    path.write_text('{"no": "time"}\n' * 5)
    with pytest.raises(InputError):
        series.read(path)
    path.write_text("")
    with pytest.raises(InputError, match="no values"):
        series.read(path)


def test_memory_does_not_grow_with_the_time_that_a_log_covers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logs, "MOST_COUNTS", 2_000)
    monkeypatch.setattr(logs, "MOST_INTERVALS", 1_000)
    found = logs.Counted()
    for number in range(6_000):
        found.add(logs.Hit(float(number * 61)))
    assert len(found.counts) <= logs.MOST_COUNTS
    rates = found.series
    assert len(rates.times_s) <= logs.MOST_INTERVALS + 1
    assert rates.mean_per_s == pytest.approx(1 / 61, rel=1e-2)


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=60),
    st.integers(-(10**9), 10**10),
)
@settings(max_examples=40, deadline=None)
def test_no_request_is_lost_whatever_the_times(moments: list[int], begin: int) -> None:
    found = logs.Counted()
    for moment in moments:
        found.add(logs.Hit(begin + moment + 0.5))
    rates = found.series
    assert rates.mean_per_s * rates.duration_s == pytest.approx(len(moments))
    assert rates.duration_s >= max(moments) - min(moments)


@given(
    st.sampled_from([*LINES.values(), *HEADS.values()]),
    st.integers(0, 200),
    st.text(max_size=12),
    st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=9), st.booleans()),
)
@settings(max_examples=60, deadline=None)
def test_no_line_breaks_a_reader(line: str, at: int, text: str, value: object) -> None:
    spoilt = line[:at] + text + line[at:]
    told = json.dumps({"time": value, "ts": value, "request": value, "method": value})
    for head in ([spoilt], [told], [HEADS["cloudfront"].splitlines()[1], spoilt]):
        for form in logs.formats():
            reader = form.reader(head)
            if reader is not None:
                for each in (spoilt, told, text):
                    hit = reader(each)
                    assert hit is None or isinstance(hit.time_s, float)
