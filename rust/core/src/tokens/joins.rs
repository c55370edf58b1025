//! Places in a pretoken that no merge of a byte-level vocabulary crosses.
//!
//! Between two characters such that no merge has the bytes before the place at the end of its left side and those
//! behind it at the beginning of its right side, merges on both sides do not touch each other, so that the parts
//! can be counted one by one, and remembered. Scripts without spaces come apart into a few characters each. Two bytes on
//! either side are looked at; some places are said to be crossed that are not, which only makes parts longer.

use super::pairs::mix;

/// Bits of the filter: 128 KiB.
const BITS: u32 = 20;
/// In an edge: it is that of a token of one byte.
const ALONE: u32 = 1 << 16;

/// The first and the last two bytes of a token.
#[derive(Clone, Copy)]
pub(super) struct Edges {
    first: u32,
    last: u32,
}

impl Edges {
    pub(super) fn of_byte(byte: u8) -> Self {
        let alone = ALONE | u32::from(byte);
        Self {
            first: alone,
            last: alone,
        }
    }

    /// Those of the token that these two make.
    pub(super) fn with(self, right: Self) -> Self {
        let first_byte = |edge: u32| if edge & ALONE == 0 { edge >> 8 } else { edge & 0xff };
        let longer = |edge: u32, two: u32| if edge & ALONE == 0 { edge } else { two };
        Self {
            first: longer(self.first, (self.first & 0xff) << 8 | first_byte(right.first)),
            last: longer(right.last, (self.last & 0xff) << 8 | right.last & 0xff),
        }
    }
}

/// Which edges meet in a merge.
pub(super) struct Joins {
    filter: Vec<u64>,
    /// Bytes that are the whole left side of a merge at the end of a character, and the whole right side at the beginning of one.
    left_alone: [bool; 256],
    right_alone: [bool; 256],
}

impl Joins {
    pub(super) fn new() -> Self {
        Self {
            filter: vec![0; 1 << (BITS - 6)],
            left_alone: [false; 256],
            right_alone: [false; 256],
        }
    }

    pub(super) fn insert(&mut self, left: Edges, right: Edges) {
        let (left, right) = (left.last, right.first);
        let begins = if right & ALONE == 0 {
            right >> 8
        } else {
            right & 0xff
        };
        if begins & 0xc0 == 0x80 {
            return; // never between two characters
        }
        self.left_alone[(left & 0xff) as usize] |= left & ALONE != 0;
        self.right_alone[(right & 0xff) as usize] |= right & ALONE != 0;
        let bit = bit(left, right);
        self.filter[bit / 64] |= 1 << (bit % 64);
    }

    /// Whether a merge may cross the place `at`, which is inside of `text`.
    #[inline]
    fn crosses(&self, text: &[u8], at: usize) -> bool {
        let (left, right) = (text[at - 1], text[at]);
        let before = at
            .checked_sub(2)
            .map(|at| u32::from(text[at]) << 8 | u32::from(left));
        let behind = text
            .get(at + 1)
            .map(|next| u32::from(right) << 8 | u32::from(*next));
        let left = self.left_alone[usize::from(left)].then_some(ALONE | u32::from(left));
        let right = self.right_alone[usize::from(right)].then_some(ALONE | u32::from(right));
        [before, left].into_iter().flatten().any(|left| {
            [behind, right].into_iter().flatten().any(|right| {
                let bit = bit(left, right);
                self.filter[bit / 64] >> (bit % 64) & 1 == 1
            })
        })
    }

    /// The length of the first part of `text`, which is not empty.
    #[inline]
    pub(super) fn part(&self, text: &[u8]) -> usize {
        for at in 1..text.len() {
            if text[at] & 0xc0 != 0x80 && !self.crosses(text, at) {
                return at;
            }
        }
        text.len()
    }
}

#[inline]
fn bit(left: u32, right: u32) -> usize {
    (mix(u64::from(left) << 32 | u64::from(right)) >> (64 - BITS)) as usize
}

/// [`Joins`] while merges are read.
pub(super) struct Joining {
    joins: Option<Box<Joins>>,
    edges: Vec<Option<Edges>>,
}

impl Joining {
    pub(super) fn new(symbols: usize) -> Self {
        Self {
            joins: (symbols == 256).then(|| Box::new(Joins::new())),
            edges: (0..=255).map(|byte| Some(Edges::of_byte(byte))).collect(),
        }
    }

    /// A merge of tokens that are made already; one of others gives up.
    pub(super) fn add(&mut self, left: u32, right: u32, merged: u32) {
        let of = |token: u32| self.edges.get(token as usize).copied().flatten();
        let (Some(joins), Some(left), Some(right)) = (&mut self.joins, of(left), of(right)) else {
            self.joins = None;
            return;
        };
        joins.insert(left, right);
        if self.edges.len() <= merged as usize {
            self.edges.resize(merged as usize + 1, None);
        }
        self.edges[merged as usize] = Some(left.with(right));
    }
    /// `None` where symbols are no bytes, or a merge came before its parts.
    pub(super) fn done(self) -> Option<Box<Joins>> {
        self.joins
    }
}
