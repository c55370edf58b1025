"""Files that are read piece by piece, as a frame: columns come when they are asked for, rows are never gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from fastcurate.frames.base import Frame

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fastcurate.external.source import Source

NEVER = "rows of a job done piece by piece are written, not gathered; please report this"


class Files(Frame):
    """The rows of a source, whose columns are read when asked for; no rows are gathered (see `output.py`)."""

    def __init__(self, source: Source, rows: int) -> None:
        self.source, self._rows = source, rows
        self.paths, self.format = source.paths, source.format

    @property
    def columns(self) -> list[str]:
        return list(self.source.schema.names)

    @property
    def num_rows(self) -> int:
        return self._rows

    @property
    def types(self) -> dict[str, pa.DataType]:
        return dict(zip(self.source.schema.names, self.source.schema.types, strict=True))

    def _arrow(self, name: str) -> pa.ChunkedArray:
        chunks = [chunk.table.column(name).chunks for chunk in self.source.chunks([name])]
        return pa.chunked_array([part for each in chunks for part in each], self.types[name])

    def take(self, rows: npt.NDArray[np.int64]) -> Any:
        raise NotImplementedError(NEVER)

    def series(self, values: Any) -> Any:
        return values

    def _take_with(self, rows: npt.NDArray[np.int64], extra: dict[str, Any]) -> Any:
        raise NotImplementedError(NEVER)

    def _replace(self, columns: dict[str, Any]) -> Frame:
        raise NotImplementedError(NEVER)

    def _renamed(self, made: Any, gone: set[str], names: dict[str, str]) -> Any:
        raise NotImplementedError(NEVER)
