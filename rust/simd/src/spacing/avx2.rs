//! [`look`](super::look) with AVX2: two halves of 32 bytes for every comparison.

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set1_epi8,
};

use super::block::{Lines, Masks, Rest};
use super::{BLOCK, Findings, Keep, Limit};

#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) fn look<K: Keep>(text: &[u8], limit: Limit, out: &mut [K]) -> Findings {
    let mut lines = Lines::start(limit);
    let mut all = Findings::NOTHING;
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut last = [b'a'; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    // All of it here: a function of its own would not be inlined.
    for (at, kept) in out.iter_mut().enumerate() {
        let block = blocks.get(at).unwrap_or(&last);
        let halves = [load(block, 0), load(block, 32)];
        let equal = |byte: u8| mask(halves, |bytes| _mm256_cmpeq_epi8(bytes, splat(byte)));
        let masks = Masks {
            space: equal(b' '),
            line_feed: equal(b'\n'),
            // Signed: the bytes of 0x80 and more are below 0x20 as well.
            special: mask(halves, |bytes| {
                _mm256_or_si256(
                    _mm256_cmpgt_epi8(splat(b' '), bytes),
                    _mm256_cmpeq_epi8(bytes, splat(0x7f)),
                )
            }),
        };
        let (here, loose) = lines.judge(masks, || Rest {
            tab: equal(b'\t'),
            returns: equal(b'\r'),
            foreign: mask(halves, |bytes| bytes),
        });
        all = all.and(here);
        *kept = K::keep(here, loose);
    }
    all
}

/// The top bits of what `of` makes of the 64 bytes.
#[target_feature(enable = "avx2")]
#[inline]
fn mask(halves: [__m256i; 2], of: impl Fn(__m256i) -> __m256i) -> u64 {
    let [low, high] = halves.map(|half| u64::from(_mm256_movemask_epi8(of(half)).cast_unsigned()));
    low | high << 32
}

#[target_feature(enable = "avx2")]
#[inline]
fn splat(byte: u8) -> __m256i {
    _mm256_set1_epi8(byte.cast_signed())
}

#[target_feature(enable = "avx2")]
#[inline]
fn load(block: &[u8; BLOCK], from: usize) -> __m256i {
    let half = &block[from..from + 32];
    // SAFETY: `half` is 32 bytes long, and the load asks for no alignment.
    unsafe { _mm256_loadu_si256(half.as_ptr().cast()) }
}
