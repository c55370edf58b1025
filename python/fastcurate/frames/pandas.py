"""pandas frames; the index of every row stays with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from fastcurate.frames.arrow import array_of
from fastcurate.frames.base import Frame
from fastcurate.frames.columns import column

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class PandasFrame(Frame):
    """A pandas DataFrame. A label that is no string is known by its text."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    @property
    def columns(self) -> list[str]:
        return [str(label) for label in self.frame.columns]

    @property
    def num_rows(self) -> int:
        return len(self.frame)

    def take(self, rows: npt.NDArray[np.int64]) -> pd.DataFrame:
        return self.frame.iloc[rows]

    def series(self, values: Any) -> pa.Array:
        return array_of(values)

    def _arrow(self, name: str) -> pa.ChunkedArray:
        arrow, _ = column(self.frame.iloc[:, self.columns.index(name)], name)
        return arrow if isinstance(arrow, pa.ChunkedArray) else pa.chunked_array([arrow])

    def _take_with(self, rows: npt.NDArray[np.int64], extra: dict[str, Any]) -> pd.DataFrame:
        taken = self.take(rows)
        return taken.assign(**{name: _series(values, taken.index) for name, values in extra.items()})

    def _renamed(self, made: pd.DataFrame, gone: set[str], names: dict[str, str]) -> pd.DataFrame:
        stay = [place for place, label in enumerate(made.columns) if str(label) not in gone]
        return made.iloc[:, stay].rename(columns=names)

    def _replace(self, columns: dict[str, Any]) -> PandasFrame:
        frame = self.frame.copy(deep=False)
        for name, values in columns.items():
            position = self.columns.index(name)
            old = frame.iloc[:, position]
            frame[frame.columns[position]] = _series(values, frame.index).astype(old.dtype)
        return PandasFrame(frame)


def _series(values: Any, index: Any) -> pd.Series[Any]:
    array = array_of(values)
    nullable = {pa.int64(): pd.Int64Dtype()} if array.null_count else {}  # else nulls make floats
    series = array.to_pandas(types_mapper=nullable.get)
    return pd.Series(series.array, index=index)
