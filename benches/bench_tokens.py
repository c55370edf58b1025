"""Token counts: against `tokenizers`, `tiktoken`, gigatoken and fastokens, on real rows.

`tokenizers` and `tiktoken` count a sample of the rows (they are far slower), the others all of them; every row
that a rival is given must have the same count before any clock starts. One thread, but for fastokens, whose
batches use two, as ours then do. gigatoken and fastokens split cl100k as its tokenizer.json does, so that ours
does too beside them. Tokenizer files come from the data folder; without it there is nothing to compare.

Below the table: one thread and two, and what loading takes in a process of its own: processor time, the same
file again, and memory beside the size of the file.
"""

import base64
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import awkward
import fastcurate as fc
import fastokens
import gigatoken
import numpy as np
import tiktoken
import tokenizers
from fastcurate.tokenizer import load_tokenizer

from benches import candidate
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
CORPORA = ("alpaca_en_52k", "t0_per_template", "codealpaca", "raw_mixed_sample")
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


def ours(texts: Any, tokenizer: Any, threads: int = 1) -> Any:
    return fc.count_tokens(texts, tokenizer=tokenizer, threads=threads)


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


@cache
def batches(engine: str, tokenizer: str) -> Any:
    """A function from rows to counts, by the way through a rival that makes no Python object a token."""
    path = str(DATA / "tokenizers" / TOKENIZERS[tokenizer])
    if engine == "gigatoken":
        load = gigatoken.Tokenizer.from_tiktoken if tokenizer in PATTERNS else gigatoken.Tokenizer
        giga = load(path)
        return lambda rows: np.asarray(awkward.num(giga.encode_batch(rows, parallel=False)))
    fast = (
        fastokens.Tokenizer.from_tiktoken(path, encoding=f"{tokenizer}_base")
        if tokenizer in PATTERNS
        else fastokens.Tokenizer.from_file(path)
    )
    return lambda rows: np.diff(np.frombuffer(fast.encode_batch_flat(rows)[1], np.uint64))


def cases(corpora: Corpora) -> Iterator[Case]:
    for tokenizer, file in TOKENIZERS.items():
        path = corpora.file(f"tokenizers/{file}")
        if path is None:
            continue
        for corpus in corpora.named(*CORPORA):
            text = corpora.text(corpus)
            yield case(corpus, tokenizer, path, text)
            # Neither of them reads WordPiece.
            if tokenizer != "bert":
                yield batch_case(corpus, tokenizer, text, "gigatoken")
                yield batch_case(corpus, tokenizer, text, "fastokens")


def batch_case(corpus: str, tokenizer: str, text: Any, engine: str) -> Case:
    path = load_tokenizer(
        DATA / "tokenizers" / TOKENIZERS[tokenizer], pattern="llama3" if tokenizer == "cl100k" else None
    )
    threads = 2 if engine == "fastokens" else 1
    rows = text.to_pylist()
    given = [row.encode() for row in rows] if engine == "gigatoken" else rows

    def agree() -> str:
        counts = ours(text, path, threads).to_numpy()
        theirs = batches(engine, tokenizer)(given)
        differ = int((counts != theirs).sum())
        assert differ == 0, f"{differ} rows differ"
        return "equal counts on every row"

    return Case(
        f"tokens {tokenizer}",
        corpus,
        len(text),
        lambda: ours(text, path, threads),
        named(engine),
        lambda: batches(engine, tokenizer)(given),
        agree,
        size(text),
    )


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


LOADING = """
import resource, sys, time
from fastcurate.tokenizer import load_tokenizer
size = lambda: next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("RssAnon"))
load_tokenizer("words")
before, started = size(), time.process_time()
load_tokenizer(sys.argv[1])
once, memory, started = time.process_time() - started, size() - before, time.process_time()
load_tokenizer(sys.argv[1])
print(once * 1e3, (time.process_time() - started) * 1e3, memory / 1024)
"""


def lines(corpora: Corpora) -> list[str]:
    found = [
        "tokens: loading, ms of processor time once, then again, and MiB of anonymous memory beside the file"
    ]
    for tokenizer, file in TOKENIZERS.items():
        if path := corpora.file(f"tokenizers/{file}"):
            command = [sys.executable, "-c", LOADING, str(path)]
            runs = [
                subprocess.run(command, capture_output=True, check=True, text=True).stdout for _ in range(3)
            ]
            parts = [map(float, run.split()) for run in runs]
            once, again, memory = (median(column) for column in zip(*parts, strict=True))
            size_ = path.stat().st_size / 2**20
            found.append(
                f"  {tokenizer:<8} {once:6.0f} ms {again:8.3f} ms {memory:6.1f} MiB, "
                f"{memory / size_:.1f} times the file"
            )
    return found + together(corpora) + candidate.lines(corpora, TOKENIZERS, CORPORA)


def together(corpora: Corpora) -> list[str]:
    """Two threads beside one. On a busy machine the least walls say more than medians, and processor time tells of
    work that two threads do twice."""
    path = corpora.file(f"tokenizers/{TOKENIZERS['gpt2']}")
    if path is None:
        return []
    found = [
        "tokens: two threads beside one, gpt2: least walls, their medians, and how much more processor time"
    ]
    for corpus in corpora.named(*CORPORA):
        text = corpora.text(corpus)
        walls: dict[int, list[float]] = {1: [], 2: []}
        works: dict[int, list[float]] = {1: [], 2: []}
        for turn in range(14):
            for threads in (1, 2):
                started, worked = time.perf_counter(), time.process_time()
                ours(text, path, threads)
                if turn > 1:  # by then both workers know the words
                    walls[threads].append(time.perf_counter() - started)
                    works[threads].append(time.process_time() - worked)
        least, middle = (choose(walls[1]) / choose(walls[2]) for choose in (min, median))
        more = min(works[2]) / min(works[1]) - 1
        found.append(f"  {corpus:<20} {least:.2f}x {middle:.2f}x {more:+.0%}")
    return found
