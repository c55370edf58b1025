"""WordPiece: what BERT's normalizer and pre-tokenizer make of every code point there is."""

from __future__ import annotations

import itertools

import pytest
import tokenizers as tk
from fastcurate import count_tokens
from fastcurate.tokenizer import load_tokenizer
from strategies.tokenizers_made import expected

POINTS = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]


def bert(strip_accents: bool | None, *, lowercase: bool, clean_text: bool, chinese: bool) -> tk.Tokenizer:
    """A vocabulary in which a word's tokens say what it is: `a` and `b` are known, and so are a few letters."""
    letters = [
        "a",
        "b",
        "##b",
        "##a",
        "e",
        "##e",
        "x",
        "##x",
        "ab",
        "##\u0301",
        "##i",
        "i",
        "\u0301",
        "=",
        "`",
    ]
    vocab = {entry: number for number, entry in enumerate(["[UNK]", *letters])}
    tokenizer = tk.Tokenizer(tk.models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = tk.normalizers.BertNormalizer(
        clean_text=clean_text, handle_chinese_chars=chinese, strip_accents=strip_accents, lowercase=lowercase
    )
    tokenizer.pre_tokenizer = tk.pre_tokenizers.BertPreTokenizer()
    return tokenizer


@pytest.mark.parametrize(
    ("strip_accents", "lowercase", "clean_text", "chinese"),
    [
        (None, True, True, True),
        (None, False, True, False),
        (False, True, False, True),
        (True, False, False, False),
    ],
)
def test_every_code_point(
    strip_accents: bool | None, lowercase: bool, clean_text: bool, chinese: bool
) -> None:
    """Alone, inside a word and before a mark: as the package `tokenizers` takes it."""
    tokenizer = bert(strip_accents, lowercase=lowercase, clean_text=clean_text, chinese=chinese)
    assert load_tokenizer(tokenizer).engine == "fast"
    texts: list[str | None] = [f"{c} a{c}b e{c}\u0301 {c}" for c in POINTS]
    counts = count_tokens(texts, tokenizer=tokenizer).to_pylist()
    both = zip(counts, expected(tokenizer, texts), POINTS, strict=True)
    assert [hex(ord(c)) for ours, theirs, c in both if ours != theirs] == []


def test_words_as_long_as_they_may_be() -> None:
    tokenizer = bert(None, lowercase=True, clean_text=True, chinese=True)
    texts: list[str | None] = [
        start + "b" * length + end
        for start, length, end in itertools.product(["", "A", "\u0301"], range(96, 104), ["", "\u0301", "x!"])
    ]
    assert count_tokens(texts, tokenizer=tokenizer).to_pylist() == expected(tokenizer, texts)
