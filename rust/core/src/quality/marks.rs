//! The walk: one look at a text, after which every family of signals reads bits instead of bytes.
//!
//! For every block of 64 bytes there is a mask for each kind of byte in [`SETS`]. ASCII comes from
//! `fastcurate_simd::sets`; every other character sets the bits of all its bytes in the masks of its classes, and
//! those of its continuation bytes in [`CONTINUATION`], so that characters are bits without continuations.
//!
//! Words are maximal runs of letters, marks and digits; of these, a code point whose script is written without
//! spaces is a word of its own, with the marks that follow it (the rule of [`crate::words`], on the text as it is).
//! They are compared in lower case; a letter whose lower case takes another number of bytes counts as it is.

use fastcurate_simd::sets::{Set, counts, masks};
use fastcurate_simd::words::{Edges, hash_words};

use super::bits::{Ones, next, next_clear, within};
use super::classes::{self, SCRIPT_COUNT, SCRIPT_SHIFT, class_of};

pub(super) const LETTER: usize = 0;
pub(super) const UPPER: usize = 1;
pub(super) const DIGIT: usize = 2;
pub(super) const SPACE: usize = 3;
pub(super) const PUNCTUATION: usize = 4;
pub(super) const SYMBOL: usize = 5;
/// `.`, `!`, `?` and the other sentence terminals.
pub(super) const TERMINAL: usize = 6;
pub(super) const NEWLINE: usize = 7;
/// `(`, `)`, `[`, `]`, `{`, `}`.
pub(super) const BRACKET: usize = 8;
pub(super) const HASH: usize = 9;
/// `<` and `>`.
pub(super) const ANGLE: usize = 10;
/// Bytes of characters behind their first.
pub(super) const CONTINUATION: usize = 11;

const KINDS: usize = 12;

const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// The ASCII bytes of each kind, by the general categories and properties of Unicode.
const SETS: [Set; CONTINUATION] = [
    Set::of(LETTERS),
    Set::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    Set::of(b"0123456789"),
    Set::of(b"\t\n\x0b\x0c\r "),
    Set::of(b"!\"#%&'()*,-./:;?@[\\]_{}"),
    Set::of(b"$+<=>^`|~"),
    Set::of(b".!?"),
    Set::of(b"\n"),
    Set::of(b"()[]{}"),
    Set::of(b"#"),
    Set::of(b"<>"),
];

/// Which mask a class sets, for characters that are not ASCII.
const CLASSES: [(u16, usize); 7] = [
    (classes::LETTER, LETTER),
    (classes::UPPER, UPPER),
    (classes::DIGIT, DIGIT),
    (classes::SPACE, SPACE),
    (classes::PUNCTUATION, PUNCTUATION),
    (classes::SYMBOL, SYMBOL),
    (classes::TERMINAL, TERMINAL),
];

/// The masks of one text, and what its characters other than ASCII say at once. Used again for the next text.
#[derive(Default)]
pub(super) struct Marks {
    blocks: Vec<[u64; KINDS]>,
    same: Vec<u64>,
    /// Characters of each kind.
    totals: [usize; KINDS],
    /// Bits of bytes that are not ASCII.
    pub(super) others: Vec<u64>,
    /// The text in lower case, padded.
    lower: Vec<u8>,
    /// Bits of the bytes of words.
    words: Vec<u64>,
    /// Bits of the first bytes of words that follow another word without anything between; empty where none does.
    cuts: Vec<u64>,
    edges: Edges,
    /// Letters of each script.
    pub(super) scripts: [u32; SCRIPT_COUNT],
    /// Characters that are not ASCII.
    pub(super) foreign: usize,
    /// The longest run of one character that is not ASCII.
    pub(super) foreign_run: usize,
}

impl Marks {
    /// Looks at `text`; `seen` is given every character that is not ASCII.
    pub(super) fn mark(&mut self, text: &str, mut seen: impl FnMut(char)) {
        masks(text.as_bytes(), &SETS, &mut self.blocks, &mut self.same);
        let ascii = fastcurate_simd::ascii::fold(
            text.as_bytes(),
            &mut self.lower,
            &mut self.words,
            &mut self.others,
        );
        self.cuts.clear();
        self.scripts = [0; SCRIPT_COUNT];
        self.totals = counts(&self.blocks, CONTINUATION);
        self.scripts[0] = self.totals[LETTER] as u32;
        (self.foreign, self.foreign_run) = (0, 0);
        if ascii {
            return;
        }
        let mut at = 0;
        while let Some(start) = next(&self.others, at) {
            let end = next_clear(&self.others, start).min(text.len());
            self.foreign_text(text, start, end, &mut seen);
            at = end;
        }
        self.totals = counts(&self.blocks, CONTINUATION);
    }

    /// The characters of a run of bytes that are not ASCII.
    fn foreign_text(&mut self, text: &str, start: usize, end: usize, seen: &mut impl FnMut(char)) {
        let bytes = text.as_bytes();
        let mut in_word = start > 0 && bytes[start - 1].is_ascii_alphanumeric();
        let mut alone = false;
        let (mut before, mut run) = ('\0', 0);
        for (offset, c) in text[start..end].char_indices() {
            let (at, class) = (start + offset, class_of(c));
            seen(c);
            self.foreign += 1;
            run = if c == before && class & classes::SPACE == 0 {
                run + 1
            } else {
                1
            };
            before = c;
            self.foreign_run = self
                .foreign_run
                .max(if class & classes::SPACE == 0 { run } else { 0 });
            self.add(at, c.len_utf8(), class);
            if let Some(script) = (class >> SCRIPT_SHIFT).checked_sub(1) {
                self.scripts[usize::from(script)] += 1;
            }
            if class & classes::UPPER != 0 {
                self.lower_at(at, c);
            }
            if class & classes::WORD == 0 {
                in_word = false;
                continue;
            }
            self.add_word(at, c.len_utf8());
            let its_own = class & classes::ALONE != 0;
            let joins = class & classes::MARK != 0 && (alone || !its_own);
            if in_word && !joins && (alone || its_own) {
                self.cut(at);
                alone = its_own;
            } else if !in_word {
                alone = its_own;
            }
            in_word = true;
        }
        if in_word && alone && bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
            self.cut(end);
        }
    }

    fn add(&mut self, at: usize, length: usize, class: u16) {
        let bits = u128::from((1u64 << length) - 1) << (at % 64);
        let rest = bits & (bits - 1) & !(1u128 << (at % 64));
        let mut put = |kind: usize, bits: u128| {
            self.blocks[at / 64][kind] |= bits as u64;
            let over = (bits >> 64) as u64;
            if over != 0 {
                self.blocks[at / 64 + 1][kind] |= over;
            }
        };
        put(CONTINUATION, rest);
        for (flag, kind) in CLASSES {
            if class & flag != 0 {
                put(kind, bits);
            }
        }
    }

    fn lower_at(&mut self, at: usize, c: char) {
        let mut lower = c.to_lowercase();
        if let (Some(small), None) = (lower.next(), lower.next())
            && small.len_utf8() == c.len_utf8()
        {
            small.encode_utf8(&mut self.lower[at..]);
        }
    }

    fn add_word(&mut self, at: usize, length: usize) {
        let bits = u128::from((1u64 << length) - 1) << (at % 64);
        self.words[at / 64] |= bits as u64;
        if bits >> 64 != 0 {
            self.words[at / 64 + 1] |= (bits >> 64) as u64;
        }
    }

    fn cut(&mut self, at: usize) {
        self.cuts.resize(self.words.len(), 0);
        self.cuts[at / 64] |= 1 << (at % 64);
    }

    /// Whether the byte at `at` is of this kind.
    #[inline]
    pub(super) fn has(&self, kind: usize, at: usize) -> bool {
        self.blocks[at / 64][kind] >> (at % 64) & 1 == 1
    }

    /// Characters of this kind in the whole text.
    #[inline]
    pub(super) fn total(&self, kind: usize) -> usize {
        self.totals[kind]
    }

    /// The bits of this kind in `from..to`, block by block: the position of each block and its bits.
    #[inline]
    fn bits(&self, kind: usize, from: usize, to: usize) -> impl Iterator<Item = (usize, u64)> {
        let last = to.div_ceil(64).min(self.blocks.len());
        let blocks = (from / 64..last.max(from / 64)).map(move |block| (block, self.blocks[block][kind]));
        blocks.map(move |(block, bits)| (block * 64, bits & within(block * 64, from, to)))
    }

    /// Whether a byte of this kind is in `from..to`.
    #[inline]
    pub(super) fn any(&self, kind: usize, from: usize, to: usize) -> bool {
        self.bits(kind, from, to).any(|(_, bits)| bits != 0)
    }

    /// Replaces `places` by the positions of all bytes of this kind.
    pub(super) fn positions(&self, kind: usize, places: &mut Vec<u32>) {
        places.clear();
        if self.totals[kind] > 0 {
            for (block, kinds) in self.blocks.iter().enumerate() {
                let bits = Ones(kinds[kind]);
                places.extend(bits.map(|bit| (block * 64 + bit) as u32));
            }
        }
    }

    /// Characters in `from..to`.
    #[inline]
    pub(super) fn characters(&self, from: usize, to: usize) -> usize {
        if self.foreign == 0 {
            return to - from;
        }
        let continuations = self.bits(CONTINUATION, from, to);
        to - from
            - continuations
                .map(|(_, bits)| bits.count_ones() as usize)
                .sum::<usize>()
    }

    /// `from..to` without white space at either end.
    pub(super) fn trimmed(&self, from: usize, to: usize) -> (usize, usize) {
        if from < to && !self.has(SPACE, from) && !self.has(SPACE, to - 1) {
            return (from, to);
        }
        let solid = |block: usize| !self.blocks[block][SPACE] & within(block * 64, from, to);
        let blocks = from / 64..to.div_ceil(64);
        let Some(first) = blocks.clone().find(|block| solid(*block) != 0) else {
            return (to, to);
        };
        let last = blocks.rev().find(|block| solid(*block) != 0).unwrap_or(first);
        (
            first * 64 + solid(first).trailing_zeros() as usize,
            last * 64 + 64 - solid(last).leading_zeros() as usize,
        )
    }

    /// Whether white space divides `from..to` into so many parts at least.
    pub(super) fn has_parts(&self, from: usize, to: usize, least: usize) -> bool {
        let mut space_before = true;
        let mut parts = 0;
        for (start, spaces) in self.bits(SPACE, from, to) {
            let solid = !spaces & within(start, from, to);
            let before = spaces << 1 | u64::from(space_before);
            // The first bit looked at has white space before it, whatever the text has.
            let first = if start < from { 1 << (from - start) } else { 0 };
            parts += (solid & (before | first)).count_ones() as usize;
            space_before = spaces >> 63 == 1;
            if parts >= least {
                return true;
            }
        }
        false
    }

    /// Finds the words, and appends the hash of the lower case of each to `hashes`.
    pub(super) fn words(&mut self, hashes: &mut Vec<u64>) {
        hash_words(&self.lower, &self.words, &self.cuts, &mut self.edges, hashes);
    }

    /// Where the words that were found begin.
    pub(super) fn word_starts(&self) -> &[u32] {
        self.edges.starts()
    }

    /// The bytes behind them.
    pub(super) fn word_ends(&self) -> &[u32] {
        self.edges.ends()
    }

    /// Whether some word follows another without anything between.
    pub(super) fn has_cuts(&self) -> bool {
        !self.cuts.is_empty()
    }

    /// Whether three bytes of sentence terminals stand in a row.
    pub(super) fn three_terminals(&self) -> bool {
        let mut before = 0;
        self.blocks.iter().any(|kinds| {
            let bits = kinds[TERMINAL];
            let three = bits & (bits << 1 | before >> 63) & (bits << 2 | before >> 62);
            before = bits;
            three != 0
        })
    }

    /// Words with a letter, of a text in which no word follows another without anything between: a letter's bit added to
    /// the run of its word carries out of the run.
    pub(super) fn alphabetic_words(&self) -> usize {
        let mut carry = false;
        let mut found = 0;
        for (kinds, words) in self.blocks.iter().zip(&self.words) {
            let (sum, over) = words.overflowing_add(kinds[LETTER]);
            let (sum, more) = sum.overflowing_add(u64::from(carry));
            carry = over || more;
            found += (sum & !words).count_ones() as usize;
        }
        found + usize::from(carry)
    }

    /// The longest run of one character other than white space.
    pub(super) fn longest_run(&self, characters: usize) -> usize {
        let mut longest = usize::from(self.total(SPACE) < characters).max(self.foreign_run);
        let mut carry = 0;
        for ((same, others), kinds) in self.same.iter().zip(&self.others).zip(&self.blocks) {
            let mut bits = same & !others & !kinds[SPACE];
            let first = bits.trailing_ones() as usize;
            longest = longest.max(if carry + first > 0 { carry + first + 1 } else { 0 });
            if first == 64 {
                carry += 64;
                continue;
            }
            carry = bits.leading_ones() as usize;
            let mut run = usize::from(bits != 0);
            while bits != 0 {
                longest = longest.max(run + 1);
                bits &= bits << 1;
                run += 1;
            }
        }
        longest
    }
}
