"""Access logs of AWS's load balancers: application (type, time, …) and classic (time, name, …).

Fields as in the user guides of Elastic Load Balancing ("Access logs for your Application Load
Balancer", "Access logs for your Classic Load Balancer"; read 2026-09).
"""

from __future__ import annotations

import re

from workloads.arrivals.logs import times
from workloads.arrivals.logs.seam import PatternLog

LINE = re.compile(
    r"(?:(?:https?|h2|grpcs|wss?) )?(\d{4}-\d\d-\d\dT[0-9:.]{8,20}Z) \S+ \S+:\d+ "
    r'[^"]{0,200}"(?:([A-Z]{3,20}) )?'
)

FORMAT = PatternLog("an access log of an AWS load balancer", LINE, times.iso)
