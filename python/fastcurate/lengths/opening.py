"""What users pass for lengths and groups of rows, as Arrow."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any, SupportsIndex

from fastcurate.frames.columns import column

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

LONGEST = 2**31 - 1
"""Lengths leave as Arrow's `int32`, which is also what trainers read."""


def open_lengths(lengths: Any) -> tuple[pa.ChunkedArray, Callable[[Any], Any]]:
    """The lengths, and the way back to the caller's type.

    Raises:
        TypeError: They are no integers.
    """
    import numpy as np
    import pyarrow as pa

    if isinstance(lengths, (list, tuple, range)):
        try:
            lengths = pa.array(lengths, type=pa.int64() if len(lengths) == 0 else None)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
            raise TypeError(f"lengths must be integers of at most 64 bits: {error}") from None
    elif isinstance(lengths, np.ndarray) and lengths.ndim == 1:
        lengths = pa.array(lengths)
    values, give_back = column(lengths, name="lengths")
    return pa.chunked_array(values) if hasattr(values, "__arrow_c_stream__") else values, give_back


def open_groups(groups: Any, name: str, rows: int) -> pa.Array | None:
    """The group of each row as a number, 2**32 - 1 for a null, which is in none.

    Raises:
        TypeError: It is not a column.
        ValueError: It does not have one value a row.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if groups is None:
        return None
    values, _ = column(groups, name=name)
    chunks = pa.chunked_array(values) if hasattr(values, "__arrow_c_stream__") else pa.chunked_array([values])
    if len(chunks) != rows:
        raise ValueError(f"{name} must have a value for each of the {rows} rows, got {len(chunks)}")
    if pa.types.is_dictionary(chunks.type):
        chunks = chunks.cast(chunks.type.value_type)
    if chunks.type == pa.string_view():
        chunks = chunks.cast(pa.large_string())
    if pa.types.is_null(chunks.type):
        return pa.array([2**32 - 1] * rows, pa.uint32())
    codes = chunks.combine_chunks().dictionary_encode().indices
    return pc.fill_null(codes.cast(pa.uint32()), 2**32 - 1)


def whole(name: str, value: object) -> int:
    """A whole number, whatever Python type it has; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, SupportsIndex):
        raise TypeError(f"{name} must be a whole number, got {value!r} ({type(value).__name__})")
    return index(value)
