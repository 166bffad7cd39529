"""The catalogue of a book shop and its orders.

Titles and names are words of several languages and scripts; a third of the books has no subtitle
(null) and some have an empty one. The description is running text, about as compressible as
English prose, and takes up the record size. Stock may be negative (ordered before delivery), and
books may have been published before 1970.
"""

from __future__ import annotations

from workloads.datasets.recipes.generated import Generated, TableRecipe
from workloads.datasets.recipes.moments import Between, Ticking
from workloads.datasets.recipes.numeric import Hundredths, Product, RowNumber, Whole
from workloads.datasets.recipes.reference import Reference
from workloads.datasets.recipes.shape import Nullable
from workloads.datasets.recipes.textual import Choice, Isbn, Text, Words
from workloads.datasets.seam import Roles

FORMATS = ("audiobook", "ebook", "hardcover", "paperback")
TITLE_WORDS = (
    "the", "of", "night", "river", "house", "garden", "letters", "winter", "history", "sea",
    "der", "Straße", "Überfahrt", "größte", "la", "maison", "château", "été", "forêt", "œuvre",
    "año", "corazón", "señora", "mañana", "coração", "ação", "łódź", "źródło", "řeka", "köprü",
    "гора", "море", "зима", "письма", "θάλασσα", "νύχτα", "שלום", "ספר", "كتاب", "بحر",
    "夜", "海", "花", "東京", "物語", "山河", "봄", "바다", "नदी", "ชีวิต",
    "📚", "🌊", "O'Brien", "\"quoted\"", "50%", "C:\\new", "<b>", "a,b", "tab\there", "naïve",
)  # fmt: skip
GIVEN_NAMES = (
    "Ada", "Ben", "Chloé", "Dmitri", "Eva", "Færdig", "Günther", "Hana", "Íñigo", "José",
    "Κώστας", "Łukasz", "Мария", "Nguyễn", "Øyvind", "Priya", "Søren", "Tomáš", "Ümit", "Zoë",
)  # fmt: skip
FAMILY_NAMES = (
    "Abe", "Brontë", "Čapek", "D'Angelo", "Ekwueme", "Fernández", "García Márquez", "Hašek",
    "Ionesco", "Järvinen", "Kołakowski", "Lindgren", "Müller", "Núñez", "O'Neill", "Paz",
    "Rushdie", "Saint-Exupéry", "Tolstoï", "Undset", "村上", "Woolf", "Ž", "Yourcenar",
)  # fmt: skip
QUANTITY = Whole(low=1, high=5, skew=True)
UNIT_PRICE = Whole(low=199, high=9_999)

DATASET = Generated(
    name="books",
    description="a book shop's catalogue and its orders",
    parts=(
        TableRecipe(
            name="books",
            columns=(
                ("id", RowNumber()),
                ("isbn", Isbn()),
                ("title", Words(vocabulary=TITLE_WORDS, least=1, most=5)),
                (
                    "subtitle",
                    Nullable(
                        recipe=Words(vocabulary=("", *TITLE_WORDS), least=1, most=3), share=0.33
                    ),
                ),
                ("given_name", Words(vocabulary=GIVEN_NAMES)),
                ("family_name", Words(vocabulary=FAMILY_NAMES)),
                ("format", Choice(values=FORMATS, weights=(1.0, 3.0, 2.0, 4.0))),
                ("price_cents", Whole(low=99, high=14_999)),
                ("stock", Whole(low=-20, high=2_000, skew=True)),
                ("rating", Nullable(recipe=Hundredths(low=100, high=500), share=0.2)),
                ("published", Between(first_s=-1_893_456_000, last_s=1_767_225_600)),
                ("description", Text(bytes_each=400.0)),
            ),
        ),
        TableRecipe(
            name="orders",
            columns=(
                ("order_id", RowNumber()),
                ("book_id", Reference(fan_out=2)),
                ("customer", Whole(low=1, high=4_000_000)),
                ("quantity", QUANTITY),
                (
                    "total_cents",
                    Product(left=("quantity", QUANTITY), right=("unit_price", UNIT_PRICE)),
                ),
                ("ordered_at", Ticking(first_s=1_704_067_200, step_us=7_300_000)),
            ),
            count=Reference(fan_out=2).count,
            update_column="quantity",
            references=(("book_id", "books"),),
        ),
    ),
    roles=Roles(
        update_column="stock",
        update_columns=("price_cents", "stock", "subtitle"),
        filter_column="format",
        filter_values=FORMATS,
        group_column="format",
        measure="price_cents",
        child_table="orders",
        child_reference="book_id",
        time_column="published",
    ),
)
