//! Fast Similarity Sketching (Dahlgaard, Knudsen and Thorup 2017, arXiv 1704.04370): one value for every bin.
//!
//! Round after round, every shingle falls into a random bin with a random value; a bin keeps the least value of the first
//! round that reaches it. In the first t of 2t rounds any bin can be hit, in round t + i all shingles fall into bin i, so
//! that no bin stays empty. As soon as all bins are full the rest cannot change anything: long texts are read once, where
//! `multiply` reads them t times. The share of equal values is an unbiased estimate for sets of any size, and of less
//! variance than J(1-J)/t where sets are small.
//!
//! A value is the number of its round in the highest bits, then as many bits of the hash as fit.

use fastcurate_simd::bins::min_in_bins;

use crate::hash::{SplitMix, mix};

/// The most bins: a value keeps 19 bits of the hash.
pub(super) const MOST: usize = 4096;

/// The hash functions of all rounds.
pub(super) struct Rounds {
    keys: Vec<u64>,
    shift: u32,
}

impl Rounds {
    /// For `bins` bins; the function of a round is `mix(x ^ key)`, its key an output of SplitMix64 started at `seed`.
    pub(super) fn new(bins: usize, seed: u64) -> Self {
        let mut random = SplitMix(seed);
        Self {
            keys: (0..2 * bins).map(|_| random.draw()).collect(),
            shift: (2 * bins).next_power_of_two().trailing_zeros(),
        }
    }

    /// Fills `minima`, which are all `u32::MAX`, one for every bin.
    pub(super) fn fill(&self, shingles: &[u64], minima: &mut [u32]) {
        let bins = minima.len();
        let (anywhere, one_by_one) = self.keys.split_at(bins);
        let first = |round: usize| (round as u32) << (32 - self.shift);
        for (round, key) in anywhere.iter().enumerate() {
            min_in_bins(shingles, *key, self.shift, first(round), minima);
            if minima.iter().all(|value| *value < first(round + 1)) {
                return;
            }
        }
        for (bin, (key, minimum)) in one_by_one.iter().zip(minima).enumerate() {
            if *minimum >= first(bins) {
                let values = shingles.iter().map(|x| (mix(x ^ key) >> 32) as u32 >> self.shift);
                *minimum = first(bins + bin) + values.min().unwrap_or(0);
            }
        }
    }
}
