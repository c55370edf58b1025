"""MinHash signatures, one value after the other.

Sources: Broder 1997 for `multiply`, whose permutation of a 32-bit integer x is a * x + b modulo 2^32, x the high half
of a shingle's hash; Dahlgaard, Knudsen and Thorup 2017 (arXiv 1704.04370, algorithm 1) for `fss`. Null is the
caller's business, and empty text has a shingle like any other.
"""

from collections.abc import Iterator
from itertools import islice

from reference.hash import mix, shingle_hashes, split_mix


def permutations(num_perm: int, seed: int) -> Iterator[tuple[int, int]]:
    """The coefficients: every 128 lie on 16 lines of 8 steps, the start and the step of each from one number."""
    numbers = split_mix(seed)
    for _ in range(0, num_perm, 128):
        lines = [(next(numbers), next(numbers)) for _ in range(16)]
        for m in range(8):
            for start, step in lines:
                a, c = start >> 32 | 1, step >> 32 & ~1
                b, d = start % 2**32, step % 2**32
                yield (a + m * c) % 2**32, (b + m * d) % 2**32


def signature(text: str, *, num_perm: int, shingle: str, seed: int) -> list[int]:
    """The smallest image of the text's shingles under each permutation."""
    halves = [one >> 32 for one in shingle_hashes(text, shingle)]
    orders = islice(permutations(num_perm, seed), num_perm)
    return [min((a * x + b) % 2**32 for x in halves) for a, b in orders]


def fast_similarity_sketch(text: str, *, num_perm: int, shingle: str, seed: int) -> list[int]:
    """For each bin the least value of the first round that reaches it; the round is in the highest bits."""
    values = shingle_hashes(text, shingle)
    digits = (2 * num_perm - 1).bit_length()
    bins: list[int | None] = [None] * num_perm
    for number, key in enumerate(islice(split_mix(seed), 2 * num_perm)):
        for x in values:
            hashed = mix(x ^ key)
            at = hashed % 2**32 * num_perm >> 32 if number < num_perm else number - num_perm
            value = (number << (32 - digits)) + (hashed >> 32 >> digits)
            known = bins[at]
            bins[at] = value if known is None else min(known, value)
    return [one for one in bins if one is not None]
