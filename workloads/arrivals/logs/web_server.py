"""Apache's and nginx's access logs in the common and the combined format, a host before it or not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from workloads.arrivals.logs import times
from workloads.arrivals.logs.seam import Hit, Reader, mostly

# host identity user [time] "request" status …: the user may hold blanks, so the bracket is looked for.
LINE = re.compile(r'\S+ [^\["]{0,400}\[([^\]]{10,40})\] "(?:([A-Z]{3,20}) )?')


@dataclass(frozen=True, slots=True)
class CommonLog:
    name: str = "an access log in the common or combined format"

    def reader(self, head: Sequence[str]) -> Reader | None:
        return mostly(read, head)


def read(line: str) -> Hit | None:
    match = LINE.match(line)
    if match is None:
        return None
    time_s = times.of_web_server(match[1])
    return None if time_s is None else Hit(time_s, match[2])


FORMAT = CommonLog()
