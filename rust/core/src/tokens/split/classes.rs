//! What a split pattern asks about a character, as one bit: the general categories that the patterns name.
//!
//! The categories come from `regex-syntax`, whose Unicode version (16.0) is the one that the regex engines of
//! `tokenizers` 0.23 and `tiktoken` carry: a letter that is younger than that is a symbol to them, and so it is here.

use std::sync::OnceLock;

use super::super::letters;
use super::super::points::{END, Points, decode, ranges};

/// Lu, Lt.
pub(super) const UPPER: u8 = 1;
/// Ll.
pub(super) const LOWER: u8 = 1 << 1;
/// Lm, Lo.
pub(super) const CASELESS: u8 = 1 << 2;
/// M.
pub(super) const MARK: u8 = 1 << 3;
/// N.
pub(super) const NUMBER: u8 = 1 << 4;
/// `\s` other than line feed and carriage return.
pub(super) const SPACE: u8 = 1 << 5;
/// Line feed and carriage return.
pub(super) const NEWLINE: u8 = 1 << 6;
/// Everything else.
pub(super) const SYMBOL: u8 = 1 << 7;

/// `\p{L}`.
pub(super) const LETTER: u8 = UPPER | LOWER | CASELESS;
/// `\s`.
pub(super) const WHITE: u8 = SPACE | NEWLINE;

const PATTERNS: [(u8, &str); 6] = [
    (UPPER, r"[\p{Lu}\p{Lt}]"),
    (LOWER, r"\p{Ll}"),
    (CASELESS, r"[\p{Lm}\p{Lo}]"),
    (MARK, r"\p{M}"),
    (NUMBER, r"\p{N}"),
    (SPACE, r"[\s&&[^\r\n]]"),
];

/// The class of every code point.
pub(super) struct Classes {
    /// The classes of ASCII bytes; 0 for the bytes of longer characters.
    ascii: [u8; 256],
    all: Points<u8>,
}

/// The one table of this process, built at first use.
pub(super) fn classes() -> &'static Classes {
    static CLASSES: OnceLock<Classes> = OnceLock::new();
    CLASSES.get_or_init(Classes::new)
}

impl Classes {
    fn new() -> Self {
        let mut all = vec![SYMBOL; END];
        for (class, pattern) in PATTERNS {
            for range in ranges(pattern) {
                all[range].fill(class);
            }
        }
        all[usize::from(b'\n')] = NEWLINE;
        all[usize::from(b'\r')] = NEWLINE;

        let mut ascii = [0; 256];
        ascii[..128].copy_from_slice(&all[..128]);
        Self {
            ascii,
            all: Points::new(&all),
        }
    }

    /// The class of the character that begins at `at`, and its length in bytes; 0 and 0 at the end of the text.
    #[expect(
        clippy::inline_always,
        reason = "two instructions in the innermost loop of every splitter"
    )]
    #[inline(always)]
    pub(super) fn at(&self, text: &[u8], at: usize) -> (u8, usize) {
        match text.get(at) {
            None => (0, 0),
            Some(byte) if *byte < 0x80 => (self.ascii[usize::from(*byte)], 1),
            Some(_) => self.long(text, at),
        }
    }

    /// [`Self::at`] for a character of several bytes.
    fn long(&self, text: &[u8], at: usize) -> (u8, usize) {
        let (point, length) = decode(text, at);
        (self.all.get(point), length)
    }

    /// The end of the run of characters of a class in `mask` that begins at `at`.
    #[expect(
        clippy::inline_always,
        reason = "two instructions in the innermost loop of every splitter"
    )]
    #[inline(always)]
    pub(super) fn run(&self, text: &[u8], mut at: usize, mask: u8) -> usize {
        if mask & LETTER == LETTER {
            at = letters::run::<false>(text, at);
        } else if mask & LOWER != 0 {
            at = letters::run::<true>(text, at);
        }
        loop {
            while let Some(byte) = text.get(at)
                && self.ascii[usize::from(*byte)] & mask != 0
            {
                at += 1;
            }
            match text.get(at) {
                Some(byte) if *byte >= 0x80 => {
                    let (class, length) = self.long(text, at);
                    if class & mask == 0 {
                        return at;
                    }
                    at += length;
                }
                _ => return at,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_class_for_every_character() {
        let cases = [
            ('A', UPPER),
            ('ǅ', UPPER),
            ('z', LOWER),
            ('ʰ', CASELESS),
            ('中', CASELESS),
            ('\u{301}', MARK),
            ('٣', NUMBER),
            ('Ⅷ', NUMBER),
            (' ', SPACE),
            ('\u{a0}', SPACE),
            ('\u{3000}', SPACE),
            ('\n', NEWLINE),
            ('\r', NEWLINE),
            ('\u{85}', SPACE),
            ('\u{200b}', SYMBOL),
            ('_', SYMBOL),
            ('😀', SYMBOL),
            ('\u{10ffff}', SYMBOL),
        ];
        for (character, class) in cases {
            let mut buffer = [0; 4];
            let text = character.encode_utf8(&mut buffer);
            let found = classes().at(text.as_bytes(), 0);
            assert_eq!(found, (class, text.len()), "{character:?}");
        }
        assert_eq!(classes().at(b"", 0), (0, 0));
    }

    #[test]
    fn a_run_ends_at_another_class_or_the_end() {
        let text = "aZÄß中\u{301}9 ".as_bytes();
        assert_eq!(classes().run(text, 0, LETTER), 9);
        assert_eq!(classes().run(text, 0, LETTER | MARK | NUMBER), 12);
        assert_eq!(classes().run(text, 0, !0), text.len());
        assert_eq!(classes().run(text, 13, !0), 13);
    }
}
