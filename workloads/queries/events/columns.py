"""The columns of `events`, 100 of them: what a web shop's pages and its app report of each visit.

Many columns, as such tables have, of which a question needs few: keys of low and high cardinality,
text that is searched, flags, counters, timings, and families of columns that grew over the years.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workloads.datasets.recipes.moments import Later, Ticking
from workloads.datasets.recipes.numeric import Flag, Hundredths, Quotient, RowNumber, Whole, Wide
from workloads.datasets.recipes.shape import Nullable
from workloads.datasets.recipes.textual import Choice, Label, Text, Words

if TYPE_CHECKING:
    from workloads.datasets.recipes import Recipe

FIRST_S = 1_735_689_600  # 2025-01-01 00:00 UTC
STEP_US = 500_000  # two events a second
SESSION_EVENTS = 8

COUNTRIES = (
    "US", "DE", "GB", "FR", "BR", "IN", "JP", "IT", "ES", "NL", "PL", "CA", "AU", "SE", "CH", "MX",
    "KR", "TR", "ZA", "NG", "EG", "AR", "CL", "PT", "GR", "IE", "NO", "FI", "DK", "CZ", "AT", "BE",
)  # fmt: skip
CITIES = (
    "London", "Berlin", "Paris", "São Paulo", "東京", "Mumbai", "Zürich", "Kraków", "Roma", "Madrid",
    "Αθήνα", "서울", "Lagos", "القاهرة", "Malmö", "Łódź", "Montréal", "Sydney", "Oslo", "Wien",
)  # fmt: skip
SEGMENTS = (
    "home", "shoes", "shirts", "sale", "cart", "search", "garden", "kitchen", "account", "help",
    "toys", "books", "music", "lamps", "chairs", "bikes", "tents", "coats", "gifts", "outlet",
    "orders", "returns", "stores", "brands", "reviews", "new", "kids", "pets", "travel", "beauty",
)  # fmt: skip
TERMS = (
    "red", "blue", "cheap", "large", "winter", "running", "leather", "cotton", "shoe", "jacket",
    "lamp", "desk", "tent", "phone", "case", "green", "small", "gift", "birthday", "bottle",
    "küche", "fahrrad", "été", "bébé", "zelt", "mesa",
)  # fmt: skip
BROWSERS = ("Chrome", "Safari", "Firefox", "Edge", "Opera", "Samsung", "other")
SYSTEMS = ("Android", "iOS", "Windows", "macOS", "Linux", "ChromeOS", "other")
KINDS = ("view", "click", "scroll", "search", "basket", "order", "error")
DEVICES = ("phone", "desktop", "tablet", "television")
LANGUAGES = ("en", "de", "fr", "es", "pt", "ja", "it", "pl", "nl", "hi", "ko", "tr", "ar", "sv")
SOURCES = ("direct", "search", "mail", "social", "partner", "advert")
STATUS = ("200", "301", "304", "404", "500")
CURRENCIES = ("EUR", "USD", "GBP", "JPY", "CHF")
FLAGS = (
    "is_app", "is_new_user", "is_logged_in", "is_robot", "is_mobile", "accepts_cookies", "is_member",
    "is_dark", "is_touch", "is_retina", "is_reload", "is_first", "is_last", "has_basket", "has_coupon",
    "is_gift", "is_business", "is_test", "is_cached", "is_slow",
)  # fmt: skip
TIMINGS = ("dns", "connect", "tls", "request", "response", "parse", "render", "idle", "total")
EXPERIMENTS, MEASURES, LABELS = 10, 14, 4

HAPPENED = Ticking(first_s=FIRST_S, step_us=STEP_US)


def columns() -> tuple[tuple[str, Recipe], ...]:
    """Name and recipe of every column, the key first."""
    return (*_visit(), *_place(), *_page(), *_numbers(), *_families())


def _visit() -> Iterator[tuple[str, Recipe]]:
    yield "event_id", RowNumber()
    yield "happened_at", HAPPENED
    yield "received_at", Later(moment="happened_at", recipe=HAPPENED, least_s=0, most_s=30)
    yield "session_id", Quotient(by=SESSION_EVENTS)
    yield "user_id", Whole(low=1, high=3_000_000, skew=True)
    yield "device_id", Label(prefix="device-", count=200_000, random=True)
    yield "trace", Wide(bits=63)
    yield "kind", Choice(values=KINDS, weights=(50.0, 22.0, 15.0, 6.0, 4.0, 1.0, 2.0))
    yield "browser", Choice(values=BROWSERS, weights=(55.0, 22.0, 8.0, 7.0, 2.0, 4.0, 2.0))
    yield "browser_version", Whole(low=60, high=140)
    yield "system", Choice(values=SYSTEMS, weights=(35.0, 24.0, 26.0, 9.0, 3.0, 2.0, 1.0))
    yield "system_version", Whole(low=7, high=18)
    yield "device", Choice(values=DEVICES, weights=(60.0, 32.0, 7.0, 1.0))


def _place() -> Iterator[tuple[str, Recipe]]:
    weights = tuple(1.0 / (rank + 1) for rank in range(len(COUNTRIES)))
    yield "country", Choice(values=COUNTRIES, weights=weights)
    yield "region", Whole(low=1, high=900, skew=True)
    yield "city", Nullable(recipe=Words(vocabulary=CITIES), share=0.05)
    yield "language", Choice(values=LANGUAGES)
    yield "zone_minutes", Whole(low=-720, high=720)
    yield "network", Whole(low=1, high=65_000, skew=True)
    yield "latitude", Nullable(recipe=Hundredths(low=-6_000, high=7_000), share=0.3)
    yield "longitude", Nullable(recipe=Hundredths(low=-18_000, high=18_000), share=0.3)


def _page() -> Iterator[tuple[str, Recipe]]:
    yield "page", Words(vocabulary=SEGMENTS, least=1, most=4, separator="/")
    yield (
        "referrer",
        Nullable(recipe=Words(vocabulary=SEGMENTS, least=1, most=3, separator="/"), share=0.4),
    )
    yield "title", Text(bytes_each=36.0)
    yield "search_phrase", Nullable(recipe=Words(vocabulary=TERMS, least=1, most=3), share=0.85)
    yield "source", Choice(values=SOURCES, weights=(4.0, 5.0, 1.0, 2.0, 1.0, 2.0))
    yield "campaign", Nullable(recipe=Label(prefix="campaign-", count=400, random=True), share=0.7)
    yield "product", Nullable(recipe=Whole(low=1, high=250_000, skew=True), share=0.5)
    yield "error", Nullable(recipe=Label(prefix="E", count=60, random=True), share=0.98)


def _numbers() -> Iterator[tuple[str, Recipe]]:
    yield "screen_width", Whole(low=320, high=3_840)
    yield "screen_height", Whole(low=480, high=2_160)
    yield "window_width", Whole(low=320, high=2560)
    yield "window_height", Whole(low=480, high=1440)
    yield "colour_bits", Whole(low=24, high=32)
    yield "scroll_share", Hundredths(low=0, high=100)
    yield "position", Whole(low=0, high=40, skew=True)
    yield "items", Whole(low=0, high=12, skew=True)
    yield "price_cents", Nullable(recipe=Whole(low=50, high=90_000, skew=True), share=0.55)
    yield "discount_cents", Nullable(recipe=Whole(low=0, high=9_000, skew=True), share=0.9)
    yield "currency", Choice(values=CURRENCIES, weights=(6.0, 5.0, 2.0, 1.0, 1.0))
    yield "bytes_sent", Whole(low=200, high=4_000_000, skew=True)
    yield "status", Choice(values=STATUS, weights=(90.0, 2.0, 4.0, 3.0, 1.0))
    yield "seconds_on_page", Whole(low=0, high=1_800, skew=True)


def _families() -> Iterator[tuple[str, Recipe]]:
    for number, name in enumerate(FLAGS):
        yield name, Flag(share=0.02 + 0.045 * number)
    for number, name in enumerate(TIMINGS):
        yield f"{name}_ms", Whole(low=0, high=100 * (number + 1), skew=True)
    for number in range(EXPERIMENTS):
        yield f"experiment_{number + 1:02}", Whole(low=0, high=3)
    for number in range(MEASURES):
        yield f"measure_{number + 1:02}", Whole(low=-100, high=1_000 * (number + 1))
    for number in range(LABELS):
        yield (
            f"label_{number + 1}",
            Nullable(recipe=Label(prefix="label-", count=10 * 10**number, random=True), share=0.6),
        )
