//! From a key to the classes that were found under it so far.
//!
//! All keys are known before the first class is put in, so that every slot's postings have their place from the
//! start, side by side; a slot fills up in the order of the classes.

use super::keys::Keys;

#[derive(Clone, Copy, Default)]
struct Posting {
    class: u32,
    /// The size of the set, at most [`u16::MAX`].
    size: u16,
    /// The low half of the key.
    tag: u16,
}

/// An inverted index that grows in the order of the classes.
pub(super) struct Index {
    /// Where each slot's postings begin, and where they end so far.
    places: Vec<(u32, u32)>,
    postings: Vec<Posting>,
    shift: u32,
}

/// Spreads keys whose highest bits are alike.
const SPREAD: u32 = 0x9e37_79b1;

fn short(size: usize) -> u16 {
    u16::try_from(size).unwrap_or(u16::MAX)
}

impl Index {
    /// An empty index with room for all these keys.
    pub(super) fn new(keys: &Keys) -> Self {
        let total: usize = keys.all().map(<[u32]>::len).sum();
        let slots = (total / 4).next_power_of_two().clamp(64, 1 << 31);
        let shift = 32 - slots.trailing_zeros();
        let mut places = vec![(0, 0); slots];
        for key in keys.all().flatten() {
            places[slot(*key, shift)].0 += 1_u32;
        }
        let mut start = 0;
        for place in &mut places {
            let count = place.0;
            *place = (start, start);
            start += count;
        }
        Self {
            places,
            postings: vec![Posting::default(); total],
            shift,
        }
    }

    /// Adds a class of so many shingles, which must not be lower than any class added before.
    pub(super) fn insert(&mut self, keys: &[u32], class: u32, size: usize) {
        for &key in keys {
            let end = &mut self.places[slot(key, self.shift)].1;
            self.postings[*end as usize] = Posting {
                class,
                size: short(size),
                tag: key as u16,
            };
            *end += 1;
        }
    }

    /// Takes the class that was added last out again.
    pub(super) fn take_back(&mut self, keys: &[u32]) {
        for &key in keys {
            self.places[slot(key, self.shift)].1 -= 1;
        }
    }

    /// The classes from `lowest` on under `key` (or, rarely, under another one), highest first, whose sets have `sizes`
    /// shingles, at least and at most.
    pub(super) fn classes(&self, key: u32, lowest: u32, sizes: (usize, usize)) -> impl Iterator<Item = u32> {
        let (start, end) = self.places[slot(key, self.shift)];
        let (smallest, largest) = (short(sizes.0), short(sizes.1));
        self.postings[start as usize..end as usize]
            .iter()
            .rev()
            .take_while(move |posting| posting.class >= lowest)
            .filter(move |posting| {
                posting.tag == key as u16 && posting.size >= smallest && posting.size <= largest
            })
            .map(|posting| posting.class)
    }
}

fn slot(key: u32, shift: u32) -> usize {
    (key.wrapping_mul(SPREAD) >> shift) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_come_back_newest_first_and_of_the_right_sizes() {
        let all: Vec<Vec<u32>> = (0..5000).map(|class| vec![class % 7, 100 + class]).collect();
        let mut index = Index::new(&Keys::from_lists(&all));
        for (class, keys) in (0..).zip(&all) {
            index.insert(keys, class, if class % 2 == 0 { 5 } else { 100_000 });
        }
        let mut expected: Vec<u32> = (0..5000).rev().filter(|class| class % 7 == 3).collect();
        assert_eq!(index.classes(3, 0, (1, 200_000)).collect::<Vec<_>>(), expected);
        expected.retain(|class| class % 2 == 1);
        assert_eq!(
            index.classes(3, 0, (90_000, 110_000)).collect::<Vec<_>>(),
            expected
        );
        expected.retain(|class| *class >= 700);
        assert_eq!(
            index.classes(3, 700, (90_000, 110_000)).collect::<Vec<_>>(),
            expected
        );
        assert_eq!(index.classes(9, 0, (1, 200_000)).count(), 0);
    }
}
