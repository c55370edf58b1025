"""What a pack may hold: at most so many rows, whole groups, one row of a group; against the definition."""

from typing import Any

import fastcurate as fc
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import constraints as reference

GROUPS = st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["a", "b", "c", "dd", None])), max_size=60)
MANY = st.lists(st.tuples(st.integers(0, 60), st.sampled_from([*map(str, range(40)), None])), max_size=60)


def found(packed: Any) -> list[list[tuple[int, int]]]:
    pairs = zip(packed.bins.to_pylist(), packed.seq_lengths.to_pylist(), strict=True)
    return [list(zip(rows, lengths, strict=True)) for rows, lengths in pairs]


@given(st.lists(st.integers(0, 60), max_size=80), st.integers(1, 70), st.integers(1, 6))
def test_packs_of_few_rows(lengths: list[int], capacity: int, most: int) -> None:
    packed = fc.pack(lengths, capacity=capacity, overflow="truncate", max_rows=most)
    assert found(packed) == reference.pack(lengths, capacity, max_rows=most)
    assert all(len(rows) <= most for rows in packed.bins.to_pylist())
    assert sum(packed.histogram.values()) == len(packed.bins)


@given(st.lists(st.integers(0, 300), max_size=40), st.integers(1, 70), st.integers(1, 4))
def test_pieces_count_as_rows(lengths: list[int], capacity: int, most: int) -> None:
    packed = fc.pack(lengths, capacity=capacity, strategy="bfd_split", max_rows=most)
    assert packed.tokens == sum(lengths)
    assert all(
        len(rows) <= most and sum(sizes) <= capacity
        for rows, sizes in zip(packed.bins.to_pylist(), packed.seq_lengths.to_pylist(), strict=True)
    )


@given(st.one_of(GROUPS, MANY), st.integers(1, 150), st.one_of(st.none(), st.integers(1, 5)))
def test_no_two_rows_of_a_group_share_a_pack(
    rows: list[tuple[int, str | None]], capacity: int, most: int | None
) -> None:
    lengths, groups = [length for length, _ in rows], [group for _, group in rows]
    packed = fc.pack(lengths, capacity=capacity, overflow="truncate", apart=groups, max_rows=most)
    assert found(packed) == reference.pack(lengths, capacity, apart=groups, max_rows=most)
    for pack in packed.bins.to_pylist():
        named = [groups[row] for row in pack if groups[row] is not None]
        assert len(named) == len(set(named))


@given(st.one_of(GROUPS, MANY), st.integers(1, 150))
def test_the_rows_of_a_group_share_a_pack(rows: list[tuple[int, str | None]], capacity: int) -> None:
    lengths, groups = [length for length, _ in rows], [group for _, group in rows]
    packed = fc.pack(lengths, capacity=capacity, overflow="truncate", together=groups)
    assert found(packed) == reference.pack(lengths, capacity, together=groups)
    of = {row: number for number, pack in enumerate(packed.bins.to_pylist()) for row in pack}
    cut, gone = set(packed.truncated.to_pylist()), set(packed.dropped.to_pylist())
    kept = {row: length for pack in found(packed) for row, length in pack}
    for row, length in enumerate(lengths):
        assert (row in gone) == (length > 0 and row not in kept)
        assert (row in cut) == (kept.get(row, length) < length)
        for other in range(row):
            if groups[row] is not None and groups[row] == groups[other] and row in of and other in of:
                assert of[row] == of[other]


@given(GROUPS, st.integers(1, 150))
def test_a_group_that_does_not_fit_is_dropped_whole(
    rows: list[tuple[int, str | None]], capacity: int
) -> None:
    lengths, groups = [length for length, _ in rows], [group for _, group in rows]
    packed = fc.pack(lengths, capacity=capacity, overflow="drop", together=groups)
    sums = {g: sum(n for n, other in rows if other == g) for g in groups if g is not None}
    expected = [row for row, (n, g) in enumerate(rows) if n > 0 and (n if g is None else sums[g]) > capacity]
    assert packed.dropped.to_pylist() == expected
    assert packed.tokens == sum(n for row, n in enumerate(lengths) if row not in expected)


@pytest.mark.parametrize(
    "groups",
    [
        ["a", "b", "a", None],
        [7, 9, 7, None],
        pa.array(["a", "b", "a", None]),
        pa.array(["a", "b", "a", None], pa.string_view()),
        pa.array(["a", "b", "a", None]).dictionary_encode(),
        pa.chunked_array([["a", "b"], ["a", None]]),
        pl.Series(["a", "b", "a", None]),
        pd.Series(["a", "b", "a", None]),
        np.array(["a", "b", "a", None], dtype=object),
    ],
    ids=lambda groups: type(groups).__name__,
)
def test_groups_are_a_column_of_any_kind(groups: Any) -> None:
    assert fc.pack([2, 2, 2, 2], capacity=6, apart=groups).bins.to_pylist() == [[0, 1, 3], [2]]
    assert fc.pack([2, 2, 2, 2], capacity=4, together=groups).bins.to_pylist() == [[0, 2], [1, 3]]


def test_nulls_are_no_group() -> None:
    for nothing in (pa.nulls(4), pa.nulls(4, pa.string()), [None] * 4):
        assert fc.pack([1] * 4, capacity=4, apart=nothing).bins.to_pylist() == [[0, 1, 2, 3]]
        assert fc.pack([1] * 4, capacity=1, together=nothing).bins.to_pylist() == [[0], [1], [2], [3]]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"max_rows": 0}, ValueError, "max_rows must be at least 1, got 0"),
        ({"max_rows": 1.5}, TypeError, "max_rows must be a whole number"),
        ({"max_rows": 2, "strategy": "wrapped"}, ValueError, "strategy must be .* where max_rows is given"),
        ({"apart": ["a"]}, ValueError, "apart must have a value for each of the 3 rows, got 1"),
        ({"together": [1] * 3, "strategy": "bfd_split"}, ValueError, 'strategy must be "bfd" where together'),
        (
            {"together": [1] * 3, "apart": [1] * 3},
            ValueError,
            "apart must be left out where together is given",
        ),
        ({"together": [None, 1, 1]}, ValueError, "row 1: the 2 rows of its group have 5 tokens together"),
        (
            {"together": [None, 1, 1], "max_rows": 1},
            ValueError,
            "row 1: its group has 2 rows, over max_rows=1",
        ),
        ({"apart": 7}, TypeError, "apart must be"),
    ],
)
def test_what_does_not_go_together_says_so(
    options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        fc.pack([1, 2, 3], **{"capacity": 4, **options})


def test_groups_may_have_more_tokens_than_a_length_can_be() -> None:
    with pytest.raises(ValueError, match="row 0: the rows of its group have 4294967294 tokens"):
        fc.pack([2**31 - 1] * 2, capacity=9, overflow="drop", together=[1, 1])


def test_a_large_group_does_not_take_quadratic_time() -> None:
    lengths = np.random.default_rng(1).integers(1, 400, 60_000)
    groups = np.where(np.arange(60_000) % 2, 0, np.arange(60_000))
    packed = fc.pack(lengths, capacity=2048, apart=groups)
    assert packed.tokens == lengths.sum()
    assert len(packed.bins) >= 30_000
