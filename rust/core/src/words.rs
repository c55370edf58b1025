//! The walker that every kernel shares: the words, or the characters, of a text, as hashes.
//!
//! Words are maximal runs of letters, marks and digits (general categories L, M, N) of the matching text
//! ([`crate::matching`]); of these, a code point whose Script is Han, Hiragana, Katakana, Thai, Lao, Khmer or
//! Myanmar is a word of its own, with the marks that follow it. The empty text has no words.
//!
//! Text goes 64 bytes at a time: lower case and a mask of word bytes, word boundaries from the mask, hashes from
//! the boundaries (`fastcurate_simd`). Long texts go in segments that the caches hold.

use std::ops::Range;
use std::sync::LazyLock;

use fastcurate_simd::words::{Edges, hash_words};

use crate::hash;
use crate::matching::{Matched, View};

/// Bytes of text that are worked on together where the text has a place to cut.
const SEGMENT: usize = 1 << 14;

/// Buffers that a walk over many texts uses again.
#[derive(Default)]
pub struct Walker {
    matched: Matched,
    edges: Edges,
}

impl Walker {
    /// Appends the hash of every word of `text` to `out`, in order.
    pub fn words(&mut self, text: &str, out: &mut Vec<u64>) {
        for segment in segments(text) {
            let view = self.matched.fold(segment);
            hash_words(view.padded, view.words, view.cuts, &mut self.edges, out);
        }
    }

    /// Appends the hash of every code point of the matching text of `text` to `out`, in order.
    pub fn chars(&mut self, text: &str, out: &mut Vec<u64>) {
        for segment in segments(text) {
            let view = self.matched.fold(segment);
            let mut rest = &view.padded[..view.length];
            while let [first, ..] = *rest {
                let (c, behind) = rest.split_at(length_of_char(first).min(rest.len()));
                out.push(
                    ASCII
                        .get(usize::from(first))
                        .copied()
                        .unwrap_or_else(|| hash::word(c)),
                );
                rest = behind;
            }
        }
    }
}

/// The same as strings, for those who need more than hashes.
impl Walker {
    /// Replaces `out` by the matching text of `text` and `places` by where its words are.
    pub(crate) fn spelled_words(&mut self, text: &str, out: &mut String, places: &mut Vec<Range<usize>>) {
        let view = self.folded(text, out);
        places.clear();
        let bit = |mask: &[u64], at: usize| mask.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1);
        let mut start = None;
        for at in 0..=view.length {
            let inside = bit(view.words, at);
            if let Some(begun) = start.filter(|_| !inside || bit(view.cuts, at)) {
                places.push(begun..at);
                start = None;
            }
            start = start.or(inside.then_some(at));
        }
    }

    /// Replaces `out` by the matching text of `text` and `places` by where its characters are.
    pub(crate) fn spelled_chars(&mut self, text: &str, out: &mut String, places: &mut Vec<Range<usize>>) {
        self.folded(text, out);
        places.clear();
        places.extend(out.char_indices().map(|(at, c)| at..at + c.len_utf8()));
    }

    fn folded(&mut self, text: &str, out: &mut String) -> View<'_> {
        let view = self.matched.fold(text);
        out.clear();
        out.push_str(&String::from_utf8_lossy(&view.padded[..view.length]));
        view
    }
}

/// The hash of every ASCII character.
static ASCII: LazyLock<[u64; 128]> = LazyLock::new(|| std::array::from_fn(|byte| hash::word(&[byte as u8])));

/// The length of a character of UTF-8, from its first byte.
fn length_of_char(first: u8) -> usize {
    (first.leading_ones() as usize).max(1)
}

/// Cuts a text before ASCII characters that are in no word: neither a word nor any two characters that affect each other's
/// matching text are on both sides of such a place.
fn segments(mut rest: &str) -> impl Iterator<Item = &str> {
    let separates = |byte: &u8| byte.is_ascii() && !byte.is_ascii_alphanumeric();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let bytes = rest.as_bytes();
        let cut = (bytes.len() > SEGMENT).then(|| {
            let before = bytes[1..SEGMENT].iter().rposition(separates).map(|at| at + 1);
            before.or_else(|| bytes[SEGMENT..].iter().position(separates).map(|at| at + SEGMENT))
        });
        let (segment, behind) = rest.split_at(cut.flatten().unwrap_or(bytes.len()));
        rest = behind;
        Some(segment)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::{Class, class_of};
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

    /// The definition, character by character.
    fn one_by_one(text: &str) -> Vec<u64> {
        let mut matched = Matched::default();
        let view = matched.fold(text);
        let folded = std::str::from_utf8(&view.padded[..view.length]).unwrap();
        let (mut words, mut word, mut alone) = (Vec::new(), String::new(), false);
        for c in folded.chars() {
            let class = class_of(c);
            let joins = class.contains(Class::MARK) && (alone || !class.contains(Class::ALONE));
            let ends = !class.contains(Class::WORD) || !joins && (alone || class.contains(Class::ALONE));
            if ends && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            if class.contains(Class::WORD) {
                alone = if word.is_empty() {
                    class.contains(Class::ALONE)
                } else {
                    alone
                };
                word.push(c);
            }
        }
        words.extend((!word.is_empty()).then_some(word));
        words.iter().map(|word| hash::word(word.as_bytes())).collect()
    }

    fn chars(text: &str) -> Vec<u64> {
        let mut out = Vec::new();
        Walker::default().chars(text, &mut out);
        out
    }

    proptest! {
        #[test]
        fn by_mask_is_by_character(
            text in prop_oneof![
                "[a-zA-Z0-9 .,_\n-]{0,300}", "[a-zA-Z .“é–ßДд\u{301}한]{0,200}", "[a中ก\u{E31}é .\u{301}]{0,200}",
                "[a中ก\u{E31}\u{E49}\u{E38}\u{AD}\u{301}\u{200D}½Ａ]{0,20}",
            ]
        ) {
            prop_assert_eq!(hashes(&text), one_by_one(&text));
        }

        #[test]
        fn segments_change_nothing(
            text in "[a中é .\u{301}]{0,40}", other in "[a中é .=\u{301}\u{338}]{0,40}", times in 300usize..500,
        ) {
            let mut whole = text.repeat(times) + &other.repeat(times);
            prop_assert_eq!(hashes(&whole), one_by_one(&whole));
            whole.retain(|c| c != ' ' && c != '.' && c != '=');
            prop_assert_eq!(hashes(&whole), one_by_one(&whole));
            let mut matched = Matched::default();
            let view = matched.fold(&whole);
            let folded = std::str::from_utf8(&view.padded[..view.length]).unwrap();
            let expected: Vec<u64> = folded.chars().map(|c| hash::word(c.to_string().as_bytes())).collect();
            prop_assert_eq!(chars(&whole), expected);
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
