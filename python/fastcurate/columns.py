"""Columns: text in, one value per row out. Null in, null out; order kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastcurate import _core, frames


def count_tokens(
    text_or_messages: Any,
    *,
    tokenizer: Any,
    add_special_tokens: bool = False,
    threads: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Any:
    """Count the tokens of every row, exactly as the model's own tokenizer would.

    Args:
        text_or_messages: A column of text, or of conversations (`list<struct<role, content>>`), which count as the
            sum over the contents of all their turns, a null content as empty.
        tokenizer: The path of a `tokenizer.json` or `.tiktoken` file, a directory that holds a `tokenizer.json`, the
            content of such a file, a `tokenizers.Tokenizer`, a fast tokenizer of `transformers`, what
            `fastcurate.tokenizer.load_tokenizer` returns, or a name that needs no file: `"gpt2"`, `"cl100k_base"`,
            `"o200k_base"`, or a proxy: `"words"` (between white space), `"chars"` (code points), `"bytes"`.
        add_special_tokens: Whether to add the tokens that the tokenizer puts around every text (once a
            conversation). Special tokens inside text are recognised as `tokenizers` does; the built-in names
            take them as ordinary text. Truncation and padding stored in the file are ignored.
        threads: Number of threads, all cores for None.
        progress: Called with the number of rows done so far, about twenty times a second.

    Returns:
        int32, one per row: a Polars Series for a Polars Series, otherwise a pyarrow array. Null for a null row.

    Raises:
        TypeError: `tokenizer` is nothing that can be loaded, or the column is neither text nor conversations.
        FileNotFoundError: There is no such file, and no such name.
        ValueError: The content is not a tokenizer, or it refuses a row, which is named.

    Examples:
        >>> count_tokens(["Hello world", None, ""], tokenizer="gpt2").to_pylist()
        [2, None, 0]
        >>> count_tokens([[{"role": "user", "content": "Hello world"}]], tokenizer="words").to_pylist()
        [2]
    """
    from fastcurate.tokenizer import load_tokenizer

    loaded = load_tokenizer(tokenizer)
    values, give_back = frames.column(text_or_messages, "text")
    return give_back(
        _core.count_tokens(
            values,
            tokenizer=loaded,
            add_special_tokens=add_special_tokens,
            threads=threads,
            progress=progress,
        )
    )
