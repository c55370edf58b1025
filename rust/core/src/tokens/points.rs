//! A value for every code point, in two steps: equal blocks are kept once.

use std::hash::Hash;

/// Code points in one block of the table.
const BLOCK: usize = 128;

/// What is behind the last code point, so that tables can be filled by ranges.
pub(super) const END: usize = 0x11_0000;

/// A table over all code points.
pub(super) struct Points<T> {
    block_of: Vec<u16>,
    blocks: Vec<[T; BLOCK]>,
}

impl<T: Copy + Eq + Hash + Default> Points<T> {
    /// `all` has a value for each of the [`END`] code points.
    pub(super) fn new(all: &[T]) -> Self {
        let (mut block_of, mut blocks) = (Vec::new(), Vec::<[T; BLOCK]>::new());
        let mut known = crate::hash::Map::default();
        for block in all.as_chunks::<BLOCK>().0 {
            let number = *known.entry(*block).or_insert_with(|| {
                blocks.push(*block);
                blocks.len() - 1
            });
            block_of.push(number as u16);
        }
        Self { block_of, blocks }
    }

    /// The value of a code point; the default behind the last.
    #[inline]
    pub(super) fn get(&self, point: u32) -> T {
        let block = self.block_of.get(point as usize / BLOCK);
        block.map_or_else(T::default, |block| {
            self.blocks[usize::from(*block)][point as usize % BLOCK]
        })
    }
}

/// The character that begins at `at` in valid UTF-8, which must be before its end, and its length in bytes.
#[inline]
pub(super) fn decode(text: &[u8], at: usize) -> (u32, usize) {
    let first = text[at];
    if first < 0x80 {
        return (u32::from(first), 1);
    }
    let low = |position: usize| u32::from(text.get(at + position).copied().unwrap_or_default() & 0x3f);
    match first {
        0..0xe0 => (u32::from(first & 0x1f) << 6 | low(1), 2),
        0xe0..0xf0 => (u32::from(first & 0x0f) << 12 | low(1) << 6 | low(2), 3),
        _ => (
            u32::from(first & 0x07) << 18 | low(1) << 12 | low(2) << 6 | low(3),
            4,
        ),
    }
}

/// The code points of a class written as a regular expression.
pub(super) fn ranges(class: &str) -> Vec<std::ops::RangeInclusive<usize>> {
    use regex_syntax::hir::{Class, HirKind};
    let parsed = regex_syntax::parse(class).map(regex_syntax::hir::Hir::into_kind);
    let Ok(HirKind::Class(Class::Unicode(class))) = parsed else {
        unreachable!("{class} is a class");
    };
    let bounds = class.ranges().iter();
    bounds
        .map(|range| range.start() as usize..=range.end() as usize)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_itself() {
        let all: Vec<u32> = (0..END as u32).map(|point| point / 3).collect();
        let table = Points::new(&all);
        for c in ['\0', 'a', 'é', '€', '中', '\u{ffff}', '😀', '\u{10ffff}'] {
            let text = format!("x{c}y");
            assert_eq!(decode(text.as_bytes(), 1), (u32::from(c), c.len_utf8()));
            assert_eq!(table.get(u32::from(c)), u32::from(c) / 3);
        }
        assert_eq!(table.get(u32::MAX), 0);
    }
}
