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

from __future__ import annotations

import json
import warnings
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PolarsError
from polars.plugins import register_plugin_function

from fastcurate import _core, cleaning, columns
from fastcurate.tokenizer import Tokenizer, load_tokenizer

__all__ = [
    "Expressions",
    "count_tokens",
    "fingerprint",
    "minhash",
    "minhash_similarity",
    "normalize",
    "repair_mojibake",
    "simhash",
    "similarity",
]


def normalize(text: str | pl.Expr, *, preset: str | None = None, **options: Any) -> pl.Expr:
    """Text with the accidents of its transport taken out, as `fastcurate.normalize` does; with its options.

    Args:
        text: A column of strings or categories, by name or as an expression.
        preset: A preset of `fastcurate.normalize`: `"sft"`, `"web"` or `"match"`.
        **options: Its other options: `form="NFKC"`, `quotes="ascii"` ...

    Returns:
        `String`; null for null.

    Raises:
        TypeError: There is no such option.
        ValueError: There is no such preset.
        polars.exceptions.ComputeError: The column is not text, or an option has a value it does not know.

    Examples:
        >>> pl.select(normalize(pl.lit("a  b")))["literal"].to_list()
        ['a b']
    """
    return _expression("normalize", [text], options=cleaning.kernel_options(preset, **options))


def repair_mojibake(text: str | pl.Expr) -> pl.Expr:
    """UTF-8 that was read in the wrong encoding, put right again, as `fastcurate.repair_mojibake`.

    Args:
        text: A column of strings or categories, by name or as an expression.

    Returns:
        `String`; null for null.

    Raises:
        polars.exceptions.ComputeError: The column is not text.

    Examples:
        >>> pl.select(repair_mojibake(pl.lit("cafÃ©")))["literal"].to_list()
        ['café']
    """
    return _expression("normalize", [text], options=cleaning.MOJIBAKE_ONLY)


def fingerprint(text: str | pl.Expr) -> pl.Expr:
    """The 128-bit identity of each text's bytes, as `fastcurate.fingerprint`.

    Args:
        text: A column of strings or categories, by name or as an expression.

    Returns:
        `Binary` of 16 bytes; null for null.

    Raises:
        polars.exceptions.ComputeError: The column is not text.

    Examples:
        >>> pl.select(fingerprint(pl.lit("")))["literal"][0].hex()
        '99aa06d3014798d86001c324468d497f'
    """
    return _expression("fingerprint", [text])


def minhash(
    text: str | pl.Expr,
    *,
    num_perm: int = 128,
    shingle: str = "word:3",
    seed: int = 1,
    algorithm: str = "multiply",
) -> pl.Expr:
    """MinHash signatures, as `fastcurate.minhash`.

    Args:
        text: A column of strings or categories, by name or as an expression.
        num_perm: The number of values in a signature, 1 to 65,536.
        shingle: `"word:N"` or `"char:N"`, N from 1 to 64.
        seed: Which permutations, 0 to 2^64 - 1.
        algorithm: See `fastcurate.minhash`.

    Returns:
        `Array(UInt32, num_perm)`; null for null.

    Raises:
        polars.exceptions.ComputeError: The column is not text, or an argument is out of range.

    Examples:
        >>> pl.select(minhash(pl.lit("a b c"), num_perm=4))["literal"].dtype
        Array(UInt32, shape=(4,))
    """
    return _expression("minhash", [text], num_perm=num_perm, shingle=shingle, seed=seed, algorithm=algorithm)


def minhash_similarity(sig_a: str | pl.Expr, sig_b: str | pl.Expr) -> pl.Expr:
    """The share of equal values of two signatures, as `fastcurate.minhash_similarity`.

    Args:
        sig_a: A column of signatures, as `minhash` gives them.
        sig_b: Another one, made with the same arguments.

    Returns:
        `Float64` from 0 to 1; null where either signature is null.

    Raises:
        polars.exceptions.ComputeError: A column does not hold signatures, or they differ in length.

    Examples:
        >>> frame = pl.select(a=minhash(pl.lit("a b c")), b=minhash(pl.lit("A, b, c!")))
        >>> frame.select(minhash_similarity("a", "b"))["a"].to_list()
        [1.0]
    """
    return _expression("minhash_similarity", [sig_a, sig_b])


def simhash(text: str | pl.Expr, *, shingle: str = "word:3") -> pl.Expr:
    """SimHash, 64 bits a text, as `fastcurate.simhash`.

    Args:
        text: A column of strings or categories, by name or as an expression.
        shingle: `"word:N"` or `"char:N"`, N from 1 to 64.

    Returns:
        `UInt64`; null for null.

    Raises:
        polars.exceptions.ComputeError: The column is not text, or `shingle` is neither form.

    Examples:
        >>> pl.select(simhash(pl.lit("a b c d")) == simhash(pl.lit("A b c d!")))["literal"].to_list()
        [True]
    """
    return _expression("simhash", [text], shingle=shingle)


def similarity(a: str | pl.Expr, b: str | pl.Expr, *, shingle: str = "word:3") -> pl.Expr:
    """The exact Jaccard similarity of two texts, as `fastcurate.similarity`.

    Args:
        a: A column of strings or categories, by name or as an expression.
        b: Another one; a literal is compared with every row.
        shingle: `"word:N"` or `"char:N"`, N from 1 to 64.

    Returns:
        `Float64` from 0 to 1; null where either text is null.

    Raises:
        polars.exceptions.ComputeError: A column is not text, or `shingle` is neither form.

    Examples:
        >>> frame = pl.DataFrame({"answer": ["a b c d", "b c d e"]})
        >>> frame.select(similarity("answer", pl.lit("A, b, c, d.")))["answer"].to_list()
        [1.0, 0.3333333333333333]
    """
    return _expression("similarity", [a, b], shingle=shingle)


def count_tokens(
    text_or_messages: str | pl.Expr, *, tokenizer: Any, add_special_tokens: bool = False
) -> pl.Expr:
    """The tokens of every row, as `fastcurate.count_tokens`.

    The expression carries the identity of the tokenizer, not its content: a serialised plan can be run by the process
    that built it, not by another one.

    Args:
        text_or_messages: A column of text, or of conversations (`List(Struct(role, content))`).
        tokenizer: Whatever `fastcurate.count_tokens` takes.
        add_special_tokens: Whether to add the tokens that the tokenizer puts around every text.

    Returns:
        `Int32`; null for null.

    Raises:
        TypeError: `tokenizer` is nothing that can be loaded.
        FileNotFoundError: There is no such file, and no such name.
        polars.exceptions.ComputeError: The column is neither text nor conversations.

    Examples:
        >>> pl.select(count_tokens(pl.lit("Hello world"), tokenizer="gpt2"))["literal"].to_list()
        [2]
    """
    loaded = load_tokenizer(tokenizer)
    return _expression(
        "count_tokens",
        [text_or_messages],
        tokenizer=_kept(loaded) if _plugin_works() else loaded,
        add_special_tokens=add_special_tokens,
    )


@pl.api.register_expr_namespace("fc")
class Expressions:
    """The namespace `fc` of expressions: `pl.col("text").fc.normalize()`."""

    def __init__(self, expression: pl.Expr) -> None:
        self._expression = expression

    def normalize(self, *, preset: str | None = None, **options: Any) -> pl.Expr:
        """See `fastcurate.polars.normalize`."""
        return normalize(self._expression, preset=preset, **options)

    def repair_mojibake(self) -> pl.Expr:
        """See `fastcurate.polars.repair_mojibake`."""
        return repair_mojibake(self._expression)

    def fingerprint(self) -> pl.Expr:
        """See `fastcurate.polars.fingerprint`."""
        return fingerprint(self._expression)

    def minhash(
        self,
        *,
        num_perm: int = 128,
        shingle: str = "word:3",
        seed: int = 1,
        algorithm: str = "multiply",
    ) -> pl.Expr:
        """See `fastcurate.polars.minhash`."""
        return minhash(self._expression, num_perm=num_perm, shingle=shingle, seed=seed, algorithm=algorithm)

    def minhash_similarity(self, other: str | pl.Expr) -> pl.Expr:
        """See `fastcurate.polars.minhash_similarity`."""
        return minhash_similarity(self._expression, other)

    def simhash(self, *, shingle: str = "word:3") -> pl.Expr:
        """See `fastcurate.polars.simhash`."""
        return simhash(self._expression, shingle=shingle)

    def similarity(self, other: str | pl.Expr, *, shingle: str = "word:3") -> pl.Expr:
        """See `fastcurate.polars.similarity`."""
        return similarity(self._expression, other, shingle=shingle)

    def count_tokens(self, *, tokenizer: Any, add_special_tokens: bool = False) -> pl.Expr:
        """See `fastcurate.polars.count_tokens`."""
        return count_tokens(self._expression, tokenizer=tokenizer, add_special_tokens=add_special_tokens)


def _expression(kernel: str, inputs: list[str | pl.Expr], **arguments: Any) -> pl.Expr:
    if _plugin_works():
        return _plugin(kernel, inputs, arguments)
    return _mapped(kernel, inputs, arguments)


def _plugin(kernel: str, inputs: list[str | pl.Expr], arguments: dict[str, Any]) -> pl.Expr:
    return register_plugin_function(
        plugin_path=Path(_core.__file__),
        function_name="fastcurate",  # one symbol for all kernels
        args=inputs,
        kwargs={"json": json.dumps({"kernel": kernel, **arguments})},
        is_elementwise=True,
    )


@lru_cache(maxsize=1)
def _plugin_works() -> bool:
    """Whether this Polars loads our library and gets right answers from it."""
    try:
        answer = pl.select(_plugin("fingerprint", [pl.lit("")], {}))["literal"][0]
        trouble = None if answer.hex() == "99aa06d3014798d86001c324468d497f" else f"it answered {answer!r}"
    except (PolarsError, TypeError) as error:
        trouble = str(error)
    except BaseException as error:
        # A panic inside Polars is no Exception; anything else that is none is not ours to keep.
        if type(error).__name__ != "PanicException":
            raise
        trouble = str(error)
    if trouble is not None:
        warnings.warn(
            f"Polars {pl.__version__} does not run fastcurate's expressions itself ({trouble}); they go through "
            "map_batches, with the same values",
            RuntimeWarning,
            stacklevel=4,
        )
    return trouble is None


def _mapped(kernel: str, inputs: list[str | pl.Expr], arguments: dict[str, Any]) -> pl.Expr:
    """The same expression as a Python function over batches."""
    arguments = arguments.pop("options", {}) | arguments
    function = getattr(cleaning if kernel == "normalize" else columns, kernel)
    exprs = [pl.col(each) if isinstance(each, str) else each for each in inputs]

    def batch(fields: pl.Series) -> pl.Series:
        parts = [fields.struct.field(name) for name in fields.struct.fields]
        answer: pl.Series = function(*parts, **arguments)
        return answer

    named = pl.struct(each.alias(str(place)) for place, each in enumerate(exprs))
    dtypes: dict[str, Any] = {
        "count_tokens": pl.Int32,
        "fingerprint": pl.Binary,
        "minhash": pl.Array(pl.UInt32, arguments.get("num_perm", 0)),
        "normalize": pl.String,
        "simhash": pl.UInt64,
    }
    mapped = named.map_batches(batch, return_dtype=dtypes.get(kernel, pl.Float64), is_elementwise=True)
    return mapped.alias(exprs[0].meta.output_name())


@lru_cache(maxsize=64)
def _kept(tokenizer: Tokenizer) -> str:
    """The identity of a tokenizer's content, under which the kernels find it."""
    _, (kind, source) = tokenizer.__reduce__()
    content = source if isinstance(source, bytes) else source.encode()
    identity = f"{kind}:{blake2b(content, digest_size=16).hexdigest()}"
    tokenizer.keep(identity)
    return identity
