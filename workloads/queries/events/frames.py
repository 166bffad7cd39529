"""The questions to `events` as lazy polars queries, in the order of queries.sql."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import polars as pl
from polars import LazyFrame, col

from workloads.queries.events.families import booleans, measured, nullable, others

Tables = Mapping[str, LazyFrame]

EVENTS = pl.len().alias("events")
USERS = col("user_id").n_unique().alias("users")
HAS_PHRASE = col("search_phrase").is_not_null()


def _most(grouped: LazyFrame, measure: str, *names: str, count: int = 10) -> LazyFrame:
    """The groups with the most, equals in the order of their names."""
    return grouped.sort(measure, *names, descending=[True, *([False] * len(names))]).head(count)


def _counted(events: LazyFrame, *names: str) -> LazyFrame:
    return _most(events.group_by(*names).agg(EVENTS), "events", *names)


def q01(e: LazyFrame) -> LazyFrame:
    return e.select(EVENTS)


def q02(e: LazyFrame) -> LazyFrame:
    return e.filter(col("kind") == "order").select(pl.len().alias("orders"))


def q03(e: LazyFrame) -> LazyFrame:
    return e.select(
        col("items").sum(),
        col("seconds_on_page").mean().alias("seconds"),
        col("bytes_sent").sum().alias("bytes"),
        col("scroll_share").mean().alias("scrolled"),
    )


def q04(e: LazyFrame) -> LazyFrame:
    return e.select(col("trace").mean().alias("mean"))


def q05(e: LazyFrame) -> LazyFrame:
    return e.select(USERS)


def q06(e: LazyFrame) -> LazyFrame:
    # a null is no value to SQL
    return e.filter(HAS_PHRASE).select(col("search_phrase").n_unique().alias("phrases"))


def q07(e: LazyFrame) -> LazyFrame:
    return e.select(col("happened_at").min().alias("first"), col("received_at").max().alias("last"))


def q08(e: LazyFrame) -> LazyFrame:
    return _counted(e, "kind")


def q09(e: LazyFrame) -> LazyFrame:
    return _most(e.group_by("region").agg(USERS), "users", "region")


def q10(e: LazyFrame) -> LazyFrame:
    totals = e.group_by("region").agg(
        col("items").sum(), EVENTS, col("window_width").mean().alias("width"), USERS
    )
    return _most(totals, "events", "region")


def q11(e: LazyFrame) -> LazyFrame:
    users = e.filter("is_mobile").group_by("system", "system_version").agg(USERS)
    return _most(users, "users", "system", "system_version")


def q12(e: LazyFrame) -> LazyFrame:
    return _counted(e.filter(HAS_PHRASE), "search_phrase")


def q13(e: LazyFrame) -> LazyFrame:
    return _most(
        e.filter(HAS_PHRASE).group_by("search_phrase").agg(USERS), "users", "search_phrase"
    )


def q14(e: LazyFrame) -> LazyFrame:
    return _counted(e.filter(HAS_PHRASE), "source", "search_phrase")


def q15(e: LazyFrame) -> LazyFrame:
    return _counted(e, "user_id")


def q16(e: LazyFrame) -> LazyFrame:
    return _counted(e, "device_id", "kind")


def q17(e: LazyFrame) -> LazyFrame:
    minutes = e.with_columns(col("happened_at").dt.minute().cast(pl.Int32).alias("minute"))
    return _counted(minutes, "user_id", "minute", "kind")


def q18(e: LazyFrame) -> LazyFrame:
    found = e.filter(col("user_id") == 1).select("event_id", "happened_at", "kind", "page")
    return found.sort("event_id").head(100)


def q19(e: LazyFrame) -> LazyFrame:
    return e.filter(col("page").str.contains("garden/lamps", literal=True)).select(EVENTS)


def q20(e: LazyFrame) -> LazyFrame:
    found = e.filter(HAS_PHRASE, col("page").str.contains("sale", literal=True))
    grouped = found.group_by("search_phrase").agg(col("page").min(), EVENTS)
    return _most(grouped, "events", "search_phrase")


def q21(e: LazyFrame) -> LazyFrame:
    found = e.filter(
        col("title").str.contains("e", literal=True),
        ~col("page").str.contains("cart", literal=True),
    )
    sessions = col("session_id").n_unique().alias("sessions")
    return _most(found.group_by("kind").agg(EVENTS, sessions), "events", "kind")


def q22(e: LazyFrame) -> LazyFrame:
    found = e.filter(col("kind") == "order", col("page").str.contains("tents", literal=True))
    return found.sort("happened_at", "event_id").head(10)


def q23(e: LazyFrame) -> LazyFrame:
    found = e.filter(HAS_PHRASE).select("search_phrase", "event_id")
    return found.sort("search_phrase", "event_id").head(10)


def q24(e: LazyFrame) -> LazyFrame:
    lengths = e.group_by("country").agg(col("page").str.len_chars().mean().alias("length"), EVENTS)
    return _most(lengths.filter(col("events") > 50), "length", "country", count=25)


def q25(e: LazyFrame) -> LazyFrame:
    return e.select(
        (col(name) + number).sum().alias(f"{name}_{number}")
        for name in measured()
        for number in range(3)
    )


def q26(e: LazyFrame) -> LazyFrame:
    found = e.filter(~col("is_robot"), col("status") == "200")
    grouped = found.group_by("browser", "browser_version").agg(
        EVENTS,
        col("is_reload").cast(pl.Int64).sum().alias("reloads"),
        col("window_width").mean().alias("width"),
    )
    return _most(grouped, "events", "browser", "browser_version")


def q27(e: LazyFrame) -> LazyFrame:
    sessions = e.group_by("session_id").agg(EVENTS, col("seconds_on_page").sum().alias("seconds"))
    return _most(sessions, "seconds", "session_id")


def q28(e: LazyFrame) -> LazyFrame:
    hours = e.group_by(col("happened_at").dt.truncate("1h").alias("hour"))
    return hours.agg(EVENTS, USERS).sort("hour")


def q29(e: LazyFrame) -> LazyFrame:
    moment = col("happened_at")
    start, end = datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, 3, tzinfo=UTC)
    found = e.filter(moment >= start, moment < end, col("kind") == "error")
    minutes = found.group_by(moment.dt.truncate("1m").alias("minute"))
    return minutes.agg(pl.len().alias("errors")).sort("minute")


def q30(e: LazyFrame) -> LazyFrame:
    cents = col("price_cents") * col("items") - col("discount_cents").fill_null(0)
    priced = e.filter(col("price_cents").is_not_null())
    days = priced.group_by(col("happened_at").dt.truncate("1d").alias("day"), "currency")
    return days.agg(cents.sum().alias("cents"), pl.len().alias("priced")).sort("day", "currency")


def q31(e: LazyFrame) -> LazyFrame:
    total = col("total_ms")
    return (
        e.group_by("device")
        .agg(
            total.quantile(0.5, interpolation="linear").alias("median"),
            total.quantile(0.95, interpolation="linear").alias("p95"),
        )
        .sort("device")
    )


def q32(e: LazyFrame) -> LazyFrame:
    pages = e.group_by("country", "page").agg(EVENTS)
    ranked = pages.sort("country", "events", "page", descending=[False, True, False])
    return ranked.unique("country", keep="first", maintain_order=True)


def q33(e: LazyFrame) -> LazyFrame:
    sessions = e.group_by("session_id").agg(
        col("source").min(),
        (col("kind") == "basket").any().alias("filled"),
        (col("kind") == "order").any().cast(pl.Int64).alias("ordered"),
    )
    filled = sessions.filter("filled").group_by("source")
    totals = filled.agg(pl.len().alias("baskets"), col("ordered").sum().alias("orders"))
    return totals.sort("source")


def q34(e: LazyFrame) -> LazyFrame:
    errors = e.filter(col("kind") == "error").group_by("user_id")
    troubled = errors.agg(col("event_id").min().alias("first_error"))
    later = e.join(troubled, on="user_id").filter(col("event_id") > col("first_error"))
    return later.group_by("kind").agg(EVENTS).sort("kind")


def q35(e: LazyFrame) -> LazyFrame:
    flags = {
        "app": col("is_app"),
        "members": col("is_member") & ~col("is_test"),
        "odd": col("is_slow") | col("is_cached"),
    }
    shares = [flag.cast(pl.Float64).mean().alias(name) for name, flag in flags.items()]
    return e.group_by("country").agg(shares).sort("country")


def q36(e: LazyFrame) -> LazyFrame:
    found = e.filter(col("page").str.contains("^(shoes|shirts|coats)(/|$)"))
    starts = found.group_by(col("page").str.split("/").list.first().alias("start"))
    return _most(starts.agg(EVENTS), "events", "start")


def q37(e: LazyFrame) -> LazyFrame:
    priced = e.filter(col("price_cents").is_not_null())
    found = priced.select("event_id", "product", "price_cents", "country")
    return _most(found, "price_cents", "event_id")


def q38(e: LazyFrame) -> LazyFrame:
    arms = ("experiment_03", "experiment_07")
    effects = (col("measure_05").mean().alias("effect"), col("measure_11").mean().alias("other"))
    return e.group_by(*arms).agg(EVENTS, *effects).sort(*arms)


def q39(e: LazyFrame) -> LazyFrame:
    return e.select(
        *(col(name).max() for name in others()),
        *(col(name).cast(pl.Int64).sum() for name in booleans()),
    )


def q40(e: LazyFrame) -> LazyFrame:
    return e.select(col(name).is_null().sum() for name in nullable())


FRAMES: dict[str, Callable[[LazyFrame], LazyFrame]] = {
    name: value
    for name, value in list(globals().items())
    if len(name) == 3 and name[0] == "q" and name[1:].isdecimal()
}
