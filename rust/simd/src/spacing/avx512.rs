//! [`look`](super::look) with AVX-512BW: a comparison of 64 bytes is one instruction, and its answer the mask.

use std::arch::x86_64::{
    __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epi8_mask, _mm512_loadu_si512,
    _mm512_movepi8_mask, _mm512_set1_epi8,
};

use super::block::{Lines, Masks, Rest};
use super::{BLOCK, Findings, Keep, Limit};

/// Bytes that are asked for ahead: the machine's own guesses end with every page of 4 kB.
const AHEAD: usize = 2048;

#[target_feature(enable = "avx512f,avx512bw,bmi1,bmi2")]
pub(super) fn look<K: Keep>(text: &[u8], limit: Limit, out: &mut [K]) -> Findings {
    let mut lines = Lines::start(limit);
    let mut all = Findings::NOTHING;
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut last = [b'a'; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    // All of it here: a function of its own would not be inlined.
    for (at, kept) in out.iter_mut().enumerate() {
        let block = blocks.get(at).unwrap_or(&last);
        // Behind the end it is a hint about nothing.
        _mm_prefetch(block.as_ptr().wrapping_add(AHEAD).cast(), _MM_HINT_T0);
        // SAFETY: `block` is 64 bytes long, and the load asks for no alignment.
        let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        let masks = Masks {
            space: equal(bytes, b' '),
            line_feed: equal(bytes, b'\n'),
            // Signed: the bytes of 0x80 and more are below 0x20 as well.
            special: _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(0x20)) | equal(bytes, 0x7f),
        };
        let (here, loose) = lines.judge(masks, || Rest {
            tab: equal(bytes, b'\t'),
            returns: equal(bytes, b'\r'),
            foreign: _mm512_movepi8_mask(bytes),
        });
        all = all.and(here);
        *kept = K::keep(here, loose);
    }
    all
}

#[target_feature(enable = "avx512f,avx512bw,bmi1,bmi2")]
#[inline]
fn equal(bytes: __m512i, byte: u8) -> u64 {
    _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()))
}
