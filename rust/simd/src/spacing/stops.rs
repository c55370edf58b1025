//! The next place in a line where its spacing has to be looked at: single spaces between words are passed over.

/// Where, at or behind `from`, the first tab, line feed or carriage return is, or the first space that one of these, another
/// space or the end of the text follows; the length of `text` where there is none.
pub fn next_stop(text: &[u8], from: usize) -> usize {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the line above has seen that this machine has AVX2.
        let (at, found) = unsafe { avx2::next(text, from) };
        return if found { at } else { scalar(text, at) };
    }
    scalar(text, from)
}

/// The twin: byte by byte.
fn scalar(text: &[u8], from: usize) -> usize {
    let ends = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r');
    let mut at = from;
    while let Some(&byte) = text.get(at) {
        if ends(byte) || byte == b' ' && text.get(at + 1).is_none_or(|next| *next == b' ' || ends(*next)) {
            return at;
        }
        at += 1;
    }
    text.len()
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::{
        __m256i, _mm256_and_si256, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8,
        _mm256_or_si256, _mm256_set1_epi8,
    };

    const LANES: usize = 32;

    /// As far as whole vectors go: the first stop, or a place before which there is none.
    #[target_feature(enable = "avx2")]
    pub(super) fn next(text: &[u8], from: usize) -> (usize, bool) {
        let mut at = from;
        while let Some(bytes) = text.get(at..at + LANES + 1) {
            let (here, behind) = (load(bytes, 0), load(bytes, 1));
            let space = equal(here, b' ');
            let pair = _mm256_and_si256(space, _mm256_or_si256(equal(behind, b' '), line(behind)));
            let found = _mm256_movemask_epi8(_mm256_or_si256(line(here), pair)).cast_unsigned();
            if found != 0 {
                return (at + found.trailing_zeros() as usize, true);
            }
            at += LANES;
        }
        (at, false)
    }

    /// Tabs, line feeds and carriage returns.
    #[target_feature(enable = "avx2")]
    fn line(bytes: __m256i) -> __m256i {
        let ends = _mm256_or_si256(equal(bytes, b'\n'), equal(bytes, b'\r'));
        _mm256_or_si256(ends, equal(bytes, b'\t'))
    }

    #[target_feature(enable = "avx2")]
    fn equal(bytes: __m256i, byte: u8) -> __m256i {
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed()))
    }

    #[target_feature(enable = "avx2")]
    fn load(bytes: &[u8], from: usize) -> __m256i {
        let lanes = &bytes[from..from + LANES];
        // SAFETY: `lanes` is 32 bytes long, and the load asks for no alignment.
        unsafe { _mm256_loadu_si256(lanes.as_ptr().cast()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn vectors_find_what_the_twin_finds(
            text in prop_oneof!["[a-z \\t\\n\\r]{0,100}", "[a-z]{0,40} [a-zé ]{0,90}", "( [a-zé]{1,9}){0,12}[ \n]{0,2}"],
            skip in 0usize..120
        ) {
            let (text, from) = (text.as_bytes(), skip.min(text.len()));
            prop_assert_eq!(next_stop(text, from), scalar(text, from));
        }
    }

    #[test]
    fn known_answers() {
        let words = b"some words, more of them than a vector holds at once";
        assert_eq!(next_stop(words, 0), words.len());
        for (text, stop) in [
            (&b"a b"[..], 3),
            (b"a  b", 1),
            (b"a b ", 3),
            (b"a b\tc", 3),
            (b"a \nb", 1),
            (b"", 0),
        ] {
            assert_eq!(next_stop(text, 0), stop, "{text:?}");
        }
    }
}
