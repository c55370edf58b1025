//! The entries of a vocabulary as a tree of bytes, to find which of them a text begins with.

use super::pairs::mix;

const EMPTY: u64 = u64::MAX;

/// Several trees in one table of edges: open addressing over slots that hold a node, a byte and the child there.
pub(super) struct Trie {
    slots: Vec<u64>,
    shift: u32,
    edges: usize,
    /// For each node what its entry says, 0 where it is none.
    values: Vec<u32>,
}

impl Trie {
    /// As many empty trees as are asked for: their roots are the first nodes.
    pub(super) fn new(roots: usize) -> Self {
        Self {
            slots: vec![EMPTY; 1 << 10],
            shift: 64 - 10,
            edges: 0,
            values: vec![0; roots],
        }
    }

    /// Gives `entry` a value other than 0 in the tree with this root. `false` where the tree would be too large.
    pub(super) fn insert(&mut self, root: u32, entry: &[u8], value: u32) -> bool {
        let mut node = root;
        for byte in entry {
            let edge = edge(node, *byte);
            let slot = self.slot(edge);
            if self.slots[slot] != EMPTY {
                node = self.slots[slot] as u32;
                continue;
            }
            node = self.values.len() as u32;
            if node >> 24 != 0 {
                return false;
            }
            self.values.push(0);
            self.slots[slot] = edge << 32 | u64::from(node);
            self.edges += 1;
            if self.edges * 4 > self.slots.len() * 3 {
                self.grow();
            }
        }
        self.values[node as usize] = value;
        true
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 2;
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; size]);
        self.shift -= 1;
        for slot in old.into_iter().filter(|slot| *slot != EMPTY) {
            let place = self.slot(slot >> 32);
            self.slots[place] = slot;
        }
    }

    /// No more entries come: the room for them goes.
    pub(super) fn done(&mut self) {
        self.values.shrink_to_fit();
    }

    /// Where an edge is, or would be.
    #[inline]
    fn slot(&self, edge: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = (mix(edge) >> self.shift) as usize;
        while self.slots[slot] >> 32 != edge && self.slots[slot] != EMPTY {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// The length and the value of every entry that `text` begins with, shortest first.
    #[inline]
    pub(super) fn prefixes<'a>(
        &'a self,
        root: u32,
        text: &'a [u8],
    ) -> impl Iterator<Item = (usize, u32)> + 'a {
        let mut node = root;
        let nodes = text.iter().map_while(move |byte| {
            let slot = self.slots[self.slot(edge(node, *byte))];
            node = slot as u32;
            (slot != EMPTY).then(|| self.values[node as usize])
        });
        (1..).zip(nodes).filter(|(_, value)| *value != 0)
    }
}

fn edge(node: u32, byte: u8) -> u64 {
    u64::from(node) << 8 | u64::from(byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn exactly_the_entries_that_begin_a_text(
            entries in proptest::collection::vec(proptest::collection::vec(0..3u8, 1..6), 0..60),
            text in proptest::collection::vec(0..3u8, 0..8),
        ) {
            let mut trie = Trie::new(2);
            for entry in &entries {
                prop_assert!(trie.insert(1, entry, entry.len() as u32));
            }
            let found: Vec<_> = trie.prefixes(1, &text).collect();
            let lengths = (1..=text.len()).filter(|length| entries.contains(&text[..*length].to_vec()));
            let expected: Vec<_> = lengths.map(|length| (length, length as u32)).collect();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(trie.prefixes(0, &text).count(), 0);
        }
    }
}
