"""Batches of rows that share a bucket, in an order that depends on the seed, the epoch and nothing else.

The order comes from keys of our own (SplitMix64, Steele et al., OOPSLA 2014), not from a library's generator,
whose stream may change with its version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    import numpy.typing as npt


class Batches:
    """An iterable of lists of row numbers with a length, as torch's `DataLoader` takes for `batch_sampler`.

    Examples:
        >>> import numpy as np
        >>> batches = Batches(np.array([0, 1, 0, 1, 0]), [2, 1], seed=None)
        >>> len(batches), list(batches)
        (4, [[0, 2], [4], [1], [3]])
    """

    def __init__(
        self,
        bucket: npt.NDArray[np.int32],
        rows_per_batch: Sequence[int],
        *,
        seed: int | None = 0,
        drop_last: bool = False,
        rank: int = 0,
        num_replicas: int = 1,
    ) -> None:
        """Takes the bucket of each row and the size of each bucket's batches.

        The other arguments are those of `BucketResult.batches`.
        """
        import numpy as np

        if num_replicas < 1:
            raise ValueError(f"num_replicas must be at least 1, got {num_replicas}")
        if not 0 <= rank < num_replicas:
            raise ValueError(
                f"rank must be between 0 and num_replicas - 1, which is {num_replicas - 1}, got {rank}"
            )
        self._bucket = bucket
        self._seed = seed
        self._drop_last = drop_last
        self._rank, self._num_replicas = rank, num_replicas
        self._epoch = 0
        starts: list[int] = []
        ends: list[int] = []
        end = 0
        counts = np.bincount(bucket, minlength=len(rows_per_batch)).tolist()
        for rows, size in zip(counts, rows_per_batch, strict=True):
            first, end = end, end + rows
            last = end - rows % size if drop_last else end
            starts += range(first, last, size)
            ends += [min(start + size, last) for start in range(first, last, size)]
        self._starts, self._ends = starts, ends

    def __len__(self) -> int:
        """The number of batches of this rank, the same in every epoch and for every rank."""
        batches = len(self._starts)
        return batches // self._num_replicas if self._drop_last else -(-batches // self._num_replicas)

    def set_epoch(self, epoch: int) -> None:
        """Chooses the order of the next iteration; the same epoch always has the same."""
        self._epoch = epoch

    def rows(self) -> list[list[int]]:
        """All batches of the epoch."""
        return list(self)

    def __iter__(self) -> Iterator[list[int]]:
        """The batches of the epoch that are this rank's, one after the other."""
        import numpy as np

        if self._seed is None:
            order = np.argsort(self._bucket, kind="stable")
        else:
            order = np.lexsort((_keys(len(self._bucket), self._seed, 2 * self._epoch), self._bucket))
        for turn in self._turns():
            yield order[self._starts[turn] : self._ends[turn]].tolist()

    def _turns(self) -> list[int]:
        """Which batches are this rank's, in their order.

        A step takes neighbouring batches, one for each replica, so that they come from one bucket (but where
        two meet); the steps are shuffled.
        """
        import numpy as np

        batches, steps = len(self._starts), len(self)
        wanted = steps * self._num_replicas
        if self._seed is None or not steps:
            turns = np.arange(wanted) % max(batches, 1)
            return _column(turns, self._num_replicas, self._rank)
        # Streams of keys beside that of the rows: one to choose the batches that go, one for the steps.
        chosen = np.argsort(_keys(batches, self._seed, 2 * self._epoch + 1), kind="stable")
        turns = np.sort(chosen[:wanted]) if wanted < batches else np.arange(wanted) % batches
        shuffled = np.argsort(_keys(steps, ~self._seed, 2 * self._epoch + 1), kind="stable")
        mine = _column(turns, self._num_replicas, self._rank)
        return [mine[step] for step in shuffled.tolist()]


def _column(turns: npt.NDArray[np.int64], replicas: int, rank: int) -> list[int]:
    """Every `replicas`-th turn, from that of the rank on."""
    mine: list[int] = turns[rank::replicas].tolist()
    return mine


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
