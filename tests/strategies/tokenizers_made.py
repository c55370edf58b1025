"""Small tokenizers of every kind, trained here with the package `tokenizers`, and text that reaches their corners."""

from __future__ import annotations

import json
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import tokenizers as tk
from conftest import CORPORA, ROOT
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = [json.loads(line) for line in (ROOT / "tests/golden/tokens.jsonl").read_text().splitlines()]

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = CL100K.replace("{1,3}", "")
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
MAIN = (
    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"""
    r"""| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
)
# Published files have the line ends as they are, not escaped.
DEEPSEEK = (r"\p{N}{1,3}", "[一-龥\u3040-ゟ゠-ヿ]+", MAIN.replace(r"\r\n", "\r\n"))
PATTERNS = {"gpt2": GPT2, "cl100k": CL100K, "qwen2": QWEN2, "o200k": O200K}

TRAINING = [
    *(text for rows in CORPORA.values() for text in rows if text and len(text) < 1000),
    *(row["text"] for row in GOLDEN),
    "the cat's hat isn't theirs, they're 12 or 123 years old and don't know 4567",
] * 3

FRAGMENTS = [
    *[
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "\u00a0",
        "\u3000",
        "\u2028",
        "\x85",
        "\x0b",
        "\x00",
        "_",
        "/",
        "//\n",
        "!",
    ],
    *[
        "'s",
        "'S",
        "'\u017f",
        "'LL",
        "'re",
        "'",
        "the",
        " of",
        "HTTP",
        "a",
        "B",
        "é",
        "É",
        "\u01c5",
        "中文",
        "あ",
        "한",
    ],
    *[
        "ʰ",
        "1",
        "23",
        "٣",
        "Ⅷ",
        "\u0301",
        "\u0323\u0307",
        "😀",
        "\u200d",
        "\u1100\u1161\u11a8",
        "\u212b",
        "ﬁ",
        "<s>",
    ],
    *["</s>", "<extra>", "[MASK]", "caf\u00e9", "cafe\u0301"],
]
TEXT = st.one_of(
    st.lists(st.sampled_from(FRAGMENTS), max_size=20).map("".join),
    # Longer than the 64 bytes that are looked at together.
    st.lists(
        st.sampled_from(
            [*FRAGMENTS, *[" word", " Words", "x" * 70, " 2024", ".\n", "=" * 40, "中文字" * 9] * 3]
        ),
        min_size=20,
        max_size=60,
    ).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.binary(max_size=40).map(lambda raw: raw.decode("utf-8", "replace")),
)


def split_by(
    pattern: str, behavior: str = "isolated", invert: bool = False
) -> tk.pre_tokenizers.PreTokenizer:
    split = tk.pre_tokenizers.Split(tk.Regex(pattern), behavior, invert=invert)
    return tk.pre_tokenizers.Sequence(
        [split, tk.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )


def byte_level(pattern: str, vocab_size: int = 600, nfc: bool = False) -> tk.Tokenizer:
    tokenizer = tk.Tokenizer(tk.models.BPE())
    tokenizer.pre_tokenizer = split_by(pattern)
    if nfc:
        tokenizer.normalizer = tk.normalizers.NFC()
    alphabet = tk.pre_tokenizers.ByteLevel.alphabet()
    trainer = tk.trainers.BpeTrainer(
        vocab_size=vocab_size, initial_alphabet=alphabet, special_tokens=["<s>", "</s>"]
    )
    tokenizer.train_from_iterator(TRAINING, trainer)
    ends = [("<s>", tokenizer.token_to_id("<s>")), ("</s>", tokenizer.token_to_id("</s>"))]
    tokenizer.post_processor = tk.processors.TemplateProcessing("<s> $A </s>", special_tokens=ends)
    return tokenizer


def deepseek(main: str = DEEPSEEK[2]) -> tk.Tokenizer:
    tokenizer = byte_level(QWEN2)
    splits = [tk.pre_tokenizers.Split(tk.Regex(pattern), "isolated") for pattern in (*DEEPSEEK[:2], main)]
    last = tk.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = tk.pre_tokenizers.Sequence([*splits, last])
    return tokenizer


def sentencepiece() -> tk.Tokenizer:
    tokenizer = tk.Tokenizer(tk.models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = tk.normalizers.Sequence(
        [tk.normalizers.Prepend("▁"), tk.normalizers.Replace(" ", "▁")],
    )
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = tk.trainers.BpeTrainer(vocab_size=500, special_tokens=["<unk>", "<s>", "</s>", *bytes_])
    tokenizer.train_from_iterator(TRAINING, trainer)
    return tokenizer


def unigram() -> tk.Tokenizer:
    tokenizer = tk.Tokenizer(tk.models.Unigram())
    tokenizer.normalizer = tk.normalizers.NFKC()
    tokenizer.pre_tokenizer = tk.pre_tokenizers.Metaspace()
    trainer = tk.trainers.UnigramTrainer(vocab_size=400, unk_token="<unk>", special_tokens=["<unk>", "<s>"])
    tokenizer.train_from_iterator(TRAINING, trainer)
    return tokenizer


def wordpiece() -> tk.Tokenizer:
    tokenizer = tk.Tokenizer(tk.models.WordPiece(unk_token="[UNK]"))
    texts = [
        text.replace("\x00", "") for text in TRAINING
    ]  # the reference refuses a vocabulary with NUL in it
    tokenizer.normalizer = tk.normalizers.Lowercase()
    tokenizer.pre_tokenizer = tk.pre_tokenizers.BertPreTokenizer()
    trainer = tk.trainers.WordPieceTrainer(
        vocab_size=500, special_tokens=["[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    )
    tokenizer.train_from_iterator(texts, trainer)
    ends = [("[CLS]", 1), ("[SEP]", 2)]
    tokenizer.post_processor = tk.processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=ends)
    return tokenizer


def with_added_tokens() -> tk.Tokenizer:
    tokenizer = byte_level(QWEN2, nfc=True)
    tokenizer.add_tokens(["<extra>", "caf\u00e9", "<extra>!", tk.AddedToken("[MASK]", normalized=False)])
    return tokenizer


def with_stripping_tokens() -> tk.Tokenizer:
    tokenizer = byte_level(GPT2)
    tokenizer.add_tokens(
        [tk.AddedToken("<extra>", lstrip=True), tk.AddedToken("[MASK]", single_word=True, rstrip=True)]
    )
    return tokenizer


def with_prefix_space() -> tk.Tokenizer:
    tokenizer = byte_level(GPT2)
    tokenizer.pre_tokenizer = tk.pre_tokenizers.ByteLevel(add_prefix_space=True)
    return tokenizer


MADE: dict[str, tuple[Callable[[], Any], str]] = {
    **{name: (partial(byte_level, pattern), "fast") for name, pattern in PATTERNS.items()},
    "deepseek": (deepseek, "fast"),
    "deepseek, escaped": (lambda: deepseek(MAIN), "fast"),
    "qwen2 with NFC": (lambda: byte_level(QWEN2, nfc=True), "fast"),
    "added tokens": (with_added_tokens, "fast"),
    "stripping tokens": (with_stripping_tokens, "fast"),
    "prefix space": (with_prefix_space, "fast"),
    "sentencepiece": (sentencepiece, "fast"),
    "unigram": (unigram, "reference"),
    "wordpiece": (wordpiece, "fast"),
}


@cache
def made(name: str) -> Any:
    return MADE[name][0]()


def expected(
    tokenizer: tk.Tokenizer, texts: list[str | None], add_special_tokens: bool = False
) -> list[int | None]:
    """What the package counts, whatever truncation and padding the file stores."""
    plain = tk.Tokenizer.from_str(tokenizer.to_str())
    plain.no_truncation()
    plain.no_padding()
    counts = [
        len(e)
        for e in plain.encode_batch_fast([t or "" for t in texts], add_special_tokens=add_special_tokens)
    ]
    return [None if text is None else count for text, count in zip(texts, counts, strict=True)]
