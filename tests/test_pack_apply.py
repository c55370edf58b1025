"""Packed token columns: against plain slices, and against TRL's own function where it is installed."""

from typing import Any

import datasets
import fastcurate as fc
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

ROWS = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=30), max_size=40)
STRATEGIES = st.sampled_from(["bfd", "bfd_split", "wrapped"])


def lengths_of(rows: list[list[int]]) -> list[int]:
    return [len(row) for row in rows]


@given(ROWS, st.integers(1, 25), STRATEGIES, st.integers(0, 40), st.booleans())
def test_packed_tokens_are_slices_of_the_rows(
    rows: list[list[int]], capacity: int, strategy: Any, cut: int, large: bool
) -> None:
    packed = fc.pack(lengths_of(rows), capacity=capacity, strategy=strategy, overflow="truncate")
    kind = pa.large_list(pa.int64()) if large else pa.list_(pa.int64())
    array = pa.array(rows, kind)
    table = pa.table(
        {
            "input_ids": pa.chunked_array([array[:cut], array[cut:]], kind),
            "labels": pa.array([[-token for token in row] for row in rows], pa.list_(pa.int32())),
            "text": ["left out"] * len(rows),
        }
    )
    out = packed.apply(table, position_ids=True)
    expected: list[list[int]] = [[] for _ in packed.bins]
    positions: list[list[int]] = [[] for _ in packed.bins]
    for piece in packed.segments.to_pylist():
        expected[piece["bin"]] += rows[piece["row"]][piece["start"] : piece["start"] + piece["length"]]
        positions[piece["bin"]] += range(piece["length"])
    assert out["input_ids"].to_pylist() == expected
    assert out["labels"].to_pylist() == [[-token for token in row] for row in expected]
    assert out["position_ids"].to_pylist() == positions
    assert out["seq_lengths"].to_pylist() == packed.seq_lengths.to_pylist()
    assert out.column_names == ["input_ids", "labels", "seq_lengths", "position_ids"]
    assert out["input_ids"].type == kind
    assert packed.pack_tokens.to_pylist() == [len(pack) for pack in expected]


@given(ROWS, st.integers(1, 25))
def test_the_packs_are_those_of_trl(rows: list[list[int]], capacity: int) -> None:
    trl = pytest.importorskip(
        "trl.data_utils", reason="TRL: pip install --no-deps trl==1.16.0 transformers accelerate safetensors"
    )
    table = pa.table({"input_ids": pa.array([*rows, [1]], pa.list_(pa.int64()))})
    table = table.append_column("labels", table["input_ids"])
    lengths = lengths_of([*rows, [1]])
    strategy: Any
    for strategy, theirs in [
        ("bfd", trl._pack_bfd(table, capacity, "truncate")),
        ("bfd_split", trl._pack_bfd(table, capacity, "split")),
        ("wrapped", trl._pack_wrapped(table, capacity)),
    ]:
        packed = fc.pack(lengths, capacity=capacity, strategy=strategy, overflow="truncate")
        ours = packed.apply(table)
        assert ours["input_ids"].to_pylist() == theirs["input_ids"].to_pylist()
        if strategy == "wrapped":
            assert ours.drop_columns("seq_lengths").schema.equals(theirs.schema)
        else:
            assert ours["seq_lengths"].to_pylist() == theirs["seq_lengths"].to_pylist()
            assert ours.schema.equals(theirs.schema)
            assert ours.equals(theirs)


def test_the_caller_gets_the_kind_of_table_that_came() -> None:
    rows = {"input_ids": [[1, 2, 3], [4], [5, 6]], "text": ["a", "b", "c"]}
    packed = fc.pack([3, 1, 2], capacity=4)
    expected = [[1, 2, 3, 4], [5, 6]]
    dataset = packed.apply(datasets.Dataset.from_dict(rows))
    assert isinstance(dataset, datasets.Dataset)
    assert dataset["input_ids"] == expected
    assert dataset.column_names == ["input_ids", "seq_lengths"]
    chosen = packed.apply(datasets.Dataset.from_dict(rows).select([0, 1, 2]), columns=["input_ids"])
    assert chosen["seq_lengths"] == [[3, 1], [2]]
    frame = packed.apply(pl.DataFrame(rows))
    assert isinstance(frame, pl.DataFrame)
    assert frame["input_ids"].to_list() == expected
    assert packed.apply(pa.table(rows))["input_ids"].to_pylist() == expected


def test_nothing_packs_to_nothing() -> None:
    empty = pa.table({"input_ids": pa.array([], pa.list_(pa.int32()))})
    packed = fc.pack([], capacity=4)
    out = packed.apply(empty, position_ids=True)
    assert (out.num_rows, out["input_ids"].type) == (0, pa.list_(pa.int32()))
    chunks = pa.table({"input_ids": pa.chunked_array([], pa.list_(pa.int32()))})
    assert packed.apply(chunks).num_rows == 0
    hollow = fc.pack([0, 0], capacity=4).apply({"input_ids": pa.array([[], []], pa.list_(pa.int32()))})
    assert hollow.num_rows == 0


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        ({"input_ids": [[1, 2]]}, {}, ValueError, "data must have the 2 rows that were packed, got 1"),
        ({"input_ids": [[1, 2], [3]]}, {}, ValueError, "'input_ids', row 1: the packed column has 1 tokens"),
        ({"input_ids": [[1, 2], None]}, {}, ValueError, "'input_ids', row 1: the packed column is null"),
        ({"text": ["a", "b"]}, {}, ValueError, "data must have a column of lists of tokens, got text"),
        ({"text": ["a", "b"]}, {"columns": ["text"]}, TypeError, "column 'text' must hold lists of tokens"),
        ({"text": ["a", "b"]}, {"columns": ["ids"]}, KeyError, "ids"),
    ],
)
def test_what_was_not_packed_says_so(
    data: Any, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    packed = fc.pack([2, 2], capacity=4)
    with pytest.raises(error if error is not KeyError else ValueError, match=message):
        packed.apply(data, **options)


def test_a_dataset_dict_is_packed_split_by_split() -> None:
    splits = datasets.DatasetDict({"train": datasets.Dataset.from_dict({"input_ids": [[1]]})})
    with pytest.raises(TypeError, match="got the splits train"):
        fc.pack([1], capacity=4).apply(splits)


@given(st.lists(st.integers(0, 40), max_size=60), st.lists(st.integers(1, 30), min_size=1, max_size=4))
def test_a_comparison_says_what_each_capacity_cuts(lengths: list[int], capacities: list[int]) -> None:
    compared = fc.compare_packing(lengths, capacities=capacities)
    for line, capacity in zip(compared.table.to_pylist(), capacities, strict=True):
        packed = fc.pack(lengths, capacity=capacity, overflow="truncate")
        assert (line["capacity"], line["packs"]) == (capacity, len(packed.bins))
        assert line["rows_cut"] == sum(length > capacity for length in lengths)
        kept = [min(length, capacity) for length in lengths if length]
        assert line["tokens_cut"] == sum(lengths) - sum(kept)
        assert line["padding_without_packing"] == pytest.approx(
            1 - sum(kept) / (len(kept) * capacity) if kept else 0
        )
    cut = [sum(length > capacity for length in lengths) for capacity in capacities]
    enough = [capacity for capacity, rows in zip(capacities, cut, strict=True) if rows <= 0.1 * len(lengths)]
    assert compared.smallest(rows_cut=0.1) == min(enough, default=None)


def test_a_comparison_is_a_table_to_read() -> None:
    compared = fc.compare_packing(np.full(2000, 300), capacities=[512, 1024])
    assert repr(compared).splitlines()[1].split() == ["512", "2,000", "58.6%", "0", "0", "41.4%"]
    with pytest.raises(ValueError, match="capacities must name at least one"):
        fc.compare_packing([1], capacities=[])
