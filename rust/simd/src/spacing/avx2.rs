//! `scan` with AVX2. Most blocks of most texts hold letters and single spaces only: those cost two comparisons
//! for 32 bytes, and the other masks are made for the rest.

use std::arch::x86_64::{
    __m256i, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_set1_epi8,
};

use super::Findings;
use super::block::{Lines, Masks};

#[target_feature(enable = "avx2")]
pub(super) fn scan(text: &[u8]) -> Findings {
    let mut found = Findings::NOTHING;
    let mut lines = Lines::START;
    let (blocks, rest) = text.as_chunks::<64>();
    for block in blocks {
        found = found.and(look(block, &mut lines));
    }
    let mut ends_blank = lines.ends_blank();
    if let Some(last) = rest.last() {
        let mut block = [b'a'; 64];
        block[..rest.len()].copy_from_slice(rest);
        found = found.and(look(&block, &mut lines));
        ends_blank = matches!(last, b' ' | b'\t');
    }
    if ends_blank {
        found = found.and(Findings::SPACING);
    }
    found
}

#[target_feature(enable = "avx2")]
#[inline]
fn look(block: &[u8; 64], lines: &mut Lines) -> Findings {
    let halves = [load(block, 0), load(block, 32)];
    let space = mask(halves, |bytes| _mm256_cmpeq_epi8(bytes, splat(b' ')));
    // Signed: the bytes of 0x80 and more are below 0x20 as well.
    let special = mask(halves, |bytes| {
        _mm256_or_si256(
            _mm256_cmpgt_epi8(splat(b' '), bytes),
            _mm256_cmpeq_epi8(bytes, splat(0x7f)),
        )
    });
    let mut found = Findings::NOTHING;
    let loose = if special == 0 && !lines.in_indentation() {
        lines.loose_in_words(space)
    } else {
        let tab = mask(halves, |bytes| _mm256_cmpeq_epi8(bytes, splat(b'\t')));
        let line_feed = mask(halves, |bytes| _mm256_cmpeq_epi8(bytes, splat(b'\n')));
        let non_ascii = mask(halves, |bytes| bytes);
        let others = special & !(tab | line_feed | non_ascii);
        if non_ascii != 0 {
            found = found.and(Findings::NON_ASCII);
        }
        if others != 0 {
            let returns = mask(halves, |bytes| _mm256_cmpeq_epi8(bytes, splat(b'\r')));
            if returns != 0 {
                found = found.and(Findings::RETURN);
            }
            if others != returns {
                found = found.and(Findings::CONTROL);
            }
        }
        lines.loose(Masks {
            blank: space | tab,
            tab,
            line_feed,
        })
    };
    if loose {
        found = found.and(Findings::SPACING);
    }
    found
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
fn load(block: &[u8; 64], from: usize) -> __m256i {
    let half = &block[from..from + 32];
    // SAFETY: `half` is 32 bytes long, and the load asks for no alignment.
    unsafe { _mm256_loadu_si256(half.as_ptr().cast()) }
}
