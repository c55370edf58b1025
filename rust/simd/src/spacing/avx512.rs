//! [`look`](super::look) with AVX-512BW: a comparison of 64 bytes is one instruction, and its answer the mask.

use std::arch::x86_64::{
    __m512i, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epi8_mask, _mm512_loadu_si512, _mm512_movepi8_mask,
    _mm512_set1_epi8,
};

use super::block::{Lines, Masks};
use super::{BLOCK, Findings, Limit};

#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn look(text: &[u8], limit: Limit, found: &mut Vec<Findings>) -> Findings {
    let mut lines = Lines::start(limit);
    let mut all = Findings::NOTHING;
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut last = [b'a'; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    let count = text.len().div_ceil(BLOCK);
    found.reserve(count);
    // One call, so that it is inlined; not `extend`, whose closure cannot be inlined into a function without these
    // instructions.
    for at in 0..count {
        let here = of_block(blocks.get(at).unwrap_or(&last), &mut lines);
        all = all.and(here);
        found.push(here);
    }
    all
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn of_block(block: &[u8; BLOCK], lines: &mut Lines) -> Findings {
    // SAFETY: `block` is 64 bytes long, and the load asks for no alignment.
    let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
    let space = equal(bytes, b' ');
    // Signed: the bytes of 0x80 and more are below 0x20 as well.
    let special = _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(0x20)) | equal(bytes, 0x7f);
    if special == 0 && !lines.in_indentation() {
        return Findings::when(lines.loose_in_words(space), Findings::SPACING);
    }
    let line_feed = equal(bytes, b'\n');
    if special == line_feed
        && let Some(loose) = lines.loose_in_lines(space, line_feed)
    {
        return Findings::when(loose, Findings::SPACING);
    }
    let (tab, returns) = (equal(bytes, b'\t'), equal(bytes, b'\r'));
    let non_ascii = _mm512_movepi8_mask(bytes);
    let controls = special & !(tab | line_feed | returns | non_ascii);
    let loose = lines.loose(Masks {
        blank: space | tab,
        tab,
        line_feed,
    });
    Findings::when(loose, Findings::SPACING)
        .and(Findings::when(non_ascii != 0, Findings::NON_ASCII))
        .and(Findings::when(returns != 0, Findings::RETURN))
        .and(Findings::when(controls != 0, Findings::CONTROL))
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn equal(bytes: __m512i, byte: u8) -> u64 {
    _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()))
}
