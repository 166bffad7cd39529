"""Apache's and nginx's access logs in the common and the combined format, a host before it or not."""

from __future__ import annotations

import re

from workloads.arrivals.logs import times
from workloads.arrivals.logs.seam import PatternLog

# host identity user [time] "request" status …: the user may hold blanks, so the bracket is looked for.
LINE = re.compile(r'\S+ [^\["]{0,400}\[([^\]]{10,40})\] "(?:([A-Z]{3,20}) )?')

FORMAT = PatternLog("an access log in the common or combined format", LINE, times.of_web_server)
