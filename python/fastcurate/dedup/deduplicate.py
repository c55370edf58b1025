"""The function `deduplicate`: arguments checked, tables opened, the kernel run."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from fastcurate.dedup.compared import Compared, compare, cut, judge, judge_exact
from fastcurate.dedup.result import Deduplicated
from fastcurate.dedup.settings import REASONS, Settings, number, whole_number
from fastcurate.dedup.target import GRID, at_most
from fastcurate.external.run import streaming

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from fastcurate import _core
    from fastcurate.dedup.settings import Measure, Within
    from fastcurate.external.deduplicated import FilesDeduplicated
    from fastcurate.frames import Frame
    from fastcurate.on import On
    from fastcurate.splits import AcrossSplits, SplitsDeduplicated

DEFAULT_THRESHOLD = 0.8


def deduplicate(
    data: Any,
    *,
    on: On = None,
    method: Literal["similar", "exact"] = "similar",
    threshold: float = DEFAULT_THRESHOLD,
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
    target_rows: int | None = None,
    system_turns: bool = False,
    across_splits: bool | Sequence[str] = False,
    on_error: Literal["raise", "skip"] = "raise",
    memory: int | str | None = None,
    work: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Deduplicated | SplitsDeduplicated | AcrossSplits | FilesDeduplicated:
    """Find the rows that repeat others, exactly or nearly, and the rows to keep in their place.

    Args:
        data: A Polars DataFrame or LazyFrame, a pyarrow Table or RecordBatchReader, a Hugging Face `Dataset` or
            `DatasetDict` (split by split), a pandas DataFrame, or paths, globs and URLs of JSONL (plain, .gz, .zst),
            Parquet, CSV or Arrow files.
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
            nothing; `"lsh"`, MinHash with locality-sensitive hashing, for long texts and low thresholds, which may miss
            a duplicate but never removes a row without a verified kept one; `"auto"` takes the join unless a sample of
            the rows says that it would be slow or large. What was taken and why stands in `summary()`.
        recall: The least probability with which `"lsh"` nominates a pair at the threshold, over 0 and below 1; more
            similar pairs are found with a higher one.
        measure: What similarity means. `"jaccard"`: |A∩B| / |A∪B| of the sets of shingles. `"containment"`: |A∩B| /
            |A|, the part of a row A that is in a kept row B, however long B is: quotes, truncated copies, a prompt
            inside a dialogue. It has a direction, so that the order of `keep` decides what can be found: with
            `"longest"` a part goes for the whole, with `"first"` only if the whole came first. `"hamming"`: the part
            of the 64 bits of their `simhash` that two rows share, so that `threshold=1 - 3 / 64` is the customary
            distance of 3; the bits of unrelated texts agree by half.
        idf: Whether shingles that are rare in these rows weigh more: each weighs round(2^16 * ln(1 + N / df)), where N
            is the number of distinct rows (of `data` and `against` together) and df that of those that have it, and
            the similarity is the weight of the shared shingles over that of all. A template that all rows share then
            makes no duplicates of different questions.
        signatures: A column of MinHash signatures that `fastcurate.minhash` made earlier, or with `measure="hamming"`
            one of `simhash` values. It is compared in the place of the texts, which are not read: the similarity is the
            share of equal values, an estimate, as `summary()` says. A row without a signature matches nothing.
        within: A column, or a list of them: only rows with the same value there (language, source, label) are
            compared. Rows without a value are a group of their own.
        against: Rows that are there already, in a table of any type, files or a `DuplicateIndex`: they come first
            and all stay, and those of `data` that are similar to one of them, or to an earlier row of `data` that
            stays, go. The answer is about the rows of `data` alone; `kept_in` says whether `kept_row` is a row of
            `"against"` or a `"new"` one, of `data`. Of the rows of `against` only those count that repeat none before
            them. Needs `keep="first"`.
        target_rows: In the place of a threshold, the most rows that may stay: the highest of the thresholds .50,
            .51 ... 1.00 that leaves no more is taken, and is in `summary()`. In a `DatasetDict` it holds for each
            split.
        system_turns: Whether the system turns of a chat are compared too; without it a conversation counts as its
            other turns, for `"messages"` and `"prompt"` alike.
        across_splits: Compare the splits of a `DatasetDict` with each other too. A row of a later split never takes the
            place of one of an earlier: `test` comes first, `train` last, or a list of all splits says the order.
        on_error: What to do with a broken line of a JSONL file: `"raise"`, or `"skip"` to count it among the removed.
        memory: For files, about how much memory to use: `"2GiB"` or a number of bytes, by default half of what is free.
            Files that need more are read piece by piece, with the same verdicts; the answer then reads them again when
            rows are asked for, and its `save` writes them as it reads.
        work: For files, a folder in which a job that is done piece by piece goes on after it was stopped, as in
            `curate`.
        threads: How many threads to use; all cores for None. The answer is the same for any number.
        progress: Called about twenty times a second with the number of rows done.

    Returns:
        The kept rows, the removed ones with their evidence, and a verdict for every row; for a `DatasetDict` the same
        with a dict by split in every attribute (see `fastcurate.splits`).

    Raises:
        TypeError: `data` is of an unknown type, or a column of `on` holds no text.
        ValueError: A column is not there (the message lists those that are), an argument is out of range, a file
            cannot be read, or no threshold leaves as few as `target_rows` (the message says how few can be reached).
        FileNotFoundError: A path does not exist, or a glob matches nothing.

    Examples:
        >>> import fastcurate as fc
        >>> rows = {"text": ["How do I boil an egg?", "How do I boil an egg??", "Name three rivers."]}
        >>> d = fc.deduplicate(rows)
        >>> d.kept["text"].to_pylist()
        ['How do I boil an egg?', 'Name three rivers.']
        >>> d.removed.select(["row", "kept_row", "similarity", "reason"]).to_pylist()
        [{'row': 1, 'kept_row': 0, 'similarity': 1.0, 'reason': 'near_duplicate'}]

        Only rows of one language are compared:

        >>> signs = {"text": ["Ja!", "ja", "Ja."], "language": ["de", "de", "sv"]}
        >>> fc.deduplicate(signs, within="language").kept["text"].to_pylist()
        ['Ja!', 'Ja.']

        New rows beside those that are there already:

        >>> new = {"text": ["Name three lakes.", "name three rivers", "Name three lakes!"]}
        >>> d = fc.deduplicate(new, against=rows)
        >>> d.removed.select(["row", "kept_row", "kept_in"]).to_pylist()
        [{'row': 1, 'kept_row': 2, 'kept_in': 'against'}, {'row': 2, 'kept_row': 0, 'kept_in': 'new'}]

        A quote goes for the text that has it, wherever they stand:

        >>> quotes = {"text": ["to be or not to be", "He said: to be or not to be, that is the question."]}
        >>> d = fc.deduplicate(quotes, measure="containment", keep="longest")
        >>> d.removed.select(["row", "kept_row", "similarity"]).to_pylist()
        [{'row': 0, 'kept_row': 1, 'similarity': 1.0}]

        No more than two rows:

        >>> letters = {"text": ["a b c d e", "a b c d f", "x y z"]}
        >>> fc.deduplicate(letters, target_rows=2).summary()["threshold"]
        0.5
    """
    if not isinstance(method, str) or method not in REASONS:
        raise ValueError(f"method must be 'similar' or 'exact', got {method!r}")
    threshold = number("threshold", threshold)
    recall = number("recall", recall)
    if target_rows is not None:
        target_rows = whole_number("target_rows", target_rows, 0)
        if method == "exact":
            raise ValueError("target_rows needs method='similar': exact duplicates have no threshold")
        if threshold != DEFAULT_THRESHOLD:
            raise ValueError(
                f"target_rows chooses the threshold, got threshold={threshold:g} too: give one of them"
            )
    settings = Settings(
        method,
        threshold,
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
    how = streaming(data, memory, work, against)
    if how is not None:
        from fastcurate.external.deduplicated import deduplicate_files

        options = {
            "method": method,
            "threshold": threshold,
            "shingle": shingle,
            "keep": keep,
            "distinct_numbers": distinct_numbers,
            "measure": measure,
            "idf": idf,
            "signatures": signatures,
            "engine": engine,
            "recall": recall,
            "within": within,
            "against": against,
            "target_rows": target_rows,
            "system_turns": system_turns,
        }
        return deduplicate_files(
            data, how, on=on, options=options, on_error=on_error, threads=threads, progress=progress
        )
    frames, old = open_both(data, against, on_error)
    if not isinstance(frames, dict):
        if across_splits is not False:
            raise ValueError("across_splits needs a DatasetDict: this table has no splits")
        return _deduplicate(compare(frames, old, on, signatures), settings, target_rows, progress)
    from fastcurate.splits import AcrossSplits, SplitsDeduplicated, precedence

    if across_splits is False:
        return SplitsDeduplicated(
            {
                split: _deduplicate(compare(frame, old, on, signatures), settings, target_rows, progress)
                for split, frame in frames.items()
            }
        )
    if old is not None:
        raise ValueError("across_splits and against cannot go together: both say which rows come first")
    from fastcurate.frames.splits import SplitsFrame

    joint = SplitsFrame(frames, precedence(across_splits, list(frames)))
    return AcrossSplits(
        _deduplicate(compare(joint, None, on, signatures), settings, target_rows, progress), joint
    )


def open_both(data: Any, against: Any, on_error: str) -> tuple[Frame | dict[str, Frame], Frame | None]:
    """The table (or its splits), and the one that it is held against."""
    import fastcurate.frames.sketches  # noqa: F401 - so that signatures in files are known by their type
    from fastcurate.frames import open_frame

    frames = open_frame(data, on_error=on_error)
    return frames, None if against is None else open_against(against, on_error)


def open_against(against: Any, on_error: str) -> Frame:
    """The table that another one is held against; of a `DuplicateIndex` all rows that it has seen.

    Raises:
        TypeError: It is no table.
    """
    from fastcurate.dedup.index import DuplicateIndex
    from fastcurate.frames import open_frame

    if isinstance(against, DuplicateIndex):
        return against.rows
    try:
        old = open_frame(against, on_error=on_error)
    except TypeError as error:
        raise TypeError(str(error).replace("data", "against", 1)) from None
    if isinstance(old, dict):
        raise TypeError(
            f"against must be one table, got a DatasetDict; pass one of its splits: {', '.join(old)}"
        )
    return old


def _deduplicate(
    compared: Compared,
    settings: Settings,
    target_rows: int | None,
    progress: Callable[[int], Any] | None,
) -> Deduplicated:
    similar = None
    if settings.method == "exact":
        verdicts = judge_exact(compared, settings, progress)
    elif target_rows is None:
        similar = cut(compared, settings, settings.threshold, progress)
        verdicts = judge(similar, settings, progress, compared.num_rows)
    else:
        similar = cut(compared, settings, GRID[-1], progress)
        threshold, verdicts = at_most(target_rows, partial(_judged, compared, similar, settings))
        settings = replace(settings, threshold=threshold)
    if progress is not None:
        progress(compared.num_rows)
    return Deduplicated(compared, settings, verdicts, similar)


def _judged(
    compared: Compared, similar: _core.Similar, settings: Settings, threshold: float
) -> tuple[int, tuple[Any, Any, Any]]:
    """How many rows a threshold leaves, and its verdicts."""
    verdicts = judge(similar, replace(settings, threshold=threshold))
    return kept_of(verdicts, compared), verdicts


def kept_of(verdicts: tuple[Any, Any, Any], compared: Compared) -> int:
    """How many rows of the table itself are kept."""
    import pyarrow as pa

    kept = pa.array(verdicts[2]).slice(compared.first)
    return int(kept.true_count)
