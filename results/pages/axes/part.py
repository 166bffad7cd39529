"""What an axis leaves on the page, and what it is made from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from results.answers import Answer
from results.pages.figures.figure import Figure, grid
from results.pages.markup import Markup, bullets, details, join, section, tag
from results.pages.names import Style, styles
from results.pages.selection import Labels
from results.procedures import Done
from results.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Everything a part may look at."""

    records: Sequence[Record]
    answers: Sequence[Answer]
    labels: Labels

    @property
    def looks(self) -> dict[str, Style]:
        """The style of each engine, the same all over the page."""
        return styles(self.labels.order)

    @property
    def has_workloads(self) -> bool:
        """Whether more than one workload was measured, so that figures must name theirs."""
        return len({record.workload.name for record in self.records}) > 1

    def of(self, title: str, workload: str) -> str:
        """A title, after the workload's name where there are several."""
        return f"{workload}: {title}" if self.has_workloads else title

    def who(self, name: str, workload: str) -> str:
        """An engine, with the workload where there are several."""
        return f"{name} ({workload})" if self.has_workloads else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One axis. `words` for the contents list, `sentence` for who has one minute."""

    identifier: str
    words: str
    title: str
    sentence: str
    content: Sequence[Markup]

    @property
    def html(self) -> Markup:
        return section(self.identifier, self.title, *self.content, lead=self.sentence)


def figures(*made: Figure | None, css: str = "grid") -> Markup:
    """Those that there are, side by side."""
    kept = [figure for figure in made if figure is not None]
    return grid(*kept, css=css) if kept else Markup("")


def folded(summary: str, content: Markup) -> Markup:
    """Something behind a click; nothing where there is nothing."""
    return details(summary, content) if content else Markup("")


def reasons(title: str, told: Iterable[tuple[str, str]]) -> Markup:
    """Why something is missing: who, and the reason; each once."""
    items = [join(tag("strong", who), ": ", why) for who, why in dict.fromkeys(told)]
    if not items:
        return Markup("")
    return details(f"{title} ({len(items)})", bullets(items))


def excuses(measured: Measured, done: Iterable[Done]) -> Markup:
    """Procedures that an engine cannot do, and those that went wrong."""
    cannot, failed = [], []
    for each in done:
        who = f"{way_name(measured, each)}, {each.name}"
        if not each.is_supported:
            cannot.append((who, each.problem or "not served"))
        elif each.problem:
            failed.append((who, each.problem))
    return join(reasons("Not possible", cannot), reasons("Went wrong", failed))


def way_name(measured: Measured, each: Done) -> str:
    """`PostgreSQL drop (partitions=12)`."""
    varied = f" ({each.varied})" if each.varied else ""
    return f"{measured.labels.of_record(each.first)} {each.way}{varied}"


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def capital(words: str) -> str:
    """The same words as the beginning of a sentence."""
    return words[:1].upper() + words[1:]


def under(load: str) -> str:
    """A load as people say it: `closed:8` as `8 clients`; others as they are."""
    kind, _, rest = load.partition(":")
    clients, comma, more = rest.partition(",")
    if kind != "closed" or not clients.isdigit():
        return load
    return f"{clients} client{'s' if clients != '1' else ''}{comma and ', '}{more}"


def doubt(*, refused: bool) -> str:
    """What a sentence adds to a value that a gate refused as evidence."""
    return " (a first look, not evidence)" if refused else ""
