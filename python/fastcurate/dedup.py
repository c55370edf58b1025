"""Tables without their duplicates: which rows go, and which kept row stands for each.

The kept set is defined, not approximate. Rows are put in the order of the keep policy; a row goes if and only if a row
that is already kept has a similarity of at least the threshold to it. Of those, the most similar stands for it. There
are no chains: every removed row really is that similar to the row that stands for it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate import _core
    from fastcurate.frames import Frame
    from fastcurate.on import Entry, On
    from fastcurate.splits import AcrossSplits, SplitsDeduplicated

__all__ = ["Deduplicated", "deduplicate"]

REASONS = {"exact": "exact_duplicate", "similar": "near_duplicate"}
"""What `reason` says of a removed row, by method; a line that could not be read is `broken`."""


@dataclass(frozen=True)
class Settings:
    """The arguments of `deduplicate` that are not data."""

    method: str
    threshold: float
    shingle: str
    keep: str
    distinct_numbers: bool
    engine: str
    recall: float
    system_turns: bool
    threads: int | None


def deduplicate(
    data: Any,
    *,
    on: On = None,
    method: Literal["similar", "exact"] = "similar",
    threshold: float = 0.8,
    shingle: str = "word:3",
    keep: str = "first",
    distinct_numbers: bool = False,
    engine: Literal["auto", "join", "lsh"] = "auto",
    recall: float = 0.999,
    system_turns: bool = False,
    across_splits: bool | Sequence[str] = False,
    on_error: Literal["raise", "skip"] = "raise",
    threads: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Deduplicated | SplitsDeduplicated | AcrossSplits:
    """Find the rows that repeat others, exactly or nearly, and the rows to keep in their place.

    Args:
        data: A Polars DataFrame or LazyFrame, a pyarrow Table or RecordBatchReader, a Hugging Face `Dataset` or
            `DatasetDict` (split by split), a pandas DataFrame, or paths and globs of JSONL (plain, .gz, .zst), Parquet,
            CSV or Arrow files.
        on: What is compared: a column, or a list of columns that **all** have to be similar (the similarity of two
            rows is the lowest over the list). An inner list is joined by newlines to one text, as in
            `[["instruction", "input"], "output"]`. A chat column counts as its contents joined by newlines; `"prompt"`
            and `"response"` are its part before the last assistant turn and that turn. None takes the first that is
            there of `messages`; `text`; `[[instruction, input], output]`; `[prompt, completion | response]`;
            `[question, answer]`.
        method: `"similar"`, or `"exact"` for equal bytes column by column (null equal only to null).
        threshold: The similarity from which on a row is a duplicate, over 0 and at most 1. At 1.0 rows must have equal
            sets of shingles, which still ignores case, punctuation and repetition.
        shingle: `"word:N"` or `"char:N"`, N from 1 to 64: what texts are cut into.
        keep: Which of several similar rows stays: `"first"`, `"last"`, `"longest"`, `"shortest"` (in code points),
            `"best:<column>"` (the highest value, null and NaN last), `"prefer:<column>=<value>"`, or `"none"`: every
            row that has a similar other goes, and `kept_row` names the most similar other, removed as well.
        distinct_numbers: Rows whose sequences of numbers differ are different, whatever their words: a sum with other
            numbers is another example.
        engine: What nominates the pairs that are compared: `"join"`, the exact prefix-filter join, which misses
            nothing; `"lsh"`, MinHash with locality-sensitive hashing, for long texts and low thresholds, which may
            miss a duplicate but never removes a row without a verified kept one; `"auto"` takes the join unless a
            sample of the rows says that it would be slow or large. What was taken and why stands in `summary()`.
        recall: The least probability with which `"lsh"` nominates a pair at the threshold, over 0 and below 1; more
            similar pairs are found with a higher one.
        system_turns: Whether the system turns of a chat are compared too.
        across_splits: Compare the splits of a `DatasetDict` with each other too. A row of a later split never takes the
            place of one of an earlier: `test` comes first, `train` last, or a list of all splits says the order.
        on_error: What to do with a broken line of a JSONL file: `"raise"`, or `"skip"` to count it among the removed.
        threads: How many threads to use; all cores for None. The answer is the same for any number.
        progress: Called about twenty times a second with the number of rows done.

    Returns:
        The kept rows, the removed ones with their evidence, and a verdict for every row; for a `DatasetDict` the same
        with a dict by split in every attribute (see `fastcurate.splits`).

    Raises:
        TypeError: `data` is of an unknown type, or a column of `on` holds no text.
        ValueError: A column is not there (the message lists those that are), an argument is out of range, or a file
            cannot be read.
        FileNotFoundError: A path does not exist, or a glob matches nothing.

    Examples:
        >>> import fastcurate as fc
        >>> rows = {"text": ["How do I boil an egg?", "How do I boil an egg??", "Name three rivers."]}
        >>> d = fc.deduplicate(rows)
        >>> d.kept["text"].to_pylist()
        ['How do I boil an egg?', 'Name three rivers.']
        >>> d.removed.select(["row", "kept_row", "similarity", "reason"]).to_pylist()
        [{'row': 1, 'kept_row': 0, 'similarity': 1.0, 'reason': 'near_duplicate'}]
    """
    from fastcurate.frames import open_frame

    if not isinstance(method, str) or method not in REASONS:
        raise ValueError(f"method must be 'similar' or 'exact', got {method!r}")
    threshold = _number("threshold", threshold)
    recall = _number("recall", recall)
    settings = Settings(
        method, threshold, shingle, keep, distinct_numbers, engine, recall, system_turns, threads
    )
    frames = open_frame(data, on_error=on_error)
    if not isinstance(frames, dict):
        if across_splits is not False:
            raise ValueError("across_splits needs a DatasetDict: this table has no splits")
        return _deduplicate(frames, on, settings, progress)
    from fastcurate.splits import AcrossSplits, SplitsDeduplicated, precedence

    if across_splits is False:
        return SplitsDeduplicated(
            {split: _deduplicate(frame, on, settings, progress) for split, frame in frames.items()}
        )
    from fastcurate.frames.splits import SplitsFrame

    joint = SplitsFrame(frames, precedence(across_splits, list(frames)))
    return AcrossSplits(_deduplicate(joint, on, settings, progress), joint)


class Deduplicated:
    """Which rows of a table repeat others.

    Rows are numbered from 0 over the whole input, lines that could not be read included.
    """

    def __init__(
        self,
        frame: Frame,
        entries: list[Entry],
        settings: Settings,
        verdicts: tuple[Any, Any, Any],
        similar: _core.Similar | None,
    ) -> None:
        import numpy as np
        import pyarrow as pa

        self._frame = frame
        self._entries = entries
        self._settings = settings
        self._similar = similar
        self._representative, self._similarity, kept = (pa.array(values) for values in verdicts)
        self._kept_at = np.flatnonzero(kept.to_numpy(zero_copy_only=False))

    @cached_property
    def kept(self) -> Any:
        """The rows that stay, in their order, in the type of the input."""
        return self._frame.take(self._kept_at)

    @cached_property
    def removed(self) -> Any:
        """The rows that went, in their order, with our columns beside their own.

        `row` and `kept_row` (int64, positions in the whole input), `similarity` (float64, exact) and `reason`; for
        files also `file` and, where the format has lines, `line`, and `raw` (the bytes) where lines could not be
        read. A name that the input has already gets the prefix `fc_`.
        """
        import numpy as np

        from fastcurate.frames.broken import with_broken_lines

        rows = np.setdiff1d(np.arange(self._frame.num_rows), self._kept_at, assume_unique=True)
        evidence = self._evidence(rows)
        return with_broken_lines(self._frame.take_with(rows, evidence), self._frame, list(evidence))

    @cached_property
    def representative(self) -> Any:
        """For every row the one that stands for it, itself where kept (int64); null for a line nobody could read."""
        return self._frame.series(self._over_input(self._input_rows_of(self._representative)))

    @cached_property
    def similarity(self) -> Any:
        """For every row its exact similarity to its representative, 1.0 where it is kept (float64); null as there."""
        return self._frame.series(self._over_input(self._similarity))

    def rethreshold(self, threshold: float) -> Deduplicated:
        """The same rows at a higher threshold, from the candidates that were kept.

        Only rows that may have a similar one are cut again, from the texts in memory.

        Args:
            threshold: At least the threshold that these rows were deduplicated with, at most 1.

        Returns:
            What `deduplicate` gives with that threshold.

        Raises:
            ValueError: The threshold is lower than before or over 1, or the method was `"exact"`.

        Examples:
            >>> import fastcurate as fc
            >>> d = fc.deduplicate({"text": ["a b c d e", "a b c d f"]}, threshold=0.5)
            >>> len(d.kept), len(d.rethreshold(0.9).kept)
            (1, 2)
        """
        if self._similar is None:
            raise ValueError("rethreshold needs method='similar': exact duplicates have no threshold")
        threshold = _number("threshold", threshold)
        if not self._settings.threshold <= threshold <= 1:
            lowest = self._settings.threshold
            raise ValueError(
                f"threshold must be from {lowest} (the one before) to 1, got {threshold}; "
                "for a lower one call deduplicate"
            )
        settings = replace(self._settings, threshold=threshold)
        verdicts = _judge(self._similar, settings)
        return Deduplicated(self._frame, self._entries, settings, verdicts, self._similar)

    def summary(self) -> dict[str, Any]:
        """Counts and settings as plain values that JSON takes.

        Examples:
            >>> import fastcurate as fc
            >>> summary = fc.deduplicate({"text": ["a", "a", None]}).summary()
            >>> summary["rows"], summary["kept"], summary["removed"]
            (3, 2, 1)
        """
        rows = self._frame.num_rows + self._broken
        counts = {
            "rows": rows,
            "kept": len(self._kept_at),
            "removed": rows - len(self._kept_at),
            "broken": self._broken,
            "on": [entry.spec for entry in self._entries],
            "method": self._settings.method,
            "keep": self._settings.keep,
        }
        if self._similar is None:
            return counts
        entry, bands, recall, join_cost, lsh_cost = self._similar.plan(self._settings.threshold)
        return counts | {
            "measure": "jaccard",
            "threshold": self._settings.threshold,
            "shingle": self._settings.shingle,
            "distinct_numbers": self._settings.distinct_numbers,
            "engine": "join" if bands is None else "lsh",
            "candidates_from": self._entries[entry].spec,
            "bands": None if bands is None else {"bands": bands[0], "rows": bands[1]},
            "recall": recall,
            "estimated_ns_per_row": {"join": join_cost, "lsh": lsh_cost},
        }

    def __repr__(self) -> str:
        counts = self.summary()
        how = "exact" if self._similar is None else f"similarity >= {self._settings.threshold:g}"
        kept, removed = counts["kept"], counts["removed"]
        return f"<Deduplicated: {counts['rows']:,} rows, {kept:,} kept, {removed:,} removed ({how})>"

    @cached_property
    def _input_rows(self) -> npt.NDArray[np.int64]:
        from fastcurate.frames.broken import input_rows

        return input_rows(self._frame)

    @property
    def _broken(self) -> int:
        return 0 if self._frame.broken is None else self._frame.broken.num_rows

    def _input_rows_of(self, rows: Any) -> Any:
        import pyarrow as pa

        return pa.array(self._input_rows[rows.to_numpy()]) if self._broken else rows

    def _over_input(self, values: Any) -> Any:
        """One value for every row of the input, null where it could not be read."""
        import numpy as np
        import pyarrow as pa

        if not self._broken:
            return values
        places = np.full(len(values) + self._broken, -1)
        places[self._input_rows] = np.arange(len(values))
        return values.take(pa.array(places, mask=places < 0))

    def _evidence(self, rows: npt.NDArray[np.int64]) -> dict[str, pa.Array]:
        import pyarrow as pa

        at = pa.array(rows)
        evidence = {
            "row": self._input_rows_of(at),
            "kept_row": self._input_rows_of(self._representative.take(at)),
            "similarity": self._similarity.take(at),
            "reason": pa.array([REASONS[self._settings.method]] * len(rows), pa.string()),
        }
        if self._frame.provenance is not None:
            origin = self._frame.provenance.select(["file", "line"]).take(at).combine_chunks()
            evidence["file"] = origin["file"].cast(pa.string()).combine_chunks()
            evidence["line"] = origin["line"].combine_chunks()
            if self._broken:
                evidence["raw"] = pa.nulls(len(rows), pa.large_binary())
        return evidence


def _deduplicate(
    frame: Frame, on: On, settings: Settings, progress: Callable[[int], Any] | None
) -> Deduplicated:
    import pyarrow as pa

    from fastcurate import _core
    from fastcurate.frames.splits import SplitsFrame
    from fastcurate.keep import order_of
    from fastcurate.on import ChatEntry, resolve_on

    entries = resolve_on(on, frame.types)
    columns = [
        [
            (frame.arrow(name), entry.part if isinstance(entry, ChatEntry) else "text")
            for name in entry.columns
        ]
        for entry in entries
    ]
    common: dict[str, Any] = {"system": settings.system_turns, "threads": settings.threads}
    ranks = order_of(settings.keep, frame, lambda: pa.array(_core.code_points(columns, **common)))
    order = pa.array(frame.by_split(ranks) if isinstance(frame, SplitsFrame) else ranks)
    similar = None
    if settings.method == "exact":
        mutual = settings.keep == "none"
        verdicts = _core.duplicates(columns, order, mutual=mutual, progress=progress, **common)
    else:
        # Cutting: two passes over the rows, one over each entry. Judging: two over rows that may have a similar one.
        passes = 2 + len(entries) + settings.distinct_numbers
        similar = _core.Similar(
            columns,
            order,
            shingle=settings.shingle,
            threshold=settings.threshold,
            distinct_numbers=settings.distinct_numbers,
            engine=settings.engine,
            recall=settings.recall,
            progress=_share(progress, frame.num_rows, 0.0, 0.6, passes * frame.num_rows),
            **common,
        )
        rest = _share(progress, frame.num_rows, 0.6, 1.0, 2 * similar.meeting)
        verdicts = _judge(similar, settings, rest)
    if progress is not None:
        progress(frame.num_rows)
    return Deduplicated(frame, entries, settings, verdicts, similar)


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, got {value!r} ({type(value).__name__})")
    try:
        return float(value)
    except OverflowError:
        return inf  # out of range in either direction


def _share(
    progress: Callable[[int], Any] | None, rows: int, start: float, end: float, whole: int
) -> Callable[[int], Any] | None:
    """A part of the bar, from `start` to `end`, for work of which `whole` units are to be done."""
    if progress is None:
        return None
    return lambda done: progress(int(rows * (start + (end - start) * min(1.0, done / max(whole, 1)))))


def _judge(
    similar: _core.Similar, settings: Settings, progress: Callable[[int], Any] | None = None
) -> tuple[Any, Any, Any]:
    mutual = settings.keep == "none"
    return similar.verdicts(settings.threshold, mutual=mutual, threads=settings.threads, progress=progress)
