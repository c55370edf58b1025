//! GPT-4o, where a word begins with capitals and goes on in small letters. With `U` for
//! `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`, `L` for `[\p{Ll}\p{Lm}\p{Lo}\p{M}]` and `C` for `(?i:'s|'t|'re|'ve|'m|'ll|'d)`:
//! `[^\r\n\p{L}\p{N}]?U*L+C?|[^\r\n\p{L}\p{N}]?U+L*C?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`.

use super::cl100k::numbers;
use super::classes::{CASELESS, Classes, LETTER, LOWER, MARK, NUMBER, SYMBOL, UPPER};
use super::window::{Starts, Window, bit, number_starts, places, taken, white_starts};
use super::{NEWLINE, Split, classes, contraction, white_space};

/// The splitter of GPT-4o.
#[derive(Clone, Copy)]
pub(in super::super) struct O200k(&'static Classes);

impl Default for O200k {
    fn default() -> Self {
        Self(classes())
    }
}

/// Where a word ends, and by which of the two alternatives.
enum Word {
    /// `U*L+`
    Small(usize),
    /// `U+L*`, which is capitals only wherever `U*L+` has failed.
    Capitals(usize),
    None,
}

impl O200k {
    /// The word that begins at `start`, without what may stand before and behind it.
    #[inline]
    fn word(self, text: &[u8], start: usize) -> Word {
        // Runs of small letters behind at most one capital are nearly all words.
        let (mut at, mut small) = (start, None);
        let next = loop {
            let (class, length) = self.0.at(text, at);
            if class & (UPPER | CASELESS | MARK) == 0 {
                break class;
            }
            at += length;
            if class != UPPER {
                small = Some(at);
            }
        };
        if next == LOWER {
            return Word::Small(self.0.run(text, at, LOWER | CASELESS | MARK));
        }
        // `U*` has eaten all there is: it gives back up to the last character that is in `L` too.
        match small {
            Some(end) => Word::Small(end),
            None if at > start => Word::Capitals(at),
            None => Word::None,
        }
    }
}

impl Split for O200k {
    #[inline]
    fn end(self, text: &[u8], start: usize) -> usize {
        let (class, length) = self.0.at(text, start);
        let second = start + length;
        if class == NUMBER {
            return numbers::<3>(self.0, text, second);
        }
        if class != NEWLINE {
            let before = class & LETTER == 0; // `[^\r\n\p{L}\p{N}]?` takes the first character
            let word = match self.word(text, if before { second } else { start }) {
                Word::Small(end) => Some(end),
                // A mark in that place is given back before the second alternative is tried.
                _ if class == MARK => Some(second),
                Word::Capitals(end) => Some(end),
                Word::None => None,
            };
            if let Some(end) = word {
                let suffix = text.get(end) == Some(&b'\'');
                return end + if suffix { contraction(text, end, true) } else { 0 };
            }
            let (next, _) = self.0.at(text, second);
            if class == SYMBOL || (text[start] == b' ' && next == SYMBOL) {
                let mut end = self.0.run(text, second, MARK | SYMBOL);
                while matches!(text.get(end), Some(b'\r' | b'\n' | b'/')) {
                    end += 1;
                }
                return end;
            }
        }
        white_space(self.0, text, start, false)
    }

    #[inline]
    fn starts(self, window: &Window) -> Starts {
        let (kinds, symbols) = (&window.kinds, window.symbols);
        let symbol_starts = symbols & !(symbols << 1) & !(kinds.spaces << 1);
        // A word takes one character before it, which is then its beginning; capitals behind small letters begin another.
        let before = kinds.letters | kinds.white & !kinds.newlines | symbol_starts;
        let small = kinds.letters & !kinds.capitals;
        let words = kinds.letters & !(before << 1) | kinds.capitals & small << 1;
        let taken = taken(symbols, kinds.newlines);
        let white = white_starts(kinds, taken);
        let mut starts = symbol_starts | words | white | number_starts::<3>(kinds.digits);
        let mut behind = 0; // the last contraction, which has no other
        for place in places(kinds.apostrophes & kinds.letters << 1) {
            let length = window.contraction(place, true);
            if length > 0 && place != behind {
                behind = place + length;
                starts = starts & !(bit(place) | bit(place + 1) | bit(place + 2)) | bit(behind);
            }
        }
        // A slash there belongs to the symbols too, and those behind it do not.
        let slash = taken & kinds.slashes >> 1;
        window.cut(starts, slash.trailing_zeros() as usize)
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
            ("camelCaseHTTPServer", &["camel", "Case", "HTTPServer"]),
            ("it'S HTTP's 'x", &["it'S", " HTTP's", " '", "x"]),
            ("12345", &["123", "45"]),
            ("http://x\n/y", &["http", "://", "x", "\n", "/y"]),
            (".\n/\n", &[".\n/\n"]),
            ("中A文B", &["中A文", "B"]),
            ("\u{301}AB", &["\u{301}", "AB"]),
            ("\u{301}\u{301}AB", &["\u{301}\u{301}", "AB"]),
            ("\u{301}Ab", &["\u{301}Ab"]),
            ("a  B \n c ", &["a", " ", " B", " \n", " c", " "]),
        ] {
            assert_eq!(pieces(O200k::default(), text), expected, "{text:?}");
        }
    }
}
