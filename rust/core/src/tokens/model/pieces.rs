//! SentencePiece's BPE with byte fallback (Llama 2, Mistral, Gemma): characters are merged across the whole text, with
//! U+2581 for a space; one that is not in the vocabulary is as many tokens as it has bytes.
//!
//! There is no pattern that cuts the text, but there are [places that no merge crosses](super::cuts): the parts between
//! them are counted one by one, and remembered. In practice nearly all spaces before a word are such places.
//!
//! Here a space stands for U+2581, which therefore becomes a space too, so that most text is counted as it is.

use super::super::align::Alignment;
use super::super::cache::Count;
use super::super::merges::{INERT, Merges, Scratch};
use super::super::points::{END, Points, decode};
use super::Memory;
use super::cuts::Cuts;

use std::borrow::Cow;

/// What stands for a space.
pub(in super::super) const SPACE: &str = "\u{2581}";

/// Whether a space is put before text that does not begin with one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Prefix {
    Never,
    /// Only where nothing is before the text, not even an added token.
    First,
    Always,
}

/// A BPE model over characters.
pub(in super::super) struct Pieces {
    prefix: Prefix,
    cuts: Cuts,
    /// The symbol of every character, [`INERT`] for those that fall back to bytes.
    symbols: Points<u32>,
    merges: Merges,
}

impl Pieces {
    /// `characters` are the entries of one character with their tokens, `merges` are (left, right, merged) in the order
    /// of their ranks, `sides` the two strings of each; all of them with spaces for U+2581.
    pub(in super::super) fn new<'a>(
        characters: &[(char, u32)],
        merges: &[(u32, u32, u32)],
        sides: impl Iterator<Item = (&'a str, &'a str)>,
        prefix: Prefix,
        split: bool,
    ) -> Option<Self> {
        let mut numbered = vec![None; 256];
        let mut symbols = vec![INERT; END];
        for (character, token) in characters {
            let point = u32::from(*character);
            let number = if point < 128 { point } else { numbered.len() as u32 };
            if number as usize == numbered.len() {
                numbered.push(None);
            }
            numbered[number as usize] = Some(*token);
            symbols[point as usize] = number;
        }
        Some(Self {
            prefix,
            cuts: Cuts::new(sides, split)?,
            symbols: Points::new(&symbols),
            merges: Merges::new(&numbered, merges)?,
        })
    }

    fn prepends(&self, text: &str, first: bool) -> bool {
        let wanted = match self.prefix {
            Prefix::Never => false,
            Prefix::First => first,
            Prefix::Always => true,
        };
        wanted && !text.is_empty() && !text.starts_with(' ') && !text.starts_with(SPACE)
    }

    pub(super) fn count(&self, text: &str, first: bool, memory: &mut Memory) -> usize {
        let text = spaced(text, self.prepends(text, first));
        let text = text.as_bytes();
        let Memory { cache, scratch, .. } = memory;
        let mut sum = cache.sum(text, Counting { model: self, scratch });
        self.cuts.parts(text, |start, end| sum.add(start, end));
        sum.total()
    }

    pub(super) fn ends(&self, text: &str, first: bool, memory: &mut Memory, mut ended: impl FnMut(usize)) {
        let prepend = self.prepends(text, first);
        let (made, map) = (spaced(text, prepend), spaced_alignment(text, prepend));
        let bytes = made.as_bytes();
        self.cuts.parts(bytes, |start, end| {
            let part = &bytes[start..end];
            let mut places = Vec::new();
            let mut symbols = Symbols {
                part,
                at: 0,
                again: 0,
            };
            let each = std::iter::from_fn(|| {
                let symbol = symbols.next(&self.symbols)?;
                places.push(symbols.at);
                Some(symbol)
            });
            let each: Vec<u32> = each.collect();
            self.merges
                .ends(each.into_iter(), &mut memory.scratch, |symbols| {
                    ended(map.original(start + places[symbols - 1]));
                });
        });
    }
}

struct Counting<'a> {
    model: &'a Pieces,
    scratch: &'a mut Scratch,
}

impl Count for Counting<'_> {
    fn count(&mut self, part: &[u8]) -> usize {
        let mut symbols = Symbols {
            part,
            at: 0,
            again: 0,
        };
        let each = std::iter::from_fn(|| symbols.next(&self.model.symbols));
        self.model.merges.count_symbols(each, self.scratch)
    }
}

/// The symbols of a part, one after the other.
struct Symbols<'a> {
    part: &'a [u8],
    at: usize,
    /// How many bytes of the last character are still to come.
    again: usize,
}

impl Symbols<'_> {
    fn next(&mut self, symbols: &Points<u32>) -> Option<u32> {
        if self.again > 0 {
            self.again -= 1;
            return Some(INERT);
        }
        if self.at >= self.part.len() {
            return None;
        }
        let (point, length) = decode(self.part, self.at);
        self.at += length;
        let symbol = symbols.get(point);
        if symbol == INERT {
            self.again = length - 1;
        }
        Some(symbol)
    }
}

/// Text with spaces for U+2581, and one before it for `prepend`.
pub(in super::super) fn spaced(text: &str, prepend: bool) -> Cow<'_, str> {
    let marked = memchr::memmem::find(text.as_bytes(), SPACE.as_bytes()).is_some();
    match (prepend, marked) {
        (false, false) => Cow::Borrowed(text),
        (false, true) => Cow::Owned(text.replace(SPACE, " ")),
        (true, false) => Cow::Owned([" ", text].concat()),
        (true, true) => Cow::Owned([" ", &text.replace(SPACE, " ")].concat()),
    }
}

/// Where the parts of [`spaced`] come from.
pub(in super::super) fn spaced_alignment(text: &str, prepend: bool) -> Alignment {
    let mut map = Alignment::default();
    if prepend {
        map.push(1, 0, true);
    }
    for (number, part) in text.split(SPACE).enumerate() {
        if number > 0 {
            map.push(1, SPACE.len(), true);
        }
        map.push(part.len(), part.len(), false);
    }
    map
}
