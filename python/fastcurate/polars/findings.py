"""The column functions as functions of expressions: what is in a text (quality, personal data, words)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from fastcurate.polars.plugin import Column, expression, mapped
from fastcurate.redact import DEFAULT_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastcurate.wordlist import Words

__all__ = ["find_personal_data", "find_words", "quality", "redact"]


def quality(
    text: Column,
    *,
    signals: Sequence[str] | None = None,
    families: Sequence[str] | None = None,
    language: bool = False,
) -> pl.Expr:
    """Named quality signals of every text, as `fastcurate.quality`.

    Args:
        text: A column of strings, categories or conversations (`List(Struct(role, content))`).
        signals: The signals wanted, in the order of the fields; by default all those of `families`.
        families: As in `fastcurate.quality`; all by default.
        language: Two more fields, `language` and `language_probability`, as in `fastcurate.quality`. Goes through
            Python, batch by batch.

    Returns:
        `Struct` with a field for each signal: `Int64`, `Float64`, `Boolean` or (the language) `String`; null for null.
        `.struct.unnest()` makes columns of them, `.struct.field("words")` one.

    Raises:
        ValueError: An unknown family.
        ImportError: `language=True` without py3langid.
        polars.exceptions.ComputeError: The column is neither text nor conversations, or a signal is unknown.

    Examples:
        >>> frame = pl.DataFrame({"text": ["Paris is the capital of France.", "Buy! Buy!"]})
        >>> frame.filter(quality("text", signals=["words"]).struct.field("words") >= 5).height
        1
    """
    from fastcurate.quality import quality as of_column
    from fastcurate.quality import wanted_signals

    wanted = wanted_signals(signals, families)
    if language:
        function = partial(of_column, signals=wanted, language=True)
        return mapped(function, [text], function(pl.Series([], dtype=pl.String)).dtype)
    return expression("quality", [text], {"signals": wanted}, partial(of_column, signals=wanted))


def redact(
    text: Column,
    *,
    kinds: Sequence[str] = DEFAULT_KINDS,
    patterns: Mapping[str, str] | None = None,
    replace: Literal["label", "pseudonym"] = "label",
    seed: int = 0,
) -> pl.Expr:
    """Texts with personal data and secrets replaced, as `fastcurate.redact`.

    Args:
        text: A column of strings or categories, by name or as an expression.
        kinds: What is looked for.
        patterns: More kinds: a name and a regular expression.
        replace: `"label"` or `"pseudonym"`.
        seed: The seed of pseudonyms, 0 to 2^64 - 1.

    Returns:
        `String`; null for null.

    Raises:
        ValueError: `replace`, `seed` or the name of a pattern is not one that `fastcurate.redact` takes.
        polars.exceptions.ComputeError: The column is not text, a kind is unknown, or a pattern is none.

    Examples:
        >>> pl.select(redact(pl.lit("Write to ann@example.org.")))["literal"].to_list()
        ['Write to [EMAIL].']
    """
    from fastcurate.redact import kernel_options
    from fastcurate.redact import redact as of_column

    arguments = kernel_options(kinds, patterns, replace, seed)
    function = partial(of_column, kinds=kinds, patterns=patterns, replace=replace, seed=seed)
    return expression("redact", [text], arguments, function)


def find_personal_data(
    text: Column,
    *,
    kinds: Sequence[str] = DEFAULT_KINDS,
    patterns: Mapping[str, str] | None = None,
    replace: Literal["label", "pseudonym"] = "label",
    seed: int = 0,
) -> pl.Expr:
    """Where personal data and secrets are: the `spans` of `fastcurate.find_personal_data`, row by row.

    Args:
        text: A column of strings or categories, by name or as an expression.
        kinds: What is looked for.
        patterns: More kinds: a name and a regular expression.
        replace: `"label"` or `"pseudonym"`: what would stand in the place of each.
        seed: The seed of pseudonyms.

    Returns:
        `List(Struct(start, end, kind, replacement))`, `start` and `end` in characters; null for null.

    Raises:
        ValueError: As `redact`.
        polars.exceptions.ComputeError: As `redact`.

    Examples:
        >>> pl.select(find_personal_data(pl.lit("Write to ann@example.org.")))["literal"].to_list()
        [[{'start': 9, 'end': 24, 'kind': 'email', 'replacement': '[EMAIL]'}]]
    """
    from fastcurate.redact import kernel_options

    arguments = kernel_options(kinds, patterns, replace, seed)
    function = partial(_finds, kinds=kinds, patterns=patterns, replace=replace, seed=seed)
    return expression("find_personal_data", [text], arguments, function)


def find_words(text: Column, *, words: Words) -> pl.Expr:
    """Which words of a list every text has, as `fastcurate.find_words`.

    Args:
        text: A column of strings, categories or conversations (`List(Struct(role, content))`).
        words: What `fastcurate.find_words` takes: words, compiled regular expressions, paths of files of words.

    Returns:
        `List(String)`, in the order of the list; null for null.

    Raises:
        TypeError: A word is none.
        ValueError: An empty list.
        FileNotFoundError: A file does not exist.
        polars.exceptions.ComputeError: The column is neither text nor conversations, a word is blank, or an expression
            cannot be used.

    Examples:
        >>> frame = pl.DataFrame({"text": ["An assassin in class", "nothing"]})
        >>> frame.select(find_words("text", words=["ass", "assassin"]))["text"].to_list()
        [['assassin'], []]
    """
    from fastcurate.wordlist import find_words as of_column
    from fastcurate.wordlist import kernel_options

    return expression("find_words", [text], kernel_options(words), partial(of_column, words=words))


def _finds(text: pl.Series, **options: Any) -> pl.Series:
    """The spans of every row of a Series, as the kernel gives them to Polars."""
    from fastcurate.redact import find_personal_data as of_column

    found: list[list[dict[str, Any]] | None] = [[] if there else None for there in text.is_not_null()]
    for span in of_column(text, **options).spans.to_pylist():
        found[span.pop("row")].append(span)
    fields = {"start": pl.Int64, "end": pl.Int64, "kind": pl.String, "replacement": pl.String}
    return pl.Series(text.name, found, dtype=pl.List(pl.Struct(fields)))
