"""Tokenizers put together at random from all that the package `tokenizers` has, and text that is hostile to them."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import tokenizers as tk
from strategies.tokenizers_made import CL100K, FRAGMENTS, GPT2, O200K, QWEN2, TRAINING
from tokenizers import models, normalizers, pre_tokenizers, trainers

if TYPE_CHECKING:
    import random

BEHAVIOURS = ["isolated", "removed", "merged_with_previous", "merged_with_next", "contiguous"]
EXPRESSIONS = [GPT2, CL100K, QWEN2, O200K, r"\p{N}{1,3}", "[一-龥]+", r"\s+", r"\w+|[^\w\s]+", "x"]
EMOJI = ["👨‍👩‍👧‍👦", "🇩🇪🇫🇷", "👍🏽", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "1️⃣", "😀", " ", "a", "\u200d", "\ufe0f"]
SPECIAL = ["<s>", "</s>", "<extra>", "[MASK]", " ", "a", "<", "x ", "é", "<unk>"]
# Younger than some tables of Unicode, or treated in another way by the next version of the package.
YOUNG = ["\u1aea", "\u2e43", "\u061d", "\u166d", "\U000105c9", "\u32ff", "\U0001e6c0", "\x00", "a", " ", "é"]
SPECIALS = ["<unk>", "<s>", "</s>"]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
TEXTS = [text[:300].replace("\x00", "") for text in TRAINING][:150]


def _any_characters(draw: random.Random) -> str:
    tops = draw.choices([0x80, 0x3000, 0x10000, 0x110000], k=draw.randrange(60))
    codes = (draw.randrange(top) for top in tops)
    return "".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000)


def text(draw: random.Random) -> str:
    kinds: list[Any] = [
        lambda: "".join(draw.choices(FRAGMENTS, k=draw.randrange(30))),
        lambda: _any_characters(draw),
        lambda: draw.randbytes(draw.randrange(80)).decode("utf-8", "replace"),
        lambda: "".join(draw.choices(EMOJI, k=draw.randrange(30))),
        lambda: "".join(draw.choices(SPECIAL, k=draw.randrange(20))),
        lambda: "".join(draw.choices(YOUNG, k=draw.randrange(10))),
        lambda: "".join(draw.choices("abc AB'.1\n ▁é", k=draw.randrange(100))),
        lambda: draw.choice(TEXTS),
    ]
    return str(draw.choice(kinds)())


def _flag(draw: random.Random, share: float = 0.5) -> bool:
    return draw.random() < share


def pre_tokenizer(draw: random.Random, *, inner: bool = False) -> Any:
    if not inner and _flag(draw):
        steps = [pre_tokenizer(draw, inner=True) for _ in range(draw.randrange(1, 4))]
        if _flag(draw):
            steps.append(pre_tokenizers.ByteLevel(_flag(draw, 0.3), use_regex=_flag(draw, 0.3)))
        return pre_tokenizers.Sequence(steps)
    behaviour = draw.choice(BEHAVIOURS)
    expression = tk.Regex(draw.choice(EXPRESSIONS))
    kinds: list[Any] = [
        lambda: pre_tokenizers.ByteLevel(_flag(draw), use_regex=_flag(draw)),
        lambda: pre_tokenizers.Metaspace(
            prepend_scheme=draw.choice(["always", "never", "first"]), split=_flag(draw)
        ),
        lambda: pre_tokenizers.Digits(_flag(draw)),
        pre_tokenizers.Whitespace,
        pre_tokenizers.WhitespaceSplit,
        pre_tokenizers.BertPreTokenizer,
        pre_tokenizers.UnicodeScripts,
        lambda: pre_tokenizers.Punctuation(behaviour),
        lambda: pre_tokenizers.CharDelimiterSplit("a"),
        lambda: pre_tokenizers.Split(draw.choice([" ", "a"]), behaviour),
        lambda: pre_tokenizers.Split(expression, behaviour, invert=_flag(draw, 0.2)),
        lambda: pre_tokenizers.Split(expression, behaviour, invert=_flag(draw, 0.2)),
    ]
    return draw.choice(kinds)()


def normalizer(draw: random.Random, *, inner: bool = False) -> Any:
    if not inner and _flag(draw, 0.4):
        return normalizers.Sequence([normalizer(draw, inner=True) for _ in range(draw.randrange(4))])
    pattern: Any = draw.choice([" ", "a", "''", tk.Regex(r"\s+")])
    kinds: list[Any] = [
        normalizers.NFC,
        normalizers.NFD,
        normalizers.NFKC,
        normalizers.NFKD,
        normalizers.Lowercase,
        normalizers.StripAccents,
        normalizers.Nmt,
        lambda: normalizers.Strip(left=_flag(draw), right=_flag(draw)),
        lambda: normalizers.Replace(pattern, draw.choice(["▁", "", "b "])),
        lambda: normalizers.Prepend("▁"),
        lambda: normalizers.BertNormalizer(
            _flag(draw), _flag(draw), draw.choice([None, True, False]), _flag(draw)
        ),
    ]
    return draw.choice(kinds)()


def _bpe(draw: random.Random) -> tuple[Any, Any]:
    options: dict[str, Any] = {
        "unk_token": draw.choice([None, "<unk>"]),
        "fuse_unk": _flag(draw),
        "byte_fallback": _flag(draw),
        "ignore_merges": _flag(draw, 0.4),
        "dropout": draw.choice([None] * 9 + [0.3]),
        "continuing_subword_prefix": draw.choice([None, None, None, "##"]),
        "end_of_word_suffix": draw.choice([None, None, None, "</w>"]),
    }
    model = models.BPE(**{name: value for name, value in options.items() if value is not None})
    trainer = trainers.BpeTrainer(
        vocab_size=draw.choice([300, 500, 900]),
        special_tokens=SPECIALS + (BYTES if options["byte_fallback"] else []),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if _flag(draw, 0.6) else [],
        limit_alphabet=draw.choice([50, 1000]),
        show_progress=False,
    )
    return model, trainer


def _other(draw: random.Random) -> tuple[Any, Any]:
    least: dict[str, Any] = {"special_tokens": SPECIALS, "show_progress": False}
    word_piece = partial(models.WordPiece, unk_token="<unk>")
    return draw.choice(
        [
            (models.Unigram(), trainers.UnigramTrainer(vocab_size=400, unk_token="<unk>", **least)),
            (
                word_piece(max_input_chars_per_word=draw.choice([5, 100])),
                trainers.WordPieceTrainer(vocab_size=400, **least),
            ),
            (models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(vocab_size=200, **least)),
        ]
    )


def tokenizer(draw: random.Random) -> tk.Tokenizer | None:
    """One, or none where the package itself cannot train what was drawn."""
    model, trainer = _bpe(draw) if _flag(draw) else _other(draw)
    made = tk.Tokenizer(model)
    if _flag(draw, 0.6):
        made.normalizer = normalizer(draw)
    if _flag(draw, 0.9):
        made.pre_tokenizer = pre_tokenizer(draw)
    try:
        made.train_from_iterator(TEXTS, trainer)
    except BaseException:  # noqa: BLE001 - a panic of Rust is no Exception
        return None
    if isinstance(model, models.Unigram) and _flag(draw, 0.6):
        file = json.loads(made.to_str())
        known = {entry for entry, _ in file["model"]["vocab"]}
        file["model"]["byte_fallback"] = True
        file["model"]["vocab"] += [[byte, -20.0] for byte in BYTES if byte not in known]
        made = tk.Tokenizer.from_str(json.dumps(file))
    if _flag(draw):
        extra = tk.AddedToken(
            "<extra>", lstrip=_flag(draw), rstrip=_flag(draw), single_word=_flag(draw), normalized=_flag(draw)
        )
        made.add_tokens([extra, tk.AddedToken("[MASK]", normalized=_flag(draw))])
    if _flag(draw, 0.3):
        ends = [(token, made.token_to_id(token)) for token in ("<s>", "</s>")]
        made.post_processor = tk.processors.TemplateProcessing("<s> $A </s>", special_tokens=ends)
    return made
