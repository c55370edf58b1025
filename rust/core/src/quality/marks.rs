//! The walk: one look at a text, after which every family of signals reads bits instead of bytes.
//!
//! For every block of 64 bytes there is a mask for each kind of byte in [`SETS`]. ASCII comes from
//! `fastcurate_simd::sets`; every other character gives all its bytes the flags of its class, which become bits of the same
//! masks, and those of its continuation bytes in [`CONTINUATION`], so that characters are bits without continuations.
//!
//! Words are maximal runs of letters, marks and digits; of these, a code point whose script is written without
//! spaces is a word of its own, with the marks that follow it (the rule of [`crate::words`], on the text as it is).
//! They are compared in lower case; a letter whose lower case takes another number of bytes counts as it is.

use fastcurate_simd::flags::{self, BLOCK};
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

/// In the flags of a byte, in the place of [`classes::UPPER`], which is counted only: it is not the first of its character.
const BEHIND: u8 = classes::UPPER as u8;

/// Which mask a flag sets, for characters that are not ASCII; the last flag is for words.
const COLUMNS: [usize; 7] = [LETTER, CONTINUATION, DIGIT, SPACE, PUNCTUATION, SYMBOL, TERMINAL];

/// The masks of one text, and what its characters other than ASCII say at once. Used again for the next text.
#[derive(Default)]
pub(super) struct Marks {
    blocks: Vec<[u64; KINDS]>,
    same: Vec<u64>,
    /// Characters of each kind.
    totals: [usize; KINDS],
    /// Bits of bytes that are not ASCII.
    others: Vec<u64>,
    /// The classes of those bytes, of a text that has some.
    flags: Vec<u8>,
    /// Bits of bytes that are not the first of their character, and how many there are up to each block, of such a text.
    continuations: Vec<u64>,
    behind: Vec<u32>,
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
        (self.foreign, self.foreign_run) = (0, 0);
        if ascii {
            self.totals = counts(&self.blocks, CONTINUATION);
            self.scripts[0] = self.totals[LETTER] as u32;
            return;
        }
        self.flags.clear();
        self.flags.resize((self.words.len() + 1) * BLOCK, 0);
        self.cuts.resize(self.words.len(), 0);
        let (mut at, mut upper, mut cut) = (0, 0, false);
        while let Some(start) = next(&self.others, at) {
            let end = next_clear(&self.others, start).min(text.len());
            let found = self.foreign_text(text, start, end, &mut seen);
            upper += found.0;
            cut |= found.1;
            at = end;
        }
        if !cut {
            self.cuts.clear();
        }
        let ascii = |kinds: &[u64; KINDS]| kinds[LETTER].count_ones();
        self.scripts[0] += self.blocks.iter().map(ascii).sum::<u32>();
        self.add_flags();
        self.totals = counts(&self.blocks, CONTINUATION);
        self.totals[UPPER] += upper;
    }

    /// The classes of all characters that are not ASCII into the masks.
    fn add_flags(&mut self) {
        let mut behind = 0;
        self.behind.clear();
        self.continuations.clear();
        let blocks = self.flags.as_chunks::<BLOCK>().0.iter();
        for ((kinds, words), flags) in self.blocks.iter_mut().zip(&mut self.words).zip(blocks) {
            let masks = flags::masks(flags);
            for (column, mask) in COLUMNS.into_iter().zip(masks) {
                kinds[column] |= mask;
            }
            *words |= masks[7];
            self.behind.push(behind);
            self.continuations.push(kinds[CONTINUATION]);
            behind += kinds[CONTINUATION].count_ones();
        }
        // There may be a last place without a block.
        self.behind.push(behind);
        self.continuations.push(0);
    }

    /// The characters of a run of bytes that are not ASCII: how many are upper case, and whether a word begins right behind
    /// another.
    fn foreign_text(
        &mut self,
        text: &str,
        start: usize,
        end: usize,
        seen: &mut impl FnMut(char),
    ) -> (usize, bool) {
        let bytes = text.as_bytes();
        let mut in_word = start > 0 && bytes[start - 1].is_ascii_alphanumeric();
        let (mut alone, mut cuts) = (false, false);
        let (mut before, mut run, mut longest) = ('\0', 0, 0);
        let (mut upper, mut characters) = (0, 0);
        // The letters of one script that follow each other, before they are counted.
        let (mut script, mut letters) = (0, 0);
        for (offset, c) in text[start..end].char_indices() {
            let (at, class) = (start + offset, class_of(c));
            seen(c);
            characters += 1;
            let solid = usize::from(class & classes::SPACE == 0);
            run = if c == before { run + solid } else { solid };
            longest = longest.max(run);
            before = c;
            // All four bytes that a character can have; the next one puts its own over those that are too many.
            let flags = class as u8 & !BEHIND;
            if let Some(four) = self.flags[at..].first_chunk_mut() {
                *four = [flags, flags | BEHIND, flags | BEHIND, flags | BEHIND];
            }
            if class >> SCRIPT_SHIFT != script {
                self.count(script, letters);
                (script, letters) = (class >> SCRIPT_SHIFT, 0);
            }
            letters += 1;
            if class & classes::UPPER != 0 {
                upper += 1;
                self.lower_at(at, c);
            }
            let word = class & classes::WORD != 0;
            let its_own = class & classes::ALONE != 0;
            let joins = class & classes::MARK != 0 && (alone || !its_own);
            let cut = word && in_word && !joins && (alone || its_own);
            self.cuts[at / 64] |= u64::from(cut) << (at % 64);
            cuts |= cut;
            alone = if cut || !in_word { its_own } else { alone };
            in_word = word;
        }
        self.count(script, letters);
        if let Some(rest) = self.flags[end..].first_chunk_mut() {
            *rest = [0; 3];
        }
        if in_word && alone && bytes.get(end).is_some_and(u8::is_ascii_alphanumeric) {
            self.cuts[end / 64] |= 1 << (end % 64);
            cuts = true;
        }
        self.foreign += characters;
        self.foreign_run = self.foreign_run.max(longest);
        (upper, cuts)
    }

    /// Counts letters of one script, those of none left out.
    fn count(&mut self, script: u16, letters: u32) {
        if let Some(script) = script.checked_sub(1) {
            self.scripts[usize::from(script)] += letters;
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
        to - from - (self.bytes_behind(to) - self.bytes_behind(from))
    }

    /// Bytes before `at` that are not the first of their character.
    #[inline]
    fn bytes_behind(&self, at: usize) -> usize {
        let before = self.continuations[at / BLOCK] & ((1 << (at % BLOCK)) - 1);
        self.behind[at / BLOCK] as usize + before.count_ones() as usize
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

    /// Replaces `lengths` by the characters of each word; all of them together, and those of the longest.
    pub(super) fn word_lengths(&self, lengths: &mut Vec<u32>) -> (usize, usize) {
        if self.foreign == 0 {
            return self.edges.lengths(lengths);
        }
        self.edges.characters(&self.continuations, &self.behind, lengths)
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

    /// Words with a letter. Where no word follows another without anything between, a letter's bit added to the run of its
    /// word carries out of the run.
    pub(super) fn alphabetic_words(&self) -> usize {
        if !self.cuts.is_empty() {
            let words = self.word_starts().iter().zip(self.word_ends());
            let letter = |(start, end): (&u32, &u32)| {
                let (start, end) = (*start as usize, *end as usize);
                usize::from(self.has(LETTER, start) || self.any(LETTER, start, end))
            };
            return words.map(letter).sum();
        }
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
