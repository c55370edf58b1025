"""`simhash`, one thread, beside its definition in Python (the oracle of the tests) on a sample of the rows.

No rival of the bench group has SimHash; this one shows what a script without a library pays.
"""

from collections.abc import Iterator

import fastcurate as fc
import pyarrow as pa
from reference.simhash import simhash

from benches.case import Case
from benches.corpora import Corpora, sample, size

SAMPLE = 100_000  # bytes of text


def agree(some: pa.StringArray) -> str:
    expected = [simhash(row, shingle="word:3") for row in some.to_pylist()]
    assert fc.simhash(some, threads=1).to_pylist() == expected
    return "equal on the rows of the sample"


def cases(corpora: Corpora) -> Iterator[Case]:
    for corpus in corpora.named("alpaca_en_52k", "raw_mixed_sample"):
        yield case(corpus, corpora.text(corpus))


def case(corpus: str, text: pa.StringArray) -> Case:
    some = sample(text, SAMPLE)
    rows = some.to_pylist()
    return Case(
        "simhash",
        corpus,
        len(text),
        lambda: fc.simhash(text, threads=1),
        "Python, by hand",
        lambda: [simhash(row, shingle="word:3") for row in rows],
        lambda: agree(some),
        size(text),
        size(some) / size(text),
    )
