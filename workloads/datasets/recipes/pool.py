"""Running text that values are cut from.

One pool of 16 MiB of ASCII words, made once a process: 8,192 words of one to four syllables, the
frequent ones more frequent in the way of English (rank 1 about 10 % of the words), with commas and
full stops. It is about as compressible as English prose: 1 MB of values becomes 2.6 times smaller
with zlib at level 6, 2.8 times with zstd at level 3, 1.5 times with LZ4; one value of 700 B alone
1.9 times with zlib.

A value is a slice of the pool that starts anywhere. Two values are rarely equal, but a compressor
whose window spans tens of megabytes of values would find the pool again.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from workloads.datasets.recipes.arrow import numbers, text_array, texts
from workloads.datasets.recipes.hashing import Rows, below
from workloads.datasets.recipes.textual import TAIL_BYTES

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

POOL_BYTES = 16 << 20  # slices start in here
VOCABULARY = 8_192
SLOTS = 1 << 16
LEAST_WORD_BYTES = 6  # in the mean, with the space: enough words are drawn to fill the pool
_PART_WORDS = 1 << 16
INLINE_BYTES = 12  # of a string view: shorter values lie in the view itself
ONSETS = (
    "b",
    "c",
    "d",
    "f",
    "g",
    "h",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "st",
    "tr",
    "th",
    "w",
)
VOWELS = ("a", "e", "i", "o", "u", "ea", "ou", "ai")
CODAS = ("", "", "", "n", "r", "s", "t", "l", "nd", "ng")


def counted(column: str, number: int) -> Rows:
    """Rows 0..number-1 of a column of the pool's own, under a fixed seed."""
    return Rows(seed=0, table="pool", column=column, numbers=np.arange(number, dtype=np.uint64))


def vocabulary() -> list[str]:
    """Words in order of frequency; the more frequent, the shorter."""
    syllables = [onset + vowel + coda for onset in ONSETS for vowel in VOWELS for coda in CODAS]
    rows = counted("syllables", VOCABULARY)
    picks = [below(rows.words(stream), len(syllables)).tolist() for stream in range(4)]
    words = []
    for rank in range(VOCABULARY):
        parts = 1 + (rank > 60) + (rank > 1_500) + (rank > 6_000)
        words.append("".join(syllables[picks[part][rank]] for part in range(parts)))
    return words


def ranks_of_slots() -> npt.NDArray[np.int32]:
    """Which word each of 65,536 equally likely slots means: frequency falls as 1 / rank."""
    edges = np.cumsum(1.0 / np.arange(1, VOCABULARY + 1))
    positions = (np.arange(SLOTS) + 0.5) / SLOTS * edges[-1]
    ranks: npt.NDArray[np.int32] = np.searchsorted(edges, positions).astype(np.int32)
    return ranks


@lru_cache(maxsize=1)
def pool() -> npt.NDArray[np.uint8]:
    """The text, POOL_BYTES long, and its first TAIL_BYTES once more.

    Made a part at a time: every load generator has one, and what it takes while it is made is memory
    that an engine in the same process may not have.
    """
    endings = (" ", " ", " ", " ", " ", " ", ", ", ". ")
    spaced = texts([word + ending for word in vocabulary() for ending in endings])
    ranks, made, first = ranks_of_slots(), np.empty(POOL_BYTES + TAIL_BYTES, dtype=np.uint8), 0
    filled = 0
    while filled < POOL_BYTES:
        if first >= POOL_BYTES // LEAST_WORD_BYTES:
            raise AssertionError(f"the text pool came out {filled} bytes long")
        drawn = np.arange(first, first + _PART_WORDS, dtype=np.uint64)
        first += _PART_WORDS
        words = Rows(seed=0, table="pool", column="text", numbers=drawn).words()
        index = ranks[words >> np.uint64(48)] * np.int32(len(endings))
        index += (words & np.uint64(len(endings) - 1)).astype(np.int32)
        part = np.frombuffer(spaced.take(numbers(index)).buffers()[2], dtype=np.uint8)
        part = part[: POOL_BYTES - filled]
        made[filled : filled + len(part)] = part
        filled += len(part)
    made[POOL_BYTES:] = made[:TAIL_BYTES]
    return made


def cut(words: npt.NDArray[np.uint64], lengths: npt.NDArray[np.int64]) -> pa.Array:
    """One slice of the pool a word, of the given lengths in bytes, as an Arrow string array.

    The slices are string views into the pool; Arrow copies them into a string array at the speed
    of memory. ValueError for a slice longer than TAIL_BYTES.
    """
    import pyarrow as pa

    text = pool()
    longest = int(lengths.max(initial=0))
    if longest > TAIL_BYTES:
        raise ValueError(f"a text value of {longest} bytes is longer than {TAIL_BYTES} bytes")
    starts = below(words, POOL_BYTES)
    if longest <= INLINE_BYTES:
        return short_slices(text, starts, lengths)
    views = np.zeros((len(words), 4), dtype=np.int32)
    views[:, 0] = lengths
    heads = np.lib.stride_tricks.sliding_window_view(text, 4)[starts]
    views[:, 1] = heads.view(np.int32)[:, 0]
    views[:, 3] = starts
    inline = np.flatnonzero(lengths <= INLINE_BYTES)
    if len(inline):
        whole = np.lib.stride_tricks.sliding_window_view(text, INLINE_BYTES)[starts[inline]]
        whole[np.arange(INLINE_BYTES) >= lengths[inline, None]] = 0
        views[inline, 1:] = whole.view(np.int32)
    buffers = [None, pa.py_buffer(views), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.string_view(), len(words), buffers).cast(pa.string())


def short_slices(
    text: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], lengths: npt.NDArray[np.int64]
) -> pa.Array:
    """`cut` for short values, where moving single bytes is cheaper than making views."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    position = np.repeat(starts - offsets[:-1], lengths)
    position += np.arange(offsets[-1])
    return text_array(offsets.astype(np.int32), text[position])
