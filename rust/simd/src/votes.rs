//! The inner loop of SimHash: in how many of the values each of the 64 bits is set.
//!
//! Byte-sliced: 64 counters of a byte each stand side by side in registers, and a value adds one to those of its bits; they
//! are emptied into the result before a byte can overflow.

/// Values that a counter of one byte can count.
const FULL: usize = u8::MAX as usize;

/// The number of `values` in which bit `i` is set, for each `i`.
pub fn count_bits(values: &[u64]) -> [u32; 64] {
    #[cfg(target_arch = "x86_64")]
    match crate::level::level() {
        // SAFETY: a level is never more than the machine has, and this one has all that `avx512` asks for.
        crate::level::Level::Avx512 => return unsafe { x86::avx512(values) },
        // SAFETY: as above, for `avx2`.
        crate::level::Level::Avx2 => return unsafe { x86::avx2(values) },
        crate::level::Level::Scalar => {}
    }
    sliced(values, scalar)
}

/// The sums of the counts of all pieces that are short enough for `count`.
#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
fn sliced(values: &[u64], count: impl Fn(&[u64]) -> [u8; 64]) -> [u32; 64] {
    let mut sums = [0; 64];
    for piece in values.chunks(FULL) {
        for (sum, count) in sums.iter_mut().zip(count(piece)) {
            *sum += u32::from(count);
        }
    }
    sums
}

/// The twin: eight counters in a 64-bit number, a byte of the value spread over them by a multiplication that copies it,
/// a mask that leaves a bit in each copy, and an addition that carries any bit to the top of its byte.
fn scalar(values: &[u64]) -> [u8; 64] {
    let mut counts = [0u64; 8];
    for value in values {
        for (byte, counts) in value.to_le_bytes().into_iter().zip(&mut counts) {
            let copies = u64::from(byte).wrapping_mul(0x0101_0101_0101_0101) & 0x8040_2010_0804_0201;
            *counts += (copies + 0x7f7f_7f7f_7f7f_7f7f) >> 7 & 0x0101_0101_0101_0101;
        }
    }
    let mut out = [0; 64];
    for (out, counts) in out.as_chunks_mut().0.iter_mut().zip(counts) {
        *out = counts.to_le_bytes();
    }
    out
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_set1_epi32, _mm256_set1_epi64x,
        _mm256_setr_epi64x, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_storeu_si256, _mm256_sub_epi8,
        _mm512_mask_sub_epi8, _mm512_set1_epi8, _mm512_setzero_si512, _mm512_storeu_si512,
    };

    use super::sliced;

    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn avx512(values: &[u64]) -> [u32; 64] {
        sliced(values, |values| {
            // Two registers, so that a value need not wait for the one before it.
            let (mut even, mut odd) = (_mm512_setzero_si512(), _mm512_setzero_si512());
            let minus = _mm512_set1_epi8(-1);
            let (pairs, rest) = values.as_chunks::<2>();
            for [a, b] in pairs {
                even = _mm512_mask_sub_epi8(even, *a, even, minus);
                odd = _mm512_mask_sub_epi8(odd, *b, odd, minus);
            }
            for value in rest {
                even = _mm512_mask_sub_epi8(even, *value, even, minus);
            }
            let mut counts = [[0u8; 64]; 2];
            for (counts, sums) in counts.iter_mut().zip([even, odd]) {
                // SAFETY: `counts` is an array of exactly the 64 bytes that are written; the store needs no alignment.
                unsafe { _mm512_storeu_si512(counts.as_mut_ptr().cast(), sums) };
            }
            std::array::from_fn(|bit| counts[0][bit] + counts[1][bit])
        })
    }

    /// Every bit of 32 as a byte of ones or zeros.
    #[target_feature(enable = "avx2")]
    fn spread(bits: u32) -> __m256i {
        const BYTE: i64 = 0x0101_0101_0101_0101;
        let byte_of_lane = _mm256_setr_epi64x(0, BYTE, 2 * BYTE, 3 * BYTE);
        let bit_of_lane = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64.cast_signed());
        let copies = _mm256_shuffle_epi8(_mm256_set1_epi32(bits.cast_signed()), byte_of_lane);
        _mm256_cmpeq_epi8(_mm256_and_si256(copies, bit_of_lane), bit_of_lane)
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(values: &[u64]) -> [u32; 64] {
        sliced(values, |values| {
            let (mut low, mut high) = (_mm256_setzero_si256(), _mm256_setzero_si256());
            for value in values {
                low = _mm256_sub_epi8(low, spread(*value as u32));
                high = _mm256_sub_epi8(high, spread((value >> 32) as u32));
            }
            let mut counts = [0u8; 64];
            for (counts, sums) in counts.as_chunks_mut::<32>().0.iter_mut().zip([low, high]) {
                // SAFETY: `counts` is an array of exactly the 32 bytes that are written; the store needs no alignment.
                unsafe { _mm256_storeu_si256(counts.as_mut_ptr().cast(), sums) };
            }
            counts
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    fn one_by_one(values: &[u64]) -> [u32; 64] {
        std::array::from_fn(|bit| values.iter().map(|value| (value >> bit & 1) as u32).sum())
    }

    proptest! {
        #[test]
        fn every_path_counts_every_bit(values in proptest::collection::vec(any::<u64>(), 0..600)) {
            at_every_level(|| assert_eq!(count_bits(&values), one_by_one(&values)));
        }
    }

    #[test]
    fn counters_that_are_full() {
        for length in [254, 255, 256, 510, 511] {
            at_every_level(|| assert_eq!(count_bits(&vec![u64::MAX; length]), [length as u32; 64]));
        }
    }
}
