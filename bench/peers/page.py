"""The table of the page: a block between two marks, made from the saved figures."""

from __future__ import annotations

from bench.peers.figures import Figure, Found, Machine
from workloads.errors import InputError

BEGIN, END = "<!-- figures: written by `make peers` -->", "<!-- end of figures -->"


def written(page: str, found: Found) -> str:
    """The page with the block of these figures. InputError when its marks are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"the page lacks its marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{block(found)}{END}{after}"


def block(found: Found) -> str:
    """Machine, table, and what is missing, as Markdown."""
    kind = " A quick look, not evidence." if found.quick else ""
    lines = [
        "",
        f"{_machine(found.machine)} {found.rounds} rounds of {found.window_s:g} s for each side of"
        f" a comparison.{kind}",
        "",
        "| what | unit | storefit | beside it | ratio | 95 % interval | n | target | |",
        "|---|---|--:|--:|--:|---|--:|---|---|",
    ]
    lines += [_row(figure) for figure in found.figures]
    lines.append("")
    lines += [f"Not measured: {reason}." for reason in found.missing]
    if found.missing:
        lines.append("")
    return "\n".join(lines) + "\n"


def _machine(machine: Machine) -> str:
    memory_gib = machine.memory_bytes / 2**30
    parts = [
        f"{machine.cpus} × {machine.cpu_model}",
        f"{memory_gib:.0f} GiB",
        machine.kernel,
        *([f"virtualised ({machine.virtualisation})"] if machine.virtualisation else []),
        *([machine.disk] if machine.disk else []),
        *([f"fsync p50 {machine.fsync_p50_s * 1e3:.2f} ms"] if machine.fsync_p50_s else []),
        machine.python,
        f"storefit {machine.storefit}" + (f" ({machine.commit[:10]})" if machine.commit else ""),
    ]
    load = machine.load_average
    busy = "" if load is None else f" Load average before the run: {load:.1f}."
    return f"Measured on {machine.date}: {', '.join(parts)}.{busy}"


def _row(figure: Figure) -> str:
    target = figure.target
    wanted = ""
    if target is not None:
        sign = "≥" if target.at == "least" else "≤"
        unit = "" if target.of == "ratio" else f" {figure.unit}"
        wanted = f"{sign} {target.value:g}{unit}"
    peer = figure.peer_name if figure.peer is None else f"{figure.peer_name}: {_n(figure.peer)}"
    interval = ""
    if figure.low is not None and figure.high is not None:
        digits = 3 if figure.ratio is not None else 1
        interval = f"{figure.low:.{digits}f} – {figure.high:.{digits}f}"
    verdict = {True: "reached", False: "**missed**", None: ""}[figure.reached]
    ratio = "" if figure.ratio is None else f"{figure.ratio:.3f}"
    cells = [figure.title, figure.unit, _n(figure.ours), peer, ratio, interval]
    return "| " + " | ".join([*cells, str(figure.n), wanted, verdict]) + " |"


def _n(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"
