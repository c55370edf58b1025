//! What the bytes of a block of ASCII text are, as masks: what split patterns of tokenizers ask about.

/// Bytes in one block, and bits in one mask.
pub const BLOCK: usize = 64;

type Block = [u8; BLOCK];

/// One mask for every kind of byte: bit `i` is byte `i` of the block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kinds {
    /// `A` to `Z` and `a` to `z`.
    pub letters: u64,
    /// `A` to `Z`.
    pub capitals: u64,
    /// `0` to `9`.
    pub digits: u64,
    /// The space, and tab, line feed, vertical tab, form feed and carriage return.
    pub white: u64,
    /// The space.
    pub spaces: u64,
    /// Line feed and carriage return.
    pub newlines: u64,
    /// `'`.
    pub apostrophes: u64,
    /// `/`.
    pub slashes: u64,
    /// Controls that are not white space.
    pub controls: u64,
    /// Bytes of characters beyond ASCII.
    pub others: u64,
}

impl Kinds {
    /// The kinds of `length` bytes from `first` on, as those of the first bytes.
    #[inline]
    #[must_use]
    pub fn part(&self, first: usize, length: usize) -> Self {
        let valid = u64::MAX.checked_shr((BLOCK - length) as u32).unwrap_or_default();
        let part = |mask: u64| mask.checked_shr(first as u32).unwrap_or_default() & valid;
        Self {
            letters: part(self.letters),
            capitals: part(self.capitals),
            digits: part(self.digits),
            white: part(self.white),
            spaces: part(self.spaces),
            newlines: part(self.newlines),
            apostrophes: part(self.apostrophes),
            slashes: part(self.slashes),
            controls: part(self.controls),
            others: part(self.others),
        }
    }
}

/// The kinds of the bytes of `block`.
#[inline]
pub fn kinds(block: &Block) -> Kinds {
    #[cfg(target_arch = "x86_64")]
    match crate::level::level() {
        // SAFETY: a level is never more than the machine has, and this one has all that `avx512` asks for.
        crate::level::Level::Avx512 => return unsafe { x86::avx512(block) },
        // SAFETY: as above, for `avx2`.
        crate::level::Level::Avx2 => return unsafe { x86::avx2(block) },
        crate::level::Level::Scalar => {}
    }
    scalar(block)
}

/// The twin: byte by byte.
fn scalar(block: &Block) -> Kinds {
    let mut kinds = Kinds::default();
    for (at, byte) in block.iter().enumerate() {
        let bit = |is: bool| u64::from(is) << at;
        kinds.letters |= bit(byte.is_ascii_alphabetic());
        kinds.capitals |= bit(byte.is_ascii_uppercase());
        kinds.digits |= bit(byte.is_ascii_digit());
        kinds.white |= bit(matches!(byte, b' ' | b'\t'..=b'\r'));
        kinds.spaces |= bit(*byte == b' ');
        kinds.newlines |= bit(matches!(byte, b'\n' | b'\r'));
        kinds.apostrophes |= bit(*byte == b'\'');
        kinds.slashes |= bit(*byte == b'/');
        kinds.controls |= bit(byte.is_ascii_control() && !matches!(byte, b'\t'..=b'\r'));
        kinds.others |= bit(!byte.is_ascii());
    }
    kinds
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, __m512i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8,
        _mm256_or_si256, _mm256_set1_epi8, _mm256_sub_epi8, _mm512_cmpeq_epi8_mask, _mm512_cmple_epu8_mask,
        _mm512_loadu_si512, _mm512_movepi8_mask, _mm512_or_si512, _mm512_set1_epi8, _mm512_sub_epi8,
    };

    use super::{BLOCK, Block, Kinds};

    const HALF: usize = BLOCK / 2;

    /// What an upper-case letter differs in from its lower case.
    const CASE: u8 = 0x20;

    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn avx512(block: &Block) -> Kinds {
        // SAFETY: `block` is an array of exactly the 64 bytes that are read; the load needs no alignment.
        let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        let all = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
        let from = |bytes: __m512i, first: u8, more: u8| {
            _mm512_cmple_epu8_mask(_mm512_sub_epi8(bytes, all(first)), all(more))
        };
        let is = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, all(byte));
        let (spaces, tabs) = (is(b' '), from(bytes, b'\t', 4));
        Kinds {
            letters: from(_mm512_or_si512(bytes, all(CASE)), b'a', 25),
            capitals: from(bytes, b'A', 25),
            digits: from(bytes, b'0', 9),
            white: spaces | tabs,
            spaces,
            newlines: is(b'\n') | is(b'\r'),
            apostrophes: is(b'\''),
            slashes: is(b'/'),
            controls: (from(bytes, 0, 0x1f) | is(0x7f)) & !tabs,
            others: _mm512_movepi8_mask(bytes),
        }
    }

    #[target_feature(enable = "avx2")]
    fn mask(low: __m256i, high: __m256i) -> u64 {
        let half = |bytes| u64::from(_mm256_movemask_epi8(bytes).cast_unsigned());
        half(low) | half(high) << HALF
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(block: &Block) -> Kinds {
        // SAFETY: these are the first 32 of the 64 bytes of `block`; the load needs no alignment.
        let low = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
        // SAFETY: these are the last 32 bytes of it.
        let high = unsafe { _mm256_loadu_si256(block[HALF..].as_ptr().cast()) };
        let all = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
        let range = |bytes: __m256i, first: u8, more: u8| {
            let moved = _mm256_sub_epi8(bytes, all(first));
            _mm256_cmpeq_epi8(_mm256_min_epu8(moved, all(more)), moved)
        };
        let from = |first: u8, more: u8| mask(range(low, first, more), range(high, first, more));
        let is = |byte: u8| {
            mask(
                _mm256_cmpeq_epi8(low, all(byte)),
                _mm256_cmpeq_epi8(high, all(byte)),
            )
        };
        let small = |bytes: __m256i| range(_mm256_or_si256(bytes, all(CASE)), b'a', 25);
        let (spaces, tabs) = (is(b' '), from(b'\t', 4));
        Kinds {
            letters: mask(small(low), small(high)),
            capitals: from(b'A', 25),
            digits: from(b'0', 9),
            white: spaces | tabs,
            spaces,
            newlines: is(b'\n') | is(b'\r'),
            apostrophes: is(b'\''),
            slashes: is(b'/'),
            controls: (from(0, 0x1f) | is(0x7f)) & !tabs,
            others: mask(low, high),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_level_sees_what_the_twin_sees(bytes in proptest::collection::vec(any::<u8>(), BLOCK)) {
            let block: Block = bytes.try_into().unwrap();
            at_every_level(|| assert_eq!(kinds(&block), scalar(&block)));
        }
    }

    #[test]
    fn every_byte() {
        at_every_level(|| {
            for first in (0..=255u8).step_by(BLOCK) {
                let block = std::array::from_fn(|at| first + at as u8);
                assert_eq!(kinds(&block), scalar(&block), "{first}");
            }
        });
    }
}
