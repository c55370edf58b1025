"""A table in memory, in pieces: rows that are there already, which files are held against."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate.external import source as sources
from fastcurate.external.source import Chunk, Piece, Source
from fastcurate.external.spill import checksum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fastcurate.frames import Frame


class TableSource(Source):
    """The rows of a frame; a piece is some of them."""

    def __init__(self, frame: Frame) -> None:
        self.paths, self.stamps, self.format, self.threads = [], [], "parquet", None
        self.frame, self.digests = frame, {}
        self.schema = pa.schema([(name, frame.types[name]) for name in frame.columns])
        size = sum(frame.arrow(name).nbytes for name in frame.columns)
        each = max(1, frame.num_rows * sources.PIECE // max(1, size))
        starts = range(0, frame.num_rows, each)
        part = size // max(1, len(starts))
        self.pieces = [
            Piece(number, 0, start, part, min(each, frame.num_rows - start), start)
            for number, start in enumerate(starts)
        ]

    def identity(self) -> list[dict[str, Any]]:
        """The types and a checksum of all rows."""
        sums = []
        for name in self.frame.columns:
            sink = pa.BufferOutputStream()
            table = pa.table({name: self.frame.arrow(name)}).combine_chunks()
            with pa.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
            sums.append(checksum(sink.getvalue()))
        return [{"rows": self.frame.num_rows, "columns": dict(zip(self.frame.columns, sums, strict=True))}]

    def _readers(self, pieces: list[Piece], columns: Sequence[str] | None) -> Iterator[Callable[[], Chunk]]:
        names = list(self.schema.names if columns is None else columns)

        def read(piece: Piece) -> Chunk:
            rows = {name: self.frame.arrow(name).slice(piece.at, piece.rows) for name in names}
            row = np.arange(piece.first_row, piece.first_row + piece.rows, dtype=np.int64)
            return Chunk(piece, pa.table(rows), pa.array(row))

        return (partial(read, piece) for piece in pieces)
