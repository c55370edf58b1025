//! BERT's WordPiece: words between white space and punctuation, each cut into the longest entries of the vocabulary
//! from left to right; a word that cannot be cut so is one unknown token.
//!
//! The text is not normalised as a whole. Cleaning, stripping accents and lower-casing change characters inside a
//! word and never where words end (which is looked up for every character when a tokenizer is loaded), so that
//! words are found and remembered as they are written, and normalised only where they have not been seen.
//!
//! `tokenizers` 0.23 has the categories of Unicode 8.0, and the decompositions of 9.0, with a few characters that
//! changed since; its punctuation is ASCII's and category P.

use icu_normalizer::DecomposingNormalizerBorrowed;

use super::super::cache::Count;
use super::super::letters;
use super::super::points::{END, Points, decode, ranges};
use super::super::trie::Trie;
use super::Memory;

/// A character inside a word.
const WORD: u8 = 0;
/// One that ends a word and is nothing itself.
const SPACE: u8 = 1;
/// One that is a word, and so one token, alone.
const ALONE: u8 = 2;

/// Removed by cleaning.
const REMOVED: u8 = 1;
/// Removed with the accents.
const MARK: u8 = 1 << 1;
/// Not decomposed.
const YOUNG: u8 = 1 << 2;

/// The roots of the tree: entries that begin a word, and those that go on with one.
const BEGINS: u32 = 0;
const GOES_ON: u32 = 1;

/// What happens to a text before it is cut.
#[derive(Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "the fields of the file")]
pub(in super::super) struct Cleaning {
    /// Controls go.
    pub(in super::super) clean: bool,
    /// Every Han character is a word.
    pub(in super::super) chinese: bool,
    /// Canonical decomposition without non-spacing marks.
    pub(in super::super) strip: bool,
    /// Simple lower case, character by character.
    pub(in super::super) lower: bool,
}

/// A WordPiece model with BERT's normalizer and pre-tokenizer.
pub(in super::super) struct WordPiece {
    cleaning: Cleaning,
    /// [`WORD`], [`SPACE`] or [`ALONE`].
    kinds: Points<u8>,
    ascii: [u8; 128],
    /// [`REMOVED`], [`MARK`] and [`YOUNG`].
    traits: Points<u8>,
    trie: Trie,
    longest: usize,
}

impl WordPiece {
    /// `prefix` marks the entries that go on with a word, which has at most `longest` characters. `None` where a
    /// character of its own could be more than one word, or where the vocabulary is too large.
    pub(in super::super) fn new<'a>(
        cleaning: Cleaning,
        entries: impl Iterator<Item = &'a str>,
        prefix: &str,
        longest: usize,
    ) -> Option<Self> {
        let mut trie = Trie::new(2);
        for entry in entries {
            let goes_on = entry.strip_prefix(prefix).filter(|rest| !rest.is_empty());
            let (root, entry) = goes_on.map_or((BEGINS, entry), |rest| (GOES_ON, rest));
            if !trie.insert(root, entry.as_bytes(), 1) {
                return None;
            }
        }
        let mut model = Self {
            cleaning,
            kinds: Points::new(&[]),
            ascii: [WORD; 128],
            traits: traits(),
            trie,
            longest,
        };
        model.trie.done();
        let kinds = model.kinds()?;
        model.ascii.copy_from_slice(&kinds[..128]);
        model.kinds = Points::new(&kinds);
        Some(model)
    }

    /// The kind of every code point.
    fn kinds(&self) -> Option<Vec<u8>> {
        let mut kinds = vec![WORD; END];
        let mut fill = |class: &str, kind: u8| {
            for range in ranges(class) {
                kinds[range].fill(kind);
            }
        };
        // `char::is_whitespace`
        fill(r"\p{White_Space}", SPACE);
        fill(r"[[\p{P}&&\p{Age:8.0}]\x{166d}\x{111c9}[!-/:-@\[-`{-~]]", ALONE);
        if self.cleaning.chinese {
            for range in HAN {
                kinds[range].fill(ALONE);
            }
        }
        let plain = kinds.clone();
        for point in 0..0x3_0000u32 {
            let Some(c) = char::from_u32(point) else {
                continue;
            };
            if self.cleaning.clean && self.traits.get(point) & REMOVED != 0 {
                kinds[point as usize] = WORD;
            } else if self.cleaning.strip
                && point >= 0xc0
                && !matches!(point, 0x3400..=0x9fff | 0xac00..=0xd7a3)
            {
                // What is left of it decides, unless it was a word of its own before.
                let mut left = String::new();
                self.normalize(c.encode_utf8(&mut [0; 4]), &mut left);
                let mut parts = left.chars().map(|c| plain[c as usize]);
                kinds[point as usize] = match (plain[point as usize], parts.next(), parts.next()) {
                    (ALONE, ..) => ALONE,
                    (_, Some(kind), None) => kind,
                    (SPACE, None, None) => return None,
                    (_, None, None) => WORD,
                    _ if left.chars().all(|c| plain[c as usize] == WORD) => WORD,
                    _ => return None,
                };
            }
        }
        Some(kinds)
    }

    #[inline]
    fn kind(&self, text: &[u8], at: usize) -> (u8, usize) {
        let first = text[at];
        if first < 0x80 {
            return (self.ascii[usize::from(first)], 1);
        }
        let (point, length) = decode(text, at);
        (self.kinds.get(point), length)
    }

    /// The first word at `at` or behind it, the end of the text twice where there is none; `alone` is called with
    /// the ends of the single characters before it.
    #[inline]
    fn next(&self, text: &[u8], mut at: usize, mut alone: impl FnMut(usize)) -> (usize, usize) {
        while at < text.len() {
            let (kind, length) = self.kind(text, at);
            at += length;
            if kind == ALONE {
                alone(at);
            } else if kind == WORD {
                let start = at - length;
                at = letters::run::<false>(text, at);
                while at < text.len() {
                    let (kind, length) = self.kind(text, at);
                    if kind != WORD {
                        break;
                    }
                    at += length;
                }
                return (start, at);
            }
        }
        (text.len(), text.len())
    }

    pub(super) fn count(&self, text: &str, memory: &mut Memory) -> usize {
        let Memory {
            cache, text: left, ..
        } = memory;
        let bytes = text.as_bytes();
        let mut sum = cache.sum(bytes, Counting { model: self, left });
        let (mut at, mut alone) = (0, 0);
        while at < bytes.len() {
            let (start, end) = self.next(bytes, at, |_| alone += 1);
            if start < end {
                sum.add(start, end);
            }
            at = end;
        }
        sum.total() + alone
    }

    pub(super) fn ends(&self, text: &str, mut ended: impl FnMut(usize)) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let (start, end) = self.next(bytes, at, &mut ended);
            at = end;
            let (mut left, mut places) = (String::new(), Vec::new());
            for (place, c) in text[start..end].char_indices() {
                self.normalize(c.encode_utf8(&mut [0; 4]), &mut left);
                places.resize(left.len(), start + place + c.len_utf8());
                // What is removed belongs to the character before it.
                if let Some(last) = places.last_mut() {
                    *last = start + place + c.len_utf8();
                }
            }
            left.clear();
            self.normalize(&text[start..end], &mut left);
            self.cut(&left, |length| {
                ended(places.get(length - 1).copied().unwrap_or(end));
            });
        }
    }

    /// What is left of a word.
    fn normalize(&self, word: &str, left: &mut String) {
        let Cleaning {
            clean, strip, lower, ..
        } = self.cleaning;
        let kept = |c: &char| !clean || self.traits.get(u32::from(*c)) & REMOVED == 0;
        let unmarked = |c: &char| !strip || self.traits.get(u32::from(*c)) & MARK == 0;
        let mut put = |text: &str| {
            for c in text.chars().filter(unmarked) {
                if lower {
                    left.extend(c.to_lowercase());
                } else {
                    left.push(c);
                }
            }
        };
        if word.is_ascii() || !strip {
            for c in word.chars().filter(kept) {
                put(c.encode_utf8(&mut [0; 4]));
            }
            return;
        }
        let cleaned: String = word.chars().filter(kept).collect();
        let nfd = DecomposingNormalizerBorrowed::new_nfd();
        for part in cleaned.split_inclusive(|c| self.traits.get(u32::from(c)) & YOUNG != 0) {
            let young = part
                .chars()
                .next_back()
                .filter(|c| self.traits.get(u32::from(*c)) & YOUNG != 0);
            let (old, young) = part.split_at(part.len() - young.map_or(0, char::len_utf8));
            put(&nfd.normalize(old));
            put(young);
        }
    }

    /// The tokens of a word that has been normalised; calls `ended` with the end of each.
    fn cut(&self, word: &str, mut ended: impl FnMut(usize)) -> usize {
        if word.is_empty() {
            return 0;
        }
        let (mut at, mut ends, mut root) = (0, Vec::new(), BEGINS);
        let characters = word.len() > self.longest && word.chars().count() > self.longest;
        while at < word.len() && !characters {
            let Some((length, _)) = self.trie.prefixes(root, &word.as_bytes()[at..]).last() else {
                break;
            };
            at += length;
            ends.push(at);
            root = GOES_ON;
        }
        if at < word.len() {
            ends = vec![word.len()];
        }
        ends.iter().for_each(|end| ended(*end));
        ends.len()
    }
}

struct Counting<'a> {
    model: &'a WordPiece,
    left: &'a mut String,
}

impl Count for Counting<'_> {
    fn count(&mut self, word: &[u8]) -> usize {
        self.left.clear();
        self.model.normalize(&String::from_utf8_lossy(word), self.left);
        self.model.cut(self.left, |_| {})
    }
}

/// What `tokenizers` takes for Chinese.
const HAN: [std::ops::RangeInclusive<usize>; 7] = [
    0x3400..=0x4dbf,
    0x4e00..=0x9fff,
    0xf900..=0xfaff,
    0x2_0000..=0x2_a6df,
    0x2_a700..=0x2_b81f,
    0x2_b920..=0x2_ceaf,
    0x2_f800..=0x2_fa1f,
];

fn traits() -> Points<u8> {
    let mut traits = vec![0; END];
    for (class, bit) in [
        (
            r"[[[\p{Cc}\p{Cf}\p{Co}]&&\p{Age:8.0}]\x{0}\x{fffd}--[\t\n\r]]",
            REMOVED,
        ),
        (
            r"[[\p{Mn}&&\p{Age:8.0}]\x{1734}\x{1171e}--[\x{1885}\x{1886}\x{a9bd}]]",
            MARK,
        ),
        (r"[^\p{Age:9.0}]", YOUNG),
    ] {
        for range in ranges(class) {
            traits[range].iter_mut().for_each(|known| *known |= bit);
        }
    }
    Points::new(&traits)
}
