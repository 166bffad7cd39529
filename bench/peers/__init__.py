"""storefit's driver beside the load generators it is measured against, on the same server.

Each module in `contests` is a set of comparisons and is discovered. A comparison alternates both
sides in rounds, gives the ratio of each round, and the median ratio with its interval. Run it with
`python -m bench.peers`; the figures go to docs/explanation/peers.json and the page beside it.
"""
