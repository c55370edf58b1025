//! Where text comes apart for a model over characters: places that no merge crosses, 64 bytes at a time.
//!
//! Between two characters such that no merge has the one at the end of its left side and the other at the beginning
//! of its right side, merges on both sides do not touch each other, so that the parts can be counted one by one. Letters and
//! the space before them are kept together without asking, which only makes parts longer; most other places of
//! English text are known from masks of letters and spaces, and the rest are looked up.

use fastcurate_simd::kinds::{BLOCK, Kinds, kinds};

use super::super::pairs::mix;
use super::super::points::decode;

/// The places where text is cut.
pub(super) struct Cuts {
    joins: Joins,
    /// Whether every space begins a part, whatever the merges say.
    split: bool,
    /// Whether no merge has an ASCII letter before a space.
    words_end: bool,
    /// Whether a merge has a space before a space.
    spaces_join: bool,
}

impl Cuts {
    /// `sides` are the two strings of every merge, with spaces for U+2581; `None` where one is empty.
    pub(super) fn new<'a>(sides: impl Iterator<Item = (&'a str, &'a str)>, split: bool) -> Option<Self> {
        let mut joins = Joins::default();
        for (left, right) in sides {
            joins.insert(left.chars().next_back()?, right.chars().next()?);
        }
        let space = u32::from(b' ');
        let mut letters = (b'A'..=b'Z').chain(b'a'..=b'z').map(u32::from);
        Some(Self {
            split,
            words_end: split || !letters.any(|letter| joins.get(letter, space)),
            spaces_join: !split && joins.get(space, space),
            joins,
        })
    }

    /// Calls `found` with the beginning and the end of every part of `text`, in order.
    #[inline]
    pub(super) fn parts(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        let (mut start, mut before) = (0, Kinds::default());
        for first in (0..text.len()).step_by(BLOCK) {
            let rest = &text[first..];
            let now = rest.first_chunk().map_or_else(
                || {
                    let mut block = [0; BLOCK];
                    block[..rest.len()].copy_from_slice(rest);
                    kinds(&block)
                },
                kinds,
            );
            let behind = |mask: u64, before: u64| mask << 1 | before >> (BLOCK - 1);
            let (letters, spaces) = (
                behind(now.letters, before.letters),
                behind(now.spaces, before.spaces),
            );
            let mut joined = now.letters & (letters | spaces);
            if self.spaces_join {
                joined |= now.spaces & spaces;
            }
            let mut cut = if self.split {
                now.spaces
            } else if self.words_end {
                now.spaces & letters
            } else {
                0
            };
            let doubt = !joined & !cut & u64::MAX >> (BLOCK - rest.len().min(BLOCK));
            cut |= self.looked_up(text, first, doubt);
            if first == 0 {
                cut &= !1;
            }
            while cut != 0 {
                let end = first + cut.trailing_zeros() as usize;
                found(start, end);
                start = end;
                cut &= cut - 1;
            }
            before = now;
        }
        if start < text.len() {
            found(start, text.len());
        }
    }

    /// The places of the block at `first` which are in `doubt` and between characters that nothing joins.
    #[inline]
    fn looked_up(&self, text: &[u8], first: usize, mut doubt: u64) -> u64 {
        let (mut cut, mut last, mut left) = (0, usize::MAX, 0);
        while doubt != 0 {
            let place = doubt.trailing_zeros();
            let at = first + place as usize;
            doubt &= doubt - 1;
            if text[at] & 0xc0 == 0x80 || at == 0 {
                continue;
            }
            if at != last {
                left = u32::from(text[at - 1]);
                if left >= 0x80 {
                    let start = (0..at).rfind(|at| text[*at] & 0xc0 != 0x80);
                    left = decode(text, start.unwrap_or_default()).0;
                }
            }
            let (right, length) = decode(text, at);
            cut |= u64::from(!self.joins.get(left, right)) << place;
            (last, left) = (at + length, right);
        }
        cut
    }
}

/// Which neighbouring characters a merge may join. Pairs beyond ASCII share bits, so that some are said to join that
/// do not, which only makes parts longer.
struct Joins {
    ascii: [u128; 128],
    others: Vec<u64>,
}

/// Bits for pairs beyond ASCII: 16 KiB.
const OTHERS: u32 = 17;

impl Default for Joins {
    fn default() -> Self {
        Self {
            ascii: [0; 128],
            others: vec![0; 1 << (OTHERS - 6)],
        }
    }
}

impl Joins {
    fn insert(&mut self, left: char, right: char) {
        let (left, right) = (u32::from(left), u32::from(right));
        if left | right < 128 {
            self.ascii[left as usize] |= 1 << right;
        } else {
            let bit = Self::bit(left, right);
            self.others[bit / 64] |= 1 << (bit % 64);
        }
    }

    #[inline]
    fn get(&self, left: u32, right: u32) -> bool {
        if left | right < 128 {
            self.ascii[left as usize] >> right & 1 == 1
        } else {
            let bit = Self::bit(left, right);
            self.others[bit / 64] >> (bit % 64) & 1 == 1
        }
    }

    #[inline]
    fn bit(left: u32, right: u32) -> usize {
        (mix(u64::from(left) << 32 | u64::from(right)) >> (64 - OTHERS)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The twin: every pair of neighbours is asked about.
    fn one_by_one(cuts: &Cuts, text: &str) -> Vec<usize> {
        let pairs = text.chars().zip(text.char_indices().skip(1));
        let kept = |left: char, right: char| {
            right.is_ascii_alphabetic() && (left.is_ascii_alphabetic() || left == ' ')
        };
        let joined = |left: char, right: char| {
            kept(left, right)
                || !(cuts.split && right == ' ') && cuts.joins.get(u32::from(left), u32::from(right))
        };
        let ends = pairs.filter(|(left, (_, right))| !joined(*left, *right));
        ends.map(|(_, (at, _))| at)
            .chain((!text.is_empty()).then_some(text.len()))
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn blocks_cut_as_one_by_one(
            merges in proptest::collection::vec(("[ab .é中😀]{1,2}", "[ab .é中😀]{1,2}"), 0..12),
            text in proptest::collection::vec("[abX]{1,9}| {1,4}|[.,]|[é中😀]{1,3}|[a中]{60,70}", 0..30),
            split in any::<bool>(),
        ) {
            let text = text.concat();
            let sides = merges.iter().map(|(left, right)| (&left[..], &right[..]));
            let cuts = Cuts::new(sides, split).unwrap();
            let (mut ends, mut last) = (Vec::new(), 0);
            cuts.parts(text.as_bytes(), |start, end| {
                assert_eq!(start, last);
                last = end;
                ends.push(end);
            });
            prop_assert_eq!(ends, one_by_one(&cuts, &text));
        }
    }
}
