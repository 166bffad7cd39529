"""The answer first: service, option, cost, confidence, and one sentence why."""

from __future__ import annotations

from results.display import certainty, number, seconds, share, usd
from results.pages.markup import Markup, bullets, chips, details, join, tag, text
from results.pages.names import spelled
from results.pages.view import Answer, Estimate, Utilisation, option_words
from workloads.spec.model import LatencyObjective, Workload

_MOST_NOTES = 3


def answer_section(answer: Answer, workload: Workload | None) -> Markup:
    """What a reader who has one minute reads."""
    description = workload.description if workload else ""
    headline = "None of the services fits" if answer.is_none else spelled(answer.service)
    return tag(
        "header",
        tag("p", join("Recommendation for ", tag("strong", answer.workload)), css="eyebrow"),
        tag("h1", headline),
        tag("p", description, css="description") if description else "",
        tag("p", f"{answer.basis[0].upper()}{answer.basis[1:]}.", css="basis")
        if answer.basis
        else "",
        chips(option_words(answer.option)),
        *(tag("p", conflict, css="alert") for conflict in answer.conflicts),
        tag("p", text(sentence(answer)), css="why"),
        _figures(answer, workload),
        _utilisation(answer.utilisation),
        _features(answer),
        _notes((*answer.notes, *([answer.backtest] if answer.backtest else []))),
        tag("p", _basis(answer), css="basis"),
        css="answer",
        attributes={"id": "answer"},
    )


def sentence(answer: Answer) -> str:
    """Why this service, in one sentence made from the ranking and the rules."""
    if answer.is_none:
        return answer.instead or "Every service is excluded by a rule; the reasons are below."
    feasible = [ranked for ranked in answer.ranking if ranked.feasible]
    others = [r for r in feasible if r.service != answer.service and r.usd is not None]
    chosen = answer.monthly_cost_usd.expected if answer.monthly_cost_usd else None
    required = [r for r in answer.rules if r.verdict == "require" and r.service == answer.service]
    preferred = [r for r in answer.rules if r.verdict == "prefer" and r.service == answer.service]
    rule = next(iter([*required, *preferred]), None)
    if not others:
        because = f": {rule.title} ({rule.code})" if rule else ""
        return f"It is the only service that holds this workload{because}."
    nearest = min(others, key=lambda r: r.usd or 0.0)
    if chosen is None or nearest.usd is None:
        return f"It is chosen among {len(feasible)} services that hold the workload."
    gap = nearest.usd - chosen
    if gap >= 0:
        more = f", {share(gap / chosen)} more" if chosen > 0 else ""
        return (
            f"It is the cheapest of {len(feasible)} services that hold this workload; "
            f"the next, {spelled(nearest.service)}, costs {usd(nearest.usd)} a month{more}."
        )
    because = f"{rule.title} ({rule.code})" if rule else "a rule prefers it"
    return (
        f"{spelled(nearest.service)} would cost {usd(-gap)} a month less, "
        f"but {because[0].lower()}{because[1:]}."
    )


def _figures(answer: Answer, workload: Workload | None) -> Markup:
    """Cost, confidence and predicted latency as three large figures."""
    cost = answer.monthly_cost_usd
    parts = []
    if cost is not None:
        span = (
            f"between {usd(cost.low)} and {usd(cost.high)}"
            if cost.low is not None and cost.high is not None
            else "a price is unknown, so the total is"
            if cost.expected is None
            else ""
        )
        parts.append(_figure("a month", usd(cost.expected), span))
    if answer.confidence is not None:
        parts.append(
            _figure(
                answer.confidence_kind,
                certainty(answer.confidence),
                answer.confidence_note,
                _meter(answer),
            )
        )
    elif answer.confidence_note:
        parts.append(_figure(answer.confidence_kind, "unknown", answer.confidence_note))
    if answer.latency is not None:
        wanted = workload.latency if workload else LatencyObjective()
        predicted = answer.latency
        for what, estimate, objective_s in (
            ("read p99 at the peak", predicted.read_p99_s, wanted.read_p99_s),
            ("write p99 at the peak", predicted.write_p99_s, wanted.write_p99_s),
        ):
            if estimate is not None:
                parts.append(_latency(what, estimate, objective_s))
    return tag("div", *parts, css="figures")


def _figure(what: str, value: str, note: str, *more: str) -> Markup:
    return tag(
        "div",
        tag("span", value, css="value"),
        tag("span", what, css="what"),
        *more,
        tag("span", note, css="note") if note else "",
        css="stat",
    )


def _latency(what: str, estimate: Estimate, objective_s: float | None) -> Markup:
    span = (
        f"{seconds(estimate.low)} to {seconds(estimate.high)}"
        if estimate.low is not None and estimate.high is not None
        else ""
    )
    wanted = f"objective {seconds(objective_s)}" if objective_s else ""
    note = "; ".join(part.replace(" ", "\u00a0") for part in (span, wanted) if part)
    return _figure(what, seconds(estimate.expected), note)


def _meter(answer: Answer) -> Markup:
    filled = max(0.0, min(1.0, answer.confidence or 0.0))
    return tag(
        "span",
        tag("span", attributes={"style": f"width:{filled * 100:.0f}%"}),
        css="meter",
        attributes={"aria-hidden": "true"},
    )


def _utilisation(resources: tuple[Utilisation, ...]) -> Markup:
    """How full each resource is at the peak; the fullest first."""
    usable = [resource for resource in resources if resource.ceiling > 0]
    if not usable:
        return Markup("")
    bars = []
    for at, resource in enumerate(sorted(usable, key=lambda u: -u.used / u.ceiling)):
        ratio = resource.used / resource.ceiling
        bars.append(
            tag(
                "li",
                tag("span", resource.resource, css="name"),
                tag(
                    "span",
                    tag("span", attributes={"style": f"width:{min(ratio, 1) * 100:.0f}%"}),
                    css="meter binding" if at == 0 else "meter",
                    attributes={"aria-hidden": "true"},
                ),
                tag("span", f"{share(ratio)} of {_ceiling(resource)}", css="much"),
            )
        )
    return join(tag("h2", "How full it is at the peak", css="minor"), tag("ul", *bars, css="bars"))


def _ceiling(resource: Utilisation) -> str:
    unit = resource.unit.removeprefix("1") if resource.unit.startswith("1/") else resource.unit
    return f"{number(resource.ceiling)}{'' if unit.startswith('/') else ' '}{unit}"


def _features(answer: Answer) -> Markup:
    if not answer.features:
        return Markup("")
    return join(
        tag("h2", "With these features", css="minor"),
        chips([spelled(feature) for feature in answer.features]),
    )


def _notes(notes: tuple[str, ...]) -> Markup:
    """A few notes are shown, many are folded away."""
    if len(notes) <= _MOST_NOTES:
        return bullets(notes, css="notes")
    return details(f"{len(notes)} notes", bullets(notes))


def _basis(answer: Answer) -> str:
    """What the answer rests on, counted."""
    counts: dict[str, int] = {}
    for entry in answer.evidence:
        counts[entry.kind] = counts.get(entry.kind, 0) + 1
    order = ("measured", "published", "documented", "assumed")
    said = [f"{counts[kind]} {kind}" for kind in order if counts.get(kind)]
    rests = f"It rests on {', '.join(said)} figures." if said else ""
    # a date is not broken at its hyphens
    as_of = answer.facts_as_of.replace("-", "\u2011")
    dated = f"Prices and limits as of {as_of}." if as_of else ""
    return " ".join(part for part in (rests, dated) if part)
