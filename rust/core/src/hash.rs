//! The hashes that every kernel shares. Frozen: their values are part of signatures that people store, and
//! `tests/golden/hash.json` breaks the build when one changes.
//!
//! - [`word`]: a word's bytes to 64 bits, by folded multiplications (`fastcurate_simd::words`, beside its vectors).
//! - [`mix`]: the 64-bit finaliser of MurmurHash3, a bijection.
//! - [`Permutations`]: the coefficients of MinHash, from SplitMix64.

use std::hash::{BuildHasherDefault, Hasher};

pub use fastcurate_simd::grams::mix;
pub use fastcurate_simd::words::hash as word;

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

    #[test]
    fn permutations_are_odd_and_a_prefix_of_more() {
        let (few, many) = (Permutations::new(3, 7), Permutations::new(200, 7));
        assert_eq!(few.multiply, many.multiply[..3]);
        assert_eq!(few.add, many.add[..3]);
        assert!(many.multiply.iter().all(|a| a % 2 == 1));
    }
}
