//! Sets of ASCII bytes: which bytes of a text belong to which set, and which repeat the byte before them.
//!
//! A set is a table of 16 entries, one for each low half of a byte, with a bit for each high half below 8. Bytes that
//! are not ASCII belong to no set.

/// Bits in one element of a mask.
pub const BLOCK: usize = 64;

/// A set of ASCII bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Set([u8; 16]);

impl Set {
    /// The set of these bytes; those that are not ASCII are left out.
    pub const fn of(bytes: &[u8]) -> Self {
        let mut table = [0; 16];
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at] < 128 {
                table[(bytes[at] & 15) as usize] |= 1 << (bytes[at] >> 4);
            }
            at += 1;
        }
        Self(table)
    }

    /// Whether `byte` is in the set.
    pub const fn has(self, byte: u8) -> bool {
        byte < 128 && self.0[(byte & 15) as usize] >> (byte >> 4) & 1 == 1
    }
}

/// Sets bit `i % 64` of `masks[i / 64][s]` where byte `i` of `text` is in `sets[s]`, and that of `same[i / 64]` where it
/// equals the byte before it.
///
/// Both are cleared first; they have one element for every started block of 64 bytes. Masks behind those of the sets
/// are left 0 for the caller.
pub fn masks<const N: usize, const M: usize>(
    text: &[u8],
    sets: &[Set; N],
    masks: &mut Vec<[u64; M]>,
    same: &mut Vec<u64>,
) {
    let blocks = text.len().div_ceil(BLOCK);
    masks.clear();
    masks.resize(blocks, [0; M]);
    same.clear();
    same.resize(blocks, 0);
    #[cfg(target_arch = "x86_64")]
    match crate::level::level() {
        // SAFETY: a level is never more than the machine has, and this one has all that `avx512::masks` asks for.
        crate::level::Level::Avx512 => return unsafe { avx512::masks(text, sets, masks, same) },
        // SAFETY: as above, for `avx2::masks`.
        crate::level::Level::Avx2 => return unsafe { avx2::masks(text, sets, masks, same) },
        crate::level::Level::Scalar => {}
    }
    scalar(text, sets, masks, same);
}

/// How many bits each column of `masks` has where the column `without` has none.
pub fn counts<const M: usize>(masks: &[[u64; M]], without: usize) -> [usize; M] {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("popcnt") {
        // SAFETY: the line above has seen that this machine has the instruction.
        return unsafe { popcnt::counts(masks, without) };
    }
    every_count(masks, without)
}

#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
fn every_count<const M: usize>(masks: &[[u64; M]], without: usize) -> [usize; M] {
    let mut counts = [0; M];
    for mask in masks {
        let out = mask[without];
        let mut column = 0;
        while column < M {
            let left = if column == without {
                out
            } else {
                mask[column] & !out
            };
            counts[column] += left.count_ones() as usize;
            column += 1;
        }
    }
    counts
}

#[cfg(target_arch = "x86_64")]
mod popcnt {
    #[target_feature(enable = "popcnt")]
    pub(super) fn counts<const M: usize>(masks: &[[u64; M]], without: usize) -> [usize; M] {
        super::every_count(masks, without)
    }
}

/// The bit of each high half; none for bytes that are not ASCII.
#[cfg(target_arch = "x86_64")]
const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];

/// The twin: byte by byte.
fn scalar<const N: usize, const M: usize>(
    text: &[u8],
    sets: &[Set; N],
    masks: &mut [[u64; M]],
    same: &mut [u64],
) {
    for (at, &byte) in text.iter().enumerate() {
        let (block, bit) = (at / BLOCK, at % BLOCK);
        for (mask, set) in masks[block].iter_mut().zip(sets) {
            *mask |= u64::from(set.has(byte)) << bit;
        }
        same[block] |= u64::from(at > 0 && text[at - 1] == byte) << bit;
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use std::arch::x86_64::{
        __m128i, __m512i, _mm_loadu_si128, _mm512_and_si512, _mm512_broadcast_i32x4, _mm512_cmpeq_epi8_mask,
        _mm512_maskz_loadu_epi8, _mm512_set1_epi8, _mm512_shuffle_epi8, _mm512_srli_epi16,
        _mm512_test_epi8_mask,
    };

    use super::{BITS, BLOCK, Set};

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw")]
    fn four_times(table: &[u8; 16]) -> __m512i {
        // SAFETY: `table` is an array of exactly the 16 bytes that are read; the load needs no alignment.
        let quarter: __m128i = unsafe { _mm_loadu_si128(table.as_ptr().cast()) };
        _mm512_broadcast_i32x4(quarter)
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn masks<const N: usize, const M: usize>(
        text: &[u8],
        sets: &[Set; N],
        masks: &mut [[u64; M]],
        same: &mut [u64],
    ) {
        let (half, table) = (_mm512_set1_epi8(15), four_times(&BITS));
        for at in 0..text.len().div_ceil(BLOCK) {
            let start = at * BLOCK;
            let there = u64::MAX >> (BLOCK - (text.len() - start).min(BLOCK));
            // Nothing stands before the first byte.
            let behind = there & !u64::from(start == 0);
            let place = text.as_ptr().wrapping_add(start);
            // SAFETY: `there` has a bit for each byte from `start` to the end of the text; no other is read.
            let bytes = unsafe { _mm512_maskz_loadu_epi8(there, place.cast()) };
            // SAFETY: `behind` has a bit for each byte one before these; there is none before the first, which has no bit.
            let before = unsafe { _mm512_maskz_loadu_epi8(behind, place.wrapping_sub(1).cast()) };
            same[at] = _mm512_cmpeq_epi8_mask(bytes, before) & behind;
            let bit = _mm512_shuffle_epi8(table, _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), half));
            let low = _mm512_and_si512(bytes, half);
            let mut set = 0;
            while set < N {
                let found = _mm512_shuffle_epi8(four_times(&sets[set].0), low);
                masks[at][set] = _mm512_test_epi8_mask(found, bit) & there;
                set += 1;
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m128i, __m256i, _mm_loadu_si128, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8,
        _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_set1_epi8, _mm256_setzero_si256,
        _mm256_shuffle_epi8, _mm256_srli_epi16,
    };

    use super::{BITS, BLOCK, Set};

    #[inline]
    #[target_feature(enable = "avx2")]
    fn twice(table: &[u8; 16]) -> __m256i {
        // SAFETY: `table` is an array of exactly the 16 bytes that are read; the load needs no alignment.
        let half: __m128i = unsafe { _mm_loadu_si128(table.as_ptr().cast()) };
        _mm256_broadcastsi128_si256(half)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8; 32]) -> __m256i {
        // SAFETY: `bytes` is an array of exactly the 32 bytes that are read; the load needs no alignment.
        unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
    }

    /// Both halves of a block.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn halves(block: &[u8; BLOCK]) -> (__m256i, __m256i) {
        let halves = block.as_chunks::<32>().0;
        (load(&halves[0]), load(&halves[1]))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn bits(low: __m256i, high: __m256i) -> u64 {
        let (low, high) = (_mm256_movemask_epi8(low), _mm256_movemask_epi8(high));
        u64::from(low.cast_unsigned()) | u64::from(high.cast_unsigned()) << 32
    }

    /// One block; `before` are the 64 bytes that begin one byte earlier. Plain loops: closures and iterators of the
    /// standard library are compiled without AVX2 and would not be inlined.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn one<const N: usize, const M: usize>(
        block: &[u8; BLOCK],
        before: &[u8; BLOCK],
        sets: &[Set; N],
        masks: &mut [u64; M],
        same: &mut u64,
    ) {
        let (low, high) = halves(block);
        let (low_before, high_before) = halves(before);
        *same = bits(
            _mm256_cmpeq_epi8(low, low_before),
            _mm256_cmpeq_epi8(high, high_before),
        );
        let (half, zero, table) = (_mm256_set1_epi8(15), _mm256_setzero_si256(), twice(&BITS));
        let low_bit = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16::<4>(low), half));
        let high_bit = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16::<4>(high), half));
        let (low, high) = (_mm256_and_si256(low, half), _mm256_and_si256(high, half));
        let mut set = 0;
        while set < N {
            let table = twice(&sets[set].0);
            let low = _mm256_and_si256(_mm256_shuffle_epi8(table, low), low_bit);
            let high = _mm256_and_si256(_mm256_shuffle_epi8(table, high), high_bit);
            masks[set] = !bits(_mm256_cmpeq_epi8(low, zero), _mm256_cmpeq_epi8(high, zero));
            set += 1;
        }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn masks<const N: usize, const M: usize>(
        text: &[u8],
        sets: &[Set; N],
        masks: &mut [[u64; M]],
        same: &mut [u64],
    ) {
        let (whole, rest) = text.as_chunks::<BLOCK>();
        // The first and the last block lack bytes at one end: they are read from a copy.
        let mut edge = [0; BLOCK + 1];
        for at in 0..whole.len() {
            let start = at * BLOCK;
            if start > 0
                && let Some(before) = text[start - 1..].first_chunk()
            {
                one(&whole[at], before, sets, &mut masks[at], &mut same[at]);
            } else {
                edge[0] = !whole[0][0];
                edge[1..].copy_from_slice(&whole[0]);
                if let Some(before) = edge.first_chunk() {
                    one(&whole[0], before, sets, &mut masks[0], &mut same[0]);
                }
            }
        }
        if let Some(&first) = rest.first() {
            let at = whole.len();
            edge = [0; BLOCK + 1];
            edge[0] = whole.last().map_or(!first, |block| block[BLOCK - 1]);
            edge[1..=rest.len()].copy_from_slice(rest);
            if let (Some(before), Some(block)) = (edge.first_chunk(), edge.last_chunk()) {
                one(block, before, sets, &mut masks[at], &mut same[at]);
            }
            let there = (1 << rest.len()) - 1;
            same[at] &= there;
            let mut set = 0;
            while set < N {
                masks[at][set] &= there;
                set += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    const SETS: [Set; 3] = [Set::of(b"abcdefXYZ09"), Set::of(b" \n\t\x00\x7f"), Set::of(b"")];

    type Found = (Vec<[u64; 3]>, Vec<u64>);

    fn twin(text: &[u8]) -> Found {
        let blocks = text.len().div_ceil(BLOCK);
        let mut found = (vec![[0; 3]; blocks], vec![0; blocks]);
        scalar(text, &SETS, &mut found.0, &mut found.1);
        found
    }

    fn fast(text: &[u8]) -> Found {
        let mut found = (vec![[7; 3]; 2], vec![7; 9]);
        masks(text, &SETS, &mut found.0, &mut found.1);
        found
    }

    proptest! {
        #[test]
        fn every_path_gives_the_bits_of_the_twin(text in proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(b'a'), Just(b' '), Just(0xe2)], 0..300)
        ) {
            let expected = twin(&text);
            at_every_level(|| assert_eq!(fast(&text), expected));
        }

        #[test]
        fn counts_are_those_of_the_bits(masks in proptest::collection::vec(any::<[u64; 3]>(), 0..9)) {
            let expected = [0, 1, 2].map(|column: usize| {
                let left = |mask: &[u64; 3]| if column == 1 { mask[1] } else { mask[column] & !mask[1] };
                (0..64).map(|bit| masks.iter().filter(|mask| left(mask) >> bit & 1 == 1).count()).sum::<usize>()
            });
            prop_assert_eq!(counts(&masks, 1), expected);
            prop_assert_eq!(every_count(&masks, 1), expected);
        }
    }

    #[test]
    fn a_set_has_its_bytes_and_no_others() {
        for byte in 0..=255 {
            assert_eq!(SETS[0].has(byte), b"abcdefXYZ09".contains(&byte));
            let all = fast(&[byte; 65]).0;
            assert_eq!(all[0][1] == u64::MAX, b" \n\t\x00\x7f".contains(&byte), "{byte}");
            assert!(all[0][2] == 0);
        }
    }
}
