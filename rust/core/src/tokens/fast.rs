//! The fast path: added tokens, normalising, added tokens again, and the model for the text between them.

use std::borrow::Cow;
use std::sync::{LazyLock, Mutex};

use crate::normalize::{Cleaner, Options, Scratch};

use super::added::{Added, Piece};
use super::align::Alignment;
use super::model::{self, Memory, Model};

/// A tokenizer that only counts.
pub(super) struct Fast {
    /// Tokens that are looked for in the text as it comes.
    pub(super) raw: Added,
    /// What happens to text between those.
    pub(super) normalizer: Normalizer,
    /// Tokens that are looked for after that.
    pub(super) normalized: Added,
    /// What becomes of text between those.
    pub(super) model: Model,
    /// Special tokens that the tokenizer adds around every text.
    pub(super) around: usize,
    /// What workers that are not counting have left behind, to be used again.
    pub(super) idle: Mutex<Vec<Memory>>,
}

/// What happens to text before the second look for added tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Normalizer {
    Keep,
    Nfc,
    /// Spaces stand for U+2581, with one before every text for `prepend`.
    Spaces {
        prepend: bool,
    },
}

/// Canonical composition and nothing else: passes over what is composed already faster than the normalizer of Unicode.
static NFC: LazyLock<Cleaner> = LazyLock::new(|| {
    let mut options = Options::KEEP;
    let known = options.set("form", "NFC");
    debug_assert!(known.is_ok());
    Cleaner::new(&options)
});

impl Normalizer {
    pub(super) fn apply(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Nfc if !text.is_ascii() => {
                let mut scratch = Scratch::default();
                let changed = NFC.clean(text, &mut scratch).map(str::to_owned);
                changed.map_or(Cow::Borrowed(text), Cow::Owned)
            }
            Self::Spaces { prepend } => model::spaced(text, prepend && !text.is_empty()),
            _ => Cow::Borrowed(text),
        }
    }

    fn alignment(self, text: &str, made: &str) -> Alignment {
        match self {
            Self::Spaces { prepend } => model::spaced_alignment(text, prepend && !text.is_empty()),
            _ => Alignment::new(text, made, |chunk| self.apply(chunk)),
        }
    }
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
                let (start, text) = (range.start, self.normalizer.apply(&text[range]));
                self.normalized.split(&text, |piece| match piece {
                    Piece::Token(_) => count += 1,
                    Piece::Text(range) => {
                        let first = start + range.start == 0;
                        count += self.model.count(&text[range], first, memory);
                    }
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
                let text = self.normalizer.apply(raw);
                let map = self.normalizer.alignment(raw, &text);
                self.normalized.split(&text, |piece| match piece {
                    Piece::Token(end) => ends.push(start + map.original(end)),
                    Piece::Text(range) => {
                        let (before, first) = (range.start, start + range.start == 0);
                        self.model.ends(&text[range], first, memory, |end| {
                            ends.push(start + map.original(before + end));
                        });
                    }
                });
            }
        });
    }
}
