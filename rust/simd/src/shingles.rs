//! What is made of the hashes of one row's shingles: their sums, their parities, their high halves.

use crate::level::dispatch;

/// Hashes that are worked on together.
const LANES: usize = 8;

/// Two sums that do not depend on the order of the hashes: of themselves, and of the products of their halves.
pub fn sums(hashes: &[u64]) -> (u64, u64) {
    #[expect(
        clippy::inline_always,
        reason = "dispatch! compiles it for each instruction set"
    )]
    #[inline(always)]
    fn body(hashes: &[u64]) -> (u64, u64) {
        let (whole, rest) = hashes.as_chunks::<LANES>();
        let (mut plain, mut products) = ([0_u64; LANES], [0_u64; LANES]);
        for hashes in whole {
            for lane in 0..LANES {
                plain[lane] = plain[lane].wrapping_add(hashes[lane]);
                products[lane] = products[lane].wrapping_add(of_halves(hashes[lane]));
            }
        }
        let add = |sum: u64, one: u64| sum.wrapping_add(one);
        (
            plain.into_iter().chain(rest.iter().copied()).fold(0, add),
            products
                .into_iter()
                .chain(rest.iter().copied().map(of_halves))
                .fold(0, add),
        )
    }
    dispatch!(body, body, body; (hashes: &[u64]) -> (u64, u64))
}

#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
fn of_halves(hash: u64) -> u64 {
    (hash >> 32) * (hash & 0xffff_ffff)
}

/// Flips bit `h % n` of `bits` for every hash h, where n is the number of bits: 64 for each element.
///
/// # Panics
/// If the number of elements is not a power of two.
pub fn flip(hashes: &[u64], bits: &mut [u64]) {
    assert!(bits.len().is_power_of_two(), "a power of two");
    if let [bits] = bits {
        flip_in_one(hashes, bits);
    } else {
        one_by_one(hashes, bits);
    }
}

/// The twin.
fn one_by_one(hashes: &[u64], bits: &mut [u64]) {
    let mask = bits.len() - 1;
    for hash in hashes {
        bits[(hash >> 6) as usize & mask] ^= 1 << (hash & 63);
    }
}

/// In a single word every flip would wait for the one before it.
fn flip_in_one(hashes: &[u64], bits: &mut u64) {
    #[expect(
        clippy::inline_always,
        reason = "dispatch! compiles it for each instruction set"
    )]
    #[inline(always)]
    fn body(hashes: &[u64], bits: &mut u64) {
        let (whole, rest) = hashes.as_chunks::<LANES>();
        let mut flipped = [0_u64; LANES];
        for hashes in whole {
            for lane in 0..LANES {
                flipped[lane] ^= 1 << (hashes[lane] & 63);
            }
        }
        let rest = rest.iter().map(|hash| 1 << (hash & 63));
        *bits = flipped.into_iter().chain(rest).fold(*bits, |all, one| all ^ one);
    }
    dispatch!(body, body, body; (hashes: &[u64], bits: &mut u64));
}

/// Appends the high halves of the hashes to `out`, in order, those that are at most `most`.
pub fn high_halves(hashes: &[u64], most: u32, out: &mut Vec<u32>) {
    let first = out.len();
    // Room for a whole register behind the last.
    out.resize(first + hashes.len() + LANES, 0);
    let found = high(hashes, most, &mut out[first..]);
    out.truncate(first + found);
}

fn high(hashes: &[u64], most: u32, out: &mut [u32]) -> usize {
    #[cfg(target_arch = "x86_64")]
    if crate::level::level() == crate::level::Level::Avx512 {
        // SAFETY: a level is never more than the machine has, and this one has all that `avx512` asks for.
        return unsafe { x86::avx512(hashes, most, out) };
    }
    high_one_by_one(hashes, most, out)
}

/// The twin.
fn high_one_by_one(hashes: &[u64], most: u32, out: &mut [u32]) -> usize {
    let mut found = 0;
    for hash in hashes {
        let half = (hash >> 32) as u32;
        out[found] = half;
        found += usize::from(half <= most);
    }
    found
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        _mm256_cmple_epu32_mask, _mm256_maskz_compress_epi32, _mm256_set1_epi32, _mm256_storeu_si256,
        _mm512_cvtepi64_epi32, _mm512_loadu_si512, _mm512_srli_epi64,
    };

    use super::{LANES, high_one_by_one};

    #[target_feature(enable = "avx512f,avx512vl,popcnt")]
    pub(super) fn avx512(hashes: &[u64], most: u32, out: &mut [u32]) -> usize {
        let limit = _mm256_set1_epi32(most.cast_signed());
        let (whole, rest) = hashes.as_chunks::<LANES>();
        let mut found = 0;
        for hashes in whole {
            // SAFETY: `hashes` is an array of exactly the 64 bytes that are read; the load needs no alignment.
            let hashes = unsafe { _mm512_loadu_si512(hashes.as_ptr().cast()) };
            let halves = _mm512_cvtepi64_epi32(_mm512_srli_epi64::<32>(hashes));
            let low = _mm256_cmple_epu32_mask(halves, limit);
            let Some(free) = out[found..].first_chunk_mut::<LANES>() else {
                break;
            };
            let low_halves = _mm256_maskz_compress_epi32(low, halves);
            // SAFETY: `free` is an array of exactly the 32 bytes that are written; the store needs no alignment.
            unsafe { _mm256_storeu_si256(free.as_mut_ptr().cast(), low_halves) };
            found += low.count_ones() as usize;
        }
        found + high_one_by_one(rest, most, &mut out[found..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    /// Few different values, so that some repeat; spread, so that they differ in all bits.
    fn hashes() -> impl Strategy<Value = Vec<u64>> {
        (
            proptest::collection::vec(any::<u64>(), 0..700),
            1_u64..1 << 40,
            any::<bool>(),
        )
            .prop_map(|(list, kinds, spread)| {
                let of = |one: u64| {
                    if spread {
                        crate::grams::mix(one % kinds)
                    } else {
                        one % kinds
                    }
                };
                list.into_iter().map(of).collect()
            })
    }

    proptest! {
        #[test]
        fn every_path_gives_the_bits_of_the_twin(hashes in hashes(), words in 0u32..6, most in any::<u32>()) {
            let sums_expected = hashes.iter().fold((0_u64, 0_u64), |(plain, products), hash| {
                (plain.wrapping_add(*hash), products.wrapping_add((hash >> 32) * (hash & u64::from(u32::MAX))))
            });
            let mut bits_expected = vec![3; 1 << words];
            one_by_one(&hashes, &mut bits_expected);
            let halves = hashes.iter().map(|hash| (hash >> 32) as u32);
            let halves_expected: Vec<u32> = halves.filter(|half| *half <= most).collect();
            at_every_level(|| {
                assert_eq!(sums(&hashes), sums_expected);
                let mut bits = vec![3; 1 << words];
                flip(&hashes, &mut bits);
                assert_eq!(bits, bits_expected);
                let mut out = vec![9];
                high_halves(&hashes, most, &mut out);
                assert_eq!((out[0], &out[1..]), (9, &halves_expected[..]));
            });
        }
    }
}
