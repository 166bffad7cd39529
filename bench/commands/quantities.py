"""Quantities on the command line: with the units of a workload file, or plain."""

from __future__ import annotations

from typing import Any

import click


class Seconds(click.ParamType[float]):
    """`3`, `3s`, `500 ms`."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        from workloads.spec.units import parse_seconds

        text = str(value).strip()
        try:
            return float(text) if _is_number(text) else parse_seconds(text)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Factor(click.ParamType[float]):
    """`0.1` or `10%`; above 0."""

    name = "factor"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        text = str(value).strip()
        percent = text.endswith("%")
        number = text.removesuffix("%").strip()
        if not _is_number(number):
            self.fail(f"'{text}' is not a factor such as 0.1 or 10%", param, ctx)
        return float(number) / (100 if percent else 1)


class Bytes(click.ParamType[int]):
    """`8GiB`, `512 MiB`; a whole number of bytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from workloads.spec.units import BYTES as SIZES

        try:
            return round(SIZES.parse(str(value).strip()))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)  # not a NaN
    except ValueError:
        return False


SECONDS = Seconds()
BYTES = Bytes()
FACTOR = Factor()
