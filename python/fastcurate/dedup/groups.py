"""Groups: the rows that stand for others, and the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from fastcurate.dedup.compared import Compared

SHOWN, WIDTH = 10, 60


@dataclass(frozen=True, repr=False)
class Groups:
    """Rows that stand for removed ones: the answer of `Deduplicated.groups`."""

    table: pa.Table
    """A line for each such row, those that stand for most first, of equal ones the lower row: `kept_row` (int64, its
    position in the whole input; with `keep="none"` it went as well), with `against` also `kept_in`, across splits
    `kept_split`, `removed` (how many
    rows it stands for), `similarity` (the lowest of theirs to it) and `rows` (which, a list of int64)."""
    texts: list[str] = field(default_factory=list)
    """How the texts of the first rows begin."""

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __repr__(self) -> str:
        """The largest groups for people."""
        if not len(self):
            return "no row stands for another"
        total = sum(self.table["removed"].to_pylist())
        rows = "1 row stands" if len(self) == 1 else f"{len(self):,} rows stand"
        where = zip(self._column("kept_in"), self._column("kept_split"), strict=True)
        of = [f" of {split or table}" if split or table == "against" else "" for table, split in where]
        cells = [("removed", "kept row", "least similar", "text")]
        cells += [
            (f"{line['removed']:,}", f"{line['kept_row']:,}{where}", f"{line['similarity']:.2f}", text)
            for line, where, text in zip(self.table.slice(0, SHOWN).to_pylist(), of, self.texts, strict=False)
        ]
        widths = [max(len(line[column]) for line in cells) for column in range(3)]
        lines = [f"{rows} for {total:,} that were removed"]
        for line in cells:
            numbers = [cell.rjust(width) for cell, width in zip(line, widths, strict=False)]
            lines.append("  ".join([*numbers, line[3]]).rstrip())
        if len(self) > SHOWN:
            lines.append(f"... and {len(self) - SHOWN:,} more, in .table")
        return "\n".join(lines)

    def _column(self, name: str) -> list[Any]:
        shown = self.table.slice(0, SHOWN)
        return shown[name].to_pylist() if name in self.table.column_names else [None] * shown.num_rows


def groups_of(
    compared: Compared,
    stands: npt.NDArray[np.int64],
    similarity: pa.Array,
    kept: npt.NDArray[np.int64],
) -> Groups:
    """Collects the removed rows by the row that stands for them.

    Args:
        compared: The tables.
        stands: For each row of the table itself the row that stands for it, numbered through both tables.
        similarity: How similar the two are.
        kept: The rows that are kept, by their places in the table itself.

    Returns:
        The groups.
    """
    import numpy as np

    gone = np.setdiff1d(np.arange(len(stands)), kept, assume_unique=True)
    where = None if compared.against is None else compared.where
    leader, table = grouped(
        gone + compared.first,
        stands[gone],
        np.asarray(similarity)[gone],
        lambda rows: compared.input_rows[rows],
        where,
    )
    return Groups(table, [beginning(compared, int(row)) for row in leader[:SHOWN]])


def grouped(
    gone: npt.NDArray[np.int64],
    stands: npt.NDArray[np.int64],
    similarity: npt.NDArray[np.float64],
    positions: Callable[[Any], Any],
    where: Callable[[Any], Any] | None = None,
) -> tuple[npt.NDArray[np.int64], pa.Table]:
    """The rows that others went for, most first, and the table of groups.

    Args:
        gone: The rows that went.
        stands: For each of them the row that stands for it.
        similarity: Its similarity to that row.
        positions: Gives the positions of rows in the whole input.
        where: Gives the table that rows are in, where there are two.
    """
    import numpy as np
    import pyarrow as pa

    leader, count = np.unique(stands, return_counts=True)
    order = np.argsort(stands, kind="stable")
    ends = np.cumsum(count)
    lowest = np.minimum.reduceat(similarity[order], ends - count) if len(leader) else np.zeros(0)
    rows = pa.ListArray.from_arrays(
        pa.array(np.concatenate([[0], ends]), pa.int32()), pa.array(positions(gone[order]))
    )
    columns: dict[str, Any] = {"kept_row": positions(leader)}
    if where is not None:
        columns["kept_in"] = where(leader)
    columns |= {"removed": count.astype(np.int64), "similarity": lowest, "rows": rows}
    most_first = np.argsort(-count, kind="stable")
    return leader[most_first], pa.table(columns).take(pa.array(most_first))


def beginning(compared: Compared, row: int) -> str:
    """How the compared text of a row begins, on one line."""
    side = 0 if compared.against is not None and row < compared.first else -1
    place = row if side == 0 else row - compared.first
    return shortened([[parts[side] for parts, _ in entry] for entry in compared.columns], place)


def shortened(entries: list[list[Any]], row: int) -> str:
    """How the text of a row of these columns begins, on one line."""
    texts = []
    for column in (column for entry in entries for column in entry):
        value = column[row].as_py()
        turns = [turn["content"] for turn in value if turn] if isinstance(value, list) else [value]
        texts += [turn for turn in turns if turn]
    text = " ".join(" ".join(texts).split())
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."
