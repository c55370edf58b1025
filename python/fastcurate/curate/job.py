"""The state of one job: the rows that are still there, their columns, and the verdicts so far.

Positions here count the rows of the opened frame; lines that could not be parsed are no rows of it (`part.py`
counts them in). Every step works on the rows the steps before it left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate.frames.arrow import plain

if TYPE_CHECKING:
    import numpy.typing as npt

    from fastcurate.filtered import Verdicts
    from fastcurate.frames import Frame
    from fastcurate.on import Entry

KEPT = ""
"""The reason of a row that stays."""

REASONS = (
    KEPT,
    "broken",
    "null",
    "empty",
    "exact_duplicate",
    "near_duplicate",
    "too_long",
    "quality",
    "words",
)
"""Why a row went, in the order of the usual recipe; verdicts are positions in this list."""

JobProgress = Callable[[str, int, int], Any]
"""Called with the step's name, the rows it has done and the rows it has to do."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the caller gave for all steps."""

    tokenizer: Any = None
    chat_template: Any = None
    threads: int | None = None
    progress: JobProgress | None = None


@dataclass(slots=True)
class Job:
    """One table on its way through the steps.

    Attributes:
        tools: What the caller gave for all steps.
        frame: The rows, whose columns `replace` exchanges.
        entries: What is compared.
        rows: Positions of the rows that are still there, ascending.
        columns: For these rows, the columns that the steps read, by name.
        reason: For each row of the frame, its position in `REASONS`.
        kept_row: For each removed row the row that stands for it, -1 where there is none.
        old_row: The same where that row is one of `against`; -1 for all others.
        similarity: Its similarity to that row, NaN where there is none.
        rules: For each row removed by a rule, what the rule says and what was measured.
        told: What such a row is told, the reason of the rule.
        lengths: Tokens of each row of the frame, -1 where they were not counted; None before the step.
        length_column: The column of the kept rows that holds their tokens, where one was asked for.
        plan: `bucket`, `pack` and `position` of the rows of the frame, -1 where a row has none.
        facts: What the steps have to say for the summary.
        skipped: Steps that were not done for lack of a tokenizer.
    """

    tools: Tools
    frame: Frame
    entries: list[Entry]
    rows: npt.NDArray[np.int64]
    columns: dict[str, pa.ChunkedArray]
    reason: npt.NDArray[np.int8]
    kept_row: npt.NDArray[np.int64]
    old_row: npt.NDArray[np.int64]
    similarity: npt.NDArray[np.float64]
    rules: Mapping[int, tuple[str, Any]] = field(default_factory=dict)
    told: dict[int, str] = field(default_factory=dict)
    lengths: npt.NDArray[np.int64] | None = None
    length_column: str | None = None
    plan: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, tools: Tools, frame: Frame, entries: list[Entry], more: list[str]) -> Job:
        """All rows there, nothing decided; `more` are columns to read beside those of the entries."""
        names = dict.fromkeys([name for entry in entries for name in entry.columns] + more)
        count = frame.num_rows
        return cls(
            tools=tools,
            frame=frame,
            entries=entries,
            rows=np.arange(count, dtype=np.int64),
            columns={name: plain(frame.arrow(name)) for name in names},
            reason=np.zeros(count, dtype=np.int8),
            kept_row=np.full(count, -1, dtype=np.int64),
            old_row=np.full(count, -1, dtype=np.int64),
            similarity=np.full(count, np.nan),
        )

    def text_columns(self) -> list[str]:
        """The columns that the entries read, once each."""
        return list(dict.fromkeys(name for entry in self.entries for name in entry.columns))

    def replace(self, changed: dict[str, pa.ChunkedArray]) -> None:
        """Exchange columns, before any row has gone."""
        self.frame = self.frame.replace(changed)
        self.columns |= changed

    def remove(
        self,
        gone: npt.NDArray[np.bool_],
        reason: str,
        kept: npt.NDArray[np.int64] | None = None,
        similarity: npt.NDArray[np.float64] | None = None,
        old: npt.NDArray[np.bool_] | None = None,
    ) -> None:
        """Take rows out.

        Args:
            gone: Which of the rows still there.
            reason: Why, one of `REASONS`.
            kept: For each row still there the position among them of the row that stands for it.
            similarity: Its similarity to that row.
            old: Whether that row is one of `against`, and counted there.
        """
        if not gone.any():
            return
        rows = self.rows[gone]
        self.reason[rows] = REASONS.index(reason)
        if kept is not None:
            stands = kept[gone]
            elsewhere = np.zeros(len(stands), dtype=np.bool_) if old is None else old[gone]
            self.old_row[rows] = np.where(elsewhere, stands, -1)
            stands = np.where(elsewhere, -1, stands)
            self.kept_row[rows] = np.where(stands < 0, -1, self.rows[stands])
        if similarity is not None:
            self.similarity[rows] = similarity[gone]
        mask = pa.array(~gone)
        self.rows = self.rows[~gone]
        self.columns = {name: column.filter(mask) for name, column in self.columns.items()}

    def judge(self, verdicts: Verdicts, reason: str) -> None:
        """Take out the rows that a rule removes; `verdicts` are those of the rows still there."""
        rules = dict(self.rules)
        for at in np.flatnonzero(verdicts.number >= 0):
            row, number = int(self.rows[at]), verdicts.number[at]
            rules[row] = (verdicts.rules[number], verdicts.value[at])
            self.told[row] = verdicts.reasons[number]
        self.rules = rules
        self.remove(verdicts.number >= 0, reason)

    def settle(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Let exact duplicates share the fate of their like; gives these rows and those whose fate they share.

        Where the row an exact duplicate went for has itself gone later (too long, or similar to a third), the
        same holds for the duplicate, byte for byte: it takes over that reason, so that its `kept_row` is a
        row that was kept.
        """
        exact = REASONS.index("exact_duplicate")
        rows = np.flatnonzero((self.reason == exact) & (self.kept_row >= 0))
        like = self.kept_row[rows]
        went = ~np.isin(self.reason[like], (REASONS.index(KEPT), exact))
        rows, like = rows[went], like[went]
        self.reason[rows] = self.reason[like]
        self.similarity[rows] = self.similarity[like]
        self.kept_row[rows] = self.kept_row[like]
        self.old_row[rows] = self.old_row[like]
        self.rules = dict(self.rules) | {
            int(row): self.rules[int(other)]
            for row, other in zip(rows, like, strict=True)
            if int(other) in self.rules
        }
        return rows, like
