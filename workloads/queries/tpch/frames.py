"""The 22 queries of TPC-H as lazy polars queries, ours; each takes the tables by name.

The money columns are floats here (`bench` reads them so): polars rounds a product of decimals to
the scale of its factors, which a sum over millions of lines would show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl
from polars import LazyFrame, col

Tables = Mapping[str, LazyFrame]
Frame = Callable[[Tables], LazyFrame]

REVENUE = col("l_extendedprice") * (1 - col("l_discount"))


def _of_region(tables: Tables, region: str) -> LazyFrame:
    """The nations of a region."""
    chosen = tables["region"].filter(col("r_name") == region)
    return tables["nation"].join(chosen, left_on="n_regionkey", right_on="r_regionkey")


def _in_year(column: str, year: int) -> pl.Expr:
    return col(column).is_between(date(year, 1, 1), date(year, 12, 31))


def q01(tables: Tables) -> LazyFrame:
    """Pricing summary report."""
    return (
        tables["lineitem"]
        .filter(col("l_shipdate") <= date(1998, 9, 2))
        .group_by("l_returnflag", "l_linestatus")
        .agg(
            col("l_quantity").sum().alias("sum_qty"),
            col("l_extendedprice").sum().alias("sum_base_price"),
            REVENUE.sum().alias("sum_disc_price"),
            (REVENUE * (1 + col("l_tax"))).sum().alias("sum_charge"),
            col("l_quantity").mean().alias("avg_qty"),
            col("l_extendedprice").mean().alias("avg_price"),
            col("l_discount").mean().alias("avg_disc"),
            pl.len().alias("count_order"),
        )
        .sort("l_returnflag", "l_linestatus")
    )


def q02(tables: Tables) -> LazyFrame:
    """Minimum cost supplier."""
    offers = (
        tables["part"]
        .filter(col("p_size") == 15, col("p_type").str.ends_with("BRASS"))
        .join(tables["partsupp"], left_on="p_partkey", right_on="ps_partkey")
        .join(tables["supplier"], left_on="ps_suppkey", right_on="s_suppkey")
        .join(_of_region(tables, "EUROPE"), left_on="s_nationkey", right_on="n_nationkey")
    )
    return (
        offers.filter(col("ps_supplycost") == col("ps_supplycost").min().over("p_partkey"))
        .select(
            *("s_acctbal", "s_name", "n_name", "p_partkey", "p_mfgr"),
            *("s_address", "s_phone", "s_comment"),
        )
        .sort(
            *("s_acctbal", "n_name", "s_name", "p_partkey"),
            descending=[True, False, False, False],
        )
        .head(100)
    )


def q03(tables: Tables) -> LazyFrame:
    """Shipping priority."""
    day = date(1995, 3, 15)
    return (
        tables["customer"]
        .filter(col("c_mktsegment") == "BUILDING")
        .join(
            tables["orders"].filter(col("o_orderdate") < day),
            left_on="c_custkey",
            right_on="o_custkey",
        )
        .join(
            tables["lineitem"].filter(col("l_shipdate") > day),
            left_on="o_orderkey",
            right_on="l_orderkey",
        )
        .group_by(col("o_orderkey").alias("l_orderkey"), "o_orderdate", "o_shippriority")
        .agg(REVENUE.sum().alias("revenue"))
        .select("l_orderkey", "revenue", "o_orderdate", "o_shippriority")
        .sort("revenue", "o_orderdate", descending=[True, False])
        .head(10)
    )


def q04(tables: Tables) -> LazyFrame:
    """Order priority checking."""
    late = tables["lineitem"].filter(col("l_commitdate") < col("l_receiptdate"))
    return (
        tables["orders"]
        .filter(col("o_orderdate").is_between(date(1993, 7, 1), date(1993, 9, 30)))
        .join(late, left_on="o_orderkey", right_on="l_orderkey", how="semi")
        .group_by("o_orderpriority")
        .agg(pl.len().alias("order_count"))
        .sort("o_orderpriority")
    )


def q05(tables: Tables) -> LazyFrame:
    """Local supplier volume."""
    return (
        _of_region(tables, "ASIA")
        .join(tables["customer"], left_on="n_nationkey", right_on="c_nationkey")
        .join(
            tables["orders"].filter(_in_year("o_orderdate", 1994)),
            left_on="c_custkey",
            right_on="o_custkey",
        )
        .join(tables["lineitem"], left_on="o_orderkey", right_on="l_orderkey")
        .join(
            tables["supplier"],
            left_on=["l_suppkey", "n_nationkey"],
            right_on=["s_suppkey", "s_nationkey"],
        )
        .group_by("n_name")
        .agg(REVENUE.sum().alias("revenue"))
        .sort("revenue", descending=True)
    )


def q06(tables: Tables) -> LazyFrame:
    """Forecasting revenue change."""
    return (
        tables["lineitem"]
        .filter(
            _in_year("l_shipdate", 1994),
            col("l_discount").is_between(0.05, 0.07),
            col("l_quantity") < 24,
        )
        .select((col("l_extendedprice") * col("l_discount")).sum().alias("revenue"))
    )


def q07(tables: Tables) -> LazyFrame:
    """Volume shipping."""
    pair = ["FRANCE", "GERMANY"]
    nations = tables["nation"].filter(col("n_name").is_in(pair)).select("n_nationkey", "n_name")
    buyers = (
        tables["customer"]
        .join(nations, left_on="c_nationkey", right_on="n_nationkey")
        .select("c_custkey", col("n_name").alias("cust_nation"))
    )
    sellers = (
        tables["supplier"]
        .join(nations, left_on="s_nationkey", right_on="n_nationkey")
        .select("s_suppkey", col("n_name").alias("supp_nation"))
    )
    return (
        tables["lineitem"]
        .filter(col("l_shipdate").is_between(date(1995, 1, 1), date(1996, 12, 31)))
        .join(sellers, left_on="l_suppkey", right_on="s_suppkey")
        .join(tables["orders"], left_on="l_orderkey", right_on="o_orderkey")
        .join(buyers, left_on="o_custkey", right_on="c_custkey")
        .filter(col("supp_nation") != col("cust_nation"))
        .group_by("supp_nation", "cust_nation", col("l_shipdate").dt.year().alias("l_year"))
        .agg(REVENUE.sum().alias("revenue"))
        .sort("supp_nation", "cust_nation", "l_year")
    )


def q08(tables: Tables) -> LazyFrame:
    """National market share."""
    buyers = tables["customer"].join(
        _of_region(tables, "AMERICA"), left_on="c_nationkey", right_on="n_nationkey", how="semi"
    )
    sellers = tables["supplier"].join(
        tables["nation"], left_on="s_nationkey", right_on="n_nationkey"
    )
    orders = tables["orders"].filter(
        col("o_orderdate").is_between(date(1995, 1, 1), date(1996, 12, 31))
    )
    brazil = pl.when(col("n_name") == "BRAZIL").then(REVENUE).otherwise(0.0)
    return (
        tables["part"]
        .filter(col("p_type") == "ECONOMY ANODIZED STEEL")
        .join(tables["lineitem"], left_on="p_partkey", right_on="l_partkey")
        .join(orders, left_on="l_orderkey", right_on="o_orderkey")
        .join(buyers, left_on="o_custkey", right_on="c_custkey", how="semi")
        .join(sellers.select("s_suppkey", "n_name"), left_on="l_suppkey", right_on="s_suppkey")
        .group_by(col("o_orderdate").dt.year().alias("o_year"))
        .agg((brazil.sum() / REVENUE.sum()).alias("mkt_share"))
        .sort("o_year")
    )


def q09(tables: Tables) -> LazyFrame:
    """Product type profit measure."""
    sellers = tables["supplier"].join(
        tables["nation"], left_on="s_nationkey", right_on="n_nationkey"
    )
    return (
        tables["part"]
        .filter(col("p_name").str.contains("green", literal=True))
        .join(tables["partsupp"], left_on="p_partkey", right_on="ps_partkey")
        .join(
            tables["lineitem"],
            left_on=["p_partkey", "ps_suppkey"],
            right_on=["l_partkey", "l_suppkey"],
        )
        .join(sellers.select("s_suppkey", "n_name"), left_on="ps_suppkey", right_on="s_suppkey")
        .join(tables["orders"], left_on="l_orderkey", right_on="o_orderkey")
        .group_by(col("n_name").alias("nation"), col("o_orderdate").dt.year().alias("o_year"))
        .agg((REVENUE - col("ps_supplycost") * col("l_quantity")).sum().alias("sum_profit"))
        .sort("nation", "o_year", descending=[False, True])
    )


def q10(tables: Tables) -> LazyFrame:
    """Returned item reporting."""
    orders = tables["orders"].filter(
        col("o_orderdate").is_between(date(1993, 10, 1), date(1993, 12, 31))
    )
    returned = tables["lineitem"].filter(col("l_returnflag") == "R")
    best = (
        orders.join(returned, left_on="o_orderkey", right_on="l_orderkey")
        .group_by("o_custkey")
        .agg(REVENUE.sum().alias("revenue"))
    )
    return (
        best.join(tables["customer"], left_on="o_custkey", right_on="c_custkey")
        .join(tables["nation"], left_on="c_nationkey", right_on="n_nationkey")
        .select(
            col("o_custkey").alias("c_custkey"),
            *("c_name", "revenue", "c_acctbal", "n_name", "c_address", "c_phone", "c_comment"),
        )
        .sort("revenue", descending=True)
        .head(20)
    )


def q11(tables: Tables, scale: float) -> LazyFrame:
    """Important stock identification; a part's share of it is smaller at a larger scale."""
    stock = (
        tables["partsupp"]
        .join(tables["supplier"], left_on="ps_suppkey", right_on="s_suppkey")
        .join(
            tables["nation"].filter(col("n_name") == "GERMANY"),
            left_on="s_nationkey",
            right_on="n_nationkey",
            how="semi",
        )
        .group_by("ps_partkey")
        .agg((col("ps_supplycost") * col("ps_availqty")).sum().alias("value"))
    )
    return stock.filter(col("value") > col("value").sum() * 0.0001 / scale).sort(
        "value", descending=True
    )


FIRST: dict[str, Frame] = {
    frame.__name__: frame for frame in (q01, q02, q03, q04, q05, q06, q07, q08, q09, q10)
}
