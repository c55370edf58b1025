"""How long the sketches of rows are: the rule of `words` in `similar/external/cut.rs`, for columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

MOST_WORDS = 1024
"""No sketch has more words of 64 bits."""


def sketch_words(sizes: pa.Array | pa.ChunkedArray) -> npt.NDArray[np.uint32]:
    """For sets of these sizes the words of their sketches: a power of two, about a bit for each shingle."""
    counts = np.maximum(sizes.to_numpy().astype(np.int64) + 63 >> 6, 1)
    # The exponent of a number less one is that of the power of two that is not below it.
    words: npt.NDArray[np.uint32] = np.minimum(
        1 << np.frexp(counts - 1)[1].astype(np.int64), MOST_WORDS
    ).astype(np.uint32)
    return words
