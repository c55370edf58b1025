"""Polars frames, eager and lazy. Text leaves Polars as string views over its own buffers."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from fastcurate.frames.arrow import array_of
from fastcurate.frames.base import Frame

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class PolarsFrame(Frame):
    """A Polars DataFrame."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self.frame = frame

    @property
    def columns(self) -> list[str]:
        return self.frame.columns

    @property
    def types(self) -> dict[str, pa.DataType]:
        return types_of(self.frame.schema)

    @property
    def num_rows(self) -> int:
        return self.frame.height

    def take(self, rows: npt.NDArray[np.int64]) -> pl.DataFrame:
        return self.frame[rows]

    def series(self, values: Any) -> pl.Series:
        return series_of(values)

    def _arrow(self, name: str) -> pa.ChunkedArray:
        return chunks_of(self.frame[name])

    def _take_with(self, rows: npt.NDArray[np.int64], extra: dict[str, Any]) -> pl.DataFrame:
        return self.take(rows).hstack([series_of(values, name) for name, values in extra.items()])

    def _renamed(self, made: pl.DataFrame, gone: set[str], names: dict[str, str]) -> pl.DataFrame:
        return made.drop(list(gone)).rename(names)

    def _replace(self, columns: dict[str, Any]) -> PolarsFrame:
        return PolarsFrame(self.frame.with_columns(_exchanged(columns, dict(self.frame.schema))))


class LazyPolarsFrame(Frame):
    """A Polars LazyFrame: only the columns that are asked for are collected, rows come back as a plan.

    The plan runs once for each column asked for, and again when the caller collects the result; it must
    give the same rows in the same order each time.
    """

    def __init__(self, frame: pl.LazyFrame) -> None:
        self.frame = frame
        self.schema = dict(frame.collect_schema())
        self.height: int | None = None
        self.collected: dict[str, pa.ChunkedArray] = {}

    @property
    def columns(self) -> list[str]:
        return list(self.schema)

    @property
    def types(self) -> dict[str, pa.DataType]:
        return types_of(self.schema)

    @property
    def num_rows(self) -> int:
        if self.height is None:
            self.height = int(self.frame.select(pl.len()).collect().item())
        return self.height

    def take(self, rows: npt.NDArray[np.int64]) -> pl.LazyFrame:
        return self._take_with(rows, {})

    def series(self, values: Any) -> pl.Series:
        return series_of(values)

    def _arrow(self, name: str) -> pa.ChunkedArray:
        if name not in self.collected:
            chunks = chunks_of(self.frame.select(name).collect()[name])
            if self.height not in (None, len(chunks)):
                raise ValueError(
                    f"the LazyFrame gave {self.height} rows first and {len(chunks)} the next time; "
                    "collect it and pass the DataFrame"
                )
            self.height = len(chunks)
            self.collected[name] = chunks
        return self.collected[name]

    def _take_with(self, rows: npt.NDArray[np.int64], extra: dict[str, Any]) -> pl.LazyFrame:
        # A join on the row number stays lazy and brings our columns along. Polars keeps the order of the left
        # side only on request, and old versions cannot be asked: these sort, as does any other order of rows.
        number, place = _unused("__row", self.schema, extra), _unused("__place", self.schema, extra)
        wanted = pl.DataFrame(
            [
                pl.Series(number, rows, dtype=pl.Int64).cast(pl.get_index_type()),
                pl.Series(place, range(len(rows)), dtype=pl.Int64),
                *(series_of(values, name) for name, values in extra.items()),
            ]
        )
        can_keep_order = "maintain_order" in inspect.signature(pl.LazyFrame.join).parameters
        order: dict[str, Any] = {"maintain_order": "left"} if can_keep_order else {}
        joined = self.frame.with_row_index(number).join(wanted.lazy(), on=number, how="inner", **order)
        if not (can_keep_order and wanted[number].is_sorted()):
            joined = joined.sort(place)
        return joined.select(*self.schema, *extra)

    def _renamed(self, made: pl.LazyFrame, gone: set[str], names: dict[str, str]) -> pl.LazyFrame:
        return made.drop(list(gone)).rename(names)

    def _replace(self, columns: dict[str, Any]) -> LazyPolarsFrame:
        frame = LazyPolarsFrame(self.frame.with_columns(_exchanged(columns, self.schema)))
        frame.height = self.height
        return frame


def types_of(schema: Any) -> dict[str, pa.DataType]:
    """The Arrow types of a Polars schema, without any rows."""
    arrow = pl.DataFrame(schema=schema).to_arrow().schema
    return dict(zip(arrow.names, arrow.types, strict=True))


def chunks_of(series: pl.Series) -> pa.ChunkedArray:
    """A Series as a pyarrow chunked array over the same buffers."""
    arrow = arrow_of(series)
    return pa.chunked_array([arrow] if isinstance(arrow, pa.Array) else arrow)


def arrow_of(series: pl.Series) -> Any:
    """A Series as an Arrow object: itself, or a copy where Polars is too old to share (before 1.3)."""
    if series.dtype == pl.Null:
        series = series.cast(pl.String)  # Polars gives its Null type a buffer, which Arrow readers refuse
    # Polars 1.20 exports categories as their numbers under the type of a dictionary.
    whole = hasattr(series, "__arrow_c_stream__") and series.dtype not in (pl.Categorical, pl.Enum)
    return series if whole else series.to_arrow()


def series_of(values: Any, name: str = "") -> pl.Series:
    """An Arrow array of ours as a Series; Polars has no binary of fixed width, so that becomes Binary."""
    array = array_of(values)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage  # not every Polars has extension types
    if pa.types.is_fixed_size_binary(array.type):
        array = array.cast(pa.large_binary())
    # As a table: Polars 1.0 reads lists of structs wrongly, beyond their end, where they come as an array.
    frame = pl.from_arrow(pa.table({name: array}))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - for the type checker: a table is never a Series
    return frame.to_series()


def _exchanged(columns: dict[str, Any], schema: dict[str, Any]) -> list[pl.Series]:
    return [series_of(values, name).cast(schema[name], strict=False) for name, values in columns.items()]


def _unused(name: str, *taken: Any) -> str:
    while any(name in names for names in taken):
        name += "_"
    return name
