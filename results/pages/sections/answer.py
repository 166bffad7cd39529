"""The answer first: service, option, cost, confidence, and one sentence why."""

from __future__ import annotations

from results.display import certainty, number, seconds, share, usd
from results.pages.markup import Markup, bullets, chips, details, join, prose, tag, text
from results.pages.names import spelled
from results.pages.view import Answer, Driver, Estimate, FactsAge, Utilisation, option_words
from workloads.spec.model import LatencyObjective, Workload

_MOST_NOTES = 3
_LEAST_SHARE = 0.005
# A date is not broken at its hyphens.
_HYPHEN = "\u2011"


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
        _drivers(answer.drivers),
        _features(answer),
        _notes(answer.notes),
        tag("p", prose(_sentence_of(answer.backtest)), css="basis") if answer.backtest else "",
        tag("p", _basis(answer), css="basis"),
        _age(answer.facts_age),
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
    # what is said of both is no reason to take the dearer one
    of_nearest = {(r.code, r.verdict) for r in answer.rules if r.service == nearest.service}
    own = [r for r in (*required, *preferred) if (r.code, r.verdict) not in of_nearest]
    because = f"{own[0].title} ({own[0].code})" if own else "the rules together prefer it"
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
        if cost.administration and cost.without_administration is not None:
            own = f"{usd(cost.without_administration)} without your own work"
            span = "; ".join(filter(None, (span, own)))
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
        tag("span", prose(note), css="note") if note else "",
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
    usable = [(share_, each) for each in resources if (share_ := each.share) is not None]
    if not usable:
        return Markup("")
    fullest = max(usable, key=lambda pair: pair[0])[1]
    binding = next((each for _, each in usable if each.binds), fullest)
    bars = [
        _bar(
            f"{each.resource}{' (binds)' if each is binding else ''}",
            ratio,
            f"{share(ratio)} of {_ceiling(each)}",
            stands_out=each is binding,
        )
        for ratio, each in sorted(usable, key=lambda pair: -pair[0])
    ]
    return join(tag("h2", "How full it is at the peak", css="minor"), tag("ul", *bars, css="bars"))


def _bar(name: str, ratio: float, much: str, *, stands_out: bool = False) -> Markup:
    filled = f"width:{max(0.0, min(ratio, 1.0)) * 100:.0f}%"
    return tag(
        "li",
        tag("span", name, css="name"),
        tag(
            "span",
            tag("span", attributes={"style": filled}),
            css="meter binding" if stands_out else "meter",
            attributes={"aria-hidden": "true"},
        ),
        tag("span", much, css="much"),
    )


def _drivers(drivers: tuple[Driver, ...]) -> Markup:
    """What the plan is paid for: each kind of operation's share, what is next to nothing left out."""
    shown = [each for each in drivers if each.share >= _LEAST_SHARE]
    if not shown:
        return Markup("")
    bars = [
        _bar(
            each.operation,
            each.share,
            share(each.share) + (f", {usd(each.usd)} a month" if each.usd is not None else ""),
        )
        for each in shown
    ]
    title = f"Of the {shown[0].of}, by kind of operation"
    return join(tag("h2", title, css="minor"), tag("ul", *bars, css="bars"))


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
        return bullets([prose(note) for note in notes], css="notes")
    return details(f"{len(notes)} notes", bullets([prose(note) for note in notes]))


def _sentence_of(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}{'' if words.endswith('.') else '.'}"


def _age(age: FactsAge | None) -> Markup:
    """How old what it rests on is; loud where old prices are a part of the bill."""
    if age is None or not age.facts:
        return Markup("")
    said = [f"{age.facts} facts price it"]
    if age.oldest:
        said.append(f"the oldest is of {age.oldest.replace('-', _HYPHEN)}")
    if age.stale:
        limit = f" than {age.stale_after_days} days" if age.stale_after_days else ""
        are = "is" if age.stale == 1 else "are"
        said.append(f"{age.stale} {are} older{limit} and price {usd(age.stale_usd)} of it")
    if age.undated:
        said.append(f"{age.undated} without a day")
    if age.unverified:
        said.append(f"{age.unverified} not verified")
    doubtful = bool(age.stale or age.undated or age.unverified)
    advice = " Look before you order: `advisor facts --refresh`." if doubtful else ""
    words = prose(f"{'; '.join(said)}.{advice}")
    return tag("p", words, css="alert" if doubtful else "basis")


def _basis(answer: Answer) -> str:
    """What the answer rests on, counted."""
    counts: dict[str, int] = {}
    for entry in answer.evidence:
        counts[entry.kind] = counts.get(entry.kind, 0) + 1
    order = ("measured", "published", "documented", "assumed")
    said = [f"{counts[kind]} {kind}" for kind in order if counts.get(kind)]
    rests = f"It rests on {', '.join(said)} figures." if said else ""
    as_of = answer.facts_as_of.replace("-", _HYPHEN)
    dated = f"Prices and limits as of {as_of}." if as_of else ""
    return " ".join(part for part in (rests, dated) if part)
