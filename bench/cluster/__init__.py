"""Load from several machines, or from several processes of a Dask cluster on one.

    where.parse(text)      -> Where            what follows `--cluster`
    cluster.opened(where)  -> Cluster          connected, its workers' software checked
    Cluster.crew(size)     -> ClusterCrew      what a local crew does, with workers over there

On every Dask worker an actor (`post.Post`) starts the same worker process that a local crew
starts, and passes its messages on; nothing of Dask is in the process that offers the load. Moments
in messages are translated between the machines' clocks (`clocks`). `distributed` is imported by
`cluster` and `crew` only, when a cluster is asked for.
"""
