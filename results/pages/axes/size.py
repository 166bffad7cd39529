"""Data size: what happens as there is more of it, and where it no longer fits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from results.cliff import Ladder, bytes_per_record, ladders, outlook
from results.display import number, rate, seconds, size
from results.gates.seam import told
from results.likeness import load_text, options
from results.pages.axes.part import Measured, Part, figures, under
from results.pages.figures.dots import Dots, dots
from results.pages.figures.figure import Figure
from results.pages.figures.lines import Band, Lines, Scale, Spot, lines
from results.pages.markup import Markup, bullets, join, tag
from results.pages.names import spelled
from results.record import Record
from results.summary import merged

_SIZE = "data.record_size"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rung:
    """One size of one engine: of the records or of how many there are."""

    at: float
    throughput_per_s: float
    p99_s: float | None
    refused: bool


def sizes(measured: Measured) -> Part | None:
    """Throughput and the 99th percentile over the number of records; None where one size is."""
    by_count = _groups(measured.records, by_size=False)
    by_size = _groups(measured.records, by_size=True)
    content: list[Markup] = []
    found = ladders(measured.records)
    for at, (group, rungs) in enumerate(by_count.items()):
        content.append(_over_count(measured, group, rungs, found=found, number_=at))
    for at, (group, rungs) in enumerate(by_size.items()):
        content.append(_over_size(measured, group, rungs, number_=at))
    content = [part for part in content if part]
    if not content:
        return None
    return Part(
        identifier="size",
        words="Size",
        title="What more data does",
        sentence=_sentence(measured, found),
        content=[*content, _each(measured, found), _outlooks(measured, found)],
    )


_Group = tuple[str, str]  # workload and load
_Rungs = dict[str, list[_Rung]]


def _groups(records: Sequence[Record], *, by_size: bool) -> dict[_Group, _Rungs]:
    """By workload and load, of each engine the rungs, where it has two at least.

    Closed load only: open load offers what it offers, whatever the size.
    """
    found: dict[_Group, dict[str, dict[float, list[Record]]]] = {}
    allowed = {_SIZE} if by_size else {"data.records"}
    for record in records:
        varied = {each.name for each in record.trial.varied} - {"load"}
        usual = record.load.kind == "closed" and record.trial.phase == "mix"
        if not usual or not record.operations or not varied <= allowed:
            continue
        at = record.trial.record_size_bytes if by_size else float(record.trial.records)
        group = found.setdefault((record.workload.name, load_text(record.load)), {})
        name = f"{record.engine.name}|{record.engine.place}|{options(record)}"
        group.setdefault(name, {}).setdefault(at, []).append(record)
    return {
        group: kept
        for group, engines in found.items()
        if (
            kept := {
                name: [_rung(at, members) for at, members in sorted(rungs.items())]
                for name, rungs in engines.items()
                if len(rungs) > 1
            }
        )
    }


def _rung(at: float, group: Sequence[Record]) -> _Rung:
    good = [record for record in group if record.is_evidence]
    some = good or list(group)
    times = merged([told(operation) for record in some for operation in record.operations])
    return _Rung(
        at=at,
        throughput_per_s=sum(record.throughput_per_s for record in some) / len(some),
        p99_s=times.p99_s,
        refused=not good,
    )


def _label(measured: Measured, name: str) -> str:
    engine, place, varied = name.split("|", 2)
    label = measured.labels.at(engine, place)
    return f"{label} ({varied})" if varied else label


def _over_count(
    measured: Measured, group: _Group, rungs: _Rungs, *, found: Sequence[Ladder], number_: int
) -> Markup:
    workload, load = group
    cliffs = [ladder for ladder in found if (ladder.workload, ladder.load) == group]
    bands = [_band(measured, ladder) for ladder in cliffs if ladder.below and ladder.above]
    return _pair(
        measured,
        rungs,
        _About(
            identifier=f"figure-size-{number_}",
            title=measured.of(f"By number of records, {under(load)}", workload),
            x=Scale(title="records", display=number, marks=_places(rungs)),
            bands=[band for band in bands if band is not None],
            said=_cliff_words(cliffs),
        ),
    )


def _cliff_words(found: Sequence[Ladder]) -> str:
    if not found:
        return "A cliff shows from three sizes on that are evidence."
    if any(ladder.below for ladder in found):
        return "The shaded stretch is the cliff: there the data stops fitting."
    return "No cliff: throughput falls no more than deeper trees cost."


def _over_size(measured: Measured, group: _Group, rungs: _Rungs, *, number_: int) -> Markup:
    workload, load = group
    return _pair(
        measured,
        rungs,
        _About(
            identifier=f"figure-item-size-{number_}",
            title=measured.of(f"By size of a record, {under(load)}", workload),
            x=Scale(title="size of a record", display=size, marks=_places(rungs)),
            bands=[],
            said="The same number of records, each larger.",
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _About:
    """What a pair of figures is about."""

    identifier: str
    title: str
    x: Scale
    bands: Sequence[Band]
    said: str


def _pair(measured: Measured, rungs: _Rungs, about: _About) -> Markup:
    names = {name: _label(measured, name) for name in rungs}
    looks = {
        label: measured.looks.get(
            measured.labels.at(*name.split("|")[:2]), next(iter(measured.looks.values()))
        )
        for name, label in names.items()
    }

    def figure(key: str, title: str, y: Scale) -> Figure | None:
        spots = {
            names[name]: [
                Spot(x=rung.at, y=value, refused=rung.refused)
                for rung in some
                if (value := rung.throughput_per_s if key == "rate" else rung.p99_s) is not None
            ]
            for name, some in rungs.items()
        }
        return lines(
            Lines(
                identifier=f"{about.identifier}-{key}",
                title=title,
                said=about.said,
                spots=spots,
                looks=looks,
                x=about.x,
                y=y,
                bands=about.bands,
            )
        )

    made = figures(
        figure("rate", "Operations a second", Scale(title="operations a second", display=rate)),
        figure("p99", "99 % of operations within", Scale(title="99 % within", display=seconds)),
    )
    return join(tag("h3", about.title), made) if made else made


def _places(rungs: _Rungs) -> list[float]:
    return sorted({rung.at for some in rungs.values() for rung in some})


def _band(measured: Measured, ladder: Ladder) -> Band | None:
    if ladder.below is None or ladder.above is None or ladder.depth is None:
        return None
    label = measured.labels.at(ladder.engine, ladder.place)
    style = measured.looks.get(label)
    return Band(
        low=float(ladder.below.records),
        high=float(ladder.above.records),
        words=f"{label}: {ladder.depth:.2g} times slower",
        colour=style.colour if style else "",
    )


def _sentence(measured: Measured, found: Sequence[Ladder]) -> str:
    """The cliffs, or that there are none."""
    cliffs = [ladder for ladder in found if ladder.below is not None]
    if cliffs:
        return "; ".join(_named(measured, ladder) for ladder in cliffs) + "."
    if not found:
        return "Too few sizes are evidence to show a cliff: three are needed."
    most = max(ladder.rungs[-1].records for ladder in found)
    names = list(dict.fromkeys(measured.labels.at(each.engine, each.place) for each in found))
    return f"No cliff up to {number(most)} records on {', '.join(names)}."


def _named(measured: Measured, ladder: Ladder) -> str:
    return measured.of(
        f"{spelled(ladder.engine)}{ladder.text.removeprefix(ladder.engine)}", ladder.workload
    )


def _each(measured: Measured, found: Sequence[Ladder]) -> Markup:
    """Bytes at rest of one more record, indexes included, by workload."""
    values: dict[str, dict[str, float]] = {}
    for ladder in found:
        each = bytes_per_record(ladder)
        if each is not None and math.isfinite(each):
            label = measured.labels.at(ladder.engine, ladder.place)
            values.setdefault(label, {}).setdefault(ladder.workload, each)
    return figures(
        dots(
            Dots(
                identifier="figure-bytes-per-record",
                title="Bytes at rest for each record more, indexes included",
                values=values,
                order=measured.labels.order,
                display=size,
                binary=True,
                row_title="Workload",
                said="The slope over all sizes, so that what an engine needs anyway is not in it.",
            )
        )
    )


def _outlooks(measured: Measured, found: Sequence[Ladder]) -> Markup:
    """Every ladder in words, and when growth gets there."""
    told_ = [_named(measured, ladder) for ladder in found]
    for ladder in found:
        record = next(
            r
            for r in measured.records
            if (r.engine.name, r.workload.name) == (ladder.engine, ladder.workload)
        )
        words = outlook(ladder, record)
        if words:
            named = f"{spelled(ladder.engine)}{words.removeprefix(ladder.engine)}"
            told_.append(measured.of(named, ladder.workload))
    return join(bullets(list(dict.fromkeys(told_)), css="notes"))
