"""WordPiece: what BERT's normalizer and pre-tokenizer make of the code points."""

from __future__ import annotations

import itertools

import pytest
import tokenizers as tk
from fastcurate import count_tokens
from fastcurate.tokenizer import load_tokenizer
from hypothesis import example, given
from hypothesis import strategies as st
from strategies.tokenizers_made import TEXT, expected

HAN, HANGUL, SURROGATES = range(0x3500, 0x9F00), range(0xAD00, 0xD700), range(0xD800, 0xE000)
SPARSE = (HAN, HANGUL, range(0x18D00, 0x1B000), range(0x20100, 0x2A000), range(0x2A800, 0x110000))
"""Where thousands are alike: every 61st of those, and of what is beyond the tags."""
POINTS = [
    chr(point)
    for point in range(0x110000)
    if point not in SURROGATES
    and (point % 61 == 0 or 0xE0000 <= point < 0xE0200 or not any(point in some for some in SPARSE))
]


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


CLEANINGS = pytest.mark.parametrize(
    ("strip_accents", "lowercase", "clean_text", "chinese"),
    [
        (None, True, True, True),
        (None, False, True, False),
        (False, True, False, True),
        (True, False, False, False),
    ],
)
MARKS = st.lists(
    st.sampled_from([*"aAbeéx ", *"\x00\u0301\u0323\u0307\u0345\u1100\u1161\u11a8가中İſ\u212b\ufeff\u200d"]),
    max_size=12,
).map("".join)


@CLEANINGS
def test_random_text(strip_accents: bool | None, lowercase: bool, clean_text: bool, chinese: bool) -> None:
    tokenizer = bert(strip_accents, lowercase=lowercase, clean_text=clean_text, chinese=chinese)
    assert load_tokenizer(tokenizer).engine == "fast"

    @given(st.lists(st.one_of(MARKS, TEXT), max_size=20))
    @example(["\x00\u0323\u0307", "a\x00\u0323\u0307", "\u0323\x00\u0307e"])
    def check(texts: list[str | None]) -> None:
        assert count_tokens(texts, tokenizer=tokenizer).to_pylist() == expected(tokenizer, texts)

    check()


@CLEANINGS
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
