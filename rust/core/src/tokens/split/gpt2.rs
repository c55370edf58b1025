//! GPT-2: `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.

use super::classes::{Classes, LETTER, MARK, NUMBER, SYMBOL, WHITE};
use super::window::{Starts, Window, bit, places};
use super::{Split, all_but_the_last, classes, contraction};

/// The splitter of GPT-2.
#[derive(Clone, Copy)]
pub(in super::super) struct Gpt2(&'static Classes);

impl Default for Gpt2 {
    fn default() -> Self {
        Self(classes())
    }
}

impl Split for Gpt2 {
    #[inline]
    fn end(self, text: &[u8], start: usize) -> usize {
        let first = text[start];
        if first == b'\'' {
            let length = contraction(text, start, false);
            if length > 0 {
                return start + length;
            }
        }
        let word = start + usize::from(first == b' ');
        let (class, length) = self.0.at(text, word);
        // A run of one kind of character, with the space before it.
        let kind = match class {
            class if class & LETTER != 0 => LETTER,
            NUMBER => NUMBER,
            MARK | SYMBOL => MARK | SYMBOL,
            _ => {
                let end = self.0.run(text, start, WHITE);
                return all_but_the_last(text, start, end);
            }
        };
        self.0.run(text, word + length, kind)
    }

    #[inline]
    fn starts(self, window: &Window) -> Starts {
        let kinds = &window.kinds;
        let white = kinds.white;
        // A run of one kind of character; the space before it belongs to it.
        let run = |mask: u64| mask & !(mask << 1) & !(kinds.spaces << 1);
        let words = run(kinds.letters) | run(kinds.digits) | run(window.symbols);
        // The first and the last character of white space.
        let mut starts = words | white & !(white << 1 & white >> 1);
        for place in places(kinds.apostrophes & (starts | 1)) {
            let length = window.contraction(place, false);
            if length > 0 {
                starts = starts & !(bit(place + 1) | bit(place + 2)) | bit(place + length);
            }
        }
        window.cut(starts, usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::pieces;
    use super::*;

    #[test]
    fn as_the_expression_cuts() {
        for (text, expected) in [
            ("", &[] as &[&str]),
            (
                "Hello world's, it'S 12345",
                &["Hello", " world", "'s", ",", " it", "'", "S", " 12345"],
            ),
            ("a  b \n c  ", &["a", " ", " b", " \n", " c", "  "]),
            ("\n\nx", &["\n", "\n", "x"]),
            ("e\u{301}x", &["e", "\u{301}", "x"]),
            (" '", &[" '"]),
            ("中文 abc٣", &["中文", " abc", "٣"]),
        ] {
            assert_eq!(pieces(Gpt2::default(), text), expected, "{text:?}");
        }
    }
}
