"""MinHash signatures, one permutation after the other.

Source: Broder 1997. The permutation of a 32-bit integer x is a * x + b modulo 2^32, where a (made odd) and b
are the halves of one number of SplitMix64; x is the high half of a shingle's hash. Null is the caller's
business, and empty text has a shingle like any other.
"""

from itertools import islice

from reference.hash import shingle_hashes, split_mix


def signature(text: str, *, num_perm: int, shingle: str, seed: int) -> list[int]:
    """The smallest image of the text's shingles under each permutation."""
    halves = [one >> 32 for one in shingle_hashes(text, shingle)]
    return [
        min((((bits >> 32) | 1) * x + bits) % 2**32 for x in halves)
        for bits in islice(split_mix(seed), num_perm)
    ]
