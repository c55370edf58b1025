//! The models that are counted by paths of our own: each cuts text where no token can cross, remembers how many
//! tokens a part has, and works it out for the others.

mod byte_level;
mod cuts;
mod pieces;
mod wordpiece;

use super::cache::Cache;
use super::merges::Scratch;

pub(super) use byte_level::ByteLevel;
pub(super) use pieces::{Pieces, Prefix, SPACE, spaced, spaced_alignment};
pub(super) use wordpiece::{Cleaning, WordPiece};

/// What becomes of text between added tokens.
pub(super) enum Model {
    /// Byte-level BPE.
    ByteLevel(ByteLevel),
    /// SentencePiece's BPE with byte fallback.
    Pieces(Box<Pieces>),
    /// BERT's.
    WordPiece(WordPiece),
}

/// What one worker remembers.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) cache: Cache,
    pub(super) scratch: Scratch,
    pub(super) text: String,
}

impl Model {
    /// The tokens of `text`; `first` where nothing is before it.
    pub(super) fn count(&self, text: &str, first: bool, memory: &mut Memory) -> usize {
        match self {
            Self::ByteLevel(model) => model.count(text, memory),
            Self::Pieces(model) => model.count(text, first, memory),
            Self::WordPiece(model) => model.count(text, memory),
        }
    }

    /// Calls `ended` with the end of every token in `text`, in order.
    pub(super) fn ends(&self, text: &str, first: bool, memory: &mut Memory, ended: impl FnMut(usize)) {
        match self {
            Self::ByteLevel(model) => model.ends(text, memory, ended),
            Self::Pieces(model) => model.ends(text, first, memory, ended),
            Self::WordPiece(model) => model.ends(text, ended),
        }
    }
}
