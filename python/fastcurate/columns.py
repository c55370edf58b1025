"""Columns: text in, one value a row out, in order.

Every function takes a list of `str | None`, a NumPy array of strings, a pyarrow, Polars or pandas column, or any object
with `__arrow_c_array__` or `__arrow_c_stream__`, reads its buffers in place, and answers a Polars Series for a Polars
Series and a pyarrow array for everything else. Null in, null out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "count_tokens",
    "fingerprint",
    "minhash",
    "minhash_similarity",
    "simhash",
    "similarity",
]


def fingerprint(text: Any, *, threads: int | None = None) -> Any:
    """The 128-bit identity of each text's bytes.

    XXH3-128 of the UTF-8 bytes in canonical (big-endian) form: what `xxhash.xxh3_128_digest` gives. Two texts
    with the same bytes have the same fingerprint on every machine and in every version.

    Args:
        text: A column of text; see the module's first lines for what that can be.
        threads: How many threads to use; all cores for None.

    Returns:
        `fixed_size_binary(16)`, in Polars `Binary`; null for null.

    Raises:
        TypeError: `text` is not a column of text.
        ValueError: A row is not valid UTF-8, or `threads` is 0.

    Examples:
        >>> import fastcurate as fc
        >>> fc.fingerprint(["", None])[0].as_py().hex()
        '99aa06d3014798d86001c324468d497f'
    """
    from fastcurate import _core
    from fastcurate.frames import column

    values, give_back = column(text)
    return give_back(_core.fingerprint(values, threads=threads))


def minhash(
    text: Any,
    *,
    num_perm: int = 128,
    shingle: str = "word:3",
    seed: int = 1,
    algorithm: str = "multiply",
    threads: int | None = None,
) -> Any:
    """MinHash signatures: texts that share most of their shingles have signatures that share most of their values.

    Of every one of `num_perm` random orders the smallest of the text's shingles (Broder 1997). The share of equal
    values (`minhash_similarity`) estimates the Jaccard similarity J with a standard deviation of at most
    sqrt(J * (1 - J) / num_perm), for texts of any length.

    Args:
        text: A column of text; see the module's first lines for what that can be.
        num_perm: The number of values in a signature, 1 to 65,536 (`"fss"`: 4,096).
        shingle: `"word:N"` or `"char:N"`: runs of N words or characters, N from 1 to 64. A text with fewer has one
            shingle, all of it. Or what another tool takes: `"datatrove"`, `"text-dedup"` (5 words, other numbers as in
            `"text-dedup:1"`), `"nemo"` (24 characters). These give the tool's own shingles as strings (but for
            datatrove's splitting of contractions, and where a text has fewer units than a shingle, which the tools
            skip); signatures are ours unless `algorithm` says otherwise.
        seed: Which random orders, 0 to 2^64 - 1 (`"datasketch"`: 2^32 - 1).
        algorithm: `"multiply"`: x -> a * x + b modulo 2^32 with odd a. `"fss"`: Fast Similarity Sketching (Dahlgaard,
            Knudsen and Thorup 2017), half the variance for short texts, the faster one for texts of more than some
            hundred words. `"datasketch"`: the values of `datasketch.MinHash` 2.0 for the same shingles (words joined by
            one space) and seed, many times slower than the others.
        threads: How many threads to use; all cores for None.

    Returns:
        `fixed_size_list<uint32>[num_perm]`, in Polars `Array(UInt32, num_perm)`; null for null. A pyarrow array is of
        the extension type `fastcurate.sketch`, whose `.type.identity` says what the signatures depend on and whose
        `.storage` is the plain array; Parquet and IPC files keep it (though pyarrow up to 25 writes nulls among lists
        of a fixed size into Parquet and cannot read them: apache/arrow#35692).

    Raises:
        TypeError: `text` is not a column of text.
        ValueError: An argument is out of range; the message says which range.

    Examples:
        >>> import fastcurate as fc
        >>> a, b = fc.minhash(["The quick brown fox.", "the QUICK brown fox"], num_perm=4).to_pylist()
        >>> a == b
        True
    """
    from fastcurate import _core
    from fastcurate.frames import column
    from fastcurate.frames.sketches import sketches_of

    values, give_back = column(text)
    made = _core.minhash(
        values, num_perm=num_perm, shingle=shingle, seed=seed, algorithm=algorithm, threads=threads
    )
    return give_back(sketches_of(*made))


def minhash_similarity(sig_a: Any, sig_b: Any) -> Any:
    """The share of equal values of two columns of MinHash signatures, row by row: an estimate of their similarity.

    Args:
        sig_a: A column of signatures, as `minhash` gives them.
        sig_b: Another one with as many rows, made with the same arguments.

    Returns:
        `float64` from 0 to 1; null where either signature is null.

    Raises:
        TypeError: A column does not hold signatures.
        ValueError: The columns or the signatures differ in length, or in the identity that both of them state.

    Examples:
        >>> import fastcurate as fc
        >>> one, other = fc.minhash(["a b c d e f"]), fc.minhash(["a b c d e g"])
        >>> 0.4 < fc.minhash_similarity(one, other)[0].as_py() < 0.8
        True
    """
    from fastcurate import _core
    from fastcurate.frames import column

    left, give_back = column(sig_a, "sig_a")
    right, _ = column(sig_b, "sig_b")
    return give_back(_core.minhash_similarity(left, right))


def simhash(text: Any, *, shingle: str = "word:3", threads: int | None = None) -> Any:
    """SimHash: 64 bits a text, of which similar texts share most.

    Every occurrence of a shingle votes with the bits of its hash; a bit is set where more than half of them
    have it (Charikar 2002; Manku, Jain and Das Sarma 2007). Compare with `(a ^ b).bit_count()`.

    Args:
        text: A column of text; see the module's first lines for what that can be.
        shingle: As for `minhash`.
        threads: How many threads to use; all cores for None.

    Returns:
        `uint64`; null for null. A pyarrow array is of the extension type `fastcurate.sketch`, as that of `minhash`.

    Raises:
        TypeError: `text` is not a column of text.
        ValueError: `shingle` has no such form.

    Examples:
        >>> import fastcurate as fc
        >>> a, b = fc.simhash(["the quick brown fox", "The quick, brown fox!"]).to_pylist()
        >>> (a ^ b).bit_count()
        0
    """
    from fastcurate import _core
    from fastcurate.frames import column
    from fastcurate.frames.sketches import sketches_of

    values, give_back = column(text)
    return give_back(sketches_of(*_core.simhash(values, shingle=shingle, threads=threads)))


def similarity(a: Any, b: Any, *, shingle: str = "word:3", threads: int | None = None) -> Any:
    """The exact Jaccard similarity of two texts, row by row.

    The number of shingles that both texts have over the number that at least one has (Jaccard 1901). For matching, text
    goes through NFKC, full case folding and NFKC again, and code points that are not visible are dropped; words are
    runs of letters, marks and digits, so that case, punctuation and spacing do not count.

    Args:
        a: A column of text; see the module's first lines for what that can be.
        b: Another one with as many rows.
        shingle: As for `minhash`.
        threads: How many threads to use; all cores for None.

    Returns:
        `float64` from 0 to 1; null where either text is null.

    Raises:
        TypeError: A column is not text.
        ValueError: The columns differ in length, or `shingle` has no such form.

    Examples:
        >>> import fastcurate as fc
        >>> fc.similarity(["a b c d"], ["B, c, d, e"]).to_pylist()
        [0.3333333333333333]
    """
    from fastcurate import _core
    from fastcurate.frames import column

    left, give_back = column(a, "a")
    right, _ = column(b, "b")
    return give_back(_core.similarity(left, right, shingle=shingle, threads=threads))


def count_tokens(
    text_or_messages: Any,
    *,
    tokenizer: Any,
    chat_template: Any = None,
    add_generation_prompt: bool = False,
    add_special_tokens: bool = False,
    threads: int | None = None,
    progress: Callable[[int], Any] | None = None,
) -> Any:
    """Count the tokens of every row, exactly as the model's own tokenizer would.

    Args:
        text_or_messages: A column of text, or of conversations (`list<struct<role, content>>`). These are
            rendered with the model's chat template; without one they count as the sum over the contents of
            all their turns, a null content as empty. `count_chat_tokens` also says what is trained on.
        tokenizer: The path of a `tokenizer.json` or `.tiktoken` file, a directory that holds a
            `tokenizer.json`, the content of such a file, a `tokenizers.Tokenizer`, a fast tokenizer of
            `transformers`, what `fastcurate.tokenizer.load_tokenizer` returns, or a name that needs no file:
            `"gpt2"`, `"cl100k_base"`, `"o200k_base"`, or a proxy: `"words"` (between white space), `"chars"`
            (code points), `"bytes"`.
        chat_template: For conversations: a Jinja template, the path of a `.jinja` file, the name of one of
            the model's templates, or False for none. By default the model's own, which comes with a folder or
            a tokenizer of `transformers`. Needs `fastcurate[chat]`.
        add_generation_prompt: Whether the template begins an answer behind every conversation.
        add_special_tokens: Whether to add the tokens that the tokenizer puts around every text (once a
            conversation). Special tokens inside text are recognised as `tokenizers` does; the built-in names
            take them as ordinary text. Truncation and padding stored in the file are ignored.
        threads: Number of threads, all cores for None.
        progress: Called with the number of rows done so far, about twenty times a second.

    Returns:
        int32, one per row: a Polars Series for a Polars Series, otherwise a pyarrow array. Null for a null
        row.

    Raises:
        TypeError: `tokenizer` is nothing that can be loaded, or the column is neither text nor conversations.
        FileNotFoundError: There is no such file, and no such name.
        ImportError: A chat template has to be rendered and jinja2 is not there.
        ValueError: The content is not a tokenizer, or it or the chat template refuses a row, which is named.

    Examples:
        >>> import fastcurate as fc
        >>> fc.count_tokens(["Hello world", None, ""], tokenizer="gpt2").to_pylist()
        [2, None, 0]
        >>> fc.count_tokens([[{"role": "user", "content": "Hello world"}]], tokenizer="words").to_pylist()
        [2]
    """
    from fastcurate import _core
    from fastcurate.chat.conversations import rendered_for
    from fastcurate.frames import column
    from fastcurate.tokenizer import load_tokenizer

    loaded = load_tokenizer(tokenizer)

    if isinstance(text_or_messages, (list, tuple)):
        rendered = rendered_for(
            text_or_messages, tokenizer, chat_template, add_generation_prompt=add_generation_prompt
        )
        values, give_back = rendered or column(text_or_messages, "text")
    else:
        # A stream can be opened once.
        values, give_back = column(text_or_messages, "text")
        rendered = rendered_for(values, tokenizer, chat_template, add_generation_prompt=add_generation_prompt)
        values = values if rendered is None else rendered[0]
    return give_back(
        _core.count_tokens(
            values,
            tokenizer=loaded,
            add_special_tokens=add_special_tokens,
            threads=threads,
            progress=progress,
        )
    )
