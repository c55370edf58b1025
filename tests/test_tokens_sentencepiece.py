"""SentencePiece BPE with byte fallback: every way its spaces are written, and vocabularies whose tokens cross words."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest
import tokenizers as tk
from fastcurate import count_tokens
from fastcurate.tokenizer import load_tokenizer
from hypothesis import given
from hypothesis import strategies as st
from strategies.tokenizers_made import TEXT, TRAINING, expected

SPACE = "\u2581"
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def trained(*, crossing: bool = False) -> tk.Tokenizer:
    """Trained on text whose words hold together, or as one long word each, so that tokens cross spaces."""
    tokenizer = tk.Tokenizer(tk.models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = tk.normalizers.Replace(" ", SPACE)
    if not crossing:
        tokenizer.pre_tokenizer = tk.pre_tokenizers.Metaspace(prepend_scheme="always")
    trainer = tk.trainers.BpeTrainer(vocab_size=700, special_tokens=["<unk>", "<s>", "</s>", *BYTES])
    tokenizer.train_from_iterator([text[:200] for text in TRAINING], trainer)
    return tokenizer


def replaced(tokenizer: tk.Tokenizer) -> None:
    tokenizer.pre_tokenizer = tk.pre_tokenizers.Split(" ", "merged_with_previous")


def prepended(tokenizer: tk.Tokenizer) -> None:
    steps = [tk.normalizers.Prepend(SPACE), tk.normalizers.Replace(" ", SPACE)]
    tokenizer.normalizer = tk.normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = None


def metaspace(scheme: str, *, split: bool) -> Any:
    def change(tokenizer: tk.Tokenizer) -> None:
        tokenizer.pre_tokenizer = tk.pre_tokenizers.Metaspace(prepend_scheme=scheme, split=split)
        tokenizer.normalizer = None

    return change


WAYS = {
    "gemma": replaced,
    "llama": prepended,
    "always": metaspace("always", split=True),
    "first": metaspace("first", split=False),
    "first, split": metaspace("first", split=True),
    "never": metaspace("never", split=False),
}


@cache
def made(way: str, *, crossing: bool) -> tk.Tokenizer:
    tokenizer = tk.Tokenizer.from_str(trained(crossing=crossing).to_str())
    WAYS[way](tokenizer)
    tokenizer.add_tokens(["<extra>", tk.AddedToken("[MASK]", normalized=False, lstrip=True)])
    return tokenizer


@pytest.mark.parametrize("crossing", [False, True])
@pytest.mark.parametrize("way", list(WAYS))
def test_every_way_to_write_spaces(way: str, crossing: bool) -> None:
    tokenizer = made(way, crossing=crossing)
    assert load_tokenizer(tokenizer).engine == "fast"
    parts = st.sampled_from(
        [" ", "  ", SPACE, "the", " cat", "\n", "<extra>", "[MASK]", "<s>", "中", "é", "x"]
    )

    @given(st.lists(TEXT | st.lists(parts, max_size=12).map("".join), max_size=10))
    def check(texts: list[str | None]) -> None:
        assert count_tokens(texts, tokenizer=tokenizer).to_pylist() == expected(tokenizer, texts)

    check()


@pytest.mark.parametrize("seed", range(8))
def test_random_merges(seed: int) -> None:
    """Merges in random order that join letters, spaces and characters of several bytes in every way."""
    rng = random.Random(seed)
    letters = [SPACE, "a", "b", "é", "中", "."]
    entries = ["<unk>", *BYTES, *letters]
    vocab = {entry: number for number, entry in enumerate(entries)}
    merges: dict[tuple[str, str], None] = {}
    for _ in range(60):
        pool = letters + [entry for entry in vocab if len(entry) in (2, 3)]
        pair = (rng.choice(pool), rng.choice(pool))
        vocab.setdefault("".join(pair), len(vocab))
        merges[pair] = None
    order = list(merges)
    rng.shuffle(order)
    model = tk.models.BPE(vocab=vocab, merges=order, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    tokenizer = tk.Tokenizer(model)
    prepended(tokenizer)
    texts: list[str | None] = ["".join(rng.choices(" ab é中.x😀", k=rng.randint(0, 90))) for _ in range(300)]
    assert load_tokenizer(tokenizer).engine == "fast"
    assert count_tokens(texts, tokenizer=tokenizer).to_pylist() == expected(tokenizer, texts)


def test_ten_megabytes_without_a_space() -> None:
    text = "".join(random.Random(1).choices("thecatsinhat.", k=100_000))
    tokenizer = made("llama", crossing=False)
    whole = count_tokens([text * 100], tokenizer=tokenizer).to_pylist()[0]
    one = expected(tokenizer, [text])[0]
    assert whole is not None and one is not None
    assert abs(whole - 100 * one) <= 200  # the joints
