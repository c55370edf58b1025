//! ASCII text, 64 bytes at a time: lower case, and which bytes belong to words (letters and digits).

/// Bytes in one block, and bits in one element of a mask.
pub const BLOCK: usize = 64;

/// Bytes behind the last block of `lower`, so that readers may load past its end.
pub const PADDING: usize = 64;

/// In the kind of a byte: it is part of a word.
pub const WORD: u8 = 0x80;

/// In the kind of a byte: if there are word bytes on both sides of the place before it, it begins another word.
pub const CUT: u8 = 0x40;

type Block = [u8; BLOCK];

/// Lower-cases the ASCII letters of `text` into `lower`, sets bit `i % 64` of `words[i / 64]` where byte `i` is an ASCII
/// letter or digit, and that of `others` where it is not ASCII at all.
///
/// The masks get one element for every block of 64 bytes, and always one bit more than the text has bytes; `lower`
/// gets as many bytes as the masks have bits, and [`PADDING`] more. What is behind the text is unspecified in `lower`
/// and zero in the masks. Returns whether all bytes are ASCII.
pub fn fold(text: &[u8], lower: &mut Vec<u8>, words: &mut Vec<u64>, others: &mut Vec<u64>) -> bool {
    let blocks = text.len() / BLOCK + 1;
    resize(lower, blocks * BLOCK + PADDING);
    resize(words, blocks);
    resize(others, blocks);
    let lower = lower.as_chunks_mut().0;
    #[cfg(target_arch = "x86_64")]
    match crate::level::level() {
        // SAFETY: a level is never more than the machine has, and this one has all that `avx512` asks for.
        crate::level::Level::Avx512 => return unsafe { x86::avx512(text, lower, words, others) },
        // SAFETY: as above, for `avx2`.
        crate::level::Level::Avx2 => return unsafe { x86::avx2(text, lower, words, others) },
        crate::level::Level::Scalar => {}
    }
    every_block(text, lower, words, others, scalar)
}

/// Replaces `words` by the mask of the bytes that are ASCII letters, ASCII digits or of kind [`WORD`], and `cuts` by that
/// of the kind [`CUT`]; both have one bit more than the text, at least.
///
/// # Panics
/// If `kinds` is not 64 bytes longer than `text`.
pub fn masks(text: &[u8], kinds: &[u8], words: &mut Vec<u64>, cuts: &mut Vec<u64>) {
    let blocks = text.len() / BLOCK + 1;
    assert!(
        kinds.len() >= text.len() + BLOCK,
        "there must be a kind for every byte"
    );
    resize(words, blocks);
    resize(cuts, blocks);
    let kinds = kinds.as_chunks().0;
    #[cfg(target_arch = "x86_64")]
    match crate::level::level() {
        // SAFETY: a level is never more than the machine has, and this one has all that `avx512_masks` asks for.
        crate::level::Level::Avx512 => return unsafe { x86::avx512_masks(text, kinds, words, cuts) },
        // SAFETY: as above, for `avx2_masks`.
        crate::level::Level::Avx2 => return unsafe { x86::avx2_masks(text, kinds, words, cuts) },
        crate::level::Level::Scalar => {}
    }
    every_mask(text, kinds, words, cuts, scalar_masks);
}

/// `resize` is a call, and most texts are as short as the one before.
fn resize<T: Copy + Default>(buffer: &mut Vec<T>, length: usize) {
    if buffer.len() != length {
        buffer.resize(length, T::default());
    }
}

/// `one` for every block of the text, the last one filled up with zeros, and its kinds.
#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
fn every_mask(
    text: &[u8],
    kinds: &[Block],
    words: &mut [u64],
    cuts: &mut [u64],
    one: impl Fn(&Block, &Block) -> (u64, u64),
) {
    let (blocks, rest) = text.as_chunks();
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    let masks = words.iter_mut().zip(cuts);
    for ((block, kinds), (words, cuts)) in blocks.iter().chain([&last]).zip(kinds).zip(masks) {
        (*words, *cuts) = one(block, kinds);
    }
}

/// The twin: byte by byte.
fn scalar_masks(block: &Block, kinds: &Block) -> (u64, u64) {
    let (mut words, mut cuts) = (0, 0);
    for (at, (byte, kind)) in block.iter().zip(kinds).enumerate() {
        words |= u64::from(byte.is_ascii_alphanumeric() || kind & WORD != 0) << at;
        cuts |= u64::from(kind & CUT != 0) << at;
    }
    (words, cuts)
}

/// `one` for every block of the text, the last one filled up with zeros.
#[expect(
    clippy::inline_always,
    reason = "each caller compiles it for its own instruction set"
)]
#[inline(always)]
fn every_block(
    text: &[u8],
    lower: &mut [Block],
    words: &mut [u64],
    others: &mut [u64],
    one: impl Fn(&Block, &mut Block) -> (u64, u64),
) -> bool {
    let (blocks, rest) = text.as_chunks();
    let mut seen = 0;
    let outputs = lower.iter_mut().zip(words).zip(others);
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    for (block, ((lower, words), others)) in blocks.iter().chain([&last]).zip(outputs) {
        (*words, *others) = one(block, lower);
        seen |= *others;
    }
    seen == 0
}

/// The twin: byte by byte.
fn scalar(block: &Block, lower: &mut Block) -> (u64, u64) {
    let (mut words, mut others) = (0, 0);
    for (at, (&byte, lower)) in block.iter().zip(lower).enumerate() {
        *lower = byte.to_ascii_lowercase();
        words |= u64::from(byte.is_ascii_alphanumeric()) << at;
        others |= u64::from(!byte.is_ascii()) << at;
    }
    (words, others)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, __m512i, _mm256_add_epi8, _mm256_blendv_epi8, _mm256_cmpeq_epi8, _mm256_loadu_si256,
        _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_storeu_si256,
        _mm256_sub_epi8, _mm512_add_epi8, _mm512_cmple_epu8_mask, _mm512_loadu_si512, _mm512_mask_mov_epi8,
        _mm512_movepi8_mask, _mm512_or_si512, _mm512_set1_epi8, _mm512_storeu_si512, _mm512_sub_epi8,
    };

    use super::{BLOCK, Block, every_block, every_mask};

    const HALF: usize = BLOCK / 2;

    /// What an upper-case letter differs in from its lower case.
    const CASE: i8 = 0x20;
    const A: i8 = b'a'.cast_signed();
    const ZERO: i8 = b'0'.cast_signed();

    #[target_feature(enable = "avx512f,avx512bw")]
    fn load512(block: &Block) -> __m512i {
        // SAFETY: `block` is an array of exactly the 64 bytes that are read; the load needs no alignment.
        unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }
    }

    /// The letters in lower case, and the masks of letters and digits.
    #[target_feature(enable = "avx512f,avx512bw")]
    fn look512(bytes: __m512i) -> (__m512i, u64, u64) {
        let small = _mm512_or_si512(bytes, _mm512_set1_epi8(CASE));
        let in_range = |bytes, first, more| {
            _mm512_cmple_epu8_mask(
                _mm512_sub_epi8(bytes, _mm512_set1_epi8(first)),
                _mm512_set1_epi8(more),
            )
        };
        (small, in_range(small, A, 25), in_range(bytes, ZERO, 9))
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn avx512(text: &[u8], lower: &mut [Block], words: &mut [u64], others: &mut [u64]) -> bool {
        every_block(text, lower, words, others, |block, lower| {
            let bytes = load512(block);
            let (small, letters, digits) = look512(bytes);
            let folded = _mm512_mask_mov_epi8(bytes, letters, small);
            // SAFETY: `lower` is an array of exactly the 64 bytes that are written; the store needs no alignment.
            unsafe { _mm512_storeu_si512(lower.as_mut_ptr().cast(), folded) };
            (letters | digits, _mm512_movepi8_mask(bytes))
        })
    }

    #[target_feature(enable = "avx512f,avx512bw")]
    pub(super) fn avx512_masks(text: &[u8], kinds: &[Block], words: &mut [u64], cuts: &mut [u64]) {
        every_mask(text, kinds, words, cuts, |block, kinds| {
            let (_, letters, digits) = look512(load512(block));
            let kinds = load512(kinds);
            let cuts = _mm512_movepi8_mask(_mm512_add_epi8(kinds, kinds));
            (letters | digits | _mm512_movepi8_mask(kinds), cuts)
        });
    }

    #[target_feature(enable = "avx2")]
    fn load256(half: &[u8; HALF]) -> __m256i {
        // SAFETY: `half` is an array of exactly the 32 bytes that are read; the load needs no alignment.
        unsafe { _mm256_loadu_si256(half.as_ptr().cast()) }
    }

    #[target_feature(enable = "avx2")]
    fn in_range(bytes: __m256i, first: i8, more: i8) -> __m256i {
        let offset = _mm256_sub_epi8(bytes, _mm256_set1_epi8(first));
        _mm256_cmpeq_epi8(_mm256_min_epu8(offset, _mm256_set1_epi8(more)), offset)
    }

    /// The letters in lower case, and which bytes are letters and digits.
    #[target_feature(enable = "avx2")]
    fn look256(bytes: __m256i) -> (__m256i, __m256i, __m256i) {
        let small = _mm256_or_si256(bytes, _mm256_set1_epi8(CASE));
        (small, in_range(small, A, 25), in_range(bytes, ZERO, 9))
    }

    #[target_feature(enable = "avx2")]
    fn mask(lanes: __m256i, half: usize) -> u64 {
        u64::from(_mm256_movemask_epi8(lanes).cast_unsigned()) << (half * HALF)
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(text: &[u8], lower: &mut [Block], words: &mut [u64], others: &mut [u64]) -> bool {
        every_block(text, lower, words, others, |block, lower| {
            let (mut words, mut others) = (0, 0);
            let halves = block.as_chunks().0.iter().zip(lower.as_chunks_mut::<HALF>().0);
            for (at, (half, lower)) in halves.enumerate() {
                let bytes = load256(half);
                let (small, letters, digits) = look256(bytes);
                let folded = _mm256_blendv_epi8(bytes, small, letters);
                // SAFETY: `lower` is an array of exactly the 32 bytes that are written; the store needs no alignment.
                unsafe { _mm256_storeu_si256(lower.as_mut_ptr().cast(), folded) };
                words |= mask(_mm256_or_si256(letters, digits), at);
                others |= mask(bytes, at);
            }
            (words, others)
        })
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2_masks(text: &[u8], kinds: &[Block], words: &mut [u64], cuts: &mut [u64]) {
        every_mask(text, kinds, words, cuts, |block, kinds| {
            let (mut words, mut cuts) = (0, 0);
            for (at, (half, kinds)) in block.as_chunks().0.iter().zip(kinds.as_chunks().0).enumerate() {
                let (_, letters, digits) = look256(load256(half));
                let kinds = load256(kinds);
                words |= mask(_mm256_or_si256(_mm256_or_si256(letters, digits), kinds), at);
                cuts |= mask(_mm256_add_epi8(kinds, kinds), at);
            }
            (words, cuts)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::at_every_level;
    use proptest::prelude::*;

    type Folded = (Vec<u8>, Vec<u64>, Vec<u64>, bool);

    fn twin(text: &[u8]) -> Folded {
        let bits = |keep: fn(&u8) -> bool| {
            let mut mask = vec![0; text.len() / BLOCK + 1];
            for at in (0..text.len()).filter(|at| keep(&text[*at])) {
                mask[at / BLOCK] |= 1 << (at % BLOCK);
            }
            mask
        };
        let words = bits(u8::is_ascii_alphanumeric);
        (
            text.to_ascii_lowercase(),
            words,
            bits(|byte| !byte.is_ascii()),
            text.is_ascii(),
        )
    }

    fn found(text: &[u8]) -> Folded {
        let (mut lower, mut words, mut others) = (vec![7; 300], vec![7; 3], vec![7; 9]);
        let ascii = fold(text, &mut lower, &mut words, &mut others);
        assert_eq!(lower.len(), words.len() * BLOCK + PADDING);
        lower.truncate(text.len());
        (lower, words, others, ascii)
    }

    proptest! {
        #[test]
        fn every_path_gives_the_bits_of_the_twin(
            text in proptest::collection::vec(prop_oneof![20 => 0u8..128, 1 => 0u8..=255], 0..300)
        ) {
            at_every_level(|| assert_eq!(found(&text), twin(&text)));
        }
    }

    proptest! {
        #[test]
        fn masks_are_the_bits_of_kinds_and_ascii(
            text in proptest::collection::vec((any::<u8>(), any::<[bool; 2]>()), 0..300)
        ) {
            let (text, marks): (Vec<u8>, Vec<[bool; 2]>) = text.into_iter().unzip();
            let mut kinds: Vec<u8> = marks.iter().map(|[word, cut]| (u8::from(*word) * WORD) | (u8::from(*cut) * CUT)).collect();
            kinds.resize(text.len() + BLOCK, 0);
            at_every_level(|| {
                let (mut words, mut cuts) = (vec![7; 9], vec![]);
                masks(&text, &kinds, &mut words, &mut cuts);
                assert_eq!((words.len(), cuts.len()), (text.len() / BLOCK + 1, text.len() / BLOCK + 1));
                for at in 0..words.len() * BLOCK {
                    let [word, cut] = *marks.get(at).unwrap_or(&[false; 2]);
                    let word = word || text.get(at).is_some_and(u8::is_ascii_alphanumeric);
                    let bit = |mask: &[u64]| mask[at / BLOCK] >> (at % BLOCK) & 1 == 1;
                    assert_eq!((bit(&words), bit(&cuts)), (word, cut));
                }
            });
        }
    }

    #[test]
    fn every_byte_alone() {
        for byte in 0..=255 {
            at_every_level(|| assert_eq!(found(&[byte; 65]), twin(&[byte; 65])));
        }
    }
}
