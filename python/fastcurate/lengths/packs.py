"""Rows into packs of one capacity: which rows go together, and the packed tokens themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from fastcurate.lengths.opening import LONGEST, open_groups, open_lengths, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

PLANNED = ("seq_lengths", "position_ids")
"""Columns that a packing adds, so they are never packed themselves."""


def pack(
    lengths: Any,
    *,
    capacity: int,
    strategy: Literal["bfd", "bfd_split", "wrapped"] = "bfd",
    overflow: Literal["error", "truncate", "drop"] = "error",
    max_rows: int | None = None,
    together: Any = None,
    apart: Any = None,
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
        max_rows: How many rows a pack can hold at most; as many as fit for None. Not with `"wrapped"`. Where
            that takes fewer packs, and neither `together` nor `apart` is given, long rows are put beside short
            ones instead of by best fit.
        together: A column with the group of each row: the rows of a group share a pack, side by side in row
            order. `overflow` is then about the group: `"truncate"` keeps its first `capacity` tokens. Only
            with `"bfd"`; a null is no group.
        apart: A column with the group of each row: no two rows of a group share a pack. Only with `"bfd"`,
            and not beside `together`; a null is no group.
        threads: Taken for symmetry; packing is one pass over sorted rows and runs on one thread.

    Returns:
        The packs, their pieces, and lists of the rows that were empty, truncated or dropped; `apply(...)`
        packs token columns. A row of length 0 is in no pack. No rows make no packs.

    Raises:
        ValueError: A length is null, negative, over 2**31 - 1 or (with `overflow="error"`) over the capacity,
            or a group is: the message names the row. Or the capacity or `max_rows` is below 1, a strategy or
            overflow is unknown, or two arguments do not go together.
        TypeError: `lengths` are no integers.

    Examples:
        >>> p = pack([5, 2, 3, 1], capacity=4, strategy="bfd_split")
        >>> p.bins.to_pylist()
        [[0], [2, 0], [1, 3]]
        >>> p.seq_lengths.to_pylist()
        [[4], [3, 1], [2, 1]]
        >>> p.segments.slice(2, 1).to_pylist()
        [{'row': 0, 'start': 4, 'length': 1, 'bin': 1}]
        >>> pack([2, 1, 1, 2], capacity=4, together=["a", "b", "a", "b"]).bins.to_pylist()
        [[0, 2], [1, 3]]
        >>> pack([2, 1, 1, 2], capacity=4, apart=["a", "b", "a", "b"]).bins.to_pylist()
        [[0, 3], [2, 1]]
    """
    import pyarrow as pa

    from fastcurate import _core

    capacity = whole("capacity", capacity)
    if not 1 <= capacity <= LONGEST:
        raise ValueError(f"capacity must be between 1 and {LONGEST}, got {capacity}")
    if max_rows is not None:
        max_rows = whole("max_rows", max_rows)
        if max_rows < 1:
            raise ValueError(f"max_rows must be at least 1, got {max_rows}")
        max_rows = min(max_rows, LONGEST)
    values, _ = open_lengths(lengths)
    rows = len(values)
    packed = _core.pack(
        values,
        capacity=capacity,
        strategy=strategy,
        overflow=overflow,
        max_rows=max_rows,
        together=open_groups(together, "together", rows),
        apart=open_groups(apart, "apart", rows),
        threads=threads,
    )
    bins, seq_lengths, start, empty, truncated, dropped = (pa.array(array) for array in packed)
    return PackResult(
        rows=rows,
        capacity=capacity,
        strategy=strategy,
        bins=bins,
        seq_lengths=seq_lengths,
        start=start,
        empty=empty,
        truncated=truncated,
        dropped=dropped,
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

    def apply(
        self,
        data: Any,
        *,
        columns: Sequence[str] | None = None,
        position_ids: bool = False,
        threads: int | None = None,
    ) -> Any:
        """The packed tokens, as a trainer takes them: one row a pack, in TRL's schema.

        Args:
            data: The table whose rows were packed: a pyarrow Table, a Polars DataFrame, a Hugging Face
                Dataset, a dict of columns, or anything else that `curate` reads.
            columns: The token columns to pack (`input_ids`, `labels`, ...), lists whose lengths are those
                that were packed; all columns of lists of numbers for None. The other columns are left out,
                since a pack has several rows.
            position_ids: Whether to add `position_ids`, which start at 0 with every row of a pack, for
                collators that do not make them of `seq_lengths`.
            threads: Number of threads, all cores for None.

        Returns:
            The packed columns in their own types, `seq_lengths` (`list<int32>`) and, if asked for,
            `position_ids` (`list<int32>`): a Polars DataFrame for a Polars frame, a Dataset for a Dataset,
            otherwise a pyarrow Table.

        Raises:
            ValueError: The data has another number of rows, a column is not there, or a row (which is named)
                is null or shorter than what was packed of it.
            TypeError: A column does not hold lists.

        Examples:
            >>> tokens = {"input_ids": [[1, 2, 3, 4, 5], [6, 7], [8, 9, 10], [11]]}
            >>> p = pack([5, 2, 3, 1], capacity=4, overflow="truncate")
            >>> p.apply(tokens, position_ids=True).to_pylist()[1]
            {'input_ids': [8, 9, 10, 11], 'seq_lengths': [3, 1], 'position_ids': [0, 1, 2, 0]}
        """
        import pyarrow as pa

        from fastcurate.frames import open_frame
        from fastcurate.frames.opening import table_like

        frame = open_frame(data)
        if isinstance(frame, dict):
            raise TypeError(f"data must be one table, got the splits {', '.join(frame)}: pack each by itself")
        if frame.num_rows != self.rows:
            raise ValueError(f"data must have the {self.rows} rows that were packed, got {frame.num_rows}")
        kinds = frame.types
        if columns is None:
            columns = [name for name, kind in kinds.items() if _is_tokens(kind) and name not in PLANNED]
            if not columns:
                shown = ", ".join(f"{name} ({kind})" for name, kind in kinds.items())
                raise ValueError(f"data must have a column of lists of tokens, got {shown or 'no columns'}")
        packed = {name: self._packed(frame.arrow(name), name, threads) for name in columns}
        packed["seq_lengths"] = self.seq_lengths
        if position_ids:
            packed["position_ids"] = pa.ListArray.from_arrays(
                pa.array(self._token_offsets, pa.int32()), pa.array(self._positions())
            )
        return table_like(data, pa.table(packed))

    def _packed(self, column: pa.ChunkedArray, name: str, threads: int | None) -> pa.Array:
        """One column of tokens, a list for each pack."""
        import pyarrow as pa

        from fastcurate import _core

        if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
            raise TypeError(f"column {name!r} must hold lists of tokens, got {column.type}")
        lists = column if column.num_chunks else pa.chunked_array([pa.array([], column.type)])
        try:
            values = _core.gather_tokens(
                lists, self.bins.values, self.start, self.seq_lengths.values, threads=threads
            )
        except ValueError as error:
            raise ValueError(f"column {name!r}, {error}") from None
        large = pa.types.is_large_list(column.type) or self.tokens > LONGEST
        if large:
            offsets, kind = pa.array(self._token_offsets), pa.large_list(column.type.value_field)
            return pa.LargeListArray.from_arrays(offsets, pa.array(values), type=kind)
        offsets = pa.array(self._token_offsets, pa.int32())
        return pa.ListArray.from_arrays(offsets, pa.array(values), type=column.type)

    def _positions(self) -> npt.NDArray[np.int32]:
        """For every packed token its place in its piece."""
        import numpy as np

        lengths = self.seq_lengths.values.to_numpy()
        before = np.cumsum(lengths, dtype=np.int64) - lengths
        positions: npt.NDArray[np.int32] = (np.arange(self.tokens) - np.repeat(before, lengths)).astype(
            np.int32
        )
        return positions

    @cached_property
    def _token_offsets(self) -> npt.NDArray[np.int64]:
        """Where the tokens of each pack begin, and where the last ends."""
        import numpy as np

        ends = np.zeros(len(self.seq_lengths.values) + 1, dtype=np.int64)
        np.cumsum(self.seq_lengths.values.to_numpy(), out=ends[1:])
        offsets: npt.NDArray[np.int64] = ends[self.seq_lengths.offsets.to_numpy()]
        return offsets

    @property
    def pack_tokens(self) -> pa.Int64Array:
        """How many tokens each pack holds."""
        import numpy as np
        import pyarrow as pa

        return pa.array(np.diff(self._token_offsets))

    @property
    def tokens(self) -> int:
        """Tokens that are in a pack."""
        return int(self._token_offsets[-1])

    @property
    def efficiency(self) -> float:
        """Packed tokens by the tokens that the packs could hold; 1.0 where there are no packs."""
        return self.tokens / (len(self.bins) * self.capacity) if len(self.bins) else 1.0

    @property
    def waste(self) -> float:
        """The share of the packs that is left to padding: 1 - efficiency."""
        return 1 - self.efficiency

    @property
    def histogram(self) -> dict[int, int]:
        """How many packs have how many rows, by the number of rows."""
        import numpy as np

        rows, packs = np.unique(np.diff(self.bins.offsets.to_numpy()), return_counts=True)
        return dict(zip(rows.tolist(), packs.tolist(), strict=True))

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


def _is_tokens(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        return False
    value = kind.value_type
    return bool(pa.types.is_integer(value) or pa.types.is_floating(value) or pa.types.is_boolean(value))
