"""The rows of a `DuplicateIndex` as it keeps them: the compared columns, in types that any further rows fit into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from fastcurate.frames import Frame

ID, KEPT = "fc_id", "fc_kept"
"""Our columns in the stored table; the others are the user's own."""


def stored(names: list[str], frame: Frame, ids: pa.ChunkedArray) -> pa.Table:
    """The columns of these rows that the index keeps, in types that hold any amount of text."""
    import pyarrow as pa

    from fastcurate.frames.arrow import plain

    columns = {name: _wide(plain(frame.arrow(name))) for name in dict.fromkeys(names)}
    return pa.table({ID: ids, **columns})


def _wide(column: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        decoded = [chunk.dictionary_decode() for chunk in column.chunks]
        return _wide(pa.chunked_array(decoded, kind.value_type))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        turn = pa.struct([("role", pa.large_string()), ("content", pa.large_string())])
        return pa.chunked_array([_turns(chunk, turn) for chunk in column.chunks], pa.large_list(turn))
    return column.cast(pa.large_string()) if pa.types.is_string(kind) else column


def _turns(chunk: Any, turn: pa.DataType) -> Any:
    """Conversations with nothing but role and content."""
    import pyarrow as pa

    rows = [
        None
        if row is None
        else [{"role": one["role"], "content": one["content"]} for one in row if one is not None]
        for row in chunk.to_pylist()
    ]
    return pa.array(rows, pa.large_list(turn))


def ids_of(name: str | None, frame: Frame, first: int) -> pa.ChunkedArray:
    """The caller's own names of rows, or without any their places from `first` on."""
    import pyarrow as pa

    if name is None:
        return pa.chunked_array([pa.array(range(first, first + frame.num_rows), pa.int64())])
    if name not in frame.columns and ID in frame.columns:
        name = ID  # rows that come from another index
    try:
        return _wide_ids(frame.arrow(name))
    except ValueError as error:
        raise ValueError(f"ids={name!r}: {error}") from None


def _wide_ids(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Text as large strings, whole numbers as int64, so that the ids of any two frames go together."""
    import pyarrow as pa

    from fastcurate.frames.arrow import plain

    column = _wide(plain(column))
    if pa.types.is_integer(column.type):
        return column.cast(pa.int64())
    if pa.types.is_large_string(column.type):
        return column
    raise TypeError(f"ids must be a column of text or whole numbers, got {column.type}")
