"""Which length to train at: what each capacity packs, pads and cuts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from fastcurate.lengths.opening import open_lengths
from fastcurate.lengths.packs import pack

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

CAPACITIES = (512, 1024, 2048, 4096, 8192)


def compare_packing(
    lengths: Any,
    *,
    capacities: Iterable[int] = CAPACITIES,
    strategy: Literal["bfd", "bfd_split", "wrapped"] = "bfd",
    threads: int | None = None,
) -> PackComparison:
    """Pack the same rows into several capacities, to choose the one to train at.

    Args:
        lengths: Tokens of each row: integers in a Polars or pandas Series, a pyarrow or NumPy array, a list.
        capacities: The lengths that come into question.
        strategy: As in `pack`; with `"bfd"` rows over the capacity are cut off there.
        threads: As in `pack`.

    Returns:
        A line for each capacity: the packs, how full they are, how many rows and tokens it cuts, and how much
        padding there would be without packing. `smallest(...)` names the capacity that cuts few enough rows.

    Raises:
        ValueError: There are no capacities, or `pack` refuses the lengths or one of them.
        TypeError: `lengths` are no integers.

    Examples:
        >>> print(compare_packing([5, 2, 3, 1], capacities=[2, 4, 8]))
        capacity  packs   full  rows cut  tokens cut  padding without packing
               2      4  87.5%         2           4                    12.5%
               4      3  83.3%         1           1                    37.5%
               8      2  68.8%         0           0                    65.6%
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    values, _ = open_lengths(lengths)
    capacities = list(capacities)
    if not capacities:
        raise ValueError(f"capacities must name at least one length, such as {CAPACITIES}, got none")
    lines = []
    for capacity in capacities:
        packed = pack(values, capacity=capacity, strategy=strategy, overflow="truncate", threads=threads)
        over = pc.max_element_wise(pc.subtract(pc.cast(values, pa.int64()), packed.capacity), 0)
        alone = (packed.rows - len(packed.empty)) * packed.capacity
        kept = (pc.sum(values).as_py() or 0) - (pc.sum(over).as_py() or 0)
        lines.append(
            {
                "capacity": packed.capacity,
                "packs": len(packed.bins),
                "tokens": packed.tokens,
                "efficiency": packed.efficiency,
                "rows_cut": int(np.count_nonzero(over)),
                "tokens_cut": (pc.sum(values).as_py() or 0) - packed.tokens,
                "padding_without_packing": 1 - kept / alone if alone else 0.0,
            }
        )
    return PackComparison(rows=len(values), table=pa.Table.from_pylist(lines))


@dataclass(frozen=True, repr=False)
class PackComparison:
    """What several capacities make of the same rows: the answer of `compare_packing`."""

    rows: int
    """How many rows came in."""
    table: pa.Table
    """A line for each capacity: `capacity`, `packs`, `tokens` (in packs), `efficiency`, `rows_cut`,
    `tokens_cut`, `padding_without_packing` (the share of padding where every row is padded to the
    capacity)."""

    def smallest(self, *, rows_cut: float = 0.01) -> int | None:
        """The smallest capacity that cuts at most this share of the rows; None where all cut more.

        Examples:
            >>> compare_packing([5, 2, 3, 1], capacities=[2, 4, 8]).smallest(rows_cut=0.25)
            4
        """
        enough = [
            line["capacity"] for line in self.table.to_pylist() if line["rows_cut"] <= rows_cut * self.rows
        ]
        return min(enough, default=None)

    def __repr__(self) -> str:
        """The table for people."""
        names = ("capacity", "packs", "full", "rows cut", "tokens cut", "padding without packing")
        lines = [
            (
                f"{line['capacity']:,}",
                f"{line['packs']:,}",
                f"{line['efficiency']:.1%}",
                f"{line['rows_cut']:,}",
                f"{line['tokens_cut']:,}",
                f"{line['padding_without_packing']:.1%}",
            )
            for line in self.table.to_pylist()
        ]
        widths = [max(map(len, cells)) for cells in zip(names, *lines, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
            for cells in (names, *lines)
        )
