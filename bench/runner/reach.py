"""Are the places that storefit did not make there, and do they let us in? Asked before a run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bench.engines.seam import OperationFailed, PreparedEngine, Settings
from bench.runner.bounds import limits_of
from bench.runner.redact import secrets_of, without
from workloads.errors import PlaceError

if TYPE_CHECKING:
    from bench.runner.plan import Target
    from bench.runner.request import Request

# Places of all others are started by us, and `Engine.available` says what they lack.
_OTHERS_PLACES = frozenset({"remote", "aws"})


def require_places(
    targets: Iterable[Target], request: Request, tell: Callable[[str], None] = lambda _: None
) -> None:
    """Open every server that is not ours once and leave it as it was; prepare the others.

    InputError or PlaceError says what is wrong with the first that cannot be opened: a name that
    is not found, a refused password, a missing right.
    """
    for target in targets:
        prepared = isinstance(target.engine, PreparedEngine)
        if target.place.kind not in _OTHERS_PLACES and not prepared:
            continue
        with tempfile.TemporaryDirectory(prefix="storefit-") as directory:
            settings = Settings(
                workdir=Path(directory),
                durability=request.durability,
                seed=request.seed,
                allow_writes=request.allow_writes,
                options=request.options_of(target.engine.name),
                limits=limits_of(request, target),
                tell=tell,
            )
            if isinstance(target.engine, PreparedEngine):
                target.engine.prepare(target.place, settings)
            if target.place.kind not in _OTHERS_PLACES:
                continue
            try:
                with target.engine.open(target.place, settings):
                    pass
            except (OperationFailed, OSError) as error:
                raise PlaceError(
                    f"{target.text} cannot be used: {without(str(error), secrets_of(target))}",
                    hint="nothing was measured; mend it and run the same command again",
                ) from error
