"""Token lengths: rows into buckets of little padding, rows into packs of one capacity.

Both look at lengths only, so that they can plan before a single token is moved. A null or negative length is
an error that names the row; what a length of 0 means is said with each function.
"""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex

from fastcurate.frames.columns import column
from fastcurate.results import BucketResult, PackResult, PaddingWaste

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["bucket_by_length", "pack"]


def bucket_by_length(lengths: Any, *, buckets: int = 8, threads: int | None = None) -> BucketResult:
    """Put rows of similar length into the same bucket, with the least padding that so many buckets allow.

    A row is padded to the longest row of its bucket. The edges are found by dynamic programming over the
    histogram of lengths, so no other edges have less padding, whatever the lengths are.

    Args:
        lengths: Tokens of each row: integers in a Polars or pandas Series, a pyarrow or NumPy array, a list.
        buckets: How many buckets at most; there are fewer where there are fewer distinct lengths.
        threads: Number of threads, all cores for None. The answer is the same for any.

    Returns:
        The bucket of each row, the boundaries, the padding before and after, and `batches(...)`. A length of
        0 is a length like any other. No rows make no buckets.

    Raises:
        ValueError: A length is null, negative or over 2**31 - 1 (the message names the row), or `buckets` is
            below 1.
        TypeError: `lengths` are no integers.

    Examples:
        >>> b = bucket_by_length([5, 90, 6, 100, 5], buckets=2)
        >>> b.boundaries
        [6, 100]
        >>> b.bucket.to_pylist()
        [0, 1, 0, 1, 0]
        >>> b.batches(2, seed=None).rows()
        [[0, 2], [4], [1, 3]]
    """
    import pyarrow as pa

    from fastcurate import _core

    buckets = _whole("buckets", buckets)
    if buckets < 1:
        raise ValueError(f"buckets must be at least 1, got {buckets}")
    buckets = min(buckets, 2**31)  # as many as there are lengths
    values, give_back = _open(lengths)
    bucket, boundaries, rows, tokens, padded = _core.bucket_by_length(
        values, buckets=buckets, threads=threads
    )
    edges = pa.array(boundaries).to_pylist()
    counts = pa.array(rows).to_pylist()
    together = sum(counts) * max(edges, default=0)
    return BucketResult(
        bucket=give_back(bucket),
        boundaries=edges,
        rows=counts,
        padding_waste=PaddingWaste(before=_waste(tokens, together), after=_waste(tokens, padded)),
    )


def pack(
    lengths: Any,
    *,
    capacity: int,
    strategy: Literal["bfd", "bfd_split", "wrapped"] = "bfd",
    overflow: Literal["error", "truncate", "drop"] = "error",
    threads: int | None = None,
) -> PackResult:
    """Lay rows into as few packs of `capacity` tokens as a good heuristic finds.

    Args:
        lengths: Tokens of each row: integers in a Polars or pandas Series, a pyarrow or NumPy array, a list.
        capacity: Tokens that a pack can hold.
        strategy: `"bfd"`, best-fit decreasing over all rows: the longest row first, each into the pack that
            it fills best; the same packs as TRL's `bfd` makes of rows that it sees in one batch.
            `"bfd_split"` does the same after cutting rows over the capacity into pieces of it, so that no
            token is lost. `"wrapped"` lays all rows end to end and cuts at every multiple of the capacity,
            which fills every pack but cuts rows anywhere.
        overflow: What happens under `"bfd"` to a row over the capacity: `"error"`, `"truncate"` (its first
            `capacity` tokens are packed, as TRL does) or `"drop"` (it is in no pack). The other strategies
            split such rows and have no use for it.
        threads: Taken for symmetry; packing is one pass over sorted rows and runs on one thread.

    Returns:
        The packs, their pieces, and lists of the rows that were empty, truncated or dropped. A row of length
        0 is in no pack. No rows make no packs.

    Raises:
        ValueError: A length is null, negative, over 2**31 - 1 or (with `overflow="error"`) over the capacity:
            the message names the row. Or the capacity is below 1, or a strategy or overflow is unknown.
        TypeError: `lengths` are no integers.

    Examples:
        >>> p = pack([5, 2, 3, 1], capacity=4, strategy="bfd_split")
        >>> p.bins.to_pylist()
        [[0], [2, 0], [1, 3]]
        >>> p.seq_lengths.to_pylist()
        [[4], [3, 1], [2, 1]]
        >>> p.segments.slice(2, 1).to_pylist()
        [{'row': 0, 'start': 4, 'length': 1, 'bin': 1}]
    """
    import pyarrow as pa

    from fastcurate import _core

    capacity = _whole("capacity", capacity)
    if not 1 <= capacity < 2**31:
        raise ValueError(f"capacity must be between 1 and {2**31 - 1}, got {capacity}")
    values, _ = _open(lengths)
    packed = _core.pack(values, capacity=capacity, strategy=strategy, overflow=overflow, threads=threads)
    bins, seq_lengths, start, empty, truncated, dropped = (pa.array(array) for array in packed)
    return PackResult(
        rows=len(lengths) if hasattr(lengths, "__len__") else len(pa.chunked_array(values)),
        capacity=capacity,
        strategy=strategy,
        bins=bins,
        seq_lengths=seq_lengths,
        start=start,
        empty=empty,
        truncated=truncated,
        dropped=dropped,
    )


def _open(lengths: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The lengths as an Arrow object, and the way back to the caller's type."""
    import numpy as np
    import pyarrow as pa

    if isinstance(lengths, (list, tuple, range)):
        try:
            lengths = pa.array(lengths, type=pa.int64() if len(lengths) == 0 else None)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
            raise TypeError(f"lengths must be integers of at most 64 bits: {error}") from None
    elif isinstance(lengths, np.ndarray) and lengths.ndim == 1:
        lengths = pa.array(lengths)
    return column(lengths, name="lengths")


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise TypeError(f"{name} must be a whole number, got {value!r} ({type(value).__name__})")
    return index(value)


def _waste(tokens: int, padded: int) -> float:
    return 1 - tokens / padded if padded else 0.0
