"""`minhash` gives the signatures of the reference, bit for bit; `minhash_similarity` counts equal values."""

from typing import Any

import fastcurate as fc
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.minhash import signature
from strategies.columns import columns
from strategies.rows import SHINGLES


@given(
    rows=columns(),
    num_perm=st.sampled_from([1, 2, 7, 8, 9, 16, 31, 33, 64, 128]),
    shingle=SHINGLES,
    seed=st.integers(0, 2**64 - 1),
    threads=st.integers(1, 3),
)
def test_reference(rows: list[str | None], num_perm: int, shingle: str, seed: int, threads: int) -> None:
    options: dict[str, Any] = {"num_perm": num_perm, "shingle": shingle, "seed": seed}
    found = fc.minhash(rows, threads=threads, **options)
    assert found.type.list_size == num_perm
    assert found.type.value_type == pa.uint32()
    assert found.to_pylist() == [None if row is None else signature(row, **options) for row in rows]


def test_defaults(corpus: list[str | None]) -> None:
    found = fc.minhash(corpus).to_pylist()
    short = [row if row is None or len(row) < 1000 else None for row in corpus]
    for row, one in zip(short, found, strict=True):
        if row is not None:
            assert one == signature(row, num_perm=128, shingle="word:3", seed=1)


def test_similarity_counts_equal_values() -> None:
    kind = pa.list_(pa.uint32(), 4)
    a = pa.array([[1, 2, 3, 4], [1, 2, 3, 4], None, [0, 0, 0, 0]], kind)
    b = pa.array([[1, 2, 3, 5], [4, 3, 2, 1], [1, 2, 3, 4], None], kind)
    assert fc.minhash_similarity(a, b).to_pylist() == [0.75, 0.0, None, None]


@pytest.mark.parametrize(
    ("options", "name"),
    [({"num_perm": 0}, "num_perm"), ({"shingle": "word"}, "shingle"), ({"algorithm": "oph"}, "algorithm")],
)
def test_errors_name_the_argument(options, name) -> None:
    with pytest.raises(ValueError, match=name):
        fc.minhash(["a"], **options)
