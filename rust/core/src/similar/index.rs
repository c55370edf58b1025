//! From a shingle to the classes that have it in their prefix: chains of postings, newest first.

/// Ends a chain.
const NONE: u32 = u32::MAX;

struct Posting {
    check: u32,
    class: u32,
    next: u32,
}

/// An inverted index that grows in the order of the classes.
pub(super) struct Index {
    heads: Vec<u32>,
    postings: Vec<Posting>,
    shift: u32,
}

impl Index {
    /// For about as many shingles as there are classes; more make the chains longer.
    pub(super) fn new(classes: usize) -> Self {
        let slots = (2 * classes).max(1024).next_power_of_two();
        Self {
            heads: vec![NONE; slots],
            postings: Vec::new(),
            shift: 64 - slots.trailing_zeros(),
        }
    }

    /// Adds `class`, which must not be lower than any class added before.
    pub(super) fn insert(&mut self, shingle: u64, class: u32) {
        let head = &mut self.heads[(shingle >> self.shift) as usize];
        self.postings.push(Posting {
            check: shingle as u32,
            class,
            next: *head,
        });
        *head = (self.postings.len() - 1) as u32;
    }

    /// The classes that have `shingle` (or, one time in 2³², another one), highest first.
    pub(super) fn classes(&self, shingle: u64) -> impl Iterator<Item = u32> {
        let mut at = self.heads[(shingle >> self.shift) as usize];
        std::iter::from_fn(move || {
            let posting = self.postings.get(at as usize)?;
            at = posting.next;
            Some((posting.check == shingle as u32).then_some(posting.class))
        })
        .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;

    #[test]
    fn classes_come_back_newest_first() {
        let mut index = Index::new(1);
        for class in 0..5000u32 {
            index.insert(mix(u64::from(class % 7)), class);
        }
        let expected: Vec<u32> = (0..5000).rev().filter(|class| class % 7 == 3).collect();
        assert_eq!(index.classes(mix(3)).collect::<Vec<_>>(), expected);
        assert_eq!(index.classes(mix(9)).count(), 0);
    }
}
