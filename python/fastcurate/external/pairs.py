"""The exact similarity of the pairs that met: their texts are read once more, in the order of the files.

The texts of a block of pairs, those of a range of first rows, are at hand together; a hash join on disk.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate import _core
from fastcurate.dedup.compared import compare
from fastcurate.external.spill import read_blocks, write_block
from fastcurate.frames.arrow import ArrowFrame

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    from fastcurate.external.room import Room
    from fastcurate.external.scan import Cutting

COPIES = 3
"""How often the texts of a block are held: as they were read, chosen from, and as they are cut."""

BYTES_A_PAIR = 64
"""What a pair takes beside the texts."""


@dataclass
class Compared:
    """What compares pairs.

    Attributes:
        texts: Reads the texts of rows, in order: their numbers and the compared columns, piece by piece.
        on: What is compared, as `on` could be written.
        cutting: How texts are cut.
        folder: For the texts, gone afterwards.
        bytes_of: About how many bytes the texts of these rows have, each.
        room: What may be taken.
        system: Whether system turns are compared.
        threads: Threads to use.
        progress: Called with stage, done, whole.
    """

    texts: Any
    on: list[Any]
    cutting: Cutting
    folder: Path
    bytes_of: Callable[[npt.NDArray[np.uint32]], npt.NDArray[np.float64]]
    room: Room
    system: bool
    threads: int | None
    progress: Callable[[str, int, int], Any]

    def similarity(self, pairs: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
        """The similarity of every pair, 0 where it is below the threshold."""
        similarity = np.zeros(len(pairs))
        if len(pairs) == 0:
            return similarity
        a, b = (pairs >> np.uint64(32)).astype(np.uint32), pairs.astype(np.uint32)
        edges = self._edges(a)
        folder = self.folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        needed = [np.unique(np.concatenate([a[start:end], b[start:end]])) for start, end in pairwise(edges)]
        self._write_texts(needed, folder)
        for block, (start, end) in enumerate(pairwise(edges)):
            if end > start:
                path = folder / f"{block:05}"
                similarity[start:end] = self._of_block(path, a[start:end], b[start:end])
                path.unlink()
                self.room.tidy()
            self.progress("compare", int(end), len(pairs))
        shutil.rmtree(folder)
        return similarity

    def _edges(self, a: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
        """Where each block of pairs begins, and their number. What a block holds are the texts of its `a`."""
        # Ascending pairs are ascending rows of a: a block has some of them that follow each other.
        first = np.flatnonzero(np.append(True, a[1:] != a[:-1]))
        held = np.cumsum(self.bytes_of(a[first]) * COPIES + np.diff(np.append(first, len(a))) * BYTES_A_PAIR)
        block = (held // self.room.left()).astype(np.int64)
        begins = np.append(True, block[1:] != block[:-1])
        return np.append(first[begins], len(a))

    def _write_texts(self, needed: list[npt.NDArray[np.uint32]], folder: Path) -> None:
        """The texts of the rows that each block needs, in one reading of the files."""
        every = np.unique(np.concatenate(needed))
        done = 0
        for row, texts in self.texts(every):
            for block, rows in enumerate(needed):
                first, last = np.searchsorted(rows, [row[0], row[-1] + 1]) if len(row) else (0, 0)
                if last > first:
                    at = np.searchsorted(row, rows[first:last])
                    table = texts if len(at) == len(row) else texts.take(pa.array(at))
                    table = table.append_column("fc row", pa.array(rows[first:last]))
                    with (folder / f"{block:05}").open("ab") as file:
                        write_block(file, table.combine_chunks(), compression="lz4")
            done += len(row)
            self.progress("texts", done, len(every))

    def _of_block(
        self, path: Path, a: npt.NDArray[np.uint32], b: npt.NDArray[np.uint32]
    ) -> npt.NDArray[np.float64]:
        """One reading for the rows of `a`, which stay at hand, and one for those of `b`, which pass by."""
        of_a = np.unique(a)
        kept, rows = [], []
        for table in read_blocks(path):
            row = table["fc row"].to_numpy()
            mask = np.isin(row, of_a, assume_unique=True)
            kept.append(table.filter(pa.array(mask)))
            rows.append(row[mask])
        # The rows of `against` may be large strings where the others are plain ones.
        texts_a, rows_a = pa.concat_tables(kept, promote_options="permissive"), np.concatenate(rows)
        by_b = np.argsort(b, kind="stable")
        sorted_b = b[by_b]
        similarity = np.zeros(len(a))
        columns_a = self._columns(texts_a)
        for table in read_blocks(path):
            row = table["fc row"].to_numpy()
            first, last = np.searchsorted(sorted_b, [row[0], row[-1] + 1]) if len(row) else (0, 0)
            if last > first:
                at = by_b[first:last]
                found = _core.compare_rows(
                    columns_a,
                    self._columns(table),
                    pa.array(np.searchsorted(rows_a, a[at]).astype(np.uint32)),
                    pa.array(np.searchsorted(row, b[at]).astype(np.uint32)),
                    self.cutting,
                    system=self.system,
                    threads=self.threads,
                )
                similarity[at] = pa.array(found).to_numpy()
        return similarity

    def _columns(self, table: pa.Table) -> Any:
        return compare(ArrowFrame(table.drop_columns(["fc row"])), None, self.on).columns
