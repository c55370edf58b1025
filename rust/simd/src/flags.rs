//! Bytes that are eight flags each, turned into eight masks.

/// Bytes in one block, and bits in one mask.
pub const BLOCK: usize = 64;

/// Bit `i` of mask `flag` is bit `flag` of byte `i`.
#[inline]
pub fn masks(flags: &[u8; BLOCK]) -> [u64; 8] {
    #[cfg(target_arch = "x86_64")]
    match crate::level::level() {
        // SAFETY: a level is never more than the machine has, and this one has all that `x86::avx512` asks for.
        crate::level::Level::Avx512 => return unsafe { x86::avx512(flags) },
        // SAFETY: as above, for `x86::avx2`.
        crate::level::Level::Avx2 => return unsafe { x86::avx2(flags) },
        crate::level::Level::Scalar => {}
    }
    scalar(flags)
}

/// The twin: flag by flag, byte by byte.
fn scalar(flags: &[u8; BLOCK]) -> [u64; 8] {
    std::array::from_fn(|flag| {
        let bits = flags.iter().map(|byte| u64::from(byte >> flag & 1));
        bits.rev().fold(0, |mask, bit| mask << 1 | bit)
    })
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm512_add_epi8,
        _mm512_loadu_si512, _mm512_movepi8_mask,
    };

    use super::BLOCK;

    /// The highest flag first: a byte added to itself brings up the next.
    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn avx512(flags: &[u8; BLOCK]) -> [u64; 8] {
        // SAFETY: `flags` is an array of exactly the 64 bytes that are read; the load needs no alignment.
        let mut bytes = unsafe { _mm512_loadu_si512(flags.as_ptr().cast()) };
        let mut masks = [0; 8];
        let mut flag = 8;
        while flag > 0 {
            flag -= 1;
            masks[flag] = _mm512_movepi8_mask(bytes);
            bytes = _mm512_add_epi8(bytes, bytes);
        }
        masks
    }

    #[target_feature(enable = "avx2")]
    fn half(flags: &[u8; BLOCK / 2]) -> [u32; 8] {
        // SAFETY: `flags` is an array of exactly the 32 bytes that are read; the load needs no alignment.
        let mut bytes: __m256i = unsafe { _mm256_loadu_si256(flags.as_ptr().cast()) };
        let mut masks = [0; 8];
        let mut flag = 8;
        while flag > 0 {
            flag -= 1;
            masks[flag] = _mm256_movemask_epi8(bytes).cast_unsigned();
            bytes = _mm256_add_epi8(bytes, bytes);
        }
        masks
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(flags: &[u8; BLOCK]) -> [u64; 8] {
        let halves = flags.as_chunks().0;
        let (low, high) = (half(&halves[0]), half(&halves[1]));
        let mut masks = [0; 8];
        let mut flag = 0;
        while flag < 8 {
            masks[flag] = u64::from(low[flag]) | u64::from(high[flag]) << 32;
            flag += 1;
        }
        masks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_path_gives_the_bits_of_the_twin(flags in proptest::array::uniform32(any::<[u8; 2]>())) {
            let flags: [u8; BLOCK] = std::array::from_fn(|at| flags[at / 2][at % 2]);
            let expected = scalar(&flags);
            at_every_level(|| assert_eq!(masks(&flags), expected));
        }
    }

    #[test]
    fn a_flag_is_where_its_bit_is() {
        let mut flags = [0; BLOCK];
        (flags[0], flags[63]) = (0b1000_0001, 0b10);
        assert_eq!(scalar(&flags), [1, 1 << 63, 0, 0, 0, 0, 0, 1]);
    }
}
