"""pyarrow tables, and the Arrow helpers that the other frames share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from fastcurate.frames.base import Frame

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

OFFSET_LIMIT = 2**31 - 1


class ArrowFrame(Frame):
    """A pyarrow Table."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    @property
    def columns(self) -> list[str]:
        return list(self.table.column_names)

    @property
    def num_rows(self) -> int:
        return int(self.table.num_rows)

    @property
    def types(self) -> dict[str, pa.DataType]:
        return dict(zip(self.table.column_names, self.table.schema.types, strict=True))

    def take(self, rows: npt.NDArray[np.int64]) -> pa.Table:
        return gather(self.table, rows)

    def series(self, values: Any) -> pa.Array:
        return array_of(values)

    def _arrow(self, name: str) -> pa.ChunkedArray:
        return self.table.column(name)

    def _take_with(self, rows: npt.NDArray[np.int64], extra: dict[str, Any]) -> pa.Table:
        table = self.take(rows)
        for name, values in extra.items():
            table = table.append_column(name, array_of(values))
        return table

    def _renamed(self, made: pa.Table, gone: set[str], names: dict[str, str]) -> pa.Table:
        table = made.drop_columns(list(gone))
        return table.rename_columns([names.get(name, name) for name in table.column_names])

    def _replace(self, columns: dict[str, Any]) -> ArrowFrame:
        return ArrowFrame(exchanged(self.table, columns))


def array_of(values: Any) -> Any:
    """A pyarrow array over the same buffers; a pyarrow array or chunked array stays what it is."""
    return values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values)


def checked(stream: Any) -> pa.ChunkedArray:
    """An object of a library that we do not know, as a column. pyarrow would believe all that its structs say.

    Raises:
        ValueError: Its structs contradict themselves, or it failed.
    """
    from fastcurate import _core

    return pa.chunked_array([pa.array(chunk) for chunk in _core.Checked(stream).chunks()])


def exchanged(table: pa.Table, columns: dict[str, Any]) -> pa.Table:
    """The table with these columns in the place of their namesakes, in the old type where that fits."""
    for name, values in columns.items():
        position = table.column_names.index(name)
        field = table.schema.field(position)
        column = cast_like(array_of(values), field.type)
        table = table.set_column(position, field.with_type(column.type), column)
    return table


def cast_like(values: Any, kind: pa.DataType) -> Any:
    """The values in another type, or as they are where that type cannot hold them."""
    if values.type.equals(kind, check_metadata=True):
        return values
    try:
        return values.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError):
        return values


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column without string views, which Arrow's filters do not take; everything else as it is."""
    kind = _plain_type(column.type)
    return column if kind == column.type else _recast(column, kind)


def gather(data: Any, rows: npt.NDArray[np.int64]) -> Any:
    """Rows of a table or chunked array by position.

    Ascending positions, the usual case, go chunk by chunk through a mask: no chunks are put together, so that
    no 32-bit offset can overflow. All rows in order are the data itself.
    """
    import numpy as np

    rows = np.asarray(rows, dtype=np.int64)
    if len(rows) == len(data) and np.array_equal(rows, np.arange(len(data))):
        return data
    if len(rows) == 0:
        return data.slice(0, 0)
    if isinstance(data, pa.Table) and any(_plain_type(kind) != kind for kind in data.schema.types):
        return pa.table([gather(column, rows) for column in data.columns], schema=data.schema)
    if isinstance(data, pa.ChunkedArray) and _plain_type(data.type) != data.type:
        return _recast(gather(plain(data), rows), data.type)
    if np.all(rows[1:] > rows[:-1]):
        mask = np.zeros(len(data), dtype=bool)
        mask[rows] = True
        return data.filter(pa.array(mask))
    if isinstance(data, pa.Table):
        taken = [gather(column, rows) for column in data.columns]
        fields = [field.with_type(column.type) for field, column in zip(data.schema, taken, strict=True)]
        return pa.table(taken, schema=pa.schema(fields, metadata=data.schema.metadata))
    wide = {pa.string(): pa.large_string(), pa.binary(): pa.large_binary()}.get(data.type)
    if wide is not None and data.nbytes > OFFSET_LIMIT:
        data = data.cast(wide)
    return pc.take(data, pa.array(rows))


def decoded(array: pa.Array) -> pa.Array:
    """An array without a dictionary; Arrow's own way does not take values that are string views."""
    if not pa.types.is_dictionary(array.type):
        return array
    values = array.dictionary.cast(_plain_type(array.type.value_type))
    return values.take(array.indices)


def _recast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """A cast that knows dictionaries: Arrow's own takes their values, which views do not let it."""
    if not pa.types.is_dictionary(kind):
        return column.cast(kind)
    chunks = [
        pa.DictionaryArray.from_arrays(
            chunk.indices, chunk.dictionary.cast(kind.value_type), ordered=kind.ordered, safe=False
        )
        for chunk in column.chunks
    ]
    return pa.chunked_array(chunks, kind)


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if kind == pa.string_view():
        return pa.large_string()
    if kind == pa.binary_view():
        return pa.large_binary()
    if pa.types.is_dictionary(kind):
        return pa.dictionary(kind.index_type, _plain_type(kind.value_type), kind.ordered)
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_plain_type(field.type)) for field in kind])
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        field = kind.value_field.with_type(_plain_type(kind.value_type))
        return pa.list_(field) if pa.types.is_list(kind) else pa.large_list(field)
    return kind
