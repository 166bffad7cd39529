"""A back-test in words: for a terminal, and as the tables of its page."""

from __future__ import annotations

from advisor.backtest.prediction import TARGET, Backtest, CaseResult, Point

_HEAD = (
    f"  {'scale':<29}{'clients':>8}{'predicted/s':>13}{'range':>16}{'actual/s':>10}"
    f"{'error':>8}  full"
)


def text(found: Backtest) -> str:
    """Every case and point, then the whole."""
    lines: list[str] = []
    for case in found.cases:
        lines += [_title(case), _HEAD, *(_line(point) for point in case.points), ""]
    lines += [*_whole(found), *(f"  refused: {reason}" for reason in found.refused)]
    return "\n".join(lines) + "\n"


def _title(case: CaseResult) -> str:
    published = case.points[0].published
    return (
        f"{published.benchmark}, RDS {published.engine} {published.version} "
        f"{published.instance_class}, {published.storage}, {published.storage_iops:,} IOPS: "
        f"median error {100 * case.median_error:.1f} %{_bottleneck(case)}"
    )


def _bottleneck(case: CaseResult) -> str:
    named = case.named or "none"
    if case.actual is None:
        return f"; bottleneck predicted: {named}"
    return f"; bottleneck predicted: {named}, found: {case.actual}"


def _line(point: Point) -> str:
    published = point.published
    interval = f"{point.low_per_s:,.0f}..{point.high_per_s:,.0f}"
    return (
        f"  {published.scale:<29}{published.clients:>8}{point.predicted.per_s:>13,.0f}"
        f"{interval:>16}{published.throughput_per_s:>10,.0f}{100 * point.error:>+7.0f} %"
        f"  {point.predicted.bottleneck or '-'}"
    )


def _whole(found: Backtest) -> list[str]:
    right, of = found.bottlenecks
    reached = "reached" if found.median_error <= TARGET else "missed"
    return [
        f"{len(found.points)} points: median error {100 * found.median_error:.1f} % (at most "
        f"{100 * TARGET:.0f} % wanted: {reached}), in the middle {100 * found.bias:+.1f} %; "
        f"bottleneck named right in {right} of {of} cases"
    ]


def tables(found: Backtest) -> str:
    """One Markdown table for each case, and the sentence on the whole."""
    lines: list[str] = []
    for case in found.cases:
        published = case.points[0].published
        lines += [
            f"**{_title(case)}** ([source]({published.source.split(' ')[0]}), "
            f"{published.licence})\n",
            "| scale | clients | predicted/s | range | actual/s | error | CPU busy, predicted "
            "| CPU busy, actual | IOPS used | full |",
            "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
            *(_row(point) for point in case.points),
            "",
        ]
    return "\n".join([*lines, *_whole(found)]) + "\n"


def _row(point: Point) -> str:
    published, predicted = point.published, point.predicted
    actual_busy = published.cpu_utilisation
    cells = (
        published.scale,
        str(published.clients),
        f"{predicted.per_s:,.0f}",
        f"{point.low_per_s:,.0f} to {point.high_per_s:,.0f}",
        f"{published.throughput_per_s:,.0f}",
        f"{100 * point.error:+.0f} %",
        f"{100 * predicted.busy:.0f} %",
        "–" if actual_busy is None else f"{100 * actual_busy:.0f} %",
        f"{next(u.used for u in predicted.uses if u.resource == 'IOPS'):,.0f}",
        predicted.bottleneck or "–",
    )
    return f"| {' | '.join(cells)} |"
