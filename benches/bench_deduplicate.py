"""Near duplicates from Arrow text to verdicts at .8, two threads where a library has threads; peak memory.

All are given the same joined text. rensa (full-set R-MinHash, all rows) and datasketch (the first rows) are given
three-word shingles that Python cut, as their users do, and keep a row if no kept one is similar by its signature;
gaoya cuts, inserts and queries in bulk by itself, on all threads; Daft makes the signatures alone, which is not half
of the job. 128 permutations, 16 bands of 8 where the number can be chosen. Ours is held to brute force on a sample, and
every removed row's similarity is computed again from its texts.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import fastcurate as fc
import numpy as np
import pyarrow as pa
from datasketch import MinHash, MinHashLSH
from gaoya.minhash import MinHashStringIndex
from reference import similar as reference
from reference.shingle import jaccard
from reference.shingle import shingles as exact_shingles
from rensa import RMinHash, RMinHashLSH

from benches.case import Case, named
from benches.corpora import ROOT, Corpora, size
from benches.plain_python import shingles

THRESHOLD, PERM, BANDS = 0.8, 128, 16
SAMPLE = 2_000  # rows that datasketch is given
BRUTE = 60  # removed rows, and as many of all rows, that brute force judges
CORPORA = ("alpaca_en_52k", "t0_per_template", "scancode_license_rules", "raw_mixed_sample")
TARGET = 666  # bytes a row: 1.3 times a signature of 128 values


def ours(text: pa.StringArray) -> Any:
    return fc.deduplicate(pa.table({"text": text}), on="text", threshold=THRESHOLD, threads=2)


def rensa(text: pa.StringArray) -> list[int]:
    """The rows that go."""
    sketches = RMinHash.from_token_sets(shingles(text.to_pylist()), PERM, 42)
    index = RMinHashLSH(THRESHOLD, PERM, BANDS)
    removed = []
    for row, sketch in enumerate(sketches):
        if any(sketch.jaccard(sketches[kept]) >= THRESHOLD for kept in index.query(sketch)):
            removed.append(row)
        else:
            index.insert(row, sketch)
    return removed


def datasketch(text: pa.StringArray) -> list[int]:
    """The rows that go."""
    index = MinHashLSH(num_perm=PERM, params=(BANDS, PERM // BANDS))
    cut = shingles(text.to_pylist())
    sketches = MinHash.bulk([[shingle.encode() for shingle in row] for row in cut], num_perm=PERM)
    removed = []
    for row, sketch in enumerate(sketches):
        if any(sketch.jaccard(sketches[kept]) >= THRESHOLD for kept in index.query(sketch)):
            removed.append(row)
        else:
            index.insert(row, sketch)
    return removed


def gaoya(text: pa.StringArray) -> list[int]:
    """The rows that go."""
    index = MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=THRESHOLD,
        num_bands=BANDS,
        band_size=PERM // BANDS,
        analyzer="word",
        lowercase=True,
        ngram_range=(3, 3),
        id_container="smallvec",
    )
    docs = text.to_pylist()
    index.par_bulk_insert_docs(list(range(len(docs))), docs)
    removed: set[int] = set()
    for row, similar in enumerate(index.par_bulk_query(docs)):
        if any(other < row and other not in removed for other in similar):
            removed.add(row)
    return sorted(removed)


def daft(text: pa.StringArray) -> Any:
    """The signatures."""
    import daft

    frame = daft.from_arrow(pa.table({"text": text}))
    return frame.select(daft.col("text").minhash(num_hashes=PERM, ngram_size=3, seed=1)).collect()


def verify(text: pa.StringArray) -> frozenset[int]:
    """Our removed rows, after every verdict on them was computed again, and a sample by brute force."""
    verdicts = ours(text)
    removed = verdicts.removed.select(["row", "kept_row", "similarity"]).to_pylist()
    gone = {one["row"] for one in removed}
    cut = cache(lambda row: exact_shingles(text[row].as_py(), "word:3"))
    for one in removed:
        again = jaccard(cut(one["row"]), cut(one["kept_row"]))
        assert again == one["similarity"] >= THRESHOLD, f"row {one['row']}: {again}"
        assert one["kept_row"] not in gone
    draw = np.random.default_rng(7)
    some = [removed[i] for i in draw.permutation(len(removed))[:BRUTE]]
    rows = {row for one in some for row in (one["row"], one["kept_row"])}
    rows |= {int(row) for row in draw.permutation(len(text))[:BRUTE]}
    judged = text.take(pa.array(sorted(rows)))
    expected = reference.deduplicate([{"text": row} for row in judged.to_pylist()], on="text")
    found = ours(judged)
    assert found.representative.to_pylist() == expected.representative
    assert found.similarity.to_pylist() == expected.similarity
    return frozenset(gone)


def agree(text: pa.StringArray, gone: frozenset[int], rival: Callable[[pa.StringArray], list[int]]) -> str:
    theirs = set(rival(text))
    caught = len(theirs & gone)
    recall = f"{caught / len(gone):.3f}" if gone else "-"
    return (
        f"ours exact, all {len(gone)} removed rows verified; the rival removes {len(theirs)}: "
        f"recall {recall}, {len(theirs - gone)} that we keep"
    )


def cases(corpora: Corpora) -> Iterator[Case]:
    for corpus in corpora.named(*CORPORA):
        text = corpora.text(corpus)
        yield case(corpus, text, text, named("rensa"), rensa)
        yield case(corpus, text, text, named("gaoya"), gaoya)
        yield case(corpus, text, text.slice(0, SAMPLE), named("datasketch"), datasketch)
        yield signatures(corpus, text)


def signatures(corpus: str, text: pa.StringArray) -> Case:
    def agree() -> str:
        assert len(daft(text)) == len(text)
        return "the rival decides nothing: signatures alone"

    return Case(
        "deduplicate",
        corpus,
        len(text),
        lambda: ours(text),
        named("daft"),
        lambda: daft(text),
        agree,
        size(text),
    )


def case(
    corpus: str,
    text: pa.StringArray,
    some: pa.StringArray,
    name: str,
    rival: Callable[[pa.StringArray], list[int]],
) -> Case:
    return Case(
        "deduplicate",
        corpus,
        len(text),
        lambda: ours(text),
        name,
        lambda: rival(some),
        lambda: agree(some, verify(some), rival),
        size(text),
        size(some) / size(text),
    )


def lines(corpora: Corpora) -> Iterator[str]:
    """Peak memory beyond the input, `on=None`, two threads."""
    if not Path("/proc/self/clear_refs").exists() or corpora.limit:
        yield "\nPeak memory of deduplicate: left out; it is taken on Linux, and of whole corpora (no --quick)."
        return
    yield f"\nPeak memory of deduplicate beyond its input, on=None, 2 threads; wanted: at most {TARGET} bytes a row"
    for corpus in corpora.named(*CORPORA, "alpaca_zh", "codealpaca"):
        run = [sys.executable, "-m", "benches.memory", corpus]
        done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
        used = float(done.stdout)
        yield f"  {corpus:<22} {used:>6.0f} bytes a row{'' if used <= TARGET else '   OVER'}"
