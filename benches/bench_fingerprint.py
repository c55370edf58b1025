"""`fingerprint` (128 bits, frozen) beside Polars' `hash` (64 bits, of this version of Polars), one thread each."""

from collections.abc import Iterator

import fastcurate as fc
import polars as pl
import pyarrow as pa
import xxhash

from benches.case import Case, named
from benches.corpora import Corpora, size


def agree(text: pa.StringArray, series: pl.Series) -> str:
    """Every row's fingerprint is that of the package `xxhash`; both hashes tell the same rows apart."""
    found = fc.fingerprint(text, threads=1).to_pylist()
    assert found == [xxhash.xxh3_128_digest(row.encode()) for row in text.to_pylist()]
    assert len(set(found)) == series.hash().n_unique() == series.n_unique()
    return "ours is the XXH3-128 of the xxhash package; as many different hashes as rows"


def cases(corpora: Corpora) -> Iterator[Case]:
    for corpus in corpora.named("alpaca_en_52k", "raw_mixed_sample"):
        yield case(corpus, corpora.text(corpus))


def case(corpus: str, text: pa.StringArray) -> Case:
    series = pl.Series(text)
    return Case(
        "fingerprint",
        corpus,
        len(text),
        lambda: fc.fingerprint(text, threads=1),
        f"{named('polars')} hash",
        series.hash,
        lambda: agree(text, series),
        size(text),
    )
