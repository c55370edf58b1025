"""`find_words` and `filter_words`: the oracle, expressions, files, languages, frames, bad arguments."""

import re
from pathlib import Path
from typing import Any

import fastcurate as fc
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.wordlist import has

WORDS = [
    "ass",
    "assassin",
    "big apple",
    "big",
    "c++",
    "酒",
    "日本",
    "ไทย",
    "Straße",
    "é",
    "naïve",
    "42",
    "ＦＵＬＬ",
]
PIECES = [
    *WORDS,
    "ASS",
    "class",
    "apples",
    "STRASSE",
    "e\u0301",
    "日本酒",
    "full",
    "x",
    " ",
    ".",
    "-",
    "_",
    "の",
    "\u0301",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.lists(
    st.sampled_from(PIECES), max_size=8
).map(" ".join)


@given(
    st.lists(st.none() | TEXTS, max_size=6),
    st.lists(st.sampled_from(WORDS), min_size=1, unique=True),
    st.integers(1, 3),
)
def test_it_is_the_oracle(rows: list[str | None], words: list[str], threads: int) -> None:
    found = fc.find_words(pa.array(rows, pa.string()), words=words, threads=threads)
    assert found.to_pylist() == [
        None if text is None else [word for word in words if has(text, word)] for text in rows
    ]


def test_expressions_and_words_keep_their_order(tmp_path: Path) -> None:
    listed = tmp_path / "words.txt"
    listed.write_text("# a list\nipsum\n\n dolor \n", encoding="utf-8")
    words: list[Any] = [re.compile(r"l.rem", re.IGNORECASE), listed, re.compile(r"\d{3}")]
    found = fc.find_words(["Lorem ipsum 1234", "dolor", "12"], words=words)
    assert found.to_pylist() == [["ipsum", "l.rem", r"\d{3}"], ["dolor"], []]
    assert fc.find_words(["ipsum"], words=listed).to_pylist() == [["ipsum"]]


def test_filter_by_language_and_required() -> None:
    frame = pl.DataFrame(
        {"text": ["the gift", "das Gift", None, "nothing"], "lang": ["en", "de", "de", None]}
    )
    found = fc.filter_words(frame, banned={"de": ["gift"], "en": ["poison"]}, language="lang")
    assert found.removed.select("row", "reason", "value").rows() == [(1, "banned_word", "gift")]
    assert found.kept["text"].to_list() == ["the gift", None, "nothing"]
    found = fc.filter_words(frame, on="text", banned=["nothing"], required=["gift", "nothing"])
    assert found.summary()["reasons"] == {"banned_word": 1}
    assert fc.filter_words(frame, on="text", required=["gift"]).summary()["reasons"] == {"missing_word": 1}


def test_bad_arguments() -> None:
    with pytest.raises(TypeError, match="list of words or a pathlib.Path"):
        fc.find_words(["a"], words="bad")
    with pytest.raises(ValueError, match="at least one word"):
        fc.find_words(["a"], words=[])
    with pytest.raises(ValueError, match="not blank"):
        fc.find_words(["a"], words=["\u200b"])
    with pytest.raises(ValueError, match="look-around"):
        fc.find_words(["a"], words=[re.compile("(?=a)b")])
    with pytest.raises(ValueError, match="go together"):
        fc.filter_words({"text": ["a"]}, banned={"en": ["a"]})
    with pytest.raises(ValueError, match="both empty"):
        fc.filter_words({"text": ["a"]})
    with pytest.raises(FileNotFoundError):
        fc.find_words(["a"], words=Path("/nowhere/words.txt"))
