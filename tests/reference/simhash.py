"""SimHash: every occurrence of a shingle votes with the bits of its hash, more than half decides.

Source: Charikar 2002. Null is the caller's business, and empty text has a shingle like any other.
"""

from reference.hash import shingle_hashes


def simhash(text: str, *, shingle: str) -> int:
    """64 bits."""
    votes = shingle_hashes(text, shingle)
    return sum(1 << bit for bit in range(64) if sum(vote >> bit & 1 for vote in votes) > len(votes) // 2)
