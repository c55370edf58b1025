"""`fingerprint` is XXH3-128 of the bytes in canonical form: held to the `xxhash` package."""

import fastcurate as fc
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st
from strategies.columns import columns


def expected(rows: list[str | None]) -> list[bytes | None]:
    return [None if row is None else xxhash.xxh3_128_digest(row.encode()) for row in rows]


def test_corpus(corpus: list[str | None]) -> None:
    found = fc.fingerprint(corpus)
    assert found.type == pa.binary(16)
    assert found.to_pylist() == expected(corpus)


@given(rows=columns(), threads=st.integers(1, 3))
def test_reference(rows: list[str | None], threads: int) -> None:
    assert fc.fingerprint(rows, threads=threads).to_pylist() == expected(rows)


@pytest.mark.parametrize("length", [*range(260), 1023, 1024, 1025, 10_000_000])
def test_every_length_class_of_the_hash(length: int) -> None:
    row = "fingerprint"[: length % 11] + "é日x" * (length // 6)
    assert fc.fingerprint([row]).to_pylist() == expected([row])


def test_threads_must_be_positive() -> None:
    with pytest.raises(ValueError, match="threads"):
        fc.fingerprint(["a"], threads=0)
