"""Exact duplicates out of a stream, in a memory of a fixed size.

A row is known by 128 bits, the identity that `deduplicate(method="exact")` goes by: equal bytes column by column, null
equal only to null in the same place. Sixteen bytes a row are remembered while they fit; after that rows are still
compared with what is remembered, and what cannot be told any more is counted. A row goes only where an equal one came
before it (two different rows with one identity among 2^40: odds of 2^-49), whatever the memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate.on import On

    Run: TypeAlias = tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]

__all__ = ["StreamDeduplicated", "deduplicate_stream"]

BYTES_PER_ROW = 16


def deduplicate_stream(
    stream: Any, *, on: On = None, memory: int = 1 << 30, batch_size: int = 1000, system_turns: bool = False
) -> StreamDeduplicated:
    """Remove exact duplicates from a Hugging Face `IterableDataset` while it streams; of equal rows the first stays.

    Args:
        stream: The `IterableDataset`.
        on: What is compared, as in `fastcurate.deduplicate`; found in the first batch for None.
        memory: Bytes for what is remembered, 16 a row, so that the default holds 67 million rows. Keeping it in order
            takes up to an eighth more for a moment.
        batch_size: Rows read at a time. The answer is the same for any number.
        system_turns: Whether the system turns of a chat are compared too.

    Returns:
        `kept`, an `IterableDataset`, and after it has been read `summary()`: how many rows came, stayed and went, and
        how many stayed that could not be compared with every row before them because the memory was full.

    Raises:
        TypeError: `stream` is no `IterableDataset`, or a column of `on` holds no text.
        ValueError: There is no such column, or a number is out of range.

    Examples:
        >>> from datasets import Dataset
        >>> import fastcurate as fc
        >>> stream = Dataset.from_dict({"text": ["a", "b", "a"]}).to_iterable_dataset()
        >>> d = fc.datasets.deduplicate_stream(stream)
        >>> list(d.kept)
        [{'text': 'a'}, {'text': 'b'}]
        >>> d.summary()["removed"]
        1
    """
    from datasets import IterableDataset

    if not isinstance(stream, IterableDataset):
        raise TypeError(
            f"stream must be an IterableDataset, got {type(stream).__name__}; "
            'for rows at hand use fastcurate.deduplicate(data, method="exact")'
        )
    for name, value, least in (("memory", memory, BYTES_PER_ROW), ("batch_size", batch_size, 1)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} must be a whole number, got {value!r}")
        if value < least:
            raise ValueError(f"{name} must be at least {least}, got {value}")
    return StreamDeduplicated(stream, on, memory // BYTES_PER_ROW, batch_size, system_turns=system_turns)


class StreamDeduplicated:
    """A stream without the rows that came before.

    Every pass over `kept` begins with an empty memory. It is one shard, whatever the stream was made of: with several
    workers of a `DataLoader` one of them reads it, because none knows what another has seen.
    """

    def __init__(self, stream: Any, on: On, rows: int, batch_size: int, *, system_turns: bool) -> None:
        self._stream = stream
        self._on = on
        self._rows = rows
        self._batch_size = batch_size
        self._system_turns = system_turns
        self._counts = {"rows": 0, "kept": 0, "removed": 0, "unchecked": 0}

    @property
    def kept(self) -> Any:
        """The rows that stay, as an `IterableDataset` with the features of the stream."""
        from datasets import IterableDataset

        return IterableDataset.from_generator(self._read, features=self._stream.features)

    def summary(self) -> dict[str, int]:
        """The counts of the latest pass over `kept` in this process: `rows`, `kept`, `removed`, `unchecked`."""
        return dict(self._counts)

    def __repr__(self) -> str:
        if not self._counts["rows"]:
            return "<StreamDeduplicated: not read yet>"
        said = ", ".join(f"{count:,} {name}" for name, count in self._counts.items())
        return f"<StreamDeduplicated: {said}>"

    def _read(self) -> Iterator[dict[str, Any]]:
        import numpy as np

        seen = Seen(self._rows)
        self._counts = counts = dict.fromkeys(self._counts, 0)
        entries = None
        for table in self._stream.with_format("arrow").iter(self._batch_size):
            if entries is None:
                entries = self._entries(table)
            known, ids = _identities(table, entries, system=self._system_turns)
            keep = np.ones(table.num_rows, dtype=bool)
            keep[known], unchecked = seen.add(ids)
            counts["rows"] += table.num_rows
            counts["kept"] += int(keep.sum())
            counts["removed"] += int((~keep).sum())
            counts["unchecked"] += unchecked
            yield from table.filter(keep).to_pylist()

    def _entries(self, table: pa.Table) -> Any:
        from fastcurate.on import resolve_on

        return resolve_on(self._on, dict(zip(table.column_names, table.schema.types, strict=True)))


class Seen:
    """The identities of the rows that came, in sorted runs (as in a log-structured merge tree, O'Neil et al. 1996).

    Two runs become one when the older is at most twice the newer, so that there are few, and none grows beyond an
    eighth of what there is room for, so that merging needs little.

    Examples:
        >>> import numpy as np
        >>> seen = Seen(2)
        >>> ids = np.array([[1, 1], [2, 2], [1, 1], [3, 3]], np.uint64)
        >>> seen.add(ids)  # the last one finds no room
        (array([ True,  True, False,  True]), 0)
        >>> seen.add(ids[1:])  # and may have been there before
        (array([False, False,  True]), 1)
    """

    def __init__(self, room: int) -> None:
        """Takes the number of identities that can be remembered."""
        self._room = room
        self._longest = max(1, room // 8)
        self._full = False
        self._runs: list[Run] = []

    def add(self, ids: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.bool_], int]:
        """Which of these rows, two numbers each, are new; and how many of the new ones may not be.

        The first row that finds no room has still been compared with all before it.
        """
        import numpy as np

        _, first, which = np.unique(ids, axis=0, return_index=True, return_inverse=True)
        new = ~self._remembered(ids[first])
        order = np.argsort(first, kind="stable")
        order = order[new[order]]  # the new identities in the order in which they came
        late = order[self._room :]
        self._remember(ids[first[order[: self._room]]])
        fresh = np.zeros(len(ids), dtype=bool)
        fresh[first[new]] = True
        if len(late):
            fresh |= np.isin(which.ravel(), late)  # where nothing is remembered, nothing goes
        unchecked = int(np.isin(which.ravel(), late).sum()) - (0 if self._full or not len(late) else 1)
        self._full |= len(late) > 0
        return fresh, unchecked

    def _remembered(self, ids: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
        import numpy as np

        found = np.zeros(len(ids), dtype=bool)
        for high, low in self._runs:
            rows = np.flatnonzero(~found)
            at = np.searchsorted(high, ids[rows, 0])
            while len(rows):  # once, but for different identities with the same first half
                there = at < len(high)
                rows, at = rows[there], at[there]
                alike = high[at] == ids[rows, 0]
                rows, at = rows[alike], at[alike]
                equal = low[at] == ids[rows, 1]
                found[rows[equal]] = True
                rows, at = rows[~equal], at[~equal] + 1
        return found

    def _remember(self, ids: npt.NDArray[np.uint64]) -> None:
        import numpy as np

        if not len(ids):
            return
        self._room -= len(ids)
        self._runs.append(_sorted(ids[:, 0], ids[:, 1]))
        while len(self._runs) > 1:
            (older, older_low), (newer, newer_low) = self._runs[-2:]
            if len(older) > 2 * len(newer) or len(older) + len(newer) > self._longest:
                break
            self._runs[-2:] = [
                _sorted(np.concatenate([older, newer]), np.concatenate([older_low, newer_low]))
            ]


def _sorted(high: npt.NDArray[np.uint64], low: npt.NDArray[np.uint64]) -> Run:
    import numpy as np

    order = np.argsort(high, kind="stable")
    return high[order], low[order]


def _identities(table: pa.Table, entries: Any, *, system: bool) -> tuple[Any, npt.NDArray[np.uint64]]:
    """The rows that are not all null, and for each its identity as two numbers."""
    import numpy as np
    import pyarrow as pa

    from fastcurate import _core
    from fastcurate.on import ChatEntry

    columns = [
        [
            ([table.column(name)], entry.part if isinstance(entry, ChatEntry) else "text")
            for name in entry.columns
        ]
        for entry in entries
    ]
    ids = pa.array(_core.identities(columns, system=system))
    known = np.flatnonzero(ids.is_valid().to_numpy(zero_copy_only=False))
    numbers = np.frombuffer(ids.buffers()[1], dtype=np.uint64, count=2 * len(ids)).reshape(-1, 2)
    return known, numbers[known]
