"""What the functions on whole columns and tables answer with: plain, frozen, and readable at a prompt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from fastcurate.batches import Batches

if TYPE_CHECKING:
    import pyarrow as pa


class PaddingWaste(NamedTuple):
    """The share of padding among all tokens that a model would be given, from 0 to 1."""

    before: float
    """Every row padded to the longest of all."""
    after: float
    """Every row padded to the longest of its bucket."""


@dataclass(frozen=True, repr=False)
class BucketResult:
    """Rows in buckets of similar length: the answer of `bucket_by_length`."""

    bucket: Any
    """The bucket of each row, int32, counted from the one of the shortest: a Polars Series for a Polars
    Series, otherwise a pyarrow array."""
    boundaries: list[int]
    """The longest length in each bucket, ascending: bucket `i` holds lengths up to `boundaries[i]`."""
    rows: list[int]
    """How many rows each bucket has."""
    padding_waste: PaddingWaste
    """The padding with one bucket for all rows, and with these."""

    def batches(self, batch_size: int, *, seed: int | None = 0, drop_last: bool = False) -> Batches:
        """Batches of rows that share a bucket.

        Args:
            batch_size: Rows in a batch; the last of each bucket may have fewer.
            seed: Shuffles rows within their bucket and the batches among each other, in another order each
                epoch (see `Batches.set_epoch`); None leaves everything in order.
            drop_last: Leave out the short batch at the end of each bucket.

        Returns:
            An iterable of lists of row numbers with a length, as torch's `DataLoader` takes for
            `batch_sampler`.

        Raises:
            ValueError: `batch_size` is below 1.
        """
        import numpy as np

        return Batches(np.asarray(self.bucket), batch_size, seed=seed, drop_last=drop_last)

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


@dataclass(frozen=True, repr=False)
class PackResult:
    """Rows in packs of one capacity: the answer of `pack`."""

    rows: int
    """How many rows came in."""
    capacity: int
    """Tokens that a pack can hold."""
    strategy: str
    """How they were packed."""
    bins: pa.ListArray
    """The rows in each pack, `list<int64>`; with a strategy that splits, a row can be in several packs."""
    seq_lengths: pa.ListArray
    """Their lengths in the same places, `list<int32>`: what TRL calls `seq_lengths`."""
    empty: pa.Int64Array
    """Rows of length 0, which are in no pack."""
    truncated: pa.Int64Array
    """Rows over the capacity of which only the beginning is packed."""
    dropped: pa.Int64Array
    """Rows over the capacity that are in no pack."""
    start: pa.Int64Array = field(repr=False)
    """Where in its row each piece starts, pack after pack."""

    @property
    def segments(self) -> pa.Table:
        """Every piece in the order of `bins`: `row`, `start` in that row, `length`, `bin`."""
        import numpy as np
        import pyarrow as pa

        sizes = np.diff(self.bins.offsets.to_numpy())
        return pa.table(
            {
                "row": self.bins.values,
                "start": self.start,
                "length": self.seq_lengths.values,
                "bin": np.repeat(np.arange(len(sizes), dtype=np.int64), sizes),
            }
        )

    @property
    def tokens(self) -> int:
        """Tokens that are in a pack."""
        import pyarrow.compute as pc

        return pc.sum(self.seq_lengths.values).as_py() or 0

    @property
    def efficiency(self) -> float:
        """Packed tokens by the tokens that the packs could hold; 1.0 where there are no packs."""
        return self.tokens / (len(self.bins) * self.capacity) if len(self.bins) else 1.0

    def summary(self) -> dict[str, Any]:
        """Counts as a plain dict."""
        return {
            "rows": self.rows,
            "packs": len(self.bins),
            "capacity": self.capacity,
            "strategy": self.strategy,
            "tokens": self.tokens,
            "efficiency": self.efficiency,
            "empty_rows": len(self.empty),
            "truncated_rows": len(self.truncated),
            "dropped_rows": len(self.dropped),
        }

    def __repr__(self) -> str:
        """Size, fill, and how many rows are not in a pack as they came."""
        gone = [
            f"{len(rows)} {name}"
            for name, rows in (
                ("empty", self.empty),
                ("truncated", self.truncated),
                ("dropped", self.dropped),
            )
            if len(rows)
        ]
        return (
            f"PackResult({self.rows} rows in {len(self.bins)} packs of {self.capacity}, "
            f"{self.efficiency:.2%} full{''.join(', ' + text for text in gone)})"
        )
