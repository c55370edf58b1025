"""`simhash` gives the bits of the reference; of a text with one shingle they are the frozen hash of it."""

import json
from itertools import islice

import fastcurate as fc
import pyarrow as pa
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from reference.hash import mix, split_mix
from reference.simhash import simhash
from strategies.columns import columns
from strategies.rows import SHINGLES

GOLDEN = json.loads((ROOT / "tests/golden/hash.json").read_text())


@given(rows=columns(), shingle=SHINGLES, threads=st.integers(1, 3))
def test_reference(rows: list[str | None], shingle: str, threads: int) -> None:
    found = fc.simhash(rows, shingle=shingle, threads=threads)
    assert found.type.storage_type == pa.uint64()
    assert found.to_pylist() == [None if row is None else simhash(row, shingle=shingle) for row in rows]


def test_corpus(corpus: list[str | None]) -> None:
    expected = [None if row is None else simhash(row, shingle="char:5") for row in corpus]
    assert fc.simhash(corpus, shingle="char:5").to_pylist() == expected


@pytest.mark.parametrize(
    "case", GOLDEN["shingles"], ids=lambda case: f"{case['shingle']} {case['text'][:20]!r}"
)
def test_shingle_hashes_are_frozen(case: dict[str, str]) -> None:
    assert f"{fc.simhash([case['text']], shingle=case['shingle'])[0].as_py():016x}" == case["hash"]


def test_the_reference_uses_the_published_functions() -> None:
    assert list(islice(split_mix(GOLDEN["splitmix64"]["seed"]), 5)) == GOLDEN["splitmix64"]["values"]
    for given_, expected in GOLDEN["murmur3_fmix64"]:
        assert mix(int(given_, 16)) == int(expected, 16)
