"""The shingles of other tools: the strings that their own code makes, held to the values frozen from it.

`tests/golden/presets.json` was written by running datatrove 0.10.1 (`simplify_text`, split at spaces) and the splitting
that text-dedup and NeMo Curator state, in Python. Strings are compared through the signatures of `"datasketch"`, which
hash them as they are.
"""

import json

import fastcurate as fc
import pyarrow as pa
import pytest
import regex
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from reference import datasketch
from strategies.columns import columns

GOLDEN = json.loads((ROOT / "tests/golden/presets.json").read_text())


def found(text: str, shingle: str) -> list[int]:
    return list(fc.minhash([text], num_perm=32, shingle=shingle, algorithm="datasketch").to_pylist()[0])


def grams(units: list[str], n: int, space: str) -> list[str]:
    return [space.join(units[start : start + n]) for start in range(max(1, len(units) - n + 1))]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"{case['shingle']} {case['text'][:20]!r}")
def test_golden(case) -> None:
    expected = datasketch.signature(case["shingles"], num_perm=32, seed=1)
    assert found(case["text"], case["shingle"]) == expected


@given(rows=columns(), n=st.integers(1, 6))
def test_text_dedup(rows: list[str | None], n: int) -> None:
    for row in (row for row in rows if row is not None):
        units = regex.split(r"\W", row.lower())
        expected = datasketch.signature(grams(units, n, " "), num_perm=32, seed=1)
        assert found(row, f"text-dedup:{n}") == expected, row


@given(rows=columns())
def test_nemo(rows: list[str | None]) -> None:
    for row in (row for row in rows if row is not None):
        expected = datasketch.signature(grams(list(row), 24, ""), num_perm=32, seed=1)
        assert found(row, "nemo") == expected, row


@given(rows=columns(), n=st.integers(1, 6))
def test_datatrove_itself(rows: list[str | None], n: int) -> None:
    """Its own preparation, where it is installed; the frozen values above hold everywhere."""
    text = pytest.importorskip("datatrove.utils.text", reason="datatrove is not installed")
    for row in (row for row in rows if row is not None):
        units = [unit for unit in text.simplify_text(row).split(" ") if unit]
        expected = datasketch.signature(grams(units, n, " ") if units else [row], num_perm=32, seed=1)
        assert found(row, f"datatrove:{n}") == expected, row


@pytest.mark.parametrize("shingle", ["datatrove", "text-dedup", "nemo"])
def test_presets_go_everywhere(shingle: str) -> None:
    a, b = "One two, three four five six seven eight.", "one two three four five six seven nine"
    assert fc.similarity([a, a], [a, b], shingle=shingle).to_pylist()[0] == 1.0
    assert fc.similarity([a], [b], shingle=shingle)[0].as_py() < 1.0
    table = pa.table({"text": [a, a, b]})
    assert fc.deduplicate(table, on="text", shingle=shingle, threshold=1.0).kept.num_rows == 2


def test_what_is_no_shingle() -> None:
    with pytest.raises(ValueError, match='shingle must be .*"datatrove", "text-dedup" or "nemo", got "daft"'):
        fc.minhash(["a"], shingle="daft")
