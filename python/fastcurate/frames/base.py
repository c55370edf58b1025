"""What every frame can do, whichever library it comes from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

PREFIX = "fc_"


class Frame(ABC):
    """Rows in the caller's own type: columns come out as Arrow, rows as what came in.

    Attributes:
        provenance: For files, a table with the place of each row: `row` (int64, its position in the whole
            input, where broken lines count), `file` (dictionary of strings) and, for text formats, `line`
            (int64, 1-based); otherwise None.
        broken: For JSONL files opened with `on_error="skip"`, the lines that are no rows: `row`, `file`,
            `line`, `raw` (binary), `message`; otherwise None.
    """

    provenance: pa.Table | None = None
    broken: pa.Table | None = None

    @property
    @abstractmethod
    def columns(self) -> list[str]:
        """The names of the columns, in order."""

    @property
    @abstractmethod
    def num_rows(self) -> int:
        """The number of rows."""

    @abstractmethod
    def take(self, rows: npt.NDArray[np.int64]) -> Any:
        """The rows at these positions, in this order, in the caller's type."""

    @abstractmethod
    def series(self, values: Any) -> Any:
        """Values of ours as the caller's kind of column: a Polars Series for Polars, else a pyarrow array."""

    def arrow(self, name: str) -> pa.ChunkedArray:
        """One column, sharing its buffers wherever the source is Arrow.

        Raises:
            ValueError: There is no such column, or more than one.
        """
        found = self.columns.count(name)
        if found == 0:
            raise ValueError(f"there is no column {name!r}; the columns are {listed(self.columns)}")
        if found > 1:
            raise ValueError(f"there are {found} columns named {name!r}; rename all but one of them")
        return self._arrow(name)

    @property
    def types(self) -> dict[str, pa.DataType]:
        """The Arrow type of every column."""
        return {name: self._arrow(name).type for name in self.columns}

    def take_with(self, rows: npt.NDArray[np.int64], extra: Mapping[str, Any]) -> Any:
        """The rows at these positions plus columns of ours, one value a row.

        A name that the caller's data already has gets the prefix `fc_`.
        """
        return self._take_with(rows, free_names(self.columns, extra))

    def replace(self, columns: Mapping[str, Any]) -> Frame:
        """The same rows with some columns exchanged for these Arrow arrays; they keep their place.

        Where the column's Arrow type can hold the new values, it is kept.
        """
        for name in columns:
            if name not in self.columns:
                raise ValueError(f"there is no column {name!r}; the columns are {listed(self.columns)}")
        frame = self._replace(dict(columns))
        frame.provenance, frame.broken = self.provenance, self.broken
        return frame

    def exchange(self, rows: npt.NDArray[np.int64], old: Iterable[str], new: Mapping[str, Any]) -> Any:
        """The rows at these positions without some columns and with new ones, which may have their names.

        A name that another column has gets the prefix `fc_`.
        """
        gone = set(old)
        final = free_names([name for name in self.columns if name not in gone], new)
        passing = free_names(self.columns, final)
        made = self._take_with(rows, passing)
        return self._renamed(made, gone, dict(zip(passing, final, strict=True)))

    @abstractmethod
    def _arrow(self, name: str) -> pa.ChunkedArray: ...

    @abstractmethod
    def _take_with(self, rows: npt.NDArray[np.int64], extra: dict[str, Any]) -> Any: ...

    @abstractmethod
    def _replace(self, columns: dict[str, Any]) -> Frame: ...

    @abstractmethod
    def _renamed(self, made: Any, gone: set[str], names: dict[str, str]) -> Any:
        """Rows in the caller's type without the columns `gone`, and with others by another name."""


def listed(names: Iterable[str]) -> str:
    """Names as an error message shows them."""
    return ", ".join(repr(name) for name in names) or "none at all"


def free_names(taken: Iterable[str], extra: Mapping[str, Any]) -> dict[str, Any]:
    """`extra` with the prefix `fc_` on every name that is taken."""
    used = set(taken)
    named = {}
    for name, values in extra.items():
        free = name
        while free in used:
            free = PREFIX + free
        used.add(free)
        named[free] = values
    return named


def origin(value: object) -> set[tuple[str, str]]:
    """(root module, class name) of a value's type and its parents: tells a library without importing it."""
    return {(kind.__module__.partition(".")[0], kind.__name__) for kind in type(value).__mro__}


def kind_of(value: object) -> str:
    """A value's type as an error message shows it."""
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
