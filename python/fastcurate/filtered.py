"""What the filters answer with: the rows that stay, the rows that went, and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate.frames import Frame
    from fastcurate.on import Entry


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Why rows go, one element for each row of a frame.

    Attributes:
        number: The position in `reasons` and `rules`, -1 for a row that stays.
        reasons: What each rule tells the rows it removes.
        rules: What each rule says.
        value: What was measured, NaN for a row that stays; the text that was found for rules about words.
        bound: The bound that was crossed.
    """

    number: npt.NDArray[np.int64]
    reasons: list[str]
    rules: list[str]
    value: Any
    bound: Any

    def evidence(self, rows: npt.NDArray[np.int64]) -> dict[str, Any]:
        """Our columns for these rows."""
        import pyarrow as pa

        at = pa.array(self.number[rows])
        columns = {
            "reason": pa.array(self.reasons, pa.string()).take(at),
            "rule": pa.array(self.rules, pa.string()).take(at),
            "value": pa.array(self.value).take(pa.array(rows)),
        }
        return columns if self.bound is None else columns | {"bound": pa.array(self.bound[rows])}


class Filtered:
    """Which rows of a table keep to the rules.

    Rows are numbered from 0 over the whole input, lines that could not be read included.
    """

    def __init__(self, frame: Frame, entries: list[Entry], verdicts: Verdicts) -> None:
        import numpy as np

        self._frame, self._entries, self._verdicts = frame, entries, verdicts
        self._kept_at = np.flatnonzero(verdicts.number < 0)
        self._gone_at = np.flatnonzero(verdicts.number >= 0)

    @cached_property
    def kept(self) -> Any:
        """The rows that stay, in their order, in the type of the input."""
        return self._frame.take(self._kept_at)

    @cached_property
    def removed(self) -> Any:
        """The rows that went, in their order, with our columns beside their own.

        `row` (int64, position in the whole input), `reason`, `rule` (what it says), `value` (what was
        measured) and, for
        rules about numbers, `bound`; for files also `file` and, where the format has lines, `line`, and `raw`
        (the bytes)
        where lines could not be read. A name that the input has already gets the prefix `fc_`. Of several rules that
        a row breaks, the first counts.
        """
        import pyarrow as pa

        from fastcurate.frames.broken import input_rows, with_broken_lines

        rows = self._gone_at
        evidence: dict[str, pa.Array] = {"row": pa.array(input_rows(self._frame)[rows])}
        evidence |= self._verdicts.evidence(rows)
        if self._frame.provenance is not None:
            origin = self._frame.provenance.select(["file", "line"]).take(pa.array(rows)).combine_chunks()
            evidence["file"] = origin["file"].cast(pa.string()).combine_chunks()
            evidence["line"] = origin["line"].combine_chunks()
            if self._broken:
                evidence["raw"] = pa.nulls(len(rows), pa.large_binary())
        return with_broken_lines(self._frame.take_with(rows, evidence), self._frame, list(evidence))

    def summary(self) -> dict[str, Any]:
        """Counts as plain values that JSON takes.

        Examples:
            >>> import fastcurate as fc
            >>> fc.filter_quality({"text": ["a b c", "a"]}, rules="words >= 2").summary()["reasons"]
            {'words >= 2': 1}
        """
        gone = Counter(self._verdicts.number[self._gone_at].tolist())
        return {
            "rows": self._frame.num_rows + self._broken,
            "kept": len(self._kept_at),
            "removed": len(self._gone_at) + self._broken,
            "broken": self._broken,
            "on": [entry.spec for entry in self._entries],
            "reasons": {self._verdicts.reasons[number]: count for number, count in sorted(gone.items())},
        }

    @property
    def _broken(self) -> int:
        return 0 if self._frame.broken is None else int(self._frame.broken.num_rows)

    def __repr__(self) -> str:
        counts = self.summary()
        head = f"<Filtered: {counts['rows']:,} rows, {counts['kept']:,} kept, {counts['removed']:,} removed"
        shown = ", ".join(f"{reason} {count:,}" for reason, count in counts["reasons"].items())
        return f"{head} ({shown})>" if shown else f"{head}>"


class SplitsFiltered:
    """`Filtered` split by split: attributes are dicts by split, `kept` and `removed` a `DatasetDict` like the input."""

    def __init__(self, splits: dict[str, Filtered]) -> None:
        self._splits = splits

    @cached_property
    def kept(self) -> Any:
        """The rows that stay, as a `DatasetDict`."""
        from datasets import DatasetDict

        return DatasetDict({split: found.kept for split, found in self._splits.items()})

    @cached_property
    def removed(self) -> Any:
        """The rows that went with their evidence, as a `DatasetDict`."""
        from datasets import DatasetDict

        return DatasetDict({split: found.removed for split, found in self._splits.items()})

    def summary(self) -> dict[str, dict[str, Any]]:
        """The counts of each split."""
        return {split: found.summary() for split, found in self._splits.items()}

    def __repr__(self) -> str:
        return "\n".join(f"{split}: {found!r}" for split, found in self._splits.items())
