"""Words that rules use for kinds of plan, and features that cost nothing.

A kind of plan (which deployment, which family of engines) is told by the option; it is not
listed as a feature for a reader.
"""

from __future__ import annotations

KINDS_OF_PLAN = frozenset(
    {
        "aurora",
        "aurora-mysql",
        "aurora-postgresql",
        "aurora-single-az",
        "aurora-multi-az",
        "burstable",
        "multi-az-standby",
        "one-region",
        "rds-single-az",
        "single-az",
    }
)
WITHOUT_COST = frozenset({"reserved-capacity", "time-partitions", "ttl", "write-sharding"})
WITHOUT_A_PRICE = "not in the total: "  # begins the note that names features without a price
# Features whose cost stands in a bill under a line that begins with this word.
PRICED_AS = {"archive-s3": "archive"}
