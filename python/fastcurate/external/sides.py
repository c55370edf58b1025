"""The rows of a comparison: those of `against`, if there are any, and those of the input, numbered through both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from fastcurate.external.scan import Comparison, Cutting, Scan
from fastcurate.external.spill import read_table
from fastcurate.external.texts import changed_texts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy.typing as npt

    from fastcurate.external.progress import Stages
    from fastcurate.external.source import Piece, Source


def run_scan(scan: Scan, source: Source, stages: Stages) -> None:
    """Scan every piece that was not scanned before."""
    scan.folder.mkdir(parents=True, exist_ok=True)
    left: list[Piece] = []
    for piece in source.pieces:
        about = None if left else scan.remember(piece.number)
        if about is None:
            left.append(piece)
        elif about["digests"]:
            source.digests[piece.number] = about["digests"]
    done = sum(piece.rows for piece in source.pieces) - sum(piece.rows for piece in left)
    for chunk in source.chunks(scan.columns, left):
        scan.chunk(chunk)
        done += chunk.piece.rows
        stages("scan", done, source.rows)


def first_rows_of(scan: Scan, source: Source) -> npt.NDArray[np.int64]:
    """For each piece the number of its first row among those that are no broken lines, and behind them their count."""
    counts = [len(read_table(scan.rows_path(piece.number))) for piece in source.pieces]
    return np.append(0, np.cumsum(counts)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Side:
    """The rows of one source.

    Attributes:
        scan: What the first reading has kept of them.
        source: Where they are.
        comparison: The comparison as the scan knows it.
        first_rows: For each piece the number of its first row, and behind them that of the row after the last.
    """

    scan: Scan
    source: Source
    comparison: Comparison
    first_rows: npt.NDArray[np.int64]

    def tables(self, what: str = "cut") -> Iterator[tuple[int, pa.Table]]:
        """For every piece the number of its first row and what was kept of it."""
        for piece in self.source.pieces:
            path = self.scan.path(piece.number, self.comparison, what)
            yield int(self.first_rows[piece.number]), read_table(path)

    def texts(self, rows: npt.NDArray[np.uint32]) -> Iterator[tuple[npt.NDArray[np.uint32], pa.Table]]:
        """Of these rows, ascending, those of this side: numbers and compared columns as they are compared."""
        scan, first_rows = self.scan, self.first_rows
        edges = np.searchsorted(rows, first_rows)
        wanted = [piece for piece in self.source.pieces if edges[piece.number + 1] > edges[piece.number]]
        names = list(dict.fromkeys(name for entry in scan.entries for name in entry.columns))
        for chunk in self.source.chunks(names, wanted):
            number = chunk.piece.number
            row = rows[edges[number] : edges[number + 1]]
            table = chunk.table.take(pa.array(row.astype(np.int64) - first_rows[number]))
            steps = scan.steps[: self.comparison.number]
            yield row, changed_texts(steps, scan.entries, table, scan.tools).select(names)

    def cut_again(self, cutting: Cutting, folder: Path, stages: Stages) -> Side:
        """The same rows, scanned anew with another way of cutting."""
        comparison = replace(self.comparison, cutting=cutting)
        scan = replace(self.scan, comparisons=[comparison], folder=folder, highest={}, groups={})
        run_scan(scan, self.source, stages)
        return replace(self, scan=scan, comparison=comparison)
