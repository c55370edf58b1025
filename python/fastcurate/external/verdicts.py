"""From what the first reading has kept to verdicts about duplicates: grouping, meeting, comparing, leading.

Every step looks at a part of the rows and leaves its outcome in files. Only pairs that met are compared, from their
texts, which are read once more for it, in the order of the files. A row that many others resemble meets all of them;
so no more than `MOST` rows are looked at for a row and key at first, and the rest in later rounds, when it is known who
has been removed.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fastcurate import _core
from fastcurate.external.identities import identities, part_of
from fastcurate.external.keys import Keyed
from fastcurate.external.pairs import Compared
from fastcurate.external.spill import Parts, read_blocks, read_table, write_table
from fastcurate.frames.arrow import ArrowFrame
from fastcurate.keep import order_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt

    from fastcurate.external.room import Room
    from fastcurate.external.scan import Comparison, Cutting

NO_CLASS = 2**32 - 1

MOST = 16
"""Rows that may be kept and are looked at for each row under each of its keys, in the first round."""

PAIRS_A_ROW, BYTES_A_MEETING = 16, 48
"""How many pairs may meet for every row, where nothing is known of it, and what one takes while they are counted."""

SHINGLES_BESIDE = 4
"""What a row has beside its shingles, counted as such: the words that begin none, the place of a text."""

MET = pa.schema([("pair", pa.uint64()), ("times", pa.uint8())])

LINE = pa.schema([("identity", pa.binary(16)), ("row", pa.uint32())])


@dataclass(frozen=True, slots=True)
class SimilarRows:
    """What all verdicts follow from, at any threshold from that of the comparison on.

    Attributes:
        classes: For each row the first one that is the same; `NO_CLASS` for those that take no part.
        a: Of each pair of similar classes the row that comes first in the order of the keep policy.
        b: The other one.
        similarity: How similar they are.
        order: The rows in the order of the keep policy, None where that is their own.
        ranks: The place of every row in it.
    """

    classes: npt.NDArray[np.uint32]
    a: npt.NDArray[np.uint32]
    b: npt.NDArray[np.uint32]
    similarity: npt.NDArray[np.float64]
    order: pa.Array | None
    ranks: pa.Array | None

    def verdicts(
        self, threshold: float, *, mutual: bool
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
        """For every row the one that stands for it, itself where it stays, and the similarity to it."""
        near = self.similarity >= threshold
        a, b, similarity = (pa.array(column[near]) for column in (self.a, self.b, self.similarity))
        stands, similarities, _ = _core.lead_rows(
            pa.array(self.classes), a, b, similarity, order=self.order, ranks=self.ranks, mutual=mutual
        )
        return pa.array(stands).to_numpy(), pa.array(similarities).to_numpy()

    def pairs(self, threshold: float) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], Any]:
        """All pairs as `Deduplicated.pairs` gives them: a row and another, and their similarity, in its order."""
        near = self.similarity >= threshold
        same = np.flatnonzero((self.classes != NO_CLASS) & (self.classes != np.arange(len(self.classes))))
        a = np.concatenate([self.a[near], self.classes[same]])
        b = np.concatenate([self.b[near], same.astype(np.uint32)])
        similarity = np.concatenate([self.similarity[near], np.ones(len(same))])
        rank = np.arange(len(self.classes), dtype=np.uint32) if self.ranks is None else self.ranks.to_numpy()
        order = np.lexsort((rank[b], rank[a]))
        return a[order], b[order], similarity[order]


@dataclass
class Verdicts:
    """The verdicts of one step about the rows that came to it.

    Attributes:
        comparison: The step.
        tables: Gives for every piece its first row and what the first reading kept of it.
        alive: The rows that came to the step.
        room: What may be taken.
        folder: Where the parts are kept.
        threads: Threads to use.
        system: Whether system turns are compared.
        texts: Reads the texts of rows, in order: their numbers and the compared columns, piece by piece.
        on: What is compared, as `on` could be written.
        text_bytes: About how many bytes all texts have.
        progress: Called with stage, done, whole.
    """

    comparison: Comparison
    tables: Callable[[], Iterator[tuple[int, pa.Table]]]
    alive: npt.NDArray[np.bool_]
    room: Room
    folder: Path
    threads: int | None
    system: bool
    texts: Any
    on: list[Any]
    text_bytes: int
    progress: Callable[[str, int, int], Any]

    def __post_init__(self) -> None:
        self.rows = len(self.alive)

    @cached_property
    def order(self) -> tuple[pa.Array | None, pa.Array | None]:
        """The rows in the order of the keep policy, and the place of each in it; None where that is the row."""
        keep = self.comparison.options["keep"]
        if keep in ("first", "none"):
            return None, None
        rows: list[Any] = []
        columns: list[Any] = []
        lengths: list[Any] = []
        for _, at, table in self._taking_part():
            rows.append(at)
            if "policy" in table.column_names:
                columns.append(table.select(["policy"]))
            if "code_points" in table.column_names:
                lengths.append(table["code_points"].to_numpy())
        row = np.concatenate(rows) if rows else np.zeros(0, np.uint32)
        if columns:
            name = keep.partition(":")[2].partition("=" if keep.startswith("prefer:") else "\0")[0]
            table = pa.concat_tables(columns, promote_options="permissive").rename_columns([name])
        else:
            table = pa.table({"row": row})
        order = row[order_of(keep, ArrowFrame(table), lambda: np.concatenate(lengths) if lengths else row)]
        others = np.ones(self.rows, dtype=bool)
        others[order] = False
        order = np.concatenate([order, np.flatnonzero(others).astype(np.uint32)])
        ranks = np.empty(self.rows, dtype=np.uint32)
        ranks[order] = np.arange(self.rows, dtype=np.uint32)
        return pa.array(order), pa.array(ranks)

    @property
    def _cutting(self) -> Cutting:
        if self.comparison.cutting is None:
            raise AssertionError("equal bytes are not cut")
        return self.comparison.cutting

    def similar(self, *, complete: bool) -> SimilarRows:
        """The rows that are similar: all pairs of them if `complete`, otherwise those that the verdicts need."""
        classes = self._classes()
        order, ranks = self.order
        if self.comparison.exact:
            a, b, similarity = np.zeros(0, np.uint32), np.zeros(0, np.uint32), np.zeros(0)
        else:
            a, b, similarity = self._similar(classes, complete=complete)
        return SimilarRows(classes, a, b, similarity, order, ranks)

    def _taking_part(self) -> Iterator[tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint32], pa.Table]]:
        """For every piece which of its rows take part, their numbers, and what was kept of them."""
        for first, table in self.tables():
            row = table["row"].to_numpy() + np.uint32(first)
            part = self.alive[row]
            if "known" in table.column_names:
                part = part & table["known"].to_numpy()
            if self.comparison.exact:
                part = part & table["identity"].is_valid().to_numpy()
            yield part, row[part], table if part.all() else table.filter(pa.array(part))
            self.room.tidy()

    def _classes(self) -> npt.NDArray[np.uint32]:
        """For every row that takes part the first one that is the same."""
        ranks = self.order[1]
        count = max(1, -(-self.rows * 96 // self.room.left()))
        parts = Parts(self.folder / "identities", count, LINE)
        for _, row, table in self._taking_part():
            identity = identities(table["identity"])
            if "group" in table.column_names and self.comparison.exact:
                identity = identity.copy()
                words = identity.view(np.uint64)
                words[:, 1] += table["group"].to_numpy().astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            part = part_of(identity, count)
            by_part = np.argsort(part, kind="stable")
            ends = np.searchsorted(part[by_part], np.arange(count), side="right")
            parts.add([identity[by_part], row[by_part]], ends)
        parts.close()
        classes = np.full(self.rows, NO_CLASS, dtype=np.uint32)
        for number in range(count):
            tables = list(read_blocks(parts.paths[number]))
            if tables:
                table = pa.concat_tables(tables)
                first = _core.first_rows(table["identity"], table["row"], ranks=ranks, threads=self.threads)
                classes[table["row"].to_numpy()] = pa.array(first).to_numpy()
            self.progress("group", number + 1, count)
        shutil.rmtree(self.folder / "identities")
        return classes

    def _similar(self, classes: npt.NDArray[np.uint32], *, complete: bool) -> list[npt.NDArray[Any]]:
        """The pairs of classes that are similar, and how much."""
        cutting = self._cutting
        keyed = Keyed(
            taking=self._taking_part,
            classes=classes,
            cutting=cutting,
            entries=len(self.on),
            folder=self.folder / "keys",
            room=self.room,
            threads=self.threads,
            progress=self.progress,
        )
        compared = Compared(
            texts=self.texts,
            on=self.on,
            cutting=cutting,
            folder=self.folder / "texts",
            bytes_of=partial(self._bytes_of, keyed.known["sizes"]),
            room=self.room,
            system=self.system,
            threads=self.threads,
            progress=self.progress,
        )
        most = 2**62 if complete else MOST
        removed = None
        outcome = self.folder / ("all" if complete else "similar")
        outcome.mkdir(exist_ok=True)
        seen = np.zeros(0, dtype=np.uint64)
        found: list[npt.NDArray[Any]] = [np.zeros(0, np.uint32), np.zeros(0, np.uint32), np.zeros(0)]
        several = None
        for number in range(64):
            path, cut = outcome / f"{number:02}", outcome / f"{number:02}.cut"
            if path.exists() and cut.exists():
                table = read_table(path)
                seen_now, cut_short = table["pair"].to_numpy(), read_table(cut)["row"].to_numpy()
                similarity = table["similarity"].to_numpy()
            else:
                seen_now, cut_short = self._meet(keyed, removed, most, seen)
                if len(cut_short) == 0:
                    keyed.forget()  # no round will look at them again, and texts need the disk
                similarity = compared.similarity(seen_now)
                write_table(cut, pa.table({"row": cut_short}))
                write_table(path, pa.table({"pair": seen_now, "similarity": similarity}))
            near = similarity > 0
            pairs = [
                (seen_now[near] >> np.uint64(32)).astype(np.uint32),
                seen_now[near].astype(np.uint32),
                similarity[near],
            ]
            found = [np.concatenate(both) for both in zip(found, pairs, strict=True)]
            if len(cut_short) == 0:
                break
            seen = np.union1d(seen, seen_now)
            if several is None:
                several = np.zeros(self.rows, dtype=bool)
                others = classes != np.arange(self.rows, dtype=np.uint32)
                several[classes[others & (classes != NO_CLASS)]] = True
            # Whoever is removed for certain removes nobody. But the later rows of a class need all its neighbours.
            a, b = (pa.array(column) for column in found[:2])
            sure = _core.surely_removed(a, b, pa.array(cut_short), rows=self.rows, ranks=self.order[1])
            removed = pa.array(sure).to_numpy(zero_copy_only=False) & ~several
            most *= 8
        return found

    def _bytes_of(self, sizes: list[pa.Array], rows: npt.NDArray[np.uint32]) -> npt.NDArray[np.float64]:
        """About how many bytes the texts of these rows have: as many for a shingle as in all texts together."""
        shingles = sum(float(pc.sum(size).as_py() or 0) for size in sizes)
        each = self.text_bytes / max(1.0, shingles + SHINGLES_BESIDE * self.rows)
        of_rows = sum(size.to_numpy()[rows].astype(np.float64) for size in sizes)
        bytes_of: npt.NDArray[np.float64] = each * (of_rows + SHINGLES_BESIDE)
        return bytes_of

    def _meet(
        self,
        keyed: Keyed,
        removed: npt.NDArray[np.bool_] | None,
        most: int,
        seen: npt.NDArray[np.uint64],
    ) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32]]:
        """The pairs that have not met before, ascending, and the rows that were not held against all they met."""
        room = self.room.left()
        # What met in a part is kept by the ranges of its first rows, as one pair may meet in several parts.
        count = max(1, -(-self.rows * PAIRS_A_ROW * BYTES_A_MEETING // room))
        pairs = Parts(self.folder / "pairs", count, MET)
        cut_short = []
        parts = keyed.parts
        for part in range(len(parts.paths)):
            key, row = parts.read(part)
            if len(key):
                found = _core.meet_rows(
                    pa.array(key),
                    pa.array(row),
                    **keyed.known,
                    ranks=self.order[1],
                    removed=None if removed is None else pa.array(removed),
                    threshold=self._cutting[1],
                    most=most,
                    threads=self.threads,
                )
                met, times, short = (pa.array(column).to_numpy() for column in found)
                width = (self.rows << 32) // count + 1
                ends = np.searchsorted(met, np.arange(1, count + 1, dtype=np.uint64) * np.uint64(width))
                pairs.add([met, times], ends)
                cut_short.append(short)
            self.progress("meet", part + 1, len(parts.paths))
            self.room.tidy()
        pairs.close()
        size = keyed.known["sizes"][self._cutting[3]]
        enough = [np.zeros(0, dtype=np.uint64)]
        for part in range(count):
            met, times = pairs.read(part)
            new = pa.array(_core.met_enough(pa.array(met), pa.array(times), size, self._cutting)).to_numpy()
            enough.append(np.setdiff1d(new, seen, assume_unique=True) if len(seen) else new)
            self.room.tidy()
        shutil.rmtree(self.folder / "pairs")
        left_out = np.unique(np.concatenate(cut_short)) if cut_short else np.zeros(0, np.uint32)
        return np.concatenate(enough), left_out
