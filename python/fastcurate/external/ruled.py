"""Which rule took a row out, and what was measured: for all rows in columns, as they may be millions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt


@dataclass(slots=True, eq=False)
class Ruled(Mapping[int, tuple[str, str | None]]):
    """The rows that rules took out: what each rule says and what was measured, null where there is nothing to measure.

    Attributes:
        rows: Their numbers, ascending.
        rules: The rule of each.
        values: What was measured, as text.
    """

    rows: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    rules: pa.Array = field(default_factory=lambda: pa.array([], pa.string()).dictionary_encode())
    values: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))

    @classmethod
    def of_pieces(cls, pieces: list[tuple[int, pa.Table]]) -> Ruled:
        """From what the scan left of each piece with rules: the number of its first row and its table."""
        if not pieces:
            return cls()
        rows, rules, values = [], [], []
        for first, table in pieces:
            there = np.flatnonzero(table["rule"].is_valid().to_numpy())
            rows.append(there + first)
            rules.append(table["rule"].combine_chunks().take(pa.array(there)).dictionary_encode())
            values.append(table["value"].combine_chunks().take(pa.array(there)))
        one = pa.chunked_array(rules).unify_dictionaries()
        return cls(np.concatenate(rows), one.combine_chunks(), pa.concat_arrays(values))

    def only(self, chosen: npt.NDArray[np.bool_]) -> Ruled:
        """Those of the rows that are chosen."""
        return Ruled(
            self.rows[chosen], self.rules.filter(pa.array(chosen)), self.values.filter(pa.array(chosen))
        )

    def shared(self, rows: npt.NDArray[np.int64], like: npt.NDArray[np.int64]) -> Ruled:
        """The same, and for each of `rows` what is said of the one in `like`, if anything is."""
        at = np.searchsorted(self.rows, like)
        said = at < len(self.rows)
        said[said] = self.rows[at[said]] == like[said]
        every = np.concatenate([self.rows, rows[said]])
        order = np.argsort(every, kind="stable")
        place = pa.array(np.concatenate([np.arange(len(self.rows)), at[said]])[order])
        return Ruled(every[order], self.rules.take(place), self.values.take(place))

    def __getitem__(self, row: int) -> tuple[str, str | None]:
        at = int(np.searchsorted(self.rows, row))
        if at == len(self.rows) or self.rows[at] != row:
            raise KeyError(row)
        return self.rules[at].as_py(), self.values[at].as_py()

    def __iter__(self) -> Iterator[int]:
        return iter(self.rows.tolist())

    def __len__(self) -> int:
        return len(self.rows)
