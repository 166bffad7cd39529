"""The tool held to published results of real managed databases: predicted, actual, error.

Demand comes from records of the benchmarks' workloads (the user's, else those shipped in
`results/published/demand`), everything else from the facts and the laws that sizing uses.
`summary` alone is read for a recommendation; it imports nothing else.
"""
