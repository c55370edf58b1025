"""The shingles of a text as a set of Python values, without any hash.

Source: DESIGN 2, "What is compared". A word shingle is a tuple of words, a character shingle a string, the
fingerprint of a text without words (or characters) the pair of a salt and the raw text, so that no two kinds
are ever equal. Empty text has one shingle, its fingerprint. Null is the caller's business.
"""

from reference.words import matching_text, words

Shingle = tuple[str, ...] | str | tuple[None, str]


def shingles(text: str, spec: str) -> frozenset[Shingle]:
    """`word:N` or `char:N`; a row that is shorter than N has one shingle, all of it."""
    unit, _, size = spec.partition(":")
    n = int(size)
    if unit == "word":
        sequence: list[str] | str = words(text)
    else:
        sequence = matching_text(text)
    if not sequence:
        return frozenset([(None, text)])
    starts = range(max(1, len(sequence) - n + 1))
    if isinstance(sequence, str):
        return frozenset(sequence[i : i + n] for i in starts)
    return frozenset(tuple(sequence[i : i + n]) for i in starts)


def jaccard(a: frozenset[Shingle], b: frozenset[Shingle]) -> float:
    """The size of the intersection over the size of the union; the sets are never empty."""
    return len(a & b) / len(a | b)
