"""Edges that were given or are quantiles, against their definitions."""

from typing import Any

import fastcurate as fc
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import bucket as reference

LENGTHS = st.lists(st.one_of(st.integers(0, 9), st.integers(0, 300)), max_size=120)


@given(LENGTHS, st.integers(1, 200))
def test_quantiles_are_those_of_numpy(lengths: list[int], most: int) -> None:
    result = fc.bucket_by_length(lengths, buckets=most, edges="quantiles")
    shares = np.arange(1, most + 1) / most
    # Row numbers as exact fractions: floating shares would be one row off here and there.
    ranks = [-(-bucket * len(lengths) // most) for bucket in range(1, most + 1)]
    expected = sorted({sorted(lengths)[rank - 1] for rank in ranks if rank > 0})
    assert result.boundaries == expected
    if lengths and most in {1, 2, 4, 8, 16}:
        assert expected == sorted(set(np.quantile(lengths, shares, method="inverted_cdf").tolist()))
    assert sum(result.rows) == len(lengths)
    best = fc.bucket_by_length(lengths, buckets=max(1, len(expected)))
    assert best.padding_waste.after <= result.padding_waste.after + 1e-12


@given(LENGTHS, st.sets(st.integers(0, 2**31 - 1), max_size=6))
def test_given_edges_are_kept(lengths: list[int], inner: set[int]) -> None:
    edges = sorted({*inner, 300})
    result = fc.bucket_by_length(lengths, edges=edges, threads=2)
    expected = [sum(edge < length for edge in edges) for length in lengths]
    assert result.boundaries == edges
    assert result.bucket.to_pylist() == expected
    assert result.rows == [expected.count(bucket) for bucket in range(len(edges))]
    padded = reference.padded(lengths, edges)
    assert result.padding_waste.after == pytest.approx(1 - sum(lengths) / padded if padded else 0)


def test_edges_may_be_a_tuple_or_an_array() -> None:
    for edges in ((4, 8), np.array([4, 8]), range(4, 12, 4)):
        assert fc.bucket_by_length([1, 8], edges=edges).rows == [1, 1]
    assert fc.bucket_by_length([], edges=[]).boundaries == []


@pytest.mark.parametrize(
    ("lengths", "edges", "error", "message"),
    [
        ([1, 9, 10], [4, 8], ValueError, "row 1: length 9 is over the last edge, 8"),
        ([1], [], ValueError, "row 0: length 1 has no edge to be under"),
        ([1], [8, 4], ValueError, r"edges must be ascending lengths, got \[8, 4\]"),
        ([1], [4, 4], ValueError, "edges must be ascending"),
        ([1], [-1, 4], ValueError, "edges must be between 0 and 2147483647, got -1"),
        ([1], [2**31], ValueError, "edges must be between 0 and 2147483647"),
        ([1], [1.5], TypeError, r"edges\[0\] must be a whole number, got 1.5"),
        ([1], 8, TypeError, "edges must be 'least_padding', 'quantiles' or a list of lengths, got 8"),
        (
            [1],
            "best",
            ValueError,
            'edges must be "least_padding", "quantiles" or a list of lengths, got "best"',
        ),
    ],
)
def test_edges_that_cannot_be_say_why(
    lengths: list[int], edges: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fc.bucket_by_length(lengths, edges=edges)
