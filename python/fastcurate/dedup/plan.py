"""What each threshold would remove, before anything is removed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from fastcurate.dedup.compared import Compared, compare, cut, judge
from fastcurate.dedup.deduplicate import open_both
from fastcurate.dedup.settings import Settings, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate.dedup.settings import Measure, Within
    from fastcurate.on import On

THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, repr=False)
class DeduplicationPlan:
    """What several thresholds make of the same rows: the answer of `plan_deduplicate`."""

    rows: int
    """How many rows came in."""
    table: pa.Table
    """A line for each threshold, the lowest first: `threshold`, `kept`, `removed` (rows), `share` (of the rows that is
    removed) and, where a tokenizer was given, `tokens_kept` and `tokens_removed`."""

    def __repr__(self) -> str:
        """The table for people."""
        tokens = "tokens_kept" in self.table.column_names
        names = [
            "threshold",
            "kept",
            "removed",
            "share",
            *(["tokens kept", "tokens removed"] if tokens else []),
        ]
        cells = [names]
        for line in self.table.to_pylist():
            numbers = [
                f"{line['threshold']:.2f}",
                f"{line['kept']:,}",
                f"{line['removed']:,}",
                f"{line['share']:.1%}",
            ]
            if tokens:
                numbers += [f"{line['tokens_kept']:,}", f"{line['tokens_removed']:,}"]
            cells.append(numbers)
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells
        )


def plan_deduplicate(
    data: Any,
    *,
    thresholds: Iterable[float] = THRESHOLDS,
    on: On = None,
    shingle: str = "word:3",
    keep: str = "first",
    distinct_numbers: bool = False,
    engine: Literal["auto", "join", "lsh"] = "auto",
    recall: float = 0.999,
    measure: Measure = "jaccard",
    idf: bool = False,
    signatures: str | None = None,
    within: Within = None,
    against: Any = None,
    system_turns: bool = False,
    tokenizer: Any = None,
    on_error: str = "raise",
    threads: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> DeduplicationPlan | dict[str, DeduplicationPlan]:
    """How many rows `deduplicate` would remove at several thresholds, from one pass over the text.

    Args:
        data: As in `deduplicate`.
        thresholds: The similarities that come into question, over 0 and at most 1.
        on: As in `deduplicate`, like all that follows but for the tokenizer.
        shingle: `"word:N"` or `"char:N"`.
        keep: Which of several similar rows stays.
        distinct_numbers: Whether rows with other numbers are different.
        engine: What nominates the pairs that are compared, at the lowest of the thresholds.
        recall: The least probability with which `"lsh"` nominates a pair at the lowest threshold.
        measure: What similarity means.
        idf: Whether rare shingles weigh more.
        signatures: A column of sketches that is compared in the place of the texts.
        within: Columns in which rows that are compared have the same values.
        against: Rows that are there already.
        system_turns: Whether the system turns of a chat are compared too.
        tokenizer: Where given, tokens are counted too, as in `count_tokens`: those of the compared columns, of a
            conversation all contents.
        on_error: What to do with a broken line of a JSONL file, which is counted in none of the lines.
        threads: How many threads to use; all cores for None.
        progress: Called about twenty times a second with the number of rows done.

    Returns:
        A line for each threshold; for a `DatasetDict` a dict by split. Each says what `deduplicate` with that threshold
        does, but for the pairs that `"lsh"` misses.

    Raises:
        TypeError: As in `deduplicate`, or a threshold is not a number.
        ValueError: As in `deduplicate`, or there are no thresholds.

    Examples:
        >>> import fastcurate as fc
        >>> rows = {"text": ["a b c d e f", "a b c d e g", "a b x y z", "A b x y z!"]}
        >>> fc.plan_deduplicate(rows, thresholds=[0.5, 0.8, 1.0], tokenizer="words")
        threshold  kept  removed  share  tokens kept  tokens removed
             0.50     2        2  50.0%           11              11
             0.80     3        1  25.0%           17               5
             1.00     3        1  25.0%           17               5
    """
    steps = sorted({number("thresholds", threshold) for threshold in _several(thresholds)})
    if not steps:
        raise ValueError(f"thresholds must name at least one similarity, such as {THRESHOLDS}, got none")
    for threshold in steps:
        if not 0 < threshold <= 1:
            raise ValueError(f"thresholds must be over 0 and at most 1, got {threshold}")
    recall = number("recall", recall)
    settings = Settings(
        "similar",
        steps[0],
        shingle,
        keep,
        distinct_numbers,
        engine,
        recall,
        within,
        system_turns,
        threads,
        measure,
        idf,
        signatures,
    ).check()
    frames, old = open_both(data, against, on_error)
    if isinstance(frames, dict):
        return {
            split: _plan(compare(frame, old, on, signatures), steps, settings, tokenizer, progress)
            for split, frame in frames.items()
        }
    return _plan(compare(frames, old, on, signatures), steps, settings, tokenizer, progress)


def _several(thresholds: Any) -> list[Any]:
    try:
        return list(thresholds)
    except TypeError:
        raise TypeError(f"thresholds must be a list of numbers, got {thresholds!r}") from None


def _plan(
    compared: Compared,
    steps: list[float],
    settings: Settings,
    tokenizer: Any,
    progress: Callable[[int], Any] | None,
) -> DeduplicationPlan:
    import pyarrow as pa

    tokens = None if tokenizer is None else _tokens(compared, tokenizer, settings.threads)
    similar = cut(compared, settings, steps[0], progress)
    rows, lines = compared.frame.num_rows, []
    for threshold in steps:
        kept = pa.array(judge(similar, replace(settings, threshold=threshold))[2]).slice(compared.first)
        line = {
            "threshold": threshold,
            "kept": kept.true_count,
            "removed": rows - kept.true_count,
            "share": 1 - kept.true_count / rows if rows else 0.0,
        }
        if tokens is not None:
            stays = kept.to_numpy(zero_copy_only=False)
            line |= {"tokens_kept": int(tokens[stays].sum()), "tokens_removed": int(tokens[~stays].sum())}
        lines.append(line)
    if progress is not None:
        progress(compared.num_rows)
    return DeduplicationPlan(rows, pa.Table.from_pylist(lines))


def _tokens(compared: Compared, tokenizer: Any, threads: int | None) -> npt.NDArray[np.int64]:
    """The tokens of each row of the table itself, a column that two entries read counted once."""
    import numpy as np
    import pyarrow as pa

    from fastcurate.columns import count_tokens

    total = np.zeros(compared.frame.num_rows, dtype=np.int64)
    for name in dict.fromkeys(name for entry in compared.entries for name in entry.columns):
        column = compared.frame.arrow(name)
        if not pa.types.is_null(column.type):
            total += count_tokens(column, tokenizer=tokenizer, threads=threads).fill_null(0).to_numpy()
    return total
