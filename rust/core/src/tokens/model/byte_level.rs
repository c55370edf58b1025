//! Byte-level BPE: split by a pattern, count of each pretoken from the cache or by merging its bytes.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::super::cache::Count;
use super::super::merges::{Merges, Scratch};
use super::super::split::{Cl100k, DeepSeek, Gpt2, O200k, Pattern, Split, pretokens};
use super::Memory;

/// A byte-level BPE model with its split pattern.
pub(in super::super) struct ByteLevel {
    /// Whether a space is put before text that does not begin with one.
    pub(in super::super) prefix_space: bool,
    pub(in super::super) pattern: Pattern,
    /// Pretokens that are one token whatever the merges say.
    pub(in super::super) whole: BTreeSet<Vec<u8>>,
    /// What becomes of the others.
    pub(in super::super) merges: Merges,
}

impl ByteLevel {
    pub(super) fn count(&self, text: &str, memory: &mut Memory) -> usize {
        let text = self.spaced(text);
        let text = text.as_bytes();
        match self.pattern {
            Pattern::Gpt2 => self.cut(Gpt2::default(), text, memory),
            Pattern::Cl100k => self.cut(Cl100k::<3, false>::default(), text, memory),
            Pattern::Cl100kTiktoken => self.cut(Cl100k::<3, true>::default(), text, memory),
            Pattern::Qwen2 => self.cut(Cl100k::<1, false>::default(), text, memory),
            Pattern::O200k => self.cut(O200k::default(), text, memory),
            Pattern::DeepSeek => self.cut(DeepSeek::default(), text, memory),
        }
    }

    fn spaced<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.prefix_space && !text.is_empty() && !text.starts_with(' ') {
            Cow::Owned(format!(" {text}"))
        } else {
            Cow::Borrowed(text)
        }
    }

    fn is_whole(&self, pretoken: &[u8]) -> bool {
        !self.whole.is_empty() && self.whole.contains(pretoken)
    }

    fn cut(&self, split: impl Split, text: &[u8], memory: &mut Memory) -> usize {
        let Memory { cache, scratch, .. } = memory;
        let mut sum = cache.sum(text, Counting { model: self, scratch });
        pretokens(split, text, |start, end| sum.add(start, end));
        sum.total()
    }

    pub(super) fn ends(&self, text: &str, memory: &mut Memory, mut ended: impl FnMut(usize)) {
        let spaced = self.spaced(text);
        let before = spaced.len() - text.len();
        let bytes = spaced.as_bytes();
        let mut start = 0;
        while start < bytes.len() {
            let end = self.pretoken(bytes, start);
            let pretoken = &bytes[start..end];
            if self.whole.contains(pretoken) {
                ended(end - before);
            } else {
                let symbols = pretoken.iter().map(|byte| u32::from(*byte));
                self.merges.ends(symbols, &mut memory.scratch, |last| {
                    // A token that ends inside a character ends where that does.
                    let last = (start + last..end).find(|at| bytes[*at] & 0xc0 != 0x80);
                    ended(last.unwrap_or(end).saturating_sub(before));
                });
            }
            start = end;
        }
    }

    /// The end of the pretoken at `start`.
    fn pretoken(&self, text: &[u8], start: usize) -> usize {
        match self.pattern {
            Pattern::Gpt2 => Gpt2::default().end(text, start),
            Pattern::Cl100k => Cl100k::<3, false>::default().end(text, start),
            Pattern::Cl100kTiktoken => Cl100k::<3, true>::default().end(text, start),
            Pattern::Qwen2 => Cl100k::<1, false>::default().end(text, start),
            Pattern::O200k => O200k::default().end(text, start),
            Pattern::DeepSeek => DeepSeek::default().end(text, start),
        }
    }
}

struct Counting<'a> {
    model: &'a ByteLevel,
    scratch: &'a mut Scratch,
}

impl Count for Counting<'_> {
    fn count(&mut self, pretoken: &[u8]) -> usize {
        if self.model.is_whole(pretoken) {
            return 1;
        }
        self.model.merges.count(pretoken, self.scratch)
    }

    fn part(&self, pretoken: &[u8]) -> usize {
        // Parts of what is one token whatever the merges say are not what it is made of, nor are they such tokens themselves.
        if self.model.whole.is_empty() {
            self.model.merges.part(pretoken)
        } else {
            pretoken.len()
        }
    }
}
