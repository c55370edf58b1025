"""Token counts, one thread: against `tokenizers` and `tiktoken`, on real rows.

A rival counts a sample of the rows (it is far slower), and every row of that sample must have the same count
before any clock starts. Rows a second are of what each engine was given; `bytes` in extra_info makes them
comparable.
"""

import base64
import os
from functools import cache
from pathlib import Path
from typing import Any

# Read when `tokenizers` first encodes: one thread for the rival.
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import fastcurate as fc
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import tiktoken
import tokenizers

DATA = Path(os.environ.get("FASTCURATE_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))

CORPORA = {
    "alpaca_en_52k": "instruct/alpaca_en_52k.parquet",
    "t0_per_template": "instruct/t0_per_template.parquet",
    "codealpaca": "instruct/codealpaca.parquet",
    "raw_mixed_sample": "raw/raw_mixed_sample.parquet",
}
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
    "cl100k": r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+"""
    r"""| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s""",
    "o200k": r"""[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"""
    r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)?"""
    r"""|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"""
    r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}"""
    r"""| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+""",
}


@cache
def column(corpus: str) -> Any:
    table = pq.read_table(DATA / CORPORA[corpus])
    if "text" in table.column_names:
        return table["text"].combine_chunks()
    parts = [table[name].cast(pa.string()) for name in ("instruction", "input", "output")]
    return pc.binary_join_element_wise(*parts, "\n").combine_chunks()


def size(texts: Any) -> int:
    return int(pc.sum(pc.binary_length(texts)).as_py())


def sample(corpus: str) -> Any:
    texts = column(corpus)
    step = max(1, size(texts) // SAMPLE)
    return texts.take(pa.array(range(0, len(texts), step)))


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
        return f"tiktoken {tiktoken.__version__}", lambda texts: [
            len(encoding.encode_ordinary(text)) for text in texts
        ]
    loaded = tokenizers.Tokenizer.from_file(str(path))
    return f"tokenizers {tokenizers.__version__}", lambda texts: [
        len(encoded) for encoded in loaded.encode_batch_fast(texts, add_special_tokens=False)
    ]


@cache
def agree(corpus: str, tokenizer: str) -> bool:
    some = sample(corpus)
    counts = ours(some, DATA / "tokenizers" / TOKENIZERS[tokenizer])
    assert counts.to_pylist() == rival(tokenizer)[1](some.to_pylist())
    return True


@pytest.fixture(autouse=True)
def data() -> None:
    if not DATA.is_dir():
        pytest.skip(f"real data: no folder {DATA}; set FASTCURATE_DATA")


@pytest.mark.parametrize("tokenizer", list(TOKENIZERS))
@pytest.mark.parametrize("corpus", list(CORPORA))
def test_tokens(benchmark: Any, corpus: str, tokenizer: str) -> None:
    agrees, texts = agree(corpus, tokenizer), column(corpus)
    path = DATA / "tokenizers" / TOKENIZERS[tokenizer]
    benchmark.extra_info.update(
        stage=f"tokens {tokenizer}",
        corpus=corpus,
        engine="fastcurate",
        rows=len(texts),
        bytes=size(texts),
        agrees=agrees,
    )
    benchmark.pedantic(ours, (texts, path), rounds=3, warmup_rounds=1)


@pytest.mark.parametrize("tokenizer", list(TOKENIZERS))
@pytest.mark.parametrize("corpus", list(CORPORA))
def test_tokens_rival(benchmark: Any, corpus: str, tokenizer: str) -> None:
    some = sample(corpus)
    engine, count = rival(tokenizer)
    benchmark.extra_info.update(
        stage=f"tokens {tokenizer}",
        corpus=corpus,
        engine=engine,
        rows=len(some),
        bytes=size(some),
        agrees=agree(corpus, tokenizer),
    )
    benchmark.pedantic(count, (some.to_pylist(),), rounds=1)
