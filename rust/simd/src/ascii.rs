//! ASCII text, 32 bytes at a time: lower case, and which bytes belong to words (letters and digits).

/// Bits in one element of a word mask.
pub const BLOCK: usize = 64;

/// Bytes behind the text that [`fold`] leaves zero in `lower`, so that readers may load past its end.
pub const PADDING: usize = 64;

/// Lower-cases the ASCII letters of `text` into `lower`, sets bit `i % 64` of `words[i / 64]` where byte `i` is an ASCII
/// letter or digit, and that of `others` where it is not ASCII at all.
///
/// All three are cleared first; `lower` ends in [`PADDING`] zeros, the masks have one element for every started block
/// of 64 bytes. Returns whether all bytes are ASCII.
pub fn fold(text: &[u8], lower: &mut Vec<u8>, words: &mut Vec<u64>, others: &mut Vec<u64>) -> bool {
    let blocks = text.len().div_ceil(BLOCK);
    lower.clear();
    lower.resize(text.len() + PADDING, 0);
    for mask in [&mut *words, &mut *others] {
        mask.clear();
        mask.resize(blocks, 0);
    }
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the machine has AVX2, which is all that `avx2::fold` asks for.
        return unsafe { avx2::fold(text, lower, words, others) };
    }
    scalar(text, 0, lower, words, others)
}

/// The twin: byte by byte, from byte `start` on.
fn scalar(text: &[u8], start: usize, lower: &mut [u8], words: &mut [u64], others: &mut [u64]) -> bool {
    let mut seen = 0;
    for (at, &byte) in text.iter().enumerate().skip(start) {
        seen |= byte;
        lower[at] = byte.to_ascii_lowercase();
        words[at / BLOCK] |= u64::from(byte.is_ascii_alphanumeric()) << (at % BLOCK);
        others[at / BLOCK] |= u64::from(!byte.is_ascii()) << (at % BLOCK);
    }
    seen.is_ascii()
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi8, _mm256_and_si256, _mm256_cmpgt_epi8, _mm256_loadu_si256,
        _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8, _mm256_storeu_si256,
    };

    const LANES: usize = 32;

    /// Signed comparison does: a byte that is not ASCII is negative, and so in no range of ASCII.
    #[target_feature(enable = "avx2")]
    fn between(bytes: __m256i, first: u8, last: u8) -> __m256i {
        let above = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(first.cast_signed() - 1));
        let below = _mm256_cmpgt_epi8(_mm256_set1_epi8(last.cast_signed() + 1), bytes);
        _mm256_and_si256(above, below)
    }

    #[target_feature(enable = "avx2")]
    fn mask(lanes: __m256i, place: usize) -> u64 {
        u64::from(_mm256_movemask_epi8(lanes).cast_unsigned()) << (place % 2 * LANES)
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn fold(text: &[u8], lower: &mut [u8], words: &mut [u64], others: &mut [u64]) -> bool {
        let blocks = text.as_chunks::<LANES>().0;
        let folded = lower.as_chunks_mut::<LANES>().0;
        let mut seen = 0;
        for (at, (block, out)) in blocks.iter().zip(folded).enumerate() {
            // SAFETY: `block` is an array of exactly the 32 bytes that are read; the load needs no alignment.
            let bytes = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
            let upper = between(bytes, b'A', b'Z');
            let small = _mm256_add_epi8(bytes, _mm256_and_si256(upper, _mm256_set1_epi8(0x20)));
            let word = _mm256_or_si256(between(small, b'a', b'z'), between(bytes, b'0', b'9'));
            // SAFETY: `out` is an array of exactly the 32 bytes that are written; the store needs no alignment.
            unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), small) };
            words[at / 2] |= mask(word, at);
            others[at / 2] |= mask(bytes, at);
            seen |= mask(bytes, 0);
        }
        super::scalar(text, blocks.len() * LANES, lower, words, others) && seen == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Folded = (Vec<u8>, Vec<u64>, Vec<u64>, bool);

    fn twin(text: &[u8]) -> Folded {
        let blocks = text.len().div_ceil(BLOCK);
        let (mut lower, mut words, mut others) =
            (vec![0; text.len() + PADDING], vec![0; blocks], vec![0; blocks]);
        let ascii = scalar(text, 0, &mut lower, &mut words, &mut others);
        (lower, words, others, ascii)
    }

    fn found(text: &[u8]) -> Folded {
        let (mut lower, mut words, mut others) = (vec![7; 3], vec![7; 3], vec![7; 9]);
        let ascii = fold(text, &mut lower, &mut words, &mut others);
        (lower, words, others, ascii)
    }

    proptest! {
        #[test]
        fn every_path_gives_the_bits_of_the_twin(
            text in proptest::collection::vec(prop_oneof![20 => 0u8..128, 1 => 0u8..=255], 0..300)
        ) {
            prop_assert_eq!(found(&text), twin(&text));
        }
    }

    #[test]
    fn every_byte_alone() {
        for byte in 0..=255u8 {
            let (lower, words, others, ascii) = found(&[byte; 33]);
            assert_eq!(ascii, byte.is_ascii());
            assert_eq!(lower[..33], [byte.to_ascii_lowercase(); 33]);
            assert_eq!(lower[33..], [0; PADDING]);
            assert_eq!(
                words[0].count_ones(),
                if byte.is_ascii_alphanumeric() { 33 } else { 0 }
            );
            assert_eq!(others[0].count_ones(), if byte.is_ascii() { 0 } else { 33 });
        }
    }
}
