//! `DeepSeek` V3, which splits three times: `\p{N}{1,3}` comes out of the text, `[一-龥぀-ゟ゠-ヿ]+` out of what is left, and what is
//! left then is cut by
//! ``[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+``.
//!
//! Numbers, ideographs and kana end the text for the last expression. Characters that it does not match (controls and
//! the like) stay together.

use std::sync::OnceLock;

use super::super::letters;
use super::super::points::{END, Points, decode, ranges};
use super::Split;
use super::window::{Starts, Window, number_starts, taken, white_starts};

/// L, M.
const LETTER: u8 = 1;
/// P, S.
const SYMBOL: u8 = 1 << 1;
/// `\s` other than line feed and carriage return.
const BLANK: u8 = 1 << 2;
/// Line feed and carriage return.
const NEWLINE: u8 = 1 << 3;
/// N.
const NUMBER: u8 = 1 << 4;
/// What the second expression matches.
const IDEOGRAPH: u8 = 1 << 5;
/// Everything else.
const OTHER: u8 = 1 << 6;

/// The splitter of `DeepSeek` V3.
#[derive(Clone, Copy)]
pub(in super::super) struct DeepSeek(&'static Points<u8>);

impl Default for DeepSeek {
    fn default() -> Self {
        static KINDS: OnceLock<Points<u8>> = OnceLock::new();
        Self(KINDS.get_or_init(|| {
            let mut kinds = vec![OTHER; END];
            for (kind, class) in [
                (LETTER, r"[\p{L}\p{M}]"),
                (SYMBOL, r"[\p{P}\p{S}]"),
                (BLANK, r"\s"),
                (NEWLINE, r"[\r\n]"),
                (IDEOGRAPH, r"[\x{4e00}-\x{9fa5}\x{3040}-\x{30ff}]"),
                (NUMBER, r"\p{N}"),
            ] {
                for range in ranges(class) {
                    kinds[range].fill(kind);
                }
            }
            Points::new(&kinds)
        }))
    }
}

impl DeepSeek {
    /// The kind of the character at `at` and its length; 0 and 0 at the end of the text.
    #[inline]
    fn at(self, text: &[u8], at: usize) -> (u8, usize) {
        if at >= text.len() {
            return (0, 0);
        }
        let (point, length) = decode(text, at);
        (self.0.get(point), length)
    }

    /// The end of the run of characters of the kinds in `mask`, of at most `most`.
    #[inline]
    fn run(self, text: &[u8], mut at: usize, mask: u8, most: usize) -> usize {
        for _ in 0..most {
            let (kind, length) = self.at(text, at);
            if kind & mask == 0 {
                break;
            }
            at += length;
        }
        at
    }

    /// `\s*[\r\n]+|\s+(?!\S)|\s+`, where numbers and ideographs end the text.
    fn white(self, text: &[u8], start: usize) -> usize {
        let (mut at, mut last, mut newline) = (start, start, None);
        loop {
            let (kind, length) = self.at(text, at);
            if kind & (BLANK | NEWLINE) == 0 {
                let ends = kind == 0 || kind & (NUMBER | IDEOGRAPH) != 0;
                return newline.unwrap_or(if ends || last == start { at } else { last });
            }
            last = at;
            at += length;
            if kind == NEWLINE {
                newline = Some(at);
            }
        }
    }
}

impl Split for DeepSeek {
    #[inline]
    fn end(self, text: &[u8], start: usize) -> usize {
        let (kind, length) = self.at(text, start);
        let second = start + length;
        let (next, _) = self.at(text, second);
        match kind {
            NUMBER => self.run(text, second, NUMBER, 2),
            IDEOGRAPH => self.run(text, second, IDEOGRAPH, usize::MAX),
            SYMBOL => {
                if length == 1 && text.get(second).is_some_and(u8::is_ascii_alphabetic) {
                    return letters::run::<false>(text, second);
                }
                let end = self.run(text, second, SYMBOL, usize::MAX);
                self.run(text, end, NEWLINE, usize::MAX)
            }
            LETTER => self.run(text, second, LETTER, usize::MAX),
            BLANK | OTHER if next == LETTER => self.run(text, second, LETTER, usize::MAX),
            BLANK if text[start] == b' ' && next == SYMBOL => {
                let end = self.run(text, second, SYMBOL, usize::MAX);
                self.run(text, end, NEWLINE, usize::MAX)
            }
            BLANK | NEWLINE => self.white(text, start),
            _ => {
                // The last of them belongs to the letters behind it.
                let (mut at, mut last) = (second, start);
                loop {
                    let (kind, length) = self.at(text, at);
                    match kind {
                        OTHER => (last, at) = (at, at + length),
                        LETTER => return last,
                        _ => return at,
                    }
                }
            }
        }
    }

    #[inline]
    fn starts(self, window: &Window) -> Starts {
        let (kinds, symbols) = (&window.kinds, window.symbols);
        let symbol_starts = symbols & !(symbols << 1) & !(kinds.spaces << 1);
        let blank = kinds.white & !kinds.newlines;
        let words = kinds.letters & !((kinds.letters | blank | symbol_starts) << 1);
        // White space before a number is at the end of the text.
        let last = blank & kinds.white << 1 & kinds.digits >> 1;
        let taken = taken(symbols, kinds.newlines);
        let behind = (kinds.newlines & !taken) << 1;
        let white = white_starts(kinds, taken) & !(last & !behind & !(taken << 1));
        let starts = symbol_starts | words | white | number_starts::<3>(kinds.digits);
        window.cut(starts, kinds.controls.trailing_zeros() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::pieces;
    use super::*;

    #[test]
    fn as_the_expressions_cut() {
        for (text, expected) in [
            ("", &[] as &[&str]),
            (
                "don't (a ((b .c",
                &["don", "'t", " (", "a", " ((", "b", " .", "c"],
            ),
            ("(a\u{e9}(\u{e9}", &["(a", "\u{e9}", "(", "\u{e9}"]),
            ("a  12345  b", &["a", "  ", "123", "45", " ", " b"]),
            (
                "a \n  1\n 2 \n x",
                &["a", " \n", "  ", "1", "\n", " ", "2", " \n", " x"],
            ),
            ("中文ア。x 中", &["中文ア", "。", "x", " ", "中"]),
            (";\n\n y;\n 1", &[";\n\n", " y", ";\n", " ", "1"]),
            ("\0\u{1}a\u{1}\u{2} ", &["\0", "\u{1}a", "\u{1}\u{2}", " "]),
            ("\u{301}e\u{301} \u{301}", &["\u{301}e\u{301}", " \u{301}"]),
        ] {
            assert_eq!(pieces(DeepSeek::default(), text), expected, "{text:?}");
        }
    }
}
