"""A recommendation in plain words for a terminal, and the chain below one of its figures.

The answer comes first, with the nearest flip and the ranking of the services, so that a screen
holds it; then the bill, why, what was assumed, the other flips, the confidence, the quality of the
evidence and the age of the facts. Lines are at most 96 characters wide.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec.structs import replace

from advisor import administration, bill_text, drivers, ledger
from advisor.bill_text import money
from advisor.confidence import INPUTS_ASSUMED
from advisor.facts import age
from advisor.model import (
    Evidence,
    Excuse,
    Flip,
    Option,
    Plan,
    Ranked,
    Recommendation,
    RuleFinding,
)
from advisor.rules.tags import WITHOUT_A_PRICE
from advisor.standing import tags_of
from results.display import certainty

WIDTH = 96
INDENT = "  "
MOST_FLIPS = 8


def text(rec: Recommendation, *, today: date | None = None) -> str:
    """The whole explanation. `today` lets the age of the facts be said (None: it is not)."""
    parts = [
        _answer(rec),
        _ranking(rec),
        _conflicts(rec),
        bill_text.bill(rec.plan),
        bill_text.over_time(rec),
        _fullness(rec),
        _why(rec),
        _compared(rec),
        _warnings(rec),
        _assumed(rec),
        _flips(rec),
        _trust(rec, today),
        _notes(rec),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def walk(rec: Recommendation, wanted: str) -> str:
    """The chain below a figure, from `SERVICE.cost` down to records and facts."""
    return chain_text(rec.evidence, wanted)


def chain_text(evidence: Sequence[Evidence], wanted: str) -> str:
    """As `walk`, from a ledger alone. Raises InputError for an id that is not in it."""
    lines: list[str] = []
    for depth, entry in ledger.chain(evidence, wanted):
        lines += _figure(entry, INDENT * depth)
    return "\n".join(lines) + "\n"


def _figure(entry: Evidence, indent: str) -> list[str]:
    lines = [
        f"{indent}{entry.id} = {value(entry.value)} {entry.unit}".rstrip() + f"  [{entry.kind}]"
    ]
    about = [part for part in (entry.label, entry.formula) if part and part != entry.id]
    if entry.source != ledger.OWN:
        about.append(f"{entry.source}, {entry.date or 'undated'}")
    for part in about:
        lines.append(_fill(part, first=indent + INDENT, rest=indent + INDENT * 2))
    return lines


def value(number: float | str | None) -> str:
    """A value for reading: unknown, text, or a number with as many digits as mean something."""
    if number is None:
        return "unknown"
    if isinstance(number, str):
        return number
    if number == int(number) and abs(number) < 1e15:
        return f"{int(number):,}"
    if abs(number) >= 1000:
        return f"{number:,.1f}"
    return f"{number:.6g}" if abs(number) >= 10 else f"{number:.4g}"


def option_words(option: Option) -> str:
    """An option in one line: engine, class, deployment, mode, storage, replicas."""
    parts = [option.engine, option.instance_class, option.deployment, option.capacity_mode]
    parts += [option.table_class]
    if option.minimum_acu is not None and option.maximum_acu is not None:
        parts.append(f"{option.minimum_acu:g} to {option.maximum_acu:g} ACU")
    if option.storage:
        size = f" {option.storage_gib:,.0f} GiB" if option.storage_gib else ""
        parts.append(f"{option.storage}{size}")
    if option.replicas:
        parts.append(f"{option.replicas} replica{'s' if option.replicas > 1 else ''}")
    return ", ".join(part for part in parts if part)


def _answer(rec: Recommendation) -> str:
    if rec.plan is None:
        lead = f"{rec.workload}: none of the four services holds this workload."
        rest = _wrap(f"What would fit instead: {rec.instead}") if rec.instead else ""
        return "\n".join(line for line in (lead, rest) if line)
    plan = rec.plan
    basis = f", {rec.basis}" if rec.basis else ""
    lead = _fill(f"{rec.workload}: {rec.service}{basis}", first="", rest=INDENT)
    lines = [lead, _wrap(option_words(plan.option))]
    cost = f"{bill_text.total(plan)} USD a month"
    if plan.low_usd is not None and plan.high_usd is not None:
        cost += f" ({money(plan.low_usd)} to {money(plan.high_usd)})"
    if rec.confidence is not None and rec.demand_assumed:
        cost += f"; the same service in {certainty(rec.confidence)} of draws ({INPUTS_ASSUMED})"
    elif rec.confidence is not None:
        cost += f"; confidence {certainty(rec.confidence)}"
    lines.append(_wrap(cost))
    if rec.flips:
        nearest = rec.flips[0]
        lines.append(
            _wrap(f"nearest flip: {nearest.input} {nearest.now} -> {nearest.at}: {_then(nearest)}")
        )
    if plan.features:
        lines.append(_wrap("with " + ", ".join(plan.features)))
    lines += [_wrap(note) for note in rec.notes if note.startswith(WITHOUT_A_PRICE)]
    return "\n".join(lines)


def _conflicts(rec: Recommendation) -> str:
    return _section("Needs that contradict each other", [_item(c) for c in rec.conflicts])


def _fullness(rec: Recommendation) -> str:
    """Every resource of the plan; of the other services' plans the one that binds."""
    plan = rec.plan
    if plan is None:
        return ""
    used = sorted(plan.utilisation, key=lambda u: -u.ratio)
    words = [f"{u.resource} {100 * u.ratio:.0f} %" for u in used]
    if words:
        words[0] += " (binds)"
    lines = [_item(f"at the peak: {', '.join(words)} of what is allowed")] if words else []
    driven = drivers.words(rec.drivers, plan)
    if driven:
        lines.append(_item(driven))
    for name, predicted in (("reads", plan.read_p99_s), ("writes", plan.write_p99_s)):
        if predicted is not None:
            lines.append(
                _item(
                    f"{name} p99: {1000 * predicted.value:.3g} ms "
                    f"({1000 * predicted.low:.3g} to {1000 * predicted.high:.3g})"
                )
            )
    others = [r.plan for r in rec.ranking if r.plan is not None and r.service != rec.service]
    bound = [
        f"{other.option.instance_class or other.option.service} {use.resource} "
        f"{100 * use.ratio:.0f} %"
        for other in others
        if (use := other.binding) is not None
    ]
    if bound:
        lines.append(_item(f"what binds the other services' plans: {', '.join(bound)}"))
    return _section("How full it is, how fast it answers", lines)


def _why(rec: Recommendation) -> str:
    weight = {"require": 0, "exclude": 1, "prefer": 2}
    decided = sorted(
        (
            f
            for f in rec.rules
            if f.verdict in weight and rec.service in f.services and _concerns(f, rec.plan)
        ),
        key=lambda f: (weight[f.verdict], -f.worth_usd_fraction),
    )
    lines = [_item(f"{f.code} {f.verdict}: {f.why}{_named(f)}") for f in _merged(decided)]
    ranked = [r for r in rec.ranking if r.plan is not None and r.excuse is None]
    if rec.plan is not None and len(ranked) > 1 and ranked[1].plan is not None:
        other = ranked[1]
        lines.append(
            _item(
                f"next is {other.service} at {bill_text.total(other.plan)} USD a "
                f"month, {_difference(rec.plan, other)}"
            )
        )
    return _section("Why", lines)


def _concerns(finding: RuleFinding, plan: Plan | None) -> bool:
    """Whether a reader of this plan needs the finding.

    An exclusion of options by several tags names their kind first; of another kind than the
    plan's it says nothing about the plan.
    """
    if finding.verdict != "exclude" or len(finding.features) < 2 or plan is None:
        return True
    return finding.features[0] in tags_of(plan)


def _difference(plan: Plan, other: Ranked) -> str:
    usd = other.plan.usd if other.plan is not None else None
    if plan.usd is None or usd is None or plan.usd <= 0:
        return "not comparable while a price is unknown"
    change = 100 * (usd / plan.usd - 1)
    if abs(change) < 1:
        return "about the same"
    return f"{abs(change):.0f} % {'more' if change > 0 else 'less: preferences outweigh it'}"


def _ranking(rec: Recommendation) -> str:
    """One line for each service, best first; `_compared` says in full what is cut here."""
    lines = [line if len(line) <= WIDTH else _cut(line) for line in _standings(rec)]
    return _section("Services, best first", [*lines, *_likely(rec), *_administered(rec)])


def _likely(rec: Recommendation) -> list[str]:
    """What a total is that is not known, where one is shown."""
    plans = [r.plan for r in rec.ranking if r.plan is not None and r.plan.usd is None]
    said = []
    if any(plan.comparable for plan in plans):
        said.append("likely: a price is not known here, another region's stands in to compare")
    if any(not plan.comparable and plan.known_usd for plan in plans):
        said.append("over: a price is known nowhere, the rest comes to this")
    return [_fill(words, first=INDENT, rest=INDENT * 2) for words in said]


def _administered(rec: Recommendation) -> list[str]:
    """Whose work the administration is, in one line for services of which the same is true."""
    said: dict[str, list[str]] = {}
    for ranked in rec.ranking:
        if ranked.plan is not None:
            said.setdefault(administration.words(ranked.plan), []).append(ranked.service)
    return [
        _fill(f"administration of {', '.join(services)}: {whose}", first=INDENT, rest=INDENT * 2)
        for whose, services in said.items()
    ]


def _compared(rec: Recommendation) -> str:
    """The lines of the ranking that are longer than a line."""
    cut = [line for line in _standings(rec) if len(line) > WIDTH]
    lines = [_fill(line, first=INDENT, rest=INDENT + " " * 5) for line in cut]
    return _section("Compared, in full", lines)


def _standings(rec: Recommendation) -> list[str]:
    lines: list[str] = []
    before: Excuse | None = None
    for place, ranked in enumerate(rec.ranking, start=1):
        head = f"{INDENT}{place}  {ranked.service:<18} "
        if ranked.plan is not None:
            words = option_words(ranked.plan.option)
            head += f"{bill_text.total(ranked.plan):>10} USD  {words}"
        if ranked.excuse is not None:
            same = before is not None and before.reason == ranked.excuse.reason
            said = "out for the same reason" if same else _excuse(ranked.excuse)
            head += f"{'; ' if ranked.plan is not None else ''}{said}"
            before = ranked.excuse
        lines.append(head)
    return lines


def _cut(line: str) -> str:
    return line[: WIDTH - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def _excuse(excuse: Excuse) -> str:
    return f"excluded, {excuse.rule}: {excuse.reason}" if excuse.rule else f"no: {excuse.reason}"


def _warnings(rec: Recommendation) -> str:
    chosen = [
        f
        for f in rec.rules
        if f.verdict == "warn" and (rec.service in f.services or not f.services)
    ]
    tags = tags_of(rec.plan) if rec.plan is not None else frozenset()
    concerned = [f for f in chosen if frozenset(f.features) <= tags]
    return _section("Mind", [_item(f"{f.code}: {f.why}") for f in _merged(concerned)])


def _assumed(rec: Recommendation) -> str:
    says = {True: "another value changes the answer", False: "does not matter here", None: ""}
    lines = []
    for a in rec.assumed:
        matters = f" ({says[a.matters]})" if a.matters is not None else ""
        lines.append(_item(f"{a.input}: {a.value}{matters}"))
    return _section("Assumed, because nobody said", lines)


def _then(flip: Flip) -> str:
    """What the answer would be."""
    return "no service fits" if flip.service == "none" else flip.service


def _flips(rec: Recommendation) -> str:
    lines = [_item(f"{f.input}: {f.now} -> {f.at}: {_then(f)}") for f in rec.flips[:MOST_FLIPS]]
    if len(rec.flips) > MOST_FLIPS:
        lines.append(_item(f"and {len(rec.flips) - MOST_FLIPS} more (--json lists them)"))
    return _section("What would change the answer, nearest first", lines)


def _trust(rec: Recommendation, today: date | None) -> str:
    lines = [_item(words) for words in (rec.confidence_note, rec.backtest) if words]
    counts = {kind: sum(e.kind == kind for e in rec.evidence) for kind in ledger.STRONGEST_FIRST}
    said = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    lines.append(_item(f"figures it rests on: {said or 'none'}"))
    dated = "" if rec.plan is None else age.span(rec.plan.components)
    oldest = dated.split(" to ")[0] or rec.facts_as_of
    lines.append(_item(f"facts as of {dated or rec.facts_as_of}{_age(oldest, today)}"))
    aged = None if rec.plan is None or today is None else age.of(rec.plan.components, today)
    if aged is not None:
        lines.append(_item(age.words(aged)))
    return _section("How sure", lines)


def _age(as_of: str, today: date | None) -> str:
    days = None if today is None else age.days(as_of, today)
    if days is None:
        return ""
    return f", {days} days old" + (": check the prices" if days > age.STALE_DAYS else "")


def _notes(rec: Recommendation) -> str:
    notes = dict.fromkeys([*rec.notes, *(rec.plan.notes if rec.plan is not None else ())])
    return _section("Notes", [_item(note) for note in notes])


def _named(finding: RuleFinding) -> str:
    if not finding.features:
        return ""
    about = "options out: " if finding.verdict == "exclude" else ""
    return f" [{about}{', '.join(finding.features)}]"


def _merged(findings: Iterable[RuleFinding]) -> list[RuleFinding]:
    """One finding per rule and verdict: the first one's words, the features of all."""
    found: dict[tuple[str, str], RuleFinding] = {}
    for finding in findings:
        key = (finding.code, finding.verdict)
        before = found.get(key)
        if before is None:
            found[key] = finding
        else:
            features = dict.fromkeys((*before.features, *finding.features))
            found[key] = replace(before, features=tuple(features))
    return list(found.values())


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([title, *lines]) if lines else ""


def _item(words: str) -> str:
    return _fill(words, first=INDENT + "- ", rest=INDENT * 2)


def _wrap(words: str) -> str:
    return _fill(words, first=INDENT, rest=INDENT)


def _fill(words: str, *, first: str, rest: str) -> str:
    """Words in lines of `WIDTH`, broken at spaces only; a twentieth of textwrap's time."""
    lines, line = [], first
    room = len(first)
    for word in words.split():
        for piece in _pieces(word, WIDTH - len(rest)):
            if room == len(line):
                line += piece
            elif len(line) + 1 + len(piece) <= WIDTH:
                line += " " + piece
            else:
                lines.append(line)
                line, room = rest + piece, len(rest)
    return "\n".join([*lines, line])


def _pieces(word: str, most: int) -> Iterable[str]:
    """The word, cut where it is longer than a line."""
    return (word[at : at + most] for at in range(0, len(word), most))
