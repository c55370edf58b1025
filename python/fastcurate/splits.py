"""The splits of a `DatasetDict`: each deduplicated for itself, or all of them against each other.

Across splits the rule is that of any table (`fastcurate.dedup`), over an order in which the rows of one split come
before those of the next. A split therefore never loses a row to one behind it: with the test rows first, what goes from
the training set is what is near a test row or near a training row that is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate.dedup import Deduplicated, Groups
    from fastcurate.frames.splits import SplitsFrame

__all__ = ["AcrossSplits", "SplitsDeduplicated"]


class SplitsDeduplicated:
    """`Deduplicated` split by split: every attribute is a dict with a value for each split.

    `kept` and `removed` are a `DatasetDict`, like the input.
    """

    def __init__(self, splits: dict[str, Deduplicated]) -> None:
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

    @property
    def representative(self) -> dict[str, Any]:
        """For every row of each split the row of that split that stands for it."""
        return {split: found.representative for split, found in self._splits.items()}

    @property
    def kept_in(self) -> dict[str, Any]:
        """For every row of each split whether its representative is one of `against` or of the split."""
        return {split: found.kept_in for split, found in self._splits.items()}

    @property
    def similarity(self) -> dict[str, Any]:
        """For every row of each split its similarity to its representative."""
        return {split: found.similarity for split, found in self._splits.items()}

    def rethreshold(self, threshold: float) -> SplitsDeduplicated:
        """Every split at a higher threshold; see `Deduplicated.rethreshold`."""
        return SplitsDeduplicated(
            {split: found.rethreshold(threshold) for split, found in self._splits.items()}
        )

    def pairs(self, *, limit: int | None = None) -> dict[str, pa.RecordBatchReader]:
        """The similar pairs of each split, at most `limit` of each; see `Deduplicated.pairs`."""
        return {split: found.pairs(limit=limit) for split, found in self._splits.items()}

    def groups(self) -> dict[str, Groups]:
        """The groups of each split; see `Deduplicated.groups`."""
        return {split: found.groups() for split, found in self._splits.items()}

    def summary(self) -> dict[str, dict[str, Any]]:
        """Counts and settings of each split."""
        return {split: found.summary() for split, found in self._splits.items()}

    def __repr__(self) -> str:
        return "\n".join(f"{split}: {found!r}" for split, found in self._splits.items())


class AcrossSplits:
    """The splits of a `DatasetDict` deduplicated against each other: every attribute is a dict by split.

    Rows are numbered from 0 in each split.
    """

    def __init__(self, found: Deduplicated, frame: SplitsFrame) -> None:
        self._found = found
        self._frame = frame

    @cached_property
    def kept(self) -> Any:
        """The rows that stay, as a `DatasetDict`."""
        from datasets import DatasetDict

        return DatasetDict(self._frame.take(self._found._kept_at))  # noqa: SLF001

    @cached_property
    def removed(self) -> Any:
        """The rows that went, as a `DatasetDict`, with their evidence.

        `row` and `kept_row` (int64, positions in their own splits), `kept_split` (the split of `kept_row`),
        `similarity` and `reason`. A name that the input has already gets the prefix `fc_`.
        """
        import pyarrow as pa
        from datasets import DatasetDict

        removed = {}
        for split, (frame, rows) in self._removed_rows().items():
            evidence = self._found._evidence(rows)  # noqa: SLF001
            kept = evidence["kept_row"].to_numpy()
            columns = {
                "row": pa.array(self._frame.local(rows)),
                "kept_split": self._names(kept),
                "kept_row": pa.array(self._frame.local(kept)),
                "similarity": evidence["similarity"],
                "reason": evidence["reason"],
            }
            removed[split] = frame.take_with(self._frame.local(rows), columns)
        return DatasetDict(removed)

    @property
    def representative(self) -> dict[str, Any]:
        """For every row the one that stands for it, itself where kept: `struct<split, row>`."""
        import pyarrow as pa

        found = self._found.representative.to_numpy()
        both = pa.StructArray.from_arrays(
            [self._names(found), pa.array(self._frame.local(found))], ["split", "row"]
        )
        return self._by_split(both)

    @property
    def similarity(self) -> dict[str, Any]:
        """For every row its exact similarity to its representative, 1.0 where it is kept (float64)."""
        return self._by_split(self._found.similarity)

    def rethreshold(self, threshold: float) -> AcrossSplits:
        """The same rows at a higher threshold; see `Deduplicated.rethreshold`."""
        return AcrossSplits(self._found.rethreshold(threshold), self._frame)

    def pairs(self, *, limit: int | None = None) -> pa.RecordBatchReader:
        """Every pair of similar rows, of whichever splits; see `Deduplicated.pairs`.

        Args:
            limit: The most pairs to give; all for None.

        Returns:
            A stream of Arrow batches: `split_a`, `row_a`, `split_b`, `row_b` (rows numbered in their own splits) and
            `similarity`.
        """
        import pyarrow as pa

        found = self._found.pairs(limit=limit)
        split, row = pa.string(), pa.int64()
        schema = pa.schema(
            [
                ("split_a", split),
                ("row_a", row),
                ("split_b", split),
                ("row_b", row),
                ("similarity", pa.float64()),
            ]
        )
        return pa.RecordBatchReader.from_batches(
            schema, (self._local_pairs(batch, schema) for batch in found)
        )

    def groups(self) -> Groups:
        """The rows that others went for, of whichever splits; see `Deduplicated.groups`.

        In the table `kept_split` says whose row `kept_row` is, and `rows` are structs of `split` and `row`.
        """
        import pyarrow as pa

        from fastcurate.dedup.groups import Groups

        found = self._found.groups()
        kept, rows = found.table["kept_row"].to_numpy(), found.table["rows"].combine_chunks()
        gone = rows.flatten().to_numpy(zero_copy_only=False)
        each = pa.StructArray.from_arrays(
            [self._names(gone), pa.array(self._frame.local(gone))], ["split", "row"]
        )
        sizes = found.table["removed"].to_numpy()
        ends = pa.array([0, *sizes.cumsum().tolist()], pa.int32())
        columns = {
            "kept_split": self._names(kept),
            "kept_row": pa.array(self._frame.local(kept)),
            "removed": found.table["removed"],
            "similarity": found.table["similarity"],
            "rows": pa.ListArray.from_arrays(ends, each),
        }
        return Groups(pa.table(columns), found.texts)

    def summary(self) -> dict[str, dict[str, Any]]:
        """Counts and settings of each split; `removed_for` counts the removed rows by the split of their kept row."""
        import numpy as np

        settings = self._found.summary()
        names = list(self._frame.frames)
        counts = {}
        for split, (frame, rows) in self._removed_rows().items():
            standing = self._frame.split_of(self._found.representative.to_numpy()[rows])
            by_split = np.bincount(standing, minlength=len(names)).tolist()
            own = {"rows": frame.num_rows, "kept": frame.num_rows - len(rows), "removed": len(rows)}
            counts[split] = settings | own | {"removed_for": dict(zip(names, by_split, strict=True))}
        return counts

    def __repr__(self) -> str:
        lines = []
        for split, counts in self.summary().items():
            went = [f"{rows:,} for {name!r}" for name, rows in counts["removed_for"].items() if rows]
            how = f" ({', '.join(went)})" if went else ""
            lines.append(
                f"{split}: {counts['rows']:,} rows, {counts['kept']:,} kept, {counts['removed']:,} removed{how}"
            )
        return "\n".join(lines)

    def _removed_rows(self) -> dict[str, tuple[Any, npt.NDArray[np.int64]]]:
        """For each split its frame and the rows that went, numbered over all splits."""
        import numpy as np

        gone = np.setdiff1d(np.arange(self._frame.num_rows), self._found._kept_at, assume_unique=True)  # noqa: SLF001
        return {
            split: (frame, self._frame.within(gone, place))
            for place, (split, frame) in enumerate(self._frame.frames.items())
        }

    def _local_pairs(self, batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
        import pyarrow as pa

        a, b = batch["row_a"].to_numpy(), batch["row_b"].to_numpy()
        columns = [
            self._names(a),
            pa.array(self._frame.local(a)),
            self._names(b),
            pa.array(self._frame.local(b)),
            batch["similarity"],
        ]
        return pa.record_batch(columns, schema=schema)

    def _names(self, rows: npt.NDArray[np.int64]) -> pa.Array:
        import pyarrow as pa

        splits = pa.array(list(self._frame.frames), pa.string())
        return splits.take(pa.array(self._frame.split_of(rows)))

    def _by_split(self, values: Any) -> dict[str, Any]:
        starts = self._frame.starts.tolist()
        return {
            split: values.slice(starts[place], starts[place + 1] - starts[place])
            for place, split in enumerate(self._frame.frames)
        }


def precedence(across_splits: bool | Sequence[str], splits: Sequence[str]) -> list[int]:
    """The positions of the splits in the order in which they are compared.

    Args:
        across_splits: True for `test...` first, then the others in their order, `train...` last; or every name in the
            order wanted.
        splits: The names of the splits.

    Returns:
        For each split its place.

    Raises:
        ValueError: The names are not exactly those of the splits.
        TypeError: `across_splits` is neither.
    """
    if across_splits is True:
        order = sorted(splits, key=lambda name: (name.startswith("train"), not name.startswith("test")))
    elif isinstance(across_splits, Sequence) and not isinstance(across_splits, (str, bytes)):
        order = list(across_splits)
    else:
        raise TypeError(
            f"across_splits must be True, False or a list of the splits in order, got {across_splits!r}"
        )
    if sorted(order) != sorted(splits):
        raise ValueError(
            f"across_splits must name every split once, got {order}; the splits are {list(splits)}"
        )
    return [order.index(name) for name in splits]
