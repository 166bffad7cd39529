"""Access logs of AWS's load balancers: application (type, time, …) and classic (time, name, …).

Fields as in the user guides of Elastic Load Balancing ("Access logs for your Application Load
Balancer", "Access logs for your Classic Load Balancer"; read 2026-09).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workloads.arrivals.logs import times
from workloads.arrivals.logs.seam import Hit, Reader, mostly

LINE = re.compile(
    r"(?:(?:https?|h2|grpcs|wss?) )?(\d{4}-\d\d-\d\dT[0-9:.]{8,20}Z) \S+ \S+:\d+ "
    r'[^"]{0,200}"(?:([A-Z]{3,20}) )?'
)


@dataclass(frozen=True, slots=True)
class LoadBalancerLog:
    name: str = "an access log of an AWS load balancer"

    def reader(self, head: Sequence[str]) -> Reader | None:
        return mostly(read, head)


def read(line: str) -> Hit | None:
    match = LINE.match(line)
    if match is None:
        return None
    time_s = times.iso(match[1])
    return None if time_s is None else Hit(time_s, match[2])


FORMAT = LoadBalancerLog()
