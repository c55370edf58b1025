"""MinHash signatures of 128 permutations from text, two threads, beside rensa, datasketch and Daft.

The shingling of rensa and datasketch is included; rensa is also given ready shingles, which leaves it nothing to do but
sketch (ours still starts from text). Daft splits at spaces and does no more to the text; its fastest hash function is
asked for. The signatures differ from library to library; what has to agree is our estimate with the exact similarity.
"""

import math
from collections.abc import Callable, Iterator
from functools import partial

import daft
import fastcurate as fc
import pyarrow as pa
from datasketch import MinHash
from rensa import RMinHash

from benches.case import Case, named
from benches.corpora import Corpora, sample, size
from benches.plain_python import shingles

PERM = 128
SAMPLE = 500_000  # bytes of text that datasketch is given
PAIRS = 500


def agree(text: pa.StringArray) -> str:
    """The estimate strays from the exact similarity as far as theory says, for rows and their first three quarters."""
    rows = [row for row in text.to_pylist() if row.count(" ") >= 12][:PAIRS]
    shorter = [row[: 3 * len(row) // 4] for row in rows]
    exact = fc.similarity(rows, shorter).to_pylist()
    estimates = fc.minhash_similarity(fc.minhash(rows, num_perm=PERM), fc.minhash(shorter, num_perm=PERM))
    errors = [(a - b) ** 2 for a, b in zip(estimates.to_pylist(), exact, strict=True)]
    theory = [j * (1 - j) / PERM for j in exact]
    strays, expected = math.sqrt(sum(errors) / len(errors)), math.sqrt(sum(theory) / len(theory))
    assert strays < 1.25 * expected, f"estimates stray by {strays:.4f}, theory says {expected:.4f}"
    return f"estimates stray {strays:.3f} from the exact similarity, theory: {expected:.3f}"


def rensa(sets: list[list[str]]) -> object:
    return RMinHash.digest_matrix_from_token_sets(sets, PERM, 42)


def rensa_from_text(text: pa.StringArray) -> object:
    return rensa(shingles(text.to_pylist()))


def datasketch_from_text(text: pa.StringArray) -> object:
    sets = shingles(text.to_pylist())
    return MinHash.bulk([[one.encode() for one in row] for row in sets], num_perm=PERM)


def daft_from_text(frame: daft.DataFrame) -> object:
    signatures = frame["text"].minhash(num_hashes=PERM, ngram_size=3, seed=1, hash_function="xxhash3_64")
    return frame.select(signatures).collect()


def cases(corpora: Corpora) -> Iterator[Case]:
    for corpus in corpora.named("alpaca_en_52k", "raw_mixed_sample"):
        text = corpora.text(corpus)
        some = sample(text, SAMPLE)
        share = size(some) / size(text)
        yield case(corpus, text, named("rensa"), partial(rensa_from_text, text))
        yield case(corpus, text, f"{named('rensa')} sketch", partial(rensa, shingles(text.to_pylist())))
        frame = daft.from_arrow(pa.table({"text": text})).collect()
        yield case(corpus, text, named("daft"), partial(daft_from_text, frame))
        yield case(corpus, text, named("datasketch"), partial(datasketch_from_text, some), share)


def case(
    corpus: str, text: pa.StringArray, rival: str, theirs: Callable[[], object], share: float = 1.0
) -> Case:
    return Case(
        "minhash",
        corpus,
        len(text),
        lambda: fc.minhash(text, num_perm=PERM, threads=2),
        rival,
        theirs,
        lambda: agree(text),
        size(text),
        share,
    )
