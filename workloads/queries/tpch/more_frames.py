"""The second half of TPC-H's queries as lazy polars queries, ours; see `frames`."""

from __future__ import annotations

from datetime import date

import polars as pl
from polars import LazyFrame, col

from workloads.queries.tpch.frames import FIRST, REVENUE, Frame, Tables, q11


def q12(tables: Tables) -> LazyFrame:
    """Shipping modes and order priority."""
    urgent = col("o_orderpriority").is_in(["1-URGENT", "2-HIGH"])
    return (
        tables["lineitem"]
        .filter(
            col("l_shipmode").is_in(["MAIL", "SHIP"]),
            col("l_commitdate") < col("l_receiptdate"),
            col("l_shipdate") < col("l_commitdate"),
            col("l_receiptdate").is_between(date(1994, 1, 1), date(1994, 12, 31)),
        )
        .join(tables["orders"], left_on="l_orderkey", right_on="o_orderkey")
        .group_by("l_shipmode")
        .agg(
            urgent.cast(pl.Int64).sum().alias("high_line_count"),
            (~urgent).cast(pl.Int64).sum().alias("low_line_count"),
        )
        .sort("l_shipmode")
    )


def q13(tables: Tables) -> LazyFrame:
    """Customer distribution."""
    kept = tables["orders"].filter(~col("o_comment").str.contains("special.*requests"))
    return (
        tables["customer"]
        .join(kept, left_on="c_custkey", right_on="o_custkey", how="left")
        .group_by("c_custkey")
        .agg(col("o_orderkey").count().alias("c_count"))
        .group_by("c_count")
        .agg(pl.len().alias("custdist"))
        .sort("custdist", "c_count", descending=True)
    )


def q14(tables: Tables) -> LazyFrame:
    """Promotion effect."""
    promoted = pl.when(col("p_type").str.starts_with("PROMO")).then(REVENUE).otherwise(0.0)
    return (
        tables["lineitem"]
        .filter(col("l_shipdate").is_between(date(1995, 9, 1), date(1995, 9, 30)))
        .join(tables["part"], left_on="l_partkey", right_on="p_partkey")
        .select((100.0 * promoted.sum() / REVENUE.sum()).alias("promo_revenue"))
    )


def q15(tables: Tables) -> LazyFrame:
    """Top supplier."""
    revenue = (
        tables["lineitem"]
        .filter(col("l_shipdate").is_between(date(1996, 1, 1), date(1996, 3, 31)))
        .group_by("l_suppkey")
        .agg(REVENUE.sum().alias("total_revenue"))
    )
    # sums of floats in another order differ in the last digits: what differs less is equal
    best = revenue.filter(col("total_revenue") >= col("total_revenue").max() * (1 - 1e-12))
    return (
        tables["supplier"]
        .join(best, left_on="s_suppkey", right_on="l_suppkey")
        .select("s_suppkey", "s_name", "s_address", "s_phone", "total_revenue")
        .sort("s_suppkey")
    )


def q16(tables: Tables) -> LazyFrame:
    """Parts and supplier relationship."""
    blamed = tables["supplier"].filter(col("s_comment").str.contains("Customer.*Complaints"))
    return (
        tables["part"]
        .filter(
            col("p_brand") != "Brand#45",
            ~col("p_type").str.starts_with("MEDIUM POLISHED"),
            col("p_size").is_in([49, 14, 23, 45, 19, 3, 36, 9]),
        )
        .join(tables["partsupp"], left_on="p_partkey", right_on="ps_partkey")
        .join(blamed, left_on="ps_suppkey", right_on="s_suppkey", how="anti")
        .group_by("p_brand", "p_type", "p_size")
        .agg(col("ps_suppkey").n_unique().alias("supplier_cnt"))
        .sort(
            *("supplier_cnt", "p_brand", "p_type", "p_size"),
            descending=[True, False, False, False],
        )
    )


def q17(tables: Tables) -> LazyFrame:
    """Small-quantity-order revenue."""
    chosen = tables["part"].filter(col("p_brand") == "Brand#23", col("p_container") == "MED BOX")
    lines = tables["lineitem"].join(chosen, left_on="l_partkey", right_on="p_partkey", how="semi")
    least = lines.group_by("l_partkey").agg((0.2 * col("l_quantity").mean()).alias("least"))
    return (
        lines.join(least, on="l_partkey")
        .filter(col("l_quantity") < col("least"))
        .select(pl.when(pl.len() > 0).then(col("l_extendedprice").sum() / 7.0).alias("avg_yearly"))
    )


def q18(tables: Tables) -> LazyFrame:
    """Large volume customer."""
    large = (
        tables["lineitem"]
        .group_by("l_orderkey")
        .agg(col("l_quantity").sum().alias("sum_qty"))
        .filter(col("sum_qty") > 300)
    )
    return (
        tables["orders"]
        .join(large, left_on="o_orderkey", right_on="l_orderkey")
        .join(tables["customer"], left_on="o_custkey", right_on="c_custkey")
        .select(
            "c_name",
            col("o_custkey").alias("c_custkey"),
            *("o_orderkey", "o_orderdate", "o_totalprice", "sum_qty"),
        )
        .sort("o_totalprice", "o_orderdate", descending=[True, False])
        .head(100)
    )


def q19(tables: Tables) -> LazyFrame:
    """Discounted revenue."""

    def kind(brand: str, containers: list[str], least: int, size: int) -> pl.Expr:
        return (
            (col("p_brand") == brand)
            & col("p_container").is_in(containers)
            & col("l_quantity").is_between(least, least + 10)
            & col("p_size").is_between(1, size)
        )

    small = kind("Brand#12", ["SM CASE", "SM BOX", "SM PACK", "SM PKG"], 1, 5)
    middle = kind("Brand#23", ["MED BAG", "MED BOX", "MED PKG", "MED PACK"], 10, 10)
    large = kind("Brand#34", ["LG CASE", "LG BOX", "LG PACK", "LG PKG"], 20, 15)
    return (
        tables["lineitem"]
        .filter(
            col("l_shipmode").is_in(["AIR", "AIR REG"]),
            col("l_shipinstruct") == "DELIVER IN PERSON",
        )
        .join(tables["part"], left_on="l_partkey", right_on="p_partkey")
        .filter(small | middle | large)
        .select(REVENUE.sum().alias("revenue"))
    )


def q20(tables: Tables) -> LazyFrame:
    """Potential part promotion."""
    forest = tables["part"].filter(col("p_name").str.starts_with("forest"))
    sold = (
        tables["lineitem"]
        .filter(col("l_shipdate").is_between(date(1994, 1, 1), date(1994, 12, 31)))
        .group_by("l_partkey", "l_suppkey")
        .agg((0.5 * col("l_quantity").sum()).alias("least"))
    )
    stocked = (
        tables["partsupp"]
        .join(forest, left_on="ps_partkey", right_on="p_partkey", how="semi")
        .join(sold, left_on=["ps_partkey", "ps_suppkey"], right_on=["l_partkey", "l_suppkey"])
        .filter(col("ps_availqty") > col("least"))
    )
    return (
        tables["supplier"]
        .join(
            tables["nation"].filter(col("n_name") == "CANADA"),
            left_on="s_nationkey",
            right_on="n_nationkey",
            how="semi",
        )
        .join(stocked, left_on="s_suppkey", right_on="ps_suppkey", how="semi")
        .select("s_name", "s_address")
        .sort("s_name")
    )


def q21(tables: Tables) -> LazyFrame:
    """Suppliers who kept orders waiting: the only late one of several suppliers."""
    supplier, late = col("l_suppkey"), col("l_receiptdate") > col("l_commitdate")
    done = tables["orders"].filter(col("o_orderstatus") == "F")
    # whom an order waited for, of those with more than one supplier
    kept = (
        tables["lineitem"]
        .with_columns(pl.when(late).then(supplier).alias("late"))
        .group_by("l_orderkey")
        .agg(
            supplier.min().alias("lowest"),
            supplier.max().alias("highest"),
            col("late").min().alias("lowest_late"),
            col("late").max().alias("highest_late"),
        )
        .filter(col("lowest") != col("highest"), col("lowest_late") == col("highest_late"))
    )
    sellers = tables["supplier"].join(
        tables["nation"].filter(col("n_name") == "SAUDI ARABIA"),
        left_on="s_nationkey",
        right_on="n_nationkey",
        how="semi",
    )
    return (
        tables["lineitem"]
        .filter(col("l_receiptdate") > col("l_commitdate"))
        .join(sellers, left_on="l_suppkey", right_on="s_suppkey")
        .join(kept, on="l_orderkey", how="semi")
        .join(done, left_on="l_orderkey", right_on="o_orderkey", how="semi")
        .group_by("s_name")
        .agg(pl.len().alias("numwait"))
        .sort("numwait", "s_name", descending=[True, False])
        .head(100)
    )


def q22(tables: Tables) -> LazyFrame:
    """Global sales opportunity."""
    codes = ["13", "31", "23", "29", "30", "18", "17"]
    callers = (
        tables["customer"]
        .with_columns(col("c_phone").str.slice(0, 2).alias("cntrycode"))
        .filter(col("cntrycode").is_in(codes))
        .select("c_custkey", "c_acctbal", "cntrycode")
    )
    mean = callers.filter(col("c_acctbal") > 0.0).select(col("c_acctbal").mean().alias("mean"))
    return (
        callers.join(mean, how="cross")
        .filter(col("c_acctbal") > col("mean"))
        .join(tables["orders"], left_on="c_custkey", right_on="o_custkey", how="anti")
        .group_by("cntrycode")
        .agg(pl.len().alias("numcust"), col("c_acctbal").sum().alias("totacctbal"))
        .sort("cntrycode")
    )


SECOND: dict[str, Frame] = {
    frame.__name__: frame for frame in (q12, q13, q14, q15, q16, q17, q18, q19, q20, q21, q22)
}


def frames(scale: float) -> dict[str, Frame]:
    """All 22 by their ids; `scale` is TPC-H's, of the tables that are asked."""
    return FIRST | {"q11": lambda tables: q11(tables, scale)} | SECOND
