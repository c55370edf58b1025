//! [`look`](super::look) with AVX2. Most blocks of most texts hold letters and single spaces only: those cost two
//! comparisons for 32 bytes, and the other masks are made for the rest.

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set1_epi8,
};

use super::block::{Lines, Masks};
use super::{BLOCK, Findings, Limit};

#[target_feature(enable = "avx2")]
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

#[target_feature(enable = "avx2")]
#[inline]
fn of_block(block: &[u8; BLOCK], lines: &mut Lines) -> Findings {
    let halves = [load(block, 0), load(block, 32)];
    let space = mask(halves, |bytes| _mm256_cmpeq_epi8(bytes, splat(b' ')));
    // Signed: the bytes of 0x80 and more are below 0x20 as well.
    let special = mask(halves, |bytes| {
        _mm256_or_si256(
            _mm256_cmpgt_epi8(splat(b' '), bytes),
            _mm256_cmpeq_epi8(bytes, splat(0x7f)),
        )
    });
    if special == 0 && !lines.in_indentation() {
        return Findings::when(lines.loose_in_words(space), Findings::SPACING);
    }
    let line_feed = mask(halves, |bytes| _mm256_cmpeq_epi8(bytes, splat(b'\n')));
    if special == line_feed
        && let Some(loose) = lines.loose_in_lines(space, line_feed)
    {
        return Findings::when(loose, Findings::SPACING);
    }
    let tab = mask(halves, |bytes| _mm256_cmpeq_epi8(bytes, splat(b'\t')));
    let returns = mask(halves, |bytes| _mm256_cmpeq_epi8(bytes, splat(b'\r')));
    let non_ascii = mask(halves, |bytes| bytes);
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
