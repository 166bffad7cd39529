"""The same game as advisor/draws.py for thousands of draws at once, on arrays.

numpy is imported here alone, and this module only where so many draws are asked for: a cold
answer stays fast. Numbers come from numpy's own generator, each draw independent of the others,
as so many need no strata: a seed gives other draws than it does there, from the same distributions.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Any

import numpy as np
from msgspec import Struct

from advisor.draws import Player, Priors
from advisor.standing import SMALL_BILL_USD
from advisor.unknowns import Risk

Array = np.ndarray[Any, np.dtype[np.float64]]


class ManyDraws(Struct, frozen=True, kw_only=True):
    """Standard normals, one row for each draw, columns as `advisor.draws.Draw` has them."""

    traffic: Array
    sizes: Array
    slow: Array
    shared: Array
    own: Array
    priced: Array
    worth: dict[str, Array]
    turned: Array


class ManyGame(Struct, frozen=True, kw_only=True):
    """The players, the risks and the draws: the same for every set of priors."""

    players: Sequence[Player]
    service: str
    risks: Sequence[Risk]
    draws: ManyDraws

    @property
    def count(self) -> int:
        """How many draws there are."""
        return len(self.draws.traffic)

    def wins(self, priors: Priors) -> int:
        """In how many draws the service wins."""
        totals = self._totals(priors)
        late = np.stack([self._late(player, priors.demand) for player in self.players], axis=1)
        cheapest = np.where(late, np.inf, totals).min(axis=1)
        base = np.maximum(np.where(np.isfinite(cheapest), cheapest, 0.0), SMALL_BILL_USD)
        scores = np.stack(
            [
                totals[:, place] - player.allowance_usd - base * self._worth(player, priors.worth)
                for place, player in enumerate(self.players)
            ],
            axis=1,
        )
        in_time = np.where(late, np.inf, scores)
        chosen = np.where(late.all(axis=1), scores.argmin(axis=1), in_time.argmin(axis=1))
        mine = [place for place, p in enumerate(self.players) if p.service == self.service]
        chances = np.array([priors.unknowns * risk.chance for risk in self.risks])
        turned = (self.draws.turned < chances).any(axis=1)
        return int((np.isin(chosen, mine) & ~turned).sum())

    def range_usd(self, priors: Priors, share: float) -> tuple[float, float]:
        """The interval that holds the middle `share` of the drawn totals of the service."""
        place = next(n for n, p in enumerate(self.players) if p.service == self.service)
        totals = np.sort(self._totals(priors)[:, place])
        outside, last = (1.0 - share) / 2.0, len(totals) - 1
        return float(totals[round(outside * last)]), float(totals[round((1.0 - outside) * last)])

    def _totals(self, priors: Priors) -> Array:
        """USD a month, draws x players."""
        drawn = self.draws
        columns = []
        for place, player in enumerate(self.players):
            spread = priors.demand * sqrt(player.spread**2 + player.noise**2)
            exponent = player.elasticity * priors.traffic * drawn.traffic
            exponent = exponent + spread * (drawn.shared[:, place] + drawn.own[:, place])
            exponent = exponent + priors.prices * player.price * drawn.priced[:, place]
            for at, (follows, size) in enumerate(zip(player.sizes, priors.sizes, strict=False)):
                exponent = exponent + follows * size * drawn.sizes[:, at]
            columns.append(player.expected_usd * np.exp(exponent))
        return np.stack(columns, axis=1)

    def _late(self, player: Player, demand: float) -> Any:
        """Where a response time of the player is drawn above its objective."""
        slow = self.draws.slow
        late = np.zeros(len(slow), dtype=bool)
        for middle, spread, objective in player.limits:
            late |= middle + demand * spread * slow > objective
        return late

    def _worth(self, player: Player, spread: float) -> Array:
        """The fraction that preferences are worth, in each draw."""
        worth = np.zeros(self.count)
        for code, fraction in player.worths:
            worth += fraction * np.exp(spread * self.draws.worth[code])
        return worth


def drawn(players: Sequence[Player], risks: Sequence[Risk], *, draws: int, seed: int) -> ManyDraws:
    """The numbers of every draw; those of demand have half the variance, to be added in pairs."""
    generator, half = np.random.default_rng(seed), sqrt(0.5)
    engines = list(dict.fromkeys(player.evidence for player in players))
    codes = list(dict.fromkeys(code for player in players for code, _ in player.worths))
    by_engine = generator.normal(0.0, half, (draws, len(engines)))
    return ManyDraws(
        traffic=generator.normal(size=draws),
        sizes=generator.normal(size=(draws, len(players[0].sizes))),
        slow=generator.normal(size=draws),
        shared=by_engine[:, [engines.index(player.evidence) for player in players]],
        own=generator.normal(0.0, half, (draws, len(players))),
        priced=generator.normal(size=(draws, len(players))),
        worth={code: generator.normal(size=draws) for code in codes},
        turned=generator.random((draws, len(risks))),
    )
