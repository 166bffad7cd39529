"""The engines, found by looking: each module or package here that defines `ENGINE`.

    names() -> the engines' names          get(name) -> Engine
    parse_target(text) -> (Engine, Place)  what a person writes after `--engine`

A module that defines `ENGINE` must import nothing heavy (its driver, numpy, pyarrow) at its top,
so that listing engines stays fast. `HIDDEN = True` beside `ENGINE` keeps it out of lists; it can
still be asked for by name.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from workloads.errors import InputError

if TYPE_CHECKING:
    from types import ModuleType

    from bench.engines.seam import Engine, Place


def names(*, hidden: bool = False) -> tuple[str, ...]:
    """Names of the engines, sorted; with `hidden`, those kept out of lists too."""
    return tuple(
        module.ENGINE.name
        for module in _modules()
        if hidden or not getattr(module, "HIDDEN", False)
    )


def get(name: str) -> Engine:
    """The engine of that name; InputError (with the nearest spelling) when there is none."""
    for module in _modules():
        engine: Engine = module.ENGINE
        if engine.name == name:
            return engine
    raise _unknown(name)


def parse_target(text: str) -> tuple[Engine, Place]:
    """Read `ENGINE`, `ENGINE@PLACE`, `ENGINE@PLACE:DETAIL`, `ENGINE@URL` or a DSN `ENGINE://…`.

    DETAIL is an image for a container, and elsewhere a version, or a directory when it holds a
    slash. Nothing of a DSN or URL but the engine's name is repeated in an error: it may hold a
    password.

    >>> engine, place = parse_target("noop")
    >>> engine.name, place.kind
    ('noop', 'in-process')
    """
    from bench.engines.seam import Place

    text = text.strip()
    scheme, is_dsn, _ = text.partition("://")
    if is_dsn and "@" not in scheme:
        engine = get(scheme)
        return engine, _placed(engine, Place(kind="remote", address=text))
    name, has_place, where = text.partition("@")
    engine = get(name)
    if not has_place:
        return engine, Place(kind=engine.places[0])
    if "://" in where:
        return engine, _placed(engine, Place(kind="remote", address=where))
    kind, has_detail, detail = where.partition(":")
    if has_detail and not detail:
        raise InputError(
            f"engine '{name}': nothing follows 'place {kind}:'",
            hint=f"write {name}@{kind}, or an image or version after the colon",
        )
    place = Place(kind=kind)
    if kind == "container" or "/" in detail:
        place = Place(kind=kind, address=detail or None)
    elif detail:
        place = Place(kind=kind, version=detail)
    return engine, _placed(engine, place)


def require_options(engine: str, given: Mapping[str, str], *known: str) -> None:
    """InputError for the first option that the engine does not have, with those it has."""
    for name in given:
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, n=1)
        raise InputError(
            f"engine '{engine}' has no option '{name}'",
            hint=(f"did you mean '{near[0]}'? " if near else "")
            + (f"options of {engine}: {', '.join(known)}" if known else f"{engine} has none"),
        )


def _placed(engine: Engine, place: Place) -> Place:
    """The place, when the engine runs at such places."""
    if place.kind in engine.places:
        return place
    near = difflib.get_close_matches(place.kind, engine.places, n=1)
    found = f"at '{place.kind}'" if place.kind != "remote" else "at a DSN or endpoint"
    raise InputError(
        f"engine '{engine.name}' does not run {found}",
        hint=(f"did you mean '{near[0]}'? " if near else "")
        + f"places of {engine.name}: {', '.join(engine.places)}",
    )


def _unknown(name: str) -> InputError:
    name = name.partition(":")[0]  # `user:password@host` is a likely slip; do not repeat it
    known = names()
    near = difflib.get_close_matches(name, names(hidden=True), n=1)
    hint = f"did you mean '{near[0]}'? " if near else ""
    return InputError(f"there is no engine '{name}'", hint=f"{hint}engines: {', '.join(known)}")


@cache
def _modules() -> tuple[ModuleType, ...]:
    """Modules that define ENGINE, by the engine's name."""
    return tuple(sorted(_scan(), key=lambda module: str(module.ENGINE.name)))


def _scan() -> Iterator[ModuleType]:
    for entry in pkgutil.iter_modules(__path__):
        if entry.name == "seam" or entry.name.startswith("_"):
            continue
        module = importlib.import_module(f"{__name__}.{entry.name}")
        if hasattr(module, "ENGINE"):
            yield module
