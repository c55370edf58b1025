//! The hashes that every kernel shares. Frozen: their values are part of signatures that people store, and
//! `tests/golden/hash.json` breaks the build when one changes.
//!
//! - [`word`]: a word's bytes to 64 bits, by folded multiplications (`fastcurate_simd::words`, beside its vectors).
//! - [`mix`]: the 64-bit finaliser of MurmurHash3, a bijection.
//! - [`Permutations`]: the coefficients of MinHash, from SplitMix64.

use std::hash::{BuildHasherDefault, Hasher};

use fastcurate_simd::permute::{LANES, Lines, STEPS, min_on_lines};

pub use fastcurate_simd::grams::mix;
pub use fastcurate_simd::words::hash as word;

/// The generator SplitMix64 (Steele, Lea and Flood 2014).
pub(crate) struct SplitMix(pub(crate) u64);

impl SplitMix {
    /// The next number.
    pub(crate) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let value = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }
}

/// The coefficients of `count` permutations `x ↦ multiply·x + add (mod 2³²)` with odd multipliers, from SplitMix64 started
/// at `seed`: every 128 of them lie on 16 lines of 8 ([`fastcurate_simd::permute::Lines`]). Each line takes two outputs in
/// turn: the high half of the first, made odd, and its low half are where it starts, those of the second, the high one
/// made even, are its step.
pub struct Permutations {
    /// Odd multipliers.
    pub multiply: Vec<u32>,
    /// Addends.
    pub add: Vec<u32>,
    lines: Vec<Lines>,
}

/// Permutations whose lines are drawn together.
const GROUP: usize = LANES * STEPS;

impl Permutations {
    /// The permutations that belong to `seed`; the first n of more are the same as those of n.
    pub fn new(count: usize, seed: u64) -> Self {
        let mut random = SplitMix(seed);
        let group = |_| {
            let mut lines = Lines::default();
            for line in 0..LANES {
                let (start, step) = (random.draw(), random.draw());
                (lines.multiply[line], lines.add[line]) = ((start >> 32) as u32 | 1, start as u32);
                (lines.multiply_step[line], lines.add_step[line]) = ((step >> 32) as u32 & !1, step as u32);
            }
            lines
        };
        let lines: Vec<Lines> = (0..count.div_ceil(GROUP)).map(group).collect();
        let (multiply, add) = (0..count)
            .map(|i| lines[i / GROUP].coefficients(i % GROUP))
            .unzip();
        Self { multiply, add, lines }
    }

    /// Lowers each minimum to the smallest image of `values` under the permutation of the same number.
    ///
    /// # Panics
    /// If there are not as many minima as permutations.
    pub fn lower(&self, values: &[u32], minima: &mut [u32]) {
        assert_eq!(minima.len(), self.add.len(), "a minimum for every permutation");
        min_on_lines(values, &self.lines, minima);
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
