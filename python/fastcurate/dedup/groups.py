"""Groups: the rows that stand for others, and the others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    import pyarrow as pa

    gone = np.setdiff1d(np.arange(len(stands)), kept, assume_unique=True)
    leader, count = np.unique(stands[gone], return_counts=True)
    by_leader = gone[np.argsort(stands[gone], kind="stable")]
    ends = np.cumsum(count)
    scores = np.asarray(similarity)[by_leader]
    lowest = np.minimum.reduceat(scores, ends - count) if len(leader) else np.zeros(0)
    rows = pa.ListArray.from_arrays(
        pa.array(np.concatenate([[0], ends]), pa.int32()),
        pa.array(compared.input_rows[by_leader + compared.first]),
    )
    columns: dict[str, Any] = {"kept_row": compared.input_rows[leader]}
    if compared.against is not None:
        columns["kept_in"] = compared.where(leader)
    columns |= {"removed": count.astype(np.int64), "similarity": lowest, "rows": rows}
    order = np.argsort(-count, kind="stable")
    table = pa.table(columns).take(pa.array(order))
    return Groups(table, [_beginning(compared, int(row)) for row in leader[order[:SHOWN]]])


def _beginning(compared: Compared, row: int) -> str:
    """How the compared text of a row begins, on one line."""
    side = 0 if compared.against is not None and row < compared.first else -1
    place = row if side == 0 else row - compared.first
    texts = []
    for parts, _ in (column for entry in compared.columns for column in entry):
        value = parts[side][place].as_py()
        turns = [turn["content"] for turn in value if turn] if isinstance(value, list) else [value]
        texts += [turn for turn in turns if turn]
    text = " ".join(" ".join(texts).split())
    return text if len(text) <= WIDTH else text[: WIDTH - 3] + "..."
