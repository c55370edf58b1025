"""Rows into buckets of similar length, and batches that need little padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from fastcurate.batches import Batches
from fastcurate.lengths.opening import LONGEST, open_lengths, whole

if TYPE_CHECKING:
    from collections.abc import Iterable


def bucket_by_length(
    lengths: Any,
    *,
    buckets: int = 8,
    edges: Literal["least_padding", "quantiles"] | Iterable[int] = "least_padding",
    threads: int | None = None,
) -> BucketResult:
    """Put rows of similar length into the same bucket, by default with the least padding that so many allow.

    Args:
        lengths: Tokens of each row: integers in a Polars or pandas Series, a pyarrow or NumPy array, a list.
        buckets: How many buckets at most; there are fewer where there are fewer distinct lengths. Given edges
            are as many as they are.
        edges: Where buckets end. `"least_padding"`: a row is padded to the longest of its bucket, and no
            other edges need fewer tokens in all (found by dynamic programming over the histogram of lengths,
            exact for any lengths). `"quantiles"`: buckets of about equally many rows. A list of ascending
            lengths, such as `[128, 256, 512]`: rows are padded to the edge, and a bucket may be empty.
        threads: Number of threads, all cores for None. The answer is the same for any.

    Returns:
        The bucket of each row, the boundaries, the padding before and after, and `batches(...)`. A length of
        0 is a length like any other. No rows make no buckets.

    Raises:
        ValueError: A length is null, negative, over 2**31 - 1 or over the last given edge (the message names
            the row), `buckets` is below 1, or the edges do not ascend.
        TypeError: `lengths` or edges are no integers.

    Examples:
        >>> b = bucket_by_length([5, 90, 6, 100, 5], buckets=2)
        >>> b.boundaries
        [6, 100]
        >>> b.bucket.to_pylist()
        [0, 1, 0, 1, 0]
        >>> b.batches(2, seed=None).rows()
        [[0, 2], [4], [1, 3]]
        >>> bucket_by_length([5, 90, 6, 100, 5], edges=[8, 64, 128]).rows
        [3, 0, 2]
    """
    import pyarrow as pa

    from fastcurate import _core

    buckets = whole("buckets", buckets)
    if buckets < 1:
        raise ValueError(f"buckets must be at least 1, got {buckets}")
    buckets = min(buckets, 2**31)  # as many as there are lengths
    values, give_back = open_lengths(lengths)
    bucket, boundaries, rows, tokens, padded = _core.bucket_by_length(
        values, buckets=buckets, edges=_edges(edges), threads=threads
    )
    ends = pa.array(boundaries).to_pylist()
    counts = pa.array(rows).to_pylist()
    longest = max((end for end, count in zip(ends, counts, strict=True) if count), default=0)
    return BucketResult(
        bucket=give_back(bucket),
        boundaries=ends,
        rows=counts,
        padding_waste=PaddingWaste(
            before=_waste(tokens, sum(counts) * longest), after=_waste(tokens, padded)
        ),
    )


class PaddingWaste(NamedTuple):
    """The share of padding among all tokens that a model would be given, from 0 to 1."""

    before: float
    """Every row padded to the longest of all, or to the last given edge that is needed."""
    after: float
    """Every row padded to the boundary of its bucket."""


@dataclass(frozen=True, repr=False)
class BucketResult:
    """Rows in buckets of similar length: the answer of `bucket_by_length`."""

    bucket: Any
    """The bucket of each row, int32, counted from the one of the shortest: a Polars Series for a Polars
    Series, otherwise a pyarrow array."""
    boundaries: list[int]
    """Where each bucket ends, ascending: bucket `i` holds lengths up to `boundaries[i]`."""
    rows: list[int]
    """How many rows each bucket has."""
    padding_waste: PaddingWaste
    """The padding with one bucket for all rows, and with these."""

    def batches(
        self,
        batch_size: int | None = None,
        *,
        max_tokens: int | None = None,
        seed: int | None = 0,
        drop_last: bool = False,
        rank: int = 0,
        num_replicas: int = 1,
    ) -> Batches:
        """Batches of rows that share a bucket, for torch's `DataLoader(..., batch_sampler=...)`.

        Args:
            batch_size: Rows in a batch; the last of each bucket may have fewer.
            max_tokens: Instead of `batch_size`, the tokens of a batch, padding included: a bucket's batches
                have as many rows as fit when all are padded to its boundary.
            seed: Shuffles rows within their bucket and the batches among each other, in another order each
                epoch (see `Batches.set_epoch`); None leaves everything in order.
            drop_last: Leave out the short batch at the end of each bucket, and batches that are too few for
                every replica to have one.
            rank: Which of the replicas this is, from 0.
            num_replicas: How many processes share the batches, as in torch's `DistributedSampler`: each has
                as many as the others, no batch has two of them, but for the few that are given out twice to
                make the numbers equal (none with `drop_last`). What the replicas get for one step comes from
                one bucket, so that none waits for another. Leave it at 1 where the trainer shards by itself.

        Returns:
            An iterable of lists of row numbers with a length.

        Raises:
            ValueError: Not exactly one of `batch_size` and `max_tokens` is given, one is too small, or there
                is no such rank.

        Examples:
            >>> b = bucket_by_length([5, 90, 6, 100, 5], buckets=2)
            >>> b.batches(max_tokens=100, seed=None).rows()
            [[0, 2, 4], [1], [3]]
            >>> [b.batches(1, seed=None, rank=rank, num_replicas=2).rows() for rank in (0, 1)]
            [[[0], [4], [3]], [[2], [1], [0]]]
        """
        import numpy as np

        return Batches(
            np.asarray(self.bucket),
            self._rows_per_batch(batch_size, max_tokens),
            seed=seed,
            drop_last=drop_last,
            rank=rank,
            num_replicas=num_replicas,
        )

    def _rows_per_batch(self, batch_size: int | None, max_tokens: int | None) -> list[int]:
        """How many rows a batch of each bucket has."""
        if (batch_size is None) == (max_tokens is None):
            raise ValueError(f"give one of batch_size and max_tokens, got {batch_size=} and {max_tokens=}")
        if batch_size is not None:
            if (size := whole("batch_size", batch_size)) < 1:
                raise ValueError(f"batch_size must be at least 1, got {batch_size}")
            return [size] * len(self.rows)
        budget = whole("max_tokens", max_tokens)
        longest = max((end for end, rows in zip(self.boundaries, self.rows, strict=True) if rows), default=1)
        if budget < max(longest, 1):
            raise ValueError(
                f"max_tokens must be at least {max(longest, 1)}, the longest row, got {max_tokens}"
            )
        return [max(1, budget // max(end, 1)) for end in self.boundaries]

    def summary(self) -> dict[str, Any]:
        """Counts as a plain dict."""
        return {
            "rows": sum(self.rows),
            "buckets": len(self.rows),
            "boundaries": self.boundaries,
            "rows_per_bucket": self.rows,
            "padding_waste_before": self.padding_waste.before,
            "padding_waste_after": self.padding_waste.after,
        }

    def __repr__(self) -> str:
        """Size, boundaries and what they save."""
        before, after = self.padding_waste
        return (
            f"BucketResult({sum(self.rows)} rows in {len(self.rows)} buckets up to {self.boundaries}, "
            f"padding {before:.1%} -> {after:.1%})"
        )


def _edges(edges: Any) -> str | list[int]:
    if isinstance(edges, str):
        return edges
    import numpy as np

    given = edges.tolist() if isinstance(edges, np.ndarray) else edges
    if not isinstance(given, Sequence):
        raise TypeError(f"edges must be 'least_padding', 'quantiles' or a list of lengths, got {edges!r}")
    found = [whole(f"edges[{at}]", edge) for at, edge in enumerate(given)]
    for edge in found:
        if not 0 <= edge <= LONGEST:
            raise ValueError(f"edges must be between 0 and {LONGEST}, got {edge}")
    return found


def _waste(tokens: int, padded: int) -> float:
    return 1 - tokens / padded if padded else 0.0
