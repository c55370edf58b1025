"""Whatever stands for a tokenizer, as one that is loaded: each content once in a process."""

from __future__ import annotations

import os
import time
from hashlib import blake2b
from pathlib import Path
from typing import Any

from fastcurate._core import Tokenizer

__all__ = ["NAMES", "Tokenizer", "load_tokenizer"]

NAMES = ("gpt2", "cl100k_base", "o200k_base", "words", "chars", "bytes")
"""What can be counted without a file: three embedded vocabularies and three proxies."""

ACCEPTED = (
    "the path of a tokenizer.json or .tiktoken file, a directory with a tokenizer.json, the content of a "
    "tokenizer.json, a tokenizers.Tokenizer, a fast tokenizer of transformers, or one of the names "
    + ", ".join(map(repr, NAMES))
)

LOADED = 16
"""How many tokenizers are kept; the one that was loaded first goes first."""

SETTLED = 2_000_000_000
"""Nanoseconds after its last change from which a file that looks the same is taken for the same."""

_loaded: dict[tuple[str, bytes], Tokenizer] = {}
_files: dict[tuple[str | int | None, ...], Tokenizer] = {}


def load_tokenizer(tokenizer: Any, *, pattern: str | None = None) -> Tokenizer:
    """Load a tokenizer once and use it many times.

    Args:
        tokenizer: The path of a `tokenizer.json` or `.tiktoken` file, a directory that holds a
            `tokenizer.json`, the content of such a file as a string, a `tokenizers.Tokenizer`, a fast
            tokenizer of `transformers`, a tokenizer that has been loaded already, or a name that needs no
            file: `"gpt2"`, `"cl100k_base"`, `"o200k_base"`, and the proxies `"words"` (between white space),
            `"chars"` (code points), `"bytes"`. A file of that name has to be written as a path: `"./words"`.
        pattern: How a `.tiktoken` file splits text, which it does not say itself: `"gpt2"`, `"cl100k_base"`,
            `"llama3"`, `"qwen2"`, `"o200k_base"` or `"deepseek"`. Not needed for the embedded vocabularies.

    Returns:
        The loaded tokenizer, for `count_tokens`. The same content gives the same object within a process. It
        may be used by several threads at once, and pickles as the content it was made of. `engine` is
        `"fast"`, `"reference"` (the crate `tokenizers` counts) or `"proxy"`; `notice` is None, or says why
        no fast path is used.

    Raises:
        TypeError: `tokenizer` is none of these.
        FileNotFoundError: There is no such file, and no such name.
        ValueError: The content is not a tokenizer, or has parts that are not known.

    Examples:
        >>> load_tokenizer("gpt2")
        Tokenizer('gpt2', engine="fast")
    """
    if isinstance(tokenizer, Tokenizer):
        return tokenizer
    file = _file(tokenizer, pattern)
    if file in _files:
        return _files[file]
    kind, source, origin = _source(tokenizer)
    if pattern is not None:
        if kind != "tiktoken":
            raise ValueError(
                f"pattern must be None but for a .tiktoken file, got {pattern!r}; the tokenizer says how it splits text"
            )
        kind = f"tiktoken:{pattern}"
    content = source.encode() if isinstance(source, str) else source
    key = (kind, blake2b(content, digest_size=16).digest())
    found = _loaded.get(key)
    if found is None:
        try:
            found = Tokenizer(kind, source)
        except ValueError as error:
            raise ValueError(f"{error} (read from {origin})" if origin else str(error)) from None
        found = _loaded.setdefault(key, found)
        _forget(_loaded)
    if file:
        _files[file] = found
        _forget(_files)
    return found


def _forget(kept: dict[Any, Tokenizer]) -> None:
    while len(kept) > LOADED:
        kept.pop(next(iter(kept)), None)


def _file(tokenizer: Any, pattern: str | None) -> tuple[str | int | None, ...]:
    """What a file is known by without reading it; empty where there is none, or where it has just been written.

    Within the resolution of its clock, a file system does not tell a file from what is written in its place.
    """
    if not isinstance(tokenizer, str | os.PathLike) or (
        isinstance(tokenizer, str) and (tokenizer in NAMES or tokenizer.lstrip().startswith("{"))
    ):
        return ()
    try:
        path = Path(tokenizer).resolve()
        if path.is_dir():
            path /= "tokenizer.json"
        known = path.stat()
    except (OSError, ValueError):
        return ()
    if time.time_ns() - known.st_mtime_ns < SETTLED:
        return ()
    return str(path), known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns, pattern


def _source(tokenizer: Any) -> tuple[str, str | bytes, str | None]:
    """The kind of a tokenizer's content, the content, and the file that it came from."""
    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if isinstance(tokenizer, str):
        if tokenizer in NAMES:
            return "name", tokenizer, None
        if tokenizer.lstrip().startswith("{"):
            return "json", tokenizer.encode(), None
    elif hasattr(backend, "to_str"):
        return "json", backend.to_str().encode(), None
    if not isinstance(tokenizer, str | os.PathLike):
        raise TypeError(f"tokenizer must be {ACCEPTED}; got {type(tokenizer).__name__}")
    path = Path(tokenizer)
    if path.is_dir():
        path = path / "tokenizer.json"
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(
            f"tokenizer must be {ACCEPTED}; there is no file {str(path)!r}, and nothing is downloaded: for the name "
            "of a model pass transformers.AutoTokenizer.from_pretrained(name)"
        ) from None
    if path.suffix == ".tiktoken":
        return "tiktoken", content, str(path)
    try:
        content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"tokenizer must be a tokenizer.json or .tiktoken file, got {str(path)!r}, which is not UTF-8 "
            f"text ({error})"
        ) from None
    return "json", content, str(path)
