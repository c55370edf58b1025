"""The keys under which rows meet, in parts by key, and what is known of every row when they do."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate import _core
from fastcurate.external.sketches import MOST_WORDS, sketch_words
from fastcurate.external.spill import Parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt

    from fastcurate.external.room import Room
    from fastcurate.external.scan import Cutting

KEYS = pa.schema([("key", pa.uint32()), ("row", pa.uint32())])

BYTES_A_KEY = 40
"""What a key takes while its part is looked through: as it was read, and with the rank of its row, to be sorted."""

Taking = tuple["npt.NDArray[np.bool_]", "npt.NDArray[np.uint32]", pa.Table]
"""Which rows of a piece take part, their numbers, and what was kept of them."""


@dataclass
class Keyed:
    """The rows of a step by their keys.

    Attributes:
        taking: Gives what was kept of the rows, piece by piece.
        classes: For every row the first one that is the same.
        cutting: How they were cut.
        entries: How many entries `on` has.
        folder: For the parts.
        room: What may be taken.
        threads: Threads to use.
        progress: Called with stage, done, whole.
    """

    taking: Callable[[], Iterator[Taking]]
    classes: npt.NDArray[np.uint32]
    cutting: Cutting
    entries: int
    folder: Path
    room: Room
    threads: int | None
    progress: Callable[[str, int, int], Any]

    def __post_init__(self) -> None:
        self.rows = len(self.classes)
        keys, words = self._measured()
        self.parts = self._scatter(keys)
        self.known = self._gather(words)

    def forget(self) -> None:
        """Delete the parts."""
        shutil.rmtree(self.folder)

    def _measured(self) -> tuple[int, list[dict[int, int]]]:
        """How many keys there are, and for each entry how many rows have a sketch of so many words."""
        keys, words = 0, [dict[int, int]() for _ in range(self.entries)]
        for _, row, table in self.taking():
            keys += _lists(table, "keys")[1].size if len(row) else 0
            for entry, known in enumerate(words):
                each, count = np.unique(sketch_words(table[f"size {entry}"]), return_counts=True)
                for one, many in zip(each.tolist(), count.tolist(), strict=True):
                    known[one] = known.get(one, 0) + many
        return keys, words

    def _scatter(self, total: int) -> Parts:
        """The keys under which the first rows of the classes are found, in parts by key."""
        room = self.room.left()
        counts = _core.KeyCounts(total, max(1 << 20, room * 3 // 4))
        for part, keys, ends, _, _ in self._keys():
            counts.add(keys, ends, part, threads=self.threads)
        parts = Parts(self.folder, max(1, -(-total * BYTES_A_KEY // room)), KEYS)
        for part, keys, ends, size, row in self._keys():
            found = _core.scatter_keys(
                self.cutting,
                counts,
                keys,
                ends,
                size,
                part,
                first=0,
                parts=len(parts.paths),
                threads=self.threads,
            )
            key, at, by_part = (pa.array(column).to_numpy() for column in found)
            parts.add([key, row[at]], by_part)
            self.room.tidy()
        parts.close()
        return parts

    def _keys(
        self,
    ) -> Iterator[tuple[pa.Array, pa.Array, pa.Array, pa.Array, npt.NDArray[np.uint32]]]:
        """Piece by piece: which rows are the first of their class, keys, where each row's end, sizes, rows."""
        done = 0
        for _, row, table in self.taking():
            if len(row) == 0:
                continue
            offsets, keys = _lists(table, "keys")
            ends = pa.array((offsets[1:] - offsets[0]).astype(np.uint32))
            size = table[f"size {self.cutting[3]}"].combine_chunks()
            yield pa.array(self.classes[row] == row), pa.array(keys), ends, size, row
            done += len(row)
            self.progress("keys", done, self.rows)

    def _gather(self, words: list[dict[int, int]]) -> dict[str, Any]:
        """Sizes, sketches and groups of all rows; the sketches as long as there is room for."""
        rows, most = self.rows, MOST_WORDS

        def all_words(entry: int) -> int:
            return sum(min(each, most) * count for each, count in words[entry].items())

        room = self.room.left()
        while most > 1 and sum(8 * all_words(entry) + 8 * rows for entry in range(self.entries)) > room // 2:
            most //= 2
        sizes = [np.zeros(rows, dtype=np.uint32) for _ in range(self.entries)]
        starts = [np.zeros(rows, dtype=np.uint32) for _ in range(self.entries)]
        folds = [np.zeros(all_words(entry), dtype=np.uint64) for entry in range(self.entries)]
        begins = [0] * self.entries
        groups = None
        for _, row, table in self.taking():
            for entry in range(self.entries if len(row) else 0):
                size = table[f"size {entry}"]
                sizes[entry][row] = size.to_numpy()
                ends = np.cumsum(np.minimum(sketch_words(size), most))
                begin = begins[entry]
                starts[entry][row] = np.append(0, ends[:-1]) + begin
                fold = pa.array(_lists(table, f"fold {entry}")[1])
                begins[entry] += int(ends[-1])
                folds[entry][begin : begins[entry]] = pa.array(
                    _core.narrow_sketches(fold, size, most=most)
                ).to_numpy()
            if "group" in table.column_names:
                groups = np.zeros(rows, dtype=np.uint32) if groups is None else groups
                groups[row] = table["group"].to_numpy()
            self.room.tidy()
        return {
            "sizes": [pa.array(size) for size in sizes],
            "folds": [pa.array(fold) for fold in folds],
            "starts": [pa.array(start) for start in starts],
            "most_words": most,
            "groups": None if groups is None else pa.array(groups),
        }


def _lists(table: pa.Table, name: str) -> tuple[npt.NDArray[np.int32], npt.NDArray[Any]]:
    """The offsets of a column of lists, and the values between the first and the last of them."""
    lists = table[name].combine_chunks()
    offsets = lists.offsets.to_numpy()
    return offsets, lists.values.to_numpy()[offsets[0] : offsets[-1]]
