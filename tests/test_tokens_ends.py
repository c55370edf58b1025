"""Tokenizer.token_ends: where the tokens of a text end, as the offsets of the package `tokenizers` say.

Where the two differ, and why: an offset of the package leaves the marks out that composed with a letter, and here
they belong to it, so that a text cut at any of these places loses nothing; a token that is nothing but a space that
the tokenizer puts before the text ends where the text begins.
"""

from __future__ import annotations

import unicodedata
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tokenizers as tk
from fastcurate import count_tokens
from fastcurate.tokenizer import load_tokenizer
from hypothesis import given
from hypothesis import strategies as st
from strategies.tokenizers_made import MADE, TEXT, made


def ends(tokenizer: Any, texts: list[str | None], threads: int = 1) -> list[list[int] | None]:
    column = pa.array(texts, pa.string())
    return pa.array(load_tokenizer(tokenizer).token_ends(column, threads=threads)).to_pylist()  # type: ignore[no-any-return]


def expected(tokenizer: tk.Tokenizer, text: str) -> list[int]:
    """The ends in bytes; the package counts code points."""
    found = [end for _, end in tokenizer.encode(text, add_special_tokens=False).offsets]
    return [len(text[:end].encode()) for end in found]


WITH_ENDS = [name for name, (_, engine) in MADE.items() if engine == "fast"]
DIFFERS = {"qwen2 with NFC", "added tokens", "prefix space", "sentencepiece", "wordpiece"}


@pytest.mark.parametrize("name", [name for name in WITH_ENDS if name not in DIFFERS])
def test_ends_are_the_offsets_of_the_package(name: str) -> None:
    tokenizer = made(name)

    @given(TEXT)
    def check(text: str) -> None:
        assert ends(tokenizer, [text]) == [expected(tokenizer, text)]

    check()


@pytest.mark.parametrize("name", WITH_ENDS)
def test_laws(name: str) -> None:
    """As many ends as tokens, in order, between characters; the last is the end of the text, but for white space."""
    tokenizer = made(name)

    @given(TEXT)
    def check(text: str) -> None:
        (found,) = ends(tokenizer, [text])
        assert found is not None
        assert [len(found)] == count_tokens([text], tokenizer=tokenizer).to_pylist()
        assert found == sorted(found)
        raw = text.encode()
        whole = "".join(raw[a:b].decode() for a, b in zip([0, *found], found, strict=False))
        assert text.startswith(whole)
        assert not text[len(whole) :].strip() or name == "wordpiece"

    check()


@given(st.lists(st.one_of(st.none(), TEXT), max_size=8))
def test_proxies_and_embedded_names(texts: list[str | None]) -> None:
    for name in ("words", "chars", "bytes", "gpt2", "o200k_base"):
        found = ends(name, texts, threads=2)
        lengths = [None if row is None else len(row) for row in found]
        assert lengths == count_tokens(texts, tokenizer=name).to_pylist()
        assert all(row == sorted(row) for row in found if row)
    assert ends("words", [" ab  c ", None, ""]) == [[3, 6], None, []]
    assert ends("chars", ["aé"]) == [[1, 3]]
    assert ends("bytes", ["aé"]) == [[1, 3, 3]]


def test_a_space_put_before_the_text_has_no_length() -> None:
    assert ends(made("prefix space"), ["0"]) == [[0, 1]]
    assert ends(made("sentencepiece"), ["0"]) == [[0, 1]]


def test_composed_letters_keep_their_marks() -> None:
    tokenizer = made("qwen2 with NFC")
    assert ends(tokenizer, ["e\u0301"]) == [[3] * len(expected(tokenizer, "\u00e9"))]


def is_marks(text: str) -> bool:
    return text != "" and all(unicodedata.category(c) in ("Mn", "Cf", "Cc", "Co") for c in text)


@pytest.mark.parametrize("name", ["gpt2", "llama", "bert-base-uncased"])
def test_on_real_text(data: Any, name: str) -> None:
    texts = pq.read_table(data / "raw/raw_mixed_sample.parquet", columns=["text"])["text"][::400].to_pylist()
    tokenizer = tk.Tokenizer.from_file(str(data / f"tokenizers/{name}.tokenizer.json"))
    for text, ours in zip(texts, ends(tokenizer, texts, threads=2), strict=True):
        assert ours is not None
        for number, (one, other) in enumerate(zip(ours, expected(tokenizer, text), strict=True)):
            # The space before the text, and accents that were written apart from their letters.
            between = text.encode()[other:one].decode()
            assert one == other or (name == "llama" and number == 0) or is_marks(between)
