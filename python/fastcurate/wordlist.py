"""Words and expressions that rows must not have, or must have."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from fastcurate.filtered import Filtered, SplitsFiltered, Verdicts

if TYPE_CHECKING:
    from fastcurate.frames import Frame
    from fastcurate.on import Entry, On

__all__ = ["filter_words", "find_words"]

Words: TypeAlias = (
    "str | os.PathLike[str] | re.Pattern[str] | Sequence[str | os.PathLike[str] | re.Pattern[str]]"
)


def find_words(text: Any, *, words: Words, threads: int | None = None) -> Any:
    """Find which words of a list every text has.

    Case, width and composition do not count. A word is found as a whole word; where it begins or ends with a
    character of a
    script written without spaces (Chinese, Japanese, Thai ...), no boundary is asked there.

    Args:
        text: A column of text or of conversations (the contents of all turns but system turns).
        words: A list of words or phrases, of compiled regular expressions (`re.compile`; what Rust's syntax has too is
            allowed, without look-around and back-references; found anywhere, on the text as it is), and of paths
            (`pathlib.Path`) of files with one word a line. Lines that begin with `#` are left out. A single
            path will do.
        threads: How many threads to use; all cores for None.

    Returns:
        `list<string>`: the words found, once each, in the order of the list, and behind them the expressions;
        null for null.

    Raises:
        TypeError: `text` is not a column of text, or a word is none.
        ValueError: An empty list, a blank word, or an expression that cannot be used.
        FileNotFoundError: A file does not exist.

    Examples:
        >>> import fastcurate as fc
        >>> fc.find_words(
        ...     ["An Assassin in class", "日本酒です", None], words=["ass", "assassin", "酒"]
        ... ).to_pylist()
        [['assassin'], ['酒'], None]
    """
    import pyarrow as pa

    from fastcurate.frames import column
    from fastcurate.quality import _is_chat

    values, give_back = column(text)
    entries = _entries("words", words)
    found = _find([(values, "messages" if _is_chat(values) else "text")], entries, threads)
    names = pa.array([_shown(entry) for entry in entries])
    lists = pa.ListArray.from_arrays(found.offsets, names.take(found.values), mask=found.is_null())
    return give_back(lists)


def filter_words(
    data: Any,
    *,
    on: On = None,
    banned: Words | Mapping[str, Words] = (),
    required: Words = (),
    language: str | None = None,
    on_error: Literal["raise", "skip"] = "raise",
    threads: int | None = None,
) -> Filtered | SplitsFiltered:
    """Take out the rows that have a banned word, or none of the required ones.

    Args:
        data: A table or files, as in `deduplicate`.
        on: The texts that are looked at; a row is the sum of them. None takes the usual columns, as in `deduplicate`.
        banned: Words as in `find_words`; or a dict of them by language, which needs `language`.
        required: Words of which a row must have at least one.
        language: The column that says which of the lists in `banned` a row is held to; a language without a list has no
            banned words.
        on_error: What to do with a broken line of a JSONL file: `"raise"`, or `"skip"` to count it among the removed.
        threads: How many threads to use; all cores for None.

    Returns:
        The kept and the removed rows in the type of the input. The reason is `banned_word`, with the first of
        them in the
        order of the list as the `value`, or `missing_word`.

    Raises:
        TypeError: `data` is of an unknown type, a column of `on` holds no text, or a word is none.
        ValueError: No words at all, an unknown column, lists by language without `language`, or an unusable expression.
        FileNotFoundError: A file does not exist.

    Examples:
        >>> import fastcurate as fc
        >>> rows = {"text": ["All good.", "Lorem ipsum dolor"], "lang": ["en", "la"]}
        >>> fc.filter_words(rows, banned=["lorem ipsum"]).removed.select(
        ...     ["row", "reason", "value"]
        ... ).to_pylist()
        [{'row': 1, 'reason': 'banned_word', 'value': 'lorem ipsum'}]
        >>> len(fc.filter_words(rows, banned={"en": ["lorem ipsum"]}, language="lang").kept)
        2
    """
    from fastcurate.frames import open_frame

    lists = dict(banned) if isinstance(banned, Mapping) else {"": banned}
    if isinstance(banned, Mapping) != (language is not None):
        raise ValueError(
            "banned as a dict of lists by language and language, the column that names it, go together; "
            f"got banned of type {type(banned).__name__} and language={language!r}"
        )
    known = {name: _entries("banned", words) for name, words in lists.items() if not _nothing(words)}
    needed = [] if _nothing(required) else _entries("required", required)
    if not known and not needed:
        raise ValueError("banned and required are both empty: give at least one word")
    frames = open_frame(data, on_error=on_error, threads=threads)
    if isinstance(frames, dict):
        return SplitsFiltered(
            {
                split: _filter(frame, on, known, needed, language=language, threads=threads)
                for split, frame in frames.items()
            }
        )
    return _filter(frames, on, known, needed, language=language, threads=threads)


Item: TypeAlias = "str | re.Pattern[str]"


def _filter(
    frame: Frame,
    on: On,
    banned: dict[str, list[Item]],
    required: list[Item],
    *,
    language: str | None,
    threads: int | None,
) -> Filtered:
    from fastcurate.on import resolve_on

    entries = resolve_on(on, frame.types)
    return Filtered(
        frame, entries, judge(frame, entries, banned, required, language=language, threads=threads)
    )


def lists_of(
    *,
    banned: Sequence[str] = (),
    required: Sequence[str] = (),
    banned_files: Sequence[str] = (),
    required_files: Sequence[str] = (),
) -> tuple[dict[str, list[Item]], list[Item]]:
    """The banned and the required words of a recipe's step, files read."""
    forbidden: list[Any] = [*banned, *map(Path, banned_files)]
    needed: list[Any] = [*required, *map(Path, required_files)]
    if not forbidden and not needed:
        raise ValueError("no words: give banned, required, banned_files or required_files")
    known = {"": _entries("banned", forbidden)} if forbidden else {}
    return known, _entries("required", needed) if needed else []


def judge(
    frame: Frame,
    entries: list[Entry],
    banned: dict[str, list[Item]],
    required: list[Item],
    *,
    language: str | None = None,
    threads: int | None = None,
) -> Verdicts:
    """For every row the first banned word it has, or that it has none of the required ones. A null row stays."""
    import numpy as np
    import pyarrow as pa

    from fastcurate.on import ChatEntry

    columns = [
        (frame.arrow(name), entry.part if isinstance(entry, ChatEntry) else "text")
        for entry in entries
        for name in entry.columns
    ]
    rows = frame.num_rows
    number, value = np.full(rows, -1), np.full(rows, None, dtype=object)
    speaks = None if language is None else frame.arrow(language).cast(pa.string()).to_pylist()
    for of, words in banned.items():
        found = _find(columns, words, threads)
        starts = found.offsets.to_numpy()
        has = np.diff(starts) > 0
        if speaks is not None:
            has &= np.array([spoken == of for spoken in speaks], dtype=bool)
        hits = found.values.to_numpy()
        for row in np.flatnonzero(has & (number < 0)):
            number[row], value[row] = 0, _shown(words[hits[starts[row]]])
    if required:
        found = _find(columns, required, threads)
        none = (np.diff(found.offsets.to_numpy()) == 0) & ~np.asarray(found.is_null())
        number[none & (number < 0)] = 1
    rules = ["no banned word", f"one of {', '.join(map(_shown, required[:5]))}" if required else ""]
    return Verdicts(
        number, ["banned_word", "missing_word"], rules, pa.array(value.tolist(), pa.string()), None
    )


def _find(columns: Sequence[tuple[Any, str]], entries: list[Item], threads: int | None) -> Any:
    """The positions in `entries` of what every row has: words first, then expressions, as they were given."""
    import pyarrow as pa

    from fastcurate import _core

    words = [at for at, entry in enumerate(entries) if isinstance(entry, str)]
    expressions = [at for at, entry in enumerate(entries) if not isinstance(entry, str)]
    found = pa.array(
        _core.find_words(
            columns,
            words=[str(entries[at]) for at in words],
            expressions=[_expression(entries[at]) for at in expressions],
            threads=threads,
        )
    )
    order = pa.array([*words, *expressions], pa.int32())
    return pa.ListArray.from_arrays(found.offsets, order.take(found.values), mask=found.is_null())


def kernel_options(words: Words) -> dict[str, list[str]]:
    """A list as the kernel takes it, and under `shown` what stands for each entry in an answer."""
    entries = _entries("words", words)
    plain = [entry for entry in entries if isinstance(entry, str)]
    expressions = [entry for entry in entries if not isinstance(entry, str)]
    return {
        "words": plain,
        "expressions": [_expression(entry) for entry in expressions],
        "shown": [*plain, *map(_shown, expressions)],
    }


def _entries(name: str, words: Words) -> list[Item]:
    """Words and expressions, files read."""
    listed = [words] if isinstance(words, (os.PathLike, re.Pattern)) else words
    if isinstance(listed, str):
        raise TypeError(f"{name} must be a list of words or a pathlib.Path, got the text {listed!r}")
    entries: list[Item] = []
    for word in listed:
        if isinstance(word, os.PathLike):
            lines = Path(word).read_text(encoding="utf-8").splitlines()
            entries += [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        elif isinstance(word, (str, re.Pattern)):
            entries.append(word)
        else:
            raise TypeError(f"{name} must hold words, paths or compiled expressions, got {word!r}")
    if not entries:
        raise ValueError(f"{name} must hold at least one word")
    return entries


def _nothing(words: Any) -> bool:
    return isinstance(words, (list, tuple)) and not words


def _expression(entry: Item) -> str:
    """A compiled expression in Rust's syntax, its flags in front."""
    if isinstance(entry, str):
        return entry
    flags = "".join(
        letter
        for letter, flag in (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL), ("x", re.VERBOSE))
        if entry.flags & flag
    )
    return f"(?{flags}){entry.pattern}" if flags else entry.pattern


def _shown(entry: Item) -> str:
    return entry if isinstance(entry, str) else entry.pattern
