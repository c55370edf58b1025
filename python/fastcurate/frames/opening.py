"""Which frame an object is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from fastcurate.frames.base import Frame, kind_of, origin

ACCEPTED = (
    "a Polars DataFrame or LazyFrame, a pyarrow Table or RecordBatchReader, a Hugging Face Dataset or "
    "DatasetDict, a pandas DataFrame, a dict of columns, or paths, globs and URLs of JSONL (plain, .gz, .zst), "
    "Parquet, CSV or Arrow files"
)
FRAMES = {
    ("polars", "DataFrame"): ("polars", "PolarsFrame"),
    ("polars", "LazyFrame"): ("polars", "LazyPolarsFrame"),
    ("pandas", "DataFrame"): ("pandas", "PandasFrame"),
    ("datasets", "Dataset"): ("datasets", "DatasetFrame"),
    ("pyarrow", "Table"): ("arrow", "ArrowFrame"),
}
COLUMNS = {("pyarrow", "ChunkedArray"), ("polars", "Series"), ("pandas", "Series")}


def open_frame(data: Any, *, on_error: str = "raise", threads: int | None = None) -> Frame | dict[str, Frame]:
    """Open any table.

    Args:
        data: A Polars DataFrame or LazyFrame, a pyarrow Table or RecordBatchReader, a Hugging Face Dataset or
            DatasetDict, a pandas DataFrame, a dict of columns, any other object with `__arrow_c_stream__`, or
            files: a path, a glob, a folder, or a list of these.
        on_error: What to do with a broken line of a JSONL file: `"raise"`, or `"skip"` to collect it in the
            frame's `broken`.
        threads: Number of threads that read files, all cores for None.

    Returns:
        The frame; for a DatasetDict a dict of frames by split.

    Raises:
        TypeError: `data` is none of these.
        ValueError: `on_error` is none of the two, or a file cannot be read.
        FileNotFoundError: A path does not exist, or a glob matches nothing.

    Examples:
        >>> frame = open_frame({"text": ["a", "b", "a"]})
        >>> frame.columns, frame.num_rows
        (['text'], 3)
        >>> import numpy as np
        >>> frame.take(np.array([0, 2])).to_pydict()
        {'text': ['a', 'a']}
    """
    if on_error not in ("raise", "skip"):
        raise ValueError(f"on_error must be 'raise' or 'skip', got {on_error!r}")
    if _is_path(data) or (isinstance(data, (list, tuple)) and data and all(map(_is_path, data))):
        from fastcurate.files import open_files

        return open_files(data, on_error=on_error, threads=threads)
    kinds = origin(data)
    if ("datasets", "DatasetDict") in kinds:
        return {str(split): _open(dataset, origin(dataset)) for split, dataset in data.items()}
    return _open(data, kinds)


def _open(data: Any, kinds: set[tuple[str, str]]) -> Frame:
    for kind in kinds & FRAMES.keys():
        module, name = FRAMES[kind]
        frame: Frame = getattr(import_module(f"fastcurate.frames.{module}"), name)(data)
        return frame
    if kinds & {("datasets", "IterableDataset"), ("datasets", "IterableDatasetDict")}:
        raise TypeError(
            f"data must be at hand, got {kind_of(data)}, which streams: load it without streaming"
        )
    import pyarrow as pa

    from fastcurate.frames.arrow import ArrowFrame, checked

    if isinstance(data, Mapping):
        return ArrowFrame(_table_of_columns(data))
    if isinstance(data, pa.RecordBatch):
        return ArrowFrame(pa.table(data))
    if ("pyarrow", "RecordBatchReader") in kinds:
        return ArrowFrame(data.read_all())
    if hasattr(data, "__arrow_c_stream__") and not kinds & COLUMNS:
        rows = checked(data)
        if pa.types.is_struct(rows.type):
            batches = [pa.RecordBatch.from_struct_array(chunk) for chunk in rows.chunks]
            return ArrowFrame(pa.Table.from_batches(batches))
    raise TypeError(f"data must be {ACCEPTED}; got {kind_of(data)}")


def _table_of_columns(data: Mapping[Any, Any]) -> Any:
    import pyarrow as pa

    from fastcurate.frames.arrow import checked
    from fastcurate.frames.columns import column

    columns = {}
    for name, values in data.items():
        arrow, _ = column(values, str(name))
        known = isinstance(arrow, (pa.Array, pa.ChunkedArray))
        columns[str(name)] = arrow if known else checked(arrow)
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns of data must have one length, got {lengths}")
    return pa.table(columns)


def _is_path(data: Any) -> bool:
    return isinstance(data, (str, os.PathLike))


def table_like(data: Any, table: Any) -> Any:
    """A pyarrow table as the kind of table that `data` is: Polars for Polars, a Dataset for a Dataset.

    Args:
        data: What the caller gave.
        table: The answer.

    Returns:
        A Polars DataFrame, a Hugging Face Dataset, or the table itself for everything else.
    """
    kinds = origin(data)
    if kinds & {("polars", "DataFrame"), ("polars", "LazyFrame")}:
        import polars as pl

        return pl.from_arrow(table)
    if ("datasets", "Dataset") in kinds:
        import datasets

        return datasets.Dataset(table)
    return table
