"""The oracle of near-duplicates itself, held to answers that were reasoned by hand from DESIGN 2 and law 1.

Each line of golden/similar.jsonl has the rows, the options, the answers and, as `comment`, the reasoning.
"""

import json
from fractions import Fraction
from typing import Any

import pytest
from conftest import ROOT
from reference.shingle import shingles
from reference.similar import deduplicate
from reference.words import matching_text, words

CASES = [json.loads(line) for line in (ROOT / "tests/golden/similar.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_golden(case: dict[str, Any]) -> None:
    found = deduplicate(case["rows"], **case["options"])
    assert found.representative == case["representative"], case["comment"]
    assert found.similarity == [float(Fraction(value)) for value in case["similarity"]], case["comment"]
    if case["options"].get("keep") != "none":
        assert found.kept == [row for row, stands in enumerate(case["representative"]) if row == stands]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("?! \n", []),
        ("Hello, WORLD", ["hello", "world"]),
        ("don't", ["don", "t"]),
        ("e\u200d\u0301", ["e\u0301"]),  # what is dropped last composes nothing any more
        ("１２３ｋｍ", ["123km"]),
        ("日本語ab12か", ["日", "本", "語", "ab12", "か"]),
        ("データー", ["デ", "ー", "タ", "ー"]),  # the prolonged sound mark has Script Common
        ("กำ", ["ก\u0e4d", "า"]),  # NFKC takes sara am apart; its first half is a mark
        ("a\u0e31b", ["a", "\u0e31", "b"]),  # a Thai mark behind a Latin letter begins a word of its own
        ("漢\u0301\u0301a", ["漢\u0301\u0301", "a"]),
        ("〇々", ["〇", "々"]),  # a number and a letter of Script Han
        ("हिन्दी", ["हिन्दी"]),
        ("한국어", ["한국어"]),
        ("Ⅷ", ["viii"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_matching_text_settles() -> None:
    for text in ("ΐ ﬁ Ⅷ ẞ İ ſ", "ＡＢＣ\u00ad①", "\u0345\u0301α", "ᾳ ᾼ", "ﾊﾟ"):
        assert matching_text(matching_text(text)) == matching_text(text)


def test_no_two_kinds_of_shingle_meet() -> None:
    assert shingles("a", "word:1") == {("a",)}
    assert shingles("a", "char:1") == {"a"}
    assert shingles("!", "word:1") == {(None, "!")}
