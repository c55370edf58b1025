"""The language of every text, by the library py3langid (an extra): naive Bayes over byte n-grams.

The model comes with that library; nothing is fetched. It reads the first `READ` characters, since it is
slower by far than the signals are. A text without a letter has no language (null); a null text has none either.

Source: Lui and Baldwin 2012, "langid.py: An Off-the-shelf Language Identification Tool".
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["add_language"]

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
    pairs = [identify(text[:READ]) if _has_letter(text) else (None, None) for text in _texts(texts)]
    languages = pa.array([language for language, _ in pairs], pa.string())
    probabilities = pa.array([probability for _, probability in pairs], pa.float64())
    names = [field.name for field in signals.type]
    return pa.StructArray.from_arrays(
        [*(signals.field(name) for name in names), languages, probabilities],
        names=[*names, "language", "language_probability"],
        mask=signals.is_null(),
    )


def _has_letter(text: str | None) -> bool:
    return text is not None and any(character.isalpha() for character in text[:READ])


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
