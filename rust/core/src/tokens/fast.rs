//! The fast path for byte-level BPE: added tokens, NFC, split, count of each pretoken from the cache or by merging.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Mutex;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::added::{Added, Piece};
use super::align::Alignment;
use super::cache::Cache;
use super::merges::{self, Merges};
use super::split::{Cl100k, Gpt2, O200k, Pattern, Split};

/// A byte-level BPE tokenizer that only counts.
pub(super) struct Fast {
    /// Tokens that are looked for in the text as it comes.
    pub(super) raw: Added,
    /// Whether text between those is brought to NFC.
    pub(super) nfc: bool,
    /// Tokens that are looked for after that.
    pub(super) normalized: Added,
    /// Whether a space is put before text between those that does not begin with one.
    pub(super) prefix_space: bool,
    /// How text between those is cut.
    pub(super) pattern: Pattern,
    /// Pretokens that are one token whatever the merges say.
    pub(super) whole: BTreeSet<Vec<u8>>,
    /// What becomes of the others.
    pub(super) merges: Merges,
    /// Special tokens that the tokenizer adds around every text.
    pub(super) around: usize,
    /// What workers that are not counting have left behind, to be used again.
    pub(super) idle: Mutex<Vec<Memory>>,
}

/// What one worker remembers.
#[derive(Default)]
pub(super) struct Memory {
    cache: Cache,
    scratch: merges::Scratch,
}

impl Fast {
    /// Memory for one worker; give it back with [`Self::leave`].
    pub(super) fn enter(&self) -> Memory {
        // Never waits: after a fork nobody may be left who would open the lock.
        let idle = self.idle.try_lock().ok().and_then(|mut idle| idle.pop());
        idle.unwrap_or_default()
    }

    /// Keeps `memory` for the next worker.
    pub(super) fn leave(&self, memory: Memory) {
        if let Ok(mut idle) = self.idle.try_lock() {
            idle.push(memory);
        }
    }

    /// The tokens of `text`.
    pub(super) fn count(&self, text: &str, add_special_tokens: bool, memory: &mut Memory) -> usize {
        let mut count = if add_special_tokens { self.around } else { 0 };
        self.raw.split(text, |piece| match piece {
            Piece::Token(_) => count += 1,
            Piece::Text(range) => {
                let text = self.normalize(&text[range]);
                self.normalized.split(&text, |piece| match piece {
                    Piece::Token(_) => count += 1,
                    Piece::Text(range) => count += self.piece(&text[range], memory),
                });
            }
        });
        count
    }

    /// Where the tokens of `text` end in it, special tokens around it left out.
    pub(super) fn ends(&self, text: &str, memory: &mut Memory, ends: &mut Vec<usize>) {
        self.raw.split(text, |piece| match piece {
            Piece::Token(end) => ends.push(end),
            Piece::Text(range) => {
                let (start, raw) = (range.start, &text[range]);
                let text = self.normalize(raw);
                let map = Alignment::new(raw, &text, |chunk| self.normalize(chunk));
                self.normalized.split(&text, |piece| match piece {
                    Piece::Token(end) => ends.push(start + map.original(end)),
                    Piece::Text(range) => {
                        let first = range.start;
                        self.piece_ends(&text[range], memory, |end| {
                            ends.push(start + map.original(first + end));
                        });
                    }
                });
            }
        });
    }

    fn normalize<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.nfc || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        ComposingNormalizerBorrowed::new_nfc().normalize(text)
    }

    fn piece(&self, text: &str, memory: &mut Memory) -> usize {
        if self.prefix_space && !text.is_empty() && !text.starts_with(' ') {
            self.pretokens(format!(" {text}").as_bytes(), memory)
        } else {
            self.pretokens(text.as_bytes(), memory)
        }
    }

    fn piece_ends(&self, text: &str, memory: &mut Memory, mut ended: impl FnMut(usize)) {
        let spaced = self.prefix_space && !text.is_empty() && !text.starts_with(' ');
        let spaced = if spaced { format!(" {text}") } else { String::new() };
        let (bytes, before) = if spaced.is_empty() {
            (text.as_bytes(), 0)
        } else {
            (spaced.as_bytes(), 1)
        };
        let mut start = 0;
        while start < bytes.len() {
            let end = self.pretoken(bytes, start);
            let pretoken = &bytes[start..end];
            if self.whole.contains(pretoken) {
                ended(end - before);
            } else {
                self.merges.ends(pretoken, &mut memory.scratch, |last| {
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
        }
    }

    fn pretokens(&self, text: &[u8], memory: &mut Memory) -> usize {
        match self.pattern {
            Pattern::Gpt2 => self.cut(Gpt2::default(), text, memory),
            Pattern::Cl100k => self.cut(Cl100k::<3, false>::default(), text, memory),
            Pattern::Cl100kTiktoken => self.cut(Cl100k::<3, true>::default(), text, memory),
            Pattern::Qwen2 => self.cut(Cl100k::<1, false>::default(), text, memory),
            Pattern::O200k => self.cut(O200k::default(), text, memory),
        }
    }

    fn cut(&self, split: impl Split, text: &[u8], memory: &mut Memory) -> usize {
        let Memory { cache, scratch } = memory;
        cache.sum(
            text,
            |start| split.end(text, start),
            |pretoken| {
                if !self.whole.is_empty() && self.whole.contains(pretoken) {
                    1
                } else {
                    self.merges.count(pretoken, scratch)
                }
            },
        )
    }
}
