"""`bucket_by_length` against brute force, and its batches against what must hold of them."""

from itertools import chain
from typing import Any

import fastcurate as fc
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import bucket as reference

SHORT = st.lists(st.one_of(st.integers(0, 9), st.integers(0, 2**31 - 1)), max_size=9)
LONG = st.lists(st.integers(0, 400), max_size=150)


@given(SHORT, st.integers(1, 6))
def test_no_edges_have_less_padding(lengths: list[int], most: int) -> None:
    result = fc.bucket_by_length(lengths, buckets=most)
    edges, padded = reference.buckets(lengths, most)
    assert len(result.boundaries) == len(edges)
    assert reference.padded(lengths, result.boundaries) == padded


@given(LONG, st.integers(1, 20))
def test_no_edges_have_less_padding_among_many_lengths(lengths: list[int], most: int) -> None:
    result = fc.bucket_by_length(lengths, buckets=most)
    padded = reference.layers(lengths, most)
    assert reference.padded(lengths, result.boundaries) == padded
    assert result.padding_waste.after == pytest.approx(1 - sum(lengths) / padded if padded else 0)
    together = len(lengths) * max(lengths, default=0)
    assert result.padding_waste.before == pytest.approx(1 - sum(lengths) / together if together else 0)


@given(LONG, st.integers(1, 500))
def test_a_row_is_in_the_first_bucket_that_holds_it(lengths: list[int], most: int) -> None:
    result = fc.bucket_by_length(lengths, buckets=most, threads=2)
    assert len(result.boundaries) == min(most, len(set(lengths)))
    expected = [sum(edge < length for edge in result.boundaries) for length in lengths]
    assert result.bucket.to_pylist() == expected
    assert result.bucket.type == pa.int32()
    assert result.rows == [expected.count(bucket) for bucket in range(len(result.boundaries))]
    assert set(result.boundaries) <= set(lengths)


@given(LONG, st.integers(1, 9), st.one_of(st.none(), st.integers(-5, 2**70)), st.integers(0, 3))
def test_batches_hold_every_row_once_and_never_mix_buckets(
    lengths: list[int], size: int, seed: int | None, epoch: int
) -> None:
    result = fc.bucket_by_length(lengths, buckets=4)
    batches = result.batches(size, seed=seed)
    batches.set_epoch(epoch)
    rows = list(batches)
    assert sorted(chain.from_iterable(rows)) == list(range(len(lengths)))
    assert len(batches) == len(rows)
    assert all(len(batch) <= size for batch in rows)
    assert all(len({result.bucket[row].as_py() for row in batch}) == 1 for batch in rows)
    assert len(rows) == sum(-(-count // size) for count in result.rows)
    assert list(batches) == rows
    full = result.batches(size, seed=seed, drop_last=True)
    assert all(len(batch) == size for batch in full)
    assert len(full) == sum(count // size for count in result.rows)


def test_an_epoch_has_an_order_of_its_own() -> None:
    batches = fc.bucket_by_length(range(200), buckets=3).batches(7, seed=5)
    first = list(batches)
    batches.set_epoch(1)
    second = list(batches)
    assert first != second
    batches.set_epoch(0)
    assert list(batches) == first
    assert list(fc.bucket_by_length(range(200), buckets=3).batches(7, seed=6)) != first
    assert list(fc.bucket_by_length(range(200), buckets=3).batches(7, seed=5)) == first


def test_the_keys_are_splitmix64() -> None:
    from fastcurate.batches import _mix

    # The first output of the generator for the seeds 0 and 1234567.
    assert _mix(np.array([0, 1234567], np.uint64)).tolist() == [0xE220A8397B1DCDAF, 6457827717110365317]


@pytest.mark.parametrize("kind", ["list", "numpy", "pandas", "pyarrow", "polars"])
def test_the_buckets_come_back_as_the_caller_is_used_to(kind: str) -> None:
    lengths = [5, 90, 6, 100, 5]
    make: dict[str, Any] = {
        "list": list,
        "numpy": np.array,
        "pandas": pd.Series,
        "pyarrow": pa.array,
        "polars": lambda values: pl.Series("tokens", values),
    }
    result = fc.bucket_by_length(make[kind](lengths), buckets=2)
    assert isinstance(result.bucket, pl.Series if kind == "polars" else pa.Array)
    assert list(np.asarray(result.bucket)) == [0, 1, 0, 1, 0]
    assert result.batches(2, seed=None).rows() == [[0, 2], [4], [1, 3]]
    assert repr(result) == "BucketResult(5 rows in 2 buckets up to [6, 100], padding 58.8% -> 5.5%)"
    assert result.summary()["rows_per_bucket"] == [3, 2]


@pytest.mark.parametrize(
    ("lengths", "buckets", "error", "message"),
    [
        ([1], 0, ValueError, "buckets must be at least 1, got 0"),
        ([1], -2, ValueError, "buckets must be at least 1, got -2"),
        ([1, None], 2, ValueError, "row 1: the length is null"),
        ([-4], 2, ValueError, "row 0: .* got -4"),
        ([0.5], 2, TypeError, "lengths must be a column of integers"),
        (np.arange(200_000), 2000, ValueError, "buckets must be at most 1342 for 200000 distinct"),
    ],
)
def test_what_cannot_be_bucketed_says_why(
    lengths: Any, buckets: int, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fc.bucket_by_length(lengths, buckets=buckets)


def test_a_batch_has_rows() -> None:
    with pytest.raises(ValueError, match="batch_size must be at least 1, got 0"):
        fc.bucket_by_length([1]).batches(0)


def test_nothing() -> None:
    result = fc.bucket_by_length([])
    assert (result.boundaries, result.rows, len(result.bucket)) == ([], [], 0)
    assert result.padding_waste == (0, 0)
    assert list(result.batches(4)) == []


@pytest.mark.parametrize("buckets", [1.5, "8", None, True, float("nan")])
def test_buckets_are_a_whole_number(buckets: Any) -> None:
    with pytest.raises(TypeError, match="buckets must be a whole number, got"):
        fc.bucket_by_length([1, 2], buckets=buckets)
