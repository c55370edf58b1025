"""Pairs of similar rows as a stream of Arrow batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from fastcurate.dedup.settings import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastcurate import _core
    from fastcurate.dedup.compared import Compared
    from fastcurate.dedup.settings import Settings


def stream(
    similar: _core.Similar, compared: Compared, settings: Settings, limit: int | None
) -> pa.RecordBatchReader:
    """The pairs at the threshold of the settings; see `Deduplicated.pairs`."""
    if limit is not None:
        limit = whole_number("limit", limit, 0)
    fields = [("row_a", pa.int64()), ("row_b", pa.int64()), ("similarity", pa.float64())]
    if compared.against is not None:
        fields += [("in_a", pa.string()), ("in_b", pa.string())]
    schema = pa.schema(fields)
    return pa.RecordBatchReader.from_batches(schema, _batches(similar, compared, settings, limit, schema))


def _batches(
    similar: _core.Similar, compared: Compared, settings: Settings, limit: int | None, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    pairs = similar.pairs(settings.threshold, settings.keep == "none")
    while limit is None or limit > 0:
        found = pairs.next(threads=settings.threads)
        if found is None:
            return
        a, b, similarity = (np.asarray(pa.array(column)) for column in found)
        asked = b >= compared.first  # a comes first, so that a pair of two old rows has an old b
        a, b, similarity = (column[asked][:limit] for column in (a, b, similarity))
        columns = [compared.input_rows[a], compared.input_rows[b], similarity]
        if compared.against is not None:
            columns += [compared.where(a), compared.where(b)]
        if limit is not None:
            limit -= len(a)
        if len(a):
            yield pa.record_batch([pa.array(column) for column in columns], schema=schema)
