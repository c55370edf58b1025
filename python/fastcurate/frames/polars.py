"""Polars frames, eager and lazy. Text leaves Polars as string views over its own buffers."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from fastcurate import _core
from fastcurate.frames.arrow import array_of
from fastcurate.frames.base import Frame
from fastcurate.on import is_chat

if TYPE_CHECKING:
    import numpy.typing as npt

CHANGED = (
    "the LazyFrame did not give the same rows in the same order each time it ran, as after unique() or group_by() "
    "without maintain_order, or when a file has changed; collect() it and pass the DataFrame"
)


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

    The plan runs once for each column asked for, and again when the caller collects the result. Not every plan gives
    the same rows in the same order each time (`unique` does not, nor does a file that is written anew), so that
    the texts that were looked at are held to those of every later run.
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
            # All of one run, and the same as before: columns of two runs might not fit together.
            known = list(self.collected)
            found = self.frame.select(*known, name).collect()
            if self.height not in (None, found.height) or any(
                not chunks_of(found[one]).equals(self.collected[one]) for one in known
            ):
                raise ValueError(CHANGED)
            self.height = found.height
            self.collected[name] = chunks_of(found[name])
        return self.collected[name]

    def _take_with(self, rows: npt.NDArray[np.int64], extra: dict[str, Any]) -> pl.LazyFrame:
        # A join on the row number stays lazy and brings our columns along. Polars keeps the order of the left
        # side only on request, and old versions cannot be asked: these sort, as does any other order of rows.
        number, place, digest = (
            _unused(name, self.schema, extra) for name in ("__row", "__place", "__digest")
        )
        texts, digests = self._judged()
        wanted = pl.DataFrame(
            [
                pl.Series(number, rows, dtype=pl.Int64).cast(pl.get_index_type()),
                pl.Series(place, range(len(rows)), dtype=pl.Int64),
                pl.Series(digest, digests)[rows],
                *(series_of(values, name) for name, values in extra.items()),
            ]
        )
        can_keep_order = "maintain_order" in inspect.signature(pl.LazyFrame.join).parameters
        order: dict[str, Any] = {"maintain_order": "left"} if can_keep_order else {}
        joined = self.frame.with_row_index(number).join(wanted.lazy(), on=number, how="inner", **order)
        if not (can_keep_order and wanted[number].is_sorted()):
            joined = joined.sort(place)
        return _held(joined, texts, digest).select(*self.schema, *extra)

    def _renamed(self, made: pl.LazyFrame, gone: set[str], names: dict[str, str]) -> pl.LazyFrame:
        return made.drop(list(gone)).rename(names)

    def _replace(self, columns: dict[str, Any]) -> LazyPolarsFrame:
        digest = _unused("__digest", self.schema)
        texts, digests = self._judged()
        held = _held(self.frame.with_columns(pl.Series(digest, digests)), texts, digest)
        frame = LazyPolarsFrame(held.drop(digest).with_columns(_exchanged(columns, self.schema)))
        frame.height = self.height
        return frame

    def _judged(self) -> tuple[list[str], npt.NDArray[np.uint64]]:
        """The columns of text that were looked at, and a number for those of each row."""
        texts = [name for name, chunks in self.collected.items() if _is_text(chunks.type)]
        if not texts:
            return texts, np.zeros(self.num_rows, np.uint64)
        return texts, _digests([self.collected[name] for name in texts])


def _held(frame: pl.LazyFrame, texts: list[str], digest: str) -> pl.LazyFrame:
    """The frame, which fails where its texts are not those that the column `digest` is of."""
    if not texts:
        return frame
    same = pl.struct(*texts, digest).map_batches(_same, return_dtype=pl.Boolean, is_elementwise=True)
    return frame.filter(same)


def _is_text(kind: pa.DataType) -> bool:
    """Whether a column is text or conversations: what verdicts are about."""
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return is_chat(kind) or inner in (pa.string(), pa.large_string(), pa.string_view())


def _digests(columns: list[pa.ChunkedArray]) -> npt.NDArray[np.uint64]:
    """A number for the texts of each row; nulls have theirs."""
    entries = [[(column.chunks, "messages" if is_chat(column.type) else "text")] for column in columns]
    digests: npt.NDArray[np.uint64] = pa.array(_core.text_hashes(entries, system=True)).to_numpy()
    return digests


def _same(rows: pl.Series) -> pl.Series:
    """True for every row: its texts are those that were judged.

    Raises:
        ValueError: They are not.
    """
    *texts, digest = rows.struct.fields
    if len(rows):
        found = _digests([chunks_of(rows.struct.field(name)) for name in texts])
        if not np.array_equal(found, rows.struct.field(digest).to_numpy()):
            raise ValueError(CHANGED)
    return pl.Series([True]).new_from_index(0, len(rows))


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
