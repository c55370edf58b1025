"""`pack` against its definition, against vectors, and against what must hold of any packing."""

import json
from typing import Any

import fastcurate as fc
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from reference import pack as reference

VECTORS = [json.loads(line) for line in (ROOT / "tests/golden/pack.jsonl").read_text().splitlines()]
LENGTHS = st.lists(st.one_of(st.integers(0, 12), st.integers(0, 200)), max_size=120)
STRATEGIES = ["bfd", "bfd_split", "wrapped"]


def pieces(packed: Any) -> list[list[tuple[int, int, int]]]:
    bins: list[list[tuple[int, int, int]]] = [[] for _ in range(len(packed.bins))]
    for piece in packed.segments.to_pylist():
        bins[piece["bin"]].append((piece["row"], piece["start"], piece["length"]))
    return bins


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["why"])
def test_known_answers(vector: dict[str, Any]) -> None:
    packed = fc.pack(
        vector["lengths"],
        capacity=vector["capacity"],
        strategy=vector["strategy"],
        overflow=vector["overflow"],
    )
    assert packed.bins.to_pylist() == vector["bins"]
    assert packed.seq_lengths.to_pylist() == vector["seq_lengths"]


@given(LENGTHS, st.integers(1, 150), st.sampled_from(STRATEGIES), st.sampled_from(["truncate", "drop"]))
def test_the_packs_are_those_of_the_definition(
    lengths: list[int], capacity: int, strategy: Any, overflow: Any
) -> None:
    packed = fc.pack(lengths, capacity=capacity, strategy=strategy, overflow=overflow)
    assert pieces(packed) == reference.pack(lengths, capacity, strategy, overflow)


@given(LENGTHS, st.integers(1, 150), st.sampled_from(STRATEGIES), st.sampled_from(["truncate", "drop"]))
def test_nothing_vanishes_and_nothing_is_over_the_capacity(
    lengths: list[int], capacity: int, strategy: Any, overflow: Any
) -> None:
    packed = fc.pack(lengths, capacity=capacity, strategy=strategy, overflow=overflow)
    assert all(0 < sum(sizes) <= capacity for sizes in packed.seq_lengths.to_pylist())
    found: dict[int, list[tuple[int, int]]] = {}
    for row, start, length in (piece for pieces_of_bin in pieces(packed) for piece in pieces_of_bin):
        found.setdefault(row, []).append((start, start + length))
    empty, truncated, dropped = (
        set(rows.to_pylist()) for rows in (packed.empty, packed.truncated, packed.dropped)
    )
    for row, length in enumerate(lengths):
        runs = sorted(found.get(row, []))
        assert (row in empty) == (length == 0)
        assert (row in truncated) == (strategy == "bfd" and overflow == "truncate" and length > capacity)
        assert (row in dropped) == (strategy == "bfd" and overflow == "drop" and length > capacity)
        whole = 0 if row in dropped else min(length, capacity) if row in truncated else length
        # The runs of a row follow each other without a gap from its first token to its last.
        assert [start for start, _ in runs] == [0, *(end for _, end in runs)][: len(runs)]
        assert sum(end - start for start, end in runs) == whole
    summary = packed.summary()
    assert summary["rows"] == len(lengths)
    assert summary["tokens"] == sum(length for pack in pieces(packed) for _, _, length in pack)
    assert (summary["empty_rows"], summary["truncated_rows"]) == (len(empty), len(truncated))
    assert 0 < packed.efficiency <= 1


@given(st.lists(st.integers(0, 255), max_size=50), st.integers(1, 3))
def test_every_kind_of_column_gives_the_same_packs(lengths: list[int], cut: int) -> None:
    array = pa.array(lengths, pa.int64())
    expected = fc.pack(array, capacity=255)
    kinds = [pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32(), pa.uint64()]
    columns = [array.cast(kind) for kind in kinds]
    columns += [pa.chunked_array([array[:cut], array[cut:], array[:0]])]
    columns += [lengths, tuple(lengths), np.array(lengths, np.int32), pl.Series("n", lengths, pl.UInt16)]
    columns += [pd.Series(lengths, dtype="int64"), pd.Series(lengths, dtype="Int64"), array.slice(0)]
    for column in columns:
        packed = fc.pack(column, capacity=255, threads=2)
        assert packed.bins == expected.bins
        assert packed.seq_lengths == expected.seq_lengths
        assert packed.rows == len(lengths)


def test_the_types_are_those_that_trainers_read() -> None:
    packed = fc.pack([3, 1], capacity=4)
    assert packed.bins.type == pa.list_(pa.int64())
    assert packed.seq_lengths.type == pa.list_(pa.int32())
    assert packed.segments.schema.names == ["row", "start", "length", "bin"]
    assert repr(packed) == "PackResult(2 rows in 1 packs of 4, 100.00% full)"
    assert fc.pack([], capacity=4).efficiency == 1


@pytest.mark.parametrize(
    ("lengths", "options", "error", "message"),
    [
        ([1, 2, 9], {}, ValueError, "row 2: length 9 is over the capacity of 4"),
        ([1, None], {}, ValueError, "row 1: the length is null"),
        ([None, None], {}, ValueError, "row 0: the length is null"),
        ([3, -1], {"overflow": "drop"}, ValueError, "row 1: .* got -1"),
        ([3, 2**40], {"overflow": "drop"}, ValueError, "row 1: .* got 1099511627776"),
        ([2**31], {"strategy": "wrapped"}, ValueError, "row 0"),
        ([1], {"capacity": 0}, ValueError, "capacity must be between 1 and 2147483647, got 0"),
        ([1], {"capacity": -3}, ValueError, "capacity must be .* got -3"),
        ([1], {"capacity": 2**40}, ValueError, "capacity"),
        ([2**31 - 1] * 2, {"capacity": 1, "strategy": "bfd_split"}, ValueError, "capacity must be large"),
        ([1], {"strategy": "ffd"}, ValueError, 'strategy must be one of "bfd", "bfd_split", "wrapped"'),
        ([1], {"overflow": "ignore"}, ValueError, 'overflow must be one of "error", "truncate", "drop"'),
        ([1.5], {}, TypeError, "lengths must be a column of integers, got Float64"),
        (["a"], {}, TypeError, "lengths must be a column of integers, got Utf8"),
        ([1, "a"], {}, TypeError, "lengths must be integers"),
        ([2**70], {}, TypeError, "lengths must be integers"),
        (7, {}, TypeError, "lengths must be"),
    ],
)
def test_what_cannot_be_packed_says_why(
    lengths: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fc.pack(lengths, **{"capacity": 4, **options})


def test_a_null_in_a_later_chunk_is_named_by_its_row() -> None:
    chunks = pa.chunked_array([[1, 2], [3, None]])
    with pytest.raises(ValueError, match="row 3"):
        fc.pack(chunks, capacity=4)


def test_a_capacity_as_large_as_there_is() -> None:
    packed = fc.pack([2**31 - 1, 5, 2**31 - 6], capacity=2**31 - 1)
    assert packed.bins.to_pylist() == [[0], [2, 1]]
    assert packed.efficiency == 1


def test_many_equal_rows() -> None:
    packed = fc.pack(np.full(100_000, 7), capacity=16)
    assert packed.bins.to_pylist() == [[row, row + 1] for row in range(0, 100_000, 2)]


@pytest.mark.parametrize("capacity", [1.5, "8", None, True, float("nan")])
def test_the_capacity_is_a_whole_number(capacity: Any) -> None:
    with pytest.raises(TypeError, match="capacity must be a whole number, got"):
        fc.pack([1, 2], capacity=capacity)
