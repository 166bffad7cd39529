"""The draws behind the confidence: a game between the best plans of the services.

Per draw

    total_s = expected_s * exp(elasticity_s * traffic + sum of size_s * size
                               + spread_s * (shared + own) + price_s)

less what preferences are worth in that draw. The normals are drawn once, as a Latin hypercube, and
serve every set of priors, so that those compare. A draw in which a need that nobody stated turns
out to ask for another service is lost.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import exp, sqrt
from statistics import NormalDist

from msgspec import Struct

from advisor.standing import score_usd
from advisor.unknowns import Risk

_LEAST = 1e-12  # the inverse of the normal distribution has no value at 0


class Player(Struct, frozen=True, kw_only=True):
    """A service in the draws. Spreads are standard deviations of the logarithm.

    `worths` are the preferences that name it, each with the code of its rule. `noise` is that of
    the machine, `spread` that of its demand. `sizes` are elasticities to the sizes nobody gave.
    """

    service: str
    expected_usd: float
    elasticity: float
    sizes: tuple[float, ...]
    spread: float
    noise: float
    price: float
    worths: tuple[tuple[str, float], ...]
    allowance_usd: float
    evidence: str
    limits: tuple[tuple[float, float, float], ...]


class Priors(Struct, frozen=True, kw_only=True):
    """What is uncertain for all services at once, as spreads of the logarithm.

    `demand`, `prices` and `unknowns` are 1, or 0 for what would be known.
    """

    traffic: float
    worth: float
    sizes: tuple[float, ...] = ()
    demand: float = 1.0
    prices: float = 1.0
    unknowns: float = 1.0


class Draw(Struct, frozen=True, kw_only=True):
    """Standard normals of one draw. `shared` and `own` (cost, price) stand in players' order.

    `sizes` stand for the sizes that nobody gave, `worth` for preferences by the code of their
    rule; `turned` are uniform numbers, one for each risk.
    """

    traffic: float
    sizes: tuple[float, ...]
    slow: float
    shared: tuple[float, ...]
    own: tuple[tuple[float, float], ...]
    worth: dict[str, float]
    turned: tuple[float, ...]


class Game(Struct, frozen=True, kw_only=True):
    """The players, the risks and the draws: the same for every set of priors."""

    players: Sequence[Player]
    service: str
    risks: Sequence[Risk]
    draws: Sequence[Draw]

    @property
    def count(self) -> int:
        """How many draws there are."""
        return len(self.draws)

    def wins(self, priors: Priors) -> int:
        """In how many draws the service wins."""
        won = 0
        for draw in self.draws:
            if any(
                turned < priors.unknowns * risk.chance
                for turned, risk in zip(draw.turned, self.risks, strict=True)
            ):
                continue
            totals = [
                (
                    any(_late(limits, draw.slow, priors.demand) for limits in player.limits),
                    self._usd(place, player, draw, priors),
                    player,
                )
                for place, player in enumerate(self.players)
            ]
            cheapest = min((usd for late, usd, _ in totals if not late), default=0.0)
            chosen = min(
                totals, key=lambda t: (t[0], _score(t[1], t[2], cheapest, (draw, priors.worth)))
            )
            won += chosen[2].service == self.service
        return won

    def range_usd(self, priors: Priors, share: float) -> tuple[float, float]:
        """The interval that holds the middle `share` of the drawn totals of the service."""
        place = next(n for n, p in enumerate(self.players) if p.service == self.service)
        player = self.players[place]
        totals = sorted(self._usd(place, player, draw, priors) for draw in self.draws)
        last = len(totals) - 1
        outside = (1.0 - share) / 2.0
        return totals[round(outside * last)], totals[round((1.0 - outside) * last)]

    def _usd(self, place: int, player: Player, draw: Draw, priors: Priors) -> float:
        own, priced = draw.own[place]
        spread = priors.demand * sqrt(player.spread**2 + player.noise**2)
        return player.expected_usd * exp(
            player.elasticity * priors.traffic * draw.traffic
            + sum(
                e * s * z for e, s, z in zip(player.sizes, priors.sizes, draw.sizes, strict=False)
            )
            + spread * (draw.shared[place] + own)
            + priors.prices * player.price * priced
        )


def drawn(players: Sequence[Player], risks: Sequence[Risk], *, draws: int, seed: int) -> list[Draw]:
    """The numbers of every draw; those of demand have half the variance, to be added in pairs."""
    columns, half = _Columns(draws, random.Random(seed)), sqrt(0.5)
    engines = list(dict.fromkeys(player.evidence for player in players))
    places = [engines.index(player.evidence) for player in players]
    codes = list(dict.fromkeys(code for player in players for code, _ in player.worths))
    by_engine = [columns.normals(half) for _ in engines]
    traffic, slow = columns.normals(), columns.normals()
    sizes = [columns.normals() for _ in players[0].sizes]
    own = [(columns.normals(half), columns.normals()) for _ in players]
    worth = {code: columns.normals() for code in codes}
    turned = [columns.uniforms() for _ in risks]
    return [
        Draw(
            traffic=traffic[at],
            sizes=tuple(column[at] for column in sizes),
            slow=slow[at],
            shared=tuple(by_engine[place][at] for place in places),
            own=tuple((cost[at], price[at]) for cost, price in own),
            worth={code: column[at] for code, column in worth.items()},
            turned=tuple(column[at] for column in turned),
        )
        for at in range(draws)
    ]


class _Columns:
    """One quantity of all draws at a time: a Latin hypercube (McKay, Beckman, Conover 1979).

    Each quantity takes one value from each of `draws` equally likely parts of its range, in an
    order of its own, so that few draws tell a share better than as many independent ones.
    """

    def __init__(self, draws: int, numbers: random.Random) -> None:
        self._draws, self._numbers = draws, numbers

    def uniforms(self) -> list[float]:
        number = self._numbers.random
        column = [(part + number()) / self._draws for part in range(self._draws)]
        self._numbers.shuffle(column)
        return column

    def normals(self, deviation: float = 1.0) -> list[float]:
        normal = NormalDist(0.0, deviation).inv_cdf
        return [normal(max(part, _LEAST)) for part in self.uniforms()]


def _score(usd: float, player: Player, cheapest: float, drawn_worth: tuple[Draw, float]) -> float:
    draw, spread = drawn_worth
    worth = sum(fraction * exp(spread * draw.worth[code]) for code, fraction in player.worths)
    return score_usd(usd - player.allowance_usd, worth, cheapest)


def _late(limits: tuple[float, float, float], normal: float, demand: float) -> bool:
    """Whether a response time drawn from (log expected, log spread, log objective) is too long."""
    middle, spread, objective = limits
    return middle + demand * spread * normal > objective
