"""Several tables with the same columns as one: the splits of a `DatasetDict`, end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from fastcurate.frames.arrow import array_of, cast_like
from fastcurate.frames.base import Frame

if TYPE_CHECKING:
    import numpy.typing as npt


class SplitsFrame(Frame):
    """The rows of every split, numbered through; rows come back as a dict by split.

    Attributes:
        frames: The frame of each split.
        starts: The number of each split's first row, and behind them the number of all rows.
    """

    def __init__(self, frames: dict[str, Frame], places: list[int]) -> None:
        """Takes the frames, and for each its place in the order in which splits are compared."""
        self.frames = frames
        self._places = np.asarray(places, dtype=np.int64)
        self.starts = np.cumsum([0, *(frame.num_rows for frame in frames.values())])

    @property
    def columns(self) -> list[str]:
        """Those that every split has."""
        everywhere = [set(frame.columns) for frame in self.frames.values()]
        first = next(iter(self.frames.values()), None)
        return [name for name in (first.columns if first else []) if all(name in own for own in everywhere)]

    @property
    def num_rows(self) -> int:
        return int(self.starts[-1])

    @property
    def types(self) -> dict[str, pa.DataType]:
        return {name: self._type(name) for name in self.columns}

    def split_of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The position of the split that each row belongs to."""
        return np.searchsorted(self.starts, rows, side="right") - 1

    def local(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Each row's number in its own split."""
        local: npt.NDArray[np.int64] = rows - self.starts[self.split_of(rows)]
        return local

    def by_split(self, order: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
        """An order of all rows, split by split: the one with the lowest place first."""
        place = self._places[self.split_of(order.astype(np.int64))]
        return order[np.argsort(place, kind="stable")]

    def within(self, rows: npt.NDArray[np.int64], split: int) -> npt.NDArray[np.int64]:
        """Of ascending rows those of one split, still numbered over all."""
        first, last = np.searchsorted(rows, self.starts[split : split + 2])
        return rows[first:last]

    def take(self, rows: npt.NDArray[np.int64]) -> dict[str, Any]:
        return self._take_with(rows, {})

    def series(self, values: Any) -> pa.Array:
        return array_of(values)

    def _arrow(self, name: str) -> pa.ChunkedArray:
        kind = self._type(name)
        parts = [cast_like(frame.arrow(name), kind) for frame in self.frames.values()]
        return pa.chunked_array([chunk for part in parts for chunk in part.chunks], kind)

    def _type(self, name: str) -> pa.DataType:
        """The one type that this column has in every split that knows a value of it."""
        kinds = {split: frame.types[name] for split, frame in self.frames.items()}
        known = [kind for kind in kinds.values() if not pa.types.is_null(kind)] or [pa.null()]
        if any(kind != known[0] for kind in known):
            listed = ", ".join(f"{kind} in {split!r}" for split, kind in kinds.items())
            raise TypeError(f"the column {name!r} must have one type in all splits, got {listed}; cast it")
        return known[0]

    def _take_with(self, rows: npt.NDArray[np.int64], extra: dict[str, Any]) -> dict[str, Any]:
        taken = {}
        splits = self.split_of(rows)
        for place, (split, frame) in enumerate(self.frames.items()):
            at = np.flatnonzero(splits == place)
            own = {name: array_of(values).take(pa.array(at)) for name, values in extra.items()}
            local = rows[at] - self.starts[place]
            taken[split] = frame.take_with(local, own) if own else frame.take(local)
        return taken

    def _renamed(self, made: dict[str, Any], gone: set[str], names: dict[str, str]) -> dict[str, Any]:
        return {
            split: self.frames[split]._renamed(rows, gone, names)  # noqa: SLF001 - a frame's own parts
            for split, rows in made.items()
        }

    def _replace(self, columns: dict[str, Any]) -> SplitsFrame:
        frames = {}
        for place, (split, frame) in enumerate(self.frames.items()):
            first, last = int(self.starts[place]), int(self.starts[place + 1])
            own = {name: array_of(values).slice(first, last - first) for name, values in columns.items()}
            frames[split] = frame.replace(own)
        return SplitsFrame(frames, self._places.tolist())
