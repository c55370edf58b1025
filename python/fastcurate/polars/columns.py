"""The column functions as functions of expressions: texts, sketches and tokens."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from fastcurate import cleaning, columns
from fastcurate.polars.plugin import Column, expression, kept, mapped

if TYPE_CHECKING:
    from fastcurate.truncate import At

__all__ = [
    "count_tokens",
    "fingerprint",
    "minhash",
    "minhash_similarity",
    "normalize",
    "repair_mojibake",
    "simhash",
    "similarity",
    "truncate",
]


def normalize(text: Column, *, preset: str | None = None, **options: Any) -> pl.Expr:
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
    arguments = {"options": cleaning.kernel_options(preset, **options)}
    return expression("normalize", [text], arguments, partial(cleaning.normalize, preset=preset, **options))


def repair_mojibake(text: Column) -> pl.Expr:
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
    return expression("normalize", [text], {"options": cleaning.MOJIBAKE_ONLY}, cleaning.repair_mojibake)


def fingerprint(text: Column) -> pl.Expr:
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
    return expression("fingerprint", [text], {}, columns.fingerprint)


def minhash(
    text: Column,
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
    options: dict[str, Any] = {"num_perm": num_perm, "shingle": shingle, "seed": seed, "algorithm": algorithm}
    return expression("minhash", [text], options, partial(columns.minhash, **options))


def minhash_similarity(sig_a: Column, sig_b: Column) -> pl.Expr:
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
    return expression("minhash_similarity", [sig_a, sig_b], {}, columns.minhash_similarity)


def simhash(text: Column, *, shingle: str = "word:3") -> pl.Expr:
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
    return expression("simhash", [text], {"shingle": shingle}, partial(columns.simhash, shingle=shingle))


def similarity(a: Column, b: Column, *, shingle: str = "word:3") -> pl.Expr:
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
    return expression(
        "similarity", [a, b], {"shingle": shingle}, partial(columns.similarity, shingle=shingle)
    )


def count_tokens(
    text_or_messages: Column,
    *,
    tokenizer: Any,
    chat_template: Any = None,
    add_generation_prompt: bool = False,
    add_special_tokens: bool = False,
) -> pl.Expr:
    """The tokens of every row, as `fastcurate.count_tokens`.

    The expression carries the identity of the tokenizer, not its content: a serialised plan can be run by the process
    that built it, not by another one. Where there is a chat template, Python renders it, batch by batch.

    Args:
        text_or_messages: A column of text, or of conversations (`List(Struct(role, content))`).
        tokenizer: Whatever `fastcurate.count_tokens` takes.
        chat_template: As in `fastcurate.count_tokens`. A tokenizer may come with one, which a column of text does
            not need: False saves it the way through Python.
        add_generation_prompt: Whether the template begins an answer behind every conversation.
        add_special_tokens: Whether to add the tokens that the tokenizer puts around every text.

    Returns:
        `Int32`; null for null.

    Raises:
        TypeError: `tokenizer` is nothing that can be loaded.
        FileNotFoundError: There is no such file, and no such name.
        polars.exceptions.ComputeError: The column is neither text nor conversations, or a template refuses a row.

    Examples:
        >>> pl.select(count_tokens(pl.lit("Hello world"), tokenizer="gpt2"))["literal"].to_list()
        [2]
    """
    from fastcurate.chat import load_chat_template
    from fastcurate.tokenizer import load_tokenizer

    loaded = load_tokenizer(tokenizer)
    template = load_chat_template(tokenizer, chat_template)
    function = partial(
        columns.count_tokens,
        tokenizer=loaded,
        chat_template=template or False,
        add_generation_prompt=add_generation_prompt,
        add_special_tokens=add_special_tokens,
    )
    if template is not None:
        return mapped(function, [text_or_messages], pl.Int32)
    arguments = {"tokenizer": kept(loaded), "add_special_tokens": add_special_tokens}
    return expression("count_tokens", [text_or_messages], arguments, function)


def truncate(
    text_or_messages: Column,
    *,
    tokenizer: Any,
    max_tokens: int,
    at: At | Literal["turn"] | None = None,
    chat_template: Any = None,
) -> pl.Expr:
    """The beginning of every row, as long as a limit of tokens allows, as `fastcurate.truncate`.

    Goes through Python, batch by batch; the counting runs on all cores.

    Args:
        text_or_messages: A column of text; of conversations with `at="turn"`.
        tokenizer: Whatever `fastcurate.count_tokens` takes.
        max_tokens: Tokens that a row may have.
        at: Where a text may be cut: `"token"` (for None), `"word"` or `"sentence"`; `"turn"` for conversations, which
            has to be said here because the type of the result is wanted before there are rows.
        chat_template: As in `fastcurate.truncate`, for conversations.

    Returns:
        `String`, for conversations the type of the column; null for null.

    Raises:
        TypeError: `tokenizer` is nothing that can be loaded.
        FileNotFoundError: There is no such file, and no such name.
        ValueError: `max_tokens` is below 1, or `at` is unknown.
        polars.exceptions.ComputeError: The column holds something else, or turns have more than `role` and `content`
            and Polars is too old to be told of it (it has no `polars.dtype_of`).

    Examples:
        >>> pl.select(truncate(pl.lit("a b c d"), tokenizer="words", max_tokens=2))["literal"].to_list()
        ['a b']
    """
    from fastcurate.chat import load_chat_template
    from fastcurate.tokenizer import load_tokenizer
    from fastcurate.truncate import truncate as of_column

    turns = at == "turn"
    function = partial(
        of_column,
        tokenizer=load_tokenizer(tokenizer),
        max_tokens=max_tokens,
        at=at if turns else at or "token",
        chat_template=(load_chat_template(tokenizer, chat_template) if turns else None) or False,
    )
    function(pl.Series([], dtype=CHAT if turns else pl.String))  # a wrong argument is found now
    if turns:
        return _whole_type(function, text_or_messages)
    return mapped(function, [text_or_messages], pl.String)


CHAT = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))


def _whole_type(function: Any, column: Column) -> pl.Expr:
    """A Python function that answers the type that it is given."""
    given = pl.col(column) if isinstance(column, str) else column
    if hasattr(pl, "dtype_of"):
        return given.map_batches(function, return_dtype=pl.dtype_of(given), is_elementwise=True)

    def of_chats(turns: pl.Series) -> pl.Series:
        if turns.dtype != CHAT:
            raise TypeError(
                f"Polars {pl.__version__} has to be told the type of the result, and it would be {turns.dtype}: "
                "take a Polars with dtype_of, or call fastcurate.truncate on the Series"
            )
        answer: pl.Series = function(turns)
        return answer

    return given.map_batches(of_chats, return_dtype=CHAT, is_elementwise=True)
