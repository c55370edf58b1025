"""`similarity` is the exact Jaccard similarity of the reference's sets, on related rows and any Unicode."""

import sys
import unicodedata
from collections.abc import Sequence

import fastcurate as fc
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.shingle import jaccard, shingles
from reference.words import words
from strategies.columns import columns
from strategies.rows import SHINGLES


def expected(a: Sequence[str | None], b: Sequence[str | None], shingle: str) -> list[float | None]:
    return [
        None if x is None or y is None else jaccard(shingles(x, shingle), shingles(y, shingle))
        for x, y in zip(a, b, strict=True)
    ]


@given(rows=columns(), shingle=SHINGLES, threads=st.integers(1, 3))
def test_reference(rows: list[str | None], shingle: str, threads: int) -> None:
    others = rows[1:] + rows[:1]
    found = fc.similarity(rows, others, shingle=shingle, threads=threads)
    assert found.type == pa.float64()
    assert found.to_pylist() == expected(rows, others, shingle)


@pytest.mark.parametrize("around", ["x{}y", "ก{}漢{}", "e{}\u0301"])
def test_every_letter_mark_and_digit(around: str) -> None:
    """Each code point of categories L, M, N, and all low ones, beside letters, single-word scripts, marks."""
    known = [chr(c) for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c))[0] in "LMN"]
    known += [chr(c) for c in range(0x3000) if unicodedata.category(chr(c)) not in {"Cn", "Cs"}]
    known = [c for c in known if not unicodedata.name(c, "").startswith(("HANGUL SYLLABLE", "CJK UNIFIED"))]
    rows = [around.replace("{}", c) for c in known]
    for others in ([" ".join(words(row)) for row in rows], ["x y"] * len(rows)):
        found = fc.similarity(rows, others, shingle="word:2").to_pylist()
        wrong = [
            f"U+{ord(c):04X}"
            for c, a, b in zip(known, found, expected(rows, others, "word:2"), strict=True)
            if a != b
        ]
        assert not wrong


@pytest.mark.parametrize("length", [1, 2, 3, 8, 16, 31, 32, 48, 63, 64])
def test_repeated_words_keep_apart(length: int) -> None:
    """Shingles of one word over and over are as different as the words."""
    rows = [f"{word} " * length for word in ("ha", "ho", "la", "no", "so", "we", "ja", "da")]
    for shift in range(1, len(rows)):
        others = rows[shift:] + rows[:shift]
        assert fc.similarity(rows, others, shingle=f"word:{length}").to_pylist() == [0.0] * len(rows)


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="rows"):
        fc.similarity(["a"], ["a", "b"])
