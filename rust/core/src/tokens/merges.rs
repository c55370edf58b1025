//! Byte-pair encoding, counted and not written down: how many tokens the merges leave of a pretoken.
//!
//! The definition: begin with one token a byte; while there are neighbours with a merge, merge the ones of the
//! lowest rank, the leftmost where they are equal. Short pretokens do just that in two small arrays; long ones
//! keep the candidates in a heap, so that ten megabytes without a space cost n log n.
//!
//! A vocabulary that gives ranks to byte strings instead of pairs (`tiktoken`) merges any neighbours whose
//! concatenation is in it. Where every entry is itself made by merges of lower ranks, which is checked, the same
//! two parts make it every time, so a list of pairs says the same (see [`Merges::from_ranks`]).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Bytes up to which a pretoken is merged by looking at all its pairs.
const SHORT: usize = 48;

/// A pair of neighbours that has no merge.
const NONE: u64 = u64::MAX;

/// The token of every byte and the merges of pairs.
pub(super) struct Merges {
    bytes: [u32; 256],
    pairs: Pairs,
}

/// Working memory for long pretokens.
#[derive(Default)]
pub(super) struct Scratch {
    tokens: Vec<u32>,
    before: Vec<u32>,
    after: Vec<u32>,
    heap: BinaryHeap<Reverse<(u64, u32)>>,
}

impl Merges {
    /// `bytes` are the tokens of the 256 bytes; `merges` are (left, right, merged) in the order of their ranks.
    pub(super) fn new(bytes: [u32; 256], merges: &[(u32, u32, u32)]) -> Self {
        let mut pairs = Pairs::with_room_for(merges.len());
        for (rank, (left, right, merged)) in (0..).zip(merges) {
            pairs.insert(*left, *right, rank, *merged);
        }
        Self { bytes, pairs }
    }

    /// The merges of a vocabulary whose ranks are the positions of its entries. `None` where a byte is missing, or
    /// where an entry is not what merges of lower ranks make of its bytes until two parts are left: then no list
    /// of pairs is equal to the vocabulary.
    ///
    /// Why pairs suffice otherwise: as long as no merge has crossed the borders of an entry's bytes, they are merged
    /// as they would be alone, by ranks below the entry's own, until the two parts are left that are found here.
    pub(super) fn from_ranks(vocabulary: &[Vec<u8>]) -> Option<Self> {
        let mut bytes = [u32::MAX; 256];
        for (token, entry) in (0..).zip(vocabulary) {
            if let [byte] = entry[..] {
                bytes[usize::from(byte)] = token;
            }
        }
        if bytes.contains(&u32::MAX) {
            return None;
        }
        let mut merges = Self {
            bytes,
            pairs: Pairs::with_room_for(vocabulary.len()),
        };
        let mut tokens = Vec::new();
        for (token, entry) in (0..).zip(vocabulary).filter(|(_, entry)| entry.len() > 1) {
            merges.parts(entry, &mut tokens);
            let [left, right] = tokens[..] else {
                return None;
            };
            merges.pairs.insert(left, right, token, token);
        }
        Some(merges)
    }

    /// The tokens of a pretoken of one or more bytes.
    pub(super) fn count(&self, pretoken: &[u8], scratch: &mut Scratch) -> usize {
        match pretoken.len() {
            0 | 1 => pretoken.len(),
            2..=SHORT => self.count_short(pretoken),
            _ => self.count_long(pretoken, scratch),
        }
    }

    fn count_short(&self, pretoken: &[u8]) -> usize {
        let mut tokens = [0u32; SHORT];
        let mut merges = [NONE; SHORT];
        let mut length = pretoken.len();
        for (token, byte) in tokens.iter_mut().zip(pretoken) {
            *token = self.bytes[usize::from(*byte)];
        }
        for left in 0..length - 1 {
            merges[left] = self.pairs.get(tokens[left], tokens[left + 1]);
        }
        while length > 1 {
            let pairs = &merges[..length - 1];
            let Some((at, merge)) = pairs.iter().copied().enumerate().min_by_key(|(_, merge)| *merge) else {
                break;
            };
            if merge == NONE {
                break;
            }
            tokens[at] = merge as u32;
            tokens.copy_within(at + 2..length, at + 1);
            merges.copy_within(at + 1..length, at);
            length -= 1;
            if at > 0 {
                merges[at - 1] = self.pairs.get(tokens[at - 1], tokens[at]);
            }
            merges[at] = if at + 1 < length {
                self.pairs.get(tokens[at], tokens[at + 1])
            } else {
                NONE
            };
        }
        length
    }

    fn count_long(&self, pretoken: &[u8], scratch: &mut Scratch) -> usize {
        let Scratch {
            tokens,
            before,
            after,
            heap,
        } = scratch;
        let length = pretoken.len() as u32;
        tokens.clear();
        tokens.extend(pretoken.iter().map(|byte| self.bytes[usize::from(*byte)]));
        before.clear();
        before.extend((0..length).map(|at| at.wrapping_sub(1)));
        after.clear();
        after.extend(1..=length);
        let mut candidates = std::mem::take(heap).into_vec();
        candidates.clear();
        for (at, pair) in (0..).zip(tokens.windows(2)) {
            let merge = self.pairs.get(pair[0], pair[1]);
            if merge != NONE {
                candidates.push(Reverse((merge, at)));
            }
        }
        *heap = BinaryHeap::from(candidates);

        let mut count = pretoken.len();
        while let Some(Reverse((merge, at))) = heap.pop() {
            let left = at as usize;
            let right = after[left];
            // A candidate is stale where one of its sides has been merged since: then the pair there is another.
            let gone = tokens[left] == u32::MAX || right == length;
            if gone || self.pairs.get(tokens[left], tokens[right as usize]) != merge {
                continue;
            }
            let beyond = after[right as usize];
            tokens[left] = merge as u32;
            tokens[right as usize] = u32::MAX;
            after[left] = beyond;
            count -= 1;
            if beyond < length {
                before[beyond as usize] = at;
                let merge = self.pairs.get(tokens[left], tokens[beyond as usize]);
                if merge != NONE {
                    heap.push(Reverse((merge, at)));
                }
            }
            if at > 0 {
                let previous = before[left];
                let merge = self.pairs.get(tokens[previous as usize], tokens[left]);
                if merge != NONE {
                    heap.push(Reverse((merge, previous)));
                }
            }
        }
        count
    }

    /// The tokens of `entry` by the definition, for entries of a vocabulary, which are short.
    fn parts(&self, entry: &[u8], tokens: &mut Vec<u32>) {
        tokens.clear();
        tokens.extend(entry.iter().map(|byte| self.bytes[usize::from(*byte)]));
        loop {
            let pairs = tokens.windows(2).map(|pair| self.pairs.get(pair[0], pair[1]));
            match pairs.enumerate().min_by_key(|(_, merge)| *merge) {
                Some((at, merge)) if merge != NONE => {
                    tokens[at] = merge as u32;
                    tokens.remove(at + 1);
                }
                _ => return,
            }
        }
    }
}

/// A table from pairs of tokens to (rank, merged token), each in half of a number, so that the smallest number
/// is the merge that comes first. Open addressing, at most five eighths full.
struct Pairs {
    slots: Vec<(u64, u64)>,
    shift: u32,
}

impl Pairs {
    fn with_room_for(pairs: usize) -> Self {
        let size = (pairs * 8 / 5 + 2).next_power_of_two();
        Self {
            slots: vec![(NONE, NONE); size],
            shift: 64 - size.trailing_zeros(),
        }
    }

    fn insert(&mut self, left: u32, right: u32, rank: u32, merged: u32) {
        let key = u64::from(left) << 32 | u64::from(right);
        let slot = self.slot(key);
        self.slots[slot] = (key, u64::from(rank) << 32 | u64::from(merged));
    }

    #[inline]
    fn get(&self, left: u32, right: u32) -> u64 {
        let key = u64::from(left) << 32 | u64::from(right);
        self.slots[self.slot(key)].1
    }

    /// Where `key` is, or would be.
    #[inline]
    fn slot(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize & mask;
        while self.slots[slot].0 != key && self.slots[slot].0 != NONE {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn alphabet() -> [u32; 256] {
        std::array::from_fn(|byte| byte as u32)
    }

    /// The definition, word for word.
    fn slow(merges: &Merges, pretoken: &[u8]) -> usize {
        let mut tokens = Vec::new();
        merges.parts(pretoken, &mut tokens);
        tokens.len()
    }

    proptest! {
        #[test]
        fn short_and_long_pretokens_are_merged_by_the_definition(
            picks in proptest::collection::vec((any::<u16>(), any::<u16>()), 0..40),
            pretoken in proptest::collection::vec(0..4u8, 1..200),
        ) {
            // Each merge joins two tokens that are there already; the letters are few, so that most of them meet.
            let mut known: Vec<u32> = (0..4).collect();
            let mut list = Vec::new();
            for (left, right) in picks {
                let pick = |at: u16| known[usize::from(at) % known.len()];
                let merged = 256 + list.len() as u32;
                list.push((pick(left), pick(right), merged));
                known.push(merged);
            }
            let merges = Merges::new(alphabet(), &list);
            let mut scratch = Scratch::default();
            let expected = slow(&merges, &pretoken);
            prop_assert_eq!(merges.count(&pretoken, &mut scratch), expected);
            prop_assert_eq!(merges.count_long(&pretoken, &mut scratch), expected);
        }
    }

    #[test]
    fn ranks_of_strings_are_merges_of_pairs_or_refused() {
        let mut vocabulary: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
        assert!(Merges::from_ranks(&vocabulary[1..]).is_none());
        vocabulary.extend([b"ab".to_vec(), b"abc".to_vec(), b"abab".to_vec()]);
        let merges = Merges::from_ranks(&vocabulary).unwrap();
        let mut scratch = Scratch::default();
        for (pretoken, count) in [("ab", 1), ("abc", 1), ("bc", 2), ("abab", 1), ("ababc", 2), ("cab", 2)] {
            assert_eq!(merges.count(pretoken.as_bytes(), &mut scratch), count, "{pretoken}");
        }
        vocabulary.push(b"xyz".to_vec());
        assert!(Merges::from_ranks(&vocabulary).is_none());
    }
}
