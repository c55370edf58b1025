"""One table's outcome: the rows that stay, the rows that went with their reasons, the plan and the counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate.curate.job import KEPT, REASONS, Job
from fastcurate.examples import Example, Examples, joined, spread
from fastcurate.frames.arrow import gather, plain
from fastcurate.frames.base import free_names
from fastcurate.frames.broken import input_rows, with_broken_lines

if TYPE_CHECKING:
    import numpy.typing as npt

    from fastcurate.frames import Frame
    from fastcurate.recipe import Recipe

REASON_OF_STEP = {
    "drop_null": "null",
    "drop_empty": "empty",
    "exact": "exact_duplicate",
    "similar": "near_duplicate",
    "max_tokens": "too_long",
    "quality": "quality",
    "words": "words",
}
"""Which reason a step removes rows for; `deduplicate` by its method."""


@dataclass(frozen=True, slots=True)
class Part:
    """One table's outcome: a whole input, or one split of a DatasetDict.

    Attributes:
        source: The frame as it was opened.
        job: The job when all steps were done.
        recipe: Its steps.
    """

    source: Frame
    job: Job
    recipe: Recipe

    @property
    def rows_in(self) -> int:
        """All rows of the input, lines that could not be parsed included."""
        return self.source.num_rows + self._broken

    @property
    def _broken(self) -> int:
        return 0 if self.source.broken is None else int(self.source.broken.num_rows)

    @property
    def _gone(self) -> npt.NDArray[np.int64]:
        return np.flatnonzero(self.job.reason)

    def positions(self) -> npt.NDArray[np.int64]:
        """For each row of the frame its position in the whole input, broken lines counted."""
        return input_rows(self.source)

    def _places(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The positions in the whole input of some rows of the frame."""
        return self.positions()[rows]

    def check(self) -> None:
        """Kept + removed = input, or the result must not be used."""
        kept, gone = len(self.job.rows), len(self._gone) + self._broken
        if kept + gone != self.rows_in or self.job.reason[self.job.rows].any():
            raise AssertionError(
                f"{kept} kept + {gone} removed rows are not the {self.rows_in} rows of the input; "
                "please report this"
            )

    def on(self) -> list[Any]:
        """What was compared, as `on` could be written."""
        return [entry.spec for entry in self.job.entries]

    def kept(self) -> Any:
        """The rows that stay, in the caller's type."""
        lengths = self._length_column()
        frame = self.job.frame
        return frame.take_with(self.job.rows, lengths) if lengths else frame.take(self.job.rows)

    def kept_table(self) -> pa.Table:
        """The rows that stay, as Arrow."""
        frame = self.job.frame
        users = {name: gather(plain(frame.arrow(name)), self.job.rows) for name in frame.columns}
        return pa.table(users | free_names(frame.columns, self._length_column()))

    def _length_column(self) -> dict[str, Any]:
        """The tokens of the rows that stay, under the name that was asked for."""
        job = self.job
        if job.length_column is None or job.lengths is None:
            return {}
        return {job.length_column: pa.array(job.lengths[job.rows].astype(np.int32))}

    def removed(self) -> Any:
        """The rows that went, as they came in, in the caller's type, with our columns."""
        if self._broken:
            return self.removed_table()
        return self.source.take_with(self._gone, self._evidence(self._gone))

    def removed_table(self) -> pa.Table:
        """The rows that went, as Arrow; broken lines among them, with nulls in the user's columns."""
        source, gone = self.source, self._gone
        evidence = self._evidence(gone)
        users = {name: gather(plain(source.arrow(name)), gone) for name in source.columns}
        table = pa.table(users | free_names(source.columns, evidence))
        return with_broken_lines(table, source, list(evidence))

    def examples(self, limit: int) -> Examples:
        """Some rows that went for others, beside these, as they came in."""
        job, positions = self.job, self.positions()
        columns = [[plain(self.source.arrow(name)) for name in entry.columns] for entry in job.entries]
        gone = self._gone[job.kept_row[self._gone] >= 0]
        return Examples(
            Example(
                row=int(positions[row]),
                kept_row=int(positions[job.kept_row[row]]),
                similarity=float(job.similarity[row]),
                reason=REASONS[job.reason[row]],
                removed=joined(columns, int(row)),
                kept=joined(columns, int(job.kept_row[row])),
            )
            for row in gone[spread(job.similarity[gone], limit)]
        )

    def plan(self) -> pa.Table:
        """One line for each row that stays, in their order: row, length, bucket, pack, position.

        `row` is the row's position in the whole input; what was not measured or planned is null.
        """
        return self._plan_of(self.job.rows)

    def _plan_of(self, rows: npt.NDArray[np.int64]) -> pa.Table:
        planned = {
            "length": self.job.lengths,
            **{name: self.job.plan.get(name) for name in ("bucket", "pack", "position")},
        }
        table = {"row": pa.array(self._places(rows))}
        for name, values in planned.items():
            known = np.full(len(rows), -1, dtype=np.int64) if values is None else values[rows]
            table[name] = pa.array(known, mask=known < 0)
        return pa.table(table)

    def summary(self) -> dict[str, Any]:
        """The counts as plain data; see `Curated.summary`."""
        job = self.job
        counts = np.bincount(job.reason, minlength=len(REASONS))
        removed = {
            reason: int(count)
            for reason, count in zip(REASONS, counts, strict=True)
            if reason != KEPT and count
        }
        if self._broken:
            removed = {"broken": self._broken} | removed
        return {
            "rows_in": self.rows_in,
            "rows_kept": len(job.rows),
            "rows_removed": self.rows_in - len(job.rows),
            "removed": removed,
            "on": self.on(),
            "steps": self._steps(removed),
            "tokens": None if job.lengths is None else _measures(job.lengths[job.rows]),
            "skipped": job.skipped,
            **({"note": note} if (note := self._note()) else {}),
            **job.facts,
        }

    def _note(self) -> str | None:
        """What somebody who reads the counts should know of the tokenizer."""
        if self.job.skipped:
            return "token steps were skipped: no tokenizer was given"
        return getattr(self.job.tools.tokenizer, "notice", None)

    def _steps(self, removed: dict[str, int]) -> list[dict[str, Any]]:
        """What each reason left of the rows, in the order of the recipe."""
        reasons = ["broken"] if self._broken else []
        for step in self.recipe.steps:
            reason = REASON_OF_STEP.get(str(step.options.get("method", step.name)))
            if step.name == "deduplicate" and "method" not in step.options:
                reason = "near_duplicate"
            if reason is not None and reason not in reasons and step.name not in self.job.skipped:
                reasons.append(reason)
        left, steps = self.rows_in, []
        for reason in reasons:
            gone = removed.get(reason, 0)
            steps.append({"reason": reason, "rows_in": left, "removed": gone, "rows_left": left - gone})
            left -= gone
        return steps

    def _evidence(self, gone: npt.NDArray[np.int64]) -> dict[str, Any]:
        """Our columns for rows of the frame that went."""
        job = self.job
        kept_row, old_row, similarity = job.kept_row[gone], job.old_row[gone], job.similarity[gone]
        names = pa.array(REASONS)
        kept_at = np.where(old_row < 0, self._places(np.maximum(kept_row, 0)), old_row)
        nobody = (kept_row < 0) & (old_row < 0)
        evidence: dict[str, Any] = {
            "row": pa.array(self._places(gone)),
            "kept_row": pa.array(kept_at, mask=nobody),
            "similarity": pa.array(similarity, mask=np.isnan(similarity)),
            "reason": names.take(pa.array(job.reason[gone])),
        }
        if any("against" in step.options for step in self.recipe.steps):
            where = np.where(old_row < 0, "new", "against").astype(object)
            evidence["kept_in"] = pa.array(where, pa.string(), mask=nobody)
        if any(step.name in ("quality", "words") for step in self.recipe.steps):
            rules = [job.rules.get(int(row), (None, None)) for row in gone]
            values = [value if value is None else str(value) for _, value in rules]
            evidence["rule"] = pa.array([rule for rule, _ in rules], pa.string())
            evidence["value"] = pa.array(values, pa.string())
        if self.source.provenance is not None:
            for name in self.source.provenance.column_names:
                column = self.source.provenance.column(name)
                column = column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column
                evidence[name] = gather(column, gone)
            if self._broken:
                evidence["raw"] = pa.nulls(len(gone), pa.binary())
        return evidence


def _measures(lengths: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Counts and quantiles of token lengths, as numbers of rows' own lengths."""
    if len(lengths) == 0:
        return {"total": 0, "rows": 0}
    quantiles = np.quantile(lengths, [0, 0.5, 0.9, 0.99, 1], method="inverted_cdf")
    names = ("min", "median", "p90", "p99", "max")
    return {
        "total": int(lengths.sum()),
        "rows": len(lengths),
        "mean": float(lengths.mean()),
        **{name: int(value) for name, value in zip(names, quantiles, strict=True)},
    }
