//! The walker that every kernel shares: the words of a text, as hashes.
//!
//! Words are maximal runs of letters, marks and digits (general categories L, M, N) of the matching text
//! ([`crate::matching`]); of these, a code point whose Script is Han, Hiragana, Katakana, Thai, Lao, Khmer or
//! Myanmar is a word of its own, with the marks that follow it. The empty text has no words.
//!
//! Text goes 64 bytes at a time: lower case and a mask of word bytes from `fastcurate_simd`, word boundaries from the
//! mask. In text with other characters than ASCII, each of these adds its own bytes to the mask. Where a word may end
//! inside a run (the scripts named above), the definition is followed character by character.

use crate::hash;
use crate::matching::{Class, class_of, fold};

/// Buffers that a walk over many texts uses again.
#[derive(Default)]
pub struct Walker {
    lower: Vec<u8>,
    mask: Vec<u64>,
    others: Vec<u64>,
    folded: String,
}

impl Walker {
    /// Appends the hash of every word of `text` to `out`, in order.
    pub fn words(&mut self, text: &str, out: &mut Vec<u64>) {
        let Self {
            lower,
            mask,
            others,
            folded,
        } = self;
        if !fastcurate_simd::ascii::fold(text.as_bytes(), lower, mask, others) {
            fold(text, folded);
            fastcurate_simd::ascii::fold(folded.as_bytes(), lower, mask, others);
            if !mark_others(folded, mask, others) {
                unicode_words(folded, out);
                return;
            }
        }
        masked_words(lower, mask, out);
    }

    /// The matching text of `text`.
    pub fn fold(&mut self, text: &str) -> &str {
        fold(text, &mut self.folded);
        &self.folded
    }
}

/// Runs of set bits are words: a bit of `mask ^ (mask << 1)` is set where a run begins and where it has ended.
fn masked_words(lower: &[u8], mask: &[u64], out: &mut Vec<u64>) {
    let (mut before, mut start) = (0, None);
    for (block, &bits) in mask.iter().enumerate() {
        let mut edges = bits ^ (bits << 1 | before);
        before = bits >> 63;
        while edges != 0 {
            let at = block * 64 + edges.trailing_zeros() as usize;
            edges &= edges - 1;
            match start.take() {
                None => start = Some(at),
                Some(start) => out.push(hash::word_in(lower, start, at)),
            }
        }
    }
    if let Some(start) = start {
        // Only a text that fills its last block can end inside a word here.
        out.push(hash::word_in(lower, start, mask.len() * 64));
    }
}

/// Adds the bytes of all word characters that are not ASCII to `mask`. False, with the mask in an unspecified state,
/// where one of them does not join its neighbours.
fn mark_others(folded: &str, mask: &mut [u64], others: &[u64]) -> bool {
    for (block, &bits) in others.iter().enumerate() {
        let mut left = bits;
        while left != 0 {
            let at = block * 64 + left.trailing_zeros() as usize;
            left &= left - 1;
            // Only the first byte of a character is one of its boundaries.
            let Some(c) = folded.get(at..).and_then(|rest| rest.chars().next()) else {
                continue;
            };
            let class = class_of(c);
            if class.contains(Class::WORD) {
                if class.contains(Class::ALONE) {
                    return false;
                }
                (at..at + c.len_utf8()).for_each(|byte| mask[byte / 64] |= 1 << (byte % 64));
            }
        }
    }
    true
}

fn unicode_words(folded: &str, out: &mut Vec<u64>) {
    let bytes = folded.as_bytes();
    let mut start = None;
    let mut alone = false;
    let mut finish = |start: &mut Option<usize>, end: usize| {
        if let Some(start) = start.take() {
            out.push(hash::word(&bytes[start..end]));
        }
    };
    for (at, c) in folded.char_indices() {
        let class = class_of(c);
        if !class.contains(Class::WORD) {
            finish(&mut start, at);
            continue;
        }
        let joins = class.contains(Class::MARK) && (alone || !class.contains(Class::ALONE));
        if !joins && (alone || class.contains(Class::ALONE)) {
            finish(&mut start, at);
        }
        if start.is_none() {
            start = Some(at);
            alone = class.contains(Class::ALONE);
        }
    }
    finish(&mut start, folded.len());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hashes(text: &str) -> Vec<u64> {
        let mut out = Vec::new();
        Walker::default().words(text, &mut out);
        out
    }

    fn of(words: &[&str]) -> Vec<u64> {
        words.iter().map(|word| hash::word(word.as_bytes())).collect()
    }

    #[test]
    fn words_of_every_kind() {
        for (text, words) in [
            ("", &[][..]),
            ("... !?", &[]),
            ("Don't stop", &["don", "t", "stop"]),
            ("snake_case x2", &["snake", "case", "x2"]),
            ("中文 text中", &["中", "文", "text", "中"]),
            ("ひらカタ", &["ひ", "ら", "カ", "タ"]),
            ("กำ", &["กํ", "า"]), // NFKC takes SARA AM apart
            ("한국어 문장", &["한국어", "문장"]),
            ("Ça été", &["ça", "été"]),
            ("中\u{301}a\u{E31}", &["中\u{301}", "a", "\u{E31}"]),
            ("\u{301}x", &["\u{301}x"]),
        ] {
            assert_eq!(hashes(text), of(words), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn by_mask_is_by_character(
            text in prop_oneof!["[a-zA-Z0-9 .,_\n-]{0,300}", "[a-zA-Z .“é–ßДд\u{301}한]{0,200}", "[a中ก\u{E31}é .]{0,200}"]
        ) {
            let mut folded = String::new();
            fold(&text, &mut folded);
            let mut slow = Vec::new();
            unicode_words(&folded, &mut slow);
            prop_assert_eq!(hashes(&text), slow);
        }
    }

    #[test]
    fn words_that_fill_blocks() {
        for length in [15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129] {
            let word = "x".repeat(length);
            assert_eq!(hashes(&word), of(&[&word]));
            assert_eq!(hashes(&format!("{word} y")), of(&[&word, "y"]));
        }
    }
}
