"""Any tokenizer counts as the package `tokenizers` does, or is refused, or refuses the row: a count is never wrong."""

from __future__ import annotations

import random
from typing import Any

import pytest
import tokenizers as tk
from fastcurate import count_tokens
from strategies.tokenizers_drawn import text, tokenizer
from strategies.tokenizers_made import CL100K, expected, made

BATCH = 20


def outcome(made_: tk.Tokenizer, texts: list[str | None], special: bool) -> str:
    """What becomes of texts, asked together and, where some is refused, one by one."""
    try:
        counts = count_tokens(texts, tokenizer=made_, add_special_tokens=special, threads=1).to_pylist()
    except ValueError as error:
        if str(error).startswith("row") and len(texts) > 1:
            found = {outcome(made_, [one], special) for one in texts}
            return "counted" if "counted" in found else "refused"
        return "refused"
    assert counts == expected(made_, texts, special), made_.to_str()[:600]
    return "counted"


@pytest.mark.parametrize("first", range(0, 160, BATCH))
def test_what_is_drawn_is_counted_right_or_refused(first: int) -> None:
    found = []
    for seed in range(first, first + BATCH):
        draw = random.Random(seed)
        drawn = tokenizer(draw)
        if drawn is not None:
            texts: list[str | None] = [text(draw) for _ in range(60)]
            found.append(outcome(drawn, [*texts, "", None], special=seed % 2 == 0))
    assert found.count("counted") >= BATCH // 4, found


def word_level(cut: Any) -> tk.Tokenizer:
    tokenizer_ = tk.Tokenizer(tk.models.WordLevel({"<unk>": 0, "a": 1}, unk_token="<unk>"))
    tokenizer_.pre_tokenizer = cut
    return tokenizer_


@pytest.mark.parametrize("cut", [tk.pre_tokenizers.Whitespace(), tk.pre_tokenizers.Punctuation()])
def test_characters_that_are_younger_than_the_tables_of_the_package(cut: Any) -> None:
    # Unassigned in Unicode 16, and punctuation that came after the table of the package; of 2, 3 and 4 bytes.
    young = ["\u088f", "\u1aea", "\U0001e6c0", "\u061d", "\u2e43", "\U00010f55"]
    texts: list[str | None] = [f"a{c}b {c}" for c in young]
    assert count_tokens(texts, tokenizer=word_level(cut)).to_pylist() == expected(word_level(cut), texts)


def test_what_cannot_be_known_names_the_character_and_the_row() -> None:
    texts = ["a", "a\u166db"]
    with pytest.raises(ValueError, match=r"row 1: .*U\+166D"):
        count_tokens(texts, tokenizer=word_level(tk.pre_tokenizers.Punctuation()))


def test_nul_inside_of_a_word() -> None:
    vocab = {"[UNK]": 0, "a": 1, "##b": 2, "##\x01": 3}
    for known in (vocab, {key: vocab[key] for key in ("[UNK]", "a", "##b")}):
        tokenizer_ = tk.Tokenizer(tk.models.WordPiece(known, unk_token="[UNK]"))
        tokenizer_.pre_tokenizer = tk.pre_tokenizers.WhitespaceSplit()
        for one in ("a\x00b", "ab\x00", "\x00", "ab a\x00\x00 b"):
            outcome(tokenizer_, [one], special=False)


def test_the_long_s_behind_an_apostrophe() -> None:
    cut = tk.pre_tokenizers.Split(tk.Regex(CL100K), "isolated")
    assert outcome(word_level(cut), ["ſo 'so ſ"], special=False) == "counted"
    assert outcome(word_level(cut), ["a'ſb"], special=False) == "refused"


def test_dropout_is_refused() -> None:
    tokenizer_ = tk.Tokenizer.from_str(made("gpt2").to_str())
    tokenizer_.model.dropout = 0.5
    with pytest.raises(ValueError, match="dropout"):
        count_tokens(["a"], tokenizer=tokenizer_)
