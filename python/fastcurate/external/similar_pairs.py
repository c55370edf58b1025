"""All similar pairs of files as a stream of Arrow batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from fastcurate.dedup.compared import AGAINST, NEW
from fastcurate.dedup.settings import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from fastcurate.external.duplicates import Judge
    from fastcurate.external.job import Decided

AT_ONCE = 1 << 16


def stream(judge: Judge, decided: Decided, threshold: float, limit: int | None) -> pa.RecordBatchReader:
    """The pairs at a threshold; see `Deduplicated.pairs`."""
    if limit is not None:
        limit = whole_number("limit", limit, 0)
    old, first = decided.olds.get(0), judge.first
    fields = [("row_a", pa.int64()), ("row_b", pa.int64()), ("similarity", pa.float64())]
    if old is not None:
        fields += [("in_a", pa.string()), ("in_b", pa.string())]
    schema = pa.schema(fields)
    a, b, similarity = judge.similar.pairs(threshold)
    asked = b >= first  # a comes first, so that a pair of two old rows has an old b
    a, b, similarity = (column[asked][:limit] for column in (a, b, similarity))

    def places(rows: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
        here = rows.astype(np.int64)
        ours = decided.positions(np.maximum(here - first, 0))
        return ours if old is None else np.where(here < first, old.positions(here), ours)

    def batches() -> Iterator[pa.RecordBatch]:
        for start in range(0, len(a), AT_ONCE):
            rows = [column[start : start + AT_ONCE] for column in (a, b)]
            columns = [*map(places, rows), similarity[start : start + AT_ONCE]]
            if old is not None:
                columns += [np.where(row < first, AGAINST, NEW).astype(object) for row in rows]
            yield pa.record_batch([pa.array(column) for column in columns], schema=schema)

    return pa.RecordBatchReader.from_batches(schema, batches())
