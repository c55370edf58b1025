//! The hashes that every kernel shares. Frozen: their values are part of signatures that people store, and
//! `tests/golden/hash.json` breaks the build when one changes.
//!
//! - [`word`]: a word's bytes to 64 bits, 16 bytes at a time by a folded 64x64→128-bit multiplication
//!   (the construction of wyhash and its descendants, with constants of our own).
//! - [`mix`]: the 64-bit finaliser of MurmurHash3, a bijection.
//! - [`Permutations`]: the coefficients of MinHash, from SplitMix64.

use std::hash::{BuildHasherDefault, Hasher};

/// The fractional parts of √2, √3 and √5, made odd.
const SQRT2: u64 = 0x6a09_e667_f3bc_c909;
const SQRT3: u64 = 0xbb67_ae85_84ca_a73b;
const SQRT5: u64 = 0x3c6e_f372_fe94_f82b;

/// Both halves of the 128-bit product, xored.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

#[inline]
fn step(state: u64, block: [u8; 16]) -> u64 {
    let lanes = u128::from_le_bytes(block);
    fold(lanes as u64 ^ state, (lanes >> 64) as u64 ^ SQRT3)
}

/// The hash of a word: its bytes in blocks of 16, the last padded with zeros, at least one.
#[inline]
pub fn word(bytes: &[u8]) -> u64 {
    let mut state = (bytes.len() as u64).wrapping_mul(SQRT5) ^ SQRT2;
    let (blocks, rest) = bytes.as_chunks::<16>();
    for block in blocks {
        state = step(state, *block);
    }
    if blocks.is_empty() || !rest.is_empty() {
        let mut last = [0; 16];
        last[..rest.len()].copy_from_slice(rest);
        state = step(state, last);
    }
    state
}

/// [`word`] of `padded[start..end]` where at least 16 bytes follow `end`: no copy of the last block.
#[inline]
pub fn word_in(padded: &[u8], start: usize, end: usize) -> u64 {
    let mut state = ((end - start) as u64).wrapping_mul(SQRT5) ^ SQRT2;
    let mut at = start;
    loop {
        let mut lanes = u128::from_le_bytes(*padded[at..].first_chunk().unwrap_or(&[0; 16]));
        let left = end - at;
        if left < 16 {
            lanes &= (1 << (8 * left)) - 1;
        }
        state = fold(lanes as u64 ^ state, (lanes >> 64) as u64 ^ SQRT3);
        at += 16;
        if at >= end {
            return state;
        }
    }
}

/// The 64-bit finaliser of MurmurHash3.
#[inline]
pub fn mix(mut value: u64) -> u64 {
    value ^= value >> 33;
    value = value.wrapping_mul(0xff51_afd7_ed55_8ccd);
    value ^= value >> 33;
    value = value.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}

/// The next value of the SplitMix64 generator.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut value = *state;
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// The coefficients of `count` permutations `x ↦ multiply·x + add (mod 2³²)`: for each in turn, one output of
/// SplitMix64 started at `seed`, its high half made odd as the multiplier, its low half as the addend.
pub struct Permutations {
    /// Odd multipliers.
    pub multiply: Vec<u32>,
    /// Addends.
    pub add: Vec<u32>,
}

impl Permutations {
    /// The permutations that belong to `seed`; the first n of more are the same as those of n.
    pub fn new(count: usize, seed: u64) -> Self {
        let mut state = seed;
        let one = |_| {
            let bits = split_mix(&mut state);
            ((bits >> 32) as u32 | 1, bits as u32)
        };
        let (multiply, add) = (0..count).map(one).unzip();
        Self { multiply, add }
    }
}

/// A map whose keys are hashes already. Its order is never part of an answer.
#[expect(clippy::disallowed_types, reason = "the one place where its hasher is fixed")]
pub type Map<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<Hashed>>;

/// A set whose elements are hashes or small numbers. Its order is never part of an answer.
#[expect(clippy::disallowed_types, reason = "the one place where its hasher is fixed")]
pub type Set<K> = std::collections::HashSet<K, BuildHasherDefault<Hashed>>;

/// Takes a key of 64 or 128 bits, which is a hash, as its own hash.
#[derive(Default)]
pub struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= word(bytes);
    }

    fn write_u32(&mut self, number: u32) {
        self.0 ^= mix(u64::from(number));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 ^= hash;
    }

    fn write_u128(&mut self, hash: u128) {
        self.0 ^= hash as u64 ^ (hash >> 64) as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reading_past_the_end_gives_the_same_hash(bytes in proptest::collection::vec(any::<u8>(), 0..70)) {
            let mut padded = vec![0xff; 5];
            padded.extend(&bytes);
            padded.extend([0xff; 32]);
            prop_assert_eq!(word_in(&padded, 5, 5 + bytes.len()), word(&bytes));
        }
    }

    #[test]
    fn permutations_are_odd_and_a_prefix_of_more() {
        let (few, many) = (Permutations::new(3, 7), Permutations::new(200, 7));
        assert_eq!(few.multiply, many.multiply[..3]);
        assert_eq!(few.add, many.add[..3]);
        assert!(many.multiply.iter().all(|a| a % 2 == 1));
    }
}
