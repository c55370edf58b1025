"""Columns as Polars expressions: `import fastcurate.polars`, then `pl.col("text").fc.normalize()`.

Every column function of fastcurate is here twice: as a method of the namespace `fc` of expressions, and as a function
that takes a column's name or an expression. They run inside Polars, without Python, in the eager, lazy and streaming
engine, within `group_by`, `over`, `when`, `filter`; what they accept, what they answer and what null does is
said at the function of the same name in `fastcurate`. An error is Polars' `ComputeError` with our message, raised
while the plan is made where column types or arguments are wrong.

Polars loads the kernels through its plugin interface. Should a future Polars change that, the same expressions go
through `map_batches`, which gives the same values and takes the GIL once a batch; a `RuntimeWarning` says so.

Whole-table functions are no expressions: pass a DataFrame or LazyFrame to `fastcurate.deduplicate`.

Examples:
    >>> import polars as pl
    >>> import fastcurate.polars
    >>> frame = pl.DataFrame({"text": ["Cafe\u0301  au lait ", None]})
    >>> frame.select(pl.col("text").fc.normalize())["text"].to_list()
    ['Café au lait', None]
"""

from fastcurate.polars.columns import (
    count_tokens,
    fingerprint,
    minhash,
    minhash_similarity,
    normalize,
    repair_mojibake,
    simhash,
    similarity,
    truncate,
)
from fastcurate.polars.findings import find_personal_data, find_words, quality, redact
from fastcurate.polars.namespace import Expressions

__all__ = [
    "Expressions",
    "count_tokens",
    "find_personal_data",
    "find_words",
    "fingerprint",
    "minhash",
    "minhash_similarity",
    "normalize",
    "quality",
    "redact",
    "repair_mojibake",
    "simhash",
    "similarity",
    "truncate",
]
