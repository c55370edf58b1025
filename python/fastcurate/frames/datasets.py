"""Hugging Face datasets: rows through `select`, so that row order, features and memory maps stay.

Columns are read from the dataset's own table, memory-mapped or not, and through its indices where a selection or a
shuffle has put some over it. Fingerprints of what comes back depend on data and arguments only, so that whatever is
mapped over it later is found in the cache by the next run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datasets.fingerprint import Hasher

from fastcurate.frames.arrow import array_of, exchanged, gather
from fastcurate.frames.base import Frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt


class DatasetFrame(Frame):
    """A Hugging Face Dataset."""

    def __init__(self, dataset: datasets.Dataset) -> None:
        self.dataset = dataset

    @property
    def columns(self) -> list[str]:
        return list(self.dataset.column_names)

    @property
    def types(self) -> dict[str, pa.DataType]:
        schema = self.dataset.features.arrow_schema
        return dict(zip(schema.names, schema.types, strict=True))

    @property
    def num_rows(self) -> int:
        return int(self.dataset.num_rows)

    def take(self, rows: npt.NDArray[np.int64]) -> datasets.Dataset:
        """What `select` gives, without its walk over the rows in Python."""
        first, last = (int(rows[0]), int(rows[-1])) if len(rows) else (0, -1)
        # Looked at row by row only where the ends allow it: mostly they do not, and this is a million rows.
        if last - first == len(rows) - 1 and np.array_equal(rows, np.arange(first, last + 1)):
            return self.dataset.select(range(first, last + 1))  # one slice, no indices
        rows = np.ascontiguousarray(rows, dtype=np.int64)
        at = pa.array(rows.view(np.uint64))
        if self.dataset._indices is not None:  # noqa: SLF001 - as in `table_of`
            at = pc.take(self.dataset._indices.column(0), at)  # noqa: SLF001
        fingerprint = Hasher.hash([self.dataset._fingerprint, "take", Hasher.hash_bytes([rows])])  # noqa: SLF001
        indices = datasets.table.InMemoryTable.from_pydict({"indices": at})
        taken = datasets.Dataset(
            self.dataset.data,
            info=self.dataset.info.copy(),
            split=self.dataset.split,
            indices_table=indices,
            fingerprint=fingerprint,
        )
        form = self.dataset.format
        return taken.with_format(
            form["type"],
            columns=form["columns"],
            output_all_columns=form["output_all_columns"],
            **form["format_kwargs"],
        )

    def series(self, values: Any) -> pa.Array:
        return array_of(values)

    def _arrow(self, name: str) -> pa.ChunkedArray:
        return table_of(self.dataset, [name]).column(name)

    def _take_with(self, rows: npt.NDArray[np.int64], extra: dict[str, Any]) -> datasets.Dataset:
        table = gather(table_of(self.dataset), rows)
        for name, values in extra.items():
            table = table.append_column(name, array_of(values))
        return self._rebuilt(table, "take_with", rows.tobytes(), extra)

    def _replace(self, columns: dict[str, Any]) -> DatasetFrame:
        return DatasetFrame(
            self._rebuilt(exchanged(table_of(self.dataset), columns), "replace", b"", columns)
        )

    def _renamed(self, made: datasets.Dataset, gone: set[str], names: dict[str, str]) -> datasets.Dataset:
        renames = {old: new for old, new in names.items() if old != new}
        return made.remove_columns(sorted(gone)).rename_columns(renames)

    def _rebuilt(
        self, table: pa.Table, how: str, rows: bytes, columns: Mapping[str, Any]
    ) -> datasets.Dataset:
        """A dataset over this table with the features, split and format of the one that came."""
        old = self.dataset.features
        fields = {field.name: field for field in table.schema}
        ours = datasets.Features.from_arrow_schema(
            pa.schema([field for name, field in fields.items() if name not in old])
        )
        info = self.dataset.info.copy()
        info.features = datasets.Features({name: old[name] if name in old else ours[name] for name in fields})
        table = table.replace_schema_metadata(None).cast(info.features.arrow_schema)
        changed = {name: _digest(table.column(name)) for name in columns}
        # Without one, the dataset would pickle its whole table to make it.
        fingerprint = Hasher.hash([self.dataset._fingerprint, how, Hasher.hash_bytes(rows), changed])  # noqa: SLF001
        rebuilt = datasets.Dataset(table, info=info, split=self.dataset.split, fingerprint=fingerprint)
        form = self.dataset.format
        return rebuilt.with_format(form["type"], **form["format_kwargs"]) if form["type"] else rebuilt


def table_of(dataset: datasets.Dataset, columns: list[str] | None = None) -> pa.Table:
    """The dataset's table; shared, except where a selection or shuffle has put indices over it."""
    table = dataset.data.table
    if columns is not None:
        table = table.select(columns)
    indices = getattr(dataset, "_indices", None)
    return table if indices is None else gather(table, indices.column(0).to_numpy())


def arrow_of(column: Any) -> pa.ChunkedArray:
    """A dataset's column, which may be a field inside a column of structs."""
    if isinstance(column.source, datasets.Dataset):
        return table_of(column.source, [column.column_name]).column(column.column_name)
    return pc.struct_field(arrow_of(column.source), column.column_name)


def _digest(column: pa.ChunkedArray) -> str:
    """A hash of a column's values, read from its buffers: the same values in one chunk give the same."""
    array = column.combine_chunks()
    array = array if isinstance(array, pa.Array) else pa.concat_arrays(array.chunks)
    buffers = [memoryview(buffer) if buffer else b"" for buffer in array.buffers()]
    return str(Hasher.hash_bytes([f"{array.type} {array.offset} {len(array)}".encode(), *buffers]))
