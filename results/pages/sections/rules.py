"""The rules that fired: those that decided between services, then those that spoke of options."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from results.pages.markup import Markup, bullets, details, join, section, tag
from results.pages.names import spelled
from results.pages.view import Answer, Rule

_ORDER = ("exclude", "require", "prefer", "warn")


def rules_section(answer: Answer) -> Markup:
    """Every rule once, with its verdicts, why, source and evidence."""
    if not answer.rules:
        return Markup("")
    groups: dict[str, list[Rule]] = {}
    for rule in answer.rules:
        groups.setdefault(rule.code, []).append(rule)
    ordered = sorted(groups.values(), key=lambda group: (_rank(group), group[0].code))
    deciding = [group for group in ordered if _decides(group, answer)]
    others = [group for group in ordered if not _decides(group, answer)]
    parts = []
    if deciding:
        parts.append(tag("div", *(_rule(group, answer) for group in deciding), css="rules"))
    if others:
        count = f"{len(others)} rule{'s' if len(others) != 1 else ''}"
        listed = tag("div", *(_rule(group, answer) for group in others), css="rules")
        parts.append(details(f"{count} on options, features and other services", listed))
    return section(
        "rules",
        "The rules that decided",
        *parts,
        lead="A rule speaks only when the workload gives it a reason."
        if deciding
        else "No rule decided between the services; the cost did.",
    )


def _rank(group: Sequence[Rule]) -> int:
    return min(_ORDER.index(r.verdict) if r.verdict in _ORDER else len(_ORDER) for r in group)


def _decides(group: Sequence[Rule], answer: Answer) -> bool:
    """Whether it excluded a whole service, or spoke for the chosen one and not for all."""
    if any(r.verdict == "exclude" and not r.excluded_options for r in group):
        return True
    spoken_for = {r.service for r in group if r.verdict in ("require", "prefer")}
    everyone = {ranked.service for ranked in answer.ranking}
    return answer.service in spoken_for and not everyone <= spoken_for


def _rule(group: Sequence[Rule], answer: Answer) -> Markup:
    rule = group[0]
    why = list(dict.fromkeys(r.why for r in group))
    evidence = dict.fromkeys(identifier for r in group for identifier in r.evidence)
    sources = bullets(list(dict.fromkeys(r.source for r in group)))
    return tag(
        "article",
        tag("h3", rule.title, " ", tag("span", rule.code, css="code")),
        tag("p", *_badges(group, answer)),
        tag("p", why[0]) if len(why) == 1 else bullets(why),
        details("Source and evidence", sources, _evidence(evidence)),
    )


def _badges(group: Sequence[Rule], answer: Answer) -> list[Markup]:
    """One badge a verdict: `excludes DynamoDB`, `excludes options of Amazon RDS`."""
    everyone = {ranked.service for ranked in answer.ranking}
    badges = []
    for verdict in _ORDER:
        services = dict.fromkeys(r.service for r in group if r.verdict == verdict)
        named = [service for service in services if service]
        if not services:
            continue
        if verdict == "exclude":
            badges += _exclusions(group, named)
        elif everyone and everyone <= set(named):
            badges += _badge(verdict, f"{verdict}s, whatever the service", [])
        else:
            badges += _badge(verdict, f"{verdict}s", named)
    return badges


def _exclusions(group: Sequence[Rule], named: Sequence[str]) -> list[Markup]:
    """Services that are out as a whole, then those of which options are, with these options."""
    found = [r for r in group if r.verdict == "exclude"]
    whole = dict.fromkeys(r.service for r in found if r.service and not r.excluded_options)
    badges = _badge("exclude", "excludes", whole) if whole or not named else []
    partly: dict[str, dict[str, None]] = {}
    for rule in found:
        if rule.service and rule.excluded_options:
            words = " with ".join(spelled(option) for option in rule.excluded_options)
            partly.setdefault(words, {})[rule.service] = None
    for words, services in partly.items():
        left = [service for service in services if service not in whole]
        badges += _badge("exclude", f"excludes {words} of", left) if left else []
    return badges


def _badge(css: str, words: str, services: Iterable[str]) -> list[Markup]:
    said = " ".join([words, ", ".join(spelled(service) for service in services)]).strip()
    return [tag("span", said, css=f"badge {css}"), Markup(" ")]


def _evidence(identifiers: Iterable[str]) -> Markup:
    """Links to the ledger's entries."""
    links = [
        tag("a", identifier, attributes={"href": f"#evidence-{identifier}"})
        for identifier in identifiers
    ]
    spaced = [part for link in links for part in (Markup(", "), link)][1:]
    return tag("p", "Evidence: ", join(*spaced), css="source") if links else Markup("")
