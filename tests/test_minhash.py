"""`minhash` gives the signatures of the references, bit for bit; `minhash_similarity` counts equal values."""

import json
from typing import Any

import fastcurate as fc
import pyarrow as pa
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from reference import datasketch
from reference.minhash import fast_similarity_sketch, signature
from reference.shingle import jaccard, shingles
from reference.words import words
from strategies.columns import columns
from strategies.rows import SHINGLES

GOLDEN = json.loads((ROOT / "tests/golden/minhash.json").read_text())["signatures"]
REFERENCES = {"multiply": signature, "fss": fast_similarity_sketch}


@pytest.mark.parametrize("algorithm", REFERENCES)
@given(
    rows=columns(),
    num_perm=st.sampled_from([1, 2, 7, 16, 33, 64, 127, 128, 129, 300]),
    shingle=SHINGLES,
    seed=st.integers(0, 2**64 - 1),
    threads=st.integers(1, 3),
)
def test_reference(
    algorithm: str, *, rows: list[str | None], num_perm: int, shingle: str, seed: int, threads: int
) -> None:
    options: dict[str, Any] = {"num_perm": num_perm, "shingle": shingle, "seed": seed}
    found = fc.minhash(rows, threads=threads, algorithm=algorithm, **options)
    assert found.type.storage_type.list_size == num_perm
    assert found.type.storage_type.value_type == pa.uint32()
    reference = REFERENCES[algorithm]
    expected = [None if row is None else reference(row, **options) for row in rows[:3]]
    assert found.to_pylist()[:3] == expected


@pytest.mark.parametrize(
    "case", GOLDEN, ids=lambda case: f"{case['algorithm']} {case['num_perm']} {case['text']}"
)
def test_signatures_are_frozen(case: dict[str, Any]) -> None:
    options = {name: case[name] for name in ("shingle", "algorithm", "num_perm")}
    assert fc.minhash([case["text"]], seed=int(case["seed"]), **options)[0].as_py()[-4:] == case["last"]


def test_defaults(corpus: list[str | None]) -> None:
    found = fc.minhash(corpus).to_pylist()
    short = [row if row is None or len(row) < 1000 else None for row in corpus]
    for row, one in zip(short, found, strict=True):
        if row is not None:
            assert one == signature(row, num_perm=128, shingle="word:3", seed=1)


@given(
    tokens=st.lists(st.text(st.characters(codec="ascii", categories=("Ll", "Nd")), min_size=1), min_size=1),
    num_perm=st.integers(1, 200),
    seed=st.integers(0, 2**32 - 1),
)
def test_datasketch_bits(tokens: list[str], num_perm: int, seed: int) -> None:
    options: dict[str, Any] = {"num_perm": num_perm, "seed": seed}
    found = fc.minhash([" ".join(tokens)], shingle="word:1", algorithm="datasketch", **options)
    assert found.to_pylist() == [datasketch.signature(tokens, **options)]


def test_datasketch_itself() -> None:
    """The package, where it is installed; its definition in NumPy, which the test above uses, everywhere."""
    rows = ["The cat sat on the mat.", "Der Zug fährt ab", "中文 and 한국어", "one", "a a a a a"]
    joined = [[" ".join(run) for run in runs(words(row), 3)] for row in rows]
    expected = [datasketch.signature(one, num_perm=64, seed=7) for one in joined]
    assert fc.minhash(rows, num_perm=64, seed=7, algorithm="datasketch").to_pylist() == expected
    try:
        from datasketch import MinHash
    except ImportError:
        return
    for one, bits in zip(joined, expected, strict=True):
        theirs = MinHash(num_perm=64, seed=7)
        theirs.update_batch([shingle.encode() for shingle in one])
        assert theirs.hashvalues.tolist() == bits


def runs(sequence: list[str], n: int) -> list[list[str]]:
    return [sequence[start : start + n] for start in range(max(1, len(sequence) - n + 1))]


@pytest.mark.parametrize("algorithm", ["multiply", "fss", "datasketch"])
@pytest.mark.parametrize("size", [5, 20, 100, 400])
def test_the_estimate_is_as_good_as_theory_says(algorithm: str, size: int) -> None:
    """Over 300 pairs that share all but a tenth of their words, the squared error is the variance of the theory."""
    kept = size - max(1, size // 10)
    pairs = [[f"w{side if place >= kept else 0}x{place}x{pair}" for place in range(size)]
             for pair in range(300) for side in (1, 2)]  # fmt: skip
    rows = [" ".join(row) for row in pairs]
    a, b = (fc.minhash(rows[side::2], shingle="word:1", algorithm=algorithm) for side in (0, 1))
    j = jaccard(shingles(rows[0], "word:1"), shingles(rows[1], "word:1"))
    assert j == kept / (2 * size - kept)
    errors = [one - j for one in fc.minhash_similarity(a, b).to_pylist()]
    variance = j * (1 - j) / 128
    # 300 squared errors: their mean strays by some 8 % of itself, the mean error by a seventeenth of its deviation.
    assert sum(e * e for e in errors) / 300 < 1.35 * variance
    assert abs(sum(errors) / 300) < 4.5 * (variance / 300) ** 0.5
    if algorithm == "fss" and size <= 20:
        assert sum(e * e for e in errors) / 300 < 0.75 * variance


def test_similarity_counts_equal_values() -> None:
    kind = pa.list_(pa.uint32(), 4)
    a = pa.array([[1, 2, 3, 4], [1, 2, 3, 4], None, [0, 0, 0, 0]], kind)
    b = pa.array([[1, 2, 3, 5], [4, 3, 2, 1], [1, 2, 3, 4], None], kind)
    assert fc.minhash_similarity(a, b).to_pylist() == [0.75, 0.0, None, None]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"num_perm": 0}, "num_perm"),
        ({"num_perm": 4097, "algorithm": "fss"}, "num_perm must be from 1 to 4096"),
        ({"seed": 2**32, "algorithm": "datasketch"}, "seed"),
        ({"shingle": "word"}, "shingle"),
        ({"algorithm": "oph"}, "algorithm"),
    ],
)
def test_errors_name_the_argument(options, name) -> None:
    with pytest.raises(ValueError, match=name):
        fc.minhash(["a"], **options)
