//! GPT-4, Llama 3 and Qwen 2:
//! `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`.

use super::classes::{Classes, LETTER, MARK, NUMBER, SYMBOL};
use super::window::{Starts, Window, bit, number_starts, places, taken, white_starts};
use super::{NEWLINE, Split, classes, contraction, white_space};

/// The splitter of GPT-4 and its kin: `DIGITS` in a number at most (3, Qwen 2: 1), and `WHOLE_END` where
/// `\s+$` comes before the other white space.
#[derive(Clone, Copy)]
pub(in super::super) struct Cl100k<const DIGITS: usize, const WHOLE_END: bool>(&'static Classes);

impl<const DIGITS: usize, const WHOLE_END: bool> Default for Cl100k<DIGITS, WHOLE_END> {
    fn default() -> Self {
        Self(classes())
    }
}

impl<const DIGITS: usize, const WHOLE_END: bool> Split for Cl100k<DIGITS, WHOLE_END> {
    #[inline]
    fn end(self, text: &[u8], start: usize) -> usize {
        let (class, length) = self.0.at(text, start);
        let second = start + length;
        if class & LETTER != 0 {
            return self.0.run(text, second, LETTER);
        }
        if class == NUMBER {
            return numbers::<DIGITS>(self.0, text, second);
        }
        if text[start] == b'\'' {
            let length = contraction(text, start, true);
            if length > 0 {
                return start + length;
            }
        }
        if class != NEWLINE {
            let (next, length) = self.0.at(text, second);
            // `[^\r\n\p{L}\p{N}]?\p{L}+`
            if next & LETTER != 0 {
                return self.0.run(text, second + length, LETTER);
            }
            // ` ?[^\s\p{L}\p{N}]+[\r\n]*`
            let symbols = MARK | SYMBOL;
            if class & symbols != 0 || (text[start] == b' ' && next & symbols != 0) {
                let end = self.0.run(text, second, symbols);
                return self.0.run(text, end, NEWLINE);
            }
        }
        white_space(self.0, text, start, WHOLE_END)
    }

    #[inline]
    fn starts(self, window: &Window) -> Starts {
        let (kinds, symbols) = (&window.kinds, window.symbols);
        let symbol_starts = symbols & !(symbols << 1) & !(kinds.spaces << 1);
        // A word takes one character before it, which is then its beginning.
        let before = kinds.letters | kinds.white & !kinds.newlines | symbol_starts;
        let words = kinds.letters & !(before << 1);
        let white = white_starts(kinds, taken(symbols, kinds.newlines));
        let mut starts = symbol_starts | words | white | number_starts::<DIGITS>(kinds.digits);
        for place in places(kinds.apostrophes & starts) {
            let length = window.contraction(place, true);
            if length > 0 {
                starts |= bit(place + length);
            }
        }
        window.cut(starts, usize::MAX)
    }
}

/// The end of a number whose second digit would be at `at`.
#[inline]
pub(super) fn numbers<const DIGITS: usize>(classes: &Classes, text: &[u8], mut at: usize) -> usize {
    for _ in 1..DIGITS {
        let (class, length) = classes.at(text, at);
        if class != NUMBER {
            break;
        }
        at += length;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::tests::pieces;
    use super::*;

    #[test]
    fn as_the_expression_cuts() {
        for (text, expected) in [
            ("", &[] as &[&str]),
            ("it'S 12345", &["it", "'S", " ", "123", "45"]),
            ("'sit (a)b", &["'s", "it", " (", "a", ")b"]),
            ("a  b \n c \n ", &["a", " ", " b", " \n", " c", " \n", " "]),
            ("x;\n\n  y", &["x", ";\n\n", " ", " y"]),
            ("\u{a0}x \u{a0}.", &["\u{a0}x", " ", "\u{a0}", "."]),
            ("\u{301}e .!", &["\u{301}e", " .!"]),
            ("\r\nx", &["\r\n", "x"]),
        ] {
            assert_eq!(pieces(Cl100k::<3, false>::default(), text), expected, "{text:?}");
        }
        assert_eq!(pieces(Cl100k::<1, false>::default(), "12"), ["1", "2"]);
        assert_eq!(pieces(Cl100k::<3, true>::default(), "a \n "), ["a", " \n "]);
    }
}
