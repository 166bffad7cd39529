"""Editions of books with what is known of each in nested objects: language, pages, publisher.

In a document, an item or a struct `details` is an object and `details.publisher` one in it; in a
relational table and in CSV they are columns of these names. Some languages, page counts and years
are unknown (null). The blurb is running text, about as compressible as English prose, and takes up
the record size. Countries are unequally frequent: a filter by one finds between some thousandths and
a fifth of the rows.
"""

from __future__ import annotations

from workloads.datasets.recipes.generated import Generated, TableRecipe
from workloads.datasets.recipes.moments import Between
from workloads.datasets.recipes.numeric import RowNumber, Whole
from workloads.datasets.recipes.shape import Nullable
from workloads.datasets.recipes.textual import Choice, Isbn, Text, Words
from workloads.datasets.seam import Roles

FORMATS = ("audiobook", "ebook", "hardcover", "paperback")
LANGUAGES = ("de", "el", "en", "es", "fr", "he", "hi", "ja", "pt", "zh")
COUNTRIES = (
    "AR", "AT", "AU", "BR", "CA", "CH", "DE", "EG", "ES", "FR",
    "GB", "GR", "IE", "IN", "IT", "JP", "KR", "MX", "US", "ZA",
)  # fmt: skip
SHARES = (1, 2, 3, 3, 4, 2, 12, 0.3, 6, 10, 16, 1, 1, 5, 5, 8, 2, 2, 20, 0.6)
TITLE_WORDS = (
    "the", "of", "night", "river", "house", "garden", "winter", "history", "Straße", "größte",
    "maison", "été", "corazón", "mañana", "łódź", "море", "νύχτα", "ספר", "夜", "東京",
    "📚", "O'Brien", "\"quoted\"", "50%", "C:\\new", "a,b", "tab\there", "{}",
)  # fmt: skip
PUBLISHERS = (
    "Harbour & Sons", "Éditions du Phare", "Verlag Müller", "北斗出版", "Casa Núñez", "Livros do Mar",
    "Old Mill Press", "Kiadó \"Kék\"", "Giraffe", "Σελίδα", "Nordlys", "The Reading Room",
)  # fmt: skip

DATASET = Generated(
    name="editions",
    description="editions of books with nested details",
    parts=(
        TableRecipe(
            name="editions",
            columns=(
                ("id", RowNumber()),
                ("isbn", Isbn()),
                ("title", Words(vocabulary=TITLE_WORDS, least=1, most=5)),
                ("format", Choice(values=FORMATS, weights=(1.0, 3.0, 2.0, 4.0))),
                ("details.language", Nullable(recipe=Choice(values=LANGUAGES), share=0.1)),
                ("details.pages", Nullable(recipe=Whole(low=8, high=1_600), share=0.15)),
                ("details.publisher.name", Words(vocabulary=PUBLISHERS)),
                ("details.publisher.country", Choice(values=COUNTRIES, weights=SHARES)),
                (
                    "details.publisher.since",
                    Nullable(recipe=Whole(low=1_640, high=2_024), share=0.3),
                ),
                ("price_cents", Whole(low=99, high=14_999)),
                ("stock", Whole(low=-20, high=2_000, skew=True)),
                ("published", Between(first_s=-1_893_456_000, last_s=1_767_225_600)),
                ("blurb", Text(bytes_each=400.0)),
            ),
            nested=True,
        ),
    ),
    roles=Roles(
        update_column="stock",
        update_columns=("stock", "price_cents", "details.pages", "details.publisher.name"),
        filter_column="details.publisher.country",
        filter_values=COUNTRIES,
        group_column="format",
        measure="price_cents",
        time_column="published",
    ),
)
