"""Token counts, one thread: against `tokenizers` and `tiktoken`, on real rows.

A rival counts a sample of the rows (it is far slower), and every row of that sample must have the same count
before any clock starts. Tokenizer files come from the data folder; without it there is nothing to compare.
"""

import base64
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import fastcurate as fc
import tiktoken
import tokenizers

from benches.case import Case, named
from benches.corpora import DATA, Corpora, sample, size

TOKENIZERS = {
    "gpt2": "gpt2.tokenizer.json",
    "cl100k": "cl100k_base.tiktoken",
    "o200k": "o200k_base.tiktoken",
    "qwen2": "qwen2.tokenizer.json",
    "llama": "llama.tokenizer.json",
    "bert": "bert-base-uncased.tokenizer.json",
}
SAMPLE = 2_000_000  # bytes of text that a rival is given
PATTERNS = {
    "cl100k": (
        r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"""
        r"""| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
    ),
    "o200k": (
        r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"""
        r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)?"""
        r"""|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"""
        r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}"""
        r"""| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
    ),
}


def ours(texts: Any, tokenizer: Path) -> Any:
    return fc.count_tokens(texts, tokenizer=tokenizer, threads=1)


@cache
def rival(tokenizer: str) -> tuple[str, Any]:
    path = DATA / "tokenizers" / TOKENIZERS[tokenizer]
    if tokenizer in PATTERNS:
        lines = (line.split() for line in path.read_bytes().splitlines())
        ranks = {base64.b64decode(token): int(rank) for token, rank in lines}
        encoding = tiktoken.Encoding(
            tokenizer, pat_str=PATTERNS[tokenizer], mergeable_ranks=ranks, special_tokens={}
        )
        return named("tiktoken"), lambda texts: [len(encoding.encode_ordinary(text)) for text in texts]
    loaded = tokenizers.Tokenizer.from_file(str(path))
    return named("tokenizers"), lambda texts: [
        len(encoded) for encoded in loaded.encode_batch_fast(texts, add_special_tokens=False)
    ]


def agree(some: Any, tokenizer: str) -> str:
    counts = ours(some, DATA / "tokenizers" / TOKENIZERS[tokenizer])
    assert counts.to_pylist() == rival(tokenizer)[1](some.to_pylist())
    return "equal counts on the rows of the sample"


def cases(corpora: Corpora) -> Iterator[Case]:
    for tokenizer, file in TOKENIZERS.items():
        path = corpora.file(f"tokenizers/{file}")
        if path is None:
            continue
        for corpus in corpora.named("alpaca_en_52k", "t0_per_template", "codealpaca", "raw_mixed_sample"):
            yield case(corpus, tokenizer, path, corpora.text(corpus))


def case(corpus: str, tokenizer: str, path: Path, text: Any) -> Case:
    some = sample(text, SAMPLE)
    rows = some.to_pylist()
    engine, count = rival(tokenizer)
    return Case(
        f"tokens {tokenizer}",
        corpus,
        len(text),
        lambda: ours(text, path),
        engine,
        lambda: count(rows),
        lambda: agree(some, tokenizer),
        size(text),
        size(some) / size(text),
    )
