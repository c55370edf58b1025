//! The signatures of the Python package datasketch 2.0 (`MinHash` with its defaults: scheme `affine32`, SHA-1).
//!
//! A shingle is a string: its UTF-8 bytes go through SHA-1, whose first four bytes, little-endian, go through the 32-bit
//! finaliser of MurmurHash3; the permutations are `x ↦ a·x + b (mod 2³²)` with coefficients from the `RandomState` of `NumPy`, a
//! Mersenne Twister (Matsumoto and Nishimura 1998). Slow on purpose: it exists so that stored signatures can be
//! compared with new ones.

use fastcurate_simd::permute::min_permuted;
use sha1::{Digest, Sha1};

use crate::shingle::Shingler;

/// The coefficients of the package for one seed.
pub(super) struct Affine {
    multiply: Vec<u32>,
    add: Vec<u32>,
}

impl Affine {
    pub(super) fn new(count: usize, seed: u32) -> Self {
        let mut random = Twister::new(seed);
        let multiply = (0..count)
            .map(|_| (random.draw() & 0x7fff_ffff) << 1 | 1)
            .collect();
        let add = (0..count).map(|_| random.draw()).collect();
        Self { multiply, add }
    }

    /// Lowers `minima` to the images of the shingles of `text`.
    pub(super) fn fill(
        &self,
        text: &str,
        shingler: &mut Shingler,
        values: &mut Vec<u32>,
        minima: &mut [u32],
    ) {
        values.clear();
        shingler.spelled(text, |shingle| values.push(finish(sha1(shingle))));
        min_permuted(values, &self.multiply, &self.add, minima);
    }
}

fn sha1(text: &str) -> u32 {
    let [a, b, c, d, ..]: [u8; 20] = Sha1::digest(text.as_bytes()).into();
    u32::from_le_bytes([a, b, c, d])
}

/// The 32-bit finaliser of MurmurHash3.
fn finish(mut value: u32) -> u32 {
    value = (value ^ value >> 16).wrapping_mul(0x85eb_ca6b);
    value = (value ^ value >> 13).wrapping_mul(0xc2b2_ae35);
    value ^ value >> 16
}

/// MT19937.
struct Twister {
    state: [u32; 624],
    at: usize,
}

impl Twister {
    fn new(seed: u32) -> Self {
        let mut state = [seed; 624];
        for i in 1..624 {
            let before: u32 = state[i - 1];
            state[i] = (before ^ before >> 30)
                .wrapping_mul(1_812_433_253)
                .wrapping_add(i as u32);
        }
        Self { state, at: 624 }
    }

    fn draw(&mut self) -> u32 {
        if self.at == 624 {
            for i in 0..624 {
                let bits = self.state[i] & 0x8000_0000 | self.state[(i + 1) % 624] & 0x7fff_ffff;
                let twist = if bits & 1 == 1 { 0x9908_b0df } else { 0 };
                self.state[i] = self.state[(i + 397) % 624] ^ bits >> 1 ^ twist;
            }
            self.at = 0;
        }
        let mut value = self.state[self.at];
        self.at += 1;
        value ^= value >> 11;
        value ^= value << 7 & 0x9d2c_5680;
        value ^= value << 15 & 0xefc6_0000;
        value ^ value >> 18
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_numbers() {
        let mut random = Twister::new(5489);
        // The first outputs for the seed of the reference implementation.
        assert_eq!(
            [random.draw(), random.draw(), random.draw()],
            [3_499_211_612, 581_869_302, 3_890_346_734]
        );
        // The ten thousandth, as the C++ standard states it for mt19937.
        assert_eq!((3..9_999).map(|_| random.draw()).count(), 9_996);
        assert_eq!(random.draw(), 4_123_659_995);
    }

    #[test]
    fn the_hash_of_the_empty_string() {
        // SHA-1 of nothing begins with da39a3ee.
        assert_eq!(sha1(""), 0xeea3_39da);
    }
}
