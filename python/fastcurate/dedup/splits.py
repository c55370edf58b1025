"""A verdict for every split of a `DatasetDict`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from fastcurate.dedup.groups import Groups
    from fastcurate.dedup.result import Deduplicated


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
