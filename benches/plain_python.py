"""What rivals' scripts do to a text before their library takes over: words, shingles, cleaning."""

import re
import unicodedata
from collections.abc import Iterable

CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
TRAILING = r"(?m)[ \t]+$"
INNER = r"([^ \t\n])(?:[ \t]{2,}|\t)"


def shingles(texts: Iterable[str]) -> list[list[str]]:
    """Three-word shingles, for each text; one of all its words where it has fewer."""
    found = []
    for text in texts:
        words = re.findall(r"\w+", text.lower())
        found.append([" ".join(words[i : i + 3]) for i in range(max(1, len(words) - 2))])
    return found


def clean(text: str) -> str:
    """The three things that `normalize` does, except for many blank lines in a row."""
    plain = re.sub(CONTROLS, "", unicodedata.normalize("NFC", text))
    return re.sub(INNER, r"\1 ", re.sub(TRAILING, "", plain))
