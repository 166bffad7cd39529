"""What a load asks of a server: utilisation law per resource, U = X D.

Taken at the peak, with the data at the end of the horizon. A design is a size of memory that
classes come with: it holds a share of the page visits, and the rest are reads from the volume,
whose IOPS and throughput are bought as needed. Services price a design for each size and keep the
cheapest. Each design's needs grow with every input, so that more load never costs less.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, structs

from advisor.case import Case
from advisor.facts.assumptions import ServerFamily, assumption, server_families
from advisor.model import Quantity
from advisor.sizing.ratio import size_error
from advisor.sizing.working_set import hit_of_pages, hot_pages
from workloads.growth import SECONDS_PER_MONTH
from workloads.spec.model import ANALYTIC_KINDS, KeyDistribution

IO_CEILING = 0.8
GIB = 2.0**30
MIB = 2.0**20
CACHED = 0.99  # share of page visits from memory at which the 99th percentile is one
_SEQUENTIAL_IO_BYTES = 256 * 1024.0  # what a volume counts as one I/O when read in sequence

LEVELS = ("low", "value", "high")


class Load(Struct, frozen=True, kw_only=True):
    """What a workload asks of one family of servers, at one end of the demand's interval.

    Rates at the peak unless `mean` or `month` stands in the name; `cores` in reference cores.
    `measured_on`: processors of the machine that the demand was measured on, where it was.
    """

    family: ServerFamily
    level: str
    peak_per_s: float
    mean_per_peak: float
    cores: float
    busiest_day_share: float
    pages_per_s: float
    scan_bytes_per_s: float
    write_ios_per_s: float
    write_bytes_per_s: float
    log_bytes_per_s: float
    commits_per_s: float
    returned_bytes_per_s: float
    data_bytes_now: float
    data_bytes_mean: float
    data_bytes_end: float
    records_end: float
    records_per_page: float
    keys: KeyDistribution
    connections: float
    measured_on: int | None = None

    def cores_on(self, vcpus: float, cores: float) -> float:
        """Cores at this end of the demand on a class of another size than it was measured on.

        The interval widens with the ratio of the sizes; the expected value stays.
        """
        if self.level == "value" or self.measured_on is None:
            return cores
        error = size_error(vcpus, self.measured_on)
        return cores * (1.0 - error if self.level == "low" else 1.0 + error)

    @property
    def log_bytes_per_month(self) -> float:
        """Log written in a month at the mean rate."""
        return self.log_bytes_per_s * self.mean_per_peak * SECONDS_PER_MONTH


class Need(Struct, frozen=True, kw_only=True):
    """One design: the share of page visits found in memory, and what that takes at the peak.

    `cold_share` is the part of a table that is read from storage when all of it is read. `cores`
    are those of the load and of reading what memory misses, in reference cores.
    `read_ios_per_s` are reads as a volume counts them, in sequence many pages at once;
    `pages_read_per_s` are the pages.
    """

    hit: float
    cold_share: float
    cores: float
    busiest_day_cores: float
    memory_gib: float
    iops: float
    mib_per_s: float
    read_ios_per_s: float
    pages_read_per_s: float

    @property
    def cached(self) -> bool:
        """Whether a read at the 99th percentile is found in memory."""
        return self.hit >= CACHED


def at(quantity: Quantity, level: str) -> float:
    """The quantity's low, expected (`value`) or high figure."""
    if level == "value":
        return quantity.value
    return quantity.low if level == "low" else quantity.high


def load_of(case: Case, family: str, level: str = "value") -> Load:
    """The load on a family of servers. KeyError for a family without demand."""
    needed, sizes, series = case.demand.of(family), case.sizes, case.series
    server = server_families()[family]
    peak, mix = series.peak_per_s, needed.mix
    stored = at(needed.stored_bytes_per_record, level)
    whole = [o for o in needed.operations if o.kind in ANALYTIC_KINDS]
    scanned = sum(o.share * at(o.pages, level) for o in whole)
    rows = sum(o.share * o.rows for o in needed.operations if o.kind not in ANALYTIC_KINDS)
    growth = sizes.records_end / max(sizes.records_now, 1.0)
    cores = peak * at(mix.cpu_s, level)
    return Load(
        family=server,
        level=level,
        peak_per_s=peak,
        mean_per_peak=series.mean_per_s / peak,
        cores=cores,
        busiest_day_share=series.busiest_day_per_s / peak,
        pages_per_s=peak * (at(mix.pages, level) - scanned),
        scan_bytes_per_s=peak * scanned * server.page_bytes * growth,
        write_ios_per_s=peak * at(mix.write_ios, level),
        write_bytes_per_s=peak * at(mix.write_bytes, level),
        log_bytes_per_s=peak * at(mix.log_bytes, level),
        commits_per_s=peak * at(mix.commits, level),
        returned_bytes_per_s=peak * rows * sizes.record_size_bytes,
        data_bytes_now=sizes.records_now * stored,
        data_bytes_mean=sizes.records_mean * stored,
        data_bytes_end=sizes.records_end * stored,
        records_end=sizes.records_end,
        records_per_page=server.page_bytes * server.fill / max(stored, 1.0),
        keys=case.filled.data.keys or KeyDistribution(),
        connections=_connections(case),
        measured_on=needed.measured_on,
    )


def _connections(case: Case) -> float:
    """Connections that reach the server: all, or those of the pool in front of short-lived ones.

    A pool lends a connection for a transaction, so it keeps as many as run at once at the peak
    (Little's law), and never more than there are clients.
    """
    clients = float(case.filled.needs.connections or 0)
    if not case.workload.needs.short_connections:
        return clients
    at_once = case.series.peak_per_s * assumption("pool.held").value * 1e-3
    return min(clients, max(at_once, assumption("pool.least_connections").value))


def _outside_cache_gib(load: Load) -> float:
    """Memory of the connections and the system."""
    connections_gib = load.connections * load.family.memory_per_connection_mib / 1024
    return connections_gib + assumption("memory.system_gib").value


def need(load: Load, hit: float) -> Need:
    """What a design takes: memory for the hot pages, and I/O for the rest."""
    hot = hot_pages(load.keys, load.records_end, hit, records_per_page=load.records_per_page)
    always = assumption("memory.always_cached").value
    cache_bytes = load.data_bytes_end * max(hot, always)
    memory = cache_bytes / load.family.cache_share / GIB + _outside_cache_gib(load)
    missed_pages = load.pages_per_s * (1.0 - hit)
    # reading a table in sequence finds it in memory only where nearly all of it stays there
    cold = 1.0 - hot if hit >= CACHED else 1.0
    scanned = load.scan_bytes_per_s * cold
    reads = missed_pages + scanned / _SEQUENTIAL_IO_BYTES
    read_bytes = missed_pages * load.family.page_bytes + scanned
    # a write counts as a page at least, so that I/O that moves from reads to writes weighs no less
    written = max(load.write_bytes_per_s, load.write_ios_per_s * load.family.page_bytes)
    cores = load.cores + reads * assumption("cpu.per_read_io").value * 1e-6
    return Need(
        hit=hit,
        cold_share=cold,
        cores=cores,
        busiest_day_cores=cores * load.busiest_day_share,
        memory_gib=memory,
        iops=reads + load.write_ios_per_s,
        mib_per_s=(read_bytes + written) / MIB,
        read_ios_per_s=reads,
        pages_read_per_s=missed_pages + scanned / load.family.page_bytes,
    )


def hit_in(load: Load, memory_gib: float) -> float | None:
    """The share of page visits that so much memory holds, at most `CACHED`; None: too little.

    Too little is what does not hold the connections, the system, and the pages always in use.
    """
    cache_gib = memory_gib - _outside_cache_gib(load)
    pages = cache_gib * GIB * load.family.cache_share / max(load.data_bytes_end, 1.0)
    if pages < assumption("memory.always_cached").value:
        return None
    per_page = load.records_per_page
    hit = hit_of_pages(load.keys, load.records_end, pages, records_per_page=per_page)
    return min(hit, CACHED)


def designs(load: Load, memories_gib: Iterable[float]) -> list[Need]:
    """What the load takes on each size of memory (GiB), the largest first, each filled up.

    More memory than holds `CACHED` adds nothing and is left out. As memory is given, each need
    grows with the load, and so does the cheapest of them.
    """
    found: list[Need] = []
    all_cached = need(load, CACHED)
    for memory_gib in sorted(set(memories_gib), reverse=True):
        if memory_gib >= all_cached.memory_gib:
            found = [all_cached]
            continue
        hit = hit_in(load, memory_gib)
        if hit is None:
            break
        # the inverse is exact up to rounding
        taken = need(load, hit)
        found.append(structs.replace(taken, memory_gib=min(taken.memory_gib, memory_gib)))
    return found
