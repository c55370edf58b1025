"""At home in Hugging Face `datasets`: functions for `.map`, and exact duplicates out of a stream.

`fastcurate.deduplicate`, `fastcurate.curate` and the other functions on tables take a `Dataset` or a `DatasetDict` and
answer one. What is here is for the places where `datasets` calls us:

- `normalize`, `redact`, `quality`, `fingerprint`, `minhash`, `simhash` and `count_tokens` make a function for
  `.map(..., batched=True)`, of a `Dataset`, a `DatasetDict` or an `IterableDataset`. It pickles, also to processes that
  are spawned, and always to the same bytes, so that the second run finds the first one in the cache. It runs on all
  cores by itself; `num_proc` is safe and hardly needed.
- `deduplicate_stream` removes exact duplicates from an `IterableDataset` while it streams.
"""

from fastcurate.datasets.mapping import (
    ColumnFunction,
    count_tokens,
    fingerprint,
    minhash,
    normalize,
    quality,
    redact,
    simhash,
)
from fastcurate.datasets.stream import StreamDeduplicated, deduplicate_stream

__all__ = [
    "ColumnFunction",
    "StreamDeduplicated",
    "count_tokens",
    "deduplicate_stream",
    "fingerprint",
    "minhash",
    "normalize",
    "quality",
    "redact",
    "simhash",
]
