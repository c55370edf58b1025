//! The keys of one part, where each part is somebody else's.

/// Keys that are looked at together.
const LANES: usize = 16;

/// Replaces the beginning of `out` by the keys k of which `k · multiply` modulo 2^32 begins with the `bits` bits of `part`, in
/// order. How many there are.
///
/// # Panics
/// If there is no bit, or more than 31, or if `out` is not 16 longer than `keys`.
pub fn of_part(keys: &[u32], multiply: u32, (bits, part): (u32, u32), out: &mut [u32]) -> usize {
    assert!((1..32).contains(&bits), "from 1 to 31 bits");
    assert!(out.len() >= keys.len() + LANES, "room for a register more");
    #[cfg(target_arch = "x86_64")]
    if crate::level::level() == crate::level::Level::Avx512 {
        // SAFETY: a level is never more than the machine has, and this one has all that `avx512` asks for.
        return unsafe { x86::avx512(keys, multiply, (bits, part), out) };
    }
    one_by_one(keys, multiply, (bits, part), out)
}

/// The twin.
fn one_by_one(keys: &[u32], multiply: u32, (bits, part): (u32, u32), out: &mut [u32]) -> usize {
    let mut found = 0;
    for key in keys {
        // Written always, kept if it belongs here: nothing for the processor to guess.
        out[found] = *key;
        found += usize::from(key.wrapping_mul(multiply) >> (32 - bits) == part);
    }
    found
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        _mm_cvtsi32_si128, _mm512_cmpeq_epi32_mask, _mm512_loadu_si512, _mm512_maskz_compress_epi32,
        _mm512_mullo_epi32, _mm512_set1_epi32, _mm512_srl_epi32, _mm512_storeu_si512,
    };

    use super::{LANES, one_by_one};

    #[target_feature(enable = "avx512f,popcnt")]
    pub(super) fn avx512(keys: &[u32], multiply: u32, (bits, part): (u32, u32), out: &mut [u32]) -> usize {
        let factor = _mm512_set1_epi32(multiply.cast_signed());
        let wanted = _mm512_set1_epi32(part.cast_signed());
        let shift = _mm_cvtsi32_si128((32 - bits).cast_signed());
        let (whole, rest) = keys.as_chunks::<LANES>();
        let mut found = 0;
        for keys in whole {
            // SAFETY: `keys` is an array of exactly the 64 bytes that are read; the load needs no alignment.
            let keys = unsafe { _mm512_loadu_si512(keys.as_ptr().cast()) };
            let parts = _mm512_srl_epi32(_mm512_mullo_epi32(keys, factor), shift);
            let here = _mm512_cmpeq_epi32_mask(parts, wanted);
            let Some(free) = out[found..].first_chunk_mut::<LANES>() else {
                break;
            };
            let kept = _mm512_maskz_compress_epi32(here, keys);
            // SAFETY: `free` is an array of exactly the 64 bytes that are written; the store needs no alignment.
            unsafe { _mm512_storeu_si512(free.as_mut_ptr().cast(), kept) };
            found += here.count_ones() as usize;
        }
        found + one_by_one(rest, multiply, (bits, part), &mut out[found..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_key_is_in_one_part(
            keys in proptest::collection::vec(any::<u32>(), 0..200), multiply in any::<u32>(), bits in 1u32..5,
        ) {
            at_every_level(|| {
                let (mut all, mut out) = (0, vec![0; keys.len() + LANES]);
                for part in 0..1 << bits {
                    let found = of_part(&keys, multiply, (bits, part), &mut out);
                    let is_here = |key: &&u32| key.wrapping_mul(multiply) >> (32 - bits) == part;
                    let expected: Vec<u32> = keys.iter().filter(is_here).copied().collect();
                    assert_eq!(&out[..found], expected);
                    all += found;
                }
                assert_eq!(all, keys.len());
            });
        }
    }
}
