"""The signature that datasketch 2.0 gives to a set of strings, with NumPy and the standard library.

Source: the definition of its scheme `affine32`: the first four bytes of SHA-1, little-endian, through the 32-bit
finaliser of MurmurHash3, then a * x + b modulo 2^32 with a and b from NumPy's RandomState. There is always a
string; null is the caller's business.
"""

import hashlib
from collections.abc import Iterable

import numpy as np

MASK = 2**32 - 1


def hashed(one: str) -> int:
    """A string as 32 bits."""
    x = int.from_bytes(hashlib.sha1(one.encode()).digest()[:4], "little")
    x = (x ^ x >> 16) * 0x85EBCA6B & MASK
    x = (x ^ x >> 13) * 0xC2B2AE35 & MASK
    return x ^ x >> 16


def signature(strings: Iterable[str], *, num_perm: int, seed: int) -> list[int]:
    """The smallest images."""
    random = np.random.RandomState(seed)
    multiply = random.randint(0, 2**31, num_perm, dtype=np.uint32).tolist()
    add = random.randint(0, 2**32, num_perm, dtype=np.uint32).tolist()
    values = {hashed(one) for one in strings}
    return [min(((2 * a + 1) * x + b) & MASK for x in values) for a, b in zip(multiply, add, strict=True)]
