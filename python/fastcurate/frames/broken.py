"""Lines that are no rows: numbering the rows around them, and putting them back among the removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate.frames.base import free_names

if TYPE_CHECKING:
    import numpy.typing as npt

    from fastcurate.frames.base import Frame


def input_rows(frame: Frame) -> npt.NDArray[np.int64]:
    """For each row of the frame its position in the whole input, lines that could not be read included."""
    if frame.broken is None or frame.broken.num_rows == 0:
        return np.arange(frame.num_rows, dtype=np.int64)
    free = np.ones(frame.num_rows + frame.broken.num_rows, dtype=bool)
    free[frame.broken.column("row").to_numpy()] = False
    return np.flatnonzero(free)


def with_broken_lines(table: pa.Table, frame: Frame, evidence: list[str]) -> pa.Table:
    """Removed rows and broken lines together, in the order of the input.

    Args:
        table: The removed rows with the columns of the evidence behind their own.
        frame: Where they come from.
        evidence: Our names of these columns, before clashes with the user's were resolved.

    Returns:
        The table with a line for every broken one: reason `broken`, its `file`, `line` and `raw` bytes, and null
        in the user's columns.
    """
    if frame.broken is None or frame.broken.num_rows == 0:
        return table
    count = frame.broken.num_rows
    known: dict[str, Any] = {name: frame.broken.column(name) for name in ("row", "file", "line", "raw")}
    known["file"] = known["file"].cast(pa.string())
    known["reason"] = pa.array(["broken"] * count, pa.string())
    lines = pa.table(free_names(frame.columns, {name: known.get(name, pa.nulls(count)) for name in evidence}))
    both = pa.concat_tables([table, lines], promote_options="permissive")
    row = next(iter(free_names(frame.columns, {"row": None})))
    return both.take(pa.array(np.argsort(both.column(row).to_numpy(), kind="stable")))
