"""The text that benches run on, read in one place.

Real corpora come from the folder FASTCURATE_DATA names (by default `../shared/data` beside the repository);
`stdlib` is made from the running Python's own standard library and is always there. Nulls count as empty text.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from examples import stdlib_instructions

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("FASTCURATE_DATA", ROOT.parent / "shared" / "data")).resolve()

FILES = {
    "alpaca_en_52k": "instruct/alpaca_en_52k.parquet",
    "t0_per_template": "instruct/t0_per_template.parquet",
    "alpaca_zh": "instruct/alpaca_zh.parquet",
    "codealpaca": "instruct/codealpaca.parquet",
    "scancode_license_rules": "neardup/scancode_license_rules.parquet",
    "raw_mixed_sample": "raw/raw_mixed_sample.parquet",
}
COMPARED = ("instruction", "input", "output", "prompt", "completion", "text")
"""The columns whose text is joined, in this order, where they are there."""

Lengths = npt.NDArray[np.int32]


@dataclass
class Corpora:
    """Corpora by name, each cut to its first `limit` rows; what is absent is said once."""

    limit: int | None = None
    absent: set[str] = field(default_factory=set)
    _tables: dict[str, pa.Table] = field(default_factory=dict)

    def named(self, *names: str) -> Iterator[str]:
        """Those of the names that are there, `stdlib` first."""
        yield "stdlib"
        for name in names:
            if (DATA / FILES[name]).exists():
                yield name
            else:
                self.absent.add(FILES[name])

    def file(self, name: str) -> Path | None:
        """A file of the data folder, if it is there."""
        path = DATA / name
        if path.exists():
            return path
        self.absent.add(name)
        return None

    def table(self, name: str) -> pa.Table:
        if name not in self._tables:
            rows = pa.Table.from_pylist(list(stdlib_instructions.rows())) if name == "stdlib" else None
            found = pq.read_table(DATA / FILES[name]) if rows is None else rows
            self._tables[name] = found.slice(0, self.limit) if self.limit else found
        return self._tables[name]

    def column(self, name: str, column: str) -> pa.StringArray:
        text = self.table(name)[column].cast(pa.string())
        return pc.fill_null(text, "").combine_chunks()

    def text(self, name: str) -> pa.StringArray:
        """All the text of a row, its columns joined by newlines."""
        names = [column for column in COMPARED if column in self.table(name).column_names]
        return pc.binary_join_element_wise(*(self.column(name, column) for column in names), "\n")

    def lengths(self, rows: int) -> Lengths:
        """Lengths up to 2048, log-normal around 200, as token counts of instructions are."""
        drawn = np.random.default_rng(7).lognormal(5.3, 0.9, min(rows, self.limit or rows))
        return np.clip(drawn, 1, 2048).astype(np.int32)


def size(text: Any) -> int:
    """Bytes of text."""
    return int(pc.sum(pc.binary_length(text)).as_py() or 0)


def sample(text: Any, size_wanted: int) -> Any:
    """Every n-th row, so that about that many bytes are left."""
    step = max(1, size(text) // size_wanted)
    return text.take(pa.array(range(0, len(text), step)))
