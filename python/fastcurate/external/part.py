"""The outcome of a job over files larger than memory: rows come from the files again when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate.curate.job import REASONS
from fastcurate.curate.part import Part
from fastcurate.dedup.compared import AGAINST, NEW
from fastcurate.dedup.groups import SHOWN, Groups, grouped, shortened
from fastcurate.examples import Example, Examples, joined, spread
from fastcurate.external.job import Decided
from fastcurate.external.texts import changed_texts
from fastcurate.frames.arrow import ArrowFrame, plain
from fastcurate.frames.base import free_names
from fastcurate.frames.broken import with_broken_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from fastcurate.external.source import Source
    from fastcurate.external.work import Work

PLANNED_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Portion:
    """What becomes of the rows of one piece.

    Attributes:
        rows: How many rows of the input it had, lines that cannot be parsed included.
        kept: Those that stay.
        removed: Those that went, with their evidence.
    """

    rows: int
    kept: pa.Table
    removed: pa.Table


@dataclass(frozen=True, slots=True)
class StreamedPart(Part):
    """One input's outcome.

    Attributes:
        decided: What becomes of every row.
        work: The folder that the job goes on in when it was stopped, if there is one.
    """

    decided: Decided
    work: Work | None

    @classmethod
    def of(cls, decided: Decided, work: Work | None) -> StreamedPart:
        """The outcome of what was decided."""
        return cls(decided.job.frame, decided.job, decided.recipe, decided, work)

    def positions(self) -> npt.NDArray[np.int64]:
        return self._places(np.arange(self.source.num_rows, dtype=np.int64))

    def _places(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return self.decided.positions(rows)

    def portions(self) -> Iterator[Portion]:
        """The rows of every piece, in order; the files are read once more."""
        columns = None
        for chunk in self.decided.source.chunks():
            number = chunk.piece.number
            first, last = self.decided.first_rows[number : number + 2]
            gone = self.job.reason[first:last] != 0
            file = str(self.decided.source.paths[chunk.piece.file])
            kept = changed_texts(
                self.recipe.steps, self.job.entries, chunk.table.filter(pa.array(~gone)), self.job.tools
            )
            if self.job.length_column is not None and self.job.lengths is not None:
                lengths = pa.array(self.job.lengths[first:last][~gone].astype(np.int32))
                for name, values in free_names(kept.column_names, {self.job.length_column: lengths}).items():
                    kept = kept.append_column(name, values)
            removed = self._removed_of(chunk, gone, first + np.flatnonzero(gone), file)
            if columns is None:
                columns = kept.schema
            yield Portion(chunk.piece.rows, kept.cast(columns) if kept.schema != columns else kept, removed)

    def forget(self) -> None:
        if self.work is not None:
            self.work.delete()

    def examples(self, limit: int, *, old: bool = False) -> Examples:
        """Some rows that went for others; also for rows of `against` if `old`."""
        job = self.job
        gone, stands = self._followers(old=old)
        at = spread(job.similarity[gone], limit)
        gone, stands = gone[at], stands[at]
        texts = self._texts_of(np.concatenate([gone + self._first, stands]))
        return Examples(
            Example(
                row=int(self._places(gone[at : at + 1])[0]),
                kept_row=int(self._places_in_both(stands[at : at + 1])[0]),
                similarity=float(job.similarity[row]),
                reason=REASONS[job.reason[row]],
                removed=joined(*texts[int(row) + self._first]),
                kept=joined(*texts[int(stands[at])]),
            )
            for at, row in enumerate(gone)
        )

    @property
    def _old(self) -> Source | None:
        """The rows of `against`, where there is one step with it."""
        return next((old.source for old in self.decided.olds.values()), None)

    @property
    def _first(self) -> int:
        """The number of the first row of the input where both are numbered: by their places in `against` before it."""
        return 0 if self._old is None else self._old.rows

    def _followers(self, *, old: bool) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The rows that went for others, and these, numbered through both."""
        job, gone = self.job, self._gone
        kept, before = job.kept_row[gone], job.old_row[gone].astype(np.int64)
        there = (kept >= 0) | (old & (before >= 0))
        stands = np.where(before < 0, kept + self._first, before)
        return gone[there], stands[there]

    def _places_in_both(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Positions of rows that are numbered through both."""
        here = self._places(np.maximum(rows - self._first, 0))
        return np.where(rows < self._first, rows, here)

    def _where(self, rows: npt.NDArray[np.int64]) -> Any:
        return pa.array(np.where(rows < self._first, AGAINST, NEW), pa.string())

    def _texts_of(self, rows: npt.NDArray[np.int64]) -> dict[int, tuple[Any, int]]:
        """The compared columns of rows numbered through both, as they came in, and the place of each in them."""
        rows = np.unique(rows)
        texts: dict[int, tuple[Any, int]] = {}
        ours = rows[rows >= self._first]
        sides = [(self.decided.source, self._places(ours - self._first), ours)]
        if self._old is not None:
            theirs = rows[rows < self._first]
            sides.append((self._old, theirs, theirs))
        names = list(dict.fromkeys(name for entry in self.job.entries for name in entry.columns))
        for source, places, numbers in sides:
            firsts = np.array([piece.first_row for piece in source.pieces] + [source.rows])
            edges = np.searchsorted(places, firsts)
            pieces = [piece for piece in source.pieces if edges[piece.number + 1] > edges[piece.number]]
            for chunk in source.chunks(names, pieces):
                begin, end = edges[chunk.piece.number : chunk.piece.number + 2]
                at = np.searchsorted(chunk.row.to_numpy(), places[begin:end])
                table = chunk.table.take(pa.array(at))
                columns = [
                    [plain(table.column(name)) for name in entry.columns] for entry in self.job.entries
                ]
                texts |= {int(number): (columns, place) for place, number in enumerate(numbers[begin:end])}
        return texts

    def groups(self) -> Groups:
        """The rows that others went for, each with the rows it stands for."""
        job = self.job
        gone, stands = self._followers(old=True)
        leader, table = grouped(
            gone + self._first,
            stands,
            job.similarity[gone],
            self._places_in_both,
            None if self._old is None else self._where,
        )
        texts = self._texts_of(leader[:SHOWN])
        return Groups(table, [shortened(*texts[int(row)]) for row in leader[:SHOWN]])

    def kept(self) -> Any:
        return self.kept_table()

    def kept_table(self) -> pa.Table:
        return pa.concat_tables([portion.kept for portion in self.portions()])

    def removed(self) -> Any:
        return self.removed_table()

    def removed_table(self) -> pa.Table:
        return pa.concat_tables(
            [portion.removed for portion in self.portions()], promote_options="permissive"
        )

    def plans(self) -> Iterator[pa.Table]:
        """The plan in tables that follow each other."""
        rows = self.job.rows
        for start in range(0, max(1, len(rows)), PLANNED_AT_ONCE):
            yield self._plan_of(rows[start : start + PLANNED_AT_ONCE])

    def _removed_of(self, chunk: Any, gone: Any, rows: npt.NDArray[np.int64], file: str) -> pa.Table:
        """The rows of a piece that went, as they came in, and its broken lines."""
        evidence = self._evidence(rows)
        evidence["file"] = pa.array([file] * len(rows), pa.string())
        if chunk.line is not None:
            evidence["line"] = chunk.line.filter(pa.array(gone))
        if self.source.broken is not None:
            evidence["raw"] = pa.nulls(len(rows), pa.large_binary())
        table = chunk.table.filter(pa.array(gone))
        for name, values in free_names(table.column_names, evidence).items():
            table = table.append_column(name, values)
        if chunk.broken is None:
            return table
        frame = ArrowFrame(chunk.table)
        frame.broken = chunk.broken.append_column("file", pa.array([file] * len(chunk.broken), pa.string()))
        return with_broken_lines(table, frame, list(evidence))
