"""The language of every text, by the library py3langid (an extra): naive Bayes over byte n-grams.

The model comes with that library; nothing is fetched. It reads the first `READ` characters, since it is
slower by far than the signals are. A text without a letter has no language (null); a null text has none either.

Source: Lui and Baldwin 2012, "langid.py: An Off-the-shelf Language Identification Tool".
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from fastcurate.on import Entry, On

__all__ = ["Languages", "add_language", "count_languages"]

READ = 2_000


def add_language(found: Any, texts: Any) -> pa.StructArray:
    """A struct of signals with the fields `language` and `language_probability` behind the others.

    Args:
        found: The struct, as an Arrow array.
        texts: The column it was measured from: text, or conversations.

    Raises:
        ImportError: py3langid is not installed.
    """
    import pyarrow as pa

    identify = _identifier()
    signals = pa.array(found)
    pairs = [
        identify(text[:READ]) if text is not None and _has_letter(text) else (None, None)
        for text in _texts(texts)
    ]
    languages = pa.array([language for language, _ in pairs], pa.string())
    probabilities = pa.array([probability for _, probability in pairs], pa.float64())
    names = [field.name for field in signals.type]
    return pa.StructArray.from_arrays(
        [*(signals.field(name) for name in names), languages, probabilities],
        names=[*names, "language", "language_probability"],
        mask=signals.is_null(),
    )


@dataclass(frozen=True)
class Languages:
    """Which languages the texts of a sample are in: the answer of `count_languages`."""

    rows: int
    """Rows in the sample."""
    of: int
    """Rows in the whole table."""
    counts: dict[str | None, tuple[int, float | None]]
    """For each language, the most frequent first, its texts and the mean of their probabilities; None stands for texts
    without a letter."""

    def __repr__(self) -> str:
        lines = [
            f"Languages: {self.rows:,} of {self.of:,} rows looked at",
            f"  {'texts':>8} {'sure':>5}  language",
        ]
        for language, (texts, sure) in self.counts.items():
            lines.append(
                f"  {texts:>8,} {'' if sure is None else f'{sure:.0%}':>5}  {language or '(no letter)'}"
            )
        return "\n".join(lines)


def count_languages(
    data: Any, *, on: On = None, sample: int = 10_000, seed: int = 0, threads: int | None = None
) -> Languages:
    """Count the languages of the texts of a table, on a sample of its rows.

    Args:
        data: A table or files, as in `deduplicate`; of a `DatasetDict` pass one split.
        on: The texts that are looked at, each by itself, as in `filter_quality`.
        sample: Rows to look at, at most.
        seed: Which rows are drawn.
        threads: How many threads to read with; all cores for None.

    Raises:
        TypeError: `data` is a `DatasetDict` or no table.
        ValueError: An unknown column, or a sample of no rows.
        ImportError: py3langid is not installed.
    """
    from fastcurate.quality import drawn_rows

    identify = _identifier()
    drawn, entries, of = drawn_rows(data, on, sample=sample, seed=seed, threads=threads)
    found: defaultdict[str | None, list[float]] = defaultdict(list)
    for entry in entries:
        columns = [drawn.arrow(name).to_pylist() for name in entry.columns]
        for row in zip(*columns, strict=True):
            text = _text_of(entry, row)
            if text is not None:
                language, sure = identify(text[:READ]) if _has_letter(text) else (None, 0.0)
                found[language].append(sure)
    by_texts = sorted(found.items(), key=lambda item: (-len(item[1]), item[0] or ""))
    counts = {
        language: (len(sure), None if language is None else sum(sure) / len(sure))
        for language, sure in by_texts
    }
    return Languages(drawn.num_rows, of, counts)


def _text_of(entry: Entry, row: tuple[Any, ...]) -> str | None:
    """The text of an entry in one row; None where there is none."""
    from fastcurate.on import ChatEntry

    values = [value for value in row if value is not None]
    if not values:
        return None
    if not isinstance(entry, ChatEntry):
        return "\n".join(values)
    (turns,) = values
    if entry.part != "messages":
        last = max((at for at, turn in enumerate(turns) if turn["role"] == "assistant"), default=len(turns))
        turns = turns[:last] if entry.part == "prompt" else turns[last : last + 1]
    return "\n".join(turn["content"] or "" for turn in turns if turn["role"] != "system")


def _has_letter(text: str) -> bool:
    return any(character.isalpha() for character in text[:READ])


def _texts(column: Any) -> list[str | None]:
    import pyarrow as pa

    rows = (
        pa.chunked_array(column) if hasattr(column, "__arrow_c_stream__") else pa.array(column)
    ).to_pylist()
    return [
        "\n".join(turn["content"] or "" for turn in row if turn["role"] != "system")
        if isinstance(row, list)
        else row
        for row in rows
    ]


@cache
def _identifier() -> Any:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError:
        raise ImportError("language=True needs py3langid: pip install 'fastcurate[language]'") from None
    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def identify(text: str) -> tuple[str, float]:
        language, probability = model.classify(text)
        return str(language), float(probability)

    return identify
