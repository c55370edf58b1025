"""Which frame an object is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from fastcurate.frames.base import Frame, kind_of, origin

ACCEPTED = (
    "a Polars DataFrame or LazyFrame, a pyarrow Table or RecordBatchReader, a Hugging Face Dataset or DatasetDict, a "
    "pandas DataFrame, a dict of columns, or paths and globs of JSONL (plain, .gz, .zst), Parquet, CSV or Arrow files"
)


def open_frame(data: Any, *, on_error: str = "raise") -> Frame | dict[str, Frame]:
    """Open any table.

    Args:
        data: A Polars DataFrame or LazyFrame, a pyarrow Table or RecordBatchReader, a Hugging Face Dataset or
            DatasetDict, a pandas DataFrame, a dict of columns, any other object with `__arrow_c_stream__`, or files:
            a path, a glob, a folder, or a list of these.
        on_error: What to do with a broken line of a JSONL file: `"raise"`, or `"skip"` to collect it in the
            frame's `broken`.

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
    if isinstance(data, (str, os.PathLike)) or (
        isinstance(data, (list, tuple)) and data and _are_paths(data)
    ):
        from fastcurate.files import open_files

        return open_files(data, on_error=on_error)
    kinds = origin(data)
    if ("datasets", "DatasetDict") in kinds:
        return {str(split): _open(dataset, origin(dataset)) for split, dataset in data.items()}
    return _open(data, kinds)


def _open(data: Any, kinds: set[tuple[str, str]]) -> Frame:
    if ("polars", "DataFrame") in kinds:
        from fastcurate.frames.polars import PolarsFrame

        return PolarsFrame(data)
    if ("polars", "LazyFrame") in kinds:
        from fastcurate.frames.polars import LazyPolarsFrame

        return LazyPolarsFrame(data)
    if ("pandas", "DataFrame") in kinds:
        from fastcurate.frames.pandas import PandasFrame

        return PandasFrame(data)
    if ("datasets", "Dataset") in kinds:
        from fastcurate.frames.datasets import DatasetFrame

        return DatasetFrame(data)
    if kinds & {("datasets", "IterableDataset"), ("datasets", "IterableDatasetDict")}:
        raise TypeError(
            f"data must have all its rows, got {kind_of(data)}, which streams: load it without streaming=True"
        )
    return _open_arrow(data, kinds)


def _open_arrow(data: Any, kinds: set[tuple[str, str]]) -> Frame:
    import pyarrow as pa

    from fastcurate.frames.arrow import ArrowFrame

    if isinstance(data, pa.Table):
        return ArrowFrame(data)
    if isinstance(data, Mapping):
        return ArrowFrame(_table_of_columns(data))
    if hasattr(data, "__arrow_c_stream__") and not kinds & {
        ("pyarrow", "ChunkedArray"),
        ("polars", "Series"),
        ("pandas", "Series"),
    }:
        return ArrowFrame(pa.RecordBatchReader.from_stream(data).read_all())
    if isinstance(data, pa.RecordBatch):
        return ArrowFrame(pa.table(data))
    raise TypeError(f"data must be {ACCEPTED}; got {kind_of(data)}")


def _table_of_columns(data: Mapping[Any, Any]) -> Any:
    import pyarrow as pa

    from fastcurate.frames.columns import column

    columns = {}
    for name, values in data.items():
        arrow, _ = column(values, str(name))
        columns[str(name)] = (
            arrow if isinstance(arrow, (pa.Array, pa.ChunkedArray)) else pa.chunked_array(arrow)
        )
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns of data must have one length, got {lengths}")
    return pa.table(columns)


def _are_paths(data: Any) -> bool:
    return all(isinstance(entry, (str, os.PathLike)) for entry in data)
