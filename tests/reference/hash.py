"""The frozen hashes, in plain integers: of a word, of a shingle, and the permutations of MinHash.

Sources: the word hash folds the two halves of 64x64-bit products, as wyhash does, with the fractional parts
of the square roots of 2, 3 and 5 as constants; `mix` is the finaliser of MurmurHash3; the generator is
SplitMix64 (Steele, Lea and Flood 2014). A text without words has one shingle, from its XXH3 fingerprint. Null
is the caller's business.
"""

from collections.abc import Iterator
from math import isqrt

import xxhash
from reference.words import matching_text, words

MASK = 2**64 - 1


def root(n: int) -> int:
    """The first 64 bits behind the point of the square root of n, made odd."""
    return isqrt(n << 128) & MASK | 1


SALT = isqrt(11 << 128) & MASK | 1
BASE = 0x9E3779B97F4A7C15


def mix(value: int) -> int:
    """The 64-bit finaliser of MurmurHash3."""
    value ^= value >> 33
    value = value * 0xFF51AFD7ED558CCD & MASK
    value ^= value >> 33
    value = value * 0xC4CEB9FE1A85EC53 & MASK
    return value ^ value >> 33


def word(data: bytes) -> int:
    """The hash of a word: blocks of 16 bytes, the last one padded with zeros."""
    state = len(data) * root(5) & MASK ^ root(2)
    for start in range(0, max(1, len(data)), 16):
        block = int.from_bytes(data[start : start + 16], "little")
        product = (block & MASK ^ state) * (block >> 64 ^ root(3))
        state = product & MASK ^ product >> 64
    return state


def shingle_hashes(text: str, spec: str) -> list[int]:
    """The hashes of all shingles in order, with repetitions."""
    unit, _, size = spec.partition(":")
    units = [word(one.encode()) for one in (words(text) if unit == "word" else matching_text(text))]
    if not units:
        return [mix(xxhash.xxh3_128_intdigest(text.encode()) & MASK ^ SALT)]
    n = min(int(size), len(units))
    found = []
    for start in range(len(units) - n + 1):
        joined = 0
        for one in units[start : start + n]:
            joined = joined * BASE + one & MASK
        found.append(mix(joined ^ n * SALT & MASK))
    return found


def split_mix(seed: int) -> Iterator[int]:
    """SplitMix64."""
    while True:
        seed = seed + 0x9E3779B97F4A7C15 & MASK
        value = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9 & MASK
        value = (value ^ value >> 27) * 0x94D049BB133111EB & MASK
        yield value ^ value >> 31
