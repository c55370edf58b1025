"""Batches of rows that share a bucket, in an order that depends on the seed, the epoch and nothing else.

The order comes from keys of our own (SplitMix64, Steele et al., OOPSLA 2014), not from a library's generator,
whose stream may change with its version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt


class Batches:
    """An iterable of lists of row numbers with a length, as torch's `DataLoader` takes for `batch_sampler`.

    Examples:
        >>> import numpy as np
        >>> batches = Batches(np.array([0, 1, 0, 1, 0]), 2, seed=None)
        >>> len(batches), list(batches)
        (3, [[0, 2], [4], [1, 3]])
    """

    def __init__(
        self, bucket: npt.NDArray[np.int32], batch_size: int, *, seed: int | None = 0, drop_last: bool = False
    ) -> None:
        """Takes the bucket of each row; the other arguments as in `BucketResult.batches`."""
        import numpy as np

        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        self._bucket = bucket
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = 0
        starts: list[int] = []
        ends: list[int] = []
        end = 0
        for rows in np.bincount(bucket).tolist():
            first, end = end, end + rows
            last = end - rows % batch_size if drop_last else end
            starts += range(first, last, batch_size)
            ends += [min(start + batch_size, last) for start in range(first, last, batch_size)]
        self._starts, self._ends = starts, ends

    def __len__(self) -> int:
        """The number of batches, the same in every epoch."""
        return len(self._starts)

    def set_epoch(self, epoch: int) -> None:
        """Chooses the order of the next iteration; the same epoch always has the same."""
        self._epoch = epoch

    def rows(self) -> list[list[int]]:
        """All batches of the epoch."""
        return list(self)

    def __iter__(self) -> Iterator[list[int]]:
        """The batches of the epoch, one after the other."""
        import numpy as np

        if self._seed is None:
            order = np.argsort(self._bucket, kind="stable")
            turns = range(len(self))
        else:
            # Two streams of keys, one for the rows and one for the batches.
            row_keys = _keys(len(self._bucket), self._seed, 2 * self._epoch)
            order = np.lexsort((row_keys, self._bucket))
            turns = np.argsort(_keys(len(self), self._seed, 2 * self._epoch + 1), kind="stable").tolist()
        for turn in turns:
            yield order[self._starts[turn] : self._ends[turn]].tolist()


def _keys(count: int, seed: int, stream: int) -> npt.NDArray[np.uint64]:
    """`count` keys that look random: a counter, from a start that depends on both numbers, well mixed."""
    import numpy as np

    start: npt.NDArray[np.uint64] = _mix(np.array([seed % 2**64], np.uint64))
    start ^= _mix(_mix(np.array([stream % 2**64], np.uint64)))
    counter: npt.NDArray[np.uint64] = np.arange(count, dtype=np.uint64)
    counter += start
    return _mix(counter)


def _mix(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The next output of SplitMix64 from each state; arrays wrap around at 2**64."""
    import numpy as np

    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
